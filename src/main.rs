//! `ai-cost`: parses the command line, runs it, shows an error and chooses the exit code. Nothing else prints.

use std::{
    io::{self, BufWriter, IsTerminal as _, Write as _},
    process,
};

use ai_cost::{
    cli::Cli,
    command::{self, Surroundings},
    error::{Error, ExitCode},
    output::Pipe,
    settings::env,
};
use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> process::ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let surroundings = Surroundings {
        environment: env::read_environment(),
        is_terminal: io::stdout().is_terminal(),
        is_progress_visible: io::stderr().is_terminal(),
        now: now(),
        terminal_width: terminal_size::terminal_size().map(|(width, _)| width.0),
    };
    let mut out = Pipe::new(BufWriter::new(io::stdout().lock()));
    let outcome = command::run(&cli, &surroundings, &mut out)
        .and_then(|code| out.flush().map(|()| code).map_err(|source| Error::Stdout { source }));
    let code = match outcome {
        // A reader that has gone does not want to know how it ended.
        _ if out.is_closed() => ExitCode::Done,
        Ok(code) => code,
        Err(error) => {
            let code = error.exit_code();
            show(error);
            code
        }
    };
    process::ExitCode::from(code.number())
}

#[expect(clippy::disallowed_methods, reason = "the one place that knows what time it is")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// Help and version are no errors; everything else the parser says is.
fn usage(error: &clap::Error) -> process::ExitCode {
    let is_error = error.use_stderr();
    // If nobody can read the message, the exit code still tells.
    drop(error.print());
    process::ExitCode::from(if is_error {
        ExitCode::Input.number()
    } else {
        ExitCode::Done.number()
    })
}

#[expect(clippy::print_stderr, reason = "the one place that shows errors")]
#[expect(clippy::use_debug, reason = "miette draws its report in the debug format")]
fn show(error: Error) {
    eprintln!("{:?}", miette::Report::new(error));
}

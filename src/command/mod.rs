//! What each command does: reads its inputs, calls the library, writes to the given output.

mod audit;
mod collect;
mod doctor;
mod inputs;
mod providers;
mod reference;
mod rules;

use std::io::Write;

use crate::{
    cli::{Cli, Command, SchemaOf, write_completions, write_man},
    error::{Error, ExitCode},
    output,
    report::json::v1,
    settings::{self, env::Environment},
};

/// What a command may know of the world around it.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The environment.
    pub environment: Environment,
    /// Whether standard output is a terminal.
    pub is_terminal: bool,
    /// Columns of the terminal, if it is one.
    pub terminal_width: Option<u16>,
    /// Whether somebody sees progress on standard error.
    pub is_progress_visible: bool,
    /// The present, where a window that ends now begins to be counted. Nothing else depends on it.
    pub now: jiff::Timestamp,
}

/// Runs a command and says how it ended.
pub fn run(cli: &Cli, surroundings: &Surroundings, out: &mut dyn Write) -> Result<ExitCode, Error> {
    let stdout = |source| Error::Stdout { source };
    match &cli.command {
        Command::Audit(args) => audit::run(cli, args, surroundings, out),
        Command::Collect(args) => collect::run(args, surroundings, out),
        Command::Permissions(args) => doctor::permissions(args, out).map(|()| ExitCode::Done),
        Command::Doctor(args) => doctor::run(args, surroundings, view(cli, surroundings), out),
        Command::Rules(args) => rules::run(&args.command, view(cli, surroundings), out),
        Command::Facts(args) => reference::facts(args, out).map(|()| ExitCode::Done),
        Command::Settings(args) => {
            reference::settings(args, surroundings, out).map(|()| ExitCode::Done)
        }
        Command::Schema { of } => {
            let schema = match of {
                SchemaOf::Report => v1::schema(),
                SchemaOf::Settings => settings::file::schema(),
                SchemaOf::Metrics => reference::metrics_columns(),
            };
            out.write_all(schema.as_bytes()).map_err(stdout)?;
            Ok(ExitCode::Done)
        }
        Command::Completions { shell } => {
            write_completions(*shell, &mut &mut *out).map_err(stdout)?;
            Ok(ExitCode::Done)
        }
        Command::Man { command } => {
            write_man(command.as_deref(), &mut &mut *out)?;
            Ok(ExitCode::Done)
        }
    }
}

/// How to show things: columns, and whether in colour.
#[derive(Debug, Clone, Copy)]
struct View {
    width: usize,
    is_color: bool,
}

fn view(cli: &Cli, surroundings: &Surroundings) -> View {
    let environment = &surroundings.environment;
    View {
        width: output::width(cli.width, surroundings.terminal_width, environment),
        is_color: output::has_color(cli.color, surroundings.is_terminal, environment),
    }
}

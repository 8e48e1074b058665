//! `docs/cli.md`: the long help of every command.

use clap::{Command, CommandFactory as _};

use super::page::{Page, cell};
use crate::{cli::Cli, error::ExitCode};

/// Columns of the help texts.
const WIDTH: usize = 100;

/// `docs/cli.md`.
pub fn cli_page() -> String {
    let mut page = Page::new("Commands");
    page.prose("What `ai-cost help COMMAND` prints.");
    let mut program = Cli::command().term_width(WIDTH);
    program.build();
    help(&mut page, &mut program, "ai-cost");
    page.heading("Exit codes");
    let rows = ExitCode::table()
        .into_iter()
        .map(|(code, means)| vec![code.number().to_string(), cell(means)]);
    page.table(&["Code", "Means"], rows);
    page.into_text()
}

/// The help of a command and of those below it; `help` itself and hidden ones are left out.
fn help(page: &mut Page, command: &mut Command, name: &str) {
    page.heading(&format!("`{name}`"));
    // Help texts may end lines with spaces.
    let text = command.render_long_help().to_string();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    page.verbatim("text", &lines.join("\n"));
    for below in command.get_subcommands_mut() {
        let word = below.get_name().to_owned();
        if word != "help" && !below.is_hide_set() {
            help(page, below, &format!("{name} {word}"));
        }
    }
}

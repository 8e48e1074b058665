//! What the command line says about itself: examples, exit codes, completions, manual pages.

use std::io::{self, Write};

use clap::CommandFactory as _;

use super::Cli;
use crate::error::{Error, ExitCode};

const EXAMPLES: &str = "\
Examples:
  ai-cost audit --demo
  ai-cost audit --billing bill.csv --inventory fleet.parquet --metrics gpu.parquet
  ai-cost rules explain gpu-idle
";

pub(super) const AUDIT_EXAMPLES: &str = "\
Examples:
  ai-cost audit --demo
  ai-cost audit --billing aws.csv.gz --billing azure.csv --window-start 2026-10-01
  ai-cost audit --provider kubernetes --prometheus-url http://localhost:9090
  ai-cost audit --snapshot october --format json --out october.json
  ai-cost audit --snapshot october --explain 3f9a
  ai-cost audit --snapshot october --fail-on '$500/mo' --strict
";

pub(super) const COLLECT_EXAMPLES: &str = "\
Examples:
  ai-cost collect --billing bill.csv --metrics gpu.parquet --out october
  ai-cost collect --provider kubernetes --prometheus-url prod=http://localhost:9090 \\
    --window 30d --end 2026-11-01 --out october
  ai-cost audit --snapshot october
";

pub(super) const RULES_EXAMPLES: &str = "\
Examples:
  ai-cost rules list
  ai-cost rules explain gpu-idle
  ai-cost rules check our-rules/nightly-training.toml
  ai-cost rules test --rules our-rules
";

pub(super) const SETTINGS_EXAMPLES: &str = "\
Examples:
  ai-cost settings
  ai-cost settings --defaults > ai-cost.toml
  ai-cost settings --set policy.regions=eu-west-1,eu-central-1
";

/// Examples and exit codes.
pub(super) fn after_help() -> String {
    ExitCode::table()
        .into_iter()
        .fold(format!("{EXAMPLES}\nExit codes:\n"), |text, (code, means)| {
            format!("{text}  {}  {means}\n", code.number())
        })
}

/// Writes the completion script of a shell.
pub fn write_completions(shell: clap_complete::Shell, out: &mut impl Write) -> io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "ai-cost", &mut script);
    out.write_all(&script)
}

/// Writes the manual page of the program, or of one of its commands.
pub fn write_man(command: Option<&str>, out: &mut impl Write) -> Result<(), Error> {
    let mut whole = Cli::command();
    whole.build();
    let page = match command {
        None => whole,
        Some(name) => {
            let found = whole.find_subcommand(name).cloned();
            found.ok_or_else(|| Error::Usage {
                message: format!("`{name}` is no command of ai-cost"),
                help: "`ai-cost help` lists the commands".to_owned(),
            })?
        }
    };
    clap_mangen::Man::new(page).render(out).map_err(|source| Error::Stdout { source })
}

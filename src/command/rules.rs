//! `ai-cost rules`.

use std::io::Write;

use super::{View, inputs};
use crate::{
    cli::RulesCommand,
    error::{Error, ExitCode},
    fact::specs_of,
    rule::{Rule, explain},
    text,
};

/// Runs one of the commands on rules.
pub(super) fn run(
    command: &RulesCommand,
    view: View,
    out: &mut dyn Write,
) -> Result<ExitCode, Error> {
    let stdout = |source| Error::Stdout { source };
    match command {
        RulesCommand::List { rules, json } => {
            let rules = inputs::all_rules(rules)?;
            if *json {
                let summaries: Vec<_> = rules.rules().map(Rule::summary).collect();
                write_json(&summaries, out)?;
            } else {
                for rule in rules.rules() {
                    list_line(rule, view, out).map_err(stdout)?;
                }
            }
            Ok(ExitCode::Done)
        }
        RulesCommand::Explain { rules, id } => {
            let rules = inputs::all_rules(rules)?;
            let rule = rules.get(id).ok_or_else(|| unknown(id, rules.nearest(id)))?;
            explain::write(rule, &mut &mut *out, explain::Style::Terminal).map_err(stdout)?;
            Ok(ExitCode::Done)
        }
        RulesCommand::Check { rules: _, files } => {
            let read: Vec<Rule> =
                files.iter().map(|path| Rule::read(path, &specs_of)).collect::<Result<_, _>>()?;
            test(&read.iter().collect::<Vec<_>>(), out)
        }
        RulesCommand::Test { rules, ids } => {
            let rules = inputs::all_rules(rules)?;
            let chosen: Vec<&Rule> = if ids.is_empty() {
                rules.rules().collect()
            } else {
                ids.iter()
                    .map(|id| rules.get(id).ok_or_else(|| unknown(id, rules.nearest(id))))
                    .collect::<Result<_, _>>()?
            };
            test(&chosen, out)
        }
    }
}

fn unknown(id: &str, nearest: Option<&str>) -> Error {
    Error::Usage {
        message: format!("there is no rule `{id}`"),
        help: match nearest {
            Some(nearest) => format!("did you mean `{nearest}`? `ai-cost rules list` lists all"),
            None => "`ai-cost rules list` lists all".to_owned(),
        },
    }
}

fn list_line(rule: &Rule, view: View, out: &mut dyn Write) -> std::io::Result<()> {
    let (severity, subject) = (rule.severity.word(), rule.subject.word());
    let head = format!("{:32}  {severity:6}  {subject:11}  ", rule.id);
    let room = view.width.saturating_sub(head.len());
    // A title that does not fit beside the head goes below it.
    if room >= text::width(&rule.title) {
        writeln!(out, "{head}{}", rule.title)
    } else {
        writeln!(out, "{}\n    {}", head.trim_end(), rule.title)
    }
}

/// Runs the examples and checks that the files are complete.
fn test(rules: &[&Rule], out: &mut dyn Write) -> Result<ExitCode, Error> {
    let stdout = |source| Error::Stdout { source };
    let (mut passed, mut failed) = (0_u32, 0_u32);
    for rule in rules {
        for problem in rule.lint() {
            failed += 1;
            let report = format!("{:?}", miette::Report::new(problem));
            writeln!(out, "{report}").map_err(stdout)?;
        }
        for result in rule.run_examples() {
            if result.holds() {
                passed += 1;
                continue;
            }
            failed += 1;
            writeln!(out, "{}: \"{}\" fails", rule.id, result.name).map_err(stdout)?;
            for failure in &result.failures {
                writeln!(out, "    {failure}").map_err(stdout)?;
            }
        }
    }
    let count = rules.len();
    writeln!(out, "{count} rules, {passed} examples hold, {failed} problems").map_err(stdout)?;
    Ok(if failed == 0 { ExitCode::Done } else { ExitCode::Input })
}

/// Pretty JSON with a line end.
pub(super) fn write_json<T: serde::Serialize + ?Sized>(
    value: &T,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let stdout = |source| Error::Stdout { source };
    serde_json::to_writer_pretty(&mut *out, value).map_err(|error| stdout(error.into()))?;
    writeln!(out).map_err(stdout)
}

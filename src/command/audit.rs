//! `ai-cost audit`.

use std::io::Write;

use super::{Surroundings, View, inputs, view};
use crate::{
    audit::{self, Inputs},
    cli::{AuditArgs, Cli, FailOn, Format},
    error::{Error, ExitCode},
    output,
    report::{Report, csv, explain, json::v1, markdown, ndjson, parquet, table},
    units::Usd,
};

/// Audits and writes the report.
pub(super) fn run(
    cli: &Cli,
    args: &AuditArgs,
    surroundings: &Surroundings,
    out: &mut dyn Write,
) -> Result<ExitCode, Error> {
    args.check()?;
    let settings = inputs::settings_for(&args.inputs, &args.settings, surroundings)?;
    let draft = inputs::draft_folder(&args.inputs)?;
    let rules = inputs::rules(&args.rules, &settings)?;
    let snapshot = inputs::snapshot(&args.inputs, &settings, &rules, surroundings, draft.as_ref())?;
    let catalog = inputs::catalog(&args.inputs)?;
    let inputs =
        Inputs { snapshot: &snapshot, rules: &rules, catalog: &catalog, settings: &settings };
    let view = view(cli, surroundings);
    if let Some(fingerprint) = &args.explain {
        let (report, explanation) = audit::explain(inputs, fingerprint)?;
        let explanation = explanation.ok_or_else(|| unknown(fingerprint, &report))?;
        write(args, out, &mut |out| explain::render(&explanation, &report, view.width, out))?;
        return Ok(ExitCode::Done);
    }
    let report = audit::run(inputs)?;
    write(args, out, &mut |out| render(args, view, &report, out))?;
    Ok(verdict(args, &report))
}

fn unknown(fingerprint: &str, report: &Report) -> Error {
    let fits =
        report.fingerprints().filter(|known| known.as_str().starts_with(fingerprint)).count();
    let message = if fits > 1 {
        format!("{fits} findings have a fingerprint that begins with `{fingerprint}`")
    } else {
        format!("no finding has the fingerprint `{fingerprint}`")
    };
    Error::Usage { message, help: "the table shows the fingerprint of every finding".to_owned() }
}

/// Writes to the file that was asked for, whole or not at all, else to standard output.
fn write(
    args: &AuditArgs,
    out: &mut dyn Write,
    render: &mut dyn FnMut(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), Error> {
    let stdout = |source| Error::Stdout { source };
    match &args.out {
        Some(path) => output::write_file(path, |file| render(file).map_err(stdout)),
        None => render(out).map_err(stdout),
    }
}

fn render(
    args: &AuditArgs,
    view: View,
    report: &Report,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    match args.format {
        Format::Table => {
            let options = table::TableOptions {
                width: view.width,
                is_color: view.is_color && args.out.is_none(),
                is_wide: args.wide,
                top: args.top.map(|top| top as usize),
                group_by: args.group_by,
            };
            table::render(report, &options, out)
        }
        Format::Json => v1::render(report, out),
        Format::Csv => csv::render(report, out),
        Format::Ndjson => ndjson::render(report, out),
        Format::Parquet => parquet::render(report, out),
        Format::Markdown => markdown::render(report, out),
    }
}

/// The exit code: gaps under `--strict` first, because a report with gaps cannot promise that nothing reached a limit.
fn verdict(args: &AuditArgs, report: &Report) -> ExitCode {
    if args.strict && !(report.gaps.is_empty() && report.not_judged.is_empty()) {
        return ExitCode::Blind;
    }
    let is_reached = args.fail_on.as_ref().is_some_and(|limit| match limit {
        FailOn::Severity(severity) => {
            report.findings.iter().any(|resolved| resolved.finding.severity >= *severity)
        }
        FailOn::UsdPerMonth(usd_per_month) => {
            let counted: Usd = report.totals.counted_usd_per_month.likely;
            counted >= *usd_per_month
        }
    });
    if is_reached { ExitCode::Findings } else { ExitCode::Done }
}

//! `ai-cost facts`, `ai-cost settings` and the columns of telemetry files.

use std::io::Write;

use serde::Serialize;

use super::{Surroundings, inputs, rules::write_json};
use crate::{
    cli::{FactsArgs, SettingsArgs},
    error::Error,
    fact::{FactSpec, SubjectKind, specs_of},
    settings::{self, form},
    units::Unit,
    usage::ACCEPTED_COLUMNS,
};

/// A fact as JSON lists it.
#[derive(Debug, Serialize)]
struct FactEntry {
    subject: SubjectKind,
    #[serde(flatten)]
    fact: FactSpec,
    unit: &'static str,
}

/// Lists facts.
pub(super) fn facts(args: &FactsArgs, out: &mut dyn Write) -> Result<(), Error> {
    let stdout = |source| Error::Stdout { source };
    let asked = args.subject.as_deref().and_then(SubjectKind::parse);
    let kinds = SubjectKind::ALL.into_iter().filter(|kind| asked.is_none_or(|one| one == *kind));
    let entries: Vec<FactEntry> = kinds
        .flat_map(|subject| {
            specs_of(subject).into_iter().map(move |fact| {
                let unit = Unit::of(fact.name).label();
                FactEntry { subject, fact, unit }
            })
        })
        .collect();
    if args.json {
        return write_json(&entries, out);
    }
    let mut last = None;
    for FactEntry { subject, fact, .. } in &entries {
        if last != Some(*subject) {
            let gap = if last.is_some() { "\n" } else { "" };
            writeln!(out, "{gap}{subject}").map_err(stdout)?;
            last = Some(*subject);
        }
        writeln!(out, "  {} ({})\n      {}", fact.name, fact.fact_type, fact.doc.trim())
            .map_err(stdout)?;
        if !fact.null_means.is_empty() {
            writeln!(out, "      Unknown: {}", fact.null_means).map_err(stdout)?;
        }
    }
    Ok(())
}

/// Prints the settings.
pub(super) fn settings(
    args: &SettingsArgs,
    surroundings: &Surroundings,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let stdout = |source| Error::Stdout { source };
    if args.defaults {
        return out.write_all(settings::DEFAULT_TOML.as_bytes()).map_err(stdout);
    }
    let (settings, origins) = inputs::settings(&args.settings, surroundings)?;
    if args.json {
        form::write_settings_json(&settings, &origins, &mut &mut *out).map_err(stdout)
    } else {
        form::write_settings(&settings, &origins, &mut &mut *out).map_err(stdout)
    }
}

/// The columns of telemetry files, a line each.
pub(super) fn metrics_columns() -> String {
    let lines =
        ACCEPTED_COLUMNS.iter().map(|column| format!("{:24} {}\n", column.name, column.doc));
    lines.collect()
}

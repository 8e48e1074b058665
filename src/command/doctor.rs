//! `ai-cost doctor` and `ai-cost permissions`.

use std::io::{self, Write};

use serde::Serialize;

use super::{Surroundings, collect, inputs, providers, rules::write_json};
use crate::{
    cli::{DoctorArgs, PermissionsArgs, PolicyFormat},
    error::{Error, ExitCode},
    provider::{
        contract::{Check, CheckState, Examination},
        permission::Permission,
        progress::Progress,
    },
    text,
};

/// Prints what a provider is asked for.
pub(super) fn permissions(args: &PermissionsArgs, out: &mut dyn Write) -> Result<(), Error> {
    let text = match args.format {
        PolicyFormat::Text => providers::permissions(args.provider)?.iter().map(line).collect(),
        PolicyFormat::Yaml => providers::policy(args.provider)?,
    };
    out.write_all(text.as_bytes()).map_err(|source| Error::Stdout { source })
}

/// `apps/deployments (get, list): owners of pods`
fn line(permission: &Permission) -> String {
    let Permission { group, resource, verbs, feeds, hides, is_optional } = permission;
    let name =
        if group.is_empty() { (*resource).to_owned() } else { format!("{group}/{resource}") };
    let without = if *is_optional { "Optional; without it hidden" } else { "Without it hidden" };
    format!("{name} ({})\n    {feeds}\n    {without}: {hides}\n", verbs.join(", "))
}

/// A check as JSON lists it.
#[derive(Debug, Serialize)]
struct CheckEntry<'a> {
    what: &'a str,
    state: &'static str,
    found: &'a str,
    hides: &'a str,
    remedy: &'a str,
}

/// Looks at what a provider can show.
pub(super) fn run(
    args: &DoctorArgs,
    surroundings: &Surroundings,
    out: &mut dyn Write,
) -> Result<ExitCode, Error> {
    let (settings, _) = inputs::settings(&args.settings, surroundings)?;
    let provider = providers::one(args.provider, &args.kubernetes, &settings, surroundings.now)?;
    let window = collect::last_hours(args.window, args.end, surroundings);
    let progress = Progress::new(surroundings.is_progress_visible);
    let examination = providers::runtime()?.block_on(provider.examine(window, &progress))?;
    if args.json {
        write_json(&examination.checks.iter().map(entry).collect::<Vec<_>>(), out)?;
    } else {
        write_text(&examination, out).map_err(|source| Error::Stdout { source })?;
    }
    let is_blind = examination.checks.iter().any(|check| check.state == CheckState::Missing);
    Ok(if is_blind { ExitCode::Blind } else { ExitCode::Done })
}

fn word(state: CheckState) -> &'static str {
    match state {
        CheckState::Good => "good",
        CheckState::Less => "less",
        CheckState::Missing => "missing",
    }
}

fn entry(check: &Check) -> CheckEntry<'_> {
    CheckEntry {
        what: &check.what,
        state: word(check.state),
        found: &check.found,
        hides: &check.hides,
        remedy: &check.remedy,
    }
}

fn write_text(examination: &Examination, out: &mut dyn Write) -> io::Result<()> {
    for check in &examination.checks {
        let found = text::clean(&check.found);
        writeln!(out, "{:8} {}: {found}", word(check.state), text::clean(&check.what))?;
        if !check.hides.is_empty() {
            writeln!(out, "         hides {}", text::clean(&check.hides))?;
        }
        for line in check.remedy.lines() {
            writeln!(out, "         {}", text::clean(line))?;
        }
    }
    Ok(())
}

//! `ai-cost doctor` and `ai-cost permissions`.

use std::io::{self, Write};

use serde::Serialize;

use super::{
    Surroundings, View, collect, inputs,
    providers::{self, Asked},
    rules::write_json,
};
use crate::{
    catalog::Catalog,
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
        PolicyFormat::Policy => providers::policy(args.provider)?,
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
    view: View,
    out: &mut dyn Write,
) -> Result<ExitCode, Error> {
    let (settings, _) = inputs::settings(&args.settings, surroundings)?;
    let catalog = Catalog::embedded()?;
    let asked = Asked { aws: &args.aws, kubernetes: &args.kubernetes, catalog: &catalog };
    let provider = providers::one(args.provider, &asked, &settings, surroundings.now)?;
    let window = collect::last_hours(args.window, args.end, surroundings);
    let progress = Progress::new(surroundings.is_progress_visible);
    let examination = providers::runtime()?.block_on(provider.examine(window, &progress))?;
    if args.json {
        write_json(&examination.checks.iter().map(entry).collect::<Vec<_>>(), out)?;
    } else {
        write_text(&examination, view.width, out).map_err(|source| Error::Stdout { source })?;
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

/// Columns before what is said of a check.
const INDENT: usize = 9;

fn write_text(examination: &Examination, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let width = width.saturating_sub(INDENT);
    for check in &examination.checks {
        let said = format!("{}: {}", text::clean(&check.what), text::clean(&check.found));
        let mut head = word(check.state);
        for line in text::wrap(&said, width) {
            writeln!(out, "{head:INDENT$}{line}")?;
            head = "";
        }
        if !check.hides.is_empty() {
            let hides = format!("hides {}", text::clean(&check.hides));
            write_indented(&text::wrap(&hides, width), out)?;
        }
        // A remedy is a sentence; what follows it is a manifest, to be copied as it is.
        let mut remedy = check.remedy.lines();
        let sentence = remedy.next().unwrap_or_default();
        write_indented(&text::wrap(&text::clean(sentence), width), out)?;
        write_indented(&remedy.map(text::clean).collect::<Vec<_>>(), out)?;
    }
    Ok(())
}

fn write_indented(lines: &[impl AsRef<str>], out: &mut dyn Write) -> io::Result<()> {
    for line in lines {
        writeln!(out, "{:INDENT$}{}", "", line.as_ref())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_fill_eighty_columns_and_manifests_are_left_as_they_are() {
        let check = |what: &str, state, found: &str, hides: &str, remedy: &str| Check {
            what: what.to_owned(),
            state,
            found: found.to_owned(),
            hides: hides.to_owned(),
            remedy: remedy.to_owned(),
        };
        let checks = vec![
            check(
                "use of GPUs in prod",
                CheckState::Good,
                "48 series of DCGM_FI_DEV_GPU_UTIL",
                "",
                "",
            ),
            check(
                "activity of multiprocessors in prod",
                CheckState::Less,
                "no series of DCGM_FI_PROF_SM_ACTIVE or DCGM_FI_PROF_SM_UTIL_RATIO",
                "whether a busy GPU is used well: utilisation says only that a kernel ran",
                "give the exporter this counter besides those that it has of its own accord:\ndata:\n  counters.csv: |",
            ),
        ];
        let mut out = Vec::new();
        write_text(&Examination { checks }, 80, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @"
        good     use of GPUs in prod: 48 series of DCGM_FI_DEV_GPU_UTIL
        less     activity of multiprocessors in prod: no series of
                 DCGM_FI_PROF_SM_ACTIVE or DCGM_FI_PROF_SM_UTIL_RATIO
                 hides whether a busy GPU is used well: utilisation says only that a
                 kernel ran
                 give the exporter this counter besides those that it has of its own
                 accord:
                 data:
                   counters.csv: |
        ");
    }
}

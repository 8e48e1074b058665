//! What became of a finding's saving, in words.

use super::Report;
use crate::{
    finding::{Fingerprint, Resolution, Resolved},
    text::clean,
    units::{Usd, thousands},
};

/// Why a finding does not count its claim, for a table. `None`: it does.
pub(super) fn resolution_note(resolved: &Resolved) -> Option<String> {
    let freed = resolved.freed_usd_per_month;
    match &resolved.resolution {
        Resolution::Counted if freed == Usd::ZERO => None,
        Resolution::Counted | Resolution::Committed => {
            Some(format!("{freed} more is freed, not saved: it is paid either way"))
        }
        Resolution::Reduced { by } => Some(format!("part of its saving counts for {}", list(by))),
        Resolution::Superseded { by } => Some(format!("superseded by {}", list(by))),
        Resolution::Unpriced => Some("waste of unknown price: it counts nothing".to_owned()),
        Resolution::Informational => None,
    }
}

/// How a claim became what counts, in whole sentences.
pub(super) fn resolution_sentence(resolved: &Resolved, report: &Report) -> String {
    let counted = resolved.counted_usd_per_month.likely;
    let claim = resolved
        .claim_usd_per_month
        .map_or_else(|| "an unknown amount".to_owned(), |claim| claim.likely.to_string());
    let freed = resolved.freed_usd_per_month;
    let freed = if freed == Usd::ZERO {
        String::new()
    } else {
        format!(
            " {freed} per month is freed, not saved: it is paid either way, and saves when the term ends, the \
             reservation is given back or something else uses it."
        )
    };
    match &resolved.resolution {
        Resolution::Counted => format!("All of {claim} per month counts.{freed}"),
        Resolution::Reduced { by } => format!(
            "{counted} of {claim} per month counts, because {} would save part of the same money. Each counts its \
             fair share, so that no dollar is promised twice.{freed}",
            named(by, report)
        ),
        Resolution::Superseded { by } => format!(
            "Nothing of {claim} per month counts, because the better way to save the same money is {}.{freed}",
            named(by, report)
        ),
        Resolution::Committed => format!("{counted} of {claim} per month counts.{freed}"),
        Resolution::Unpriced => {
            format!("The waste is real, but its price is not known: it counts nothing.{freed}")
        }
        Resolution::Informational => "It informs and promises no saving.".to_owned(),
    }
}

/// Findings that a note names, at most: a plan may share its saving with hundreds. JSON has them all.
const NAMED: usize = 5;

fn list(fingerprints: &[Fingerprint]) -> String {
    if fingerprints.is_empty() {
        return "others on the same subject".to_owned();
    }
    match fingerprints.split_at_checked(NAMED) {
        Some((named, rest)) if !rest.is_empty() => {
            format!("{} and {} more", joined(named), thousands(rest.len() as u64))
        }
        _ => joined(fingerprints),
    }
}

fn joined(fingerprints: &[Fingerprint]) -> String {
    fingerprints.iter().map(Fingerprint::as_str).collect::<Vec<_>>().join(", ")
}

/// `gpu-off-hours (ab12cd34ef56) and gpu-idle (…)`.
fn named(fingerprints: &[Fingerprint], report: &Report) -> String {
    let mut names: Vec<String> = fingerprints
        .iter()
        .take(NAMED)
        .map(|fingerprint| match report.find(fingerprint.as_str()) {
            Some(other) => format!("{} ({fingerprint})", clean(&other.finding.rule)),
            None => fingerprint.to_string(),
        })
        .collect();
    if let Some(more @ 1..) = fingerprints.len().checked_sub(NAMED) {
        names.push(format!("{} more", thousands(more as u64)));
    }
    match names.split_last() {
        None => "another finding on the same subject".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::sample_report;

    #[test]
    fn of_findings_that_share_a_saving_five_are_named_and_the_others_counted() {
        let fingerprints = |count: usize| -> Vec<Fingerprint> {
            let subject = &sample_report().findings[0].finding.subject;
            (0..count).map(|number| Fingerprint::of(&number.to_string(), subject)).collect()
        };
        assert!(!list(&fingerprints(5)).contains("more"));
        let of_many = list(&fingerprints(1_206));
        assert!(of_many.starts_with(&list(&fingerprints(5))), "{of_many}");
        assert!(of_many.ends_with(" and 1,201 more"), "{of_many}");
    }
}

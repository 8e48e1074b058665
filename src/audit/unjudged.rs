//! What could not be judged, in words and dollars.

use super::judging::Judging;
use crate::{
    fact::{Facts, SubjectKind, specs_of},
    report::NotJudged,
    units::Usd,
};

/// One entry per kind of subject and reason, dearest first.
pub(super) fn list(facts: &Facts<'_>, judging: &Judging) -> Vec<NotJudged> {
    let mut entries: Vec<NotJudged> = judging
        .unknown
        .iter()
        .map(|((kind, because), unknown)| {
            let costs = costs(facts, *kind, unknown.subjects.iter());
            NotJudged {
                rules: unknown.rules.iter().cloned().collect(),
                subject_kind: *kind,
                because: because.iter().map(|&fact| fact.to_owned()).collect(),
                subject_count: unknown.subjects.len() as u64,
                kind_count: facts.table(*kind).map_or(0, |table| table.rows.len() as u64),
                resource_ids: unknown.subjects.iter().cloned().collect(),
                effective_usd_per_month: costs.iter().any(Option::is_some).then(|| known(&costs)),
                unpriced_count: unpriced(&costs),
                meaning: meaning(*kind, because),
            }
        })
        .collect();
    entries.sort_by(|a, b| {
        b.effective_usd_per_month
            .cmp(&a.effective_usd_per_month)
            .then_with(|| b.subject_count.cmp(&a.subject_count))
            .then_with(|| a.subject_kind.cmp(&b.subject_kind))
            .then_with(|| a.because.cmp(&b.because))
    });
    entries
}

/// Subjects that no promising rule in whose scope they are could judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Blind {
    /// What those cost whose cost is known.
    pub(super) usd_per_month: Usd,
    /// How many of them have no known cost.
    pub(super) unpriced_count: u64,
}

/// The resources that nothing could judge, in dollars and without.
pub(super) fn blind(facts: &Facts<'_>, judging: &Judging) -> Blind {
    let blind = judging.blind.difference(&judging.judged);
    let costs = facts.monthly_usd_of(blind.map(String::as_str));
    Blind { usd_per_month: known(&costs), unpriced_count: unpriced(&costs) }
}

/// What subjects cost, each that is paid for once. `None`: not known.
fn costs<'s>(
    facts: &Facts<'_>,
    kind: SubjectKind,
    ids: impl Iterator<Item = &'s String>,
) -> Vec<Option<f64>> {
    let ids = ids.map(String::as_str);
    match kind {
        SubjectKind::Commitment | SubjectKind::Pool => {
            ids.map(|id| facts.fact_usd(kind, id)).collect()
        }
        _ => facts.monthly_usd_of(ids),
    }
}

/// The sum of the known costs, each rounded.
fn known(costs: &[Option<f64>]) -> Usd {
    costs.iter().flatten().map(|&usd| Usd::round(usd)).sum()
}

fn unpriced(costs: &[Option<f64>]) -> u64 {
    costs.iter().filter(|usd| usd.is_none()).count() as u64
}

/// What the missing facts mean, from their documentation; a fact that is there but too thin is named.
fn meaning(kind: SubjectKind, because: &[&'static str]) -> String {
    let specs = specs_of(kind);
    let mut sentences: Vec<&str> = Vec::new();
    for name in because {
        if let Some(spec) = specs.iter().find(|spec| spec.name == *name)
            && !spec.null_means.is_empty()
            && !sentences.contains(&spec.null_means)
        {
            sentences.push(spec.null_means);
        }
    }
    if sentences.is_empty() {
        format!("Too thin: {}.", because.join(", "))
    } else {
        sentences.join(" ")
    }
}

//! Phrases that more than one renderer uses. Everything foreign in them is cleaned.

use std::borrow::Cow;

use super::{Asked, Exempted, NotJudged, Report, Totals};
use crate::{
    fact::{SubjectKind, SubjectRef, Value},
    finding::{Claim, Resolution, Resolved},
    text::clean,
    units::{Unit, Usd, count, thousands},
};

/// `Asked kubernetes 48 times (2 repeated), 3.1 MiB`.
pub(super) fn asked(asked: &Asked) -> String {
    let repeated = match asked.retry_count {
        0 => String::new(),
        count => format!(" ({} repeated)", thousands(count)),
    };
    let times = count(asked.request_count, "time");
    let price = if asked.list_micro_usd == 0 {
        String::new()
    } else {
        let usd = asked.list_micro_usd as f64 / 1e6;
        format!(", {} for ${usd:.2} at list price", count(asked.metric_count, "metric"))
    };
    format!(
        "Asked {} {times}{repeated}, {}{price}",
        clean(&asked.provider),
        size(asked.received_bytes)
    )
}

/// Bytes in the largest unit that leaves a whole one.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => count(bytes, "byte"),
        1_024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1_024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    }
}

/// The length of a list, for [`count`].
pub(super) fn len<T>(list: &[T]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}

/// `3 accelerators`.
pub(super) fn subjects(number: u64, kind: SubjectKind) -> String {
    if kind == SubjectKind::Spare && number != 1 {
        return format!("{} unallocated parts of nodes", thousands(number));
    }
    let singular = match kind {
        SubjectKind::Throughput => "throughput purchase",
        SubjectKind::Pool => "machine pool",
        SubjectKind::Spare => "unallocated part of a node",
        other => other.word(),
    };
    count(number, singular)
}

/// `$36,900.00 – $44,015.20`, or one amount if both ends are the same.
pub(super) fn range(claim: Claim) -> String {
    if claim.low == claim.high {
        claim.low.to_string()
    } else {
        format!("{} – {}", claim.low, claim.high)
    }
}

/// An amount with its range: `$41,212.70 ($36,900.00 – $44,015.20)`.
pub(super) fn amount(claim: Claim) -> String {
    if claim.low == claim.high {
        claim.likely.to_string()
    } else {
        format!("{} ({})", claim.likely, range(claim))
    }
}

/// What a finding counts: a price that is not known is not zero, and information promises nothing.
pub(super) fn counted(resolved: &Resolved) -> String {
    match resolved.resolution {
        Resolution::Unpriced => "unknown".to_owned(),
        Resolution::Informational => "–".to_owned(),
        Resolution::Counted
        | Resolution::Reduced { .. }
        | Resolution::Superseded { .. }
        | Resolution::Committed => resolved.counted_usd_per_month.likely.to_string(),
    }
}

/// The same without cents from a thousand dollars on: `$2,010–$2,400`.
pub(super) fn short_range(claim: Claim) -> String {
    let (low, high) = (short(claim.low), short(claim.high));
    if low == high { low } else { format!("{low}–{high}") }
}

fn short(usd: Usd) -> String {
    let is_exact = usd.cents().abs() < 100_000;
    if is_exact {
        return usd.to_string();
    }
    let half = if usd.cents() < 0 { -50 } else { 50 };
    let text = Usd::from_cents(usd.cents() + half).to_string();
    text.split_once('.').map_or(text.clone(), |(whole, _)| whole.to_owned())
}

/// A sum that may be unknown.
pub(super) fn known(usd: Option<Usd>) -> String {
    usd.map_or_else(|| "unknown".to_owned(), |usd| usd.to_string())
}

/// What subjects cost that could not be judged, with the number of those whose cost nobody knows.
pub(super) fn not_judged_cost(not_judged: &NotJudged) -> String {
    match (not_judged.effective_usd_per_month, not_judged.unpriced_count) {
        (None, _) => "their cost is not known".to_owned(),
        (Some(usd), 0) => format!("{usd} per month"),
        (Some(usd), unpriced) => {
            format!("{usd} per month and {} of unknown cost", thousands(unpriced))
        }
    }
}

/// What the effective cost leaves out because nobody knows it. `None`: nothing.
pub(super) fn left_out(totals: &Totals) -> Option<String> {
    let resources = totals.effective_unpriced_count;
    let charges = totals.effective_untold_count;
    let mut parts = Vec::new();
    if resources > 0 {
        parts.push(format!("{} of unknown cost", count(resources, "resource")));
    }
    if charges > 0 {
        let charges = count(charges, "daily charge");
        parts.push(format!("{charges} whose effective cost the bill does not tell"));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// What no rule meant for it could judge. `None`: there is nothing of the kind.
pub(super) fn blind(totals: &Totals) -> Option<String> {
    let usd = totals.not_judged_usd_per_month;
    let unpriced = totals.not_judged_unpriced_count;
    let resources = || format!("{} of unknown cost", count(unpriced, "resource"));
    let what = match (usd == Usd::ZERO, unpriced) {
        (true, 0) => return None,
        (true, _) => resources(),
        (false, 0) => format!("{usd} per month"),
        (false, _) => format!("{usd} per month and {}", resources()),
    };
    Some(format!("{what} could not be judged by any rule meant for it"))
}

/// The end of a resource id that tells it from its siblings: what follows the last `/` or `:`.
pub fn id_tail(resource_id: &str) -> &str {
    resource_id.rsplit(['/', ':']).find(|part| !part.trim().is_empty()).unwrap_or(resource_id)
}

/// What tells a subject from others of its name: of what runs in a cluster its own kind, `deployment`; else the end of its id.
pub(super) fn detail(subject: &SubjectRef) -> &str {
    let id = &subject.resource_id;
    let own_kind = id.rsplit('/').nth(1).filter(|_| subject.kind == "workload");
    own_kind.map_or_else(|| id_tail(id), id_tail)
}

/// What people call a subject: its name, or else the end of its id.
pub(super) fn label(subject: &SubjectRef) -> Cow<'_, str> {
    match subject.name.as_deref().filter(|name| !name.trim().is_empty()) {
        Some(name) => clean(name),
        None => clean(id_tail(&subject.resource_id)),
    }
}

/// A fact's value as people read it, with its unit.
pub(super) fn value(fact: &str, value: &Value) -> String {
    match value {
        Value::Null => "unknown".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => Unit::of(fact).show(*number),
        Value::Text(text) => clean(text).into_owned(),
    }
}

/// What could not be judged and why: `14 of 412 accelerators (no GPU telemetry)`.
pub(super) fn not_judged_short(not_judged: &NotJudged) -> String {
    let because = clean_list(&not_judged.because);
    format!("{} ({because})", not_judged_subjects(not_judged))
}

/// `14 of 412 accelerators`.
pub(super) fn not_judged_subjects(not_judged: &NotJudged) -> String {
    let all = subjects(not_judged.kind_count, not_judged.subject_kind);
    format!("{} of {all}", thousands(not_judged.subject_count))
}

/// Strings cleaned and joined by commas.
pub(super) fn clean_list(list: &[String]) -> String {
    let cleaned: Vec<Cow<'_, str>> = list.iter().map(|item| clean(item)).collect();
    cleaned.join(", ")
}

/// The sentence that closes every report: findings, money, and what was set aside.
pub(super) fn closing(report: &Report) -> String {
    let totals = &report.totals;
    let counted = totals.counted_usd_per_month;
    let mut parts = vec![count(len(&report.findings), "finding")];
    parts.push(if counted.low == counted.high {
        format!("{} per month counted", counted.likely)
    } else {
        format!("{} per month counted ({})", counted.likely, range(counted))
    });
    if totals.freed_usd_per_month != Usd::ZERO {
        parts.push(format!("{} freed", totals.freed_usd_per_month));
    }
    for (number, word) in
        [(totals.superseded_count, "superseded"), (totals.unpriced_count, "unpriced")]
    {
        if number > 0 {
            parts.push(format!("{} {word}", thousands(number)));
        }
    }
    if let Some(first) = first_to_expire(&report.exempted) {
        let number = thousands(len(&report.exempted));
        parts.push(format!("{number} exempted (the first until {})", first.until));
    }
    parts.join(" · ")
}

/// The exemption that ends first.
fn first_to_expire(exempted: &[Exempted]) -> Option<&Exempted> {
    exempted.iter().min_by_key(|exempted| exempted.until)
}

/// Reasons named in the last line; all of them stand above it.
const LISTED_AT_THE_END: usize = 4;

/// The other closing sentence: what the audit could not judge or see.
pub(super) fn closing_unknown(report: &Report) -> String {
    let mut parts: Vec<String> = report.not_judged.iter().map(not_judged_short).collect();
    parts.extend(
        report.gaps.iter().map(|gap| format!("{} ({})", clean(&gap.what), clean(&gap.because))),
    );
    let more = parts.len().saturating_sub(LISTED_AT_THE_END);
    if more > 0 {
        parts.truncate(LISTED_AT_THE_END);
        parts.push(format!(
            "{} more, listed above",
            thousands(u64::try_from(more).unwrap_or(u64::MAX))
        ));
    }
    if parts.is_empty() {
        return "Not judged: nothing; every subject in scope was judged".to_owned();
    }
    format!("Not judged: {}", parts.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(low: i64, high: i64) -> Claim {
        Claim {
            low: Usd::from_cents(low),
            likely: Usd::from_cents(low),
            high: Usd::from_cents(high),
        }
    }

    #[test]
    fn short_ranges_drop_cents_where_they_do_not_matter() {
        assert_eq!(short_range(claim(1_250, 99_999)), "$12.50–$999.99");
        assert_eq!(short_range(claim(99_999, 240_049)), "$999.99–$2,400");
        assert_eq!(short_range(claim(240_010, 240_040)), "$2,400");
        assert_eq!(short_range(claim(240_010, 240_050)), "$2,400–$2,401");
    }

    #[test]
    fn the_tail_of_an_id_tells_siblings_apart() {
        assert_eq!(id_tail("arn:aws:ec2:us-east-1:111122223333:instance/i-0abc"), "i-0abc");
        assert_eq!(id_tail("/subscriptions/s/providers/x/virtualMachines/vm1/"), "vm1");
        assert_eq!(id_tail("plain"), "plain");
        assert_eq!(id_tail("//"), "//");
    }

    #[test]
    fn what_nobody_judged_and_nobody_priced_is_said_and_never_nothing() {
        let said = |cents, unpriced| {
            blind(&Totals {
                not_judged_usd_per_month: Usd::from_cents(cents),
                not_judged_unpriced_count: unpriced,
                ..Totals::default()
            })
        };
        let not_judged = "could not be judged by any rule meant for it";
        assert_eq!(said(0, 0), None);
        assert_eq!(said(0, 1), Some(format!("1 resource of unknown cost {not_judged}")));
        assert_eq!(said(500, 0), Some(format!("$5.00 per month {not_judged}")));
        let both = format!("$5.00 per month and 2 resources of unknown cost {not_judged}");
        assert_eq!(said(500, 2), Some(both));
    }

    #[test]
    fn what_the_effective_cost_leaves_out_is_said() {
        let said = |resources, charges| {
            left_out(&Totals {
                effective_unpriced_count: resources,
                effective_untold_count: charges,
                ..Totals::default()
            })
        };
        let untold = "30 daily charges whose effective cost the bill does not tell";
        assert_eq!(said(0, 0), None);
        assert_eq!(said(1, 0).as_deref(), Some("1 resource of unknown cost"));
        assert_eq!(said(0, 30).as_deref(), Some(untold));
        assert_eq!(said(2, 30), Some(format!("2 resources of unknown cost; {untold}")));
    }

    #[test]
    fn what_runs_in_a_cluster_is_told_apart_by_its_own_kind() {
        let subject = |id: &str, kind: &str| SubjectRef {
            provider: "kubernetes".to_owned(),
            account_id: "c".to_owned(),
            region: "global".to_owned(),
            resource_id: id.to_owned(),
            kind: kind.to_owned(),
            name: None,
            instance_type: None,
            owner: None,
            team: None,
        };
        let workload = subject("kubernetes:c:global:ml/deployment/llm", "workload");
        assert_eq!(detail(&workload), "deployment");
        let spare = subject("kubernetes:c:global:node/n1/unallocated", "spare");
        assert_eq!(detail(&spare), "unallocated");
    }

    #[test]
    fn numbers_take_the_plural() {
        assert_eq!(count(0, "finding"), "0 findings");
        assert_eq!(count(1, "finding"), "1 finding");
        assert_eq!(subjects(1_204, SubjectKind::Throughput), "1,204 throughput purchases");
        assert_eq!(subjects(1, SubjectKind::Spare), "1 unallocated part of a node");
        assert_eq!(subjects(2, SubjectKind::Spare), "2 unallocated parts of nodes");
    }
}

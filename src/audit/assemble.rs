//! Every number of the report, worked out once.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::{Inputs, judging::Judging, resolve, unjudged};
use crate::{
    fact::{Facts, Ground},
    finding::{Action, Claim, Resolution, Resolved, hex},
    report::{Asked, Exempted, PriceUse, Provenance, Report, RuleCoverage, Totals},
    saving,
    snapshot::{CallCount, FORMAT_VERSION},
    units::Usd,
};

/// Windows shorter than this widen every range.
const SHORT_WINDOW_DAYS: f64 = 14.0;

/// Puts the report together.
pub(super) fn report(
    inputs: Inputs<'_>,
    facts: &Facts<'_>,
    ground: &Ground<'_>,
    judging: &Judging,
    resolution: saving::Resolutions,
) -> Report {
    let mut rules = judging.coverage.clone();
    clear(&mut rules, judging, &resolution);
    let mut findings = resolution.resolved;
    findings.sort_by(|a, b| {
        let claim = |r: &Resolved| r.claim_usd_per_month.map(|claim| claim.likely);
        b.counted_usd_per_month
            .likely
            .cmp(&a.counted_usd_per_month.likely)
            .then_with(|| claim(b).cmp(&claim(a)))
            .then_with(|| b.freed_usd_per_month.cmp(&a.freed_usd_per_month))
            .then_with(|| a.finding.rule.cmp(&b.finding.rule))
            .then_with(|| a.finding.subject.cmp(&b.finding.subject))
    });
    for coverage in &mut rules {
        coverage.counted_usd_per_month = findings
            .iter()
            .filter(|resolved| resolved.finding.rule == coverage.rule)
            .map(|resolved| resolved.counted_usd_per_month)
            .sum();
    }
    let prices = price_uses(inputs, facts, &findings);
    let mut warnings = warnings(inputs, facts, &prices);
    warnings.extend(resolution.notes);
    Report {
        window: inputs.snapshot.window,
        totals: totals(facts, judging, &findings),
        rules,
        not_judged: unjudged::list(facts, judging),
        gaps: ground.gaps.clone(),
        exempted: exempted(inputs, facts, judging),
        exemption_notes: judging.exemption_notes.clone(),
        bills: inputs.snapshot.bills.clone(),
        telemetry: ground.telemetry().clone(),
        prices,
        warnings,
        provenance: provenance(inputs),
        findings,
    }
}

/// A hit whose replay saves nothing is clear.
fn clear(rules: &mut [RuleCoverage], judging: &Judging, resolution: &saving::Resolutions) {
    let rule_of: BTreeMap<_, _> = judging
        .findings
        .iter()
        .map(|finding| (&finding.fingerprint, finding.rule.as_str()))
        .collect();
    for cleared in &resolution.cleared {
        let rule = rule_of.get(&cleared.fingerprint).copied();
        if let Some(coverage) = rules.iter_mut().find(|entry| Some(entry.rule.as_str()) == rule) {
            coverage.hit_count = coverage.hit_count.saturating_sub(1);
            coverage.clear_count += 1;
        }
    }
}

fn totals(facts: &Facts<'_>, judging: &Judging, findings: &[Resolved]) -> Totals {
    let counted: Claim = findings.iter().map(|resolved| resolved.counted_usd_per_month).sum();
    let freed: Usd = findings.iter().map(|resolved| resolved.freed_usd_per_month).sum();
    let listed = facts.list_price_usd_per_month();
    let effective = match (facts.billed_usd_per_month(), listed) {
        (Some(billed), listed) => Some(billed + listed.unwrap_or_default()),
        (None, listed) => listed,
    };
    let blind = unjudged::blind(facts, judging);
    let waste = (counted.likely + freed).dollars();
    Totals {
        resource_count: facts.subjects().filter(|subject| !subject.is_slice()).count() as u64,
        effective_usd_per_month: effective.map(Usd::round),
        effective_unpriced_count: facts.unpriced_count() as u64,
        effective_untold_count: facts.untold_count() as u64,
        counted_usd_per_month: counted,
        freed_usd_per_month: freed,
        waste_ratio: effective.filter(|usd| *usd > 0.0).map(|usd| waste / usd),
        unpriced_count: count(findings, &Resolution::Unpriced),
        superseded_count: findings
            .iter()
            .filter(|resolved| matches!(resolved.resolution, Resolution::Superseded { .. }))
            .count() as u64,
        not_judged_usd_per_month: blind.usd_per_month,
        not_judged_unpriced_count: blind.unpriced_count,
    }
}

fn count(findings: &[Resolved], resolution: &Resolution) -> u64 {
    findings.iter().filter(|resolved| resolved.resolution == *resolution).count() as u64
}

/// Exempted findings with the money they would have alone among themselves.
fn exempted(inputs: Inputs<'_>, facts: &Facts<'_>, judging: &Judging) -> Vec<Exempted> {
    let findings = judging.exempted.iter().map(|exempt| exempt.finding.clone()).collect();
    let resolved = resolve(inputs.rules, facts, findings).resolved;
    let mut exempted: Vec<Exempted> = resolved
        .into_iter()
        .filter_map(|resolved| {
            let fingerprint = &resolved.finding.fingerprint;
            let exempt = judging
                .exempted
                .iter()
                .find(|exempt| exempt.finding.fingerprint == *fingerprint)?;
            Some(Exempted { reason: exempt.reason.clone(), until: exempt.until, finding: resolved })
        })
        .collect();
    exempted.sort_by(|a, b| {
        a.until
            .cmp(&b.until)
            .then_with(|| a.finding.finding.fingerprint.cmp(&b.finding.finding.fingerprint))
    });
    exempted
}

/// The price rows behind findings and list-price costs, by source and day.
fn price_uses(inputs: Inputs<'_>, facts: &Facts<'_>, findings: &[Resolved]) -> Vec<PriceUse> {
    let mut used: BTreeSet<(String, String, String, String)> = facts.list_price_keys();
    for resolved in findings {
        let subject = &resolved.finding.subject;
        for [seller, region, instance_type] in facts.machine_types(subject) {
            let mut add = |instance_type: &str, option: &str| {
                let key = [seller, region, instance_type, option].map(str::to_owned);
                used.insert(key.into());
            };
            match &resolved.finding.action {
                Action::Resize { target, .. } => {
                    add(instance_type, "on_demand");
                    add(target, "on_demand");
                }
                Action::Reprice { target, .. } => {
                    add(instance_type, "on_demand");
                    add(instance_type, target);
                }
                _ => {}
            }
        }
    }
    let catalog = inputs.catalog.clone().with_prices(&inputs.snapshot.prices);
    let end = inputs.snapshot.window.last_day();
    let mut by_source: BTreeMap<(String, jiff::civil::Date), u64> = BTreeMap::new();
    for (provider, region, instance_type, option) in used {
        if let Some(price) = catalog.price(&provider, &region, &instance_type, &option) {
            *by_source.entry((price.source.clone(), price.as_of)).or_default() += 1;
        }
    }
    by_source
        .into_iter()
        .map(|((source, as_of), price_count)| PriceUse {
            source,
            priced_on: as_of.to_string(),
            age_days: as_of.until(end).map_or(0, |span| i64::from(span.get_days())),
            price_count,
        })
        .collect()
}

fn warnings(inputs: Inputs<'_>, facts: &Facts<'_>, prices: &[PriceUse]) -> Vec<String> {
    let mut warnings = Vec::new();
    let days = inputs.snapshot.window.days();
    if days < SHORT_WINDOW_DAYS {
        warnings
            .push(format!("The window has {days:.1} days: under 14 schedules cannot be judged."));
    }
    let limit = inputs.settings.policy.price_age_warning_days;
    let old: u64 =
        prices.iter().filter(|price| price.age_days > limit).map(|price| price.price_count).sum();
    let oldest = prices.iter().map(|price| price.age_days).max().unwrap_or_default();
    if old > 0 {
        warnings.push(format!(
            "{old} of the prices used are older than {limit} days, the oldest {oldest} days. Bring newer ones with \
             --catalog."
        ));
    }
    for model in inputs.settings.kubernetes.gpu_usd_per_hour.keys() {
        if inputs.catalog.gpu(model).is_none() {
            warnings.push(format!(
                "The settings price the accelerator `{model}`, which the catalog does not know: the price is not used. \
                 Write the model as the catalog does, such as A100-80GB."
            ));
        }
    }
    if facts.uses_list_prices() {
        warnings.push(
            "Some resources are on no bill; their cost is list price × hours, which overstates what you pay after \
             discounts. Bring the bill with --billing."
                .to_owned(),
        );
    }
    warnings
}

fn provenance(inputs: Inputs<'_>) -> Provenance {
    let mut rules = Sha256::new();
    for rule in inputs.rules.rules() {
        rules.update(rule.id.as_bytes());
        rules.update([0]);
        rules.update(rule.text().as_bytes());
        rules.update([0]);
    }
    Provenance {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        snapshot_version: FORMAT_VERSION,
        snapshot_sha256: inputs.snapshot.sha256.clone(),
        rules_sha256: hex(&rules.finalize()),
        settings_sha256: inputs.settings.sha256(),
        catalog_sha256: inputs.catalog.sha256().to_owned(),
        asked: asked(&inputs.snapshot.calls),
    }
}

/// Calls added up by provider.
fn asked(calls: &[CallCount]) -> Vec<Asked> {
    let mut by_provider: BTreeMap<&str, Vec<CallCount>> = BTreeMap::new();
    for call in calls {
        by_provider.entry(&call.provider).or_default().push(call.clone());
    }
    let sum = |(provider, calls): (&str, Vec<CallCount>)| Asked {
        provider: provider.to_owned(),
        request_count: calls.iter().map(|call| call.request_count).sum(),
        retry_count: calls.iter().map(|call| call.retry_count).sum(),
        received_bytes: calls.iter().map(|call| call.received_bytes).sum(),
        metric_count: calls.iter().map(|call| call.metric_count).sum(),
        list_micro_usd: calls.iter().map(|call| call.list_micro_usd).sum(),
        calls,
    };
    by_provider.into_iter().map(sum).collect()
}

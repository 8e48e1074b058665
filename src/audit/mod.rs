//! The audit: a pure function from a snapshot, rules, a catalog and settings to a report.
//!
//! Observed data is measured into facts, rules judge the facts, savings reconcile the findings, and the report is
//! assembled once. No clock, no network, no environment.

mod assemble;
mod error;
mod explain;
mod judging;
mod open;
mod unjudged;

use std::collections::{BTreeMap, BTreeSet};

pub use error::AuditError;
pub use open::{OpenMeasures, Worth, open_measures};

use self::judging::Judging;
use crate::{
    catalog::Catalog,
    fact::{Facts, Ground, HourlyCost, SubjectKind, Traffic},
    finding::{Action, Finding},
    report::{Explanation, Report, id_tail},
    rule,
    saving::{self, PaidHour, Slice, SubjectBill},
    settings::Settings,
    snapshot::Snapshot,
    units::Usd,
};

/// Everything an audit is a function of.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// What was observed.
    pub snapshot: &'a Snapshot,
    /// What is waste. Disabled rules are left out and parameters are set already.
    pub rules: &'a rule::Catalog,
    /// What can be bought.
    pub catalog: &'a Catalog,
    /// Decisions.
    pub settings: &'a Settings,
}

/// Runs an audit.
pub fn run(inputs: Inputs<'_>) -> Result<Report, AuditError> {
    with_facts(inputs, |facts, ground, judging| {
        let resolution = resolve(inputs.rules, facts, judging.findings.clone());
        assemble::report(inputs, facts, ground, judging, resolution)
    })
}

/// Runs an audit and tells everything about one of its findings. `None`: no finding, or several, have that
/// fingerprint.
pub fn explain(
    inputs: Inputs<'_>,
    fingerprint: &str,
) -> Result<(Report, Option<Explanation>), AuditError> {
    with_facts(inputs, |facts, ground, judging| {
        let resolution = resolve(inputs.rules, facts, judging.findings.clone());
        let report = assemble::report(inputs, facts, ground, judging, resolution);
        let explanation =
            report.find(fingerprint).map(|found| explain::explanation(inputs, facts, found));
        (report, explanation)
    })
}

fn with_facts<T>(
    inputs: Inputs<'_>,
    then: impl FnOnce(&Facts<'_>, &Ground<'_>, &Judging) -> T,
) -> Result<T, AuditError> {
    let Inputs { snapshot, rules, settings, .. } = inputs;
    with_ground(inputs, |ground| {
        let traffic = Traffic::index(&snapshot.invocations, snapshot.window);
        let facts = ground.measure(&traffic);
        let judging = Judging::of(rules, &facts, settings, snapshot.window)?;
        Ok(then(&facts, ground, &judging))
    })
}

fn with_ground<T>(
    inputs: Inputs<'_>,
    then: impl FnOnce(&mut Ground<'_>) -> Result<T, AuditError>,
) -> Result<T, AuditError> {
    let Inputs { snapshot, settings, .. } = inputs;
    let zone = jiff::tz::TimeZone::get(&settings.policy.time_zone).map_err(|source| {
        AuditError::TimeZone { zone: settings.policy.time_zone.clone(), source }
    })?;
    let catalog = inputs.catalog.clone().with_prices(&snapshot.prices);
    then(&mut Ground::read(snapshot, settings, &catalog, &zone)?)
}

/// Savings of findings, with the bills of their subjects. What is to be committed to is part of their messages then.
fn resolve(
    rules: &rule::Catalog,
    facts: &Facts<'_>,
    findings: Vec<Finding>,
) -> saving::Resolutions {
    let kinds: BTreeMap<String, SubjectKind> = findings
        .iter()
        .map(|finding| (finding.subject.resource_id.clone(), finding.subject_kind))
        .collect();
    let groups = facts.groups();
    let group_of = |id: &String| groups.get(id).unwrap_or(id).clone();
    let scheduled: BTreeSet<String> = findings
        .iter()
        .filter(|finding| matches!(finding.action, Action::Schedule { .. }))
        .map(|finding| group_of(&finding.subject.resource_id))
        .collect();
    // A group or a pool's member is a resource, whatever rule found it. Calendars are fitted where one is replayed.
    let bills = |id: &str| {
        let kind = kinds.get(id).copied().unwrap_or(SubjectKind::Resource);
        let bill = facts.bill(kind, id)?;
        let calendars = if scheduled.contains(id) { facts.calendars(kind, id) } else { None };
        Some(SubjectBill { bill, calendars })
    };
    let slices = |id: &str| {
        let parts = facts.slices(id)?;
        Some(parts.into_iter().map(|(payer_id, cost)| slice(payer_id, &cost)).collect())
    };
    let mut resolutions =
        saving::resolve_sliced(findings, &bills, &slices, &groups, &facts.pool_members());
    for resolved in &mut resolutions.resolved {
        let Some(commitment) = &resolved.commitment else { continue };
        let rule = rules.get(&resolved.finding.rule);
        if let Some(message) = rule.and_then(|rule| rule.message(&resolved.finding, commitment)) {
            resolved.finding.message = message;
        }
    }
    for resolved in &mut resolutions.resolved {
        let finding = &mut resolved.finding;
        if resolved.freed_usd_per_month > Usd::ZERO
            && let Some(reservation) = facts.reserved_in(&finding.subject.resource_id)
        {
            let own_id = id_tail(reservation);
            let why = format!("; its capacity stays paid for until {own_id} ends or is given back");
            finding.message.push_str(&why);
        }
    }
    resolutions
}

/// What a slice has of one bill.
fn slice(payer_id: &str, cost: &HourlyCost) -> Slice {
    let hours = cost.on_demand_usd.iter().zip(&cost.spot_usd).zip(&cost.committed_usd);
    Slice {
        group_id: payer_id.to_owned(),
        hours: hours
            .map(|((&on_demand_usd, &spot_usd), &committed_usd)| PaidHour {
                on_demand_usd,
                spot_usd,
                committed_usd,
            })
            .collect(),
    }
}

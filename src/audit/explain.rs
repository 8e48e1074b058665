//! Everything about one finding.

use super::Inputs;
use crate::{
    calendar::Calendar,
    fact::Facts,
    finding::{Action, Resolved},
    report::{ExplainedDay, Explanation},
    saving::{self, Bill},
    units::{Unit, Usd},
    window::{day_of, hour_of_week},
};

/// Gathers what a person wants to see before acting.
pub(super) fn explanation(
    inputs: Inputs<'_>,
    facts: &Facts<'_>,
    resolved: &Resolved,
) -> Explanation {
    let finding = &resolved.finding;
    let rule = inputs.rules.get(&finding.rule);
    let bill = facts.bill(finding.subject_kind, &finding.subject.resource_id);
    let calendars = facts.calendars(finding.subject_kind, &finding.subject.resource_id);
    let calendar = calendars
        .as_ref()
        .map(|calendars| &calendars.whole)
        .filter(|_| matches!(finding.action, Action::Schedule { .. }));
    // What promises nothing has nothing to replay.
    let promised = bill.as_ref().filter(|_| !matches!(finding.action, Action::Inform));
    let days = promised.map_or_else(Vec::new, |before| {
        let after = saving::replay_alone(finding, before, calendars.as_ref());
        after.map_or_else(Vec::new, |after| days(before, &after))
    });
    Explanation {
        why: rule.map_or_else(String::new, |rule| rule.why.clone()),
        false_positives: rule.map_or_else(String::new, |rule| rule.false_positives.clone()),
        remedy: rule.map_or_else(String::new, |rule| rule.remedy.clone()),
        change: rule.and_then(|rule| rule.change(finding, resolved.commitment.as_ref())),
        hour_of_week_active_ratio: activity(inputs, facts, resolved),
        hour_of_week_is_on: calendar.map_or_else(Vec::new, hours_on),
        time_zone: inputs.settings.policy.time_zone.clone(),
        days,
        prices: prices(inputs, facts, resolved),
        finding: resolved.clone(),
    }
}

fn hours_on(calendar: &Calendar) -> Vec<bool> {
    calendar.is_on.to_vec()
}

/// Share of observed hours that were active, by hour of the local week. Empty: nothing was observed.
fn activity(inputs: Inputs<'_>, facts: &Facts<'_>, resolved: &Resolved) -> Vec<Option<f64>> {
    let Some(subject) = facts.subject(&resolved.finding.subject.resource_id) else {
        return Vec::new();
    };
    let Ok(zone) = jiff::tz::TimeZone::get(&inputs.settings.policy.time_zone) else {
        return Vec::new();
    };
    let (mut seen, mut active) = (vec![0_u32; 168], vec![0_u32; 168]);
    for (hour, is_active) in (inputs.snapshot.window.start..).zip(subject.activity()) {
        let slot = hour_of_week(hour, &zone);
        if let (Some(is_active), Some(seen), Some(count)) =
            (is_active, seen.get_mut(slot), active.get_mut(slot))
        {
            *seen += 1;
            *count += u32::from(is_active);
        }
    }
    if seen.iter().all(|&count| count == 0) {
        return Vec::new();
    }
    seen.iter()
        .zip(&active)
        .map(|(&seen, &active)| (seen > 0).then(|| f64::from(active) / f64::from(seen)))
        .collect()
}

fn days(before: &Bill, after: &Bill) -> Vec<ExplainedDay> {
    let mut days: Vec<(jiff::civil::Date, f64, f64)> = Vec::new();
    let hours = before.hours.iter().zip(&after.hours);
    for (hour, (before, after)) in (before.window.start..).zip(hours) {
        let day = day_of(hour);
        match days.last_mut() {
            Some((last, was, is)) if *last == day => {
                *was += before.cost_usd();
                *is += after.cost_usd();
            }
            _ => days.push((day, before.cost_usd(), after.cost_usd())),
        }
    }
    days.into_iter()
        .map(|(day, before, after)| ExplainedDay {
            day,
            before_usd: Usd::round(before),
            after_usd: Usd::round(after),
        })
        .collect()
}

fn prices(inputs: Inputs<'_>, facts: &Facts<'_>, resolved: &Resolved) -> Vec<String> {
    let catalog = inputs.catalog.clone().with_prices(&inputs.snapshot.prices);
    let show = |seller: &str, region: &str, instance_type: &str, option: &str| match catalog.price(
        seller,
        region,
        instance_type,
        option,
    ) {
        Some(price) => format!(
            "{instance_type} {option} in {region}: {}, read {} ({})",
            Unit::UsdPerHour.show(price.usd_per_hour),
            price.as_of,
            price.source
        ),
        None => format!("{instance_type} {option} in {region}: not known"),
    };
    let types = facts.machine_types(&resolved.finding.subject);
    let of_type = |[seller, region, instance_type]: [&str; 3]| {
        let wanted = match &resolved.finding.action {
            // What a share of an accelerator costs is its share of the node.
            Action::Resize { target, .. } if !resolved.finding.subject_kind.is_slice() => {
                vec![(instance_type, "on_demand"), (target, "on_demand")]
            }
            Action::Reprice { target, .. } => {
                vec![(instance_type, "on_demand"), (instance_type, target)]
            }
            _ => vec![(instance_type, "on_demand")],
        };
        let shown = wanted.into_iter();
        shown
            .map(|(instance_type, option)| show(seller, region, instance_type, option))
            .collect::<Vec<_>>()
    };
    types.into_iter().flat_map(of_type).collect()
}

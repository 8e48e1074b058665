//! Hourly bills for replays.

use super::{
    hourly::HourlyCost,
    measure::Facts,
    serving, slice,
    subject::{Subject, WORKLOAD},
};
use crate::{
    saving::{Bill, BillHour},
    window::Window,
};

/// The bill of a resource, with what its load asked for.
pub(super) fn of_resource(subject: &Subject<'_>) -> Option<Bill> {
    let (cost, _) = subject.hourly_cost()?;
    let needs = serving::needs(subject);
    Some(with_load(subject, &cost, &needs, |index| {
        let traffic = subject.traffic.and_then(|traffic| traffic.hours.get(index));
        traffic.and_then(|hour| hour.replica_count).unwrap_or(subject.unit_count())
    }))
}

/// The bill of a slice of nodes: a workload's units are its pods.
pub(super) fn of_slice(facts: &Facts<'_>, id: &str) -> Option<Bill> {
    let subject = facts.subject(id)?;
    let (cost, _) = slice::cost(&slice::parts(&facts.subjects, &facts.allocation, id))?;
    if subject.row.kind != WORKLOAD {
        return Some(with_load(subject, &cost, &[], |_| 1.0));
    }
    let pods = subject.pod_counts();
    Some(with_load(subject, &cost, &subject.workload_needs(), |index| at(&pods, index)))
}

/// Costs by the hour with the units that ran and what the load asked for.
fn with_load(
    subject: &Subject<'_>,
    cost: &HourlyCost,
    needs: &[Option<f64>],
    units: impl Fn(usize) -> f64,
) -> Bill {
    let window = subject.world.window;
    let activity = subject.activity();
    let hours = (0..window.hour_count())
        .map(|index| {
            let traffic = subject.traffic.and_then(|traffic| traffic.hours.get(index));
            let runs = subject
                .running
                .as_ref()
                .is_none_or(|running| running.get(index).copied().unwrap_or(false));
            BillHour {
                unit_count: if runs { units(index) } else { 0.0 },
                on_demand_usd: at(&cost.on_demand_usd, index),
                spot_usd: at(&cost.spot_usd, index),
                committed_usd: at(&cost.committed_usd, index),
                reserved_usd: at(&cost.reserved_usd, index),
                need_count: needs.get(index).copied().flatten(),
                is_active: activity.get(index).copied().flatten(),
                request_count: traffic.and_then(|hour| hour.request_count),
            }
        })
        .collect();
    Bill { window, hours }
}

fn at(values: &[f64], index: usize) -> f64 {
    values.get(index).copied().unwrap_or_default()
}

/// A bill without telemetry.
pub(super) fn plain(window: Window, cost: &HourlyCost) -> Bill {
    let hours = cost
        .on_demand_usd
        .iter()
        .zip(&cost.committed_usd)
        .map(|(&on_demand_usd, &committed_usd)| BillHour {
            unit_count: 1.0,
            on_demand_usd,
            committed_usd,
            ..BillHour::default()
        })
        .collect();
    Bill { window, hours }
}

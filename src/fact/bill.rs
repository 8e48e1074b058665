//! Hourly bills for replays.

use super::{cost::HourlyCost, serving, subject::Subject};
use crate::{
    saving::{Bill, BillHour},
    window::Window,
};

/// The bill of a resource, with what its load asked for.
pub(super) fn of_resource(subject: &Subject<'_>) -> Option<Bill> {
    let (cost, _) = subject.hourly_cost()?;
    let window = subject.world.window;
    let needs = serving::needs(subject);
    let activity = subject.activity();
    let units = subject.unit_count();
    let of = |part: &[f64], index: usize| part.get(index).copied().unwrap_or_default();
    let hours = (0..window.hour_count())
        .map(|index| {
            let traffic = subject.traffic.and_then(|traffic| traffic.hours.get(index));
            let runs = subject
                .running
                .as_ref()
                .is_none_or(|running| running.get(index).copied().unwrap_or(false));
            let replicas = traffic.and_then(|hour| hour.replica_count).unwrap_or(units);
            BillHour {
                unit_count: if runs { replicas } else { 0.0 },
                on_demand_usd: of(&cost.on_demand_usd, index),
                spot_usd: of(&cost.spot_usd, index),
                committed_usd: of(&cost.committed_usd, index),
                need_count: needs.get(index).copied().flatten(),
                is_active: activity.get(index).copied().flatten(),
                request_count: traffic.and_then(|hour| hour.request_count),
            }
        })
        .collect();
    Some(Bill { window, hours })
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

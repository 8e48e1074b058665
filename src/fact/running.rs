//! When a resource ran and what it cost by the hour, from whichever source says so.

use super::{
    cost::HourlyCost,
    subject::{CostBasis, Subject},
};
use crate::{
    frame::ResourceRow,
    window::{HourNumber, MS_PER_HOUR},
};

impl Subject<'_> {
    /// Which hours it ran: by the bill's hours, else by its times, else between its first and last telemetry.
    pub(super) fn find_running(&self) -> Option<Vec<bool>> {
        let window = self.world.window;
        let billed = self.world.costs.of_resource(&self.row.resource_id);
        if let Some(cost) = billed.filter(|cost| cost.is_hourly()) {
            return Some(cost.charged_hours(window));
        }
        let hour = |at: crate::frame::InstantMs| at.0.div_euclid(MS_PER_HOUR);
        let launched = self.row.launched_at.map(hour);
        let stopped = stop_of(self.row);
        let lifetime = |from: i64, to: i64| -> Vec<bool> {
            (window.start..window.end).map(|hour| hour >= from && hour < to).collect()
        };
        if let Some(cost) = billed {
            let mut running = cost.charged_hours(window);
            let alive = lifetime(launched.unwrap_or(i64::MIN), stopped.unwrap_or(i64::MAX));
            for (flag, is_alive) in running.iter_mut().zip(alive) {
                *flag &= is_alive;
            }
            return Some(running);
        }
        match (launched, self.row.state.as_deref()) {
            (Some(from), Some("stopped" | "completed")) => stopped.map(|to| lifetime(from, to)),
            (Some(from), _) => Some(lifetime(from, stopped.unwrap_or(i64::MAX))),
            (None, _) => self.observed_span().map(|(from, to)| lifetime(from, to)),
        }
    }

    /// From the first to after the last hour with any telemetry.
    fn observed_span(&self) -> Option<(i64, i64)> {
        let by_load = self.load.map(|load| -> Vec<bool> {
            load.notes.iter().map(|note| note.is_active().is_some()).collect()
        });
        let by_traffic = self.traffic.map(|traffic| -> Vec<bool> {
            traffic.hours.iter().map(|hour| hour.request_count.is_some()).collect()
        });
        let seen = by_load.or(by_traffic)?;
        let first = seen.iter().position(|&is_seen| is_seen)?;
        let last = seen.iter().rposition(|&is_seen| is_seen)?;
        let start = self.world.window.start;
        Some((start + i64::try_from(first).ok()?, start + i64::try_from(last).ok()? + 1))
    }

    /// What it cost by the hour, and where that comes from. `None`: not known. Made anew for every call, because keeping
    /// it would take more memory than anything else.
    pub fn hourly_cost(&self) -> Option<(HourlyCost, CostBasis)> {
        let window = self.world.window;
        let row = self.row;
        if let Some(cost) = self.world.costs.of_resource(&row.resource_id) {
            return Some((cost.hourly(window, self.running.as_deref()), CostBasis::Bill));
        }
        if self.world.costs.covers(&row.provider, &row.account_id) {
            // The bill of this account is there and does not name it.
            let is_free = matches!(row.state.as_deref(), Some("stopped" | "completed"));
            return is_free.then(|| (HourlyCost::zero(window.hour_count()), CostBasis::Bill));
        }
        let option = match row.purchase_option.as_deref() {
            Some("spot") => "spot",
            _ => "on_demand",
        };
        let usd = self.price(option)?;
        let units = row.unit_count.unwrap_or(1.0);
        let mut cost = HourlyCost::zero(window.hour_count());
        let is_committed = row.purchase_option.as_deref() == Some("committed");
        let part = if is_committed { &mut cost.committed_usd } else { &mut cost.on_demand_usd };
        for (index, slot) in part.iter_mut().enumerate() {
            let replicas = self
                .traffic
                .and_then(|traffic| traffic.hours.get(index)?.replica_count)
                .unwrap_or(units);
            if self.running.as_ref()?.get(index).copied().unwrap_or(false) {
                *slot = usd * replicas;
            }
        }
        Some((cost, CostBasis::ListPrice))
    }
}

/// The first hour in which a resource no longer ran. `None`: it runs, is billed as if it did, or nothing is known: a stop
/// time of a machine that was started again, or that only shut down inside, ends no bill.
fn stop_of(row: &ResourceRow) -> Option<HourNumber> {
    let is_billed = matches!(row.state.as_deref(), Some("running" | "stopped_billed"));
    row.stopped_at.filter(|_| !is_billed).map(|at| -(-at.0).div_euclid(MS_PER_HOUR))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::InstantMs;

    #[test]
    fn a_stop_time_ends_the_bill_only_of_what_is_stopped() {
        let stop = |state: &str| {
            stop_of(&ResourceRow {
                state: Some(state.to_owned()),
                stopped_at: Some(InstantMs(5 * MS_PER_HOUR)),
                ..ResourceRow::default()
            })
        };
        assert_eq!(stop("stopped"), Some(5));
        assert_eq!(stop("completed"), Some(5));
        assert_eq!(stop("stopped_billed"), None);
        assert_eq!(stop("running"), None);
    }
}

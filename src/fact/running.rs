//! When a resource ran and what it cost by the hour, from whichever source says so.

use super::{
    hourly::HourlyCost,
    pair::Pair,
    subject::{CostBasis, Subject},
};
use crate::window::{HourNumber, MS_PER_HOUR};

impl<'a> Subject<'a> {
    /// Which hours it ran: by the bill's hours, else by its times, else between its first and last telemetry.
    pub(super) fn find_running(&self) -> Option<Vec<bool>> {
        let window = self.world.window;
        let charges = self.pair.charges(self.world.costs);
        let billed_hours = || {
            let mut billed = vec![false; window.hour_count()];
            for cost in &charges {
                for (flag, is_charged) in billed.iter_mut().zip(cost.charged_hours(window)) {
                    *flag |= is_charged;
                }
            }
            billed
        };
        if charges.iter().any(|cost| cost.is_hourly()) {
            return Some(billed_hours());
        }
        let hour = |at: crate::frame::InstantMs| at.0.div_euclid(MS_PER_HOUR);
        let launched = self.pair.known(|row| row.launched_at).map(hour);
        let stopped = stop_of(self.pair);
        let lifetime = |from: i64, to: i64| -> Vec<bool> {
            (window.start..window.end).map(|hour| hour >= from && hour < to).collect()
        };
        if !charges.is_empty() {
            let mut running = billed_hours();
            let alive = lifetime(launched.unwrap_or(i64::MIN), stopped.unwrap_or(i64::MAX));
            for (flag, is_alive) in running.iter_mut().zip(alive) {
                *flag &= is_alive;
            }
            return self.without_doubtful(running);
        }
        let running = match (launched, self.pair.known(|row| row.state.as_deref())) {
            (Some(from), Some("stopped" | "completed")) => stopped.map(|to| lifetime(from, to)),
            (Some(from), _) => Some(lifetime(from, stopped.unwrap_or(i64::MAX))),
            (None, _) => self.observed_span().map(|(from, to)| lifetime(from, to)),
        };
        self.without_doubtful(running?)
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

    /// What it cost by the hour, and where that comes from. `None`: not known, which one charge without an effective cost
    /// is enough for; the list price is no word for what a commitment costs. Made anew for every call, because keeping
    /// it would take more memory than anything else. A slice of nodes has none of its own: see [`super::Facts::bill`].
    ///
    /// Of a machine in reserved capacity nothing can be saved by itself, whatever its hours were paid as: the reservation bills
    /// on when it stops.
    pub fn hourly_cost(&self) -> Option<(HourlyCost, CostBasis)> {
        let (cost, basis) = self.paid_cost()?;
        Some((if self.reserved_in().is_some() { cost.reserved() } else { cost }, basis))
    }

    /// The capacity reservation or block that it runs in. `None`: none is known.
    pub(super) fn reserved_in(&self) -> Option<&'a str> {
        self.pair.known(|row| row.reserved_in.as_deref())
    }

    fn paid_cost(&self) -> Option<(HourlyCost, CostBasis)> {
        if self.is_slice() {
            return None;
        }
        let window = self.world.window;
        let mut cost = HourlyCost::zero(window.hour_count());
        let charges = self.pair.charges(self.world.costs);
        if charges.iter().any(|charge| charge.untold_count(window) > 0) {
            return None;
        }
        if !charges.is_empty() {
            for charge in charges {
                charge.add_hourly(window, self.running.as_deref(), &mut cost);
            }
            return Some((cost, CostBasis::Bill));
        }
        if self.pair.is_covered(self.world.costs) {
            // The bill of this account is there and does not name it. Of a job that nobody could look at, it is not known whether
            // it would.
            let state = self.pair.known(|row| row.state.as_deref());
            let is_looked_at = self.row.kind != "job" || self.row.instance_type.is_some();
            let is_free = is_looked_at && matches!(state, Some("stopped" | "completed"));
            return is_free.then_some((cost, CostBasis::Bill));
        }
        if self.has_doubtful_hours() {
            return None;
        }
        let units = self.unit_count();
        let billed_ratio = self.billed_ratio();
        let option = if billed_ratio.is_some() { "on_demand" } else { self.list_price_option() };
        let usd = self.price(option)? * billed_ratio.unwrap_or(1.0);
        let part = match self.pair.known(|row| row.purchase_option.as_deref()) {
            Some("spot") => &mut cost.spot_usd,
            Some("committed") => &mut cost.committed_usd,
            _ => &mut cost.on_demand_usd,
        };
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

    /// Hours at the on-demand price that each machine of a job is billed, against the hours that it counts as running:
    /// begun hours are whole ones, and spot capacity is cheaper. `None`: all of them, or not reported.
    fn billed_ratio(&self) -> Option<f64> {
        let billed_ms = self.pair.known(|row| row.billed_hours)? * MS_PER_HOUR as f64;
        let began_at = self.pair.known(|row| row.launched_at)?.0;
        let ended_at = self.pair.known(|row| row.stopped_at)?.0;
        let (start, end) =
            (self.world.window.start * MS_PER_HOUR, self.world.window.end * MS_PER_HOUR);
        let inside_ms = ended_at.min(end).saturating_sub(began_at.max(start)).max(0);
        let ran_ms = ended_at.saturating_sub(began_at);
        let running_hours = self.running_hours().filter(|hours| *hours > 0.0)?;
        let billed_hours = billed_ms * (inside_ms as f64 / ran_ms as f64) / MS_PER_HOUR as f64;
        (ran_ms > 0).then_some(billed_hours / running_hours)
    }

    /// What is known of its charges inside the window, be it all of them or not.
    pub(super) fn billed_usd(&self) -> f64 {
        match self.cost {
            Some(cost) if cost.basis == CostBasis::Bill => cost.total_usd,
            _ => {
                let mut cost = HourlyCost::zero(self.world.window.hour_count());
                for charge in self.pair.charges(self.world.costs) {
                    charge.add_hourly(self.world.window, self.running.as_deref(), &mut cost);
                }
                cost.total_usd()
            }
        }
    }

    /// The price that stands in where there is no bill.
    pub(super) fn list_price_option(&self) -> &'static str {
        match self.pair.known(|row| row.purchase_option.as_deref()) {
            Some("spot") => "spot",
            _ => "on_demand",
        }
    }
}

/// The first hour in which a resource no longer ran. `None`: it runs, is billed as if it did, or nothing is known: a stop
/// time of a machine that was started again, or that only shut down inside, ends no bill.
fn stop_of(pair: Pair<'_>) -> Option<HourNumber> {
    let state = pair.known(|row| row.state.as_deref());
    let is_billed = matches!(state, Some("running" | "stopped_billed"));
    pair.known(|row| row.stopped_at)
        .filter(|_| !is_billed)
        .map(|at| -(-at.0).div_euclid(MS_PER_HOUR))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{InstantMs, ResourceRow};

    #[test]
    fn a_stop_time_ends_the_bill_only_of_what_is_stopped() {
        let stop = |state: &str| {
            stop_of(Pair::single(&ResourceRow {
                state: Some(state.to_owned()),
                stopped_at: Some(InstantMs(5 * MS_PER_HOUR)),
                ..ResourceRow::default()
            }))
        };
        assert_eq!(stop("stopped"), Some(5));
        assert_eq!(stop("completed"), Some(5));
        assert_eq!(stop("stopped_billed"), None);
        assert_eq!(stop("running"), None);
    }
}

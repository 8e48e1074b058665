//! Machines that were off at times. Inventories tell the first and the last start; whether a machine ran in between can only be
//! seen: in what was measured of it, or on the bill.

use std::ops::Range;

use super::subject::Subject;
use crate::window::{HourNumber, MS_PER_HOUR};

/// Hours on a bill this close to all hours of a day are all of them: the rest is seconds at starts and stops.
const WHOLE_DAY_RATIO: f64 = 0.99;

impl Subject<'_> {
    /// Hours between its first and its last start, the first start's own left out.
    fn between_starts(&self) -> Option<Range<HourNumber>> {
        let hour = |at: crate::frame::InstantMs| at.0.div_euclid(MS_PER_HOUR);
        let last = self.pair.known(|row| row.last_started_at).map(hour)?;
        let first = self.pair.known(|row| row.launched_at).map_or(i64::MIN, |at| hour(at) + 1);
        (first < last).then_some(first..last)
    }

    /// The hours of the window between its starts that nothing shows it running in. An hour in which anything was measured ran,
    /// and so did all hours of a day that is wholly on the bill.
    fn unshown_hours(&self) -> Vec<bool> {
        let window = self.world.window;
        let Some(between) = self.between_starts() else { return vec![false; window.hour_count()] };
        let is_unshown = |(index, hour): (usize, HourNumber)| {
            between.contains(&hour)
                && !self.is_measured_in(index)
                && !self.is_billed_for_all_of(hour.div_euclid(24))
        };
        (window.start..window.end).enumerate().map(is_unshown).collect()
    }

    /// Whether nobody can tell of some hours whether it ran: they are none in which telemetry is missing, and none without work.
    ///
    /// Where the cloud's own measure of the CPU is known, which needs no agent, an hour without it was off.
    pub(super) fn has_doubtful_hours(&self) -> bool {
        self.load.is_none_or(|load| load.cpu_observed_hours == 0.0)
            && self.unshown_hours().contains(&true)
    }

    /// Of hours in which it was there, those in which it certainly ran. `None`: it may have, and of no hour that is known.
    pub(super) fn without_doubtful(&self, mut running: Vec<bool>) -> Option<Vec<bool>> {
        for (flag, is_unshown) in running.iter_mut().zip(self.unshown_hours()) {
            *flag &= !is_unshown;
        }
        let is_open = !running.contains(&true) && self.has_doubtful_hours();
        (!is_open).then_some(running)
    }

    fn is_measured_in(&self, index: usize) -> bool {
        let note = self.load.and_then(|load| load.notes.get(index));
        note.is_some_and(|note| note.is_active().is_some())
    }

    /// Whether the bill has all hours of a UTC day in which it was there.
    fn is_billed_for_all_of(&self, day: i64) -> bool {
        let charges = self.pair.charges(self.world.costs);
        let billed: f64 = charges.iter().filter_map(|cost| cost.machine_hours(day)).sum();
        let first = self.pair.known(|row| row.launched_at).map_or(i64::MIN, |at| at.0);
        let (from, to) = (day * 24 * MS_PER_HOUR, (day + 1) * 24 * MS_PER_HOUR);
        let there_hours = (to - from.max(first)).max(0) as f64 / MS_PER_HOUR as f64;
        there_hours > 0.0 && billed >= there_hours * self.unit_count() * WHOLE_DAY_RATIO
    }
}

//! How much compute a substitute must have: for the hours, and for the bursts inside them.

use super::subject::Subject;

/// What a stretch of bursts may exceed 1 by: rounding.
const ROUNDING_RATIO: f64 = 1e-9;

/// The load of something, as shares of what it has now.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Demand {
    /// 95th percentile over hours of the compute in use. `None`: not known.
    pub p95_ratio: Option<f64>,
    /// Kept free above it.
    pub headroom_ratio: f64,
    /// 95th percentile over hours of the hour's highest sample. `None`: only means of hours are known.
    pub peak_p95_ratio: Option<f64>,
    /// Whether bursts are known to reach no more than that. If not, it is the least they reach.
    pub peaks_are_complete: bool,
    /// Whether the work can wait, so that bursts may take longer. `None`: nothing says so.
    pub can_wait: Option<bool>,
}

impl Demand {
    /// Shares of the current compute that a substitute must have, in the order to try them.
    ///
    /// Where work can wait, the hours decide: what a burst does not get done, the rest of the hour does. Where it cannot,
    /// bursts must be as fast as they are. Where nobody says, a substitute as fast as the bursts is the better one, and one
    /// that carries the hours is left to the rules to judge. Bursts get no headroom: they are the most that is asked.
    pub(super) fn needs(self) -> Vec<f64> {
        let Some(p95) = self.p95_ratio else { return Vec::new() };
        let hours = (p95 * (1.0 + self.headroom_ratio)).min(1.0);
        let bursts = self.peak_p95_ratio.map_or(hours, |peak| peak.max(hours));
        match self.can_wait {
            Some(false) => vec![bursts],
            None if bursts > hours => vec![bursts, hours],
            Some(true) | None => vec![hours],
        }
    }

    /// How much longer bursts take with a share of the current compute: 1 if no longer. `None`: only means of hours are
    /// known, or too little of the bursts to say that they take no longer.
    pub(super) fn burst_stretch_ratio(self, compute_ratio: f64) -> Option<f64> {
        let stretch = self.peak_p95_ratio? / compute_ratio;
        if stretch > 1.0 + ROUNDING_RATIO {
            return Some(stretch);
        }
        self.peaks_are_complete.then_some(1.0)
    }
}

impl Subject<'_> {
    /// Headroom that its role asks for.
    fn compute_headroom_ratio(&self) -> f64 {
        let policy = &self.world.settings.policy;
        if self.labels.is_production || self.labels.is_latency_bound {
            policy.production_headroom_ratio
        } else {
            policy.compute_headroom_ratio
        }
    }

    /// The compute that its load asks for.
    pub(super) fn demand(&self) -> Demand {
        Demand {
            p95_ratio: self.load.and_then(|load| load.compute_p95_ratio),
            headroom_ratio: self.compute_headroom_ratio(),
            peak_p95_ratio: self.load.and_then(|load| load.compute_peak_p95_ratio),
            peaks_are_complete: self.load.is_some_and(|load| load.compute_peaks_are_complete),
            can_wait: self.work_can_wait(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten minutes at full load in each hour: a mean of 17 %.
    const BURSTS: Demand = Demand {
        p95_ratio: Some(0.17),
        headroom_ratio: 0.5,
        peak_p95_ratio: Some(1.0),
        peaks_are_complete: true,
        can_wait: None,
    };

    fn needs(demand: Demand) -> Vec<String> {
        demand.needs().iter().map(|need| format!("{need:.3}")).collect()
    }

    #[test]
    fn where_somebody_waits_bursts_decide() {
        assert_eq!(needs(Demand { can_wait: Some(false), ..BURSTS }), ["1.000"]);
    }

    #[test]
    fn where_work_can_wait_hours_decide() {
        assert_eq!(needs(Demand { can_wait: Some(true), ..BURSTS }), ["0.255"]);
    }

    #[test]
    fn where_nobody_says_what_carries_the_bursts_is_looked_for_first() {
        assert_eq!(needs(BURSTS), ["1.000", "0.255"]);
    }

    #[test]
    fn bursts_within_the_headroom_change_nothing() {
        for can_wait in [None, Some(false), Some(true)] {
            let mild = Demand { peak_p95_ratio: Some(0.25), can_wait, ..BURSTS };
            assert_eq!(needs(mild), ["0.255"]);
        }
    }

    #[test]
    fn where_only_means_are_known_hours_decide() {
        for can_wait in [None, Some(false), Some(true)] {
            let means = Demand { peak_p95_ratio: None, can_wait, ..BURSTS };
            assert_eq!(
                (needs(means), means.burst_stretch_ratio(0.5)),
                (vec!["0.255".into()], None)
            );
        }
    }

    #[test]
    fn without_a_load_nothing_is_known_to_fit() {
        assert!(Demand { p95_ratio: None, ..BURSTS }.needs().is_empty());
    }

    #[test]
    fn a_burst_at_full_load_takes_twice_as_long_at_half_the_speed() {
        assert_eq!(BURSTS.burst_stretch_ratio(0.5), Some(2.0));
        assert_eq!(BURSTS.burst_stretch_ratio(1.0), Some(1.0));
        assert_eq!(BURSTS.burst_stretch_ratio(3.0), Some(1.0));
    }

    #[test]
    fn bursts_that_are_known_in_part_may_rule_a_substitute_out_but_not_call_it_fast_enough() {
        let partly = Demand { peaks_are_complete: false, can_wait: Some(false), ..BURSTS };
        assert_eq!(needs(partly), ["1.000"]);
        assert_eq!(partly.burst_stretch_ratio(0.5), Some(2.0));
        assert_eq!(partly.burst_stretch_ratio(1.0), None);
    }
}

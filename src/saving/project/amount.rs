//! A monthly amount the rule computes itself.

use crate::{saving::bill::BillHour, units::HOURS_PER_MONTH};

/// Takes `usd_per_month × hours / 730` out of the bill, first from what is not committed (only that can be saved), the
/// rest from what is under a commitment, never more than there is; spread over the hours in proportion to their cost.
pub(super) fn amount(hours: &mut [BillHour], usd_per_month: f64) {
    let wanted = usd_per_month * hours.len() as f64 / HOURS_PER_MONTH;
    let uncommitted: f64 = hours.iter().map(|hour| hour.uncommitted_usd()).sum();
    let committed: f64 = hours.iter().map(|hour| hour.committed_usd).sum();
    let from_uncommitted = wanted.min(uncommitted).max(0.0);
    let uncommitted_share = kept_share(from_uncommitted, uncommitted);
    let committed_share = kept_share(wanted - from_uncommitted, committed);
    for hour in hours {
        hour.on_demand_usd *= uncommitted_share;
        hour.spot_usd *= uncommitted_share;
        hour.committed_usd *= committed_share;
    }
}

/// The share of `all` that stays when `part` is taken away.
fn kept_share(part: f64, all: f64) -> f64 {
    if all > 0.0 { (1.0 - part / all).clamp(0.0, 1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 73 hours, a tenth of a month, at $2 on demand and $1 committed: $146 and $73.
    fn after(usd_per_month: f64) -> (f64, f64) {
        let mut hours =
            [BillHour { on_demand_usd: 2.0, committed_usd: 1.0, ..BillHour::default() }; 73];
        amount(&mut hours, usd_per_month);
        let sum = |part: fn(&BillHour) -> f64| (hours.iter().map(part).sum::<f64>()).round();
        (sum(|hour| hour.on_demand_usd), sum(|hour| hour.committed_usd))
    }

    #[test]
    fn it_is_taken_from_what_is_paid_on_demand_first() {
        assert_eq!(after(730.0), (73.0, 73.0));
        assert_eq!(after(1_800.0), (0.0, 39.0));
    }

    #[test]
    fn it_never_exceeds_the_bill() {
        assert_eq!(after(99_999.0), (0.0, 0.0));
    }
}

//! Run fewer units, always as many.

use super::scale::needed_count;
use crate::saving::bill::BillHour;

/// `units' = min(units, max(min_count, ⌈highest need × headroom⌉))`, one number for the whole window, and the cost by the
/// unit stays: `cost' = cost × units' / units`. The highest need is that of the hours in which units ran; if it is known
/// of none of them, all units stay. Never more units than ran.
pub(super) fn shrink(hours: &mut [BillHour], headroom_ratio: f64, min_count: f64) {
    let needs = hours
        .iter()
        .filter(|hour| hour.unit_count > 0.0 && hour.need_count.is_some_and(f64::is_finite))
        .map(|hour| needed_count(hour, headroom_ratio));
    let Some(busiest) = needs.reduce(f64::max) else { return };
    let kept = busiest.max(min_count);
    for hour in hours {
        if hour.unit_count > kept {
            super::scale_cost(hour, kept / hour.unit_count);
            hour.unit_count = kept;
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the expected numbers are exact in binary")]
mod tests {
    use super::*;

    /// Ten units at $1 each with a need per hour.
    fn ten_units(needs: &[Option<f64>]) -> Vec<BillHour> {
        let hour = |&need_count| BillHour {
            unit_count: 10.0,
            on_demand_usd: 5.0,
            committed_usd: 5.0,
            need_count,
            ..BillHour::default()
        };
        needs.iter().map(hour).collect()
    }

    fn units(needs: &[Option<f64>], headroom_ratio: f64, min_count: f64) -> Vec<f64> {
        let mut hours = ten_units(needs);
        shrink(&mut hours, headroom_ratio, min_count);
        hours.iter().map(|hour| hour.unit_count).collect()
    }

    #[test]
    fn the_busiest_hour_decides_for_all_hours() {
        // ⌈4.8 × 1.2⌉ = 6, also in the hours that need nothing.
        let mut hours = ten_units(&[Some(0.0), Some(4.8), Some(0.0)]);
        shrink(&mut hours, 1.2, 1.0);
        let costs: Vec<(f64, f64, f64)> = hours
            .iter()
            .map(|hour| (hour.unit_count, hour.on_demand_usd, hour.committed_usd))
            .collect();
        assert_eq!(costs, [(6.0, 3.0, 3.0); 3]);
    }

    #[test]
    fn there_are_never_fewer_units_than_the_floor_and_never_more_than_ran() {
        assert_eq!(units(&[Some(0.0)], 1.2, 2.0), [2.0]);
        assert_eq!(units(&[Some(0.0)], 1.2, 0.0), [0.0]);
        assert_eq!(units(&[Some(9.5), Some(1.0)], 1.2, 1.0), [10.0, 10.0]);
    }

    #[test]
    fn an_unobserved_hour_takes_the_units_of_the_others_and_where_none_is_observed_all_stay() {
        assert_eq!(units(&[Some(3.0), None], 1.0, 1.0), [3.0, 3.0]);
        assert_eq!(units(&[None, None], 1.0, 1.0), [10.0, 10.0]);
    }

    #[test]
    fn hours_that_are_off_need_nothing() {
        let mut hours = ten_units(&[Some(9.0), Some(3.0)]);
        hours[0] = BillHour { unit_count: 0.0, on_demand_usd: 0.0, committed_usd: 0.0, ..hours[0] };
        shrink(&mut hours, 1.0, 1.0);
        assert_eq!(hours[1].unit_count, 3.0);
    }
}

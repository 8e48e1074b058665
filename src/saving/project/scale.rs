//! Run as many units as the load needs.

use crate::saving::bill::BillHour;

/// Float noise that must not buy another unit.
const CEIL_TOLERANCE: f64 = 1e-9;

/// `units' = min(units, max(min_count, ⌈need × headroom⌉ over this hour and the previous cooldown_hours))`, and the cost
/// by the unit stays: `cost' = cost × units' / units`. Where the need is not known the units that ran count as needed.
/// Never more units than ran.
pub(super) fn scale(
    hours: &mut [BillHour],
    headroom_ratio: f64,
    min_count: f64,
    cooldown_hours: f64,
) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "usable() checked")]
    let cooldown = cooldown_hours.ceil() as usize;
    // From the end, so that the hours looked back at still hold the units that ran.
    for index in (0..hours.len()).rev() {
        let needed = hours
            .get(index.saturating_sub(cooldown)..=index)
            .unwrap_or_default()
            .iter()
            .map(|hour| needed_count(hour, headroom_ratio))
            .fold(min_count, f64::max);
        if let Some(hour) = hours.get_mut(index)
            && hour.unit_count > needed
        {
            let share = needed / hour.unit_count;
            super::scale_cost(hour, share);
            hour.unit_count = needed;
        }
    }
}

/// Whole units that an hour needs; where that is not known, those that ran.
pub(super) fn needed_count(hour: &BillHour, headroom_ratio: f64) -> f64 {
    match hour.need_count {
        Some(need) if need.is_finite() => (need * headroom_ratio - CEIL_TOLERANCE).ceil().max(0.0),
        _ => hour.unit_count,
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the expected numbers are exact in binary")]
mod tests {
    use super::*;

    /// Four units at $1 each, half of it committed, with a need per hour.
    fn four_units(needs: &[Option<f64>]) -> Vec<BillHour> {
        let hour = |&need_count| BillHour {
            unit_count: 4.0,
            on_demand_usd: 2.0,
            committed_usd: 2.0,
            need_count,
            ..BillHour::default()
        };
        needs.iter().map(hour).collect()
    }

    fn units(hours: &[BillHour]) -> Vec<f64> {
        hours.iter().map(|hour| hour.unit_count).collect()
    }

    #[test]
    fn units_follow_the_need_with_headroom_between_floor_and_what_ran() {
        // ⌈0 × 1.5⌉ = 0 → floor 1; ⌈1.2 × 1.5⌉ = 2; ⌈3 × 1.5⌉ = 5 → 4 ran; ⌈2 × 1.5⌉ = 3; not known → 4.
        let mut hours = four_units(&[Some(0.0), Some(1.2), Some(3.0), Some(2.0), None]);
        scale(&mut hours, 1.5, 1.0, 0.0);
        assert_eq!(units(&hours), [1.0, 2.0, 4.0, 3.0, 4.0]);
        assert_eq!((hours[1].on_demand_usd, hours[1].committed_usd), (1.0, 1.0));
    }

    #[test]
    fn units_stay_for_the_cool_down_after_a_peak() {
        let mut hours = four_units(&[1.0, 3.0, 1.0, 1.0, 1.0].map(Some));
        scale(&mut hours, 1.0, 1.0, 2.0);
        assert_eq!(units(&hours), [1.0, 3.0, 3.0, 3.0, 1.0]);
    }

    #[test]
    fn a_floor_above_what_ran_adds_nothing() {
        let mut hours = four_units(&[Some(1.0)]);
        scale(&mut hours, 1.0, 9.0, 0.0);
        assert_eq!(hours[0].cost_usd(), 4.0);
    }
}

//! Move to another machine type.

use crate::saving::bill::BillHour;

/// `cost' = cost × price_ratio × stretch_ratio`: the other price, for as much longer as the work takes there.
pub(super) fn resize(hours: &mut [BillHour], price_ratio: f64, stretch_ratio: f64) {
    for hour in hours {
        super::scale_cost(hour, price_ratio * stretch_ratio);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_price_for_a_quarter_more_time_is_five_eighths() {
        let mut hours =
            [BillHour { on_demand_usd: 8.0, committed_usd: 16.0, ..BillHour::default() }];
        resize(&mut hours, 0.5, 1.25);
        assert_eq!((hours[0].on_demand_usd, hours[0].committed_usd), (5.0, 10.0));
    }
}

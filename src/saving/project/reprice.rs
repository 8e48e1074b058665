//! Pay another price for the same machine.

use crate::saving::bill::BillHour;

/// `on_demand' = on_demand × min(1, price_ratio × (1 + rework_ratio))`: the other price, for the work plus the work done
/// again. What is under a commitment is paid already, what is on spot has its price already: both stay as they are. An hour never costs more than before: where the
/// other price is no better, one stays.
pub(super) fn reprice(hours: &mut [BillHour], price_ratio: f64, rework_ratio: f64) {
    let share = (price_ratio * (1.0 + rework_ratio)).min(1.0);
    for hour in hours {
        hour.on_demand_usd *= share;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repriced(price_ratio: f64, rework_ratio: f64) -> (f64, f64) {
        let mut hours =
            [BillHour { on_demand_usd: 8.0, committed_usd: 4.0, ..BillHour::default() }];
        reprice(&mut hours, price_ratio, rework_ratio);
        (hours[0].on_demand_usd, hours[0].committed_usd)
    }

    #[test]
    fn only_the_part_paid_on_demand_gets_the_new_price_and_its_rework() {
        assert_eq!(repriced(0.25, 0.5), (3.0, 4.0));
    }

    #[test]
    fn what_is_on_spot_has_its_price_already() {
        let mut hours = [BillHour { on_demand_usd: 8.0, spot_usd: 2.0, ..BillHour::default() }];
        reprice(&mut hours, 0.25, 0.0);
        assert_eq!((hours[0].on_demand_usd, hours[0].spot_usd), (2.0, 2.0));
    }

    #[test]
    fn a_higher_price_is_not_taken() {
        assert_eq!(repriced(0.9, 0.5), (8.0, 4.0));
    }
}

//! Stop, delete, release.

use crate::saving::bill::BillHour;

/// Nothing runs and nothing is paid: units → 0, cost → 0. What stays billed without it (volumes, addresses) is on
/// bills of its own.
pub(super) fn stop(hours: &mut [BillHour]) {
    for hour in hours {
        hour.unit_count = 0.0;
        hour.on_demand_usd = 0.0;
        hour.spot_usd = 0.0;
        hour.committed_usd = 0.0;
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the expected numbers are exact in binary")]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_machine_costs_nothing() {
        let mut hours = [BillHour {
            unit_count: 2.0,
            on_demand_usd: 3.0,
            committed_usd: 1.0,
            ..BillHour::default()
        }];
        stop(&mut hours);
        assert_eq!(hours[0].cost_usd(), 0.0);
        assert_eq!(hours[0].unit_count, 0.0);
    }
}

//! Serve the same requests another way, paid by the request.

use crate::saving::bill::BillHour;

/// `on_demand' = requests × usd_per_request`, nothing under a commitment, no units. An hour whose requests were not
/// observed keeps its cost.
pub(super) fn reroute(hours: &mut [BillHour], usd_per_request: f64) {
    for hour in hours {
        if let Some(requests) = hour.request_count.filter(|requests| requests.is_finite()) {
            hour.unit_count = 0.0;
            hour.on_demand_usd = requests.max(0.0) * usd_per_request;
            hour.spot_usd = 0.0;
            hour.committed_usd = 0.0;
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the expected numbers are exact in binary")]
mod tests {
    use super::*;

    #[test]
    fn requests_are_paid_instead_of_hours_where_they_are_known() {
        let hour = |request_count| BillHour {
            unit_count: 1.0,
            on_demand_usd: 3.0,
            committed_usd: 1.0,
            request_count,
            ..BillHour::default()
        };
        let mut hours = [hour(Some(200.0)), hour(Some(0.0)), hour(None)];
        reroute(&mut hours, 0.01);
        assert_eq!(hours.map(BillHour::cost_usd), [2.0, 0.0, 4.0]);
    }
}

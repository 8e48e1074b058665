//! Switch off in the hours a weekly calendar calls off.

use crate::{calendar::CrossFit, saving::bill::BillHour};

/// An hour costs nothing if the calendar that has not seen it calls it off and it was observed without activity.
///
/// - Active hours and hours with unknown activity stay paid: somebody would have switched it on.
/// - The last `warmup_hours` before an on-period are paid, the last fraction in part: with 1.5 hours the hour just
///   before is paid in full and the one before that by half.
pub(super) fn schedule(hours: &mut [BillHour], calendars: &CrossFit, warmup_hours: f64) {
    // Hours from the end of the current hour to the next on-period; none if it is never on again.
    let mut wait = calendars.hours_to_on_after_end().map(|hours| hours as f64);
    for (index, hour) in hours.iter_mut().enumerate().rev() {
        if !calendars.is_off(index) {
            wait = Some(0.0);
            continue;
        }
        let paid_share = wait.map_or(0.0, |wait| (warmup_hours - wait).clamp(0.0, 1.0));
        wait = wait.map(|wait| wait + 1.0);
        if hour.is_active == Some(false) {
            super::scale_cost(hour, paid_share);
            if paid_share <= 0.0 {
                hour.unit_count = 0.0;
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the expected numbers are exact in binary")]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{calendar::LocalWeek, window::Window};

    /// Two weeks from a Monday at $1 an hour, active from 08:00 to 20:00 every day.
    fn day_shift() -> (Vec<BillHour>, CrossFit) {
        let monday = 494_184; // 2026-05-18T00:00:00Z
        let week = LocalWeek::new(Window { start: monday, end: monday + 336 }, &TimeZone::UTC);
        let active: Vec<_> = (0..336).map(|hour| Some((8..20).contains(&(hour % 24)))).collect();
        let calendars = CrossFit::fit(&week, &active, &[false; 168]).unwrap();
        let hour = |is_active| BillHour {
            unit_count: 1.0,
            on_demand_usd: 1.0,
            is_active,
            ..BillHour::default()
        };
        (active.into_iter().map(hour).collect(), calendars)
    }

    fn cost(hours: &[BillHour]) -> f64 {
        hours.iter().map(|hour| hour.cost_usd()).sum()
    }

    #[test]
    fn nights_are_not_paid_except_the_warm_up() {
        // Given twelve quiet hours a night, when one and a half of them warm up, then 13.5 hours a day are paid.
        let (mut hours, calendars) = day_shift();
        schedule(&mut hours, &calendars, 1.5);
        assert_eq!(cost(&hours), 14.0 * 13.5);
        assert_eq!([5, 6, 7, 8].map(|index| hours[index].on_demand_usd), [0.0, 0.5, 1.0, 1.0]);
    }

    #[test]
    fn active_and_unobserved_hours_stay_paid() {
        let (mut hours, calendars) = day_shift();
        hours[2].is_active = Some(true);
        hours[3].is_active = None;
        schedule(&mut hours, &calendars, 0.0);
        assert_eq!(cost(&hours), 14.0 * 12.0 + 2.0);
    }

    #[test]
    fn what_is_never_on_needs_no_warm_up() {
        let (hours, mut calendars) = day_shift();
        calendars.by_first.is_on = [false; 168];
        calendars.by_rest.is_on = [false; 168];
        let mut hours: Vec<_> =
            hours.into_iter().map(|hour| BillHour { is_active: Some(false), ..hour }).collect();
        schedule(&mut hours, &calendars, 1.0);
        assert_eq!(cost(&hours), 0.0);
    }
}

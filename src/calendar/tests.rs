//! Hours that recur, and those that do not.

use jiff::Timestamp;

use super::*;
use crate::window::MS_PER_HOUR;

const NO_WORK: WeekHours = [false; HOURS_PER_WEEK];

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

/// A window of whole days from a UTC instant.
fn window(start: &str, days: i64) -> Window {
    let start = start.parse::<Timestamp>().unwrap().as_millisecond() / MS_PER_HOUR;
    Window { start, end: start + days * 24 }
}

/// Activity on working days 07:00–19:00, local time.
fn office_hours(week: &LocalWeek, days: usize) -> Vec<Option<bool>> {
    let is_office = |slot: usize| slot / 24 < 5 && (7..19).contains(&(slot % 24));
    (0..days * 24).map(|index| week.slot(index).map(is_office)).collect()
}

#[test]
fn office_hours_become_one_line() {
    let week = LocalWeek::new(window("2026-09-06T22:00:00Z", 28), &berlin());
    let fit = CrossFit::fit(&week, &office_hours(&week, 28), &NO_WORK).unwrap();
    assert_eq!(fit.whole.words(), "Mon–Fri 07:00–19:00");
    assert_eq!(fit.split, 14 * 24);
}

#[test]
fn a_calendar_keeps_to_the_local_clock_when_daylight_saving_ends() {
    // Clocks go back on 25 October: the first part is summer time, the rest winter time.
    let week = LocalWeek::new(window("2026-10-11T22:00:00Z", 28), &berlin());
    let active = office_hours(&week, 28);
    let fit = CrossFit::fit(&week, &active, &NO_WORK).unwrap();
    assert_eq!(fit.by_first.words(), "Mon–Fri 07:00–19:00");
    assert_eq!(fit.by_rest, fit.by_first);
    let off = fit.off_hours(active.iter().map(|&active| (true, active)));
    assert_eq!(off.off_hours_active_ratio, Some(0.0));
}

#[test]
fn hours_are_judged_by_the_part_that_has_not_seen_them() {
    // Quiet for two weeks, then busy at all times.
    let week = LocalWeek::new(window("2026-09-07T00:00:00Z", 28), &TimeZone::UTC);
    let active: Vec<_> = (0..28 * 24).map(|index| Some(index >= 14 * 24)).collect();
    let fit = CrossFit::fit(&week, &active, &NO_WORK).unwrap();
    assert!(!fit.is_off(0) && fit.is_off(14 * 24));
    let off = fit.off_hours(active.iter().map(|&active| (true, active)));
    assert_eq!(off.off_hours_ratio, Some(0.5));
    assert_eq!(off.off_hours_active_ratio, Some(1.0));
}

#[test]
fn less_than_two_observed_weeks_make_no_cross_fit() {
    let week = LocalWeek::new(window("2026-09-07T00:00:00Z", 28), &TimeZone::UTC);
    let began_on_day_15: Vec<_> =
        (0..28 * 24).map(|index| (index > 14 * 24).then_some(false)).collect();
    assert_eq!(CrossFit::fit(&week, &began_on_day_15, &NO_WORK), None);
    let exactly_two_weeks = vec![Some(false); 14 * 24];
    assert_eq!(CrossFit::fit(&week, &exactly_two_weeks, &NO_WORK).unwrap().split, 7 * 24);
}

#[test]
fn a_resource_that_began_inside_the_window_is_split_in_its_own_middle() {
    let week = LocalWeek::new(window("2026-09-07T00:00:00Z", 30), &TimeZone::UTC);
    let active: Vec<_> = (0..30 * 24).map(|index| (index >= 12 * 24).then_some(false)).collect();
    assert_eq!(CrossFit::fit(&week, &active, &NO_WORK).unwrap().split, 19 * 24);
}

#[test]
fn nobody_is_told_to_switch_off_for_three_hours() {
    let active_unless = |quiet: std::ops::Range<usize>| {
        Calendar::fit_slots((0..168).map(|slot| (slot, Some(!quiet.contains(&slot)))), &NO_WORK)
    };
    assert_eq!(active_unless(30..33), Calendar::ALWAYS_ON);
    assert_eq!(active_unless(30..34).on_hours(), 164);
}

#[test]
fn an_off_run_may_pass_the_end_of_the_week() {
    let is_active = |slot: usize| (2..166).contains(&slot);
    let calendar =
        Calendar::fit_slots((0..168).map(|slot| (slot, Some(is_active(slot)))), &NO_WORK);
    assert_eq!(calendar.words(), "Mon 02:00 – Sun 22:00");
}

#[test]
fn slots_never_observed_and_working_hours_stay_on() {
    let monday_to_saturday = (0..144).map(|slot| (slot, Some(false)));
    let unseen_sunday = (144..168).map(|slot| (slot, None));
    let work = working_hours(&[0, 1], 8, 18);
    let calendar = Calendar::fit_slots(monday_to_saturday.chain(unseen_sunday), &work);
    assert_eq!(calendar.words(), "Mon, Tue 08:00–18:00; Sun 00:00–24:00");
}

#[test]
fn one_stray_hour_in_four_weeks_is_forgiven_and_one_in_three_is_not() {
    let calendar = |weeks: usize| {
        let hours = (0..weeks * 168).map(|hour| (hour % 168, Some(hour == 50)));
        Calendar::fit_slots(hours, &NO_WORK)
    };
    assert_eq!(calendar(4).words(), "always off");
    assert_eq!(calendar(3).words(), "Wed 02:00–03:00");
}

#[test]
fn many_strays_are_a_habit() {
    // Every tenth slot was active once in four weeks: 17 strays among 151 quiet slots.
    let hours = (0..4 * 168).map(|hour| (hour % 168, Some(hour < 168 && hour % 10 == 5)));
    let calendar = Calendar::fit_slots(hours, &NO_WORK);
    assert_eq!(calendar.on_hours(), 17);
    assert_eq!(
        calendar.words(),
        "Mon, Sat 05:00–06:00; Mon, Sat 15:00–16:00; Tue, Sun 01:00–02:00; Tue, Sun 11:00–12:00; \
         and 8 other periods"
    );
}

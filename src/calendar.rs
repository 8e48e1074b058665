//! The weekly calendar of a resource: in which hours of the local week it is needed.
//!
//! A calendar is fitted on observed hours and judged on others: [`CrossFit`] never lets a calendar judge an hour that it
//! was fitted on, so a saving from a schedule is what the schedule would have saved, not what hindsight would.

mod words;

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::window::{HourNumber, Window, hour_of_week};

/// Hours in a week: the slots of a calendar, 0 = Monday 00:00–01:00 local time.
pub const HOURS_PER_WEEK: usize = 168;

/// Hours that one must be off in a row, or nobody would bother to switch off.
pub const MIN_OFF_RUN_HOURS: usize = 4;

/// Occurrences of a slot from which on a single active one can be told from a habit.
const MIN_OCCURRENCES_TO_FORGIVE: u16 = 4;

/// One forgiven slot for this many slots without any activity.
const CLEAN_SLOTS_PER_FORGIVEN: usize = 20;

/// Shortest time from the first to the last observed hour that can be split into two parts with a whole week each.
pub const MIN_CROSS_FIT_HOURS: usize = 2 * HOURS_PER_WEEK;

/// A yes or no for every hour of the local week.
pub type WeekHours = [bool; HOURS_PER_WEEK];

/// The hours of the week that are working hours: on these days (0 = Monday) from `start_hour` until before `end_hour`.
/// An end at or before the start lies on the next day; 24 is midnight. Days beyond 6 are ignored.
pub fn working_hours(days: &[u8], start_hour: u8, end_hour: u8) -> WeekHours {
    let mut hours = [false; HOURS_PER_WEEK];
    let (start, end) = (usize::from(start_hour), usize::from(end_hour));
    let length = if end > start { end - start } else { end + 24 - start.min(24) };
    for day in days.iter().map(|&day| usize::from(day)).filter(|&day| day < 7) {
        for offset in 0..length {
            if let Some(hour) = hours.get_mut((day * 24 + start + offset) % HOURS_PER_WEEK) {
                *hour = true;
            }
        }
    }
    hours
}

/// The hours of a window as slots of the local week. One is made per window and time zone and shared by all subjects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalWeek {
    slots: Arc<[u8]>,
}

impl LocalWeek {
    /// The slots of a window's hours in a time zone; daylight saving is followed hour by hour.
    pub fn new(window: Window, zone: &TimeZone) -> Self {
        let slot = |hour| u8::try_from(hour_of_week(hour, zone)).unwrap_or_default();
        Self { slots: (window.start..window.end).map(slot).collect() }
    }

    /// The slot of the window's hour at `index`; `None` outside the window.
    pub fn slot(&self, index: usize) -> Option<usize> {
        self.slots.get(index).map(|&slot| usize::from(slot))
    }
}

/// In which hours of the local week something is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    /// Whether it is on, by slot.
    pub is_on: WeekHours,
}

impl Calendar {
    /// On at all times.
    pub const ALWAYS_ON: Self = Self { is_on: [true; HOURS_PER_WEEK] };

    /// Fits a calendar on observed hours, each with whether there was activity (`None`: not observed).
    ///
    /// A slot is off if it was observed and never active, is not in `keep_on` (working hours), and lies in a run of at
    /// least [`MIN_OFF_RUN_HOURS`] such slots, around the end of the week too. A slot that was never observed stays on.
    ///
    /// One active hour in a slot seen at least four times, between two slots that were never active, is forgiven as a
    /// stray (a reboot, a look on a Sunday): otherwise a single one would cost the schedule that hour for good. More
    /// strays than one in twenty quiet slots are not strays but how the resource is used, and none is forgiven.
    pub fn fit(
        hours: impl Iterator<Item = (HourNumber, Option<bool>)>,
        zone: &TimeZone,
        keep_on: &WeekHours,
    ) -> Self {
        Self::fit_slots(hours.map(|(hour, active)| (hour_of_week(hour, zone), active)), keep_on)
    }

    /// [`Calendar::fit`] for hours whose slots are known.
    pub fn fit_slots(
        hours: impl Iterator<Item = (usize, Option<bool>)>,
        keep_on: &WeekHours,
    ) -> Self {
        Self::of_tallies(&tally(hours), keep_on)
    }

    fn of_tallies(tallies: &[Tally; HOURS_PER_WEEK], keep_on: &WeekHours) -> Self {
        let clean: WeekHours = std::array::from_fn(|slot| at(tallies, slot).is_clean());
        let mut off = clean;
        let strays: Vec<usize> = (0..HOURS_PER_WEEK)
            .filter(|&slot| {
                at(tallies, slot).is_stray()
                    && at(&clean, slot + 1)
                    && at(&clean, slot + HOURS_PER_WEEK - 1)
            })
            .collect();
        let allowed = clean.iter().filter(|&&clean| clean).count() / CLEAN_SLOTS_PER_FORGIVEN;
        if strays.len() <= allowed {
            for slot in strays {
                set(&mut off, slot, true);
            }
        }
        for (off, keep) in off.iter_mut().zip(keep_on) {
            *off &= !keep;
        }
        drop_short_runs(&mut off);
        Self { is_on: off.map(|off| !off) }
    }

    /// Whether it is off in this slot of the week.
    pub fn is_off_in(&self, slot: usize) -> bool {
        !self.is_on.get(slot).copied().unwrap_or(true)
    }

    /// Hours a week that it is on.
    pub fn on_hours(&self) -> usize {
        self.is_on.iter().filter(|&&on| on).count()
    }
}

/// How often a slot was seen and how often it was active.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    observed: u16,
    active: u16,
}

impl Tally {
    fn plus(self, other: Self) -> Self {
        Self {
            observed: self.observed.saturating_add(other.observed),
            active: self.active.saturating_add(other.active),
        }
    }

    fn is_clean(self) -> bool {
        self.observed > 0 && self.active == 0
    }

    fn is_stray(self) -> bool {
        self.observed >= MIN_OCCURRENCES_TO_FORGIVE && self.active == 1
    }
}

/// Counts the hours of each slot.
fn tally(hours: impl Iterator<Item = (usize, Option<bool>)>) -> [Tally; HOURS_PER_WEEK] {
    let mut tallies = [Tally::default(); HOURS_PER_WEEK];
    for (slot, active) in hours {
        if let (Some(tally), Some(active)) = (tallies.get_mut(slot), active) {
            tally.observed = tally.observed.saturating_add(1);
            tally.active = tally.active.saturating_add(u16::from(active));
        }
    }
    tallies
}

/// The slot's value, counting on around the end of the week.
fn at<T: Copy>(slots: &[T; HOURS_PER_WEEK], slot: usize) -> T {
    slots[slot % HOURS_PER_WEEK]
}

fn set(slots: &mut WeekHours, slot: usize, value: bool) {
    slots[slot % HOURS_PER_WEEK] = value;
}

/// Runs of true slots as (first slot, length), around the end of the week, by first slot. Not for all-true weeks.
fn runs(slots: &WeekHours) -> Vec<(usize, usize)> {
    (0..HOURS_PER_WEEK)
        .filter(|&slot| at(slots, slot) && !at(slots, slot + HOURS_PER_WEEK - 1))
        .map(|start| (start, (0..HOURS_PER_WEEK).take_while(|&n| at(slots, start + n)).count()))
        .collect()
}

/// Sets runs of true slots that are too short to false.
fn drop_short_runs(off: &mut WeekHours) {
    for (start, length) in runs(off) {
        if length < MIN_OFF_RUN_HOURS {
            (start..start + length).for_each(|slot| set(off, slot, false));
        }
    }
}

/// Calendars for the two parts of a window, each judged by the other's.
///
/// A part is about half of the time from the first to the last observed hour, in whole weeks: a resource that began in
/// the middle of the window is split in the middle of what was seen of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrossFit {
    /// Index of the first hour of the second part.
    pub split: usize,
    /// Fitted on the first part: judges the rest.
    pub by_first: Calendar,
    /// Fitted on the rest: judges the first part.
    pub by_rest: Calendar,
    /// Fitted on everything: the one to advise.
    pub whole: Calendar,
    week: LocalWeek,
}

/// What a cross-fitted calendar calls off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OffHours {
    /// Share of the running hours that are called off. `None`: it never ran.
    pub off_hours_ratio: Option<f64>,
    /// Share of those off hours with known activity that were active after all. `None`: there are none.
    pub off_hours_active_ratio: Option<f64>,
}

impl CrossFit {
    /// Fits the calendars on a window's hours: whether each was active (`None`: not observed), in order.
    /// `keep_on` are working hours, which are never called off.
    ///
    /// `None` if less than 14 days lie between the first and the last observed hour.
    pub fn fit(week: &LocalWeek, active: &[Option<bool>], keep_on: &WeekHours) -> Option<Self> {
        let first = active.iter().position(Option::is_some)?;
        let end = active.iter().rposition(Option::is_some)? + 1;
        if end - first < MIN_CROSS_FIT_HOURS {
            return None;
        }
        let weeks = (end - first) / HOURS_PER_WEEK;
        let split = first + weeks / 2 * HOURS_PER_WEEK;
        let count = |from: usize, to: usize| {
            let hours = active.iter().enumerate().take(to).skip(from);
            tally(hours.filter_map(|(index, &active)| Some((week.slot(index)?, active))))
        };
        let (of_first, of_rest) = (count(first, split), count(split, end));
        let of_all = std::array::from_fn(|slot| at(&of_first, slot).plus(at(&of_rest, slot)));
        Some(Self {
            split,
            by_first: Calendar::of_tallies(&of_first, keep_on),
            by_rest: Calendar::of_tallies(&of_rest, keep_on),
            whole: Calendar::of_tallies(&of_all, keep_on),
            week: week.clone(),
        })
    }

    /// Whether the window's hour at `index` is called off, by the calendar that has not seen it.
    pub fn is_off(&self, index: usize) -> bool {
        let calendar = if index < self.split { &self.by_rest } else { &self.by_first };
        self.week.slot(index).is_some_and(|slot| calendar.is_off_in(slot))
    }

    /// Hours from the end of the window to the next on-period, after the calendar that judges its end; 0 if it would be
    /// on in the first hour after the window, `None` if it is never on.
    pub fn hours_to_on_after_end(&self) -> Option<usize> {
        let next = self.week.slots.last().map_or(0, |&slot| usize::from(slot) + 1);
        (0..HOURS_PER_WEEK).find(|&wait| at(&self.by_first.is_on, next + wait))
    }

    /// How much of the running time is called off. The hours are those of the window in order: whether it ran, and
    /// whether it was active (`None`: not observed).
    pub fn off_hours(&self, hours: impl Iterator<Item = (bool, Option<bool>)>) -> OffHours {
        let (mut running, mut off, mut known, mut active_off) = (0_u32, 0_u32, 0_u32, 0_u32);
        for (index, (is_running, is_active)) in hours.enumerate() {
            if is_running {
                running += 1;
                if self.is_off(index) {
                    off += 1;
                    known += u32::from(is_active.is_some());
                    active_off += u32::from(is_active == Some(true));
                }
            }
        }
        let ratio = |part: u32, all: u32| (all > 0).then(|| f64::from(part) / f64::from(all));
        OffHours {
            off_hours_ratio: ratio(off, running),
            off_hours_active_ratio: ratio(active_off, known),
        }
    }
}

#[cfg(test)]
mod tests {
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
        let active: Vec<_> =
            (0..30 * 24).map(|index| (index >= 12 * 24).then_some(false)).collect();
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
}

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
mod tests;

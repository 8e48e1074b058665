//! The time an audit looks at: whole hours in UTC, half-open.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// Whole hours since 1970-01-01T00:00:00Z.
pub type HourNumber = i64;

/// Milliseconds in an hour.
pub const MS_PER_HOUR: i64 = 3_600_000;

/// The audited time `[start, end)` in whole UTC hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Window {
    /// First hour inside.
    pub start: HourNumber,
    /// First hour after.
    pub end: HourNumber,
}

/// Why two instants are not a window.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WindowError {
    /// The end is not after the start: usually the two were swapped.
    #[error("the window from {start} to {end} is empty: its end must be after its start")]
    Empty {
        /// The start that was given.
        start: Timestamp,
        /// The end that was given.
        end: Timestamp,
    },
}

impl Window {
    /// A window from two instants: the start is rounded down and the end up to whole hours.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, WindowError> {
        let window = Self {
            start: start.as_millisecond().div_euclid(MS_PER_HOUR),
            end: -(-end.as_millisecond()).div_euclid(MS_PER_HOUR),
        };
        if window.end > window.start { Ok(window) } else { Err(WindowError::Empty { start, end }) }
    }

    /// Number of hours inside.
    pub fn hour_count(self) -> usize {
        usize::try_from(self.end - self.start).unwrap_or_default()
    }

    /// Length in hours, as facts use it.
    #[expect(clippy::cast_precision_loss, reason = "windows are months, not geological ages")]
    pub fn hours(self) -> f64 {
        self.hour_count() as f64
    }

    /// Length in days.
    pub fn days(self) -> f64 {
        self.hours() / 24.0
    }

    /// The position of an hour inside the window.
    pub fn index_of(self, hour: HourNumber) -> Option<usize> {
        if hour < self.end { usize::try_from(hour - self.start).ok() } else { None }
    }

    /// The start as an instant.
    pub fn start_at(self) -> Timestamp {
        instant(self.start)
    }

    /// The last UTC day inside.
    pub fn last_day(self) -> Date {
        day_of(self.end - 1)
    }

    /// The end as an instant (the first one outside).
    pub fn end_at(self) -> Timestamp {
        instant(self.end)
    }
}

/// The UTC day an hour is part of.
pub fn day_of(hour: HourNumber) -> Date {
    TimeZone::UTC.to_datetime(instant(hour)).date()
}

/// The instant at which an hour begins.
pub fn instant(hour: HourNumber) -> Timestamp {
    Timestamp::from_millisecond(hour.saturating_mul(MS_PER_HOUR)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The hour of the local week, 0 = Monday 00:00–01:00 … 167 = Sunday 23:00–24:00.
pub fn hour_of_week(hour: HourNumber, zone: &TimeZone) -> usize {
    let local = zone.to_datetime(instant(hour));
    let day = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or_default();
    day * 24 + usize::try_from(local.hour()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn windows_are_half_open_whole_hours() {
        let window = Window::new(at("2026-10-01T00:20:00Z"), at("2026-10-02T00:00:00Z")).unwrap();
        assert_eq!(window.hour_count(), 24);
        assert_eq!(window.index_of(window.start), Some(0));
        assert_eq!(window.index_of(window.end), None);
        assert_eq!(window.index_of(window.start - 1), None);
    }

    #[test]
    fn an_empty_window_is_refused() {
        let now = at("2026-10-01T00:00:00Z");
        assert_eq!(Window::new(now, now), Err(WindowError::Empty { start: now, end: now }));
    }

    #[test]
    fn the_hour_of_the_week_follows_the_local_clock_through_daylight_saving() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let hour = |text| at(text).as_millisecond() / MS_PER_HOUR;
        // Monday 09:00 local, in summer (UTC+2) and in winter (UTC+1).
        assert_eq!(hour_of_week(hour("2026-10-19T07:00:00Z"), &berlin), 9);
        assert_eq!(hour_of_week(hour("2026-10-26T08:00:00Z"), &berlin), 9);
    }
}

//! When a charge happened: days, hours of the day, and the window of all charges.

use jiff::Timestamp;

use crate::window::{MS_PER_HOUR, Window};

pub(super) const MS_PER_DAY: i64 = 24 * MS_PER_HOUR;

/// The day or days of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Period {
    /// Within one UTC day, by its start.
    Day(i64),
    /// Over several, to be spread when the window is known.
    Span { start: i64, end: i64 },
}

pub(super) fn day_start(at: i64) -> i64 {
    at.div_euclid(MS_PER_DAY) * MS_PER_DAY
}

impl Period {
    pub(super) fn of(start: i64, end: i64) -> Self {
        if end <= start || day_start(start) == day_start(end - 1) {
            Self::Day(day_start(start))
        } else {
            Self::Span { start, end }
        }
    }
}

/// The hours of `day` that `[start, end)` touches, one bit each. None: the period does not tell hours, because the bill is
/// by day or longer.
pub(super) fn hours_mask(day: i64, start: i64, end: i64, is_hourly: bool) -> Option<u32> {
    let is_whole_day = end - start >= MS_PER_DAY;
    if !is_hourly || is_whole_day || end <= start {
        return None;
    }
    let first = (start.max(day) - day).div_euclid(MS_PER_HOUR);
    let last = (end.min(day + MS_PER_DAY) - 1 - day).div_euclid(MS_PER_HOUR);
    Some((first.max(0)..=last.min(23)).fold(0, |mask, hour| mask | 1 << hour))
}

/// The part of a span that lies in a window. A span that misses the window keeps all of itself.
pub(super) fn within(start: i64, end: i64, window: (i64, i64)) -> (i64, i64) {
    let inside = (start.max(window.0), end.min(window.1));
    if inside.0 < inside.1 { inside } else { (start, end) }
}

/// The pieces of a span by day: the day, and where its piece begins and ends within the part that lies in the window. A span
/// that misses the window keeps its own days.
pub(super) fn pieces(start: i64, end: i64, window: (i64, i64)) -> (Vec<(i64, i64, i64)>, i64) {
    let (from, to) = within(start, end, window);
    let mut pieces = Vec::new();
    let mut day = day_start(from);
    while day < to {
        pieces.push((day, day.max(from) - from, (day + MS_PER_DAY).min(to) - from));
        day += MS_PER_DAY;
    }
    (pieces, to - from)
}

/// The time all charges span.
#[derive(Debug, Default)]
pub(super) struct Extent {
    /// Of usage charges of at most a day.
    metered: Option<(i64, i64)>,
    any: Option<(i64, i64)>,
}

impl Extent {
    pub(super) fn include(&mut self, start: i64, end: i64, is_usage: bool) {
        let widen = |range: &mut Option<(i64, i64)>| {
            let (from, to) = range.unwrap_or((start, end));
            *range = Some((from.min(start), to.max(end).max(start + 1)));
        };
        if is_usage && end - start <= MS_PER_DAY {
            widen(&mut self.metered);
        }
        widen(&mut self.any);
    }

    /// In milliseconds, half-open, whole hours.
    pub(super) fn range(&self) -> Option<(i64, i64)> {
        let window = self.window()?;
        Some((window.start * MS_PER_HOUR, window.end * MS_PER_HOUR))
    }

    pub(super) fn window(&self) -> Option<Window> {
        let (start, end) = self.metered.or(self.any)?;
        let at = |ms| Timestamp::from_millisecond(ms).ok();
        Window::new(at(start)?, at(end)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hourly_period_sets_the_bits_of_its_hours() {
        let hour = |n| n * MS_PER_HOUR;
        assert_eq!(hours_mask(0, hour(5), hour(6), true), Some(1 << 5));
        assert_eq!(hours_mask(0, hour(5), hour(8), true), Some(0b1110_0000));
        assert_eq!(hours_mask(0, hour(5) + 1, hour(6) + 1, true), Some(0b110_0000));
        assert_eq!(hours_mask(0, 0, hour(24), true), None);
        assert_eq!(hours_mask(0, hour(5), hour(6), false), None);
    }

    #[test]
    fn a_span_is_cut_to_the_window() {
        let day = MS_PER_DAY;
        let (pieces, whole) = pieces(0, 30 * day, (day, 3 * day));
        assert_eq!(whole, 2 * day);
        assert_eq!(pieces, vec![(day, 0, day), (2 * day, day, 2 * day)]);
    }
}

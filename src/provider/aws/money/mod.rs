//! Money: what was paid, what is committed to, and what could be bought.
//!
//! - [`costs`]: Cost Explorer's bill by day, divided among the machines that are known. Its calls have a price.
//! - [`exports`]: CUR 2.0 and FOCUS exports in S3 or on disk, which name every resource; with them Cost Explorer is not asked.
//! - [`commitments`]: Savings Plans and Reserved Instances with how much of them is used.
//! - [`prices`]: the price list, for machine types in use and those that could replace them.

mod ask;
pub(super) mod commitments;
pub(super) mod costs;
pub(super) mod exports;
pub(super) mod permissions;
pub(super) mod prices;
mod step;

pub(in crate::provider::aws) use step::{Money, check_source, last_day};
#[cfg(test)]
mod tests;

use jiff::{Timestamp, civil::Date};

use crate::{
    frame::InstantMs,
    window::{MS_PER_HOUR, Window},
};

/// Whether a request of this price in dollars may be sent. If so, it counts as sent.
pub(super) type MaySpend<'a> = &'a (dyn Fn(f64) -> bool + Sync);

/// List price of a request to Cost Explorer; each page of an answer is one.
const REQUEST_USD: f64 = REQUEST_MICRO_USD as f64 / 1e6;

/// The same in millionths of a dollar.
pub(super) const REQUEST_MICRO_USD: u64 = 10_000;

/// Hours after which the bill of a day is taken as complete: AWS's own word is 24, and people see 48.
const LAG_HOURS: i64 = 48;

const MS_PER_DAY: i64 = 24 * MS_PER_HOUR;

/// List price of so many requests to Cost Explorer.
#[expect(clippy::cast_precision_loss, reason = "a few dozen requests")]
pub(super) fn cost_explorer_usd(request_count: u64) -> f64 {
    request_count as f64 * REQUEST_USD
}

/// Whole UTC days in milliseconds, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Days {
    start: i64,
    end: i64,
}

impl Days {
    /// The days that a window touches.
    fn of(window: Window) -> Self {
        let (start, end) = (window.start * MS_PER_HOUR, window.end * MS_PER_HOUR);
        Self { start: day_start(start), end: day_start(end + MS_PER_DAY - 1) }
    }

    /// Those whose bill is complete by `now`. `None`: the first is not.
    fn settled(self, now: Option<InstantMs>) -> Option<Self> {
        let Some(now) = now else { return Some(self) };
        let end = self.end.min(day_start(now.0 - LAG_HOURS * MS_PER_HOUR));
        (end > self.start).then_some(Self { end, ..self })
    }

    /// Each day, by its start.
    fn each(self) -> impl Iterator<Item = i64> {
        (0..)
            .map(move |number| self.start + number * MS_PER_DAY)
            .take_while(move |&day| day < self.end)
    }
}

fn day_start(at: i64) -> i64 {
    at.div_euclid(MS_PER_DAY) * MS_PER_DAY
}

/// The day of an instant, as Cost Explorer writes it.
fn date(at: i64) -> Date {
    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    jiff::tz::TimeZone::UTC.to_datetime(at).date()
}

/// The start of a day, of `2026-10-01` or of `2026-10-01T00:00:00Z`.
fn day_of(text: &str) -> Option<i64> {
    let day: Date = text.get(..10)?.parse().ok()?;
    let start = jiff::tz::TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()?;
    Some(start.as_millisecond())
}

/// A number that AWS sends as text. What is no finite number is not known.
fn number(text: Option<&str>) -> Option<f64> {
    text?.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod day_tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn every_page_of_cost_explorer_costs_a_cent() {
        assert!((cost_explorer_usd(3) - 0.03).abs() < 1e-12);
        assert!(cost_explorer_usd(0).abs() < 1e-12);
    }

    #[test]
    fn days_of_the_last_48_hours_are_not_settled() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let window = Window::new(at("2026-10-01T06:00:00Z"), at("2026-10-31T06:00:00Z")).unwrap();
        let days = Days::of(window);
        assert_eq!(days.each().count(), 31, "the days at both ends count as a whole");
        let settled = |now| days.settled(Some(InstantMs(ms(now)))).map(|days| date(days.end));
        let day = |text: &str| Some(text.parse::<Date>().unwrap());
        assert_eq!(settled("2026-10-31T06:10:00Z"), day("2026-10-29"));
        assert_eq!(settled("2026-12-01T00:00:00Z"), day("2026-11-01"));
        assert_eq!(settled("2026-10-03T00:00:00Z"), None, "the first day is only just over");
        assert_eq!(settled("2026-10-04T00:00:00Z"), day("2026-10-02"));
        assert_eq!(days.settled(None), Some(days));
    }

    #[test]
    fn numbers_that_are_none_are_not_known() {
        assert_eq!(number(Some("0.0000000000")), Some(0.0));
        assert_eq!(number(Some("12.5")), Some(12.5));
        assert_eq!(number(Some("N/A")), None);
        assert_eq!(number(Some("NaN")), None);
        assert_eq!(number(None), None);
    }
}

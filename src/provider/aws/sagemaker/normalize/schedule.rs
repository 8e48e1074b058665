//! Whether a schedule of AWS fires in a window: `at(…)`, `rate(…)` or `cron(minute hour day month weekday year)`.

use jiff::{civil::DateTime, tz::TimeZone};

use super::Ground;
use crate::{frame::InstantMs, provider::aws::sagemaker::wire::Schedule, window::MS_PER_HOUR};

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// Years that a cron expression may name.
const YEARS: (i64, i64) = (1970, 2199);

/// Whether it may fire in the window, to the month. `None`: it cannot be understood.
pub(super) fn is_live(schedule: &Schedule, ground: &Ground<'_>) -> Option<bool> {
    let is_over = schedule.ends_at.is_some_and(|end| end <= ground.starts_at());
    let is_ahead = schedule.starts_at.is_some_and(|start| start >= ground.ends_at());
    if is_over || is_ahead {
        return Some(false);
    }
    let zone = zone(schedule.time_zone.as_deref())?;
    let (kind, rest) = schedule.expression.trim().split_once('(')?;
    let body = rest.strip_suffix(')')?.trim();
    match kind {
        "rate" => Some(true),
        "at" => {
            let at = zone.to_timestamp(body.parse::<DateTime>().ok()?).ok()?;
            let at = InstantMs::from(at);
            Some(at >= ground.starts_at() && at < ground.ends_at())
        }
        "cron" => {
            let fields: Vec<&str> = body.split_whitespace().collect();
            let &[_, _, _, month, _, year] = fields.as_slice() else { return None };
            let months = Field::parse(month, (1, 12), month_number)?;
            let years = Field::parse(year, YEARS, |text| text.parse().ok())?;
            Some(
                months_of(ground, &zone)
                    .any(|(year, month)| years.holds(year) && months.holds(month)),
            )
        }
        _ => None,
    }
}

/// Application Auto Scaling thinks in UTC where it is told nothing.
fn zone(name: Option<&str>) -> Option<TimeZone> {
    match name {
        None | Some("") => Some(TimeZone::UTC),
        Some(name) => TimeZone::get(name).ok(),
    }
}

/// Years and months of the window by a local clock.
fn months_of(ground: &Ground<'_>, zone: &TimeZone) -> impl Iterator<Item = (i64, i64)> {
    let number = |at: InstantMs| {
        let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        let date = zone.to_datetime(at);
        i64::from(date.year()) * 12 + i64::from(date.month()) - 1
    };
    let last = InstantMs(ground.ends_at().0 - MS_PER_HOUR);
    (number(ground.starts_at())..=number(last)).map(|number| (number / 12, number % 12 + 1))
}

fn month_number(text: &str) -> Option<i64> {
    let named = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(text));
    named.and_then(|at| i64::try_from(at + 1).ok()).or_else(|| text.parse().ok())
}

/// A field of a cron expression: ranges with a step.
struct Field(Vec<(i64, i64, i64)>);

impl Field {
    fn parse(text: &str, all: (i64, i64), number: impl Fn(&str) -> Option<i64>) -> Option<Self> {
        let parts = text.split(',').map(|part| {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, Some(step.parse().ok().filter(|step| *step > 0)?)),
                None => (part, None),
            };
            let (first, last) = match (range, range.split_once('-')) {
                ("*" | "?", _) => all,
                (_, Some((first, last))) => (number(first)?, number(last)?),
                // `5/2` goes on to the end, `5` does not.
                (one, None) => (number(one)?, if step.is_some() { all.1 } else { number(one)? }),
            };
            Some((first, last, step.unwrap_or(1)))
        });
        parts.collect::<Option<Vec<_>>>().map(Self)
    }

    fn holds(&self, value: i64) -> bool {
        self.0.iter().any(|&(first, last, step)| {
            (first..=last).contains(&value) && (value - first) % step == 0
        })
    }
}

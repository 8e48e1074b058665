//! Words of the command line that need reading: instants, amounts, assignments.

use std::fmt;

use clap::builder::PossibleValuesParser;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{fact::SubjectKind, finding::Severity, units::Usd};

/// When findings make the program fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// A finding of this severity or above.
    Severity(Severity),
    /// Counted savings per month of at least this.
    UsdPerMonth(Usd),
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Severity(severity) => f.write_str(severity.word()),
            Self::UsdPerMonth(amount) => write!(f, "{amount}/mo"),
        }
    }
}

/// Reads `high`, `500`, `$1,500.50` or `500/mo`.
pub(super) fn fail_on(text: &str) -> Result<FailOn, String> {
    let word = text.trim();
    let severities = [Severity::High, Severity::Medium, Severity::Low, Severity::Info];
    if let Some(severity) = severities.into_iter().find(|severity| severity.word() == word) {
        return Ok(FailOn::Severity(severity));
    }
    let expected =
        "expected high, medium, low, info, or dollars per month such as 500 or $1,500.50/mo";
    let amount = word.strip_suffix("/mo").unwrap_or(word);
    let amount = dollars(amount.strip_prefix('$').unwrap_or(amount)).ok_or(expected)?;
    if amount == Usd::ZERO {
        return Err("every audit reaches 0 dollars; use `info` to fail on any finding".to_owned());
    }
    Ok(FailOn::UsdPerMonth(amount))
}

/// Reads what requests may cost: dollars from 0 on, with any number of decimals, because one metric costs a thousandth of a cent.
pub(super) fn api_cost_usd(text: &str) -> Result<f64, String> {
    let word = text.trim();
    let amount: Option<f64> = word.strip_prefix('$').unwrap_or(word).parse().ok();
    amount
        .filter(|usd| usd.is_finite() && *usd >= 0.0)
        .ok_or_else(|| "expected dollars such as 0.10 or 5".to_owned())
}

/// Digits, with groups of three by commas or without, and at most two decimals. Read exactly, not through a float.
fn dollars(text: &str) -> Option<Usd> {
    let (whole, cents) = text.split_once('.').unwrap_or((text, "00"));
    let are_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let is_grouped = whole.contains(',');
    let are_groups = groups.all(|group| group.len() == 3 && are_digits(group));
    let is_first = are_digits(first) && (!is_grouped || first.len() <= 3);
    if !(is_first && are_groups && are_digits(cents) && cents.len() <= 2) {
        return None;
    }
    let cents = format!("{cents:0<2}").parse::<i64>().ok()?;
    let whole = whole.replace(',', "").parse::<i64>().ok()?;
    Some(Usd::from_cents(whole.checked_mul(100)?.checked_add(cents)?))
}

/// Reads `2026-10-01` (midnight UTC) or `2026-10-01T08:00:00Z`.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let expected = "expected a day such as 2026-10-01 (midnight UTC) or an instant with its offset such as \
        2026-10-01T08:00:00Z";
    // A time without an offset would be read as a day otherwise, and its time lost.
    if text.len() != 10 {
        return Err(expected.to_owned());
    }
    let day: Date = text.parse().map_err(|_not_a_day| expected.to_owned())?;
    TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).map_err(|_out_of_range| expected.to_owned())
}

/// Reads a number of whole days or hours, `30d` or `36h`, as hours.
pub(super) fn span(text: &str) -> Result<i64, String> {
    let expected = "expected days or hours, such as 30d or 36h";
    let (number, hours) = match (text.strip_suffix('d'), text.strip_suffix('h')) {
        (Some(days), _) => (days, 24),
        (_, Some(hours)) => (hours, 1),
        _ => return Err(expected.to_owned()),
    };
    let number: u16 = number.parse().map_err(|_no_number| expected.to_owned())?;
    if number == 0 {
        return Err("a window of no time shows nothing".to_owned());
    }
    Ok(i64::from(number) * hours)
}

/// Reads `KEY=VALUE`; the value may be empty and may hold further `=`.
pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.to_owned()))
        }
        _ => Err("expected KEY=VALUE, such as policy.time_zone=Europe/Berlin".to_owned()),
    }
}

/// The words of all kinds of subject.
pub(super) fn subject_kind() -> PossibleValuesParser {
    PossibleValuesParser::new(SubjectKind::ALL.map(SubjectKind::word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_to_the_cent_in_every_usual_spelling() {
        let amount = |cents| Ok(FailOn::UsdPerMonth(Usd::from_cents(cents)));
        assert_eq!(fail_on("500"), amount(50_000));
        assert_eq!(fail_on("$500"), amount(50_000));
        assert_eq!(fail_on("500/mo"), amount(50_000));
        assert_eq!(fail_on("$1,500.5/mo"), amount(150_050));
        assert_eq!(fail_on("0.29"), amount(29));
    }

    #[test]
    fn a_severity_is_read_by_its_word() {
        assert_eq!(fail_on("medium"), Ok(FailOn::Severity(Severity::Medium)));
    }

    #[test]
    fn what_is_neither_is_refused_with_the_choices() {
        for text in ["", "huge", "-5", "1,50", "1e3", "5.123", "NaN", "$", "99999999999999999999"] {
            assert_eq!(
                fail_on(text),
                Err("expected high, medium, low, info, or dollars per month such as 500 or $1,500.50/mo"
                    .to_owned()),
                "{text}"
            );
        }
        assert_eq!(
            fail_on("$0"),
            Err("every audit reaches 0 dollars; use `info` to fail on any finding".to_owned())
        );
    }

    #[test]
    fn a_day_is_its_midnight_in_utc() {
        let midnight = "2026-10-01T00:00:00Z".parse().unwrap();
        assert_eq!(instant("2026-10-01"), Ok(midnight));
        assert_eq!(instant("2026-10-01T02:00:00+02:00"), Ok(midnight));
    }

    #[test]
    fn a_time_without_an_offset_is_refused_instead_of_guessed() {
        assert!(instant("2026-10-01T08:00:00").is_err());
        assert!(instant("yesterday").is_err());
        assert!(instant("2026-13-01").is_err());
    }

    #[test]
    fn an_assignment_keeps_later_equals_signs() {
        let pair = ("tags.production".to_owned(), "env=prod".to_owned());
        assert_eq!(assignment("tags.production=env=prod"), Ok(pair));
        assert!(assignment("policy.time_zone").is_err());
        assert!(assignment("=x").is_err());
    }
}

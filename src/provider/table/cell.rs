//! From the text of a cell to a number or an instant. Nothing is guessed: what has two readings is refused.

use std::cell::Cell;

use jiff::{Timestamp, civil, tz::TimeZone};

/// Largest amount that is taken for one: beyond it a float no longer holds cents.
const LARGEST: f64 = 1e15;

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberFault {
    /// Not a number at all, or in a style that this file does not use.
    Text,
    /// NaN, infinite or absurd.
    NotFinite,
}

/// How a file writes decimals. The first number with a decimal sign decides, and all others must agree.
#[derive(Debug, Default)]
pub(super) struct Decimals {
    may_be_comma: bool,
    sign: Cell<Option<char>>,
}

impl Decimals {
    /// `may_be_comma` only where the whole file is localised.
    pub(super) fn new(may_be_comma: bool) -> Self {
        Self { may_be_comma, sign: Cell::new(None) }
    }

    /// Reads a number: plain, signed, or with an exponent.
    pub(super) fn parse(&self, text: &str) -> Result<f64, NumberFault> {
        let has_comma = text.contains(',');
        let has_point = text.contains('.');
        if has_comma && (has_point || !self.may_be_comma) {
            return Err(NumberFault::Text);
        }
        if has_comma || has_point {
            let sign = if has_comma { ',' } else { '.' };
            match self.sign.get() {
                Some(usual) if usual != sign => return Err(NumberFault::Text),
                _ => self.sign.set(Some(sign)),
            }
        }
        let parsed = if has_comma { text.replacen(',', ".", 1).parse() } else { text.parse() };
        let number: f64 = parsed.map_err(|_not_a_number| NumberFault::Text)?;
        finite(number)
    }
}

/// Refuses NaN, infinities and amounts beyond any bill.
pub(super) fn finite(number: f64) -> Result<f64, NumberFault> {
    if number.is_finite() && number.abs() < LARGEST {
        Ok(number)
    } else {
        Err(NumberFault::NotFinite)
    }
}

/// Whether a cell says "unknown".
pub(super) fn is_blank(text: &str) -> bool {
    text.is_empty() || text.eq_ignore_ascii_case("null")
}

/// Reads an instant as milliseconds since 1970 in UTC. Times without a zone are UTC. `is_localised` refuses
/// `01/02/2026`, which means January in one country and February in another.
pub(super) fn instant(text: &str, is_localised: bool) -> Option<i64> {
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return match text.split('.').collect::<Vec<_>>()[..] {
            [day, month, year] if is_localised => day_of(year, month, day),
            [_] | [_, _] => text.parse().ok().and_then(epoch),
            _ => None,
        };
    }
    if let [first, second, third] = text.split('/').collect::<Vec<_>>()[..] {
        return match (first.len(), third.len()) {
            (4, _) => day_of(first, second, third),
            (1 | 2, 4) if !is_localised => day_of(third, first, second),
            _ => None,
        };
    }
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_millisecond());
    }
    let civil = match text.len() {
        0..=10 => text.parse::<civil::Date>().ok()?.at(0, 0, 0, 0),
        _ => text.parse::<civil::DateTime>().ok()?,
    };
    Some(TimeZone::UTC.to_timestamp(civil).ok()?.as_millisecond())
}

/// Reads `20261031`, or seconds, milliseconds, microseconds or nanoseconds since 1970: they are told apart by their size,
/// which is unambiguous from 1973 to the year 5000.
#[expect(clippy::cast_possible_truncation, reason = "instants fit in 64 bits")]
pub(super) fn epoch(number: f64) -> Option<i64> {
    if !number.is_finite() || number < 0.0 {
        return None;
    }
    if number.fract() == 0.0 && (19_700_101.0..=29_991_231.0).contains(&number) {
        let digits = format!("{number:.0}");
        return day_of(digits.get(..4)?, digits.get(4..6)?, digits.get(6..)?);
    }
    let ms = if number < 1e11 {
        number * 1e3
    } else if number < 1e14 {
        number
    } else if number < 1e17 {
        number / 1e3
    } else {
        number / 1e6
    };
    Some(ms.round() as i64)
}

fn day_of(year: &str, month: &str, day: &str) -> Option<i64> {
    let date = civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some(TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_plain_or_with_an_exponent() {
        let plain = Decimals::new(false);
        for (text, number) in
            [("12", 12.0), ("-0.5", -0.5), ("1.3E-9", 1.3e-9), ("5.64902e-05", 5.64902e-5)]
        {
            assert_eq!(plain.parse(text), Ok(number), "{text}");
        }
        for text in ["1,234", "1,5", "$5", "", "1 000"] {
            assert_eq!(plain.parse(text), Err(NumberFault::Text), "{text}");
        }
        for text in ["NaN", "inf", "-Infinity", "1e300"] {
            assert_eq!(plain.parse(text), Err(NumberFault::NotFinite), "{text}");
        }
    }

    #[test]
    fn a_decimal_comma_is_read_in_localised_files_and_never_beside_a_point() {
        let german = Decimals::new(true);
        assert_eq!(german.parse("1,5"), Ok(1.5));
        assert_eq!(german.parse("2"), Ok(2.0));
        assert_eq!(german.parse("1.5"), Err(NumberFault::Text));
        assert_eq!(german.parse("1.234,5"), Err(NumberFault::Text));
        let swiss = Decimals::new(true);
        assert_eq!(swiss.parse("1.5"), Ok(1.5));
        assert_eq!(swiss.parse("1,234"), Err(NumberFault::Text));
    }

    #[test]
    fn instants_are_read_in_every_documented_form() {
        let midnight = Some(1_727_740_800_000);
        for text in [
            "2024-10-01",
            "2024-10-01 00:00:00",
            "2024-10-01T00:00:00",
            "2024-10-01T00:00Z",
            "2024-10-01T00:00:00.000Z",
            "2024-10-01T02:00:00+02:00",
            "2024-10-01 00:00:00 UTC",
            "2024-10-01 00:00:00+00:00",
            "10/01/2024",
            "10/1/2024",
            "2024/10/01",
            "20241001",
            "1727740800",
            "1727740800000",
        ] {
            assert_eq!(instant(text, false), midnight, "{text}");
        }
        assert_eq!(instant("01.10.2024", true), midnight);
        assert_eq!(instant("2024-10-01T08:30:00Z", false), Some(1_727_771_400_000));
    }

    #[test]
    fn times_with_two_readings_are_refused() {
        assert_eq!(instant("13/01/2024", false), None);
        assert_eq!(instant("10/01/2024", true), None);
        assert_eq!(instant("2024-02-30", false), None);
        assert_eq!(instant("yesterday", false), None);
    }
}

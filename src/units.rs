//! Money, ratios and the units that column and fact names end in.
//!
//! Frames and facts carry floats whose unit is the suffix of their name. From a finding on, money is exact: [`Usd`].

use std::{fmt, iter::Sum, ops};

use serde::{Serialize, Serializer};

/// Hours in the month every `_usd_per_month` figure refers to (365 days ÷ 12, the clouds' own convention).
pub const HOURS_PER_MONTH: f64 = 730.0;

/// Exact money in US dollars, held in cents. Built from a float only by [`Usd::round`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Usd {
    cents: i64,
}

impl Usd {
    /// No money.
    pub const ZERO: Self = Self { cents: 0 };

    /// Money of `cents` hundredths of a dollar.
    pub const fn from_cents(cents: i64) -> Self {
        Self { cents }
    }

    /// Rounds dollars to the nearest cent, halves away from zero. A float that is not finite becomes zero dollars,
    /// so callers check for unknown amounts (`None`) first.
    ///
    /// One amount may be reached in two ways, once as it is and once as a sum over hours, which loses the last digits. So
    /// that both come to the same cent, what a half lacks by less than a millionth of a cent is that half.
    #[expect(clippy::cast_possible_truncation, reason = "an amount beyond 9e16 dollars is no bill")]
    pub fn round(dollars: f64) -> Self {
        let cents = dollars * 100.0;
        Self { cents: (cents + 1e-6_f64.copysign(cents)).round() as i64 }
    }

    /// The amount in hundredths of a dollar.
    pub const fn cents(self) -> i64 {
        self.cents
    }

    /// The amount as a float, for ratios and charts only.
    #[expect(clippy::cast_precision_loss, reason = "only for ratios and drawings")]
    pub fn dollars(self) -> f64 {
        self.cents as f64 / 100.0
    }

    /// The plain decimal form that JSON and CSV carry: `-12.05`.
    pub fn to_decimal(self) -> String {
        let sign = if self.cents < 0 { "-" } else { "" };
        let cents = self.cents.unsigned_abs();
        format!("{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

/// As people read it: `$1,204.50`.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.cents < 0 { "-" } else { "" };
        let cents = self.cents.unsigned_abs();
        f.pad(&format!("{sign}${}.{:02}", thousands(cents / 100), cents % 100))
    }
}

/// As JSON carries it: a decimal string with two digits, so that no reader rounds it.
impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_decimal())
    }
}

impl ops::Add for Usd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { cents: self.cents + other.cents }
    }
}

impl ops::Sub for Usd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { cents: self.cents - other.cents }
    }
}

impl ops::AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        self.cents += other.cents;
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, |a, b| a + b)
    }
}

/// Digits in groups of three: `1234567` → `1,234,567`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 row`, `1,204 rows`.
pub fn count(number: u64, singular: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {singular}{ending}", thousands(number))
}

/// What a number means, read off the suffix of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `_usd`
    Usd,
    /// `_usd_per_hour`
    UsdPerHour,
    /// `_usd_per_month`
    UsdPerMonth,
    /// `_usd_per_request`
    UsdPerRequest,
    /// `_ratio`
    Ratio,
    /// `_gib`
    Gib,
    /// `_gib_per_gpu`
    GibPerGpu,
    /// `_gib_per_day`
    GibPerDay,
    /// `_hours`
    Hours,
    /// `_days`
    Days,
    /// `_ms`
    Milliseconds,
    /// `_watts`
    Watts,
    /// `_tflops`
    Tflops,
    /// `_count`
    Count,
    /// `_count_per_day`
    CountPerDay,
    /// Text, yes/no and other things without a unit.
    None,
}

impl Unit {
    /// Every suffix with its unit and the name that JSON evidence carries, longest suffix first.
    pub const SUFFIXES: &'static [(&'static str, Self, &'static str)] = &[
        ("_usd_per_request", Self::UsdPerRequest, "USD/request"),
        ("_usd_per_month", Self::UsdPerMonth, "USD/month"),
        ("_usd_per_hour", Self::UsdPerHour, "USD/hour"),
        ("_count_per_day", Self::CountPerDay, "count/day"),
        ("_gib_per_gpu", Self::GibPerGpu, "GiB/GPU"),
        ("_gib_per_day", Self::GibPerDay, "GiB/day"),
        ("_tflops", Self::Tflops, "TFLOPS"),
        ("_watts", Self::Watts, "W"),
        ("_ratio", Self::Ratio, "ratio"),
        ("_hours", Self::Hours, "hours"),
        ("_count", Self::Count, "count"),
        ("_days", Self::Days, "days"),
        ("_usd", Self::Usd, "USD"),
        ("_gib", Self::Gib, "GiB"),
        ("_ms", Self::Milliseconds, "ms"),
    ];

    /// The unit of a column or fact, by its name.
    pub fn of(name: &str) -> Self {
        Self::SUFFIXES
            .iter()
            .find(|(suffix, ..)| name.ends_with(suffix))
            .map_or(Self::None, |(_, unit, _)| *unit)
    }

    /// The unit's name in machine-readable output; empty for things without one.
    pub fn label(self) -> &'static str {
        Self::SUFFIXES.iter().find(|(_, unit, _)| *unit == self).map_or("", |(.., label)| label)
    }

    /// A number as people read it in this unit: `35 %`, `79.6 GiB`, `$3.06/h`.
    pub fn show(self, number: f64) -> String {
        match self {
            Self::Usd => Usd::round(number).to_string(),
            Self::UsdPerHour => format!("{}/h", rate(number)),
            Self::UsdPerMonth => format!("{}/mo", Usd::round(number)),
            Self::UsdPerRequest => format!("${}/request", significant(number, 3)),
            Self::Ratio => format!("{} %", significant(number * 100.0, 3)),
            Self::Gib => format!("{} GiB", significant(number, 3)),
            Self::GibPerGpu => format!("{} GiB/GPU", significant(number, 3)),
            Self::GibPerDay => format!("{} GiB/day", significant(number, 3)),
            Self::Hours => format!("{} h", significant(number, 4)),
            Self::Days => format!("{} d", significant(number, 3)),
            Self::Milliseconds => format!("{} ms", significant(number, 3)),
            Self::Watts => format!("{} W", significant(number, 3)),
            Self::Tflops => format!("{} TFLOPS", significant(number, 3)),
            Self::CountPerDay => format!("{} per day", significant(number, 4)),
            Self::Count => significant(number, 3),
            Self::None => significant(number, 6),
        }
    }
}

/// Dollars with cents at least and, where a cent says too little, with four significant digits: prices of an hour.
fn rate(dollars: f64) -> String {
    let cents = Usd::round(dollars).to_string();
    let precise = significant(dollars.abs(), 4);
    let decimals = precise.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if decimals <= 2 {
        return cents;
    }
    let sign = if dollars < 0.0 { "-" } else { "" };
    format!("{sign}${precise}")
}

/// A number with at least its whole part and at most `digits` significant digits, without trailing zeros.
fn significant(number: f64, digits: i32) -> String {
    if number == 0.0 || !number.is_finite() {
        return "0".to_owned();
    }
    #[expect(clippy::cast_possible_truncation, reason = "a logarithm fits")]
    let whole = number.abs().log10().floor() as i32 + 1;
    let decimals = usize::try_from((digits - whole).clamp(0, 8)).unwrap_or_default();
    let text = format!("{number:.decimals$}");
    let text = if decimals > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_prints_with_cents_and_groups() {
        assert_eq!(Usd::round(1204.5).to_string(), "$1,204.50");
        assert_eq!(Usd::round(-1_234_567.891).to_string(), "-$1,234,567.89");
        assert_eq!(Usd::round(-0.05).to_decimal(), "-0.05");
    }

    #[test]
    fn a_half_cent_is_one_however_it_was_reached() {
        let by_hours: f64 = (0..24).map(|_| 2.64 / 24.0).sum::<f64>() / 480.0 * 730.0;
        for dollars in [4.015, 4.015 - 1e-12, by_hours] {
            assert_eq!(Usd::round(dollars).to_decimal(), "4.02");
            assert_eq!(Usd::round(-dollars).to_decimal(), "-4.02");
        }
        assert_eq!(Usd::round(4.014_999).to_decimal(), "4.01");
    }

    #[test]
    fn ten_dimes_are_a_dollar() {
        let dimes: Usd = (0..10).map(|_| Usd::round(0.1)).sum();
        assert_eq!(dimes, Usd::round(1.0));
    }

    #[test]
    fn the_unit_is_the_suffix_of_the_name() {
        assert_eq!(Unit::of("gpu_util_p95_ratio"), Unit::Ratio);
        assert_eq!(Unit::of("effective_usd_per_month"), Unit::UsdPerMonth);
        assert_eq!(Unit::of("gpu_mem_gib_per_gpu"), Unit::GibPerGpu);
        assert_eq!(Unit::of("region"), Unit::None);
    }

    #[test]
    fn numbers_print_in_their_unit() {
        assert_eq!(Unit::Ratio.show(0.354), "35.4 %");
        assert_eq!(Unit::Ratio.show(0.01), "1 %");
        assert_eq!(Unit::Hours.show(710.0), "710 h");
        assert_eq!(Unit::UsdPerHour.show(3.06), "$3.06/h");
        assert_eq!(Unit::UsdPerHour.show(1.516), "$1.516/h");
        assert_eq!(Unit::Gib.show(79.64), "79.6 GiB");
        assert_eq!(Unit::Count.show(8.0), "8");
    }

    #[test]
    fn money_per_hour_has_cents_and_more_where_they_say_too_little() {
        for (number, shown) in [
            (16.4, "$16.40/h"),
            (3.0, "$3.00/h"),
            (0.0, "$0.00/h"),
            (0.0526, "$0.0526/h"),
            (14.074, "$14.07/h"),
            (1234.5, "$1,234.50/h"),
            (-16.4, "-$16.40/h"),
        ] {
            assert_eq!(Unit::UsdPerHour.show(number), shown);
        }
    }
}

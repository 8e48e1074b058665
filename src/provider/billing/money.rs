//! Exact sums: amounts are whole trillionths, so addition is exact and its order does not matter.

use crate::units::Usd;

/// Trillionths of a dollar, or of a unit of quantity. Bills go down to 1e-11 dollars.
pub(in crate::provider) type Pico = i128;

const PER_UNIT: f64 = 1e12;

/// Rounds to trillionths. Inputs are below 1e15 (the readers refuse more), so this never saturates.
#[expect(clippy::cast_possible_truncation, reason = "1e15 × 1e12 is far below 2^127")]
pub(in crate::provider) fn pico(amount: f64) -> Pico {
    (amount * PER_UNIT).round() as Pico
}

/// Back to a float.
#[expect(clippy::cast_precision_loss, reason = "frames hold floats")]
pub(in crate::provider) fn amount(pico: Pico) -> f64 {
    pico as f64 / PER_UNIT
}

/// To whole cents, halves away from zero.
pub(super) fn usd(pico: Pico) -> Usd {
    const PER_CENT: Pico = 10_000_000_000;
    let half = if pico < 0 { -PER_CENT / 2 } else { PER_CENT / 2 };
    let cents = pico.saturating_add(half) / PER_CENT;
    Usd::from_cents(i64::try_from(cents).unwrap_or(i64::MAX))
}

/// A sum that is unknown as soon as one part of it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sum(pub(super) Option<Pico>);

impl Default for Sum {
    fn default() -> Self {
        Self(Some(0))
    }
}

impl Sum {
    pub(super) fn add(&mut self, part: Option<Pico>) {
        self.0 = match (self.0, part) {
            (Some(sum), Some(part)) => Some(sum.saturating_add(part)),
            _ => None,
        };
    }

    pub(super) fn amount(self) -> Option<f64> {
        self.0.map(amount)
    }
}

/// The part of `total` that belongs to `[from, to)` of `whole` equal pieces. The parts of adjoining ranges add up to the
/// total exactly.
pub(in crate::provider) fn share(total: Pico, from: i64, to: i64, whole: i64) -> Pico {
    if whole <= 0 {
        return if from == 0 { total } else { 0 };
    }
    let up_to = |piece: i64| {
        let (whole, piece) = (Pico::from(whole), Pico::from(piece));
        (total / whole) * piece + (total % whole) * piece / whole
    };
    up_to(to) - up_to(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_dimes_are_a_hundred_dollars() {
        let sum: Pico = (0..1000).map(|_| pico(0.1)).sum();
        assert_eq!(usd(sum), Usd::from_cents(10_000));
    }

    #[test]
    fn cents_round_halves_away_from_zero() {
        assert_eq!(usd(pico(0.005)), Usd::from_cents(1));
        assert_eq!(usd(pico(-0.005)), Usd::from_cents(-1));
        assert_eq!(usd(pico(-0.0049)), Usd::ZERO);
    }

    #[test]
    fn shares_add_up_to_the_whole() {
        let total = pico(100.0) + 1;
        let parts: Vec<_> = (0..3).map(|third| share(total, third, third + 1, 3)).collect();
        assert_eq!(parts.iter().sum::<Pico>(), total);
        assert_eq!(parts[0], 33_333_333_333_333);
    }
}

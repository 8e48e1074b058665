//! A few values of one column in one number each, and which of them cannot be true.

use super::Floats;

/// The value of a row if it cannot be true.
pub(super) fn offence(values: &Floats<'_>, row: usize, ceiling: f64) -> Option<f64> {
    let value = match values {
        Floats::Single(all) => f64::from(*all.get(row)?),
        Floats::Double(all) => *all.get(row)?,
        Floats::Sparse(all) => *all.get(row).filter(|value| !value.is_nan())?,
    };
    let is_possible = value >= 0.0 && value <= ceiling && value.is_finite();
    // A NaN of the file is marked so, because here a NaN stands for a null.
    let shown = if value == f64::NEG_INFINITY { f64::NAN } else { value };
    (!is_possible).then_some(shown)
}

/// Sum, weight and extremes of a few values.
pub(super) struct Tally {
    /// Weighted by samples.
    pub(super) sum: f64,
    pub(super) plain_sum: f64,
    pub(super) weight: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Tally {
    /// Of values in single precision: the common case, and the hot loop of a large audit.
    pub(super) fn of_single(values: &[f32], weights: &[i64]) -> Option<Self> {
        if !weights.is_empty() || values.is_empty() {
            return Self::of(values.iter().map(|&value| f64::from(value)), weights);
        }
        // Four lanes side by side, so that one addition does not wait for the last.
        let mut lanes =
            Lanes { sums: [0.0; 4], mins: [f32::INFINITY; 4], maxs: [f32::NEG_INFINITY; 4] };
        let (fours, rest) = values.as_chunks::<4>();
        for four in fours {
            lanes.add(four);
        }
        lanes.add(rest);
        let (sum, weight) = (lanes.sums.iter().sum(), values.len() as f64);
        let min = lanes.mins.into_iter().fold(f32::INFINITY, f32::min);
        let max = lanes.maxs.into_iter().fold(f32::NEG_INFINITY, f32::max);
        Some(Self { sum, plain_sum: sum, weight, min: min.into(), max: max.into() })
    }

    /// Of values without nulls. A NaN among them shows in the sum.
    pub(super) fn of(values: impl Iterator<Item = f64>, weights: &[i64]) -> Option<Self> {
        if weights.is_empty() {
            Self::weighted(values.map(|value| (value, 1)))
        } else {
            Self::weighted(values.zip(weights.iter().copied()))
        }
    }

    /// Of values among which NaN is a null.
    pub(super) fn of_sparse(values: &[f64], weights: &[i64]) -> Option<Self> {
        let weight = |index: usize| weights.get(index).copied().unwrap_or(1);
        let known = values.iter().enumerate().filter(|(_, value)| !value.is_nan());
        Self::weighted(known.map(|(index, value)| (*value, weight(index))))
    }

    /// Of values with the samples behind each. One without samples is no measurement, but it must be possible.
    fn weighted(values: impl Iterator<Item = (f64, i64)>) -> Option<Self> {
        let (mut sum, mut plain_sum, mut weight) = (0.0, 0.0, 0.0);
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for (value, samples) in values {
            min = min.min(value);
            if samples > 0 {
                sum += value * samples as f64;
                plain_sum += value;
                weight += samples as f64;
                max = max.max(value);
            }
        }
        (weight > 0.0).then_some(Self { sum, plain_sum, weight, min, max })
    }
}

/// Sums and extremes of every fourth value.
struct Lanes {
    sums: [f64; 4],
    mins: [f32; 4],
    maxs: [f32; 4],
}

impl Lanes {
    /// Adds up to four values, one to each lane. A NaN is in no extreme, and shows in the sum.
    #[inline]
    fn add(&mut self, values: &[f32]) {
        let lanes = self.sums.iter_mut().zip(&mut self.mins).zip(&mut self.maxs);
        for (((sum, min), max), &value) in lanes.zip(values) {
            *sum += f64::from(value);
            *min = if value < *min { value } else { *min };
            *max = if value > *max { value } else { *max };
        }
    }
}

//! Randomness with a seed: the same seed gives the same fleet on every machine.

use std::collections::BTreeSet;

/// A stream of random numbers (splitmix64).
#[derive(Debug, Clone)]
pub(super) struct Noise(u64);

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A stream of its own, so that one resource's draws do not shift another's.
    pub(super) fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// Even in 0…1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Even between two values.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with a probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Exactly `count` different positions below `total`.
    pub(super) fn choose(&mut self, count: usize, total: usize) -> BTreeSet<usize> {
        let mut chosen = BTreeSet::new();
        while chosen.len() < count.min(total) {
            chosen.insert(whole(self.unit() * total as f64).min(total.saturating_sub(1)));
        }
        chosen
    }
}

/// The whole part of a number that is not negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of hours and requests are small and not negative"
)]
pub(super) fn whole(number: f64) -> usize {
    number.max(0.0) as usize
}

/// A count as the frames hold it.
#[expect(clippy::cast_possible_truncation, reason = "counts of requests stay far below 2^63")]
pub(super) fn count(number: f64) -> i64 {
    number.round() as i64
}

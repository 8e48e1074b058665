//! Charges that come twice.
//!
//! Ids are not kept: a set of bits sized by the files remembers all of them in bounded memory. It never misses a repeat but
//! may suspect a few innocent ids, so the suspects alone are looked at again in a second pass.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::Hasher as _,
    path::Path,
};

use rustc_hash::FxHasher;

use super::{
    super::table::{ImportError, Place},
    charge::Charge,
};

/// Bits set per id.
const BITS_PER_ID: u64 = 7;
/// A row takes at least about 50 bytes in a compressed file, and 16 bits per row keep suspects below one in a thousand.
const BYTES_PER_BIT: u64 = 3;
/// 128 MiB of bits: enough for 60 million rows.
const MOST_BITS: u64 = 1 << 30;

/// The ids seen so far.
#[derive(Debug)]
pub(super) struct SeenIds {
    bits: Vec<u64>,
    suspects: BTreeSet<u64>,
}

impl SeenIds {
    /// Sized for the files to come.
    pub(super) fn for_files<'p>(paths: impl Iterator<Item = &'p Path>) -> Self {
        let bytes: u64 =
            paths.filter_map(|path| path.metadata().ok()).map(|metadata| metadata.len()).sum();
        let bits = (bytes / BYTES_PER_BIT).clamp(1 << 16, MOST_BITS).next_power_of_two();
        let words = usize::try_from(bits / 64).unwrap_or(1024);
        Self { bits: vec![0; words], suspects: BTreeSet::new() }
    }

    /// Remembers an id by its hash.
    pub(super) fn insert(&mut self, hash: u64) {
        let bit_count = u64::try_from(self.bits.len()).unwrap_or(1) * 64;
        let step = mix(hash) | 1;
        let mut is_known = true;
        for probe in 0..BITS_PER_ID {
            let bit = hash.wrapping_add(step.wrapping_mul(probe)) % bit_count;
            let word = usize::try_from(bit / 64).unwrap_or_default();
            let mask = 1_u64 << (bit % 64);
            if let Some(word) = self.bits.get_mut(word) {
                is_known &= *word & mask != 0;
                *word |= mask;
            }
        }
        if is_known {
            self.suspects.insert(hash);
        }
    }

    /// Whether some ids may have come twice.
    pub(super) fn is_suspicious(&self) -> bool {
        !self.suspects.is_empty()
    }

    /// Whether this id may have come twice.
    pub(super) fn is_suspect(&self, hash: u64) -> bool {
        self.suspects.contains(&hash)
    }
}

/// The second pass: the places of suspected ids.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    places: BTreeMap<String, Place>,
}

impl Suspects {
    /// Notes a suspect's place, and refuses it the second time.
    pub(super) fn note(&mut self, id: String, place: Place) -> Result<(), ImportError> {
        if let Some(first) = self.places.get(&id) {
            return Err(ImportError::SameCharge {
                id: id.split('\n').next().unwrap_or_default().to_owned(),
                first: first.clone(),
                second: place,
            });
        }
        self.places.insert(id, place);
        Ok(())
    }
}

/// The hash of an id.
pub(super) fn hash_of(id: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(id.as_bytes());
    mix(hasher.finish())
}

/// Spreads the bits of a hash (the finaliser of `SplitMix64`).
fn mix(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// A fingerprint of all charges of a file, whatever their order and encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Digest {
    charge_count: u64,
    sum: u64,
    money: i128,
}

impl Digest {
    /// Adds one charge.
    pub(super) fn add(&mut self, charge: &Charge<'_>) {
        let mut hasher = FxHasher::default();
        let mut text = |text: Option<&str>| {
            hasher.write(text.unwrap_or("\u{0}").as_bytes());
            hasher.write_u8(0xff);
        };
        text(Some(&charge.account_id));
        text(charge.thing.as_ref().map(|thing| thing.native_id.as_ref()));
        text(Some(&charge.service));
        text(Some(&charge.sku));
        text(charge.region.as_deref());
        text(charge.unit.as_deref());
        text(Some(charge.kind.word()));
        hasher.write_i64(charge.start);
        hasher.write_i64(charge.end);
        hasher.write_u64(charge.quantity.unwrap_or(-0.0).to_bits());
        for part in [charge.list, charge.billed, charge.effective] {
            hasher.write_i128(part.unwrap_or(i128::MIN));
        }
        self.charge_count += 1;
        self.sum = self.sum.wrapping_add(mix(hasher.finish()));
        self.money = self
            .money
            .wrapping_add(charge.billed.unwrap_or_default())
            .wrapping_add(charge.effective.unwrap_or_default());
    }

    /// True if there was nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.charge_count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_id_is_always_suspected_and_few_others_are() {
        let mut seen = SeenIds::for_files(std::iter::empty());
        for number in 0..3000 {
            seen.insert(hash_of(&format!("row-{number}")));
        }
        let innocent = seen.suspects.len();
        assert!(innocent < 10, "{innocent} of 3000 innocent ids are suspected");
        seen.insert(hash_of("row-1234"));
        assert!(seen.is_suspect(hash_of("row-1234")));
    }
}

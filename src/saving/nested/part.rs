//! Slices by part: what each costs, saves and leaves, and what a finding counts without some of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Claim, Fingerprint, Resolution},
    saving::{
        bill::{Bill, BillHour},
        replay::Money,
        resolve::{Settled, Share},
    },
    units::{HOURS_PER_MONTH, Usd},
};

/// What an hour of a part costs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PaidHour {
    /// At the on-demand price.
    pub on_demand_usd: f64,
    /// At the spot price.
    pub spot_usd: f64,
    /// Amortised under a commitment.
    pub committed_usd: f64,
}

impl PaidHour {
    fn uncommitted_usd(self) -> f64 {
        self.on_demand_usd + self.spot_usd
    }
}

/// What a slice has of one group: of a node or the machine beneath it.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// The group.
    pub group_id: String,
    /// One entry per hour of the window.
    pub hours: Vec<PaidHour>,
}

/// The parts of a slice's bill, one per group. `None`: it is no slice, or its cost is not known.
pub type Slices<'a> = dyn Fn(&str) -> Option<Vec<Slice>> + 'a;

/// The winners of a slice and their hours, for what is left to commit to.
pub(super) struct Replayed {
    pub(super) parts: Vec<Slice>,
    pub(super) before: Vec<BillHour>,
    pub(super) after: Vec<BillHour>,
    pub(super) is_repriced: bool,
    pub(super) winners: Vec<Fingerprint>,
}

impl Replayed {
    /// Takes what the slice no longer pays on demand out of what is left of a group: all of it if it moves to another price.
    pub(super) fn take_from(&self, left: &mut [f64], part: &Slice) {
        let hours = self.before.iter().zip(&self.after).zip(&part.hours);
        for (left, ((before, after), part)) in left.iter_mut().zip(hours) {
            let kept = if self.is_repriced || before.on_demand_usd <= 0.0 {
                0.0
            } else {
                after.on_demand_usd / before.on_demand_usd
            };
            *left = (*left - part.on_demand_usd * (1.0 - kept)).max(0.0);
        }
    }
}

/// Both together.
pub(super) fn plus(a: Money, b: Money) -> Money {
    Money { saved_usd: a.saved_usd + b.saved_usd, freed_usd: a.freed_usd + b.freed_usd }
}

/// What a slice saves of each group: an hour's saving is that of its parts in proportion to what they cost.
pub(super) fn by_group(
    bill: &Bill,
    after: &[BillHour],
    parts: &[Slice],
) -> BTreeMap<String, Money> {
    let monthly = HOURS_PER_MONTH / bill.hours.len().max(1) as f64;
    let mut sums: BTreeMap<String, Money> = BTreeMap::new();
    for part in parts {
        let mut money = Money::default();
        let hours = bill.hours.iter().zip(after).zip(&part.hours);
        for ((before, after), part) in hours {
            let share = |own: f64, all: f64| if all > 0.0 { own / all } else { 0.0 };
            let saved = before.uncommitted_usd() - after.uncommitted_usd();
            let freed = before.committed_usd - after.committed_usd;
            money.saved_usd += saved * share(part.uncommitted_usd(), before.uncommitted_usd());
            money.freed_usd += freed * share(part.committed_usd, before.committed_usd);
        }
        money.saved_usd *= monthly;
        money.freed_usd *= monthly;
        let sum = sums.entry(part.group_id.clone()).or_default();
        *sum = plus(*sum, money);
    }
    sums
}

/// What a finding counts once whole groups took a part of its bill: its claim stays that of the full bill.
pub(super) fn reduced(full: &Settled, chosen: &Settled, by: &[Fingerprint]) -> Settled {
    let Settled::Stands(first) = full else { return full.clone() };
    let Some(claim) = first.claim.filter(|_| !by.is_empty()) else { return full.clone() };
    let Settled::Stands(rest) = chosen else {
        return Settled::Stands(Share::nothing(
            Some(claim),
            Resolution::Superseded { by: by.to_vec() },
        ));
    };
    let claim = Claim {
        likely: claim.likely.max(rest.counted.likely),
        high: claim.high.max(rest.counted.likely),
        ..claim
    };
    let lost = rest.counted.likely < claim.likely || rest.freed < first.freed;
    let resolution = match &rest.resolution {
        Resolution::Counted | Resolution::Committed
            if lost && rest.counted.likely == Usd::ZERO && rest.freed == Usd::ZERO =>
        {
            Resolution::Superseded { by: by.to_vec() }
        }
        Resolution::Counted | Resolution::Committed if lost => {
            Resolution::Reduced { by: by.to_vec() }
        }
        Resolution::Reduced { by: others } => {
            let all: BTreeSet<&Fingerprint> = others.iter().chain(by).collect();
            Resolution::Reduced { by: all.into_iter().cloned().collect() }
        }
        other => other.clone(),
    };
    Settled::Stands(Share { claim: Some(claim), resolution, ..rest.clone() })
}

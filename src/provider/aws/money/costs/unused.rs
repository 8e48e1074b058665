//! Whose the unused part of plans and reservations is. Cost Explorer tells it by account and day only; each plan's and
//! reservation's own unused dollars are known from their use.
//!
//! Where the bill has more than the known ones left unused, the rest is of others, such as reserved databases, and stays
//! without a name. Totals are those of the bill.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{MS_PER_DAY, commitments::hours_in},
    pool::parts,
    share::{SAME_RATIO, part},
};
use crate::{
    frame::CommitmentRow,
    provider::billing::{
        charge::{Charge, ChargeKind},
        money,
    },
    window::{MS_PER_HOUR, Window},
};

/// An account, and the word of `commitments` for what was left unused.
type Owner = (String, &'static str);

/// The charges, with unused commitments divided among those that are known.
pub(super) fn named<'a>(
    charges: Vec<Charge<'a>>,
    commitments: &'a [CommitmentRow],
    window: Window,
) -> Vec<Charge<'a>> {
    let known = Unused { commitments, window };
    let ratios = known.ratios(&charges);
    let divided = charges.into_iter().flat_map(|charge| {
        let ratio = owner(&charge).and_then(|owner| Some((ratios.get(&owner).copied()?, owner)));
        match ratio {
            Some((ratio, owner)) => divide(&charge, &known.on(&owner, charge.start), ratio),
            None => vec![charge],
        }
    });
    divided.collect()
}

/// Who paid for something that was not used. `None`: the charge is for something else.
fn owner(charge: &Charge<'_>) -> Option<Owner> {
    if charge.kind != ChargeKind::CommitmentUnused {
        return None;
    }
    let word: String = charge.sku.chars().filter(char::is_ascii_alphabetic).collect();
    let is_plan = word.to_lowercase().starts_with("savingsplan");
    let kind = if is_plan { "savings_plan" } else { "reservation" };
    Some((charge.account_id.clone().into_owned(), kind))
}

/// What is known to be unused.
#[derive(Clone, Copy)]
struct Unused<'a> {
    commitments: &'a [CommitmentRow],
    window: Window,
}

impl<'a> Unused<'a> {
    /// Commitments of an owner, with the dollars of each that nobody used on a day. Those of which that is not known are
    /// left out.
    fn on(&self, (account_id, kind): &Owner, day: i64) -> Vec<(&'a str, f64)> {
        let Window { start, end } = self.window;
        let own = self
            .commitments
            .iter()
            .filter(|row| row.account_id == *account_id && row.kind == *kind);
        own.filter_map(|row| {
            let unused_usd = row.window_committed_usd? - row.window_used_usd?;
            let hours = hours_in(row, start * MS_PER_HOUR, end * MS_PER_HOUR);
            let of_day = hours_in(row, day, day + MS_PER_DAY);
            let usd = unused_usd * of_day / hours;
            (usd.is_finite() && usd > 0.0).then_some((row.commitment_id.as_str(), usd))
        })
        .collect()
    }

    /// The part of each owner's bill that the known commitments explain, over all days of it: use changes from day to day,
    /// and only its mean is known.
    fn ratios(&self, charges: &[Charge<'_>]) -> BTreeMap<Owner, f64> {
        let mut billed: BTreeMap<Owner, (BTreeSet<i64>, f64)> = BTreeMap::new();
        for charge in charges {
            let Some((owner, effective)) = owner(charge).zip(charge.effective) else { continue };
            let (days, usd) = billed.entry(owner).or_default();
            days.insert(charge.start);
            *usd += money::amount(effective);
        }
        let ratio = |(owner, (days, billed_usd)): (Owner, (BTreeSet<i64>, f64))| {
            let of_day = |day: &i64| self.on(&owner, *day).iter().map(|(_, usd)| usd).sum::<f64>();
            let known_usd: f64 = days.iter().map(of_day).sum();
            let is_all = known_usd >= billed_usd * SAME_RATIO;
            (owner, if is_all { 1.0 } else { known_usd / billed_usd })
        };
        billed.into_iter().map(ratio).collect()
    }
}

/// One charge, in parts that add up to it.
fn divide<'a>(charge: &Charge<'a>, known: &[(&'a str, f64)], ratio: f64) -> Vec<Charge<'a>> {
    let sum: i64 = known.iter().map(|(_, usd)| parts(*usd)).sum();
    if sum == 0 || charge.effective.is_none() {
        return vec![charge.clone()];
    }
    let known_usd: f64 = known.iter().map(|(_, usd)| usd).sum();
    let whole = if ratio < 1.0 { parts(known_usd / ratio).max(sum) } else { sum };
    let mut divided = Vec::new();
    let mut at = 0;
    for (commitment_id, usd) in known {
        let to = at + parts(*usd);
        let mut own = part(charge, at, to, whole);
        own.commitment_id = Some((*commitment_id).into());
        divided.push(own);
        at = to;
    }
    if at < whole {
        divided.push(part(charge, at, whole, whole));
    }
    divided
}

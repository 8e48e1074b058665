//! The bill, divided among the resources that it does not name.
//!
//! Cost Explorer tells what all machines of one type, region, account and way of paying cost on a day, and for how many
//! hours. Each known machine takes the part of its own hours. What is left was of machines that are not known any more and
//! stays without a resource, so that totals are those of the bill. Where the known hours are more than the billed ones, they
//! share what there is. Hours under a commitment are divided likewise: which of several machines a plan covered is chance.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::Days,
    normalize::{Line, Read},
    pool::{PoolKey, is_open, parts, weight, weights},
    usage_type::Use,
};
use crate::{
    frame::{CommitmentRow, ResourceRow, native_id},
    provider::billing::{
        charge::Charge,
        ledger::{Booked, Ledger},
        money,
    },
};

/// Known hours this close to the billed ones are all of them: the rest is seconds at starts and stops.
pub(super) const SAME_RATIO: f64 = 0.99;
/// Days back to the last bill whose rates stand in for a bill that is not there yet.
const TEMPLATE_DAYS: usize = 7;

/// The bill by resource.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) booked: Booked,
    /// Resources that ran, and whose machine type the bill does not have.
    pub(super) missing: Vec<PoolKey>,
    /// Whether any resource took a part.
    pub(super) has_parts: bool,
}

/// Hours that Cost Explorer tells of single machines, where it does: day, usage type, whether a commitment covers them, and
/// the machine's own id.
pub(super) type Hours = BTreeMap<(i64, String, bool), BTreeMap<String, f64>>;

/// What is known beside the bill.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// Hours of single machines.
    pub(super) hours: &'a Hours,
    pub(super) resources: &'a [ResourceRow],
    pub(super) commitments: &'a [CommitmentRow],
    /// All days, and those whose bill is complete.
    pub(super) days: Days,
    pub(super) settled: Days,
}

/// Divides the bill.
pub(super) fn share(read: &Read<'_>, known: Known<'_>) -> Shared {
    let mut ledger = Ledger::default();
    let mut shared = Shared::default();
    for charge in &read.others {
        ledger.add(charge, None);
    }
    let mut pools = pools(known.resources, read);
    let (lines, others) = by_pool(read, &pools);
    for line in others {
        ledger.add(&unnamed(line, known.commitments), None);
    }
    for (key, by_day) in &lines {
        let Some(members) = pools.remove(key) else { continue };
        let took = Pool { members: &members, by_day, known }.divide(&mut ledger);
        shared.has_parts |= !took.is_empty();
        shared.miss(key, &members, &took, known.settled);
    }
    for (key, members) in &pools {
        shared.miss(key, members, &BTreeSet::new(), known.settled);
    }
    shared.booked = ledger.close((known.days.start, known.days.end));
    shared
}

/// Usage types of machines of EC2 of which it is open, on some day since `since`, which machine their hours were of: some of
/// them stopped in between, or are gone. Where all known hours are on the bill and no others, there is nothing to ask.
/// Whether any of them is covered comes with them, and how many machines may be meant.
pub(super) fn unclear(
    read: &Read<'_>,
    known: Known<'_>,
    since: i64,
) -> (BTreeSet<(String, bool)>, usize) {
    let pools = pools(known.resources, read);
    let (lines, _) = by_pool(read, &pools);
    let mut usage_types = BTreeSet::new();
    let mut machine_count = 0;
    for (key, by_day) in lines.iter().filter(|(key, _)| key.usage == Use::Machine) {
        let Some(members) = pools.get(key) else { continue };
        let pool = Pool { members, by_day, known };
        let open: Vec<&&Line> = by_day
            .range(since..)
            .filter(|(day, lines)| pool.is_unclear(**day, lines))
            .flat_map(|(_, lines)| lines)
            .collect();
        machine_count += if open.is_empty() { 0 } else { members.len() };
        usage_types.extend(open.into_iter().map(|line| (line.usage_type.clone(), line.is_covered)));
    }
    (usage_types, machine_count)
}

type Lines<'a> = BTreeMap<PoolKey, BTreeMap<i64, Vec<&'a Line>>>;

/// Lines that may be about known resources, by pool and day, and all others.
fn by_pool<'a>(
    read: &'a Read<'_>,
    pools: &BTreeMap<PoolKey, Vec<&ResourceRow>>,
) -> (Lines<'a>, Vec<&'a Line>) {
    let mut lines = Lines::new();
    let mut others = Vec::new();
    for line in &read.lines {
        match PoolKey::of_line(line).filter(|key| pools.contains_key(key)) {
            Some(key) => lines.entry(key).or_default().entry(line.day).or_default().push(line),
            None => others.push(line),
        }
    }
    (lines, others)
}

impl Shared {
    /// Notes members that ran and took nothing.
    fn miss(
        &mut self,
        key: &PoolKey,
        members: &[&ResourceRow],
        took: &BTreeSet<usize>,
        settled: Days,
    ) {
        let ran = |row: &ResourceRow| settled.each().any(|day| weight(row, day) > 0);
        let without =
            members.iter().enumerate().filter(|(index, row)| !took.contains(index) && ran(row));
        self.missing.extend(without.map(|_| key.clone()));
    }
}

/// The resources of the accounts on the bill, by what may be a line about them.
fn pools<'a>(
    resources: &'a [ResourceRow],
    read: &Read<'_>,
) -> BTreeMap<PoolKey, Vec<&'a ResourceRow>> {
    let mut pools: BTreeMap<PoolKey, Vec<&ResourceRow>> = BTreeMap::new();
    for row in resources.iter().filter(|row| read.account_ids.contains(&row.account_id)) {
        if let Some(key) = PoolKey::among(row, &read.split) {
            pools.entry(key).or_default().push(row);
        }
    }
    pools
}

/// The charge for a line that is no resource's. Unused capacity is a reservation's, if only one can be meant.
fn unnamed<'a>(line: &'a Line, commitments: &'a [CommitmentRow]) -> Charge<'a> {
    let parsed = line.parsed();
    let mut charge = line.charge();
    if parsed.usage == Use::UnusedCapacity {
        let mut fitting = commitments.iter().filter(|row| {
            row.kind == "capacity_reservation"
                && row.account_id == line.account_id
                && row.scope_region.as_deref() == parsed.region
                && row.scope_instance_type.as_deref() == parsed.machine_type
        });
        if let (Some(only), None) = (fitting.next(), fitting.next()) {
            charge.commitment_id = Some(only.commitment_id.as_str().into());
        }
    }
    charge
}

/// Resources of one kind, and the lines that are about them.
struct Pool<'a> {
    members: &'a [&'a ResourceRow],
    by_day: &'a BTreeMap<i64, Vec<&'a Line>>,
    known: Known<'a>,
}

/// Who gets which part of a day's lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Division {
    whole: i64,
    /// Members with their own parts of the whole, one after the other from 0.
    shares: Vec<(usize, i64, i64)>,
}

impl Pool<'_> {
    /// Books every line, and returns the members that took a part.
    fn divide(&self, ledger: &mut Ledger) -> BTreeSet<usize> {
        let mut took = BTreeSet::new();
        for (&day, lines) in self.by_day {
            for line in lines {
                let division = self.division(line, lines, day);
                took.extend(division.shares.iter().map(|(member, ..)| *member));
                self.book(line, &division, ledger);
            }
        }
        self.estimate(ledger);
        took
    }

    /// Books one line: a part for each member, and what is left.
    fn book(&self, line: &Line, division: &Division, ledger: &mut Ledger) {
        let Division { whole, shares } = division;
        let of_member = |&(member, from, to): &(usize, i64, i64)| {
            (self.members.get(member).map(|row| row.resource_id.as_str()), from, to)
        };
        let end = shares.last().map_or(0, |(.., end)| *end);
        let rest = (end < *whole || shares.is_empty()).then_some((None, end, *whole));
        ledger.add_shared(&line.charge(), shares.iter().map(of_member).chain(rest), *whole);
    }

    /// Who gets which part of a line: by the hours that Cost Explorer tells of single machines, else by those that are known.
    fn division(&self, line: &Line, lines: &[&Line], day: i64) -> Division {
        if let Some(hours) = self.known.hours.get(&line.hours_key()) {
            let of = |row: &&ResourceRow| hours.get(native_id(&row.resource_id)).copied();
            let weights: Vec<i64> =
                self.members.iter().map(|row| of(row).map_or(0, parts)).collect();
            return divide(&weights, &vec![false; weights.len()], billed([line]));
        }
        let billed = billed(lines.iter().copied());
        let weights = weights(self.members, day, billed);
        let is_throughput = line.parsed().usage == Use::Throughput;
        if is_throughput && self.members.len() > 1 {
            // Models differ in price, and the bill's hours are not told apart by model.
            return Division::default();
        }
        let is_scaled: Vec<bool> =
            self.members.iter().map(|row| is_open(row, day) || is_throughput).collect();
        divide(&weights, &is_scaled, billed)
    }

    /// Whether it is open which machine the hours of some day were of.
    fn is_unclear(&self, day: i64, lines: &[&Line]) -> bool {
        let known: i64 = self.members.iter().map(|row| weight(row, day)).sum();
        let Some(billed) = billed(lines.iter().copied()) else { return false };
        let is_less = known as f64 <= billed as f64 * SAME_RATIO;
        let is_more = billed as f64 <= known as f64 * SAME_RATIO;
        is_less || (is_more && self.members.len() > 1)
    }

    /// Days whose bill is not complete: what ran is charged as on the last complete day.
    fn estimate(&self, ledger: &mut Ledger) {
        let Known { days, settled, .. } = self.known;
        let open = Days { start: settled.end, end: days.end };
        let recent = settled.each().collect::<Vec<_>>().into_iter().rev().take(TEMPLATE_DAYS);
        let Some((day, lines)) =
            recent.into_iter().find_map(|day| Some((day, self.by_day.get(&day)?)))
        else {
            return;
        };
        for line in lines {
            let division = self.division(line, lines, day);
            for open_day in open.each() {
                for (member, row) in self.members.iter().enumerate() {
                    let of_day = (weight(row, day), weight(row, open_day));
                    let Some(ratio) = division.ratio(member, of_day.0, of_day.1) else { continue };
                    ledger.add(&estimated(line, open_day, ratio), Some(&row.resource_id));
                }
            }
        }
    }
}

impl Division {
    /// The share of a day's lines that a member would have on another day. `None`: none.
    fn ratio(&self, member: usize, weight: i64, other_weight: i64) -> Option<f64> {
        if other_weight == 0 || self.whole == 0 {
            return None;
        }
        let own = self.shares.iter().find(|(index, ..)| *index == member);
        Some(match own.filter(|_| weight > 0) {
            Some((_, from, to)) => {
                (to - from) as f64 / self.whole as f64 * (other_weight as f64 / weight as f64)
            }
            None => other_weight as f64 / self.whole as f64,
        })
    }
}

/// Hours on lines, in parts. `None`: not told, or none.
fn billed<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Option<i64> {
    let hours: Option<f64> = lines.into_iter().map(|line| line.quantity).sum();
    hours.map(parts).filter(|billed| *billed > 0)
}

/// Divides billed parts by what is known to have run.
///
/// Members whose size does not change come first, each with its own; what they leave is of those whose size changes, because
/// their size of today says little about that day. `None`: what was billed is not told.
fn divide(weights: &[i64], is_scaled: &[bool], billed: Option<i64>) -> Division {
    let sum = |scaled: bool| -> i64 {
        let of_it = weights.iter().zip(is_scaled).filter(|(_, is)| **is == scaled);
        of_it.map(|(weight, _)| weight).sum()
    };
    let (fixed, scaled) = (sum(false), sum(true));
    if fixed + scaled == 0 {
        return Division { whole: billed.unwrap_or(0), shares: Vec::new() };
    }
    let billed = billed.unwrap_or(fixed + scaled);
    let is_all = |known: i64| known as f64 >= billed as f64 * SAME_RATIO;
    let (whole, rest) = match () {
        () if is_all(fixed) => (fixed + scaled, scaled),
        () if scaled > 0 => (billed, billed - fixed),
        () => (billed, 0),
    };
    let mut shares = Vec::new();
    let mut at = 0;
    let mut scaled_before = 0;
    for pass in [false, true] {
        for (member, (&weight, &is_scaled)) in weights.iter().zip(is_scaled).enumerate() {
            if is_scaled != pass || weight == 0 {
                continue;
            }
            let to = if is_scaled {
                scaled_before += weight;
                let upto = i128::from(rest) * i128::from(scaled_before) / i128::from(scaled);
                fixed + i64::try_from(upto).unwrap_or(rest)
            } else {
                at + weight
            };
            shares.push((member, at, to));
            at = to;
        }
    }
    Division { whole, shares }
}

/// A part of a charge. Parts of adjoining ranges add up exactly.
pub(super) fn part<'a>(charge: &Charge<'a>, from: i64, to: i64, whole: i64) -> Charge<'a> {
    if whole == 0 {
        return charge.clone();
    }
    let of = |amount| money::share(amount, from, to, whole);
    Charge {
        quantity: charge.quantity.map(|all| all * ((to - from) as f64 / whole as f64)),
        billed: charge.billed.map(of),
        effective: charge.effective.map(of),
        ..charge.clone()
    }
}

/// A line of another day, as far as it is one's own: what it will cost, not what was invoiced.
fn estimated(line: &Line, day: i64, ratio: f64) -> Charge<'_> {
    let charge = line.charge();
    Charge {
        start: day,
        end: day + super::super::MS_PER_DAY,
        quantity: charge.quantity.map(|all| all * ratio),
        billed: None,
        effective: charge.effective.map(|all| money::pico(money::amount(all) * ratio)),
        ..charge
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_machine_takes_its_own_hours_and_the_rest_is_nobodys() {
        let division = divide(&[24, 12], &[false, false], Some(48));
        assert_eq!(division, Division { whole: 48, shares: vec![(0, 0, 24), (1, 24, 36)] });
    }

    #[test]
    fn where_more_hours_are_known_than_billed_they_share_what_there_is() {
        let division = divide(&[24, 24], &[false, false], Some(24));
        assert_eq!(division, Division { whole: 48, shares: vec![(0, 0, 24), (1, 24, 48)] });
    }

    #[test]
    fn seconds_at_starts_and_stops_are_not_somebody_elses() {
        let division = divide(&[1_000], &[false], Some(1_005));
        assert_eq!(division, Division { whole: 1_000, shares: vec![(0, 0, 1_000)] });
    }

    #[test]
    fn what_fixed_machines_leave_is_of_those_that_scale() {
        let division = divide(&[24, 24, 48], &[true, false, true], Some(96));
        assert_eq!(
            division,
            Division { whole: 96, shares: vec![(1, 0, 24), (0, 24, 48), (2, 48, 96)] }
        );
    }

    #[test]
    fn hours_that_are_not_told_are_all_those_known() {
        let division = divide(&[10, 30], &[false, false], None);
        assert_eq!(division, Division { whole: 40, shares: vec![(0, 0, 10), (1, 10, 40)] });
    }

    #[test]
    fn nothing_that_ran_takes_nothing() {
        assert!(divide(&[0, 0], &[false, true], Some(24)).shares.is_empty());
    }
}

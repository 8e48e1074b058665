//! Nodes and what runs on them: one dollar of a node is saved for the whole node or for a slice of it, not for both.
//!
//! A slice (a workload, or what of a node no pod holds) has a bill of its own: the sum of what it has of its nodes, hour by
//! hour. Findings about slices are resolved on those bills, findings about nodes on the nodes' bills. Then, node by node, the
//! side that saves more there counts; at a tie the slices do, because they interfere less. Where a node's side wins, the
//! slices lose what they have of that node and are resolved again on the rest.
//!
//! - What counts on a node never exceeds its bill, because of each node one side counts, and slices never exceed a node.
//! - Each round takes to the node's side only nodes on which it saves more than the slices do there, so the sum only grows.
//! - Of nodes that slices tie together, the sum is never less than that of the nodes' findings alone, nor than that of the
//!   slices' findings alone. On a node whose slices lie on no other node it is the larger of the two, so a finding more never
//!   makes it smaller. Across nodes that law cannot hold: another finding may give a workload a better way to save that
//!   saves less on the very node where its side counts.

mod part;

use std::collections::{BTreeMap, BTreeSet};

pub use self::part::{PaidHour, Slice, Slices};
use self::part::{Replayed, by_group, plus, reduced};

use super::{
    Audit, Leftover, Positions, SubjectBill,
    replay::Money,
    resolve::{Group, GroupOutcome, Settled, Share, Wanted, resolve_group},
};
use crate::finding::{Action, Fingerprint, Resolution};

/// A group that is no slice.
pub(super) struct Whole {
    pub(super) positions: Vec<usize>,
    pub(super) money: Money,
    pub(super) winners: Vec<Fingerprint>,
}

/// A slice with findings, resolved on its bill or on a part of it.
#[derive(Debug, Clone)]
struct Sliced {
    positions: Vec<usize>,
    settled: Vec<Settled>,
    winners: Vec<Fingerprint>,
    /// What the winners save of each group, by its id.
    by_group: BTreeMap<String, Money>,
}

/// Settles the findings of slices, and sets those of nodes aside where slices save no less.
pub(super) fn settle<'a>(
    audit: &mut Audit<'a>,
    groups: Positions<'a>,
    slices: &Slices<'_>,
    pooled: &BTreeSet<&str>,
) {
    let mut nest = Nest { audit, slices };
    let mut full: BTreeMap<&'a str, Sliced> = BTreeMap::new();
    for (id, positions) in groups {
        if let Some(sliced) = nest.resolve(id, &positions, &BTreeSet::new()) {
            full.insert(id, sliced);
        }
    }
    for component in components(&full) {
        let choice = nest.choose(&component, &full);
        nest.settle(&component, &full, &choice);
        nest.leave_to_pools(&component, &choice, pooled);
    }
}

/// Slices that share groups, by way of each other, and those groups.
#[derive(Debug, Default)]
struct Component<'a> {
    slices: Vec<&'a str>,
    groups: BTreeSet<String>,
}

fn components<'a>(full: &BTreeMap<&'a str, Sliced>) -> Vec<Component<'a>> {
    let mut on_group: BTreeMap<&str, Vec<&'a str>> = BTreeMap::new();
    for (id, sliced) in full {
        for group in sliced.by_group.keys() {
            on_group.entry(group).or_default().push(id);
        }
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut components = Vec::new();
    for &first in full.keys() {
        let mut component = Component::default();
        let mut open = vec![first];
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            component.slices.push(id);
            for group in full.get(id).into_iter().flat_map(|sliced| sliced.by_group.keys()) {
                if component.groups.insert(group.clone()) {
                    open.extend(on_group.get(group.as_str()).into_iter().flatten());
                }
            }
        }
        if !component.slices.is_empty() {
            component.slices.sort_unstable();
            components.push(component);
        }
    }
    components
}

/// Which groups count as a whole, and what is left of the slices then.
struct Choice<'a> {
    whole: BTreeSet<String>,
    slices: BTreeMap<&'a str, Sliced>,
}

struct Nest<'n, 'a, 's> {
    audit: &'n mut Audit<'a>,
    slices: &'s Slices<'s>,
}

impl<'a> Nest<'_, 'a, '_> {
    /// Takes groups whole as long as that saves more there than their slices do.
    fn choose(
        &mut self,
        component: &Component<'a>,
        full: &BTreeMap<&'a str, Sliced>,
    ) -> Choice<'a> {
        let of_component =
            component.slices.iter().filter_map(|&id| Some((id, full.get(id)?.clone())));
        let mut choice = Choice { whole: BTreeSet::new(), slices: of_component.collect() };
        let worth: BTreeSet<String> = component
            .groups
            .iter()
            .filter(|group| self.whole_money(group).is_worth_something())
            .cloned()
            .collect();
        loop {
            let sums = sums(&choice);
            let better: BTreeSet<String> = worth
                .difference(&choice.whole)
                .filter(|group| {
                    let sliced = sums.get(group.as_str()).copied().unwrap_or_default();
                    self.whole_money(group).cents() > sliced.cents()
                })
                .cloned()
                .collect();
            if better.is_empty() {
                break;
            }
            self.take_whole(&mut choice, better);
        }
        if choice.whole != worth {
            let rest = worth.difference(&choice.whole).cloned().collect();
            let mut all = Choice { whole: choice.whole.clone(), slices: choice.slices.clone() };
            self.take_whole(&mut all, rest);
            if self.total(&all).cents() > self.total(&choice).cents() {
                return all;
            }
        }
        choice
    }

    fn whole_money(&self, group: &str) -> Money {
        self.audit.whole.get(group).map_or_else(Money::default, |whole| whole.money)
    }

    fn take_whole(&mut self, choice: &mut Choice<'a>, groups: BTreeSet<String>) {
        let hit: Vec<&'a str> = choice
            .slices
            .iter()
            .filter(|(_, sliced)| sliced.by_group.keys().any(|group| groups.contains(group)))
            .map(|(id, _)| *id)
            .collect();
        choice.whole.extend(groups);
        for id in hit {
            let positions = choice.slices.get(id).map(|sliced| sliced.positions.clone());
            let again = positions.and_then(|known| self.resolve(id, &known, &choice.whole));
            if let Some(again) = again {
                choice.slices.insert(id, again);
            }
        }
    }

    fn total(&self, choice: &Choice<'_>) -> Money {
        let whole = choice.whole.iter().map(|group| self.whole_money(group));
        whole.chain(sums(choice).into_values()).fold(Money::default(), plus)
    }

    /// Resolves a slice without its parts of these groups. `None`: its bill is not known.
    fn resolve(
        &mut self,
        id: &'a str,
        positions: &[usize],
        without: &BTreeSet<String>,
    ) -> Option<Sliced> {
        let (subject, parts) = self.bill(id, without)?;
        let outcome = self.replay(id, positions, &subject, Wanted::Hours);
        let GroupOutcome { settled, winners, hours, .. } = outcome;
        let by_group = by_group(&subject.bill, &hours, &parts);
        Some(Sliced { positions: positions.to_vec(), settled, winners, by_group })
    }

    fn replay(
        &mut self,
        id: &str,
        positions: &[usize],
        subject: &SubjectBill,
        wanted: Wanted,
    ) -> GroupOutcome {
        self.audit.note_short_window(&subject.bill);
        let group = Group {
            id,
            bill: &subject.bill,
            calendars: subject.calendars.as_ref(),
            findings: self.audit.picked(positions),
            wanted,
        };
        resolve_group(&group, &mut self.audit.workspace)
    }

    /// The bill of a slice without its parts of some groups, and the other parts.
    fn bill(&self, id: &str, without: &BTreeSet<String>) -> Option<(SubjectBill, Vec<Slice>)> {
        let mut subject = (self.audit.bills)(id)?;
        let mut parts = (self.slices)(id)?;
        parts.retain(|part| !without.contains(&part.group_id));
        for (index, hour) in subject.bill.hours.iter_mut().enumerate() {
            let paid = parts.iter().filter_map(|part| part.hours.get(index));
            let (mut on_demand, mut spot, mut committed) = (0.0, 0.0, 0.0);
            for paid in paid {
                on_demand += paid.on_demand_usd;
                spot += paid.spot_usd;
                committed += paid.committed_usd;
            }
            (hour.on_demand_usd, hour.spot_usd, hour.committed_usd) = (on_demand, spot, committed);
        }
        Some((subject, parts))
    }

    /// Puts what was chosen to the findings of slices and of groups.
    fn settle(
        &mut self,
        component: &Component<'a>,
        full: &BTreeMap<&'a str, Sliced>,
        choice: &Choice<'a>,
    ) {
        for (id, chosen) in &choice.slices {
            let Some(first) = full.get(id) else { continue };
            let lost = first.by_group.keys().filter(|group| choice.whole.contains(*group));
            let by: BTreeSet<Fingerprint> = lost
                .filter_map(|group| self.audit.whole.get(group.as_str()))
                .flat_map(|whole| whole.winners.iter().cloned())
                .collect();
            let by: Vec<Fingerprint> = by.into_iter().collect();
            let settled = first.settled.iter().zip(&chosen.settled);
            let settled = settled.map(|(first, chosen)| reduced(first, chosen, &by)).collect();
            self.audit.settle(&first.positions, settled);
        }
        for group in component.groups.difference(&choice.whole) {
            let winners = winners_on(choice, group);
            let Some(whole) = self.audit.whole.get(group.as_str()) else { continue };
            if winners.is_empty() {
                continue;
            }
            for &position in &whole.positions {
                if let Some(Some(Settled::Stands(share))) = self.audit.settled.get_mut(position)
                    && share.claim.is_some()
                {
                    let superseded = Resolution::Superseded { by: winners.clone() };
                    *share = Share::nothing(share.claim, superseded);
                }
            }
        }
    }

    /// What is left to commit to of groups whose slices count.
    fn leave_to_pools(
        &mut self,
        component: &Component<'a>,
        choice: &Choice<'a>,
        pooled: &BTreeSet<&str>,
    ) {
        let is_sliced = |group: &&&str| {
            component.groups.contains(**group)
                && !choice.whole.contains(**group)
                && !winners_on(choice, group).is_empty()
        };
        let groups: Vec<&str> = pooled.iter().filter(is_sliced).copied().collect();
        if groups.is_empty() {
            return;
        }
        let mut left: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for &group in &groups {
            let Some(SubjectBill { bill, .. }) = (self.audit.bills)(group) else { continue };
            left.insert(group, bill.hours.iter().map(|hour| hour.on_demand_usd).collect());
        }
        let ids: Vec<&'a str> = choice.slices.keys().copied().collect();
        let mut unpriced: BTreeMap<String, Vec<Fingerprint>> = BTreeMap::new();
        for id in ids {
            let Some(replayed) = self.replayed(id, choice) else { continue };
            let open = self.unpriced_of(id, choice);
            for part in &replayed.parts {
                unpriced.entry(part.group_id.clone()).or_default().extend(open.iter().cloned());
            }
            if replayed.winners.is_empty() {
                continue;
            }
            for part in &replayed.parts {
                if let Some(left) = left.get_mut(part.group_id.as_str()) {
                    replayed.take_from(left, part);
                }
            }
        }
        for (group, committable_usd) in left {
            let winners = winners_on(choice, group);
            let mut unpriced = unpriced.remove(group).unwrap_or_default();
            unpriced
                .extend(self.audit.outcomes.remove(group).into_iter().flat_map(|of| of.unpriced));
            let leftover = Leftover { winners, unpriced, committable_usd };
            self.audit.outcomes.insert(group.to_owned(), leftover);
        }
    }

    /// Findings about a slice whose money is not known.
    fn unpriced_of(&self, id: &str, choice: &Choice<'a>) -> Vec<Fingerprint> {
        let positions = choice.slices.get(id).map_or(&[][..], |slices| &slices.positions);
        let open = positions.iter().filter(|&&position| {
            self.audit
                .settled
                .get(position)
                .and_then(Option::as_ref)
                .is_some_and(Settled::is_unpriced)
        });
        let found = open.filter_map(|&position| self.audit.findings.get(position));
        found.map(|finding| finding.fingerprint.clone()).collect()
    }

    fn replayed(&mut self, id: &'a str, choice: &Choice<'a>) -> Option<Replayed> {
        let positions = choice.slices.get(id)?.positions.clone();
        let (subject, parts) = self.bill(id, &choice.whole)?;
        let GroupOutcome { winners, hours, .. } =
            self.replay(id, &positions, &subject, Wanted::Hours);
        let is_repriced = self.audit.picked(&positions).into_iter().any(|finding| {
            winners.contains(&finding.fingerprint)
                && matches!(finding.action, Action::Reprice { .. } | Action::Reroute { .. })
        });
        Some(Replayed { parts, before: subject.bill.hours, after: hours, is_repriced, winners })
    }
}

/// What slices save of each group.
fn sums(choice: &Choice<'_>) -> BTreeMap<String, Money> {
    let mut sums: BTreeMap<String, Money> = BTreeMap::new();
    for sliced in choice.slices.values() {
        for (group, &money) in &sliced.by_group {
            let sum = sums.entry(group.clone()).or_default();
            *sum = plus(*sum, money);
        }
    }
    sums
}

/// The findings of slices that save something of a group, sorted.
fn winners_on(choice: &Choice<'_>, group: &str) -> Vec<Fingerprint> {
    let winners: BTreeSet<&Fingerprint> = choice
        .slices
        .values()
        .filter(|sliced| sliced.by_group.get(group).is_some_and(|money| money.is_worth_something()))
        .flat_map(|sliced| &sliced.winners)
        .collect();
    winners.into_iter().cloned().collect()
}

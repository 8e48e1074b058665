//! What slices of nodes cost: workloads by what they held, and the unallocated rest.

use std::collections::BTreeMap;

use super::{
    allocation::Allocation,
    hourly::HourlyCost,
    measure::Facts,
    subject::{CostBasis, SPARE, Subject, SubjectCost},
};
use crate::frame::ResourceRow;

/// End of the id of a node's unallocated part.
const SUFFIX: &str = "/unallocated";

/// The unallocated part of a node, as a resource. Whether there is one is known only with the pods.
pub(super) fn spare_row(node: &ResourceRow) -> ResourceRow {
    ResourceRow {
        resource_id: format!("{}{SUFFIX}", node.resource_id),
        kind: SPARE.to_owned(),
        backed_by: None,
        has_idle_shutdown: None,
        has_checkpoint: None,
        has_preallocated_memory: None,
        ..node.clone()
    }
}

/// The node that a slice is the unallocated part of.
fn node_of_spare<'i>(subject: &Subject<'_>, id: &'i str) -> Option<&'i str> {
    id.strip_suffix(SUFFIX).filter(|_| subject.row.kind == SPARE)
}

/// What a slice has of one node.
pub(super) struct Part<'s, 'a> {
    pub(super) node: &'s Subject<'a>,
    /// Share of the node, by hour of the window.
    pub(super) shares: Vec<f64>,
}

impl Part<'_, '_> {
    /// What the part costs. `None`: the cost of the node is not known.
    pub(super) fn cost(&self) -> Option<(HourlyCost, CostBasis)> {
        let (mut cost, basis) = self.node.hourly_cost()?;
        cost.scale(&self.shares);
        Some((cost, basis))
    }
}

/// The parts of a slice, one per node. Empty: it is no slice, or the pods are not known.
pub(super) fn parts<'s, 'a>(
    subjects: &'s BTreeMap<&'a str, Subject<'a>>,
    allocation: &Allocation<'a>,
    id: &str,
) -> Vec<Part<'s, 'a>> {
    let Some(subject) = subjects.get(id).filter(|subject| subject.is_slice()) else {
        return Vec::new();
    };
    let part = |node_id: &str, spare: bool| {
        let hold = allocation.node(node_id)?;
        let shares = if spare { hold.spare_shares() } else { hold.shares_of(id) };
        Some(Part { node: subjects.get(node_id)?, shares })
    };
    match node_of_spare(subject, id) {
        Some(node_id) => part(node_id, true).into_iter().collect(),
        None => allocation.nodes_of(id).iter().filter_map(|node_id| part(node_id, false)).collect(),
    }
}

/// What parts cost together. `None`: there are none, or the cost of one is not known.
pub(super) fn cost(parts: &[Part<'_, '_>]) -> Option<(HourlyCost, CostBasis)> {
    let mut costs = parts.iter().map(Part::cost);
    let (mut total, mut basis) = costs.next()??;
    for cost in costs {
        let (cost, other) = cost?;
        total.add(&cost);
        if other == CostBasis::ListPrice {
            basis = other;
        }
    }
    Some((total, basis))
}

/// Works out when slices ran and what they cost, once all nodes are known. A spare part of a node whose pods are not known
/// is no subject.
pub(super) fn settle<'a>(
    subjects: &mut BTreeMap<&'a str, Subject<'a>>,
    allocation: &Allocation<'a>,
) {
    let slices: Vec<&'a str> =
        subjects.iter().filter(|(_, subject)| subject.is_slice()).map(|(id, _)| *id).collect();
    for id in slices {
        let parts = parts(subjects, allocation, id);
        let is_spare = subjects.get(id).is_some_and(|subject| subject.row.kind == SPARE);
        if parts.is_empty() {
            if is_spare {
                subjects.remove(id);
            }
            continue;
        }
        let running = if is_spare {
            parts.first().and_then(|part| part.node.running.clone())
        } else {
            Some(hours_held(&parts))
        };
        let cost = cost(&parts).map(|(cost, basis)| SubjectCost {
            total_usd: cost.total_usd(),
            committed_ratio: cost.committed_ratio(),
            basis,
        });
        if let Some(subject) = subjects.get_mut(id) {
            subject.running = running;
            subject.cost = cost;
        }
    }
}

/// The hours in which any part held something.
fn hours_held(parts: &[Part<'_, '_>]) -> Vec<bool> {
    let hours = parts.first().map_or(0, |part| part.shares.len());
    (0..hours)
        .map(|hour| {
            parts.iter().any(|part| part.shares.get(hour).is_some_and(|&share| share > 0.0))
        })
        .collect()
}

impl<'a> Facts<'a> {
    /// The parts of a slice by the resource that pays for each, with what they cost. `None`: it is no slice, or its cost is
    /// not known.
    pub fn slices(&self, id: &str) -> Option<Vec<(&'a str, HourlyCost)>> {
        let parts = parts(&self.subjects, &self.allocation, id);
        let paid: Option<Vec<_>> =
            parts.iter().map(|part| Some((part.node.pair.payer_id(), part.cost()?.0))).collect();
        paid.filter(|parts| !parts.is_empty())
    }

    /// The capacity reservation that something runs in, or one of the nodes that it has a slice of. `None`: none is known.
    pub fn reserved_in(&self, id: &str) -> Option<&str> {
        let own = self.subject(id)?.reserved_in();
        own.or_else(|| {
            let parts = parts(&self.subjects, &self.allocation, id);
            parts.into_iter().find_map(|part| part.node.reserved_in())
        })
    }
}

//! Who held which part of a node's accelerators, hour by hour.
//!
//! A node's cost is split by physical accelerators held: what pods do not hold is unallocated. Pods that ask for more than
//! there is get proportionally less, so that the parts of an hour always add up to the node and none is negative.

use std::collections::BTreeMap;

use super::subject::Subject;
use crate::{
    frame::{Aliases, WorkloadRow},
    window::{MS_PER_HOUR, Window},
};

/// Kind of the pods that run on every node and hold none up.
const DAEMON_KIND: &str = "daemonset";

/// A pod on a node: when it ran there and what it held.
#[derive(Debug, Clone)]
pub(super) struct Pod<'a> {
    pub(super) row: &'a WorkloadRow,
    /// Global id of its workload.
    pub(super) workload_id: String,
    /// Physical accelerators; 0 for a pod that holds none.
    pub(super) gpus: f64,
}

impl Pod<'_> {
    /// The hours of the window in which it ran, by position, with the share of each.
    pub(super) fn hours(&self, window: Window) -> impl Iterator<Item = (usize, f64)> + use<> {
        let ended = self.row.ended_at.map(|at| at.0);
        lifetime_shares(window, Some(self.row.started_at.0), ended)
    }

    pub(super) fn holds_gpus(&self) -> bool {
        self.gpus > 0.0
    }

    /// Whether it runs on every node, and so keeps none of them.
    pub(super) fn is_daemon(&self) -> bool {
        self.row.kind.as_deref() == Some(DAEMON_KIND)
    }
}

/// The shares of a window's hours between two instants; the ends may be open.
pub(super) fn lifetime_shares(
    window: Window,
    from_ms: Option<i64>,
    to_ms: Option<i64>,
) -> impl Iterator<Item = (usize, f64)> + use<> {
    let (start, end) = (window.start * MS_PER_HOUR, window.end * MS_PER_HOUR);
    let from = from_ms.unwrap_or(start).clamp(start, end);
    let to = to_ms.unwrap_or(end).clamp(from, end);
    let first = (from - start).div_euclid(MS_PER_HOUR);
    let last = (to - start + MS_PER_HOUR - 1).div_euclid(MS_PER_HOUR);
    (first..last).filter_map(move |hour| {
        let begins = start + hour * MS_PER_HOUR;
        let overlap = to.min(begins + MS_PER_HOUR) - from.max(begins);
        let share = overlap as f64 / MS_PER_HOUR as f64;
        (share > 0.0).then_some((usize::try_from(hour).ok()?, share))
    })
}

/// One node's accelerators and who held them.
#[derive(Debug, Clone)]
pub(super) struct NodeHold<'a> {
    pub(super) gpu_count: f64,
    window: Window,
    /// Accelerators there, by hour: a part of them in the hour in which the node starts or stops.
    there: Vec<f64>,
    /// Accelerators that pods asked for, by hour.
    asked: Vec<f64>,
    pub(super) pods: Vec<Pod<'a>>,
}

impl<'a> NodeHold<'a> {
    /// `None`: the pods on it are not known (every node runs some), or its accelerators cannot be counted.
    fn of(node: &Subject<'a>, aliases: &Aliases) -> Option<Self> {
        let gpu_count = node.gpu_count().filter(|count| *count > 0.0)?;
        let rows = node.work.iter().filter(|_| node.row.kind == "node");
        let pods: Vec<Pod<'a>> = rows.map(|row| pod(row, aliases)).collect();
        if pods.is_empty() {
            return None;
        }
        let window = node.world.window;
        let mut there = vec![0.0; window.hour_count()];
        let stopped = node.row.stopped_at.filter(|_| node.row.state.as_deref() != Some("running"));
        let launched = node.row.launched_at.map(|at| at.0);
        for (hour, share) in lifetime_shares(window, launched, stopped.map(|at| at.0)) {
            add_at(&mut there, hour, gpu_count * share);
        }
        let mut asked = vec![0.0; window.hour_count()];
        for pod in pods.iter().filter(|pod| pod.holds_gpus()) {
            for (hour, share) in pod.hours(window) {
                add_at(&mut asked, hour, pod.gpus * share);
            }
        }
        Some(Self { gpu_count, window, there, asked, pods })
    }

    /// The share of each hour of the node that the pods of one workload held.
    pub(super) fn shares_of(&self, workload_id: &str) -> Vec<f64> {
        let mut held = vec![0.0; self.window.hour_count()];
        let own = self.pods.iter().filter(|pod| pod.workload_id == workload_id);
        for pod in own.filter(|pod| pod.holds_gpus()) {
            for (hour, share) in pod.hours(self.window) {
                add_at(&mut held, hour, pod.gpus * share);
            }
        }
        for (hour, held) in held.iter_mut().enumerate() {
            let whole = self.there_or_asked(hour);
            *held = if whole > 0.0 { *held / whole } else { 0.0 };
        }
        held
    }

    /// The share of each hour of the node that no pod held.
    pub(super) fn spare_shares(&self) -> Vec<f64> {
        (0..self.window.hour_count())
            .map(|hour| {
                let whole = self.there_or_asked(hour);
                if whole > 0.0 { self.unheld(hour) / whole } else { 1.0 }
            })
            .collect()
    }

    /// Accelerators that pods held in an hour, never more than there were.
    pub(super) fn held(&self, hour: usize) -> f64 {
        at(&self.asked, hour).min(at(&self.there, hour))
    }

    /// Accelerators that no pod held in an hour.
    pub(super) fn unheld(&self, hour: usize) -> f64 {
        (at(&self.there, hour) - at(&self.asked, hour)).max(0.0)
    }

    fn there_or_asked(&self, hour: usize) -> f64 {
        at(&self.there, hour).max(at(&self.asked, hour))
    }
}

fn pod<'a>(row: &'a WorkloadRow, aliases: &Aliases) -> Pod<'a> {
    let id = aliases.resolve(&row.workload_id).unwrap_or_else(|| row.workload_id.clone());
    let gpus = row.gpu_requested_count.filter(|count| count.is_finite() && *count > 0.0);
    Pod { row, workload_id: id, gpus: gpus.unwrap_or_default() }
}

fn at(values: &[f64], hour: usize) -> f64 {
    values.get(hour).copied().unwrap_or_default()
}

fn add_at(values: &mut [f64], hour: usize, amount: f64) {
    if let Some(value) = values.get_mut(hour) {
        *value += amount;
    }
}

/// All nodes whose pods are known.
#[derive(Debug, Clone, Default)]
pub(super) struct Allocation<'a> {
    nodes: BTreeMap<&'a str, NodeHold<'a>>,
    /// Nodes on which a workload held accelerators.
    by_workload: BTreeMap<String, Vec<&'a str>>,
}

impl<'a> Allocation<'a> {
    /// Reads the pods of all nodes. A node and the machine beneath it are one: the node's name stands for both.
    pub(super) fn of(subjects: &BTreeMap<&'a str, Subject<'a>>, aliases: &Aliases) -> Self {
        let mut allocation = Self::default();
        for subject in subjects.values().filter(|subject| !subject.is_beneath_node()) {
            let Some(hold) = NodeHold::of(subject, aliases) else { continue };
            let node_id = subject.row.resource_id.as_str();
            for pod in hold.pods.iter().filter(|pod| pod.holds_gpus()) {
                let nodes = allocation.by_workload.entry(pod.workload_id.clone()).or_default();
                if nodes.last() != Some(&node_id) {
                    nodes.push(node_id);
                }
            }
            allocation.nodes.insert(node_id, hold);
        }
        allocation
    }

    /// What is held of a node. `None`: the pods on it are not known.
    pub(super) fn node(&self, id: &str) -> Option<&NodeHold<'a>> {
        self.nodes.get(id)
    }

    /// All nodes whose pods are known.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (&'a str, &NodeHold<'a>)> {
        self.nodes.iter().map(|(id, hold)| (*id, hold))
    }

    /// The nodes on which a workload held accelerators.
    pub(super) fn nodes_of(&self, workload_id: &str) -> &[&'a str] {
        self.by_workload.get(workload_id).map_or(&[], Vec::as_slice)
    }
}

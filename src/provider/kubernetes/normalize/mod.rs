//! From a cluster as plain values to rows of frames. Pure: no request, no file. Units are converted here and nowhere else.

mod accelerator;
mod kind;
mod nodes;
mod requests;
#[cfg(test)]
mod tests;
mod usage;
mod workloads;

use std::collections::{BTreeMap, BTreeSet};

use self::accelerator::Accelerators;
use super::{
    model::{Cluster, OwnerKey, PodKey},
    telemetry::{Devices, PodName},
};
use crate::window::Window;

/// Name of the provider in ids.
const PROVIDER: &str = "kubernetes";

/// What rows of a cluster have in common: ids, and who belongs to whom.
#[derive(Debug)]
pub(super) struct Inventory<'a> {
    name: &'a str,
    window: Window,
    cluster: &'a Cluster,
    nodes: BTreeMap<&'a str, NodeFacts>,
    /// Owners of pods that held accelerators.
    holders: BTreeMap<OwnerKey, Holder<'a>>,
    /// Pods in which a serving engine was measured.
    engines: &'a BTreeSet<PodName>,
}

/// A workload, as far as asking about its hours needs it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Share {
    /// Its global id.
    pub(super) id: String,
    /// Its pods.
    pub(super) pods: Vec<PodName>,
    /// Hours of its accelerators within the window, each begun one counted.
    pub(super) gpu_hours: f64,
}

/// What is worked out once per node.
#[derive(Debug)]
struct NodeFacts {
    id: String,
    region: String,
    accelerators: Accelerators,
}

/// A workload and its pods.
#[derive(Debug)]
struct Holder<'a> {
    id: String,
    region: String,
    pods: Vec<&'a PodKey>,
}

impl<'a> Inventory<'a> {
    /// Of a cluster with a name. `engines` are pods in which a serving engine was measured.
    pub(super) fn new(
        name: &'a str,
        window: Window,
        cluster: &'a Cluster,
        devices: &Devices,
        engines: &'a BTreeSet<PodName>,
    ) -> Self {
        let nodes: BTreeMap<&str, NodeFacts> = cluster
            .nodes
            .iter()
            .map(|(node_name, node)| {
                let region = nodes::region(node).unwrap_or("global").to_owned();
                let accelerators = accelerator::of_node(node, devices.get(node_name));
                let id = format!("{PROVIDER}:{name}:{region}:node/{node_name}");
                (node_name.as_str(), NodeFacts { id, region, accelerators })
            })
            .collect();
        let mut inventory =
            Self { name, window, cluster, nodes, holders: BTreeMap::new(), engines };
        inventory.holders = inventory.find_holders();
        inventory
    }

    fn find_holders(&self) -> BTreeMap<OwnerKey, Holder<'a>> {
        let mut pods: BTreeMap<OwnerKey, Vec<&PodKey>> = BTreeMap::new();
        for (key, pod) in &self.cluster.pods {
            if self.held_count(key).is_some() {
                pods.entry(kind::owner(key, pod)).or_default().push(key);
            }
        }
        pods.into_iter()
            .map(|(owner, pods)| {
                let region = self.region_of(&pods);
                let id = self.workload_id(&region, &owner);
                (owner, Holder { id, region, pods })
            })
            .collect()
    }

    /// The region of all nodes that some pods ran on, else `global`.
    fn region_of(&self, pods: &[&PodKey]) -> String {
        let regions: BTreeSet<&str> = pods
            .iter()
            .filter_map(|key| self.node_of(key))
            .map(|node| node.region.as_str())
            .collect();
        let mut regions = regions.into_iter();
        match (regions.next(), regions.next()) {
            (Some(region), None) => region.to_owned(),
            _ => "global".to_owned(),
        }
    }

    fn workload_id(&self, region: &str, owner: &OwnerKey) -> String {
        let OwnerKey { namespace, kind, name } = owner;
        format!("{PROVIDER}:{}:{region}:{namespace}/{kind}/{name}", self.name)
    }

    fn node_of(&self, key: &PodKey) -> Option<&NodeFacts> {
        self.nodes.get(self.cluster.pods.get(key)?.node.as_deref()?)
    }

    /// Physical accelerators that a pod holds. `None`: none.
    fn held_count(&self, key: &PodKey) -> Option<f64> {
        let on = self.node_of(key).map(|node| &node.accelerators);
        accelerator::held_count(&self.cluster.pods.get(key)?.requests, on)
    }

    /// Workloads that held accelerators, by id.
    pub(super) fn workloads(&self) -> Vec<Share> {
        let name =
            |key: &&PodKey| PodName { namespace: key.namespace.clone(), name: key.name.clone() };
        let each = self.holders.values().map(|holder| {
            let mut pods: Vec<PodName> = holder.pods.iter().map(name).collect();
            pods.sort();
            pods.dedup();
            let hours = holder.pods.iter().map(|key| {
                let (from, to) = self.hours_of(key);
                (to - from).ceil() * self.held_count(key).unwrap_or_default().ceil()
            });
            Share { id: holder.id.clone(), gpu_hours: hours.sum(), pods }
        });
        let mut all: Vec<Share> = each.collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// Hours within the window in which a pod was there, from the first to after the last.
    fn hours_of(&self, key: &PodKey) -> (f64, f64) {
        let pod = self.cluster.pods.get(key);
        let hour = |at: Option<crate::frame::InstantMs>| {
            at.map(|at| at.0 as f64 / crate::window::MS_PER_HOUR as f64)
        };
        let (start, end) = (self.window.start as f64, self.window.end as f64);
        let from = hour(pod.and_then(|pod| pod.started_at)).unwrap_or(start).clamp(start, end);
        let to = hour(pod.and_then(|pod| pod.ended_at)).unwrap_or(end).clamp(from, end);
        (from, to)
    }

    /// Whether a pod shares an accelerator with others by time.
    pub(super) fn is_sharing(&self, pod: &PodName) -> bool {
        let first =
            PodKey { namespace: pod.namespace.clone(), name: pod.name.clone(), uid: String::new() };
        let mut own = self
            .cluster
            .pods
            .range(first..)
            .map(|(key, _)| key)
            .take_while(|key| key.namespace == pod.namespace && key.name == pod.name);
        own.any(|key| self.node_of(key).is_some_and(|node| node.accelerators.share_ratio < 1.0))
    }
}

//! A small cluster, written out, and the rows that it becomes.

mod hours;
mod inventory;

use std::collections::{BTreeMap, BTreeSet};

use super::Inventory;
use crate::{
    frame::InstantMs,
    provider::kubernetes::{
        model::{Cluster, Node, OwnerKey, Pod, PodKey},
        telemetry::{Devices, PodName},
    },
    window::Window,
};

const HOUR_MS: i64 = 3_600_000;
/// Ten hours.
const WINDOW: Window = Window { start: 100, end: 110 };

fn at(hour: f64) -> InstantMs {
    #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
    let ms = (hour * HOUR_MS as f64) as i64;
    InstantMs(ms)
}

fn text(list: &[(&str, &str)]) -> BTreeMap<String, String> {
    list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn amounts(list: &[(&str, f64)]) -> BTreeMap<String, f64> {
    list.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect()
}

fn cloud_node() -> Node {
    Node {
        provider_id: Some("aws:///eu-west-1a/i-0abc".to_owned()),
        labels: text(&[
            ("node.kubernetes.io/instance-type", "g5.12xlarge"),
            ("topology.kubernetes.io/region", "eu-west-1"),
            ("topology.kubernetes.io/zone", "eu-west-1a"),
            ("karpenter.sh/capacity-type", "spot"),
            ("nvidia.com/gpu.product", "NVIDIA-A10G"),
            ("nvidia.com/gpu.memory", "23028"),
        ]),
        capacity: amounts(&[("nvidia.com/gpu", 4.0), ("cpu", 48.0), ("memory", 206_158_430_208.0)]),
        created_at: Some(at(50.0)),
        ..Node::default()
    }
}

fn key(name: &str) -> PodKey {
    PodKey { namespace: "serving".to_owned(), name: name.to_owned(), uid: "u".to_owned() }
}

fn owner(kind: &str, name: &str) -> OwnerKey {
    OwnerKey { namespace: "serving".to_owned(), kind: kind.to_owned(), name: name.to_owned() }
}

fn pod(node: &str, owner: Option<OwnerKey>, gpus: f64, from: f64, to: Option<f64>) -> Pod {
    Pod {
        node: Some(node.to_owned()),
        owner,
        requests: if gpus > 0.0 { amounts(&[("nvidia.com/gpu", gpus)]) } else { amounts(&[]) },
        started_at: Some(at(from)),
        ended_at: to.map(at),
        ..Pod::default()
    }
}

fn cluster(nodes: &[(&str, Node)], pods: &[(&str, Pod)]) -> Cluster {
    Cluster {
        nodes: nodes.iter().map(|(name, node)| ((*name).to_owned(), node.clone())).collect(),
        pods: pods.iter().map(|(name, pod)| (key(name), pod.clone())).collect(),
        ..Cluster::default()
    }
}

fn pod_name(name: &str) -> PodName {
    PodName { namespace: "serving".to_owned(), name: name.to_owned() }
}

fn inventory<'a>(
    cluster: &'a Cluster,
    devices: &Devices,
    engines: &'a BTreeSet<PodName>,
) -> Inventory<'a> {
    Inventory::new("prod", WINDOW, cluster, devices, engines)
}

fn no_engines() -> &'static BTreeSet<PodName> {
    static NONE: BTreeSet<PodName> = BTreeSet::new();
    &NONE
}

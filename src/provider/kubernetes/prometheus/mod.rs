//! A cluster as a Prometheus-compatible server remembers it. Everything is added up there, by the hour; no raw sample
//! comes over the wire.

mod accelerators;
mod answer;
mod client;
mod discover;
mod engines;
mod failure;
mod fleet;
mod names;
mod nodes;
mod owners;
mod pods;
mod promql;
mod reader;
mod spelling;
mod split;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use accelerators::{Of, Unread, hours};
pub(super) use client::Server;
pub(super) use discover::discover;
pub(super) use engines::{EngineLabels, hours as engine_hours};
use fleet::OnDevice;
pub(super) use fleet::{Fleet, Labelling};
pub(super) use names::Metrics;

use reader::Reader;

use super::{
    model::{Cluster, Pod, PodKey, Quantities},
    observe::Observed,
    telemetry::PodName,
};
use crate::{
    frame::InstantMs,
    provider::{call::CallError, progress::Task},
    window::{HourNumber, Window},
};

/// Nodes whose pods are read together.
const NODES_TOGETHER: usize = 200;

/// Looks at the cluster over the window: which metrics there are, nodes, pods, owners and accelerators. An error means
/// that the server answers nothing.
pub(super) async fn observe(
    server: &Server,
    window: Window,
    task: &Task,
) -> Result<Observed, CallError> {
    let metrics = Metrics(server.metric_names(names::WANTED, window).await?);
    task.advance();
    let labels = if metrics.has_cluster() {
        server.label_names(names::CLUSTER_METRICS, window).await?
    } else {
        BTreeSet::new()
    };
    let reader = Reader::new(server, &metrics, &labels, window);
    let ids = nodes::all(&reader).await;
    let known: BTreeSet<String> = ids.keys().cloned().collect();
    let (fleet, unlisted) = if metrics.has_accelerators() {
        fleet::fleet(server, &metrics, &known, window).await
    } else {
        (Fleet::default(), Vec::new())
    };
    task.advance();
    let mut wanted = nodes::with_accelerators(&reader).await;
    wanted.extend(fleet.spellings.keys().cloned());
    let wanted: Vec<String> = wanted.into_iter().collect();
    let mut cluster =
        Cluster { nodes: nodes::read(&reader, &wanted, &ids).await, ..Cluster::default() };
    task.advance();
    for nodes in wanted.chunks(NODES_TOGETHER) {
        cluster.pods.append(&mut pods::read(&reader, nodes).await);
    }
    task.advance();
    owners::climb(&reader, &mut cluster.pods).await;
    fill_requests(&fleet, &mut cluster.pods);
    let holders = cluster.pods.values().filter(|pod| pods::has_accelerators(&pod.requests));
    let owners = holders.filter_map(|pod| pod.owner.clone()).collect();
    cluster.owners = owners::read(&reader, &owners).await;
    if cluster.pods.is_empty() {
        cluster.pods = pods_of(&fleet, &lives(&reader, &fleet).await);
    }
    if ids.is_empty() {
        let gone = accelerators::nodes_gone(&reader, &fleet).await;
        for (name, node) in &mut cluster.nodes {
            node.gone_at = gone.get(name).copied();
        }
    }
    task.advance();
    let engine_labels = if metrics.has_engines() {
        EngineLabels::of(&server.label_names(names::ENGINE_METRICS, window).await?)
    } else {
        None
    };
    let mut engine_pods = BTreeSet::new();
    if let Some(labels) = &engine_labels {
        engine_pods = engines::pods(&reader, labels).await;
    }
    Ok(Observed {
        first_hour: first_hour(&reader).await,
        unread: reader.unread(),
        cluster,
        fleet,
        engine_labels,
        engine_pods,
        unlisted,
        gaps: Vec::new(),
        metrics,
    })
}

/// First hour in which anything was there, looked at once an hour.
async fn first_hour(reader: &Reader<'_>) -> Option<HourNumber> {
    let mut first: Option<f64> = None;
    for metric in ["DCGM_FI_DEV_GPU_UTIL", "kube_pod_info"] {
        if !reader.metrics.has(metric) {
            continue;
        }
        let series = reader.select(metric, &[]);
        let values = reader
            .values(&[String::new()], 1, |_, span| {
                format!("min_over_time(timestamp(count({series}))[{span}:1h])")
            })
            .await;
        let earliest = values.iter().filter_map(answer::Series::last).reduce(f64::min);
        first = match (first, earliest) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    first.map(|seconds| accelerators::hour_before(seconds) + 1)
}

/// Without kube-state-metrics, a pod lived as long as an accelerator was measured under its name.
async fn lives(reader: &Reader<'_>, fleet: &Fleet) -> BTreeMap<PodName, [Option<InstantMs>; 2]> {
    let mut lives: BTreeMap<PodName, [Option<InstantMs>; 2]> = BTreeMap::new();
    for (at, across) in ["min", "max"].into_iter().enumerate() {
        for (pod, seconds) in accelerators::seen(reader, fleet, across).await {
            if let Some(slot) = lives.entry(pod).or_default().get_mut(at) {
                let seen = nodes::instant(seconds);
                let known = slot.get_or_insert(seen);
                *known = if at == 0 { seen.min(*known) } else { seen.max(*known) };
            }
        }
    }
    let present = InstantMs(reader.window.end_at().as_millisecond() - nodes::STILL_THERE_MS);
    for [_, last] in lives.values_mut() {
        *last = last.filter(|at| *at < present);
    }
    lives
}

/// Pods as the series of accelerators name them.
fn pods_of(
    fleet: &Fleet,
    lives: &BTreeMap<PodName, [Option<InstantMs>; 2]>,
) -> BTreeMap<PodKey, Pod> {
    let pod = |(name, held): (&PodName, &BTreeSet<OnDevice>)| {
        let key = PodKey {
            namespace: name.namespace.clone(),
            name: name.name.clone(),
            uid: String::new(),
        };
        let node = held.first().map(|(node, ..)| node.clone());
        let requests = requests(held, node.as_deref());
        let [started_at, ended_at] = lives.get(name).copied().unwrap_or_default();
        (key, Pod { node, requests, started_at, ended_at, ..Pod::default() })
    };
    fleet.held.iter().map(pod).collect()
}

/// A pod that was given accelerators without asking for a number of them, as by dynamic resource allocation, holds those it
/// was seen on.
fn fill_requests(fleet: &Fleet, pods: &mut BTreeMap<PodKey, Pod>) {
    for (key, pod) in pods.iter_mut().filter(|(_, pod)| !pods::has_accelerators(&pod.requests)) {
        let name = PodName { namespace: key.namespace.clone(), name: key.name.clone() };
        if let Some(held) = fleet.held.get(&name) {
            pod.requests.extend(requests(held, pod.node.as_deref()));
        }
    }
}

/// What was held on one node, as a pod would have asked for it.
fn requests(held: &BTreeSet<OnDevice>, on: Option<&str>) -> Quantities {
    let mut requests = Quantities::new();
    for (_, _, slice) in held.iter().filter(|(node, ..)| Some(node.as_str()) == on) {
        let resource = slice.as_ref().map_or_else(
            || "nvidia.com/gpu".to_owned(),
            |slice| format!("nvidia.com/mig-{}", slice.profile),
        );
        *requests.entry(resource).or_default() += 1.0;
    }
    requests
}

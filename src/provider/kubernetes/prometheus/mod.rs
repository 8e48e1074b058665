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
pub(super) use fleet::{Fleet, Labelling};
pub(super) use names::Metrics;

use reader::Reader;

use super::{
    model::{Cluster, Pod, PodKey},
    observe::Observed,
    telemetry::{MigSlice, PodName},
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
        server.label_names("kube_(pod|node)_info", window).await?
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
    let holders = cluster.pods.values().filter(|pod| pods::has_accelerators(&pod.requests));
    let owners = holders.filter_map(|pod| pod.owner.clone()).collect();
    cluster.owners = owners::read(&reader, &owners).await;
    if cluster.pods.is_empty() {
        cluster.pods = pods_of(&fleet, &lives(&reader, &fleet).await);
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

/// Pods as the series of accelerators name them. What they were seen on is what they asked for.
fn pods_of(
    fleet: &Fleet,
    lives: &BTreeMap<PodName, [Option<InstantMs>; 2]>,
) -> BTreeMap<PodKey, Pod> {
    let pod = |(name, held): (&PodName, &BTreeSet<_>)| {
        let key = PodKey {
            namespace: name.namespace.clone(),
            name: name.name.clone(),
            uid: String::new(),
        };
        let mut pod = Pod::default();
        for (node, _, slice) in held {
            let node: &String = node;
            let slice: &Option<MigSlice> = slice;
            pod.node.get_or_insert_with(|| node.clone());
            if pod.node.as_ref() != Some(node) {
                continue;
            }
            let resource = slice.as_ref().map_or_else(
                || "nvidia.com/gpu".to_owned(),
                |slice| format!("nvidia.com/mig-{}", slice.profile),
            );
            *pod.requests.entry(resource).or_default() += 1.0;
        }
        let [started_at, ended_at] = lives.get(name).copied().unwrap_or_default();
        (key, Pod { started_at, ended_at, ..pod })
    };
    fleet.held.iter().map(pod).collect()
}

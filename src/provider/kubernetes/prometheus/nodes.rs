//! Nodes over the window, from kube-state-metrics.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    answer::{LabelSet, Series},
    promql::one_of,
    reader::Reader,
    spelling::{self, ACCELERATORS},
};
use crate::{
    frame::InstantMs,
    provider::kubernetes::model::{Node, Quantities},
};

/// Nodes in one request.
const NODES: usize = 100;

/// Names and ids of all nodes of the cluster, with accelerators or without.
pub(super) async fn all(reader: &Reader<'_>) -> BTreeMap<String, Option<String>> {
    if !reader.metrics.has("kube_node_info") {
        return BTreeMap::new();
    }
    let sets =
        reader.sets(&[String::new()], 1, |_| vec![reader.select("kube_node_info", &[])]).await;
    let named = |set: &LabelSet| Some(reader.value(set, "node")?.to_owned());
    sets.iter()
        .filter_map(|set| Some((named(set)?, reader.value(set, "provider_id").map(str::to_owned))))
        .collect()
}

/// Names of nodes that have accelerators to offer.
pub(super) async fn with_accelerators(reader: &Reader<'_>) -> BTreeSet<String> {
    let metrics = ["kube_node_status_capacity", "kube_node_status_allocatable"];
    let matcher = format!("resource=~\"{ACCELERATORS}\"");
    let mut found = BTreeSet::new();
    for metric in metrics.into_iter().filter(|metric| reader.metrics.has(metric)) {
        let series = reader.select(metric, &[&matcher]);
        let by = reader.by(&["node"]);
        let values = reader
            .values(&[String::new()], 1, |_, span| {
                format!("max by ({by}) (max_over_time({series}[{span}])) > 0")
            })
            .await;
        found.extend(
            values
                .iter()
                .filter_map(|series| reader.value(&series.labels, "node"))
                .map(str::to_owned),
        );
    }
    found
}

/// What is known of some nodes.
pub(super) async fn read(
    reader: &Reader<'_>,
    names: &[String],
    ids: &BTreeMap<String, Option<String>>,
) -> BTreeMap<String, Node> {
    let mut nodes: BTreeMap<String, Node> = names
        .iter()
        .map(|name| {
            let provider_id = ids.get(name).cloned().flatten();
            (name.clone(), Node { provider_id, ..Node::default() })
        })
        .collect();
    let of = |series: &Series| reader.value(&series.labels, "node").map(str::to_owned);
    for series in quantities(reader, names, "kube_node_status_capacity").await {
        put(&mut nodes, of(&series), |node| quantity(&mut node.capacity, reader, &series));
    }
    for series in quantities(reader, names, "kube_node_status_allocatable").await {
        put(&mut nodes, of(&series), |node| quantity(&mut node.allocatable, reader, &series));
    }
    for set in labels(reader, names).await {
        let name = reader.value(&set, "node").map(str::to_owned);
        put(&mut nodes, name, |node| node.labels.extend(labels_of(&set)));
    }
    for series in created(reader, names).await {
        put(&mut nodes, of(&series), |node| node.created_at = series.last().map(instant));
    }
    for series in last_seen(reader, names).await {
        let seen = series.last().map(instant);
        put(&mut nodes, of(&series), |node| node.gone_at = seen.max(node.gone_at));
    }
    let present = InstantMs(reader.window.end_at().as_millisecond() - STILL_THERE_MS);
    for node in nodes.values_mut() {
        node.gone_at = node.gone_at.filter(|at| *at < present);
    }
    nodes
}

/// What was seen this shortly before the end of the window is still there.
pub(super) const STILL_THERE_MS: i64 = 11 * 60 * 1000;

/// Seconds since 1970 as an instant.
pub(super) fn instant(seconds: f64) -> InstantMs {
    #[expect(clippy::cast_possible_truncation, reason = "instants of this century fit")]
    let ms = (seconds * 1000.0).round() as i64;
    InstantMs(ms)
}

/// Labels of an object, by their keys.
pub(super) fn labels_of(set: &LabelSet) -> impl Iterator<Item = (String, String)> {
    set.iter()
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(label, value)| Some((spelling::key(label)?, value.clone())))
}

fn put(nodes: &mut BTreeMap<String, Node>, name: Option<String>, change: impl FnOnce(&mut Node)) {
    if let Some(node) = name.and_then(|name| nodes.get_mut(&name)) {
        change(node);
    }
}

fn quantity(quantities: &mut Quantities, reader: &Reader<'_>, series: &Series) {
    if let (Some(resource), Some(value)) = (reader.value(&series.labels, "resource"), series.last())
    {
        let most = quantities.entry(spelling::resource(resource)).or_default();
        *most = most.max(value);
    }
}

async fn quantities(reader: &Reader<'_>, names: &[String], metric: &str) -> Vec<Series> {
    if !reader.metrics.has(metric) {
        return Vec::new();
    }
    let by = reader.by(&["node", "resource"]);
    let resources = format!("resource=~\"cpu|memory|{ACCELERATORS}\"");
    reader
        .values(names, NODES, |names, span| {
            let series = reader.select(metric, &[&node_is(reader, names), &resources]);
            format!("max by ({by}) (max_over_time({series}[{span}]))")
        })
        .await
}

async fn labels(reader: &Reader<'_>, names: &[String]) -> Vec<LabelSet> {
    if !reader.metrics.has("kube_node_labels") {
        return Vec::new();
    }
    reader
        .sets(names, NODES, |names| {
            vec![reader.select("kube_node_labels", &[&node_is(reader, names)])]
        })
        .await
}

async fn created(reader: &Reader<'_>, names: &[String]) -> Vec<Series> {
    if !reader.metrics.has("kube_node_created") {
        return Vec::new();
    }
    let by = reader.by(&["node"]);
    reader
        .values(names, NODES, |names, span| {
            let series = reader.select("kube_node_created", &[&node_is(reader, names)]);
            format!("max by ({by}) (max_over_time({series}[{span}]))")
        })
        .await
}

async fn last_seen(reader: &Reader<'_>, names: &[String]) -> Vec<Series> {
    if !reader.metrics.has("kube_node_info") {
        return Vec::new();
    }
    reader
        .values(names, NODES, |names, span| {
            let series = reader.select("kube_node_info", &[&node_is(reader, names)]);
            reader.glance("max", &["node"], &series, span)
        })
        .await
}

/// A matcher of the node's name.
pub(super) fn node_is(reader: &Reader<'_>, names: &[String]) -> String {
    one_of(&reader.label("node"), names.iter().map(String::as_str))
}

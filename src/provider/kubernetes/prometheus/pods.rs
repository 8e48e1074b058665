//! Pods over the window, also those that ended, from kube-state-metrics.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    answer::{LabelSet, Series},
    nodes::{STILL_THERE_MS, instant, labels_of, node_is},
    promql::one_of,
    reader::Reader,
    spelling::{self, ACCELERATORS},
};
use crate::{
    frame::InstantMs,
    provider::kubernetes::model::{OwnerKey, Pod, PodKey, Quantities},
};

/// Nodes in one request about their pods.
const NODES: usize = 50;
/// Pods in one request.
const PODS: usize = 300;
/// What identifies a pod.
const POD: [&str; 3] = ["namespace", "pod", "uid"];
/// A pod that was never seen at a glance lived for less than the time between two.
const SHORT_LIFE_MS: i64 = 5 * 60 * 1000;

type Pods = BTreeMap<PodKey, Pod>;

/// Pods that ran on some nodes. Their owners are those that the pods themselves name.
pub(super) async fn read(reader: &Reader<'_>, nodes: &[String]) -> Pods {
    let mut pods = found(reader, nodes).await;
    if pods.is_empty() {
        return pods;
    }
    requests(reader, nodes, &mut pods).await;
    let names: Vec<String> = names(&pods, |_| true);
    let mut started = values(reader, &names, "kube_pod_start_time", "max").await;
    if started.is_empty() {
        started = by_pod(reader, &glances(reader, nodes, "min").await);
    }
    let times = Times {
        started,
        completed: values(reader, &names, "kube_pod_completion_time", "max").await,
        running: running(reader, &names).await,
        seen: by_pod(reader, &glances(reader, nodes, "max").await),
    };
    let end = InstantMs(reader.window.end_at().as_millisecond());
    for (key, pod) in &mut pods {
        times.set(key, pod, end);
    }
    let holders = self::names(&pods, |pod| has_accelerators(&pod.requests));
    describe(reader, &holders, &mut pods).await;
    pods
}

/// Whether any accelerator is asked for.
pub(super) fn has_accelerators(requests: &Quantities) -> bool {
    requests.iter().any(|(name, count)| name.contains('/') && *count > 0.0)
}

fn names(pods: &Pods, wanted: impl Fn(&Pod) -> bool) -> Vec<String> {
    let names: BTreeSet<&String> =
        pods.iter().filter(|(_, pod)| wanted(pod)).map(|(key, _)| &key.name).collect();
    names.into_iter().cloned().collect()
}

fn key(reader: &Reader<'_>, set: &LabelSet) -> Option<PodKey> {
    let text = |label| reader.value(set, label).unwrap_or_default().to_owned();
    let name = text("pod");
    (!name.is_empty()).then(|| PodKey { namespace: text("namespace"), name, uid: text("uid") })
}

fn by_pod(reader: &Reader<'_>, series: &[Series]) -> BTreeMap<PodKey, f64> {
    let mut values: BTreeMap<PodKey, f64> = BTreeMap::new();
    for series in series {
        if let (Some(key), Some(value)) = (key(reader, &series.labels), series.last()) {
            values.insert(key, value);
        }
    }
    values
}

async fn found(reader: &Reader<'_>, nodes: &[String]) -> Pods {
    if !reader.metrics.has("kube_pod_info") {
        return Pods::new();
    }
    let by = reader.by(&["namespace", "pod", "uid", "node", "created_by_kind", "created_by_name"]);
    let series = reader
        .values(nodes, NODES, |nodes, span| {
            let series = reader.select("kube_pod_info", &[&node_is(reader, nodes)]);
            format!("sum by ({by}) (count_over_time({series}[{span}]))")
        })
        .await;
    let mut pods = Pods::new();
    for Series { labels, .. } in &series {
        let Some(key) = key(reader, labels) else { continue };
        let owner = owner(reader, labels, &key.namespace);
        let pod = pods.entry(key).or_default();
        pod.node = reader.value(labels, "node").map(str::to_owned);
        pod.owner = owner;
    }
    pods
}

/// Static pods belong to their node, which owns nothing in the sense of a report.
fn owner(reader: &Reader<'_>, labels: &LabelSet, namespace: &str) -> Option<OwnerKey> {
    let kind = reader.value(labels, "created_by_kind")?.to_lowercase();
    let name = reader.value(labels, "created_by_name")?.to_owned();
    (kind != "node").then(|| OwnerKey { namespace: namespace.to_owned(), kind, name })
}

/// Containers of a pod run together and add up; those that prepare it run one after the other before.
async fn requests(reader: &Reader<'_>, nodes: &[String], pods: &mut Pods) {
    let by = reader.by(&["namespace", "pod", "uid", "container", "resource"]);
    let resources = format!("resource=~\"memory|{ACCELERATORS}\"");
    let mut together: BTreeMap<(PodKey, String), BTreeMap<String, f64>> = BTreeMap::new();
    let mut before: BTreeMap<(PodKey, String), f64> = BTreeMap::new();
    for metric in
        ["kube_pod_container_resource_requests", "kube_pod_init_container_resource_requests"]
    {
        if !reader.metrics.has(metric) {
            continue;
        }
        let series = reader
            .values(nodes, NODES, |nodes, span| {
                let series = reader.select(metric, &[&node_is(reader, nodes), &resources]);
                format!("max by ({by}) (max_over_time({series}[{span}]))")
            })
            .await;
        for series in &series {
            let (Some(key), Some(resource), Some(value)) = (
                key(reader, &series.labels),
                reader.value(&series.labels, "resource"),
                series.last(),
            ) else {
                continue;
            };
            let of = (key, spelling::resource(resource));
            if metric.contains("init") {
                let most = before.entry(of).or_default();
                *most = most.max(value);
            } else {
                let container = reader.value(&series.labels, "container").unwrap_or_default();
                together.entry(of).or_default().insert(container.to_owned(), value);
            }
        }
    }
    for ((key, resource), containers) in together {
        set_request(pods, &key, &resource, containers.into_values().sum());
    }
    for ((key, resource), count) in before {
        set_request(pods, &key, &resource, count);
    }
}

fn set_request(pods: &mut Pods, key: &PodKey, resource: &str, count: f64) {
    if let Some(pod) = pods.get_mut(key) {
        let most = pod.requests.entry(resource.to_owned()).or_default();
        *most = most.max(count);
    }
}

async fn glances(reader: &Reader<'_>, nodes: &[String], across: &str) -> Vec<Series> {
    reader
        .values(nodes, NODES, |nodes, span| {
            let series = reader.select("kube_pod_info", &[&node_is(reader, nodes)]);
            reader.glance(across, &POD, &series, span)
        })
        .await
}

fn pod_is(reader: &Reader<'_>, names: &[String]) -> String {
    one_of(&reader.label("pod"), names.iter().map(String::as_str))
}

async fn values(
    reader: &Reader<'_>,
    names: &[String],
    metric: &str,
    across: &str,
) -> BTreeMap<PodKey, f64> {
    if !reader.metrics.has(metric) {
        return BTreeMap::new();
    }
    let by = reader.by(&POD);
    let series = reader
        .values(names, PODS, |names, span| {
            let series = reader.select(metric, &[&pod_is(reader, names)]);
            format!("{across} by ({by}) (max_over_time({series}[{span}]))")
        })
        .await;
    by_pod(reader, &series)
}

/// When pods were last seen running. A pod that has ended stays listed for hours.
async fn running(reader: &Reader<'_>, names: &[String]) -> BTreeMap<PodKey, f64> {
    if !reader.metrics.has("kube_pod_status_phase") {
        return BTreeMap::new();
    }
    let series = reader
        .values(names, PODS, |names, span| {
            let phase = "phase=\"Running\"";
            let series = reader.select("kube_pod_status_phase", &[&pod_is(reader, names), phase]);
            reader.glance("max", &POD, &format!("{series} == 1"), span)
        })
        .await;
    by_pod(reader, &series)
}

/// When pods came and went, in seconds since 1970.
#[derive(Debug, Default)]
struct Times {
    started: BTreeMap<PodKey, f64>,
    completed: BTreeMap<PodKey, f64>,
    running: BTreeMap<PodKey, f64>,
    seen: BTreeMap<PodKey, f64>,
}

impl Times {
    fn set(&self, key: &PodKey, pod: &mut Pod, end: InstantMs) {
        let of = |map: &BTreeMap<PodKey, f64>| map.get(key).copied().map(instant);
        pod.started_at = of(&self.started);
        let last = of(&self.running).or_else(|| of(&self.seen));
        // A time of completion is that of one container where others go on.
        let is_there = last.is_some_and(|at| at.0 >= end.0 - STILL_THERE_MS);
        pod.ended_at = if is_there && of(&self.running).is_some() {
            None
        } else {
            let completed = of(&self.completed).filter(|at| *at < end);
            let short = pod.started_at.map(|at| InstantMs(at.0 + SHORT_LIFE_MS));
            completed
                .or_else(|| last.filter(|_| !is_there))
                .or_else(|| short.filter(|_| last.is_none()))
        };
        pod.ended_at = pod.ended_at.map(|at| at.max(pod.started_at.unwrap_or(at)));
    }
}

/// Labels, images and restarts of pods that hold accelerators.
async fn describe(reader: &Reader<'_>, names: &[String], pods: &mut Pods) {
    let metrics: Vec<&str> = ["kube_pod_labels", "kube_pod_container_info"]
        .into_iter()
        .filter(|metric| reader.metrics.has(metric))
        .collect();
    if !metrics.is_empty() {
        let sets = reader
            .sets(names, PODS, |names| {
                metrics
                    .iter()
                    .map(|metric| reader.select(metric, &[&pod_is(reader, names)]))
                    .collect()
            })
            .await;
        for set in &sets {
            let Some(pod) = key(reader, set).and_then(|key| pods.get_mut(&key)) else { continue };
            pod.labels.extend(labels_of(set));
            let image = reader.value(set, "image_spec").or_else(|| reader.value(set, "image"));
            pod.images.extend(image.map(without_tag));
            pod.images.sort();
            pod.images.dedup();
        }
    }
    let restarts = restarts(reader, names).await;
    for (key, count) in restarts {
        if let Some(pod) = pods.get_mut(&key) {
            #[expect(clippy::cast_possible_truncation, reason = "a count of restarts")]
            let count = count.round() as i64;
            pod.restart_count = Some(count);
        }
    }
}

async fn restarts(reader: &Reader<'_>, names: &[String]) -> BTreeMap<PodKey, f64> {
    let metric = "kube_pod_container_status_restarts_total";
    if !reader.metrics.has(metric) {
        return BTreeMap::new();
    }
    let (by, containers) = (reader.by(&POD), reader.by(&["namespace", "pod", "uid", "container"]));
    let series = reader
        .values(names, PODS, |names, span| {
            let series = reader.select(metric, &[&pod_is(reader, names)]);
            format!("sum by ({by}) (max by ({containers}) (max_over_time({series}[{span}])))")
        })
        .await;
    by_pod(reader, &series)
}

/// `registry.example.com/vllm/vllm-openai` of an image with its tag or digest.
fn without_tag(image: &str) -> String {
    let image = image.split('@').next().unwrap_or(image);
    let name = image.rfind('/').map_or(0, |at| at + 1);
    let end = image.get(name..).and_then(|rest| rest.find(':')).map_or(image.len(), |at| name + at);
    image.get(..end).unwrap_or(image).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> PodKey {
        PodKey { namespace: "ml".to_owned(), name: name.to_owned(), uid: "u".to_owned() }
    }

    /// Start and end in seconds of a pod that was seen at these seconds; the window ends at 100,000.
    fn ended(
        started: f64,
        completed: Option<f64>,
        running: Option<f64>,
        seen: Option<f64>,
    ) -> Option<i64> {
        let map = |value: Option<f64>| value.map(|value| (key("a"), value)).into_iter().collect();
        let times = Times {
            started: map(Some(started)),
            completed: map(completed),
            running: map(running),
            seen: map(seen),
        };
        let mut pod = Pod::default();
        times.set(&key("a"), &mut pod, InstantMs(100_000_000));
        pod.ended_at.map(|at| at.0 / 1000)
    }

    #[test]
    fn a_pod_that_runs_at_the_end_has_no_end() {
        assert_eq!(ended(50.0, None, Some(99_900.0), Some(99_900.0)), None);
    }

    #[test]
    fn a_completed_pod_ends_when_it_completed_though_it_is_still_listed() {
        assert_eq!(ended(50.0, Some(60_000.0), Some(59_700.0), Some(99_900.0)), Some(60_000));
    }

    #[test]
    fn a_pod_that_vanished_ends_when_it_was_last_running() {
        assert_eq!(ended(50.0, None, Some(70_200.0), Some(70_200.0)), Some(70_200));
    }

    #[test]
    fn a_pod_between_two_glances_lived_for_less_than_the_time_between_them() {
        assert_eq!(ended(50.0, None, None, None), Some(350));
    }

    #[test]
    fn without_phases_being_listed_is_all_there_is_to_go_by() {
        assert_eq!(ended(50.0, None, None, Some(99_900.0)), None);
        assert_eq!(ended(50.0, None, None, Some(40_000.0)), Some(40_000));
    }

    #[test]
    fn images_lose_tags_and_digests_but_not_ports() {
        for (image, name) in [
            ("vllm/vllm-openai:v0.6.3", "vllm/vllm-openai"),
            ("registry.example.com:5000/a/b:1", "registry.example.com:5000/a/b"),
            ("registry.example.com:5000/a/b", "registry.example.com:5000/a/b"),
            ("nginx@sha256:abc", "nginx"),
        ] {
            assert_eq!(without_tag(image), name);
        }
    }
}

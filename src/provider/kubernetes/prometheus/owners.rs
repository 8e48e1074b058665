//! What owns pods, up to the top, and what scales it, from kube-state-metrics.

use std::collections::{BTreeMap, BTreeSet};

use super::{answer::LabelSet, nodes::labels_of, promql::one_of, reader::Reader};
use crate::provider::kubernetes::model::{Owner, OwnerKey, Pod, PodKey, Scaling};

/// Owners in one request.
const OWNERS: usize = 300;

/// A kind of owner and where it is described.
struct Kind {
    name: &'static str,
    /// Label that names it.
    label: &'static str,
    labels_metric: &'static str,
    replicas_metric: Option<&'static str>,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "deployment",
        label: "deployment",
        labels_metric: "kube_deployment_labels",
        replicas_metric: Some("kube_deployment_spec_replicas"),
    },
    Kind {
        name: "statefulset",
        label: "statefulset",
        labels_metric: "kube_statefulset_labels",
        replicas_metric: Some("kube_statefulset_replicas"),
    },
    Kind {
        name: "job",
        label: "job_name",
        labels_metric: "kube_job_labels",
        replicas_metric: None,
    },
    Kind {
        name: "cronjob",
        label: "cronjob",
        labels_metric: "kube_cronjob_labels",
        replicas_metric: None,
    },
];

/// Replaces the owner of every pod by the one at the top of its chain.
pub(super) async fn climb(reader: &Reader<'_>, pods: &mut BTreeMap<PodKey, Pod>) {
    for (kind, metric, label) in [
        ("replicaset", "kube_replicaset_owner", "replicaset"),
        ("job", "kube_job_owner", "job_name"),
    ] {
        let above = above(reader, pods, kind, metric, label).await;
        for owner in pods.values_mut().filter_map(|pod| pod.owner.as_mut()) {
            if let Some(higher) = above.get(owner) {
                *owner = higher.clone();
            }
        }
    }
    // Notebooks run in a stateful set of their own; their pods say whose they are.
    for pod in pods.values_mut() {
        let notebook = pod.labels.get("notebook-name").cloned();
        if let (Some(owner), Some(name)) = (pod.owner.as_mut(), notebook)
            && owner.kind == "statefulset"
        {
            *owner = OwnerKey { kind: "notebook".to_owned(), name, ..owner.clone() };
        }
    }
}

async fn above(
    reader: &Reader<'_>,
    pods: &BTreeMap<PodKey, Pod>,
    kind: &str,
    metric: &str,
    label: &str,
) -> BTreeMap<OwnerKey, OwnerKey> {
    let owners = pods.values().filter_map(|pod| pod.owner.as_ref());
    let names: BTreeSet<&String> =
        owners.filter(|owner| owner.kind == kind).map(|owner| &owner.name).collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    if !reader.metrics.has(metric) || names.is_empty() {
        return BTreeMap::new();
    }
    let sets = reader
        .sets(&names, OWNERS, |names| {
            vec![reader.select(metric, &[&name_is(reader, label, names)])]
        })
        .await;
    let link = |set: &LabelSet| {
        let text = |label| reader.value(set, label).map(str::to_owned);
        let namespace = text("namespace").unwrap_or_default();
        let of = |kind: String, name| OwnerKey { namespace: namespace.clone(), kind, name };
        let own = of(kind.to_owned(), text(label)?);
        Some((own, of(text("owner_kind")?.to_lowercase(), text("owner_name")?)))
    };
    sets.iter().filter_map(link).collect()
}

fn name_is(reader: &Reader<'_>, label: &str, names: &[String]) -> String {
    one_of(&reader.label(label), names.iter().map(String::as_str))
}

/// What is known of the owners of some pods.
pub(super) async fn read(
    reader: &Reader<'_>,
    wanted: &BTreeSet<OwnerKey>,
) -> BTreeMap<OwnerKey, Owner> {
    let mut owners: BTreeMap<OwnerKey, Owner> =
        wanted.iter().map(|key| (key.clone(), Owner::default())).collect();
    for kind in &KINDS {
        let names: BTreeSet<&String> =
            wanted.iter().filter(|key| key.kind == kind.name).map(|key| &key.name).collect();
        let names: Vec<String> = names.into_iter().cloned().collect();
        if !names.is_empty() {
            labels(reader, kind, &names, &mut owners).await;
            replicas(reader, kind, &names, &mut owners).await;
        }
    }
    scaling(reader, &mut owners).await;
    owners
}

fn key(reader: &Reader<'_>, kind: &Kind, set: &LabelSet) -> Option<OwnerKey> {
    Some(OwnerKey {
        namespace: reader.value(set, "namespace")?.to_owned(),
        kind: kind.name.to_owned(),
        name: reader.value(set, kind.label)?.to_owned(),
    })
}

async fn labels(
    reader: &Reader<'_>,
    kind: &Kind,
    names: &[String],
    owners: &mut BTreeMap<OwnerKey, Owner>,
) {
    if !reader.metrics.has(kind.labels_metric) {
        return;
    }
    let sets = reader
        .sets(names, OWNERS, |names| {
            vec![reader.select(kind.labels_metric, &[&name_is(reader, kind.label, names)])]
        })
        .await;
    for set in &sets {
        if let Some(owner) = key(reader, kind, set).and_then(|key| owners.get_mut(&key)) {
            owner.labels.extend(labels_of(set));
        }
    }
}

/// Replicas asked for at the end of the window.
async fn replicas(
    reader: &Reader<'_>,
    kind: &Kind,
    names: &[String],
    owners: &mut BTreeMap<OwnerKey, Owner>,
) {
    let Some(metric) = kind.replicas_metric.filter(|metric| reader.metrics.has(metric)) else {
        return;
    };
    let by = reader.by(&["namespace", kind.label]);
    let series = reader
        .values(names, OWNERS, |names, _| {
            let series = reader.select(metric, &[&name_is(reader, kind.label, names)]);
            format!("max by ({by}) (last_over_time({series}[1h]))")
        })
        .await;
    for series in &series {
        if let Some(owner) = key(reader, kind, &series.labels).and_then(|key| owners.get_mut(&key))
        {
            owner.replica_count = series.last();
        }
    }
}

/// Horizontal pod autoscalers. That none names an owner says something only where any is reported at all: the exporter may
/// have been told to leave them out.
async fn scaling(reader: &Reader<'_>, owners: &mut BTreeMap<OwnerKey, Owner>) {
    let metric = "kube_horizontalpodautoscaler_info";
    if !reader.metrics.has(metric) {
        return;
    }
    let everything = [String::new()];
    let sets = reader.sets(&everything, 1, |_| vec![reader.select(metric, &[])]).await;
    let mut bounds: BTreeMap<(String, String), [Option<f64>; 2]> = BTreeMap::new();
    let by = reader.by(&["namespace", "horizontalpodautoscaler"]);
    for (at, metric) in [
        "kube_horizontalpodautoscaler_spec_min_replicas",
        "kube_horizontalpodautoscaler_spec_max_replicas",
    ]
    .into_iter()
    .enumerate()
    {
        let series = reader
            .values(&everything, 1, |_, span| {
                format!("max by ({by}) (last_over_time({}[{span}]))", reader.select(metric, &[]))
            })
            .await;
        for series in &series {
            if let Some(name) = scaler(reader, &series.labels)
                && let Some(bound) = bounds.entry(name).or_default().get_mut(at)
            {
                *bound = series.last();
            }
        }
    }
    for (key, owner) in owners.iter_mut() {
        if matches!(key.kind.as_str(), "deployment" | "statefulset") {
            owner.scaling = Some(Scaling::None);
        }
    }
    for set in &sets {
        let Some(name) = scaler(reader, set) else { continue };
        let target =
            reader.value(set, "scaletargetref_kind").zip(reader.value(set, "scaletargetref_name"));
        let Some((kind, target)) = target else { continue };
        let key = OwnerKey {
            namespace: name.0.clone(),
            kind: kind.to_lowercase(),
            name: target.to_owned(),
        };
        if let Some(owner) = owners.get_mut(&key) {
            let [min_count, max_count] = bounds.get(&name).copied().unwrap_or_default();
            owner.scaling = Some(Scaling::Scaler {
                kind: "HorizontalPodAutoscaler",
                min_count,
                max_count,
                has_schedule: false,
            });
        }
    }
}

fn scaler(reader: &Reader<'_>, set: &LabelSet) -> Option<(String, String)> {
    let text = |label| reader.value(set, label).map(str::to_owned);
    Some((text("namespace")?, text("horizontalpodautoscaler")?))
}

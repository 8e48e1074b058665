//! Which exporters, metrics and labels a Prometheus-compatible server has.

use std::collections::{BTreeMap, BTreeSet};

use super::{good, manifest};
use crate::provider::contract::{Check, CheckState};

/// What a server has of late, as plain values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Discovery {
    /// The cluster it is asked for.
    pub(in super::super) cluster: String,
    /// What it has of the metrics in question, by name. A metric without series is not in it.
    pub(in super::super) metrics: BTreeMap<String, Metric>,
}

/// What a server has of a metric.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Metric {
    /// Its series.
    pub(in super::super) series_count: u64,
    /// Names of labels that are not empty on any of them.
    pub(in super::super) labels: BTreeSet<String>,
}

/// A metric under all its spellings, and what its absence hides.
struct Wanted {
    what: &'static str,
    spellings: &'static [&'static str],
    state: CheckState,
    hides: &'static str,
    remedy: fn() -> String,
}

/// Metrics of accelerators.
const EXPORTED: &[Wanted] = &[
    Wanted {
        what: "use of GPUs",
        spellings: &[
            "DCGM_FI_DEV_GPU_UTIL",
            "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
            "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO",
        ],
        state: CheckState::Missing,
        hides: "whether any GPU works",
        remedy: manifest::exporter,
    },
    Wanted {
        what: "engine activity of GPUs",
        spellings: &["DCGM_FI_PROF_GR_ENGINE_ACTIVE", "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO"],
        state: CheckState::Less,
        hides: "use of MIG instances, which have no other measure",
        remedy: manifest::counters,
    },
    Wanted {
        what: "activity of multiprocessors",
        spellings: &["DCGM_FI_PROF_SM_ACTIVE", "DCGM_FI_PROF_SM_UTIL_RATIO"],
        state: CheckState::Less,
        hides: "whether a busy GPU is used well: utilisation says only that a kernel ran",
        remedy: manifest::counters,
    },
    Wanted {
        what: "memory of GPUs",
        spellings: &["DCGM_FI_DEV_FB_USED"],
        state: CheckState::Less,
        hides: "whether a smaller GPU would do",
        remedy: manifest::counters,
    },
];

/// Metrics of the cluster's state.
const STATE: &[Wanted] = &[
    Wanted {
        what: "pods and their nodes",
        spellings: &["kube_pod_info"],
        state: CheckState::Less,
        hides: "which pods ran where, and all that have ended",
        remedy: manifest::state_metrics,
    },
    Wanted {
        what: "owners of pods",
        spellings: &["kube_pod_owner"],
        state: CheckState::Less,
        hides: "what pods of the past belong to",
        remedy: manifest::state_metrics,
    },
    Wanted {
        what: "owners of replica sets",
        spellings: &["kube_replicaset_owner"],
        state: CheckState::Less,
        hides: "which deployment pods of the past belong to",
        remedy: manifest::state_metrics,
    },
    Wanted {
        what: "requests of pods",
        spellings: &["kube_pod_container_resource_requests"],
        state: CheckState::Less,
        hides: "GPUs that are asked for and not used, of pods that have ended",
        remedy: manifest::state_metrics,
    },
    Wanted {
        what: "what nodes offer",
        spellings: &["kube_node_status_allocatable"],
        state: CheckState::Less,
        hides: "GPUs that nothing asks for, on nodes that are gone",
        remedy: manifest::state_metrics,
    },
];

/// Beginnings of the names of serving engines' metrics.
const ENGINES: [(&str, &str); 4] =
    [("vllm:", "vLLM"), ("tgi_", "TGI"), ("nv_inference_", "Triton"), ("sglang:", "SGLang")];

/// Names of all metrics in question, as a regular expression.
pub(in super::super) fn pattern() -> String {
    let listed = EXPORTED.iter().chain(STATE).flat_map(|wanted| wanted.spellings).copied();
    let labels = ["kube_node_labels", "kube_pod_labels"];
    let engines = ENGINES.iter().map(|(begin, _)| format!("{begin}.+"));
    let names: BTreeSet<String> = listed.chain(labels).map(str::to_owned).chain(engines).collect();
    names.into_iter().collect::<Vec<_>>().join("|")
}

/// What a server shows of a cluster, what it lacks, and what to do about it.
pub(in super::super) fn telemetry(found: &Discovery) -> Vec<Check> {
    let mut checks: Vec<Check> = EXPORTED.iter().map(|wanted| metric(found, wanted)).collect();
    // Without the exporter there is nothing that labels could be on, and one advice is enough.
    if checks.first().is_some_and(|check| check.state == CheckState::Missing) {
        checks.truncate(1);
    } else {
        checks.push(pods_of_gpus(found));
    }
    let state: Vec<Check> = STATE.iter().map(|wanted| metric(found, wanted)).collect();
    checks.extend(of_state(found, state));
    checks.push(engines(found));
    checks
}

/// One check instead of many alike where kube-state-metrics is not there at all.
fn of_state(found: &Discovery, mut checks: Vec<Check>) -> Vec<Check> {
    if checks.iter().all(|check| check.state != CheckState::Good) {
        return vec![Check {
            what: format!("kube-state-metrics of {}", found.cluster),
            state: CheckState::Less,
            found: "no series".to_owned(),
            hides: "nodes and pods of the past, their owners and requests".to_owned(),
            remedy: manifest::state_metrics(),
        }];
    }
    checks.extend([
        label(
            found,
            "kube_node_labels",
            "label_node_kubernetes_io_instance_type",
            "machine types and prices of nodes that are gone",
        ),
        label(found, "kube_pod_labels", "label_", "teams of pods that have ended"),
    ]);
    checks
}

fn metric(found: &Discovery, wanted: &Wanted) -> Check {
    let what = format!("{} in {}", wanted.what, found.cluster);
    let seen = wanted.spellings.iter().find_map(|name| Some((name, found.metrics.get(*name)?)));
    match seen {
        Some((name, metric)) => good(what, format!("{} series of {name}", metric.series_count)),
        None => Check {
            what,
            state: wanted.state,
            found: format!("no series of {}", wanted.spellings.join(" or ")),
            hides: wanted.hides.to_owned(),
            remedy: (wanted.remedy)(),
        },
    }
}

/// Whether series of GPUs name the pod that holds them.
fn pods_of_gpus(found: &Discovery) -> Check {
    let what = format!("pods on the series of GPUs in {}", found.cluster);
    let names = EXPORTED.iter().flat_map(|wanted| wanted.spellings);
    let has = |label: &str| {
        let mut metrics = names.clone().filter_map(|name| found.metrics.get(*name));
        metrics.any(|metric| metric.labels.contains(label))
    };
    if has("exported_pod") {
        return good(what, "labels exported_pod and exported_namespace".to_owned());
    }
    if has("pod") {
        return good(what, "labels pod and namespace".to_owned());
    }
    Check {
        what,
        state: CheckState::Less,
        found: "neither exported_pod nor pod".to_owned(),
        hides: "which pod uses a GPU".to_owned(),
        remedy: manifest::pod_labels(),
    }
}

/// Whether a metric that exists for its labels has those that are read.
fn label(found: &Discovery, metric: &str, begin: &str, hides: &str) -> Check {
    let what = format!("{metric} in {}", found.cluster);
    let labels = found.metrics.get(metric).map(|metric| &metric.labels);
    let shown = labels.into_iter().flatten().filter(|label| label.starts_with(begin)).count();
    if shown > 0 {
        return good(what, format!("{shown} labels that begin with {begin}"));
    }
    Check {
        what,
        state: CheckState::Less,
        found: format!("no label that begins with {begin}"),
        hides: hides.to_owned(),
        remedy: manifest::label_allowlist(),
    }
}

fn engines(found: &Discovery) -> Check {
    let what = format!("serving engines in {}", found.cluster);
    let is_there = |begin: &str| found.metrics.keys().any(|name| name.starts_with(begin));
    let seen: Vec<&str> =
        ENGINES.iter().filter(|(begin, _)| is_there(begin)).map(|(_, name)| *name).collect();
    if !seen.is_empty() {
        return good(what, format!("metrics of {}", seen.join(", ")));
    }
    Check {
        what,
        state: CheckState::Less,
        found: "no metric of vLLM, TGI, Triton or SGLang".to_owned(),
        hides: "requests, tokens, and whether GPU memory is needed or only reserved".to_owned(),
        remedy: manifest::engines(),
    }
}

//! What could not be seen of a cluster, what that hides, and what to do.

use std::collections::BTreeSet;

use super::{
    model::Cluster,
    normalize::Inventory,
    observe::Observed,
    prometheus::{Labelling, Unread},
    telemetry::PodName,
};
use crate::{
    provider::{call::CallError, contract::ProviderError},
    snapshot::Gap,
    window::{Window, instant},
};

/// Clocks may differ by this much before hours are in doubt.
const CLOCK_SLACK_SECONDS: f64 = 300.0;

/// Hours at the start of the window that may lack without a word: exporters are restarted.
const HISTORY_SLACK_HOURS: i64 = 24;

fn gap(cluster: &str, what: &str, because: &str, hides: &str, remedy: &str) -> Gap {
    Gap {
        what: format!("cluster {cluster}: {what}"),
        because: because.to_owned(),
        hides: hides.to_owned(),
        remedy: remedy.to_owned(),
    }
}

/// A cluster that could not be read at all, where others could.
pub(super) fn unreachable(cluster: &str, error: &ProviderError) -> Gap {
    let (because, remedy) = said(error);
    gap(cluster, "all of it", &because, "everything in it", &remedy)
}

/// A cluster whose API server was named and does not answer, where its metrics do.
pub(super) fn api_unreachable(cluster: &str, error: &ProviderError) -> Gap {
    let (because, remedy) = said(error);
    gap(
        cluster,
        "its API server",
        &because,
        "labels, owners and scalers that no metric carries",
        &remedy,
    )
}

/// A cluster whose metrics do not answer, where its API server does.
pub(super) fn metrics_unreachable(cluster: &str, error: &ProviderError) -> Gap {
    let (because, remedy) = said(error);
    gap(
        cluster,
        "its metrics",
        &because,
        "whether any accelerator works, and all that has ended",
        &remedy,
    )
}

/// A cluster that only its API server is known of.
pub(super) fn no_metrics(cluster: &str) -> Gap {
    gap(
        cluster,
        "its metrics",
        "nothing says where its Prometheus is",
        "whether any accelerator works, and all that has ended",
        "add `--prometheus-url URL`, or `prometheus_url` to the settings of the cluster",
    )
}

/// A cluster whose API server nobody named.
pub(super) fn no_api(cluster: &str) -> Gap {
    gap(
        cluster,
        "its API server",
        "nobody named a context of it",
        "labels, scalers and resource claims that no metric carries",
        "add `--context NAME`, or `context` to the settings of the cluster",
    )
}

fn said(error: &ProviderError) -> (String, String) {
    match error {
        ProviderError::Unreachable { help, source, .. } => (source.to_string(), help.clone()),
        ProviderError::Input { message, help } => (message.clone(), help.clone()),
        ProviderError::Snapshot(error) => (error.to_string(), "check the folder".to_owned()),
    }
}

/// A server whose clock is not ours.
pub(super) fn clock(cluster: &str, server_seconds: f64, own_seconds: f64) -> Option<Gap> {
    let ahead = server_seconds - own_seconds;
    (ahead.abs() > CLOCK_SLACK_SECONDS).then(|| {
        let direction = if ahead > 0.0 { "ahead of" } else { "behind" };
        // No finer than it matters, so that two audits of one past say the same.
        let (amount, unit) = match ahead.abs() {
            seconds if seconds < 7_200.0 => (seconds / 60.0, "minutes"),
            seconds if seconds < 172_800.0 => (seconds / 3_600.0, "hours"),
            seconds => (seconds / 86_400.0, "days"),
        };
        let amount = amount.round();
        gap(
            cluster,
            "the clock of its Prometheus",
            &format!("it is {amount} {unit} {direction} the clock here"),
            "in which hour things happened, and so how they match the bill",
            "set both clocks by NTP, and collect again",
        )
    })
}

/// Answers that the server itself called incomplete.
pub(super) fn partial(cluster: &str, warnings: &BTreeSet<String>) -> Option<Gap> {
    let first = warnings.first()?;
    let more = match warnings.len() - 1 {
        0 => String::new(),
        count => format!(", and {count} more"),
    };
    Some(gap(
        cluster,
        "parts of answers",
        &format!("its Prometheus says: {first}{more}"),
        "hours that look unmeasured or pods that look absent, and were there",
        "collect again when all of its stores answer",
    ))
}

/// Requests that got no answer, by what they were about.
pub(super) fn unread(cluster: &str, about: &str, unread: &[Unread]) -> Option<Gap> {
    let first = unread.first()?;
    let names: BTreeSet<&String> =
        unread.iter().flat_map(|unread| &unread.names).filter(|name| !name.is_empty()).collect();
    let start = unread.iter().map(|unread| unread.hours.start).min().unwrap_or_default();
    let end = unread.iter().map(|unread| unread.hours.end).max().unwrap_or_default();
    let whose = match names.len() {
        0 => String::new(),
        1 => names.first().map_or_else(String::new, |name| format!(" of {name}")),
        count => {
            format!(" of {count}, {} among them", names.first().map_or("", |name| name.as_str()))
        }
    };
    let span = format!("between {} and {}", instant(start), instant(end));
    Some(gap(
        cluster,
        &format!("{about}{whose}"),
        &first.error.to_string(),
        &format!("some of them {span}"),
        remedy(&first.error),
    ))
}

fn remedy(error: &CallError) -> &'static str {
    match error {
        CallError::Throttled { .. }
        | CallError::Unavailable { .. }
        | CallError::TimedOut { .. } => "collect again when the server has less to do",
        CallError::Refused { .. } => "give a token or user that may query",
        CallError::Absent { .. } | CallError::Malformed { .. } => {
            "check that the address is that of the query interface"
        }
        CallError::Rejected { .. } => {
            "raise the server's limits for queries, or choose a shorter --window"
        }
    }
}

/// What a server of metrics does not have. `matchers` are those that every query carries.
pub(super) fn of_metrics(
    cluster: &str,
    matchers: &str,
    observed: &Observed,
    window: Window,
) -> Vec<Gap> {
    let metrics = &observed.metrics;
    let is_empty = !metrics.has_accelerators() && !metrics.has_cluster();
    if is_empty && !matchers.is_empty() {
        return vec![gap(
            cluster,
            "all of it",
            &format!("no series of its Prometheus in the window fits `{matchers}`"),
            "everything in it",
            "correct `matchers` in the cluster's settings: one of its own series shows the labels it has",
        )];
    }
    let mut gaps = Vec::new();
    let mut add = |what: &str, because: &str, hides: &str, remedy: &str| {
        gaps.push(gap(cluster, what, because, hides, remedy));
    };
    if !metrics.has_accelerators() {
        add(
            "use of accelerators",
            "its Prometheus has no series of dcgm-exporter (DCGM_FI_…) in the window",
            "whether any accelerator works",
            "install dcgm-exporter (it comes with the GPU operator) and let Prometheus scrape it",
        );
    } else if observed.fleet.devices.is_empty() {
        add(
            "use of accelerators",
            "its series of dcgm-exporter lack the labels `gpu` and `Hostname`, or another that names the node",
            "which accelerator of which node works",
            "keep these labels when Prometheus relabels metrics",
        );
    }
    if let Some(error) = observed.unlisted.first() {
        add(
            "the list of accelerators",
            &error.to_string(),
            "accelerators of some nodes in part of the window",
            remedy(error),
        );
    }
    if metrics.has_accelerators() && !metrics.has_activity() {
        add(
            "activity inside accelerators",
            "dcgm-exporter reports utilisation but no profiling metrics (DCGM_FI_PROF_…)",
            "how much of a busy accelerator is used, and the use of MIG slices",
            "add DCGM_FI_PROF_SM_ACTIVE and DCGM_FI_PROF_GR_ENGINE_ACTIVE to the exporter's list of counters",
        );
    }
    if !metrics.has_cluster() {
        add(
            "nodes, pods and their owners",
            "its Prometheus has no series of kube-state-metrics (kube_pod_info) in the window",
            "machine types and prices, what pods ask for, whom they belong to, and pods without accelerators",
            "install kube-state-metrics and let Prometheus scrape it, or name a --context for the API server",
        );
    }
    if let Some(first) =
        observed.first_hour.filter(|first| first - window.start > HISTORY_SLACK_HOURS)
    {
        add(
            "the beginning of the window",
            &format!("the history of its Prometheus begins at {}", instant(first)),
            &format!("everything before, since {}", window.start_at()),
            "choose a shorter --window, or ask a server that keeps metrics for longer",
        );
    }
    if metrics.has_engines() && observed.engine_labels.is_none() {
        add(
            "requests to models",
            "series of serving engines name no pod",
            "requests, tokens and cache use by workload",
            "let Prometheus attach the labels `namespace` and `pod` to the targets, as a PodMonitor does",
        );
    }
    gaps
}

/// What is missing in nodes and pods, whoever said it.
pub(super) fn of_cluster(
    name: &str,
    cluster: &Cluster,
    inventory: &Inventory<'_>,
    observed: &Observed,
) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut add = |what: &str, because: &str, hides: &str, remedy: &str| {
        gaps.push(gap(name, what, because, hides, remedy));
    };
    let rows = inventory.node_rows();
    let untyped = rows.iter().filter(|row| row.instance_type.is_none()).count();
    // Without any exporter of nodes, one gap says it all.
    let is_described = observed.metrics.has_cluster()
        || cluster.nodes.values().any(|node| !node.labels.is_empty());
    if untyped > 0 && is_described {
        add(
            &format!("machine types of {untyped} of {} nodes", rows.len()),
            "no label `node.kubernetes.io/instance-type` is known of them",
            "their price, unless a bill or `[kubernetes.gpu_usd_per_hour]` has it; whether they are spot",
            "start kube-state-metrics with `--metric-labels-allowlist=nodes=[*]`, or name a --context for the API server",
        );
    }
    let unmodelled: Vec<&str> = rows
        .iter()
        .filter(|row| row.gpu_model.is_none())
        .filter_map(|row| row.name.as_deref())
        .collect();
    if let Some(first) = unmodelled.first() {
        add(
            &format!("accelerator models of {} of {} nodes", unmodelled.len(), rows.len()),
            &format!("neither labels nor drivers name one that is known ({first} is one of them)"),
            "what smaller or newer accelerators would do",
            "install GPU feature discovery (it comes with the GPU operator)",
        );
    }
    let holders = inventory.workloads();
    let is_unlabelled = inventory.workload_resource_rows().iter().all(|row| row.tags_json == "{}");
    if !holders.is_empty() && is_unlabelled && is_described {
        add(
            "labels of workloads",
            "kube-state-metrics exports none",
            "teams, owners and environments",
            "start it with `--metric-labels-allowlist=pods=[*],deployments=[*]`, or name a --context for the API server",
        );
    }
    let pods: Vec<PodName> = holders.into_iter().flat_map(|share| share.pods).collect();
    unseen_pods(name, inventory, &pods, observed, &mut gaps);
    let is_unknown = cluster.owners.iter().any(|(key, owner)| {
        matches!(key.kind.as_str(), "deployment" | "statefulset") && owner.scaling.is_none()
    });
    if is_unknown {
        gaps.push(gap(
            name,
            "autoscalers",
            "no horizontal pod autoscaler is known, and nothing says that there is none",
            "whether replicas follow their load",
            "let kube-state-metrics export horizontalpodautoscalers, or name a --context for the API server",
        ));
    }
    gaps
}

/// Pods that hold accelerators and whose use is unknown, because no series names them.
fn unseen_pods(
    name: &str,
    inventory: &Inventory<'_>,
    pods: &[PodName],
    observed: &Observed,
    gaps: &mut Vec<Gap>,
) {
    let fleet = &observed.fleet;
    if fleet.devices.is_empty() {
        return;
    }
    if fleet.held.is_empty() && !pods.is_empty() {
        gaps.push(gap(
            name,
            &format!("which of {} pods used which accelerator", pods.len()),
            "series of dcgm-exporter name no pod",
            "the use of workloads; that of nodes is known",
            Labelling::REMEDY,
        ));
        return;
    }
    let unseen: Vec<&PodName> = pods.iter().filter(|pod| !fleet.held.contains_key(*pod)).collect();
    let shared: Vec<&&PodName> = unseen.iter().filter(|pod| inventory.is_sharing(pod)).collect();
    if let Some(first) = shared.first() {
        gaps.push(gap(
            name,
            &format!("the use of {} pods that share an accelerator with others", shared.len()),
            &format!(
                "the accelerator's series names another of its pods, or none ({}/{} is not named)",
                first.namespace, first.name
            ),
            "whether they use their share; the use of the whole accelerator is known",
            "start dcgm-exporter with KUBERNETES_VIRTUAL_GPUS=true, or judge them by their requests",
        ));
    }
    let others = unseen.len() - shared.len();
    if others > 0 {
        gaps.push(gap(
            name,
            &format!("the use of {others} of {} pods with accelerators", pods.len()),
            "no series of dcgm-exporter names them",
            "whether they used what they held",
            "see that dcgm-exporter runs on every node with accelerators; pods of a few minutes may be missed",
        ));
    }
}

#[cfg(test)]
mod tests;

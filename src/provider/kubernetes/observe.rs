//! One cluster from every source that knows it, as plain values.

use std::collections::BTreeSet;

use super::{
    gaps,
    model::Cluster,
    options::ClusterOptions,
    prometheus::{self, EngineLabels, Fleet, Metrics, Server, Unread},
    telemetry::PodName,
};
use crate::{
    frame::InstantMs,
    provider::{call::CallError, contract::ProviderError, progress::Task},
    snapshot::Gap,
    window::{HourNumber, Window},
};

/// What is known of a cluster, and what its server of metrics can say about hours.
#[derive(Debug, Default)]
pub(super) struct Observed {
    /// Nodes with accelerators, what ran there, and whom it belongs to.
    pub(super) cluster: Cluster,
    /// Accelerators that were measured.
    pub(super) fleet: Fleet,
    /// Metrics that exist.
    pub(super) metrics: Metrics,
    /// How engines name their pods. `None`: there are no engines, or they do not.
    pub(super) engine_labels: Option<EngineLabels>,
    /// Pods in which an engine was measured.
    pub(super) engine_pods: BTreeSet<PodName>,
    /// First hour of which anything is remembered.
    pub(super) first_hour: Option<HourNumber>,
    /// What could not be read.
    pub(super) unread: Vec<Unread>,
    /// Accelerators that could not be listed.
    pub(super) unlisted: Vec<CallError>,
    /// What else is in doubt.
    pub(super) gaps: Vec<Gap>,
}

/// Looks at a cluster. An error means that no source answers. `now` is the time here.
pub(super) async fn observe(
    options: &ClusterOptions,
    server: Option<&Server>,
    now: Option<InstantMs>,
    window: Window,
    task: &Task,
) -> Result<Observed, ProviderError> {
    // The API server's half joins here: its cluster comes first, and `merge` fills it with what metrics remember. Without
    // it, a cluster that only the API server knows cannot be read.
    let mut cluster = Cluster::default();
    let Some(server) = server else {
        return Err(ProviderError::Input {
            message: format!(
                "nothing says where the metrics of the cluster `{}` are",
                options.name
            ),
            help: "add `--prometheus-url URL`, or `prometheus_url` to the settings of the cluster"
                .to_owned(),
        });
    };
    let mut observed = prometheus::observe(server, window, task)
        .await
        .map_err(|source| unreachable(server, source))?;
    cluster.merge(std::mem::take(&mut observed.cluster));
    observed.cluster = cluster;
    if let Some(own) = now
        && let Ok(seconds) = server.clock().await
    {
        observed.gaps.extend(gaps::clock(&options.name, seconds, own.0 as f64 / 1000.0));
    }
    Ok(observed)
}

fn unreachable(server: &Server, source: CallError) -> ProviderError {
    let help = match &source {
        CallError::Refused { .. } => {
            "give a token, a user, headers or an authority in `[kubernetes.clusters.NAME]` of the settings"
        }
        CallError::Absent { .. } | CallError::Malformed { .. } => {
            "give the address whose `/api/v1/query` answers; behind some servers it has a path such as `/prometheus`"
        }
        CallError::Rejected { .. } => "check the label matchers of the cluster's settings",
        CallError::Throttled { .. }
        | CallError::Unavailable { .. }
        | CallError::TimedOut { .. } => {
            "check that the server runs and that this machine may reach it"
        }
    };
    ProviderError::Unreachable { what: server.address(), help: help.to_owned(), source }
}

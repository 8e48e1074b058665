//! One cluster from every source that knows it, as plain values.

use std::collections::BTreeSet;

use super::{
    api::Api,
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

/// Who is asked about a cluster.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    /// Its server of metrics.
    pub(super) server: Option<&'a Server>,
    /// Its API server.
    pub(super) api: Option<&'a Api>,
}

/// Looks at a cluster. An error means that no source answers. `now` is the time here.
pub(super) async fn observe(
    options: &ClusterOptions,
    sources: Sources<'_>,
    now: Option<InstantMs>,
    window: Window,
    task: &Task,
) -> Result<Observed, ProviderError> {
    let Sources { server, api } = sources;
    let mut cluster = Cluster::default();
    if let Some(api) = api {
        cluster = api.observe(task).await;
        cluster.until(InstantMs(window.end_at().as_millisecond()));
    }
    let remembered = match server {
        Some(server) => prometheus::observe(server, window, task)
            .await
            .map_err(|source| unreachable(server, source)),
        None => Ok(Observed { gaps: vec![gaps::no_metrics(&options.name)], ..Observed::default() }),
    };
    let mut observed = match remembered {
        Ok(observed) => observed,
        // The API server still says what there is.
        Err(error) if api.is_some() => Observed {
            gaps: vec![gaps::metrics_unreachable(&options.name, &error)],
            ..Observed::default()
        },
        Err(error) => return Err(error),
    };
    cluster.merge(std::mem::take(&mut observed.cluster));
    observed.cluster = cluster;
    if let (Some(own), Some(server)) = (now, server)
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

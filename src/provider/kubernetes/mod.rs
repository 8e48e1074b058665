//! Clusters: what runs on which accelerators, from Prometheus and the API server.

mod api;
mod collect;
mod doctor;
mod gaps;
mod model;
mod normalize;
mod observe;
mod options;
mod permissions;
mod prometheus;
mod telemetry;

use std::path::PathBuf;

use self::{collect::Collecting, options::ClusterOptions, prometheus::Server};
use super::{
    call::Limits,
    contract::{Examination, Pending, Provider, ProviderError, Questions},
    permission::Permission,
    progress::Progress,
};
use crate::{frame::InstantMs, settings::Settings, snapshot::SnapshotWriter, window::Window};

pub use permissions::{PERMISSIONS, cluster_role};

/// Whether this runs in a pod that may ask its own cluster.
pub fn is_in_cluster() -> bool {
    api::Access::is_in_cluster()
}

/// What the command line says about clusters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flags {
    /// `[CLUSTER=]URL` of Prometheus-compatible servers.
    pub prometheus_url: Vec<String>,
    /// Clusters and credentials.
    pub kubeconfig: Option<PathBuf>,
    /// `[CLUSTER=]NAME` of contexts.
    pub context: Vec<String>,
    /// Whether this runs in a pod of a cluster.
    pub is_in_cluster: bool,
    /// The time here, with which the clocks of servers are compared. `None`: they are not.
    pub now: Option<InstantMs>,
}

/// Clusters that are asked.
pub struct Kubernetes {
    targets: Vec<Target>,
    now: Option<InstantMs>,
}

/// A cluster, and the client of its server of metrics if it has one.
struct Target {
    options: ClusterOptions,
    server: Option<Server>,
}

impl Kubernetes {
    /// Clusters as the command line and the settings name them. Files of secrets are read, nothing is sent.
    pub fn new(flags: &Flags, settings: &Settings) -> Result<Self, ProviderError> {
        let target = |options: ClusterOptions| {
            let server =
                options.prometheus.as_ref().map(|access| Server::new(access, Limits::default()));
            Ok(Target { server: server.transpose()?, options })
        };
        let options = options::clusters(flags, &settings.kubernetes)?;
        let targets: Result<_, ProviderError> = options.into_iter().map(target).collect();
        Ok(Self { targets: targets?, now: flags.now })
    }

    /// One cluster after the other: each has its own server, and one is enough to wait for.
    async fn collect_all(
        &self,
        window: Window,
        into: &SnapshotWriter,
        progress: &Progress,
    ) -> Result<(), ProviderError> {
        let mut failures = Vec::new();
        for Target { options, server } in &self.targets {
            let server = server.as_ref();
            let (limits, now) = (Limits::default(), self.now);
            let collecting = Collecting { options, server, limits, now, window, into, progress };
            match collecting.run().await {
                Ok(()) => {}
                Err(error @ ProviderError::Snapshot(_)) => return Err(error),
                Err(error) => failures.push((options.name.as_str(), error)),
            }
        }
        if failures.len() == self.targets.len()
            && let Some((_, error)) = failures.pop()
        {
            return Err(error);
        }
        if let Some(mut step) = into.step("kubernetes/unreachable") {
            for (name, error) in &failures {
                step.gap(gaps::unreachable(name, error));
            }
            step.finish()?;
        }
        Ok(())
    }
}

impl Provider for Kubernetes {
    fn name(&self) -> &'static str {
        "kubernetes"
    }

    fn permissions(&self) -> &'static [Permission] {
        PERMISSIONS
    }

    fn collect<'a>(
        &'a self,
        window: Window,
        into: &'a SnapshotWriter,
        _questions: &'a dyn Questions,
        progress: &'a Progress,
    ) -> Pending<'a, Result<(), ProviderError>> {
        Box::pin(self.collect_all(window, into, progress))
    }

    fn examine<'a>(
        &'a self,
        window: Window,
        progress: &'a Progress,
    ) -> Pending<'a, Result<Examination, ProviderError>> {
        Box::pin(async move {
            let mut checks = Vec::new();
            for Target { options, server } in &self.targets {
                let task = progress.task(&format!("cluster {}", options.name), 2);
                checks.extend(doctor::examine(options, server.as_ref(), window, &task).await);
            }
            Ok(Examination { checks })
        })
    }
}

//! Clusters: what runs on which accelerators, from Prometheus and the API server.

mod collect;
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
    contract::{Examination, Pending, Provider, ProviderError},
    permission::Permission,
    progress::Progress,
};
use crate::{frame::InstantMs, settings::Settings, snapshot::SnapshotWriter, window::Window};

pub use permissions::PERMISSIONS;

/// What the command line says about clusters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flags {
    /// `[CLUSTER=]URL` of Prometheus-compatible servers.
    pub prometheus_url: Vec<String>,
    /// Clusters and credentials.
    pub kubeconfig: Option<PathBuf>,
    /// `[CLUSTER=]NAME` of contexts.
    pub context: Vec<String>,
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
            let collecting = Collecting { options, server, now: self.now, window, into, progress };
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

/// The permissions as a `ClusterRole` to apply.
pub fn cluster_role() -> String {
    String::new()
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
        progress: &'a Progress,
    ) -> Pending<'a, Result<(), ProviderError>> {
        Box::pin(self.collect_all(window, into, progress))
    }

    fn examine<'a>(
        &'a self,
        _window: Window,
        _progress: &'a Progress,
    ) -> Pending<'a, Result<Examination, ProviderError>> {
        Box::pin(async { Ok(Examination::default()) })
    }
}

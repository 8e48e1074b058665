//! Clusters: what runs on which accelerators, from Prometheus and the API server.

#[expect(dead_code, reason = "what fills and reads it is being written")]
mod model;
mod permissions;

use std::path::PathBuf;

use super::{
    contract::{Examination, Pending, Provider, ProviderError},
    permission::Permission,
    progress::Progress,
};
use crate::{settings::Settings, snapshot::SnapshotWriter, window::Window};

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
}

/// Clusters that are asked.
#[derive(Debug)]
pub struct Kubernetes {}

impl Kubernetes {
    /// Clusters as the command line and the settings name them.
    pub fn new(_flags: &Flags, _settings: &Settings) -> Result<Self, ProviderError> {
        Ok(Self {})
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
        _window: Window,
        _into: &'a SnapshotWriter,
        _progress: &'a Progress,
    ) -> Pending<'a, Result<(), ProviderError>> {
        Box::pin(async { Ok(()) })
    }

    fn examine<'a>(
        &'a self,
        _window: Window,
        _progress: &'a Progress,
    ) -> Pending<'a, Result<Examination, ProviderError>> {
        Box::pin(async { Ok(Examination::default()) })
    }
}

//! What owns pods: built in or a custom resource, of which only the common part is read.

use serde::Deserialize;

use super::{Metadata, lenient};

/// An object that owns pods or owners of pods.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Object {
    pub(in super::super) metadata: Metadata,
    #[serde(default, deserialize_with = "lenient")]
    spec: Spec,
    #[serde(default, deserialize_with = "lenient")]
    status: ObjectStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    #[serde(deserialize_with = "lenient")]
    replicas: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ObjectStatus {
    #[serde(deserialize_with = "lenient")]
    desired_number_scheduled: Option<f64>,
}

impl Object {
    /// Replicas it asks for now; a daemon set asks for one on each of its nodes.
    pub(in super::super) fn replica_count(&self) -> Option<f64> {
        self.spec.replicas.or(self.status.desired_number_scheduled)
    }
}

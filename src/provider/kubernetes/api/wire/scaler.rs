//! What changes the number of replicas.

use serde::Deserialize;

use super::{Metadata, lenient};

/// A horizontal pod autoscaler.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Autoscaler {
    pub(in super::super) metadata: Metadata,
    #[serde(default, deserialize_with = "lenient")]
    pub(in super::super) spec: AutoscalerSpec,
}

/// What it scales, and how far.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct AutoscalerSpec {
    #[serde(deserialize_with = "lenient")]
    pub(in super::super) scale_target_ref: Option<TargetRef>,
    #[serde(deserialize_with = "lenient")]
    pub(in super::super) min_replicas: Option<f64>,
    #[serde(deserialize_with = "lenient")]
    pub(in super::super) max_replicas: Option<f64>,
}

/// What is scaled.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct TargetRef {
    #[serde(default)]
    pub(in super::super) kind: Option<String>,
    pub(in super::super) name: String,
}

/// KEDA's scaler.
#[derive(Debug, Deserialize)]
pub(in super::super) struct ScaledObject {
    pub(in super::super) metadata: Metadata,
    #[serde(default, deserialize_with = "lenient")]
    pub(in super::super) spec: ScaledObjectSpec,
}

/// What it scales, how far, and because of what.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct ScaledObjectSpec {
    #[serde(deserialize_with = "lenient")]
    pub(in super::super) scale_target_ref: Option<TargetRef>,
    #[serde(deserialize_with = "lenient")]
    pub(in super::super) min_replica_count: Option<f64>,
    #[serde(deserialize_with = "lenient")]
    pub(in super::super) idle_replica_count: Option<f64>,
    #[serde(deserialize_with = "lenient")]
    pub(in super::super) max_replica_count: Option<f64>,
    #[serde(deserialize_with = "lenient")]
    pub(in super::super) triggers: Vec<Trigger>,
}

/// A reason to scale.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Trigger {
    #[serde(rename = "type")]
    pub(in super::super) kind: String,
}

//! Pods.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Metadata, lenient};

/// A pod.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Pod {
    pub(in super::super) metadata: Metadata,
    #[serde(default)]
    pub(in super::super) spec: PodSpec,
    #[serde(default)]
    pub(in super::super) status: PodStatus,
}

/// What it shall be.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct PodSpec {
    pub(in super::super) node_name: Option<String>,
    pub(in super::super) containers: Option<Vec<Container>>,
    pub(in super::super) init_containers: Option<Vec<Container>>,
    pub(in super::super) overhead: Option<BTreeMap<String, Value>>,
    #[serde(deserialize_with = "lenient")]
    pub(in super::super) resource_claims: Option<Vec<PodClaim>>,
}

/// A container.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Container {
    pub(in super::super) image: Option<String>,
    pub(in super::super) resources: Option<Resources>,
    /// `Always` on an init container: it runs beside the others.
    pub(in super::super) restart_policy: Option<String>,
}

/// What a container asks for and may use.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Resources {
    pub(in super::super) requests: Option<BTreeMap<String, Value>>,
    pub(in super::super) limits: Option<BTreeMap<String, Value>>,
}

/// A claim on devices, by name or by a template that makes one.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct PodClaim {
    pub(in super::super) name: String,
    pub(in super::super) resource_claim_name: Option<String>,
}

/// How it is.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct PodStatus {
    pub(in super::super) phase: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in super::super) start_time: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in super::super) conditions: Option<Vec<Condition>>,
    #[serde(deserialize_with = "lenient")]
    pub(in super::super) container_statuses: Option<Vec<ContainerStatus>>,
    #[serde(deserialize_with = "lenient")]
    pub(in super::super) init_container_statuses: Option<Vec<ContainerStatus>>,
    #[serde(deserialize_with = "lenient")]
    pub(in super::super) resource_claim_statuses: Option<Vec<PodClaim>>,
}

/// Something that became true or false.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Condition {
    #[serde(rename = "type")]
    pub(in super::super) name: String,
    pub(in super::super) status: String,
    pub(in super::super) last_transition_time: Option<String>,
}

/// How a container is.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct ContainerStatus {
    pub(in super::super) restart_count: Option<i64>,
    #[serde(deserialize_with = "lenient")]
    state: Option<ContainerState>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerState {
    terminated: Option<Terminated>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Terminated {
    finished_at: Option<String>,
}

impl ContainerStatus {
    /// When it ended, if it has.
    pub(in super::super) fn finished_at(&self) -> Option<&str> {
        self.state.as_ref()?.terminated.as_ref()?.finished_at.as_deref()
    }
}

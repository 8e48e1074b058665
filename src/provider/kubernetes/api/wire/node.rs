//! Machines and what makes them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Metadata, instant, labels, lenient, quantities};
use crate::provider::kubernetes::model;

/// A machine.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Node {
    metadata: Metadata,
    #[serde(default)]
    spec: Option<NodeSpec>,
    #[serde(default)]
    status: Option<NodeStatus>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct NodeSpec {
    #[serde(rename = "providerID")]
    provider_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NodeStatus {
    capacity: Option<BTreeMap<String, Value>>,
    allocatable: Option<BTreeMap<String, Value>>,
}

impl Node {
    /// Its name and what is known of it.
    pub(in super::super) fn into_model(self) -> (String, model::Node) {
        let Metadata { name, creation_timestamp, labels: own, .. } = self.metadata;
        let status = self.status.unwrap_or_default();
        let provider_id = self.spec.and_then(|spec| spec.provider_id).filter(|id| !id.is_empty());
        let node = model::Node {
            provider_id,
            labels: labels(own),
            capacity: quantities(status.capacity.as_ref()),
            allocatable: quantities(status.allocatable.as_ref()),
            created_at: instant(creation_timestamp.as_deref()),
            gone_at: None,
            consolidation: None,
        };
        (name, node)
    }
}

/// Karpenter's rules for a group of machines.
#[derive(Debug, Deserialize)]
pub(in super::super) struct NodePool {
    pub(in super::super) metadata: Metadata,
    #[serde(default, deserialize_with = "lenient")]
    spec: Option<NodePoolSpec>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NodePoolSpec {
    disruption: Option<Disruption>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Disruption {
    consolidation_policy: Option<String>,
    consolidate_after: Option<String>,
}

impl NodePool {
    /// When a machine that is not needed is taken away: `WhenEmpty after 30s`. `Never` is one of Karpenter's answers.
    pub(in super::super) fn consolidation(&self) -> Option<String> {
        let disruption = self.spec.as_ref()?.disruption.as_ref()?;
        match (disruption.consolidation_policy.as_deref(), disruption.consolidate_after.as_deref())
        {
            (_, Some("Never")) => Some("Never".to_owned()),
            (policy, after) => {
                let policy = policy?;
                Some(
                    after.map_or_else(
                        || policy.to_owned(),
                        |after| format!("{policy} after {after}"),
                    ),
                )
            }
        }
    }
}

//! What all objects and lists have in common.

use serde::{Deserialize, Deserializer};

use super::{super::failure::short, lenient};
use crate::provider::kubernetes::model::Labels;

/// One page of objects. `items` must be there: what has none is something else than a list.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
pub(in super::super) struct List<T> {
    #[serde(default)]
    pub(in super::super) metadata: ListMetadata,
    // Go writes an empty list as null now and then.
    #[serde(deserialize_with = "nullable")]
    pub(in super::super) items: Vec<T>,
}

/// A list that must be there, though it may be null.
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Where the next page is.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct ListMetadata {
    #[serde(rename = "continue")]
    pub(in super::super) next: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(in super::super) remaining_item_count: Option<u64>,
}

/// What an object is and belongs to.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Metadata {
    pub(in super::super) name: String,
    #[serde(default)]
    pub(in super::super) namespace: Option<String>,
    #[serde(default)]
    pub(in super::super) uid: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(in super::super) creation_timestamp: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(in super::super) labels: Option<Labels>,
    #[serde(default, deserialize_with = "lenient")]
    pub(in super::super) annotations: Option<Labels>,
    #[serde(default, deserialize_with = "lenient")]
    pub(in super::super) owner_references: Option<Vec<OwnerReference>>,
}

impl Metadata {
    /// What controls the object; where nothing says that it does, the first owner.
    pub(in super::super) fn owner(&self) -> Option<&OwnerReference> {
        let owners = self.owner_references.as_deref().unwrap_or_default();
        owners.iter().find(|owner| owner.controller == Some(true)).or_else(|| owners.first())
    }

    /// Its namespace; empty for objects of the cluster.
    pub(in super::super) fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }
}

/// A link to an owner.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct OwnerReference {
    #[serde(default)]
    pub(in super::super) api_version: String,
    pub(in super::super) kind: String,
    pub(in super::super) name: String,
    #[serde(default)]
    pub(in super::super) controller: Option<bool>,
}

/// Why a request failed, as the API server says it.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Status {
    #[serde(default)]
    message: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    details: Option<StatusDetails>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StatusDetails {
    retry_after_seconds: Option<u64>,
}

impl Status {
    /// Of an answer's body, whatever it is.
    pub(in super::super) fn of(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_else(|_not_a_status| Self {
            message: Some(short(&String::from_utf8_lossy(body))),
            details: None,
        })
    }

    /// What it says.
    pub(in super::super) fn message(&self) -> String {
        short(self.message.as_deref().unwrap_or_default())
    }

    /// How long it asks to wait.
    pub(in super::super) fn retry_after_seconds(&self) -> Option<u64> {
        self.details.as_ref()?.retry_after_seconds.filter(|seconds| *seconds > 0)
    }
}

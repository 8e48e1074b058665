//! What is read of the API server's answers: few fields, and none of them is required unless it is an identity.

mod claim;
mod meta;
mod node;
mod owner;
mod pod;
mod scaler;

pub(super) use claim::Claim;
pub(super) use meta::{List, Metadata, OwnerReference, Status};
pub(super) use node::{Node, NodePool};
pub(super) use owner::Object;
pub(super) use pod::{Container, ContainerStatus, Pod, PodSpec, PodStatus};
pub(super) use scaler::{Autoscaler, ScaledObject, TargetRef};

use std::collections::BTreeMap;

use serde::{Deserialize as _, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use super::quantity;
use crate::{
    frame::InstantMs,
    provider::kubernetes::model::{Labels, Quantities},
};

/// A value whose shape nobody guarantees, as in custom resources: of another type it is not known.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// An instant such as `2026-11-02T08:00:00Z`. What is none is not known.
pub(super) fn instant(text: Option<&str>) -> Option<InstantMs> {
    let at: jiff::Timestamp = text?.parse().ok()?;
    Some(at.into())
}

/// Quantities that can be read; others are not known, and so are not there.
pub(super) fn quantities(map: Option<&BTreeMap<String, Value>>) -> Quantities {
    let number = |value: &Value| match value {
        Value::String(text) => quantity::parse(text),
        Value::Number(number) => number.as_f64(),
        _ => None,
    };
    let known = |(name, value): (&String, &Value)| Some((name.clone(), number(value)?));
    map.into_iter().flatten().filter_map(known).collect()
}

/// Labels or annotations, none of them if none are there.
pub(super) fn labels(map: Option<Labels>) -> Labels {
    map.unwrap_or_default()
}

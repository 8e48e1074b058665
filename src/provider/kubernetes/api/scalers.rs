//! What changes the number of replicas of an owner.

use std::collections::BTreeMap;

use super::{
    chain::{Chains, Step},
    kind::Replicas,
    wire::{Autoscaler, ScaledObject, TargetRef},
};
use crate::provider::kubernetes::model::{Labels, Owner, OwnerKey, Scaling};

/// KEDA scales deployments unless it is told otherwise, from nothing to this many.
const KEDA_KIND: &str = "Deployment";
const KEDA_MAX_COUNT: f64 = 100.0;

/// Knative's own limit, as an annotation.
const KNATIVE_MIN: [&str; 2] =
    ["autoscaling.knative.dev/min-scale", "autoscaling.knative.dev/minScale"];

/// Scalers by what they scale, and whether all were seen.
#[derive(Debug, Default)]
pub(super) struct Scalers {
    by_target: BTreeMap<OwnerKey, Scaling>,
    /// Whether every list of scalers was read; only then is an owner without one known to have none.
    pub(super) is_complete: bool,
}

fn target_key(namespace: &str, target: &TargetRef, default_kind: &str) -> OwnerKey {
    let kind = target.kind.as_deref().filter(|kind| !kind.is_empty()).unwrap_or(default_kind);
    let (namespace, name) = (namespace.to_owned(), target.name.clone());
    OwnerKey { namespace, kind: kind.to_lowercase(), name }
}

impl Scalers {
    /// Adds a horizontal pod autoscaler.
    pub(super) fn autoscaler(&mut self, scaler: &Autoscaler) {
        let Some(target) = &scaler.spec.scale_target_ref else { return };
        let is_of_keda = scaler.metadata.owner().is_some_and(|owner| owner.kind == "ScaledObject");
        // One that KEDA made never says nothing, though KEDA itself may go there.
        let min_count =
            if is_of_keda { None } else { Some(scaler.spec.min_replicas.unwrap_or(1.0)) };
        let scaling = Scaling::Scaler {
            kind: "HorizontalPodAutoscaler",
            min_count,
            max_count: scaler.spec.max_replicas,
            has_schedule: false,
        };
        let key = target_key(scaler.metadata.namespace(), target, "");
        self.by_target.entry(key).or_insert(scaling);
    }

    /// Adds a scaled object. It knows more than the autoscaler that it makes.
    pub(super) fn scaled_object(&mut self, scaler: &ScaledObject) {
        let spec = &scaler.spec;
        let Some(target) = &spec.scale_target_ref else { return };
        let min_count = spec.idle_replica_count.or(spec.min_replica_count).unwrap_or(0.0);
        let scaling = Scaling::Scaler {
            kind: "ScaledObject",
            min_count: Some(min_count),
            max_count: Some(spec.max_replica_count.unwrap_or(KEDA_MAX_COUNT)),
            has_schedule: spec.triggers.iter().any(|trigger| trigger.kind == "cron"),
        };
        self.by_target.insert(target_key(scaler.metadata.namespace(), target, KEDA_KIND), scaling);
    }

    /// The owners at the top of all chains, with what scales them or anything below them.
    pub(super) fn owners(&self, chains: &Chains) -> BTreeMap<OwnerKey, Owner> {
        let mut scaled: BTreeMap<OwnerKey, &Scaling> = BTreeMap::new();
        for (target, scaling) in &self.by_target {
            scaled.entry(chains.top(target)).or_insert(scaling);
        }
        let steps = chains.steps();
        let tops = steps.iter().filter(|(key, _)| chains.top(key) == **key);
        tops.map(|(key, step)| {
            let scaling = scaled.get(key).map(|scaling| (*scaling).clone());
            let owner = Owner {
                labels: labels(key, step, steps),
                annotations: step.annotations.clone(),
                replica_count: step.replica_count.or_else(|| below(key, steps)),
                scaling: scaling.or_else(|| self.unnamed(step)),
            };
            (key.clone(), owner)
        })
        .collect()
    }

    /// How an owner scales that no scaler names.
    fn unnamed(&self, step: &Step) -> Option<Scaling> {
        match step.kind?.replicas() {
            Replicas::Unknown => None,
            Replicas::Fixed => self.is_complete.then_some(Scaling::None),
            Replicas::Scaled(kind) => {
                let stated = KNATIVE_MIN.iter().find_map(|name| step.annotations.get(*name));
                let min_count = stated.and_then(|text| text.parse().ok()).or(Some(0.0));
                Some(Scaling::Scaler { kind, min_count, max_count: None, has_schedule: false })
            }
        }
    }
}

/// Replicas of what an owner owns directly, where it states none of its own: a notebook has a stateful set.
fn below(key: &OwnerKey, steps: &BTreeMap<OwnerKey, Step>) -> Option<f64> {
    let children = steps.values().filter(|step| step.parent.as_ref() == Some(key));
    let counts: Vec<f64> = children.filter_map(|step| step.replica_count).collect();
    (!counts.is_empty()).then(|| counts.iter().sum())
}

/// Labels of an owner. One that may not be read, or is of a kind that nobody knows here, is as its first child says.
fn labels(key: &OwnerKey, step: &Step, steps: &BTreeMap<OwnerKey, Step>) -> Labels {
    let own = Some(&step.labels).filter(|labels| !labels.is_empty());
    let child = || steps.values().find(|child| child.parent.as_ref() == Some(key));
    own.or_else(|| Some(&child()?.labels)).cloned().unwrap_or_default()
}

//! From a pod to what owns it at the top: replica set → deployment, job → cron job → ….

use std::collections::{BTreeMap, BTreeSet};

use super::{
    kind::{self, Kind},
    wire::{self, Object, OwnerReference},
};
use crate::provider::kubernetes::model::{Labels, OwnerKey};

/// More steps than any chain has; a chain that goes round ends.
const MOST_STEPS: usize = 16;

/// Owners whose own kind says what runs. What stands above them matters only if it is known: an operator's resource is no
/// better name for a deployment.
const WHOLE: [Kind; 4] =
    [kind::DEPLOYMENTS, kind::STATEFUL_SETS, kind::DAEMON_SETS, kind::CRON_JOBS];

/// One owner.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Step {
    /// Its kind, where that is one of ours.
    pub(super) kind: Option<Kind>,
    /// What owns it.
    pub(super) parent: Option<OwnerKey>,
    pub(super) labels: Labels,
    pub(super) annotations: Labels,
    pub(super) replica_count: Option<f64>,
}

/// All chains from pods upwards.
#[derive(Debug, Default)]
pub(super) struct Chains {
    steps: BTreeMap<OwnerKey, Step>,
    /// Owners of pods; a pod can own what owns other pods.
    pods: BTreeMap<(String, String), Option<OwnerKey>>,
    /// What was not read yet.
    wanted: BTreeMap<Kind, BTreeSet<OwnerKey>>,
}

/// Identity of what a reference means.
fn key(namespace: &str, kind: &str, name: &str) -> OwnerKey {
    let (namespace, name) = (namespace.to_owned(), name.to_owned());
    OwnerKey { namespace, kind: kind.to_lowercase(), name }
}

impl Chains {
    /// Adds a pod, and asks for what owns it.
    pub(super) fn pod(&mut self, namespace: &str, name: &str, owner: Option<&OwnerReference>) {
        let owner = owner.and_then(|owner| self.want(namespace, owner, None));
        self.pods.insert((namespace.to_owned(), name.to_owned()), owner);
    }

    /// A kind of which objects are still to be read.
    pub(super) fn next(&self) -> Option<Kind> {
        self.wanted.keys().next().copied()
    }

    /// Whether an object is one of those that are asked for.
    pub(super) fn is_wanted(&self, kind: Kind, object: &Object) -> bool {
        let key = key(object.metadata.namespace(), kind.name, &object.metadata.name);
        self.wanted.get(&kind).is_some_and(|wanted| wanted.contains(&key))
    }

    /// Takes in all objects of a kind that were asked for. Those that are not among them are gone, or may not be seen.
    pub(super) fn read(&mut self, kind: Kind, objects: Vec<Object>) {
        for missing in self.wanted.remove(&kind).into_iter().flatten() {
            let step = Step { kind: Some(kind), ..Step::default() };
            self.steps.entry(missing).or_insert(step);
        }
        for object in objects {
            let (namespace, name) = (object.metadata.namespace(), &object.metadata.name);
            let own = key(namespace, kind.name, name);
            let parent =
                object.metadata.owner().and_then(|owner| self.want(namespace, owner, Some(kind)));
            let step = Step {
                kind: Some(kind),
                parent,
                replica_count: object.replica_count(),
                labels: wire::labels(object.metadata.labels),
                annotations: wire::labels(object.metadata.annotations),
            };
            self.steps.insert(own, step);
        }
    }

    /// The owner of a pod at the top of its chain.
    pub(super) fn top_of_pod(&self, namespace: &str, name: &str) -> Option<OwnerKey> {
        let owner = self.pods.get(&(namespace.to_owned(), name.to_owned()))?.as_ref()?;
        Some(self.top(owner))
    }

    /// The top of the chain that an owner is in.
    pub(super) fn top(&self, owner: &OwnerKey) -> OwnerKey {
        let mut top = owner;
        for _ in 0..MOST_STEPS {
            let parent = if top.kind == "pod" {
                self.pods.get(&(top.namespace.clone(), top.name.clone())).and_then(Option::as_ref)
            } else {
                self.steps.get(top).and_then(|step| step.parent.as_ref())
            };
            match parent {
                Some(parent) => top = parent,
                None => break,
            }
        }
        top.clone()
    }

    /// What is known of every owner.
    pub(super) fn steps(&self) -> &BTreeMap<OwnerKey, Step> {
        &self.steps
    }

    /// Follows a reference from `child`. `None`: the chain ends at the child.
    fn want(
        &mut self,
        namespace: &str,
        owner: &OwnerReference,
        child: Option<Kind>,
    ) -> Option<OwnerKey> {
        let known = kind::owners().find(|kind| kind.is(&owner.api_version, &owner.kind));
        let is_pod = owner.kind == "Pod";
        let is_whole = child.is_some_and(|child| WHOLE.contains(&child));
        // A static pod is owned by its node, which runs it and nothing more.
        if owner.kind == "Node" || (known.is_none() && !is_pod && is_whole) {
            return None;
        }
        let key = key(namespace, &owner.kind, &owner.name);
        if is_pod || self.steps.contains_key(&key) {
            return Some(key);
        }
        match known {
            Some(kind) => drop(self.wanted.entry(kind).or_default().insert(key.clone())),
            None => drop(self.steps.insert(key.clone(), Step::default())),
        }
        Some(key)
    }
}

//! Pods of the wire as pods of the model.

use std::collections::BTreeSet;

use super::wire::{self, Container, ContainerStatus, OwnerReference, PodSpec, PodStatus};
use crate::{
    frame::InstantMs,
    provider::kubernetes::model::{Pod, PodKey, Quantities},
};

/// A pod and its link to what controls it, which is not followed yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Linked {
    pub(super) key: PodKey,
    pub(super) pod: Pod,
    pub(super) owner: Option<OwnerReference>,
}

/// A pod of the wire.
pub(super) fn linked(pod: wire::Pod) -> Linked {
    let wire::Pod { metadata, spec, status } = pod;
    let owner = metadata.owner().cloned();
    let key = PodKey {
        namespace: metadata.namespace().to_owned(),
        name: metadata.name,
        uid: metadata.uid.unwrap_or_default(),
    };
    let created_at = wire::instant(metadata.creation_timestamp.as_deref());
    let pod = Pod {
        requests: requests(&spec),
        images: images(&spec),
        claims: claims(&spec, &status),
        node: spec.node_name.filter(|name| !name.is_empty()),
        owner: None,
        started_at: started_at(&status).or(created_at),
        ended_at: ended_at(&status),
        labels: wire::labels(metadata.labels),
        restart_count: restart_count(&status),
    };
    Linked { key, pod, owner }
}

fn all<T>(list: Option<&Vec<T>>) -> &[T] {
    list.map(Vec::as_slice).unwrap_or_default()
}

/// What a container asks for. A limit without a request is a request.
fn asked(container: &Container) -> Quantities {
    let Some(resources) = &container.resources else { return Quantities::new() };
    let mut asked = wire::quantities(resources.limits.as_ref());
    asked.extend(wire::quantities(resources.requests.as_ref()));
    asked
}

fn add(sum: &mut Quantities, other: &Quantities) {
    for (name, value) in other {
        *sum.entry(name.clone()).or_default() += value;
    }
}

/// What the scheduler sets aside for a pod: all its containers and sidecars together, or what an init container needs while
/// it runs, whichever is more.
fn requests(spec: &PodSpec) -> Quantities {
    let mut sidecars = Quantities::new();
    let mut peak = Quantities::new();
    for container in all(spec.init_containers.as_ref()) {
        let own = asked(container);
        let mut now = sidecars.clone();
        add(&mut now, &own);
        if container.restart_policy.as_deref() == Some("Always") {
            sidecars = now.clone();
        }
        for (name, value) in now {
            let highest = peak.entry(name).or_default();
            *highest = highest.max(value);
        }
    }
    let mut sum = sidecars;
    for container in all(spec.containers.as_ref()) {
        add(&mut sum, &asked(container));
    }
    for (name, value) in peak {
        let needed = sum.entry(name).or_default();
        *needed = needed.max(value);
    }
    add(&mut sum, &wire::quantities(spec.overhead.as_ref()));
    sum
}

/// Names of images without tag and digest. A colon before a slash belongs to a port.
fn images(spec: &PodSpec) -> Vec<String> {
    let name = |container: &Container| {
        let image = container.image.as_deref()?;
        let image = image.split_once('@').map_or(image, |(name, _digest)| name);
        let tag = image.rfind(':').filter(|at| !image[*at..].contains('/'));
        Some(tag.map_or(image, |at| &image[..at]).to_owned())
    };
    let names: BTreeSet<String> = all(spec.containers.as_ref()).iter().filter_map(name).collect();
    names.into_iter().collect()
}

/// Names of its resource claims. Those made from a template are named in its status.
fn claims(spec: &PodSpec, status: &PodStatus) -> Vec<String> {
    let asked = all(spec.resource_claims.as_ref());
    let made = all(status.resource_claim_statuses.as_ref());
    let mut names = BTreeSet::new();
    for claim in asked {
        let of_template = || made.iter().find(|made| made.name == claim.name);
        let name = claim.resource_claim_name.clone();
        let name = name.or_else(|| of_template()?.resource_claim_name.clone());
        // A claim that is not made yet is known by what the pod calls it.
        names.insert(name.unwrap_or_else(|| claim.name.clone()));
    }
    names.into_iter().collect()
}

/// When its accelerators were set aside: when it was scheduled.
fn started_at(status: &PodStatus) -> Option<InstantMs> {
    let conditions = all(status.conditions.as_ref());
    let scheduled = conditions
        .iter()
        .find(|condition| condition.name == "PodScheduled" && condition.status == "True");
    let at =
        scheduled.and_then(|condition| wire::instant(condition.last_transition_time.as_deref()));
    at.or_else(|| wire::instant(status.start_time.as_deref()))
}

fn statuses(status: &PodStatus) -> impl Iterator<Item = &ContainerStatus> {
    let init = all(status.init_container_statuses.as_ref()).iter();
    init.chain(all(status.container_statuses.as_ref()))
}

/// When it ended. An evicted pod may have no containers to say so; then its last change is its end.
fn ended_at(status: &PodStatus) -> Option<InstantMs> {
    if !matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")) {
        return None;
    }
    let finished =
        statuses(status).filter_map(|container| wire::instant(container.finished_at())).max();
    let changed = || {
        let changes = all(status.conditions.as_ref()).iter();
        changes.filter_map(|change| wire::instant(change.last_transition_time.as_deref())).max()
    };
    finished.or_else(changed).or_else(|| wire::instant(status.start_time.as_deref()))
}

fn restart_count(status: &PodStatus) -> Option<i64> {
    let counts: Vec<i64> =
        statuses(status).filter_map(|container| container.restart_count).collect();
    (!counts.is_empty()).then(|| counts.iter().sum())
}

//! Claims on devices: a pod with one holds an accelerator, though it asks for none.

use std::collections::BTreeMap;

use super::{gaps::counted, pods::Linked, wire::Claim};
use crate::snapshot::Gap;

/// Words in the names of drivers that give out accelerators: `gpu.nvidia.com`.
const ACCELERATORS: [&str; 5] = ["gpu", "tpu", "npu", "neuron", "gaudi"];

/// Nodes that a gap names; more would hide the sentence.
const NAMED_NODE_COUNT: usize = 3;

/// Whether a claim is for accelerators, by namespace and name. Claims that were given nothing yet are not in it.
pub(super) type ByClaim = BTreeMap<(String, String), bool>;

/// What a claim is for. `None`: it was given nothing, or does not say.
pub(super) fn purpose(claim: &Claim) -> Option<((String, String), bool)> {
    let is_accelerator =
        |driver: &str| ACCELERATORS.iter().any(|word| driver.to_lowercase().contains(word));
    let is_any = claim.drivers()?.any(is_accelerator);
    let (namespace, name) = (claim.metadata.namespace().to_owned(), claim.metadata.name.clone());
    Some(((namespace, name), is_any))
}

/// Forgets claims that are known to be for something else, such as a network device.
pub(super) fn forget_others(pods: &mut [Linked], purposes: &ByClaim) {
    for Linked { key, pod, .. } in pods {
        pod.claims.retain(|claim| {
            purposes.get(&(key.namespace.clone(), claim.clone())).copied().unwrap_or(true)
        });
    }
}

/// Says that pods hold accelerators whose number nobody states.
pub(super) fn gap(cluster: &str, pods: &[Linked]) -> Option<Gap> {
    let holders: Vec<&Linked> = pods
        .iter()
        .filter(|linked| !linked.pod.claims.is_empty() && linked.pod.ended_at.is_none())
        .collect();
    let count = holders.len();
    let mut nodes: Vec<&str> = holders.iter().filter_map(|held| held.pod.node.as_deref()).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let more = nodes.len().saturating_sub(NAMED_NODE_COUNT);
    let mut named = nodes.iter().take(NAMED_NODE_COUNT).copied().collect::<Vec<_>>().join(", ");
    if more > 0 {
        named.extend([" and ", &more.to_string(), " more"]);
    }
    (count > 0).then(|| Gap {
        what: format!("accelerators of {} of cluster {cluster}", counted(count, "pod")),
        because: "they hold them by resource claims, which state no count in the pod".to_owned(),
        hides: "how many accelerators these pods hold, and how many of their nodes are left"
            .to_owned(),
        remedy: format!(
            "before acting on unallocated accelerators, look at the claims of pods on {named}"
        ),
    })
}

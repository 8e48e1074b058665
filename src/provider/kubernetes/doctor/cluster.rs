//! What may be listed, and what machines say of themselves.

use std::collections::BTreeMap;

use super::{Answers, good, manifest};
use crate::provider::{
    call::CallError,
    contract::{Check, CheckState},
    kubernetes::{
        api::{counted, is_accelerator, remedy},
        model::Node,
        permissions,
    },
};

/// Labels that say how a machine is paid for.
const CAPACITY_TYPE: [&str; 6] = [
    "karpenter.sh/capacity-type",
    "eks.amazonaws.com/capacityType",
    "cloud.google.com/gke-spot",
    "cloud.google.com/gke-preemptible",
    "cloud.google.com/gke-provisioning",
    "kubernetes.azure.com/scalesetpriority",
];
/// Machine type.
const INSTANCE_TYPE: &str = "node.kubernetes.io/instance-type";
/// Model of the GPUs, from GPU feature discovery.
const PRODUCT: &str = "nvidia.com/gpu.product";
/// Physical GPUs, from GPU feature discovery.
const COUNT: &str = "nvidia.com/gpu.count";
/// Pods that may share a GPU.
const REPLICAS: &str = "nvidia.com/gpu.replicas";
/// How they share it.
const SHARING: &str = "nvidia.com/gpu.sharing-strategy";
/// How GPUs are cut into instances.
const MIG: &str = "nvidia.com/mig.strategy";

/// Nodes and kinds that are named; more would hide the sentence.
const NAMED_COUNT: usize = 3;

/// What may be listed. Refusals that hide the same are one check.
pub(super) fn permissions(cluster: &str, answers: &Answers) -> Vec<Check> {
    let mut refused: Vec<(&str, Vec<&str>, &CallError)> = Vec::new();
    let (mut listed, mut absent) = (0, 0);
    for (kind, answer) in answers {
        match answer {
            Ok(()) => listed += 1,
            Err(CallError::Absent { .. }) if kind.is_custom() => absent += 1,
            Err(error) => {
                let hides = permissions::of(kind.group, kind.resource)
                    .map_or("", |permission| permission.hides);
                match refused.iter_mut().find(|(other, _, _)| *other == hides) {
                    Some((_, kinds, _)) => kinds.push(kind.resource),
                    None => refused.push((hides, vec![kind.resource], error)),
                }
            }
        }
    }
    let found = format!("{listed} kinds of objects can be listed, {absent} are not installed");
    let mut checks = vec![good(format!("permissions in {cluster}"), found)];
    checks.extend(refused.into_iter().map(|(hides, kinds, error)| Check {
        what: format!("permission to list {} in {cluster}", named(&kinds)),
        state: CheckState::Less,
        found: error.to_string(),
        hides: hides.to_owned(),
        remedy: remedy(error),
    }));
    checks
}

/// What machines with accelerators say of themselves.
pub(super) fn nodes(cluster: &str, nodes: &[(String, Node)]) -> Vec<Check> {
    let mut checks = vec![accelerators(cluster, nodes)];
    checks.extend(labels(cluster, nodes));
    checks.extend(sharing(cluster, nodes));
    checks
}

fn accelerators(cluster: &str, nodes: &[(String, Node)]) -> Check {
    let what = format!("accelerators of {cluster}");
    if nodes.is_empty() {
        return Check {
            what,
            state: CheckState::Less,
            found: "no node has any".to_owned(),
            hides: "everything, if there should be some".to_owned(),
            remedy: "nothing, if nodes come only when they are needed; else see that the device plugin runs"
                .to_owned(),
        };
    }
    let mut models: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, node) in nodes {
        *models.entry(model(node)).or_default() += 1;
    }
    let models: Vec<String> =
        models.into_iter().map(|(model, count)| format!("{count} × {model}")).collect();
    good(what, format!("{}: {}", counted(nodes.len(), "node"), models.join(", ")))
}

/// The model of a machine's accelerators, as well as it can be told.
fn model(node: &Node) -> &str {
    let label = |name: &str| node.labels.get(name).map(String::as_str);
    label(PRODUCT)
        .or_else(|| label("cloud.google.com/gke-accelerator"))
        .or_else(|| label("karpenter.k8s.aws/instance-gpu-name"))
        .or_else(|| label("karpenter.k8s.aws/instance-accelerator-name"))
        .or_else(|| node.capacity.keys().map(String::as_str).find(|name| is_accelerator(name)))
        .unwrap_or("unknown")
}

fn offers(node: &Node) -> bool {
    node.allocatable.iter().any(|(name, count)| is_accelerator(name) && *count > 0.0)
}

fn is_nvidia(node: &Node) -> bool {
    node.capacity.keys().any(|name| name.starts_with("nvidia.com/"))
}

/// Labels that some machines lack.
fn labels(cluster: &str, nodes: &[(String, Node)]) -> Vec<Check> {
    let has = |node: &Node, name: &str| node.labels.contains_key(name);
    let lack = |what: &str, is_lacking: &dyn Fn(&Node) -> bool, hides: &str, remedy: String| {
        let lacking: Vec<&str> = nodes
            .iter()
            .filter(|(_, node)| is_lacking(node))
            .map(|(name, _)| name.as_str())
            .collect();
        (!lacking.is_empty()).then(|| Check {
            what: format!("{what} of {cluster}"),
            state: CheckState::Less,
            found: format!(
                "lacking on {} of {}: {}",
                lacking.len(),
                counted(nodes.len(), "node"),
                named(&lacking)
            ),
            hides: hides.to_owned(),
            remedy,
        })
    };
    [
        lack(
            "device plugin",
            &|node| has(node, COUNT) && !offers(node),
            "which pod holds their GPUs",
            "see why the device plugin offers none there: `kubectl describe node NAME`".to_owned(),
        ),
        lack(
            "GPU feature discovery",
            &|node| is_nvidia(node) && !has(node, PRODUCT),
            "the model, memory and physical number of their GPUs",
            manifest::feature_discovery(),
        ),
        lack(
            "machine types",
            &|node| !has(node, INSTANCE_TYPE),
            "their list price",
            "on machines of your own, set the price of a GPU in `[kubernetes.gpu_usd_per_hour]`".to_owned(),
        ),
        lack(
            "capacity types",
            &|node| node.provider_id.is_some() && !CAPACITY_TYPE.iter().any(|name| has(node, name)),
            "whether they are spot machines",
            "nothing, if a bill is brought with --billing; else label them: karpenter.sh/capacity-type=on-demand"
                .to_owned(),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// GPUs that several pods share.
fn sharing(cluster: &str, nodes: &[(String, Node)]) -> Vec<Check> {
    let of = |node: &Node, name: &str| node.labels.get(name).cloned().unwrap_or_default();
    let mut checks = Vec::new();
    let is_sliced = |node: &&(String, Node)| {
        let replicas = of(&node.1, REPLICAS);
        !replicas.is_empty() && replicas != "1" && of(&node.1, SHARING) != "none"
    };
    let sliced: Vec<&(String, Node)> = nodes.iter().filter(is_sliced).collect();
    if let Some((_, first)) = sliced.first() {
        let strategy = of(first, SHARING);
        let strategy = if strategy.is_empty() { "time-slicing" } else { &strategy };
        let replicas = of(first, REPLICAS);
        checks.push(Check {
            what: format!("shared GPUs of {cluster}"),
            state: CheckState::Less,
            found: format!(
                "on {} by {strategy}, {replicas} pods to each",
                counted(sliced.len(), "node")
            ),
            hides: "which of the pods that share a GPU uses it: metrics name one of them, or none"
                .to_owned(),
            remedy: "use MIG where use by pod matters: its instances are measured apart".to_owned(),
        });
    }
    let is_cut = |node: &Node| node.capacity.keys().any(|name| name.starts_with("nvidia.com/mig-"));
    let cut = nodes.iter().filter(|(_, node)| is_cut(node)).count();
    if cut > 0 {
        let strategies =
            nodes.iter().filter(|(_, node)| is_cut(node)).map(|(_, node)| of(node, MIG));
        let strategy = strategies.into_iter().find(|text| !text.is_empty());
        let strategy = strategy.unwrap_or_else(|| "unknown".to_owned());
        let found = format!("on {}, strategy {strategy}", counted(cut, "node"));
        checks.push(good(format!("MIG instances of {cluster}"), found));
    }
    checks
}

/// `a, b, c and 4 more`.
fn named(names: &[&str]) -> String {
    let mut text = names.iter().take(NAMED_COUNT).copied().collect::<Vec<_>>().join(", ");
    if let more @ 1.. = names.len().saturating_sub(NAMED_COUNT) {
        text.extend([" and ", &more.to_string(), " more"]);
    }
    text
}

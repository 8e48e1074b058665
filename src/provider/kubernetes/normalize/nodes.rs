//! Nodes as resources.

use super::{Inventory, NodeFacts, PROVIDER};
use crate::{
    frame::ResourceRow,
    provider::kubernetes::model::{Labels, Node},
};

const GIB: f64 = 1_073_741_824.0;

impl Inventory<'_> {
    /// One row per node that has accelerators, or had them in the window.
    pub(in super::super) fn node_rows(&self) -> Vec<ResourceRow> {
        let with_accelerators =
            self.nodes.iter().filter(|(_, facts)| facts.accelerators.count.is_some());
        let mut rows: Vec<ResourceRow> = with_accelerators
            .filter_map(|(name, facts)| {
                Some(self.node_row(name, self.cluster.nodes.get(*name)?, facts))
            })
            .collect();
        rows.sort_by(|a, b| a.resource_id.cmp(&b.resource_id));
        rows
    }

    fn node_row(&self, name: &str, node: &Node, facts: &NodeFacts) -> ResourceRow {
        let accelerators = facts.accelerators;
        let is_gone = node.gone_at.is_some();
        ResourceRow {
            resource_id: facts.id.clone(),
            provider: PROVIDER.to_owned(),
            account_id: self.name.to_owned(),
            region: facts.region.clone(),
            zone: first(&node.labels, &ZONE).map(str::to_owned),
            name: Some(name.to_owned()),
            instance_type: first(&node.labels, &INSTANCE_TYPE).map(str::to_owned),
            kind: "node".to_owned(),
            state: Some(if is_gone { "stopped" } else { "running" }.to_owned()),
            purchase_option: purchase_option(&node.labels).map(str::to_owned),
            launched_at: node.created_at,
            stopped_at: node.gone_at,
            backed_by: node.provider_id.clone().filter(|id| cloud_of_id(id).is_some()),
            gpu_model: accelerators.model.map(str::to_owned),
            gpu_count: accelerators.count,
            gpu_mem_gib_per_gpu: accelerators.mem_gib_per_gpu,
            vcpu_count: node.capacity.get("cpu").map(|count| {
                #[expect(clippy::cast_possible_truncation, reason = "a count of processors")]
                let count = count.round() as i64;
                count
            }),
            mem_gib: node.capacity.get("memory").map(|bytes| bytes / GIB),
            tags_json: tags_json(&node.labels),
            has_scaling: node.consolidation.as_ref().map(|policy| policy != "Never"),
            machine_provider: machine_provider(node).map(str::to_owned),
            ..ResourceRow::default()
        }
    }
}

const ZONE: [&str; 2] = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];
const REGION: [&str; 2] =
    ["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"];
const INSTANCE_TYPE: [&str; 2] =
    ["node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"];

fn first<'a>(labels: &'a Labels, keys: &[&str]) -> Option<&'a str> {
    keys.iter()
        .find_map(|key| labels.get(*key))
        .map(String::as_str)
        .filter(|value| !value.is_empty())
}

/// The region that its labels name.
pub(super) fn region(node: &Node) -> Option<&str> {
    first(&node.labels, &REGION)
}

/// Labels as the tags of a resource.
pub(super) fn tags_json(labels: &Labels) -> String {
    serde_json::to_string(labels).unwrap_or_else(|_impossible| "{}".to_owned())
}

fn cloud_of_id(provider_id: &str) -> Option<&'static str> {
    [("aws://", "aws"), ("azure://", "azure"), ("gce://", "gcp")]
        .into_iter()
        .find_map(|(scheme, cloud)| provider_id.starts_with(scheme).then_some(cloud))
}

/// The cloud that sells the machine. `None`: none, or nothing says which.
fn machine_provider(node: &Node) -> Option<&'static str> {
    let by_label = || {
        let has = |part: &str| node.labels.keys().any(|key| key.starts_with(part));
        [
            ("eks.amazonaws.com/", "aws"),
            ("karpenter.k8s.aws/", "aws"),
            ("cloud.google.com/gke", "gcp"),
            ("kubernetes.azure.com/", "azure"),
        ]
        .into_iter()
        .find_map(|(part, cloud)| has(part).then_some(cloud))
    };
    node.provider_id.as_deref().and_then(cloud_of_id).or_else(by_label)
}

/// Labels that say how a node is paid for, with the values that mean spot and on demand.
const CAPACITY: [(&str, &[&str], &[&str]); 7] = [
    ("karpenter.sh/capacity-type", &["spot"], &["on-demand", "reserved"]),
    ("eks.amazonaws.com/capacityType", &["SPOT"], &["ON_DEMAND"]),
    ("cloud.google.com/gke-spot", &["true"], &["false"]),
    ("cloud.google.com/gke-preemptible", &["true"], &["false"]),
    ("cloud.google.com/gke-provisioning", &["spot", "preemptible"], &["standard"]),
    ("kubernetes.azure.com/scalesetpriority", &["spot"], &["regular"]),
    ("node.kubernetes.io/lifecycle", &["spot"], &["normal", "on-demand"]),
];

fn purchase_option(labels: &Labels) -> Option<&'static str> {
    CAPACITY.iter().find_map(|(key, spot, on_demand)| {
        let value = labels.get(*key)?;
        let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(value));
        if is(spot) { Some("spot") } else { is(on_demand).then_some("on_demand") }
    })
}

//! Which machines have accelerators, and what their pools do with them.

use std::collections::BTreeMap;

use crate::provider::kubernetes::model::{Labels, Node};

/// Resource names of accelerators begin so.
const ACCELERATORS: [&str; 7] = [
    "nvidia.com/",
    "amd.com/gpu",
    "gpu.intel.com/",
    "habana.ai/",
    "aws.amazon.com/neuron",
    "google.com/tpu",
    "cloud-tpus.google.com/",
];

/// Resources of the same makers that are network devices.
const NETWORK: [&str; 3] = ["hostdev", "rdma", "sriov"];

/// Labels that only machines with accelerators carry.
const LABELS: [&str; 9] = [
    "nvidia.com/gpu.product",
    "nvidia.com/gpu.count",
    "amd.com/gpu.product-name",
    "cloud.google.com/gke-accelerator",
    "cloud.google.com/gke-tpu-accelerator",
    "karpenter.k8s.aws/instance-gpu-count",
    "karpenter.k8s.aws/instance-accelerator-count",
    "karpenter.azure.com/sku-gpu-count",
    "kubernetes.azure.com/accelerator",
];

/// Names the pool that made a machine.
const POOL: &str = "karpenter.sh/nodepool";

/// Whether a resource of pods and machines is an accelerator or a part of one.
pub(in super::super) fn is_accelerator(resource: &str) -> bool {
    ACCELERATORS.iter().any(|prefix| resource.starts_with(prefix))
        && !NETWORK.iter().any(|word| resource.contains(word))
}

/// Whether a machine has accelerators, by what it offers or by its labels. With dynamic resource allocation it offers none.
pub(in super::super) fn has_accelerators(node: &Node) -> bool {
    let offers = |(name, count): (&String, &f64)| is_accelerator(name) && *count > 0.0;
    let says = |name: &str| node.labels.get(name).is_some_and(|value| value != "0");
    node.capacity.iter().any(offers) || LABELS.iter().any(|name| says(name))
}

/// Notes on every machine how the pool that made it takes away what is not needed.
pub(super) fn apply_pools(nodes: &mut BTreeMap<String, Node>, pools: &Labels) {
    for node in nodes.values_mut() {
        node.consolidation = node.labels.get(POOL).and_then(|pool| pools.get(pool)).cloned();
    }
}

/// Whether a pool made any of the machines.
pub(super) fn has_pools(nodes: &BTreeMap<String, Node>) -> bool {
    nodes.values().any(|node| node.labels.contains_key(POOL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_accelerators_count_and_network_devices_do_not() {
        let accelerators = [
            "nvidia.com/gpu",
            "nvidia.com/gpu.shared",
            "nvidia.com/mig-1g.10gb",
            "amd.com/gpu",
            "aws.amazon.com/neuroncore",
            "google.com/tpu",
        ];
        assert!(accelerators.iter().all(|name| is_accelerator(name)));
        let others = ["cpu", "memory", "nvidia.com/hostdev", "rdma/ib", "vpc.amazonaws.com/efa"];
        assert!(!others.iter().any(|name| is_accelerator(name)));
    }

    #[test]
    fn a_machine_without_a_device_plugin_is_known_by_its_labels() {
        let label = |name: &str, value: &str| Node {
            labels: [(name.to_owned(), value.to_owned())].into(),
            ..Node::default()
        };
        assert!(has_accelerators(&label("nvidia.com/gpu.count", "8")));
        assert!(!has_accelerators(&label("nvidia.com/gpu.count", "0")));
        assert!(!has_accelerators(&label("kubernetes.io/arch", "amd64")));
    }
}

//! Names as kube-state-metrics writes them, and what they were: signs that Prometheus does not allow become `_`.

/// Keys of labels that matter, as clusters write them.
const KNOWN_KEYS: [&str; 46] = [
    "node.kubernetes.io/instance-type",
    "beta.kubernetes.io/instance-type",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "kubernetes.io/arch",
    "kubernetes.io/hostname",
    "node.kubernetes.io/lifecycle",
    "karpenter.sh/capacity-type",
    "karpenter.sh/nodepool",
    "karpenter.k8s.aws/instance-gpu-name",
    "karpenter.k8s.aws/instance-gpu-count",
    "karpenter.k8s.aws/instance-gpu-memory",
    "karpenter.k8s.aws/instance-gpu-manufacturer",
    "eks.amazonaws.com/capacityType",
    "eks.amazonaws.com/nodegroup",
    "cloud.google.com/gke-spot",
    "cloud.google.com/gke-preemptible",
    "cloud.google.com/gke-provisioning",
    "cloud.google.com/gke-accelerator",
    "cloud.google.com/gke-nodepool",
    "cloud.google.com/gke-gpu-sharing-strategy",
    "cloud.google.com/gke-max-shared-clients-per-gpu",
    "cloud.google.com/gke-tpu-accelerator",
    "kubernetes.azure.com/scalesetpriority",
    "kubernetes.azure.com/agentpool",
    "kubernetes.azure.com/accelerator",
    "nvidia.com/gpu.product",
    "nvidia.com/gpu.count",
    "nvidia.com/gpu.memory",
    "nvidia.com/gpu.replicas",
    "nvidia.com/gpu.sharing-strategy",
    "nvidia.com/gpu.present",
    "nvidia.com/mig.strategy",
    "nvidia.com/mig.config",
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/component",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/version",
    "notebook-name",
    "cost-center",
    "ray.io/cluster",
    "batch.kubernetes.io/job-name",
];

/// Resources whose accelerators may be asked for, as a regular expression over their names there.
pub(super) const ACCELERATORS: &str = "nvidia_com_.+|amd_com_gpu|aws_amazon_com_neuron.*|google_com_tpu\
    |gpu_intel_com_.+|habana_ai_gaudi";

/// Letters and digits alone: all that survives every way of writing a key.
fn bones(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|sign| sign.to_ascii_lowercase()).collect()
}

/// The key of `label_…`: as it was if it is known, else as it stands there. `None`: it is no label of an object.
pub(super) fn key(label: &str) -> Option<String> {
    let written = label.strip_prefix("label_").filter(|key| !key.is_empty())?;
    let written_bones = bones(written);
    let known = KNOWN_KEYS.iter().find(|key| bones(key) == written_bones);
    Some(known.map_or_else(|| written.to_owned(), |key| (*key).to_owned()))
}

/// The name of a resource as it stands in pods: `nvidia_com_mig_1g_10gb` is `nvidia.com/mig-1g.10gb`.
pub(super) fn resource(written: &str) -> String {
    if let Some(profile) = written.strip_prefix("nvidia_com_mig_") {
        return format!("nvidia.com/mig-{}", profile.replace('_', "."));
    }
    if let Some(rest) = written.strip_prefix("nvidia_com_") {
        return format!("nvidia.com/{}", rest.replace('_', "."));
    }
    for (prefix, domain) in [
        ("amd_com_", "amd.com"),
        ("aws_amazon_com_", "aws.amazon.com"),
        ("google_com_", "google.com"),
        ("gpu_intel_com_", "gpu.intel.com"),
        ("habana_ai_", "habana.ai"),
    ] {
        if let Some(rest) = written.strip_prefix(prefix) {
            return format!("{domain}/{rest}");
        }
    }
    written.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_keys_come_back_as_they_were() {
        for (written, key_was) in [
            ("label_node_kubernetes_io_instance_type", "node.kubernetes.io/instance-type"),
            ("label_eks_amazonaws_com_capacity_type", "eks.amazonaws.com/capacityType"),
            ("label_eks_amazonaws_com_capacityType", "eks.amazonaws.com/capacityType"),
            ("label_nvidia_com_gpu_product", "nvidia.com/gpu.product"),
            ("label_team", "team"),
        ] {
            assert_eq!(key(written).as_deref(), Some(key_was));
        }
        assert_eq!(key("node"), None);
    }

    #[test]
    fn resources_come_back_as_they_were() {
        for (written, was) in [
            ("nvidia_com_gpu", "nvidia.com/gpu"),
            ("nvidia_com_gpu_shared", "nvidia.com/gpu.shared"),
            ("nvidia_com_mig_1g_10gb", "nvidia.com/mig-1g.10gb"),
            ("nvidia_com_mig_1g_10gb_me", "nvidia.com/mig-1g.10gb.me"),
            ("amd_com_gpu", "amd.com/gpu"),
            ("aws_amazon_com_neuroncore", "aws.amazon.com/neuroncore"),
            ("gpu_intel_com_i915", "gpu.intel.com/i915"),
            ("memory", "memory"),
        ] {
            assert_eq!(resource(written), was);
        }
    }
}

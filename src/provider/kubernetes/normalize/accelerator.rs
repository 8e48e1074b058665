//! How many accelerators a node has, and how much of one each request holds.

use std::collections::BTreeMap;

use crate::provider::{
    gpu_model::canonical,
    kubernetes::{
        model::{Node, Quantities},
        telemetry::{Device, MigSlice},
    },
};

/// Resources that stand for accelerators which are never shared.
const WHOLE: [&str; 5] = [
    "amd.com/gpu",
    "aws.amazon.com/neuron",
    "aws.amazon.com/neurondevice",
    "google.com/tpu",
    "habana.ai/gaudi",
];

/// The accelerators of a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Accelerators {
    /// Canonical model.
    pub(super) model: Option<&'static str>,
    /// Physical accelerators.
    pub(super) count: Option<f64>,
    /// Memory of one.
    pub(super) mem_gib_per_gpu: Option<f64>,
    /// Part of a physical accelerator that one `nvidia.com/gpu` stands for: below one where they are shared by time, or
    /// cut into slices that go by the same name.
    pub(super) share_ratio: f64,
}

fn number(node: &Node, label: &str) -> Option<f64> {
    node.labels.get(label)?.parse().ok().filter(|number: &f64| *number > 0.0)
}

fn amount(quantities: &Quantities, name: &str) -> f64 {
    quantities.get(name).copied().unwrap_or_default()
}

/// A profile such as `1g.10gb`, as it stands behind `MIG-` in a product or `mig-` in a resource.
fn compute_slices(profile: &str) -> Option<f64> {
    let (slices, _) = profile.split_once('g')?;
    // Several small compute instances in one slice: `1c.3g.40gb`.
    let slices = slices.rsplit('.').next()?;
    slices.parse().ok().filter(|slices: &f64| *slices > 0.0)
}

/// Compute slices that one accelerator of a model is cut into at most.
fn slice_max_count(model: Option<&str>) -> f64 {
    match model {
        Some("A30" | "RTX-PRO-6000") => 4.0,
        _ => 7.0,
    }
}

/// Part of a physical accelerator that a slice is.
pub(super) fn slice_ratio(profile: &str, model: Option<&str>) -> Option<f64> {
    compute_slices(profile).map(|slices| (slices / slice_max_count(model)).min(1.0))
}

/// Memory in the words of labels, in gibibytes.
fn mem_gib(node: &Node) -> Option<f64> {
    let mib = number(node, "nvidia.com/gpu.memory")
        .filter(|_| single_profile(node).is_none())
        .or_else(|| number(node, "karpenter.k8s.aws/instance-gpu-memory"));
    mib.map(|mib| mib / 1024.0)
}

/// The profile of all slices where they go by the name of whole accelerators.
fn single_profile(node: &Node) -> Option<&str> {
    let product = node.labels.get("nvidia.com/gpu.product")?;
    product.split_once("-MIG-").map(|(_, profile)| profile.trim_end_matches("-SHARED"))
}

/// The accelerators of a node, from its labels, what it offers and what was measured on it.
pub(super) fn of_node(node: &Node, devices: Option<&BTreeMap<i64, Device>>) -> Accelerators {
    let model = model(node, devices);
    let measured_count =
        devices.map(BTreeMap::len).filter(|count| *count > 0).map(|count| count as f64);
    let offered = |name: &str| amount(&node.capacity, name).max(amount(&node.allocatable, name));
    let units = offered("nvidia.com/gpu") + offered("nvidia.com/gpu.shared");
    if let Some(ratio) = single_profile(node).and_then(|profile| slice_ratio(profile, model)) {
        let count = measured_count.or_else(|| (units > 0.0).then(|| (units * ratio).ceil()));
        return Accelerators { model, count, mem_gib_per_gpu: mem_gib(node), share_ratio: ratio };
    }
    let stated = number(node, "nvidia.com/gpu.count")
        .or_else(|| number(node, "karpenter.k8s.aws/instance-gpu-count"));
    let replicas = number(node, "nvidia.com/gpu.replicas")
        .or_else(|| number(node, "cloud.google.com/gke-max-shared-clients-per-gpu"));
    let of_units = (units > 0.0).then(|| (units / replicas.unwrap_or(1.0)).max(1.0).round());
    let of_slices = || {
        let slices = node.capacity.iter().filter_map(|(name, count)| {
            Some(slice_ratio(name.strip_prefix("nvidia.com/mig-")?, model)? * count)
        });
        let sum: f64 = slices.sum();
        (sum > 0.0).then(|| sum.ceil())
    };
    let whole = WHOLE.iter().map(|name| offered(name)).find(|count| *count > 0.0);
    let count = stated.or(measured_count).or(of_units).or(whole).or_else(of_slices);
    // More on offer than there is: somebody shares them without a label that says so.
    let implied = count.filter(|count| units > *count).map(|count| units / count);
    let share_ratio = replicas.or(implied).map_or(1.0, |replicas| 1.0 / replicas.max(1.0));
    Accelerators { model, count, mem_gib_per_gpu: mem_gib(node), share_ratio }
}

fn model(node: &Node, devices: Option<&BTreeMap<i64, Device>>) -> Option<&'static str> {
    let mem = mem_gib(node);
    let labels = [
        "nvidia.com/gpu.product",
        "cloud.google.com/gke-accelerator",
        "cloud.google.com/gke-tpu-accelerator",
        "karpenter.k8s.aws/instance-gpu-name",
    ];
    let by_label = labels
        .iter()
        .filter_map(|label| node.labels.get(*label))
        .find_map(|name| canonical(name, mem));
    let by_driver = || {
        let mut names = devices?.values().filter_map(|device| device.model.as_deref());
        let first = canonical(names.next()?, mem)?;
        names.all(|name| canonical(name, mem) == Some(first)).then_some(first)
    };
    by_label.or_else(by_driver)
}

/// Physical accelerators that a pod holds on a node. `None`: none.
pub(super) fn held_count(requests: &Quantities, on: Option<&Accelerators>) -> Option<f64> {
    let model = on.and_then(|on| on.model);
    let share = on.map_or(1.0, |on| on.share_ratio);
    let each = requests.iter().filter_map(|(name, count)| {
        let ratio = match name.as_str() {
            "nvidia.com/gpu" | "nvidia.com/gpu.shared" => share,
            // A chip has two of them.
            "aws.amazon.com/neuroncore" => 0.5,
            name if WHOLE.contains(&name) || name.starts_with("gpu.intel.com/") => 1.0,
            name => {
                let profile = name.strip_prefix("nvidia.com/mig-")?;
                slice_ratio(profile.trim_end_matches(".shared"), model)?
            }
        };
        Some(ratio * count)
    });
    let sum: f64 = each.sum();
    (sum > 0.0).then_some(sum)
}

/// Part of the accelerator that a measured slice is; all of it if its size is not known.
pub(super) fn ratio_of(slice: Option<&MigSlice>, model: Option<&str>) -> f64 {
    slice.and_then(|slice| slice_ratio(&slice.profile, model)).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(labels: &[(&str, &str)], capacity: &[(&str, f64)]) -> Node {
        Node {
            labels: labels
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            capacity: quantities(capacity),
            ..Node::default()
        }
    }

    fn quantities(list: &[(&str, f64)]) -> Quantities {
        list.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn four_time_sliced_pods_hold_exactly_one_accelerator() {
        let node = node(
            &[
                ("nvidia.com/gpu.product", "Tesla-T4-SHARED"),
                ("nvidia.com/gpu.count", "1"),
                ("nvidia.com/gpu.replicas", "4"),
            ],
            &[("nvidia.com/gpu", 4.0)],
        );
        let found = of_node(&node, None);
        assert_eq!((found.model, found.count, found.share_ratio), (Some("T4"), Some(1.0), 0.25));
        let held = held_count(&quantities(&[("nvidia.com/gpu", 1.0)]), Some(&found));
        assert_eq!(held.map(|held| held * 4.0), Some(1.0));
    }

    #[test]
    fn sharing_without_a_label_shows_in_what_is_measured() {
        let devices = [(0, Device::default()), (1, Device::default())].into();
        let found = of_node(&node(&[], &[("nvidia.com/gpu", 8.0)]), Some(&devices));
        assert_eq!((found.count, found.share_ratio), (Some(2.0), 0.25));
    }

    #[test]
    fn slices_are_parts_of_the_accelerator_they_are_cut_from() {
        let node = node(
            &[
                ("nvidia.com/gpu.product", "NVIDIA-A100-SXM4-80GB"),
                ("nvidia.com/gpu.memory", "81920"),
            ],
            &[("nvidia.com/mig-1g.10gb", 7.0), ("nvidia.com/mig-3g.40gb", 2.0)],
        );
        let found = of_node(&node, None);
        assert_eq!(
            (found.model, found.count, found.mem_gib_per_gpu),
            (Some("A100-80GB"), Some(2.0), Some(80.0))
        );
        let held = |name: &str, count| held_count(&quantities(&[(name, count)]), Some(&found));
        assert_eq!(held("nvidia.com/mig-1g.10gb", 7.0), Some(1.0));
        assert_eq!(held("nvidia.com/mig-3g.40gb", 1.0), Some(3.0 / 7.0));
        assert_eq!(held("nvidia.com/mig-7g.80gb", 1.0), Some(1.0));
    }

    #[test]
    fn slices_that_go_by_the_name_of_whole_accelerators_are_parts_too() {
        let node = node(
            &[
                ("nvidia.com/gpu.product", "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb"),
                ("nvidia.com/gpu.count", "56"),
                ("nvidia.com/gpu.memory", "4864"),
            ],
            &[("nvidia.com/gpu", 56.0)],
        );
        let found = of_node(&node, None);
        assert_eq!(
            (found.model, found.count, found.mem_gib_per_gpu),
            (Some("A100-40GB"), Some(8.0), None)
        );
        assert_eq!(held_count(&quantities(&[("nvidia.com/gpu", 7.0)]), Some(&found)), Some(1.0));
    }

    #[test]
    fn a_smaller_accelerator_has_fewer_slices() {
        assert_eq!(slice_ratio("1g.6gb", Some("A30")), Some(0.25));
        assert_eq!(slice_ratio("1c.3g.40gb", Some("A100-80GB")), Some(3.0 / 7.0));
        assert_eq!(slice_ratio("whole", None), None);
    }

    #[test]
    fn a_pod_without_accelerators_holds_none() {
        assert_eq!(held_count(&quantities(&[("memory", 1e9)]), None), None);
        assert_eq!(held_count(&quantities(&[("amd.com/gpu", 2.0)]), None), Some(2.0));
    }
}

//! Facts of nodes by the pods on them, and of what no pod holds.

use super::{
    allocation::NodeHold,
    measure::Facts,
    specs::{AcceleratorFacts, SpareFacts},
    subject::Subject,
};

/// Pods and accelerators of a node over its running hours.
struct Held {
    allocated_mean_count: Option<f64>,
    allocated_max_count: Option<f64>,
    unallocated_mean_count: Option<f64>,
    unallocated_ratio: Option<f64>,
    gpu_pod_count: f64,
    cpu_pod_count: f64,
    cpu_only_hours_ratio: Option<f64>,
}

impl Held {
    fn of(node: &Subject<'_>, pods: &NodeHold<'_>) -> Self {
        let window = node.world.window;
        let hours: Vec<usize> = (0..window.hour_count())
            .filter(|&hour| {
                node.running.as_ref().is_none_or(|running| running.get(hour) == Some(&true))
            })
            .collect();
        let count = hours.len() as f64;
        let share = |sum: f64| (count > 0.0).then(|| sum / count);
        let held: f64 = hours.iter().map(|&hour| pods.held(hour)).sum();
        let unheld: f64 = hours.iter().map(|&hour| pods.unheld(hour)).sum();
        let mut has_cpu_pod = vec![false; window.hour_count()];
        let working = || pods.pods.iter().filter(|pod| !pod.is_daemon());
        for pod in working().filter(|pod| !pod.holds_gpus()) {
            for (hour, _) in pod.hours(window) {
                if let Some(flag) = has_cpu_pod.get_mut(hour) {
                    *flag = true;
                }
            }
        }
        let is_cpu_only =
            |hour: &&usize| pods.held(**hour) <= 0.0 && has_cpu_pod.get(**hour) == Some(&true);
        let in_window = |pod: &&super::allocation::Pod<'_>| pod.hours(window).next().is_some();
        let gpu_pods = pods.pods.iter().filter(|pod| pod.holds_gpus());
        let cpu_pods = working().filter(|pod| !pod.holds_gpus());
        Self {
            allocated_mean_count: share(held),
            allocated_max_count: hours.iter().map(|&hour| pods.held(hour)).max_by(f64::total_cmp),
            unallocated_mean_count: share(unheld),
            unallocated_ratio: (held + unheld > 0.0).then(|| unheld / (held + unheld)),
            gpu_pod_count: gpu_pods.filter(in_window).count() as f64,
            cpu_pod_count: cpu_pods.filter(in_window).count() as f64,
            cpu_only_hours_ratio: share(hours.iter().filter(is_cpu_only).count() as f64),
        }
    }
}

/// Adds what the pods say about a node. Nothing where they are not known.
pub(super) fn add_pods(own: &mut AcceleratorFacts, node: &Subject<'_>, facts: &Facts<'_>) {
    let Some(pods) = facts.allocation.node(&node.row.resource_id) else { return };
    let held = Held::of(node, pods);
    own.gpu_allocated_mean_count = held.allocated_mean_count;
    own.gpu_unallocated_mean_count = held.unallocated_mean_count;
    own.gpu_pod_count = Some(held.gpu_pod_count);
    own.cpu_pod_count = Some(held.cpu_pod_count);
    own.cpu_only_hours_ratio = held.cpu_only_hours_ratio;
    let window = node.world.window;
    let holding =
        pods.pods.iter().filter(|pod| pod.holds_gpus() && pod.hours(window).next().is_some());
    own.pods_observed_ratio = Some(
        holding
            .map(|pod| facts.observed.get(pod.workload_id.as_str()).copied().unwrap_or_default())
            .fold(1.0, f64::min),
    );
}

/// Facts of the unallocated part of a node. `None`: the pods on it are not known.
pub(super) fn spare(subject: &Subject<'_>, facts: &Facts<'_>) -> Option<SpareFacts> {
    let part = super::slice::parts(&facts.subjects, &facts.allocation, &subject.row.resource_id);
    let node = part.first()?.node;
    let node_id = node.row.resource_id.as_str();
    let pods = facts.allocation.node(node_id)?;
    let held = Held::of(node, pods);
    let busy = node.load.and_then(|load| load.gpus_seen_and_busy(node.gpu_count()));
    Some(SpareFacts {
        gpu_model: node.gpu_model(),
        gpu_count: Some(pods.gpu_count),
        gpu_allocated_mean_count: held.allocated_mean_count,
        gpu_allocated_max_count: held.allocated_max_count,
        gpu_unallocated_mean_count: held.unallocated_mean_count,
        gpu_unallocated_ratio: held.unallocated_ratio,
        packable_ratio: facts.packable.get(node_id).copied(),
        gpu_pod_count: Some(held.gpu_pod_count),
        cpu_pod_count: Some(held.cpu_pod_count),
        gpu_busy_count: busy.map(|(_, busy)| busy),
        has_scaling: node.row.has_scaling,
    })
}

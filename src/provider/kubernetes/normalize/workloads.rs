//! Workloads as resources, and the pods of nodes with accelerators.

use std::collections::BTreeSet;

use super::{Holder, Inventory, PROVIDER, kind, nodes::tags_json};
use crate::{
    frame::{InstantMs, ResourceRow, WorkloadRow},
    provider::{
        image::is_preallocating,
        kubernetes::{
            model::{Labels, Owner, OwnerKey, Pod, PodKey, Scaling},
            telemetry::PodName,
        },
    },
    window::MS_PER_HOUR,
};

const GIB: f64 = 1_073_741_824.0;

impl Inventory<'_> {
    /// One row per owner of pods that held accelerators.
    pub(in super::super) fn workload_resource_rows(&self) -> Vec<ResourceRow> {
        let mut rows: Vec<ResourceRow> =
            self.holders.iter().map(|(owner, holder)| self.resource_row(owner, holder)).collect();
        rows.sort_by(|a, b| a.resource_id.cmp(&b.resource_id));
        rows
    }

    fn resource_row(&self, key: &OwnerKey, holder: &Holder<'_>) -> ResourceRow {
        let pods: Vec<(&PodKey, &Pod)> =
            holder.pods.iter().filter_map(|key| self.cluster.pods.get_key_value(key)).collect();
        let unknown = Owner::default();
        let owner = self.cluster.owners.get(key).unwrap_or(&unknown);
        let labels = labels(owner, &pods);
        let running_count = pods.iter().filter(|(_, pod)| pod.ended_at.is_none()).count();
        let unit_count = owner.replica_count.unwrap_or(running_count as f64);
        let is_over = running_count == 0 && owner.replica_count.unwrap_or(0.0) <= 0.0;
        let accelerators = |key: &PodKey| self.node_of(key).map(|node| node.accelerators);
        let (has_scaling, scaling_min_count) = scaling(owner.scaling.as_ref());
        ResourceRow {
            resource_id: holder.id.clone(),
            provider: PROVIDER.to_owned(),
            account_id: self.name.to_owned(),
            region: holder.region.clone(),
            name: Some(format!("{}/{}", key.namespace, key.name)),
            kind: "workload".to_owned(),
            state: Some(if is_over { "completed" } else { "running" }.to_owned()),
            launched_at: pods.iter().filter_map(|(_, pod)| pod.started_at).min(),
            stopped_at: pods.iter().filter_map(|(_, pod)| pod.ended_at).max().filter(|_| is_over),
            gpu_model: agreed(&pods, |key| Some(accelerators(key)?.model?.to_owned())),
            gpu_count: agreed(&pods, |key| self.held_count(key)),
            gpu_mem_gib_per_gpu: agreed(&pods, |key| accelerators(key)?.mem_gib_per_gpu),
            unit_count: Some(unit_count),
            scaling_min_count,
            has_scaling,
            has_preallocated_memory: self.is_preallocating(&pods),
            tags_json: tags_json(&labels),
            ..ResourceRow::default()
        }
    }

    fn is_preallocating(&self, pods: &[(&PodKey, &Pod)]) -> Option<bool> {
        let is_measured = pods.iter().any(|(key, _)| {
            let name = PodName { namespace: key.namespace.clone(), name: key.name.clone() };
            self.engines.contains(&name)
        });
        let images: BTreeSet<String> =
            pods.iter().flat_map(|(_, pod)| pod.images.iter().cloned()).collect();
        let images: Vec<String> = images.into_iter().collect();
        if is_measured { Some(true) } else { is_preallocating(&images) }
    }

    /// One row per pod that ran on a node with accelerators.
    pub(in super::super) fn pod_rows(&self) -> Vec<WorkloadRow> {
        let mut rows: Vec<WorkloadRow> =
            self.cluster.pods.iter().filter_map(|(key, pod)| self.pod_row(key, pod)).collect();
        rows.sort_by(|a, b| {
            let key = |row: &WorkloadRow| {
                (
                    row.workload_id.clone(),
                    row.unit_name.clone(),
                    row.started_at,
                    row.resource_id.clone(),
                )
            };
            key(a).cmp(&key(b))
        });
        rows
    }

    fn pod_row(&self, key: &PodKey, pod: &Pod) -> Option<WorkloadRow> {
        let node = self.node_of(key).filter(|node| node.accelerators.count.is_some())?;
        let owner = kind::owner(key, pod);
        let (from, _) = self.hours_of(key);
        #[expect(clippy::cast_possible_truncation, reason = "instants of this century fit")]
        let first_ms = (from * MS_PER_HOUR as f64).round() as i64;
        Some(WorkloadRow {
            workload_id: self
                .holders
                .get(&owner)
                .map_or_else(|| self.workload_id(&node.region, &owner), |holder| holder.id.clone()),
            cluster: self.name.to_owned(),
            namespace: key.namespace.clone(),
            name: owner.name.clone(),
            resource_id: Some(node.id.clone()),
            kind: Some(kind::of_work(&owner, &pod.labels, &pod.images)),
            team: None,
            gpu_requested_count: self.held_count(key),
            mem_requested_gib: pod.requests.get("memory").map(|bytes| bytes / GIB),
            started_at: pod.started_at.unwrap_or(InstantMs(first_ms)),
            ended_at: pod.ended_at,
            restart_count: pod.restart_count,
            has_checkpoint: None,
            unit_name: Some(key.name.clone()),
        })
    }
}

/// Whether something scales it, and to how few at least.
fn scaling(scaling: Option<&Scaling>) -> (Option<bool>, Option<f64>) {
    match scaling {
        None => (None, None),
        Some(Scaling::None) => (Some(false), None),
        Some(Scaling::Scaler { min_count, .. }) => (Some(true), *min_count),
    }
}

/// The labels of the owner, and those on which all its pods agree.
fn labels(owner: &Owner, pods: &[(&PodKey, &Pod)]) -> Labels {
    let mut labels = owner.labels.clone();
    if let Some((_, first)) = pods.first() {
        for (key, value) in &first.labels {
            if pods.iter().all(|(_, pod)| pod.labels.get(key) == Some(value)) {
                labels.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    labels
}

/// A value that all pods have. `None`: they differ, or it is not known of one.
fn agreed<T: PartialEq>(
    pods: &[(&PodKey, &Pod)],
    value: impl Fn(&PodKey) -> Option<T>,
) -> Option<T> {
    let mut values = pods.iter().map(|(key, _)| value(key));
    let first = values.next()??;
    values.all(|value| value.as_ref() == Some(&first)).then_some(first)
}

//! EKS and Batch, which machines belong to, and Bedrock's provisioned throughput.
//!
//! Bedrock's custom model deployments and imported models are not read: they are paid by the token or by the minutes in use.

mod batch;
mod collect;
mod node_group;
mod permissions;
#[cfg(test)]
mod tests;
mod throughput;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use super::{
    observed::{Observed, gap},
    seat::Seat,
};
use crate::{
    frame::{ResourceRow, WorkloadRow},
    snapshot::Gap,
    window::Window,
};

pub(super) use self::permissions::PERMISSIONS;

/// Tags of a machine.
type Tags = BTreeMap<String, String>;

/// What EKS, Batch and Bedrock say of a seat, and of the machines that were found there: those are marked in place. What no
/// machine belongs to is not asked about.
pub(super) async fn observe(seat: &Seat, window: Window, machines: &mut [ResourceRow]) -> Observed {
    let mut seen = Observed::default();
    let mut tagged: Vec<(Tags, &mut ResourceRow)> = machines
        .iter_mut()
        .filter(|row| row.kind == "gpu_instance")
        .map(|row| (serde_json::from_str(&row.tags_json).unwrap_or_default(), row))
        .collect();
    mark_node_groups(seat, &mut tagged, &mut seen.gaps).await;
    seen.workloads = mark_batch(seat, &mut tagged, &mut seen.gaps).await;
    add_throughputs(seat, window, &mut seen).await;
    seen
}

async fn mark_node_groups(
    seat: &Seat,
    machines: &mut [(Tags, &mut ResourceRow)],
    gaps: &mut Vec<Gap>,
) {
    let names: BTreeSet<_> =
        machines.iter().filter_map(|(tags, _)| node_group::name(tags)).collect();
    let hides = "whether node groups have a fixed size";
    let groups = collect::node_groups(seat, names).await.where_offered().take(seat, hides, gaps);
    let groups: BTreeMap<_, _> = groups.into_iter().collect();
    for (tags, machine) in machines {
        if let Some(group) = node_group::name(tags).and_then(|name| groups.get(&name)) {
            node_group::mark(machine, group);
        }
    }
}

async fn mark_batch(
    seat: &Seat,
    machines: &mut [(Tags, &mut ResourceRow)],
    gaps: &mut Vec<Gap>,
) -> Vec<WorkloadRow> {
    if !machines.iter().any(|(tags, _)| batch::is_candidate(tags)) {
        return Vec::new();
    }
    let hides =
        "machines that are kept for Batch without work, and that their work may be interrupted";
    let environments =
        collect::compute_environments(seat).await.where_offered().take(seat, hides, gaps);
    let mut workloads = Vec::new();
    for (tags, machine) in machines {
        if let Some(environment) = batch::environment_of(machine, tags, &environments) {
            batch::mark(machine, environment);
            workloads.extend(batch::workload(machine, environment, seat.id(&environment.arn)));
        }
    }
    workloads
}

async fn add_throughputs(seat: &Seat, window: Window, seen: &mut Observed) {
    let hides = "provisioned throughput, used or not";
    let listed = collect::throughputs(seat).await.where_offered();
    let mut found = listed.take(seat, hides, &mut seen.gaps);
    found.retain(|throughput| throughput::is_of_window(throughput, window));
    let tags = join_all(found.iter().map(|throughput| collect::tags(seat, &throughput.arn))).await;
    let mut refused = None;
    for (throughput, tags) in found.iter_mut().zip(tags) {
        match tags {
            Ok(tags) => throughput.tags = Some(tags),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    let hides = "whose provisioned throughput it is, and whether it stands by";
    seen.gaps.extend(refused.map(|error| gap(&seat.name(), &error, hides)));
    for throughput in &found {
        seen.resources.push(throughput::row(seat, throughput, window));
        seen.metered.push(throughput::metered(seat, throughput));
    }
}

//! HyperPod: the machines of its clusters. They stand in no list of EC2.

use super::{
    Ground,
    machine::{Machine, is_accelerated},
};
use crate::{
    frame::ResourceRow,
    provider::aws::{
        observed::{Metered, MetricSource, Observed},
        sagemaker::wire::{Cluster, Group, Node},
    },
};

/// Labels that HyperPod itself puts on its nodes in Kubernetes: a group of spares is told apart by its name.
const CLUSTER_LABEL: &str = "sagemaker.amazonaws.com/cluster-name";
const GROUP_LABEL: &str = "sagemaker.amazonaws.com/instance-group-name";

/// Adds the machines of a cluster that have accelerators; controllers without any are not of interest.
pub(super) fn add(cluster: &Cluster, ground: &Ground<'_>, out: &mut Observed) {
    let is_of_interest = |node: &&Node| {
        node.instance_type.as_deref().is_none_or(|name| is_accelerated(name, ground))
    };
    for node in cluster.nodes.iter().filter(is_of_interest) {
        let machine = Machine::of(&[node.instance_type.as_deref()], ground);
        out.metered.push(metered(node, &machine, ground));
        out.resources.push(machine.fill(row(cluster, node, ground)));
    }
}

fn row(cluster: &Cluster, node: &Node, ground: &Ground<'_>) -> ResourceRow {
    let group = cluster.groups.iter().find(|group| group.name == node.group_name);
    let mut tags = cluster.tags.clone().unwrap_or_default();
    tags.insert(CLUSTER_LABEL.to_owned(), cluster.name.clone());
    tags.insert(GROUP_LABEL.to_owned(), node.group_name.clone());
    let name = format!("{}/{}", cluster.name, node.group_name);
    ResourceRow {
        state: state(node.status.as_deref()).map(str::to_owned),
        purchase_option: group.map(|group| purchase_option(group).to_owned()),
        launched_at: node.launched_at,
        has_scaling: cluster.is_scaled,
        ..ground.row("gpu_instance", &node.instance_id, &name, &Some(tags))
    }
}

/// Health checks and updates hold the machine; of one that failed or comes or goes it is not said.
fn state(status: Option<&str>) -> Option<&'static str> {
    match status {
        Some("Running" | "SystemUpdating" | "DeepHealthCheckInProgress") => Some("running"),
        _ => None,
    }
}

fn purchase_option(group: &Group) -> &'static str {
    match group {
        Group { plan_arn: Some(_), .. } => "committed",
        Group { is_spot: true, .. } => "spot",
        Group { .. } => "on_demand",
    }
}

fn metered(node: &Node, machine: &Machine, ground: &Ground<'_>) -> Metered {
    Metered {
        resource_id: ground.id(&node.instance_id),
        gpu_count: machine.gpu_count,
        gpu_mem_gib_per_gpu: machine.gpu_mem_gib_per_gpu,
        vcpu_count: machine.vcpu_count,
        began_at: node.launched_at,
        ended_at: None,
        source: MetricSource::Machine {
            instance_id: node.instance_id.clone(),
            private_dns_name: node.private_dns_name.clone(),
            is_neuron: machine.is_neuron(ground),
            was_off: false,
        },
    }
}

//! HyperPod clusters, their instance groups and machines.

use aws_sdk_sagemaker::{
    operation::describe_cluster::DescribeClusterOutput,
    types::{ClusterAutoScalingMode, ClusterNodeSummary},
};

use super::{Noted, PAGE_SIZE, Reader, instant, several::each};
use crate::{
    provider::{
        aws::{
            listed::once,
            sagemaker::wire::{Cluster, Group, Node},
        },
        call::CallError,
    },
    snapshot::Gap,
};

impl Reader<'_> {
    /// All clusters.
    pub(super) async fn clusters(&self) -> Noted<Vec<Cluster>> {
        let mut gaps = Vec::new();
        let mut clusters = self.listed_clusters(&mut gaps).await;
        let names: Vec<String> = clusters.iter().map(|cluster| cluster.name.clone()).collect();
        let arns: Vec<String> = clusters.iter().map(|cluster| cluster.arn.clone()).collect();
        let described = each(&names, |name| self.cluster(name)).await;
        let hides = "how machines of HyperPod clusters are paid and scaled";
        gaps.extend(described.gap(self.seat, hides));
        let nodes = each(&names, |name| self.nodes(name)).await;
        gaps.extend(nodes.gap(self.seat, "machines of HyperPod clusters"));
        let tags = self.tags(&arns, &mut gaps).await;
        let answers = described.known().zip(nodes.known()).zip(tags);
        for (cluster, ((described, nodes), tags)) in clusters.iter_mut().zip(answers) {
            if let Some(described) = described {
                cluster.is_scaled = Some(is_scaled(&described));
                cluster.groups = groups(described);
            }
            cluster.nodes = nodes.unwrap_or_default();
            cluster.tags = tags;
        }
        (clusters, gaps)
    }

    async fn listed_clusters(&self, gaps: &mut Vec<Gap>) -> Vec<Cluster> {
        let mut found = Vec::new();
        let send =
            |token| self.client.list_clusters().max_results(PAGE_SIZE).set_next_token(token).send();
        let listed = self.seat.pages("sagemaker:ListClusters", send, |page| {
            let listed = page.cluster_summaries.unwrap_or_default().into_iter();
            found.extend(listed.filter_map(|listed| {
                let (arn, name) = (listed.cluster_arn?, listed.cluster_name?);
                Some(Cluster { arn, name, ..Cluster::default() })
            }));
            page.next_token
        });
        self.note(listed.await, "HyperPod clusters of this region", gaps);
        once(found, |cluster| cluster.arn.clone())
    }

    async fn cluster(&self, name: &str) -> Result<DescribeClusterOutput, CallError> {
        let send = || self.client.describe_cluster().cluster_name(name).send();
        self.seat.ask("sagemaker:DescribeCluster", send).await
    }

    async fn nodes(&self, cluster_name: &str) -> Result<Vec<Node>, CallError> {
        let mut found = Vec::new();
        let send = |token| {
            let list = self.client.list_cluster_nodes().cluster_name(cluster_name);
            list.max_results(PAGE_SIZE).set_next_token(token).send()
        };
        let listed = self.seat.pages("sagemaker:ListClusterNodes", send, |page| {
            let listed = page.cluster_node_summaries.unwrap_or_default();
            found.extend(listed.into_iter().filter_map(node));
            page.next_token
        });
        listed.await?;
        Ok(once(found, |node| node.instance_id.clone()))
    }
}

fn is_scaled(said: &DescribeClusterOutput) -> bool {
    let scaling = said.auto_scaling.as_ref();
    scaling.is_some_and(|scaling| scaling.mode == ClusterAutoScalingMode::Enable)
}

fn groups(said: DescribeClusterOutput) -> Vec<Group> {
    let open = said.instance_groups.unwrap_or_default().into_iter().filter_map(|group| {
        let capacity = group.capacity_requirements;
        Some(Group {
            name: group.instance_group_name?,
            is_spot: capacity.is_some_and(|capacity| capacity.spot.is_some()),
            plan_arn: group.training_plan_arn,
        })
    });
    let restricted = said.restricted_instance_groups.unwrap_or_default();
    let restricted = restricted.into_iter().filter_map(|group| {
        let (name, plan_arn) = (group.instance_group_name?, group.training_plan_arn);
        Some(Group { name, is_spot: false, plan_arn })
    });
    open.chain(restricted).collect()
}

/// A node that has no machine yet has no id.
fn node(said: ClusterNodeSummary) -> Option<Node> {
    let status = said.instance_status.and_then(|details| details.status);
    Some(Node {
        instance_id: said.instance_id.filter(|id| !id.is_empty())?,
        group_name: said.instance_group_name.unwrap_or_default(),
        instance_type: said.instance_type.map(|name| name.as_str().to_owned()),
        launched_at: instant(said.launch_time),
        status: status.map(|status| status.as_str().to_owned()),
        private_dns_name: said.private_dns_hostname,
    })
}

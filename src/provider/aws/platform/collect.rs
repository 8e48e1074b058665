//! EKS, Batch and Bedrock are asked here, and nowhere else are their answers' types known.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_batch::types::ComputeEnvironmentDetail;
use aws_sdk_bedrock::types::ProvisionedModelSummary;
use aws_sdk_eks::types::Nodegroup;
use futures_util::future::join_all;

use super::wire::{ComputeEnvironment, NodeGroup, NodeGroupName, Throughput};
use crate::provider::{
    aws::{
        instant::instant,
        listed::{Listed, once},
        seat::Seat,
    },
    call::CallError,
};

/// The node groups of these names. One that is gone is no error.
pub(super) async fn node_groups(
    seat: &Seat,
    names: BTreeSet<NodeGroupName>,
) -> Listed<(NodeGroupName, NodeGroup)> {
    let client = seat.eks();
    let client = &client;
    let ask = |name: NodeGroupName| async move {
        let request = || {
            let request = client.describe_nodegroup().cluster_name(&name.cluster);
            request.nodegroup_name(&name.name).send()
        };
        match seat.ask("eks:DescribeNodegroup", request).await {
            Ok(said) => Ok(said.nodegroup.map(|said| (name, node_group(said)))),
            Err(CallError::Absent { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    };
    let mut found = Vec::new();
    let mut failed = Ok(());
    for answer in join_all(names.into_iter().map(ask)).await {
        match answer {
            Ok(group) => found.extend(group),
            Err(error) => failed = failed.and(Err(error)),
        }
    }
    Listed::new(found, failed)
}

/// All compute environments of the seat.
pub(super) async fn compute_environments(seat: &Seat) -> Listed<ComputeEnvironment> {
    let client = seat.batch();
    let mut found = Vec::new();
    let asked = seat
        .pages(
            "batch:DescribeComputeEnvironments",
            |token| client.describe_compute_environments().set_next_token(token).send(),
            |page| {
                let environments = page.compute_environments.unwrap_or_default();
                found.extend(environments.into_iter().filter_map(compute_environment));
                page.next_token
            },
        )
        .await;
    Listed::new(once(found, |environment| environment.arn.clone()), asked)
}

/// All provisioned throughput of the seat, without tags.
pub(super) async fn throughputs(seat: &Seat) -> Listed<Throughput> {
    let client = seat.bedrock();
    let mut found = Vec::new();
    let asked = seat
        .pages(
            "bedrock:ListProvisionedModelThroughputs",
            |token| client.list_provisioned_model_throughputs().set_next_token(token).send(),
            |page| {
                let throughputs = page.provisioned_model_summaries.unwrap_or_default();
                found.extend(throughputs.into_iter().map(throughput));
                page.next_token
            },
        )
        .await;
    Listed::new(once(found, |throughput| throughput.arn.clone()), asked)
}

/// The tags of something in Bedrock.
pub(super) async fn tags(seat: &Seat, arn: &str) -> Result<BTreeMap<String, String>, CallError> {
    let client = seat.bedrock();
    let request = || client.list_tags_for_resource().resource_arn(arn).send();
    let said = seat.ask("bedrock:ListTagsForResource", request).await?;
    Ok(said.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect())
}

fn node_group(said: Nodegroup) -> NodeGroup {
    let sizes = said.scaling_config;
    NodeGroup {
        capacity_type: said.capacity_type.map(|it| it.as_str().to_owned()),
        min_count: sizes.as_ref().and_then(|sizes| sizes.min_size).map(i64::from),
        max_count: sizes.as_ref().and_then(|sizes| sizes.max_size).map(i64::from),
    }
}

fn compute_environment(said: ComputeEnvironmentDetail) -> Option<ComputeEnvironment> {
    let resources = said.compute_resources;
    let resources = resources.as_ref();
    Some(ComputeEnvironment {
        arn: said.compute_environment_arn?,
        name: said.compute_environment_name?,
        resource_type: resources.and_then(|it| it.r#type.as_ref()).map(|it| it.as_str().to_owned()),
        min_vcpu_count: resources.and_then(|it| it.minv_cpus).map(i64::from),
        desired_vcpu_count: resources.and_then(|it| it.desiredv_cpus).map(i64::from),
        instance_types: resources.and_then(|it| it.instance_types.clone()).unwrap_or_default(),
    })
}

fn throughput(said: ProvisionedModelSummary) -> Throughput {
    Throughput {
        arn: said.provisioned_model_arn,
        name: said.provisioned_model_name,
        unit_count: i64::from(said.model_units),
        status: said.status.as_str().to_owned(),
        commitment: said.commitment_duration.map(|it| it.as_str().to_owned()),
        commitment_ends_at: instant(said.commitment_expiration_time.as_ref()),
        created_at: instant(Some(&said.creation_time)),
        tags: None,
    }
}

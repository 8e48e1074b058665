//! What EKS, Batch and Bedrock say, in their own words, as far as it is read.

use std::collections::BTreeMap;

use crate::frame::InstantMs;

/// A node group, named by its cluster and its own name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NodeGroupName {
    pub(super) cluster: String,
    pub(super) name: String,
}

/// What a node group is set to.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct NodeGroup {
    /// `ON_DEMAND`, `SPOT`, `CAPACITY_BLOCK`.
    pub(super) capacity_type: Option<String>,
    pub(super) min_count: Option<i64>,
    pub(super) max_count: Option<i64>,
}

/// A compute environment of Batch. Its processors are counted as virtual CPUs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ComputeEnvironment {
    pub(super) arn: String,
    pub(super) name: String,
    /// `EC2`, `SPOT`, `FARGATE`, `FARGATE_SPOT`, `ECS_MANAGED_INSTANCES`. `None`: Batch does not manage its machines.
    pub(super) resource_type: Option<String>,
    pub(super) min_vcpu_count: Option<i64>,
    pub(super) desired_vcpu_count: Option<i64>,
    /// Machine types and families, such as `g5.xlarge` and `p4d`.
    pub(super) instance_types: Vec<String>,
}

/// Throughput of a model that is paid for by the hour.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Throughput {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) unit_count: i64,
    /// `Creating`, `InService`, `Updating`, `Failed`.
    pub(super) status: String,
    /// `OneMonth`, `SixMonths`. `None`: no commitment.
    pub(super) commitment: Option<String>,
    /// End of the term. `None`: not reported, or there is none.
    pub(super) commitment_ends_at: Option<InstantMs>,
    pub(super) created_at: Option<InstantMs>,
    /// `None`: not read.
    pub(super) tags: Option<BTreeMap<String, String>>,
}

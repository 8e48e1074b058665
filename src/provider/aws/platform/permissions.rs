//! What is asked of EKS, Batch and Bedrock.

use crate::provider::permission::Permission;

/// Everything that may be asked for.
pub(in super::super) const PERMISSIONS: &[Permission] = &[
    Permission {
        group: "eks",
        resource: "DescribeNodegroup",
        verbs: &["describe"],
        feeds: "sizes of the node groups that machines belong to",
        hides: "whether a node group has a fixed size",
        is_optional: true,
    },
    Permission {
        group: "batch",
        resource: "DescribeComputeEnvironments",
        verbs: &["describe"],
        feeds: "compute environments that machines belong to, and the machines they keep without work",
        hides: "machines that are kept for Batch without work, and that work on them may be interrupted",
        is_optional: true,
    },
    Permission {
        group: "bedrock",
        resource: "ListProvisionedModelThroughputs",
        verbs: &["list"],
        feeds: "throughput of models that is paid for by the hour",
        hides: "provisioned throughput, used or not",
        is_optional: true,
    },
    Permission {
        group: "bedrock",
        resource: "ListTagsForResource",
        verbs: &["list"],
        feeds: "owner, team and environment of provisioned throughput",
        hides: "whose provisioned throughput it is, and whether it stands by",
        is_optional: true,
    },
];

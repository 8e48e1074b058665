//! The operations that AWS is asked for: all there are. A request outside this list is not sent.

use std::sync::LazyLock;

use serde_json::json;

use super::{cloudwatch, ec2, money, platform, sagemaker};
use crate::provider::permission::Permission;

/// Everything the provider may ask for.
pub static PERMISSIONS: LazyLock<Vec<Permission>> = LazyLock::new(|| {
    [
        ESTATE,
        ec2::PERMISSIONS,
        platform::PERMISSIONS,
        sagemaker::PERMISSIONS,
        cloudwatch::PERMISSIONS,
        money::permissions::PERMISSIONS,
    ]
    .concat()
});

/// Who asks, and where there is something to ask about.
const ESTATE: &[Permission] = &[
    Permission {
        group: "sts",
        resource: "GetCallerIdentity",
        verbs: &["get"],
        feeds: "which account the credentials belong to; AWS allows it to everybody",
        hides: "everything",
        is_optional: false,
    },
    Permission {
        group: "organizations",
        resource: "ListAccounts",
        verbs: &["list"],
        feeds: "the accounts of an organisation, for `--organization`",
        hides: "accounts that are not named with `--account`",
        is_optional: true,
    },
    Permission {
        group: "ec2",
        resource: "DescribeRegions",
        verbs: &["describe"],
        feeds: "the regions of an account, unless they are named with `--region`",
        hides: "regions that are not named with `--region`",
        is_optional: true,
    },
];

/// Whether an operation such as `ec2:DescribeInstances` is listed.
pub(super) fn is_listed(operation: &str) -> bool {
    PERMISSIONS.iter().any(|known| {
        operation
            .split_once(':')
            .is_some_and(|(group, resource)| group == known.group && resource == known.resource)
    })
}

/// The list as an IAM policy: what it allows is what is asked for, and nothing else.
pub fn policy() -> String {
    let mut actions: Vec<String> = PERMISSIONS.iter().map(action).collect();
    actions.sort();
    actions.dedup();
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Sid": "AiCostReads", "Effect": "Allow", "Action": actions, "Resource": "*" }],
    });
    format!("{policy:#}\n")
}

fn action(permission: &Permission) -> String {
    let Permission { group, resource, .. } = permission;
    action_of(&format!("{group}:{resource}")).to_owned()
}

/// The action that IAM checks for an operation such as `ec2:DescribeInstances`. S3 has another name for one of them.
pub(super) fn action_of(operation: &str) -> &str {
    match operation {
        "s3:ListObjectsV2" => "s3:ListBucket",
        _ => operation,
    }
}

//! The operations that money is asked with.

use crate::provider::permission::Permission;

/// What may be asked for.
pub(in crate::provider::aws) const PERMISSIONS: &[Permission] = &[
    get(
        "ce",
        "GetCostAndUsage",
        "what was paid by day, account and usage type; $0.01 a page",
        "what resources really cost; list prices stand in",
    ),
    get(
        "ce",
        "GetCostAndUsageWithResources",
        "how long each of several like machines ran, where they ran for different times; $0.01 a page",
        "how long each of several like machines ran, where they ran for different times",
    ),
    get(
        "ce",
        "GetSavingsPlansUtilizationDetails",
        "how much of each Savings Plan is used; $0.01 a page",
        "how much of each Savings Plan is paid for and not used",
    ),
    get(
        "ce",
        "GetReservationUtilization",
        "how much of each Reserved Instance is used; $0.01 a page",
        "how much of each Reserved Instance is paid for and not used",
    ),
    Permission {
        group: "savingsplans",
        resource: "DescribeSavingsPlans",
        verbs: &["describe"],
        feeds: "Savings Plans, their commitment and their term",
        hides: "Savings Plans: what ends when, and what is committed to already",
        is_optional: true,
    },
    get(
        "pricing",
        "GetProducts",
        "on-demand prices of today",
        "prices of today; those of the built-in catalog stand in",
    ),
    Permission {
        group: "s3",
        resource: "ListObjectsV2",
        verbs: &["list"],
        feeds: "the files of exports that `aws.exports` names in S3",
        hides: "exports in S3",
        is_optional: true,
    },
    get("s3", "GetObject", "those files", "exports in S3"),
    get(
        "s3",
        "GetBucketLocation",
        "the region in which a bucket with exports is asked",
        "exports in buckets outside us-east-1",
    ),
];

const fn get(
    group: &'static str,
    resource: &'static str,
    feeds: &'static str,
    hides: &'static str,
) -> Permission {
    Permission { group, resource, verbs: &["get"], feeds, hides, is_optional: true }
}

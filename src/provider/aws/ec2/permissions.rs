//! What is asked of EC2 and its Auto Scaling.

use crate::provider::permission::Permission;

const fn described(
    group: &'static str,
    resource: &'static str,
    feeds: &'static str,
    hides: &'static str,
) -> Permission {
    Permission { group, resource, verbs: &["describe"], feeds, hides, is_optional: true }
}

/// Everything that may be asked for.
pub(in super::super) const PERMISSIONS: &[Permission] = &[
    described(
        "ec2",
        "DescribeInstances",
        "machines with accelerators: their state, age, tags and how they are paid for",
        "all machines",
    ),
    described(
        "ec2",
        "DescribeInstanceTypes",
        "accelerators of machine types that the catalog does not know",
        "accelerators of machine types that are newer than the catalog",
    ),
    described(
        "ec2",
        "DescribeVolumes",
        "volumes of stopped machines with accelerators",
        "what stopped machines still cost",
    ),
    described(
        "ec2",
        "DescribeSpotPriceHistory",
        "spot prices of the machine types in use, by zone",
        "spot prices of today; those of the catalog stand in",
    ),
    described(
        "ec2",
        "DescribeCapacityReservations",
        "capacity reservations and blocks",
        "capacity that is paid for and not used; machines in it count as reserved, even if it was given back",
    ),
    described(
        "ec2",
        "DescribeReservedInstances",
        "Reserved Instances, their terms and prices",
        "reservations, and when they end",
    ),
    described(
        "autoscaling",
        "DescribeAutoScalingGroups",
        "limits of the groups that machines belong to, and their warm pools",
        "whether a group scales by itself, and which stopped machines are meant to be stopped",
    ),
    described(
        "autoscaling",
        "DescribeScheduledActions",
        "schedules of these groups",
        "whether a schedule switches machines off already",
    ),
    described(
        "autoscaling",
        "DescribePolicies",
        "scaling policies of groups that may change their size and have no schedule",
        "whether a policy changes the number of machines",
    ),
];

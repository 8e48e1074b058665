//! What `CloudWatch` is asked for.

use crate::provider::permission::Permission;

/// Which metrics there are, and their hours.
pub(in super::super) const PERMISSIONS: &[Permission] = &[
    Permission {
        group: "cloudwatch",
        resource: "ListMetrics",
        verbs: &["list"],
        feeds: "under which dimensions agents and endpoints send metrics of GPUs, and which throughput was used",
        hides: "use of the GPUs of machines, notebooks and transform jobs, and throughput that nobody uses",
        is_optional: true,
    },
    Permission {
        group: "cloudwatch",
        resource: "GetMetricData",
        verbs: &["get"],
        feeds: "hourly use of GPUs, CPUs and networks, and requests",
        hides: "whether any machine, endpoint or job does work",
        is_optional: true,
    },
];

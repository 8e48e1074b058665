//! What is asked of SageMaker, and of the service that scales its endpoints.

use crate::provider::permission::Permission;

/// Operations of this piece.
pub(in super::super) const PERMISSIONS: &[Permission] = &[
    list("ListEndpoints", "model endpoints", "all endpoints of the region"),
    describe(
        "DescribeEndpoint",
        "state, variants and replicas of endpoints",
        "what endpoints run on, so that none can be judged",
    ),
    describe(
        "DescribeEndpointConfig",
        "the machine types of endpoints, which stand nowhere else",
        "machine types of endpoints, so that their size cannot be judged",
    ),
    list(
        "ListInferenceComponents",
        "models that share an endpoint",
        "models that share an endpoint, and what they hold of it",
    ),
    describe(
        "DescribeInferenceComponent",
        "accelerators and copies of models that share an endpoint",
        "what models hold of the endpoint they share",
    ),
    scaling("DescribeScalableTargets", "the fewest and most replicas of endpoints that scale"),
    scaling("DescribeScalingPolicies", "whether load changes the replicas of endpoints"),
    scaling("DescribeScheduledActions", "whether a schedule changes the replicas of endpoints"),
    list("ListNotebookInstances", "notebook instances", "all notebook instances of the region"),
    describe(
        "DescribeNotebookInstance",
        "volumes of notebook instances",
        "the size of volumes of notebook instances",
    ),
    describe(
        "DescribeNotebookInstanceLifecycleConfig",
        "scripts that stop notebook instances when they are idle",
        "whether notebook instances stop by themselves",
    ),
    list("ListApps", "Studio apps that run on machines of their own", "Studio apps"),
    describe(
        "DescribeDomain",
        "idle shutdown of Studio apps, as a domain sets it",
        "whether Studio apps shut down by themselves",
    ),
    describe(
        "DescribeSpace",
        "idle shutdown of Studio apps, as a space sets it, and its owner",
        "whether Studio apps shut down by themselves, and whose they are",
    ),
    describe(
        "DescribeUserProfile",
        "idle shutdown of Studio apps, as it is set for a user",
        "whether Studio apps shut down by themselves",
    ),
    describe(
        "DescribeApp",
        "names of Studio apps as bills have them",
        "what Studio apps cost, where a bill names them",
    ),
    list("ListTrainingJobs", "training jobs of the window", "all training jobs of the region"),
    describe(
        "DescribeTrainingJob",
        "machines, billed time, spot and checkpoints of training jobs",
        "what training jobs run on and how they are paid",
    ),
    list(
        "ListProcessingJobs",
        "processing jobs of the window",
        "all processing jobs of the region",
    ),
    describe(
        "DescribeProcessingJob",
        "machines and times of processing jobs",
        "what processing jobs run on",
    ),
    list("ListTransformJobs", "transform jobs of the window", "all transform jobs of the region"),
    describe(
        "DescribeTransformJob",
        "machines and times of transform jobs",
        "what transform jobs run on",
    ),
    list("ListClusters", "HyperPod clusters", "all HyperPod clusters of the region"),
    describe(
        "DescribeCluster",
        "instance groups of HyperPod clusters, and how they are paid",
        "how machines of HyperPod clusters are paid and scaled",
    ),
    list("ListClusterNodes", "machines of HyperPod clusters", "machines of HyperPod clusters"),
    list(
        "ListTrainingPlans",
        "capacity that was paid in advance",
        "training plans, and that what runs under them is paid already",
    ),
    list(
        "ListTags",
        "tags of endpoints, notebooks, clusters and longer jobs",
        "owners, teams and exemptions of endpoints, notebooks and jobs",
    ),
];

const fn list(resource: &'static str, feeds: &'static str, hides: &'static str) -> Permission {
    Permission { group: "sagemaker", resource, verbs: &["list"], feeds, hides, is_optional: true }
}

const fn describe(resource: &'static str, feeds: &'static str, hides: &'static str) -> Permission {
    Permission { verbs: &["describe"], ..list(resource, feeds, hides) }
}

const fn scaling(resource: &'static str, feeds: &'static str) -> Permission {
    Permission {
        group: "application-autoscaling",
        ..describe(resource, feeds, "whether endpoints scale, and to how few replicas")
    }
}

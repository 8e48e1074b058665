//! What lists and descriptions of `SageMaker` show, and by what things are known there.

/// A list operation.
pub(super) struct Listing {
    pub(super) operation: &'static str,
    pub(super) kind: &'static str,
    /// Where the list stands in the answer.
    pub(super) key: &'static str,
    /// Field that holds the name of a thing.
    pub(super) name: &'static str,
    /// Field that holds its status.
    pub(super) status: &'static str,
    pub(super) fields: &'static [&'static str],
    /// Parameters that have to be equal to a field.
    pub(super) equals: &'static [(&'static str, &'static str)],
}

/// A describe operation.
pub(super) struct Description {
    pub(super) operation: &'static str,
    pub(super) kind: &'static str,
    /// Fields by which it is known.
    pub(super) keys: &'static [&'static str],
    /// What is said of one that is not there.
    pub(super) missing: (&'static str, &'static str),
}

pub(super) const LISTINGS: &[Listing] = &[
    Listing {
        operation: "ListEndpoints",
        kind: "Endpoint",
        key: "Endpoints",
        name: "EndpointName",
        status: "EndpointStatus",
        fields: &[
            "EndpointName",
            "EndpointArn",
            "CreationTime",
            "LastModifiedTime",
            "EndpointStatus",
        ],
        equals: &[],
    },
    Listing {
        operation: "ListInferenceComponents",
        kind: "InferenceComponent",
        key: "InferenceComponents",
        name: "InferenceComponentName",
        status: "InferenceComponentStatus",
        fields: &[
            "InferenceComponentName",
            "InferenceComponentArn",
            "EndpointName",
            "EndpointArn",
            "VariantName",
            "InferenceComponentStatus",
            "CreationTime",
            "LastModifiedTime",
        ],
        equals: &[("EndpointNameEquals", "EndpointName"), ("VariantNameEquals", "VariantName")],
    },
    Listing {
        operation: "ListNotebookInstances",
        kind: "NotebookInstance",
        key: "NotebookInstances",
        name: "NotebookInstanceName",
        status: "NotebookInstanceStatus",
        fields: &[
            "NotebookInstanceName",
            "NotebookInstanceArn",
            "NotebookInstanceStatus",
            "InstanceType",
            "CreationTime",
            "LastModifiedTime",
            "NotebookInstanceLifecycleConfigName",
        ],
        equals: &[],
    },
    Listing {
        operation: "ListDomains",
        kind: "Domain",
        key: "Domains",
        name: "DomainName",
        status: "Status",
        fields: &[
            "DomainArn",
            "DomainId",
            "DomainName",
            "Status",
            "CreationTime",
            "LastModifiedTime",
        ],
        equals: &[],
    },
    Listing {
        operation: "ListApps",
        kind: "App",
        key: "Apps",
        name: "AppName",
        status: "Status",
        fields: &[
            "DomainId",
            "UserProfileName",
            "SpaceName",
            "AppType",
            "AppName",
            "Status",
            "CreationTime",
            "ResourceSpec",
        ],
        equals: &[
            ("DomainIdEquals", "DomainId"),
            ("UserProfileNameEquals", "UserProfileName"),
            ("SpaceNameEquals", "SpaceName"),
        ],
    },
    Listing {
        operation: "ListSpaces",
        kind: "Space",
        key: "Spaces",
        name: "SpaceName",
        status: "Status",
        fields: &["DomainId", "SpaceName", "Status", "CreationTime", "LastModifiedTime"],
        equals: &[("DomainIdEquals", "DomainId")],
    },
    Listing {
        operation: "ListTrainingJobs",
        kind: "TrainingJob",
        key: "TrainingJobSummaries",
        name: "TrainingJobName",
        status: "TrainingJobStatus",
        fields: &[
            "TrainingJobName",
            "TrainingJobArn",
            "CreationTime",
            "TrainingEndTime",
            "LastModifiedTime",
            "TrainingJobStatus",
            "SecondaryStatus",
            "WarmPoolStatus",
        ],
        equals: &[],
    },
    Listing {
        operation: "ListProcessingJobs",
        kind: "ProcessingJob",
        key: "ProcessingJobSummaries",
        name: "ProcessingJobName",
        status: "ProcessingJobStatus",
        fields: &[
            "ProcessingJobName",
            "ProcessingJobArn",
            "CreationTime",
            "ProcessingEndTime",
            "LastModifiedTime",
            "ProcessingJobStatus",
        ],
        equals: &[],
    },
    Listing {
        operation: "ListTransformJobs",
        kind: "TransformJob",
        key: "TransformJobSummaries",
        name: "TransformJobName",
        status: "TransformJobStatus",
        fields: &[
            "TransformJobName",
            "TransformJobArn",
            "CreationTime",
            "TransformEndTime",
            "LastModifiedTime",
            "TransformJobStatus",
        ],
        equals: &[],
    },
    Listing {
        operation: "ListHyperParameterTuningJobs",
        kind: "HyperParameterTuningJob",
        key: "HyperParameterTuningJobSummaries",
        name: "HyperParameterTuningJobName",
        status: "HyperParameterTuningJobStatus",
        fields: &[
            "HyperParameterTuningJobName",
            "HyperParameterTuningJobArn",
            "HyperParameterTuningJobStatus",
            "Strategy",
            "CreationTime",
            "HyperParameterTuningEndTime",
            "LastModifiedTime",
            "TrainingJobStatusCounters",
            "ObjectiveStatusCounters",
        ],
        equals: &[],
    },
    Listing {
        operation: "ListClusters",
        kind: "Cluster",
        key: "ClusterSummaries",
        name: "ClusterName",
        status: "ClusterStatus",
        fields: &["ClusterArn", "ClusterName", "CreationTime", "ClusterStatus"],
        equals: &[],
    },
    Listing {
        operation: "ListClusterNodes",
        kind: "ClusterNode",
        key: "ClusterNodeSummaries",
        name: "InstanceGroupName",
        status: "InstanceStatus",
        fields: &[
            "InstanceGroupName",
            "InstanceId",
            "InstanceType",
            "LaunchTime",
            "InstanceStatus",
        ],
        equals: &[("ClusterName", "ClusterName")],
    },
];

/// What newer operations say.
const NOT_FOUND: (&str, &str) = ("ResourceNotFound", "Requested resource not found.");

pub(super) const DESCRIPTIONS: &[Description] = &[
    Description {
        operation: "DescribeEndpoint",
        kind: "Endpoint",
        keys: &["EndpointName"],
        missing: ("ValidationException", "Could not find endpoint"),
    },
    Description {
        operation: "DescribeEndpointConfig",
        kind: "EndpointConfig",
        keys: &["EndpointConfigName"],
        missing: ("ValidationException", "Could not find endpoint configuration"),
    },
    Description {
        operation: "DescribeInferenceComponent",
        kind: "InferenceComponent",
        keys: &["InferenceComponentName"],
        missing: ("ValidationException", "Could not find inference component"),
    },
    Description {
        operation: "DescribeNotebookInstance",
        kind: "NotebookInstance",
        keys: &["NotebookInstanceName"],
        missing: ("ValidationException", "RecordNotFound"),
    },
    Description {
        operation: "DescribeNotebookInstanceLifecycleConfig",
        kind: "NotebookInstanceLifecycleConfig",
        keys: &["NotebookInstanceLifecycleConfigName"],
        missing: ("ValidationException", "Unable to describe Notebook Instance Lifecycle Config"),
    },
    Description {
        operation: "DescribeDomain",
        kind: "Domain",
        keys: &["DomainId"],
        missing: NOT_FOUND,
    },
    Description {
        operation: "DescribeApp",
        kind: "App",
        keys: &["DomainId", "UserProfileName", "SpaceName", "AppType", "AppName"],
        missing: NOT_FOUND,
    },
    Description {
        operation: "DescribeSpace",
        kind: "Space",
        keys: &["DomainId", "SpaceName"],
        missing: NOT_FOUND,
    },
    Description {
        operation: "DescribeTrainingJob",
        kind: "TrainingJob",
        keys: &["TrainingJobName"],
        missing: ("ValidationException", "Requested resource not found."),
    },
    Description {
        operation: "DescribeProcessingJob",
        kind: "ProcessingJob",
        keys: &["ProcessingJobName"],
        missing: NOT_FOUND,
    },
    Description {
        operation: "DescribeTransformJob",
        kind: "TransformJob",
        keys: &["TransformJobName"],
        missing: NOT_FOUND,
    },
    Description {
        operation: "DescribeHyperParameterTuningJob",
        kind: "HyperParameterTuningJob",
        keys: &["HyperParameterTuningJobName"],
        missing: NOT_FOUND,
    },
    Description {
        operation: "DescribeCluster",
        kind: "Cluster",
        keys: &["ClusterName"],
        missing: NOT_FOUND,
    },
];

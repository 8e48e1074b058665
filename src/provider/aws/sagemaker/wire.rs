//! What SageMaker says, in the few fields that are read. Nothing is decided here: what was not said is `None`.

use std::collections::BTreeMap;

use crate::frame::InstantMs;

/// Tags of a resource. `None`: they were not read.
pub(super) type Tags = Option<BTreeMap<String, String>>;

/// One region of SageMaker.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Region {
    pub(super) endpoints: Vec<Endpoint>,
    /// `None`: they could not be read, or not all of them.
    pub(super) components: Option<Vec<Component>>,
    pub(super) scaling: Scaling,
    pub(super) notebooks: Vec<Notebook>,
    pub(super) apps: Vec<App>,
    pub(super) jobs: Vec<Job>,
    pub(super) clusters: Vec<Cluster>,
    pub(super) plans: Vec<Plan>,
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Endpoint {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) status: Option<String>,
    pub(super) created_at: Option<InstantMs>,
    pub(super) modified_at: Option<InstantMs>,
    /// `None`: the endpoint was not described.
    pub(super) is_asynchronous: Option<bool>,
    /// Whether each of its accelerators sends metrics of its own.
    pub(super) has_enhanced_metrics: bool,
    /// Those for clients, and shadows.
    pub(super) variants: Vec<Variant>,
    pub(super) config_name: Option<String>,
    /// Variants as the endpoint's configuration has them. `None`: it could not be read, or is gone.
    pub(super) config: Option<Vec<ConfigVariant>>,
    pub(super) tags: Tags,
}

/// A variant that runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Variant {
    pub(super) name: String,
    pub(super) is_shadow: bool,
    /// Its part of the requests that name no variant, against the others'. `None`: not reported.
    pub(super) weight: Option<f32>,
    pub(super) instance_count: Option<i32>,
    /// Machine types, of a variant that may have several.
    pub(super) pools: Vec<Pool>,
    pub(super) serverless: Option<Serverless>,
    pub(super) managed_scaling: Option<ManagedScaling>,
    pub(super) reservation: Option<Reservation>,
    /// Whether each accelerator is cut into parts.
    pub(super) is_partitioned: bool,
    pub(super) images: Vec<String>,
}

/// A variant as it was configured.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ConfigVariant {
    pub(super) name: String,
    pub(super) instance_type: Option<String>,
    pub(super) pool_types: Vec<String>,
    pub(super) serverless: Option<Serverless>,
    pub(super) managed_scaling: Option<ManagedScaling>,
    pub(super) is_partitioned: bool,
}

/// Machines of one type in a variant.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Pool {
    pub(super) instance_type: String,
    pub(super) instance_count: Option<i32>,
}

/// A variant without machines of its own.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Serverless {
    /// Copies that wait for requests, and are paid while they do.
    pub(super) provisioned_count: Option<i32>,
}

/// Machines that come and go with the copies of models on them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ManagedScaling {
    pub(super) is_enabled: bool,
    pub(super) min_count: Option<i32>,
    pub(super) max_count: Option<i32>,
}

/// Capacity that was paid in advance, and what of it an endpoint uses.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Reservation {
    pub(super) arn: Option<String>,
    /// Whether nothing but the reservation may be used.
    pub(super) is_only: bool,
    pub(super) used_count: Option<i32>,
}

/// A model on an endpoint that several share.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Component {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) endpoint_name: String,
    pub(super) variant_name: String,
    pub(super) created_at: Option<InstantMs>,
    /// Copies now.
    pub(super) copy_count: Option<i32>,
    /// Accelerators of one copy.
    pub(super) gpu_count: Option<f32>,
    /// Whether those are parts of accelerators.
    pub(super) is_partitioned: bool,
    pub(super) mem_mib: Option<i32>,
    pub(super) image: Option<String>,
}

/// What scales endpoints. `None`: it could not be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Scaling {
    pub(super) targets: Option<Vec<Target>>,
    pub(super) policies: Option<Vec<Policy>>,
    pub(super) schedules: Option<Vec<Schedule>>,
}

/// What may be scaled, and how far.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Target {
    /// `endpoint/NAME/variant/NAME` or `inference-component/NAME`.
    pub(super) resource: String,
    pub(super) min_count: i32,
    pub(super) is_in_suspended: bool,
    pub(super) is_schedule_suspended: bool,
}

/// What changes replicas with the load.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Policy {
    pub(super) resource: String,
    /// Whether it only ever adds.
    pub(super) is_in_disabled: bool,
}

/// What changes the limits at a time.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Schedule {
    pub(super) resource: String,
    /// `at(…)`, `rate(…)` or `cron(…)`.
    pub(super) expression: String,
    /// `None`: UTC.
    pub(super) time_zone: Option<String>,
    pub(super) starts_at: Option<InstantMs>,
    pub(super) ends_at: Option<InstantMs>,
    pub(super) min_count: Option<i32>,
}

/// A notebook instance.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Notebook {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) status: Option<String>,
    pub(super) instance_type: Option<String>,
    pub(super) volume_gb: Option<i32>,
    pub(super) created_at: Option<InstantMs>,
    pub(super) modified_at: Option<InstantMs>,
    pub(super) script_name: Option<String>,
    /// What runs when it starts. `None`: there is a script that could not be read.
    pub(super) script: Option<Script>,
    pub(super) tags: Tags,
}

/// Shell scripts of a lifecycle configuration, in base64.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Script {
    /// Run each time it starts.
    pub(super) on_start: Vec<String>,
    /// Run once.
    pub(super) on_create: Vec<String>,
}

/// A Studio app on a machine of its own.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct App {
    /// `None`: it was not described.
    pub(super) arn: Option<String>,
    pub(super) domain_id: String,
    pub(super) user_name: Option<String>,
    pub(super) space_name: Option<String>,
    /// `JupyterLab`, `CodeEditor`, `KernelGateway`, ….
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) status: Option<String>,
    pub(super) instance_type: Option<String>,
    pub(super) plan_arn: Option<String>,
    pub(super) created_at: Option<InstantMs>,
    /// Whether its space was described, if it is in one.
    pub(super) is_space_known: bool,
    /// Owner of the space. `None`: nobody, or not known.
    pub(super) owner_name: Option<String>,
    pub(super) volume_gb: Option<i32>,
    /// Minutes of idleness that the space asks for.
    pub(super) space_idle_minutes: Option<i32>,
    /// What is set for its user. `None`: it could not be read.
    pub(super) user_idle: Option<Idle>,
    /// What its domain sets. `None`: it could not be read.
    pub(super) domain_idle: Option<Idle>,
    pub(super) tags: Tags,
}

/// How apps of one kind treat idleness.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Idle {
    /// Whether they shut down. `None`: nothing is set here.
    pub(super) is_enabled: Option<bool>,
    pub(super) after_minutes: Option<i32>,
    /// Whether scripts run in them.
    pub(super) has_scripts: bool,
}

/// What kind of job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum JobKind {
    #[default]
    Training,
    Processing,
    Transform,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Job {
    pub(super) kind: JobKind,
    /// Whether no more is known than what its list says: neither its machines nor when they began.
    pub(super) is_only_listed: bool,
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) status: Option<String>,
    /// When its machines began to work. `None`: they did not.
    pub(super) started_at: Option<InstantMs>,
    pub(super) ended_at: Option<InstantMs>,
    /// Machine types and how many of each; a type that is not known yet is `None`.
    pub(super) machines: Vec<Machines>,
    pub(super) is_spot: Option<bool>,
    pub(super) has_checkpoint_place: bool,
    /// Wall clock of one machine.
    pub(super) training_seconds: Option<i32>,
    /// The part of that which is billed.
    pub(super) billable_seconds: Option<i32>,
    /// `Available`, `InUse`, `Reused` or `Terminated`, where machines are kept for a next job.
    pub(super) warm_pool_status: Option<String>,
    /// How long they were kept.
    pub(super) retained_seconds: Option<i32>,
    pub(super) plan_arn: Option<String>,
    /// The search for parameters or models that it belongs to.
    pub(super) parent_arn: Option<String>,
    pub(super) tags: Tags,
}

/// Machines of one type.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Machines {
    pub(super) instance_type: Option<String>,
    pub(super) count: Option<i32>,
}

/// A job as it is listed.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ListedJob {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) status: Option<String>,
    pub(super) created_at: Option<InstantMs>,
    pub(super) ended_at: Option<InstantMs>,
    pub(super) warm_pool_status: Option<String>,
    pub(super) retained_seconds: Option<i32>,
}

/// A HyperPod cluster.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Cluster {
    pub(super) arn: String,
    pub(super) name: String,
    /// Whether nodes come and go by themselves. `None`: it was not described.
    pub(super) is_scaled: Option<bool>,
    pub(super) groups: Vec<Group>,
    pub(super) nodes: Vec<Node>,
    pub(super) tags: Tags,
}

/// Machines of a cluster that are alike.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) is_spot: bool,
    pub(super) plan_arn: Option<String>,
}

/// A machine of a cluster.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Node {
    /// `i-…`
    pub(super) instance_id: String,
    pub(super) group_name: String,
    pub(super) instance_type: Option<String>,
    pub(super) launched_at: Option<InstantMs>,
    pub(super) status: Option<String>,
    pub(super) private_dns_name: Option<String>,
}

/// Capacity that was bought in advance for a time.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Plan {
    pub(super) arn: String,
    pub(super) status: Option<String>,
    pub(super) starts_at: Option<InstantMs>,
    pub(super) ends_at: Option<InstantMs>,
    /// Hours of capacity, which need not be in one piece.
    pub(super) hours: Option<f64>,
    pub(super) upfront_fee: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) instance_types: Vec<String>,
}

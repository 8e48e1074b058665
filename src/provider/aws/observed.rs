//! What the services of a seat say, in rows, and which of it sends metrics.

use serde::{Deserialize, Serialize};

use super::refusal;
use crate::{
    frame::{CommitmentRow, InstantMs, PriceRow, ResourceRow, WorkloadRow},
    provider::call::CallError,
    snapshot::Gap,
};

/// What one or more services of a seat say.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Observed {
    pub(super) resources: Vec<ResourceRow>,
    pub(super) workloads: Vec<WorkloadRow>,
    pub(super) commitments: Vec<CommitmentRow>,
    pub(super) prices: Vec<PriceRow>,
    pub(super) gaps: Vec<Gap>,
    /// What metrics can be asked about.
    pub(super) metered: Vec<Metered>,
    /// What managed spot training costs.
    pub(super) spot_shares: Vec<SpotShare>,
    /// Whether the region did not answer, so that nothing else was asked.
    pub(super) is_silent: bool,
}

/// The part of the price on demand that managed spot training paid for a machine type: AWS publishes no prices of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SpotShare {
    /// Region.
    pub(super) region: String,
    /// Machine type, such as `ml.g5.xlarge`.
    pub(super) instance_type: String,
    /// Above 0, below 1.
    pub(super) ratio: f64,
}

impl Observed {
    /// Adds what another service says.
    pub(super) fn add(&mut self, other: Self) {
        self.resources.extend(other.resources);
        self.workloads.extend(other.workloads);
        self.commitments.extend(other.commitments);
        self.prices.extend(other.prices);
        self.gaps.extend(other.gaps);
        self.metered.extend(other.metered);
        self.spot_shares.extend(other.spot_shares);
        self.is_silent |= other.is_silent;
    }
}

/// A resource that may send metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Metered {
    /// Its global id.
    pub(super) resource_id: String,
    /// Accelerators of one machine of it. `None`: not known.
    pub(super) gpu_count: Option<f64>,
    /// Memory of one accelerator. `None`: not known.
    pub(super) gpu_mem_gib_per_gpu: Option<f64>,
    /// Virtual CPUs of one machine. `None`: not known.
    pub(super) vcpu_count: Option<i64>,
    /// When it may have sent metrics; `None`: from before the window, or to its end.
    pub(super) began_at: Option<InstantMs>,
    /// The end of that.
    pub(super) ended_at: Option<InstantMs>,
    /// Under which names its metrics go.
    pub(super) source: MetricSource,
}

/// Under which dimensions a resource's metrics go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum MetricSource {
    /// A machine of EC2. Its agent names it by its id, or only by its host name.
    Machine {
        /// `i-…`
        instance_id: String,
        /// Such as `ip-10-0-0-1.ec2.internal`, by which agents without `InstanceId` go. `None`: it has none now.
        private_dns_name: Option<String>,
        /// Whether its accelerators are Trainium or Inferentia, which never send GPU metrics.
        is_neuron: bool,
        /// Whether it was off at times in the window, nobody says when: only the CPU, which EC2 measures while it runs, can tell.
        was_off: bool,
    },
    /// A notebook of SageMaker, which sends nothing by itself.
    Notebook {
        /// Its name, by which an agent in it may go.
        name: String,
        /// Whether it is an app of Studio, in which no agent runs.
        is_studio: bool,
    },
    /// One variant of a SageMaker endpoint.
    Variant {
        /// The endpoint.
        endpoint_name: String,
        /// The variant.
        variant_name: String,
        /// Replicas now. `None`: not reported, or serverless.
        replica_count: Option<f64>,
        /// Whether nothing changes the number of replicas.
        is_fixed: bool,
        /// Whether it runs without machines of its own, so that only requests are measured.
        is_serverless: bool,
        /// Whether its requests are copies of another variant's, and no clients of its own.
        is_shadow: bool,
        /// Whether its requests wait in a queue, so that other metrics count them.
        is_asynchronous: bool,
        /// Whether its accelerators may be measured one by one.
        has_own_gpu_metrics: bool,
    },
    /// A model on an endpoint that several share.
    Component {
        /// Its name.
        component_name: String,
        /// The endpoint.
        endpoint_name: String,
        /// The variant.
        variant_name: String,
    },
    /// A job of SageMaker, whose machines are `NAME/…` in the dimension `Host`.
    Job {
        /// `TrainingJobs`, `ProcessingJobs` or `TransformJobs`, as in the name of the namespace.
        namespace: String,
        /// Its name.
        job_name: String,
    },
    /// Provisioned throughput of Bedrock.
    Throughput {
        /// Its ARN, which is the `ModelId` of its metrics.
        arn: String,
        /// Model units.
        unit_count: Option<f64>,
    },
}

/// What hides behind a call that failed: the operation, why, and what is not known now.
pub(super) fn gap(seat: &str, error: &CallError, hides: &str) -> Gap {
    let (operation, because, remedy) = match error {
        CallError::Refused { operation, reason } => (
            operation,
            reason.clone(),
            refusal::remedy(error).map_or_else(
                || format!("allow `{operation}`: see `ai-cost permissions aws`"),
                str::to_owned,
            ),
        ),
        CallError::Throttled { operation, reason, .. } => (
            operation,
            format!("it was throttled until patience ended: {reason}"),
            "collect again at a quieter time".to_owned(),
        ),
        CallError::Unavailable { operation, reason }
        | CallError::Rejected { operation, reason }
        | CallError::Absent { operation, reason } => {
            (operation, reason.clone(), "collect again; see `ai-cost doctor aws`".to_owned())
        }
        CallError::Malformed { operation, reason } => (
            operation,
            format!("its answer cannot be understood: {reason}"),
            "collect again; see `ai-cost doctor aws`, and what stands between here and AWS"
                .to_owned(),
        ),
        CallError::TimedOut { operation, timeout } => (
            operation,
            format!("there was no answer within {} s", timeout.as_secs()),
            "collect again; see `ai-cost doctor aws`".to_owned(),
        ),
    };
    Gap { what: format!("{operation} of {seat}"), because, hides: hides.to_owned(), remedy }
}

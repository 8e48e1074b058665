//! Things that send metrics.

use crate::{
    provider::aws::{
        cloudwatch::{
            discover::{AGENT_METRIC, AcceleratorMetric, Sender},
            metric::Metric,
            subject::{Subject, VariantGpu},
        },
        observed::{Metered, MetricSource},
    },
    window::Window,
};

pub(in crate::provider::aws::cloudwatch) const WINDOW: Window = Window { start: 1_000, end: 1_004 };

pub(in crate::provider::aws::cloudwatch) fn metered(source: MetricSource) -> Metered {
    Metered {
        resource_id: "aws:111122223333:eu-west-1:x".to_owned(),
        gpu_count: Some(4.0),
        gpu_mem_gib_per_gpu: Some(24.0),
        vcpu_count: Some(48),
        began_at: None,
        ended_at: None,
        source,
    }
}

pub(in crate::provider::aws::cloudwatch) fn machine() -> Metered {
    metered(MetricSource::Machine {
        instance_id: "i-a".to_owned(),
        private_dns_name: None,
        is_neuron: false,
        was_off: false,
    })
}

pub(in crate::provider::aws::cloudwatch) fn variant(name: &str, is_fixed: bool) -> Metered {
    metered(MetricSource::Variant {
        endpoint_name: "chat".to_owned(),
        variant_name: name.to_owned(),
        replica_count: Some(3.0),
        is_fixed,
        is_serverless: false,
        is_shadow: false,
        is_asynchronous: false,
        has_own_gpu_metrics: false,
    })
}

pub(in crate::provider::aws::cloudwatch) fn component(variant: &str) -> Metered {
    metered(MetricSource::Component {
        component_name: "llm".to_owned(),
        endpoint_name: "chat".to_owned(),
        variant_name: variant.to_owned(),
    })
}

pub(in crate::provider::aws::cloudwatch) fn job() -> Metered {
    metered(MetricSource::Job { namespace: "TrainingJobs".to_owned(), job_name: "tune".to_owned() })
}

pub(in crate::provider::aws::cloudwatch) fn throughput() -> Metered {
    let arn = "arn:aws:bedrock:eu-west-1:111122223333:provisioned-model/abc".to_owned();
    metered(MetricSource::Throughput { arn, unit_count: Some(1.0) })
}

/// A GPU's metric of an agent that appends the instance id.
pub(in crate::provider::aws::cloudwatch) fn gpu(index: i64) -> AcceleratorMetric {
    let number = index.to_string();
    AcceleratorMetric {
        gpu_index: Some(index),
        is_part: false,
        is_by_host: false,
        sender: Sender::Agent,
        metric: Metric::known(
            "CWAgent",
            AGENT_METRIC,
            &[("InstanceId", "i-a"), ("index", &number), ("arch", "Ampere")],
        ),
    }
}

/// Two GPUs of a machine of the variant `blue`, each with metrics of its own.
pub(in crate::provider::aws::cloudwatch) fn own_gpus() -> Vec<VariantGpu> {
    let gpu = |index: i64| VariantGpu {
        variant: "blue".to_owned(),
        gpu_index: index,
        metric: Metric::known(
            "/aws/sagemaker/Endpoints",
            "GPUUtilization",
            &[
                ("EndpointName", "chat"),
                ("VariantName", "blue"),
                ("InstanceId", "i-a"),
                ("AcceleratorId", &index.to_string()),
            ],
        ),
    };
    vec![gpu(0), gpu(1)]
}

pub(in crate::provider::aws::cloudwatch) fn subject<'a>(
    metered: &'a [Metered],
    accelerators: Vec<AcceleratorMetric>,
    hosts: &[&str],
) -> Subject<'a> {
    Subject {
        resource_id: "aws:111122223333:eu-west-1:x",
        metered: metered.iter().collect(),
        accelerators,
        gpus: Vec::new(),
        model_ids: None,
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
    }
}

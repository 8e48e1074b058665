//! What is asked at which stage, of machines, endpoints, jobs and throughput.

use std::collections::BTreeSet;

use super::{
    super::{
        asks::{Extent, asks, is_of_unknown_memory, is_of_unknown_size},
        discover::{AcceleratorMetric, INSIGHTS, NEURON_METRIC, Sender},
        metric::Metric,
        subject::{Ask, Field, Subject},
    },
    given::{WINDOW, component, gpu, job, machine, own_gpus, subject, throughput, variant},
};
use crate::{
    provider::aws::observed::{Metered, MetricSource},
    usage::Measure,
};

fn spelled(ask: &Ask) -> String {
    let statistics: Vec<&str> = ask.statistics.iter().map(|statistic| statistic.as_str()).collect();
    let values: Vec<&str> = ask.metric.dimensions.iter().map(|(_, value)| value.as_str()).collect();
    format!(
        "{} {} [{}] {}",
        ask.metric.namespace,
        ask.metric.name,
        values.join(" "),
        statistics.join("+")
    )
}

fn asked(subject: &Subject<'_>, extent: Extent<'_>) -> Vec<String> {
    asks(subject, extent, WINDOW).iter().map(spelled).collect()
}

fn open(subject: &Subject<'_>, measures: &[Measure]) -> Vec<String> {
    asked(subject, Extent::Open(&measures.iter().copied().collect::<BTreeSet<_>>()))
}

#[test]
fn first_a_machine_is_only_asked_how_busy_its_gpus_are() {
    let machine = [machine()];
    let found = asked(&subject(&machine, vec![gpu(0), gpu(1)], &[]), Extent::First);
    assert_eq!(
        found,
        [
            "CWAgent nvidia_smi_utilization_gpu [i-a Ampere 0] Average+Maximum",
            "CWAgent nvidia_smi_utilization_gpu [i-a Ampere 1] Average+Maximum",
        ]
    );
}

#[test]
fn memory_that_a_verdict_waits_for_is_read_at_its_highest_under_the_same_dimensions() {
    let machine = [machine()];
    let found = open(&subject(&machine, vec![gpu(0)], &[]), &[Measure::GpuMem, Measure::GpuMemMax]);
    assert_eq!(found, ["CWAgent nvidia_smi_memory_used [i-a Ampere 0] Maximum"]);
}

#[test]
fn cpu_and_network_that_a_verdict_waits_for_are_those_of_ec2() {
    let machine = [machine()];
    let found = open(&subject(&machine, vec![gpu(0)], &[]), &[Measure::Cpu, Measure::Network]);
    assert_eq!(
        found,
        [
            "AWS/EC2 CPUUtilization [i-a] Average",
            "AWS/EC2 NetworkIn [i-a] Sum",
            "AWS/EC2 NetworkOut [i-a] Sum",
        ]
    );
}

#[test]
fn the_cpu_of_a_machine_that_was_off_at_times_is_read_first_and_only_once() {
    let mut machine = [machine()];
    let MetricSource::Machine { was_off, .. } = &mut machine[0].source else { panic!() };
    *was_off = true;
    let subject = subject(&machine, vec![gpu(0)], &[]);
    assert_eq!(
        asked(&subject, Extent::First),
        [
            "CWAgent nvidia_smi_utilization_gpu [i-a Ampere 0] Average+Maximum",
            "AWS/EC2 CPUUtilization [i-a] Average",
        ]
    );
    assert!(open(&subject, &[Measure::Cpu]).is_empty());
    let all = asked(&subject, Extent::Full);
    assert_eq!(all.iter().filter(|ask| ask.contains("CPUUtilization")).count(), 1);
}

#[test]
fn everything_is_read_at_once_where_that_is_wanted() {
    let machine = [machine()];
    let found = asked(&subject(&machine, vec![gpu(0)], &[]), Extent::Full);
    assert_eq!(
        found,
        [
            "CWAgent nvidia_smi_utilization_gpu [i-a Ampere 0] Average+Maximum",
            "CWAgent nvidia_smi_memory_used [i-a Ampere 0] Average+Maximum",
            "CWAgent nvidia_smi_power_draw [i-a Ampere 0] Average",
            "AWS/EC2 CPUUtilization [i-a] Average",
            "AWS/EC2 NetworkIn [i-a] Sum",
            "AWS/EC2 NetworkOut [i-a] Sum",
        ]
    );
}

#[test]
fn memory_of_slices_is_only_asked_for_where_their_gpu_is_known() {
    let slice = AcceleratorMetric { is_part: true, ..gpu(0) };
    let several = [machine()];
    let single = [Metered { gpu_count: Some(1.0), ..machine() }];
    let memory = [Measure::GpuMemMax];
    assert!(open(&subject(&several, vec![slice.clone()], &[]), &memory).is_empty());
    assert_eq!(open(&subject(&single, vec![slice], &[]), &memory).len(), 1);
}

#[test]
fn neuron_cores_are_asked_for_in_container_insights_with_their_memory_there() {
    let dimensions = [("InstanceId", "i-a"), ("NeuronCore", "core0"), ("NeuronDevice", "0")];
    let core = AcceleratorMetric {
        is_part: true,
        sender: Sender::Neuron,
        metric: Metric::known(INSIGHTS, NEURON_METRIC, &dimensions),
        ..gpu(0)
    };
    let machine = [machine()];
    let subject = subject(&machine, vec![core], &[]);
    assert_eq!(
        asked(&subject, Extent::First),
        ["ContainerInsights node_neuroncore_utilization [i-a core0 0] Average+Maximum"]
    );
    assert_eq!(
        open(&subject, &[Measure::GpuMemMax]),
        ["ContainerInsights node_neuroncore_memory_usage_total [i-a core0 0] Maximum"]
    );
}

#[test]
fn replicas_are_asked_for_only_where_something_scales_them() {
    let fixed = [variant("blue", true)];
    assert_eq!(
        asked(&subject(&fixed, Vec::new(), &[]), Extent::First),
        [
            "/aws/sagemaker/Endpoints GPUUtilization [chat blue] Average",
            "/aws/sagemaker/Endpoints GPUUtilization [chat blue] Maximum",
            "AWS/SageMaker Invocations [chat blue] Sum",
        ]
    );
    let scaled = [variant("blue", false)];
    assert_eq!(
        asked(&subject(&scaled, Vec::new(), &[]), Extent::First)[3],
        "AWS/SageMaker InvocationsPerInstance [chat blue] Sum"
    );
}

#[test]
fn a_variant_that_models_share_has_normalised_metrics() {
    let shared = [variant("blue", true), component("blue"), variant("green", true)];
    assert_eq!(
        asked(&subject(&shared, Vec::new(), &[]), Extent::First),
        [
            "/aws/sagemaker/Endpoints GPUUtilizationNormalized [chat blue] Average",
            "/aws/sagemaker/Endpoints GPUUtilizationNormalized [chat blue] Maximum",
            "AWS/SageMaker Invocations [chat blue] Sum",
            "AWS/SageMaker InvocationsPerCopy [llm] Sum",
            "/aws/sagemaker/Endpoints GPUUtilization [chat green] Average",
            "/aws/sagemaker/Endpoints GPUUtilization [chat green] Maximum",
            "AWS/SageMaker Invocations [chat green] Sum",
        ]
    );
    let ratio = asks(&subject(&shared, Vec::new(), &[]), Extent::First, WINDOW);
    assert_eq!((ratio[0].scale, ratio[4].scale), (0.01, 0.0025));
}

#[test]
fn a_serverless_variant_has_requests_and_nothing_else() {
    let mut variant = variant("all", false);
    if let MetricSource::Variant { is_serverless, .. } = &mut variant.source {
        *is_serverless = true;
    }
    let variant = [variant];
    let found = asked(&subject(&variant, Vec::new(), &[]), Extent::First);
    assert_eq!(found, ["AWS/SageMaker Invocations [chat all] Sum"]);
}

#[test]
fn an_endpoint_without_accelerators_is_asked_for_its_cpu_which_shows_that_it_was_there() {
    let variant = [Metered { gpu_count: Some(0.0), ..variant("all", true) }];
    let found = asked(&subject(&variant, Vec::new(), &[]), Extent::First);
    assert_eq!(
        found,
        [
            "/aws/sagemaker/Endpoints CPUUtilization [chat all] Average",
            "AWS/SageMaker Invocations [chat all] Sum",
        ]
    );
}

#[test]
fn what_adds_up_gpus_of_unknown_number_is_not_asked_for() {
    let unknown = [Metered { gpu_count: None, ..job() }];
    assert!(asked(&subject(&unknown, Vec::new(), &["tune/algo-1"]), Extent::First).is_empty());
    assert!(is_of_unknown_size(&subject(&unknown, Vec::new(), &[]), &unknown[0]));
}

#[test]
fn an_endpoint_of_unknown_size_is_asked_whether_it_was_there() {
    let unknown = [Metered { gpu_count: None, vcpu_count: None, ..variant("blue", true) }];
    let of = subject(&unknown, Vec::new(), &[]);
    let found = asks(&of, Extent::First, WINDOW);
    assert_eq!(
        found.iter().map(spelled).collect::<Vec<_>>(),
        [
            "/aws/sagemaker/Endpoints CPUUtilization [chat blue] Average",
            "AWS/SageMaker Invocations [chat blue] Sum",
        ]
    );
    assert_eq!(found[0].field, Field::Presence);
    assert!(is_of_unknown_size(&of, &unknown[0]));
}

#[test]
fn normalised_metrics_need_no_size() {
    let shared = [Metered { gpu_count: None, ..variant("blue", true) }, component("blue")];
    let of = subject(&shared, Vec::new(), &[]);
    assert_eq!(
        asked(&of, Extent::First)[0],
        "/aws/sagemaker/Endpoints GPUUtilizationNormalized [chat blue] Average"
    );
    assert!(!is_of_unknown_size(&of, &shared[0]));
}

#[test]
fn a_shadow_is_measured_and_its_copied_requests_are_not_counted() {
    let mut shadow = variant("next", true);
    if let MetricSource::Variant { is_shadow, .. } = &mut shadow.source {
        *is_shadow = true;
    }
    let shadow = [shadow];
    assert_eq!(
        asked(&subject(&shadow, Vec::new(), &[]), Extent::First),
        [
            "/aws/sagemaker/Endpoints GPUUtilization [chat next] Average",
            "/aws/sagemaker/Endpoints GPUUtilization [chat next] Maximum",
        ]
    );
}

#[test]
fn each_machine_of_a_job_is_asked_about() {
    let job = [job()];
    let subject = subject(&job, Vec::new(), &["tune/algo-1", "tune/algo-2"]);
    assert_eq!(
        asked(&subject, Extent::First),
        [
            "/aws/sagemaker/TrainingJobs GPUUtilization [tune/algo-1] Average",
            "/aws/sagemaker/TrainingJobs GPUUtilization [tune/algo-1] Maximum",
            "/aws/sagemaker/TrainingJobs GPUUtilization [tune/algo-2] Average",
            "/aws/sagemaker/TrainingJobs GPUUtilization [tune/algo-2] Maximum",
        ]
    );
}

#[test]
fn memory_that_several_gpus_add_up_is_not_asked_for_because_it_is_not_that_of_the_fullest() {
    let memory = [Measure::GpuMem, Measure::GpuMemMax];
    let several = [variant("blue", true)];
    assert!(open(&subject(&several, Vec::new(), &[]), &memory).is_empty());
    assert!(is_of_unknown_memory(&subject(&several, Vec::new(), &[]), &several[0]));
    let shared = [variant("blue", true), component("blue")];
    assert!(open(&subject(&shared, Vec::new(), &[]), &memory).is_empty());
    let several = [job()];
    assert!(open(&subject(&several, Vec::new(), &["tune/algo-1"]), &memory).is_empty());

    let single = [Metered { gpu_count: Some(1.0), ..variant("blue", true) }];
    let of = subject(&single, Vec::new(), &[]);
    assert_eq!(
        open(&of, &memory),
        ["/aws/sagemaker/Endpoints GPUMemoryUtilization [chat blue] Maximum"]
    );
    assert!(!is_of_unknown_memory(&of, &single[0]));
}

#[test]
fn gpus_of_an_endpoint_that_are_measured_one_by_one_have_their_memory() {
    let several = [Metered { gpu_count: None, ..variant("blue", true) }];
    let of = Subject { gpus: own_gpus(), ..subject(&several, Vec::new(), &[]) };
    assert_eq!(
        open(&of, &[Measure::GpuMemMax]),
        [
            "/aws/sagemaker/Endpoints GPUMemoryUtilization [0 chat i-a blue] Maximum",
            "/aws/sagemaker/Endpoints GPUMemoryUtilization [1 chat i-a blue] Maximum",
        ]
    );
    assert!(!is_of_unknown_size(&of, &several[0]));
    assert!(!is_of_unknown_memory(&of, &several[0]));
}

#[test]
fn an_asynchronous_endpoint_is_asked_for_what_it_processed_and_for_its_queue() {
    let mut variant = Metered { gpu_count: Some(1.0), ..variant("all", true) };
    if let MetricSource::Variant { is_asynchronous, .. } = &mut variant.source {
        *is_asynchronous = true;
    }
    let variant = [variant];
    assert_eq!(
        asked(&subject(&variant, Vec::new(), &[]), Extent::First),
        [
            "/aws/sagemaker/Endpoints GPUUtilization [chat all] Average+Maximum",
            "AWS/SageMaker InvocationsProcessed [chat all] Sum",
            "AWS/SageMaker ModelLatency [chat all] SampleCount",
            "AWS/SageMaker ApproximateBacklogSize [chat] Maximum",
        ]
    );
}

#[test]
fn throughput_is_asked_for_by_every_name_that_its_requests_go_by() {
    let throughput = [throughput()];
    let model_ids = Some(BTreeSet::from(["abc".to_owned()]));
    let subject = Subject { model_ids, ..subject(&throughput, Vec::new(), &[]) };
    let arn = "arn:aws:bedrock:eu-west-1:111122223333:provisioned-model/abc";
    assert_eq!(
        asked(&subject, Extent::First),
        [
            format!("AWS/Bedrock Invocations [{arn}] Sum"),
            "AWS/Bedrock Invocations [abc] Sum".to_owned()
        ]
    );
}

#[test]
fn tokens_of_provisioned_throughput_are_read_only_where_everything_is() {
    let throughput = [throughput()];
    let subject = subject(&throughput, Vec::new(), &[]);
    let arn = "arn:aws:bedrock:eu-west-1:111122223333:provisioned-model/abc";
    assert_eq!(asked(&subject, Extent::First), [format!("AWS/Bedrock Invocations [{arn}] Sum")]);
    assert_eq!(asked(&subject, Extent::Full).len(), 3);
}

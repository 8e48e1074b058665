//! Which metrics of a resource are asked for, at which stage.

use std::collections::BTreeSet;

use super::{
    discover::{AcceleratorMetric, Sender},
    metric::{Metric, Statistic},
    subject::{Ask, Field, Join, Period, Subject, life},
};
use crate::{
    provider::aws::observed::{Metered, MetricSource},
    usage::Measure,
    window::Window,
};

/// How much is asked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Extent<'a> {
    /// What decides most: use of accelerators, requests.
    First,
    /// What verdicts wait for, besides.
    Open(&'a BTreeSet<Measure>),
    /// Everything.
    Full,
}

impl Extent<'_> {
    fn is_first(self) -> bool {
        !matches!(self, Self::Open(_))
    }

    fn is_full(self) -> bool {
        matches!(self, Self::Full)
    }

    fn wants(self, measure: Measure) -> bool {
        match self {
            Self::First => false,
            Self::Open(measures) => measures.contains(&measure),
            Self::Full => true,
        }
    }

    /// Of memory, the highest use in the window decides, which the highest of each day tell; hours and their means are only
    /// read for completeness.
    fn memory(self) -> Option<(&'static [Statistic], Period)> {
        match self {
            Self::First => None,
            Self::Open(measures) => {
                measures.contains(&Measure::GpuMemMax).then_some((HIGHEST, Period::Day))
            }
            Self::Full => Some((MEAN_AND_HIGHEST, Period::Hour)),
        }
    }
}

/// The mean of an hour, and its highest sample, which decides whether a thing was active.
const MEAN_AND_HIGHEST: &[Statistic] = &[Statistic::Average, Statistic::Maximum];
const HIGHEST: &[Statistic] = &[Statistic::Maximum];
const SUM: &[Statistic] = &[Statistic::Sum];
const AVERAGE: &[Statistic] = &[Statistic::Average];
const P95: &[Statistic] = &[Statistic::P95];

const PERCENT: f64 = 0.01;
const MIB: f64 = 1.0 / 1024.0;
const BYTE: f64 = 1.0 / 1_073_741_824.0;
const MICROSECOND_MS: f64 = 0.001;
/// A share beyond this is no rounding: the sensor, or the number of accelerators, is not what it seems.
const HIGHEST_RATIO: f64 = 1.05;

const ENDPOINTS: &str = "/aws/sagemaker/Endpoints";
const SAGEMAKER: &str = "AWS/SageMaker";

/// What is asked about a resource.
pub(super) fn asks(subject: &Subject<'_>, extent: Extent<'_>, window: Window) -> Vec<Ask> {
    let mut asks = Vec::new();
    for metered in &subject.metered {
        let new = Asker { metered, window };
        match &metered.source {
            MetricSource::Machine { instance_id, .. } => {
                for accelerator in &subject.accelerators {
                    new.accelerator(accelerator, extent, &mut asks);
                }
                new.machine(instance_id, extent, &mut asks);
            }
            MetricSource::Variant {
                endpoint_name,
                variant_name,
                is_fixed,
                is_serverless,
                is_shadow,
                ..
            } => {
                let variant = [
                    ("EndpointName", endpoint_name.as_str()),
                    ("VariantName", variant_name.as_str()),
                ];
                if !is_serverless {
                    let is_shared = is_shared(subject, variant_name);
                    new.instances(ENDPOINTS, &variant, is_shared, extent, &mut asks);
                }
                if !is_shadow {
                    new.requests(&variant, *is_fixed || *is_serverless, extent, &mut asks);
                }
            }
            MetricSource::Component { component_name, variant_name, .. } if extent.is_first() => {
                let dimensions = [("InferenceComponentName", component_name.as_str())];
                let metric = Metric::known(SAGEMAKER, "InvocationsPerCopy", &dimensions);
                let ask = new.count(metric, Field::RequestsPerCopy);
                asks.push(Ask { variant: variant_name.clone(), ..ask });
            }
            MetricSource::Component { .. } => {}
            MetricSource::Job { namespace, .. } => {
                let namespace = format!("/aws/sagemaker/{namespace}");
                for host in &subject.hosts {
                    new.instances(&namespace, &[("Host", host)], false, extent, &mut asks);
                }
            }
            MetricSource::Throughput { arn, .. } => new.tokens(arn, extent, &mut asks),
        }
    }
    asks.retain(|ask| !ask.hours.is_empty());
    asks
}

/// Whether models share the machines of a variant, each with GPUs of its own.
fn is_shared(subject: &Subject<'_>, variant: &str) -> bool {
    subject.metered.iter().any(|metered| {
        matches!(&metered.source, MetricSource::Component { variant_name, .. } if variant_name == variant)
    })
}

/// Whether the use of its accelerators could not be told even if it were read, because their number is not known.
pub(super) fn is_of_unknown_size(subject: &Subject<'_>, metered: &Metered) -> bool {
    let is_told_per_machine = match &metered.source {
        MetricSource::Variant { is_serverless, variant_name, .. } => {
            !is_serverless && !is_shared(subject, variant_name)
        }
        MetricSource::Job { .. } => true,
        _ => false,
    };
    is_told_per_machine && metered.gpu_count.is_none()
}

/// Makes what is asked about one thing that sends metrics.
struct Asker<'a> {
    metered: &'a Metered,
    window: Window,
}

impl Asker<'_> {
    fn ask(&self, metric: Metric, field: Field, statistics: &'static [Statistic]) -> Ask {
        Ask {
            metric,
            statistics,
            period: Period::Hour,
            field,
            gpu_index: None,
            variant: String::new(),
            rank: 0,
            join: Join::Mean,
            scale: 1.0,
            ceiling: f64::INFINITY,
            hours: life(self.metered, self.window),
            is_clipped: false,
            source: "cloudwatch",
        }
    }

    fn count(&self, metric: Metric, field: Field) -> Ask {
        Ask { join: Join::Sum, ..self.ask(metric, field, SUM) }
    }

    /// Whether there is one accelerator, or a fraction of one.
    fn has_one(&self) -> bool {
        self.metered.gpu_count.is_some_and(|count| count > 0.0 && count <= 1.0)
    }

    /// Memory cannot be fuller than full.
    fn memory_ceiling_gib(&self) -> f64 {
        self.metered.gpu_mem_gib_per_gpu.map_or(f64::INFINITY, |gib| gib * HIGHEST_RATIO)
    }

    /// One accelerator of a machine.
    fn accelerator(&self, of: &AcceleratorMetric, extent: Extent<'_>, asks: &mut Vec<Ask>) {
        let (source, memory, power, memory_scale) = match of.sender {
            Sender::Agent => {
                ("cloudwatch_agent", "nvidia_smi_memory_used", Some("nvidia_smi_power_draw"), MIB)
            }
            Sender::Insights => {
                ("container_insights", "node_gpu_memory_used", Some("node_gpu_power_draw"), BYTE)
            }
            Sender::Neuron => {
                ("container_insights", "node_neuroncore_memory_usage_total", None, BYTE)
            }
        };
        let is_core = of.sender == Sender::Neuron;
        let ask = |metric: Metric, field, statistics| Ask {
            gpu_index: of.gpu_index,
            rank: u8::from(of.is_part),
            is_clipped: of.is_by_host,
            source,
            ..self.ask(metric, field, statistics)
        };
        if extent.is_first() {
            // A GPU is as busy as its busiest slice; the cores of a device work side by side.
            let join = if of.is_part && !is_core { Join::Max } else { Join::Mean };
            let util = ask(of.metric.clone(), Field::GpuUtil, MEAN_AND_HIGHEST);
            asks.push(Ask { join, scale: PERCENT, ceiling: HIGHEST_RATIO, ..util });
        }
        // Numbers of slices begin again on each GPU, so that with several GPUs it is not known which of them holds it.
        let is_placed = !of.is_part || is_core || self.has_one();
        // A node as a whole holds what its GPUs hold together, which no column says.
        let is_one = of.gpu_index.is_some() || self.has_one();
        if let Some((statistics, period)) = extent.memory().filter(|_| is_placed && is_one) {
            let used = ask(of.metric.beside(memory), Field::GpuMem, statistics);
            asks.push(Ask {
                // On a day on which a host name changes hands, only hours tell whose memory it was.
                period: if of.is_by_host { Period::Hour } else { period },
                join: if of.is_part { Join::Sum } else { Join::Max },
                scale: memory_scale,
                ceiling: self.memory_ceiling_gib(),
                ..used
            });
        }
        if let Some(power) = power.filter(|_| extent.is_full() && !of.is_part && is_one) {
            asks.push(ask(of.metric.beside(power), Field::GpuPower, AVERAGE));
        }
    }

    /// The machine beneath, which EC2 itself measures.
    fn machine(&self, instance_id: &str, extent: Extent<'_>, asks: &mut Vec<Ask>) {
        let metric = |name| Metric::known("AWS/EC2", name, &[("InstanceId", instance_id)]);
        if extent.wants(Measure::Cpu) {
            let cpu = self.ask(metric("CPUUtilization"), Field::Cpu, AVERAGE);
            asks.push(Ask { scale: PERCENT, ceiling: HIGHEST_RATIO, ..cpu });
        }
        if extent.wants(Measure::Network) {
            for (name, field) in
                [("NetworkIn", Field::NetworkIn), ("NetworkOut", Field::NetworkOut)]
            {
                asks.push(Ask { scale: BYTE, ..self.count(metric(name), field) });
            }
        }
    }

    /// The machines of a variant, or one of a job. They add their accelerators up, and their CPUs.
    fn instances(
        &self,
        namespace: &str,
        dimensions: &[(&str, &str)],
        is_shared: bool,
        extent: Extent<'_>,
        asks: &mut Vec<Ask>,
    ) {
        let (suffix, gpu_divisor, cpu_divisor) = if is_shared {
            ("Normalized", Some(1.0), Some(1.0))
        } else {
            let cpus = self.metered.vcpu_count.filter(|count| *count > 0);
            ("", self.metered.gpu_count.map(|count| count.max(1.0)), cpus.map(|count| count as f64))
        };
        let variant = dimensions.iter().find(|(name, _)| *name == "VariantName");
        let variant = variant.map_or("", |(_, name)| *name);
        let ask = |name: &str, field, statistics| Ask {
            variant: variant.to_owned(),
            // An endpoint is as busy as its busiest variant; the hosts of a job work side by side.
            join: if variant.is_empty() { Join::Mean } else { Join::Max },
            source: "sagemaker",
            ..self.ask(
                Metric::known(namespace, &format!("{name}{suffix}"), dimensions),
                field,
                statistics,
            )
        };
        // Only what has accelerators has shares of them.
        let has_gpu = self.metered.gpu_count.map_or(is_shared, |count| count > 0.0);
        if let Some(gpus) = gpu_divisor.filter(|_| has_gpu) {
            if extent.is_first() {
                let util = ask("GPUUtilization", Field::GpuUtil, MEAN_AND_HIGHEST);
                asks.push(Ask { scale: PERCENT / gpus, ceiling: HIGHEST_RATIO, ..util });
            }
            if let (Some((statistics, period)), Some(gib)) =
                (extent.memory(), self.metered.gpu_mem_gib_per_gpu)
            {
                let used = ask("GPUMemoryUtilization", Field::GpuMem, statistics);
                asks.push(Ask {
                    period,
                    join: Join::Max,
                    scale: PERCENT / gpus * gib,
                    ceiling: self.memory_ceiling_gib(),
                    ..used
                });
            }
        }
        // Where accelerators say nothing, the CPU says whether the machines were there, which silent hours need.
        let is_presence = !has_gpu && !variant.is_empty() && extent.is_first();
        match cpu_divisor {
            Some(cpus) if is_presence || extent.wants(Measure::Cpu) => {
                let cpu = ask("CPUUtilization", Field::Cpu, AVERAGE);
                asks.push(Ask { scale: PERCENT / cpus, ceiling: HIGHEST_RATIO, ..cpu });
            }
            None if is_presence => asks.push(ask("CPUUtilization", Field::Presence, AVERAGE)),
            _ => {}
        }
    }

    /// Requests of a variant. Only where its replicas change do they have to be told from requests.
    fn requests(
        &self,
        variant: &[(&str, &str); 2],
        has_known_replicas: bool,
        extent: Extent<'_>,
        asks: &mut Vec<Ask>,
    ) {
        let metric = |name| Metric::known(SAGEMAKER, name, variant);
        let [_, (_, variant_name)] = variant;
        let mut push = |ask: Ask| asks.push(Ask { variant: (*variant_name).to_owned(), ..ask });
        if extent.is_first() {
            push(self.count(metric("Invocations"), Field::Requests));
            if !has_known_replicas {
                push(self.count(metric("InvocationsPerInstance"), Field::RequestsPerInstance));
            }
        }
        if extent.is_full() {
            let latency = self.ask(metric("ModelLatency"), Field::Latency, P95);
            push(Ask { scale: MICROSECOND_MS, ..latency });
            push(self.count(metric("Invocation4XXErrors"), Field::ClientErrors));
            push(self.count(metric("Invocation5XXErrors"), Field::ServerErrors));
        }
    }

    /// Requests of provisioned throughput, and their tokens.
    fn tokens(&self, arn: &str, extent: Extent<'_>, asks: &mut Vec<Ask>) {
        let metric = |name| Metric::known("AWS/Bedrock", name, &[("ModelId", arn)]);
        if extent.is_first() {
            asks.push(self.count(metric("Invocations"), Field::Requests));
        }
        if extent.is_full() {
            asks.push(self.count(metric("InputTokenCount"), Field::InputTokens));
            asks.push(self.count(metric("OutputTokenCount"), Field::OutputTokens));
        }
    }
}

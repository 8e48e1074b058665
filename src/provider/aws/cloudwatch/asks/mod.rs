//! Which metrics of a resource are asked for, at which stage.

mod serving;

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
pub(super) const MEAN_AND_HIGHEST: &[Statistic] = &[Statistic::Average, Statistic::Maximum];
const HIGHEST: &[Statistic] = &[Statistic::Maximum];
const SUM: &[Statistic] = &[Statistic::Sum];
const AVERAGE: &[Statistic] = &[Statistic::Average];
const COUNT: &[Statistic] = &[Statistic::SampleCount];
const P95: &[Statistic] = &[Statistic::P95];

const PERCENT: f64 = 0.01;
const MIB: f64 = 1.0 / 1024.0;
const BYTE: f64 = 1.0 / 1_073_741_824.0;
const MICROSECOND_MS: f64 = 0.001;
/// A share beyond this is no rounding: the sensor, or the number of accelerators, is not what it seems.
const HIGHEST_RATIO: f64 = 1.05;

/// The most accelerators that a machine has: what their mean may hide where their number is not known.
const MOST_GPUS: f64 = 16.0;

const ENDPOINTS: &str = "/aws/sagemaker/Endpoints";
const SAGEMAKER: &str = "AWS/SageMaker";

/// What is asked about a resource.
pub(super) fn asks(subject: &Subject<'_>, extent: Extent<'_>, window: Window) -> Vec<Ask> {
    let mut asks = Vec::new();
    for metered in &subject.metered {
        let new = Asker { metered, window };
        match &metered.source {
            MetricSource::Machine { instance_id, was_off, .. } => {
                for accelerator in &subject.accelerators {
                    new.accelerator(accelerator, extent, &mut asks);
                }
                new.machine(instance_id, *was_off, extent, &mut asks);
            }
            MetricSource::Notebook { .. } => {
                for accelerator in &subject.accelerators {
                    new.accelerator(accelerator, extent, &mut asks);
                }
            }
            MetricSource::Variant {
                endpoint_name,
                variant_name,
                is_fixed,
                is_serverless,
                is_shadow,
                is_asynchronous,
                ..
            } => {
                let variant = [
                    ("EndpointName", endpoint_name.as_str()),
                    ("VariantName", variant_name.as_str()),
                ];
                if !is_serverless {
                    new.machines_of(subject, &variant, extent, &mut asks);
                }
                match (is_shadow, is_asynchronous) {
                    (true, _) => {}
                    (false, true) => new.queue(&variant, extent, &mut asks),
                    (false, false) => {
                        new.requests(&variant, *is_fixed || *is_serverless, extent, &mut asks);
                    }
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
                    new.instances(&namespace, &[("Host", host)], Share::Own, extent, &mut asks);
                }
            }
            MetricSource::Throughput { arn, .. } => {
                let listed = subject.model_ids.iter().flatten().map(String::as_str);
                for model_id in BTreeSet::from([arn.as_str()]).into_iter().chain(listed) {
                    new.tokens(model_id, extent, &mut asks);
                }
            }
        }
    }
    asks.retain(|ask| !ask.hours.is_empty());
    asks
}

/// The highest sample of a mean over several accelerators, as high as one of them may have been.
fn highest_of_one(mean: Ask, gpu_count: f64) -> Ask {
    Ask { scale: mean.scale * gpu_count, ceiling: mean.ceiling * gpu_count, ..mean }
}

/// Whether a variant's accelerators are measured one by one.
pub(super) fn has_own_gpus(subject: &Subject<'_>, variant: &str) -> bool {
    subject.gpus.iter().any(|gpu| gpu.variant == variant)
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
            !is_serverless
                && !is_shared(subject, variant_name)
                && !has_own_gpus(subject, variant_name)
        }
        MetricSource::Job { .. } => true,
        _ => false,
    };
    is_told_per_machine && metered.gpu_count.is_none()
}

/// Whether the memory of its accelerators is only told as a sum, so that nobody knows how full the fullest is.
pub(super) fn is_of_unknown_memory(subject: &Subject<'_>, metered: &Metered) -> bool {
    match &metered.source {
        MetricSource::Variant { is_serverless, variant_name, .. } => {
            !is_serverless
                && !has_own_gpus(subject, variant_name)
                && metered.gpu_count.is_some_and(|count| count > 1.0)
        }
        _ => false,
    }
}

/// Who else works on the machines that a metric adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    /// Nobody.
    Own,
    /// Models that each have accelerators of their own there, so that shares are told.
    Models,
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
            let util = |statistics| {
                let util = ask(of.metric.clone(), Field::GpuUtil, statistics);
                Ask { join, scale: PERCENT, ceiling: HIGHEST_RATIO, ..util }
            };
            if of.gpu_index.is_some() || of.is_part || self.has_one() {
                asks.push(util(MEAN_AND_HIGHEST));
            } else {
                let most = self.metered.gpu_count.unwrap_or(MOST_GPUS);
                asks.extend([util(AVERAGE), highest_of_one(util(HIGHEST), most)]);
            }
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

    /// The machine beneath, which EC2 itself measures as long as it runs: of one that was off at times, that is the first to know.
    fn machine(&self, instance_id: &str, was_off: bool, extent: Extent<'_>, asks: &mut Vec<Ask>) {
        let metric = |name| Metric::known("AWS/EC2", name, &[("InstanceId", instance_id)]);
        let is_wanted = if was_off { extent.is_first() } else { extent.wants(Measure::Cpu) };
        if is_wanted {
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
}

//! Endpoints, jobs and provisioned throughput: what `SageMaker` and Bedrock measure themselves.

use super::{
    AVERAGE, Asker, COUNT, ENDPOINTS, Extent, HIGHEST, HIGHEST_RATIO, MEAN_AND_HIGHEST,
    MICROSECOND_MS, MOST_GPUS, P95, PERCENT, SAGEMAKER, Share, highest_of_one, is_shared,
};
use crate::{
    provider::aws::{
        cloudwatch::{
            metric::{Metric, Statistic},
            subject::{Ask, Field, Join, Subject},
        },
        observed::MetricSource,
    },
    usage::Measure,
};

impl Asker<'_> {
    /// The machines of a variant, and each of their accelerators where those are measured one by one. What is told of all
    /// together stands in for hours, and for machines that are gone, in which they were not.
    pub(super) fn machines_of(
        &self,
        subject: &Subject<'_>,
        variant: &[(&str, &str); 2],
        extent: Extent<'_>,
        asks: &mut Vec<Ask>,
    ) {
        let [_, (_, name)] = variant;
        let share = if is_shared(subject, name) { Share::Models } else { Share::Own };
        self.instances(ENDPOINTS, variant, share, extent, asks);
        let variants = subject.metered.iter().filter(|each| is_variant(&each.source));
        // The machines of a variant work side by side; of several variants the busiest counts.
        let join = if variants.count() > 1 { Join::Max } else { Join::Mean };
        for gpu in subject.gpus.iter().filter(|gpu| gpu.variant == *name) {
            let ask = |metric: Metric, field, statistics| Ask {
                variant: gpu.variant.clone(),
                gpu_index: Some(gpu.gpu_index),
                source: "sagemaker",
                ..self.ask(metric, field, statistics)
            };
            if extent.is_first() {
                let util = ask(gpu.metric.clone(), Field::GpuUtil, MEAN_AND_HIGHEST);
                asks.push(Ask { join, scale: PERCENT, ceiling: HIGHEST_RATIO, ..util });
            }
            let name = gpu.metric.name.replace("GPUUtilization", "GPUMemoryUtilization");
            let memory = |statistics| ask(gpu.metric.beside(&name), Field::GpuMem, statistics);
            asks.extend(self.memory_of_one(extent, memory));
        }
    }

    /// The machines of a variant, or one of a job. They add their accelerators up, and their CPUs.
    ///
    /// What all accelerators together do says how busy they are on average. How busy one of them was at its highest is
    /// taken as high as it may have been; how full the fullest was is not known.
    pub(super) fn instances(
        &self,
        namespace: &str,
        dimensions: &[(&str, &str)],
        share: Share,
        extent: Extent<'_>,
        asks: &mut Vec<Ask>,
    ) {
        let (suffix, divisor, most) = match (share, self.metered.gpu_count) {
            (Share::Models, count) => ("Normalized", Some(1.0), count.unwrap_or(MOST_GPUS)),
            (Share::Own, count) => ("", count.map(|count| count.max(1.0)), 1.0),
        };
        let variant = variant_of(dimensions);
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
        let has_gpu = self.metered.gpu_count.map_or(share == Share::Models, |count| count > 0.0);
        if let Some(divisor) = divisor.filter(|_| has_gpu) {
            let mean = |statistics| {
                let util = ask("GPUUtilization", Field::GpuUtil, statistics);
                Ask { scale: PERCENT / divisor, ceiling: HIGHEST_RATIO, ..util }
            };
            match extent.is_first() {
                true if self.has_one() => asks.push(mean(MEAN_AND_HIGHEST)),
                true => {
                    asks.extend([mean(AVERAGE), highest_of_one(mean(HIGHEST), most.max(divisor))]);
                }
                false => {}
            }
            if self.has_one() {
                let memory = |statistics| ask("GPUMemoryUtilization", Field::GpuMem, statistics);
                asks.extend(self.memory_of_one(extent, memory));
            }
        }
        self.cpu(namespace, dimensions, (share, has_gpu), extent, asks);
    }

    /// The memory of one accelerator, of which `SageMaker` tells the share in use. `None`: it is not wanted, or nobody knows how
    /// much there is.
    fn memory_of_one(
        &self,
        extent: Extent<'_>,
        share: impl Fn(&'static [Statistic]) -> Ask,
    ) -> Option<Ask> {
        let (statistics, period) = extent.memory()?;
        Some(Ask {
            period,
            join: Join::Max,
            scale: PERCENT * self.metered.gpu_mem_gib_per_gpu?,
            ceiling: self.memory_ceiling_gib(),
            ..share(statistics)
        })
    }

    /// The CPUs of such machines. Where accelerators say nothing, they say whether the machines were there, which silent
    /// hours need.
    fn cpu(
        &self,
        namespace: &str,
        dimensions: &[(&str, &str)],
        (share, has_gpu): (Share, bool),
        extent: Extent<'_>,
        asks: &mut Vec<Ask>,
    ) {
        let variant = variant_of(dimensions);
        let (suffix, divisor) = match (share, self.metered.vcpu_count) {
            (Share::Models, _) => ("Normalized", Some(1.0)),
            (Share::Own, count) => ("", count.filter(|count| *count > 0).map(|count| count as f64)),
        };
        let ask = |field| {
            let metric = Metric::known(namespace, &format!("CPUUtilization{suffix}"), dimensions);
            let join = if variant.is_empty() { Join::Mean } else { Join::Max };
            let asked = self.ask(metric, field, AVERAGE);
            Ask { variant: variant.to_owned(), join, source: "sagemaker", ..asked }
        };
        let is_presence = !has_gpu && !variant.is_empty() && extent.is_first();
        match divisor {
            Some(cpus) if is_presence || extent.wants(Measure::Cpu) => {
                let cpu = ask(Field::Cpu);
                asks.push(Ask { scale: PERCENT / cpus, ceiling: HIGHEST_RATIO, ..cpu });
            }
            None if is_presence => asks.push(ask(Field::Presence)),
            _ => {}
        }
    }

    /// Requests of a variant. Only where its replicas change do they have to be told from requests.
    pub(super) fn requests(
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
            self.answers(variant, asks);
        }
    }

    /// Requests of an asynchronous variant, which waits for them in a queue. It sends no `Invocations`: what it processed,
    /// and how many answers its model gave, are counted apart, so that one of them stands in for the other. The queue is
    /// the endpoint's.
    pub(super) fn queue(
        &self,
        variant: &[(&str, &str); 2],
        extent: Extent<'_>,
        asks: &mut Vec<Ask>,
    ) {
        let [endpoint, (_, variant_name)] = variant;
        let metric = |name| Metric::known(SAGEMAKER, name, variant);
        let mut push = |ask: Ask| asks.push(Ask { variant: (*variant_name).to_owned(), ..ask });
        if extent.is_first() {
            push(self.count(metric("InvocationsProcessed"), Field::Requests));
            push(Ask {
                join: Join::Sum,
                ..self.ask(metric("ModelLatency"), Field::Answers, COUNT)
            });
            let backlog = Metric::known(SAGEMAKER, "ApproximateBacklogSize", &[*endpoint]);
            push(Ask { join: Join::Max, ..self.ask(backlog, Field::Backlog, HIGHEST) });
        }
        if extent.is_full() {
            self.answers(variant, asks);
        }
    }

    /// How long requests took, and how many failed.
    fn answers(&self, variant: &[(&str, &str); 2], asks: &mut Vec<Ask>) {
        let [_, (_, variant_name)] = variant;
        let metric = |name| Metric::known(SAGEMAKER, name, variant);
        let mut push = |ask: Ask| asks.push(Ask { variant: (*variant_name).to_owned(), ..ask });
        let latency = self.ask(metric("ModelLatency"), Field::Latency, P95);
        push(Ask { scale: MICROSECOND_MS, ..latency });
        push(self.count(metric("Invocation4XXErrors"), Field::ClientErrors));
        push(self.count(metric("Invocation5XXErrors"), Field::ServerErrors));
    }

    /// Requests of provisioned throughput, and their tokens.
    pub(super) fn tokens(&self, model_id: &str, extent: Extent<'_>, asks: &mut Vec<Ask>) {
        let metric = |name| Metric::known("AWS/Bedrock", name, &[("ModelId", model_id)]);
        if extent.is_first() {
            asks.push(self.count(metric("Invocations"), Field::Requests));
        }
        if extent.is_full() {
            asks.push(self.count(metric("InputTokenCount"), Field::InputTokens));
            asks.push(self.count(metric("OutputTokenCount"), Field::OutputTokens));
        }
    }
}

fn is_variant(source: &MetricSource) -> bool {
    matches!(source, MetricSource::Variant { .. })
}

/// The variant among dimensions. Empty: there is none.
fn variant_of<'a>(dimensions: &[(&'a str, &'a str)]) -> &'a str {
    let found = dimensions.iter().find(|(name, _)| *name == "VariantName");
    found.map_or("", |(_, name)| *name)
}

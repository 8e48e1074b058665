//! What is listed of the accelerators of endpoints, where those are measured one by one, and of provisioned throughput.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Scope, collect,
    discover::trailing_number,
    metric::Metric,
    subject::{VariantGpu, life},
};
use crate::{
    provider::aws::observed::{Metered, MetricSource, gap},
    snapshot::Gap,
};

/// Utilisation of an accelerator of an endpoint. Where models share the machines, it goes by the second name.
const GPU_METRICS: [&str; 2] = ["GPUUtilization", "GPUUtilizationNormalized"];
/// Names that the dimension of an accelerator goes by: the guide has the first, samples have the second.
const GPU_DIMENSIONS: [&str; 2] = ["AcceleratorId", "GpuId"];

/// Accelerators by endpoint.
pub(super) type Gpus = BTreeMap<String, Vec<VariantGpu>>;

impl Scope<'_> {
    /// Metrics of single accelerators of endpoints. Only what says that it may have some is looked for.
    pub(super) async fn gpus(&self, metered: &[Metered], gaps: &mut Vec<Gap>) -> Gpus {
        let is_wanted = |each: &Metered| {
            has_own(each) && each.gpu_count != Some(0.0) && !life(each, self.window).is_empty()
        };
        let mut found = Vec::new();
        if !metered.iter().any(is_wanted) {
            return Gpus::new();
        }
        for name in GPU_METRICS {
            let (listed, error) =
                collect::list(self.seat, self.cost, "/aws/sagemaker/Endpoints", name).await;
            found.extend(listed);
            if let Some(error) = error {
                let hides = "how full the fullest accelerator of an endpoint with several is, where that was not listed";
                gaps.push(gap(&self.seat.name(), &error, hides));
            }
        }
        by_endpoint(&found)
    }

    /// Under which `ModelId` requests of provisioned throughput were counted lately. `None`: that could not be read, so that
    /// silence says nothing.
    pub(super) async fn model_ids(
        &self,
        metered: &[Metered],
        gaps: &mut Vec<Gap>,
    ) -> Option<BTreeSet<String>> {
        let is_wanted = |each: &Metered| {
            matches!(each.source, MetricSource::Throughput { .. })
                && !life(each, self.window).is_empty()
        };
        if !metered.iter().any(is_wanted) {
            return None;
        }
        let (listed, error) =
            collect::list(self.seat, self.cost, "AWS/Bedrock", "Invocations").await;
        if let Some(error) = error {
            let hides = "whether provisioned throughput without a count of requests is used at all";
            gaps.push(gap(&self.seat.name(), &error, hides));
            return None;
        }
        Some(listed.iter().filter_map(model_id).collect())
    }
}

fn has_own(metered: &Metered) -> bool {
    matches!(metered.source, MetricSource::Variant { has_own_gpu_metrics: true, .. })
}

/// Metrics with other dimensions besides count the same requests again.
fn model_id(metric: &Metric) -> Option<String> {
    match metric.dimensions.as_slice() {
        [(name, value)] if name == "ModelId" => Some(value.clone()),
        _ => None,
    }
}

/// The names among those listed by which requests of a throughput may go, besides its ARN.
pub(super) fn of_throughput(arn: &str, listed: &BTreeSet<String>) -> BTreeSet<String> {
    let own = arn.rsplit('/').next().unwrap_or(arn);
    let is_own = |id: &&String| id.as_str() != arn && id.rsplit('/').next() == Some(own);
    listed.iter().filter(is_own).cloned().collect()
}

/// Metrics of accelerators by endpoint. On each machine they are numbered alike.
fn by_endpoint(listed: &[Metric]) -> Gpus {
    let mut ids: BTreeMap<Vec<&(String, String)>, BTreeSet<&str>> = BTreeMap::new();
    let of =
        |metric: &Metric| GPU_DIMENSIONS.into_iter().find(|name| metric.dimension(name).is_some());
    for metric in listed {
        let Some(name) = of(metric) else { continue };
        let around = metric.dimensions.iter().filter(|(key, _)| key != name).collect();
        ids.entry(around).or_default().extend(metric.dimension(name));
    }
    let mut gpus = Gpus::new();
    for metric in listed {
        let Some(name) = of(metric) else { continue };
        let (Some(endpoint), Some(variant)) =
            (metric.dimension("EndpointName"), metric.dimension("VariantName"))
        else {
            continue;
        };
        let around: Vec<_> = metric.dimensions.iter().filter(|(key, _)| key != name).collect();
        let Some(number) =
            ids.get(&around).zip(metric.dimension(name)).and_then(|(all, own)| number(own, all))
        else {
            continue;
        };
        gpus.entry(endpoint.to_owned()).or_default().push(VariantGpu {
            variant: variant.to_owned(),
            gpu_index: number,
            metric: metric.clone(),
        });
    }
    for all in gpus.values_mut() {
        all.sort();
        all.dedup();
        *all = most_detailed(all);
    }
    gpus
}

/// Numbers as they are; names by their place among those of the same machine.
fn number(own: &str, all: &BTreeSet<&str>) -> Option<i64> {
    let is_number = |id: &&str| id.parse::<u16>().is_ok();
    if all.iter().all(is_number) {
        return trailing_number(own);
    }
    all.iter().position(|id| *id == own).and_then(|place| i64::try_from(place).ok())
}

/// Roll-ups over machines, and over the models on them, say the same again.
fn most_detailed(all: &[VariantGpu]) -> Vec<VariantGpu> {
    let is_rolled_up = |one: &VariantGpu| {
        all.iter().any(|other| {
            other.metric != one.metric
                && other.metric.name == one.metric.name
                && other.variant == one.variant
                && one.metric.is_within(&other.metric)
        })
    };
    all.iter().filter(|one| !is_rolled_up(one)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(dimensions: &[(&str, &str)]) -> Metric {
        let own = [("EndpointName", "chat"), ("VariantName", "blue")];
        Metric::known(
            "/aws/sagemaker/Endpoints",
            GPU_METRICS[0],
            &own.iter().chain(dimensions).copied().collect::<Vec<_>>(),
        )
    }

    fn numbers(listed: &[Metric]) -> Vec<i64> {
        by_endpoint(listed)["chat"].iter().map(|gpu| gpu.gpu_index).collect()
    }

    #[test]
    fn each_accelerator_of_each_machine_is_known_by_its_number_there() {
        for name in GPU_DIMENSIONS {
            let listed = [
                metric(&[]),
                metric(&[("InstanceId", "i-a")]),
                metric(&[("InstanceId", "i-a"), (name, "0")]),
                metric(&[("InstanceId", "i-a"), (name, "1")]),
                metric(&[("InstanceId", "i-b"), (name, "1")]),
            ];
            assert_eq!(numbers(&listed), [0, 1, 1], "{name}");
        }
    }

    #[test]
    fn accelerators_with_names_count_in_the_order_of_those() {
        let gpu = |instance, id| metric(&[("InstanceId", instance), ("AcceleratorId", id)]);
        let listed = [gpu("i-a", "GPU-9f"), gpu("i-a", "GPU-3e"), gpu("i-b", "GPU-7c")];
        let mut found = numbers(&listed);
        found.sort_unstable();
        assert_eq!(found, [0, 0, 1]);
    }

    #[test]
    fn a_roll_up_over_machines_says_nothing_new() {
        let listed = [
            metric(&[("AcceleratorId", "0")]),
            metric(&[("AcceleratorId", "0"), ("InstanceId", "i-a")]),
        ];
        assert_eq!(by_endpoint(&listed)["chat"].len(), 1);
    }

    #[test]
    fn a_throughput_goes_by_its_arn_or_by_the_last_part_of_it() {
        let arn = "arn:aws:bedrock:eu-west-1:111122223333:provisioned-model/abc";
        let listed = [arn, "abc", "xabc", "anthropic.claude"].map(str::to_owned).into();
        assert_eq!(of_throughput(arn, &listed), BTreeSet::from(["abc".to_owned()]));
    }

    #[test]
    fn requests_counted_again_by_other_dimensions_are_left_out() {
        let of = |dimensions: &[(&str, &str)]| {
            model_id(&Metric::known("AWS/Bedrock", "Invocations", dimensions))
        };
        assert_eq!(of(&[("ModelId", "abc")]), Some("abc".to_owned()));
        assert_eq!(of(&[("ModelId", "abc"), ("ImageSize", "512")]), None);
    }
}

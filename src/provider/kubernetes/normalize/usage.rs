//! Hours of accelerators as rows of the `usage` frame: of nodes, and of workloads.

use std::collections::{BTreeMap, BTreeSet};

use super::{Inventory, accelerator::ratio_of, kind};
use crate::{
    frame::{InstantMs, UsageRow},
    provider::kubernetes::telemetry::{Field, Held, HeldHours, PodName, Sample},
    window::{HourNumber, MS_PER_HOUR},
};

const MIB_PER_GIB: f64 = 1024.0;

/// A share beyond this is no rounding but a sensor that is not there.
const HIGHEST_RATIO: f64 = 1.05;

/// SM activity says more than engine activity, if it was measured nearly as often.
const SM_COVERAGE_RATIO: f64 = 0.9;

/// What was measured of a resource in one hour.
type Measured<'a> = Vec<(&'a Held, &'a Sample)>;

/// Hour, number on the resource, and the parts that were measured there.
type Parts<'a> = BTreeMap<(i64, HourNumber), Measured<'a>>;

impl Inventory<'_> {
    /// Rows of nodes: one per physical accelerator and hour, whoever held it.
    pub(in super::super) fn node_usage_rows(&self, hours: &HeldHours) -> Vec<UsageRow> {
        let mut by_node: BTreeMap<&str, Parts<'_>> = BTreeMap::new();
        for (held, hours) in hours {
            let Some(facts) = self.nodes.get(held.node.as_str()) else { continue };
            let parts = by_node.entry(facts.id.as_str()).or_default();
            for (hour, sample) in hours {
                parts.entry((held.gpu_index, *hour)).or_default().push((held, sample));
            }
        }
        let each = by_node.into_iter().flat_map(|(id, parts)| {
            let is_sm = has_sm(parts.values().flatten().map(|(_, sample)| *sample));
            let rows: Vec<UsageRow> = parts
                .into_iter()
                .filter_map(|((index, hour), parts)| {
                    self.row(id, index, hour, &self.physical(&parts), is_sm)
                })
                .collect();
            rows
        });
        each.collect()
    }

    /// Rows of some workloads, by id: in each hour their accelerators in order of pod and number. Pods of the same name in
    /// other namespaces may be among the hours.
    pub(in super::super) fn workload_usage_rows(
        &self,
        workloads: &BTreeSet<&str>,
        hours: &HeldHours,
    ) -> Vec<UsageRow> {
        let owners = self.owners_by_pod();
        let mut by_workload: BTreeMap<&str, BTreeMap<HourNumber, Measured<'_>>> = BTreeMap::new();
        for (held, hours) in hours {
            let id = held.pod.as_ref().and_then(|pod| owners.get(pod));
            let Some(id) = id.filter(|id| workloads.contains(*id)) else { continue };
            for (hour, sample) in hours {
                by_workload.entry(id).or_default().entry(*hour).or_default().push((held, sample));
            }
        }
        let mut rows = Vec::new();
        for (id, hours) in by_workload {
            let is_sm = has_sm(hours.values().flatten().map(|(_, sample)| *sample));
            for (hour, mut parts) in hours {
                parts.sort_by_key(|(held, _)| (&held.pod, &held.node, held.gpu_index, &held.slice));
                for (slot, (_, sample)) in (0..).zip(parts) {
                    rows.extend(self.row(id, slot, hour, sample, is_sm));
                }
            }
        }
        rows.sort_by(|a, b| {
            (&a.resource_id, a.gpu_index, a.hour_start).cmp(&(
                &b.resource_id,
                b.gpu_index,
                b.hour_start,
            ))
        });
        rows
    }

    fn owners_by_pod(&self) -> BTreeMap<PodName, &str> {
        let named = |key: &super::PodKey| PodName {
            namespace: key.namespace.clone(),
            name: key.name.clone(),
        };
        self.cluster
            .pods
            .iter()
            .filter_map(|(key, pod)| {
                let holder = self.holders.get(&kind::owner(key, pod))?;
                Some((named(key), holder.id.as_str()))
            })
            .collect()
    }

    /// One physical accelerator out of what was measured of it and of its slices.
    fn physical(&self, parts: &[(&Held, &Sample)]) -> Sample {
        let most = parts.iter().map(|(_, sample)| sample.sample_count()).fold(0.0, f64::max);
        let mut by_slice: BTreeMap<_, Sample> = BTreeMap::new();
        for (held, sample) in parts {
            match by_slice.get_mut(&held.slice) {
                Some(known) => known.join(sample, most),
                None => drop(by_slice.insert(&held.slice, **sample)),
            }
        }
        if let Some(whole) = by_slice.get(&None) {
            return *whole;
        }
        let node = parts.first().and_then(|(held, _)| self.nodes.get(held.node.as_str()));
        let model = node.and_then(|node| node.accelerators.model);
        let slices =
            by_slice.iter().map(|(slice, sample)| (ratio_of(slice.as_ref(), model), sample));
        of_slices(&slices.collect::<Vec<_>>())
    }

    fn row(
        &self,
        id: &str,
        index: i64,
        hour: HourNumber,
        sample: &Sample,
        is_sm: bool,
    ) -> Option<UsageRow> {
        self.window.index_of(hour).filter(|_| !sample.is_empty())?;
        let get = |field| sample.get(field);
        let percent = |field| ratio(get(field).map(|percent| percent / 100.0));
        // Slices have no utilisation; that their engine was busy is the nearest to it.
        let util = percent(Field::UtilMeanPercent).or_else(|| ratio(get(Field::EngineMean)));
        let util_max = percent(Field::UtilMaxPercent).or_else(|| ratio(get(Field::EngineMax)));
        let active = if is_sm { get(Field::SmMean) } else { get(Field::EngineMean) };
        #[expect(clippy::cast_possible_truncation, reason = "samples of an hour")]
        let sample_count = sample.sample_count().round().max(1.0) as i64;
        let gib = |field| get(field).map(|mib| mib / MIB_PER_GIB);
        Some(UsageRow {
            resource_id: id.to_owned(),
            gpu_index: Some(index),
            hour_start: InstantMs(hour * MS_PER_HOUR),
            gpu_util_mean_ratio: util,
            gpu_util_max_ratio: util_max.or(util).map(|max| max.max(util.unwrap_or(max))),
            gpu_active_mean_ratio: ratio(active),
            gpu_active_max_ratio: ratio(get(Field::EngineMax)).filter(|_| !is_sm),
            gpu_mem_used_mean_gib: gib(Field::MemMeanMib),
            gpu_mem_used_max_gib: gib(Field::MemMaxMib).or_else(|| gib(Field::MemMeanMib)),
            gpu_power_mean_watts: get(Field::PowerMeanWatts),
            cpu_util_mean_ratio: None,
            network_gib: None,
            sample_count,
            source: "dcgm".to_owned(),
        })
    }
}

/// A share that can be one.
fn ratio(value: Option<f64>) -> Option<f64> {
    value.filter(|ratio| (0.0..=HIGHEST_RATIO).contains(ratio)).map(|ratio| ratio.min(1.0))
}

/// Whether SM activity stands for all hours: two measures in one column would look like a change.
fn has_sm<'a>(samples: impl Iterator<Item = &'a Sample>) -> bool {
    let (mut sm, mut engine) = (0_u32, 0_u32);
    for sample in samples {
        sm += u32::from(sample.get(Field::SmMean).is_some());
        engine += u32::from(sample.get(Field::EngineMean).is_some());
    }
    sm > 0 && f64::from(sm) >= SM_COVERAGE_RATIO * f64::from(engine)
}

/// Slices of one accelerator: it is as busy as its busiest slice, as active as they are together, and holds what all of
/// them hold. Power is that of the accelerator, whichever slice it is said of.
fn of_slices(slices: &[(f64, &Sample)]) -> Sample {
    let mut whole = Sample::default();
    let mut put = |field, value: Option<f64>| {
        if let Some(value) = value {
            whole.set(field, value);
        }
    };
    let values =
        |field| slices.iter().filter_map(move |(ratio, sample)| Some((*ratio, sample.get(field)?)));
    let highest = |field| values(field).map(|(_, value)| value).reduce(f64::max);
    let sum = |field| values(field).map(|(_, value)| value).reduce(|a, b| a + b);
    let weighted = |field| values(field).map(|(ratio, value)| ratio * value).reduce(|a, b| a + b);
    put(Field::UtilMeanPercent, highest(Field::EngineMean).map(|ratio| ratio * 100.0));
    put(Field::UtilMaxPercent, highest(Field::EngineMax).map(|ratio| ratio * 100.0));
    put(Field::EngineMean, weighted(Field::EngineMean));
    put(Field::SmMean, weighted(Field::SmMean));
    put(Field::EngineSamples, highest(Field::EngineSamples));
    put(Field::MemMeanMib, sum(Field::MemMeanMib));
    put(Field::MemMaxMib, sum(Field::MemMaxMib));
    put(Field::PowerMeanWatts, highest(Field::PowerMeanWatts));
    whole
}

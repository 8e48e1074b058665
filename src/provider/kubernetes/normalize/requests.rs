//! Replicas of workloads, and what their serving engines did, as rows of the `invocations` frame.

use std::collections::{BTreeMap, BTreeSet};

use super::{Holder, Inventory, kind};
use crate::{
    frame::{InstantMs, InvocationRow},
    provider::kubernetes::{
        model::OwnerKey,
        telemetry::{PodName, Served, ServedHours},
    },
    window::{HourNumber, MS_PER_HOUR},
};

/// The model where an engine names none, or the replicas stand apart from several.
const DEFAULT: &str = "default";

impl Inventory<'_> {
    /// Rows of some workloads, by id.
    pub(in super::super) fn invocation_rows(
        &self,
        workloads: &BTreeSet<&str>,
        served: &ServedHours,
    ) -> Vec<InvocationRow> {
        let wanted =
            self.holders.iter().filter(|(_, holder)| workloads.contains(holder.id.as_str()));
        let mut rows: Vec<InvocationRow> =
            wanted.flat_map(|(owner, holder)| self.rows_of(owner, holder, served)).collect();
        rows.sort_by(|a, b| {
            (&a.resource_id, &a.model, a.hour_start).cmp(&(&b.resource_id, &b.model, b.hour_start))
        });
        rows
    }

    fn rows_of(
        &self,
        owner: &OwnerKey,
        holder: &Holder<'_>,
        served: &ServedHours,
    ) -> Vec<InvocationRow> {
        let by_model = self.served(holder, served);
        let models: Vec<&String> = by_model.keys().collect();
        // Replicas are those of the workload: with several models they stand in a row of their own.
        let of_replicas = match models.as_slice() {
            [only] => (*only).clone(),
            _ => DEFAULT.to_owned(),
        };
        let mut rows: BTreeMap<(String, HourNumber), InvocationRow> = BTreeMap::new();
        for (hour, count) in self.replicas(owner, holder) {
            let row = rows
                .entry((of_replicas.clone(), hour))
                .or_insert_with(|| empty(&holder.id, &of_replicas, hour));
            row.replica_mean_count = Some(count);
        }
        for (model, hours) in by_model {
            for (hour, hour_served) in hours {
                let row = rows
                    .entry((model.clone(), hour))
                    .or_insert_with(|| empty(&holder.id, &model, hour));
                fill(row, &hour_served);
            }
        }
        rows.into_values().collect()
    }

    /// What engines in the pods of a workload did, by model.
    fn served(
        &self,
        holder: &Holder<'_>,
        served: &ServedHours,
    ) -> BTreeMap<String, BTreeMap<HourNumber, Served>> {
        let pods: BTreeSet<PodName> = holder
            .pods
            .iter()
            .map(|key| PodName { namespace: key.namespace.clone(), name: key.name.clone() })
            .collect();
        let mut by_model: BTreeMap<String, BTreeMap<HourNumber, Served>> = BTreeMap::new();
        for ((_, model), hours) in served.iter().filter(|((pod, _), _)| pods.contains(pod)) {
            let model = if model.is_empty() { DEFAULT } else { model };
            let known = by_model.entry(model.to_owned()).or_default();
            for (hour, more) in
                hours.iter().filter(|(hour, _)| self.window.index_of(**hour).is_some())
            {
                add(known.entry(*hour).or_default(), more);
            }
        }
        by_model
    }

    /// Mean number of pods in each hour: from the first start to the end of the window, or to the last end of what ends by
    /// itself. An hour in which none ran has none, which is what scaling to zero looks like.
    fn replicas(&self, owner: &OwnerKey, holder: &Holder<'_>) -> BTreeMap<HourNumber, f64> {
        let lives: Vec<(f64, f64)> = holder.pods.iter().map(|key| self.hours_of(key)).collect();
        let start = lives.iter().map(|(from, _)| *from).fold(f64::INFINITY, f64::min);
        let last = lives.iter().map(|(_, to)| *to).fold(f64::NEG_INFINITY, f64::max);
        if start > last {
            return BTreeMap::new();
        }
        let is_known_to_stay =
            self.cluster.owners.get(owner).is_some_and(|owner| owner.replica_count.is_some());
        let end = if !kind::is_finite(&owner.kind) && is_known_to_stay {
            self.window.end as f64
        } else {
            last
        };
        #[expect(clippy::cast_possible_truncation, reason = "hours of this century")]
        let (first_hour, end_hour) = (start.floor() as HourNumber, end.ceil() as HourNumber);
        (first_hour..end_hour)
            .map(|hour| {
                let (from, to) = (hour as f64, (hour + 1) as f64);
                let parts =
                    lives.iter().map(|(start, end)| (end.min(to) - start.max(from)).max(0.0));
                // Nanoseconds of rounding are no replicas.
                (hour, (parts.sum::<f64>() * 1e6).round() / 1e6)
            })
            .collect()
    }
}

/// Pods of one workload serve together; their slowest and fullest speak for all.
fn add(known: &mut Served, more: &Served) {
    let sum = |a: Option<f64>, b: Option<f64>| a.map_or(b, |a| Some(a + b.unwrap_or_default()));
    let highest = |a: Option<f64>, b: Option<f64>| a.map_or(b, |a| Some(b.map_or(a, |b| a.max(b))));
    known.request_count = sum(known.request_count, more.request_count);
    known.error_count = sum(known.error_count, more.error_count);
    known.input_token_count = sum(known.input_token_count, more.input_token_count);
    known.output_token_count = sum(known.output_token_count, more.output_token_count);
    known.latency_p95_seconds = highest(known.latency_p95_seconds, more.latency_p95_seconds);
    known.cache_max_ratio = highest(known.cache_max_ratio, more.cache_max_ratio);
}

fn empty(id: &str, model: &str, hour: HourNumber) -> InvocationRow {
    InvocationRow {
        resource_id: id.to_owned(),
        model: model.to_owned(),
        hour_start: InstantMs(hour * MS_PER_HOUR),
        request_count: None,
        error_count: None,
        input_token_count: None,
        output_token_count: None,
        short_request_ratio: None,
        latency_p95_ms: None,
        replica_mean_count: None,
        throughput_util_ratio: None,
        engine_cache_max_ratio: None,
        variant: None,
    }
}

fn fill(row: &mut InvocationRow, served: &Served) {
    let whole = |count: Option<f64>| {
        count.map(|count| {
            #[expect(clippy::cast_possible_truncation, reason = "requests and tokens of an hour")]
            let whole = count.round() as i64;
            whole.max(0)
        })
    };
    row.request_count = whole(served.request_count);
    row.error_count = whole(served.error_count);
    row.input_token_count = whole(served.input_token_count);
    row.output_token_count = whole(served.output_token_count);
    row.latency_p95_ms = served.latency_p95_seconds.map(|seconds| seconds * 1000.0);
    row.engine_cache_max_ratio = served.cache_max_ratio.map(|ratio| ratio.clamp(0.0, 1.0));
}

//! What request telemetry says about one endpoint or provisioned throughput.

use std::collections::BTreeMap;

use super::load::percentile;
use crate::{
    frame::InvocationRow,
    window::{MS_PER_HOUR, Window},
};

/// One hour of an endpoint, over all its models.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TrafficHour {
    /// Requests. `None`: not reported.
    pub request_count: Option<f64>,
    /// Replicas. `None`: not reported.
    pub replica_count: Option<f64>,
    /// Share of the provisioned throughput in use. `None`: not reported.
    pub throughput_util_ratio: Option<f64>,
    /// Slowest model's 95th percentile. `None`: not reported.
    pub latency_p95_ms: Option<f64>,
    /// Fullest serving engine's share of its cache in use. `None`: not reported.
    pub engine_cache_max_ratio: Option<f64>,
}

/// The requests of one resource by hour of the window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Traffic {
    /// One entry per hour.
    pub hours: Vec<TrafficHour>,
}

impl Traffic {
    /// Sorts rows by resource. An endpoint with several models adds their requests; it is idle only if all are. Models on
    /// the same replicas report the same count each, so the largest stands; variants have replicas of their own, so
    /// theirs add up.
    pub fn index(rows: &[InvocationRow], window: Window) -> BTreeMap<&str, Self> {
        let mut index: BTreeMap<&str, Self> = BTreeMap::new();
        let mut replicas: BTreeMap<(&str, Option<&str>), Vec<Option<f64>>> = BTreeMap::new();
        for row in rows {
            let hour = row.hour_start.0.div_euclid(MS_PER_HOUR);
            let Some(at) = window.index_of(hour) else { continue };
            let traffic = index.entry(&row.resource_id).or_default();
            if traffic.hours.is_empty() {
                traffic.hours = vec![TrafficHour::default(); window.hour_count()];
            }
            if let Some(entry) = traffic.hours.get_mut(at) {
                let requests = row.request_count.map(|count| count as f64);
                entry.request_count = add(entry.request_count, requests);
                entry.throughput_util_ratio =
                    larger(entry.throughput_util_ratio, row.throughput_util_ratio);
                entry.latency_p95_ms = larger(entry.latency_p95_ms, row.latency_p95_ms);
                entry.engine_cache_max_ratio =
                    larger(entry.engine_cache_max_ratio, row.engine_cache_max_ratio);
            }
            let of_variant = replicas
                .entry((&row.resource_id, row.variant.as_deref()))
                .or_insert_with(|| vec![None; window.hour_count()]);
            if let Some(count) = of_variant.get_mut(at) {
                *count = larger(*count, row.replica_mean_count);
            }
        }
        for ((resource_id, _), counts) in replicas {
            let Some(traffic) = index.get_mut(resource_id) else { continue };
            for (hour, count) in traffic.hours.iter_mut().zip(counts) {
                hour.replica_count = add(hour.replica_count, count);
            }
        }
        index
    }

    fn known(&self, read: fn(&TrafficHour) -> Option<f64>) -> Vec<f64> {
        self.hours.iter().filter_map(read).collect()
    }

    /// Requests of the hours that report them.
    pub fn requests(&self) -> Vec<f64> {
        self.known(|hour| hour.request_count)
    }

    /// Replicas of the hours that report them.
    pub fn replicas(&self) -> Vec<f64> {
        self.known(|hour| hour.replica_count)
    }

    /// Utilisation of provisioned throughput, of the hours that report it.
    pub fn throughput(&self) -> Vec<f64> {
        self.known(|hour| hour.throughput_util_ratio)
    }

    /// Highest share of a serving engine's cache in use.
    pub fn engine_cache_max_ratio(&self) -> Option<f64> {
        self.known(|hour| hour.engine_cache_max_ratio).into_iter().max_by(f64::total_cmp)
    }

    /// 95th percentile of the hourly 95th percentiles.
    pub fn latency_p95_ms(&self) -> Option<f64> {
        percentile(&mut self.known(|hour| hour.latency_p95_ms), 0.95)
    }
}

fn add(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (known, None) | (None, known) => known,
    }
}

fn larger(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (known, None) | (None, known) => known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::InstantMs;

    fn row(model: &str, variant: Option<&str>, hour: i64, replicas: f64) -> InvocationRow {
        InvocationRow {
            resource_id: "chat".to_owned(),
            model: model.to_owned(),
            variant: variant.map(str::to_owned),
            hour_start: InstantMs(hour * MS_PER_HOUR),
            replica_mean_count: Some(replicas),
            ..InvocationRow::default()
        }
    }

    fn replicas(rows: &[InvocationRow]) -> Vec<Option<f64>> {
        let index = Traffic::index(rows, Window { start: 0, end: 2 });
        index["chat"].hours.iter().map(|hour| hour.replica_count).collect()
    }

    #[test]
    fn models_on_the_same_replicas_count_them_once() {
        let rows = [row("a", None, 0, 3.0), row("b", None, 0, 3.0), row("b", None, 1, 2.0)];
        assert_eq!(replicas(&rows), [Some(3.0), Some(2.0)]);
    }

    #[test]
    fn variants_with_replicas_of_their_own_add_up() {
        let rows = [
            row("m", Some("blue"), 0, 3.0),
            row("m", Some("green"), 0, 2.0),
            row("m", Some("green"), 1, 4.0),
        ];
        assert_eq!(replicas(&rows), [Some(5.0), Some(4.0)]);
    }

    #[test]
    fn models_that_share_a_variant_count_it_once_beside_the_other_variants() {
        let rows = [
            row("a", Some("blue"), 0, 3.0),
            row("b", Some("blue"), 0, 3.0),
            row("c", Some("green"), 0, 1.0),
        ];
        assert_eq!(replicas(&rows), [Some(4.0), None]);
    }
}

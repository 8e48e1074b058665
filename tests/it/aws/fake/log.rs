//! What the server was asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::call::Call;

/// Counts. Repeated requests count again, as they would on a bill.
#[derive(Debug, Default)]
pub(crate) struct Log {
    calls: Mutex<BTreeMap<(String, String, String), usize>>,
    metrics: AtomicUsize,
    queries: AtomicUsize,
    datapoints: AtomicUsize,
}

impl Log {
    pub(crate) fn add(&self, call: &Call) {
        let key = (call.action(), call.account.clone(), call.region.clone());
        *self.calls.lock().unwrap().entry(key).or_default() += 1;
    }

    pub(crate) fn add_metrics(&self, metrics: usize, queries: usize) {
        self.metrics.fetch_add(metrics, Ordering::Relaxed);
        self.queries.fetch_add(queries, Ordering::Relaxed);
    }

    pub(crate) fn add_datapoints(&self, datapoints: usize) {
        self.datapoints.fetch_add(datapoints, Ordering::Relaxed);
    }

    /// Every operation that was asked, such as `ec2:DescribeInstances`.
    pub(crate) fn actions(&self) -> BTreeSet<String> {
        self.calls.lock().unwrap().keys().map(|(action, ..)| action.clone()).collect()
    }

    /// Requests of an operation; of all, where it is empty.
    pub(crate) fn count(&self, action: &str) -> usize {
        let calls = self.calls.lock().unwrap();
        let of_it = calls.iter().filter(|((known, ..), _)| action.is_empty() || known == action);
        of_it.map(|(_, count)| count).sum()
    }

    /// Requests by operation, account and region.
    pub(crate) fn calls(&self) -> BTreeMap<(String, String, String), usize> {
        self.calls.lock().unwrap().clone()
    }

    /// Metrics that were asked through `GetMetricData`, as they are billed: up to five statistics of one are one.
    pub(crate) fn metric_count(&self) -> usize {
        self.metrics.load(Ordering::Relaxed)
    }

    /// Queries of `GetMetricData`: metrics, each with one statistic.
    pub(crate) fn query_count(&self) -> usize {
        self.queries.load(Ordering::Relaxed)
    }

    /// Datapoints that were answered.
    pub(crate) fn datapoint_count(&self) -> usize {
        self.datapoints.load(Ordering::Relaxed)
    }
}

//! What was asked, into the manifest.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use super::{
    cloudwatch::{ApiCost, GET_METRIC_DATA, METRIC_MICRO_USD},
    money::REQUEST_MICRO_USD,
    seat::Registry,
};
use crate::snapshot::{CallCount, SnapshotError, SnapshotWriter};

/// Adds the calls of a session to the manifest. Those that it knows already are not added again.
#[derive(Debug)]
pub(super) struct Ledger<'a> {
    registry: &'a Registry,
    cost: &'a ApiCost,
    settled: Mutex<BTreeMap<String, CallCount>>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(registry: &'a Registry, cost: &'a ApiCost) -> Self {
        Self { registry, cost, settled: Mutex::default() }
    }

    /// Adds what was called since the last time.
    pub(super) fn settle(&self, into: &SnapshotWriter) -> Result<(), SnapshotError> {
        let calls = self.calls();
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<CallCount> = calls
            .iter()
            .map(|(operation, call)| call.since(settled.get(operation)))
            .filter(|call| call.request_count > 0)
            .collect();
        *settled = calls;
        if new.is_empty() { Ok(()) } else { into.add_calls(&new) }
    }

    /// All calls by operation, with what they cost.
    fn calls(&self) -> BTreeMap<String, CallCount> {
        let mut calls = self.registry.calls();
        for (operation, call) in &mut calls {
            if operation == GET_METRIC_DATA {
                call.metric_count = self.cost.totals().asked.metric_count;
                call.list_micro_usd = call.metric_count * METRIC_MICRO_USD;
            } else if operation.starts_with("ce:") {
                call.list_micro_usd = call.request_count * REQUEST_MICRO_USD;
            }
        }
        calls
    }
}

//! What was asked, into the manifest.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use super::seat::Registry;
use crate::snapshot::{CallCount, SnapshotError, SnapshotWriter};

/// Adds the calls of a session to the manifest. Those that it knows already are not added again.
#[derive(Debug)]
pub(super) struct Ledger<'a> {
    registry: &'a Registry,
    settled: Mutex<BTreeMap<String, CallCount>>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(registry: &'a Registry) -> Self {
        Self { registry, settled: Mutex::default() }
    }

    /// Adds what was called since the last time.
    pub(super) fn settle(&self, into: &SnapshotWriter) -> Result<(), SnapshotError> {
        let calls = self.registry.calls();
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<CallCount> = calls
            .iter()
            .map(|(operation, call)| call.since(settled.get(operation)))
            .filter(|call| call.request_count > 0)
            .collect();
        *settled = calls;
        if new.is_empty() { Ok(()) } else { into.add_calls(&new) }
    }
}

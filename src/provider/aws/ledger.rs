//! What was asked, into the manifest.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use super::{estate::Estate, seat::Seat, session::Session};
use crate::snapshot::{CallCount, SnapshotError, SnapshotWriter};

/// Adds up the calls of all seats. Those that the manifest knows already are not added again.
pub(super) struct Ledger<'a> {
    session: &'a Session,
    estate: &'a Estate,
    seats: &'a [Seat],
    settled: Mutex<BTreeMap<String, CallCount>>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(
        session: &'a Session,
        estate: &'a Estate,
        seats: &'a [Seat],
        ) -> Self {
        Self { session, estate, seats, settled: Mutex::default() }
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

    /// All calls by operation.
    fn calls(&self) -> BTreeMap<String, CallCount> {
        let mut calls: BTreeMap<String, CallCount> = BTreeMap::new();
        let homes = self.estate.accounts.iter().flat_map(|account| account.home.calls());
        let seats = self.seats.iter().flat_map(Seat::calls);
        for call in homes.chain(seats).chain(self.session.asker.calls()) {
            match calls.get_mut(&call.operation) {
                Some(known) => known.add(&call),
                None => {
                    calls.insert(call.operation.clone(), call);
                }
            }
        }
        calls
    }
}

//! A fleet as a snapshot.

use sha2::{Digest as _, Sha256};

use super::Fleet;
use crate::{
    finding::hex,
    snapshot::{CostSource, Snapshot},
    usage::UsageSource,
};

impl Fleet {
    /// The fleet as an audit sees it: without its truth.
    pub fn into_snapshot(self) -> Snapshot {
        let mut hasher = Sha256::new();
        for row in &self.resources {
            hasher.update(row.resource_id.as_bytes());
            hasher.update([0]);
        }
        hasher.update((self.usage.len() as u64).to_le_bytes());
        Snapshot {
            window: self.window,
            resources: self.resources,
            usage: UsageSource::Rows(self.usage),
            invocations: self.invocations,
            costs: CostSource::Rows(self.costs),
            prices: self.prices,
            commitments: self.commitments,
            workloads: self.workloads,
            gaps: self.gaps,
            bills: Vec::new(),
            calls: Vec::new(),
            sha256: hex(&hasher.finalize()),
        }
    }
}

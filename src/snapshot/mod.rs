//! Everything an audit knows, and nothing else: the audit is a pure function of it.

mod calls;
mod error;
mod gap;
mod manifest;
mod place;
mod read;
mod step;
mod whole;
mod write;

use std::path::PathBuf;

pub use calls::CallCount;
pub use error::SnapshotError;
pub use gap::Gap;
pub use manifest::{FORMAT_VERSION, Manifest, Part, StepNote};
pub use read::{read, unfinished_window};
pub use step::Step;
pub use whole::write;
pub use write::{PartKey, SnapshotWriter};

use crate::{
    frame::{
        CommitmentRow, CostRow, Costs, Frame, InvocationRow, PriceRow, ResourceRow, WorkloadRow,
    },
    report::BillTotal,
    usage::UsageSource,
    window::Window,
};

/// Everything one audit knows, from all providers, for one window.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The audited time.
    pub window: Window,
    /// Billable things.
    pub resources: Vec<ResourceRow>,
    /// Telemetry.
    pub usage: UsageSource,
    /// Requests.
    pub invocations: Vec<InvocationRow>,
    /// The bill.
    pub costs: CostSource,
    /// Prices a provider read.
    pub prices: Vec<PriceRow>,
    /// Commitments.
    pub commitments: Vec<CommitmentRow>,
    /// What ran on the machines.
    pub workloads: Vec<WorkloadRow>,
    /// What could not be seen.
    pub gaps: Vec<Gap>,
    /// Bills that were imported, with their own totals.
    pub bills: Vec<BillTotal>,
    /// Calls that were made to collect it.
    pub calls: Vec<CallCount>,
    /// SHA-256 over what it was made of.
    pub sha256: String,
}

impl Snapshot {
    /// An empty snapshot of a window.
    pub fn empty(window: Window) -> Self {
        Self {
            window,
            resources: Vec::new(),
            usage: UsageSource::default(),
            invocations: Vec::new(),
            costs: CostSource::Rows(Vec::new()),
            prices: Vec::new(),
            commitments: Vec::new(),
            workloads: Vec::new(),
            gaps: Vec::new(),
            bills: Vec::new(),
            calls: Vec::new(),
            sha256: String::new(),
        }
    }
}

/// Where the bill is: in memory, or in the parts of a snapshot folder.
#[derive(Debug, Clone, PartialEq)]
pub enum CostSource {
    /// Rows in memory.
    Rows(Vec<CostRow>),
    /// Parquet parts.
    Files(Vec<PathBuf>),
}

impl CostSource {
    /// Hands every row to `sink`, a few in memory at a time.
    pub fn for_each(&self, sink: &mut dyn FnMut(&CostRow)) -> Result<(), SnapshotError> {
        match self {
            Self::Rows(rows) => rows.iter().for_each(sink),
            Self::Files(paths) => {
                for path in paths {
                    let frame: Frame<Costs> = read::part(path)?;
                    frame
                        .for_each(&mut *sink)
                        .map_err(|source| SnapshotError::schema(path, source))?;
                }
            }
        }
        Ok(())
    }
}

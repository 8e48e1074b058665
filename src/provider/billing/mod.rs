//! Bills as files: FOCUS 1.0–1.2, AWS CUR 2.0 and legacy CUR, Azure actual and amortized cost, GCP detailed export.
//!
//! The columns decide the format. Every charge becomes part of a [`CostRow`] per resource, UTC day, kind of charge and SKU;
//! nothing is dropped, so totals can be checked. What each line type becomes is documented in the file of its format.
//!
//! # How the two totals are compared
//!
//! | format | the file's own total | compared with the sum over imported rows of |
//! |---|---|---|
//! | FOCUS | Σ `BilledCost` and Σ `EffectiveCost` | `billed_usd`, and `effective_usd` too |
//! | AWS CUR | Σ `line_item_unblended_cost` | `billed_usd` |
//! | Azure actual, or without commitments | Σ of the cost column | `billed_usd` |
//! | Azure amortized | Σ of the cost column | `effective_usd` |
//! | GCP | Σ `cost` + Σ `credits.amount` | `billed_usd` |
//!
//! Other currencies are converted row by row on both sides. Sums are exact integers, so they do not depend on the order of
//! rows. A difference of a cent is [`ImportError::Total`].
//!
//! # Time
//!
//! A charge within one UTC day counts for that day, and sets a bit of `billed_hours_mask` for every hour that it touches if
//! the bill is hourly. A longer one is spread evenly over the part of its period that lies in the bill's window; the window
//! is what the charges of at most a day span. Monthly taxes and fees of a running month therefore do not reach into the
//! future.
//!
//! # Duplicates
//!
//! CUR rows carry an id; an id that comes twice is an error, however far apart. Other formats have none: there only whole
//! files with the same charges are recognised, in whatever order or encoding.

mod aws;
mod azure;
pub(super) mod charge;
mod commitments;
mod coverage;
mod currency;
mod duplicates;
mod focus;
mod format;
mod gcp;
mod import;
pub(super) mod instance_type;
mod kind;
pub(super) mod ledger;
pub(super) mod money;
mod names;
mod period;
mod resources;
mod tags;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use coverage::Coverage;
pub use import::import;

pub use super::table::ImportError;
use crate::{
    frame::{CommitmentRow, CostRow, ResourceRow},
    snapshot::Gap,
    units::Usd,
    window::{HourNumber, Window},
};

/// What an import needs to know beside the files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportOptions {
    /// US dollars one unit of a currency is worth, by ISO code. GCP rows carry their own rate; this one wins.
    pub usd_per_currency: BTreeMap<String, f64>,
    /// First hour of the window that was asked for. `None`: the first of the bill.
    pub start: Option<HourNumber>,
    /// First hour after it. `None`: the end of the bill.
    pub end: Option<HourNumber>,
}

/// What the bills say.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The charges, sorted by key.
    pub costs: Vec<CostRow>,
    /// The resources that the charges name, sorted by id. State, size and accelerators are not in a bill and stay null.
    pub resources: Vec<ResourceRow>,
    /// The commitments that the charges name, sorted by id, with what of them lies in the window that was asked for.
    pub commitments: Vec<CommitmentRow>,
    /// The time that the charges span.
    pub window: Window,
    /// The time that is covered, by account.
    pub coverage: Coverage,
    /// One entry per file, in the order given.
    pub files: Vec<FileTotal>,
    /// What the bills do not tell, sorted.
    pub gaps: Vec<Gap>,
}

/// A file's own total beside ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileTotal {
    /// File name without folders.
    pub file_name: String,
    /// `FOCUS`, `AWS CUR`, `Azure cost details` or `GCP detailed export`.
    pub format: &'static str,
    /// Version or data set: `1.0`, `2.0`, `legacy`, `amortized`, …; empty if there is one only.
    pub version: &'static str,
    /// Rows of charges.
    pub row_count: u64,
    /// Sum of the file's invoice column. None: it has no such column.
    pub billed_usd: Option<Usd>,
    /// Sum of the file's amortised column. None: it has no such column.
    pub effective_usd: Option<Usd>,
    /// Sum over the imported rows, on the basis of `billed_usd` or, where that is none, of `effective_usd`.
    pub imported_usd: Usd,
}

//! `manifest.toml`: what a snapshot folder holds, and how to know that it still does.

use serde::{Deserialize, Serialize};

use super::{CallCount, Gap};
use crate::{report::BillTotal, units::Usd, window::Window};

/// Version of the folder's layout and frames. A change of either raises it.
///
/// 2: columns for clusters, steps, calls, `is_complete`. A folder of format 1 is still read.
pub const FORMAT_VERSION: u32 = 2;

/// The manifest as written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format of the snapshot.
    pub format: u32,
    /// Start of the window, whole hour, UTC.
    pub window_start: jiff::Timestamp,
    /// End of the window, first hour outside.
    pub window_end: jiff::Timestamp,
    /// False while it is being collected. A folder of format 1 does not say; it was written at once.
    #[serde(default = "yes")]
    pub is_complete: bool,
    /// Steps of the collection that are finished.
    #[serde(default)]
    pub steps: Vec<String>,
    /// Parts that are complete.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// What could not be seen.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// Bills that were imported.
    #[serde(default)]
    pub bills: Vec<Bill>,
    /// Calls that were made to collect it.
    #[serde(default)]
    pub calls: Vec<CallCount>,
}

fn yes() -> bool {
    true
}

impl Manifest {
    /// Of a snapshot that has just begun.
    pub fn of(window: Window) -> Self {
        Self {
            format: FORMAT_VERSION,
            window_start: window.start_at(),
            window_end: window.end_at(),
            is_complete: false,
            steps: Vec::new(),
            parts: Vec::new(),
            gaps: Vec::new(),
            bills: Vec::new(),
            calls: Vec::new(),
        }
    }
}

/// One file of the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Part {
    /// Path inside the folder, with `/`.
    pub path: String,
    /// Rows.
    pub rows: u64,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// A bill and its own total, in cents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    file: String,
    format: String,
    row_count: u64,
    file_usd_cents: i64,
    imported_usd_cents: i64,
    basis: String,
}

impl From<&BillTotal> for Bill {
    fn from(total: &BillTotal) -> Self {
        Self {
            file: total.file.clone(),
            format: total.format.clone(),
            row_count: total.row_count,
            file_usd_cents: total.file_usd.cents(),
            imported_usd_cents: total.imported_usd.cents(),
            basis: total.basis.clone(),
        }
    }
}

impl From<Bill> for BillTotal {
    fn from(bill: Bill) -> Self {
        Self {
            file: bill.file,
            format: bill.format,
            row_count: bill.row_count,
            file_usd: Usd::from_cents(bill.file_usd_cents),
            imported_usd: Usd::from_cents(bill.imported_usd_cents),
            basis: bill.basis,
        }
    }
}

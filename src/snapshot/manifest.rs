//! `manifest.toml`: what a snapshot folder holds, and how to know that it still does.

use serde::{Deserialize, Serialize};

use super::Gap;
use crate::{report::BillTotal, units::Usd};

/// Version of the folder's layout and frames. A change of either raises it.
pub const FORMAT_VERSION: u32 = 1;

/// The manifest as written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format of the snapshot.
    pub format: u32,
    /// Start of the window, whole hour, UTC.
    pub window_start: jiff::Timestamp,
    /// End of the window, first hour outside.
    pub window_end: jiff::Timestamp,
    /// Parts that are complete.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// What could not be seen.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// Bills that were imported.
    #[serde(default)]
    pub bills: Vec<Bill>,
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

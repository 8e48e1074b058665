//! Files that people bring, together: any subset of bill, inventory, telemetry and requests is a snapshot.

pub(super) mod merge;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{
    billing,
    inventory::{self, InventoryOptions},
    table::ImportError,
};
use crate::{
    finding::hex,
    frame::{Commitments, CostRow, FrameKind, InvocationRow, Invocations, Resources, Workloads},
    report::BillTotal,
    settings::Settings,
    snapshot::{CostSource, Gap, Snapshot, SnapshotError},
    units::{Usd, count},
    usage::{self, ColumnMap, UsageError, UsageSource},
    window::{MS_PER_HOUR, Window, WindowError},
};

/// The files of one audit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bundle {
    /// Bills.
    pub billing: Vec<PathBuf>,
    /// Billable things.
    pub inventory: Option<PathBuf>,
    /// Telemetry.
    pub metrics: Vec<PathBuf>,
    /// Requests.
    pub invocations: Option<PathBuf>,
    /// Commitments.
    pub commitments: Option<PathBuf>,
    /// What ran on the machines.
    pub workloads: Option<PathBuf>,
    /// Start of the window; else the bill's, else the telemetry's.
    pub window_start: Option<Timestamp>,
    /// End of the window.
    pub window_end: Option<Timestamp>,
    /// Whether servers are asked for inventory, telemetry and requests, so that no file needs to bring them.
    pub is_beside_provider: bool,
}

/// Why files are no snapshot.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum BundleError {
    /// A file of rows is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Import(Box<ImportError>),
    /// Telemetry is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Usage(#[from] UsageError),
    /// Start and end are swapped.
    #[error(transparent)]
    #[diagnostic(code(bundle::window), help("swap --window-start and --window-end"))]
    Window(#[from] WindowError),
    /// No file says what time it is about.
    #[error("no file says which time the audit is about")]
    #[diagnostic(
        code(bundle::no_window),
        help("bring a bill or metrics, or state --window-start and --window-end")
    )]
    NoWindow,
    /// The snapshot they are added to cannot be read or written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A file cannot be read.
    #[error("`{}` cannot be read", path.display())]
    #[diagnostic(code(bundle::unreadable), help("check the path and its permissions"))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl From<ImportError> for BundleError {
    fn from(error: ImportError) -> Self {
        Self::Import(Box::new(error))
    }
}

impl Bundle {
    /// True if no file was given.
    pub fn is_empty(&self) -> bool {
        self.files().next().is_none()
    }

    /// The same files for a window that providers were asked about.
    #[must_use]
    pub fn within(&self, window: Window) -> Self {
        Self {
            window_start: Some(window.start_at()),
            window_end: Some(window.end_at()),
            is_beside_provider: true,
            ..self.clone()
        }
    }

    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let single = [&self.inventory, &self.invocations, &self.commitments, &self.workloads];
        self.billing.iter().chain(&self.metrics).chain(single.into_iter().flatten())
    }

    /// Reads the small files and finds the window; telemetry is only looked at.
    pub fn read(&self, settings: &Settings) -> Result<Snapshot, BundleError> {
        let bill = if self.billing.is_empty() {
            None
        } else {
            let hour = |at: Timestamp| at.as_millisecond().div_euclid(MS_PER_HOUR);
            let options = billing::ImportOptions {
                usd_per_currency: settings.currency.usd_per.clone(),
                start: self.window_start.map(hour),
                end: self.window_end.map(|end| -(-end.as_millisecond()).div_euclid(MS_PER_HOUR)),
            };
            Some(billing::import(&self.billing, &options)?)
        };
        let columns = ColumnMap::new(settings.columns.metrics.clone())?;
        let invocations: Vec<InvocationRow> = match &self.invocations {
            Some(path) => rows::<Invocations>(path, &settings.columns.invocations)?,
            None => Vec::new(),
        };
        let window = self.window(bill.as_ref().map(|bill| bill.window), &columns, &invocations)?;
        let mut snapshot = Snapshot::empty(window);
        if let Some(bill) = bill {
            let (costs, outside) = inside(bill.costs, window);
            snapshot.gaps.extend(bill.gaps);
            snapshot.gaps.extend(self.outside_gap(outside));
            snapshot.gaps.extend(bill.coverage.gaps(window));
            snapshot.costs = CostSource::Rows(costs);
            snapshot.resources = bill.resources;
            snapshot.commitments = bill.commitments;
            snapshot.bills = bill.files.iter().map(bill_total).collect();
        }
        if let Some(path) = &self.inventory {
            let listed = rows::<Resources>(path, &settings.columns.inventory)?;
            snapshot.resources = merge::resources(listed, std::mem::take(&mut snapshot.resources));
        }
        if let Some(path) = &self.commitments {
            let listed = rows::<Commitments>(path, &BTreeMap::new())?;
            snapshot.commitments = merge::commitments(listed, snapshot.commitments);
        }
        if let Some(path) = &self.workloads {
            snapshot.workloads = rows::<Workloads>(path, &BTreeMap::new())?;
        }
        if !self.metrics.is_empty() {
            snapshot.usage = UsageSource::Files { paths: self.metrics.clone(), columns };
        }
        snapshot.invocations = invocations;
        snapshot.gaps.extend(self.absent());
        snapshot.sha256 = self.sha256(window)?;
        Ok(snapshot)
    }

    fn window(
        &self,
        of_bill: Option<Window>,
        columns: &ColumnMap,
        invocations: &[InvocationRow],
    ) -> Result<Window, BundleError> {
        if let (Some(start), Some(end)) = (self.window_start, self.window_end) {
            return Ok(Window::new(start, end)?);
        }
        let found = match of_bill {
            Some(window) => Some((window.start_at(), window.end_at())),
            None if !self.metrics.is_empty() => usage::time_range(&self.metrics, columns)?,
            None => hours_of(invocations),
        };
        let (start, end) = found.ok_or(BundleError::NoWindow)?;
        Ok(Window::new(self.window_start.unwrap_or(start), self.window_end.unwrap_or(end))?)
    }

    /// Charges of the bill that are not audited. `None`: there are none.
    fn outside_gap(&self, charges: usize) -> Option<Gap> {
        let is_asked_for = self.window_start.is_some() || self.window_end.is_some();
        let (because, remedy) = if is_asked_for {
            (
                "their days lie outside the window that was asked for",
                "Widen --window-start and --window-end to audit them.",
            )
        } else {
            (
                "their days lie outside the time of all usage on the bill",
                "State --window-start and --window-end to audit them.",
            )
        };
        (charges > 0).then(|| Gap {
            what: format!("{} on the bill", count(charges as u64, "daily charge")),
            because: because.to_owned(),
            hides: "nothing inside the window".to_owned(),
            remedy: remedy.to_owned(),
        })
    }

    /// What was not brought, as gaps.
    fn absent(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let mut gap = |is_absent: bool, what: &str, hides: &str, remedy: &str| {
            if is_absent {
                gaps.push(Gap {
                    what: what.to_owned(),
                    because: "no file was given".to_owned(),
                    hides: hides.to_owned(),
                    remedy: remedy.to_owned(),
                });
            }
        };
        gap(
            self.billing.is_empty(),
            "the bill",
            "what anything really costs, commitments and their use",
            "Add --billing with an export (FOCUS, CUR, Azure cost details, GCP detailed export).",
        );
        let is_alone = !self.is_beside_provider;
        gap(
            is_alone && self.inventory.is_none(),
            "the inventory",
            "states, ages, tags, stopped machines and everything the bill does not name",
            "Add --inventory.",
        );
        gap(
            is_alone && self.metrics.is_empty(),
            "telemetry",
            "whether any accelerator works: idle and oversized machines, nights and weekends",
            "Add --metrics.",
        );
        gap(
            is_alone && self.invocations.is_none(),
            "requests",
            "whether endpoints are called and how many replicas they need",
            "Add --invocations.",
        );
        gaps
    }

    /// SHA-256 of the window and of each file's BLAKE3.
    fn sha256(&self, window: Window) -> Result<String, BundleError> {
        let mut hasher = Sha256::new();
        hasher.update(window.start.to_le_bytes());
        hasher.update(window.end.to_le_bytes());
        for path in self.files() {
            let io = |source| BundleError::Io { path: path.clone(), source };
            hasher.update(File::open(path).and_then(content_hash).map_err(io)?);
        }
        Ok(hex(&hasher.finalize()))
    }
}

/// The rows of a frame from a file.
fn rows<K: FrameKind>(
    path: &Path,
    columns: &BTreeMap<String, String>,
) -> Result<Vec<K::Row>, ImportError> {
    inventory::read_rows::<K>(path, &InventoryOptions { columns: columns.clone() })
}

/// The hash of all bytes of a file, as `b3sum` prints it. SHA-256 of a month of telemetry would take half as long as to read it.
fn content_hash(file: impl Read) -> io::Result<[u8; blake3::OUT_LEN]> {
    Ok(*blake3::Hasher::new().update_reader(file)?.finalize().as_bytes())
}

fn hours_of(invocations: &[InvocationRow]) -> Option<(Timestamp, Timestamp)> {
    let first = invocations.iter().map(|row| row.hour_start.0).min()?;
    let last = invocations.iter().map(|row| row.hour_start.0).max()?;
    Some((
        Timestamp::from_millisecond(first).ok()?,
        Timestamp::from_millisecond(last + MS_PER_HOUR).ok()?,
    ))
}

/// Rows of days inside the window, and the number of the others.
fn inside(costs: Vec<CostRow>, window: Window) -> (Vec<CostRow>, usize) {
    let all = costs.len();
    let day_ms = 24 * MS_PER_HOUR;
    let kept: Vec<CostRow> = costs
        .into_iter()
        .filter(|row| {
            row.day_start.0 + day_ms > window.start * MS_PER_HOUR
                && row.day_start.0 < window.end * MS_PER_HOUR
        })
        .collect();
    let outside = all - kept.len();
    (kept, outside)
}

fn bill_total(file: &billing::FileTotal) -> BillTotal {
    let basis = if file.billed_usd.is_some() { "billed" } else { "effective" };
    BillTotal {
        file: file.file_name.clone(),
        format: format!("{} {}", file.format, file.version).trim().to_owned(),
        row_count: file.row_count,
        file_usd: file.billed_usd.or(file.effective_usd).unwrap_or(Usd::ZERO),
        imported_usd: file.imported_usd,
        basis: basis.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a bundle of metrics files with these contents is known by.
    fn identity(files: &[&[u8]]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let write = |(index, bytes): (usize, &&[u8])| {
            let path = folder.path().join(index.to_string());
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let metrics = files.iter().enumerate().map(write).collect();
        let bundle = Bundle { metrics, ..Bundle::default() };
        bundle.sha256(Window { start: 0, end: 24 }).unwrap()
    }

    #[test]
    fn a_file_is_known_by_the_hash_that_b3sum_prints() {
        let known = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85";
        assert_eq!(hex(&content_hash(&b"abc"[..]).unwrap()), known);
    }

    #[test]
    fn one_byte_in_the_middle_of_a_large_parquet_file_changes_what_it_is_known_by() {
        let mut one = vec![b'0'; 65 << 20];
        one.extend_from_slice(b"statistics\x0a\0\0\0PAR1");
        let mut other = one.clone();
        other[32 << 20] = b'1';
        assert_ne!(identity(&[&one]), identity(&[&other]));
        assert_eq!(identity(&[&one]), identity(&[&one]));
    }

    #[test]
    fn where_one_file_ends_and_the_next_begins_matters() {
        assert_ne!(identity(&[b"ab", b"c"]), identity(&[b"a", b"bc"]));
    }
}

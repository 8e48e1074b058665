//! Files that people bring, together: any subset of bill, inventory, telemetry and requests is a snapshot.

pub(super) mod merge;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
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

/// Bytes hashed at a time.
const HASHED_BYTES: usize = 1 << 18;

/// A Parquet file of this size is known by its footer: to hash it all would take as long as to read it.
const LARGE_BYTES: u64 = 64 << 20;

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

    fn sha256(&self, window: Window) -> Result<String, BundleError> {
        let mut hasher = Sha256::new();
        hasher.update(window.start.to_le_bytes());
        hasher.update(window.end.to_le_bytes());
        for path in self.files() {
            let io = |source| BundleError::Io { path: path.clone(), source };
            hash_file(File::open(path).map_err(io)?, &mut hasher).map_err(io)?;
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

/// Where bytes go to be hashed.
struct Hashing<'h>(&'h mut Sha256);

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hashes all of a file, and its length, so that where one file ends and the next begins matters. Of a large Parquet file it
/// is the footer instead: the size, place, row count and statistics of every piece, at no cost beside the reading of it.
fn hash_file(mut file: impl Read + Seek, hasher: &mut Sha256) -> io::Result<()> {
    if let Some(footer) = parquet_footer(&mut file)? {
        hasher.update(&footer);
        hasher.update(file.seek(SeekFrom::End(0))?.to_le_bytes());
        return Ok(());
    }
    file.rewind()?;
    let length = io::copy(&mut BufReader::with_capacity(HASHED_BYTES, file), &mut Hashing(hasher))?;
    hasher.update(length.to_le_bytes());
    Ok(())
}

/// The footer of a Parquet file of at least [`LARGE_BYTES`]. `None`: it is another file, or a small one.
fn parquet_footer(file: &mut (impl Read + Seek)) -> io::Result<Option<Vec<u8>>> {
    let length = file.seek(SeekFrom::End(0))?;
    if length < LARGE_BYTES {
        return Ok(None);
    }
    file.seek(SeekFrom::End(-8))?;
    let mut end = [0; 8];
    file.read_exact(&mut end)?;
    let [a, b, c, d, magic @ ..] = end;
    let size = u64::from(u32::from_le_bytes([a, b, c, d])) + 8;
    if magic != *b"PAR1" || size > length {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(length - size))?;
    let mut footer = Vec::new();
    file.read_to_end(&mut footer)?;
    Ok(Some(footer))
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

    fn hash(files: &[&[u8]]) -> String {
        let mut hasher = Sha256::new();
        for file in files {
            hash_file(io::Cursor::new(file), &mut hasher).unwrap();
        }
        hex(&hasher.finalize())
    }

    #[test]
    fn one_byte_in_the_middle_of_a_large_file_changes_its_hash() {
        let (one, mut other) = (vec![b'0'; 65 << 20], vec![b'0'; 65 << 20]);
        other[32 << 20] = b'1';
        assert_ne!(hash(&[&one]), hash(&[&other]));
    }

    /// A large file that ends like Parquet: a footer, its length and the magic word.
    fn parquet(footer: &[u8]) -> Vec<u8> {
        let mut file = vec![b'0'; 65 << 20];
        file.extend_from_slice(footer);
        file.extend_from_slice(&u32::try_from(footer.len()).unwrap().to_le_bytes());
        file.extend_from_slice(b"PAR1");
        file
    }

    #[test]
    fn a_large_parquet_file_is_known_by_its_footer() {
        let mut hasher = Sha256::new();
        hasher.update(b"statistics\x0a\0\0\0PAR1");
        hasher.update(((65_u64 << 20) + 18).to_le_bytes());
        assert_eq!(hash(&[&parquet(b"statistics")]), hex(&hasher.finalize()));
        assert_ne!(hash(&[&parquet(b"statistics")]), hash(&[&parquet(b"statistic2")]));
    }

    #[test]
    fn where_one_file_ends_and_the_next_begins_changes_the_hash() {
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
    }
}

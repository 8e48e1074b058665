//! A snapshot into its folder: each part once, atomically, when it is complete.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use polars::prelude::{ParquetCompression, ParquetWriter};

use super::{FORMAT_VERSION, Gap, Manifest, Part, Snapshot, SnapshotError, read};
use crate::{
    frame::{
        Commitments, Costs, FrameKind, InstantMs, Invocations, Prices, Resources, Usage, UsageRow,
        Workloads,
    },
    report::BillTotal,
    usage::{Measure, ResourceHours, UsageSink},
    window::{MS_PER_HOUR, Window},
};

/// Rows of a heavy frame in one part.
const PART_ROWS: usize = 1 << 18;

/// Where a part belongs: `resources/provider=aws/account=123/region=eu-west-1/part-000.parquet`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartKey {
    /// Folders below the frame's, such as `provider=aws`.
    pub folders: Vec<String>,
    /// Number of the part.
    pub number: u32,
}

impl PartKey {
    fn path(&self, frame: &str) -> String {
        let mut path = frame.to_owned();
        for folder in &self.folders {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "=-_.".contains(c);
            path.push('/');
            path.extend(folder.chars().map(|c| if is_plain(c) { c } else { '_' }));
        }
        path + &format!("/part-{:03}.parquet", self.number)
    }
}

/// Writes a snapshot part by part. A run that died is continued on the same folder.
#[derive(Debug)]
pub struct SnapshotWriter {
    dir: PathBuf,
    manifest: Manifest,
}

impl SnapshotWriter {
    /// Opens a folder: a new one, or one that an interrupted run of the same window left.
    pub fn open(dir: &Path, window: Window) -> Result<Self, SnapshotError> {
        fs::create_dir_all(dir).map_err(|source| SnapshotError::io(dir, "written", source))?;
        let fresh = Manifest {
            format: FORMAT_VERSION,
            window_start: window.start_at(),
            window_end: window.end_at(),
            parts: Vec::new(),
            gaps: Vec::new(),
            bills: Vec::new(),
        };
        let manifest = match read::manifest(dir) {
            Ok((found, _))
                if found.window_start == fresh.window_start
                    && found.window_end == fresh.window_end =>
            {
                found
            }
            Ok(_) => {
                return Err(SnapshotError::Manifest {
                    dir: dir.to_owned(),
                    reason: "the folder holds a snapshot of another window".to_owned(),
                });
            }
            Err(SnapshotError::NoManifest { .. }) => fresh,
            Err(error) => return Err(error),
        };
        Ok(Self { dir: dir.to_owned(), manifest })
    }

    /// True if an earlier run wrote this part completely.
    pub fn has<K: FrameKind>(&self, key: &PartKey) -> bool {
        let path = key.path(K::NAME);
        self.manifest.parts.iter().any(|part| part.path == path)
    }

    /// Writes a part and lists it in the manifest.
    pub fn write<K: FrameKind>(
        &mut self,
        key: &PartKey,
        rows: &[K::Row],
    ) -> Result<(), SnapshotError> {
        let name = key.path(K::NAME);
        let path = self.dir.join(&name);
        let folder = path.parent().unwrap_or(&self.dir);
        fs::create_dir_all(folder)
            .map_err(|source| SnapshotError::io(folder, "written", source))?;
        let mut df = K::frame(rows).map_err(|source| SnapshotError::schema(&path, source))?;
        let mut file = tempfile::NamedTempFile::new_in(folder)
            .map_err(|source| SnapshotError::io(&path, "written", source))?;
        ParquetWriter::new(file.as_file_mut())
            .with_compression(ParquetCompression::Zstd(None))
            .finish(&mut df)
            .map_err(|error| SnapshotError::polars(&path, &error))?;
        file.persist(&path).map_err(|error| SnapshotError::io(&path, "written", error.error))?;
        let sha256 =
            read::sha256_of(&path).map_err(|source| SnapshotError::io(&path, "read", source))?;
        self.manifest.parts.retain(|part| part.path != name);
        self.manifest.parts.push(Part { path: name, rows: rows.len() as u64, sha256 });
        self.manifest.parts.sort();
        self.save()
    }

    /// Forgets all parts of a frame; their files are overwritten or left unlisted.
    fn forget<K: FrameKind>(&mut self) {
        let of_frame = format!("{}/", K::NAME);
        self.manifest.parts.retain(|part| !part.path.starts_with(&of_frame));
    }

    /// Notes what could not be seen.
    pub fn gap(&mut self, gap: Gap) {
        self.manifest.gaps.push(gap);
    }

    /// Notes a bill and its own total.
    pub fn bill(&mut self, total: &BillTotal) {
        self.manifest.bills.push(total.into());
    }

    /// Writes the manifest for the last time.
    pub fn finish(mut self) -> Result<(), SnapshotError> {
        self.manifest.gaps.sort();
        self.manifest.gaps.dedup();
        self.save()
    }

    fn save(&self) -> Result<(), SnapshotError> {
        let path = self.dir.join("manifest.toml");
        let text = toml::to_string(&self.manifest).map_err(|error| SnapshotError::Manifest {
            dir: self.dir.clone(),
            reason: error.to_string(),
        })?;
        let io = |source| SnapshotError::io(&path, "written", source);
        let mut file = tempfile::NamedTempFile::new_in(&self.dir).map_err(io)?;
        file.write_all(text.as_bytes()).map_err(io)?;
        file.persist(&path).map_err(|error| io(error.error))?;
        Ok(())
    }
}

/// Writes a whole snapshot. Telemetry is reduced to hours on the way.
pub fn write(snapshot: &Snapshot, dir: &Path) -> Result<(), SnapshotError> {
    let mut writer = SnapshotWriter::open(dir, snapshot.window)?;
    let key = |number| PartKey { folders: Vec::new(), number };
    writer.write::<Resources>(&key(0), &snapshot.resources)?;
    writer.write::<Invocations>(&key(0), &snapshot.invocations)?;
    writer.write::<Prices>(&key(0), &snapshot.prices)?;
    writer.write::<Commitments>(&key(0), &snapshot.commitments)?;
    writer.write::<Workloads>(&key(0), &snapshot.workloads)?;
    let mut costs = Vec::new();
    snapshot.costs.for_each(&mut |row| costs.push(row.clone()))?;
    for (number, rows) in (0..).zip(costs.chunks(PART_ROWS)) {
        writer.write::<Costs>(&key(number), rows)?;
    }
    write_usage(snapshot, &mut writer)?;
    for gap in &snapshot.gaps {
        writer.gap(gap.clone());
    }
    for bill in &snapshot.bills {
        writer.bill(bill);
    }
    writer.finish()
}

fn write_usage(snapshot: &Snapshot, writer: &mut SnapshotWriter) -> Result<(), SnapshotError> {
    let mut sink = UsageParts { writer, rows: Vec::new(), number: 0, outcome: Ok(()) };
    snapshot.usage.for_each(snapshot.window, &mut sink)?;
    sink.flush();
    sink.outcome
}

/// Writes telemetry as parts of whole resources.
struct UsageParts<'a> {
    writer: &'a mut SnapshotWriter,
    rows: Vec<UsageRow>,
    number: u32,
    outcome: Result<(), SnapshotError>,
}

impl UsageParts<'_> {
    fn flush(&mut self) {
        if self.outcome.is_ok() && !self.rows.is_empty() {
            let key = PartKey { folders: Vec::new(), number: self.number };
            self.outcome = self.writer.write::<Usage>(&key, &self.rows);
            self.number += 1;
        }
        self.rows.clear();
    }
}

impl UsageSink for UsageParts<'_> {
    fn take(&mut self, hours: &ResourceHours) {
        self.rows.extend(usage_rows(hours));
        if self.rows.len() >= PART_ROWS {
            self.flush();
        }
    }

    fn restart(&mut self) {
        self.rows.clear();
        self.number = 0;
        self.writer.forget::<Usage>();
    }
}

/// The hours of one resource as rows of the usage frame.
fn usage_rows(hours: &ResourceHours) -> Vec<UsageRow> {
    let mut rows = Vec::new();
    for gpu in &hours.gpus {
        for hour in 0..hours.window.hour_count() {
            let mean = |measure| gpu.series(measure).mean(hour);
            let row = UsageRow {
                resource_id: hours.resource_id.clone(),
                gpu_index: gpu.gpu_index,
                hour_start: InstantMs(
                    (hours.window.start + i64::try_from(hour).unwrap_or_default()) * MS_PER_HOUR,
                ),
                gpu_util_mean_ratio: mean(Measure::GpuUtil),
                gpu_util_max_ratio: gpu.max(Measure::GpuUtilMax, Measure::GpuUtil, hour),
                gpu_active_mean_ratio: mean(Measure::GpuActive),
                gpu_mem_used_mean_gib: mean(Measure::GpuMem),
                gpu_mem_used_max_gib: gpu.max(Measure::GpuMemMax, Measure::GpuMem, hour),
                gpu_power_mean_watts: mean(Measure::GpuPower),
                cpu_util_mean_ratio: mean(Measure::Cpu),
                network_gib: gpu.series(Measure::Network).sum(hour),
                sample_count: gpu.sample_count(hour),
                source: "file".to_owned(),
            };
            if row.sample_count > 0 {
                rows.push(row);
            }
        }
    }
    rows
}

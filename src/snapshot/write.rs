//! A snapshot into its folder: each part once, atomically, when it is complete.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use polars::prelude::{DataFrame, ParquetCompression, ParquetWriter};

use super::{
    CallCount, FORMAT_VERSION, Manifest, Part, Snapshot, SnapshotError, place, read, step::Step,
};
use crate::{
    frame::{
        Commitments, Costs, InstantMs, Invocations, Prices, Resources, Usage, UsageRow, Workloads,
    },
    report::BillTotal,
    usage::{Measure, ResourceHours, UsageSink},
    window::{MS_PER_HOUR, Window},
};

/// Rows of a heavy frame in one part.
pub(super) const PART_ROWS: usize = 1 << 18;

/// Folder of the parts that complete those above it.
pub(super) const MORE: &str = "more";

/// Where a part belongs: `resources/provider=aws/account=123/region=eu-west-1/part-000.parquet`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartKey {
    /// Folders below the frame's, such as `provider=aws`.
    pub folders: Vec<String>,
    /// Number of the part.
    pub number: u32,
}

impl PartKey {
    /// Where further measures of the usage in this part belong.
    #[must_use]
    pub fn more(mut self) -> Self {
        self.folders.push(MORE.to_owned());
        self
    }

    pub(super) fn path(&self, frame: &str) -> String {
        let mut path = frame.to_owned();
        for folder in &self.folders {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "=-_.".contains(c);
            path.push('/');
            path.extend(folder.chars().map(|c| if is_plain(c) { c } else { '_' }));
        }
        path + &format!("/part-{:03}.parquet", self.number)
    }
}

/// Writes a snapshot step by step, from several tasks at once. A run that died is continued on the same folder.
///
/// A [`Step`] is what is done again as a whole after an interruption: its parts, gaps and calls are listed in the manifest
/// together, when it is finished.
#[derive(Debug)]
pub struct SnapshotWriter {
    pub(super) dir: PathBuf,
    window: Window,
    manifest: Mutex<Manifest>,
    /// Whether the folder's manifest is this one.
    is_begun: AtomicBool,
}

impl SnapshotWriter {
    /// Opens a folder: a new one, or one that an interrupted run over the same window left, or a run that missed answers
    /// which may be had now. Steps that missed any are to be done again.
    pub fn open(dir: &Path, window: Window) -> Result<Self, SnapshotError> {
        place::check_free(dir)?;
        fs::create_dir_all(dir).map_err(|source| SnapshotError::io(dir, "written", source))?;
        let fresh = Manifest::of(window);
        let found = read::manifest(dir);
        let was_complete = found.as_ref().is_ok_and(|found| found.is_complete);
        let manifest = match found {
            Ok(found) if found.is_complete && !found.is_unsettled() => {
                return Err(SnapshotError::Complete { dir: dir.to_owned() });
            }
            Ok(found)
                if found.window_start == fresh.window_start
                    && found.window_end == fresh.window_end =>
            {
                let mut found = Manifest { format: FORMAT_VERSION, is_complete: false, ..found };
                found.undo_unsettled();
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
        let is_begun = AtomicBool::new(false);
        let writer = Self { dir: dir.to_owned(), window, manifest: Mutex::new(manifest), is_begun };
        // One that is complete stays so until there is something to add: a login may fail before.
        if !was_complete {
            writer.begin()?;
        }
        Ok(writer)
    }

    /// From now on the folder is known as a snapshot that is not complete.
    fn begin(&self) -> Result<(), SnapshotError> {
        if self.is_begun.load(Ordering::Acquire) { Ok(()) } else { self.save(&self.lock()) }
    }

    /// The calls that were made so far, interrupted runs included.
    pub fn calls(&self) -> Vec<CallCount> {
        self.lock().calls.clone()
    }

    /// The window of the snapshot.
    pub fn window(&self) -> Window {
        self.window
    }

    /// Begins a step. `None`: an earlier run on this folder finished it.
    pub fn step(&self, name: &str) -> Option<Step<'_>> {
        let is_done = self.lock().steps.iter().any(|done| done == name);
        (!is_done).then(|| Step::new(self, name))
    }

    /// Begins a step anew. What it noted in an earlier run holds until it is finished.
    pub fn anew(&self, name: &str) -> Step<'_> {
        Step::new(self, name)
    }

    /// Whether a finished step missed answers that may be had later.
    pub fn is_unsettled(&self, name: &str) -> bool {
        self.lock().notes.iter().any(|note| note.step == name && note.is_unsettled)
    }

    /// Whether a finished step has no answer to some of what it asked for.
    pub fn is_partial(&self, name: &str) -> bool {
        self.lock().notes.iter().any(|note| note.step == name && note.is_partial)
    }

    /// Forgets steps that an earlier run planned otherwise, and what they wrote: the one plan's parts would hold what is in
    /// the other's too. Steps of a plan begin with `plan` and end with `keep`; the paths of their parts begin with one of
    /// `folders`.
    pub fn keep_plan(&self, plan: &str, keep: &str, folders: &[String]) {
        let mut manifest = self.lock();
        let is_planned = |step: &String| step.starts_with(plan);
        if manifest.steps.iter().filter(|step| is_planned(step)).all(|step| step.ends_with(keep)) {
            return;
        }
        manifest.steps.retain(|step| !is_planned(step));
        manifest.notes.retain(|note| !is_planned(&note.step));
        manifest.parts.retain(|part| folders.iter().all(|folder| !part.path.starts_with(folder)));
    }

    /// Notes a bill and its own total.
    pub fn bill(&self, total: &BillTotal) {
        let bill = total.into();
        let mut manifest = self.lock();
        // A step that is done again brings it again, and there may be more in it by then.
        manifest.bills.retain(|known| !known.is_of_same_file(&bill));
        manifest.bills.push(bill);
    }

    /// Adds to the calls that were made, interrupted runs included.
    pub fn add_calls(&self, calls: &[CallCount]) -> Result<(), SnapshotError> {
        let mut manifest = self.lock();
        for call in calls {
            let same = |known: &&mut CallCount| {
                known.provider == call.provider && known.operation == call.operation
            };
            match manifest.calls.iter_mut().find(same) {
                Some(known) => known.add(call),
                None => manifest.calls.push(call.clone()),
            }
        }
        manifest
            .calls
            .sort_by(|a, b| (&a.provider, &a.operation).cmp(&(&b.provider, &b.operation)));
        self.save(&manifest)
    }

    /// What the finished steps wrote, as a snapshot.
    pub fn so_far(&self) -> Result<Snapshot, SnapshotError> {
        let manifest = self.lock().clone();
        read::open(&self.dir, manifest)
    }

    /// The same without what was read because of verdicts: a run that is continued asks the same questions.
    pub fn before_questions(&self) -> Result<Snapshot, SnapshotError> {
        let mut manifest = self.lock().clone();
        manifest.parts.retain(|part| part.path.split('/').all(|folder| folder != MORE));
        read::open(&self.dir, manifest)
    }

    /// Marks the snapshot as complete and writes the manifest for the last time.
    pub fn finish(self) -> Result<(), SnapshotError> {
        let mut manifest = self.lock();
        manifest.is_complete = true;
        manifest.settle();
        self.save(&manifest)
    }

    /// A panic while the manifest was held leaves it as it was before, because every change is a few pushes.
    pub(super) fn lock(&self) -> MutexGuard<'_, Manifest> {
        self.manifest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a part's file, whole or not at all.
    pub(super) fn write_part(
        &self,
        name: String,
        mut df: DataFrame,
    ) -> Result<Part, SnapshotError> {
        self.begin()?;
        let path = self.dir.join(&name);
        let folder = path.parent().unwrap_or(&self.dir);
        fs::create_dir_all(folder)
            .map_err(|source| SnapshotError::io(folder, "written", source))?;
        let rows = df.height() as u64;
        let mut file = tempfile::NamedTempFile::new_in(folder)
            .map_err(|source| SnapshotError::io(&path, "written", source))?;
        ParquetWriter::new(file.as_file_mut())
            .with_compression(ParquetCompression::Zstd(None))
            .finish(&mut df)
            .map_err(|error| SnapshotError::polars(&path, &error))?;
        file.persist(&path).map_err(|error| SnapshotError::io(&path, "written", error.error))?;
        let sha256 =
            read::sha256_of(&path).map_err(|source| SnapshotError::io(&path, "read", source))?;
        Ok(Part { path: name, rows, sha256 })
    }

    pub(super) fn save(&self, manifest: &Manifest) -> Result<(), SnapshotError> {
        let path = self.dir.join("manifest.toml");
        let text = toml::to_string(manifest).map_err(|error| SnapshotError::Manifest {
            dir: self.dir.clone(),
            reason: error.to_string(),
        })?;
        let io = |source| SnapshotError::io(&path, "written", source);
        let mut file = tempfile::NamedTempFile::new_in(&self.dir).map_err(io)?;
        file.write_all(text.as_bytes()).map_err(io)?;
        file.persist(&path).map_err(|error| io(error.error))?;
        self.is_begun.store(true, Ordering::Release);
        Ok(())
    }
}

/// Writes a whole snapshot, or nothing. Telemetry is reduced to hours on the way.
///
/// A snapshot that is there already is replaced when the new one is complete; any other folder must be empty.
pub fn write(snapshot: &Snapshot, dir: &Path) -> Result<(), SnapshotError> {
    let draft = place::draft_for(dir)?;
    fill(snapshot, draft.path())?;
    place::settle(draft, dir)
}

fn fill(snapshot: &Snapshot, dir: &Path) -> Result<(), SnapshotError> {
    let writer = SnapshotWriter::open(dir, snapshot.window)?;
    let mut step = Step::new(&writer, "files");
    snapshot.gaps.iter().for_each(|gap| step.gap(gap.clone()));
    let key = |number| PartKey { folders: Vec::new(), number };
    step.write::<Resources>(&key(0), &snapshot.resources)?;
    step.write::<Invocations>(&key(0), &snapshot.invocations)?;
    step.write::<Prices>(&key(0), &snapshot.prices)?;
    step.write::<Commitments>(&key(0), &snapshot.commitments)?;
    step.write::<Workloads>(&key(0), &snapshot.workloads)?;
    let mut costs = Vec::new();
    snapshot.costs.for_each(&mut |row| costs.push(row.clone()))?;
    for (number, rows) in (0..).zip(costs.chunks(PART_ROWS)) {
        step.write::<Costs>(&key(number), rows)?;
    }
    write_usage(snapshot, &mut step)?;
    step.finish()?;
    for bill in &snapshot.bills {
        writer.bill(bill);
    }
    writer.add_calls(&snapshot.calls)?;
    writer.finish()
}

fn write_usage(snapshot: &Snapshot, step: &mut Step<'_>) -> Result<(), SnapshotError> {
    let mut sink = UsageParts { step, rows: Vec::new(), number: 0, outcome: Ok(()) };
    snapshot.usage.for_each(snapshot.window, &mut sink)?;
    sink.flush();
    sink.outcome
}

/// Writes telemetry as parts of whole resources.
struct UsageParts<'a, 'w> {
    step: &'a mut Step<'w>,
    rows: Vec<UsageRow>,
    number: u32,
    outcome: Result<(), SnapshotError>,
}

impl UsageParts<'_, '_> {
    fn flush(&mut self) {
        if self.outcome.is_ok() && !self.rows.is_empty() {
            let key = PartKey { folders: Vec::new(), number: self.number };
            self.outcome = self.step.write::<Usage>(&key, &self.rows);
            self.number += 1;
        }
        self.rows.clear();
    }
}

impl UsageSink for UsageParts<'_, '_> {
    fn take(&mut self, hours: &ResourceHours) {
        self.rows.extend(usage_rows(hours));
        if self.rows.len() >= PART_ROWS {
            self.flush();
        }
    }

    fn restart(&mut self) {
        self.rows.clear();
        self.number = 0;
        self.step.forget::<Usage>();
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
                gpu_active_max_ratio: gpu.max(Measure::GpuActiveMax, Measure::GpuActive, hour),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        frame::{FrameKind, ResourceRow},
        snapshot::Gap,
    };

    fn writer(dir: &Path) -> SnapshotWriter {
        SnapshotWriter::open(dir, Window { start: 0, end: 24 }).unwrap()
    }

    /// Does a step that writes one part of a frame.
    fn done<K: FrameKind>(writer: &SnapshotWriter, name: &str, folder: &str) {
        let mut step = writer.step(name).unwrap();
        let key = PartKey { folders: vec![folder.to_owned()], number: 0 };
        step.write::<K>(&key, &[]).unwrap();
        step.finish().unwrap();
    }

    fn paths(writer: &SnapshotWriter) -> Vec<String> {
        writer.lock().parts.iter().map(|part| part.path.clone()).collect()
    }

    #[test]
    fn a_run_that_died_is_continued_at_the_first_step_that_is_not_finished() {
        let dir = tempfile::tempdir().unwrap();
        let first = writer(dir.path());
        done::<Resources>(&first, "inventory", "a");
        let mut dying = first.step("hours").unwrap();
        dying.write::<Usage>(&PartKey { folders: vec!["a".to_owned()], number: 0 }, &[]).unwrap();
        drop(dying);
        drop(first);

        let second = writer(dir.path());
        assert!(second.step("inventory").is_none());
        assert!(second.step("hours").is_some());
        assert_eq!(paths(&second), ["resources/a/part-000.parquet"]);
    }

    #[test]
    fn what_was_planned_otherwise_is_forgotten_and_the_rest_stays() {
        let dir = tempfile::tempdir().unwrap();
        let writer = writer(dir.path());
        done::<Resources>(&writer, "prod/inventory", "nodes");
        done::<Usage>(&writer, "prod/nodes 1 of 2", "nodes");
        writer.keep_plan("prod/nodes ", " of 2", &["usage/nodes/".to_owned()]);
        assert_eq!(
            paths(&writer),
            ["resources/nodes/part-000.parquet", "usage/nodes/part-000.parquet"]
        );

        writer.keep_plan("prod/nodes ", " of 3", &["usage/nodes/".to_owned()]);

        assert_eq!(paths(&writer), ["resources/nodes/part-000.parquet"]);
        assert!(writer.step("prod/nodes 1 of 2").is_some());
        assert!(writer.step("prod/inventory").is_none());
    }

    fn gap(what: &str) -> Gap {
        let [because, hides, remedy] = ["because", "hides", "remedy"].map(str::to_owned);
        Gap { what: what.to_owned(), because, hides, remedy }
    }

    /// Does a step that sees one gap and writes one part.
    fn gapped(writer: &SnapshotWriter, name: &str, is_unsettled: bool) {
        let mut step = writer.anew(name);
        let key = PartKey { folders: vec![name.replace(' ', "-")], number: 0 };
        step.write::<Usage>(&key, &[]).unwrap();
        step.gap(gap(name));
        step.is_unsettled_if(is_unsettled);
        step.finish().unwrap();
    }

    fn gaps(writer: &SnapshotWriter) -> Vec<String> {
        writer.so_far().unwrap().gaps.into_iter().map(|gap| gap.what).collect()
    }

    #[test]
    fn gaps_of_what_was_planned_otherwise_are_forgotten_and_others_stay() {
        let dir = tempfile::tempdir().unwrap();
        let writer = writer(dir.path());
        gapped(&writer, "inventory", false);
        gapped(&writer, "hours 0 of 2", false);

        writer.keep_plan("hours ", " of 3", &["usage/hours-0".to_owned()]);

        assert_eq!(gaps(&writer), ["inventory"]);
        assert_eq!(paths(&writer), ["usage/inventory/part-000.parquet"]);
    }

    #[test]
    fn rows_that_were_replaced_twice_come_back_when_both_times_are_undone() {
        let dir = tempfile::tempdir().unwrap();
        let first = writer(dir.path());
        done::<Resources>(&first, "inventory", "a");
        for _time in 0..2 {
            let mut step = first.anew("marks");
            step.replace::<Resources>(&[ResourceRow::default()]).unwrap();
            step.finish().unwrap();
        }
        assert_eq!(paths(&first), ["resources/joined/part-000.parquet"]);
        gapped(&first, "missed", true);
        drop(first);

        let second = writer(dir.path());
        assert_eq!(paths(&second), ["resources/a/part-000.parquet"]);
        assert!(second.step("inventory").is_none());
    }

    #[test]
    fn a_complete_snapshot_stays_so_until_a_later_run_has_something_to_add() {
        let dir = tempfile::tempdir().unwrap();
        let first = writer(dir.path());
        gapped(&first, "missed", true);
        first.finish().unwrap();

        let second = writer(dir.path());
        assert!(read(dir.path()).is_ok(), "a login may still fail");
        gapped(&second, "missed", false);
        assert!(matches!(read(dir.path()), Err(SnapshotError::Unfinished { .. })));
    }

    #[test]
    fn what_was_missed_is_read_again_even_if_the_snapshot_is_complete_and_its_gap_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let first = writer(dir.path());
        gapped(&first, "sound", false);
        gapped(&first, "missed", true);
        first.finish().unwrap();
        assert_eq!(read(dir.path()).unwrap().gaps, [gap("missed"), gap("sound")]);

        let second = writer(dir.path());
        assert_eq!(gaps(&second), ["sound"]);
        assert_eq!(paths(&second), ["usage/sound/part-000.parquet"]);
        assert!(second.step("sound").is_none());
        second.step("missed").unwrap().finish().unwrap();
        second.finish().unwrap();

        let again = SnapshotWriter::open(dir.path(), Window { start: 0, end: 24 });
        assert!(matches!(again, Err(SnapshotError::Complete { .. })), "{again:?}");
        assert_eq!(read(dir.path()).unwrap().gaps, [gap("sound")]);
    }

    #[test]
    fn what_built_on_something_that_is_read_again_is_done_again_too() {
        let dir = tempfile::tempdir().unwrap();
        let first = writer(dir.path());
        let row = |id: &str| ResourceRow { resource_id: id.to_owned(), ..ResourceRow::default() };
        for (name, is_unsettled) in [("a", false), ("b", true)] {
            let mut step = first.step(name).unwrap();
            let key = PartKey { folders: vec![name.to_owned()], number: 0 };
            step.write::<Resources>(&key, &[row(name)]).unwrap();
            step.is_unsettled_if(is_unsettled);
            step.finish().unwrap();
        }
        let mut joining = first.step("join").unwrap();
        joining.replace::<Resources>(&[row("a"), row("b"), row("c")]).unwrap();
        joining.finish().unwrap();
        assert_eq!(paths(&first), ["resources/joined/part-000.parquet"]);
        first.finish().unwrap();

        let second = writer(dir.path());

        assert_eq!(paths(&second), ["resources/a/part-000.parquet"]);
        assert_eq!(second.so_far().unwrap().resources, [row("a")]);
        assert!(second.step("a").is_none() && second.step("b").is_some());
        assert!(second.step("join").is_some());
    }

    #[test]
    fn calls_of_an_interrupted_run_and_of_the_next_add_up() {
        let dir = tempfile::tempdir().unwrap();
        let calls = [CallCount {
            provider: "kubernetes".to_owned(),
            operation: "query".to_owned(),
            request_count: 2,
            retry_count: 1,
            received_bytes: 10,
            ..CallCount::default()
        }];
        writer(dir.path()).add_calls(&calls).unwrap();
        let second = writer(dir.path());
        second.add_calls(&calls).unwrap();
        let sums: Vec<_> = second
            .lock()
            .calls
            .iter()
            .map(|call| (call.request_count, call.received_bytes))
            .collect();
        assert_eq!(sums, [(4, 20)]);
    }
}

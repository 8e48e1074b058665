//! A snapshot into its folder: each part once, atomically, when it is complete.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use polars::prelude::{DataFrame, ParquetCompression, ParquetWriter};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    CallCount, FORMAT_VERSION, Manifest, Part, Snapshot, SnapshotError, manifest::KEPT, place,
    read, step::Step,
};
use crate::{frame::FrameKind, window::Window};

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
            path.push('/');
            path.extend(plain(folder, "=-_."));
        }
        path + &format!("/part-{:03}.parquet", self.number)
    }
}

/// Text as part of a path: other characters become `_`.
fn plain(text: &str, allowed: &str) -> impl Iterator<Item = char> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || allowed.contains(c);
    text.chars().map(move |c| if is_plain(c) { c } else { '_' })
}

/// How the path of something begins that is kept under a name.
pub(super) fn kept_path(name: &str) -> String {
    KEPT.chars().chain(plain(name, "=-_/")).collect()
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
    /// Steps that were finished since the manifest was written.
    unsaved_count: AtomicUsize,
}

/// One step more of so many may be finished before the manifest is written again: it grows with them, and to write all of it for
/// each of thousands would take longer than the steps.
const STEPS_PER_UNSAVED: usize = 256;

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
        let writer = Self {
            dir: dir.to_owned(),
            window,
            manifest: Mutex::new(manifest),
            is_begun: AtomicBool::new(false),
            unsaved_count: AtomicUsize::new(0),
        };
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

    /// Names of the steps that are finished, those of earlier runs on this folder included.
    pub fn finished(&self) -> Vec<String> {
        self.lock().steps.clone()
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
    pub fn keep_plan(
        &self,
        plan: &str,
        keep: &str,
        folders: &[String],
    ) -> Result<(), SnapshotError> {
        let mut manifest = self.lock();
        let is_planned = |step: &String| step.starts_with(plan);
        if manifest.steps.iter().filter(|step| is_planned(step)).all(|step| step.ends_with(keep)) {
            return Ok(());
        }
        manifest.steps.retain(|step| !is_planned(step));
        manifest.notes.retain(|note| !is_planned(&note.step));
        manifest.parts.retain(|part| folders.iter().all(|folder| !part.path.starts_with(folder)));
        // Their files may be written over from now on.
        self.save(&manifest)
    }

    /// Undoes a step, and what it replaced holds again. One that a later step built on stays as it is.
    pub fn undo(&self, name: &str) -> Result<(), SnapshotError> {
        let mut manifest = self.lock();
        if manifest.undo(name) { self.save(&manifest) } else { Ok(()) }
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

    /// What a step kept under a name, in this run or an earlier one. `None`: no step that still holds did.
    pub fn kept<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, SnapshotError> {
        let name = kept_path(name) + ".json";
        let Some(part) = self.lock().parts.iter().find(|part| part.path == name).cloned() else {
            return Ok(None);
        };
        read::verify(&self.dir, &part)?;
        let path = self.dir.join(&part.path);
        let text = fs::read(&path).map_err(|source| SnapshotError::io(&path, "read", source))?;
        let value = serde_json::from_slice(&text).map_err(|error| SnapshotError::PartChanged {
            path,
            reason: format!("another version of ai-cost kept it: {error}"),
        })?;
        Ok(Some(value))
    }

    /// Rows of a part, as the step that wrote it left them. None: no step that still holds wrote it.
    pub fn rows<K: FrameKind>(&self, key: &PartKey) -> Result<Vec<K::Row>, SnapshotError> {
        self.rows_at::<K>(&key.path(K::NAME))
    }

    /// The same for rows that the step kept.
    pub fn kept_rows<K: FrameKind>(&self, key: &PartKey) -> Result<Vec<K::Row>, SnapshotError> {
        self.rows_at::<K>(&(KEPT.to_owned() + &key.path(K::NAME)))
    }

    fn rows_at<K: FrameKind>(&self, path: &str) -> Result<Vec<K::Row>, SnapshotError> {
        let Some(part) = self.lock().written(path).cloned() else {
            return Ok(Vec::new());
        };
        read::verify(&self.dir, &part)?;
        read::rows::<K>(&[self.dir.join(part.path)])
    }

    /// Marks the snapshot as complete and writes the manifest for the last time.
    pub fn finish(self) -> Result<(), SnapshotError> {
        let mut manifest = self.lock();
        manifest.is_complete = true;
        manifest.settle();
        self.save(&manifest)?;
        if manifest.parts.iter().all(|part| !part.path.starts_with(KEPT)) {
            // Most snapshots have no such folder, and what is left of one is listed nowhere.
            fs::remove_dir_all(self.dir.join(KEPT)).unwrap_or_default();
        }
        Ok(())
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
        let rows = df.height() as u64;
        self.write_file(name, rows, |file, path| {
            ParquetWriter::new(file)
                .with_compression(ParquetCompression::Zstd(None))
                .finish(&mut df)
                .map_err(|error| SnapshotError::polars(path, &error))?;
            Ok(())
        })
    }

    /// The same for what only a later run reads.
    pub(super) fn write_kept(
        &self,
        name: &str,
        value: &impl Serialize,
    ) -> Result<Part, SnapshotError> {
        self.write_file(kept_path(name) + ".json", 1, |file, path| {
            let io = |source| SnapshotError::io(path, "written", source);
            let mut writer = io::BufWriter::new(file);
            serde_json::to_writer(&mut writer, value).map_err(|error| io(error.into()))?;
            writer.flush().map_err(io)
        })
    }

    fn write_file(
        &self,
        name: String,
        rows: u64,
        content: impl FnOnce(&mut fs::File, &Path) -> Result<(), SnapshotError>,
    ) -> Result<Part, SnapshotError> {
        self.begin()?;
        let path = self.dir.join(&name);
        let folder = path.parent().unwrap_or(&self.dir);
        fs::create_dir_all(folder)
            .map_err(|source| SnapshotError::io(folder, "written", source))?;
        let mut file = tempfile::NamedTempFile::new_in(folder)
            .map_err(|source| SnapshotError::io(&path, "written", source))?;
        content(file.as_file_mut(), &path)?;
        file.persist(&path).map_err(|error| SnapshotError::io(&path, "written", error.error))?;
        let sha256 =
            read::sha256_of(&path).map_err(|source| SnapshotError::io(&path, "read", source))?;
        Ok(Part { path: name, rows, sha256 })
    }

    /// Writes the manifest, unless few of many steps were finished since it was written.
    pub(super) fn save_in_time(&self, manifest: &Manifest) -> Result<(), SnapshotError> {
        let unsaved_count = self.unsaved_count.fetch_add(1, Ordering::AcqRel);
        if unsaved_count < manifest.steps.len() / STEPS_PER_UNSAVED {
            return Ok(());
        }
        self.save(manifest)
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
        self.unsaved_count.store(0, Ordering::Release);
        Ok(())
    }
}

impl Drop for SnapshotWriter {
    /// A run that fails keeps what it finished. Where that cannot be written either, it has said why it failed already.
    fn drop(&mut self) {
        if self.unsaved_count.load(Ordering::Acquire) > 0 {
            self.save(&self.lock()).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests;

//! One step of a collection: what is done as a whole, or again.

use polars::prelude::DataFrame;
use serde::Serialize;

use super::{
    Gap, Part, PartKey, SnapshotError, SnapshotWriter,
    manifest::{Bill, KEPT, StepNote},
    write::{PART_ROWS, kept_path},
};
use crate::{
    frame::{FrameKind, Usage, UsageColumns},
    report::BillTotal,
};

/// One step of a collection in progress. Dropped before [`Step::finish`], it leaves no trace in the manifest.
#[derive(Debug)]
pub struct Step<'a> {
    writer: &'a SnapshotWriter,
    name: String,
    parts: Vec<Part>,
    gaps: Vec<Gap>,
    bills: Vec<Bill>,
    /// Beginnings of the paths whose earlier parts no longer hold.
    replaced: Vec<String>,
    /// Whether it depends on all that earlier steps wrote.
    builds_on_all: bool,
    is_partial: bool,
    is_unsettled: bool,
}

impl<'a> Step<'a> {
    pub(super) fn new(writer: &'a SnapshotWriter, name: &str) -> Self {
        Self {
            writer,
            name: name.to_owned(),
            parts: Vec::new(),
            gaps: Vec::new(),
            bills: Vec::new(),
            replaced: Vec::new(),
            builds_on_all: false,
            is_partial: false,
            is_unsettled: false,
        }
    }

    /// Writes a part of a frame. Keys of different steps differ, or one replaces the other's file.
    pub fn write<K: FrameKind>(
        &mut self,
        key: &PartKey,
        rows: &[K::Row],
    ) -> Result<(), SnapshotError> {
        self.write_rows::<K>(key.path(K::NAME), rows)
    }

    fn write_rows<K: FrameKind>(
        &mut self,
        name: String,
        rows: &[K::Row],
    ) -> Result<(), SnapshotError> {
        let df = K::frame(rows)
            .map_err(|source| SnapshotError::schema(&self.writer.dir.join(&name), source))?;
        self.write_frame(name, df)
    }

    /// The same for hours of use as columns.
    pub fn write_usage(
        &mut self,
        key: &PartKey,
        columns: UsageColumns,
    ) -> Result<(), SnapshotError> {
        let name = key.path(Usage::NAME);
        let df = columns
            .frame()
            .map_err(|source| SnapshotError::schema(&self.writer.dir.join(&name), source))?;
        self.write_frame(name, df)
    }

    fn write_frame(&mut self, name: String, df: DataFrame) -> Result<(), SnapshotError> {
        let part = self.writer.write_part(name, df)?;
        self.add(part);
        Ok(())
    }

    fn add(&mut self, part: Part) {
        self.parts.retain(|known| known.path != part.path);
        self.parts.push(part);
    }

    /// Keeps what no frame holds and a later run must know: it reads it back by its name, and need not ask again.
    pub fn keep(&mut self, name: &str, value: &impl Serialize) -> Result<(), SnapshotError> {
        let part = self.writer.write_kept(name, value)?;
        self.add(part);
        Ok(())
    }

    /// The same for rows that become rows of the snapshot only later.
    pub fn keep_rows<K: FrameKind>(
        &mut self,
        key: &PartKey,
        rows: &[K::Row],
    ) -> Result<(), SnapshotError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.write_rows::<K>(KEPT.to_owned() + &key.path(K::NAME), rows)
    }

    /// Lets nobody read back any more what earlier steps kept under names that begin like this.
    pub fn outdate(&mut self, names: &str) {
        self.replaced.push(kept_path(names));
    }

    /// Writes all rows of a frame in place of what earlier steps wrote.
    pub fn replace<K: FrameKind>(&mut self, rows: &[K::Row]) -> Result<(), SnapshotError> {
        self.builds_on_all = true;
        self.replaced.push(format!("{}/", K::NAME));
        // A file of its own: what another step put in place of the parts must be there if this one is undone.
        let folder = format!("joined by {}", self.name);
        let key = |number| PartKey { folders: vec![folder.clone()], number };
        for (number, rows) in (0..).zip(rows.chunks(PART_ROWS)) {
            self.write::<K>(&key(number), rows)?;
        }
        Ok(())
    }

    /// Notes a bill and its own total.
    pub fn bill(&mut self, total: &BillTotal) {
        self.bills.push(total.into());
    }

    /// Notes what could not be seen.
    pub fn gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    /// Notes that answers were missed which may be had later. A later run on the folder does the step again.
    pub fn is_unsettled_if(&mut self, is_missing: bool) {
        self.is_unsettled |= is_missing;
    }

    /// Notes that some of what it asked for has no answer, be it for now or for good.
    pub fn is_partial_if(&mut self, is_missing: bool) {
        self.is_partial |= is_missing;
    }

    /// Notes that it depends on all that earlier steps wrote: when one of them is done again, so is this one.
    pub fn builds_on_all(&mut self) {
        self.builds_on_all = true;
    }

    /// Forgets the parts of a frame that this step wrote.
    pub(super) fn forget<K: FrameKind>(&mut self) {
        let of_frame = format!("{}/", K::NAME);
        self.parts.retain(|part| !part.path.starts_with(&of_frame));
    }

    /// Lists the step in the manifest, with all that it wrote and noted.
    pub fn finish(self) -> Result<(), SnapshotError> {
        let note = StepNote {
            step: self.name,
            is_unsettled: self.is_unsettled,
            is_partial: self.is_partial,
            builds_on_all: self.builds_on_all,
            parts: self.parts.iter().map(|part| part.path.clone()).collect(),
            gaps: self.gaps,
            bills: self.bills,
            superseded: Vec::new(),
        };
        let mut manifest = self.writer.lock();
        // Files of parts that no longer hold may be written over from now on.
        if manifest.list(note, self.parts, &self.replaced) {
            self.writer.save(&manifest)
        } else {
            self.writer.save_in_time(&manifest)
        }
    }
}

//! `manifest.toml`: what a snapshot folder holds, and how to know that it still does.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{CallCount, Gap};
use crate::{report::BillTotal, units::Usd, window::Window};

/// Version of the folder's layout and frames. A change of either raises it.
///
/// 2: columns for clusters, steps, calls, `is_complete`. A folder of format 1 is still read.
pub const FORMAT_VERSION: u32 = 2;

/// Folder of what only a run that is continued needs to know.
pub(super) const KEPT: &str = "kept/";

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
    /// What could not be seen, besides what is in the notes of steps.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// Bills that were imported, besides those in the notes of steps.
    #[serde(default)]
    pub bills: Vec<Bill>,
    /// Calls that were made to collect it.
    #[serde(default)]
    pub calls: Vec<CallCount>,
    /// What finished steps noted, in the order in which they were finished. Of a snapshot that is complete, only what is
    /// needed to do again those that missed something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<StepNote>,
}

/// What a step did, as far as it may have to be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepNote {
    /// Its name.
    pub step: String,
    /// Whether it missed answers that may be had later.
    #[serde(default)]
    pub is_unsettled: bool,
    /// Whether some of what it asked for has no answer, be it for now or for good.
    #[serde(default)]
    pub is_partial: bool,
    /// Whether it depends on all that the steps before it wrote.
    #[serde(default)]
    pub builds_on_all: bool,
    /// Paths of the parts that it wrote.
    #[serde(default)]
    pub parts: Vec<String>,
    /// What it could not see.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// Bills that it imported.
    #[serde(default)]
    pub bills: Vec<Bill>,
    /// Parts of earlier steps that hold no longer because of it.
    #[serde(default)]
    pub superseded: Vec<Part>,
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
            notes: Vec::new(),
        }
    }

    /// Whether a step missed answers that may be had later.
    pub fn is_unsettled(&self) -> bool {
        self.notes.iter().any(|note| note.is_unsettled)
    }

    /// All that could not be seen.
    pub fn all_gaps(&self) -> Vec<Gap> {
        let noted = self.notes.iter().flat_map(|note| note.gaps.iter());
        let mut gaps: Vec<Gap> = self.gaps.iter().chain(noted).cloned().collect();
        gaps.sort();
        gaps.dedup();
        gaps
    }

    /// All bills that were imported.
    pub fn all_bills(&self) -> Vec<Bill> {
        let noted = self.notes.iter().flat_map(|note| note.bills.iter());
        self.bills.iter().chain(noted).cloned().collect()
    }

    /// Lists a finished step and its parts, in place of itself if it was done before. Parts whose paths begin with one of `replaced`
    /// hold no longer. True: there were some.
    pub(super) fn list(
        &mut self,
        mut note: StepNote,
        parts: Vec<Part>,
        replaced: &[String],
    ) -> bool {
        let is_left = |part: &Part| {
            !note.parts.contains(&part.path)
                && replaced.iter().all(|start| !part.path.starts_with(start))
        };
        let known = std::mem::take(&mut self.parts);
        let (left, mut superseded): (Vec<Part>, Vec<Part>) = known.into_iter().partition(is_left);
        let has_superseded = !superseded.is_empty();
        // What it superseded when it was done before is still superseded, and by nothing else.
        let before = self.notes.iter().filter(|known| known.step == note.step);
        superseded.extend(before.flat_map(|known| known.superseded.clone()));
        self.notes.retain(|known| known.step != note.step);
        self.steps.retain(|step| *step != note.step);
        // A file that was written over is gone, and what was kept and is out of date is so for good.
        for known in &mut self.notes {
            known.superseded.retain(|part| !note.parts.contains(&part.path));
        }
        superseded.retain(|part| !note.parts.contains(&part.path) && !part.path.starts_with(KEPT));
        note.superseded = superseded;
        self.parts = left;
        self.parts.extend(parts);
        self.parts.sort();
        self.steps.push(note.step.clone());
        self.steps.sort();
        self.notes.push(note);
        has_superseded
    }

    /// A part that a step which still holds wrote, whether or not a later one superseded it.
    pub(super) fn written(&self, path: &str) -> Option<&Part> {
        let superseded = self.notes.iter().flat_map(|note| note.superseded.iter());
        self.parts.iter().chain(superseded).find(|part| part.path == path)
    }

    /// Undoes a step. False: there is none, or a later one built on it.
    pub(super) fn undo(&mut self, name: &str) -> bool {
        let Some(place) = self.notes.iter().position(|note| note.step == name) else {
            return false;
        };
        let is_own =
            |part: &Part| self.notes.get(place).is_some_and(|note| note.parts.contains(&part.path));
        if self.notes.iter().any(|note| note.step != name && note.superseded.iter().any(is_own)) {
            return false;
        }
        let note = self.notes.remove(place);
        self.take_back(note);
        self.parts.sort();
        true
    }

    fn take_back(&mut self, note: StepNote) {
        self.steps.retain(|step| *step != note.step);
        self.parts.retain(|part| !note.parts.contains(&part.path));
        self.parts.extend(note.superseded);
    }

    /// Undoes the steps that missed answers, and those that built on what they wrote.
    pub(super) fn undo_unsettled(&mut self) {
        if !self.is_unsettled() {
            return;
        }
        let mut undone: BTreeSet<String> = BTreeSet::new();
        let is_undone: Vec<bool> = self
            .notes
            .iter()
            .map(|note| {
                let builds_on = note.superseded.iter().any(|part| undone.contains(&part.path));
                let is_it = note.is_unsettled || note.builds_on_all || builds_on;
                if is_it {
                    undone.extend(note.parts.iter().cloned());
                }
                is_it
            })
            .collect();
        let notes = std::mem::take(&mut self.notes);
        // The last first: what it superseded may be of one before.
        for (note, is_undone) in notes.into_iter().zip(is_undone).rev() {
            if is_undone {
                self.take_back(note);
            } else {
                self.notes.push(note);
            }
        }
        self.notes.reverse();
        self.parts.sort();
    }

    /// Keeps of the notes only what may have to be undone, and of what was kept for a later run only what that needs.
    pub(super) fn settle(&mut self) {
        if !self.is_unsettled() {
            self.gaps = self.all_gaps();
            self.bills = self.all_bills();
            self.notes.clear();
            self.parts.retain(|part| !part.path.starts_with(KEPT));
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

//! Telemetry as a stream: samples at any interval come in sorted by resource, hours of one resource at a time go out.
//!
//! Memory is one slice of the file plus the hours of one resource. A file that is not sorted by resource is read
//! once more with the hours of every resource kept. Samples are remembered only where some come after later ones of
//! their accelerator, which takes one more reading.

mod batch;
mod cell;
mod columns;
mod error;
mod hours;
mod layout;
mod more;
mod order;
mod parquet;
mod reduce;
mod segment;
mod tally;
#[cfg(test)]
mod tests;
mod text;

use std::path::PathBuf;

pub use batch::{Batch, Floats, Run};
pub use columns::{ACCEPTED_COLUMNS, AcceptedColumn, ColumnMap, Measure, Scale};
pub use error::UsageError;
pub use hours::{GpuHours, ResourceHours, SeriesStats, higher};
pub use parquet::time_range;

use crate::{frame::UsageRow, window::Window};

/// Takes the hours of resources.
pub trait UsageSink {
    /// Takes the hours of one resource.
    fn take(&mut self, hours: &ResourceHours);
    /// Forgets all that was taken.
    fn restart(&mut self);
}

/// Where telemetry comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum UsageSource {
    /// Parquet files, each sorted by resource, with a map from our column names to theirs. Files hold different
    /// resources, or the whole is treated as unsorted.
    Files {
        /// The files.
        paths: Vec<PathBuf>,
        /// Column names.
        columns: ColumnMap,
    },
    /// Parts of a snapshot, each sorted by resource. Parts hold different resources, or the whole is treated as unsorted.
    Parts(Vec<UsagePart>),
    /// Hourly rows in memory, as tests and small inputs have them.
    Rows(Vec<UsageRow>),
}

/// A part of the usage frame in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsagePart {
    /// Its file.
    pub path: PathBuf,
    /// A file with further measures of some of its hours, which were read later. It is small: it is held in memory.
    pub more: Option<PathBuf>,
}

impl UsagePart {
    /// A part without further measures.
    pub fn of(path: PathBuf) -> Self {
        Self { path, more: None }
    }
}

impl Default for UsageSource {
    fn default() -> Self {
        Self::Rows(Vec::new())
    }
}

impl UsageSource {
    /// Hands the hours of every resource to `sink`, one resource at a time.
    ///
    /// Files that turn out not to be sorted are read again from the start; `sink` is told to forget what it took.
    /// Samples outside the window, twice the same sample, and ratios below 0 or above 1 (beyond rounding) are errors.
    pub fn for_each(&self, window: Window, sink: &mut dyn UsageSink) -> Result<(), UsageError> {
        match self {
            Self::Rows(rows) => {
                let mut rows: Vec<&UsageRow> = rows.iter().collect();
                rows.sort_by(|a, b| {
                    (&a.resource_id, a.gpu_index, a.hour_start).cmp(&(
                        &b.resource_id,
                        b.gpu_index,
                        b.hour_start,
                    ))
                });
                let mut reducer = reduce::Reducer::new(window, order::Order::Sorted);
                reducer.push(&batch::of_rows(&rows), sink)?;
                reducer.finish(sink).map(drop)
            }
            Self::Files { paths, columns } => {
                let parts: Vec<UsagePart> = paths.iter().cloned().map(UsagePart::of).collect();
                read_again_if_needed(&parts, columns, window, sink)
            }
            Self::Parts(parts) => read_again_if_needed(parts, &ColumnMap::of_frame(), window, sink),
        }
    }

    /// True if there is nothing to read.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Files { paths, .. } => paths.is_empty(),
            Self::Parts(parts) => parts.is_empty(),
            Self::Rows(rows) => rows.is_empty(),
        }
    }
}

/// Reads files as if they were sorted; those that are not, from the start again with every resource kept.
fn read_again_if_needed(
    parts: &[UsagePart],
    columns: &ColumnMap,
    window: Window,
    sink: &mut dyn UsageSink,
) -> Result<(), UsageError> {
    let again =
        |order, sink: &mut dyn UsageSink| parquet::stream(parts, columns, window, order, sink);
    let mut order = match again(order::Order::Sorted, sink) {
        Err(UsageError::NotSorted { .. }) => order::Order::Any(order::LateTimes::default()),
        outcome => return outcome.map(drop),
    };
    loop {
        sink.restart();
        let Some(late) = again(order, sink)? else { return Ok(()) };
        order = order::Order::Any(late);
    }
}

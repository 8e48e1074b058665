//! Further measures of hours, in a small file of their own beside the part that they complete.

use std::{fs::File, path::Path};

use polars::prelude::{ParquetReader, SerReader as _};
use rustc_hash::FxHashMap;

use super::{
    Batch, ResourceHours, UsageError, batch,
    cell::{Cell, check_weights},
    layout::corrupt,
    parquet::file_name,
    segment::Segment,
};
use crate::frame::{Frame, Usage, UsageRow};

/// Further rows by resource, and the file that holds them.
#[derive(Debug, Default)]
pub(super) struct More {
    pub(super) file: String,
    pub(super) rows: FxHashMap<String, Vec<UsageRow>>,
}

impl More {
    /// Adds the further measures of a resource of which everything else is known.
    pub(super) fn complete(&mut self, hours: &mut ResourceHours) -> Result<(), UsageError> {
        let Some(rows) = self.rows.remove(&hours.resource_id) else { return Ok(()) };
        let rows: Vec<&UsageRow> = rows.iter().collect();
        let batch = Batch { file: &self.file, ..batch::of_rows(&rows) };
        let cells: Vec<Cell<'_>> = batch.measures.iter().map(Cell::of).collect();
        for run in &batch.runs {
            let mut from = run.rows.start;
            while from < run.rows.end {
                let segment = Segment::of(hours.window, &batch, run, from)?;
                let position = hours.gpu_position(segment.gpu_index);
                check_weights(&batch, run, &segment)?;
                if let Some(gpu) = hours.gpus.get_mut(position) {
                    for cell in &cells {
                        cell.refuse_known(gpu, &batch, run, &segment)?;
                        cell.add(gpu, hours.window.hour_count(), &batch, run, &segment)?;
                    }
                }
                from = segment.end;
            }
        }
        Ok(())
    }
}

/// Reads a file of further measures as a whole.
pub(super) fn read(path: &Path) -> Result<More, UsageError> {
    let name = file_name(path);
    let file =
        File::open(path).map_err(|source| UsageError::Open { file: name.clone(), source })?;
    let df = ParquetReader::new(file).finish().map_err(|error| corrupt(&name, &error))?;
    let unreadable = |reason: String| UsageError::Corrupt { file: name.clone(), reason };
    let frame: Frame<Usage> = Frame::new(&df).map_err(|error| unreadable(error.to_string()))?;
    let all = frame.rows().map_err(|error| unreadable(error.to_string()))?;
    let mut rows: FxHashMap<String, Vec<UsageRow>> = FxHashMap::default();
    for row in all {
        rows.entry(row.resource_id.clone()).or_default().push(row);
    }
    Ok(More { file: name, rows })
}

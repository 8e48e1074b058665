//! CSV and NDJSON files as batches, through the reader that bills use, too.

use std::path::Path;

use super::{
    ACCEPTED_COLUMNS, Batch, ColumnMap, Floats, Measure, Run, Scale, UsageError, UsageSink,
    reduce::Reducer,
};
use crate::provider::table::{ImportError, Row, Selection, Slot, Table};

/// Rows held at once.
const BATCH_ROWS: usize = 1 << 16;

/// True if a file is read here and not as Parquet.
pub(super) fn is_text(path: &Path) -> bool {
    let mut start = [0; 4];
    let read = std::fs::File::open(path)
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start));
    read.is_err() || &start != b"PAR1"
}

/// Reads a file into a reducer.
pub(super) fn push(
    path: &Path,
    columns: &ColumnMap,
    reducer: &mut Reducer,
    sink: &mut dyn UsageSink,
) -> Result<(), UsageError> {
    let table = Table::open(path)?;
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into());
    let mut selection = Selection::new(&table, "metrics");
    let slots = Slots::new(&mut selection, columns, &file)?;
    let mut rows = Rows::new(slots.measures.len());
    let mut refused = None;
    let outcome = table.read(&selection, &mut |row| {
        rows.take(row, &slots)?;
        if rows.times_ms.len() >= BATCH_ROWS
            && let Err(error) = reducer.push(&rows.batch(&file, &slots), sink)
        {
            refused = Some(error);
            // Any error ends the reading; the true one is returned below.
            return Err(row.missing(slots.time));
        } else if rows.times_ms.len() >= BATCH_ROWS {
            rows.clear();
        }
        Ok(())
    });
    if let Some(error) = refused {
        return Err(error);
    }
    outcome?;
    reducer.push(&rows.batch(&file, &slots), sink)
}

/// First and last sample of the files.
pub(super) fn extend_range(
    path: &Path,
    columns: &ColumnMap,
    range: &mut Option<(i64, i64)>,
) -> Result<(), UsageError> {
    let table = Table::open(path)?;
    let mut selection = Selection::new(&table, "metrics");
    let time = selection.need(&[columns.theirs("time"), "hour_start"])?;
    table.read(&selection, &mut |row| {
        let at = row.need_instant(time)?;
        let (low, high) = range.unwrap_or((at, at));
        *range = Some((low.min(at), high.max(at)));
        Ok(())
    })?;
    Ok(())
}

/// Where the columns are.
struct Slots {
    resource_id: Slot,
    time: Slot,
    gpu_index: Option<Slot>,
    sample_count: Option<Slot>,
    measures: Vec<(Measure, &'static str, Scale, Slot)>,
}

impl Slots {
    fn new(
        selection: &mut Selection<'_>,
        columns: &ColumnMap,
        file: &str,
    ) -> Result<Self, UsageError> {
        let mut measures: Vec<(Measure, &'static str, Scale, Slot)> = Vec::new();
        for accepted in ACCEPTED_COLUMNS {
            let Some(measure) = accepted.measure else { continue };
            let slot = match columns.stated(accepted.name) {
                Some(theirs) => Some(selection.need(&[theirs])?),
                None => selection.maybe(&[accepted.name])?,
            };
            let is_taken = measures.iter().any(|(taken, ..)| *taken == measure);
            if let Some(slot) = slot.filter(|_| !is_taken) {
                measures.push((measure, accepted.name, accepted.scale, slot));
            }
        }
        if measures.is_empty() {
            let found = selection.table().column_list();
            return Err(UsageError::NoMeasure { file: file.to_owned(), found });
        }
        Ok(Self {
            resource_id: need(selection, &[columns.theirs("resource_id")], "resource_id", file)?,
            time: need(selection, &[columns.theirs("time"), "hour_start"], "time", file)?,
            gpu_index: selection.maybe(&[columns.theirs("gpu_index")])?,
            sample_count: selection.maybe(&[columns.theirs("sample_count")])?,
            measures,
        })
    }
}

/// A column without which there is no sample.
fn need(
    selection: &mut Selection<'_>,
    names: &[&str],
    ours: &str,
    file: &str,
) -> Result<Slot, UsageError> {
    selection.maybe(names)?.ok_or_else(|| UsageError::MissingColumn {
        file: file.to_owned(),
        column: ours.to_owned(),
        found: selection.table().column_list(),
    })
}

/// Rows that wait to be a batch.
struct Rows {
    first_row: usize,
    runs: Vec<Run>,
    times_ms: Vec<i64>,
    gpu_index: Vec<i64>,
    sample_count: Vec<i64>,
    values: Vec<Vec<f64>>,
}

impl Rows {
    fn new(measures: usize) -> Self {
        Self {
            first_row: 0,
            runs: Vec::new(),
            times_ms: Vec::new(),
            gpu_index: Vec::new(),
            sample_count: Vec::new(),
            values: vec![Vec::new(); measures],
        }
    }

    fn take(&mut self, row: &Row<'_>, slots: &Slots) -> Result<(), ImportError> {
        let id = row.need_text(slots.resource_id)?;
        let index = self.times_ms.len();
        match self.runs.last_mut() {
            Some(run) if run.resource_id == id => run.rows.end = index + 1,
            _ => self.runs.push(Run { resource_id: id.into_owned(), rows: index..index + 1 }),
        }
        self.times_ms.push(row.need_instant(slots.time)?);
        self.gpu_index.push(whole(row.number(slots.gpu_index)?, -1));
        self.sample_count.push(whole(row.number(slots.sample_count)?, 1));
        for (values, (.., slot)) in self.values.iter_mut().zip(&slots.measures) {
            values.push(row.number(*slot)?.unwrap_or(f64::NAN));
        }
        Ok(())
    }

    fn batch<'a>(&'a self, file: &'a str, slots: &Slots) -> Batch<'a> {
        Batch {
            file,
            first_row: self.first_row,
            runs: self.runs.clone(),
            times_ms: self.times_ms.as_slice().into(),
            gpu_index: self.gpu_index.as_slice().into(),
            sample_count: self.sample_count.as_slice().into(),
            measures: slots
                .measures
                .iter()
                .zip(&self.values)
                .map(|((measure, name, scale, _), values)| {
                    (*measure, *name, *scale, Floats::Sparse(values.as_slice().into()))
                })
                .collect(),
        }
    }

    fn clear(&mut self) {
        self.first_row += self.times_ms.len();
        self.runs.clear();
        self.times_ms.clear();
        self.gpu_index.clear();
        self.sample_count.clear();
        self.values.iter_mut().for_each(Vec::clear);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "an index or a number of samples")]
fn whole(number: Option<f64>, null: i64) -> i64 {
    number.map_or(null, |number| number.round() as i64)
}

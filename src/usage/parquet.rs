//! Parquet files as batches, one row group at a time; other files go through `text`.

use std::{
    collections::VecDeque,
    fs::File,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use polars::{io::parquet::metadata::FileMetadata, prelude::*};

use super::{
    ColumnMap, UsageError, UsagePart, UsageSink,
    layout::{Layout, corrupt},
    more,
    order::{LateTimes, Order},
    reduce::Reducer,
    text,
};
use crate::window::Window;

/// Rows read at once where row groups are larger.
const SLICE_ROWS: usize = 1 << 20;

/// Reads all files and hands every resource on. `Some`: samples came late; nothing was handed on, and the files have to be
/// read again with that in mind.
pub(super) fn stream(
    parts: &[UsagePart],
    columns: &ColumnMap,
    window: Window,
    order: Order,
    sink: &mut dyn UsageSink,
) -> Result<Option<LateTimes>, UsageError> {
    let mut reducer = Reducer::new(window, order);
    for UsagePart { path, more } in parts {
        if text::is_text(path) {
            text::push(path, columns, &mut reducer, sink)?;
            continue;
        }
        if let Some(more) = more {
            reducer.expect(more::read(more)?);
        }
        let mut source = Source::open(path, columns)?;
        while let Some((first_row, df)) = source.next()? {
            reducer.push(&source.layout.batch(&df, first_row)?, sink)?;
        }
    }
    reducer.finish(sink)
}

/// First and last sample of all files, read from the time column alone, and of that what the footers say is needed. `None`:
/// no rows.
pub fn time_range(
    paths: &[PathBuf],
    columns: &ColumnMap,
) -> Result<Option<(jiff::Timestamp, jiff::Timestamp)>, UsageError> {
    let mut range: Option<(i64, i64)> = None;
    for path in paths {
        if text::is_text(path) {
            text::extend_range(path, columns, &mut range)?;
            continue;
        }
        let mut source = Source::open(path, columns)?;
        source.projection = vec![source.layout.time.clone()];
        source.keep_first_and_last();
        while let Some((first_row, df)) = source.next()? {
            let times = source.layout.times(&df, first_row)?;
            for &time in times.iter() {
                let (low, high) = range.unwrap_or((time, time));
                range = Some((low.min(time), high.max(time)));
            }
        }
    }
    Ok(range.and_then(|(low, high)| {
        Some((
            jiff::Timestamp::from_millisecond(low).ok()?,
            jiff::Timestamp::from_millisecond(high + 1).ok()?,
        ))
    }))
}

/// An open file and how far it was read.
struct Source {
    path: PathBuf,
    layout: Layout,
    projection: Vec<String>,
    metadata: FileMetadataRef,
    /// The same without row groups.
    groupless: FileMetadata,
    slices: VecDeque<Slice>,
}

/// Rows of one row group that are read at once.
struct Slice {
    /// Its position.
    group: usize,
    /// Rows of the row group.
    rows: Range<usize>,
    /// Row of the file, from 0.
    first_row: usize,
}

impl Source {
    fn open(path: &Path, columns: &ColumnMap) -> Result<Self, UsageError> {
        let name = file_name(path);
        let file =
            File::open(path).map_err(|source| UsageError::Open { file: name.clone(), source })?;
        let mut reader = ParquetReader::new(file);
        let metadata = reader.get_metadata().map_err(|error| corrupt(&name, &error))?.clone();
        let schema = reader.schema().map_err(|error| corrupt(&name, &error))?;
        let found: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
        let layout = Layout::new(name, &found, columns)?;
        let mut slices = VecDeque::new();
        let mut first_row = 0;
        for (group, of) in metadata.row_groups.iter().enumerate() {
            for from in (0..of.num_rows()).step_by(SLICE_ROWS) {
                let rows = from..of.num_rows().min(from + SLICE_ROWS);
                slices.push_back(Slice { group, rows, first_row: first_row + from });
            }
            first_row += of.num_rows();
        }
        Ok(Self {
            path: path.to_owned(),
            projection: layout.projection(),
            layout,
            groupless: FileMetadata { row_groups: Vec::new(), ..FileMetadata::clone(&metadata) },
            metadata,
            slices,
        })
    }

    /// Leaves out the row groups that hold neither the first nor the last time, if the footer says which these are.
    fn keep_first_and_last(&mut self) {
        let Some(spans) = self.time_spans() else { return };
        let first = spans.iter().min_by_key(|(_, (low, _))| *low).map(|(group, _)| *group);
        let last = spans.iter().max_by_key(|(_, (_, high))| *high).map(|(group, _)| *group);
        self.slices.retain(|slice| [first, last].contains(&Some(slice.group)));
    }

    /// Lowest and highest time of every row group that has rows, in whatever unit the file keeps them. `None`: the footer
    /// does not say.
    fn time_spans(&self) -> Option<Vec<(usize, (i64, i64))>> {
        let groups = self.metadata.row_groups.iter().enumerate();
        groups
            .filter(|(_, group)| group.num_rows() > 0)
            .map(|(position, group)| {
                let column = group.columns_under_root_iter(&self.layout.time)?.next()?;
                let known = column.statistics(&self.metadata.footer_buf)?.ok()?;
                let span = match (known.as_int64(), known.as_int32()) {
                    (Some(times), _) => (times.min_value?, times.max_value?),
                    (_, Some(days)) => (days.min_value?.into(), days.max_value?.into()),
                    _ => return None,
                };
                Some((position, span))
            })
            .collect()
    }

    /// The next rows, and the row of the file at which they start.
    fn next(&mut self) -> Result<Option<(usize, DataFrame)>, UsageError> {
        let next = self.slices.pop_front();
        let of = |slice: Slice| Some((self.metadata.row_groups.get(slice.group)?, slice));
        let Some((group, Slice { rows, first_row, .. })) = next.and_then(of) else {
            return Ok(None);
        };
        let name = &self.layout.file;
        let file = File::open(&self.path)
            .map_err(|source| UsageError::Open { file: name.clone(), source })?;
        // On this thread: memory that is taken and given back on one thread is used again at once.
        let mut reader = ParquetReader::new(file)
            .with_slice(Some((rows.start, rows.len())))
            .with_columns(Some(self.projection.clone()))
            .read_parallel(ParallelStrategy::None);
        // The row group as the only one: the reader would look at every other one each time.
        reader.set_metadata(Arc::new(FileMetadata {
            num_rows: group.num_rows(),
            row_groups: vec![group.clone()],
            ..self.groupless.clone()
        }));
        let mut df = reader.finish().map_err(|error| corrupt(name, &error))?;
        df.rechunk_mut();
        Ok(Some((first_row, df)))
    }
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_row_groups_with_the_first_or_the_last_time_are_read_for_the_range() {
        let mut df = df!(
            "resource_id" => ["a", "a", "b", "b", "c", "c", "d", "d"],
            "time" => [20_i64, 30, 5, 40, 10, 90, 30, 60],
            "gpu_util_ratio" => [0.5; 8],
        )
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.parquet");
        let file = File::create(&path).unwrap();
        ParquetWriter::new(file).with_row_group_size(Some(2)).finish(&mut df).unwrap();
        let mut source = Source::open(&path, &ColumnMap::default()).unwrap();
        source.keep_first_and_last();
        let kept: Vec<(usize, usize)> =
            source.slices.iter().map(|slice| (slice.group, slice.first_row)).collect();
        assert_eq!(kept, [(1, 2), (2, 4)]);
    }
}

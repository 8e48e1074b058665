//! Rows of Parquet, decoded piece by piece so that memory stays bounded: one row group after the other, and large ones in
//! slices. Of structs only the parts that somebody wants are decoded.

use std::{
    fs::File,
    io::{Cursor, Read as _, Seek as _, SeekFrom},
    ops::Range,
    panic::{self, AssertUnwindSafe},
    path::Path,
};

use polars::prelude::{ArrayRef, PolarsError, PolarsResult, polars_bail};
use polars_parquet::read::{
    BasicDecompressor, ColumnChunkMetadata, Filter, PageReader, RowGroupMetadata,
    column_iter_to_arrays, read_metadata,
};

use super::{
    Column, ImportError, Position, Row, Selection,
    cell::Decimals,
    parquet_cells::ColumnBatch,
    parquet_schema::{Branch, Footer},
    row::Cells,
};

/// Rows decoded at a time.
const SLICE_ROWS: usize = 250_000;

/// Rows decoded at a time where they hold lists or maps, of which each may have many values.
const NESTED_SLICE_ROWS: usize = 100_000;

fn open(path: &Path, file: &str) -> Result<File, ImportError> {
    File::open(path).map_err(|source| ImportError::Open { file: file.to_owned(), source })
}

/// The columns, and how to read them.
pub(super) fn columns(path: &Path, file: &str) -> Result<(Footer, Vec<Column>), ImportError> {
    let metadata = read_metadata(&mut open(path, file)?)
        .map_err(|source| ImportError::Parquet { file: file.to_owned(), source })?;
    Ok(Footer::new(metadata))
}

/// Visits all rows.
pub(super) fn read(
    path: &Path,
    footer: &Footer,
    selection: &Selection<'_>,
    decimals: &Decimals,
    visit: &mut dyn FnMut(&Row<'_>) -> Result<(), ImportError>,
) -> Result<u64, ImportError> {
    let file = selection.table().name();
    let names = &selection.table().columns;
    let wanted: Vec<(&Branch, &Column)> = selection
        .columns
        .iter()
        .filter_map(|index| footer.branches.get(*index).zip(names.get(*index)))
        .collect();
    let is_nested = wanted.iter().any(|(branch, _)| branch.root.is_nested());
    let slice_rows = if is_nested { NESTED_SLICE_ROWS } else { SLICE_ROWS };
    let mut source = open(path, file)?;
    let mut visited = 0_u64;
    for group in &footer.metadata.row_groups {
        for rows in slices(group.num_rows(), slice_rows) {
            let decoded = wanted.iter().map(|(branch, column)| {
                decode(&mut source, group, branch, &rows)
                    .map_err(|error| error.context(format!("column `{}`", column.name).into()))
            });
            let columns = decoded
                .collect::<PolarsResult<Vec<_>>>()
                .map_err(|source| ImportError::Parquet { file: file.to_owned(), source })?;
            for row in 0..rows.len() {
                visited += 1;
                let position = Position::Row(visited);
                let cells = Cells::Parquet(&columns, row);
                visit(&Row { selection, position, decimals, cells })?;
            }
        }
    }
    Ok(visited)
}

/// The rows of a group, cut into equal pieces and a rest.
fn slices(row_count: usize, slice_rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..row_count)
        .step_by(slice_rows)
        .map(move |start| start..row_count.min(start.saturating_add(slice_rows)))
}

fn decode(
    source: &mut File,
    group: &RowGroupMetadata,
    branch: &Branch,
    rows: &Range<usize>,
) -> PolarsResult<ColumnBatch> {
    let (mut pages, mut types) = (Vec::new(), Vec::new());
    for leaf in branch.root.leaves() {
        let Some(chunk) = group.parquet_columns().get(leaf) else {
            polars_bail!(ComputeError: "a row group lacks column {leaf}")
        };
        let bytes = Cursor::new(bytes(source, chunk)?.into());
        pages.push(BasicDecompressor::new(
            PageReader::new(bytes, chunk, Vec::new(), usize::MAX),
            Vec::new(),
        ));
        types.push(&chunk.descriptor().descriptor.primitive_type);
    }
    let filter = Some(Filter::new_ranged(rows.start, rows.end));
    let field = branch.root.field();
    // The decoder checks some of what it finds in damaged pages with assertions.
    let decoded = panic::catch_unwind(AssertUnwindSafe(|| {
        column_iter_to_arrays(pages, types, field, filter)
    }));
    let Ok(decoded) = decoded else { polars_bail!(ComputeError: "damaged pages") };
    let (arrays, _): (Vec<ArrayRef>, _) = decoded?;
    ColumnBatch::new(branch, arrays, rows.len())
}

/// The compressed pages of one column in one row group.
fn bytes(source: &mut File, chunk: &ColumnChunkMetadata) -> PolarsResult<Vec<u8>> {
    let Range { start, end } = chunk.byte_range();
    let size = source.metadata()?.len();
    // A damaged footer may promise more than there is, and memory would be asked for it.
    if end > size || start > end {
        polars_bail!(ComputeError: "a column at bytes {start} to {end} of {size}")
    }
    let mut bytes = vec![0; usize::try_from(end - start).map_err(too_large)?];
    source.seek(SeekFrom::Start(start))?;
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn too_large(error: std::num::TryFromIntError) -> PolarsError {
    PolarsError::ComputeError(error.to_string().into())
}

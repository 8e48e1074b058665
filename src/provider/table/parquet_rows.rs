//! Rows of Parquet, decoded slice by slice so that memory stays bounded.

use std::{fs::File, path::Path};

use polars::prelude::*;

use super::{
    Column as FileColumn, ImportError, Position, Row, Selection, cell::Decimals, row::Cells,
};

/// Rows decoded at a time.
const SLICE_ROWS: usize = 250_000;

/// A column of the slice at hand, in one of the types that cells are read from.
#[derive(Debug)]
pub(super) enum ColumnBatch {
    Text(StringChunked),
    Float(Float64Chunked),
    Int(Int64Chunked),
    /// Milliseconds since 1970.
    Instant(Int64Chunked),
    Bool(BooleanChunked),
}

fn open(path: &Path, file: &str) -> Result<ParquetReader<File>, ImportError> {
    let source =
        File::open(path).map_err(|source| ImportError::Open { file: file.to_owned(), source })?;
    Ok(ParquetReader::new(source).read_parallel(ParallelStrategy::None))
}

/// The columns and the number of rows.
pub(super) fn columns(path: &Path, file: &str) -> Result<(Vec<FileColumn>, usize), ImportError> {
    let mut reader = open(path, file)?;
    let corrupt = |source| ImportError::Parquet { file: file.to_owned(), source };
    let schema = reader.schema().map_err(corrupt)?;
    let row_count = reader.num_rows().map_err(corrupt)?;
    let columns = schema
        .iter_values()
        .map(|field| FileColumn {
            name: field.name.to_string(),
            is_nested: is_nested(&field.dtype),
        })
        .collect();
    Ok((columns, row_count))
}

fn is_nested(dtype: &ArrowDataType) -> bool {
    matches!(
        dtype,
        ArrowDataType::Struct(_)
            | ArrowDataType::Map(..)
            | ArrowDataType::List(_)
            | ArrowDataType::LargeList(_)
            | ArrowDataType::FixedSizeList(..)
            | ArrowDataType::Union(..)
    )
}

/// Visits all rows.
pub(super) fn read(
    path: &Path,
    row_count: usize,
    selection: &Selection<'_>,
    decimals: &Decimals,
    visit: &mut dyn FnMut(&Row<'_>) -> Result<(), ImportError>,
) -> Result<u64, ImportError> {
    let file = selection.table().name();
    let corrupt = |source| ImportError::Parquet { file: file.to_owned(), source };
    let mut visited = 0_u64;
    let mut offset = 0;
    while offset < row_count {
        let length = SLICE_ROWS.min(row_count - offset);
        let mut df = open(path, file)?
            .with_projection(Some(sorted(&selection.columns)))
            .with_slice(Some((offset, length)))
            .finish()
            .map_err(corrupt)?;
        df.rechunk_mut();
        let columns = selection
            .columns
            .iter()
            .filter_map(|index| selection.table().columns.get(*index))
            .map(|column| batch(df.column(&column.name)?))
            .collect::<PolarsResult<Vec<_>>>()
            .map_err(corrupt)?;
        for row in 0..df.height() {
            visited += 1;
            let position = Position::Row(visited);
            visit(&Row { selection, position, decimals, cells: Cells::Parquet(&columns, row) })?;
        }
        offset += length;
    }
    Ok(visited)
}

/// The reader wants its projection in the order of the file.
fn sorted(columns: &[usize]) -> Vec<usize> {
    let mut columns = columns.to_vec();
    columns.sort_unstable();
    columns
}

fn batch(column: &Column) -> PolarsResult<ColumnBatch> {
    Ok(match column.dtype() {
        DataType::String => ColumnBatch::Text(column.str()?.clone()),
        DataType::Boolean => ColumnBatch::Bool(column.bool()?.clone()),
        DataType::Date | DataType::Datetime(..) => {
            let ms = column.cast(&DataType::Datetime(TimeUnit::Milliseconds, None))?;
            ColumnBatch::Instant(ms.datetime()?.physical().clone())
        }
        dtype if dtype.is_integer() && dtype != &DataType::UInt64 => {
            ColumnBatch::Int(column.cast(&DataType::Int64)?.i64()?.clone())
        }
        dtype if dtype.is_numeric() => {
            ColumnBatch::Float(column.cast(&DataType::Float64)?.f64()?.clone())
        }
        _ => ColumnBatch::Text(column.cast(&DataType::String)?.str()?.clone()),
    })
}

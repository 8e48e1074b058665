//! The findings as Parquet, for warehouses and notebooks: the columns of [`super::rows::COLUMNS`], money as floats.

use std::io::{self, Write};

use polars::prelude::{
    Column as Series, DataFrame, ParquetCompression, ParquetWriter, PolarsError,
};

use super::{
    Report,
    rows::{COLUMNS, Cell, ColumnKind, Row, rows},
};
use crate::units::Usd;

/// Writes one row per finding. Money is dollars as a 64-bit float, unknown is null.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    // Parquet ends with its index, so the file is built whole and nothing partial is ever written.
    let mut file = Vec::new();
    let mut frame = frame(&rows(report)).map_err(into_io)?;
    ParquetWriter::new(&mut file)
        .with_compression(ParquetCompression::Snappy)
        .finish(&mut frame)
        .map_err(into_io)?;
    out.write_all(&file)
}

fn into_io(error: PolarsError) -> io::Error {
    io::Error::other(error)
}

fn frame(rows: &[Row]) -> Result<DataFrame, PolarsError> {
    let columns = COLUMNS
        .iter()
        .enumerate()
        .map(|(position, column)| {
            let cells = rows.iter().map(|row| row.0.get(position));
            let name = column.name.into();
            match column.kind {
                ColumnKind::Text => Series::new(name, cells.map(text).collect::<Vec<_>>()),
                ColumnKind::Usd => Series::new(name, cells.map(dollars).collect::<Vec<_>>()),
            }
        })
        .collect();
    DataFrame::new(rows.len(), columns)
}

fn text(cell: Option<&Cell>) -> Option<&str> {
    match cell {
        Some(Cell::Text(text)) => text.as_deref(),
        Some(Cell::Usd(_)) | None => None,
    }
}

fn dollars(cell: Option<&Cell>) -> Option<f64> {
    match cell {
        Some(Cell::Usd(usd)) => usd.map(Usd::dollars),
        Some(Cell::Text(_)) | None => None,
    }
}

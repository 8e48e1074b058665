//! One streaming reader for every file of rows a person may bring: CSV, NDJSON (both plain or gzipped) and Parquet.
//!
//! The content decides the format and the file name only explains errors. Rows are visited one by one and never held, so
//! memory does not grow with the file. Every error knows the file, the line or row, and the column.
//!
//! Empty cells, `NULL` and `null` are "unknown". Parquet maps, structs and lists are skipped, because our build of Polars
//! does not read them; a column that is *needed* and nested is an error ([`ImportError::Nested`]).

mod cell;
mod csv_rows;
mod error;
mod json_rows;
mod lines;
mod open;
mod parquet_rows;
mod place;
mod row;
mod selection;

#[cfg(test)]
mod tests;

pub use error::ImportError;
pub use open::{Column, Table};
pub use place::{Place, Position};
pub use row::Row;
pub use selection::{Selection, Slot, spelling};

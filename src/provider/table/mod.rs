//! One streaming reader for every file of rows a person may bring: CSV, NDJSON (both plain or gzipped) and Parquet.
//!
//! The content decides the format and the file name only explains errors. Rows are visited one by one and never held, so
//! memory does not grow with the file. Every error knows the file, the line or row, and the column.
//!
//! Empty cells, `NULL` and `null` are "unknown". What is nested reads alike in every format: parts of objects or structs are
//! columns with names such as `service.description`, and a list, a map or a whole object is a cell of JSON text. A few
//! Parquet types are not read, such as decimals of more than 38 digits; a column that is *needed* and has one is an error
//! ([`ImportError::UnreadType`]).

mod cell;
mod csv_rows;
mod error;
mod json_rows;
mod lines;
mod open;
mod parquet_cells;
mod parquet_rows;
mod parquet_schema;
mod place;
mod row;
mod selection;

#[cfg(test)]
pub(in crate::provider) mod parquet_twin;
#[cfg(test)]
mod tests;

pub use error::ImportError;
pub use open::{Column, Table};
pub use place::{Place, Position};
pub use row::Row;
pub use selection::{Selection, Slot, spelling};

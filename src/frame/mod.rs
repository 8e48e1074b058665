//! The frames that providers fill: typed rows, and the Polars data they are stored as.
//!
//! Names end in their unit, times are UTC, and a null always means "we do not know".

mod alias;
mod field;
mod id;
mod rows;
pub mod spec;
mod usage_columns;

pub use alias::{Aliases, link};
pub use id::{Arn, Spelled, global_id, is_global, native_id};
pub use rows::*;
pub use spec::{ColumnSpec, FieldType, Frame, FrameKind, InstantMs, SchemaError};
pub use usage_columns::{UsageColumns, UsageHour, UsageOf};

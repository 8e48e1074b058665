//! What rules may read: one table per kind of subject, one documented entry per fact.

mod table;

pub use table::{FactRow, FactSpec, FactTable, FactType, SubjectKind, SubjectRef, Value};

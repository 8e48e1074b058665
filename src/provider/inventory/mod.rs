//! Inventories as files, in the documented columns of the frames, or in other people's through a column map.
//!
//! One reader serves every frame of plain rows: its columns, types and key are those of the frame's specification. A column
//! that may be null may be absent. Of those that may not, these have a default:
//!
//! | frame | column | default |
//! |---|---|---|
//! | resources | `provider`, `account_id`, `region` | from a global `resource_id`, else `unknown` |
//! | resources | `kind` | `gpu_instance` |
//! | resources | `tags_json` | `{}` |
//! | invocations | `model` | `default` |
//!
//! Columns that no frame has are ignored.

mod check;
mod rows;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, path::Path};

pub use rows::read_rows;

pub use super::table::ImportError;
use crate::frame::{ResourceRow, Resources};

/// How a file's columns differ from ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InventoryOptions {
    /// Their name of each of our columns, where it is not ours: `instance_type = "MachineType"`.
    pub columns: BTreeMap<String, String>,
}

/// Reads the resources of an inventory file (CSV, NDJSON or Parquet), in the order of the file. Ids stay as they are.
pub fn import(path: &Path, options: &InventoryOptions) -> Result<Vec<ResourceRow>, ImportError> {
    read_rows::<Resources>(path, options)
}

//! Rows of any frame out of a file.

use std::path::Path;

use polars::prelude::{Column, DataFrame};
use rustc_hash::FxHashMap;

use super::{ImportError, InventoryOptions, check};
use crate::{
    frame::{ColumnSpec, FieldType, FrameKind, InstantMs, SchemaError, spec::Field},
    provider::table::{Place, Position, Row, Selection, Slot, Table},
};

/// Reads all rows of a frame from a file (CSV, NDJSON or Parquet). Columns go by their documented names in any usual
/// spelling, or by the map of `options`. Two rows with one key are an error, as are numbers and words that a column cannot
/// hold.
pub fn read_rows<K: FrameKind>(
    path: &Path,
    options: &InventoryOptions,
) -> Result<Vec<K::Row>, ImportError> {
    check_map::<K>(options)?;
    let table = Table::open(path)?;
    let mut wanted = Selection::new(&table, &format!("the frame `{}`", K::NAME));
    let mut columns = Vec::new();
    for spec in K::COLUMNS {
        let slot = find(&table, &mut wanted, spec, options, K::NAME)?;
        columns.push(Filling { spec, slot, values: Values::new(spec.dtype) });
    }
    let mut keys: FxHashMap<String, Position> = FxHashMap::default();
    let row_count = table.read(&wanted, &mut |row| {
        let id = columns
            .iter()
            .find(|column| column.spec.name == "resource_id")
            .and_then(|column| row.text(column.slot))
            .unwrap_or_default();
        for column in &mut columns {
            column.push(row, K::NAME, &id)?;
        }
        let key = key(&columns, K::KEY);
        if let Some(first) = keys.get(&key) {
            let first = Place { file: table.name().to_owned(), position: *first };
            return Err(ImportError::Duplicate { key, first, second: row.place() });
        }
        keys.insert(key, row.place().position);
        Ok(())
    })?;
    let frame = |source| ImportError::Frame { file: table.name().to_owned(), source };
    let height = usize::try_from(row_count).unwrap_or_default();
    let columns: Vec<Column> = columns.into_iter().map(Filling::finish).collect();
    let df = DataFrame::new(height, columns)
        .map_err(|source| frame(SchemaError::Polars { frame: K::NAME, source }))?;
    K::rows(&df).map_err(frame)
}

/// Refuses entries of the map that name no column of the frame.
fn check_map<K: FrameKind>(options: &InventoryOptions) -> Result<(), ImportError> {
    for ours in options.columns.keys() {
        if !K::COLUMNS.iter().any(|spec| spec.name == ours) {
            let known: Vec<_> = K::COLUMNS.iter().map(|spec| spec.name).collect();
            return Err(ImportError::MapOurs {
                ours: ours.clone(),
                frame: K::NAME,
                known: known.join(", "),
            });
        }
    }
    Ok(())
}

/// Where one of our columns is in the file.
fn find(
    table: &Table,
    wanted: &mut Selection<'_>,
    spec: &ColumnSpec,
    options: &InventoryOptions,
    frame: &str,
) -> Result<Option<Slot>, ImportError> {
    let mapped = options.columns.get(spec.name);
    if let Some(theirs) = mapped
        && table.find(theirs)?.is_none()
    {
        return Err(ImportError::MapTheirs {
            file: table.name().to_owned(),
            ours: spec.name.to_owned(),
            theirs: theirs.clone(),
            columns: table.column_list(),
        });
    }
    let name = mapped.map_or(spec.name, String::as_str);
    let is_optional = spec.is_nullable || check::default(frame, spec.name, "").is_some();
    if mapped.is_some() || !is_optional {
        return wanted.need(&[name]).map(Some);
    }
    wanted.maybe(&[name])
}

/// The key of the row just read, as a person reads it.
fn key(columns: &[Filling], names: &[&str]) -> String {
    let parts: Vec<_> = columns
        .iter()
        .filter(|column| names.contains(&column.spec.name))
        .map(|column| format!("{} = {}", column.spec.name, column.values.last()))
        .collect();
    parts.join(", ")
}

/// A column that is being filled.
struct Filling {
    spec: &'static ColumnSpec,
    slot: Option<Slot>,
    values: Values,
}

enum Values {
    Text(Vec<Option<String>>),
    Float(Vec<Option<f64>>),
    Int(Vec<Option<i64>>),
    Bool(Vec<Option<bool>>),
    Instant(Vec<Option<InstantMs>>),
}

impl Values {
    fn new(dtype: FieldType) -> Self {
        match dtype {
            FieldType::Text => Self::Text(Vec::new()),
            FieldType::Float => Self::Float(Vec::new()),
            FieldType::Int => Self::Int(Vec::new()),
            FieldType::Bool => Self::Bool(Vec::new()),
            FieldType::Instant => Self::Instant(Vec::new()),
        }
    }

    fn last(&self) -> String {
        let shown = match self {
            Self::Text(values) => values.last().cloned().flatten(),
            Self::Float(values) => values.last().copied().flatten().map(|value| value.to_string()),
            Self::Int(values) => values.last().copied().flatten().map(|value| value.to_string()),
            Self::Bool(values) => values.last().copied().flatten().map(|value| value.to_string()),
            Self::Instant(values) => values.last().copied().flatten().and_then(|InstantMs(ms)| {
                Some(jiff::Timestamp::from_millisecond(ms).ok()?.to_string())
            }),
        };
        shown.unwrap_or_else(|| "(none)".to_owned())
    }
}

impl Filling {
    /// Adds the row's value, or the default.
    fn push(&mut self, row: &Row<'_>, frame: &str, resource_id: &str) -> Result<(), ImportError> {
        let (slot, name) = (self.slot, self.spec.name);
        let is_known = match &mut self.values {
            Values::Text(values) => {
                let text = check::text(row, slot, frame, name)?
                    .or_else(|| check::default(frame, name, resource_id));
                values.push(text);
                values.last().is_some_and(Option::is_some)
            }
            Values::Float(values) => {
                values.push(check::float(row, slot, name)?);
                values.last().is_some_and(Option::is_some)
            }
            Values::Int(values) => {
                values.push(check::int(row, slot, name)?);
                values.last().is_some_and(Option::is_some)
            }
            Values::Bool(values) => {
                values.push(row.boolean(slot)?);
                values.last().is_some_and(Option::is_some)
            }
            Values::Instant(values) => {
                values.push(check::instant(row, slot, name)?);
                values.last().is_some_and(Option::is_some)
            }
        };
        match slot {
            Some(slot) if !is_known && !self.spec.is_nullable => Err(row.missing(slot)),
            _ => Ok(()),
        }
    }

    fn finish(self) -> Column {
        let name = self.spec.name;
        match self.values {
            Values::Text(values) => Field::column(name, values.iter()),
            Values::Float(values) => Field::column(name, values.iter()),
            Values::Int(values) => Field::column(name, values.iter()),
            Values::Bool(values) => Field::column(name, values.iter()),
            Values::Instant(values) => Field::column(name, values.iter()),
        }
    }
}

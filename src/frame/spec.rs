//! What a frame looks like, checked once where data enters and trusted after.

use std::{fmt, marker::PhantomData};

use polars::prelude::*;
use serde::{Deserialize, Serialize};

pub use super::field::Field;

/// One column: its name ends in its unit, its meaning and the meaning of a null are documented.
#[derive(Debug)]
pub struct ColumnSpec {
    /// Name, ending in the unit.
    pub name: &'static str,
    /// Type of the values.
    pub dtype: FieldType,
    /// False if a null is refused.
    pub is_nullable: bool,
    /// What the column holds, and what a null in it means.
    pub doc: &'static str,
}

/// The types a frame may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// UTF-8 text.
    Text,
    /// 64-bit float, never NaN.
    Float,
    /// 64-bit signed integer.
    Int,
    /// Yes or no.
    Bool,
    /// UTC instant in milliseconds.
    Instant,
}

impl FieldType {
    /// The Polars type that stores it.
    pub fn polars(self) -> DataType {
        match self {
            Self::Text => DataType::String,
            Self::Float => DataType::Float64,
            Self::Int => DataType::Int64,
            Self::Bool => DataType::Boolean,
            Self::Instant => DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC)),
        }
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "String",
            Self::Float => "Float64",
            Self::Int => "Int64",
            Self::Bool => "Boolean",
            Self::Instant => "Datetime(ms, UTC)",
        })
    }
}

/// Rows that are values at the same time, where all of them would be too many.
const CHUNK_ROWS: usize = 1 << 13;

/// A kind of frame: its columns, its key and the row it is made of.
pub trait FrameKind: Sized {
    /// Name in the snapshot folder and in messages.
    const NAME: &'static str;
    /// Columns in order.
    const COLUMNS: &'static [ColumnSpec];
    /// Columns that identify a row.
    const KEY: &'static [&'static str];
    /// What one row stands for.
    const DOC: &'static str;
    /// One row as a plain value.
    type Row: Clone + fmt::Debug + PartialEq;

    /// Reads all rows of a frame that was checked.
    fn rows(df: &DataFrame) -> Result<Vec<Self::Row>, SchemaError>;
    /// Writes rows into a new frame.
    fn frame(rows: &[Self::Row]) -> Result<DataFrame, SchemaError>;
}

/// Why a data frame is not a frame of the kind asked for.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A column is absent: the file was written by something else, or by another version.
    #[error("frame `{frame}` lacks the column `{column}`")]
    Missing {
        /// Frame kind.
        frame: &'static str,
        /// Column name.
        column: &'static str,
    },
    /// A column has another type.
    #[error("column `{column}` of frame `{frame}` is {found}, not {expected}")]
    Type {
        /// Frame kind.
        frame: &'static str,
        /// Column name.
        column: &'static str,
        /// Type in the data.
        found: String,
        /// Type in the specification.
        expected: FieldType,
    },
    /// A null where the specification forbids one.
    #[error("column `{column}` of frame `{frame}` has no value in row {row}")]
    Null {
        /// Frame kind.
        frame: &'static str,
        /// Column name.
        column: &'static str,
        /// Row, counted from 1.
        row: usize,
    },
    /// Polars refused.
    #[error("frame `{frame}` could not be handled")]
    Polars {
        /// Frame kind.
        frame: &'static str,
        /// What Polars said.
        #[source]
        source: PolarsError,
    },
}

impl SchemaError {
    /// The same, found in rows that follow so many others.
    fn after(self, row_count: usize) -> Self {
        match self {
            Self::Null { frame, column, row } => Self::Null { frame, column, row: row + row_count },
            other => other,
        }
    }
}

/// A data frame whose columns, order and types are known to match `K`.
#[derive(Debug, Clone)]
pub struct Frame<K: FrameKind> {
    df: DataFrame,
    kind: PhantomData<K>,
}

impl<K: FrameKind> Frame<K> {
    /// Takes `df` if every column of the specification has the right type; other columns are dropped. A column that may
    /// be null may be absent: whoever wrote the frame did not know of it yet.
    pub fn new(df: &DataFrame) -> Result<Self, SchemaError> {
        let polars = |source| SchemaError::Polars { frame: K::NAME, source };
        let mut whole = df.clone();
        for column in K::COLUMNS {
            let Ok(found) = df.column(column.name) else {
                if !column.is_nullable {
                    return Err(SchemaError::Missing { frame: K::NAME, column: column.name });
                }
                let name = column.name.into();
                let nulls = Column::full_null(name, df.height(), &column.dtype.polars());
                whole.with_column(nulls).map_err(polars)?;
                continue;
            };
            if found.dtype() != &column.dtype.polars() {
                return Err(SchemaError::Type {
                    frame: K::NAME,
                    column: column.name,
                    found: found.dtype().to_string(),
                    expected: column.dtype,
                });
            }
        }
        let df = whole.select(K::COLUMNS.iter().map(|column| column.name)).map_err(polars)?;
        Ok(Self { df, kind: PhantomData })
    }

    /// A frame of these rows.
    pub fn of(rows: &[K::Row]) -> Result<Self, SchemaError> {
        Self::new(&K::frame(rows)?)
    }

    /// The rows as plain values.
    pub fn rows(&self) -> Result<Vec<K::Row>, SchemaError> {
        K::rows(&self.df)
    }

    /// Hands every row to `sink`, a few in memory at a time: values of a heavy frame take many times the room of its columns.
    pub fn for_each(&self, sink: &mut dyn FnMut(&K::Row)) -> Result<(), SchemaError> {
        for first_row in (0..self.df.height()).step_by(CHUNK_ROWS) {
            let offset = i64::try_from(first_row).unwrap_or(i64::MAX);
            let rows = K::rows(&self.df.slice(offset, CHUNK_ROWS));
            rows.map_err(|error| error.after(first_row))?.iter().for_each(&mut *sink);
        }
        Ok(())
    }

    /// The data.
    pub fn data(&self) -> &DataFrame {
        &self.df
    }
}

/// An instant as frames hold it: milliseconds since 1970 in UTC.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct InstantMs(pub i64);

impl From<jiff::Timestamp> for InstantMs {
    fn from(at: jiff::Timestamp) -> Self {
        Self(at.as_millisecond())
    }
}

/// Reads one column of a checked frame.
pub fn read_column<K: FrameKind, F: Field>(
    df: &DataFrame,
    name: &'static str,
) -> Result<Vec<F>, SchemaError> {
    let column =
        df.column(name).map_err(|_absent| SchemaError::Missing { frame: K::NAME, column: name })?;
    if !F::IS_NULLABLE && column.null_count() > 0 {
        let row =
            column.is_null().iter().position(|is_null| is_null == Some(true)).unwrap_or_default()
                + 1;
        return Err(SchemaError::Null { frame: K::NAME, column: name, row });
    }
    let values =
        F::read(column).map_err(|source| SchemaError::Polars { frame: K::NAME, source })?;
    Ok(values.into_iter().flatten().collect())
}

/// Declares a frame: its row type, its columns with their documentation, and both conversions.
macro_rules! frame {
    (
        $(#[doc = $doc:literal])+
        $kind:ident = $name:literal, key $key:expr, row
        $(#[$row_meta:meta])*
        $row:ident { $( $(#[doc = $field_doc:literal])+ $field:ident: $type:ty, )+ }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy)]
        pub struct $kind;

        $(#[doc = $doc])+
        $(#[$row_meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $row { $( $(#[doc = $field_doc])+ pub $field: $type, )+ }

        impl $crate::frame::spec::FrameKind for $kind {
            const NAME: &'static str = $name;
            const KEY: &'static [&'static str] = &$key;
            const DOC: &'static str = concat!($($doc,)+);
            const COLUMNS: &'static [$crate::frame::spec::ColumnSpec] = &[
                $( $crate::frame::spec::ColumnSpec {
                    name: stringify!($field),
                    dtype: <$type as $crate::frame::spec::Field>::TYPE,
                    is_nullable: <$type as $crate::frame::spec::Field>::IS_NULLABLE,
                    doc: concat!($($field_doc,)+),
                }, )+
            ];
            type Row = $row;

            fn rows(df: &polars::prelude::DataFrame) -> Result<Vec<$row>, $crate::frame::spec::SchemaError> {
                $( let mut $field =
                    $crate::frame::spec::read_column::<Self, $type>(df, stringify!($field))?.into_iter(); )+
                let mut rows = Vec::with_capacity(df.height());
                for _ in 0..df.height() {
                    let ($( Some($field), )+) = ($( $field.next(), )+) else { break };
                    rows.push($row { $( $field, )+ });
                }
                Ok(rows)
            }

            fn frame(rows: &[$row]) -> Result<polars::prelude::DataFrame, $crate::frame::spec::SchemaError> {
                let columns = vec![
                    $( <$type as $crate::frame::spec::Field>::column(
                        stringify!($field), rows.iter().map(|row| &row.$field)), )+
                ];
                polars::prelude::DataFrame::new(rows.len(), columns).map_err(|source| {
                    $crate::frame::spec::SchemaError::Polars { frame: $name, source }
                })
            }
        }
    };
}
pub(crate) use frame;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{InvocationRow, Invocations};

    #[test]
    fn rows_are_handed_on_in_order_and_the_first_null_is_named_by_its_row_of_the_whole() {
        let count = CHUNK_ROWS + 3;
        let row =
            |number: usize| InvocationRow { model: number.to_string(), ..InvocationRow::default() };
        let rows: Vec<InvocationRow> = (0..count).map(row).collect();
        let frame = Frame::<Invocations>::of(&rows).unwrap();
        let mut seen = Vec::new();
        frame.for_each(&mut |row| seen.push(row.clone())).unwrap();
        assert_eq!(seen, rows);

        let models: StringChunked =
            (0..count).map(|number| (number < count - 1).then_some("m")).collect();
        let mut df = frame.data().clone();
        df.with_column(models.with_name("model".into()).into_column()).unwrap();
        let broken = Frame::<Invocations>::new(&df).unwrap().for_each(&mut |_row| {});
        assert!(matches!(broken, Err(SchemaError::Null { row, .. }) if row == count), "{broken:?}");
    }

    #[test]
    fn a_frame_from_before_a_nullable_column_reads_it_as_unknown() {
        let row = InvocationRow { model: "default".to_owned(), ..InvocationRow::default() };
        let of_today = Invocations::frame(std::slice::from_ref(&row)).unwrap();
        let older = of_today.drop("variant").unwrap();
        assert_eq!(Frame::<Invocations>::new(&older).unwrap().rows().unwrap(), [row]);
        let broken = of_today.drop("model").unwrap();
        let refused = Frame::<Invocations>::new(&broken).map(|_| ());
        assert!(matches!(refused, Err(SchemaError::Missing { column: "model", .. })));
    }
}

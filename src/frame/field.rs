//! Values of a frame's rows as columns, and back.

use polars::prelude::*;

use super::spec::{FieldType, InstantMs};

/// A value that can stand in a column.
pub trait Field: Sized {
    /// Its column type.
    const TYPE: FieldType;
    /// Whether a null is a legal value.
    const IS_NULLABLE: bool;
    /// A column of values, in order. They are borrowed: to copy each text first would cost more than the column.
    fn column<'a>(name: &'static str, values: impl Iterator<Item = &'a Self>) -> Column
    where
        Self: 'a;
    /// Reads a whole column; `None` marks a null that is not legal, at the row found.
    fn read(column: &Column) -> PolarsResult<Vec<Option<Self>>>;
}

/// What a column is made of, whether it may have nulls or not.
trait Value: Sized {
    fn collect<'a>(values: impl Iterator<Item = Option<&'a Self>>) -> Column
    where
        Self: 'a;
}

fn borrowed<'a, V: Value + 'a>(
    name: &'static str,
    values: impl Iterator<Item = Option<&'a V>>,
) -> Column {
    let mut column = V::collect(values);
    column.rename(name.into());
    column
}

macro_rules! field {
    ($owned:ty, $kind:expr, |$values:ident| $build:expr, |$column:ident| $read:expr) => {
        impl Value for $owned {
            fn collect<'a>($values: impl Iterator<Item = Option<&'a Self>>) -> Column
            where
                Self: 'a,
            {
                $build
            }
        }
        impl Field for Option<$owned> {
            const TYPE: FieldType = $kind;
            const IS_NULLABLE: bool = true;
            fn column<'a>(name: &'static str, values: impl Iterator<Item = &'a Self>) -> Column
            where
                Self: 'a,
            {
                borrowed::<$owned>(name, values.map(Option::as_ref))
            }
            fn read($column: &Column) -> PolarsResult<Vec<Option<Self>>> {
                Ok($read.map(Some).collect())
            }
        }
        impl Field for $owned {
            const TYPE: FieldType = $kind;
            const IS_NULLABLE: bool = false;
            fn column<'a>(name: &'static str, values: impl Iterator<Item = &'a Self>) -> Column
            where
                Self: 'a,
            {
                borrowed::<$owned>(name, values.map(Some))
            }
            fn read(column: &Column) -> PolarsResult<Vec<Option<Self>>> {
                Ok(<Option<$owned> as Field>::read(column)?.into_iter().flatten().collect())
            }
        }
    };
}

field!(
    String,
    FieldType::Text,
    |values| values.map(|text| text.map(String::as_str)).collect::<StringChunked>().into_column(),
    |column| column.str()?.iter().map(|text| text.map(str::to_owned))
);
field!(
    f64,
    FieldType::Float,
    |values| values.map(Option::<&_>::copied).collect::<Float64Chunked>().into_column(),
    |column| { column.f64()?.iter() }
);
field!(
    i64,
    FieldType::Int,
    |values| values.map(Option::<&_>::copied).collect::<Int64Chunked>().into_column(),
    |column| { column.i64()?.iter() }
);
field!(
    bool,
    FieldType::Bool,
    |values| values.map(Option::<&_>::copied).collect::<BooleanChunked>().into_column(),
    |column| { column.bool()?.iter() }
);
field!(
    InstantMs,
    FieldType::Instant,
    |values| values
        .map(|at| at.map(|at| at.0))
        .collect::<Int64Chunked>()
        .into_datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC))
        .into_column(),
    |column| column.datetime()?.physical().iter().map(|at| at.map(InstantMs))
);

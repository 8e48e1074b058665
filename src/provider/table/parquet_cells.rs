//! Decoded values of Parquet: plain ones as text, number, instant or yes/no; structs, lists and maps as JSON text, so that a
//! bill says the same in Parquet as in NDJSON or CSV.

use std::borrow::Cow;

use polars::prelude::*;
use polars_arrow::{
    array::{Array, ListArray, StructArray},
    bitmap::Bitmap,
    compute::utils::combine_validities_and,
    offset::OffsetsBuffer,
};
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

use super::{
    parquet_schema::{Branch, Kind, Node},
    row::Raw,
};

/// A column of the rows at hand.
#[derive(Debug)]
pub(super) enum ColumnBatch {
    Text(StringChunked),
    Float(Float64Chunked),
    Int(Int64Chunked),
    /// Milliseconds since 1970.
    Instant(Int64Chunked),
    Bool(BooleanChunked),
    /// Whole numbers, and how many of their digits are behind the point.
    Decimal(Int128Chunked, usize),
    Struct(Vec<(PlSmallStr, ColumnBatch)>, Option<Bitmap>),
    List(Items),
    /// A list of structs with key and value.
    Map(Items),
}

#[derive(Debug)]
pub(super) struct Items {
    values: Box<ColumnBatch>,
    offsets: OffsetsBuffer<i64>,
    validity: Option<Bitmap>,
}

impl ColumnBatch {
    /// The column at the end of a branch, out of the arrays of its root. `row_count` is how many rows there must be.
    pub(super) fn new(
        branch: &Branch,
        arrays: Vec<ArrayRef>,
        row_count: usize,
    ) -> PolarsResult<Self> {
        let found: usize = arrays.iter().map(|array| array.len()).sum();
        polars_ensure!(found == row_count, ComputeError: "{found} values for {row_count} rows");
        let (mut node, mut arrays) = (&branch.root, arrays);
        for _ in 0..branch.depth {
            let Kind::Struct(parts) = &node.kind else { break };
            let whole = one::<StructArray>(&arrays)?;
            let (Some(part), Some(values)) = (parts.first(), whole.values().first()) else {
                break;
            };
            // A part that is never null in its struct is null where the struct is.
            let validity = combine_validities_and(whole.validity(), values.validity());
            arrays = vec![values.with_validity(validity)];
            node = part;
        }
        Self::of(node, arrays)
    }

    fn of(node: &Node, arrays: Vec<ArrayRef>) -> PolarsResult<Self> {
        Ok(match &node.kind {
            Kind::Unread => polars_bail!(ComputeError: "its type is not read"),
            Kind::Leaf(..) => plain(&Series::try_from((&node.field(), arrays))?.rechunk())?,
            Kind::Struct(parts) => {
                let whole = one::<StructArray>(&arrays)?;
                let fields = parts.iter().zip(whole.values()).map(|(part, values)| {
                    Ok((part.field().name, Self::of(part, vec![values.clone()])?))
                });
                Self::Struct(fields.collect::<PolarsResult<_>>()?, whole.validity().cloned())
            }
            Kind::List(item) => Self::List(Items::new(item, &arrays)?),
            Kind::Map(entry) => Self::Map(Items::new(entry, &arrays)?),
        })
    }

    pub(super) fn raw(&self, row: usize) -> Raw<'_> {
        match self {
            Self::Text(values) => values.get(row).map_or(Raw::None, |text| Raw::text(text.trim())),
            Self::Float(values) => values.get(row).map_or(Raw::None, Raw::Float),
            Self::Int(values) => values.get(row).map_or(Raw::None, Raw::Int),
            Self::Instant(values) => values.get(row).map_or(Raw::None, Raw::Instant),
            Self::Bool(values) => values.get(row).map_or(Raw::None, Raw::Bool),
            Self::Decimal(values, scale) => {
                values.get(row).map_or(Raw::None, |value| decimal(value, *scale))
            }
            Self::Struct(..) | Self::List(_) | Self::Map(_) if self.is_null(row) => Raw::None,
            Self::Struct(..) | Self::List(_) | Self::Map(_) => {
                serde_json::to_string(&At(self, row))
                    .map_or(Raw::None, |json| Raw::Text(Cow::Owned(json)))
            }
        }
    }

    fn is_null(&self, row: usize) -> bool {
        let is_set = |validity: &Option<Bitmap>| {
            validity.as_ref().is_none_or(|set| set.get(row).unwrap_or_default())
        };
        match self {
            Self::Text(values) => values.get(row).is_none(),
            Self::Float(values) => values.get(row).is_none(),
            Self::Int(values) | Self::Instant(values) => values.get(row).is_none(),
            Self::Bool(values) => values.get(row).is_none(),
            Self::Decimal(values, _) => values.get(row).is_none(),
            Self::Struct(_, validity) => !is_set(validity),
            Self::List(items) | Self::Map(items) => !is_set(&items.validity),
        }
    }
}

impl Items {
    fn new(item: &Node, arrays: &[ArrayRef]) -> PolarsResult<Self> {
        let list = one::<ListArray<i64>>(arrays)?;
        Ok(Self {
            values: Box::new(ColumnBatch::of(item, vec![list.values().clone()])?),
            offsets: list.offsets().clone(),
            validity: list.validity().cloned(),
        })
    }

    /// The positions of a row's values.
    fn of(&self, row: usize) -> std::ops::Range<usize> {
        let (start, end) = self.offsets.start_end(row);
        start..end
    }
}

/// The only array, of the kind that the schema promises.
fn one<A: Array + 'static>(arrays: &[ArrayRef]) -> PolarsResult<&A> {
    let [array] = arrays else {
        polars_bail!(ComputeError: "{} pieces where one is expected", arrays.len())
    };
    array
        .as_any()
        .downcast_ref()
        .ok_or_else(|| polars_err!(ComputeError: "{:?} is not what the schema says", array.dtype()))
}

fn plain(series: &Series) -> PolarsResult<ColumnBatch> {
    Ok(match series.dtype() {
        DataType::String => ColumnBatch::Text(series.str()?.clone()),
        DataType::Boolean => ColumnBatch::Bool(series.bool()?.clone()),
        DataType::Date | DataType::Datetime(..) => {
            let ms = series.cast(&DataType::Datetime(TimeUnit::Milliseconds, None))?;
            ColumnBatch::Instant(ms.datetime()?.physical().clone())
        }
        DataType::Decimal(_, scale) => {
            ColumnBatch::Decimal(series.decimal()?.physical().clone(), *scale)
        }
        dtype if dtype.is_integer() && dtype != &DataType::UInt64 => {
            ColumnBatch::Int(series.cast(&DataType::Int64)?.i64()?.clone())
        }
        dtype if dtype.is_numeric() => {
            ColumnBatch::Float(series.cast(&DataType::Float64)?.f64()?.clone())
        }
        _ => ColumnBatch::Text(series.strict_cast(&DataType::String)?.str()?.clone()),
    })
}

/// A decimal as the float that its digits are read as, or as its digits where a float might change them.
fn decimal(value: i128, scale: usize) -> Raw<'static> {
    /// Floats keep 15 digits.
    const KEPT: u32 = 15;
    let (small, scale_digits) = (i64::try_from(value), u32::try_from(scale));
    if let (Ok(small), Ok(scale_digits @ ..=KEPT)) = (small, scale_digits)
        && small.unsigned_abs() < 10_u64.pow(KEPT)
    {
        #[expect(clippy::cast_precision_loss, reason = "both have at most 15 digits")]
        return Raw::Float(small as f64 / 10_u64.pow(scale_digits) as f64);
    }
    Raw::Text(Cow::Owned(digits(value, scale)))
}

/// A decimal without zeros at its end.
fn digits(value: i128, scale: usize) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let all = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, part) = all.split_at(all.len() - scale);
    match part.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        part => format!("{sign}{whole}.{part}"),
    }
}

/// One value, as JSON. Fields of structs that are null are left out; values of maps are not.
struct At<'b>(&'b ColumnBatch, usize);

impl Serialize for At<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(column, row) = *self;
        if column.is_null(row) {
            return serializer.serialize_unit();
        }
        match column {
            ColumnBatch::Text(values) => values.get(row).serialize(serializer),
            ColumnBatch::Int(values) => values.get(row).serialize(serializer),
            ColumnBatch::Bool(values) => values.get(row).serialize(serializer),
            ColumnBatch::Float(values) => match values.get(row) {
                Some(number) if !number.is_finite() => serializer.collect_str(&number),
                number => number.serialize(serializer),
            },
            ColumnBatch::Decimal(values, scale) => {
                values.get(row).map(|value| digits(value, *scale)).serialize(serializer)
            }
            ColumnBatch::Instant(values) => {
                let at = values.get(row).map(jiff::Timestamp::from_millisecond);
                at.and_then(Result::ok).map(|at| at.to_string()).serialize(serializer)
            }
            ColumnBatch::Struct(fields, _) => {
                let mut object = serializer.serialize_map(None)?;
                for (name, values) in fields.iter().filter(|(_, values)| !values.is_null(row)) {
                    object.serialize_entry(name.as_str(), &At(values, row))?;
                }
                object.end()
            }
            ColumnBatch::List(items) => {
                let mut array = serializer.serialize_seq(None)?;
                for item in items.of(row) {
                    array.serialize_element(&At(&items.values, item))?;
                }
                array.end()
            }
            ColumnBatch::Map(items) => {
                let mut object = serializer.serialize_map(None)?;
                let ColumnBatch::Struct(entry, _) = &*items.values else { return object.end() };
                for item in items.of(row) {
                    let Some(key) = entry.first().and_then(|(_, keys)| keys.key(item)) else {
                        continue;
                    };
                    match entry.get(1) {
                        Some((_, values)) => object.serialize_entry(&key, &At(values, item))?,
                        None => object.serialize_entry(&key, &())?,
                    }
                }
                object.end()
            }
        }
    }
}

impl ColumnBatch {
    /// The key of a map: its text to the letter, or its number.
    fn key(&self, row: usize) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(values) => values.get(row).map(Cow::Borrowed),
            other => match other.raw(row) {
                Raw::Int(number) => Some(number.to_string().into()),
                Raw::Float(number) => Some(number.to_string().into()),
                Raw::Bool(yes) => Some(yes.to_string().into()),
                Raw::Text(text) => Some(text),
                Raw::Instant(_) | Raw::None => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_every_digit() {
        for (value, scale, text) in [
            (1_500_000_000, 9, "1.5"),
            (-1, 9, "-0.000000001"),
            (0, 9, "0"),
            (120, 0, "120"),
            (12_345_678_901_234_567_890_123, 9, "12345678901234.567890123"),
        ] {
            assert_eq!(digits(value, scale), text);
            let number = match decimal(value, scale) {
                Raw::Float(number) => number.to_string(),
                Raw::Text(text) => text.into_owned(),
                _ => String::new(),
            };
            assert_eq!(number, text);
        }
    }
}

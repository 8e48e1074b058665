//! The columns of a Parquet file as a batch.

use std::borrow::Cow;

use polars::prelude::*;

use super::{ACCEPTED_COLUMNS, Batch, ColumnMap, Floats, Measure, Run, Scale, UsageError};

pub(super) fn corrupt(file: &str, error: &PolarsError) -> UsageError {
    let text = error.to_string();
    let reason = text.lines().next().unwrap_or_default().to_owned();
    UsageError::Corrupt { file: file.to_owned(), reason }
}

/// Which columns of a file are what.
pub(super) struct Layout {
    pub(super) file: String,
    resource_id: String,
    pub(super) time: String,
    gpu_index: Option<String>,
    sample_count: Option<String>,
    measures: Vec<(Measure, &'static str, Scale, String)>,
}

impl Layout {
    pub(super) fn new(
        file: String,
        found: &[String],
        columns: &ColumnMap,
    ) -> Result<Self, UsageError> {
        let has = |name: &str| found.iter().any(|column| column == name);
        let list = || found.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let missing = |column: &str| UsageError::MissingColumn {
            file: file.clone(),
            column: column.to_owned(),
            found: list(),
        };
        let needed = |ours: &'static str| {
            let theirs = columns.theirs(ours);
            if has(theirs) { Ok(theirs.to_owned()) } else { Err(missing(ours)) }
        };
        let optional = |ours: &'static str| {
            let theirs = columns.theirs(ours);
            has(theirs).then(|| theirs.to_owned())
        };
        let mut measures: Vec<(Measure, &'static str, Scale, String)> = Vec::new();
        for accepted in ACCEPTED_COLUMNS {
            let Some(measure) = accepted.measure else { continue };
            if columns.stated(accepted.name).is_some_and(|theirs| !has(theirs)) {
                return Err(missing(accepted.name));
            }
            if measures.iter().any(|(taken, ..)| *taken == measure) {
                continue;
            }
            if let Some(theirs) = optional(accepted.name) {
                measures.push((measure, accepted.name, accepted.scale, theirs));
            }
        }
        if measures.is_empty() {
            return Err(UsageError::NoMeasure { file: file.clone(), found: list() });
        }
        Ok(Self {
            resource_id: needed("resource_id")?,
            time: if columns.stated("time").is_none() && has("hour_start") {
                "hour_start".to_owned()
            } else {
                needed("time")?
            },
            gpu_index: optional("gpu_index"),
            sample_count: optional("sample_count"),
            measures,
            file,
        })
    }

    pub(super) fn projection(&self) -> Vec<String> {
        let keys = [Some(&self.resource_id), Some(&self.time), self.gpu_index.as_ref()];
        let mut names: Vec<String> = keys.into_iter().flatten().cloned().collect();
        names.extend(self.sample_count.clone());
        names.extend(self.measures.iter().map(|(.., theirs)| theirs.clone()));
        names
    }

    pub(super) fn batch<'a>(
        &'a self,
        df: &'a DataFrame,
        first_row: usize,
    ) -> Result<Batch<'a>, UsageError> {
        let read = |(measure, ours, scale, theirs): &(Measure, &'static str, Scale, String)| {
            Ok(self.floats(df, theirs)?.map(|values| (*measure, *ours, *scale, values)))
        };
        // What nobody measured in all of the slice takes no time.
        let measures = self.measures.iter().filter_map(|column| read(column).transpose());
        let measures = measures.collect::<Result<_, UsageError>>()?;
        Ok(Batch {
            file: &self.file,
            first_row,
            runs: self.runs(df, first_row)?,
            times_ms: self.times(df, first_row)?,
            gpu_index: self.integers(df, self.gpu_index.as_ref(), -1)?,
            sample_count: self.integers(df, self.sample_count.as_ref(), 1)?,
            measures,
        })
    }

    fn column<'a>(&self, df: &'a DataFrame, name: &str) -> Result<&'a Series, UsageError> {
        df.column(name)
            .map(Column::as_materialized_series)
            .map_err(|error| corrupt(&self.file, &error))
    }

    fn type_error(&self, column: &str, found: &DataType, expected: &'static str) -> UsageError {
        UsageError::ColumnType {
            file: self.file.clone(),
            column: column.to_owned(),
            found: found.to_string(),
            expected,
        }
    }

    fn refuse_nulls(&self, series: &Series, first_row: usize) -> Result<(), UsageError> {
        if series.null_count() == 0 {
            return Ok(());
        }
        let row = series.is_null().iter().position(|null| null == Some(true)).unwrap_or_default();
        Err(UsageError::NullKey {
            file: self.file.clone(),
            column: series.name().to_string(),
            row: first_row + row + 1,
        })
    }

    /// Runs of equal ids. Equal neighbours in a sorted file share their view, so most comparisons are of 16 bytes.
    fn runs(&self, df: &DataFrame, first_row: usize) -> Result<Vec<Run>, UsageError> {
        let series = self.column(df, &self.resource_id)?;
        self.refuse_nulls(series, first_row)?;
        let cast;
        let text = match series.dtype() {
            DataType::String => series.str(),
            DataType::Categorical(..) | DataType::Enum(..) => {
                cast =
                    series.cast(&DataType::String).map_err(|error| corrupt(&self.file, &error))?;
                cast.str()
            }
            dtype if dtype.is_integer() => {
                cast =
                    series.cast(&DataType::String).map_err(|error| corrupt(&self.file, &error))?;
                cast.str()
            }
            dtype => return Err(self.type_error(&self.resource_id, dtype, "text")),
        }
        .map_err(|error| corrupt(&self.file, &error))?;
        let mut runs: Vec<Run> = Vec::new();
        let mut row = 0;
        for chunk in text.downcast_iter() {
            let mut views = chunk.views().as_slice();
            let mut at = 0;
            while let Some(first) = views.first() {
                let same = equal_count(views, first.as_u128(), |view| view.as_u128());
                let id = chunk.value(at);
                match runs.last_mut() {
                    Some(run) if run.resource_id == id => run.rows.end = row + same,
                    _ => runs.push(Run { resource_id: id.to_owned(), rows: row..row + same }),
                }
                views = views.get(same..).unwrap_or_default();
                at += same;
                row += same;
            }
        }
        Ok(runs)
    }

    pub(super) fn times<'a>(
        &self,
        df: &'a DataFrame,
        first_row: usize,
    ) -> Result<Cow<'a, [i64]>, UsageError> {
        let series = self.column(df, &self.time)?;
        self.refuse_nulls(series, first_row)?;
        let error = |error: PolarsError| corrupt(&self.file, &error);
        let (numerator, denominator) = match series.dtype() {
            DataType::Datetime(TimeUnit::Milliseconds, _) => (1, 1),
            DataType::Datetime(TimeUnit::Microseconds, _) => (1, 1_000),
            DataType::Datetime(TimeUnit::Nanoseconds, _) => (1, 1_000_000),
            DataType::Date => (86_400_000, 1),
            dtype if dtype.is_integer() => return self.epoch(series),
            dtype => {
                let expected = "a timestamp, or seconds or milliseconds since 1970";
                return Err(self.type_error(&self.time, dtype, expected));
            }
        };
        if let (DataType::Datetime(TimeUnit::Milliseconds, _), Ok(times)) =
            (series.dtype(), series.datetime())
            && let Some(slice) = times.physical().downcast_iter().next()
        {
            return Ok(Cow::Borrowed(slice.values().as_slice()));
        }
        let physical = series.to_physical_repr().cast(&DataType::Int64).map_err(error)?;
        let values = physical.i64().map_err(error)?;
        Ok(values.iter().flatten().map(|v| (v * numerator).div_euclid(denominator)).collect())
    }

    /// Whole numbers are seconds, or milliseconds from 1e11 on (the year 5138 in seconds, 1973 in milliseconds).
    fn epoch<'a>(&self, series: &Series) -> Result<Cow<'a, [i64]>, UsageError> {
        let error = |error: PolarsError| corrupt(&self.file, &error);
        let wide = series.cast(&DataType::Int64).map_err(error)?;
        let values = wide.i64().map_err(error)?;
        let is_ms = values.max().unwrap_or_default() >= 100_000_000_000;
        let factor = if is_ms { 1 } else { 1_000 };
        Ok(values.iter().flatten().map(|v| v.saturating_mul(factor)).collect())
    }

    fn integers<'a>(
        &self,
        df: &DataFrame,
        name: Option<&String>,
        null: i64,
    ) -> Result<Cow<'a, [i64]>, UsageError> {
        let Some(name) = name else { return Ok(Cow::Borrowed(&[])) };
        let series = self.column(df, name)?;
        if !series.dtype().is_primitive_numeric() {
            return Err(self.type_error(name, series.dtype(), "a whole number"));
        }
        let wide = series.cast(&DataType::Int64).map_err(|error| corrupt(&self.file, &error))?;
        let values = wide.i64().map_err(|error| corrupt(&self.file, &error))?;
        Ok(values.iter().map(|value| value.unwrap_or(null)).collect())
    }

    /// The numbers of a column. `None`: there are none.
    fn floats<'a>(&self, df: &'a DataFrame, name: &str) -> Result<Option<Floats<'a>>, UsageError> {
        let series = self.column(df, name)?;
        let error = |error: PolarsError| corrupt(&self.file, &error);
        if !(series.dtype().is_primitive_numeric() || series.dtype() == &DataType::Null) {
            return Err(self.type_error(name, series.dtype(), "a number"));
        }
        if series.null_count() == series.len() {
            return Ok(None);
        }
        if series.null_count() == 0 {
            if let Ok(values) = series.f32()
                && let Some(chunk) = values.downcast_iter().next()
            {
                return Ok(Some(Floats::Single(chunk.values().as_slice())));
            }
            if let Ok(values) = series.f64()
                && let Some(chunk) = values.downcast_iter().next()
            {
                return Ok(Some(Floats::Double(chunk.values().as_slice())));
            }
        }
        let wide = series.cast(&DataType::Float64).map_err(error)?;
        let values = wide.f64().map_err(error)?;
        if values.iter().flatten().any(f64::is_nan) {
            // A NaN in the file is an error, not a null: mark it so that the reduction refuses it.
            let marked = values.iter().map(|value| match value {
                Some(number) if number.is_nan() => f64::NEG_INFINITY,
                Some(number) => number,
                None => f64::NAN,
            });
            return Ok(Some(Floats::Sparse(marked.collect())));
        }
        let sparse = values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        Ok(Some(Floats::Sparse(sparse)))
    }
}

/// How many items from the first on have this key. Block by block, because mostly a whole block has.
fn equal_count<T>(items: &[T], key: u128, key_of: impl Fn(&T) -> u128) -> usize {
    let (blocks, _) = items.as_chunks::<16>();
    let is_same = |block: &&[T; 16]| {
        block.iter().fold(0, |difference, item| difference | (key_of(item) ^ key)) == 0
    };
    let whole = blocks.iter().take_while(is_same).count() * 16;
    let rest = items.get(whole..).unwrap_or_default();
    whole + rest.iter().take_while(|item| key_of(item) == key).count()
}

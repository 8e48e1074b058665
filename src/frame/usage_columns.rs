//! The `usage` frame, column by column: months of a fleet are too many rows to be values of their own first.

use polars::prelude::*;

use super::{
    rows::Usage,
    spec::{FrameKind, SchemaError},
};

/// Columns of measurements.
const MEASURED: [&str; 9] = [
    "gpu_util_mean_ratio",
    "gpu_util_max_ratio",
    "gpu_active_mean_ratio",
    "gpu_active_max_ratio",
    "gpu_mem_used_mean_gib",
    "gpu_mem_used_max_gib",
    "gpu_power_mean_watts",
    "cpu_util_mean_ratio",
    "network_gib",
];

/// Whose hours follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageOf<'a> {
    /// The resource measured.
    pub resource_id: &'a str,
    /// Accelerator. `None`: the whole machine.
    pub gpu_index: Option<i64>,
    /// Where it came from.
    pub source: &'a str,
}

/// Rows of the `usage` frame.
#[derive(Debug, Default)]
pub struct UsageColumns {
    /// Each with the number of its rows.
    resource_ids: Vec<(String, usize)>,
    sources: Vec<(String, usize)>,
    gpu_indices: Vec<Option<i64>>,
    hours_ms: Vec<i64>,
    /// In the order of [`MEASURED`]; NaN stands for a null. Shorter than the others: nothing is known from there on.
    values: [Vec<f64>; MEASURED.len()],
}

impl UsageColumns {
    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.hours_ms.is_empty()
    }

    /// Adds hours of one accelerator: their starts in milliseconds since 1970, and what was measured in them, in the order of
    /// [`MEASURED`]. NaN: not known.
    pub fn extend(
        &mut self,
        of: &UsageOf<'_>,
        hours: impl Iterator<Item = (i64, [f64; MEASURED.len()])>,
    ) {
        let before = self.hours_ms.len();
        for (hour_ms, values) in hours {
            let row = self.hours_ms.len();
            self.hours_ms.push(hour_ms);
            for (column, value) in self.values.iter_mut().zip(values) {
                if !value.is_nan() {
                    column.resize(row, f64::NAN);
                    column.push(value);
                }
            }
        }
        let count = self.hours_ms.len() - before;
        self.gpu_indices.resize(self.hours_ms.len(), of.gpu_index);
        self.resource_ids.push((of.resource_id.to_owned(), count));
        self.sources.push((of.source.to_owned(), count));
    }

    /// The frame.
    pub fn frame(self) -> Result<DataFrame, SchemaError> {
        let count = self.hours_ms.len();
        let mut values: Vec<Column> = Vec::with_capacity(MEASURED.len());
        for (name, column) in MEASURED.into_iter().zip(self.values) {
            values.push(floats(name, column, count));
        }
        let times = Int64Chunked::from_vec("hour_start".into(), self.hours_ms)
            .into_datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
        let gpu_indices: Int64Chunked = self.gpu_indices.into_iter().collect();
        let mut columns = vec![
            texts("resource_id", &self.resource_ids)?,
            gpu_indices.with_name("gpu_index".into()).into_column(),
            times.into_column(),
        ];
        columns.extend(values);
        // An hour comes as one value; how many samples are behind it would have to be asked for.
        columns.push(Column::new_scalar("sample_count".into(), 1_i64.into(), count));
        columns.push(texts("source", &self.sources)?);
        DataFrame::new(count, columns).map_err(polars)
    }
}

fn polars(source: PolarsError) -> SchemaError {
    SchemaError::Polars { frame: Usage::NAME, source }
}

/// Texts, each repeated.
fn texts(name: &'static str, runs: &[(String, usize)]) -> Result<Column, SchemaError> {
    let mut all = StringChunked::full_null(name.into(), 0);
    for (text, count) in runs.iter().filter(|(_, count)| *count > 0) {
        all.append(&StringChunked::full(name.into(), text, *count)).map_err(polars)?;
    }
    Ok(all.rechunk().into_owned().into_column())
}

fn floats(name: &'static str, mut values: Vec<f64>, count: usize) -> Column {
    if values.is_empty() {
        return Column::full_null(name.into(), count, &DataType::Float64);
    }
    values.resize(count, f64::NAN);
    let known = values.into_iter().map(|value| (!value.is_nan()).then_some(value));
    known.collect::<Float64Chunked>().with_name(name.into()).into_column()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Frame, InstantMs, UsageRow};

    const NONE: f64 = f64::NAN;

    #[test]
    fn columns_make_the_frame_that_their_rows_would_make() {
        let mut columns = UsageColumns::default();
        let of = |resource_id, gpu_index| UsageOf { resource_id, gpu_index, source: "sagemaker" };
        let values = |util_mean, mem_max, network| {
            [util_mean, NONE, NONE, NONE, NONE, mem_max, NONE, NONE, network]
        };
        let of_a = [(0, values(0.5, NONE, NONE)), (3_600_000, values(NONE, 7.0, NONE))];
        columns.extend(&of("a-resource-with-a-long-name", Some(1)), of_a.into_iter());
        columns.extend(&of("nothing", None), std::iter::empty());
        columns.extend(&of("b", None), [(0, values(NONE, NONE, 0.25))].into_iter());

        let frame = columns.frame().unwrap();

        let row = |id: &str, gpu_index, hour_ms| UsageRow {
            resource_id: id.to_owned(),
            gpu_index,
            hour_start: InstantMs(hour_ms),
            sample_count: 1,
            source: "sagemaker".to_owned(),
            ..UsageRow::default()
        };
        let a = |hour_ms| row("a-resource-with-a-long-name", Some(1), hour_ms);
        let rows = [
            UsageRow { gpu_util_mean_ratio: Some(0.5), ..a(0) },
            UsageRow { gpu_mem_used_max_gib: Some(7.0), ..a(3_600_000) },
            UsageRow { network_gib: Some(0.25), ..row("b", None, 0) },
        ];
        assert_eq!(Usage::rows(&frame).unwrap(), rows);
        let expected = Usage::frame(&rows).unwrap();
        assert_eq!(frame.schema(), expected.schema());
        assert!(Frame::<Usage>::new(&frame).is_ok());
    }

    #[test]
    fn without_rows_the_frame_is_empty_and_complete() {
        let columns = UsageColumns::default();
        assert!(columns.is_empty());
        let frame = columns.frame().unwrap();
        assert_eq!(frame.schema(), Usage::frame(&[]).unwrap().schema());
    }
}

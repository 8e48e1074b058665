//! The `usage` frame, column by column: months of a fleet are too many rows to be values of their own first.

use polars::prelude::*;

use super::{
    rows::Usage,
    spec::{FrameKind as _, SchemaError},
};

/// What was measured in an hour of one accelerator, or of a machine. NaN: not known.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the columns of the frame are documented there")]
pub struct UsageHour {
    /// Its start, in milliseconds since 1970.
    pub hour_ms: i64,
    pub gpu_util_mean_ratio: f64,
    pub gpu_util_max_ratio: f64,
    pub gpu_active_mean_ratio: f64,
    pub gpu_active_max_ratio: f64,
    pub gpu_mem_used_mean_gib: f64,
    pub gpu_mem_used_max_gib: f64,
    pub gpu_power_mean_watts: f64,
    pub cpu_util_mean_ratio: f64,
    pub network_gib: f64,
}

/// Reads what stands in a column.
type Reading = fn(&UsageHour) -> f64;

/// Columns of measurements, with the way to each.
const MEASURED: [(&str, Reading); 9] = [
    ("gpu_util_mean_ratio", |hour| hour.gpu_util_mean_ratio),
    ("gpu_util_max_ratio", |hour| hour.gpu_util_max_ratio),
    ("gpu_active_mean_ratio", |hour| hour.gpu_active_mean_ratio),
    ("gpu_active_max_ratio", |hour| hour.gpu_active_max_ratio),
    ("gpu_mem_used_mean_gib", |hour| hour.gpu_mem_used_mean_gib),
    ("gpu_mem_used_max_gib", |hour| hour.gpu_mem_used_max_gib),
    ("gpu_power_mean_watts", |hour| hour.gpu_power_mean_watts),
    ("cpu_util_mean_ratio", |hour| hour.cpu_util_mean_ratio),
    ("network_gib", |hour| hour.network_gib),
];

impl UsageHour {
    /// An hour of which nothing is known.
    pub fn unknown(hour_ms: i64) -> Self {
        Self {
            hour_ms,
            gpu_util_mean_ratio: f64::NAN,
            gpu_util_max_ratio: f64::NAN,
            gpu_active_mean_ratio: f64::NAN,
            gpu_active_max_ratio: f64::NAN,
            gpu_mem_used_mean_gib: f64::NAN,
            gpu_mem_used_max_gib: f64::NAN,
            gpu_power_mean_watts: f64::NAN,
            cpu_util_mean_ratio: f64::NAN,
            network_gib: f64::NAN,
        }
    }
}

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

    /// Adds the hours of one accelerator of which anything is known.
    pub fn extend(&mut self, of: &UsageOf<'_>, hours: impl Iterator<Item = UsageHour>) {
        let before = self.hours_ms.len();
        for hour in hours {
            let row = self.hours_ms.len();
            let mut is_known = false;
            for (column, (_, read)) in self.values.iter_mut().zip(MEASURED) {
                let value = read(&hour);
                if !value.is_nan() {
                    column.resize(row, f64::NAN);
                    column.push(value);
                    is_known = true;
                }
            }
            if is_known {
                self.hours_ms.push(hour.hour_ms);
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
        for ((name, _), column) in MEASURED.into_iter().zip(self.values) {
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

    #[test]
    fn columns_make_the_frame_that_their_rows_would_make() {
        let mut columns = UsageColumns::default();
        let of = |resource_id, gpu_index| UsageOf { resource_id, gpu_index, source: "sagemaker" };
        let of_a = [
            UsageHour { gpu_util_mean_ratio: 0.5, ..UsageHour::unknown(0) },
            UsageHour::unknown(1_800_000),
            UsageHour { gpu_mem_used_max_gib: 7.0, ..UsageHour::unknown(3_600_000) },
        ];
        columns.extend(&of("a-resource-with-a-long-name", Some(1)), of_a.into_iter());
        columns.extend(&of("nothing", None), std::iter::empty());
        let of_b = [UsageHour { network_gib: 0.25, ..UsageHour::unknown(0) }];
        columns.extend(&of("b", None), of_b.into_iter());

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

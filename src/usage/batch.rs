//! One slice of telemetry, column by column.

use std::{borrow::Cow, ops::Range};

use super::{Measure, Scale};
use crate::frame::UsageRow;

/// Consecutive rows of one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The resource.
    pub resource_id: String,
    /// Rows within the batch.
    pub rows: Range<usize>,
}

/// A column of numbers as the file holds it.
#[derive(Debug, Clone)]
pub enum Floats<'a> {
    /// Single precision, no nulls.
    Single(&'a [f32]),
    /// Double precision, no nulls.
    Double(&'a [f64]),
    /// Double precision; NaN stands for a null.
    Sparse(Cow<'a, [f64]>),
}

/// One slice of a file.
#[derive(Debug, Clone)]
pub struct Batch<'a> {
    /// File name for messages.
    pub file: &'a str,
    /// Row of the file at which the batch starts, from 0.
    pub first_row: usize,
    /// Rows by resource.
    pub runs: Vec<Run>,
    /// Time of each row, milliseconds since 1970.
    pub times_ms: Cow<'a, [i64]>,
    /// Accelerator of each row; -1 for the whole machine. Empty: all rows are about the whole machine.
    pub gpu_index: Cow<'a, [i64]>,
    /// Samples behind each row. Empty: one each.
    pub sample_count: Cow<'a, [i64]>,
    /// The columns measured, with their names in the documentation.
    pub measures: Vec<(Measure, &'static str, Scale, Floats<'a>)>,
}

/// Hourly rows in memory, sorted by resource, as a batch.
pub(super) fn of_rows<'a>(rows: &[&UsageRow]) -> Batch<'a> {
    let mut runs: Vec<Run> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if run.resource_id == row.resource_id => run.rows.end = index + 1,
            _ => runs.push(Run { resource_id: row.resource_id.clone(), rows: index..index + 1 }),
        }
    }
    let floats = |read: fn(&UsageRow) -> Option<f64>| {
        Floats::Sparse(rows.iter().map(|row| read(row).unwrap_or(f64::NAN)).collect())
    };
    let one = Scale(1.0);
    Batch {
        file: "usage",
        first_row: 0,
        runs,
        times_ms: rows.iter().map(|row| row.hour_start.0).collect(),
        gpu_index: rows.iter().map(|row| row.gpu_index.unwrap_or(-1)).collect(),
        sample_count: rows.iter().map(|row| row.sample_count).collect(),
        measures: vec![
            (Measure::GpuUtil, "gpu_util_mean_ratio", one, floats(|row| row.gpu_util_mean_ratio)),
            (Measure::GpuUtilMax, "gpu_util_max_ratio", one, floats(|row| row.gpu_util_max_ratio)),
            (
                Measure::GpuActive,
                "gpu_active_mean_ratio",
                one,
                floats(|row| row.gpu_active_mean_ratio),
            ),
            (
                Measure::GpuActiveMax,
                "gpu_active_max_ratio",
                one,
                floats(|row| row.gpu_active_max_ratio),
            ),
            (
                Measure::GpuMem,
                "gpu_mem_used_mean_gib",
                one,
                floats(|row| row.gpu_mem_used_mean_gib),
            ),
            (
                Measure::GpuMemMax,
                "gpu_mem_used_max_gib",
                one,
                floats(|row| row.gpu_mem_used_max_gib),
            ),
            (
                Measure::GpuPower,
                "gpu_power_mean_watts",
                one,
                floats(|row| row.gpu_power_mean_watts),
            ),
            (Measure::Cpu, "cpu_util_mean_ratio", one, floats(|row| row.cpu_util_mean_ratio)),
            (Measure::Network, "network_gib", one, floats(|row| row.network_gib)),
        ],
    }
}

//! The columns that telemetry files may have, in their units, and other people's names for them.

use std::collections::BTreeMap;

use super::UsageError;
use crate::nearest::nearest;

/// What a column measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Accelerator utilisation: mean of the sample.
    GpuUtil,
    /// Accelerator utilisation: highest within the sample.
    GpuUtilMax,
    /// Engine or SM activity.
    GpuActive,
    /// Accelerator memory in use: mean of the sample.
    GpuMem,
    /// Accelerator memory in use: highest within the sample.
    GpuMemMax,
    /// Power draw.
    GpuPower,
    /// CPU utilisation of the machine.
    Cpu,
    /// Network traffic in the sample's time.
    Network,
}

impl Measure {
    /// All measures, in the order of their arrays.
    pub const ALL: [Self; 8] = [
        Self::GpuUtil,
        Self::GpuUtilMax,
        Self::GpuActive,
        Self::GpuMem,
        Self::GpuMemMax,
        Self::GpuPower,
        Self::Cpu,
        Self::Network,
    ];

    /// True for shares that must lie in 0..1.
    pub fn is_ratio(self) -> bool {
        matches!(self, Self::GpuUtil | Self::GpuUtilMax | Self::GpuActive | Self::Cpu)
    }
}

/// Factor from the column's unit to ours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale(pub f64);

/// A column that is read, by its documented name.
#[derive(Debug, Clone, Copy)]
pub struct AcceptedColumn {
    /// Name in our spelling; its suffix is its unit.
    pub name: &'static str,
    /// What it measures; `None` for the key columns.
    pub measure: Option<Measure>,
    /// To our unit.
    pub scale: Scale,
    /// What it holds.
    pub doc: &'static str,
}

const MIB: f64 = 1.0 / 1024.0;
const BYTE: f64 = 1.0 / 1_073_741_824.0;

const fn key(name: &'static str, doc: &'static str) -> AcceptedColumn {
    AcceptedColumn { name, measure: None, scale: Scale(1.0), doc }
}

const fn of(name: &'static str, measure: Measure, scale: f64, doc: &'static str) -> AcceptedColumn {
    AcceptedColumn { name, measure: Some(measure), scale: Scale(scale), doc }
}

/// Every column that is read. The first name of a measure that a file has is taken.
pub const ACCEPTED_COLUMNS: &[AcceptedColumn] = &[
    key("resource_id", "The resource measured; needed."),
    key("time", "Time of the sample: timestamp, or seconds or milliseconds since 1970; needed."),
    key("gpu_index", "Which accelerator, from 0; absent or empty: the whole machine."),
    key("sample_count", "Samples behind the row; absent: one."),
    of("gpu_util_mean_ratio", Measure::GpuUtil, 1.0, "Mean utilisation, 0 to 1."),
    of("gpu_util_ratio", Measure::GpuUtil, 1.0, "Utilisation, 0 to 1."),
    of("gpu_util_percent", Measure::GpuUtil, 0.01, "Utilisation, 0 to 100."),
    of("gpu_util_max_ratio", Measure::GpuUtilMax, 1.0, "Highest utilisation within the sample."),
    of("gpu_active_mean_ratio", Measure::GpuActive, 1.0, "Mean engine or SM activity, 0 to 1."),
    of("gpu_active_ratio", Measure::GpuActive, 1.0, "Engine or SM activity, 0 to 1."),
    of("gpu_active_percent", Measure::GpuActive, 0.01, "Engine or SM activity, 0 to 100."),
    of("gpu_mem_used_mean_gib", Measure::GpuMem, 1.0, "Mean accelerator memory in use."),
    of("gpu_mem_used_gib", Measure::GpuMem, 1.0, "Accelerator memory in use."),
    of("gpu_mem_used_mib", Measure::GpuMem, MIB, "Accelerator memory in use."),
    of("gpu_mem_used_bytes", Measure::GpuMem, BYTE, "Accelerator memory in use."),
    of("gpu_mem_used_max_gib", Measure::GpuMemMax, 1.0, "Highest memory within the sample."),
    of("gpu_power_mean_watts", Measure::GpuPower, 1.0, "Mean power draw."),
    of("gpu_power_watts", Measure::GpuPower, 1.0, "Power draw."),
    of("cpu_util_mean_ratio", Measure::Cpu, 1.0, "Mean CPU utilisation of the machine, 0 to 1."),
    of("cpu_util_ratio", Measure::Cpu, 1.0, "CPU utilisation of the machine, 0 to 1."),
    of("cpu_util_percent", Measure::Cpu, 0.01, "CPU utilisation of the machine, 0 to 100."),
    of("network_gib", Measure::Network, 1.0, "Traffic in both directions within the sample."),
    of("network_bytes", Measure::Network, BYTE, "Traffic in both directions within the sample."),
];

/// Our column names → the file's.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ColumnMap {
    theirs: BTreeMap<String, String>,
}

impl ColumnMap {
    /// A map whose left sides are accepted names.
    pub fn new(theirs: BTreeMap<String, String>) -> Result<Self, UsageError> {
        for column in theirs.keys() {
            if !ACCEPTED_COLUMNS.iter().any(|accepted| accepted.name == column) {
                let known = ACCEPTED_COLUMNS.iter().map(|accepted| accepted.name);
                let hint = nearest(column, known)
                    .map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
                return Err(UsageError::UnknownColumn { column: column.clone(), hint });
            }
        }
        Ok(Self { theirs })
    }

    /// The map of a snapshot's own usage frame.
    pub fn of_frame() -> Self {
        Self { theirs: [("time".to_owned(), "hour_start".to_owned())].into() }
    }

    /// The file's name for one of ours.
    pub fn theirs<'a>(&'a self, ours: &'a str) -> &'a str {
        self.theirs.get(ours).map_or(ours, String::as_str)
    }

    /// The file's name if the settings state one.
    pub fn stated(&self, ours: &str) -> Option<&str> {
        self.theirs.get(ours).map(String::as_str)
    }
}

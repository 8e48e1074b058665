//! What can be wrong with telemetry.

use jiff::Timestamp;

use crate::provider::table::ImportError;

/// Why telemetry could not be used. Nothing of it was.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum UsageError {
    /// The file cannot be opened.
    #[error("metrics file `{file}` cannot be opened")]
    #[diagnostic(code(metrics::unreadable), help("check the path and its permissions"))]
    Open {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not Parquet, or it was cut off.
    #[error("metrics file `{file}` is not readable Parquet: {reason}")]
    #[diagnostic(
        code(metrics::corrupt),
        help("it is probably cut off or damaged: copy or export it again")
    )]
    Corrupt {
        /// The file.
        file: String,
        /// What the reader said, on one line.
        reason: String,
    },
    /// A needed column is absent.
    #[error("metrics file `{file}` has no column `{column}`; it has {found}")]
    #[diagnostic(
        code(metrics::missing_column),
        help("name the file's own column in the settings: `[columns.metrics]` `{column} = \"…\"`")
    )]
    MissingColumn {
        /// The file.
        file: String,
        /// The column that is needed.
        column: String,
        /// The columns it has.
        found: String,
    },
    /// No column holds a measurement.
    #[error("metrics file `{file}` has no column with a measurement; it has {found}")]
    #[diagnostic(
        code(metrics::no_measure),
        help(
            "`ai-cost schema metrics` lists the columns that are read; map others in the settings under `[columns.metrics]`"
        )
    )]
    NoMeasure {
        /// The file.
        file: String,
        /// The columns it has.
        found: String,
    },
    /// A column has a type that cannot be read.
    #[error("column `{column}` of metrics file `{file}` is {found}, not {expected}")]
    #[diagnostic(code(metrics::column_type), help("export the column with that type"))]
    ColumnType {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// Type in the file.
        found: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// The map in the settings names a column of ours that does not exist.
    #[error("settings map the column `{column}`, which metrics do not have{hint}")]
    #[diagnostic(
        code(metrics::unknown_column),
        help("`ai-cost schema metrics` lists the columns that can be mapped")
    )]
    UnknownColumn {
        /// The name in the settings.
        column: String,
        /// `; did you mean …?` or nothing.
        hint: String,
    },
    /// A value that cannot be true.
    #[error(
        "column `{column}` of metrics file `{file}` holds {value} in row {row}, for `{resource_id}`: {expected}"
    )]
    #[diagnostic(
        code(metrics::value),
        help(
            "a missing measurement is an empty cell, never a negative number or NaN; percent belongs into a `_percent` column"
        )
    )]
    Value {
        /// The file.
        file: String,
        /// The column.
        column: &'static str,
        /// The row, counted from 1.
        row: usize,
        /// The resource.
        resource_id: String,
        /// The value.
        value: f64,
        /// What it has to be.
        expected: &'static str,
    },
    /// A key column is empty.
    #[error("column `{column}` of metrics file `{file}` is empty in row {row}")]
    #[diagnostic(code(metrics::null_key), help("every sample needs a resource and a time"))]
    NullKey {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The row, counted from 1.
        row: usize,
    },
    /// A sample outside the audited time.
    #[error(
        "metrics file `{file}` has a sample of {at} in row {row}, outside the window from {start} to {end}"
    )]
    #[diagnostic(
        code(metrics::outside_window),
        help("widen the window with --window-start and --window-end, or cut the file")
    )]
    OutsideWindow {
        /// The file.
        file: String,
        /// The row, counted from 1.
        row: usize,
        /// The sample's time.
        at: Timestamp,
        /// Start of the window.
        start: Timestamp,
        /// End of the window.
        end: Timestamp,
    },
    /// The same sample twice.
    #[error(
        "metrics file `{file}` has two samples of `{resource_id}` at {at}; the second is in row {row}"
    )]
    #[diagnostic(
        code(metrics::duplicate),
        help(
            "a resource with several accelerators needs the column `gpu_index`; otherwise remove the duplicates"
        )
    )]
    Duplicate {
        /// The file.
        file: String,
        /// The row, counted from 1.
        row: usize,
        /// The resource.
        resource_id: String,
        /// The time.
        at: Timestamp,
    },
    /// A text file is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Text(#[from] Box<ImportError>),
    /// A resource comes back after another one: the file has to be read in the other way. Never leaves this module.
    #[error(
        "metrics file `{file}` is not sorted by resource: `{resource_id}` comes back in row {row}"
    )]
    #[diagnostic(code(metrics::not_sorted), help("sort the file by resource and time"))]
    NotSorted {
        /// The file.
        file: String,
        /// The row, counted from 1.
        row: usize,
        /// The resource.
        resource_id: String,
    },
}

impl From<ImportError> for UsageError {
    fn from(error: ImportError) -> Self {
        Self::Text(Box::new(error))
    }
}

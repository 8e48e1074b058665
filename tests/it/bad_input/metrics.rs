//! Telemetry.

use std::fs::File;

use insta::assert_snapshot;
use polars::prelude::*;

use super::{refused, truncate};
use crate::support::Folder;

const METRICS: &str = "--metrics metrics.csv --window-start 2026-10-01 --window-end 2026-10-09";
const PARQUET: &str = "--metrics metrics.parquet --window-start 2026-10-01 --window-end 2026-10-09";

/// A folder whose `metrics.csv` holds these lines.
fn with_metrics(text: &str) -> Folder {
    let folder = Folder::new();
    folder.write("metrics.csv", text);
    folder
}

/// A folder whose `metrics.parquet` holds this frame.
fn with_parquet(mut frame: DataFrame) -> Folder {
    let folder = Folder::new();
    let file = File::create(folder.path("metrics.parquet")).unwrap();
    ParquetWriter::new(file).finish(&mut frame).unwrap();
    folder
}

/// A minute of one machine, 2026-10-01T00:00:00Z.
fn sample(util_ratio: f64) -> DataFrame {
    df!(
        "resource_id" => ["trainer", "trainer"],
        "time" => [1_790_812_800_000_i64, 1_790_812_860_000],
        "gpu_util_ratio" => [0.5, util_ratio],
    )
    .unwrap()
}

#[test]
fn a_column_is_missing() {
    let folder = with_metrics("machine,time,gpu_util_ratio\ntrainer,2026-10-01T00:00:00Z,0.5\n");
    assert_snapshot!(refused(&folder, METRICS), @r#"
    metrics::missing_column

      × metrics file `metrics.csv` has no column `resource_id`; it has machine,
      │ time, gpu_util_ratio
      help: name the file's own column in the settings: `[columns.metrics]`
            `resource_id = "…"`
    "#);
}

#[test]
fn nothing_is_measured() {
    let folder = with_metrics("resource_id,time,load\ntrainer,2026-10-01T00:00:00Z,0.5\n");
    assert_snapshot!(refused(&folder, METRICS), @r"
    metrics::no_measure

      × metrics file `metrics.csv` has no column with a measurement; it has
      │ resource_id, time, load
      help: `ai-cost schema metrics` lists the columns that are read; map others
            in the settings under `[columns.metrics]`
    ");
}

#[test]
fn the_map_of_columns_names_a_measure_that_does_not_exist() {
    let folder = with_metrics("resource_id,time,u\ntrainer,2026-10-01T00:00:00Z,0.5\n");
    folder.write("ai-cost.toml", "columns.metrics.gpu_utl_ratio = 'u'\n");
    assert_snapshot!(refused(&folder, METRICS), @r"
    metrics::unknown_column

      × settings map the column `gpu_utl_ratio`, which metrics do not have; did
      │ you mean `gpu_util_ratio`?
      help: `ai-cost schema metrics` lists the columns that can be mapped
    ");
}

#[test]
fn utilisation_below_nothing() {
    let folder =
        with_metrics("resource_id,time,gpu_util_ratio\ntrainer,2026-10-01T00:00:00Z,-0.1\n");
    assert_snapshot!(refused(&folder, METRICS), @r"
    metrics::value

      × column `gpu_util_ratio` of metrics file `metrics.csv` holds -0.1 in row 1,
      │ for `trainer`: a share from 0 to 1 (or 0 to 100 percent) is expected
      help: a missing measurement is an empty cell, never a negative number or
            NaN; percent belongs into a `_percent` column
    ");
    assert_snapshot!(refused(&with_parquet(sample(-0.1)), PARQUET), @r"
    metrics::value

      × column `gpu_util_ratio` of metrics file `metrics.parquet` holds -0.1 in
      │ row 2, for `trainer`: a share from 0 to 1 (or 0 to 100 percent) is
      │ expected
      help: a missing measurement is an empty cell, never a negative number or
            NaN; percent belongs into a `_percent` column
    ");
}

#[test]
fn utilisation_that_is_not_a_number() {
    let folder =
        with_metrics("resource_id,time,gpu_util_ratio\ntrainer,2026-10-01T00:00:00Z,NaN\n");
    assert_snapshot!(refused(&folder, METRICS), @r"
    import::not_finite

      × metrics.csv, line 2, column `gpu_util_ratio`: `NaN` is not a finite number
      │ below 1e15
      help: leave the cell empty if the value is unknown
    ");
    assert_snapshot!(refused(&with_parquet(sample(f64::NAN)), PARQUET), @r"
    metrics::value

      × column `gpu_util_ratio` of metrics file `metrics.parquet` holds NaN in row
      │ 2, for `trainer`: a share from 0 to 1 (or 0 to 100 percent) is expected
      help: a missing measurement is an empty cell, never a negative number or
            NaN; percent belongs into a `_percent` column
    ");
}

#[test]
fn percent_in_a_column_of_ratios() {
    let folder = with_metrics("resource_id,time,gpu_util_ratio\ntrainer,2026-10-01T00:00:00Z,55\n");
    assert_snapshot!(refused(&folder, METRICS), @r"
    metrics::value

      × column `gpu_util_ratio` of metrics file `metrics.csv` holds 55 in row 1,
      │ for `trainer`: a share from 0 to 1 (or 0 to 100 percent) is expected
      help: a missing measurement is an empty cell, never a negative number or
            NaN; percent belongs into a `_percent` column
    ");
}

#[test]
fn a_sample_outside_the_window() {
    let folder =
        with_metrics("resource_id,time,gpu_util_ratio\ntrainer,2026-10-09T00:00:00Z,0.5\n");
    assert_snapshot!(refused(&folder, METRICS), @r"
    metrics::outside_window

      × metrics file `metrics.csv` has a sample of 2026-10-09T00:00:00Z in row 1,
      │ outside the window from 2026-10-01T00:00:00Z to 2026-10-09T00:00:00Z
      help: widen the window with --window-start and --window-end, or cut the file
    ");
}

#[test]
fn a_time_that_is_none() {
    let folder = with_metrics("resource_id,time,gpu_util_ratio\ntrainer,yesterday,0.5\n");
    assert_snapshot!(refused(&folder, METRICS), @r"
    import::time

      × metrics.csv, line 2, column `time`: `yesterday` is not a date or time
      help: write times as 2026-10-31T08:00:00Z, days as 2026-10-31, or seconds or
            milliseconds since 1970; 10/31/2026 is read as month/day/year, and
            only under English headers
    ");
}

#[test]
fn one_sample_twice() {
    let row = "trainer,2026-10-01T00:00:00Z,0.5\n";
    let folder = with_metrics(&format!("resource_id,time,gpu_util_ratio\n{row}{row}"));
    assert_snapshot!(refused(&folder, METRICS), @r"
    metrics::duplicate

      × metrics file `metrics.csv` has two samples of `trainer` at 2026-10-
      │ 01T00:00:00Z; the second is in row 2
      help: a resource with several accelerators needs the column `gpu_index`;
            otherwise remove the duplicates
    ");
}

#[test]
fn a_truncated_file() {
    let folder = with_parquet(sample(0.6));
    truncate(&folder, "metrics.parquet");
    assert_snapshot!(refused(&folder, PARQUET), @r"
    metrics::corrupt

      × metrics file `metrics.parquet` is not readable Parquet: parquet: File out
      │ of specification: The file must end with PAR1
      help: it is probably cut off or damaged: copy or export it again
    ");
}

#[test]
fn a_corrupt_file() {
    let folder = with_parquet(sample(0.6));
    let mut bytes = std::fs::read(folder.path("metrics.parquet")).unwrap();
    let pages = 4..bytes.len() / 3;
    bytes[pages].fill(0xFF);
    folder.write("metrics.parquet", bytes);
    assert_snapshot!(refused(&folder, PARQUET), @r"
    metrics::corrupt

      × metrics file `metrics.parquet` is not readable Parquet: parquet: File out
      │ of specification: Invalid thrift: bad data
      help: it is probably cut off or damaged: copy or export it again
    ");
}

#[test]
fn a_column_of_text_where_numbers_belong() {
    let frame = df!(
        "resource_id" => ["trainer"],
        "time" => [1_790_812_800_000_i64],
        "gpu_util_ratio" => ["half"],
    );
    assert_snapshot!(refused(&with_parquet(frame.unwrap()), PARQUET), @r"
    metrics::column_type

      × column `gpu_util_ratio` of metrics file `metrics.parquet` is str, not a
      │ number
      help: export the column with that type
    ");
}

#[test]
fn a_window_that_ends_before_it_starts() {
    let folder = Folder::with_bundle();
    let arguments = "--metrics metrics.csv --window-start 2026-10-09 --window-end 2026-10-01";
    assert_snapshot!(refused(&folder, arguments), @r"
    bundle::window

      × the window from 2026-10-09T00:00:00Z to 2026-10-01T00:00:00Z is empty: its
      │ end must be after its start
      help: swap --window-start and --window-end
    ");
}

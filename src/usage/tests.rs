//! Telemetry files as they come, good and bad.

mod more;

use std::{fs::File, path::PathBuf};

use polars::prelude::*;

use super::{ColumnMap, Measure, ResourceHours, UsageError, UsageSink, UsageSource, time_range};
use crate::window::Window;

#[derive(Default)]
struct Kept(Vec<ResourceHours>);

impl UsageSink for Kept {
    fn take(&mut self, hours: &ResourceHours) {
        self.0.push(hours.clone());
    }
    fn restart(&mut self) {
        self.0.clear();
    }
}

fn window() -> Window {
    Window::new("2026-10-01T00:00:00Z".parse().unwrap(), "2026-10-01T03:00:00Z".parse().unwrap())
        .unwrap()
}

/// Minutes after the start of the window, as milliseconds since 1970.
fn at(minutes: i64) -> i64 {
    1_790_812_800_000 + minutes * 60_000
}

fn write(mut df: DataFrame) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.parquet");
    ParquetWriter::new(File::create(&path).unwrap()).finish(&mut df).unwrap();
    (folder, path)
}

fn read(df: DataFrame, columns: &[(&str, &str)]) -> Result<Vec<ResourceHours>, UsageError> {
    let (_folder, path) = write(df);
    let map = columns.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    let source = UsageSource::Files { paths: vec![path], columns: ColumnMap::new(map)? };
    let mut kept = Kept::default();
    source.for_each(window(), &mut kept)?;
    Ok(kept.0)
}

#[test]
fn five_minute_samples_become_hours_with_mean_and_maximum() {
    let df = df!(
        "resource_id" => ["a", "a", "a", "b"],
        "time" => [at(0), at(5), at(65), at(130)],
        "gpu_util_percent" => [10.0, 30.0, 50.0, 100.0],
        "gpu_mem_used_mib" => [1024.0, 4096.0, 2048.0, 512.0],
    )
    .unwrap();

    let all = read(df, &[]).unwrap();

    let ids: Vec<&str> = all.iter().map(|hours| hours.resource_id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    let gpu = &all[0].gpus[0];
    let util: Vec<Option<f64>> = (0..3).map(|h| gpu.series(Measure::GpuUtil).mean(h)).collect();
    assert_eq!(util, [Some(0.2), Some(0.5), None]);
    assert_eq!(gpu.series(Measure::GpuMem).max(0), Some(4.0));
    assert_eq!(gpu.sample_count(0), 2);
}

#[test]
fn rows_in_another_order_give_the_same_hours() {
    let sorted = df!(
        "resource_id" => ["a", "a", "b", "b"],
        "time" => [at(0), at(5), at(0), at(5)],
        "gpu_util_ratio" => [0.1, 0.3, 0.5, 0.7],
    )
    .unwrap();
    let mixed = df!(
        "resource_id" => ["b", "a", "b", "a"],
        "time" => [at(5), at(5), at(0), at(0)],
        "gpu_util_ratio" => [0.7, 0.3, 0.5, 0.1],
    )
    .unwrap();
    let mean = |df| -> Vec<(String, Option<f64>)> {
        let all = read(df, &[]).unwrap();
        let of = |h: &ResourceHours| {
            let mean = h.gpus[0].series(Measure::GpuUtil).mean(0);
            (h.resource_id.clone(), mean.map(|ratio| (ratio * 1e9).round() / 1e9))
        };
        all.iter().map(of).collect()
    };

    let expected = vec![("a".to_owned(), Some(0.2)), ("b".to_owned(), Some(0.6))];
    assert_eq!(mean(sorted), expected);
    assert_eq!(mean(mixed), expected);
}

#[test]
fn other_peoples_names_seconds_and_nulls_are_read() {
    let df = df!(
        "pod" => ["p", "p", "p"],
        "t" => [at(0) / 1000, at(1) / 1000, at(2) / 1000],
        "duty" => [Some(20.0), None, Some(40.0)],
    )
    .unwrap();

    let all =
        read(df, &[("resource_id", "pod"), ("time", "t"), ("gpu_util_percent", "duty")]).unwrap();

    let series = all[0].gpus[0].series(Measure::GpuUtil);
    assert_eq!(series.mean(0).map(|ratio| (ratio * 1e9).round() / 1e9), Some(0.3));
    assert_eq!(all[0].gpus[0].sample_count(0), 2);
}

#[test]
fn accelerators_of_one_machine_are_kept_apart() {
    let df = df!(
        "resource_id" => ["a", "a", "a", "a"],
        "gpu_index" => [0, 1, 0, 1],
        "time" => [at(0), at(0), at(5), at(5)],
        "gpu_util_ratio" => [1.0_f32, 0.0, 1.0, 0.0],
    )
    .unwrap();

    let all = read(df, &[]).unwrap();

    let means: Vec<(Option<i64>, Option<f64>)> =
        all[0].gpus.iter().map(|g| (g.gpu_index, g.series(Measure::GpuUtil).mean(0))).collect();
    assert_eq!(means, [(Some(0), Some(1.0)), (Some(1), Some(0.0))]);
}

#[test]
fn a_share_a_little_above_one_is_one() {
    let df = df!("resource_id" => ["a"], "time" => [at(0)], "gpu_util_percent" => [101.0]).unwrap();
    let all = read(df, &[]).unwrap();
    assert_eq!(all[0].gpus[0].series(Measure::GpuUtil).mean(0), Some(1.0));
}

#[test]
fn bad_values_are_refused_with_file_column_and_row() {
    let refused = |value: f64| {
        let df = df!(
            "resource_id" => ["a", "a"],
            "time" => [at(0), at(65)],
            "gpu_util_ratio" => [0.5, value],
        )
        .unwrap();
        read(df, &[]).unwrap_err().to_string()
    };
    assert_eq!(
        refused(-0.25),
        "column `gpu_util_ratio` of metrics file `m.parquet` holds -0.25 in row 2, for `a`: \
         a share from 0 to 1 (or 0 to 100 percent) is expected"
    );
    assert!(refused(f64::NAN).contains("holds NaN in row 2"));
    assert!(refused(35.0).contains("holds 35 in row 2"));
}

#[test]
fn the_row_of_a_bad_value_is_its_own_and_not_that_of_the_hour() {
    let refused = |df: PolarsResult<DataFrame>| read(df.unwrap(), &[]).unwrap_err().to_string();
    let hour = [at(0), at(5), at(10), at(15)];
    let single = refused(df!(
        "resource_id" => ["a"; 4], "time" => hour, "gpu_util_percent" => [1.0_f32, 2.0, 170.0, 4.0],
    ));
    assert!(single.contains("holds 170 in row 3, for `a`"), "{single}");
    let sparse = refused(df!(
        "resource_id" => ["a"; 4], "time" => hour, "gpu_util_ratio" => [Some(0.1), None, None, Some(-0.5)],
    ));
    assert!(sparse.contains("holds -0.5 in row 4, for `a`"), "{sparse}");
    let memory = refused(df!(
        "resource_id" => ["a"; 4], "time" => hour, "gpu_mem_used_gib" => [1.0, f64::INFINITY, 1.0, 1.0],
    ));
    assert!(memory.contains("holds inf in row 2, for `a`"), "{memory}");
}

#[test]
fn a_row_stands_for_no_fewer_than_no_samples() {
    let read = |counts: [i64; 2]| {
        let df = df!(
            "resource_id" => ["a", "a"],
            "time" => [at(0), at(5)],
            "sample_count" => counts,
            "gpu_util_percent" => [50.0, 90.0],
        );
        read(df.unwrap(), &[])
    };
    assert_eq!(
        read([12, -5]).unwrap_err().to_string(),
        "column `sample_count` of metrics file `m.parquet` holds -5 in row 2, for `a`: a number of 0 or more is \
         expected"
    );
    // Without samples a value says nothing, not even the highest.
    let all = read([12, 0]).unwrap();
    let series = all[0].gpus[0].series(Measure::GpuUtil);
    assert_eq!((series.mean(0), series.max(0)), (Some(0.5), Some(0.5)));
}

#[test]
fn a_sample_outside_the_window_is_refused() {
    let df = df!("resource_id" => ["a"], "time" => [at(180)], "gpu_util_ratio" => [0.5]).unwrap();
    assert_eq!(
        read(df, &[]).unwrap_err().to_string(),
        "metrics file `m.parquet` has a sample of 2026-10-01T03:00:00Z in row 1, outside the window from \
         2026-10-01T00:00:00Z to 2026-10-01T03:00:00Z"
    );
}

#[test]
fn the_same_sample_twice_is_refused_in_any_order() {
    let sorted = df!(
        "resource_id" => ["a", "a"], "time" => [at(5), at(5)], "gpu_util_ratio" => [0.5, 0.6],
    )
    .unwrap();
    let mixed = df!(
        "resource_id" => ["a", "b", "a"],
        "time" => [at(5), at(5), at(5)],
        "gpu_util_ratio" => [0.5, 0.6, 0.5],
    )
    .unwrap();
    let text = |df| read(df, &[]).unwrap_err().to_string();
    assert_eq!(
        text(sorted),
        "metrics file `m.parquet` has two samples of `a` at 2026-10-01T00:05:00Z; the second is in row 2"
    );
    assert!(text(mixed).ends_with("the second is in row 3"));
}

#[test]
fn a_sample_that_comes_late_is_read_and_one_that_comes_again_late_is_refused() {
    let frame = |last: i64| {
        df!(
            "resource_id" => ["a", "b", "a", "b", "a", "b"],
            "time" => [at(0), at(0), at(10), at(10), at(5), at(last)],
            "gpu_util_ratio" => [0.2, 0.2, 0.2, 0.2, 0.5, 0.5],
        )
        .unwrap()
    };
    let all = read(frame(5), &[]).unwrap();
    let ids: Vec<&str> = all.iter().map(|hours| hours.resource_id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    for hours in &all {
        let series = hours.gpus[0].series(Measure::GpuUtil);
        assert_eq!((series.mean(0), series.max(0)), (Some(0.3), Some(0.5)));
    }
    assert_eq!(
        read(frame(0), &[]).unwrap_err().to_string(),
        "metrics file `m.parquet` has two samples of `b` at 2026-10-01T00:00:00Z; the second is in row 6"
    );
}

#[test]
fn a_missing_column_and_a_wrong_map_are_named() {
    let df = || df!("id" => ["a"], "time" => [at(0)], "gpu_util_ratio" => [0.5]).unwrap();
    assert_eq!(
        read(df(), &[]).unwrap_err().to_string(),
        "metrics file `m.parquet` has no column `resource_id`; it has `id`, `time`, `gpu_util_ratio`"
    );
    assert!(
        read(df(), &[("gpu_utilisation", "x")])
            .unwrap_err()
            .to_string()
            .starts_with("settings map the column `gpu_utilisation`, which metrics do not have")
    );
}

#[test]
fn a_file_that_was_cut_off_is_refused() {
    let df = df!("resource_id" => ["a"], "time" => [at(0)], "gpu_util_ratio" => [0.5]).unwrap();
    let (_folder, path) = write(df);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let source = UsageSource::Files { paths: vec![path], columns: ColumnMap::default() };

    let error = source.for_each(window(), &mut Kept::default()).unwrap_err();

    assert!(error.to_string().starts_with("metrics file `m.parquet` is not readable Parquet:"));
}

/// Row groups of two rows each. The first time is in the second, the last in the third.
fn write_groups(statistics: StatisticsOptions) -> (tempfile::TempDir, PathBuf) {
    let mut df = df!(
        "resource_id" => ["a", "a", "b", "b", "c", "c", "d", "d"],
        "time" => [at(20), at(30), at(5), at(40), at(10), at(175), at(30), at(60)],
        "gpu_util_ratio" => [0.5; 8],
    )
    .unwrap();
    let time = DataType::Datetime(TimeUnit::Milliseconds, None);
    df.try_apply("time", |times| times.cast(&time)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.parquet");
    ParquetWriter::new(File::create(&path).unwrap())
        .with_row_group_size(Some(2))
        .with_statistics(statistics)
        .finish(&mut df)
        .unwrap();
    (folder, path)
}

#[test]
fn first_and_last_sample_are_found_with_and_without_statistics_in_the_footer() {
    let instant = |milliseconds| jiff::Timestamp::from_millisecond(milliseconds).unwrap();
    for statistics in [StatisticsOptions::full(), StatisticsOptions::empty()] {
        let (_folder, path) = write_groups(statistics);
        let range = time_range(&[path], &ColumnMap::default()).unwrap();
        assert_eq!(range, Some((instant(at(5)), instant(at(175) + 1))));
    }
}

#[test]
fn every_row_group_of_a_file_is_read() {
    let (_folder, path) = write_groups(StatisticsOptions::full());
    let source = UsageSource::Files { paths: vec![path], columns: ColumnMap::default() };
    let mut kept = Kept::default();
    source.for_each(window(), &mut kept).unwrap();
    let samples = |hours: &ResourceHours| (0..3).map(|hour| hours.gpus[0].sample_count(hour)).sum();
    let seen: Vec<(&str, i64)> =
        kept.0.iter().map(|hours| (hours.resource_id.as_str(), samples(hours))).collect();
    assert_eq!(seen, [("a", 2), ("b", 2), ("c", 2), ("d", 2)]);
}

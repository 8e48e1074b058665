//! The flat forms: CSV, NDJSON and Parquet say the same.

use polars::prelude::{ParquetReader, SerReader as _};

use super::{
    super::{csv, ndjson, parquet, rows::COLUMNS, sample::sample_report},
    is_harmless, rendered,
};

#[test]
fn csv_has_one_row_per_finding_and_no_formulas() {
    let csv = rendered(|out| csv::render(&sample_report(), out));
    assert!(is_harmless(&csv));
    insta::assert_snapshot!(csv, @@@csv@@);
}

#[test]
fn ndjson_has_the_same_columns_with_nulls() {
    let ndjson = rendered(|out| ndjson::render(&sample_report(), out));
    assert!(is_harmless(&ndjson));
    let lines: Vec<serde_json::Map<String, serde_json::Value>> =
        ndjson.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(lines.len(), 8);
    let names: Vec<&str> = lines[0].keys().map(String::as_str).collect();
    let columns: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    assert_eq!(names, columns);
    assert_eq!(lines[1]["counted_likely_usd_per_month"], "480.00");
    assert_eq!(lines[1]["name"], serde_json::Value::Null);
    assert_eq!(lines[6]["claim_likely_usd_per_month"], serde_json::Value::Null);
}

#[test]
fn parquet_has_the_same_columns_with_dollars_as_floats() {
    let mut file = Vec::new();
    parquet::render(&sample_report(), &mut file).expect("memory does not fail");
    let frame = ParquetReader::new(std::io::Cursor::new(&file)).finish().expect("a Parquet file");
    assert_eq!(frame.shape(), (8, COLUMNS.len()));
    let counted = frame.column("counted_likely_usd_per_month").expect("the column");
    let counted: Vec<Option<f64>> = counted.f64().expect("floats").iter().collect();
    assert_eq!(
        counted,
        [2233.8, 480.0, 320.0, 320.0, 0.0, 0.0, 0.0, 0.0].map(Some)
    );
    let claim = frame.column("claim_likely_usd_per_month").expect("the column");
    assert_eq!(claim.f64().expect("floats").get(6), None);

    let mut again = Vec::new();
    parquet::render(&sample_report(), &mut again).expect("memory does not fail");
    assert_eq!(file, again);
}

#[test]
fn a_closed_pipe_is_told_as_one() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let report = sample_report();
    for error in [
        csv::render(&report, &mut Closed),
        ndjson::render(&report, &mut Closed),
        parquet::render(&report, &mut Closed),
        super::super::json::v1::render(&report, &mut Closed),
        super::super::markdown::render(&report, &mut Closed),
        super::super::table::render(&report, &Default::default(), &mut Closed),
    ] {
        assert_eq!(error.expect_err("the pipe is closed").kind(), std::io::ErrorKind::BrokenPipe);
    }
}

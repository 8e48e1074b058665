use std::{fs, io::Write as _, path::PathBuf};

use polars::prelude::*;

use super::*;

mod nested;

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

/// The text of every cell, `-` for unknown, with the place of each row.
fn cells(path: &std::path::Path) -> Result<Vec<String>, ImportError> {
    let table = Table::open(path)?;
    let mut wanted = Selection::new(&table, "test");
    let slots: Vec<Slot> = (0..table.columns.len())
        .filter(|index| !table.columns[*index].is_unread)
        .map(|index| wanted.add(index))
        .collect();
    let mut rows = Vec::new();
    table.read(&wanted, &mut |row| {
        let texts: Vec<_> =
            slots.iter().map(|slot| row.text(*slot).unwrap_or("-".into()).into_owned()).collect();
        let position = match row.place().position {
            Position::Line(line) => format!("line {line}"),
            Position::Row(number) => format!("row {number}"),
        };
        rows.push(format!("{position}: {}", texts.join("|")));
        Ok(())
    })?;
    Ok(rows)
}

fn fault(name: &str, content: impl AsRef<[u8]>) -> String {
    let files = Files::new();
    let error = cells(&files.write(name, content)).expect_err("an error").to_string();
    error.replace(&format!("{}/", files.0.path().display()), "")
}

#[test]
fn csv_of_every_dialect_gives_the_same_cells() {
    let files = Files::new();
    let expected = ["line 2: 1|a,b", "line 3: -|-", "line 4: 3|two\nlines", "line 7: 4|x"];
    for (name, text) in [
        ("plain.csv", "n,t\n1,\"a,b\"\nNULL,null\n3,\"two\nlines\"\n\n4,x\n".to_owned()),
        ("bom.csv", "\u{feff}n,t\n1,\"a,b\"\n,\n3,\"two\nlines\"\n\n4,x".to_owned()),
        ("crlf.csv", "n,t\r\n1,\"a,b\"\r\n,\r\n3,\"two\r\nlines\"\r\n\r\n4,x\r\n".to_owned()),
        ("semicolon.csv", "n;t\n1;a,b\n;\n3;\"two\nlines\"\n\n4;x\n".to_owned()),
        ("extra.csv", "n,t,\n1,\"a,b\",\n,,\n3,\"two\nlines\",,\n\n4,x,\n".to_owned()),
    ] {
        assert_eq!(cells(&files.write(name, text)).unwrap(), expected, "{name}");
    }
}

#[test]
fn ndjson_is_flattened_and_missing_fields_are_unknown() {
    let files = Files::new();
    let path = files.write(
        "rows.json",
        "{\"a\":1,\"s\":{\"d\":\"x\"}}\n\n{\"s\":{\"d\":null},\"l\":[1,2],\"a\":1.5}\n",
    );
    let names: Vec<_> = Table::open(&path).unwrap().columns.into_iter().map(|c| c.name).collect();
    assert_eq!(names, ["a", "s", "s.d", "l"]);
    assert_eq!(
        cells(&path).unwrap(),
        [r#"line 1: 1|{"d":"x"}|x|-"#, r#"line 3: 1.5|{"d":null}|-|[1,2]"#]
    );
}

fn parquet() -> Vec<u8> {
    let days = [20_000_i32, 20_001];
    let mut df = df!(
        "text" => [Some("a"), None],
        "count" => [7_i64, 8],
        "day" => days,
        "at" => [1_727_740_800_000_000_i64, 1_727_744_400_000_000],
    )
    .unwrap();
    df.apply("day", |column| column.cast(&DataType::Date).unwrap()).unwrap();
    df.apply("at", |column| {
        column.cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap()
    })
    .unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut df).unwrap();
    bytes
}

#[test]
fn parquet_dates_and_times_of_any_unit_are_instants() {
    let files = Files::new();
    let path = files.write("rows.parquet", parquet());
    assert_eq!(
        cells(&path).unwrap(),
        [
            "row 1: a|7|2024-10-04T00:00:00Z|2024-10-01T00:00:00Z",
            "row 2: -|8|2024-10-05T00:00:00Z|2024-10-01T01:00:00Z",
        ]
    );
}

#[test]
fn a_nested_file_of_another_writer_is_read() {
    let files = Files::new();
    let path = files.write("cur.parquet", include_bytes!("nested.parquet"));
    assert_eq!(
        cells(&path).unwrap(),
        [r#"row 1: 1.5|[{"key":"a","value":"b"}]|{"x":1}|1"#, r#"row 2: 2.5|[]|{"x":2}|2"#]
    );
}

#[test]
fn broken_files_are_named_with_the_place() {
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zipped.write_all("a,b\n1,2\n".repeat(1000).as_bytes()).unwrap();
    let zipped = zipped.finish().unwrap();
    let whole = parquet();
    for (name, content, expected) in [
        ("empty.csv", Vec::new(), "empty.csv is empty"),
        ("blank.csv", b" \n \n".to_vec(), "blank.csv is empty"),
        (
            "latin.csv",
            b"a,b\n1,2\nx,\xe9\n".to_vec(),
            "latin.csv, line 3: byte 10 of the file is not UTF-8 text",
        ),
        (
            "short.csv",
            b"a,b\n1,2\n3\n".to_vec(),
            "short.csv, line 3 has 1 fields where 2 are expected",
        ),
        (
            "long.csv",
            b"a,b\n1,2,3\n".to_vec(),
            "long.csv, line 2 has 3 fields where 2 are expected",
        ),
        (
            "cut.csv.gz",
            zipped[..zipped.len() - 12].to_vec(),
            "could not read cut.csv.gz to its end: it is truncated or damaged",
        ),
        (
            "cut.parquet",
            whole[..whole.len() - 20].to_vec(),
            "cut.parquet is not readable as Parquet: it is truncated or corrupt",
        ),
        (
            "tail.parquet",
            whole[20..].to_vec(),
            "tail.parquet is named like Parquet but does not begin like it, not CSV, NDJSON or Parquet",
        ),
        ("rows.json", b"{\"a\":1}\n{\"a\":".to_vec(), "rows.json, line 2 is not a JSON object"),
        (
            "array.json",
            b"[{\"a\":1}]".to_vec(),
            "array.json is a JSON array, not CSV, NDJSON or Parquet",
        ),
        (
            "sheet.xlsx",
            b"PK\x03\x04".to_vec(),
            "sheet.xlsx is a ZIP archive or a spreadsheet, not CSV, NDJSON or Parquet",
        ),
        (
            "utf16.csv",
            b"\xff\xfea\x00,\x00b\x00".to_vec(),
            "utf16.csv is UTF-16 text, not CSV, NDJSON or Parquet",
        ),
    ] {
        assert_eq!(fault(name, content), expected);
    }
}

#[test]
fn a_corrupt_page_is_an_error_not_a_panic() {
    let mut bytes = parquet();
    for byte in &mut bytes[8..60] {
        *byte = 0xff;
    }
    let text = fault("page.parquet", bytes);
    assert_eq!(text, "page.parquet is not readable as Parquet: it is truncated or corrupt");
}

#[test]
fn columns_are_found_in_any_spelling_and_never_by_guess() {
    let files = Files::new();
    let path = files.write("c.csv", "lineItem/UsageType,Kosten (Cost),a_b,aB\n1,2,3,4\n");
    let table = Table::open(&path).unwrap();
    assert_eq!(table.find("line_item_usage_type").unwrap(), Some(0));
    assert_eq!(table.find("Cost").unwrap(), Some(1));
    assert_eq!(table.find("a_b").unwrap(), Some(2));
    assert!(matches!(table.find("AB"), Err(ImportError::AmbiguousColumn { .. })));
    assert_eq!(table.find("other").unwrap(), None);
}

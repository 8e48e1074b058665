//! Structs, lists and maps of Parquet, in every spelling.

use super::{
    super::parquet_twin::{parquet, parquet_of_today},
    *,
};

/// The cells of these rows in Parquet, without the number of the row.
fn read(message: &str, ndjson: &str) -> Vec<String> {
    let files = Files::new();
    let all = cells(&files.write("rows.parquet", parquet(message, ndjson, 2))).unwrap();
    all.iter().map(|row| row.split_once(": ").unwrap().1.to_owned()).collect()
}

fn names(message: &str, ndjson: &str) -> Vec<String> {
    let files = Files::new();
    let table = Table::open(&files.write("rows.parquet", parquet(message, ndjson, 2))).unwrap();
    table.columns.into_iter().map(|column| column.name).collect()
}

#[test]
fn a_list_is_the_same_however_its_writer_spells_it() {
    let rows = r#"{"n":1,"l":[{"k":"a","v":"b"},{"k":"c","v":null}]}
{"n":2,"l":[]}
{"n":3,"l":[{"k":"d","v":"e"}]}"#;
    let item = "required binary k (UTF8); optional binary v (UTF8);";
    for list in [
        format!(
            "optional group l (LIST) {{ repeated group list {{ optional group element {{ {item} }} }} }}"
        ),
        format!(
            "required group l (LIST) {{ repeated group list {{ required group item {{ {item} }} }} }}"
        ),
        format!(
            "optional group l (LIST) {{ repeated group bag {{ optional group array_element {{ {item} }} }} }}"
        ),
        format!("optional group l (LIST) {{ repeated group array {{ {item} }} }}"),
        format!("required group l (LIST) {{ repeated group l_tuple {{ {item} }} }}"),
        format!("repeated group l {{ {item} }}"),
    ] {
        assert_eq!(
            read(&format!("required int64 n; {list}"), rows),
            [r#"1|[{"k":"a","v":"b"},{"k":"c"}]"#, "2|[]", r#"3|[{"k":"d","v":"e"}]"#],
            "{list}"
        );
    }
}

#[test]
fn a_list_of_plain_values_is_the_same_however_its_writer_spells_it() {
    let rows = "{\"l\":[\"a\",\"b\"]}\n{\"l\":[]}\n{\"l\":[\"c\"]}";
    for list in [
        "optional group l (LIST) { repeated group list { optional binary element (UTF8); } }",
        "optional group l (LIST) { repeated group bag { optional binary array_element (UTF8); } }",
        "optional group l (LIST) { repeated binary array (UTF8); }",
        "repeated binary l (UTF8);",
    ] {
        assert_eq!(read(list, rows), [r#"["a","b"]"#, "[]", r#"["c"]"#], "{list}");
    }
    let one_part = "optional group l (LIST) { repeated group array { optional binary v (UTF8); } }";
    assert_eq!(read(one_part, r#"{"l":[{"v":"a"},{"v":null}]}"#), [r#"[{"v":"a"},{}]"#]);
}

#[test]
fn a_list_may_be_null_and_hold_nulls() {
    let list =
        "optional group l (LIST) { repeated group list { optional binary element (UTF8); } }";
    assert_eq!(
        read(list, "{\"l\":null}\n{\"l\":[null,\"a\"]}\n{}\n{\"l\":[]}"),
        ["-", r#"[null,"a"]"#, "-", "[]"]
    );
}

#[test]
fn a_map_is_an_object_however_its_writer_spells_it() {
    let rows = r#"{"m":{"team":"nlp","env":null," x ":"null"}}
{"m":null}
{"m":{}}"#;
    let entry = "required binary key (UTF8); optional binary value (UTF8);";
    let expected = [r#"{"team":"nlp","env":null," x ":"null"}"#, "-", "{}"];
    for (outer, inner) in [("MAP", "key_value"), ("MAP", "entries"), ("MAP_KEY_VALUE", "map")] {
        let map = format!("optional group m ({outer}) {{ repeated group {inner} {{ {entry} }} }}");
        assert_eq!(read(&map, rows), expected, "{map}");
        let files = Files::new();
        let path = files.write("rows.parquet", parquet_of_today(&map, rows));
        assert_eq!(
            cells(&path).unwrap(),
            [format!("row 1: {}", expected[0]), "row 2: -".to_owned(), "row 3: {}".to_owned()],
            "{map}"
        );
    }
}

#[test]
fn parts_of_structs_are_columns_as_in_ndjson() {
    let schema = "optional group s {
        required binary id (UTF8);
        optional group deep { optional double x; }
        optional group tags (LIST) { repeated group list { optional binary element (UTF8); } }
        optional binary none (UTF8);
    }
    optional int64 n;";
    let rows = r#"{"s":{"id":"a","deep":{"x":0.5},"tags":["t"]},"n":1}
{"s":null,"n":2}
{"s":{"id":"c","deep":null,"tags":[]},"n":3}"#;
    assert_eq!(names(schema, rows), ["s", "s.id", "s.deep", "s.deep.x", "s.tags", "n"]);
    assert_eq!(
        read(schema, rows),
        [
            r#"{"id":"a","deep":{"x":0.5},"tags":["t"]}|a|{"x":0.5}|0.5|["t"]|1"#,
            "-|-|-|-|-|2",
            r#"{"id":"c","tags":[]}|c|-|-|[]|3"#,
        ]
    );
}

#[test]
fn lists_in_lists_keep_their_shape() {
    let list = "optional group l (LIST) { repeated group list { optional group element {
        optional binary k (UTF8);
        optional group m (MAP) { repeated group key_value { required binary key (UTF8); optional int64 value; } }
    } } }";
    let row = r#"[{"k":"a","m":{"x":1,"y":2}},{"m":{}},{"k":"b"}]"#;
    assert_eq!(read(list, &format!(r#"{{"l":{row}}}"#)), [row]);
}

#[test]
fn decimals_are_exact_and_those_that_are_too_long_are_not_read() {
    let schema = "required fixed_len_byte_array(16) cost (DECIMAL(38, 9));
        optional fixed_len_byte_array(32) long (DECIMAL(76, 38));
        optional group s { optional fixed_len_byte_array(16) part (DECIMAL(38, 9)); optional fixed_len_byte_array(32) long (DECIMAL(76, 38)); }
        optional group l (LIST) { repeated group list { optional fixed_len_byte_array(32) element (DECIMAL(76, 38)); } }";
    let rows = r#"{"cost":"-0.100000001","s":{"part":"123456789012345678.123456789","long":"1"},"l":["1"],"long":"1"}"#;
    assert_eq!(
        read(schema, rows),
        [r#"-0.100000001|{"part":"123456789012345678.123456789"}|123456789012345678.123456789"#]
    );
    let files = Files::new();
    let table = Table::open(&files.write("rows.parquet", parquet(schema, rows, 1))).unwrap();
    let mut wanted = Selection::new(&table, "test");
    assert_eq!(wanted.maybe(&["long"]).unwrap(), None);
    assert_eq!(wanted.unread(), ["long"]);
    let message = wanted.need(&["l"]).unwrap_err().to_string();
    assert!(message.starts_with("the column `l` of "), "{message}");
    assert!(message.ends_with("has a Parquet type that is not read"), "{message}");
}

#[test]
fn rows_of_large_row_groups_come_in_order() {
    use std::fmt::Write as _;
    let mut rows = String::new();
    for n in 0..100_003 {
        let items: Vec<_> = (0..n % 3).map(|item| format!("\"{n}.{item}\"")).collect();
        writeln!(rows, r#"{{"n":{n},"l":[{}]}}"#, items.join(",")).unwrap();
    }
    let list =
        "optional group l (LIST) { repeated group list { optional binary element (UTF8); } }";
    let files = Files::new();
    let bytes = parquet(&format!("required int64 n; {list}"), &rows, usize::MAX);
    let all = cells(&files.write("rows.parquet", bytes)).unwrap();
    assert_eq!(all.len(), 100_003);
    assert_eq!(all[99_999], "row 100000: 99999|[]");
    assert_eq!(all[100_001], r#"row 100002: 100001|["100001.0","100001.1"]"#);
}

fn footer_size(file: &[u8]) -> usize {
    let size = u32::from_le_bytes(*file.last_chunk::<8>().unwrap().first_chunk().unwrap());
    usize::try_from(size).unwrap()
}

#[test]
fn a_cut_nested_file_is_an_error_not_a_panic() {
    let list =
        "optional group l (LIST) { repeated group list { optional binary element (UTF8); } }";
    let rows = r#"{"l":["a","b"]}"#.to_owned() + "\n";
    let whole = parquet(list, &rows.repeat(200), usize::MAX);
    let expected = "cut.parquet is not readable as Parquet: it is truncated or corrupt";
    assert_eq!(fault("cut.parquet", &whole[..whole.len() - 20]), expected);
    // The footer is there, the pages before it are not.
    let footer = whole.len() - 8 - footer_size(&whole);
    assert_eq!(fault("cut.parquet", [b"PAR1", &whole[footer..]].concat()), expected);
}

#[test]
fn damaged_pages_are_an_error_or_other_letters_and_never_a_panic() {
    let list =
        "optional group l (LIST) { repeated group list { optional binary element (UTF8); } }";
    let rows = "{\"l\":[\"a\",\"b\"]}\n{\"l\":null}\n".repeat(50);
    let whole = parquet(list, &rows, usize::MAX);
    let pages = whole.len() - 8 - footer_size(&whole);
    let files = Files::new();
    let mut refused = 0;
    for byte in 4..pages {
        let mut bytes = whole.clone();
        bytes[byte] ^= 0xff;
        match cells(&files.write("damaged.parquet", bytes)) {
            Ok(rows) => assert_eq!(rows.len(), 100),
            Err(error) => {
                refused += 1;
                let ImportError::Parquet { source, .. } = error else { panic!("{error}") };
                assert!(source.to_string().contains("column `l`"), "{source}");
            }
        }
    }
    assert!(refused > 20, "{refused} of {pages}");
}

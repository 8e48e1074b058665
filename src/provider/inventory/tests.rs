use std::{fs, path::PathBuf};

use polars::prelude::*;

use super::*;
use crate::frame::{Commitments, InstantMs, Invocations, Prices, Workloads};

struct File {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn file(name: &str, content: impl AsRef<[u8]>) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    File { _folder: folder, path }
}

fn map(entries: &[(&str, &str)]) -> InventoryOptions {
    let columns =
        entries.iter().map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned())).collect();
    InventoryOptions { columns }
}

fn fault(text: &str, options: &InventoryOptions) -> String {
    let file = file("i.csv", text);
    let error = import(&file.path, options).expect_err("an error").to_string();
    error.replace(&file.path.display().to_string(), "i.csv")
}

#[test]
fn an_id_is_enough_and_a_global_one_tells_where_it_is() {
    let file = file("i.csv", "resource_id\naws:123:us-east-1:i-0a\nnode-7\narn:aws:x:y:z:k\n");
    let rows = import(&file.path, &InventoryOptions::default()).unwrap();
    let places: Vec<_> = rows
        .iter()
        .map(|row| (row.provider.as_str(), row.account_id.as_str(), row.region.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            ("aws", "123", "us-east-1"),
            ("unknown", "unknown", "unknown"),
            ("unknown", "unknown", "unknown"),
        ]
    );
    assert_eq!((rows[0].kind.as_str(), rows[0].tags_json.as_str()), ("gpu_instance", "{}"));
    assert_eq!(rows[0].gpu_count, None);
}

#[test]
fn a_column_map_reads_other_spellings_and_other_columns_are_ignored() {
    let text = "VmId,Size,Gpus,Started,note,Tags,has_scaling,kind\n\
                vm-1,Standard_NC6s_v3,0.5,2026-10-01 08:00:00,hi,\"{\"\"b\"\":\"\"2\"\",\"\"a\"\":\"\"1\"\"}\",yes,endpoint\n";
    let options = map(&[
        ("resource_id", "VmId"),
        ("instance_type", "Size"),
        ("gpu_count", "Gpus"),
        ("launched_at", "Started"),
        ("tags_json", "Tags"),
    ]);
    let file = file("i.csv", text);
    let rows = import(&file.path, &options).unwrap();
    let expected = ResourceRow {
        resource_id: "vm-1".into(),
        provider: "unknown".into(),
        account_id: "unknown".into(),
        region: "unknown".into(),
        instance_type: Some("Standard_NC6s_v3".into()),
        gpu_count: Some(0.5),
        launched_at: Some(InstantMs(1_790_841_600_000)),
        tags_json: r#"{"a":"1","b":"2"}"#.into(),
        has_scaling: Some(true),
        kind: "endpoint".into(),
        ..ResourceRow::default()
    };
    assert_eq!(rows, [expected]);
}

#[test]
fn parquet_and_ndjson_give_the_same_rows_as_csv() {
    let mut df = df!(
        "resource_id" => ["a:b:c:d"],
        "gpu_count" => [8_i32],
        "mem_gib" => [1.5_f32],
        "launched_at" => [1_790_841_600_i64],
    )
    .unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut df).unwrap();
    let json = r#"{"resource_id":"a:b:c:d","gpu_count":8,"mem_gib":1.5,"launched_at":"2026-10-01T08:00:00Z"}"#;
    let csv = "resource_id,gpu_count,mem_gib,launched_at\na:b:c:d,8,1.5,1790841600000\n";
    let files = [file("i.parquet", bytes), file("i.ndjson", json), file("i.csv", csv)];
    let [parquet, ndjson, csv] =
        files.map(|file| import(&file.path, &InventoryOptions::default()).unwrap());
    assert_eq!(parquet, csv);
    assert_eq!(ndjson, csv);
    assert_eq!(csv[0].gpu_count, Some(8.0));
}

#[test]
fn bad_rows_are_named() {
    let none = InventoryOptions::default();
    for (text, expected) in [
        ("resource_id\na\nb\na\n", "i.csv, line 4: resource_id = a is already in i.csv, line 2"),
        ("resource_id,gpu_count\na,-1\n", "i.csv, line 2, column `gpu_count`: -1 is not 0 or more"),
        (
            "resource_id,gpu_count\na,NaN\n",
            "i.csv, line 2, column `gpu_count`: `NaN` is not a finite number below 1e15",
        ),
        (
            "resource_id,vcpu_count\na,1.5\n",
            "i.csv, line 2, column `vcpu_count`: 1.5 is not a whole number",
        ),
        (
            "resource_id,state\na,on\n",
            "i.csv, line 2, column `state`: `on` is not one of running, stopped, stopped_billed, completed, attached, unattached",
        ),
        (
            "resource_id,has_scaling\na,maybe\n",
            "i.csv, line 2, column `has_scaling`: `maybe` is not true or false",
        ),
        (
            "resource_id,tags_json\na,team=nlp\n",
            "i.csv, line 2, column `tags_json`: `team=nlp` is not one of the JSON objects, such as {\"team\": \"nlp\"}",
        ),
        ("resource_id,name\n,x\n", "i.csv, line 2 has no value in column `resource_id`"),
        (
            "id,name\na,x\n",
            "i.csv lacks the column `resource_id` of the frame `resources`: its columns are id, name",
        ),
    ] {
        assert_eq!(fault(text, &none), expected);
    }
}

#[test]
fn entries_of_the_map_must_fit_both_sides() {
    let text = fault("resource_id\na\n", &map(&[("gpus", "Gpus")]));
    assert!(
        text.starts_with(
            "the column map names `gpus`, which is not a column of `resources`: it has resource_id, provider,"
        ),
        "{text}"
    );
    assert_eq!(
        fault("resource_id,Gpu\na,1\n", &map(&[("gpu_count", "Gpus")])),
        "the column map takes `gpu_count` from `Gpus`, which i.csv does not have: its columns are resource_id, Gpu"
    );
}

#[test]
fn other_frames_are_read_the_same_way() {
    let none = InventoryOptions::default();
    let calls = file("c.csv", "resource_id,hour_start,request_count\ne,2026-10-01T08:00:00Z,12\n");
    let calls = read_rows::<Invocations>(&calls.path, &none).unwrap();
    assert_eq!((calls[0].model.as_str(), calls[0].request_count), ("default", Some(12)));

    let prices = file(
        "p.csv",
        "provider,region,instance_type,purchase_option,price_usd_per_hour,priced_on,source\naws,us-east-1,g5.xlarge,spot,0.4,10/01/2026,me\n",
    );
    assert_eq!(read_rows::<Prices>(&prices.path, &none).unwrap()[0].priced_on, "2026-10-01");

    let plans = file("k.csv", "commitment_id,provider,account_id,kind\nsp,aws,1,savings_plan\n");
    assert_eq!(read_rows::<Commitments>(&plans.path, &none).unwrap()[0].kind, "savings_plan");

    let pods = file(
        "w.csv",
        "workload_id,cluster,namespace,name,started_at\nw,c,n,p,2026-10-01T08:20:00Z\n",
    );
    assert_eq!(read_rows::<Workloads>(&pods.path, &none).unwrap()[0].resource_id, None);
}

#[test]
fn impossible_values_of_other_frames_are_refused() {
    let none = InventoryOptions::default();
    let price = "provider,region,instance_type,purchase_option,price_usd_per_hour,priced_on,source\naws,r,t,spot,0,2026-10-01,me\n";
    let text = read_rows::<Prices>(&file("p.csv", price).path, &none).unwrap_err().to_string();
    assert!(
        text.ends_with("p.csv, line 2, column `price_usd_per_hour`: 0 is not above 0"),
        "{text}"
    );
    let call = "resource_id,hour_start\ne,2026-10-01T08:20:00Z\n";
    let text = read_rows::<Invocations>(&file("c.csv", call).path, &none).unwrap_err().to_string();
    assert!(text.contains("(which is not the start of an hour)"), "{text}");
    let call = "resource_id,hour_start,throughput_util_ratio\ne,2026-10-01T08:00:00Z,35\n";
    let text = read_rows::<Invocations>(&file("c.csv", call).path, &none).unwrap_err().to_string();
    assert!(text.ends_with("column `throughput_util_ratio`: 35 is not between 0 and 1"), "{text}");
}

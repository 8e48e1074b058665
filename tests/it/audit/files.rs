//! Reports as files, whole or not at all, and pipes.

use std::{fs::File, process::Command};

use insta::assert_snapshot;
use polars::prelude::{ParquetReader, SerReader as _};

use crate::support::{Folder, ai_cost, cents, demo_report, list, program};

#[test]
fn csv_for_spreadsheets() {
    let text = ai_cost("audit --demo --format csv").done();
    let head: Vec<&str> = text.lines().take(3).collect();
    assert_snapshot!(head.join("\n"), @r#"
    window_start,window_end,fingerprint,rule,title,severity,confidence,action,target,provider,account_id,region,resource_id,kind,name,instance_type,owner,team,claim_low_usd_per_month,claim_likely_usd_per_month,claim_high_usd_per_month,counted_low_usd_per_month,counted_likely_usd_per_month,counted_high_usd_per_month,freed_usd_per_month,resolution,resolution_by,message
    2026-10-01T00:00:00Z,2026-10-31T00:00:00Z,f971eb065f7c,gpu-oversized-compute,A slower GPU would carry the load,low,low,resize,g4-standard-48,gcp,orbital-ml-prod,europe-west4,gcp:orbital-ml-prod:europe-west4:instances/00000008,gpu_instance,embedder-blue,a3-highgpu-1g,search-oncall,search,6655.88,6655.88,6655.88,6655.88,6655.88,6655.88,0.00,counted,,"H100-80GB is busy to 14.9 % at most (95th percentile of hours) and to 17.9 % in bursts inside them: g4-standard-48 would carry it, where bursts take 100 % of today's time, number formats lost: none"
    2026-10-01T00:00:00Z,2026-10-31T00:00:00Z,14b4d71182e0,machine-stopped-still-billed,"Machine was shut down inside, but is still billed",high,high,release,,azure,5b1f0c7e-0000-4000-8000-00000000a001,westeurope,azure:5b1f0c7e-0000-4000-8000-00000000a001:westeurope:virtualmachines/vm-00000009,gpu_instance,sim-rig-2,Standard_NC40ads_H100_v5,forecasting-oncall,forecasting,6429.55,6429.55,6429.55,6429.55,6429.55,6429.55,0.00,counted,,"Standard_NC40ads_H100_v5 was shut down inside 12 d ago and still costs $6,429.55/mo"
    "#);
}

#[test]
fn every_format_holds_every_finding() {
    let folder = Folder::new();
    let report = demo_report();
    let findings = list(&report["findings"]);
    let fingerprints: Vec<&str> =
        findings.iter().map(|finding| finding["fingerprint"].as_str().unwrap()).collect();

    let csv = folder.run("audit --demo --format csv").done();
    let of_csv: Vec<&str> =
        csv.lines().skip(1).map(|line| line.split(',').nth(2).unwrap()).collect();
    assert_eq!(of_csv, fingerprints);

    let ndjson = folder.run("audit --demo --format ndjson").done();
    let rows: Vec<serde_json::Value> =
        ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_ndjson: Vec<&str> =
        rows.iter().map(|row| row["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(of_ndjson, fingerprints);

    folder.run("audit --demo --format parquet --out findings.parquet").done();
    let frame =
        ParquetReader::new(File::open(folder.path("findings.parquet")).unwrap()).finish().unwrap();
    let column = frame.column("fingerprint").unwrap();
    let of_parquet: Vec<&str> = column.str().unwrap().iter().flatten().collect();
    assert_eq!(of_parquet, fingerprints);
    let sum: f64 =
        frame.column("counted_likely_usd_per_month").unwrap().f64().unwrap().iter().flatten().sum();
    #[expect(clippy::cast_possible_truncation, reason = "cents of a small fleet")]
    let sum_cents = (sum * 100.0).round() as i64;
    assert_eq!(sum_cents, cents(&report["totals"]["counted_usd_per_month"]["likely"]));
}

#[test]
fn a_file_holds_what_standard_output_would() {
    let folder = Folder::new();
    for format in ["table", "json", "csv"] {
        let shown = folder.run(&format!("audit --demo --format {format}")).done();
        assert_eq!(folder.run(&format!("audit --demo --format {format} --out report")).done(), "");
        assert_eq!(folder.read("report"), shown, "{format}");
    }
    assert_eq!(folder.names().len(), 1);
}

#[test]
fn a_missing_folder_is_named_and_nothing_is_left() {
    let folder = Folder::new();
    let said = folder.run("audit --demo --format json --out no/such/report.json").refused();
    assert_snapshot!(said, @r"
    io::write

      × could not write no/such/report.json; nothing was left there
      ╰─▶ entity not found
      help: create the folder first: mkdir -p no/such
    ");
    assert!(folder.names().is_empty());
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_ends_the_program_quietly() {
    let folder = Folder::new();
    // `true` is gone before the first byte; `head` leaves a report of over 64 KiB, which no pipe holds, half read.
    for reader in ["true", "head -1"] {
        // `pipefail` gives the exit code of the program rather than that of the reader.
        let program = program();
        let demo = "audit --demo --format json --fail-on high";
        let script = format!("set -o pipefail; '{}' {demo} | {reader}", program.display());
        let output = Command::new("bash")
            .args(["-c", &script])
            .current_dir(folder.path(""))
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{reader}");
        assert_eq!(output.status.code(), Some(0), "{reader}");
    }
}

//! Files that people bring: any subset is audited, and what is missing is said.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Folder, list};

const ALL: &str = "--billing bill.csv --inventory inventory.csv --metrics metrics.csv --invocations invocations.csv";

fn rules_hit(report: &Value) -> Vec<&str> {
    list(&report["findings"]).iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

fn gaps(report: &Value) -> Vec<&str> {
    list(&report["gaps"]).iter().map(|gap| gap["what"].as_str().unwrap()).collect()
}

#[test]
fn bill_inventory_telemetry_and_requests_together() {
    let text = Folder::with_bundle().run(&format!("audit {ALL}")).done();
    assert_snapshot!(text, @r"
      COUNTED/MO  LOW–HIGH  SEVERITY  RULE
     FINGERPRINT  SUBJECT
    ────────────────────────────────────────────────────────────────────────────────
         $884.76  $884.76   high      gpu-idle
    c0e616e15cc7  forgotten-trainer · i-0000000000000001 · g5.2xlarge · us-east-1
                  team vision
                  1 × A10G: active in 0 % of 192 h
    ────────────────────────────────────────────────────────────────────────────────
    Window      2026-10-01T00:00:00Z to 2026-10-09T00:00:00Z (8 days)
    Counted     $884.76 per month
    Effective   $2,797.36 per month for 3 resources; 31.6 % of it is waste (counted
                and freed)

    Not judged
      · 2 of 2 accelerators, $1,769.52 per month, by gpu-on-demand-interruptible,
        because of is_interruptible. No tag says so and the work on it is not known.
      · 1 of 2 machine pools, $1,769.52 per month, by commitment-missing, because of
        trend_ratio. The window is shorter than 14 days, or the first third cost
        nothing.
      · 1 of 1 endpoint, $1,027.84 per month, by endpoint-oversized, because of
        gpu_mem_used_max_gib. No memory telemetry.
      · 1 of 1 endpoint, $1,027.84 per month, by endpoint-serverless-candidate,
        because of serving_mode. Not reported.
      · 1 of 2 machine pools, $1,027.84 per month, by commitment-missing, because of
        base_usd_per_hour, commit_price_ratio, trend_ratio. No commitment price is
        known, or no cost by the hour. No commitment price is known. The window is
        shorter than 14 days, or the first third cost nothing.

    Read first
      · The window has 8.0 days: under 14 schedules cannot be judged.
      · The window has 8.0 days: under 14 a range says less, so ranges are widened.

    Bills
      · bill.csv (FOCUS 1.0, 24 rows): $735.74 in the file, $735.74 imported, both
        billed

    Telemetry
      · 2 resources measured over 384 hours: mean GPU utilisation 33.2 %; 1 under 10
        %

    1 finding · $884.76 per month counted
    Not judged: 2 of 2 accelerators (is_interruptible) · 1 of 2 machine pools
    (trend_ratio) · 1 of 1 endpoint (gpu_mem_used_max_gib) · 1 of 1 endpoint
    (serving_mode) · 1 more, listed above
    ");
}

#[test]
fn a_bill_alone_finds_what_nobody_measures_and_never_says_that_nothing_is_wasted() {
    let report = Folder::with_bundle().run("audit --billing bill.csv --format json").json();
    assert_eq!(rules_hit(&report), ["telemetry-missing"; 3]);
    assert_eq!(gaps(&report), ["the inventory", "telemetry", "requests"]);
    assert_eq!(report["bills"][0]["file_usd"], "735.74");
    assert_eq!(report["bills"][0]["imported_usd"], "735.74");
    // That a machine is not measured is no judgement of it: all of the bill is unjudged.
    assert_eq!(report["totals"]["not_judged_usd_per_month"], "2797.36");
    let idle = list(&report["not_judged"])
        .iter()
        .find(|entry| list(&entry["rules"]).contains(&"gpu-idle".into()))
        .unwrap();
    assert_eq!(
        (&idle["subject_count"], &idle["effective_usd_per_month"]),
        (&2.into(), &"1769.52".into())
    );
}

#[test]
fn telemetry_alone_is_measured_but_not_judged() {
    let report = Folder::with_bundle().run("audit --metrics metrics.csv --format json").json();
    assert!(rules_hit(&report).is_empty());
    assert_eq!(report["telemetry"]["resource_count"], 2);
    assert_eq!(report["telemetry"]["under_ten_percent_count"], 1);
    assert_eq!(report["totals"]["effective_usd_per_month"], Value::Null);
    assert!(gaps(&report).contains(&"the bill"));
}

#[test]
fn inventory_and_telemetry_are_priced_from_the_catalog() {
    let report = Folder::with_bundle()
        .run("audit --inventory inventory.csv --metrics metrics.csv --format json")
        .json();
    assert_eq!(rules_hit(&report), ["gpu-idle", "telemetry-missing"]);
    // 730 hours at $1.212, the on-demand price of g5.2xlarge in us-east-1.
    assert_eq!(report["findings"][0]["counted_usd_per_month"]["likely"], "884.76");
}

#[test]
fn an_inventory_alone_needs_a_window() {
    let folder = Folder::with_bundle();
    assert_snapshot!(folder.run("audit --inventory inventory.csv").refused(), @r"
    bundle::no_window

      × no file says which time the audit is about
      help: bring a bill or metrics, or state --window-start and --window-end
    ");
    let window = "--window-start 2026-10-01 --window-end 2026-10-31";
    let report =
        folder.run(&format!("audit --inventory inventory.csv {window} --format json")).json();
    assert_eq!(report["window"]["end"], "2026-10-31T00:00:00Z");
    assert!(gaps(&report).contains(&"telemetry"));
}

#[test]
fn a_compressed_bill_is_read_like_a_plain_one() {
    let folder = Folder::with_bundle();
    let plain = folder.run("audit --billing bill.csv --format json").json();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, folder.read("bill.csv").as_bytes()).unwrap();
    folder.write("bill.csv.gz", gzip.finish().unwrap());
    let compressed = folder.run("audit --billing bill.csv.gz --format json").json();
    assert_eq!(compressed["findings"], plain["findings"]);
    assert_eq!(compressed["totals"], plain["totals"]);
}

#[test]
fn other_peoples_columns_are_mapped_in_the_settings() {
    let folder = Folder::with_bundle();
    let ours = folder.run(&format!("audit {ALL} --format json")).json();
    folder.replace("metrics.csv", "gpu_util_percent", "DCGM_FI_DEV_GPU_UTIL");
    folder.replace("inventory.csv", "instance_type", "Instance Size");
    folder.write(
        "ai-cost.toml",
        "[columns]\nmetrics.gpu_util_percent = 'DCGM_FI_DEV_GPU_UTIL'\n\
         inventory.instance_type = 'Instance Size'\n",
    );
    let mapped = folder.run(&format!("audit {ALL} --format json")).json();
    assert_eq!(mapped["findings"], ours["findings"]);
}

//! What programs read: sums to the cent, the same bytes every time, a snapshot that gives the same audit.

use std::collections::BTreeMap;

use insta::assert_snapshot;

use crate::support::{Folder, cents, demo_report, list};

/// Settings that differ from the defaults, because with those the demo brings its own.
const ZONE: &str = "--set policy.time_zone=Europe/Madrid --set policy.regions=";

#[test]
fn totals_are_the_sums_of_the_findings_to_the_cent() {
    let report = demo_report();
    assert_eq!(report["schema"], "ai-cost/report/v1");
    let totals = &report["totals"];
    let sum = |amount: &dyn Fn(&serde_json::Value) -> i64| -> i64 {
        list(&report["findings"]).iter().map(amount).sum()
    };
    let likely = sum(&|finding| cents(&finding["counted_usd_per_month"]["likely"]));
    assert!(likely > 0);
    assert_eq!(cents(&totals["counted_usd_per_month"]["likely"]), likely);
    let freed = sum(&|finding| cents(&finding["freed_usd_per_month"]));
    assert_eq!(cents(&totals["freed_usd_per_month"]), freed);
    // Whatever cannot happen together is not added up, so the total range lies inside the sums of the ranges.
    let [low, high] =
        ["low", "high"].map(|end| sum(&|finding| cents(&finding["counted_usd_per_month"][end])));
    assert!(low <= cents(&totals["counted_usd_per_month"]["low"]));
    assert!(cents(&totals["counted_usd_per_month"]["low"]) <= likely);
    assert!(likely <= cents(&totals["counted_usd_per_month"]["high"]));
    assert!(cents(&totals["counted_usd_per_month"]["high"]) <= high);
    let effective = cents(&totals["effective_usd_per_month"]);
    #[expect(clippy::cast_precision_loss, reason = "cents of a small fleet")]
    let ratio = (likely + freed) as f64 / effective as f64;
    assert!((totals["waste_ratio"].as_f64().unwrap() - ratio).abs() < 1e-6);
}

#[test]
fn every_range_holds_its_likely_value_and_no_finding_counts_more_than_its_claim() {
    let report = demo_report();
    for finding in list(&report["findings"]) {
        let of = |kind: &str, end: &str| cents(&finding[kind][end]);
        // A finding without savings, such as a missing measurement, claims nothing.
        if finding["claim_usd_per_month"].is_null() {
            assert_eq!(of("counted_usd_per_month", "high"), 0, "{finding}");
            continue;
        }
        for kind in ["claim_usd_per_month", "counted_usd_per_month"] {
            assert!(of(kind, "low") <= of(kind, "likely"), "{finding}");
            assert!(of(kind, "likely") <= of(kind, "high"), "{finding}");
        }
        let counted = of("counted_usd_per_month", "likely");
        assert!(counted <= of("claim_usd_per_month", "likely"), "{finding}");
    }
}

#[test]
fn every_rule_says_how_many_it_judged() {
    let report = demo_report();
    let mut hits = BTreeMap::<&str, u64>::new();
    for finding in list(&report["findings"]) {
        *hits.entry(finding["rule"].as_str().unwrap()).or_default() += 1;
    }
    for rule in list(&report["rules"]) {
        let id = rule["rule"].as_str().unwrap();
        let count = |verdict: &str| rule[format!("{verdict}_count")].as_u64().unwrap();
        assert_eq!(count("in_scope"), count("hit") + count("clear") + count("unknown"), "{id}");
        assert_eq!(count("hit"), hits.remove(id).unwrap_or(0), "{id}");
    }
    assert!(hits.is_empty(), "rules that the list leaves out: {hits:?}");
}

#[test]
fn a_snapshot_is_audited_to_the_same_bytes_every_time_and_like_its_source() {
    let folder = Folder::new();
    assert_snapshot!(folder.run("collect --demo --out october").done(), @r"
    october: 46 resources from 2026-10-01T00:00:00Z to 2026-10-31T00:00:00Z
    Audit it with: ai-cost audit --snapshot october \
        --set 'policy.regions=eu-central-1,eu-west-1,us-east-1,westeurope,europe-west4,global' \
        --set 'policy.time_zone=Europe/Berlin'
    ");
    let first = folder.run(&format!("audit --snapshot october {ZONE} --format json")).done();
    let second = folder.run(&format!("audit --snapshot october {ZONE} --format json")).done();
    assert_eq!(first, second);
    let of_snapshot: serde_json::Value = serde_json::from_str(&first).unwrap();
    let direct = folder.run(&format!("audit --demo {ZONE} --format json")).json();
    for part in ["window", "totals", "findings", "rules", "not_judged", "gaps", "telemetry"] {
        assert_eq!(of_snapshot[part], direct[part], "{part}");
    }
}

#[test]
fn a_snapshot_can_be_moved() {
    let folder = Folder::new();
    folder.run("collect --demo --out here").done();
    let before = folder.run("audit --snapshot here --format json").done();
    std::fs::rename(folder.path("here"), folder.path("there")).unwrap();
    assert_eq!(folder.run("audit --snapshot there --format json").done(), before);
}

#[test]
fn collecting_twice_gives_the_same_folder() {
    let folder = Folder::new();
    folder.run("collect --demo --out first").done();
    folder.run("collect --demo --out second").done();
    assert_eq!(folder.read("first/manifest.toml"), folder.read("second/manifest.toml"));
}

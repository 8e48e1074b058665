//! Reasons for not judging: what is not known and what is known and too thin are told apart.

use serde_json::{Value, json};

use crate::support::{Folder, list};

const ALL: &str = "--billing bill.csv --inventory inventory.csv --metrics metrics.csv --invocations invocations.csv";

/// Why a rule could not judge, one entry for each reason.
fn reasons(report: &Value, rule: &str) -> Vec<Value> {
    list(&report["not_judged"])
        .iter()
        .filter(|entry| list(&entry["rules"]).contains(&rule.into()))
        .map(|entry| json!([entry["because"], entry["too_thin"], entry["meaning"]]))
        .collect()
}

#[test]
fn telemetry_of_half_the_hours_is_too_thin_and_not_unknown() {
    let folder = Folder::with_bundle();
    let kept: Vec<String> = folder
        .read("metrics.csv")
        .lines()
        .filter(|line| !line.contains("i-0000000000000001") || line.contains("T0"))
        .map(str::to_owned)
        .collect();
    folder.write("metrics.csv", kept.join("\n"));

    let report = folder.run(&format!("audit {ALL} --format json")).json();

    assert_eq!(
        reasons(&report, "gpu-idle"),
        [json!([
            ["observed_ratio"],
            ["observed_ratio"],
            "Known, and not enough to judge by: observed_ratio."
        ])]
    );
}

#[test]
fn a_state_that_nobody_reported_is_unknown_and_not_too_thin() {
    let folder = Folder::with_bundle();
    let kept: Vec<String> = folder
        .read("inventory.csv")
        .lines()
        .map(|line| {
            if line.contains("ranker") { line.replace(",running,", ",,") } else { line.to_owned() }
        })
        .collect();
    folder.write("inventory.csv", kept.join("\n"));

    let report = folder.run(&format!("audit {ALL} --format json")).json();

    assert_eq!(reasons(&report, "gpu-idle"), [json!([["state"], [], "Not reported."])]);
}

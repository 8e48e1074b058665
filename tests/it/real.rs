//! Real exports and a real trace, through the program. The expected numbers were worked out from the same files with
//! another program, in exact decimals.

use serde_json::Value;

use crate::support::{Folder, list, shared_data};

/// The report on a bill, or `None` where the reference data are absent.
fn audit(file: &str, more: &str) -> Option<Value> {
    let path = shared_data(file)?;
    let arguments = format!("audit --billing {} {more} --format json", path.display());
    Some(Folder::new().run(&arguments).json())
}

/// Format, rows, the file's own total, the imported total, and which total that is.
fn bill(report: &Value) -> (&str, u64, &str, &str, &str) {
    let bills = list(&report["bills"]);
    assert_eq!(bills.len(), 1);
    let text = |part: &str| bills[0][part].as_str().unwrap();
    let row_count = bills[0]["row_count"].as_u64().unwrap();
    (text("format"), row_count, text("file_usd"), text("imported_usd"), text("basis"))
}

#[test]
fn the_focus_sample_is_imported_to_the_cent() {
    let Some(report) = audit("billing/focus_1_0_sample_1000.csv", "") else { return };
    assert_eq!(bill(&report), ("FOCUS 1.0", 1000, "20.52", "20.52", "billed"));
    assert_eq!(report["window"]["start"], "2024-09-01T00:00:00Z");
    assert_eq!(report["window"]["end"], "2024-10-01T00:00:00Z");
}

#[test]
fn a_snapshot_of_the_focus_sample_holds_every_fraction_of_a_cent() {
    let Some(path) = shared_data("billing/focus_1_0_sample_1000.csv") else { return };
    let folder = Folder::new();
    folder.run(&format!("collect --billing {} --out september", path.display())).done();
    let snapshot = ai_cost::snapshot::read(&folder.path("september")).unwrap();
    let (mut billed_usd, mut effective_usd) = (0.0, 0.0);
    let mut add = |row: &ai_cost::frame::CostRow| {
        billed_usd += row.billed_usd.unwrap();
        effective_usd += row.effective_usd.unwrap();
    };
    snapshot.costs.for_each(&mut add).unwrap();
    assert!((billed_usd - 20.520_226_728_99_f64).abs() < 1e-9, "{billed_usd}");
    assert!((effective_usd - 14.976_514_185_86_f64).abs() < 1e-9, "{effective_usd}");
}

#[test]
fn the_legacy_report_of_aws_is_imported_to_the_cent() {
    let Some(report) = audit("billing/aws_cur_legacy_anonymous_1281.csv", "") else { return };
    // The sum of the unblended costs is 1.68230869740.
    assert_eq!(bill(&report), ("AWS CUR legacy", 1281, "1.68", "1.68", "billed"));
}

#[test]
fn both_azure_exports_are_imported_to_the_cent() {
    let Some(report) = audit("billing/azure_ea_actualcost_small.csv", "") else { return };
    // 8.54500778674…
    assert_eq!(bill(&report), ("Azure cost details actual", 11, "8.55", "8.55", "billed"));
    let Some(report) = audit("billing/azure_ea_amortizedcost_small.csv", "") else { return };
    // 16.29693213663…
    assert_eq!(bill(&report), ("Azure cost details amortized", 28, "16.30", "16.30", "effective"));
}

#[test]
fn a_bill_in_canadian_dollars_needs_a_rate() {
    let Some(path) = shared_data("billing/azure_ea_export_anonymous_27.csv") else { return };
    let said = Folder::new().run(&format!("audit --billing {}", path.display())).refused();
    assert!(said.contains("set `currency.usd_per.CAD`"), "{said}");
    let rate = "--set currency.usd_per.CAD=0.73";
    let Some(report) = audit("billing/azure_ea_export_anonymous_27.csv", rate) else { return };
    // 1.26136926505726 CAD × 0.73
    let expected = ("Azure cost details without commitments", 27, "0.92", "0.92", "billed");
    assert_eq!(bill(&report), expected);
}

#[test]
fn azure_exports_in_lower_case_are_imported_to_the_cent() {
    let format = "Azure cost details without commitments";
    let Some(report) = audit("billing/azure_export_opencost_template.csv", "") else { return };
    // 16.39350621222…
    assert_eq!(bill(&report), (format, 87, "16.39", "16.39", "billed"));
    let Some(report) = audit("billing/azure_export_opencost_virtualmachine.csv", "") else {
        return;
    };
    assert_eq!(bill(&report), (format, 1, "4.00", "4.00", "billed"));
}

#[test]
fn the_trace_of_forty_pods_is_as_idle_as_it_is() {
    let Some(path) = shared_data("k8s/gentd26_pod_gpu_dev_quarter.parquet") else { return };
    let folder = Folder::new();
    folder.write(
        "ai-cost.toml",
        "[columns.metrics]\n\
         resource_id = 'pod'\n\
         time = 't'\n\
         gpu_util_percent = 'gpu_duty_cycle_pct'\n\
         gpu_mem_used_bytes = 'gpu_memory_used_bytes'\n",
    );
    let report = folder.run(&format!("audit --metrics {} --format json", path.display())).json();
    let telemetry = &report["telemetry"];
    assert_eq!(telemetry["resource_count"], 40);
    assert_eq!(telemetry["under_ten_percent_count"], 30);
    // The mean of all 45,815 samples is 8.590761074 %.
    let mean = telemetry["gpu_util_mean_ratio"].as_f64().unwrap();
    assert!((mean - 0.085_907_610_74).abs() < 1e-9, "{mean}");
    // Nobody knows what these pods cost, so nothing is promised and nothing is called fine.
    assert_eq!(report["totals"]["effective_usd_per_month"], Value::Null);
    assert!(list(&report["findings"]).is_empty());
    assert!(!list(&report["not_judged"]).is_empty());
}

//! Whose money it is, and where it is read.

use std::{fmt::Write as _, fs, sync::Arc};

use serde_json::{Value, json};

use super::given::{DAY, ID, Machine, USD, audit_under, audit_with, estate, idle, is_near, line};
use crate::{
    aws::{
        fake::{CostLine, Fake},
        world::{ACCOUNTS, HOURS, START, iso},
    },
    support::list,
};

/// Another one of the same type.
const OTHER: &str = "i-0000000000000000b";
/// After a private discount, so that it is not what is listed.
const PAID_USD: f64 = 0.9;

fn discounted() -> Machine {
    Machine { usd: PAID_USD, ..idle() }
}

/// What stopping a machine saves.
fn saved<'a>(report: &'a Value, id: &str) -> &'a Value {
    let is_it = |found: &&Value| {
        found["rule"] == "gpu-idle"
            && found["subject"]["resource_id"].as_str().is_some_and(|whole| whole.ends_with(id))
    };
    let found = list(&report["findings"]).iter().find(is_it);
    &found.unwrap_or_else(|| panic!("{report:#}"))["counted_usd_per_month"]["likely"]
}

fn asked_count(fake: &Fake) -> usize {
    fake.log().count("ce:GetCostAndUsage")
}

#[test]
fn where_an_export_fails_cost_explorer_is_asked() {
    let settings = "[aws]\nexports = ['s3://gone/cur']\n";
    let (report, fake) = audit_with(estate(&[(ID, discounted())]), settings, &[]);
    assert!(is_near(saved(&report, ID), PAID_USD * 730.0), "{report:#}");
    assert_eq!(asked_count(&fake), 3);
    let told = list(&report["gaps"]).iter().any(|gap| {
        let is_it = gap["what"].as_str().is_some_and(|what| what.contains("s3://gone/cur"));
        is_it && gap["remedy"].as_str().is_some_and(|remedy| remedy.contains("asked instead"))
    });
    assert!(told, "{:#}", report["gaps"]);
}

/// CUR 2.0 of the machine, hour by hour.
fn cur() -> String {
    let mut bill = "identity_line_item_id,line_item_usage_account_id,line_item_line_item_type,\
        line_item_usage_start_date,line_item_usage_end_date,line_item_product_code,line_item_usage_type,\
        line_item_resource_id,line_item_unblended_cost,line_item_currency_code,product_region_code\n"
        .to_owned();
    for hour in 0..HOURS {
        let (from, to) = (iso(START + hour * 3600), iso(START + (hour + 1) * 3600));
        writeln!(
            bill,
            "{hour},{},Usage,{from},{to},AmazonEC2,BoxUsage:g5.xlarge,{ID},{PAID_USD},USD,us-east-1",
            ACCOUNTS[0]
        )
        .unwrap();
    }
    bill
}

#[test]
fn where_an_export_is_read_cost_explorer_is_not_asked() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cur.csv"), cur()).unwrap();
    let settings = format!("[aws]\nexports = ['{}']\n", folder.path().display());
    let (report, fake) = audit_with(estate(&[(ID, idle())]), &settings, &[]);
    assert!(is_near(saved(&report, ID), PAID_USD * 730.0), "{report:#}");
    assert_eq!(asked_count(&fake), 0);
}

#[test]
fn a_bill_in_a_file_stands_for_what_cost_explorer_says_of_its_accounts() {
    let folder = tempfile::tempdir().unwrap();
    let bill = folder.path().join("cur.csv");
    fs::write(&bill, cur()).unwrap();
    let estate = Arc::new(estate(&[(ID, idle())]));
    let (report, _) = audit_under(&estate, "", &format!("--billing {}", bill.display()), []);
    assert!(is_near(saved(&report, ID), PAID_USD * 730.0), "{report:#}");
    assert!(is_near(&report["totals"]["effective_usd_per_month"], PAID_USD * 730.0), "{report:#}");
}

#[test]
fn what_other_services_charge_once_is_no_cost_of_ai() {
    let mut estate = estate(&[(ID, idle())]);
    for (service, record_type) in [("Amazon Registrar", "Fee"), ("Amazon RDS Service", "Recurring")]
    {
        let fee = CostLine {
            account: ACCOUNTS[0].to_owned(),
            start: START + DAY,
            hours: 24,
            service: service.to_owned(),
            record_type: record_type.to_owned(),
            unblended_usd: 700.0,
            amortized_usd: 700.0,
            ..CostLine::default()
        };
        estate.costs.push(fee);
    }
    let (report, _) = audit_with(estate, "", &[]);
    assert!(is_near(&report["totals"]["effective_usd_per_month"], USD * 730.0), "{report:#}");
}

#[test]
fn a_machine_with_windows_pays_for_its_licence_and_no_other_does() {
    let windows_usd = 1.19;
    let more = json!({ "platformDetails": "Windows", "usageOperation": "RunInstances:0002" });
    let windows = Machine { usd: windows_usd, ..Machine::with(more) };
    let mut estate = estate(&[(ID, idle()), (OTHER, windows)]);
    for line in estate.costs.iter_mut().filter(|line| line.resource_id == OTHER) {
        line.operation = "RunInstances:0002".to_owned();
    }
    let (report, fake) = audit_with(estate, "", &[]);
    assert!(is_near(saved(&report, ID), USD * 730.0), "{report:#}");
    assert!(is_near(saved(&report, OTHER), windows_usd * 730.0), "{report:#}");
    assert_eq!(asked_count(&fake), 4, "once more, by operation");
}

#[test]
fn hours_under_a_plan_are_known_and_no_coverage_is_asked_for() {
    let mut estate = estate(&[(ID, Machine { usd: 0.0, ..idle() })]);
    estate.costs.clear();
    for day in 0..HOURS / 24 {
        // Eighteen hours of each day under a plan.
        let covered = CostLine {
            record_type: "SavingsPlanCoveredUsage".to_owned(),
            purchase_type: "Savings Plans".to_owned(),
            amortized_usd: 18.0 * 0.6,
            ..line(day, "BoxUsage:g5.xlarge", "", 18.0, 18.0 * USD)
        };
        let open = line(day, "BoxUsage:g5.xlarge", "On Demand Instances", 6.0, 6.0 * USD);
        estate.costs.extend([covered, open]);
    }
    let (report, fake) = audit_with(estate, "", &[]);
    let found = list(&report["findings"]).iter().find(|found| found["rule"] == "gpu-idle").unwrap();
    assert!(is_near(&found["counted_usd_per_month"]["likely"], 0.25 * USD * 730.0), "{found:#}");
    assert!(is_near(&found["freed_usd_per_month"], 0.75 * 0.6 * 730.0), "{found:#}");
    assert!(fake.log().actions().iter().all(|action| !action.contains("Coverage")));
}

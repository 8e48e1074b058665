//! Windows that are narrower or wider than the bill, and one machine under several names.

use serde_json::Value;

use crate::support::{Folder, list};

fn audited(folder: &Folder, files: &str, start: &str, end: &str) -> Value {
    folder
        .run(&format!("audit {files} --window-start {start} --window-end {end} --format json"))
        .json()
}

fn because(report: &Value, what: &str) -> Vec<String> {
    let gaps = list(&report["gaps"]).iter().filter(|gap| gap["what"] == what);
    gaps.map(|gap| gap["because"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_window_that_begins_and_ends_at_noon_costs_as_much_a_month_as_whole_days() {
    // The bill of the folder is the same every day.
    let folder = Folder::with_bundle();
    let total = |start, end| {
        let report = audited(&folder, "--billing bill.csv", start, end);
        report["totals"]["effective_usd_per_month"].clone()
    };
    let whole_days = total("2026-10-02T00:00:00Z", "2026-10-06T00:00:00Z");
    assert_eq!(whole_days, "2797.36");
    assert_eq!(total("2026-10-02T12:00:00Z", "2026-10-06T12:00:00Z"), whole_days);
}

#[test]
fn days_that_no_bill_covers_are_a_gap() {
    let folder = Folder::with_bundle();
    let what = "the bill of aws 111122223333";
    let inside = audited(&folder, "--billing bill.csv", "2026-10-01", "2026-10-09");
    assert_eq!(because(&inside, what), Vec::<String>::new());
    let wider = audited(&folder, "--billing bill.csv", "2026-09-30", "2026-10-15");
    assert_eq!(
        because(&wider, what),
        ["no bill covers the time on 2026-09-30 and from 2026-10-09 to 2026-10-14"]
    );
}

#[test]
fn telemetry_requests_and_inventory_may_spell_ids_as_the_cloud_does() {
    let files = "--billing bill.csv --inventory inventory.csv --metrics metrics.csv --invocations invocations.csv";
    let report = |folder: &Folder| folder.run(&format!("audit {files} --format json")).json();
    let short = Folder::with_bundle();
    let long = Folder::with_bundle();
    let spell = |name: &str, from: &str, to: &str| {
        let text = long.read(name);
        assert!(text.contains(from));
        long.write(name, text.replace(from, to));
    };
    let global = "aws:111122223333:us-east-1:";
    spell("metrics.csv", &format!("{global}i-"), "aws:///us-east-1a/i-");
    spell(
        "inventory.csv",
        &format!("{global}i-"),
        "arn:aws:ec2:us-east-1:111122223333:instance/i-",
    );
    spell(
        "invocations.csv",
        &format!("{global}endpoint/summarizer"),
        "arn:aws:sagemaker:us-east-1:111122223333:endpoint/Summarizer",
    );
    let (short, long) = (report(&short), report(&long));
    for part in ["findings", "totals", "gaps", "telemetry"] {
        assert_eq!(long[part], short[part], "{part}");
    }
}

#[test]
fn without_a_bill_a_node_and_the_machine_beneath_it_cost_what_the_machine_costs() {
    let folder = Folder::new();
    let head = "resource_id,provider,account_id,region,kind,instance_type,purchase_option,launched_at,backed_by";
    let machine = "aws:1:us-east-1:i-1,aws,1,us-east-1,gpu_instance,g5.2xlarge,on_demand,2026-08-01T00:00:00Z,";
    let node = "kubernetes:c:us-east-1:node/n,aws,1,us-east-1,node,g5.2xlarge,on_demand,2026-08-01T00:00:00Z,aws:///us-east-1a/i-1";
    let audit = |rows: &str| {
        folder.write("inventory.csv", format!("{head}\n{rows}\n"));
        audited(&folder, "--inventory inventory.csv", "2026-10-01", "2026-10-31")
    };
    let alone = audit(machine);
    let both = audit(&format!("{machine}\n{node}"));
    // 730 hours at $1.212.
    for report in [&alone, &both] {
        assert_eq!(report["totals"]["effective_usd_per_month"], "884.76");
        for entry in list(&report["not_judged"]) {
            assert_eq!(entry["effective_usd_per_month"], "884.76", "{entry}");
        }
    }
    assert_eq!(both["totals"]["counted_usd_per_month"], alone["totals"]["counted_usd_per_month"]);
    let unmeasured: Vec<&Value> = list(&both["findings"])
        .iter()
        .filter(|finding| finding["rule"] == "telemetry-missing")
        .map(|finding| &finding["subject"]["resource_id"])
        .collect();
    assert_eq!(unmeasured, ["kubernetes:c:us-east-1:node/n"]);
}

//! What bills tell of money, and what they do not.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::{Folder, list};

/// Thirty days of one plan in FOCUS: each day $50 of it are used by a machine and $50 are not.
fn half_used_plan() -> String {
    let mut bill = "BillingAccountId,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ProviderName,SubAccountId,RegionId,ResourceId,ServiceName,SkuId,PricingCategory,BilledCost,EffectiveCost,CommitmentDiscountId,CommitmentDiscountStatus,CommitmentDiscountType\n".to_owned();
    for day in 1..=30 {
        let end =
            if day == 30 { "2026-10-31".to_owned() } else { format!("2026-10-{:02}", day + 1) };
        for (resource, status) in [("i-1", "Used"), ("", "Unused")] {
            writeln!(bill, "1,USD,2026-10-{day:02},{end},Usage,AWS,111122223333,us-east-1,{resource},EC2,x,Committed,50,50,plan-1,{status},Savings Plan").unwrap();
        }
    }
    bill
}

fn find<'r>(report: &'r Value, rule: &str) -> &'r Value {
    list(&report["findings"])
        .iter()
        .find(|finding| finding["rule"] == rule)
        .unwrap_or_else(|| panic!("no {rule} in {:#}", report["findings"]))
}

#[test]
fn a_file_of_commitments_adds_to_what_the_bill_knows_of_their_use() {
    let folder = Folder::new();
    folder.write("bill.csv", half_used_plan());
    folder.write(
        "commitments.csv",
        "commitment_id,provider,account_id,kind,ends_at\n\
         plan-1,aws,111122223333,savings_plan,2027-06-01T00:00:00Z\n",
    );
    let run = |files: &str| folder.run(&format!("audit {files} --format json")).json();

    let bill_alone = run("--billing bill.csv");
    let both = run("--billing bill.csv --commitments commitments.csv");

    // $50 a day are not used: 50 × 730 / 24.
    for report in [bill_alone, both] {
        let unused = find(&report, "commitment-underused");
        assert_eq!(unused["freed_usd_per_month"], "1520.83");
    }
}

/// An idle machine over 30 days as telemetry and inventory tell it.
fn idle(folder: &Folder, resource_id: &str, instance_type: &str) {
    folder.write(
        "inventory.csv",
        format!(
            "resource_id,kind,name,instance_type,state,launched_at\n\
             {resource_id},gpu_instance,box,{instance_type},running,2026-01-01T00:00:00Z\n"
        ),
    );
    let mut metrics = "resource_id,gpu_index,time,gpu_util_percent,gpu_mem_used_mib\n".to_owned();
    for hour in hours() {
        writeln!(metrics, "{resource_id},0,{hour},0,100").unwrap();
    }
    folder.write("metrics.csv", metrics);
}

/// The hours of October 2026 up to its 30th day.
fn hours() -> impl Iterator<Item = String> {
    (1..=30).flat_map(|day| (0..24).map(move |hour| format!("2026-10-{day:02}T{hour:02}:00:00Z")))
}

/// One hour later.
fn after(hour: &str) -> String {
    let at: jiff::Timestamp = hour.parse().unwrap();
    (at + jiff::SignedDuration::from_hours(1)).to_string()
}

/// The audit of a bill beside what [`idle`] wrote: the idle machine, the sums, and the gap about effective cost.
fn audited(folder: &Folder) -> Value {
    let files = "--inventory inventory.csv --metrics metrics.csv --billing bill.csv";
    let report = folder.run(&format!("audit {files} --format json")).json();
    let idle = find(&report, "gpu-idle");
    let gaps = list(&report["gaps"]).iter().map(|gap| gap["what"].as_str().unwrap());
    let gap = gaps.filter(|what| what.starts_with("the effective cost of"));
    let totals = &report["totals"];
    json!({
        "idle": [idle["resolution"]["kind"], idle["claim_usd_per_month"], idle["freed_usd_per_month"]],
        "effective": totals["effective_usd_per_month"],
        "left out": [totals["effective_unpriced_count"], totals["effective_untold_count"]],
        "unpriced": totals["unpriced_count"],
        "gap": gap.collect::<Vec<_>>(),
        "bill": [report["bills"][0]["file_usd"], report["bills"][0]["imported_usd"]],
    })
}

#[test]
fn an_idle_machine_that_azure_bills_by_a_reservation_is_waste_of_unknown_price() {
    let folder = Folder::new();
    let subscription = "5b1f0c7e-0000-4000-8000-00000000a001";
    let machine = format!(
        "/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines"
    );
    let mut bill = "SubscriptionId,Date,MeterCategory,MeterName,Quantity,Cost,BillingCurrency,ResourceLocation,ResourceId,AdditionalInfo,ReservationId,ChargeType,PricingModel\n".to_owned();
    for day in 1..=30 {
        let size = |size| format!(r#""{{""ServiceType"":""{size}""}}""#);
        let row = |name, cost, size, how| {
            format!(
                "{subscription},10/{day:02}/2026,Virtual Machines,x,24,{cost},USD,westeurope,{machine}/{name},{size},{how}\n"
            )
        };
        bill.push_str(&row(
            "vm1",
            "0",
            size("Standard_NC24ads_A100_v4"),
            "res-1,Usage,Reservation",
        ));
        bill.push_str(&row("vm2", "2.4", size("Standard_D2s_v3"), ",Usage,OnDemand"));
    }
    folder.write("bill.csv", bill);
    let id = format!("azure:{subscription}:westeurope:rg/microsoft.compute/virtualmachines/vm1");
    idle(&folder, &id, "Standard_NC24ads_A100_v4");

    assert_eq!(
        audited(&folder),
        json!({
            "idle": ["unpriced", null, "0.00"],
            // The other machine: $2.40 a day × 730 / 24.
            "effective": "73.00",
            "left out": [1, 30],
            "unpriced": 1,
            "gap": ["the effective cost of committed hours in bill.csv"],
            "bill": ["72.00", "72.00"],
        })
    );
}

const CUR: &str = "bill_payer_account_id,line_item_usage_account_id,line_item_line_item_type,line_item_usage_start_date,line_item_usage_end_date,line_item_product_code,line_item_usage_type,line_item_resource_id,line_item_usage_amount,line_item_unblended_cost,line_item_currency_code,product_region_code,product_instance_type,reservation_reservation_a_r_n,savings_plan_savings_plan_a_r_n\n";

/// A CUR of 720 hours; each line is type, resource, unblended cost and commitment.
fn cur(lines: &[(&str, &str, &str, &str)]) -> String {
    let mut bill = CUR.to_owned();
    for start in hours() {
        let end = after(&start);
        for (word, resource, cost, commitment) in lines {
            writeln!(bill, "111122223333,111122223333,{word},{start},{end},AmazonEC2,BoxUsage:g5.2xlarge,{resource},1,{cost},USD,us-east-1,g5.2xlarge,{commitment}").unwrap();
        }
    }
    bill
}

#[test]
fn an_idle_machine_under_a_reservation_without_its_cost_column_is_waste_of_unknown_price() {
    let folder = Folder::new();
    let reservation = "arn:aws:ec2:us-east-1:111122223333:reserved-instances/r1,";
    folder.write("bill.csv", cur(&[("DiscountedUsage", "i-0aaaaaaaaaaaaaaaa", "0", reservation)]));
    idle(&folder, "aws:111122223333:us-east-1:i-0aaaaaaaaaaaaaaaa", "g5.2xlarge");
    assert_eq!(
        audited(&folder),
        json!({
            "idle": ["unpriced", null, "0.00"],
            "effective": null,
            "left out": [1, 30],
            "unpriced": 1,
            "gap": ["the effective cost of committed hours in bill.csv"],
            "bill": ["0.00", "0.00"],
        })
    );
}

#[test]
fn an_idle_machine_under_a_plan_is_never_priced_on_demand() {
    let folder = Folder::new();
    let plan = ",arn:aws:savingsplans::111122223333:savingsplan/sp-1";
    folder.write(
        "bill.csv",
        cur(&[
            ("SavingsPlanCoveredUsage", "i-0aaaaaaaaaaaaaaaa", "1.212", plan),
            ("SavingsPlanNegation", "", "-1.212", plan),
            ("SavingsPlanRecurringFee", "", "0.8", plan),
        ]),
    );
    idle(&folder, "aws:111122223333:us-east-1:i-0aaaaaaaaaaaaaaaa", "g5.2xlarge");
    assert_eq!(
        audited(&folder),
        json!({
            "idle": ["unpriced", null, "0.00"],
            "effective": null,
            // Thirty days of the machine, and thirty of what was left of the plan.
            "left out": [1, 60],
            "unpriced": 1,
            "gap": ["the effective cost of committed hours in bill.csv"],
            // 720 hours of the fee.
            "bill": ["576.00", "576.00"],
        })
    );
    let text = folder
        .run("audit --inventory inventory.csv --metrics metrics.csv --billing bill.csv --width 120")
        .done();
    let left_out = "Left out    1 resource of unknown cost; 60 daily charges whose effective cost the bill does not tell";
    assert!(text.lines().any(|line| line == left_out), "{text}");
}

#[test]
fn fees_of_google_commitments_are_in_the_sum_and_the_idle_machine_they_pay_is_unpriced() {
    let folder = Folder::new();
    let mut bill = String::new();
    for start in hours() {
        let end = after(&start);
        let mut row = |sku: &str, cost: f64, rest: Value| {
            let row = json!({
                "service": {"description": "Compute Engine"}, "sku": {"description": sku},
                "usage_start_time": start, "usage_end_time": end, "project": {"id": "p1"},
                "location": {"region": "us-central1"}, "currency": "USD", "cost_type": "regular",
                "cost": cost, "credits": rest["credits"], "resource": rest["resource"],
                "system_labels": rest["system_labels"],
            });
            writeln!(bill, "{row}").unwrap();
        };
        let machine = "//compute.googleapis.com/projects/p1/zones/us-central1-a/instances/42";
        row(
            "A2 Instance Core running in Americas",
            3.673,
            json!({
                "resource": {"global_name": machine},
                "credits": [{"type": "COMMITTED_USAGE_DISCOUNT", "amount": -3.673}],
                "system_labels": [{"key": "compute.googleapis.com/machine_spec", "value": "a2-highgpu-1g"}],
            }),
        );
        row("Commitment v1: A2 Core in Americas for 1 Year", 2.3, json!({"credits": []}));
    }
    folder.write("bill.csv", bill);
    idle(&folder, "gcp:p1:us-central1:instances/42", "a2-highgpu-1g");
    assert_eq!(
        audited(&folder),
        json!({
            "idle": ["unpriced", null, "0.00"],
            // The fee: $2.30 an hour × 730.
            "effective": "1679.00",
            "left out": [1, 30],
            "unpriced": 1,
            "gap": ["the effective cost of committed hours in bill.csv"],
            "bill": ["1656.00", "1656.00"],
        })
    );
}

#[test]
fn a_report_does_not_depend_on_the_folder_that_its_files_are_named_from() {
    let folder = Folder::new();
    folder.write("bill.csv", cur(&[("Surprise", "", "1", ",")]));
    let there = folder.path("bill.csv");
    let run = |bill: &str| folder.run(&format!("audit --billing {bill} --format json")).json();
    let (here, there) = (run("bill.csv"), run(there.to_str().unwrap()));
    assert_eq!(
        list(&here["gaps"])[0]["what"],
        "`Surprise` in column `line_item_line_item_type` of bill.csv"
    );
    assert_eq!(here, there);
}

#[test]
fn one_charge_outside_of_all_usage_is_named_in_the_singular_and_nobody_asked_for_a_window() {
    let folder = Folder::with_bundle();
    let tax = "111122223333,USD,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,2026-10-30T00:00:00Z,2026-10-31T00:00:00Z,Tax,,VAT,AWS,AWS,111122223333,us-east-1,,,Tax,tax,,,,,3,3,\n";
    folder.write("bill.csv", folder.read("bill.csv") + tax);
    let outside = |window: &str| {
        let report = folder.run(&format!("audit --billing bill.csv --format json {window}")).json();
        let gap =
            list(&report["gaps"]).iter().find(|gap| gap["what"] == "1 daily charge on the bill");
        gap.map(|gap| gap["because"].as_str().unwrap().to_owned())
    };
    assert_eq!(
        outside("").as_deref(),
        Some("their days lie outside the time of all usage on the bill")
    );
    assert_eq!(
        outside("--window-start 2026-10-01 --window-end 2026-10-09").as_deref(),
        Some("their days lie outside the window that was asked for")
    );
}

#[test]
fn a_message_and_the_sum_say_the_same_cents() {
    let folder = Folder::new();
    let mut bill = "BillingAccountId,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ProviderName,SubAccountId,RegionId,ServiceName,SkuId,BilledCost,EffectiveCost,CapacityReservationId,CapacityReservationStatus\n".to_owned();
    for day in 1..=20 {
        let usd = if day == 5 { "2.64" } else { "0" };
        writeln!(bill, "1,USD,2026-10-{day:02},2026-10-{:02},Usage,AWS,111122223333,us-east-1,EC2,x,{usd},{usd},cr-1,Unused", day + 1).unwrap();
    }
    folder.write("bill.csv", bill);
    let report = folder.run("audit --billing bill.csv --format json").json();
    let unused = find(&report, "capacity-reservation-unused");
    // $2.64 in 20 days are exactly $4.015 a month.
    assert_eq!(unused["counted_usd_per_month"]["likely"], "4.02");
    assert!(unused["message"].as_str().unwrap().contains("$4.02/mo"), "{}", unused["message"]);
}

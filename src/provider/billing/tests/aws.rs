use super::*;

const HEADER: &str = "identity_line_item_id,identity_time_interval,bill_payer_account_id,line_item_usage_account_id,line_item_line_item_type,line_item_usage_start_date,line_item_usage_end_date,line_item_product_code,line_item_usage_type,line_item_resource_id,line_item_usage_amount,line_item_unblended_cost,line_item_currency_code,pricing_term,product_region_code,reservation_reservation_a_r_n,reservation_effective_cost,reservation_unused_recurring_fee,savings_plan_savings_plan_a_r_n,savings_plan_savings_plan_effective_cost,savings_plan_total_commitment_to_date,savings_plan_used_commitment,resource_tags";

const RI: &str = "arn:aws:ec2:us-east-1:123:reserved-instances/r1";
const SP: &str = "arn:aws:savingsplans::123:savingsplan/s1";

/// One hour of a line type: id, type, usage type, resource, unblended, and the commitment columns.
fn line(id: &str, word: &str, usage: &str, resource: &str, unblended: &str, rest: &str) -> String {
    format!(
        "{id},2026-10-01T05:00:00Z/2026-10-01T06:00:00Z,99,123,{word},2026-10-01T05:00:00Z,2026-10-01T06:00:00Z,AmazonEC2,{usage},{resource},1,{unblended},USD,,us-east-1,{rest},"
    )
}

fn bill(lines: &[String]) -> String {
    format!("{HEADER}\n{}\n", lines.join("\n"))
}

#[test]
fn each_line_type_counts_its_effective_cost() {
    let imported = import_text(
        "cur.csv",
        bill(&[
            line("1", "Usage", "BoxUsage:p4d.24xlarge", "i-0a", "22", ",,,,,,"),
            line("2", "Usage", "SpotUsage:g5.xlarge", "i-0b", "0.5", ",,,,,,"),
            line(
                "3",
                "DiscountedUsage",
                "BoxUsage:g5.xlarge",
                "i-0c",
                "0",
                &format!("{RI},0.6,,,,,"),
            ),
            line("4", "RIFee", "HeavyUsage:g5.xlarge", "", "1", &format!("{RI},,0.4,,,,")),
            line(
                "5",
                "SavingsPlanCoveredUsage",
                "BoxUsage:g6.xlarge",
                "i-0d",
                "0.8",
                &format!(",,,{SP},0.5,,"),
            ),
            line(
                "6",
                "SavingsPlanNegation",
                "BoxUsage:g6.xlarge",
                "",
                "-0.8",
                &format!(",,,{SP},,,"),
            ),
            line("7", "SavingsPlanRecurringFee", "ComputeSP", "", "2", &format!(",,,{SP},,2,0.5")),
            line(
                "8",
                "Usage",
                "USE1-UnusedBox:p5.48xlarge",
                "arn:aws:ec2:us-east-1:123:capacity-reservation/cr-1",
                "55",
                ",,,,,,",
            ),
            line("9", "Tax", "", "", "7", ",,,,,,"),
            line("10", "Credit", "BoxUsage:p4d.24xlarge", "", "-3", ",,,,,,"),
            line("11", "EdpDiscount", "BoxUsage:p4d.24xlarge", "i-0a", "-2", ",,,,,,"),
        ]),
    )
    .unwrap();

    assert_eq!(
        by_kind(&imported),
        BTreeMap::from([
            ("adjustment", (1, -0.8, 0.0)),
            ("commitment_fee", (2, 3.0, 0.0)),
            ("commitment_unused", (2, 0.0, 1.9)),
            ("credit", (1, -3.0, -3.0)),
            ("reservation_unused", (1, 55.0, 55.0)),
            ("tax", (1, 7.0, 7.0)),
            // 22 − 2 on demand, 0.5 spot, 0.6 reserved, 0.5 under the plan.
            ("usage", (5, 21.3, 21.6)),
        ])
    );
    let file = &imported.files[0];
    assert_eq!((file.format, file.version), ("AWS CUR", "2.0"));
    assert_eq!(file.billed_usd, Some(Usd::round(82.5)));
    assert_eq!(file.effective_usd, None);
    assert_eq!(imported.gaps, []);

    let purchases: Vec<_> = imported
        .resources
        .iter()
        .filter(|resource| resource.kind == "gpu_instance")
        .map(|machine| (machine.instance_type.as_deref(), machine.purchase_option.as_deref()))
        .collect();
    assert_eq!(
        purchases,
        [
            (Some("p4d.24xlarge"), Some("on_demand")),
            (Some("g5.xlarge"), Some("spot")),
            (Some("g5.xlarge"), Some("committed")),
            (Some("g6.xlarge"), Some("committed")),
        ]
    );
    let commitments: Vec<_> = imported
        .commitments
        .iter()
        .map(|c| (c.kind.as_str(), c.window_committed_usd, c.window_used_usd))
        .collect();
    assert_eq!(
        commitments,
        [
            ("capacity_reservation", Some(55.0), Some(0.0)),
            ("reservation", Some(1.0), Some(0.6)),
            ("savings_plan", Some(2.0), Some(0.5)),
        ]
    );
}

#[test]
fn tags_and_arns_of_sagemaker_are_read() {
    let row = r#"1,2026-10-01T05:00:00Z/2026-10-01T06:00:00Z,99,123,Usage,2026-10-01T05:00:00Z,2026-10-01T06:00:00Z,AmazonSageMaker,USE1-Host:ml.g5.xlarge,arn:aws:sagemaker:us-east-1:123:endpoint/chat,1,1.41,USD,OnDemand,us-east-1,,,,,,,,"{""user_team"":""nlp"",""aws_createdBy"":""x""}""#;
    let imported = import_text("cur.csv", format!("{HEADER}\n{row}\n")).unwrap();
    let [endpoint] = &imported.resources[..] else { panic!("one resource") };
    assert_eq!(endpoint.resource_id, "aws:123:us-east-1:endpoint/chat");
    assert_eq!(endpoint.kind, "endpoint");
    assert_eq!(endpoint.instance_type.as_deref(), Some("ml.g5.xlarge"));
    assert_eq!(endpoint.tags_json, r#"{"aws_createdBy":"x","team":"nlp"}"#);
}

#[test]
fn a_report_without_the_use_of_commitments_says_so() {
    let header = "lineItem/LineItemType,lineItem/UsageAccountId,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/UnblendedCost,lineItem/ProductCode,savingsPlan/SavingsPlanARN";
    let row = format!(
        "SavingsPlanRecurringFee,123,2026-10-01T05:00:00Z,2026-10-01T06:00:00Z,2,ComputeSavingsPlans,{SP}"
    );
    let imported = import_text("cur.csv", format!("{header}\n{row}\n")).unwrap();
    assert_eq!(imported.files[0].version, "legacy");
    assert_eq!(imported.commitments[0].window_used_usd, None);
    let unused = imported.costs.iter().find(|row| row.charge_kind == "commitment_unused").unwrap();
    assert_eq!(unused.effective_usd, None);
    let whats: Vec<_> = imported.gaps.iter().map(|gap| gap.because.as_str()).collect();
    assert_eq!(whats, ["the export has no column for it", "the report lacks the columns for it"]);
}

#[test]
fn a_report_without_the_cost_of_covered_hours_says_so_and_leaves_it_open() {
    let header = "lineItem/LineItemType,lineItem/UsageAccountId,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/UnblendedCost,lineItem/ProductCode,lineItem/CurrencyCode,lineItem/ResourceId,lineItem/UsageType,reservation/ReservationARN,savingsPlan/SavingsPlanARN";
    let row = |word: &str, cost: &str, commitment: &str| {
        format!(
            "{word},123,2026-10-01T05:00:00Z,2026-10-01T06:00:00Z,{cost},AmazonEC2,USD,i-0a,BoxUsage:g5.xlarge,{commitment}"
        )
    };
    for (word, cost, commitment) in [
        ("DiscountedUsage", "0", format!("{RI},")),
        ("SavingsPlanCoveredUsage", "1.2", format!(",{SP}")),
    ] {
        let text = format!("{header}\n{}\n", row(word, cost, &commitment));
        let imported = import_text("cur.csv", text).unwrap();
        let [charge] = &imported.costs[..] else { panic!("one charge") };
        assert_eq!(charge.effective_usd, None, "{word}");
        let [known] = &imported.commitments[..] else { panic!("one commitment") };
        assert_eq!((known.window_committed_usd, known.window_used_usd), (None, None), "{word}");
        let [gap] = &imported.gaps[..] else { panic!("one gap") };
        assert_eq!(gap.what, "the effective cost of committed hours in cur.csv");
    }
}

#[test]
fn hours_of_a_reservation_without_their_cost_are_not_taken_for_unused() {
    let imported = import_text(
        "cur.csv",
        bill(&[
            line("1", "DiscountedUsage", "BoxUsage:g5.xlarge", "i-0c", "0", &format!("{RI},,,,,,")),
            line("2", "RIFee", "HeavyUsage:g5.xlarge", "", "1", &format!("{RI},,0.4,,,,")),
        ]),
    )
    .unwrap();
    let [reservation] = &imported.commitments[..] else { panic!("one commitment") };
    assert_eq!((reservation.window_committed_usd, reservation.window_used_usd), (None, None));
}

#[test]
fn a_daily_report_does_not_tell_hours() {
    let row = line("1", "Usage", "BoxUsage:p4d.24xlarge", "i-0a", "22", ",,,,,,")
        .replace("T05:00:00Z/2026-10-01T06", "T00:00:00Z/2026-10-02T00");
    let imported = import_text("cur.csv", bill(&[row])).unwrap();
    assert_eq!(imported.costs[0].billed_hours_mask, None);
}

#[test]
fn an_unknown_line_type_is_kept_as_an_adjustment_and_reported() {
    let row = line("1", "Surprise", "x", "", "5", ",,,,,,");
    let imported = import_text("cur.csv", bill(&[row])).unwrap();
    assert_eq!(by_kind(&imported), BTreeMap::from([("adjustment", (1, 5.0, 5.0))]));
    assert_eq!(imported.gaps[0].hides, "the purpose of 1 row with $5.00, counted as adjustments");
}

#[test]
fn a_line_item_that_comes_twice_is_refused_with_both_places() {
    let bills = Bills::new();
    let row = |id, cost| line(id, "Usage", "BoxUsage:p4d.24xlarge", "i-0a", cost, ",,,,,,");
    let first = bills.file("october.csv", bill(&[row("a", "1"), row("b", "2")]));
    let second = bills.file("october-again.csv", bill(&[row("c", "3"), row("b", "4")]));
    assert_eq!(
        message(import(&[first, second], &ImportOptions::default())),
        "the charge `b` is in october.csv, line 3 and again in october-again.csv, line 3"
    );
}

use super::*;

const HEADER: &str = "BilledCost,EffectiveCost,ListCost,BillingCurrency,ChargeCategory,ChargeClass,ChargePeriodStart,ChargePeriodEnd,ProviderName,SubAccountId,RegionId,ServiceName,SkuId,ResourceId,ResourceName,Tags,PricingCategory,ConsumedQuantity,ConsumedUnit,CommitmentDiscountId,CommitmentDiscountStatus,CommitmentDiscountType,ChargeDescription";

fn bill(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

const HOUR_1: &str = r#"2,2,4,USD,Usage,,2026-10-01T05:00:00Z,2026-10-01T06:00:00Z,AWS,123,us-east-1,Amazon EC2,sku,i-0abc,trainer,"{""team"":""nlp""}",Standard,1,Hours,,,,$4 per On Demand Linux g5.xlarge Instance Hour"#;
const HOUR_2: &str = r#"3,3,4,USD,Usage,,2026-10-01T07:00:00Z,2026-10-01T08:00:00Z,AWS,123,us-east-1,Amazon EC2,sku,i-0abc,trainer,"{""team"":""nlp""}",Standard,1,Hours,,,,$4 per On Demand Linux g5.xlarge Instance Hour"#;

#[test]
fn two_hours_of_a_machine_become_one_row_with_two_bits() {
    let imported = import_text("bill.csv", bill(&[HOUR_1, HOUR_2])).unwrap();

    let [row] = &imported.costs[..] else { panic!("one row: {:?}", imported.costs) };
    assert_eq!(row.resource_id.as_deref(), Some("aws:123:us-east-1:i-0abc"));
    assert_eq!(row.billed_hours_mask, Some(1 << 5 | 1 << 7));
    assert_eq!((row.quantity, row.quantity_unit.as_deref()), (Some(2.0), Some("Hours")));
    assert_eq!(
        (row.list_usd, row.billed_usd, row.effective_usd),
        (Some(8.0), Some(5.0), Some(5.0))
    );
    assert_eq!(row.purchase_option.as_deref(), Some("on_demand"));
    assert_eq!(row.instance_type.as_deref(), Some("g5.xlarge"));

    let [machine] = &imported.resources[..] else { panic!("one resource") };
    assert_eq!(machine.kind, "gpu_instance");
    assert_eq!(machine.name.as_deref(), Some("trainer"));
    assert_eq!(machine.tags_json, r#"{"team":"nlp"}"#);
    assert_eq!(imported.window.hour_count(), 3);

    let file = &imported.files[0];
    assert_eq!((file.format, file.version, file.row_count), ("FOCUS", "1.0", 2));
    assert_eq!(file.billed_usd, Some(Usd::from_cents(500)));
    assert_eq!(file.imported_usd, Usd::from_cents(500));
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let there = import_text("bill.csv", bill(&[HOUR_1, HOUR_2])).unwrap();
    let back = import_text("bill.csv", bill(&[HOUR_2, HOUR_1])).unwrap();
    assert_eq!(there, back);
}

#[test]
fn used_and_unused_parts_of_a_plan_are_told_apart() {
    let plan = "arn:aws:savingsplans::999:savingsplan/p1";
    let row = |billed, effective, category, status| {
        format!(
            "{billed},{effective},9,USD,{category},,2026-10-01T00:00:00Z,2026-10-01T01:00:00Z,AWS,123,,Savings Plans,sp,,,,Committed,1,Hours,{plan},{status},Savings Plan,"
        )
    };
    let rows = [
        row("10", "0", "Purchase", ""),
        row("0", "6", "Usage", "Used"),
        row("0", "4", "Usage", "Unused"),
    ];
    let imported = import_text("bill.csv", bill(&rows.each_ref().map(String::as_str))).unwrap();

    assert_eq!(
        by_kind(&imported),
        BTreeMap::from([
            ("commitment_fee", (1, 10.0, 0.0)),
            ("commitment_unused", (1, 0.0, 4.0)),
            ("usage", (1, 0.0, 6.0)),
        ])
    );
    let [commitment] = &imported.commitments[..] else { panic!("one commitment") };
    assert_eq!(commitment.kind, "savings_plan");
    assert_eq!(commitment.account_id, "999");
    assert_eq!(commitment.window_committed_usd, Some(10.0));
    assert_eq!(commitment.window_used_usd, Some(6.0));
}

#[test]
fn a_narrower_window_leaves_of_a_plan_what_lies_inside() {
    let plan = "arn:aws:savingsplans::999:savingsplan/p1";
    let row = |day: u32, amount, status| {
        format!(
            "0,{amount},9,USD,Usage,,2026-10-{day:02}T00:00:00Z,2026-10-{:02}T00:00:00Z,AWS,123,,Savings Plans,sp,,,,Committed,1,Hours,{plan},{status},Savings Plan,",
            day + 1
        )
    };
    // All used on the first day, half on the second, nothing on the third.
    let rows = [row(1, 24, "Used"), row(2, 12, "Used"), row(2, 12, "Unused"), row(3, 24, "Unused")];
    let text = bill(&rows.each_ref().map(String::as_str));
    let known = |start, end| {
        let bills = Bills::new();
        let options = ImportOptions { start, end, ..ImportOptions::default() };
        let imported = import(&[bills.file("bill.csv", &text)], &options).unwrap();
        let plan = &imported.commitments[0];
        (plan.window_committed_usd, plan.window_used_usd)
    };
    let noon_of = |day: i64| Some(497_448 + (day - 1) * 24 + 12);
    assert_eq!(known(None, None), (Some(72.0), Some(36.0)));
    // Half of the first day and half of the second: 12 + 12, used 12 + 6.
    assert_eq!(known(noon_of(1), noon_of(2)), (Some(24.0), Some(18.0)));
    assert_eq!(known(noon_of(2), None), (Some(36.0), Some(6.0)));
    assert_eq!(known(noon_of(20), None), (Some(0.0), Some(0.0)));
}

#[test]
fn taxes_credits_and_corrections_keep_their_kind() {
    let row = |amount, category, class| {
        format!(
            "{amount},{amount},,USD,{category},{class},2026-10-01 00:00:00,2026-10-02 00:00:00,Google Cloud,p,,Vertex AI,s,,,,,,,,,,"
        )
    };
    let rows = [row("1", "Tax", ""), row("-2", "Credit", ""), row("-3", "Usage", "Correction")];
    let imported = import_text("bill.csv", bill(&rows.each_ref().map(String::as_str))).unwrap();
    assert_eq!(
        by_kind(&imported),
        BTreeMap::from([
            ("adjustment", (1, -3.0, -3.0)),
            ("credit", (1, -2.0, -2.0)),
            ("tax", (1, 1.0, 1.0)),
        ])
    );
    assert_eq!(imported.costs[0].provider, "gcp");
    assert_eq!(imported.costs[0].billed_hours_mask, None);
}

#[test]
fn a_month_of_tax_is_spread_over_the_days_of_the_window() {
    let tax = "3,3,,USD,Tax,,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,AWS,123,,Tax,,,,,,,,,,,";
    let day = |day: u8| {
        format!(
            "1,1,,USD,Usage,,2026-10-{day:02}T00:00:00Z,2026-10-{:02}T00:00:00Z,AWS,123,,S3,s,,,,,,,,,,",
            day + 1
        )
    };
    let imported = import_text("bill.csv", bill(&[tax, &day(1), &day(2), &day(3)])).unwrap();
    let taxes: Vec<_> = imported
        .costs
        .iter()
        .filter(|row| row.charge_kind == "tax")
        .map(|row| row.effective_usd)
        .collect();
    assert_eq!(taxes, [Some(1.0); 3]);
    assert_eq!(imported.window.hour_count(), 3 * 24);
}

#[test]
fn the_version_is_told_by_the_columns_and_spellings_do_not_matter() {
    let version = |extra: &str| {
        let header = HEADER.to_lowercase();
        let text = format!("{header},{extra}\n{HOUR_1},x\n");
        import_text("bill.csv", text).unwrap().files[0].version
    };
    assert_eq!(version("x_Operation"), "1.0");
    assert_eq!(version("SkuMeter"), "1.1");
    assert_eq!(version("InvoiceId"), "1.2");
}

#[test]
fn an_unused_capacity_reservation_is_waste_of_its_own() {
    let header =
        format!("{HEADER},CapacityReservationId,CapacityReservationStatus,SkuPriceDetails");
    let row = r#"98,98,98,USD,Usage,,2026-10-01T00:00:00Z,2026-10-01T01:00:00Z,AWS,123,us-east-1,EC2,s,,,,Standard,1,Hours,,,,,cr-1,Unused,"{""InstanceType"":""p5.48xlarge""}""#;
    let imported = import_text("bill.csv", format!("{header}\n{row}\n")).unwrap();
    let [row] = &imported.costs[..] else { panic!("one row") };
    assert_eq!(row.charge_kind, "reservation_unused");
    assert_eq!(row.commitment_id.as_deref(), Some("cr-1"));
    assert_eq!(row.instance_type.as_deref(), Some("p5.48xlarge"));
    assert_eq!(imported.commitments[0].kind, "capacity_reservation");
    assert_eq!(imported.commitments[0].window_used_usd, Some(0.0));
    assert_eq!(imported.commitments[0].window_committed_usd, Some(98.0));
}

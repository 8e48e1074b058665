use super::*;

const HEADER: &str = "SubscriptionId,Date,MeterCategory,MeterSubCategory,MeterName,Quantity,UnitOfMeasure,CostInBillingCurrency,BillingCurrency,ResourceLocation,ResourceId,ResourceName,AdditionalInfo,Tags,ChargeType,PricingModel,ReservationId,PayGPrice";

const VM: &str =
    "/subscriptions/SUB/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/VM1";

fn line(cost: &str, charge: &str, pricing: &str, reservation: &str) -> String {
    format!(
        r#"SUB,10/05/2026,Virtual Machines,NCv3,NC6s v3,24,1 Hour,{cost},USD,East US,{VM},VM1,"{{""ServiceType"":""Standard_NC6s_v3""}}","""team"": ""nlp""",{charge},{pricing},{reservation},3"#
    )
}

fn bill(lines: &[String]) -> String {
    format!("\u{feff}{HEADER}\r\n{}\r\n", lines.join("\r\n"))
}

#[test]
fn amortized_hours_carry_their_cost_and_unused_ones_are_waste() {
    let imported = import_text(
        "amortized.csv",
        bill(&[
            line("48", "Usage", "Reservation", "r1"),
            line("12", "UnusedReservation", "Reservation", "r1"),
            line("72", "Usage", "OnDemand", ""),
        ]),
    )
    .unwrap();
    assert_eq!(
        by_kind(&imported),
        BTreeMap::from([("commitment_unused", (1, 0.0, 12.0)), ("usage", (2, 72.0, 120.0))])
    );
    let file = &imported.files[0];
    assert_eq!((file.version, file.row_count), ("amortized", 3));
    assert_eq!((file.billed_usd, file.effective_usd), (None, Some(Usd::round(132.0))));
    assert_eq!(file.imported_usd, Usd::round(132.0));

    let covered = imported
        .costs
        .iter()
        .find(|row| row.purchase_option.as_deref() == Some("committed"))
        .unwrap();
    assert_eq!((covered.billed_usd, covered.effective_usd), (None, Some(48.0)));
    assert_eq!(covered.list_usd, Some(72.0));
    let [machine] = &imported.resources[..] else { panic!("one resource") };
    assert_eq!(machine.resource_id, "azure:sub:eastus:rg/microsoft.compute/virtualmachines/vm1");
    assert_eq!(machine.kind, "gpu_instance");
    assert_eq!(machine.instance_type.as_deref(), Some("Standard_NC6s_v3"));
    assert_eq!(machine.tags_json, r#"{"team":"nlp"}"#);
    assert_eq!(imported.commitments[0].window_committed_usd, Some(60.0));
    assert_eq!(imported.commitments[0].window_used_usd, Some(48.0));
}

#[test]
fn actual_cost_does_not_know_what_covered_hours_cost() {
    let imported = import_text(
        "actual.csv",
        bill(&[
            line("0", "Usage", "Reservation", "r1"),
            line("1000", "Purchase", "Reservation", "r1"),
            line("72", "Usage", "OnDemand", ""),
        ]),
    )
    .unwrap();
    assert_eq!(imported.files[0].version, "actual");
    assert_eq!(imported.files[0].billed_usd, Some(Usd::round(1072.0)));
    let covered = imported
        .costs
        .iter()
        .find(|row| row.purchase_option.as_deref() == Some("committed"))
        .unwrap();
    assert_eq!((covered.billed_usd, covered.effective_usd), (Some(0.0), None));
    assert_eq!(imported.gaps[0].remedy, "export amortized cost instead");
}

#[test]
fn actual_and_amortized_of_one_month_are_never_mixed() {
    let bills = Bills::new();
    let actual = bills.file("a.csv", bill(&[line("1000", "Purchase", "Reservation", "r1")]));
    let amortized = bills.file("b.csv", bill(&[line("48", "Usage", "Reservation", "r1")]));
    assert_eq!(
        message(import(&[actual, amortized], &ImportOptions::default())),
        "actual and amortized cost of the Azure subscription sub in 2026-10 are mixed: a.csv, line 2 holds actual cost, b.csv, line 2 holds amortized cost"
    );
}

#[test]
fn translated_headers_with_semicolons_and_decimal_commas_are_read() {
    let text = "Abonnement-GUID (SubscriptionGuid);Datum (Date);Kategorie der Verbrauchseinheit (MeterCategory);Kosten (Cost);ID der Instanz (InstanceId);Währung (Currency)\n\
                sub;2026-10-05;Virtual Machines;1,5;vm;EUR\n\
                sub;06.10.2026;Virtual Machines;2;vm;EUR\n";
    let bills = Bills::new();
    let path = bills.file("kosten.csv", text);
    let imported = import(&[path], &with_rates(&[("EUR", 1.2)])).unwrap();
    assert_eq!(imported.files[0].billed_usd, Some(Usd::round(4.2)));
    assert_eq!(imported.window.hour_count(), 2 * 24);
}

#[test]
fn an_empty_capacity_reservation_is_unused() {
    let row = line("2.64", "Usage", "OnDemand", "")
        .replace("virtualMachines/VM1", "capacityReservationGroups/g/capacityReservations/cr");
    let imported = import_text("azure.csv", bill(&[row])).unwrap();
    assert_eq!(by_kind(&imported), BTreeMap::from([("reservation_unused", (1, 2.64, 2.64))]));
    assert_eq!(imported.commitments[0].kind, "capacity_reservation");
    assert_eq!(imported.commitments[0].window_used_usd, Some(0.0));
}

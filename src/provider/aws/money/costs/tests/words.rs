//! What Cost Explorer's amounts and types of records are taken for.

use super::*;

#[test]
fn amounts_after_private_discounts_win() {
    let discounted = Spent {
        net_amortized: Some("20.00".to_owned()),
        ..spent("BoxUsage:g5.xlarge", OWN, "24.00", "24")
    };
    let rows = shared(&usage(&[discounted]), &[machine("i-a", "g5.xlarge")])
        .booked
        .rows()
        .collect::<Vec<_>>();
    assert_eq!((rows[0].effective_usd, rows[0].billed_usd), (Some(20.0), Some(24.0)));
}

#[test]
fn an_amount_that_is_not_told_is_unknown_and_not_zero() {
    let untold = Spent { amortized: None, ..spent("BoxUsage:g5.xlarge", OWN, "24.00", "24") };
    let rows =
        shared(&usage(&[untold]), &[machine("i-a", "g5.xlarge")]).booked.rows().collect::<Vec<_>>();
    assert_eq!(rows[0].effective_usd, None);
}

#[test]
fn another_currency_is_a_gap_and_no_dollars() {
    let yuan =
        Spent { currency: Some("CNY".to_owned()), ..spent("BoxUsage:g5.xlarge", OWN, "7", "1") };
    let bill = usage(&[yuan]);
    let read = normalize::read(&bill);
    assert_eq!((read.lines[0].effective, read.lines[0].billed), (None, None));
    assert_eq!(read.gaps[0].because, "its amounts are in CNY, not in dollars");
}

#[test]
fn a_page_that_comes_twice_counts_once() {
    let page = spent("BoxUsage:g5.xlarge", OWN, "24.00", "24");
    let rows = shared(&usage(&[page.clone(), page]), &[machine("i-a", "g5.xlarge")])
        .booked
        .rows()
        .collect::<Vec<_>>();
    assert!((total_usd(&rows) - 24.0).abs() < 1e-9);
}

#[test]
fn what_is_no_usage_keeps_its_kind() {
    let of = |record_type| spent(record_type, OWN, "1.00", "0");
    let bill = Answers {
        rest: vec![
            of("Tax"),
            of("Credit"),
            of("Refund"),
            of("SavingsPlanNegation"),
            of("SavingsPlanRecurringFee"),
            of("Recurring"),
            of("RIFee"),
            of("Upfront"),
            of("Enterprise Discount Program Discount"),
            of("Surcharge"),
        ],
        ..Answers::default()
    };
    let read = normalize::read(&bill);
    let kinds: Vec<String> =
        read.others.iter().map(|charge| format!("{} {}", charge.sku, charge.kind.word())).collect();
    assert_eq!(
        kinds,
        [
            "Tax tax",
            "Credit credit",
            "Refund refund",
            "SavingsPlanNegation adjustment",
            "SavingsPlanRecurringFee commitment_unused",
            "Recurring commitment_unused",
            "RIFee commitment_unused",
            "Upfront commitment_fee",
            "Enterprise Discount Program Discount adjustment",
            "Surcharge adjustment",
        ]
    );
    assert_eq!(read.gaps[0].because, "the types of charges Surcharge are not known");
}

#[test]
fn unused_capacity_is_of_the_reservation_if_there_is_one_only() {
    let reservation = |id: &str| CommitmentRow {
        commitment_id: id.to_owned(),
        provider: "aws".to_owned(),
        account_id: OWN.to_owned(),
        kind: "capacity_reservation".to_owned(),
        scope_region: Some("us-east-1".to_owned()),
        scope_instance_type: Some("p5.48xlarge".to_owned()),
        starts_at: None,
        ends_at: None,
        committed_usd_per_hour: None,
        window_committed_usd: None,
        window_used_usd: None,
    };
    let bill = usage(&[spent("UnusedBox:p5.48xlarge", OWN, "98.32", "1")]);
    let with = |commitments: &[CommitmentRow]| {
        let known =
            Known { hours: &Hours::new(), resources: &[], commitments, days: ALL, settled: ALL };
        let row = share(&normalize::read(&bill), known).booked.rows().next().unwrap();
        (row.charge_kind, row.commitment_id)
    };
    let unused = |id: Option<&str>| ("reservation_unused".to_owned(), id.map(str::to_owned));
    assert_eq!(with(&[reservation("cr-1")]), unused(Some("cr-1")));
    assert_eq!(with(&[reservation("cr-1"), reservation("cr-2")]), unused(None));
}

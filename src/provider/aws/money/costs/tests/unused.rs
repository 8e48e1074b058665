//! Whose the unused part of plans and reservations is.

use super::*;
use crate::{provider::aws::money::costs::unused, window::Window};

const WINDOW: Window = Window { start: DAY / MS_PER_HOUR, end: DAY / MS_PER_HOUR + 24 };

/// A commitment of which so many dollars of the day were not used.
fn commitment(id: &str, kind: &str, unused_usd: Option<f64>) -> CommitmentRow {
    CommitmentRow {
        commitment_id: id.to_owned(),
        provider: "aws".to_owned(),
        account_id: OWN.to_owned(),
        kind: kind.to_owned(),
        scope_region: None,
        scope_instance_type: None,
        starts_at: None,
        ends_at: None,
        committed_usd_per_hour: None,
        window_committed_usd: Some(1_000.0),
        window_used_usd: unused_usd.map(|usd| 1_000.0 - usd),
    }
}

/// Rows as `commitment effective`, of fees by type of record, account and dollars.
fn named(fees: &[(&str, &str, &str)], commitments: &[CommitmentRow]) -> Vec<String> {
    let rest = fees.iter().map(|(record, account_id, usd)| spent(record, account_id, usd, "0"));
    let bill = Answers { rest: rest.collect(), ..Answers::default() };
    let mut read = normalize::read(&bill);
    read.others = unused::named(read.others, commitments, WINDOW);
    let known =
        Known { hours: &Hours::new(), resources: &[], commitments, days: ALL, settled: ALL };
    let rows = share(&read, known).booked.rows().collect::<Vec<_>>();
    let billed: f64 = fees.iter().map(|(.., usd)| usd.parse::<f64>().unwrap()).sum();
    assert!((total_usd(&rows) - billed).abs() < 1e-9, "the total is that of the bill");
    let id = |row: &CostRow| row.commitment_id.clone().unwrap_or_else(|| "-".to_owned());
    let mut said: Vec<String> =
        rows.iter().map(|row| format!("{} {:.2}", id(row), row.effective_usd.unwrap())).collect();
    said.sort();
    said
}

#[test]
fn unused_plans_are_named_by_what_each_left_unused() {
    let plans = [
        commitment("sp-a", "savings_plan", Some(75.0)),
        commitment("sp-b", "savings_plan", Some(25.0)),
        commitment("sp-full", "savings_plan", Some(0.0)),
        commitment("ri", "reservation", Some(50.0)),
    ];
    let said = named(&[("SavingsPlanRecurringFee", OWN, "99.999999999")], &plans);
    assert_eq!(said, ["sp-a 75.00", "sp-b 25.00"]);
}

#[test]
fn the_fee_of_reservations_is_no_plans_and_that_of_another_account_is_nobodys() {
    let known =
        [commitment("sp", "savings_plan", Some(75.0)), commitment("ri", "reservation", Some(50.0))];
    let fees = [("Recurring", OWN, "20"), ("RIFee", OWN, "30"), ("RIFee", OTHER, "7")];
    assert_eq!(named(&fees, &known), ["- 7.00", "ri 20.00", "ri 30.00"]);
}

#[test]
fn what_no_known_plan_left_unused_stays_without_a_name() {
    let known = [commitment("ri", "reservation", Some(50.0))];
    assert_eq!(named(&[("RIFee", OWN, "80")], &known), ["- 30.00", "ri 50.00"]);
    let untold = [commitment("ri", "reservation", None)];
    assert_eq!(named(&[("RIFee", OWN, "80")], &untold), ["- 80.00"]);
}

#[test]
fn a_plan_takes_no_part_of_days_outside_of_its_term() {
    let ended = InstantMs(DAY - MS_PER_HOUR);
    let gone =
        CommitmentRow { ends_at: Some(ended), ..commitment("sp-gone", "savings_plan", Some(75.0)) };
    let known = [gone, commitment("sp", "savings_plan", Some(25.0))];
    assert_eq!(named(&[("SavingsPlanRecurringFee", OWN, "25")], &known), ["sp 25.00"]);
}

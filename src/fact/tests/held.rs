//! Capacity that is paid for whether anything runs in it, and machines that cost something else than lists say.

use super::{
    charge, index,
    money::{machine, measured, node, snapshot},
};
use crate::{
    fact::{CostIndex, SubjectKind, Value, commitment},
    frame::{CommitmentRow, CostRow, ResourceRow},
    window::Window,
};

const ID: &str = "aws:1:us-east-1:i-1";
const NOON: Option<i64> = Some(1 << 12);

fn reserved() -> ResourceRow {
    ResourceRow { reserved_in: Some("cr-1".to_owned()), ..machine(ID) }
}

fn billed(usd: f64, option: &str) -> CostRow {
    CostRow { resource_id: Some(ID.to_owned()), ..charge(0, NOON, "usage", option, usd) }
}

#[test]
fn hours_in_reserved_capacity_are_paid_either_way_and_still_worth_a_plan() {
    let costs = [billed(3.0, "on_demand"), billed(1.0, "committed")];
    measured(&snapshot(&[reserved()], &costs), |facts, _| {
        let bill = facts.bill(SubjectKind::Accelerator, ID).unwrap();
        let hour = bill.hours[0];
        let paid = (hour.on_demand_usd, hour.committed_usd, hour.reserved_usd);
        assert_eq!(format!("{paid:?}"), "(0.0, 4.0, 3.0)");
        assert_eq!(hour.committable_usd().to_string(), "3");
        let subject = facts.subject(ID).unwrap();
        assert_eq!(subject.cost.unwrap().committed_ratio, Some(1.0));
        assert_eq!(subject.common().reserved_in.as_deref(), Some("cr-1"));
        assert_eq!(facts.pool_members().into_values().collect::<Vec<_>>(), [[ID]]);
    });
}

#[test]
fn without_a_bill_reserved_hours_are_paid_either_way_too() {
    measured(&snapshot(&[reserved()], &[]), |facts, _| {
        let bill = facts.bill(SubjectKind::Accelerator, ID).unwrap();
        assert!(bill.hours.iter().all(|hour| hour.on_demand_usd == 0.0));
        assert_eq!(format!("{:.3}", bill.cost_usd()), "24.144", "24 hours at $1.006");
    });
}

#[test]
fn a_node_on_a_machine_in_reserved_capacity_is_paid_either_way_as_well() {
    let rows = [reserved(), node(ID)];
    measured(&snapshot(&rows, &[billed(3.0, "on_demand")]), |facts, _| {
        let node = &rows[1].resource_id;
        let bill = facts.bill(SubjectKind::Accelerator, node).unwrap();
        assert_eq!((bill.hours[0].on_demand_usd, bill.hours[0].committed_usd), (0.0, 3.0));
        assert_eq!(facts.reserved_in(node), Some("cr-1"));
    });
}

#[test]
fn list_prices_say_nothing_of_a_machine_that_costs_something_else() {
    let windows = ResourceRow { price_variant: Some("Windows".to_owned()), ..machine(ID) };
    measured(&snapshot(&[windows], &[]), |facts, _| {
        let subject = facts.subject(ID).unwrap();
        assert!(subject.cost.is_none() && facts.bill(SubjectKind::Accelerator, ID).is_none());
        assert_eq!((subject.price("on_demand"), subject.price_ratio("spot")), (None, None));
        assert!(!subject.current().unwrap().has_list_price);
    });
}

#[test]
fn a_machine_with_another_price_is_in_a_pool_of_its_own() {
    let dedicated = ResourceRow {
        price_variant: Some("dedicated".to_owned()),
        ..machine("aws:1:us-east-1:i-2")
    };
    let costs = [
        billed(3.0, "on_demand"),
        CostRow { resource_id: Some("aws:1:us-east-1:i-2".to_owned()), ..billed(4.0, "on_demand") },
    ];
    measured(&snapshot(&[machine(ID), dedicated], &costs), |facts, _| {
        let pools: Vec<String> = facts.pool_members().into_keys().collect();
        let id = "aws:1:us-east-1:pool/g5.xlarge";
        assert_eq!(pools, [id.to_owned(), format!("{id} (dedicated)")]);
        let table = facts.table(SubjectKind::Pool).unwrap();
        let ratio = table.specs.iter().position(|spec| spec.name == "commit_price_ratio").unwrap();
        let known: Vec<bool> =
            table.rows.iter().map(|row| !matches!(row.values[ratio], Value::Null)).collect();
        assert_eq!(known, [true, false], "what a plan would make of the other is not known");
    });
}

/// 2026-10-01 and the day after.
const WINDOW: Window = Window { start: 497_448, end: 497_496 };

fn capacity() -> CommitmentRow {
    CommitmentRow {
        commitment_id: "cr-1".to_owned(),
        provider: "aws".to_owned(),
        account_id: "1".to_owned(),
        kind: "capacity_reservation".to_owned(),
        scope_region: Some("us-east-1".to_owned()),
        scope_instance_type: Some("g5.xlarge".to_owned()),
        starts_at: None,
        ends_at: None,
        committed_usd_per_hour: Some(2.0),
        window_committed_usd: Some(96.0),
        window_used_usd: None,
    }
}

fn used_ratio(row: CommitmentRow, costs: &CostIndex) -> String {
    let rows = commitment::rows(&[row], costs, WINDOW);
    let specs = crate::fact::specs_of(SubjectKind::Commitment);
    let place = specs.iter().position(|spec| spec.name == "used_ratio").unwrap();
    format!("{:?}", rows[0].values[place])
}

#[test]
fn how_much_of_reserved_capacity_was_used_is_told_by_a_bill_and_by_nothing_else() {
    let unused = |commitment_id: Option<&str>, instance_type: &str| CostRow {
        resource_id: None,
        commitment_id: commitment_id.map(str::to_owned),
        instance_type: Some(instance_type.to_owned()),
        ..charge(0, None, "reservation_unused", "", 24.0)
    };
    let ran = billed(3.0, "on_demand");
    let of = |rows: &[CostRow]| used_ratio(capacity(), &index(rows));
    assert_eq!(of(&[]), "Null", "there is no bill");
    assert_eq!(of(std::slice::from_ref(&ran)), "Number(1.0)", "nothing unused is on the bill");
    assert_eq!(of(&[ran.clone(), unused(Some("cr-1"), "g5.xlarge")]), "Number(0.75)");
    assert_eq!(of(&[ran.clone(), unused(None, "g5.xlarge")]), "Null", "of one of several");
    assert_eq!(of(&[ran.clone(), unused(None, "p5.48xlarge")]), "Number(1.0)", "of another type");
    assert_eq!(of(&[ran.clone(), unused(Some("cr-2"), "g5.xlarge")]), "Number(1.0)");
    let elsewhere = CostRow { region: Some("eu-west-1".to_owned()), ..unused(None, "g5.xlarge") };
    assert_eq!(of(&[ran.clone(), elsewhere]), "Number(1.0)", "in another region");
    let other = CostRow { account_id: "2".to_owned(), ..ran.clone() };
    assert_eq!(of(&[other]), "Null", "the bill of another account");
    let plan = CommitmentRow { kind: "savings_plan".to_owned(), ..capacity() };
    assert_eq!(used_ratio(plan, &index(&[ran])), "Null", "plans have no such lines");
}

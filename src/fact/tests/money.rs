//! What subjects cost together, from a snapshot to facts.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::charge;
use crate::{
    catalog::Catalog,
    fact::{Facts, Ground, SubjectKind},
    frame::{CostRow, InstantMs, ResourceRow, WorkloadRow},
    settings::Settings,
    snapshot::{CostSource, Gap, Snapshot},
    window::Window,
};

/// From noon of 2026-10-01 to noon of the next day, UTC.
pub(super) const NOON_TO_NOON: Window = Window { start: 497_460, end: 497_484 };

pub(super) fn snapshot(resources: &[ResourceRow], costs: &[CostRow]) -> Snapshot {
    Snapshot {
        resources: resources.to_vec(),
        costs: CostSource::Rows(costs.to_vec()),
        ..Snapshot::empty(NOON_TO_NOON)
    }
}

pub(super) fn measured<T>(snapshot: &Snapshot, then: impl FnOnce(&Facts<'_>, &[Gap]) -> T) -> T {
    let (settings, catalog) = (Settings::default(), Catalog::embedded().unwrap());
    let ground = Ground::read(snapshot, &settings, &catalog, &TimeZone::UTC).unwrap();
    let traffic = BTreeMap::new();
    then(&ground.measure(&traffic), &ground.gaps)
}

pub(super) fn machine(id: &str) -> ResourceRow {
    ResourceRow {
        resource_id: id.to_owned(),
        provider: "aws".to_owned(),
        account_id: "1".to_owned(),
        region: "us-east-1".to_owned(),
        kind: "gpu_instance".to_owned(),
        instance_type: Some("g5.xlarge".to_owned()),
        purchase_option: Some("on_demand".to_owned()),
        launched_at: Some(InstantMs(0)),
        tags_json: "{}".to_owned(),
        ..ResourceRow::default()
    }
}

/// A node on that machine, as a cluster knows it.
pub(super) fn node(machine_id: &str) -> ResourceRow {
    ResourceRow {
        kind: "node".to_owned(),
        backed_by: Some(machine_id.to_owned()),
        ..machine("kubernetes:c:us-east-1:node/n")
    }
}

/// Dollars in the window, of dollars a month.
fn in_window(usd_per_month: f64) -> String {
    format!("{:.2}", usd_per_month / 730.0 * 24.0)
}

#[test]
fn the_total_is_the_part_of_the_bill_inside_the_window_and_the_sum_of_its_parts() {
    let unnamed = |row: CostRow| CostRow { resource_id: None, ..row };
    let costs = [
        // Twelve of 24 hours, and two of the four hours 10 to 13.
        charge(0, None, "usage", "on_demand", 24.0),
        charge(1, Some(0b1111 << 10), "usage", "on_demand", 4.0),
        // The same of no resource.
        unnamed(charge(0, None, "usage", "on_demand", 48.0)),
        unnamed(charge(1, Some(0b1111 << 10), "usage", "on_demand", 8.0)),
        // Half a day of an unused plan, and of one without a name.
        charge(1, None, "commitment_unused", "committed", 96.0),
        CostRow { commitment_id: None, ..charge(1, None, "commitment_unused", "committed", 192.0) },
    ];
    let listed = machine("aws:1:r:i-1");
    for resources in [&[listed][..], &[]] {
        measured(&snapshot(resources, &costs), |facts, _| {
            let total = facts.billed_usd_per_month().unwrap();
            assert_eq!(in_window(total), format!("{}.00", 12 + 2 + 24 + 4 + 48 + 96));
            if !resources.is_empty() {
                let own = facts.monthly_usd_of(["aws:1:r:i-1"]);
                assert_eq!(own.into_iter().flatten().map(in_window).collect::<Vec<_>>(), ["14.00"]);
            }
        });
    }
}

#[test]
fn without_a_bill_a_node_and_its_machine_count_once() {
    let rows = [machine("aws:1:us-east-1:i-1"), node("aws:1:us-east-1:i-1")];
    let alone = measured(&snapshot(&rows[..1], &[]), |facts, _| {
        facts.list_price_usd_per_month().map(in_window)
    });
    measured(&snapshot(&rows, &[]), |facts, _| {
        assert!(alone.is_some());
        assert_eq!(facts.list_price_usd_per_month().map(in_window), alone);
        let ids = rows.each_ref().map(|row| row.resource_id.as_str());
        let together: Vec<_> =
            facts.monthly_usd_of(ids).into_iter().map(|usd| usd.map(in_window)).collect();
        assert_eq!(together, std::slice::from_ref(&alone));
        for id in ids {
            let own = facts.subject(id).unwrap().effective_usd_per_month();
            assert_eq!(own.map(in_window), alone);
        }
        assert_eq!(facts.list_price_keys().len(), 1);
        let pools: Vec<_> = facts.pool_members().into_values().collect();
        assert_eq!(pools, [["aws:1:us-east-1:i-1"]]);
        let pool = "aws:1:us-east-1:pool/g5.xlarge";
        assert_eq!(facts.fact_usd(SubjectKind::Pool, pool).map(in_window), alone);
        let judged = facts.table(SubjectKind::Resource).unwrap();
        let judged: Vec<_> =
            judged.rows.iter().map(|row| row.subject.resource_id.as_str()).collect();
        assert_eq!(judged, ["kubernetes:c:us-east-1:node/n"]);
    });
}

#[test]
fn a_node_costs_what_its_machine_is_charged() {
    let rows = [machine("aws:1:r:i-1"), node("aws:///us-east-1a/i-1")];
    let costs = [charge(1, Some(0b11), "usage", "on_demand", 4.0)];
    measured(&snapshot(&rows, &costs), |facts, _| {
        let node = facts.subject("kubernetes:c:us-east-1:node/n").unwrap();
        assert_eq!(node.effective_usd_per_month().map(in_window).as_deref(), Some("4.00"));
        assert_eq!(node.running_hours().map(|hours| hours.to_string()).as_deref(), Some("2"));
        assert_eq!(facts.billed_usd_per_month().map(in_window).as_deref(), Some("4.00"));
        assert_eq!(facts.list_price_usd_per_month(), None);
        assert_eq!(facts.pool_members().into_values().collect::<Vec<_>>(), [["aws:1:r:i-1"]]);
    });
}

#[test]
fn a_node_without_a_type_of_its_own_is_priced_as_its_machine_and_a_machine_without_one_as_its_node()
{
    let untyped = |row: ResourceRow| ResourceRow { instance_type: None, ..row };
    let (with, without) = (machine("aws:1:us-east-1:i-1"), node("aws:///us-east-1a/i-1"));
    let price = |rows: [ResourceRow; 2]| {
        measured(&snapshot(&rows, &[]), |facts, _| facts.list_price_usd_per_month().map(in_window))
    };
    let both = price([with.clone(), without.clone()]);
    assert!(both.is_some());
    assert_eq!(price([with.clone(), untyped(without.clone())]), both);
    assert_eq!(price([untyped(with), without]), both);
}

#[test]
fn spot_hours_are_nothing_to_commit_to() {
    let costs = [
        charge(0, Some(0b11 << 12), "usage", "on_demand", 6.0),
        charge(0, Some(0b11 << 14), "usage", "spot", 2.0),
    ];
    measured(&snapshot(&[machine("aws:1:r:i-1")], &costs), |facts, _| {
        let pool = facts.fact_usd(SubjectKind::Pool, "aws:1:us-east-1:pool/g5.xlarge");
        assert_eq!(pool.map(in_window).as_deref(), Some("6.00"));
        let bill = facts.bill(SubjectKind::Resource, "aws:1:r:i-1").unwrap();
        let spot: f64 = bill.hours.iter().map(|hour| hour.spot_usd).sum();
        assert_eq!((spot.to_string(), bill.cost_usd().to_string()), ("2".into(), "8".into()));
    });
}

#[test]
fn a_charge_without_an_effective_cost_makes_the_cost_of_its_machine_unknown_and_not_zero() {
    let machine = machine("aws:1:us-east-1:i-1");
    let of = |resource_id: &str, row: CostRow| CostRow {
        resource_id: Some(resource_id.to_owned()),
        billed_usd: Some(0.0),
        ..row
    };
    let untold =
        |day, mask| CostRow { effective_usd: None, ..charge(day, mask, "usage", "committed", 0.0) };
    let other = "aws:1:us-east-1:i-2";
    let noon = Some(1 << 12);
    let costs = [
        of(&machine.resource_id, untold(0, noon)),
        of(&machine.resource_id, charge(0, Some(1 << 13), "usage", "committed", 3.0)),
        of(other, charge(0, noon, "usage", "on_demand", 5.0)),
    ];
    let both = [machine.clone(), ResourceRow { resource_id: other.to_owned(), ..machine.clone() }];
    measured(&snapshot(&both, &costs), |facts, _| {
        let ids = both.each_ref().map(|row| row.resource_id.as_str());
        let known: Vec<Option<String>> =
            facts.monthly_usd_of(ids).into_iter().map(|usd| usd.map(in_window)).collect();
        assert_eq!(known, [None, Some("5.00".to_owned())]);
        assert!(facts.bill(SubjectKind::Accelerator, ids[0]).is_none());
        assert!(!facts.uses_list_prices());
        // It ran in both hours all the same.
        let running = facts.subject(ids[0]).unwrap().running_hours();
        assert_eq!(running.map(|hours| hours.to_string()).as_deref(), Some("2"));
        // The sum holds what is known, and says what it leaves out.
        assert_eq!(facts.billed_usd_per_month().map(in_window).as_deref(), Some("8.00"));
        assert_eq!((facts.unpriced_count(), facts.untold_count()), (1, 1));
    });

    // Outside the window nothing needs to be known.
    let before = [of(&machine.resource_id, untold(0, Some(1))), costs[1].clone()];
    measured(&snapshot(&both[..1], &before), |facts, _| {
        let own = facts.monthly_usd_of([both[0].resource_id.as_str()]);
        assert_eq!(own.into_iter().flatten().map(in_window).collect::<Vec<_>>(), ["3.00"]);
        assert_eq!((facts.unpriced_count(), facts.untold_count()), (0, 0));
    });
}

#[test]
fn a_bill_that_tells_no_effective_cost_at_all_has_no_sum() {
    let untold = |kind| CostRow {
        billed_usd: Some(9.0),
        effective_usd: None,
        ..charge(1, Some(1), kind, "committed", 0.0)
    };
    let costs = [untold("usage"), untold("commitment_unused"), {
        let fee = charge(1, Some(1), "commitment_fee", "committed", 0.0);
        CostRow { resource_id: None, billed_usd: Some(9.0), ..fee }
    }];
    measured(&snapshot(&[machine("aws:1:r:i-1")], &costs), |facts, _| {
        assert_eq!(facts.billed_usd_per_month(), None);
        assert_eq!((facts.unpriced_count(), facts.untold_count()), (1, 2));
        assert!(facts.bill(SubjectKind::Commitment, "plan").is_none());
    });
}

#[test]
fn a_fee_with_an_effective_cost_of_its_own_is_part_of_the_sum() {
    let costs = [
        charge(0, Some(1 << 12), "usage", "on_demand", 4.0),
        CostRow { resource_id: None, ..charge(0, Some(0b11 << 11), "commitment_fee", "", 6.0) },
    ];
    measured(&snapshot(&[machine("aws:1:r:i-1")], &costs), |facts, _| {
        // Four dollars, and the half of the fee that lies inside the window.
        assert_eq!(facts.billed_usd_per_month().map(in_window).as_deref(), Some("7.00"));
    });
}

#[test]
fn workloads_find_their_machine_by_its_own_id_and_leave_a_gap_where_they_do_not() {
    let workload = |resource_id: &str| WorkloadRow {
        workload_id: format!("w/{resource_id}"),
        resource_id: Some(resource_id.to_owned()),
        kind: Some("training".to_owned()),
        ..WorkloadRow::default()
    };
    let snapshot = Snapshot {
        workloads: vec![workload("i-1"), workload("i-2")],
        ..snapshot(&[machine("aws:1:us-east-1:i-1")], &[])
    };
    measured(&snapshot, |facts, gaps| {
        let subject = facts.subject("aws:1:us-east-1:i-1").unwrap();
        assert_eq!(subject.is_interruptible(), Some(true));
        let gaps: Vec<&str> = gaps.iter().map(|gap| gap.what.as_str()).collect();
        assert_eq!(gaps, ["1 machine with workloads, such as i-2"]);
    });
}

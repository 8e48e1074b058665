//! Prices and commitments of what EC2 says, trap by trap.

use std::collections::BTreeMap;

use super::script::{hour, seat};
use crate::{
    catalog::Catalog,
    frame::{CommitmentRow, PriceRow},
    provider::aws::ec2::{
        normalize,
        wire::{CapacityReservation, ReservedInstances, SpotPrice},
    },
    window::Window,
};

/// Thirty days from the 100th hour on.
const WINDOW: Window = Window { start: 100, end: 820 };

fn spot(instance_type: &str, zone: &str, usd: &str, since: i64) -> SpotPrice {
    SpotPrice {
        instance_type: Some(instance_type.to_owned()),
        zone: Some(zone.to_owned()),
        usd_per_hour: Some(usd.to_owned()),
        since: hour(since),
    }
}

fn prices(said: &[SpotPrice], zones: &[&str]) -> Vec<PriceRow> {
    let in_use = BTreeMap::from([("g5.xlarge", zones.iter().copied().collect())]);
    let catalog = Catalog::embedded().unwrap();
    normalize::price_rows(&seat(), said, &in_use, &catalog, WINDOW)
}

#[test]
fn the_spot_price_is_that_of_the_zone_in_use_else_the_lowest_and_never_a_mean() {
    let said = [
        spot("g5.xlarge", "us-east-1a", "0.30", 1),
        spot("g5.xlarge", "us-east-1b", "0.50", 1),
        spot("g5.xlarge", "us-east-1c", "0.40", 1),
    ];
    let usd = |zones: &[&str]| prices(&said, zones).first().map(|row| row.price_usd_per_hour);
    assert_eq!(usd(&["us-east-1c"]), Some(0.40));
    assert_eq!(usd(&["us-east-1b", "us-east-1c"]), Some(0.50));
    assert_eq!(usd(&[]), Some(0.30));
    assert_eq!(usd(&["us-east-1f"]), Some(0.30));
}

#[test]
fn the_newest_price_of_a_zone_counts_and_what_is_no_price_does_not() {
    let said = [
        spot("g5.xlarge", "us-east-1a", "0.45", 9),
        spot("g5.xlarge", "us-east-1a", "0.30", 1),
        spot("g5.xlarge", "us-east-1b", "0", 9),
        spot("g5.xlarge", "us-east-1c", "free", 9),
        SpotPrice { zone: None, ..spot("g5.xlarge", "", "0.01", 9) },
    ];
    let usd: Vec<f64> = prices(&said, &[]).iter().map(|row| row.price_usd_per_hour).collect();
    assert_eq!(usd, [0.45]);
    assert_eq!(prices(&[], &["us-east-1a"]), []);
}

#[test]
fn a_price_that_is_read_keeps_how_often_such_machines_are_reclaimed() {
    let catalog = Catalog::embedded().unwrap();
    let known = catalog.price("aws", "us-east-1", "g5.xlarge", "spot").unwrap();
    assert!(known.spot_interruption_monthly_ratio.is_some());
    let found = prices(&[spot("g5.xlarge", "us-east-1a", "0.45", 9)], &[]);
    let expected = PriceRow {
        provider: "aws".to_owned(),
        region: "us-east-1".to_owned(),
        instance_type: "g5.xlarge".to_owned(),
        purchase_option: "spot".to_owned(),
        price_usd_per_hour: 0.45,
        spot_interruption_monthly_ratio: known.spot_interruption_monthly_ratio,
        priced_on: "1970-02-04".to_owned(),
        source: "ec2:DescribeSpotPriceHistory".to_owned(),
    };
    assert_eq!(found, [expected]);
}

fn capacity() -> CapacityReservation {
    CapacityReservation {
        arn: Some("arn:aws:ec2:us-east-1:111122223333:capacity-reservation/cr-1".to_owned()),
        reservation_id: Some("cr-1".to_owned()),
        instance_type: Some("g5.xlarge".to_owned()),
        platform: Some("Linux/UNIX".to_owned()),
        tenancy: Some("default".to_owned()),
        owner_id: Some("111122223333".to_owned()),
        payer_id: None,
        state: Some("active".to_owned()),
        reservation_type: Some("default".to_owned()),
        total_count: Some(4),
        available_count: Some(3),
        starts_at: hour(10),
        ends_at: None,
    }
}

fn held(said: &CapacityReservation) -> Option<CommitmentRow> {
    normalize::capacity_reservation(&seat(), said, &Catalog::embedded().unwrap(), WINDOW)
}

fn usd(row: &CommitmentRow) -> [Option<f64>; 3] {
    [row.committed_usd_per_hour, row.window_committed_usd, row.window_used_usd]
        .map(|usd| usd.map(|usd| (usd * 1000.0).round() / 1000.0))
}

#[test]
fn a_capacity_reservation_costs_what_its_machines_cost_used_or_not() {
    let row = held(&capacity()).unwrap();
    // Four at $1.006 in 720 hours. That three are free at the moment says nothing of the window.
    assert_eq!(usd(&row), [Some(4.024), Some(2897.28), None]);
    assert_eq!((row.kind.as_str(), row.starts_at), ("capacity_reservation", hour(10)));
    assert_eq!(row.scope_instance_type.as_deref(), Some("g5.xlarge"));
}

#[test]
fn a_capacity_reservation_that_began_in_the_window_costs_from_then_on() {
    let row = held(&CapacityReservation { starts_at: hour(720), ..capacity() }).unwrap();
    assert_eq!(usd(&row), [Some(4.024), Some(402.4), None]);
}

#[test]
fn what_has_another_price_than_a_plain_machine_has_none_here() {
    let unknown = [None, None, None];
    let block = CapacityReservation {
        reservation_type: Some("capacity-block".to_owned()),
        ends_at: hour(900),
        ..capacity()
    };
    let windows = CapacityReservation { platform: Some("Windows".to_owned()), ..capacity() };
    let dedicated = CapacityReservation { tenancy: Some("dedicated".to_owned()), ..capacity() };
    let unpriced =
        CapacityReservation { instance_type: Some("p9.48xlarge".to_owned()), ..capacity() };
    for said in [block, windows, dedicated, unpriced] {
        assert_eq!(usd(&held(&said).unwrap()), unknown, "{said:?}");
    }
}

#[test]
fn what_a_reservation_that_is_over_held_is_not_told() {
    let ended = CapacityReservation {
        state: Some("expired".to_owned()),
        ends_at: hour(400),
        total_count: Some(0),
        available_count: Some(0),
        ..capacity()
    };
    assert_eq!(usd(&held(&ended).unwrap()), [None, None, None]);
}

#[test]
fn capacity_that_was_never_held_or_is_another_accounts_or_another_times_is_no_commitment() {
    for state in [
        "assessing",
        "delayed",
        "failed",
        "payment-failed",
        "payment-pending",
        "pending",
        "scheduled",
        "unsupported",
    ] {
        assert_eq!(
            held(&CapacityReservation { state: Some(state.to_owned()), ..capacity() }),
            None
        );
    }
    for state in ["active", "cancelling", "unavailable", "lunar"] {
        let said = CapacityReservation { state: Some(state.to_owned()), ..capacity() };
        assert!(held(&said).is_some(), "{state}");
    }
    let shared = CapacityReservation { owner_id: Some("444455556666".to_owned()), ..capacity() };
    assert_eq!(held(&shared), None);
    let paid_here = CapacityReservation { payer_id: Some("111122223333".to_owned()), ..shared };
    assert!(held(&paid_here).is_some());
    assert_eq!(held(&CapacityReservation { ends_at: hour(100), ..capacity() }), None);
    assert_eq!(held(&CapacityReservation { starts_at: hour(820), ..capacity() }), None);
}

fn reserved() -> ReservedInstances {
    ReservedInstances {
        id: "r-1".to_owned(),
        instance_type: Some("g4dn.xlarge".to_owned()),
        state: Some("active".to_owned()),
        count: Some(2),
        starts_at: hour(-1000),
        ends_at: hour(7760),
        duration_seconds: Some(31_536_000),
        currency: Some("USD".to_owned()),
        fixed_price: Some(876.0),
        recurring_charges: vec![(Some("Hourly".to_owned()), Some(0.25))],
    }
}

fn bought(said: &ReservedInstances) -> Option<CommitmentRow> {
    normalize::reserved_instances(&seat(), said, WINDOW)
}

#[test]
fn a_reservation_costs_its_price_spread_over_the_term_and_what_recurs_for_each_machine() {
    let row = bought(&reserved()).unwrap();
    // $876 ÷ 8,760 hours and $0.25, twice; in 720 hours.
    assert_eq!(usd(&row), [Some(0.7), Some(504.0), None]);
    assert_eq!(row.kind, "reservation");
    assert_eq!(row.commitment_id, "arn:aws:ec2:us-east-1:111122223333:reserved-instances/r-1");
    let no_upfront = ReservedInstances { fixed_price: Some(0.0), ..reserved() };
    assert_eq!(usd(&bought(&no_upfront).unwrap())[0], Some(0.5));
    let all_upfront = ReservedInstances { recurring_charges: Vec::new(), ..reserved() };
    assert_eq!(usd(&bought(&all_upfront).unwrap())[0], Some(0.2));
}

#[test]
fn a_price_that_is_not_told_in_whole_or_not_in_dollars_is_unknown() {
    let unknown = [
        ReservedInstances { fixed_price: None, ..reserved() },
        ReservedInstances { duration_seconds: None, ..reserved() },
        ReservedInstances { count: None, ..reserved() },
        ReservedInstances { currency: Some("CNY".to_owned()), ..reserved() },
        ReservedInstances {
            recurring_charges: vec![(Some("Weekly".to_owned()), Some(1.0))],
            ..reserved()
        },
    ];
    for said in unknown {
        assert_eq!(usd(&bought(&said).unwrap()), [None, None, None], "{said:?}");
    }
}

#[test]
fn a_reservation_that_was_never_bought_or_is_over_is_none() {
    for state in ["payment-failed", "payment-pending", "queued", "queued-deleted"] {
        assert_eq!(
            bought(&ReservedInstances { state: Some(state.to_owned()), ..reserved() }),
            None
        );
    }
    assert_eq!(bought(&ReservedInstances { ends_at: hour(100), ..reserved() }), None);
    let retired =
        ReservedInstances { state: Some("retired".to_owned()), ends_at: hour(200), ..reserved() };
    assert_eq!(usd(&bought(&retired).unwrap())[1], Some(70.0));
}

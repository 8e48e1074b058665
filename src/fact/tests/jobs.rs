//! What a job cost where no bill names it.

use super::{
    charge,
    cluster::{DAYS, measured},
};
use crate::{
    fact::{SubjectKind, Value},
    frame::{InstantMs, ResourceRow},
    snapshot::{CostSource, Snapshot},
    window::MS_PER_HOUR,
};

/// A job on two machines from 20 minutes past the first hour, for so many minutes.
fn job(purchase_option: &str, minutes: i64, billed_hours: Option<f64>) -> Snapshot {
    let began_ms = DAYS.start * MS_PER_HOUR + 20 * 60_000;
    let row = ResourceRow {
        resource_id: "aws:1:us-east-1:training-job/tune".to_owned(),
        provider: "aws".to_owned(),
        account_id: "1".to_owned(),
        region: "us-east-1".to_owned(),
        kind: "job".to_owned(),
        state: Some("completed".to_owned()),
        purchase_option: Some(purchase_option.to_owned()),
        instance_type: Some("g5.xlarge".to_owned()),
        launched_at: Some(InstantMs(began_ms)),
        stopped_at: Some(InstantMs(began_ms + minutes * 60_000)),
        unit_count: Some(2.0),
        billed_hours,
        tags_json: "{}".to_owned(),
        ..ResourceRow::default()
    };
    Snapshot { resources: vec![row], ..Snapshot::empty(DAYS) }
}

/// Its cost in the window, in hours of one machine at the on-demand price.
fn machine_hours(snapshot: &Snapshot) -> f64 {
    measured(snapshot, |facts| {
        let table = facts.table(SubjectKind::Job).unwrap();
        let fact = |name| match &table.rows[0].values[table.position(name).unwrap()] {
            Value::Number(number) => *number,
            other => panic!("{name}: {other:?}"),
        };
        let window_usd = fact("effective_usd_per_month") * DAYS.hours() / 730.0;
        window_usd / 1.006
    })
}

fn is_about(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-6 * expected
}

#[test]
fn a_job_costs_the_hours_that_each_of_its_machines_is_billed() {
    let found = machine_hours(&job("on_demand", 90, Some(1.5)));
    assert!(is_about(found, 3.0), "{found}");
}

#[test]
fn managed_spot_is_billed_for_less_time_at_the_price_on_demand() {
    let found = machine_hours(&job("spot", 600, Some(3.0)));
    assert!(is_about(found, 6.0), "{found}");
}

#[test]
fn where_nothing_is_said_of_what_is_billed_every_begun_hour_counts() {
    let found = machine_hours(&job("on_demand", 90, None));
    assert!(is_about(found, 4.0), "two begun hours of two machines: {found}");
}

#[test]
fn a_job_that_nobody_could_look_at_is_not_called_free_where_the_bill_does_not_name_it() {
    let is_known = |instance_type: Option<&str>| {
        let mut snapshot = job("on_demand", 90, None);
        snapshot.resources[0].instance_type = instance_type.map(str::to_owned);
        snapshot.costs = CostSource::Rows(vec![charge(0, None, "usage", "on_demand", 5.0)]);
        measured(&snapshot, |facts| {
            let table = facts.table(SubjectKind::Job).unwrap();
            let cost = &table.rows[0].values[table.position("effective_usd_per_month").unwrap()];
            *cost != Value::Null
        })
    };
    assert!(is_known(Some("g5.xlarge")), "it is not on the bill, so it cost nothing");
    assert!(!is_known(None));
}

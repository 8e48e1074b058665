//! Machines that were off at times, nobody says when.

use super::{
    charge,
    money::{NOON_TO_NOON, machine, measured, snapshot},
};
use crate::{
    fact::{SubjectKind, Value},
    frame::{CostRow, InstantMs, ResourceRow, UsageRow},
    snapshot::Snapshot,
    usage::UsageSource,
    window::MS_PER_HOUR,
};

const ID: &str = "aws:1:us-east-1:i-1";

/// A machine of long ago that was last started at the 20th of the 24 hours, and runs.
fn restarted() -> ResourceRow {
    ResourceRow {
        state: Some("running".to_owned()),
        last_started_at: Some(InstantMs((NOON_TO_NOON.start + 20) * MS_PER_HOUR)),
        ..machine(ID)
    }
}

fn sample(hour: i64, gpu: Option<f64>, cpu: Option<f64>) -> UsageRow {
    UsageRow {
        resource_id: ID.to_owned(),
        gpu_index: gpu.map(|_| 0),
        hour_start: InstantMs((NOON_TO_NOON.start + hour) * MS_PER_HOUR),
        gpu_util_mean_ratio: gpu,
        gpu_util_max_ratio: gpu,
        gpu_active_mean_ratio: None,
        gpu_active_max_ratio: None,
        gpu_mem_used_mean_gib: None,
        gpu_mem_used_max_gib: None,
        gpu_power_mean_watts: None,
        cpu_util_mean_ratio: cpu,
        network_gib: None,
        sample_count: 60,
        source: "test".to_owned(),
    }
}

/// A day's charge for so many hours of it.
fn day(day: i64, hours: f64) -> CostRow {
    CostRow {
        resource_id: Some(ID.to_owned()),
        quantity: Some(hours),
        quantity_unit: Some("Hrs".to_owned()),
        ..charge(day, None, "usage", "on_demand", hours)
    }
}

/// Running hours, the share of them with telemetry, and whether its cost is known.
fn known(usage: Vec<UsageRow>, costs: &[CostRow]) -> (String, String, bool) {
    let mut usage = usage;
    usage.sort_by_key(|row| (row.gpu_index, row.hour_start));
    let snapshot = Snapshot { usage: UsageSource::Rows(usage), ..snapshot(&[restarted()], costs) };
    measured(&snapshot, |facts, _| {
        let of = |name: &str| {
            let table = facts.table(SubjectKind::Resource).unwrap();
            let place = table.specs.iter().position(|spec| spec.name == name).unwrap();
            match &table.rows[0].values[place] {
                Value::Number(number) => format!("{number:.2}"),
                other => format!("{other:?}"),
            }
        };
        let has_cost = facts.subject(ID).unwrap().cost.is_some();
        (of("running_hours"), of("telemetry_ratio"), has_cost)
    })
}

fn is(running: &str, telemetry: &str, has_cost: bool) -> (String, String, bool) {
    (running.to_owned(), telemetry.to_owned(), has_cost)
}

#[test]
fn hours_of_which_nobody_knows_whether_it_ran_are_no_missing_telemetry() {
    let since_start = (20..24).map(|hour| sample(hour, Some(0.5), None)).collect();
    assert_eq!(known(since_start, &[]), is("4.00", "1.00", false));
}

#[test]
fn an_hour_in_which_something_was_measured_ran() {
    let daytime = (5..10).chain(20..24).map(|hour| sample(hour, Some(0.5), None)).collect();
    assert_eq!(known(daytime, &[]), is("9.00", "1.00", false));
}

#[test]
fn the_clouds_own_measure_of_the_cpu_tells_all_hours_in_which_it_ran() {
    let usage = |gpu| -> Vec<UsageRow> {
        let hours = || (5..10).chain(20..24);
        let cpu = hours().map(|hour| sample(hour, None, Some(0.1)));
        let gpu = hours().filter(|_| gpu).map(|hour| sample(hour, Some(0.5), None));
        cpu.chain(gpu).collect()
    };
    assert_eq!(known(usage(true), &[]), is("9.00", "1.00", true));
    assert_eq!(known(usage(false), &[]), is("9.00", "0.00", true), "no agent: missing indeed");
}

#[test]
fn a_day_that_is_wholly_on_the_bill_was_run_through() {
    let bill = [day(0, 24.0), day(1, 24.0)];
    assert_eq!(known(Vec::new(), &bill), is("24.00", "0.00", true));
}

#[test]
fn of_a_day_that_is_partly_on_the_bill_some_hours_are_known_and_the_others_are_not() {
    // Twelve hours of the first day lie in the window; of the second, it ran in the last four.
    let bill = [day(0, 24.0), day(1, 10.0)];
    assert_eq!(known(Vec::new(), &bill), is("16.00", "0.00", true));
    let seen = (20..24).map(|hour| sample(hour, Some(0.5), None)).collect();
    assert_eq!(known(seen, &[day(0, 9.0), day(1, 10.0)]), is("4.00", "1.00", true));
}

#[test]
fn a_machine_that_may_have_run_and_of_which_no_hour_is_known_is_open() {
    let last = InstantMs((NOON_TO_NOON.end + 5) * MS_PER_HOUR);
    let later = ResourceRow { last_started_at: Some(last), ..restarted() };
    measured(&snapshot(&[later], &[]), |facts, _| {
        let subject = facts.subject(ID).unwrap();
        assert_eq!((subject.running_hours(), subject.cost.is_some()), (None, false));
    });
}

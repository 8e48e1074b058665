//! What scales an endpoint: a target alone does not, nor does what is suspended or over.

use super::{at, endpoint, no_scaling, only, read, variant};
use crate::provider::aws::sagemaker::wire::{Endpoint, Policy, Region, Scaling, Schedule, Target};

const RESOURCE: &str = "endpoint/Chat/variant/main";

fn target(min: i32) -> Target {
    Target { resource: RESOURCE.to_owned(), min_count: min, ..Target::default() }
}

fn policy() -> Policy {
    Policy { resource: RESOURCE.to_owned(), is_in_disabled: false }
}

fn schedule(expression: &str) -> Schedule {
    Schedule {
        resource: RESOURCE.to_owned(),
        expression: expression.to_owned(),
        ..Schedule::default()
    }
}

fn scaling(target: Target, policies: Vec<Policy>, schedules: Vec<Schedule>) -> Scaling {
    Scaling { targets: Some(vec![target]), policies: Some(policies), schedules: Some(schedules) }
}

/// Whether it scales, and to how few.
fn found(scaling: Scaling) -> (Option<bool>, Option<f64>) {
    let row = &read(&Region { scaling, ..only(endpoint()) }).resources[0];
    (row.has_scaling, row.scaling_min_count)
}

/// Whether a schedule counts in October 2026.
fn is_live(schedule: Schedule) -> Option<bool> {
    found(scaling(target(1), vec![], vec![schedule])).0
}

#[test]
fn a_policy_takes_replicas_down_to_the_limit_of_its_target() {
    assert_eq!(found(scaling(target(1), vec![policy()], vec![])), (Some(true), Some(1.0)));
    assert_eq!(found(scaling(target(0), vec![policy()], vec![])), (Some(true), Some(0.0)));
}

#[test]
fn a_target_without_policy_or_schedule_scales_nothing() {
    assert_eq!(found(scaling(target(0), vec![], vec![])), (Some(false), None));
    let other = Policy { resource: "endpoint/Chat/variant/other".to_owned(), ..policy() };
    assert_eq!(found(scaling(target(0), vec![other], vec![])), (Some(false), None));
}

#[test]
fn a_policy_that_only_adds_or_is_suspended_takes_nothing_away() {
    let adding = Policy { is_in_disabled: true, ..policy() };
    assert_eq!(found(scaling(target(1), vec![adding], vec![])), (Some(false), None));
    let suspended = Target { is_in_suspended: true, ..target(1) };
    assert_eq!(found(scaling(suspended, vec![policy()], vec![])), (Some(false), None));
}

#[test]
fn a_schedule_sets_the_limit_that_counts() {
    let night = Schedule { min_count: Some(0), ..schedule("cron(0 20 * * ? *)") };
    let day = Schedule { min_count: Some(2), ..schedule("cron(0 6 * * ? *)") };
    assert_eq!(found(scaling(target(2), vec![], vec![day, night])), (Some(true), Some(0.0)));
}

#[test]
fn a_suspended_schedule_does_not_count() {
    let suspended = Target { is_schedule_suspended: true, ..target(2) };
    let night = Schedule { min_count: Some(0), ..schedule("cron(0 20 * * ? *)") };
    assert_eq!(found(scaling(suspended, vec![], vec![night])), (Some(false), None));
}

#[test]
fn replicas_of_variants_that_do_not_scale_are_part_of_the_fewest() {
    let scaling = scaling(target(1), vec![policy()], vec![]);
    let variants = vec![variant("main", 4), variant("fixed", 3)];
    let row = &read(&Region { scaling, ..only(Endpoint { variants, ..endpoint() }) }).resources[0];
    assert_eq!((row.has_scaling, row.scaling_min_count), (Some(true), Some(4.0)));
}

#[test]
fn what_could_not_be_read_leaves_it_open() {
    let without_targets = Scaling { targets: None, ..no_scaling() };
    assert_eq!(found(without_targets), (None, None));
    let without_policies = Scaling { policies: None, ..scaling(target(1), vec![], vec![]) };
    assert_eq!(found(without_policies), (None, Some(1.0)));
    let schedules = Some(vec![schedule("rate(1 day)")]);
    let seen = Scaling { policies: None, schedules, ..scaling(target(1), vec![], vec![]) };
    assert_eq!(found(seen), (Some(true), Some(1.0)));
}

#[test]
fn what_is_at_zero_may_go_there_whoever_takes_it_down() {
    let scaling = || Scaling { targets: None, ..no_scaling() };
    let floor = |count| {
        let variants = vec![variant("main", count)];
        let region = Region { scaling: scaling(), ..only(Endpoint { variants, ..endpoint() }) };
        let row = &read(&region).resources[0];
        (row.has_scaling, row.scaling_min_count)
    };
    assert_eq!(floor(0), (None, Some(0.0)));
    assert_eq!(floor(1), (None, None));
}

#[test]
fn a_schedule_counts_if_it_fires_in_the_months_of_the_window() {
    for expression in [
        "cron(0 20 * * ? *)",
        "cron(0 20 ? * MON-FRI *)",
        "cron(0 20 1 OCT ? *)",
        "cron(0 20 1 1/3 ? *)",
        "cron(0 20 ? 9-11 FRI 2024-2027)",
        "cron(0 20 ? * * 2024/2)",
        "rate(12 hours)",
        "at(2026-10-15T20:00:00)",
    ] {
        assert_eq!(is_live(schedule(expression)), Some(true), "{expression}");
    }
    for expression in [
        "cron(0 20 ? * * 2025)",
        "cron(0 20 24 12 ? *)",
        "cron(0 20 1 2/3 ? *)",
        "cron(0 20 ? * * 2025/2)",
        "at(2025-10-15T20:00:00)",
        "at(2026-12-24T20:00:00)",
    ] {
        assert_eq!(is_live(schedule(expression)), Some(false), "{expression}");
    }
}

#[test]
fn the_time_zone_of_a_schedule_moves_it_across_the_edge_of_the_window() {
    // The window begins on 1 October at 00:00 UTC, when it is two hours later in Berlin.
    let at_one = |zone: Option<&str>| Schedule {
        time_zone: zone.map(str::to_owned),
        ..schedule("at(2026-10-01T01:00:00)")
    };
    assert_eq!(is_live(at_one(None)), Some(true));
    assert_eq!(is_live(at_one(Some("Europe/Berlin"))), Some(false));
    assert_eq!(is_live(at_one(Some("America/New_York"))), Some(true));
}

#[test]
fn a_schedule_that_is_over_or_ahead_does_not_count() {
    let always = || schedule("cron(0 20 * * ? *)");
    assert_eq!(is_live(Schedule { ends_at: Some(at(-1)), ..always() }), Some(false));
    assert_eq!(is_live(Schedule { starts_at: Some(at(800)), ..always() }), Some(false));
    assert_eq!(is_live(Schedule { ends_at: Some(at(1)), ..always() }), Some(true));
}

#[test]
fn a_schedule_that_cannot_be_understood_leaves_it_open() {
    for expression in ["cron(0 20 * *)", "every night", "cron(0 20 * FOO ? *)", "at(tonight)"] {
        assert_eq!(is_live(schedule(expression)), None, "{expression}");
    }
    let zone = Some("Mars/Olympus".to_owned());
    assert_eq!(is_live(Schedule { time_zone: zone, ..schedule("rate(1 day)") }), None);
}

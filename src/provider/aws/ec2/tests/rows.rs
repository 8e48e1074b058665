//! Rows of what EC2 says, trap by trap.

use std::collections::{BTreeMap, BTreeSet};

use super::script::{hour, seat};
use crate::{
    frame::{InstantMs, ResourceRow},
    provider::aws::{
        ec2::{
            normalize::{self, Accelerated, Around},
            wire::{Machine, Volume},
        },
        observed::MetricSource,
    },
    window::Window,
};

/// Thirty days from the 100th hour on.
const WINDOW: Window = Window { start: 100, end: 820 };

fn machine() -> Machine {
    Machine {
        instance_id: "i-1".to_owned(),
        instance_type: Some("g5.xlarge".to_owned()),
        state: Some("running".to_owned()),
        last_started_at: hour(200),
        ..Machine::default()
    }
}

fn row(machine: &Machine) -> ResourceRow {
    normalize::machine_row(&seat(), machine, &Accelerated::default(), Around::default())
}

#[test]
fn a_machine_is_stopped_from_the_moment_that_it_is_not_billed() {
    let state = |word: &str| row(&Machine { state: Some(word.to_owned()), ..machine() }).state;
    let expected = [
        ("pending", Some("running")),
        ("running", Some("running")),
        ("stopping", Some("stopped")),
        ("stopped", Some("stopped")),
        ("shutting-down", Some("completed")),
        ("terminated", Some("completed")),
        ("melting", None),
    ];
    for (word, ours) in expected {
        assert_eq!(state(word).as_deref(), ours, "{word}");
    }
}

#[test]
fn how_a_machine_is_paid_is_the_way_it_was_started() {
    let paid = |lifecycle: Option<&str>| {
        let lifecycle = lifecycle.map(str::to_owned);
        row(&Machine { lifecycle, ..machine() }).purchase_option
    };
    let expected = [
        (None, Some("on_demand")),
        (Some("spot"), Some("spot")),
        (Some("capacity-block"), Some("committed")),
        (Some("scheduled"), Some("committed")),
        (Some("interruptible-capacity-reservation"), Some("on_demand")),
        (Some("lunar"), None),
    ];
    for (lifecycle, ours) in expected {
        assert_eq!(paid(lifecycle).as_deref(), ours, "{lifecycle:?}");
    }
    let block = Machine { capacity_block_id: Some("cb-1".to_owned()), ..machine() };
    assert_eq!(row(&block).purchase_option.as_deref(), Some("committed"));
}

#[test]
fn the_first_start_is_when_the_first_thing_was_attached_not_the_last_start() {
    let attached_at = [hour(50), hour(40)].into_iter().flatten().collect();
    assert_eq!(row(&Machine { attached_at, ..machine() }).launched_at, hour(40));
    assert_eq!(row(&machine()).launched_at, hour(200));
    assert_eq!(row(&Machine { last_started_at: None, ..machine() }).launched_at, None);
}

#[test]
fn a_machine_that_was_started_again_tells_when_and_whether_that_was_in_the_window() {
    let first = |at: i64| Machine { attached_at: hour(at).into_iter().collect(), ..machine() };
    let has = Accelerated::default();
    let told = |machine: &Machine| {
        let metered = normalize::metered(&seat(), machine, &has, WINDOW).unwrap();
        let MetricSource::Machine { was_off, .. } = metered.source else { panic!() };
        (row(machine).last_started_at, was_off)
    };
    assert_eq!(told(&first(40)), (hour(200), true));
    let before = Machine { last_started_at: hour(90), ..first(40) };
    assert_eq!(told(&before), (hour(90), false), "since before the window it ran");
    assert_eq!(told(&first(200)), (None, false), "it was never off");
    let seconds_later = Machine { last_started_at: Some(InstantMs(720_003_000)), ..first(200) };
    assert_eq!(told(&seconds_later), (None, false), "attaching takes a moment");
    assert_eq!(told(&Machine { last_started_at: None, ..first(40) }), (None, false));
}

#[test]
fn the_reason_for_a_state_tells_when_it_began() {
    let stopped_at = |state: &str, reason: &str| {
        let state = Some(state.to_owned());
        row(&Machine { state, transition_reason: Some(reason.to_owned()), ..machine() }).stopped_at
    };
    let user = "User initiated (1970-01-02 03:04:05 GMT)";
    let at = Some(InstantMs(97_445_000));
    assert_eq!(stopped_at("stopped", user), at);
    assert_eq!(stopped_at("terminated", user), at);
    assert_eq!(
        stopped_at("stopped", "Server.ScheduledStop: Stopped due to scheduled retirement"),
        None
    );
    assert_eq!(stopped_at("stopped", "User initiated (yesterday)"), None);
    assert_eq!(stopped_at("running", user), None);
}

#[test]
fn a_terminated_machine_stays_if_it_ran_in_the_window() {
    let ended = |state: &str, text: &str| {
        normalize::is_of_window(
            &Machine {
                state: Some(state.to_owned()),
                transition_reason: Some(format!("User initiated ({text} GMT)")),
                last_started_at: hour(1),
                ..machine()
            },
            WINDOW,
        )
    };
    // The window begins in the 100th hour, which is the 5th of January at 4.
    assert!(ended("terminated", "1970-01-05 04:00:01"));
    assert!(!ended("terminated", "1970-01-05 04:00:00"));
    assert!(ended("stopped", "1970-01-01 04:00:00"));
    assert!(!normalize::is_of_window(&Machine { last_started_at: hour(820), ..machine() }, WINDOW));
}

#[test]
fn a_machine_that_was_stopped_before_the_window_sends_no_metrics() {
    let has = Accelerated { gpu_count: Some(1.0), is_neuron: true, ..Accelerated::default() };
    let metered = |text: &str| {
        let stopped = Machine {
            state: Some("stopped".to_owned()),
            transition_reason: Some(format!("User initiated ({text} GMT)")),
            private_dns_name: Some("ip-10-0-0-1.ec2.internal".to_owned()),
            ..machine()
        };
        normalize::metered(&seat(), &stopped, &has, WINDOW)
    };
    assert_eq!(metered("1970-01-05 04:00:00"), None);
    let found = metered("1970-01-05 05:00:00").unwrap();
    assert_eq!((found.gpu_count, found.ended_at), (Some(1.0), hour(101)));
    let expected = MetricSource::Machine {
        instance_id: "i-1".to_owned(),
        private_dns_name: Some("ip-10-0-0-1.ec2.internal".to_owned()),
        is_neuron: true,
        was_off: false,
    };
    assert_eq!(found.source, expected);
}

#[test]
fn a_machine_of_karpenter_comes_and_goes_with_its_work_and_of_a_lone_one_nothing_is_known() {
    let tags = BTreeMap::from([("karpenter.sh/nodepool".to_owned(), "gpu".to_owned())]);
    assert_eq!(row(&Machine { tags, ..machine() }).has_scaling, Some(true));
    assert_eq!(row(&machine()).has_scaling, None);
}

#[test]
fn a_volume_that_a_running_machine_holds_too_belongs_to_that_one() {
    let stopped = BTreeSet::from(["i-1", "i-2"]);
    let attached_to = |ids: &[&str]| {
        let volume = Volume {
            id: "vol-1".to_owned(),
            instance_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            ..Volume::default()
        };
        normalize::volume_row(&seat(), &volume, &stopped).attached_to
    };
    let of = |id: &str| Some(format!("aws:111122223333:us-east-1:{id}"));
    assert_eq!(attached_to(&["i-1", "i-9"]), of("i-9"));
    assert_eq!(attached_to(&["i-2", "i-1"]), of("i-2"));
    assert_eq!(attached_to(&[]), None);
}

#[test]
fn a_volume_that_says_little_is_a_volume_of_unknown_size_and_state() {
    let volume =
        Volume { id: "vol-1".to_owned(), state: Some("melting".to_owned()), ..Volume::default() };
    let row = normalize::volume_row(&seat(), &volume, &BTreeSet::new());
    assert_eq!((row.size_gib, row.state, row.launched_at), (None, None, None));
    assert_eq!(row.tags_json, "{}");
}

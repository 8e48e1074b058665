//! Rows of requests.

use super::{NONE, given, read, usage, values};
use crate::{
    frame::InvocationRow,
    provider::aws::{
        cloudwatch::{
            answer::State,
            asks::{Extent, asks},
            subject::Subject,
        },
        observed::{Metered, MetricSource},
    },
};

fn requests(subject: &Subject<'_>, series: &[&[f64]]) -> Vec<InvocationRow> {
    let asks = asks(subject, Extent::First, given::WINDOW);
    let received = read(&asks, series);
    let mut rows = Vec::new();
    values(subject, &received, &asks).invocation_rows(&mut rows);
    rows
}

/// Hour from the window's start, requests, replicas.
fn served(rows: &[InvocationRow]) -> Vec<(i64, Option<i64>, Option<f64>)> {
    let hour = |row: &InvocationRow| row.hour_start.0 / 3_600_000 - given::WINDOW.start;
    rows.iter().map(|row| (hour(row), row.request_count, row.replica_mean_count)).collect()
}

#[test]
fn one_busy_gpu_among_several_is_no_quiet_hour() {
    let variant = [given::variant("blue", true)];
    let subject = given::subject(&variant, Vec::new(), &[]);
    // One of four GPUs at 16 % is 4 % of all.
    let rows = requests(&subject, &[&[4.0, 0.0], &[16.0, 0.0], &[]]);
    assert_eq!(served(&rows), [(0, None, Some(3.0)), (1, Some(0), Some(3.0))]);
}

/// A variant of one GPU whose requests wait in a queue.
fn asynchronous(is_fixed: bool) -> Metered {
    let mut variant = Metered { gpu_count: Some(1.0), ..given::variant("all", is_fixed) };
    if let MetricSource::Variant { is_asynchronous, .. } = &mut variant.source {
        *is_asynchronous = true;
    }
    variant
}

#[test]
fn requests_of_an_asynchronous_endpoint_are_those_it_processed_or_its_model_answered() {
    let variant = [asynchronous(true)];
    let subject = given::subject(&variant, Vec::new(), &[]);
    let series: [&[f64]; 5] = [
        &[9.0, 9.0, 0.0, 0.0],
        &[9.0, 9.0, 0.0, 0.0],
        &[4.0, NONE, NONE, NONE],
        &[3.0, 2.0, NONE, NONE],
        &[1.0, 1.0, 0.0, 6.0],
    ];
    let counts: Vec<_> =
        served(&requests(&subject, &series)).into_iter().map(|row| row.1).collect();
    assert_eq!(counts, [Some(4), Some(2), Some(0), None], "what waits in the queue is a request");
}

#[test]
fn a_queue_that_is_empty_says_so_while_the_endpoint_is_scaled_to_nothing() {
    let variant = [asynchronous(false)];
    let subject = given::subject(&variant, Vec::new(), &[]);
    let series: [&[f64]; 5] = [&[], &[], &[], &[], &[0.0, NONE]];
    assert_eq!(served(&requests(&subject, &series)), [(0, Some(0), None)]);
}

#[test]
fn no_count_of_requests_is_zero_only_where_the_variant_was_measured_and_quiet() {
    let variant = [given::variant("blue", true)];
    let subject = given::subject(&variant, Vec::new(), &[]);
    let rows = requests(
        &subject,
        &[&[0.0, 0.0, 90.0, NONE], &[0.0, 0.0, 300.0, NONE], &[40.0, NONE, NONE, NONE]],
    );
    assert_eq!(
        served(&rows),
        [(0, Some(40), Some(3.0)), (1, Some(0), Some(3.0)), (2, None, Some(3.0))],
        "a busy GPU without requests is not idle, and an hour without telemetry is not known"
    );
    assert_eq!((rows[0].model.as_str(), rows[0].variant.as_deref()), ("default", Some("blue")));
}

#[test]
fn microseconds_of_latency_become_milliseconds_and_both_kinds_of_errors_add_up() {
    let variant = [given::variant("blue", true)];
    let subject = given::subject(&variant, Vec::new(), &[]);
    let asks = asks(&subject, Extent::Full, given::WINDOW);
    let series: Vec<&[f64]> = asks
        .iter()
        .flat_map(|ask| {
            let values: &[f64] = match ask.metric.name.as_str() {
                "Invocations" => &[40.0],
                "ModelLatency" => &[250_000.0],
                "Invocation4XXErrors" => &[2.0],
                "Invocation5XXErrors" => &[1.0],
                _ => &[0.0],
            };
            ask.statistics.iter().map(move |_| values)
        })
        .collect();
    let received = read(&asks, &series);
    let mut rows = Vec::new();
    values(&subject, &received, &asks).invocation_rows(&mut rows);
    let row = &rows[0];
    assert_eq!((row.latency_p95_ms, row.error_count), (Some(250.0), Some(3)));
}

#[test]
fn replicas_that_change_are_told_from_requests_and_unknown_without_any() {
    let variant = [given::variant("blue", false)];
    let subject = given::subject(&variant, Vec::new(), &[]);
    let rows = requests(&subject, &[&[0.0, 0.0], &[0.0, 0.0], &[40.0], &[10.0]]);
    assert_eq!(served(&rows), [(0, Some(40), Some(4.0)), (1, Some(0), None)]);
}

#[test]
fn requests_that_only_a_component_counts_are_not_none() {
    let shared = [given::variant("blue", true), given::component("blue")];
    let subject = given::subject(&shared, Vec::new(), &[]);
    let rows = requests(&subject, &[&[0.0, 0.0], &[0.0, 0.0], &[], &[5.0, NONE]]);
    assert_eq!(served(&rows), [(0, None, Some(3.0)), (1, Some(0), Some(3.0))]);
}

#[test]
fn an_answer_that_is_not_complete_does_not_say_that_there_were_no_requests() {
    let variant = [given::variant("blue", true)];
    let subject = given::subject(&variant, Vec::new(), &[]);
    let asks = asks(&subject, Extent::First, given::WINDOW);
    let mut received = read(&asks, &[&[0.0], &[0.0], &[]]);
    received.series[2].state = State::Unfinished;
    let mut rows = Vec::new();
    values(&subject, &received, &asks).invocation_rows(&mut rows);
    assert_eq!(served(&rows), [(0, None, Some(3.0))]);
}

#[test]
fn an_endpoint_of_unknown_size_is_idle_where_its_machines_were_there_and_nobody_asked() {
    let variant = [Metered { gpu_count: None, vcpu_count: None, ..given::variant("blue", true) }];
    let subject = given::subject(&variant, Vec::new(), &[]);
    assert_eq!(
        served(&requests(&subject, &[&[3_000.0, 3_000.0], &[9.0]])),
        [(0, Some(9), Some(3.0)), (1, Some(0), Some(3.0))]
    );
    assert!(usage(&subject, Extent::First, &[&[3_000.0], &[9.0]]).is_empty());
}

#[test]
fn a_serverless_variant_that_says_nothing_is_not_known_to_be_idle() {
    let mut variant = given::variant("blue", false);
    if let MetricSource::Variant { is_serverless, .. } = &mut variant.source {
        *is_serverless = true;
    }
    let variant = [variant];
    let subject = given::subject(&variant, Vec::new(), &[]);
    assert_eq!(served(&requests(&subject, &[&[NONE, 4.0]])), [(1, Some(4), None)]);
}

/// Hours, requests and shares in use of a throughput from the second hour on, where what is listed was read, or was not.
fn throughput(is_listed: bool, counts: &[f64]) -> Vec<(i64, Option<i64>, Option<f64>)> {
    let began_at = Some(crate::frame::InstantMs((given::WINDOW.start + 1) * 3_600_000));
    let throughput = [Metered { began_at, ..given::throughput() }];
    let model_ids = is_listed.then(Default::default);
    let subject = Subject { model_ids, ..given::subject(&throughput, Vec::new(), &[]) };
    let rows = requests(&subject, &[counts]);
    let hours = served(&rows).into_iter().zip(&rows);
    hours.map(|((hour, count, _), row)| (hour, count, row.throughput_util_ratio)).collect()
}

#[test]
fn throughput_is_unused_in_silent_hours_of_its_life_once_its_name_is_known_to_be_right() {
    assert_eq!(
        throughput(false, &[NONE, NONE, 6.0]),
        [(1, Some(0), None), (2, Some(6), None), (3, Some(0), None)],
        "how much of it six requests fill is not known, so neither are the hours beside them"
    );
    assert!(throughput(false, &[]).is_empty(), "under another name it may be in use");
}

#[test]
fn throughput_that_nobody_ever_used_is_used_to_no_part() {
    let unused = |hour| (hour, Some(0), Some(0.0));
    assert_eq!(throughput(true, &[]), [unused(1), unused(2), unused(3)]);
}

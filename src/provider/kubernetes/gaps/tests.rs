//! What is said of a cluster's gaps.

use super::*;

#[test]
fn a_clock_may_differ_by_minutes_and_no_more() {
    assert_eq!(clock("prod", 1000.0, 1299.0), None);
    let gap = clock("prod", 10_000.0, 6_400.0).unwrap();
    assert_eq!(gap.what, "cluster prod: the clock of its Prometheus");
    assert_eq!(gap.because, "it is 60 minutes ahead of the clock here");
    let gap = clock("prod", 0.0, 4_448_000.0).unwrap();
    assert_eq!(gap.because, "it is 51 days behind the clock here");
}

#[test]
fn requests_without_an_answer_are_one_gap_with_their_reason() {
    let error = CallError::Rejected {
        operation: "query_range".to_owned(),
        reason: "too many samples (422)".to_owned(),
    };
    let of =
        |name: &str, hours| Unread { names: vec![name.to_owned()], hours, error: error.clone() };
    let gap = unread("prod", "hours of accelerators", &[of("gpu-2", 24..48), of("gpu-1", 0..24)])
        .unwrap();
    assert_eq!(gap.what, "cluster prod: hours of accelerators of 2, gpu-1 among them");
    assert_eq!(gap.because, "query_range was not accepted: too many samples (422)");
    assert_eq!(gap.hides, "some of them between 1970-01-01T00:00:00Z and 1970-01-03T00:00:00Z");
    assert_eq!(gap.remedy, "raise the server's limits for queries, or choose a shorter --window");
    assert_eq!(unread("prod", "x", &[]), None);
}

#[test]
fn what_a_server_calls_incomplete_is_said_in_its_words() {
    let warnings = ["store a: unavailable".to_owned(), "store b: unavailable".to_owned()].into();
    let gap = partial("prod", &warnings).unwrap();
    assert_eq!(gap.because, "its Prometheus says: store a: unavailable, and 1 more");
    assert_eq!(partial("prod", &BTreeSet::new()), None);
}

const DAY: Window = Window { start: 24, end: 48 };

fn whats(gaps: &[Gap]) -> Vec<&str> {
    gaps.iter().map(|gap| gap.what.as_str()).collect()
}

#[test]
fn a_server_without_exporters_is_told_apart_from_matchers_that_fit_nothing() {
    let nothing = Observed::default();
    assert_eq!(
        whats(&of_metrics("prod", "", &nothing, DAY)),
        ["cluster prod: use of accelerators", "cluster prod: nodes, pods and their owners"]
    );
    let gaps = of_metrics("prod", "cluster=\"prd\"", &nothing, DAY);
    assert_eq!(whats(&gaps), ["cluster prod: all of it"]);
    assert_eq!(gaps[0].because, "no series of its Prometheus in the window fits `cluster=\"prd\"`");
}

#[test]
fn a_history_that_begins_late_hides_what_was_before() {
    let names = [
        "DCGM_FI_DEV_GPU_UTIL",
        "DCGM_FI_PROF_SM_ACTIVE",
        "kube_pod_info",
        "kube_pod_container_resource_requests",
    ];
    let mut observed = Observed {
        metrics: crate::provider::kubernetes::prometheus::Metrics(names.map(str::to_owned).into()),
        first_hour: Some(48),
        ..Observed::default()
    };
    observed.fleet.devices.insert(
        "n1".to_owned(),
        [(0, crate::provider::kubernetes::telemetry::Device::default())].into(),
    );
    let window = Window { start: 0, end: 96 };
    assert_eq!(
        whats(&of_metrics("prod", "", &observed, window)),
        ["cluster prod: the beginning of the window"]
    );
    observed.first_hour = Some(20);
    assert!(of_metrics("prod", "", &observed, window).is_empty());
}

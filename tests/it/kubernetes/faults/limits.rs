//! Servers that answer little at once: they are asked for less at once, and the report is the same.

use super::{audit, before_small, error, substance, undisturbed};
use crate::kubernetes::{
    faulty::Reply,
    made,
    prometheus::{Server, Setup},
    report,
    wire::Request,
    world::{self, HOUR, Spelling, World},
};

/// Seconds between the beginning and the end of what a request is about.
fn span(request: &Request) -> i64 {
    let number = |name: &str| request.parameter(name)?.parse::<i64>().ok();
    number("start").zip(number("end")).map_or(0, |(start, end)| end - start)
}

/// Hours that the ranges of an expression reach back, the longest of them.
fn reach(request: &Request) -> i64 {
    let query = request.parameter("query").unwrap_or_default();
    let ranges = query.split('[').skip(1).filter_map(|rest| rest.split(['h', ':', ']']).next());
    ranges.filter_map(|hours| hours.parse().ok()).max().unwrap_or(0)
}

#[track_caller]
fn makes_no_difference(refuse: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) {
    let decide = move |_: usize, request: &Request| refuse(request).unwrap_or(Reply::Forward);
    let Some((made, server)) = before_small(decide) else { return };
    let report = audit(&server.url()).json();
    assert_eq!(substance(&report), substance(&undisturbed(made)));
}

#[test]
fn a_server_that_loads_few_samples_is_asked_in_parts() {
    makes_no_difference(|request| {
        let is_query = request.path().contains("/query");
        let is_too_much = span(request) > 3 * 24 * HOUR || reach(request) > 5 * 24;
        (is_query && is_too_much).then(|| {
            error(
                422,
                "execution",
                "query processing would load too many samples into memory in query execution",
            )
        })
    });
}

#[test]
fn a_server_that_answers_few_points_is_asked_in_parts() {
    makes_no_difference(|request| {
        (request.path().ends_with("query_range") && span(request) > 100 * HOUR).then(|| {
            error(
                400,
                "bad_data",
                "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
            )
        })
    });
}

#[test]
fn a_server_that_answers_short_times_only_is_asked_in_parts() {
    makes_no_difference(|request| {
        (span(request).max(reach(request) * HOUR) > 7 * 24 * HOUR).then(|| {
            error(
                422,
                "bad_data",
                "the query time range exceeds the limit (query length: 336h0m0s, limit: 168h0m0s)",
            )
        })
    });
}

/// Prometheus itself, with limits so low that nearly every query has to be cut.
#[test]
fn a_real_server_with_a_low_limit_of_samples_is_asked_in_parts() {
    let Some(made) = made::small() else { return };
    let world = World::small();
    let limited = Server::start(&Setup {
        history: &|history| world::write(&world, Spelling::Plain, history),
        flags: &["--query.max-samples=6000"],
    });
    let report = audit(&limited.unwrap().url()).json();
    assert_eq!(substance(&report), substance(&undisturbed(made)), "{:?}", report::gaps(&report));
}

//! What passes: asked again, such servers make no difference to the report.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{before_small, error, substance, undisturbed};
use crate::{
    kubernetes::{faulty::Reply, made, report, wire::Request},
    support::Folder,
};

/// Every third request fails once in some way; the report must not show it.
#[track_caller]
fn makes_no_difference(failure: impl Fn() -> Reply + Send + Sync + 'static) {
    let failed = AtomicUsize::new(0);
    let decide = move |number: usize, _: &Request| {
        if number % 3 == 1 && failed.fetch_add(1, Ordering::SeqCst) < 4 {
            failure()
        } else {
            Reply::Forward
        }
    };
    let Some((made, server)) = before_small(decide) else { return };
    let folder = Folder::new();
    folder.write("ai-cost.toml", made::SETTINGS);
    let asking = report::asking(&server.url());
    folder.run(&format!("collect {asking} {} --out snapshot", made::WINDOW)).done();
    let report = folder.run("audit --snapshot snapshot --format json").json();
    assert_eq!(substance(&report), substance(&undisturbed(made)));
    let snapshot = ai_cost::snapshot::read(&folder.path("snapshot")).unwrap();
    assert_eq!(snapshot.calls.iter().map(|call| call.retry_count).sum::<u64>(), 4);
}

#[test]
fn a_server_that_is_unavailable_for_a_moment_is_asked_again() {
    makes_no_difference(|| error(503, "unavailable", "the ring has no healthy member"));
}

#[test]
fn a_server_that_asks_for_patience_gets_it() {
    makes_no_difference(|| {
        match error(429, "too_many_requests", "too many outstanding requests") {
            Reply::Answer(answer) => Reply::Answer(answer.with("retry-after", "1")),
            other => other,
        }
    });
}

#[test]
fn a_connection_that_is_reset_is_made_again() {
    makes_no_difference(|| Reply::Reset);
}

#[test]
fn an_answer_that_breaks_off_is_asked_for_again() {
    makes_no_difference(|| Reply::Half);
}

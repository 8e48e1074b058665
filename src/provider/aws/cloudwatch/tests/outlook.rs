//! What is known before anything is read: who is measured, and of whom that cannot be said.

use std::collections::BTreeMap;

use super::{
    given::WINDOW,
    server::Server,
    watched::{gpu, id, machines, run},
};
use crate::{
    frame::InstantMs,
    provider::aws::{
        cloudwatch::{ApiCost, Outlook, Scope, discover::AGENT_METRIC, listing::Listing},
        observed::Metered,
    },
};

#[test]
fn a_machine_that_ended_long_ago_cannot_be_listed_any_more() {
    let ended = InstantMs((WINDOW.start + 1) * 3_600_000);
    let metered = [Metered { ended_at: Some(ended), ..machines(1).remove(0) }];
    // Two weeks later, and half a day before that: the list does not end with the minute.
    for hours in [15 * 24, 13 * 24 + 12] {
        let outlook = looked_at(&metered, Some(WINDOW.start + hours));
        assert_eq!(outlook.unmeasured, [""; 0]);
        assert_eq!(outlook.gaps.len(), 1);
        assert_eq!(
            outlook.gaps[0].because,
            "CloudWatch lists no metric that was silent for about two weeks, and i-0000 ended before that"
        );
        assert_eq!((outlook.request_count, outlook.billed.metric_count), (0, 0));
    }
}

#[test]
fn a_machine_that_ended_lately_or_runs_without_an_agent_is_measured_by_nobody() {
    let ended = InstantMs((WINDOW.start + 1) * 3_600_000);
    let lately = Metered { ended_at: Some(ended), ..machines(1).remove(0) };
    for (metered, hours) in [(lately, 12 * 24), (machines(1).remove(0), 15 * 24)] {
        let outlook = looked_at(&[metered], Some(WINDOW.start + hours));
        assert_eq!(outlook.unmeasured, [id(0)]);
        assert!(outlook.gaps.is_empty(), "{:?}", outlook.gaps);
    }
}

/// A run that goes on weeks later has the lists of the first one, which may have been refused.
#[test]
fn nobody_is_blamed_for_a_machine_that_could_not_be_listed_and_cannot_be_any_more() {
    let ended = InstantMs((WINDOW.start + 1) * 3_600_000);
    let metered = [Metered { ended_at: Some(ended), ..machines(1).remove(0) }];
    let (seat, cost) = (Server::default().seat(), ApiCost::default());
    let namespaces = ["CWAgent".to_owned()];
    for hours in [2, 15 * 24] {
        let now = Some(InstantMs((WINDOW.start + hours) * 3_600_000));
        let scope =
            Scope { seat: &seat, window: WINDOW, agent_namespaces: &namespaces, now, cost: &cost };
        let listing = Listing { is_unlisted: true, ..Listing::default() };
        let survey = scope.survey(&metered, &BTreeMap::new(), listing);
        assert_eq!(survey.unlisted, [id(0)], "{hours} hours later");
    }
}

/// What is known before reading, in some hour, where nothing sends metrics.
fn looked_at(metered: &[Metered], hour: Option<i64>) -> Outlook {
    looked_at_on(&Server::default(), metered, hour)
}

fn looked_at_on(server: &Server, metered: &[Metered], hour: Option<i64>) -> Outlook {
    let (seat, cost) = (server.seat(), ApiCost::default());
    let namespaces = ["CWAgent".to_owned()];
    let now = hour.map(|hour| InstantMs(hour * 3_600_000));
    let scope =
        Scope { seat: &seat, window: WINDOW, agent_namespaces: &namespaces, now, cost: &cost };
    run(scope.outlook(metered, &BTreeMap::new(), false))
}

#[test]
fn a_machine_with_metrics_is_counted_as_measured() {
    let server = Server::default();
    server.send(&gpu(0, AGENT_METRIC), &[(WINDOW.start, 10.0)]);
    let outlook = looked_at_on(&server, &machines(2), None);
    assert_eq!((outlook.machine_count, outlook.measured_count), (2, 1));
    assert_eq!(outlook.unmeasured, [id(1)]);
    assert!(outlook.gaps.is_empty(), "{:?}", outlook.gaps);
}

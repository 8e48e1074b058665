//! Nodes and what runs on them by example, with amounts worked out by hand.

use std::collections::BTreeMap;

use super::{
    Bill, BillHour, Resolutions,
    examples::{finding, pool_finding, subject_bill},
    nested_laws::{Cluster, HOURS, of_slice},
};
use crate::{
    finding::{Action, Claim, Finding, Resolution, Resolved},
    units::Usd,
};

const STOP: Action = Action::Stop { verb: "stop" };

/// Two weeks of two nodes at $1 an hour ($730 a month each). `a` has half of both, `b` a quarter of the first.
fn two_nodes(findings: Vec<Finding>) -> Cluster {
    let hour = BillHour {
        unit_count: 1.0,
        on_demand_usd: 1.0,
        is_active: Some(false),
        ..BillHour::default()
    };
    let node = || subject_bill(vec![hour; HOURS]);
    let shares = |list: &[(&str, f64)]| {
        list.iter().map(|(node, share)| ((*node).to_owned(), [*share; 24])).collect()
    };
    let slice = |list: &[(&str, f64)]| (vec![hour; HOURS], shares(list));
    Cluster {
        nodes: BTreeMap::from(["n0", "n1"].map(|id| (id.to_owned(), node()))),
        slices: BTreeMap::from([
            ("a".to_owned(), slice(&[("n0", 0.5), ("n1", 0.5)])),
            ("b".to_owned(), slice(&[("n0", 0.25)])),
        ]),
        findings,
    }
}

fn by_rule<'a>(resolutions: &'a Resolutions, rule: &str) -> &'a Resolved {
    resolutions.resolved.iter().find(|resolved| resolved.finding.rule == rule).unwrap()
}

fn resize(price_ratio: f64) -> Action {
    Action::Resize {
        target: "smaller".to_owned(),
        price_ratio: Some(price_ratio),
        stretch_ratio: 1.0,
    }
}

fn exactly(dollars: f64) -> Claim {
    let amount = Usd::round(dollars);
    Claim { low: amount, likely: amount, high: amount }
}

#[test]
fn where_slices_save_more_of_a_node_the_nodes_finding_is_superseded_by_them() {
    // Given a smaller machine type that saves 60 % of n0, when what runs on three quarters of it is stopped,
    // then the slices count $547.50 of n0 and $365 of n1.
    let cluster = two_nodes(vec![
        finding("smaller", "n0", resize(0.4)),
        of_slice("idle-a", "a", STOP),
        of_slice("idle-b", "b", STOP),
    ]);
    let result = cluster.resolve(cluster.findings.clone());
    assert_eq!(by_rule(&result, "idle-a").counted_usd_per_month, exactly(730.0));
    assert_eq!(by_rule(&result, "idle-b").counted_usd_per_month, exactly(182.5));
    let smaller = by_rule(&result, "smaller");
    assert_eq!(smaller.claim_usd_per_month, Some(exactly(438.0)));
    assert_eq!(smaller.counted_usd_per_month, Claim::ZERO);
    let mut by = vec![
        by_rule(&result, "idle-a").finding.fingerprint.clone(),
        by_rule(&result, "idle-b").finding.fingerprint.clone(),
    ];
    by.sort();
    assert_eq!(smaller.resolution, Resolution::Superseded { by });
}

#[test]
fn where_the_node_saves_more_slices_keep_what_they_have_of_other_nodes() {
    // Given that n0 can go as a whole, when `a` and `b` are idle too, then $730 count for n0 and $365 for `a` on n1.
    let cluster = two_nodes(vec![
        finding("idle-node", "n0", STOP),
        of_slice("idle-a", "a", STOP),
        of_slice("idle-b", "b", STOP),
    ]);
    let result = cluster.resolve(cluster.findings.clone());
    let node = by_rule(&result, "idle-node");
    assert_eq!(
        (node.counted_usd_per_month, &node.resolution),
        (exactly(730.0), &Resolution::Counted)
    );
    let by = vec![node.finding.fingerprint.clone()];
    let a = by_rule(&result, "idle-a");
    assert_eq!(a.claim_usd_per_month, Some(exactly(730.0)));
    assert_eq!(a.counted_usd_per_month, exactly(365.0));
    assert_eq!(a.resolution, Resolution::Reduced { by: by.clone() });
    let b = by_rule(&result, "idle-b");
    assert_eq!(b.claim_usd_per_month, Some(exactly(182.5)));
    assert_eq!(
        (b.counted_usd_per_month, &b.resolution),
        (Claim::ZERO, &Resolution::Superseded { by })
    );
}

#[test]
fn of_equal_sides_the_slices_count() {
    let cluster =
        two_nodes(vec![finding("half", "n0", resize(0.5)), of_slice("idle-a", "a", STOP)]);
    let result = cluster.resolve(cluster.findings.clone());
    assert_eq!(by_rule(&result, "half").counted_usd_per_month, Claim::ZERO);
    assert_eq!(by_rule(&result, "idle-a").counted_usd_per_month, exactly(730.0));
}

#[test]
fn a_commitment_is_advised_for_what_slices_leave_and_not_for_what_moves_to_spot() {
    // Given $1,460 of two nodes, when `b` is stopped ($182.50) and `a` ($730) moves to spot, then a commitment at 60 %
    // is for $547.50: it saves $219, for nodes of which a quarter and a half are left.
    let spot = Action::Reprice {
        target: "spot".to_owned(),
        price_ratio: Some(0.4),
        rework_ratio: 0.0,
        price_spread_ratio: 0.0,
    };
    let cluster = two_nodes(vec![
        pool_finding("commit", "pool", 0.6),
        of_slice("spot-a", "a", spot),
        of_slice("idle-b", "b", STOP),
    ]);
    let pools = BTreeMap::from([("pool".to_owned(), vec!["n0".to_owned(), "n1".to_owned()])]);
    let result = cluster.resolve_with(cluster.findings.clone(), &pools);
    let commit = by_rule(&result, "commit");
    assert_eq!(commit.claim_usd_per_month, Some(exactly(584.0)));
    assert_eq!(commit.counted_usd_per_month, exactly(219.0));
}

#[test]
fn a_slice_without_a_known_cost_is_unpriced() {
    let cluster = two_nodes(vec![of_slice("idle-c", "c", STOP)]);
    let result = cluster.resolve(cluster.findings.clone());
    assert_eq!(by_rule(&result, "idle-c").resolution, Resolution::Unpriced);
    let bill: Option<Bill> = cluster.bill("c").map(|subject| subject.bill);
    assert_eq!(bill, None);
}

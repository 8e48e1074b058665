//! Resolution by example, with amounts worked out by hand, and what the examples and the laws are made of.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{Bill, BillHour, Resolutions, SubjectBill, replay_alone, resolve};
use crate::{
    calendar::{CrossFit, HOURS_PER_WEEK, LocalWeek},
    fact::{SubjectKind, SubjectRef},
    finding::{
        Action, Claim, Confidence, Finding, Fingerprint, Resolution, Resolved, SettledCommitment,
        Severity,
    },
    units::Usd,
    window::Window,
};

const MONDAY: i64 = 494_184; // 2026-05-18T00:00:00Z

pub(super) fn finding(rule: &str, resource_id: &str, action: Action) -> Finding {
    let subject = SubjectRef {
        provider: "aws".to_owned(),
        account_id: "1".to_owned(),
        region: "eu-central-1".to_owned(),
        resource_id: resource_id.to_owned(),
        kind: "machine".to_owned(),
        name: None,
        instance_type: None,
        owner: None,
        team: None,
    };
    Finding {
        rule: rule.to_owned(),
        title: rule.to_owned(),
        subject_kind: SubjectKind::Accelerator,
        severity: Severity::Medium,
        confidence: Confidence::High,
        action,
        message: String::new(),
        evidence: Vec::new(),
        fingerprint: Fingerprint::of(rule, &subject),
        subject,
    }
}

pub(super) fn pool_finding(rule: &str, pool_id: &str, price_ratio: f64) -> Finding {
    let commit = Action::Reprice {
        target: "commit_1y".to_owned(),
        price_ratio: Some(price_ratio),
        rework_ratio: 0.0,
        price_spread_ratio: 0.0,
    };
    Finding { subject_kind: SubjectKind::Pool, ..finding(rule, pool_id, commit) }
}

/// A bill from a Monday 00:00 UTC with its calendars.
pub(super) fn subject_bill(hours: Vec<BillHour>) -> SubjectBill {
    let end = MONDAY + i64::try_from(hours.len()).unwrap();
    let window = Window { start: MONDAY, end };
    let active: Vec<_> = hours.iter().map(|hour| hour.is_active).collect();
    let week = LocalWeek::new(window, &TimeZone::UTC);
    let calendars = CrossFit::fit(&week, &active, &[false; HOURS_PER_WEEK]);
    SubjectBill { bill: Bill { window, hours }, calendars }
}

pub(super) fn resolve_one(findings: Vec<Finding>, bill: &SubjectBill) -> Resolutions {
    let bills = BTreeMap::from([("m".to_owned(), bill.clone())]);
    resolve(findings, &|id: &str| bills.get(id).cloned(), &BTreeMap::new(), &BTreeMap::new())
}

/// Three weeks of $1 an hour: $730 a month, active from 00:00 to 12:00.
fn half_days() -> SubjectBill {
    let hour = |index: usize| BillHour {
        unit_count: 1.0,
        on_demand_usd: 1.0,
        is_active: Some(index % 24 < 12),
        ..BillHour::default()
    };
    subject_bill((0..504).map(hour).collect())
}

/// The same half under a commitment.
fn half_committed() -> SubjectBill {
    let hour = BillHour {
        unit_count: 1.0,
        on_demand_usd: 0.5,
        committed_usd: 0.5,
        is_active: Some(false),
        ..BillHour::default()
    };
    subject_bill(vec![hour; 504])
}

const STOP: Action = Action::Stop { verb: "stop" };
const SCHEDULE: Action = Action::Schedule { warmup_hours: 0.0 };

fn resize(price_ratio: Option<f64>) -> Action {
    Action::Resize { target: "smaller".to_owned(), price_ratio, stretch_ratio: 1.0 }
}

fn spot(price_ratio: f64, price_spread_ratio: f64) -> Action {
    Action::Reprice {
        target: "spot".to_owned(),
        price_ratio: Some(price_ratio),
        rework_ratio: 0.0,
        price_spread_ratio,
    }
}

fn exactly(dollars: f64) -> Claim {
    let amount = Usd::round(dollars);
    Claim { low: amount, likely: amount, high: amount }
}

fn by_rule<'a>(resolutions: &'a Resolutions, rule: &str) -> &'a Resolved {
    resolutions.resolved.iter().find(|resolved| resolved.finding.rule == rule).unwrap()
}

#[test]
fn what_competes_is_not_added_up() {
    // Given $730: the schedule saves half (365), the resize half (365), together three quarters (547.50).
    let findings = vec![finding("nights", "m", SCHEDULE), finding("size", "m", resize(Some(0.5)))];
    let result = resolve_one(findings, &half_days());
    for (rule, other) in [("nights", "size"), ("size", "nights")] {
        let resolved = by_rule(&result, rule);
        assert_eq!(resolved.claim_usd_per_month, Some(exactly(365.0)));
        assert_eq!(resolved.counted_usd_per_month, exactly(273.75));
        let other = by_rule(&result, other).finding.fingerprint.clone();
        assert_eq!(resolved.resolution, Resolution::Reduced { by: vec![other] });
    }
}

#[test]
fn stopping_supersedes_everything_else() {
    let findings = vec![finding("idle", "m", STOP), finding("size", "m", resize(Some(0.5)))];
    let winner = findings[0].fingerprint.clone();
    let result = resolve_one(findings, &half_days());
    assert_eq!(by_rule(&result, "idle").counted_usd_per_month, exactly(730.0));
    assert_eq!(by_rule(&result, "idle").resolution, Resolution::Counted);
    assert_eq!(by_rule(&result, "size").counted_usd_per_month, Claim::ZERO);
    assert_eq!(by_rule(&result, "size").resolution, Resolution::Superseded { by: vec![winner] });
}

#[test]
fn of_two_equal_ways_the_less_invasive_one_wins() {
    // Given two ways to save the whole bill, when both apply, then nothing is stopped without need.
    let all_of_it = Action::Amount { usd_per_month: Some(9_999.0) };
    let findings = vec![finding("a-stop", "m", STOP), finding("b-amount", "m", all_of_it)];
    let result = resolve_one(findings, &half_days());
    assert_eq!(by_rule(&result, "b-amount").counted_usd_per_month, exactly(730.0));
    assert_eq!(by_rule(&result, "a-stop").counted_usd_per_month, Claim::ZERO);
}

#[test]
fn of_two_machine_types_the_cheaper_one_wins() {
    let findings = vec![
        finding("memory", "m", resize(Some(0.5))),
        finding("compute", "m", resize(Some(0.25))),
        finding("spot", "m", spot(0.5, 0.0)),
    ];
    // Resize and spot together leave an eighth of $730: 638.75 saved. Resize adds 547.50 alone and 273.75 after spot,
    // spot 365 alone and 91.25 after the resize.
    let result = resolve_one(findings, &half_days());
    assert_eq!(by_rule(&result, "compute").counted_usd_per_month.likely, Usd::round(410.63));
    assert_eq!(by_rule(&result, "spot").counted_usd_per_month.likely, Usd::round(228.12));
    assert_eq!(by_rule(&result, "memory").counted_usd_per_month, Claim::ZERO);
}

#[test]
fn what_is_under_a_commitment_is_freed_not_saved() {
    let result = resolve_one(vec![finding("idle", "m", STOP)], &half_committed());
    let resolved = by_rule(&result, "idle");
    let half = Usd::round(365.0);
    assert_eq!(
        resolved.counted_usd_per_month,
        Claim { low: half, likely: half, high: Usd::round(730.0) }
    );
    assert_eq!(resolved.freed_usd_per_month, half);
    assert_eq!(resolved.resolution, Resolution::Counted);
}

#[test]
fn where_all_is_committed_nothing_counts() {
    let hour = BillHour { committed_usd: 1.0, ..half_committed().bill.hours[0] };
    let all_committed = subject_bill(vec![BillHour { on_demand_usd: 0.0, ..hour }; 504]);
    let result = resolve_one(vec![finding("idle", "m", STOP)], &all_committed);
    let resolved = by_rule(&result, "idle");
    assert_eq!(resolved.counted_usd_per_month.likely, Usd::ZERO);
    assert_eq!(resolved.freed_usd_per_month, Usd::round(730.0));
    assert_eq!(resolved.resolution, Resolution::Committed);
}

#[test]
fn an_action_without_a_price_neither_counts_nor_competes() {
    let findings = vec![finding("idle", "m", STOP), finding("size", "m", resize(None))];
    let result = resolve_one(findings, &half_days());
    assert_eq!(by_rule(&result, "size").claim_usd_per_month, None);
    assert_eq!(by_rule(&result, "size").resolution, Resolution::Unpriced);
    assert_eq!(by_rule(&result, "idle").resolution, Resolution::Counted);
}

#[test]
fn a_subject_without_a_bill_is_unpriced_and_information_stays_information() {
    let findings = vec![finding("idle", "other", STOP), finding("region", "other", Action::Inform)];
    let result = resolve_one(findings, &half_days());
    assert_eq!(by_rule(&result, "idle").resolution, Resolution::Unpriced);
    assert_eq!(by_rule(&result, "region").resolution, Resolution::Informational);
}

#[test]
fn a_hit_that_saves_nothing_is_cleared_with_its_reason() {
    let dearer = finding("size", "m", resize(Some(1.2)));
    let fingerprint = dearer.fingerprint.clone();
    let result = resolve_one(vec![dearer], &half_days());
    assert_eq!(result.resolved, []);
    assert_eq!(result.cleared[0].fingerprint, fingerprint);
    assert_eq!(result.cleared[0].reason, "the other machine type would cost no less");
}

#[test]
fn a_spread_of_the_price_moves_both_ends() {
    // 40 % of $730 is $292, ± 10 % of it.
    let result = resolve_one(vec![finding("spot", "m", spot(0.4, 0.1))], &half_days());
    assert_eq!(
        by_rule(&result, "spot").counted_usd_per_month,
        Claim { low: Usd::round(408.8), likely: Usd::round(438.0), high: Usd::round(467.2) }
    );
}

#[test]
fn a_node_and_its_machine_are_one_subject() {
    let bills = BTreeMap::from([("m".to_owned(), half_days())]);
    let group_of = BTreeMap::from([("node".to_owned(), "m".to_owned())]);
    let findings = vec![finding("idle", "m", STOP), finding("node-idle", "node", STOP)];
    let result = resolve(findings, &|id: &str| bills.get(id).cloned(), &group_of, &BTreeMap::new());
    let total: Claim = result.resolved.iter().map(|resolved| resolved.counted_usd_per_month).sum();
    assert_eq!(total, exactly(730.0));
}

#[test]
fn a_commitment_is_advised_only_for_the_load_that_stays() {
    // Given three machines at $730, one of them to be stopped and one to move to spot:
    // a commitment at 60 % saves 40 % of three today, and of one when that is done.
    let ids = ["m1", "m2", "m3"].map(str::to_owned);
    let bills: BTreeMap<String, SubjectBill> =
        ids.clone().into_iter().map(|id| (id, half_days())).collect();
    let pools = BTreeMap::from([("pool".to_owned(), ids.to_vec())]);
    let findings = vec![
        pool_finding("commit", "pool", 0.6),
        finding("idle", "m1", STOP),
        finding("spot", "m2", spot(0.4, 0.0)),
    ];
    let mut winners = vec![findings[1].fingerprint.clone(), findings[2].fingerprint.clone()];
    winners.sort();
    let result = resolve(findings, &|id: &str| bills.get(id).cloned(), &BTreeMap::new(), &pools);
    let commit = by_rule(&result, "commit");
    assert_eq!(commit.claim_usd_per_month, Some(exactly(876.0)));
    assert_eq!(commit.counted_usd_per_month, exactly(292.0));
    assert_eq!(commit.resolution, Resolution::Reduced { by: winners });
}

/// Members of a pool, each at $1 an hour, and what comes of a commitment at 60 % with these findings.
fn committed(members: &[&str], mut findings: Vec<Finding>) -> Resolutions {
    findings.push(pool_finding("commit", "pool", 0.6));
    let ids: Vec<String> = members.iter().map(|&id| id.to_owned()).collect();
    let bills: BTreeMap<String, SubjectBill> =
        ids.iter().map(|id| (id.clone(), half_days())).collect();
    let pools = BTreeMap::from([("pool".to_owned(), ids)]);
    resolve(findings, &|id: &str| bills.get(id).cloned(), &BTreeMap::new(), &pools)
}

#[test]
fn what_to_commit_to_is_said_in_dollars_of_the_plan_and_in_machines_after_the_other_findings() {
    let result = committed(&["m1", "m2", "m3"], vec![finding("idle", "m1", STOP)]);
    assert_eq!(
        by_rule(&result, "commit").commitment,
        Some(SettledCommitment {
            on_demand_usd_per_hour: 2.0,
            committed_usd_per_hour: 1.2,
            machine_count: Some(2.0),
        })
    );
    assert_eq!(by_rule(&result, "idle").commitment, None);
}

#[test]
fn a_machine_that_moves_to_another_type_is_not_committed_to() {
    let result = committed(&["m1", "m2"], vec![finding("size", "m1", resize(Some(0.5)))]);
    let commit = by_rule(&result, "commit");
    assert_eq!(commit.commitment.map(|settled| settled.on_demand_usd_per_hour), Some(1.0));
    assert_eq!(commit.counted_usd_per_month, exactly(292.0));
}

#[test]
fn reserved_capacity_is_worth_a_plan_unless_it_should_be_given_back() {
    // $1 an hour on demand for capacity that is reserved: paid either way, and under no plan.
    let reserved =
        BillHour { unit_count: 1.0, committed_usd: 1.0, reserved_usd: 1.0, ..BillHour::default() };
    let bills = BTreeMap::from([("m".to_owned(), subject_bill(vec![reserved; 504]))]);
    let pools = BTreeMap::from([("pool".to_owned(), vec!["m".to_owned()])]);
    let counted = |findings: Vec<Finding>| {
        let bill_of = |id: &str| bills.get(id).cloned();
        let result = resolve(findings, &bill_of, &BTreeMap::new(), &pools);
        by_rule(&result, "commit").counted_usd_per_month
    };
    assert_eq!(counted(vec![pool_finding("commit", "pool", 0.6)]), exactly(292.0));
    let idle = finding("idle", "m", STOP);
    assert_eq!(counted(vec![pool_finding("commit", "pool", 0.6), idle]), Claim::ZERO);
}

#[test]
fn a_machine_whose_own_finding_has_no_price_is_not_committed_to() {
    let stranded = finding("stranded", "m1", resize(None));
    let by = vec![stranded.fingerprint.clone()];
    let result = committed(&["m1", "m2"], vec![stranded.clone()]);
    let commit = by_rule(&result, "commit");
    assert_eq!(commit.counted_usd_per_month, exactly(292.0));
    assert_eq!(commit.resolution, Resolution::Reduced { by: by.clone() });

    let result = committed(&["m1"], vec![stranded]);
    let commit = by_rule(&result, "commit");
    assert_eq!(commit.counted_usd_per_month, Claim::ZERO);
    assert_eq!(commit.resolution, Resolution::Superseded { by });
    assert_eq!(commit.commitment, None);
}

#[test]
fn fewer_units_save_as_much_in_every_hour_and_their_range_is_that_of_the_busiest_hour() {
    // Given ten units at $1, busy to 48 % for three hours a day, when a fifth is kept free, then ⌈5.76⌉ = 6 stay: 40 % of
    // $7,300. With no headroom 5 would do, with twice as much ⌈6.72⌉ = 7.
    let hour = |index: usize| BillHour {
        unit_count: 10.0,
        on_demand_usd: 10.0,
        need_count: Some(if index % 24 < 3 { 4.8 } else { 0.0 }),
        ..BillHour::default()
    };
    let bill = subject_bill((0..504).map(hour).collect());
    let shrink = Action::Shrink { headroom_ratio: 1.2, min_count: 1.0 };
    let result = resolve_one(vec![finding("fewer", "m", shrink)], &bill);
    assert_eq!(
        by_rule(&result, "fewer").counted_usd_per_month,
        Claim { low: Usd::round(2190.0), likely: Usd::round(2920.0), high: Usd::round(3650.0) }
    );
}

#[test]
fn a_commitment_replayed_alone_costs_its_level_and_what_is_above() {
    // $1 in twelve hours, $3 in twelve: at 60 % the level is $1, so $0.60 and $2.60 are paid.
    let hour = |index: usize| BillHour {
        unit_count: 1.0,
        on_demand_usd: if index % 24 < 12 { 1.0 } else { 3.0 },
        ..BillHour::default()
    };
    let bill = subject_bill((0..504).map(hour).collect()).bill;
    let after = replay_alone(&pool_finding("commit", "pool", 0.6), &bill, None).unwrap();
    assert!((after.cost_usd() - 252.0 * (0.6 + 2.6)).abs() < 1e-6);
}

#[test]
fn a_falling_base_gets_no_commitment() {
    // Running in less than 60 % of the hours, a commitment at 60 % of the price cannot pay.
    let hour = |index: usize| BillHour {
        unit_count: 1.0,
        on_demand_usd: if index < 252 { 1.0 } else { 0.0 },
        ..BillHour::default()
    };
    let bills = BTreeMap::from([("m".to_owned(), subject_bill((0..504).map(hour).collect()))]);
    let pools = BTreeMap::from([("pool".to_owned(), vec!["m".to_owned()])]);
    let findings = vec![pool_finding("commit", "pool", 0.6)];
    let result = resolve(findings, &|id: &str| bills.get(id).cloned(), &BTreeMap::new(), &pools);
    assert_eq!(result.cleared[0].reason, "no load is steady enough for a commitment to pay");
}

#[test]
fn a_short_window_says_that_its_ranges_are_widened() {
    let mut bill = half_days();
    bill.bill.hours.truncate(240);
    bill.bill.window.end = bill.bill.window.start + 240;
    let result = resolve_one(vec![finding("idle", "m", STOP)], &bill);
    assert_eq!(
        result.notes,
        ["The window has 10.0 days: under 14 a range says less, so ranges are widened."]
    );
}

#[test]
fn replaying_alone_shows_the_bill_one_would_have_had() {
    let SubjectBill { bill, calendars } = half_days();
    let cost = |action| {
        let finding = finding("rule", "m", action);
        replay_alone(&finding, &bill, calendars.as_ref()).map(|bill| bill.cost_usd())
    };
    assert_eq!(cost(SCHEDULE), Some(252.0));
    assert_eq!(cost(resize(None)), None);
    assert_eq!(cost(Action::Inform), Some(504.0));
}

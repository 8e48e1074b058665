//! The laws that every resolution keeps, whatever the bills and the findings.

use std::collections::BTreeMap;

use proptest::{collection::vec, option, prelude::*};

use super::{
    Bill, BillHour, Resolutions, SubjectBill,
    examples::{finding, pool_finding, resolve_one, subject_bill},
    replay_alone, resolve,
};
use crate::{
    finding::{Action, Claim, Finding, Fingerprint, Resolution, Resolved},
    units::{HOURS_PER_MONTH, Usd},
};

/// An hour; a quarter of the costs and counts are nothing.
pub(super) fn hour() -> impl Strategy<Value = BillHour> {
    let amount = || prop_oneof![1 => Just(0.0), 3 => 0.0..4.0];
    let fields = (
        0_u8..5,
        amount(),
        prop_oneof![3 => Just(0.0), 1 => 0.0..4.0],
        amount(),
        option::of(amount()),
        option::of(any::<bool>()),
        option::of(amount()),
        prop_oneof![3 => Just(0.0), 1 => 0.0..1.0],
    );
    fields.prop_map(|fields| {
        let (units, on_demand, spot, committed, need_count, is_active, requests, reserved_share) =
            fields;
        BillHour {
            unit_count: units.into(),
            on_demand_usd: on_demand,
            spot_usd: spot,
            committed_usd: committed,
            reserved_usd: committed * reserved_share,
            need_count,
            is_active,
            request_count: requests.map(|count| count * 100.0),
        }
    })
}

/// 14 to 21 days and up to a part of another, made of a few kinds of day.
fn bill() -> impl Strategy<Value = SubjectBill> {
    let days =
        (vec(vec(hour(), 24), 1..4), vec(any::<prop::sample::Index>(), 14..=21), 0_usize..24);
    days.prop_map(|(kinds, days, more)| {
        let mut hours: Vec<BillHour> =
            days.iter().flat_map(|day| day.get(&kinds).clone()).collect();
        hours.extend(kinds[0].iter().take(more));
        subject_bill(hours)
    })
}

pub(super) fn action() -> impl Strategy<Value = Action> {
    let ratio = || option::weighted(0.9, 0.0..1.3);
    prop_oneof![
        1 => Just(Action::Stop { verb: "stop" }),
        2 => (0.0..3.0).prop_map(|warmup_hours| Action::Schedule { warmup_hours }),
        2 => (1.0..2.0, 0.0..3.0, 0.0..4.0).prop_map(|(headroom_ratio, min_count, cooldown_hours)| {
            Action::Scale { headroom_ratio, min_count, cooldown_hours }
        }),
        2 => (1.0..2.0, 0.0..3.0).prop_map(|(headroom_ratio, min_count)| {
            Action::Shrink { headroom_ratio, min_count }
        }),
        2 => (ratio(), 0.8..1.5).prop_map(|(price_ratio, stretch_ratio)| Action::Resize {
            target: "smaller".to_owned(),
            price_ratio,
            stretch_ratio,
        }),
        2 => (ratio(), 0.0..0.3, 0.0..0.5).prop_map(|(price_ratio, rework_ratio, spread)| {
            Action::Reprice {
                target: "spot".to_owned(),
                price_ratio,
                rework_ratio,
                price_spread_ratio: spread,
            }
        }),
        1 => option::of(0.0..0.05).prop_map(|usd_per_request| Action::Reroute { usd_per_request }),
        1 => option::of(0.0..3_000.0).prop_map(|usd_per_month| Action::Amount { usd_per_month }),
        1 => Just(Action::Inform),
    ]
}

/// Findings about the machine `m`, each of a rule of its own.
fn findings() -> impl Strategy<Value = Vec<Finding>> {
    vec(action(), 1..7).prop_map(|actions| named("m", actions))
}

pub(super) fn named(resource_id: &str, actions: Vec<Action>) -> Vec<Finding> {
    let number = |(number, action)| finding(&format!("rule-{number}"), resource_id, action);
    actions.into_iter().enumerate().map(number).collect()
}

pub(super) fn monthly(bill: &Bill) -> f64 {
    bill.cost_usd() * HOURS_PER_MONTH / bill.hours.len() as f64
}

pub(super) fn counted(resolutions: &Resolutions) -> Claim {
    resolutions.resolved.iter().map(|resolved| resolved.counted_usd_per_month).sum()
}

pub(super) fn freed(resolutions: &Resolutions) -> Usd {
    resolutions.resolved.iter().map(|resolved| resolved.freed_usd_per_month).sum()
}

pub(super) fn is_ordered(claim: Claim) -> bool {
    Usd::ZERO <= claim.low && claim.low <= claim.likely && claim.likely <= claim.high
}

pub(super) fn by_fingerprint(resolutions: Resolutions) -> BTreeMap<Fingerprint, Resolved> {
    let named = |resolved: Resolved| (resolved.finding.fingerprint.clone(), resolved);
    resolutions.resolved.into_iter().map(named).collect()
}

/// The most that compatible actions save, found the slow way: every subset, one bill after the other.
fn best_saving(findings: &[Finding], SubjectBill { bill, calendars }: &SubjectBill) -> f64 {
    let stage = |action: &Action| match action {
        Action::Schedule { .. } => 1,
        Action::Scale { .. } | Action::Shrink { .. } => 2,
        Action::Resize { .. } => 3,
        Action::Reprice { .. } => 4,
        _ => 0,
    };
    let uncommitted =
        |bill: &Bill| bill.hours.iter().map(|hour| hour.uncommitted_usd()).sum::<f64>();
    let saves = |finding: &&Finding| {
        replay_alone(finding, bill, calendars.as_ref())
            .is_some_and(|after| uncommitted(&after) < uncommitted(bill))
    };
    let findings: Vec<&Finding> = findings.iter().filter(saves).collect();
    let mut best = 0.0_f64;
    for bits in 0..1_usize << findings.len() {
        let chosen = findings.iter().enumerate().filter(|(place, _)| bits & (1 << place) != 0);
        let mut chosen: Vec<&Finding> = chosen.map(|(_, &finding)| finding).collect();
        chosen.sort_by_key(|finding| stage(&finding.action));
        let is_compatible = chosen.len() < 2
            || (stage(&chosen[0].action) > 0
                && chosen.windows(2).all(|two| stage(&two[0].action) < stage(&two[1].action)));
        if is_compatible {
            let after = chosen.iter().fold(bill.clone(), |bill, finding| {
                replay_alone(finding, &bill, calendars.as_ref()).unwrap()
            });
            best = best.max(uncommitted(bill) - uncommitted(&after));
        }
    }
    best * HOURS_PER_MONTH / bill.hours.len() as f64
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_subject_never_saves_and_frees_more_than_it_costs(findings in findings(), bill in bill()) {
        let result = resolve_one(findings, &bill);
        let cost = Usd::round(monthly(&bill.bill));
        prop_assert!(counted(&result).high <= cost);
        prop_assert!(counted(&result).likely + freed(&result) <= cost);
        for resolved in &result.resolved {
            prop_assert!(is_ordered(resolved.counted_usd_per_month), "{resolved:?}");
            prop_assert!(resolved.freed_usd_per_month >= Usd::ZERO);
            if let Some(claim) = resolved.claim_usd_per_month {
                prop_assert!(is_ordered(claim) && claim.high <= cost, "{resolved:?}");
                prop_assert!(resolved.counted_usd_per_month.likely <= claim.likely);
            }
        }
    }

    #[test]
    fn the_rows_add_up_to_the_best_compatible_saving_to_the_cent(
        findings in findings(),
        bill in bill(),
    ) {
        let best = Usd::round(best_saving(&findings, &bill));
        let result = resolve_one(findings, &bill);
        // Half a cent may fall either way with the order of additions.
        prop_assert!((counted(&result).likely - best).cents().abs() <= 1, "{best}");
    }

    #[test]
    fn the_order_of_findings_is_irrelevant(
        (findings, shuffled) in findings().prop_flat_map(|findings| {
            (Just(findings.clone()), Just(findings).prop_shuffle())
        }),
        bill in bill(),
    ) {
        let first = by_fingerprint(resolve_one(findings, &bill));
        prop_assert_eq!(first, by_fingerprint(resolve_one(shuffled, &bill)));
    }

    #[test]
    fn adding_a_finding_never_lowers_the_total(mut findings in findings(), bill in bill()) {
        let all = counted(&resolve_one(findings.clone(), &bill)).likely;
        findings.pop();
        prop_assert!(counted(&resolve_one(findings, &bill)).likely <= all);
    }

    #[test]
    fn removing_a_superseded_finding_changes_nothing_for_the_others(
        findings in findings(),
        bill in bill(),
    ) {
        let result = resolve_one(findings.clone(), &bill);
        let is_superseded = |resolved: &&Resolved| {
            matches!(resolved.resolution, Resolution::Superseded { .. })
        };
        for superseded in result.resolved.iter().filter(is_superseded) {
            let gone = &superseded.finding.fingerprint;
            let others =
                findings.iter().filter(|finding| finding.fingerprint != *gone).cloned().collect();
            let mut expected = by_fingerprint(result.clone());
            expected.remove(gone);
            prop_assert_eq!(by_fingerprint(resolve_one(others, &bill)), expected);
        }
    }

    #[test]
    fn a_constant_number_of_units_never_saves_more_than_units_that_follow_the_load(
        bill in bill(),
        headroom_ratio in 1.0..2.0,
        min_count in 0.0..3.0,
    ) {
        // Given no cool-down, when hours nobody observed need what the others do at most.
        let mut bill = bill.bill;
        for hour in &mut bill.hours {
            hour.need_count = Some(hour.need_count.unwrap_or(0.0));
        }
        let cost = |action| replay_alone(&finding("r", "m", action), &bill, None).unwrap().cost_usd();
        let follows = cost(Action::Scale { headroom_ratio, min_count, cooldown_hours: 0.0 });
        let constant = cost(Action::Shrink { headroom_ratio, min_count });
        prop_assert!(follows <= constant + 1e-9, "{follows} > {constant}");
        prop_assert!(constant <= bill.cost_usd() + 1e-9);
    }

    #[test]
    fn replaying_no_action_returns_the_bill_itself(bill in bill()) {
        let replayed = replay_alone(&finding("r", "m", Action::Inform), &bill.bill, None);
        prop_assert_eq!(replayed, Some(bill.bill));
    }

    #[test]
    fn an_estate_with_commitments_never_saves_more_than_it_costs(
        subjects in vec((vec(action(), 0..3), bill()), 1..4),
        price_ratios in vec(0.0..1.1, 1..3),
    ) {
        let (mut findings, mut bills, mut cost) = (Vec::new(), BTreeMap::new(), 0.0);
        // One window for all: the shortest.
        let hours = subjects.iter().map(|(_, bill)| bill.bill.hours.len()).min().unwrap();
        for (number, (actions, bill)) in subjects.into_iter().enumerate() {
            let id = format!("m{number}");
            let bill = subject_bill(bill.bill.hours.into_iter().take(hours).collect());
            findings.extend(named(&id, actions));
            cost += monthly(&bill.bill);
            bills.insert(id, bill);
        }
        let members: Vec<String> = bills.keys().cloned().collect();
        for (number, ratio) in price_ratios.iter().enumerate() {
            findings.push(pool_finding(&format!("commit-{number}"), "pool", *ratio));
        }
        let pools = BTreeMap::from([("pool".to_owned(), members)]);
        let result = resolve(findings, &|id: &str| bills.get(id).cloned(), &BTreeMap::new(), &pools);
        // Each subject and the pool are rounded on their own.
        let slack = Usd::from_cents(i64::try_from(bills.len()).unwrap() + 1);
        let total = counted(&result);
        prop_assert!(total.likely + freed(&result) <= Usd::round(cost) + slack);
        for resolved in &result.resolved {
            prop_assert!(is_ordered(resolved.counted_usd_per_month), "{resolved:?}");
        }
    }
}

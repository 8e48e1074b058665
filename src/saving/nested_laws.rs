//! The laws of nodes and what runs on them, whatever the bills, the slices and the findings.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};

use super::{
    BillHour, PaidHour, Resolutions, Slice, SubjectBill,
    examples::{finding, pool_finding, subject_bill},
    laws::{action, by_fingerprint, counted, freed, hour, is_ordered, monthly, named},
    resolve_sliced,
};
use crate::{
    fact::SubjectKind,
    finding::{Action, Finding, Resolved},
    units::Usd,
};

pub(super) const HOURS: usize = 336;

/// By node, a share of each hour of the day.
pub(super) type Shares = BTreeMap<String, [f64; 24]>;

/// Nodes with their bills, and slices with their shares of the nodes.
#[derive(Debug, Clone)]
pub(super) struct Cluster {
    pub(super) nodes: BTreeMap<String, SubjectBill>,
    /// By slice: activity and load of its own, and by node the share of each hour of the day.
    pub(super) slices: BTreeMap<String, (Vec<BillHour>, Shares)>,
    pub(super) findings: Vec<Finding>,
}

impl Cluster {
    fn parts(&self, id: &str) -> Option<Vec<Slice>> {
        let (_, shares) = self.slices.get(id)?;
        let part = |(node, shares): (&String, &[f64; 24])| {
            let bill = &self.nodes[node].bill;
            let paid = |(index, hour): (usize, &BillHour)| PaidHour {
                on_demand_usd: hour.on_demand_usd * shares[index % 24],
                spot_usd: hour.spot_usd * shares[index % 24],
                committed_usd: hour.committed_usd * shares[index % 24],
            };
            let hours = bill.hours.iter().enumerate().map(paid).collect();
            Slice { group_id: node.clone(), hours }
        };
        Some(shares.iter().map(part).collect())
    }

    pub(super) fn bill(&self, id: &str) -> Option<SubjectBill> {
        let Some(parts) = self.parts(id) else { return self.nodes.get(id).cloned() };
        let (own, _) = &self.slices[id];
        let hour = |(index, own): (usize, &BillHour)| {
            let sum =
                |read: fn(&PaidHour) -> f64| parts.iter().map(|p| read(&p.hours[index])).sum();
            BillHour {
                on_demand_usd: sum(|paid| paid.on_demand_usd),
                spot_usd: sum(|paid| paid.spot_usd),
                committed_usd: sum(|paid| paid.committed_usd),
                ..*own
            }
        };
        Some(subject_bill(own.iter().enumerate().map(hour).collect()))
    }

    pub(super) fn resolve(&self, findings: Vec<Finding>) -> Resolutions {
        self.resolve_with(findings, &BTreeMap::new())
    }

    pub(super) fn resolve_with(
        &self,
        findings: Vec<Finding>,
        pools: &BTreeMap<String, Vec<String>>,
    ) -> Resolutions {
        let (bills, slices) = (|id: &str| self.bill(id), |id: &str| self.parts(id));
        resolve_sliced(findings, &bills, &slices, &BTreeMap::new(), pools)
    }

    /// What is about a node or a slice of it.
    fn of_node<'r>(
        &'r self,
        node: &'r str,
        result: &'r Resolutions,
    ) -> impl Iterator<Item = &'r Resolved> {
        result.resolved.iter().filter(move |resolved| {
            let id = &resolved.finding.subject.resource_id;
            id == node || self.slices.get(id).is_some_and(|(_, shares)| shares.contains_key(node))
        })
    }

    fn counted_on(&self, node: &str, result: &Resolutions) -> Usd {
        self.of_node(node, result).map(|resolved| resolved.counted_usd_per_month.likely).sum()
    }

    fn cost(&self) -> Usd {
        self.nodes.values().map(|node| Usd::round(monthly(&node.bill))).sum()
    }

    /// Every subject is rounded on its own.
    fn slack(&self) -> Usd {
        Usd::from_cents(i64::try_from(self.nodes.len() + self.slices.len() + 1).unwrap())
    }
}

pub(super) fn of_slice(rule: &str, id: &str, action: Action) -> Finding {
    Finding { subject_kind: SubjectKind::Workload, ..finding(rule, id, action) }
}

fn of_slices(findings: &[Finding]) -> Vec<Finding> {
    findings.iter().filter(|finding| finding.subject_kind.is_slice()).cloned().collect()
}

fn of_nodes(findings: &[Finding]) -> Vec<Finding> {
    findings.iter().filter(|finding| !finding.subject_kind.is_slice()).cloned().collect()
}

fn hours() -> impl Strategy<Value = Vec<BillHour>> {
    vec(hour(), 24).prop_map(|day| day.iter().copied().cycle().take(HOURS).collect())
}

/// Actions that change each hour's cost by a factor.
fn proportional() -> impl Strategy<Value = Action> {
    action().prop_filter("no factor", |action| {
        !matches!(action, Action::Reroute { .. } | Action::Amount { .. })
    })
}

/// Up to `nodes` nodes with slices that lie on any of them, or each on one only; what is left of a node is a slice too.
fn cluster<S: Strategy<Value = Action>>(
    nodes: usize,
    may_span: bool,
    actions: fn() -> S,
) -> impl Strategy<Value = Cluster> {
    let day = || vec(prop_oneof![2 => Just(0.0), 3 => 0.0..1.0], 24);
    let node = move || (hours(), vec(actions(), 0..3));
    let slice = move || (hours(), vec(day(), nodes), 0..nodes, vec(actions(), 0..3));
    (vec(node(), 1..=nodes), vec(slice(), 1..5), vec(actions(), 0..2)).prop_map(
        move |(nodes, slices, spare)| {
            let mut cluster =
                Cluster { nodes: BTreeMap::new(), slices: BTreeMap::new(), findings: Vec::new() };
            let count = nodes.len();
            for (number, (hours, actions)) in nodes.into_iter().enumerate() {
                let id = format!("n{number}");
                cluster.findings.extend(named(&id, actions));
                cluster.nodes.insert(id, subject_bill(hours));
            }
            let mut taken = vec![[0.0_f64; 24]; count];
            for (number, (own, days, home, actions)) in slices.into_iter().enumerate() {
                let id = format!("s{number}");
                let mut shares = BTreeMap::new();
                for (node, day) in days.iter().enumerate().take(count) {
                    if !may_span && node != home % count {
                        continue;
                    }
                    let fits = std::array::from_fn(|hour| {
                        let wanted: f64 = day[hour];
                        let share = wanted.min(1.0 - taken[node][hour]).max(0.0);
                        taken[node][hour] += share;
                        share
                    });
                    shares.insert(format!("n{node}"), fits);
                }
                for (rule, action) in actions.into_iter().enumerate() {
                    cluster.findings.push(of_slice(&format!("own-{rule}"), &id, action));
                }
                cluster.slices.insert(id, (own, shares));
            }
            for (node, taken) in taken.iter().enumerate() {
                let rest = std::array::from_fn(|hour| (1.0 - taken[hour]).max(0.0));
                let id = format!("n{node}/unallocated");
                for (rule, action) in spare.iter().enumerate() {
                    cluster.findings.push(Finding {
                        subject_kind: SubjectKind::Spare,
                        ..of_slice(&format!("spare-{rule}"), &id, action.clone())
                    });
                }
                let own = vec![BillHour { unit_count: 1.0, ..BillHour::default() }; HOURS];
                cluster.slices.insert(id, (own, BTreeMap::from([(format!("n{node}"), rest)])));
            }
            cluster
        },
    )
}

fn total(resolutions: &Resolutions) -> Usd {
    counted(resolutions).likely
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nodes_and_their_slices_never_save_more_than_the_nodes_cost(
        cluster in cluster(3, true, action),
        price_ratio in 0.1..1.0,
    ) {
        let mut findings = cluster.findings.clone();
        findings.push(pool_finding("commit", "pool", price_ratio));
        let pools = BTreeMap::from([("pool".to_owned(), cluster.nodes.keys().cloned().collect())]);
        let result = cluster.resolve_with(findings, &pools);
        prop_assert!(counted(&result).likely + freed(&result) <= cluster.cost() + cluster.slack());
        for resolved in &result.resolved {
            prop_assert!(is_ordered(resolved.counted_usd_per_month), "{resolved:?}");
            prop_assert!(resolved.freed_usd_per_month >= Usd::ZERO);
            if let Some(claim) = resolved.claim_usd_per_month {
                prop_assert!(is_ordered(claim), "{resolved:?}");
                prop_assert!(resolved.counted_usd_per_month.likely <= claim.likely, "{resolved:?}");
            }
        }
    }

    #[test]
    fn no_node_saves_more_than_it_costs(cluster in cluster(3, false, action)) {
        let result = cluster.resolve(cluster.findings.clone());
        for (node, SubjectBill { bill, .. }) in &cluster.nodes {
            let freed: Usd = cluster
                .of_node(node, &result)
                .map(|resolved| resolved.freed_usd_per_month)
                .sum();
            let sum = cluster.counted_on(node, &result) + freed;
            prop_assert!(sum <= Usd::round(monthly(bill)) + cluster.slack(), "{node}: {sum}");
        }
    }

    #[test]
    fn of_a_node_whose_slices_lie_nowhere_else_the_side_that_saves_more_counts_and_the_other_not(
        cluster in cluster(3, false, action),
    ) {
        let result = cluster.resolve(cluster.findings.clone());
        let (nodes, slices) = (of_nodes(&cluster.findings), of_slices(&cluster.findings));
        let (nodes, slices) = (cluster.resolve(nodes), cluster.resolve(slices));
        for node in cluster.nodes.keys() {
            let on_node = |result: &Resolutions| cluster.counted_on(node, result);
            let larger = on_node(&nodes).max(on_node(&slices));
            let off = (on_node(&result) - larger).cents().abs();
            prop_assert!(off <= cluster.slack().cents(), "{node}: {}", on_node(&result));
        }
    }

    #[test]
    fn the_order_of_findings_of_nodes_and_slices_is_irrelevant(
        (cluster, shuffled) in cluster(3, true, action).prop_flat_map(|cluster| {
            let findings = cluster.findings.clone();
            (Just(cluster), Just(findings).prop_shuffle())
        }),
    ) {
        let first = by_fingerprint(cluster.resolve(cluster.findings.clone()));
        prop_assert_eq!(first, by_fingerprint(cluster.resolve(shuffled)));
    }

    #[test]
    fn on_a_node_whose_slices_lie_nowhere_else_a_finding_more_never_lowers_the_sum(
        cluster in cluster(1, false, action),
        gone in any::<prop::sample::Index>(),
    ) {
        prop_assume!(!cluster.findings.is_empty());
        let mut fewer = cluster.findings.clone();
        fewer.remove(gone.index(fewer.len()));
        let all = total(&cluster.resolve(cluster.findings.clone()));
        // The slices' sum is compared before it is rounded, and each is rounded on its own.
        prop_assert!(total(&cluster.resolve(fewer)) <= all + cluster.slack());
    }

    #[test]
    fn tied_together_by_slices_nodes_save_no_less_than_either_side_alone(
        cluster in cluster(3, true, proportional),
    ) {
        let all = total(&cluster.resolve(cluster.findings.clone())) + cluster.slack();
        prop_assert!(total(&cluster.resolve(of_nodes(&cluster.findings))) <= all);
        prop_assert!(total(&cluster.resolve(of_slices(&cluster.findings))) <= all);
    }

    #[test]
    fn without_findings_about_slices_nodes_resolve_as_ever(cluster in cluster(2, true, action)) {
        let findings = of_nodes(&cluster.findings);
        let bills = |id: &str| cluster.bill(id);
        let plain = super::resolve(findings.clone(), &bills, &BTreeMap::new(), &BTreeMap::new());
        prop_assert_eq!(cluster.resolve(findings), plain);
    }
}

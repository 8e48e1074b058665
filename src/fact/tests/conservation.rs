//! Whatever pods run on a node, when and with whatever requests: their costs and what is unallocated add up to the node's.

use proptest::{collection::vec, option, prelude::*};

use super::{
    charge,
    cluster::{DAYS, NODE, at, cluster, measured, node, pod, workload, workload_id},
};
use crate::{
    fact::HourlyCost,
    frame::{CostRow, ResourceRow, WorkloadRow},
    snapshot::CostSource,
};

/// Any pods, also such that ask for far more than there is, end before they begin, or lie outside the window.
fn pods() -> impl Strategy<Value = Vec<(usize, f64, f64, Option<f64>)>> {
    let gpus = prop_oneof![Just(0.25), Just(1.0 / 7.0), Just(1.0), Just(2.0), 0.0..9.0];
    vec((0_usize..3, gpus, -10.0..60.0, option::of(-5.0..60.0)), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pods_and_what_is_unallocated_add_up_to_the_node_in_every_hour(
        pods in pods(),
        billed in option::of((0_i64..0xff_ffff, 0.0..900.0, 0.0..900.0)),
        launched in -5.0..30.0,
    ) {
        let names = ["a", "b", "c"];
        let mut rows: Vec<ResourceRow> = names.iter().map(|name| workload(name)).collect();
        rows.push(ResourceRow { launched_at: Some(at(launched)), ..node("n") });
        let pods = pods.iter().enumerate().map(|(number, &(of, gpus, from, to))| WorkloadRow {
            unit_name: Some(number.to_string()),
            ..pod(names[of], "n", Some(gpus), from, to)
        });
        let mut snapshot = cluster(rows, pods.collect());
        if let Some((mask, first, second)) = billed {
            let charge = |day, option, usd| CostRow {
                resource_id: Some(NODE.to_owned()),
                provider: "kubernetes".to_owned(),
                account_id: "c".to_owned(),
                ..charge(day, Some(mask + 1), "usage", option, usd)
            };
            snapshot.costs = CostSource::Rows(vec![
                charge(0, "on_demand", first),
                charge(0, "committed", second),
                charge(1, "spot", first),
            ]);
        }
        measured(&snapshot, |facts| {
            let (whole, _) = facts.subject(NODE).unwrap().hourly_cost().unwrap();
            let mut sum = HourlyCost::zero(DAYS.hour_count());
            let mut ids: Vec<String> = names.iter().map(|name| workload_id(name)).collect();
            ids.push(format!("{NODE}/unallocated"));
            for id in ids {
                for (_, cost) in facts.slices(&id).unwrap_or_default() {
                    for part in [&cost.on_demand_usd, &cost.spot_usd, &cost.committed_usd] {
                        prop_assert!(part.iter().all(|usd| *usd >= 0.0), "{id} has less than nothing");
                    }
                    sum.add(&cost);
                }
            }
            for (parts, whole) in [
                (&sum.on_demand_usd, &whole.on_demand_usd),
                (&sum.spot_usd, &whole.spot_usd),
                (&sum.committed_usd, &whole.committed_usd),
            ] {
                for (parts, whole) in parts.iter().zip(whole) {
                    prop_assert!((parts - whole).abs() < 1e-6, "{parts} of {whole}");
                }
            }
            Ok(())
        })?;
    }
}

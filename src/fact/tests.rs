//! Costs by the hour and substitutes, on numbers that can be checked by hand.

mod cluster;
mod conservation;
mod held;
mod jobs;
mod money;
mod restart;
mod waiting;

use super::{
    CostIndex,
    candidate::{Candidates, Current, Fit, Substitutes},
    demand::Demand,
};
use crate::{
    catalog::Catalog,
    frame::{CostRow, InstantMs},
    settings::Policy,
    window::Window,
};

/// Two days from 2026-10-01T00:00:00Z.
fn window() -> Window {
    Window { start: 497_448, end: 497_496 }
}

fn charge(day: i64, mask: Option<i64>, kind: &str, option: &str, usd: f64) -> CostRow {
    CostRow {
        resource_id: Some("aws:1:r:i-1".to_owned()),
        provider: "aws".to_owned(),
        account_id: "1".to_owned(),
        region: None,
        service: "compute".to_owned(),
        sku: "box".to_owned(),
        instance_type: None,
        day_start: InstantMs((497_448 + day * 24) * 3_600_000),
        billed_hours_mask: mask,
        charge_kind: kind.to_owned(),
        purchase_option: Some(option.to_owned()),
        commitment_id: Some("plan".to_owned()),
        quantity: None,
        quantity_unit: None,
        list_usd: None,
        billed_usd: None,
        effective_usd: Some(usd),
    }
}

fn index(rows: &[CostRow]) -> CostIndex {
    let mut index = CostIndex::new(window());
    for row in rows {
        index.add(row);
    }
    index
}

fn hours(cost: &[f64]) -> Vec<(usize, f64)> {
    cost.iter().copied().enumerate().filter(|(_, usd)| *usd > 0.0).collect()
}

#[test]
fn an_hourly_charge_falls_on_the_hours_it_names() {
    let index = index(&[charge(0, Some(0b101), "usage", "on_demand", 6.0)]);
    let cost = index.of_resource("aws:1:r:i-1").unwrap().hourly(window(), None);
    assert_eq!(hours(&cost.on_demand_usd), [(0, 3.0), (2, 3.0)]);
}

#[test]
fn a_daily_charge_falls_on_the_hours_that_ran_that_day() {
    let index = index(&[charge(1, None, "usage", "on_demand", 6.0)]);
    let mut running = vec![false; 48];
    running[30] = true;
    running[31] = true;
    let cost = index.of_resource("aws:1:r:i-1").unwrap().hourly(window(), Some(&running));
    assert_eq!(hours(&cost.on_demand_usd), [(30, 3.0), (31, 3.0)]);
}

#[test]
fn a_daily_charge_for_hours_nobody_knows_falls_on_the_whole_day() {
    let index = index(&[charge(0, None, "usage", "on_demand", 24.0)]);
    let cost = index.of_resource("aws:1:r:i-1").unwrap().hourly(window(), None);
    assert_eq!(hours(&cost.on_demand_usd).len(), 24);
    assert_eq!(cost.on_demand_usd.iter().sum::<f64>().to_string(), "24");
}

#[test]
fn a_charge_for_hours_outside_the_window_stays_outside() {
    let index = index(&[
        charge(0, Some(0b1111), "usage", "on_demand", 4.0),
        charge(1, None, "usage", "on_demand", 24.0),
    ]);
    let from_the_third_hour = Window { start: 497_450, end: 497_475 };
    let cost = index.of_resource("aws:1:r:i-1").unwrap().hourly(from_the_third_hour, None);
    // Two of the first day's four hours, and three of the second day's 24.
    assert_eq!(cost.on_demand_usd.iter().sum::<f64>().to_string(), "5");
}

#[test]
fn a_daily_charge_of_an_edge_day_leaves_the_outside_hours_their_share() {
    let index = index(&[charge(0, None, "usage", "on_demand", 24.0)]);
    let from_noon = Window { start: 497_460, end: 497_472 };
    let cost = index.of_resource("aws:1:r:i-1").unwrap().hourly(from_noon, Some(&[true; 12]));
    assert_eq!(cost.on_demand_usd.iter().sum::<f64>().to_string(), "12");
}

#[test]
fn committed_hours_are_kept_apart_and_tax_and_credits_are_no_cost_of_running() {
    let index = index(&[
        charge(0, Some(1), "usage", "on_demand", 1.0),
        charge(0, Some(2), "usage", "committed", 3.0),
        charge(0, Some(1), "tax", "on_demand", 9.0),
        charge(0, Some(1), "credit", "on_demand", -9.0),
    ]);
    let cost = index.of_resource("aws:1:r:i-1").unwrap().hourly(window(), None);
    assert_eq!(hours(&cost.on_demand_usd), [(0, 1.0)]);
    assert_eq!(hours(&cost.committed_usd), [(1, 3.0)]);
    assert_eq!(cost.committed_ratio(), Some(0.75));
}

#[test]
fn an_unused_plan_is_paid_and_an_unused_capacity_reservation_can_be_given_back() {
    let unused = |kind| {
        let index = index(&[charge(0, Some(1), kind, "committed", 2.0)]);
        let cost = index.unused_of("plan").unwrap().hourly(window(), None);
        (cost.on_demand_usd.iter().sum::<f64>(), cost.committed_usd.iter().sum::<f64>())
    };
    assert_eq!(format!("{:?}", unused("commitment_unused")), "(0.0, 2.0)");
    assert_eq!(format!("{:?}", unused("reservation_unused")), "(2.0, 0.0)");
}

/// A machine with its load, in us-east-1.
fn fit(
    instance_type: &str,
    peak_gib: f64,
    compute: f64,
    find: impl Fn(&Substitutes<'_>) -> Option<String>,
    policy: &Policy,
) -> Option<String> {
    let demand = Demand { p95_ratio: Some(compute), headroom_ratio: 0.3, ..Demand::default() };
    fit_of(instance_type, peak_gib, demand, find, policy)
}

/// The same with a load that has bursts.
fn fit_of<T>(
    instance_type: &str,
    peak_gib: f64,
    demand: Demand,
    find: impl Fn(&Substitutes<'_>) -> Option<T>,
    policy: &Policy,
) -> Option<T> {
    let catalog = Catalog::embedded().unwrap();
    let shape = catalog.shape("aws", instance_type).unwrap();
    let current = Current {
        has_list_price: true,
        region: "us-east-1",
        shape,
        gpu: catalog.gpu(&shape.gpu_model).unwrap(),
        mem_used_max_gib: Some(peak_gib),
        demand,
        cpu_util_p95_ratio: Some(0.2),
    };
    find(&Candidates { catalog: &catalog, policy }.of(current))
}

fn memory_fit(substitutes: &Substitutes<'_>) -> Option<String> {
    substitutes.memory_fit().map(|fit| fit.instance_type)
}

#[test]
fn eight_gib_on_a_24_gib_gpu_fit_on_a_16_gib_one() {
    let found = fit("g5.xlarge", 8.0, 0.3, memory_fit, &Policy::default());
    assert_eq!(found.as_deref(), Some("g4dn.xlarge"));
}

#[test]
fn a_peak_that_only_fits_without_headroom_does_not_fit() {
    // 13.4 GiB × 1.2 = 16.1 GiB, and a T4 has 16.
    assert_eq!(fit("g5.xlarge", 13.4, 0.3, memory_fit, &Policy::default()), None);
    let just = fit("g5.xlarge", 13.3, 0.3, memory_fit, &Policy::default());
    assert_eq!(just.as_deref(), Some("g4dn.xlarge"));
}

#[test]
fn a_busy_gpu_does_not_move_to_one_with_half_the_bandwidth() {
    // A T4 has 320 of an A10G's 600 GB/s: enough up to 320 / 600 / 1.3 = 41 % of use.
    assert_eq!(fit("g5.xlarge", 8.0, 0.42, memory_fit, &Policy::default()), None);
    assert!(fit("g5.xlarge", 8.0, 0.41, memory_fit, &Policy::default()).is_some());
}

#[test]
fn advice_stays_in_the_approved_families() {
    let policy = Policy { families: vec!["g6*".to_owned()], ..Policy::default() };
    let found = fit("g5.xlarge", 8.0, 0.3, memory_fit, &policy);
    assert_ne!(found.as_deref(), Some("g4dn.xlarge"));
}

#[test]
fn a_machine_type_that_the_region_does_not_sell_is_not_advised_there() {
    let in_region = |region| {
        let catalog = Catalog::embedded().unwrap();
        let shape = catalog.shape("aws", "g5.xlarge").unwrap();
        let current = Current {
            region,
            shape,
            has_list_price: true,
            gpu: catalog.gpu(&shape.gpu_model).unwrap(),
            mem_used_max_gib: Some(8.0),
            demand: Demand { p95_ratio: Some(0.3), headroom_ratio: 0.3, ..Demand::default() },
            cpu_util_p95_ratio: Some(0.2),
        };
        let policy = Policy::default();
        memory_fit(&Candidates { catalog: &catalog, policy: &policy }.of(current))
    };
    assert_eq!(in_region("us-east-1").as_deref(), Some("g4dn.xlarge"));
    // Jakarta has no T4: there is no price of it there.
    assert_eq!(in_region("ap-southeast-3"), None);
}

#[test]
fn gpus_that_work_together_do_not_lose_their_link() {
    // p4d has eight A100 on NVLink; eight L4 on PCIe would hold 20 GiB each and cost less.
    assert_eq!(fit("p4d.24xlarge", 15.0, 0.05, memory_fit, &Policy::default()), None);
}

#[test]
fn fewer_gpus_of_the_same_model_hold_the_busy_ones() {
    let count_fit =
        |substitutes: &Substitutes<'_>| substitutes.count_fit(1.0).map(|fit| fit.instance_type);
    let found = fit("g5.12xlarge", 20.0, 0.9, count_fit, &Policy::default());
    assert!(found.is_some_and(|name| name.starts_with("g5.")));
}

#[test]
fn a_successor_is_newer_and_no_slower_no_smaller_no_thinner() {
    let successor =
        |substitutes: &Substitutes<'_>| substitutes.successor().map(|fit| fit.instance_type);
    let found = fit("p3.2xlarge", 10.0, 0.9, successor, &Policy::default());
    assert_eq!(found.as_deref(), Some("g6e.xlarge"));
    // Nothing sold is newer than a B200 at less than a B300's size.
    let none = fit("p6-b300.48xlarge", 100.0, 0.9, successor, &Policy::default());
    assert_eq!(none, None);
}

#[test]
fn the_smallest_mig_slice_that_holds_peak_and_load_is_found() {
    let mig = |substitutes: &Substitutes<'_>| {
        substitutes.mig_fit().map(|fit| format!("{:.3}", fit.ratio))
    };
    // 8 GiB × 1.2 = 9.6 of 40 GiB: 2/8 of the memory with 2/7 of the compute.
    let found = fit("p4d.24xlarge", 8.0, 0.1, mig, &Policy::default());
    assert_eq!(found.as_deref(), Some("0.286"));
}

/// A third of an hour's compute with bursts up to `peak`, on an A10G.
fn bursts(peak: f64, can_wait: Option<bool>) -> Option<Fit> {
    let demand = Demand {
        p95_ratio: Some(0.3),
        headroom_ratio: 0.3,
        peak_p95_ratio: Some(peak),
        peaks_are_complete: true,
        can_wait,
    };
    let memory_fit = |substitutes: &Substitutes<'_>| substitutes.memory_fit();
    fit_of("g5.xlarge", 8.0, demand, memory_fit, &Policy::default())
}

#[test]
fn where_somebody_waits_bursts_must_fit_too() {
    // A T4 has 320 of an A10G's 600 GB/s: 53 % of it, and more of its compute.
    assert_eq!(bursts(0.54, Some(false)), None);
    assert!(bursts(0.53, Some(false)).is_some_and(|fit| fit.instance_type == "g4dn.xlarge"));
}

#[test]
fn where_work_can_wait_bursts_take_longer() {
    let fit = bursts(1.0, Some(true)).unwrap();
    assert_eq!((fit.instance_type.as_str(), fit.burst_stretch_ratio), ("g4dn.xlarge", Some(1.875)));
}

#[test]
fn where_nobody_says_so_the_stretch_is_told() {
    let stretch = |peak| bursts(peak, None).and_then(|fit| fit.burst_stretch_ratio);
    assert_eq!((stretch(0.53), stretch(1.0)), (Some(1.0), Some(1.875)));
}

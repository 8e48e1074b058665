//! Nodes and what runs on them: who held what, and what it cost.

use crate::{
    catalog::Catalog,
    fact::{Facts, Ground, SubjectKind, Traffic, Value},
    frame::{InstantMs, InvocationRow, ResourceRow, UsageRow, WorkloadRow},
    settings::Settings,
    snapshot::Snapshot,
    usage::UsageSource,
    window::{MS_PER_HOUR, Window},
};
use jiff::tz::TimeZone;

/// Two days from 2026-10-01T00:00:00Z.
pub(super) const DAYS: Window = Window { start: 497_448, end: 497_496 };
pub(super) const NODE: &str = "kubernetes:c:us-east-1:node/n";

/// The instant this many hours after the start of the window.
pub(super) fn at(hours: f64) -> InstantMs {
    #[expect(clippy::cast_possible_truncation, reason = "a few days")]
    let ms = (hours * MS_PER_HOUR as f64).round() as i64;
    InstantMs(DAYS.start * MS_PER_HOUR + ms)
}

/// A node with four A10G, on a machine that AWS sells.
pub(super) fn node(name: &str) -> ResourceRow {
    ResourceRow {
        resource_id: format!("kubernetes:c:us-east-1:node/{name}"),
        provider: "kubernetes".to_owned(),
        account_id: "c".to_owned(),
        region: "us-east-1".to_owned(),
        kind: "node".to_owned(),
        name: Some(name.to_owned()),
        state: Some("running".to_owned()),
        instance_type: Some("g5.12xlarge".to_owned()),
        machine_provider: Some("aws".to_owned()),
        purchase_option: Some("on_demand".to_owned()),
        launched_at: Some(InstantMs(0)),
        gpu_model: Some("A10G".to_owned()),
        gpu_count: Some(4.0),
        gpu_mem_gib_per_gpu: Some(22.35),
        tags_json: "{}".to_owned(),
        ..ResourceRow::default()
    }
}

pub(super) fn workload_id(name: &str) -> String {
    format!("kubernetes:c:us-east-1:ml/deployment/{name}")
}

pub(super) fn workload(name: &str) -> ResourceRow {
    ResourceRow {
        resource_id: workload_id(name),
        kind: "workload".to_owned(),
        name: Some(format!("ml/{name}")),
        instance_type: None,
        machine_provider: None,
        gpu_count: None,
        ..node("")
    }
}

/// A pod on a node from one hour to another.
pub(super) fn pod(
    of: &str,
    node: &str,
    gpus: Option<f64>,
    from: f64,
    to: Option<f64>,
) -> WorkloadRow {
    WorkloadRow {
        workload_id: workload_id(of),
        cluster: "c".to_owned(),
        namespace: "ml".to_owned(),
        name: of.to_owned(),
        resource_id: Some(format!("kubernetes:c:us-east-1:node/{node}")),
        kind: Some("deployment".to_owned()),
        gpu_requested_count: gpus,
        started_at: at(from),
        ended_at: to.map(at),
        unit_name: Some(format!("{of}-{from}-{gpus:?}")),
        ..WorkloadRow::default()
    }
}

pub(super) fn cluster(resources: Vec<ResourceRow>, workloads: Vec<WorkloadRow>) -> Snapshot {
    Snapshot { resources, workloads, ..Snapshot::empty(DAYS) }
}

pub(super) fn measured<T>(snapshot: &Snapshot, then: impl FnOnce(&Facts<'_>) -> T) -> T {
    measured_with(&Settings::default(), snapshot, then)
}

fn measured_with<T>(
    settings: &Settings,
    snapshot: &Snapshot,
    then: impl FnOnce(&Facts<'_>) -> T,
) -> T {
    let catalog = Catalog::embedded().unwrap();
    let ground = Ground::read(snapshot, settings, &catalog, &TimeZone::UTC).unwrap();
    let traffic = Traffic::index(&snapshot.invocations, snapshot.window);
    then(&ground.measure(&traffic))
}

fn fact(facts: &Facts<'_>, kind: SubjectKind, id: &str, name: &str) -> Value {
    let table = facts.table(kind).unwrap();
    let row = table.rows.iter().find(|row| row.subject.resource_id == id).unwrap();
    row.values[table.position(name).unwrap()].clone()
}

fn number(facts: &Facts<'_>, kind: SubjectKind, id: &str, name: &str) -> String {
    fact(facts, kind, id, name).number().map_or("null".to_owned(), |number| format!("{number:.3}"))
}

/// Share of the node's cost in an hour, of each slice.
fn share(facts: &Facts<'_>, id: &str, hour: usize) -> String {
    let slices = facts.slices(id).unwrap();
    let (whole, _) = facts.subject(NODE).unwrap().hourly_cost().unwrap();
    let usd: f64 = slices.iter().map(|(_, cost)| cost.on_demand_usd[hour]).sum();
    format!("{:.4}", usd / whole.on_demand_usd[hour])
}

#[test]
fn four_quarter_pods_cost_exactly_one_accelerator() {
    let pods = (0..4).map(|quarter| pod(&format!("q{quarter}"), "n", Some(0.25), 0.0, None));
    let mut rows: Vec<_> = (0..4).map(|quarter| workload(&format!("q{quarter}"))).collect();
    rows.push(node("n"));
    rows.push(workload("whole"));
    let pods = pods.chain([pod("whole", "n", Some(1.0), 0.0, None)]).collect();
    measured(&cluster(rows, pods), |facts| {
        for quarter in 0..4 {
            assert_eq!(share(facts, &workload_id(&format!("q{quarter}")), 7), "0.0625");
        }
        let usd = |id: &str| facts.subject(id).unwrap().effective_usd_per_month().unwrap();
        let quarters: f64 = (0..4).map(|quarter| usd(&workload_id(&format!("q{quarter}")))).sum();
        assert!((quarters - usd(&workload_id("whole"))).abs() < 1e-9);
        assert!((quarters - usd(NODE) / 4.0).abs() < 1e-9);
        assert_eq!(share(facts, &format!("{NODE}/unallocated"), 7), "0.5000");
    });
}

#[test]
fn a_pod_pays_for_the_part_of_the_hour_in_which_it_ran() {
    let pods = vec![
        pod("a", "n", Some(2.0), 0.0, Some(5.25)),
        pod("b", "n", Some(4.0), 5.25, Some(6.0)),
        pod("a", "n", None, 0.0, None),
    ];
    let rows = vec![node("n"), workload("a"), workload("b")];
    measured(&cluster(rows, pods), |facts| {
        let (a, b) = (workload_id("a"), workload_id("b"));
        let spare = format!("{NODE}/unallocated");
        let shares = |hour| [&a, &b, &spare].map(|id| share(facts, id, hour));
        assert_eq!(shares(4), ["0.5000", "0.0000", "0.5000"]);
        assert_eq!(shares(5), ["0.1250", "0.7500", "0.1250"]);
        assert_eq!(shares(6), ["0.0000", "0.0000", "1.0000"]);
        assert_eq!(number(facts, SubjectKind::Workload, &a, "running_hours"), "6.000");
        assert_eq!(number(facts, SubjectKind::Workload, &a, "gpu_held_end_count"), "0.000");
    });
}

#[test]
fn pods_that_ask_for_more_than_there_is_share_it() {
    let pods = vec![pod("a", "n", Some(6.0), 0.0, None), pod("b", "n", Some(2.0), 0.0, None)];
    let rows = vec![node("n"), workload("a"), workload("b")];
    measured(&cluster(rows, pods), |facts| {
        assert_eq!(share(facts, &workload_id("a"), 0), "0.7500");
        assert_eq!(share(facts, &workload_id("b"), 0), "0.2500");
        assert_eq!(share(facts, &format!("{NODE}/unallocated"), 0), "0.0000");
    });
}

#[test]
fn what_runs_on_a_node_is_no_cost_on_top_of_it() {
    let rows = vec![node("n"), node("m"), workload("a")];
    let pods = vec![
        pod("a", "n", Some(4.0), 0.0, None),
        pod("a", "m", Some(1.0), 0.0, None),
        pod("dns", "m", None, 0.0, None),
    ];
    measured(&cluster(rows, pods), |facts| {
        let usd = |id: &str| facts.subject(id).unwrap().effective_usd_per_month().unwrap();
        let total = facts.list_price_usd_per_month().unwrap();
        assert!((total - 2.0 * usd(NODE)).abs() < 1e-9);
        let a = workload_id("a");
        let of = |ids: &[&str]| {
            facts.monthly_usd_of(ids.iter().copied()).into_iter().flatten().sum::<f64>() / usd(NODE)
        };
        assert_eq!(format!("{:.3}", of(&[&a])), "1.250");
        assert_eq!(format!("{:.3}", of(&[&a, NODE])), "1.250");
        assert_eq!(format!("{:.3}", of(&[NODE, &format!("{NODE}/unallocated")])), "1.000");
        let resources = facts.table(SubjectKind::Resource).unwrap();
        assert_eq!(resources.rows.len(), 2);
    });
}

#[test]
fn a_share_of_a_node_of_unknown_cost_is_unknown() {
    let unknown = ResourceRow { instance_type: None, ..node("n") };
    let rows = vec![unknown, node("m"), workload("a")];
    let pods = vec![pod("a", "n", Some(1.0), 0.0, None), pod("a", "m", Some(1.0), 0.0, None)];
    measured(&cluster(rows, pods), |facts| {
        let a = workload_id("a");
        assert_eq!(facts.subject(&a).unwrap().effective_usd_per_month(), None);
        assert_eq!(facts.bill(SubjectKind::Workload, &a), None);
        assert_eq!(number(facts, SubjectKind::Workload, &a, "on_demand_ratio"), "null");
    });
}

#[test]
fn a_node_that_no_catalog_prices_costs_what_its_accelerators_do_by_the_settings() {
    let own = ResourceRow { instance_type: None, machine_provider: None, ..node("n") };
    let snapshot = cluster(vec![own, workload("a")], vec![pod("a", "n", Some(1.0), 0.0, None)]);
    let mut settings = Settings::default();
    settings.kubernetes.gpu_usd_per_hour.insert("A10G".to_owned(), 0.5);
    measured_with(&settings, &snapshot, |facts| {
        let usd = |id: &str| facts.subject(id).unwrap().effective_usd_per_month().unwrap();
        assert_eq!(usd(NODE).to_string(), "1460");
        assert_eq!(usd(&workload_id("a")).to_string(), "365");
        assert_eq!(facts.subject(NODE).unwrap().price("spot"), None);
    });
}

#[test]
fn without_any_pod_on_it_nobody_knows_what_is_unallocated() {
    let rows = vec![node("n"), node("m")];
    let pods = vec![pod("dns", "n", None, 0.0, None)];
    measured(&cluster(rows, pods), |facts| {
        let spares = facts.table(SubjectKind::Spare).unwrap();
        let ids: Vec<&str> =
            spares.rows.iter().map(|row| row.subject.resource_id.as_str()).collect();
        assert_eq!(ids, [format!("{NODE}/unallocated")]);
        let other = "kubernetes:c:us-east-1:node/m";
        assert_eq!(number(facts, SubjectKind::Accelerator, other, "gpu_pod_count"), "null");
        assert_eq!(number(facts, SubjectKind::Accelerator, NODE, "gpu_pod_count"), "0.000");
    });
}

#[test]
fn a_node_knows_its_pods_and_what_packing_would_free() {
    // Given two nodes of four with two and one accelerators held, when they are packed, then one node of five free goes.
    let rows = vec![node("n"), node("m"), workload("a"), workload("b")];
    let daemon =
        WorkloadRow { kind: Some("daemonset".to_owned()), ..pod("dns", "m", None, 0.0, None) };
    let pods = vec![
        pod("a", "n", Some(2.0), 0.0, None),
        pod("b", "m", Some(1.0), 24.0, None),
        pod("web", "m", None, 0.0, None),
        daemon,
    ];
    measured(&cluster(rows, pods), |facts| {
        let other = "kubernetes:c:us-east-1:node/m";
        let of = |name| number(facts, SubjectKind::Accelerator, other, name);
        assert_eq!(of("gpu_pod_count"), "1.000");
        assert_eq!(of("cpu_pod_count"), "1.000");
        assert_eq!(of("cpu_only_hours_ratio"), "0.500");
        assert_eq!(of("gpu_allocated_mean_count"), "0.500");
        assert_eq!(of("gpu_unallocated_mean_count"), "3.500");
        assert_eq!(of("pods_observed_ratio"), "0.000");
        let spare = |name| number(facts, SubjectKind::Spare, &format!("{other}/unallocated"), name);
        assert_eq!(spare("gpu_unallocated_ratio"), "0.875");
        // Each hour frees a node of four; 24 hours have six free, 24 have five.
        assert_eq!(spare("packable_ratio"), format!("{:.3}", 8.0 / 11.0));
    });
}

fn sample(id: &str, slot: i64, hour: i64, util: f64, mem_gib: f64) -> UsageRow {
    UsageRow {
        resource_id: id.to_owned(),
        gpu_index: Some(slot),
        hour_start: InstantMs((DAYS.start + hour) * MS_PER_HOUR),
        gpu_util_mean_ratio: Some(util),
        gpu_util_max_ratio: Some(util),
        gpu_active_mean_ratio: Some(util / 2.0),
        gpu_active_max_ratio: Some(util / 2.0),
        gpu_mem_used_mean_gib: Some(mem_gib),
        gpu_mem_used_max_gib: Some(mem_gib),
        gpu_power_mean_watts: None,
        cpu_util_mean_ratio: None,
        network_gib: None,
        sample_count: 12,
        source: "dcgm".to_owned(),
    }
}

fn served(id: &str, hour: i64, requests: i64) -> InvocationRow {
    InvocationRow {
        resource_id: id.to_owned(),
        model: "default".to_owned(),
        hour_start: InstantMs((DAYS.start + hour) * MS_PER_HOUR),
        request_count: Some(requests),
        error_count: None,
        input_token_count: None,
        output_token_count: None,
        short_request_ratio: None,
        latency_p95_ms: None,
        replica_mean_count: Some(2.0),
        throughput_util_ratio: None,
        engine_cache_max_ratio: Some(if hour == 30 { 0.61 } else { 0.2 }),
        variant: None,
    }
}

#[test]
fn a_workload_is_measured_by_its_own_telemetry_and_requests() {
    // Given two pods with an accelerator each for two days, seen for 47 hours and 24, busy on the first day only.
    let a = workload_id("a");
    let rows = vec![node("n"), workload("a")];
    let pods = vec![
        pod("a", "n", Some(1.0), 0.0, None),
        WorkloadRow { unit_name: Some("other".to_owned()), ..pod("a", "n", Some(1.0), 0.0, None) },
    ];
    let mut usage: Vec<UsageRow> =
        (0..47).map(|hour| sample(&a, 0, hour, if hour < 24 { 0.4 } else { 0.0 }, 5.0)).collect();
    usage.extend((0..24).map(|hour| sample(&a, 1, hour, 0.2, 3.0)));
    let snapshot = Snapshot {
        usage: UsageSource::Rows(usage),
        invocations: (0..48).map(|hour| served(&a, hour, if hour < 12 { 40 } else { 0 })).collect(),
        ..cluster(rows, pods)
    };
    measured(&snapshot, |facts| {
        let of = |name| number(facts, SubjectKind::Workload, &a, name);
        assert_eq!(of("gpu_held_mean_count"), "2.000");
        assert_eq!(of("gpu_per_pod_count"), "1.000");
        assert_eq!(of("observed_hours"), "47.000");
        assert_eq!(of("observed_ratio"), format!("{:.3}", 71.0 / 96.0));
        assert_eq!(of("gpu_active_hours_ratio"), format!("{:.3}", 24.0 / 47.0));
        assert_eq!(of("active_hours_ratio"), "0.500");
        assert_eq!(of("longest_idle_hours"), "24.000");
        assert_eq!(of("gpu_compute_p95_ratio"), "0.200");
        assert_eq!(of("gpu_mem_used_max_gib"), "5.000");
        assert_eq!(of("engine_cache_max_ratio"), "0.610");
        assert_eq!(of("request_count"), "480.000");
        assert_eq!(of("traffic_peak_ratio"), "4.000");
        assert_eq!(of("replica_mean_count"), "2.000");
        // Twelve hours at the peak ask for both, twelve more for 0.6 by utilisation, the rest for nothing.
        assert_eq!(of("need_mean_count"), "0.650");
        assert_eq!(of("need_peak_ratio"), format!("{:.3}", 2.0 / 0.65));
        assert_eq!(of("need_observed_ratio"), "1.000");
        // 5 GiB × 1.2 hold in half of 22.35 GiB, and so does 0.2 × 1.3 of the compute.
        assert_eq!(of("share_fit_ratio"), "0.500");
        assert_eq!(of("on_demand_ratio"), "1.000");
        assert_ne!(of("spot_price_ratio"), "null");
        let kind = fact(facts, SubjectKind::Workload, &a, "workload_kind");
        assert_eq!(kind.text(), Some("deployment"));
        assert_eq!(fact(facts, SubjectKind::Workload, &a, "is_job").bool(), Some(false));
        let bill = facts.bill(SubjectKind::Workload, &a).unwrap();
        assert_eq!(bill.hours[3].unit_count.to_string(), "2");
        assert_eq!(bill.hours[3].need_count.map(|need| need.to_string()).as_deref(), Some("2"));
        assert_eq!(bill.hours[40].is_active, Some(false));
    });
}

#[test]
fn accelerators_measured_under_two_names_are_summed_up_once() {
    let a = workload_id("a");
    let summary = |with_node: bool| {
        let mut usage: Vec<UsageRow> = (0..48).map(|hour| sample(&a, 0, hour, 0.6, 5.0)).collect();
        if with_node {
            usage.extend((0..48).map(|hour| sample(NODE, 0, hour, 0.2, 5.0)));
        }
        let rows = vec![node("n"), workload("a")];
        let pods = vec![pod("a", "n", Some(1.0), 0.0, None)];
        let snapshot = Snapshot { usage: UsageSource::Rows(usage), ..cluster(rows, pods) };
        let (settings, catalog) = (Settings::default(), Catalog::embedded().unwrap());
        let ground = Ground::read(&snapshot, &settings, &catalog, &TimeZone::UTC).unwrap();
        let telemetry = ground.telemetry();
        (telemetry.resource_count, format!("{:.2}", telemetry.gpu_util_mean_ratio.unwrap()))
    };
    assert_eq!(summary(true), (1, "0.20".to_owned()));
    assert_eq!(summary(false), (1, "0.60".to_owned()));
}

//! What must not matter: the order of rows, how a file is cut into groups, and when the audit runs.

use std::{cell::Cell, fs::File};

use ai_cost::{
    audit::{self, Inputs},
    catalog::Catalog,
    fact::specs_of,
    frame::{CostRow, Frame, InstantMs, InvocationRow, ResourceRow, Usage, UsageRow},
    report::json::v1,
    rule,
    settings::Settings,
    snapshot::{CostSource, Snapshot},
    usage::{ColumnMap, UsageSource},
    window::Window,
};
use polars::prelude::ParquetWriter;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde_json::Value;

use crate::support::{cents, list};

/// Eight days: over a week, so that most rules judge.
const HOURS: i64 = 192;
const START: i64 = 497_448;
const HOUR_MS: i64 = 3_600_000;

/// A machine or an endpoint, in the few numbers that rules look at.
#[derive(Debug, Clone)]
struct Thing {
    is_endpoint: bool,
    gpu_util_percent: u8,
    gpu_mem_used_gib: u8,
    requests_per_hour: u16,
    is_night_quiet: bool,
}

fn things() -> impl Strategy<Value = Vec<Thing>> {
    let thing = (any::<bool>(), 0..100_u8, 0..24_u8, 0..2_000_u16, any::<bool>()).prop_map(
        |(is_endpoint, gpu_util_percent, gpu_mem_used_gib, requests_per_hour, is_night_quiet)| {
            Thing {
                is_endpoint,
                gpu_util_percent,
                gpu_mem_used_gib,
                requests_per_hour,
                is_night_quiet,
            }
        },
    );
    vec(thing, 1..5)
}

/// Everything needed for an audit, read once.
struct Auditor {
    rules: rule::Catalog,
    catalog: Catalog,
    settings: Settings,
}

impl Auditor {
    fn new() -> Self {
        Self {
            rules: rule::Catalog::embedded(&specs_of).unwrap(),
            catalog: Catalog::embedded().unwrap(),
            settings: Settings::default(),
        }
    }

    fn json(&self, snapshot: &Snapshot) -> String {
        let inputs = Inputs {
            snapshot,
            rules: &self.rules,
            catalog: &self.catalog,
            settings: &self.settings,
        };
        let mut bytes = Vec::new();
        v1::render(&audit::run(inputs).unwrap(), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }
}

/// Runs a property on small fleets.
fn for_fleets<S: Strategy>(
    with: S,
    property: impl Fn(&Auditor, Vec<Thing>, S::Value) -> Result<(), TestCaseError>,
) {
    let auditor = Auditor::new();
    // No file of failures: a shrunk case belongs into a test of its own.
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&(things(), with), |(things, extra)| property(&auditor, things, extra))
        .unwrap();
}

fn snapshot_of(things: &[Thing]) -> Snapshot {
    let mut snapshot = Snapshot::empty(Window { start: START, end: START + HOURS });
    let (mut usage, mut costs) = (Vec::new(), Vec::new());
    for (number, thing) in things.iter().enumerate() {
        let resource = resource(number, thing);
        let id = resource.resource_id.clone();
        let hours = START..START + HOURS;
        usage.extend(hours.clone().map(|hour| usage_row(&id, hour, thing)));
        costs.extend((0..HOURS / 24).map(|day| cost_row(&resource, day)));
        if thing.is_endpoint {
            snapshot.invocations.extend(hours.map(|hour| invocation_row(&id, hour, thing)));
        }
        snapshot.resources.push(resource);
    }
    snapshot.usage = UsageSource::Rows(usage);
    snapshot.costs = CostSource::Rows(costs);
    snapshot
}

fn resource(number: usize, thing: &Thing) -> ResourceRow {
    let (kind, id, instance_type) = if thing.is_endpoint {
        ("endpoint", format!("endpoint/e{number}"), "ml.g5.xlarge")
    } else {
        ("gpu_instance", format!("i-{number:04}"), "g5.2xlarge")
    };
    ResourceRow {
        resource_id: format!("aws:111122223333:us-east-1:{id}"),
        provider: "aws".to_owned(),
        account_id: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        instance_type: Some(instance_type.to_owned()),
        kind: kind.to_owned(),
        state: Some("running".to_owned()),
        purchase_option: Some("on_demand".to_owned()),
        unit_count: Some(1.0),
        team: Some(["search", "vision"][number % 2].to_owned()),
        tags_json: "{}".to_owned(),
        ..ResourceRow::default()
    }
}

fn is_busy(hour: i64, thing: &Thing) -> bool {
    !(thing.is_night_quiet && hour % 24 < 8)
}

fn usage_row(resource_id: &str, hour: i64, thing: &Thing) -> UsageRow {
    let util = if is_busy(hour, thing) { f64::from(thing.gpu_util_percent) / 100.0 } else { 0.0 };
    UsageRow {
        resource_id: resource_id.to_owned(),
        gpu_index: Some(0),
        hour_start: InstantMs(hour * HOUR_MS),
        gpu_util_mean_ratio: Some(util),
        gpu_util_max_ratio: Some(util),
        gpu_active_mean_ratio: None,
        gpu_mem_used_mean_gib: Some(f64::from(thing.gpu_mem_used_gib)),
        gpu_mem_used_max_gib: Some(f64::from(thing.gpu_mem_used_gib)),
        gpu_power_mean_watts: None,
        cpu_util_mean_ratio: Some(0.1),
        network_gib: None,
        sample_count: 1,
        source: "file".to_owned(),
    }
}

fn invocation_row(resource_id: &str, hour: i64, thing: &Thing) -> InvocationRow {
    let requests = if is_busy(hour, thing) { i64::from(thing.requests_per_hour) } else { 0 };
    InvocationRow {
        resource_id: resource_id.to_owned(),
        model: "default".to_owned(),
        hour_start: InstantMs(hour * HOUR_MS),
        request_count: Some(requests),
        error_count: None,
        input_token_count: None,
        output_token_count: None,
        short_request_ratio: None,
        latency_p95_ms: None,
        replica_mean_count: Some(1.0),
        throughput_util_ratio: None,
        engine_cache_max_ratio: None,
        variant: None,
    }
}

/// A third of a cent in the price makes sums whose order could be seen.
fn cost_row(resource: &ResourceRow, day: i64) -> CostRow {
    let usd = Some(24.0 * 1.212 + 0.01 / 3.0);
    CostRow {
        resource_id: Some(resource.resource_id.clone()),
        provider: resource.provider.clone(),
        account_id: resource.account_id.clone(),
        region: Some(resource.region.clone()),
        service: "compute".to_owned(),
        sku: "BoxUsage".to_owned(),
        instance_type: resource.instance_type.clone(),
        day_start: InstantMs((START + day * 24) * HOUR_MS),
        billed_hours_mask: Some(0xFF_FFFF),
        charge_kind: "usage".to_owned(),
        purchase_option: Some("on_demand".to_owned()),
        commitment_id: None,
        quantity: Some(24.0),
        quantity_unit: Some("Hours".to_owned()),
        list_usd: usd,
        billed_usd: usd,
        effective_usd: usd,
    }
}

/// The same rows in an order that `seed` decides.
fn shuffle<T>(rows: &mut [T], seed: u64) {
    let mut state = seed;
    for last in (1..rows.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(state >> 33).unwrap() % (last + 1);
        rows.swap(last, other);
    }
}

#[test]
fn the_order_of_rows_does_not_matter() {
    for_fleets(any::<u64>(), |auditor, things, seed| {
        let ordered = snapshot_of(&things);
        let mut shuffled = ordered.clone();
        shuffle(&mut shuffled.resources, seed);
        shuffle(&mut shuffled.invocations, seed);
        if let UsageSource::Rows(rows) = &mut shuffled.usage {
            shuffle(rows, seed);
        }
        if let CostSource::Rows(rows) = &mut shuffled.costs {
            shuffle(rows, seed);
        }
        prop_assert_eq!(auditor.json(&shuffled), auditor.json(&ordered));
        Ok(())
    });
}

#[test]
fn running_twice_gives_the_same_bytes() {
    for_fleets(Just(()), |auditor, things, ()| {
        let snapshot = snapshot_of(&things);
        prop_assert_eq!(auditor.json(&snapshot), Auditor::new().json(&snapshot));
        Ok(())
    });
}

#[test]
fn the_groups_of_a_metrics_file_do_not_matter() {
    for_fleets(7..500_usize, |auditor, things, rows_per_group| {
        let mut snapshot = snapshot_of(&things);
        let UsageSource::Rows(mut rows) = std::mem::take(&mut snapshot.usage) else {
            unreachable!("made of rows")
        };
        rows.sort_by(|a, b| (&a.resource_id, a.hour_start).cmp(&(&b.resource_id, b.hour_start)));
        let folder = tempfile::tempdir().unwrap();
        let mut json_with = |name: &str, rows_per_group: usize| {
            let path = folder.path().join(name);
            let mut frame = Frame::<Usage>::of(&rows).unwrap().data().clone();
            ParquetWriter::new(File::create(&path).unwrap())
                .with_row_group_size(Some(rows_per_group))
                .finish(&mut frame)
                .unwrap();
            snapshot.usage =
                UsageSource::Files { paths: vec![path], columns: ColumnMap::of_frame() };
            auditor.json(&snapshot)
        };
        let whole = json_with("whole.parquet", 1 << 20);
        prop_assert_eq!(json_with("cut.parquet", rows_per_group), whole);
        Ok(())
    });
}

#[test]
fn totals_are_the_sums_of_the_rows() {
    let fleets_with_waste = Cell::new(0);
    for_fleets(Just(()), |auditor, things, ()| {
        let report: Value = serde_json::from_str(&auditor.json(&snapshot_of(&things))).unwrap();
        let counted = list(&report["findings"])
            .iter()
            .map(|finding| cents(&finding["counted_usd_per_month"]["likely"]));
        let total = cents(&report["totals"]["counted_usd_per_month"]["likely"]);
        prop_assert_eq!(counted.sum::<i64>(), total);
        fleets_with_waste.set(fleets_with_waste.get() + i32::from(total > 0));
        // No fleet can save more than it costs.
        prop_assert!(total <= cents(&report["totals"]["effective_usd_per_month"]));
        Ok(())
    });
    assert!(fleets_with_waste.get() >= 6, "the fleets are too tidy to prove anything");
}

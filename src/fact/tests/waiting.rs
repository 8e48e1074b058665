//! Whether anybody waits for some work, and what is known where telemetry has means of hours only.

use super::cluster::{DAYS, measured};
use crate::{
    fact::{SubjectKind, Value},
    frame::{InstantMs, InvocationRow, ResourceRow, UsageRow, WorkloadRow},
    snapshot::Snapshot,
    usage::UsageSource,
    window::MS_PER_HOUR,
};

const ID: &str = "aws:1:us-east-1:thing";

fn at(hour: i64) -> InstantMs {
    InstantMs((DAYS.start + hour) * MS_PER_HOUR)
}

/// An A10G on a machine that AWS sells: 8 GiB in use, and ten minutes at full load in each hour.
fn snapshot(kind: &str, tags: &str, highest: Option<f64>) -> Snapshot {
    let row = ResourceRow {
        resource_id: ID.to_owned(),
        provider: "aws".to_owned(),
        account_id: "1".to_owned(),
        region: "us-east-1".to_owned(),
        kind: kind.to_owned(),
        state: Some("running".to_owned()),
        instance_type: Some("g5.xlarge".to_owned()),
        tags_json: tags.to_owned(),
        ..ResourceRow::default()
    };
    let sample = |hour| UsageRow {
        resource_id: ID.to_owned(),
        gpu_index: Some(0),
        hour_start: at(hour),
        gpu_util_mean_ratio: Some(1.0 / 6.0),
        gpu_util_max_ratio: highest,
        gpu_active_mean_ratio: None,
        gpu_active_max_ratio: None,
        gpu_mem_used_mean_gib: Some(8.0),
        gpu_mem_used_max_gib: Some(8.0),
        gpu_power_mean_watts: None,
        cpu_util_mean_ratio: Some(0.2),
        network_gib: None,
        sample_count: 12,
        source: "test".to_owned(),
    };
    Snapshot {
        resources: vec![row],
        usage: UsageSource::Rows((0..48).map(sample).collect()),
        ..Snapshot::empty(DAYS)
    }
}

#[test]
fn no_telemetry_says_nothing_where_some_may_be_out_of_reach() {
    let seen = |has_unreachable_telemetry, sample_count: usize| {
        let mut snapshot = snapshot("gpu_instance", "{}", Some(1.0));
        snapshot.resources[0].launched_at = Some(at(0));
        snapshot.resources[0].has_unreachable_telemetry = has_unreachable_telemetry;
        if let UsageSource::Rows(rows) = &mut snapshot.usage {
            rows.truncate(sample_count);
        }
        fact(&snapshot, SubjectKind::Resource, "telemetry_ratio")
    };
    assert_eq!(seen(None, 0), Value::Number(0.0), "nobody measures it");
    assert_eq!(seen(Some(true), 0), Value::Null);
    assert_eq!(seen(None, 24), Value::Number(0.5));
    assert_eq!(seen(Some(true), 24), Value::Null, "the other half may be out of reach");
    assert_eq!(seen(Some(true), 48), Value::Number(1.0), "all of it was found");
}

fn fact(snapshot: &Snapshot, kind: SubjectKind, name: &str) -> Value {
    measured(snapshot, |facts| {
        let table = facts.table(kind).unwrap();
        table.rows[0].values[table.position(name).unwrap()].clone()
    })
}

fn machine_can_wait(tags: &str) -> Value {
    fact(&snapshot("gpu_instance", tags, Some(1.0)), SubjectKind::Accelerator, "work_can_wait")
}

#[test]
fn tags_say_who_waits_and_production_says_it_loudest() {
    assert_eq!(machine_can_wait("{}"), Value::Null);
    assert_eq!(machine_can_wait(r#"{"env":"production"}"#), Value::Bool(false));
    assert_eq!(machine_can_wait(r#"{"slo":"99.9"}"#), Value::Bool(false));
    assert_eq!(machine_can_wait(r#"{"workload":"batch"}"#), Value::Bool(true));
    assert_eq!(machine_can_wait(r#"{"workload":"batch","env":"production"}"#), Value::Bool(false));
}

#[test]
fn jobs_can_wait() {
    let job = WorkloadRow {
        workload_id: "job".to_owned(),
        resource_id: Some(ID.to_owned()),
        kind: Some("training".to_owned()),
        started_at: at(0),
        ..WorkloadRow::default()
    };
    let snapshot = Snapshot { workloads: vec![job], ..snapshot("gpu_instance", "{}", Some(1.0)) };
    let can_wait = fact(&snapshot, SubjectKind::Accelerator, "work_can_wait");
    assert_eq!(can_wait, Value::Bool(true));
}

#[test]
fn requests_wait_in_a_queue_or_somebody_waits_for_the_answer() {
    let can_wait = |mode: Option<&str>, requests: i64| {
        let mut snapshot = snapshot("endpoint", "{}", Some(1.0));
        snapshot.resources[0].serving_mode = mode.map(str::to_owned);
        snapshot.invocations = vec![InvocationRow {
            resource_id: ID.to_owned(),
            model: "default".to_owned(),
            hour_start: at(0),
            request_count: Some(requests),
            ..InvocationRow::default()
        }];
        fact(&snapshot, SubjectKind::Endpoint, "work_can_wait")
    };
    assert_eq!(can_wait(Some("asynchronous"), 9), Value::Bool(true));
    assert_eq!(can_wait(Some("real_time"), 0), Value::Bool(false));
    assert_eq!(can_wait(None, 9), Value::Bool(false));
    assert_eq!(can_wait(None, 0), Value::Null);
}

/// The smaller machine that is found, and how much longer bursts take there.
fn found(tags: &str, highest: Option<f64>) -> (Value, Value) {
    let snapshot = snapshot("gpu_instance", tags, highest);
    let of = |name| fact(&snapshot, SubjectKind::Accelerator, name);
    (of("mem_fit_instance_type"), of("mem_fit_burst_stretch_ratio"))
}

#[test]
fn a_smaller_machine_is_found_by_who_waits() {
    let smaller = || Value::Text("g4dn.xlarge".into());
    assert_eq!(found(r#"{"slo":"99.9"}"#, Some(1.0)), (Value::Null, Value::Null));
    // A T4 has 320 of an A10G's 600 GB/s.
    assert_eq!(found(r#"{"workload":"batch"}"#, Some(1.0)), (smaller(), Value::Number(1.875)));
    assert_eq!(found(r#"{"slo":"99.9"}"#, Some(0.5)), (smaller(), Value::Number(1.0)));
    // Means only: judged by them, and what bursts there are is not known.
    assert_eq!(found(r#"{"slo":"99.9"}"#, None), (smaller(), Value::Null));
}

//! Hours of nodes and workloads, and their requests.

use std::collections::BTreeMap;

use super::{
    HOUR_MS, amounts, cloud_node, cluster, inventory, no_engines, owner, pod, pod_name, text,
};
use crate::{
    frame::InstantMs,
    provider::kubernetes::{
        model::{Node, Owner},
        telemetry::{Devices, Field, Held, HeldHours, MigSlice, Sample, Served},
    },
};

fn sample(values: &[(Field, f64)]) -> Sample {
    let mut sample = Sample::default();
    for (field, value) in values {
        sample.set(*field, *value);
    }
    sample
}

fn held(index: i64, slice: Option<&str>, pod: Option<&str>) -> Held {
    Held {
        node: "n1".to_owned(),
        gpu_index: index,
        slice: slice.map(|id| MigSlice { id: id.to_owned(), profile: "1g.10gb".to_owned() }),
        pod: pod.map(pod_name),
    }
}

fn hours_of(list: Vec<(Held, i64, Sample)>) -> HeldHours {
    let mut hours = HeldHours::new();
    for (held, hour, sample) in list {
        hours.entry(held).or_default().insert(hour, sample);
    }
    hours
}

#[test]
fn an_accelerator_that_changed_hands_has_one_row_in_that_hour() {
    let util = |mean, max, count| {
        sample(&[
            (Field::UtilMeanPercent, mean),
            (Field::UtilMaxPercent, max),
            (Field::UtilSamples, count),
        ])
    };
    let hours = hours_of(vec![
        (held(0, None, Some("a")), 101, util(80.0, 100.0, 180.0)),
        (held(0, None, None), 101, util(0.0, 0.0, 60.0)),
    ]);
    let cluster = cluster(&[("n1", cloud_node())], &[]);
    let rows = inventory(&cluster, &Devices::new(), no_engines()).node_usage_rows(&hours);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].gpu_index, rows[0].hour_start), (Some(0), InstantMs(101 * HOUR_MS)));
    assert_eq!((rows[0].gpu_util_mean_ratio, rows[0].gpu_util_max_ratio), (Some(0.6), Some(1.0)));
    // Two series of one hour never have more samples than the fuller one.
    assert_eq!(rows[0].sample_count, 180);
    assert_eq!((rows[0].gpu_mem_used_mean_gib, rows[0].gpu_power_mean_watts), (None, None));
    assert_eq!(rows[0].source, "dcgm");
}

#[test]
fn slices_of_an_accelerator_are_as_busy_as_the_busiest_and_as_active_as_their_parts() {
    let slice = |engine, mem| {
        sample(&[
            (Field::EngineMean, engine),
            (Field::EngineMax, engine),
            (Field::EngineSamples, 240.0),
            (Field::MemMeanMib, mem),
            (Field::PowerMeanWatts, 200.0),
        ])
    };
    let hours = hours_of(vec![
        (held(0, Some("7"), Some("a")), 101, slice(0.7, 4096.0)),
        (held(0, Some("8"), None), 101, slice(0.0, 1024.0)),
    ]);
    let node = Node {
        labels: text(&[("nvidia.com/gpu.product", "NVIDIA-A100-SXM4-80GB")]),
        capacity: amounts(&[("nvidia.com/mig-1g.10gb", 7.0)]),
        ..Node::default()
    };
    let cluster = cluster(&[("n1", node)], &[]);
    let rows = inventory(&cluster, &Devices::new(), no_engines()).node_usage_rows(&hours);
    let row = &rows[0];
    assert_eq!(row.gpu_util_mean_ratio, Some(0.7));
    assert!((row.gpu_active_mean_ratio.unwrap() - 0.1).abs() < 1e-9);
    assert_eq!((row.gpu_mem_used_mean_gib, row.gpu_power_mean_watts), (Some(5.0), Some(200.0)));
    assert_eq!(row.sample_count, 240);
}

#[test]
fn accelerators_of_a_workload_take_slots_in_the_order_of_pod_and_number() {
    let chat = owner("deployment", "chat");
    let cluster = cluster(
        &[("n1", cloud_node())],
        &[
            ("chat-1", pod("n1", Some(chat.clone()), 1.0, 90.0, None)),
            ("chat-2", pod("n1", Some(chat), 1.0, 90.0, None)),
            ("other-1", pod("n1", Some(owner("deployment", "other")), 1.0, 90.0, None)),
        ],
    );
    let util = |mean| sample(&[(Field::UtilMeanPercent, mean), (Field::UtilSamples, 240.0)]);
    let hours = hours_of(vec![
        (held(3, None, Some("chat-1")), 101, util(10.0)),
        (held(1, None, Some("chat-2")), 101, util(20.0)),
        (held(1, None, Some("chat-2")), 102, util(30.0)),
        (held(2, None, Some("stranger")), 102, util(99.0)),
        (held(2, None, Some("other-1")), 102, util(98.0)),
    ]);
    let inventory = inventory(&cluster, &Devices::new(), no_engines());
    let chat = "kubernetes:prod:eu-west-1:serving/deployment/chat";
    let rows = inventory.workload_usage_rows(&[chat].into(), &hours);
    let found: Vec<_> = rows
        .iter()
        .map(|row| (row.gpu_index, row.hour_start.0 / HOUR_MS, row.gpu_util_mean_ratio))
        .collect();
    assert_eq!(
        found,
        [(Some(0), 101, Some(0.1)), (Some(0), 102, Some(0.3)), (Some(1), 101, Some(0.2))]
    );
    assert!(rows.iter().all(|row| row.resource_id.ends_with("serving/deployment/chat")));
}

#[test]
fn replicas_are_counted_by_the_hour_and_none_running_is_none() {
    let chat = owner("deployment", "chat");
    let mut cluster = cluster(
        &[("n1", cloud_node())],
        &[
            ("chat-1", pod("n1", Some(chat.clone()), 1.0, 90.0, Some(102.5))),
            ("chat-2", pod("n1", Some(chat.clone()), 1.0, 101.0, Some(102.0))),
            ("chat-3", pod("n1", Some(chat.clone()), 1.0, 108.25, None)),
        ],
    );
    cluster.owners.insert(chat, Owner { replica_count: Some(1.0), ..Owner::default() });
    let inventory = inventory(&cluster, &Devices::new(), no_engines());
    let id = "kubernetes:prod:eu-west-1:serving/deployment/chat";
    let rows = inventory.invocation_rows(&[id].into(), &BTreeMap::new());
    let counts: Vec<f64> = rows.iter().filter_map(|row| row.replica_mean_count).collect();
    assert_eq!(counts, [1.0, 2.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.75, 1.0]);
    assert!(rows.iter().all(|row| row.request_count.is_none() && row.model == "default"));
}

#[test]
fn a_job_has_no_replicas_before_or_after_it() {
    let cluster = cluster(
        &[("n1", cloud_node())],
        &[("eval", pod("n1", Some(owner("job", "eval")), 1.0, 103.0, Some(104.5)))],
    );
    let inventory = inventory(&cluster, &Devices::new(), no_engines());
    let rows = inventory
        .invocation_rows(&["kubernetes:prod:eu-west-1:serving/job/eval"].into(), &BTreeMap::new());
    let found: Vec<_> =
        rows.iter().map(|row| (row.hour_start.0 / HOUR_MS, row.replica_mean_count)).collect();
    assert_eq!(found, [(103, Some(1.0)), (104, Some(0.5))]);
}

#[test]
fn engines_of_a_workload_add_up_and_one_model_shares_its_row_with_the_replicas() {
    let chat = owner("deployment", "chat");
    let cluster = cluster(
        &[("n1", cloud_node())],
        &[
            ("chat-1", pod("n1", Some(chat.clone()), 1.0, 101.0, Some(102.0))),
            ("chat-2", pod("n1", Some(chat), 1.0, 101.0, Some(102.0))),
        ],
    );
    let served = |requests, cache| Served {
        request_count: Some(requests),
        latency_p95_seconds: Some(cache),
        cache_max_ratio: Some(cache),
        ..Served::default()
    };
    let all = [
        ((pod_name("chat-1"), "llama".to_owned()), [(101, served(10.4, 0.2))].into()),
        (
            (pod_name("chat-2"), "llama".to_owned()),
            [(101, served(20.0, 0.9)), (500, served(1.0, 1.0))].into(),
        ),
        ((pod_name("other"), "llama".to_owned()), [(101, served(99.0, 1.0))].into()),
    ]
    .into();
    let inventory = inventory(&cluster, &Devices::new(), no_engines());
    let rows = inventory
        .invocation_rows(&["kubernetes:prod:eu-west-1:serving/deployment/chat"].into(), &all);
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(
        (row.model.as_str(), row.request_count, row.replica_mean_count),
        ("llama", Some(30), Some(2.0))
    );
    assert_eq!((row.latency_p95_ms, row.engine_cache_max_ratio), (Some(900.0), Some(0.9)));
    assert_eq!((row.input_token_count, row.error_count), (None, None));
}

//! Answers that are well formed and still not what they seem.

use super::{audit, before_small};
use crate::{
    kubernetes::{
        faulty::Reply,
        openmetrics::History,
        prometheus::{Server, Setup},
        remote::{self, STALE, Series},
        report,
        wire::{Answer, Request},
        world::{END, START},
    },
    support::Folder,
};

#[test]
fn a_server_whose_clock_is_wrong_is_a_gap() {
    let decide = |_: usize, request: &Request| {
        let query = request.parameter("query").unwrap_or_default();
        if !query.contains("time()") {
            return Reply::Forward;
        }
        let early = END - 5 * 3600;
        let body = format!(
            r#"{{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{}},"value":[{early},"{early}"]}}]}}}}"#
        );
        Reply::Answer(Answer::json(200, &body))
    };
    let Some((_, server)) = before_small(decide) else { return };
    let report = audit(&server.url()).json();
    let gaps = report::gaps(&report);
    let of_clock: Vec<&String> = gaps.iter().filter(|gap| gap.contains("clock")).collect();
    // How far it is off depends on the day of this test.
    let said = of_clock[0].replace(|sign: char| sign.is_ascii_digit(), "");
    insta::assert_snapshot!(said, @"cluster made: the clock of its Prometheus | it is  days behind the clock here | in which hour things happened, and so how they match the bill | set both clocks by NTP, and collect again");
}

/// Labels of a series, with its name.
fn labels(name: &str, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = [("__name__", name)];
    own.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// A series with a sample every minute, and a marker that it is gone if it ends before the window does.
fn series(name: &str, more: &[(&str, &str)], minutes: std::ops::Range<i64>, value: f64) -> Series {
    let mut samples: Vec<(i64, f64)> =
        minutes.clone().map(|minute| (START + minute * 60, value)).collect();
    if minutes.end < 6 * 60 {
        samples.push((START + minutes.end * 60, STALE));
    }
    Series { labels: labels(name, more), samples }
}

/// Everything of one node whose accelerator passes from one pod to the next after three hours and ten minutes.
fn handed_on() -> Vec<Series> {
    let all = 0..6 * 60;
    let node = ("node", "node-1");
    let gpus = [node, ("resource", "nvidia_com_gpu"), ("unit", "integer")];
    let shape = [
        node,
        ("label_node_kubernetes_io_instance_type", "g5.xlarge"),
        ("label_topology_kubernetes_io_region", "us-east-1"),
    ];
    let mut made = vec![
        series("kube_node_info", &[node], all.clone(), 1.0),
        series("kube_node_labels", &shape, all.clone(), 1.0),
        series("kube_node_status_capacity", &gpus, all.clone(), 1.0),
        series("kube_node_status_allocatable", &gpus, all.clone(), 1.0),
    ];
    for (pod, uid, minutes) in [("first", "a", 0..190), ("second", "b", 190..360)] {
        let own = [("namespace", "ml"), ("pod", pod), ("uid", uid)];
        let with = |more: &[(&'static str, &'static str)]| [own.as_slice(), more].concat();
        let began = (START + minutes.start * 60) as f64;
        let made_by = [node, ("created_by_kind", "<none>"), ("created_by_name", "<none>")];
        made.push(series("kube_pod_info", &with(&made_by), minutes.clone(), 1.0));
        made.push(series("kube_pod_start_time", &with(&[]), minutes.clone(), began));
        made.push(series(
            "kube_pod_status_phase",
            &with(&[("phase", "Running")]),
            minutes.clone(),
            1.0,
        ));
        let asked =
            [node, ("container", "main"), ("resource", "nvidia_com_gpu"), ("unit", "integer")];
        made.push(series(
            "kube_pod_container_resource_requests",
            &with(&asked),
            minutes.clone(),
            1.0,
        ));
        let gpu =
            [("gpu", "0"), ("UUID", "GPU-1"), ("modelName", "NVIDIA A10G"), ("Hostname", "node-1")];
        let holder = [("exported_namespace", "ml"), ("exported_pod", pod)];
        let util = if pod == "first" { 80.0 } else { 20.0 };
        made.push(series(
            "DCGM_FI_DEV_GPU_UTIL",
            &[gpu.as_slice(), &holder].concat(),
            minutes,
            util,
        ));
    }
    made
}

#[test]
fn a_series_that_is_marked_as_gone_ends_there_and_not_minutes_later() {
    let flags = ["--web.enable-remote-write-receiver"];
    let Some(server) = Server::start(&Setup { history: &|_| {}, flags: &flags }) else { return };
    remote::write(server.port, &handed_on());
    let folder = Folder::new();
    let asking = report::asking(&server.url());
    let window = "--window 6h --end 2026-09-21T06:00:00Z";
    folder.run(&format!("collect {asking} {window} --out handed-on")).done();
    let snapshot = ai_cost::snapshot::read(&folder.path("handed-on")).unwrap();
    let lives: Vec<(&str, i64, Option<i64>)> = snapshot
        .workloads
        .iter()
        .map(|row| {
            let minutes = |at_ms: i64| (at_ms / 1000 - START) / 60;
            let ended = row.ended_at.map(|at| minutes(at.0));
            (row.unit_name.as_deref().unwrap(), minutes(row.started_at.0), ended)
        })
        .collect();
    // A pod is looked for every five minutes.
    let [("first", 0, Some(ended)), ("second", 190, None)] = lives[..] else {
        panic!("{lives:?}");
    };
    assert!((185..=190).contains(&ended), "{ended}");
    let means = report::workload_means(&folder.path("handed-on"));
    let of = |name: &str| means.iter().find(|(id, _)| id.ends_with(name)).unwrap().1;
    assert!((of("first").0 - 0.8).abs() < 1e-6 && (of("second").0 - 0.2).abs() < 1e-6);
}

/// Samples a minute over six hours of one accelerator, as two exporters side by side would report it.
#[test]
fn an_exporter_that_was_upgraded_is_not_counted_twice() {
    let gpu = [("gpu", "0"), ("UUID", "GPU-1"), ("modelName", "NVIDIA A10G")];
    let holder = [("exported_namespace", "ml"), ("exported_pod", "only")];
    let samples = |minutes: std::ops::Range<i64>| {
        minutes.map(|minute| (START + minute * 60 + 7, if minute < 240 { 60.0 } else { 30.0 }))
    };
    let history = |history: &mut History| {
        let labels = |host: &'static str, version: &'static str| {
            let own = [(host, "node-1"), ("pod", version), ("instance", version)];
            [gpu.as_slice(), &holder, &own].concat()
        };
        let old = labels("Hostname", "exporter-old");
        history.series("DCGM_FI_DEV_GPU_UTIL", &old, samples(0..190));
        let new = labels("hostname", "exporter-new");
        history.series("DCGM_FI_DEV_GPU_UTIL", &new, samples(150..360));
    };
    let Some(server) = Server::start(&Setup { history: &history, flags: &[] }) else { return };
    let folder = Folder::new();
    let asking = report::asking(&server.url());
    let window = "--window 6h --end 2026-09-21T06:00:00Z";
    folder.run(&format!("collect {asking} {window} --out upgraded")).done();
    let snapshot = ai_cost::snapshot::read(&folder.path("upgraded")).unwrap();
    let nodes: Vec<_> = snapshot.resources.iter().filter(|row| row.kind == "node").collect();
    assert_eq!(nodes.len(), 1, "{nodes:?}");
    assert_eq!(nodes[0].gpu_count, Some(1.0));
    let means = report::workload_means(&folder.path("upgraded"));
    assert_eq!(means.len(), 1);
    let (mean, count) = *means.values().next().unwrap();
    // 240 minutes at 60 % and 120 at 30 %.
    assert!((mean - 0.5).abs() < 0.002, "{mean}");
    assert!((count - 360.0).abs() <= 1.0, "{count} samples");
}

#[test]
fn counters_that_begin_anew_lose_no_requests() {
    let Some(made) = crate::kubernetes::made::cluster() else { return };
    let folder = Folder::new();
    folder.write("ai-cost.toml", crate::kubernetes::made::SETTINGS);
    let asking = report::asking(&made.server.url());
    let window = crate::kubernetes::made::WINDOW;
    folder.run(&format!("collect {asking} {window} --out made")).done();
    let snapshot = ai_cost::snapshot::read(&folder.path("made")).unwrap();
    let requests: i64 = snapshot
        .invocations
        .iter()
        .filter(|row| row.resource_id.ends_with("/moved-busy"))
        .filter_map(|row| row.request_count)
        .sum();
    // 400 an hour for 336 hours, with four restarts and a move.
    let error = requests as f64 / (400.0 * 336.0) - 1.0;
    assert!(error.abs() < 0.02, "{requests} requests");
}

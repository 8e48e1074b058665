//! What is listed of endpoints, throughput and notebooks, and what is said of those that are not measured.

use std::collections::BTreeMap;

use tempfile::TempDir;

use super::{
    given::{WINDOW, machine, own_gpus, throughput, variant},
    server::Server,
    watched::{Outcome, Wanted, collect},
};
use crate::{
    provider::aws::{
        cloudwatch::{discover::AGENT_METRIC, metric::Metric},
        observed::{Metered, MetricSource},
    },
    usage::Measure,
};

/// One run where nothing was read before, and the folder it wrote to.
fn seen(server: &Server, metered: &[Metered], wanted: Option<&Wanted>) -> (Outcome, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (collect(dir.path(), server, metered, None, wanted), dir)
}

/// Hour from the window's start, requests, share in use.
fn uses(found: &Outcome) -> Vec<(i64, Option<i64>, Option<f64>)> {
    let hour = |ms: i64| ms / 3_600_000 - WINDOW.start;
    let rows = found.snapshot.invocations.iter();
    rows.map(|row| (hour(row.hour_start.0), row.request_count, row.throughput_util_ratio)).collect()
}

#[test]
fn throughput_that_bedrock_never_counted_a_request_of_is_unused_in_every_hour() {
    let server = Server::default();
    let (found, _dir) = seen(&server, &[throughput()], None);
    assert_eq!(server.log().lists, ["AWS/Bedrock Invocations"]);
    assert_eq!(uses(&found), [0, 1, 2, 3].map(|hour| (hour, Some(0), Some(0.0))));
    assert_eq!(
        found.gaps(),
        [
            "share in use of 1 provisioned throughput of account 111122223333 in eu-west-1: Bedrock counts requests and \
             tokens of x, and AWS does not publish how many a model unit carries"
        ]
    );
}

#[test]
fn throughput_whose_requests_go_by_the_end_of_its_arn_is_in_use() {
    let server = Server::default();
    let metric = Metric::known("AWS/Bedrock", "Invocations", &[("ModelId", "abc")]);
    server.send(&metric, &[(WINDOW.start + 1, 5.0)]);
    let (found, _dir) = seen(&server, &[throughput()], None);
    let counts = [(0, Some(0)), (1, Some(5)), (2, Some(0)), (3, Some(0))];
    assert_eq!(uses(&found), counts.map(|(hour, count)| (hour, count, None)));
}

#[test]
fn throughput_is_not_called_unused_where_nothing_could_be_listed() {
    let server = Server::default();
    let dir = tempfile::tempdir().unwrap();
    // Neither a list nor a metric may be paid for.
    let found = collect(dir.path(), &server, &[throughput()], Some(0.0), None);
    assert_eq!(uses(&found), []);
}

#[test]
fn memory_of_endpoints_with_several_gpus_is_a_gap_unless_each_is_measured() {
    let server = Server::default();
    let (summed, _dir) = seen(&server, &[variant("blue", true)], None);
    assert_eq!(
        summed.gaps(),
        [
            "GPU memory of 1 endpoint of account 111122223333 in eu-west-1: SageMaker adds the accelerators of a machine \
             up, so that of x nobody knows how full the fullest is"
        ]
    );
    assert!(server.log().lists.is_empty());

    let mut enhanced = variant("blue", true);
    if let MetricSource::Variant { has_own_gpu_metrics, .. } = &mut enhanced.source {
        *has_own_gpu_metrics = true;
    }
    for (gpu, share) in own_gpus().into_iter().zip([25.0, 75.0]) {
        server.send(&gpu.metric, &[(WINDOW.start, share)]);
        server.send(&gpu.metric.beside("GPUMemoryUtilization"), &[(WINDOW.start, share)]);
    }
    let wanted: Wanted =
        BTreeMap::from([(enhanced.resource_id.clone(), [Measure::GpuMemMax].into())]);
    let (each, _dir) = seen(&server, &[enhanced], Some(&wanted));
    assert_eq!(each.gaps(), Vec::<String>::new());
    let hours = each.hours().into_iter();
    assert_eq!(
        hours
            .map(|hour| (hour.gpu_index, hour.util_max_ratio, hour.mem_max_gib))
            .collect::<Vec<_>>(),
        [(Some(0), Some(0.25), Some(6.0)), (Some(1), Some(0.75), Some(18.0))]
    );
}

fn notebook(name: &str, is_studio: bool) -> Metered {
    Metered {
        resource_id: format!("aws:111122223333:eu-west-1:notebook-instance/{name}"),
        source: MetricSource::Notebook { name: name.to_owned(), is_studio },
        ..machine()
    }
}

#[test]
fn a_notebook_is_measured_by_an_agent_that_names_it_and_else_a_gap_says_what_would_help() {
    let server = Server::default();
    let dimensions = [("NotebookInstanceName", "lab"), ("host", "ip-172-16-0-1"), ("index", "0")];
    let metric = Metric::known("CWAgent", AGENT_METRIC, &dimensions);
    server.send(&metric, &[(WINDOW.start, 50.0)]);
    let all = [notebook("lab", false), notebook("dark", false), notebook("studio", true)];
    let (found, _dir) = seen(&server, &all, None);
    let measured: Vec<_> = found.hours().into_iter().map(|hour| hour.resource_id).collect();
    assert_eq!(measured, [all[0].resource_id.clone()]);
    let gaps: Vec<_> =
        found.snapshot.gaps.iter().map(|gap| (gap.what.as_str(), gap.remedy.as_str())).collect();
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    let remedy_of = |what: &str| {
        let is_it = |(told, _): &&(&str, &str)| told.starts_with(what);
        gaps.iter().find(is_it).map_or("", |(_, remedy)| remedy)
    };
    let remedy = remedy_of("use of the accelerators of 1 Studio app of");
    assert!(remedy.contains("`AppLifecycleManagement.IdleSettings`"), "{remedy}");
    let remedy = remedy_of("use of the accelerators of 1 notebook instance of");
    assert!(remedy.contains("lifecycle configuration"), "{remedy}");
}

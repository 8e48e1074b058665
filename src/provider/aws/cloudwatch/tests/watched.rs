//! Both stages, from what sends metrics to the folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    path::Path,
};

use super::{
    given::{WINDOW, job, machine, variant},
    server::Server,
};
use crate::{
    provider::{
        aws::{
            cloudwatch::{ApiCost, Billed, Scope, Watch, discover::AGENT_METRIC, metric::Metric},
            observed::{Metered, MetricSource},
        },
        progress::Progress,
    },
    snapshot::{Snapshot, SnapshotWriter},
    usage::{Measure, ResourceHours, UsageSink},
};

/// What is read later, by resource.
pub(super) type Wanted = BTreeMap<String, BTreeSet<Measure>>;

pub(super) fn id(number: usize) -> String {
    format!("aws:111122223333:eu-west-1:i-{number:04}")
}

/// Machines with one GPU each.
pub(super) fn machines(count: usize) -> Vec<Metered> {
    let new = |number: usize| Metered {
        resource_id: id(number),
        gpu_count: Some(1.0),
        source: MetricSource::Machine {
            instance_id: format!("i-{number:04}"),
            private_dns_name: None,
            is_neuron: false,
            was_off: false,
        },
        ..machine()
    };
    (0..count).map(new).collect()
}

pub(super) fn gpu(number: usize, name: &str) -> Metric {
    let instance = format!("i-{number:04}");
    Metric::known("CWAgent", name, &[("InstanceId", &instance), ("index", "0")])
}

/// A server to which so many machines send use and memory in the window's hours.
fn server(count: usize) -> Server {
    let server = Server::default();
    let hours = |value: f64| [(WINDOW.start, value), (WINDOW.start + 1, value)];
    for number in 0..count {
        server.send(&gpu(number, AGENT_METRIC), &hours(50.0));
        server.send(&gpu(number, "nvidia_smi_memory_used"), &hours(1_024.0));
    }
    server
}

pub(super) fn run<T>(future: impl Future<Output = T> + Send) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(future)
}

/// What one run over a folder leaves, and what it cost.
pub(super) struct Outcome {
    pub(super) snapshot: Snapshot,
    cost: ApiCost,
}

/// An hour of an accelerator, as an audit reads it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hour {
    pub(super) resource_id: String,
    pub(super) gpu_index: Option<i64>,
    number: usize,
    util_mean_ratio: Option<f64>,
    pub(super) util_max_ratio: Option<f64>,
    pub(super) mem_max_gib: Option<f64>,
}

#[derive(Default)]
struct Hours(Vec<Hour>);

impl UsageSink for Hours {
    fn take(&mut self, hours: &ResourceHours) {
        for gpu in &hours.gpus {
            let seen = (0..hours.window.hour_count()).filter(|hour| gpu.sample_count(*hour) > 0);
            self.0.extend(seen.map(|hour| Hour {
                resource_id: hours.resource_id.clone(),
                gpu_index: gpu.gpu_index,
                number: hour,
                util_mean_ratio: gpu.series(Measure::GpuUtil).mean(hour),
                util_max_ratio: gpu.series(Measure::GpuUtilMax).max(hour),
                mem_max_gib: gpu.series(Measure::GpuMemMax).max(hour),
            }));
        }
    }

    fn restart(&mut self) {
        panic!("a resource is in several parts");
    }
}

impl Outcome {
    pub(super) fn hours(&self) -> Vec<Hour> {
        let mut hours = Hours::default();
        self.snapshot.usage.for_each(WINDOW, &mut hours).unwrap();
        hours.0
    }

    pub(super) fn gaps(&self) -> Vec<String> {
        self.snapshot.gaps.iter().map(|gap| format!("{}: {}", gap.what, gap.because)).collect()
    }
}

/// One run over a folder.
pub(super) fn collect(
    dir: &Path,
    server: &Server,
    metered: &[Metered],
    most_usd: Option<f64>,
    wanted: Option<&Wanted>,
) -> Outcome {
    let (seat, cost) = (server.seat(), ApiCost::new(most_usd));
    let writer = SnapshotWriter::open(dir, WINDOW).unwrap();
    let (namespaces, progress) = (["CWAgent".to_owned()], Progress::hidden());
    let scope = Scope {
        seat: &seat,
        window: WINDOW,
        agent_namespaces: &namespaces,
        now: None,
        cost: &cost,
    };
    let watch =
        Watch { scope, is_full: false, confirms_idle: false, into: &writer, progress: &progress };
    run(async {
        let watched = watch.first(metered, &BTreeMap::new()).await.unwrap();
        if let Some(wanted) = wanted {
            watch.open(&watched, wanted).await.unwrap();
        }
    });
    Outcome { snapshot: writer.so_far().unwrap(), cost }
}

fn memory_of(numbers: &[usize]) -> Wanted {
    numbers.iter().map(|number| (id(*number), [Measure::GpuMemMax].into())).collect()
}

#[test]
fn first_only_use_is_read_and_everything_listed_is_asked_for_once() {
    let dir = tempfile::tempdir().unwrap();
    let server = server(600);
    let found = collect(dir.path(), &server, &machines(600), None, None);
    let log = server.log();
    assert_eq!(log.lists, ["CWAgent nvidia_smi_utilization_gpu"; 2], "500 metrics a page");
    let distinct: BTreeSet<&String> = log.requests.iter().flatten().collect();
    assert_eq!((log.requests.len(), log.query_count(), distinct.len()), (3, 1_200, 1_200));
    let hours = found.hours();
    assert_eq!(hours.len(), 1_200);
    assert_eq!(
        (hours[0].gpu_index, hours[0].util_mean_ratio, hours[0].util_max_ratio),
        (Some(0), Some(0.5), Some(0.5))
    );
    assert_eq!(found.gaps(), Vec::<String>::new());
    assert_eq!(found.cost.totals().asked.metric_count, 600);
}

#[test]
fn what_verdicts_wait_for_joins_the_rows_and_only_that_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let server = server(3);
    let found = collect(dir.path(), &server, &machines(3), None, Some(&memory_of(&[1])));
    assert_eq!(server.log().requests[1], ["nvidia_smi_memory_used [i-0001 0] Maximum"]);
    let seen: Vec<_> = found
        .hours()
        .into_iter()
        .filter(|hour| hour.number == 0)
        .map(|hour| (hour.resource_id, hour.util_mean_ratio, hour.mem_max_gib))
        .collect();
    assert_eq!(
        seen,
        [(id(0), Some(0.5), None), (id(1), Some(0.5), Some(1.0)), (id(2), Some(0.5), None),]
    );
}

#[test]
fn what_little_shards_wait_for_is_asked_together() {
    let dir = tempfile::tempdir().unwrap();
    let server = server(2_100);
    let wanted = memory_of(&[0, 700, 1_050, 2_099]);
    let found = collect(dir.path(), &server, &machines(2_100), None, Some(&wanted));
    let requests = server.log().requests;
    assert_eq!(
        requests.len(),
        9 + 1,
        "nine for the use of 2,100 GPUs, and one for the memory of four"
    );
    assert_eq!(requests[9].len(), 4);
    let with_memory: Vec<String> = found
        .hours()
        .into_iter()
        .filter_map(|hour| hour.mem_max_gib.map(|_gib| hour.resource_id))
        .collect();
    assert_eq!(with_memory, [id(0), id(700), id(1_050), id(2_099)]);
}

#[test]
fn memory_is_read_by_the_day_and_a_day_that_the_window_begins_in_counts_from_there() {
    let dir = tempfile::tempdir().unwrap();
    let server = server(1);
    // The window begins at 16:00; the day's highest use was before it.
    let hours = [(WINDOW.start - 3, 2_048.0), (WINDOW.start + 2, 1_024.0)];
    server.send(&gpu(0, "nvidia_smi_memory_used"), &hours);
    let found = collect(dir.path(), &server, &machines(1), None, Some(&memory_of(&[0])));
    let memory: Vec<_> = found.hours().iter().map(|hour| (hour.number, hour.mem_max_gib)).collect();
    assert_eq!(memory, [(0, Some(2.0)), (1, None)]);
}

#[test]
fn a_run_that_is_repeated_on_the_folder_asks_for_nothing_again() {
    let dir = tempfile::tempdir().unwrap();
    let server = server(3);
    let wanted = memory_of(&[1]);
    let first = collect(dir.path(), &server, &machines(3), None, Some(&wanted)).hours();
    server.forget();
    let second = collect(dir.path(), &server, &machines(3), None, Some(&wanted)).hours();
    assert!(server.log().requests.is_empty());
    assert_eq!(first, second);
}

#[test]
fn a_run_that_finds_other_machines_reads_all_again_and_has_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let server = server(3);
    collect(dir.path(), &server, &machines(3), None, Some(&memory_of(&[1])));
    server.forget();
    let found = collect(dir.path(), &server, &machines(2), None, None);
    assert_eq!(server.log().query_count(), 4);
    assert_eq!(found.hours().len(), 4);
    assert!(found.hours().iter().all(|hour| hour.mem_max_gib.is_none()));
}

#[test]
fn pages_partial_data_and_their_repetition_come_to_the_same() {
    let (whole, paged) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let straight = collect(whole.path(), &server(5), &machines(5), None, None);
    let server = server(5);
    {
        let mut store = server.0.lock().unwrap();
        store.page_values = Some(3);
        store.partial = [(AGENT_METRIC.to_owned(), 2)].into();
    }
    let found = collect(paged.path(), &server, &machines(5), None, None);
    assert!(server.log().requests.len() > 7, "{:?}", server.log().requests.len());
    assert_eq!(found.hours(), straight.hours());
    assert_eq!(found.gaps(), Vec::<String>::new());
    let asked = server.log().query_count() as u64;
    assert_eq!(found.cost.totals().asked.statistic_count, asked, "every page is a request");
}

#[test]
fn what_stays_partial_is_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let server = server(1);
    server.0.lock().unwrap().partial = [(AGENT_METRIC.to_owned(), 99)].into();
    let found = collect(dir.path(), &server, &machines(1), None, None);
    assert_eq!(server.log().requests.len(), 3);
    assert_eq!(
        found.gaps(),
        [
            "hours of metrics of account 111122223333 in eu-west-1: CloudWatch did not answer 2 metrics completely, \
             however often it was asked"
        ]
    );
    assert!(found.hours().is_empty());
}

#[test]
fn a_refusal_is_a_gap_and_ends_the_asking() {
    let dir = tempfile::tempdir().unwrap();
    let server = server(2_000);
    server.0.lock().unwrap().refused_after = Some(1);
    let found = collect(dir.path(), &server, &machines(2_000), None, None);
    assert_eq!(server.log().requests.len(), 1);
    assert_eq!(found.hours().len(), 500, "what was answered before stays");
    assert_eq!(
        found.gaps(),
        ["cloudwatch:GetMetricData of account 111122223333 in eu-west-1: AccessDenied: \
             arn:aws:iam::111122223333:user/x may not"]
    );
}

#[test]
fn the_limit_of_the_price_stops_before_it_is_passed_and_says_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let server = server(1_500);
    let found = collect(dir.path(), &server, &machines(1_500), Some(0.025), None);
    assert_eq!(server.log().query_count(), 2_000);
    assert_eq!(
        found.gaps(),
        [
            "metrics of 500 resources of account 111122223333 in eu-west-1: asking for 500 metrics may have cost \
             another $0.0100, and `--max-api-cost` allows $0.0250 in all"
        ]
    );
    let totals = found.cost.totals();
    let billed = |metric_count| Billed { metric_count, statistic_count: 2 * metric_count };
    assert_eq!((totals.asked, totals.declined), (billed(1_000), billed(500)));
    assert_eq!(totals.planned, billed(1_500));
}

#[test]
fn a_machine_without_an_agent_is_looked_for_in_container_insights_and_then_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let server = server(1);
    let node = [
        ("ClusterName", "c"),
        ("InstanceId", "i-0001"),
        ("NodeName", "n"),
        ("GpuDevice", "nvidia0"),
    ];
    let metric = Metric::known("ContainerInsights", "node_gpu_utilization", &node);
    server.send(&metric, &[(WINDOW.start, 10.0)]);
    let found = collect(dir.path(), &server, &machines(3), None, None);
    assert_eq!(
        server.log().lists,
        ["CWAgent nvidia_smi_utilization_gpu", "ContainerInsights node_gpu_utilization"]
    );
    let resources: BTreeSet<String> =
        found.hours().into_iter().map(|hour| hour.resource_id).collect();
    assert_eq!(resources, [id(0), id(1)].into());
    assert_eq!(
        found.gaps(),
        [
            "use of the accelerators of 1 machine of account 111122223333 in eu-west-1: neither an agent (namespace \
             CWAgent) nor Container Insights sends metrics of i-0002"
        ]
    );
}

#[test]
fn a_job_without_gpus_is_neither_listed_nor_missed() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::default();
    let cpu_only = [Metered { gpu_count: Some(0.0), ..job() }];
    let found = collect(dir.path(), &server, &cpu_only, None, None);
    assert_eq!((server.log().lists.len(), found.gaps().len()), (0, 0));
    let of_gpus = [job()];
    let dir = tempfile::tempdir().unwrap();
    let found = collect(dir.path(), &server, &of_gpus, None, None);
    assert_eq!(server.log().lists, ["/aws/sagemaker/TrainingJobs GPUUtilization"]);
    assert_eq!(
        found.gaps(),
        [
            "use of the accelerators of 1 job of account 111122223333 in eu-west-1: CloudWatch lists no metrics of x \
             (none that was silent for two weeks is listed)"
        ]
    );
}

#[test]
fn an_endpoint_is_asked_for_without_listing_anything() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::default();
    let dimensions = [("EndpointName", "chat"), ("VariantName", "blue")];
    let metric = |namespace, name| Metric::known(namespace, name, &dimensions);
    let start = WINDOW.start;
    server.send(
        &metric("/aws/sagemaker/Endpoints", "GPUUtilization"),
        &[(start, 0.0), (start + 1, 0.0)],
    );
    server.send(&metric("AWS/SageMaker", "Invocations"), &[(start, 7.0)]);
    let found = collect(dir.path(), &server, &[variant("blue", true)], None, None);
    assert!(server.log().lists.is_empty());
    let seen: Vec<_> = found
        .snapshot
        .invocations
        .iter()
        .map(|row| {
            (row.hour_start.0 / 3_600_000 - start, row.request_count, row.replica_mean_count)
        })
        .collect();
    assert_eq!(seen, [(0, Some(7), Some(3.0)), (1, Some(0), Some(3.0))]);
}

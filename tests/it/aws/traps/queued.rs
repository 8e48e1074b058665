//! Endpoints before which requests wait in a queue: they send no `Invocations`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::{Value, json};

use super::given::{ASKING, DAY, REGION, estate};
use crate::{
    aws::{
        audited,
        fake::{Bucket, Estate, Fake, Series},
        world::{ACCOUNTS, HOURS, START},
    },
    support::{Folder, list, outcome},
};

/// What is sent in an hour of the day.
type Sent = fn(i64) -> Option<Bucket>;

/// What such an endpoint sends. Its requests come at nine.
struct Queue {
    name: &'static str,
    gpu: Sent,
    processed: Sent,
    latency: Sent,
    backlog: Sent,
}

const NOTHING: Sent = |_| None;
const NONE: Sent = |_| Some(Bucket::steady(0.0));
/// Busy while there is something to do.
const AT_WORK: Sent = |hour| Some(Bucket::steady(if hour == 9 { 60.0 } else { 0.0 }));

fn at_nine(hour: i64, bucket: Bucket) -> Option<Bucket> {
    (hour == 9).then_some(bucket)
}

/// Microseconds of so many answers.
fn answers(count: f64) -> Bucket {
    Bucket { mean: 2e6, max: 4e6, min: 1e6, count, p95: Some(3e6) }
}

fn queues() -> [Queue; 7] {
    let silent =
        |name| Queue { name, gpu: NONE, processed: NOTHING, latency: NOTHING, backlog: NOTHING };
    let seven: Sent = |hour| at_nine(hour, Bucket::events(7.0));
    let five: Sent = |hour| at_nine(hour, answers(5.0));
    [
        Queue { gpu: AT_WORK, processed: seven, backlog: NONE, ..silent("counted") },
        // Some count fewer than they answer, or nothing at all.
        Queue {
            gpu: AT_WORK,
            processed: |hour| at_nine(hour, Bucket::events(3.0)),
            latency: five,
            backlog: NONE,
            ..silent("answered")
        },
        // Its machines are only there at nine: in all other hours nobody but the queue tells anything.
        Queue {
            gpu: |hour| at_nine(hour, Bucket::steady(60.0)),
            processed: seven,
            backlog: NONE,
            ..silent("comes-and-goes")
        },
        Queue { backlog: NONE, ..silent("empty") },
        // Nobody knows how long its queue is, and its machines do nothing.
        silent("unknown-queue"),
        // Requests wait, whatever becomes of them.
        Queue { backlog: |_| Some(Bucket::steady(2.0)), ..silent("waiting") },
        // Nobody counts what its machines do.
        Queue { gpu: |_| Some(Bucket::steady(50.0)), ..silent("working") },
    ]
}

fn put(queue: &Queue, estate: &mut Estate) {
    let Queue { name, gpu, processed, latency, backlog } = queue;
    let arn = |kind: &str| format!("arn:aws:sagemaker:{REGION}:{}:{kind}/{name}", ACCOUNTS[0]);
    let created_at = START - 90 * DAY;
    let endpoint = json!({
        "EndpointName": name,
        "EndpointArn": arn("endpoint"),
        "EndpointConfigName": name,
        "EndpointStatus": "InService",
        "CreationTime": created_at,
        "LastModifiedTime": created_at,
        "ProductionVariants": [{
            "VariantName": "AllTraffic", "CurrentWeight": 1.0, "DesiredWeight": 1.0,
            "CurrentInstanceCount": 1, "DesiredInstanceCount": 1,
        }],
        "AsyncInferenceConfig": { "OutputConfig": { "S3OutputPath": "s3://answers/" } },
    });
    estate.put(ACCOUNTS[0], REGION, "Endpoint", endpoint);
    let config = json!({
        "EndpointConfigName": name,
        "EndpointConfigArn": arn("endpoint-config"),
        "CreationTime": created_at,
        "ProductionVariants": [{
            "VariantName": "AllTraffic", "InitialVariantWeight": 1.0, "ModelName": name,
            "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1,
        }],
    });
    estate.put(ACCOUNTS[0], REGION, "EndpointConfig", config);
    let own = ("EndpointName", *name);
    let both = [own, ("VariantName", "AllTraffic")];
    for (namespace, metric, dimensions, sent) in [
        ("/aws/sagemaker/Endpoints", "GPUUtilization", &both[..], *gpu),
        ("AWS/SageMaker", "InvocationsProcessed", &both[..], *processed),
        ("AWS/SageMaker", "ModelLatency", &both[..], *latency),
        ("AWS/SageMaker", "ApproximateBacklogSize", &[own][..], *backlog),
    ] {
        let hours = move |hour: i64| sent(hour.rem_euclid(24));
        let series = Series::new(namespace, metric, dimensions, hours);
        estate.metrics.add(ACCOUNTS[0], REGION, series);
    }
}

/// Requests, and hours of which their number is known, by endpoint.
fn counted(folder: &Folder) -> BTreeMap<String, (i64, usize)> {
    let snapshot = ai_cost::snapshot::read(&folder.path("snapshot")).unwrap();
    let mut counted: BTreeMap<String, (i64, usize)> = BTreeMap::new();
    for row in snapshot.invocations {
        let name = row.resource_id.rsplit('/').next().unwrap().to_owned();
        let (requests, hours) = counted.entry(name).or_default();
        *requests += row.request_count.unwrap_or_default();
        *hours += usize::from(row.request_count.is_some());
    }
    counted
}

fn names(resources: &[&Value]) -> BTreeSet<String> {
    let id = |value: &&Value| value.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    resources.iter().map(id).collect()
}

#[test]
fn requests_of_a_queue_are_counted_by_what_it_processed_and_its_silence_is_not_taken_for_idleness()
{
    let mut estate = estate(&[]);
    for queue in queues() {
        put(&queue, &mut estate);
    }
    let fake = Fake::start(Arc::new(estate), None);
    let folder = Folder::new();
    let collect = format!("collect {ASKING} --out snapshot");
    let run = outcome(&mut audited::ai_cost(&folder, &fake, &collect));
    assert_eq!(run.code, 0, "{}", run.stderr);

    let (days, hours) = (HOURS / 24, usize::try_from(HOURS).unwrap());
    let known = |name: &str, requests: i64| (name.to_owned(), (requests, hours));
    let expected = BTreeMap::from([
        known("counted", 7 * days),
        known("answered", 5 * days),
        known("comes-and-goes", 7 * days),
        known("empty", 0),
        known("unknown-queue", 0),
        ("waiting".to_owned(), (0, 0)),
        ("working".to_owned(), (0, 0)),
    ]);
    assert_eq!(counted(&folder), expected);

    let report = folder.run("audit --snapshot snapshot --format json").json();
    let idle = list(&report["findings"]).iter().filter(|found| found["rule"] == "endpoint-idle");
    let idle: Vec<&Value> = idle.map(|found| &found["subject"]["resource_id"]).collect();
    assert_eq!(names(&idle), ["empty", "unknown-queue"].map(str::to_owned).into());
    let unjudged: Vec<&Value> = list(&report["not_judged"])
        .iter()
        .filter(|reason| list(&reason["rules"]).iter().any(|rule| rule == "endpoint-idle"))
        .flat_map(|reason| list(&reason["resource_ids"]))
        .collect();
    assert_eq!(names(&unjudged), ["waiting", "working"].map(str::to_owned).into());
}

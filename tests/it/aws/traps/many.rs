//! More jobs than are asked about.

use std::sync::Arc;

use serde_json::{Value, json};

use super::given::{REGION, audit_under, estate};
use crate::{
    aws::{
        fake::Estate,
        world::{ACCOUNTS, START},
    },
    support::list,
};

/// Jobs of a kind that are described in a region.
const DESCRIBED: usize = 1_000;
const MINUTE: i64 = 60;

/// A job that waited for five minutes and then ran.
fn put(estate: &mut Estate, kind: &str, (number, minutes): (i64, i64)) {
    let name = format!("{}-{number}", kind.to_lowercase());
    let start = START + number * 10 * MINUTE;
    let end = start + minutes * MINUTE;
    let cluster =
        json!({ "InstanceType": "ml.g5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 100 });
    let path = if kind == "Training" { "training-job" } else { "processing-job" };
    let mut document = json!({
        format!("{kind}JobName"): name,
        format!("{kind}JobArn"): format!("arn:aws:sagemaker:{REGION}:{}:{path}/{name}", ACCOUNTS[0]),
        format!("{kind}JobStatus"): "Completed",
        "CreationTime": start - 5 * MINUTE,
        format!("{kind}StartTime"): start,
        format!("{kind}EndTime"): end,
        "LastModifiedTime": end,
    });
    if kind == "Training" {
        document["ResourceConfig"] = cluster;
        document["TrainingTimeInSeconds"] = (end - start).into();
        document["BillableTimeInSeconds"] = (end - start).into();
    } else {
        document["ProcessingResources"] = json!({ "ClusterConfig": cluster });
    }
    estate.put(ACCOUNTS[0], REGION, &format!("{kind}Job"), document);
}

fn of_jobs(report: &Value) -> Vec<&Value> {
    let is_of_jobs =
        |gap: &&Value| gap["what"].as_str().is_some_and(|what| what.contains(" jobs of account"));
    list(&report["gaps"]).iter().filter(is_of_jobs).collect()
}

#[test]
fn of_1_005_training_jobs_the_1_000_longest_are_described_and_a_gap_says_what_the_others_are() {
    let mut estate = estate(&[]);
    for number in 0..1_005 {
        // Every two hundredth is over at once: five of them.
        let minutes = if number % 200 == 50 { 6 } else { 30 };
        put(&mut estate, "Training", (number, minutes));
    }
    for number in 0..3 {
        put(&mut estate, "Processing", (number, 30));
    }
    let (report, fake) = audit_under(&Arc::new(estate), "", "", []);
    let count = |action: &str| fake.log().count(action);
    assert_eq!(count("sagemaker:DescribeTrainingJob"), DESCRIBED);
    // Each kind has its own bound.
    assert_eq!(count("sagemaker:DescribeProcessingJob"), 3);
    let gaps = of_jobs(&report);
    let [gap] = gaps.as_slice() else { panic!("{gaps:#?}") };
    let text = |key: &str| gap[key].as_str().unwrap();
    assert_eq!(text("what"), format!("5 training jobs of account {} in {REGION}", ACCOUNTS[0]));
    assert!(text("because").contains("only the 1,000 that took longest are"), "{gap:#}");
    // Six minutes at work, after five of waiting.
    assert!(text("hides").ends_with("none of which took longer than 12 minutes"), "{gap:#}");
    // What the others cost is not known, and not nothing.
    let totals = &report["totals"];
    assert_eq!(
        (&totals["resource_count"], &totals["effective_unpriced_count"]),
        (&json!(1_008), &json!(5))
    );
}

#[test]
fn of_1_000_jobs_none_is_left_out() {
    let mut estate = estate(&[]);
    for number in 0..1_000 {
        put(&mut estate, "Training", (number, 30));
    }
    let (report, fake) = audit_under(&Arc::new(estate), "", "", []);
    assert_eq!(fake.log().count("sagemaker:DescribeTrainingJob"), DESCRIBED);
    assert_eq!(of_jobs(&report), [&Value::Null; 0]);
}

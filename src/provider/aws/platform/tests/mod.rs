//! EKS, Batch and Bedrock as they answer, and what becomes of it.

use serde_json::json;

use super::*;
use crate::{
    frame::InstantMs,
    provider::aws::{
        observed::MetricSource,
        scripted::{Asked, Server, run},
    },
};

/// 2026-10-01 to 2026-10-31.
const WINDOW: Window = Window { start: 497_448, end: 498_168 };
const THROUGHPUT: &str = "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abc";

fn machine(tags_json: &str) -> ResourceRow {
    ResourceRow {
        resource_id: "aws:111122223333:us-east-1:i-1".to_owned(),
        kind: "gpu_instance".to_owned(),
        instance_type: Some("g5.xlarge".to_owned()),
        vcpu_count: Some(4),
        launched_at: Some(InstantMs(1)),
        tags_json: tags_json.to_owned(),
        ..ResourceRow::default()
    }
}

fn refused() -> (u16, String) {
    (403, json!({"__type": "AccessDeniedException", "message": "not allowed"}).to_string())
}

/// A server whose Bedrock has nothing unless the test says something else.
fn server(answer: impl Fn(&Asked) -> Option<(u16, String)> + Send + Sync + 'static) -> Server {
    Server::start(move |asked| answer(asked).unwrap_or((200, "{}".to_owned())))
}

fn observed(server: &Server, machines: &mut [ResourceRow]) -> Observed {
    run(observe(&server.seat(), WINDOW, machines))
}

#[test]
fn where_no_machine_belongs_to_a_group_only_bedrock_is_asked() {
    let server = server(|_| None);
    let found = observed(&server, &mut [machine("{}")]);
    assert_eq!(found, Observed::default());
    assert_eq!(server.actions(), ["/provisioned-model-throughputs"]);
}

#[test]
fn each_node_group_is_asked_about_once_and_marks_its_machines() {
    let group = json!({"nodegroup": {"capacityType": "ON_DEMAND",
        "scalingConfig": {"minSize": 2, "maxSize": 2, "desiredSize": 2}}});
    let server = server(move |asked| {
        (asked.path == "/clusters/ml/node-groups/gpu").then(|| (200, group.to_string()))
    });
    let tags = r#"{"eks:cluster-name":"ml","eks:nodegroup-name":"gpu"}"#;
    let mut machines = [machine(tags), machine(tags), machine("{}")];
    let found = observed(&server, &mut machines);
    assert_eq!(found.gaps, []);
    assert_eq!(machines.map(|row| row.has_scaling), [Some(false), Some(false), None]);
    assert_eq!(server.actions().len(), 2);
}

#[test]
fn a_node_group_that_is_gone_hides_nothing_and_one_that_refuses_is_a_gap() {
    let tags = r#"{"eks:cluster-name":"ml","eks:nodegroup-name":"gpu"}"#;
    let gone = server(|asked| {
        let body = json!({"__type": "ResourceNotFoundException", "message": "none"}).to_string();
        asked.path.starts_with("/clusters").then_some((404, body))
    });
    assert_eq!(observed(&gone, &mut [machine(tags)]).gaps, []);
    let closed = server(|asked| asked.path.starts_with("/clusters").then(refused));
    let gaps = observed(&closed, &mut [machine(tags)]).gaps;
    assert_eq!(gaps[0].what, "eks:DescribeNodegroup of account 111122223333 in us-east-1");
    assert_eq!(gaps[0].hides, "whether node groups have a fixed size");
}

#[test]
fn machines_of_batch_say_that_batch_runs_on_them() {
    let arn = "arn:aws:batch:us-east-1:111122223333:compute-environment/train";
    let environments = json!({"computeEnvironments": [{"computeEnvironmentArn": arn,
        "computeEnvironmentName": "train", "type": "MANAGED", "state": "ENABLED",
        "computeResources": {"type": "SPOT", "minvCpus": 8, "maxvCpus": 64, "desiredvCpus": 8,
            "instanceTypes": ["g5"]}}]});
    let server = server(move |asked| {
        (asked.path == "/v1/describecomputeenvironments").then(|| (200, environments.to_string()))
    });
    let tags = r#"{"aws:autoscaling:groupName":"AWSBatch-train-asg-640012bd","AWSBatchServiceTag":"batch"}"#;
    let mut machines = [machine(tags), machine("{}")];
    let found = observed(&server, &mut machines);
    let [marked, other] = machines;
    assert_eq!((marked.has_scaling, marked.scaling_min_count), (Some(false), Some(2.0)));
    assert_eq!((other.has_scaling, other.scaling_min_count), (None, None));
    let [work] = found.workloads.as_slice() else { panic!("{:?}", found.workloads) };
    assert_eq!(work.workload_id, "aws:111122223333:us-east-1:batch/compute-environment/train");
    assert_eq!((work.kind.as_deref(), work.name.as_str()), (Some("batch"), "train"));
}

fn summary(name: &str, more: &serde_json::Value) -> serde_json::Value {
    let mut summary = json!({"provisionedModelName": name, "provisionedModelArn": THROUGHPUT,
        "modelArn": "m", "desiredModelArn": "m", "foundationModelArn": "m", "modelUnits": 2,
        "desiredModelUnits": 2, "status": "InService", "creationTime": "2026-09-01T00:00:00Z",
        "lastModifiedTime": "2026-09-01T00:00:00Z"});
    for (key, value) in more.as_object().unwrap() {
        summary[key] = value.clone();
    }
    summary
}

fn bedrock(more: serde_json::Value) -> Server {
    server(move |asked| match asked.path.as_str() {
        "/provisioned-model-throughputs" => {
            let page = json!({"provisionedModelSummaries": [summary("chat", &more)]});
            Some((200, page.to_string()))
        }
        "/listTagsForResource" => {
            Some((200, json!({"tags": [{"key": "team", "value": "search"}]}).to_string()))
        }
        _ => None,
    })
}

#[test]
fn throughput_is_a_resource_with_units_that_sends_metrics_by_its_arn() {
    let found = observed(&bedrock(json!({})), &mut []);
    let created = "2026-09-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap().into();
    let expected = ResourceRow {
        resource_id: "aws:111122223333:us-east-1:provisioned-model/abc".to_owned(),
        provider: "aws".to_owned(),
        account_id: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        name: Some("chat".to_owned()),
        kind: "provisioned_throughput".to_owned(),
        state: Some("running".to_owned()),
        purchase_option: Some("on_demand".to_owned()),
        launched_at: Some(created),
        unit_count: Some(2.0),
        tags_json: r#"{"team":"search"}"#.to_owned(),
        ..ResourceRow::default()
    };
    assert_eq!(found.resources, [expected]);
    let source = MetricSource::Throughput { arn: THROUGHPUT.to_owned(), unit_count: Some(2.0) };
    assert_eq!(found.metered[0].source, source);
}

#[test]
fn throughput_that_two_pages_list_is_there_once() {
    let server = server(|asked| {
        let mut page = json!({"provisionedModelSummaries": [summary("chat", &json!({}))]});
        if asked.path == "/provisioned-model-throughputs" {
            page["nextToken"] = json!("more");
        }
        asked.path.starts_with("/provisioned-model-throughputs").then(|| (200, page.to_string()))
    });
    let found = observed(&server, &mut []);
    let pages = server.actions().into_iter().filter(|action| action.contains("throughputs"));
    assert_eq!(pages.count(), 2);
    assert_eq!((found.resources.len(), found.metered.len()), (1, 1));
}

#[test]
fn throughput_with_a_term_is_committed_and_a_word_that_is_new_to_us_is_a_term_too() {
    for duration in ["OneMonth", "SixMonths", "TwelveMonths"] {
        let found = observed(&bedrock(json!({ "commitmentDuration": duration })), &mut []);
        let paid = found.resources[0].purchase_option.as_deref();
        assert_eq!(paid, Some("committed"), "{duration}");
    }
}

#[test]
fn throughput_whose_term_is_over_by_the_end_of_the_window_goes_on_by_the_hour() {
    let paid = |expires: &str| {
        let term = json!({"commitmentDuration": "OneMonth", "commitmentExpirationTime": expires});
        observed(&bedrock(term), &mut []).resources.remove(0).purchase_option
    };
    assert_eq!(paid("2026-10-31T00:00:00Z").as_deref(), Some("on_demand"));
    assert_eq!(paid("2026-10-31T00:00:01Z").as_deref(), Some("committed"));
}

#[test]
fn throughput_that_failed_or_came_after_the_window_is_left_out() {
    for more in [json!({"status": "Failed"}), json!({"creationTime": "2026-11-01T00:00:00Z"})] {
        assert_eq!(observed(&bedrock(more), &mut []).resources, []);
    }
    let found = observed(&bedrock(json!({"status": "Melting", "modelUnits": 0})), &mut []);
    assert_eq!((found.resources[0].state.as_deref(), found.resources[0].unit_count), (None, None));
}

#[test]
fn tags_that_are_refused_are_a_gap_and_the_throughput_stays() {
    let server = server(|asked| match asked.path.as_str() {
        "/provisioned-model-throughputs" => {
            let page = json!({"provisionedModelSummaries": [summary("chat", &json!({}))]});
            Some((200, page.to_string()))
        }
        "/listTagsForResource" => Some(refused()),
        _ => None,
    });
    let found = observed(&server, &mut []);
    assert_eq!(found.resources[0].tags_json, "{}");
    assert_eq!(found.gaps[0].hides, "whose provisioned throughput it is, and whether it stands by");
}

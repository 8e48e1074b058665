//! From single objects of the wire to the model: no server needed.

use serde_json::{Value, json};

use super::{
    super::{nodes, pods, wire},
    estate,
};
use crate::{
    frame::InstantMs,
    provider::kubernetes::model::{Pod, Quantities},
};

fn pod(value: &Value) -> Pod {
    pods::linked(serde_json::from_value(value.clone()).unwrap()).pod
}

fn at(text: &str) -> InstantMs {
    let at: jiff::Timestamp = text.parse().unwrap();
    at.into()
}

fn amounts(list: &[(&str, f64)]) -> Quantities {
    list.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

#[test]
fn a_node_keeps_its_own_spellings_and_loses_what_is_no_quantity() {
    let node: wire::Node = serde_json::from_value(estate::sliced_node("gpu-1")).unwrap();
    let (name, node) = node.into_model();
    assert_eq!(name, "gpu-1");
    assert_eq!(node.provider_id.as_deref(), Some("aws:///eu-west-1a/i-0aaaaaaaaaaaaaaaa"));
    assert_eq!(node.labels["nvidia.com/gpu.replicas"], "4");
    assert_eq!(node.created_at, Some(at("2026-11-01T06:00:00Z")));
    let capacity =
        [("cpu", 8.0), ("memory", 33_186_373_632.0), ("nvidia.com/gpu", 4.0), ("pods", 58.0)];
    assert_eq!(node.capacity, amounts(&capacity));
}

#[test]
fn a_node_of_which_only_the_name_is_there_is_a_node() {
    let node: wire::Node = serde_json::from_value(json!({"metadata": {"name": "bare"}})).unwrap();
    let (_, node) = node.into_model();
    assert_eq!((node.provider_id.as_ref(), node.created_at), (None, None));
    assert!(!nodes::has_accelerators(&node));
}

#[test]
fn a_pod_is_what_the_scheduler_sees() {
    let found = pod(&estate::pod("search", "chat-1", "gpu-1", None));
    let requests = [("cpu", 0.5), ("memory", 17_179_869_184.0), ("nvidia.com/gpu", 1.0)];
    assert_eq!(found.requests, amounts(&requests));
    assert_eq!(found.node.as_deref(), Some("gpu-1"));
    assert_eq!(found.images, ["registry.example.com:5000/vllm/vllm-openai"]);
    assert_eq!((found.started_at, found.ended_at), (Some(at("2026-11-10T08:00:00Z")), None));
    assert_eq!(found.restart_count, Some(2));
}

#[test]
fn init_containers_count_at_their_peak_and_sidecars_beside_the_others() {
    let asks = |gpus: u8| json!({"resources": {"limits": {"nvidia.com/gpu": gpus.to_string()}}});
    let mut sidecar = asks(1);
    sidecar["restartPolicy"] = json!("Always");
    let mut value = estate::pod("search", "chat-1", "gpu-1", None);
    value["spec"]["containers"] = json!([asks(1), asks(1)]);
    value["spec"]["initContainers"] = json!([sidecar, asks(1)]);
    // Two containers and a sidecar are more than an init container and a sidecar.
    assert_eq!(pod(&value).requests, amounts(&[("nvidia.com/gpu", 3.0)]));
    value["spec"]["initContainers"] = json!([sidecar, asks(4)]);
    // An init container that needs more reserves it for the pod's whole life.
    assert_eq!(pod(&value).requests, amounts(&[("nvidia.com/gpu", 5.0)]));
}

#[test]
fn the_overhead_of_a_runtime_class_comes_on_top() {
    let mut value = estate::pod("search", "chat-1", "gpu-1", None);
    value["spec"]["containers"] = json!([{"resources": {"requests": {"cpu": "1"}}}]);
    value["spec"]["overhead"] = json!({"cpu": "250m"});
    assert_eq!(pod(&value).requests, amounts(&[("cpu", 1.25)]));
}

#[test]
fn a_pod_ends_when_its_last_container_does() {
    let ended = |at: &str| json!({"restartCount": 0, "state": {"terminated": {"exitCode": 0, "finishedAt": at}}});
    let mut value = estate::pod("search", "tune-1", "gpu-1", None);
    value["status"]["phase"] = json!("Succeeded");
    value["status"]["containerStatuses"] =
        json!([ended("2026-11-10T09:00:00Z"), ended("2026-11-10T10:30:00Z")]);
    assert_eq!(pod(&value).ended_at, Some(at("2026-11-10T10:30:00Z")));
}

#[test]
fn an_evicted_pod_without_containers_ended_with_its_last_change() {
    let mut value = estate::pod("search", "tune-1", "gpu-1", None);
    value["status"] = json!({"phase": "Failed", "reason": "Evicted", "conditions": [
        {"type": "DisruptionTarget", "status": "True", "lastTransitionTime": "2026-11-11T12:00:00Z"}]});
    assert_eq!(pod(&value).ended_at, Some(at("2026-11-11T12:00:00Z")));
}

#[test]
fn a_pod_whose_node_is_lost_still_holds_what_it_held() {
    let mut value = estate::pod("search", "chat-1", "gpu-1", None);
    value["status"]["phase"] = json!("Unknown");
    assert_eq!(pod(&value).ended_at, None);
}

#[test]
fn a_pod_of_which_the_status_is_missing_is_still_a_pod() {
    let value = json!({"metadata": {"name": "new", "namespace": "search"}});
    let found = pod(&value);
    assert_eq!((found.node, found.restart_count, found.started_at), (None, None, None));
}

#[test]
fn claims_are_named_by_the_status_if_a_template_made_them() {
    let mut value = estate::pod("search", "chat-1", "gpu-1", None);
    value["spec"]["resourceClaims"] = json!([
        {"name": "gpu", "resourceClaimTemplateName": "one-gpu"},
        {"name": "shared", "resourceClaimName": "big-gpu"},
        {"name": "later", "resourceClaimTemplateName": "one-gpu"}]);
    value["status"]["resourceClaimStatuses"] =
        json!([{"name": "gpu", "resourceClaimName": "chat-1-gpu-x7"}]);
    assert_eq!(pod(&value).claims, ["big-gpu", "chat-1-gpu-x7", "later"]);
}

#[test]
fn a_pool_says_when_it_takes_nodes_away() {
    let consolidation = |disruption: Value| {
        let pool = json!({"metadata": {"name": "gpu"}, "spec": {"disruption": disruption}});
        let pool: wire::NodePool = serde_json::from_value(pool).unwrap();
        pool.consolidation()
    };
    let text = |text: &str| Some(text.to_owned());
    let when_empty = json!({"consolidationPolicy": "WhenEmpty", "consolidateAfter": "30s"});
    assert_eq!(consolidation(when_empty), text("WhenEmpty after 30s"));
    let never =
        json!({"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "Never"});
    assert_eq!(consolidation(never), text("Never"));
    assert_eq!(consolidation(json!({})), None);
}

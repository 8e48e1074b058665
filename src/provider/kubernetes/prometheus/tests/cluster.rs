//! A cluster out of the series of kube-state-metrics.

use super::{Fake, Reply, Seen, run, vector};
use crate::{
    frame::InstantMs,
    provider::{
        kubernetes::{
            model::{OwnerKey, PodKey, Scaling},
            observe::Observed,
            prometheus::observe,
        },
        progress::Progress,
    },
    window::Window,
};

/// One day from 1970-01-02 on.
const DAY: Window = Window { start: 24, end: 48 };

fn list(items: &str) -> Reply {
    (200, "", format!(r#"{{"status":"success","data":[{items}]}}"#))
}

/// The answers of a server that knows one node with a deployment and a finished job on it. `exported` stands before the
/// labels that had to make way for those of the target.
fn answer(seen: &Seen, exported: &str) -> Reply {
    let e = exported;
    let pod =
        |name: &str| format!(r#""{e}namespace":"serving","{e}pod":"{name}","uid":"u-{name}""#);
    let value = |labels: &str, value: &str| {
        format!(r#"{{"metric":{{{labels}}},"value":[172800,"{value}"]}}"#)
    };
    let both = |chat: &str, eval: &str| {
        vector(&[value(&pod("chat-7d9f8-aa"), chat), value(&pod("eval-bb"), eval)].join(","))
    };
    match seen.path.trim_start_matches("/api/v1/") {
        "label/__name__/values" => {
            let names = [
                "kube_pod_info",
                "kube_node_info",
                "kube_node_labels",
                "kube_node_status_capacity",
                "kube_pod_start_time",
                "kube_pod_completion_time",
                "kube_pod_status_phase",
                "kube_pod_container_resource_requests",
                "kube_replicaset_owner",
                "kube_deployment_spec_replicas",
                "kube_horizontalpodautoscaler_info",
            ];
            return list(&names.map(|name| format!("\"{name}\"")).join(","));
        }
        "labels" => {
            return list(&format!("\"{e}pod\",\"{e}namespace\",\"uid\",\"node\",\"{e}container\""));
        }
        "series" => {
            return list(&match seen.field("match[]") {
                of if of.starts_with("kube_node_info") => {
                    r#"{"node":"n1","provider_id":"aws:///z/i-0abc"}"#.to_owned()
                }
                of if of.starts_with("kube_node_labels") => {
                    r#"{"node":"n1","label_node_kubernetes_io_instance_type":"g5.xlarge"}"#
                        .to_owned()
                }
                of if of.starts_with("kube_replicaset_owner") => format!(
                    r#"{{"{e}namespace":"serving","replicaset":"chat-7d9f8","owner_kind":"Deployment","owner_name":"chat"}}"#
                ),
                of if of.starts_with("kube_horizontalpodautoscaler_info") => format!(
                    r#"{{"{e}namespace":"serving","horizontalpodautoscaler":"h","scaletargetref_kind":"Deployment","scaletargetref_name":"other"}}"#
                ),
                _ => String::new(),
            });
        }
        _ => {}
    }
    let query = seen.field("query");
    let is = |words: &str| query.contains(words);
    if is("timestamp(kube_node_info") {
        vector(&value(r#""node":"n1""#, "172740"))
    } else if is("kube_node_status_capacity") {
        vector(&value(r#""node":"n1","resource":"nvidia_com_gpu""#, "2"))
    } else if is("count_over_time(kube_pod_info") {
        let with = |name: &str, kind: &str, owner: &str| {
            value(
                &format!(
                    r#"{},"node":"n1","created_by_kind":"{kind}","created_by_name":"{owner}""#,
                    pod(name)
                ),
                "9",
            )
        };
        vector(
            &[with("chat-7d9f8-aa", "ReplicaSet", "chat-7d9f8"), with("eval-bb", "Job", "eval")]
                .join(","),
        )
    } else if is("timestamp(kube_pod_info") {
        both("172740", "172740")
    } else if is("kube_pod_container_resource_requests") {
        let of = |name: &str, container: &str, count: &str| {
            value(
                &format!(
                    r#"{},"{e}container":"{container}","resource":"nvidia_com_gpu""#,
                    pod(name)
                ),
                count,
            )
        };
        vector(
            &[
                of("chat-7d9f8-aa", "a", "1"),
                of("chat-7d9f8-aa", "b", "1"),
                of("eval-bb", "a", "1"),
            ]
            .join(","),
        )
    } else if is("kube_pod_start_time") {
        both("40000", "90000")
    } else if is("kube_pod_completion_time") {
        vector(&value(&pod("eval-bb"), "100000"))
    } else if is("kube_pod_status_phase") {
        both("172500", "99900")
    } else if is("kube_deployment_spec_replicas") {
        vector(&value(&format!(r#""{e}namespace":"serving","deployment":"chat""#), "3"))
    } else {
        vector("")
    }
}

fn observed(exported: &'static str) -> (Observed, Vec<String>) {
    let fake = Fake::start(move |seen| answer(seen, exported));
    let task = Progress::hidden().task("test", 1);
    let observed = run(observe(&fake.server(), DAY, &task)).unwrap();
    let queries =
        fake.seen().into_iter().map(|seen| seen.field("query")).filter(|query| !query.is_empty());
    (observed, queries.collect())
}

fn key(name: &str) -> PodKey {
    PodKey { namespace: "serving".to_owned(), name: name.to_owned(), uid: format!("u-{name}") }
}

fn owner(kind: &str, name: &str) -> OwnerKey {
    OwnerKey { namespace: "serving".to_owned(), kind: kind.to_owned(), name: name.to_owned() }
}

#[test]
fn nodes_pods_and_owners_come_together() {
    let (Observed { cluster, unread, .. }, _) = observed("");
    assert!(unread.is_empty());
    let node = &cluster.nodes["n1"];
    assert_eq!(node.provider_id.as_deref(), Some("aws:///z/i-0abc"));
    assert_eq!(node.labels["node.kubernetes.io/instance-type"], "g5.xlarge");
    assert_eq!((node.capacity["nvidia.com/gpu"], node.gone_at), (2.0, None));
    let chat = &cluster.pods[&key("chat-7d9f8-aa")];
    assert_eq!(chat.owner, Some(owner("deployment", "chat")));
    assert_eq!((chat.started_at, chat.ended_at), (Some(InstantMs(40_000_000)), None));
    let eval = &cluster.pods[&key("eval-bb")];
    assert_eq!(eval.owner, Some(owner("job", "eval")));
    assert_eq!(eval.ended_at, Some(InstantMs(100_000_000)));
    let deployment = &cluster.owners[&owner("deployment", "chat")];
    assert_eq!(deployment.replica_count, Some(3.0));
    assert_eq!(deployment.scaling, Some(Scaling::None), "scalers are known and none names it");
    assert_eq!(cluster.owners[&owner("job", "eval")].scaling, None);
}

#[test]
fn containers_of_a_pod_add_up_also_where_their_labels_had_to_make_way() {
    for exported in ["", "exported_"] {
        let (Observed { cluster, .. }, _) = observed(exported);
        let requests = &cluster.pods[&key("chat-7d9f8-aa")].requests;
        assert_eq!(requests.get("nvidia.com/gpu"), Some(&2.0), "{exported}");
    }
}

#[test]
fn one_value_per_pod_comes_over_the_wire() {
    let (_, queries) = observed("");
    for expected in [
        r#"sum by (namespace,pod,uid,node,created_by_kind,created_by_name) (count_over_time(kube_pod_info{node=~"n1"}[24h]))"#,
        r#"max by (namespace,pod,uid) (max_over_time(timestamp(kube_pod_info{node=~"n1"})[24h:5m]))"#,
        r#"max by (namespace,pod,uid) (max_over_time(timestamp(kube_pod_status_phase{pod=~"chat-7d9f8-aa|eval-bb",phase="Running"} == 1)[24h:5m]))"#,
        r#"max by (namespace,pod,uid) (max_over_time(kube_pod_start_time{pod=~"chat-7d9f8-aa|eval-bb"}[24h]))"#,
        r#"max by (namespace,deployment) (last_over_time(kube_deployment_spec_replicas{deployment=~"chat"}[1h]))"#,
    ] {
        assert!(
            queries.iter().any(|query| query == expected),
            "{expected} is not among {queries:#?}"
        );
    }
}

#[test]
fn a_server_without_anything_of_a_cluster_is_asked_no_more() {
    let fake = Fake::start(|_| list(""));
    let task = Progress::hidden().task("test", 1);
    let observed = run(observe(&fake.server(), DAY, &task)).unwrap();
    assert!(observed.cluster.nodes.is_empty() && !observed.metrics.has_accelerators());
    assert_eq!(fake.seen().len(), 1);
}

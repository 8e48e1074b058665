//! What is said of clusters that show all, some or nothing.

use std::collections::BTreeMap;

use super::{Discovery, Metric, cluster, manifest, telemetry};
use crate::provider::{
    call::CallError,
    contract::{Check, CheckState},
    kubernetes::{
        api::KINDS,
        model::{Node, Quantities},
    },
};

/// `state what: found`, one per line.
fn said(checks: &[Check]) -> String {
    let line = |check: &Check| format!("{:?} {}: {}\n", check.state, check.what, check.found);
    checks.iter().map(line).collect()
}

fn discovery(metrics: &[(&str, u64, &[&str])]) -> Discovery {
    let metric = |(name, series_count, labels): &(&str, u64, &[&str])| {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        ((*name).to_owned(), Metric { series_count: *series_count, labels })
    };
    Discovery { cluster: "prod".to_owned(), metrics: metrics.iter().map(metric).collect() }
}

#[test]
fn an_empty_server_lacks_the_exporter_first() {
    let checks = telemetry(&discovery(&[]));
    insta::assert_snapshot!(said(&checks), @"
    Missing use of GPUs in prod: no series of DCGM_FI_DEV_GPU_UTIL or DCGM_FI_PROF_GR_ENGINE_ACTIVE or DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO
    Less kube-state-metrics of prod: no series
    Less serving engines in prod: no metric of vLLM, TGI, Triton or SGLang
    ");
    assert!(checks[0].remedy.contains("helm install dcgm-exporter"));
}

#[test]
fn default_exporters_lack_activity_and_labels() {
    let gpu: &[&str] = &["gpu", "UUID", "Hostname", "exported_pod", "exported_namespace", "pod"];
    let checks = telemetry(&discovery(&[
        ("DCGM_FI_DEV_GPU_UTIL", 48, gpu),
        ("DCGM_FI_DEV_FB_USED", 48, gpu),
        ("DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO", 48, gpu),
        ("kube_pod_info", 900, &["pod", "namespace", "node"]),
        ("kube_pod_owner", 900, &["pod", "namespace"]),
        ("kube_replicaset_owner", 300, &["replicaset"]),
        ("kube_pod_container_resource_requests", 2000, &["resource"]),
        ("kube_node_status_allocatable", 60, &["resource"]),
        ("kube_node_labels", 12, &["node"]),
        ("vllm:num_requests_running", 8, &["model_name"]),
    ]));
    insta::assert_snapshot!(said(&checks), @"
    Good use of GPUs in prod: 48 series of DCGM_FI_DEV_GPU_UTIL
    Good engine activity of GPUs in prod: 48 series of DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO
    Less activity of multiprocessors in prod: no series of DCGM_FI_PROF_SM_ACTIVE or DCGM_FI_PROF_SM_UTIL_RATIO
    Good memory of GPUs in prod: 48 series of DCGM_FI_DEV_FB_USED
    Good pods on the series of GPUs in prod: labels exported_pod and exported_namespace
    Good pods and their nodes in prod: 900 series of kube_pod_info
    Good owners of pods in prod: 900 series of kube_pod_owner
    Good owners of replica sets in prod: 300 series of kube_replicaset_owner
    Good requests of pods in prod: 2000 series of kube_pod_container_resource_requests
    Good what nodes offer in prod: 60 series of kube_node_status_allocatable
    Less kube_node_labels in prod: no label that begins with label_node_kubernetes_io_instance_type
    Less kube_pod_labels in prod: no label that begins with label_
    Good serving engines in prod: metrics of vLLM
    ");
}

#[test]
fn series_without_a_pod_need_the_kubelet() {
    let checks = telemetry(&discovery(&[("DCGM_FI_DEV_GPU_UTIL", 48, &["gpu", "UUID"])]));
    let pods = checks.iter().find(|check| check.what.starts_with("pods on the series")).unwrap();
    assert_eq!((pods.state, pods.hides.as_str()), (CheckState::Less, "which pod uses a GPU"));
    assert!(pods.remedy.contains("DCGM_EXPORTER_KUBERNETES"));
}

/// A node with these labels, separated by spaces, and one resource.
fn node(name: &str, labels: &str, resource: &str, count: f64) -> (String, Node) {
    let labels = labels.split_whitespace().map(|pair| {
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    });
    let capacity: Quantities = [(resource.to_owned(), count)].into();
    let node = Node {
        provider_id: Some("aws:///eu-west-1a/i-0aaaaaaaaaaaaaaaa".to_owned()),
        labels: labels.collect(),
        allocatable: capacity.clone(),
        capacity,
        ..Node::default()
    };
    (name.to_owned(), node)
}

#[test]
fn machines_are_named_that_do_not_say_what_they_are() {
    let full = "nvidia.com/gpu.product=NVIDIA-A10G nvidia.com/gpu.count=1 karpenter.sh/capacity-type=spot \
                node.kubernetes.io/instance-type=g5.2xlarge";
    let sliced =
        format!("{full} nvidia.com/gpu.replicas=4 nvidia.com/gpu.sharing-strategy=time-slicing");
    let checks = cluster::nodes(
        "prod",
        &[
            node("a", full, "nvidia.com/gpu", 1.0),
            node("b", &sliced, "nvidia.com/gpu", 4.0),
            node("c", "", "nvidia.com/gpu", 8.0),
            node(
                "d",
                &format!("{full} nvidia.com/mig.strategy=mixed"),
                "nvidia.com/mig-1g.10gb",
                7.0,
            ),
            node("e", full, "nvidia.com/gpu", 0.0),
        ],
    );
    insta::assert_snapshot!(said(&checks), @"
    Good accelerators of prod: 5 nodes: 4 × NVIDIA-A10G, 1 × nvidia.com/gpu
    Less device plugin of prod: lacking on 1 of 5 nodes: e
    Less GPU feature discovery of prod: lacking on 1 of 5 nodes: c
    Less machine types of prod: lacking on 1 of 5 nodes: c
    Less capacity types of prod: lacking on 1 of 5 nodes: c
    Less shared GPUs of prod: on 1 node by time-slicing, 4 pods to each
    Good MIG instances of prod: on 1 node, strategy mixed
    ");
}

#[test]
fn a_cluster_without_accelerators_says_so() {
    let checks = cluster::nodes("prod", &[]);
    assert_eq!(said(&checks), "Less accelerators of prod: no node has any\n");
}

#[test]
fn refusals_that_hide_the_same_are_said_once() {
    let answer = |resource: &str| match resource {
        "deployments" | "replicasets" | "jobs" | "cronjobs" | "nodes" => {
            let (operation, reason) = (format!("list {resource}"), "status 403: no".to_owned());
            Err(CallError::Refused { operation, reason })
        }
        "scaledobjects" | "rollouts" => {
            let (operation, reason) = (format!("list {resource}"), "status 404".to_owned());
            Err(CallError::Absent { operation, reason })
        }
        _ => Ok(()),
    };
    let answers: Vec<_> = KINDS.iter().map(|kind| (*kind, answer(kind.resource))).collect();
    let checks = cluster::permissions("prod", &answers);
    insta::assert_snapshot!(said(&checks), @"
    Good permissions in prod: 25 kinds of objects can be listed, 2 are not installed
    Less permission to list nodes in prod: list nodes was refused: status 403: no
    Less permission to list replicasets, deployments, jobs and 1 more in prod: list replicasets was refused: status 403: no
    ");
    assert!(checks[1].remedy.contains("ai-cost permissions kubernetes"));
}

/// What follows the sentence of a remedy.
fn yaml(remedy: &str) -> BTreeMap<String, serde_json::Value> {
    let (_, manifest) = remedy.split_once('\n').unwrap();
    serde_saphyr::from_str(manifest).unwrap()
}

#[test]
fn manifests_are_yaml_of_at_most_71_columns() {
    let counters = yaml(&manifest::counters());
    let csv = counters["data"]["counters.csv"].as_str().unwrap();
    assert!(csv.contains("\nDCGM_FI_PROF_SM_ACTIVE, gauge, "), "{csv}");
    assert_eq!(yaml(&manifest::pod_labels())["endpoints"][0]["honorLabels"], true);
    assert_eq!(yaml(&manifest::engines())["kind"], "PodMonitor");
    let arguments = yaml(&manifest::label_allowlist());
    let argument = arguments["extraArgs"][0].as_str().unwrap();
    assert!(
        argument.starts_with(
            "--metric-labels-allowlist=nodes=[node.kubernetes.io/instance-type,topology"
        )
    );
    assert!(argument.ends_with("],pods=[app.kubernetes.io/name,app.kubernetes.io/part-of,team]"));
    assert!(!argument.contains(' '), "{argument}");
    for remedy in [
        manifest::counters(),
        manifest::pod_labels(),
        manifest::engines(),
        manifest::label_allowlist(),
        manifest::exporter(),
        manifest::feature_discovery(),
        manifest::state_metrics(),
    ] {
        let wide: Vec<&str> =
            remedy.lines().skip(1).filter(|line| line.chars().count() > 71).collect();
        assert_eq!(wide, Vec::<&str>::new());
    }
}

//! Nodes, workloads and pods.

use super::{amounts, at, cloud_node, cluster, inventory, no_engines, owner, pod, pod_name, text};
use crate::provider::kubernetes::{
    model::{Node, Owner, Pod, Scaling},
    telemetry::{Device, Devices},
};

#[test]
fn a_node_is_a_resource_with_the_machine_beneath_it() {
    let cluster = cluster(&[("n1", cloud_node())], &[]);
    let rows = inventory(&cluster, &Devices::new(), no_engines()).node_rows();
    let row = &rows[0];
    assert_eq!(row.resource_id, "kubernetes:prod:eu-west-1:node/n1");
    assert_eq!((row.kind.as_str(), row.account_id.as_str()), ("node", "prod"));
    assert_eq!(row.instance_type.as_deref(), Some("g5.12xlarge"));
    assert_eq!(row.machine_provider.as_deref(), Some("aws"));
    assert_eq!(row.backed_by.as_deref(), Some("aws:///eu-west-1a/i-0abc"));
    assert_eq!(row.purchase_option.as_deref(), Some("spot"));
    assert_eq!(row.gpu_model.as_deref(), Some("A10G"));
    assert_eq!((row.gpu_count, row.gpu_mem_gib_per_gpu), (Some(4.0), Some(23_028.0 / 1024.0)));
    assert_eq!((row.vcpu_count, row.mem_gib), (Some(48), Some(192.0)));
    assert_eq!((row.state.as_deref(), row.launched_at), (Some("running"), Some(at(50.0))));
}

#[test]
fn a_node_that_vanished_was_stopped_then_and_bare_metal_has_no_cloud() {
    let node = Node {
        gone_at: Some(at(104.0)),
        capacity: amounts(&[("nvidia.com/gpu", 8.0)]),
        ..Node::default()
    };
    let cluster = cluster(&[("metal-1", node)], &[]);
    let rows = inventory(&cluster, &Devices::new(), no_engines()).node_rows();
    let row = &rows[0];
    assert_eq!(row.resource_id, "kubernetes:prod:global:node/metal-1");
    assert_eq!((row.state.as_deref(), row.stopped_at), (Some("stopped"), Some(at(104.0))));
    assert_eq!(
        (&row.machine_provider, &row.backed_by, &row.purchase_option),
        (&None, &None, &None)
    );
}

#[test]
fn a_node_without_accelerators_is_none_of_ours() {
    let node = Node { capacity: amounts(&[("cpu", 8.0)]), ..Node::default() };
    let cluster = cluster(&[("cpu-1", node)], &[("web-1", pod("cpu-1", None, 0.0, 90.0, None))]);
    let inventory = inventory(&cluster, &Devices::new(), no_engines());
    assert!(inventory.node_rows().is_empty());
    assert!(inventory.pod_rows().is_empty());
}

#[test]
fn a_deployment_is_a_workload_with_what_its_pods_agree_on() {
    let chat = owner("deployment", "chat");
    let mut cluster = cluster(
        &[("n1", cloud_node())],
        &[
            ("chat-1", pod("n1", Some(chat.clone()), 1.0, 90.0, None)),
            ("chat-2", pod("n1", Some(chat.clone()), 1.0, 95.0, Some(105.0))),
        ],
    );
    let scaling = Scaling::Scaler {
        kind: "HorizontalPodAutoscaler",
        min_count: Some(1.0),
        max_count: Some(4.0),
        has_schedule: false,
    };
    cluster.owners.insert(
        chat,
        Owner {
            labels: text(&[("team", "search")]),
            replica_count: Some(1.0),
            scaling: Some(scaling),
            ..Owner::default()
        },
    );
    let engines = [pod_name("chat-1")].into();
    let rows = inventory(&cluster, &Devices::new(), &engines).workload_resource_rows();
    let row = &rows[0];
    assert_eq!(row.resource_id, "kubernetes:prod:eu-west-1:serving/deployment/chat");
    assert_eq!((row.kind.as_str(), row.name.as_deref()), ("workload", Some("serving/chat")));
    assert_eq!((row.gpu_count, row.unit_count), (Some(1.0), Some(1.0)));
    assert_eq!((row.has_scaling, row.scaling_min_count), (Some(true), Some(1.0)));
    assert_eq!(row.has_preallocated_memory, Some(true));
    assert_eq!(row.tags_json, r#"{"team":"search"}"#);
    assert_eq!((row.launched_at, row.state.as_deref()), (Some(at(90.0)), Some("running")));
}

#[test]
fn what_is_not_known_of_a_workload_stays_open() {
    let cluster =
        cluster(&[("n1", cloud_node())], &[("bare", pod("n1", None, 2.0, 101.0, Some(103.0)))]);
    let rows = inventory(&cluster, &Devices::new(), no_engines()).workload_resource_rows();
    let row = &rows[0];
    assert_eq!(row.resource_id, "kubernetes:prod:eu-west-1:serving/pod/bare");
    assert_eq!(
        (row.has_scaling, row.scaling_min_count, row.has_preallocated_memory),
        (None, None, None)
    );
    assert_eq!((row.state.as_deref(), row.stopped_at), (Some("completed"), Some(at(103.0))));
}

#[test]
fn every_pod_on_a_node_with_accelerators_is_listed_and_shares_add_up_to_the_accelerators() {
    let mut shared = cloud_node();
    shared.labels.insert("nvidia.com/gpu.count".to_owned(), "1".to_owned());
    shared.labels.insert("nvidia.com/gpu.replicas".to_owned(), "4".to_owned());
    let pods: Vec<(String, Pod)> = (0..4)
        .map(|number| {
            (
                format!("tiny-{number}"),
                pod("n1", Some(owner("deployment", "tiny")), 1.0, 90.0, None),
            )
        })
        .collect();
    let mut list: Vec<(&str, Pod)> =
        pods.iter().map(|(name, pod)| (name.as_str(), pod.clone())).collect();
    list.push(("logs", pod("n1", Some(owner("daemonset", "logs")), 0.0, 90.0, None)));
    let cluster = cluster(&[("n1", shared)], &list);
    let rows = inventory(&cluster, &Devices::new(), no_engines()).pod_rows();
    assert_eq!(rows.len(), 5);
    let held: f64 = rows.iter().filter_map(|row| row.gpu_requested_count).sum();
    assert!((held - 1.0).abs() < 1e-9);
    let logs = rows.iter().find(|row| row.name == "logs").unwrap();
    assert_eq!((logs.kind.as_deref(), logs.gpu_requested_count), (Some("daemonset"), None));
    assert_eq!(logs.resource_id.as_deref(), Some("kubernetes:prod:eu-west-1:node/n1"));
    assert_eq!(logs.workload_id, "kubernetes:prod:eu-west-1:serving/daemonset/logs");
}

#[test]
fn without_any_label_the_driver_says_which_model_and_how_many() {
    let device = Device { model: Some("NVIDIA H100 80GB HBM3".to_owned()), ..Device::default() };
    let devices: Devices = [("n1".to_owned(), [(0, device.clone()), (1, device)].into())].into();
    let cluster = cluster(&[("n1", Node::default())], &[]);
    let rows = inventory(&cluster, &devices, no_engines()).node_rows();
    assert_eq!((rows[0].gpu_model.as_deref(), rows[0].gpu_count), (Some("H100-80GB"), Some(2.0)));
}

//! Endpoints that several models share, and accelerators that are cut into parts.

use super::{arn, at, config, endpoint, no_scaling, only, read, variant};
use crate::{
    frame::WorkloadRow,
    provider::aws::{
        observed::MetricSource,
        sagemaker::wire::{
            Component, Endpoint, ManagedScaling, Policy, Region, Scaling, Target, Variant,
        },
    },
};

fn component(name: &str, copies: i32, gpus: f32) -> Component {
    Component {
        arn: arn(&format!("inference-component/{name}")),
        name: name.to_owned(),
        endpoint_name: "Chat".to_owned(),
        variant_name: "main".to_owned(),
        created_at: Some(at(-100)),
        copy_count: Some(copies),
        gpu_count: Some(gpus),
        mem_mib: Some(4096),
        ..Component::default()
    }
}

/// Two machines that follow the models on them, from `min` to four.
fn managed(min: i32) -> Endpoint {
    let scaling = ManagedScaling { is_enabled: true, min_count: Some(min), max_count: Some(4) };
    let scaled = Variant { managed_scaling: Some(scaling), ..variant("main", 2) };
    Endpoint { variants: vec![scaled], ..endpoint() }
}

/// A policy that takes copies of a model down to `min`.
fn scaled(name: &str, min: i32) -> Scaling {
    let resource = format!("inference-component/{name}");
    let target = Target { resource: resource.clone(), min_count: min, ..Target::default() };
    let policy = Policy { resource, is_in_disabled: false };
    Scaling { targets: Some(vec![target]), policies: Some(vec![policy]), ..no_scaling() }
}

/// Whether it scales, and to how few.
fn scaling(region: &Region) -> (Option<bool>, Option<f64>) {
    let row = &read(region).resources[0];
    (row.has_scaling, row.scaling_min_count)
}

#[test]
fn what_models_hold_adds_up_so_that_the_rest_of_the_endpoint_is_seen_to_be_free() {
    let components = Some(vec![component("chat", 2, 1.0), component("embed", 1, 0.5)]);
    let seen = read(&Region { components, ..only(endpoint()) });
    let expected = WorkloadRow {
        workload_id: "aws:111122223333:eu-west-1:inference-component/chat".to_owned(),
        cluster: "sagemaker".to_owned(),
        name: "chat".to_owned(),
        resource_id: Some("aws:111122223333:eu-west-1:endpoint/chat".to_owned()),
        kind: Some("inference_component".to_owned()),
        gpu_requested_count: Some(2.0),
        mem_requested_gib: Some(8.0),
        started_at: at(-100),
        ..WorkloadRow::default()
    };
    assert_eq!(seen.workloads[0], expected);
    // Of two machines with four accelerators each, five and a half are free.
    let held: f64 = seen.workloads.iter().filter_map(|work| work.gpu_requested_count).sum();
    let row = &seen.resources[0];
    let free = row.unit_count.unwrap() * row.gpu_count.unwrap() - held;
    assert!((free - 5.5).abs() < 1e-9, "{free}");
    assert_eq!(seen.resources.len(), 1);
}

#[test]
fn each_model_sends_metrics_of_its_own_for_the_endpoint() {
    let components = Some(vec![component("chat", 2, 1.0)]);
    let seen = read(&Region { components, ..only(endpoint()) });
    let sources: Vec<&MetricSource> = seen.metered.iter().map(|metered| &metered.source).collect();
    let [MetricSource::Variant { .. }, MetricSource::Component { component_name, .. }] =
        sources.as_slice()
    else {
        panic!("{sources:?}")
    };
    assert_eq!(component_name, "chat");
    let ids: Vec<&str> = seen.metered.iter().map(|metered| metered.resource_id.as_str()).collect();
    assert_eq!(ids, ["aws:111122223333:eu-west-1:endpoint/chat"; 2]);
    assert_eq!(seen.metered[1].gpu_count, Some(4.0));
}

#[test]
fn a_model_of_another_endpoint_is_not_counted() {
    let other = Component { endpoint_name: "Other".to_owned(), ..component("chat", 2, 1.0) };
    let seen = read(&Region { components: Some(vec![other]), ..only(endpoint()) });
    assert_eq!((seen.workloads.len(), seen.metered.len()), (0, 1));
}

#[test]
fn parts_of_accelerators_are_neither_divided_by_nor_counted_as_whole_ones() {
    let main = Variant { is_partitioned: true, ..variant("main", 2) };
    let shared = Component { is_partitioned: true, ..component("chat", 3, 1.0) };
    let region = only(Endpoint {
        variants: vec![main],
        config: Some(vec![config("main", "ml.p4d.24xlarge")]),
        ..endpoint()
    });
    let seen = read(&Region { components: Some(vec![shared]), ..region });
    assert_eq!(seen.resources[0].gpu_count, Some(8.0));
    let metered = &seen.metered[0];
    assert_eq!((metered.gpu_count, metered.gpu_mem_gib_per_gpu), (None, None));
    assert_eq!(seen.workloads[0].gpu_requested_count, None);
}

#[test]
fn machines_follow_models_that_scale_to_zero_down_to_their_own_limit() {
    let components = || Some(vec![component("chat", 2, 1.0)]);
    let region = |min, scaling| Region { components: components(), scaling, ..only(managed(min)) };
    assert_eq!(scaling(&region(0, scaled("chat", 0))), (Some(true), Some(0.0)));
    assert_eq!(scaling(&region(2, scaled("chat", 0))), (Some(true), Some(2.0)));
    // One copy needs a machine.
    assert_eq!(scaling(&region(0, scaled("chat", 1))), (Some(true), Some(1.0)));
}

#[test]
fn a_model_that_does_not_scale_keeps_a_machine_for_the_others() {
    let components = Some(vec![component("chat", 2, 1.0), component("embed", 1, 0.5)]);
    let scaling_of_chat = scaled("chat", 0);
    let region = Region { components, scaling: scaling_of_chat, ..only(managed(0)) };
    assert_eq!(scaling(&region), (Some(true), Some(1.0)));
}

#[test]
fn machines_that_follow_models_of_which_none_scales_stay() {
    let components = Some(vec![component("chat", 2, 1.0)]);
    let region = Region { components, ..only(managed(0)) };
    assert_eq!(scaling(&region), (Some(false), None));
}

#[test]
fn machines_that_wait_for_models_go_down_to_their_limit() {
    assert_eq!(scaling(&only(managed(0))), (Some(true), Some(0.0)));
}

#[test]
fn where_models_are_not_known_neither_is_scaling() {
    let region = Region { components: None, ..only(managed(0)) };
    assert_eq!(scaling(&region), (None, None));
}

#[test]
fn models_that_scale_on_machines_that_do_not_save_nothing() {
    let components = Some(vec![component("chat", 2, 1.0)]);
    let region = Region { components, scaling: scaled("chat", 0), ..only(endpoint()) };
    assert_eq!(scaling(&region), (Some(false), None));
}

#[test]
fn limits_that_are_equal_scale_nothing() {
    let components = Some(vec![component("chat", 2, 1.0)]);
    let region = Region { components, scaling: scaled("chat", 0), ..only(managed(4)) };
    assert_eq!(scaling(&region), (Some(false), None));
}

//! Endpoints: what they run on, in which state, and how they are paid.

use super::{arn, at, config, endpoint, no_scaling, only, read, variant};
use crate::{
    frame::ResourceRow,
    provider::aws::{
        observed::MetricSource,
        sagemaker::wire::{Endpoint, Pool, Region, Reservation, Serverless, Variant},
    },
};

fn row(endpoint: Endpoint) -> ResourceRow {
    let mut rows = read(&only(endpoint)).resources;
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

/// Machine type, accelerators of one machine, machines.
fn machines(row: &ResourceRow) -> (Option<&str>, Option<f64>, Option<f64>) {
    (row.instance_type.as_deref(), row.gpu_count, row.unit_count)
}

#[test]
fn an_endpoint_is_one_row_named_as_bills_name_it() {
    let expected = ResourceRow {
        resource_id: "aws:111122223333:eu-west-1:endpoint/chat".to_owned(),
        provider: "aws".to_owned(),
        account_id: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        name: Some("Chat".to_owned()),
        instance_type: Some("ml.g5.12xlarge".to_owned()),
        kind: "endpoint".to_owned(),
        state: Some("running".to_owned()),
        purchase_option: Some("on_demand".to_owned()),
        launched_at: Some(at(-1440)),
        gpu_model: Some("A10G".to_owned()),
        gpu_count: Some(4.0),
        gpu_mem_gib_per_gpu: Some(22.35),
        vcpu_count: Some(48),
        mem_gib: Some(192.0),
        unit_count: Some(2.0),
        has_scaling: Some(false),
        serving_mode: Some("real_time".to_owned()),
        tags_json: r#"{"team":"search"}"#.to_owned(),
        ..ResourceRow::default()
    };
    assert_eq!(row(endpoint()), expected);
}

#[test]
fn a_machine_type_that_only_ec2_lists_has_the_accelerators_of_ec2() {
    let config = Some(vec![config("main", "ml.p6-b200.48xlarge")]);
    let row = row(Endpoint { config, ..endpoint() });
    assert_eq!(machines(&row), (Some("ml.p6-b200.48xlarge"), Some(8.0), Some(2.0)));
    assert_eq!(row.gpu_model.as_deref(), Some("B200"));
}

#[test]
fn a_machine_type_that_nobody_knows_is_passed_on_and_its_accelerators_stay_open() {
    let row = row(Endpoint { config: Some(vec![config("main", "ml.p9.96xlarge")]), ..endpoint() });
    assert_eq!(machines(&row), (Some("ml.p9.96xlarge"), None, Some(2.0)));
}

#[test]
fn without_its_configuration_the_machine_type_is_not_known() {
    let row = row(Endpoint { config: None, ..endpoint() });
    assert_eq!(machines(&row), (None, None, Some(2.0)));
    assert_eq!(row.state.as_deref(), Some("running"));
}

#[test]
fn of_several_machine_types_none_is_named_but_what_they_share() {
    let pool =
        |name: &str, count| Pool { instance_type: name.to_owned(), instance_count: Some(count) };
    let pools = vec![pool("ml.g5.12xlarge", 3), pool("ml.g5.24xlarge", 0)];
    let mixed = Variant { pools, instance_count: None, ..variant("main", 0) };
    let region = only(Endpoint { variants: vec![mixed], config: None, ..endpoint() });
    let seen = read(&region);
    assert_eq!(machines(&seen.resources[0]), (None, Some(4.0), Some(3.0)));
    assert_eq!(seen.resources[0].gpu_model.as_deref(), Some("A10G"));
    // Which type sent a sum over accelerators is not told.
    assert_eq!(seen.metered[0].gpu_count, None);
}

#[test]
fn variants_on_different_machines_have_no_common_type() {
    let region = only(Endpoint {
        variants: vec![variant("main", 2), variant("small", 1)],
        config: Some(vec![config("main", "ml.g5.12xlarge"), config("small", "ml.g5.xlarge")]),
        ..endpoint()
    });
    let seen = read(&region);
    assert_eq!(machines(&seen.resources[0]), (None, None, Some(3.0)));
    let counts: Vec<Option<f64>> = seen.metered.iter().map(|metered| metered.gpu_count).collect();
    assert_eq!(counts, [Some(4.0), Some(1.0)]);
}

#[test]
fn a_shadow_is_paid_like_the_others_and_has_no_clients() {
    let shadow = Variant { is_shadow: true, ..variant("next", 1) };
    let region = only(Endpoint {
        variants: vec![variant("main", 2), shadow],
        config: Some(vec![config("main", "ml.g5.xlarge"), config("next", "ml.g5.xlarge")]),
        ..endpoint()
    });
    let seen = read(&region);
    assert_eq!(seen.resources[0].unit_count, Some(3.0));
    let shadows: Vec<bool> = seen
        .metered
        .iter()
        .map(|metered| matches!(metered.source, MetricSource::Variant { is_shadow: true, .. }))
        .collect();
    assert_eq!(shadows, [false, true]);
}

#[test]
fn whether_a_failed_endpoint_holds_machines_is_not_known_so_it_has_no_price() {
    let failed = Endpoint { status: Some("Failed".to_owned()), variants: vec![], ..endpoint() };
    let row = row(failed);
    assert_eq!((row.state.as_deref(), row.launched_at), (None, Some(at(-1440))));
    assert_eq!(machines(&row), (None, Some(4.0), None));
}

#[test]
fn a_failed_endpoint_that_reports_machines_keeps_them() {
    let row = row(Endpoint { status: Some("Failed".to_owned()), ..endpoint() });
    assert_eq!(row.state, None);
    assert_eq!(machines(&row), (Some("ml.g5.12xlarge"), Some(4.0), Some(2.0)));
}

#[test]
fn updates_go_on_while_it_serves_and_other_states_are_open() {
    let state =
        |status: &str| row(Endpoint { status: Some(status.to_owned()), ..endpoint() }).state;
    for status in ["InService", "Updating", "SystemUpdating", "RollingBack"] {
        assert_eq!(state(status).as_deref(), Some("running"), "{status}");
    }
    for status in ["OutOfService", "Creating", "Deleting", "UpdateRollbackFailed", "Hibernated"] {
        assert_eq!(state(status), None, "{status}");
    }
}

#[test]
fn an_endpoint_that_was_only_listed_says_nothing_of_machines_or_scaling() {
    let listed = Endpoint {
        arn: arn("endpoint/Chat"),
        name: "Chat".to_owned(),
        status: Some("InService".to_owned()),
        ..Endpoint::default()
    };
    let row = row(listed);
    assert_eq!(machines(&row), (None, None, None));
    assert_eq!((row.serving_mode, row.has_scaling, row.purchase_option), (None, None, None));
    assert_eq!((row.state.as_deref(), row.tags_json.as_str()), (Some("running"), "{}"));
}

#[test]
fn an_asynchronous_endpoint_at_zero_has_no_machine() {
    let row = row(Endpoint {
        is_asynchronous: Some(true),
        variants: vec![variant("main", 0)],
        ..endpoint()
    });
    assert_eq!(row.serving_mode.as_deref(), Some("asynchronous"));
    assert_eq!(row.unit_count, Some(0.0));
}

#[test]
fn a_serverless_endpoint_has_no_machines_and_scales_by_itself() {
    let serverless = Some(Serverless { provisioned_count: None });
    let main = Variant { serverless, instance_count: None, ..variant("main", 0) };
    let region = only(Endpoint { variants: vec![main], ..endpoint() });
    let seen = read(&region);
    let row = &seen.resources[0];
    assert_eq!(row.serving_mode.as_deref(), Some("serverless"));
    assert_eq!(machines(row), (None, None, None));
    assert_eq!((row.has_scaling, row.scaling_min_count), (Some(true), Some(0.0)));
    let source = &seen.metered[0].source;
    assert!(matches!(
        source,
        MetricSource::Variant { is_serverless: true, replica_count: None, .. }
    ));
}

#[test]
fn copies_that_wait_on_a_serverless_endpoint_are_units_that_nothing_scales() {
    let serverless = Some(Serverless { provisioned_count: Some(5) });
    let main = Variant { serverless, instance_count: None, ..variant("main", 0) };
    let row = row(Endpoint { variants: vec![main], ..endpoint() });
    assert_eq!(row.serving_mode.as_deref(), Some("serverless"));
    assert_eq!(machines(&row), (None, None, Some(5.0)));
    assert_eq!((row.has_scaling, row.scaling_min_count), (Some(false), None));
}

#[test]
fn machines_within_capacity_paid_in_advance_are_committed() {
    let paid = |is_only, used_count| {
        let reservation = Some(Reservation { arn: Some(arn("x")), is_only, used_count });
        let main = Variant { reservation, ..variant("main", 2) };
        row(Endpoint { variants: vec![main], ..endpoint() }).purchase_option
    };
    assert_eq!(paid(true, None).as_deref(), Some("committed"));
    assert_eq!(paid(false, Some(2)).as_deref(), Some("committed"));
    assert_eq!(paid(false, Some(0)).as_deref(), Some("on_demand"));
    assert_eq!(paid(false, Some(1)), None);
    assert_eq!(paid(false, None), None);
}

#[test]
fn an_engine_that_takes_memory_in_advance_is_told_by_the_image() {
    let with = |image: &str| {
        let main = Variant { images: vec![image.to_owned()], ..variant("main", 2) };
        row(Endpoint { variants: vec![main], ..endpoint() }).has_preallocated_memory
    };
    assert_eq!(with("example/djl-inference:0.30-lmi"), Some(true));
    assert_eq!(with("example/pytorch-inference:2.3"), Some(false));
    assert_eq!(row(endpoint()).has_preallocated_memory, None);
}

#[test]
fn replicas_are_fixed_only_if_nothing_changed_the_endpoint_in_the_window() {
    let is_fixed = |endpoint: Endpoint| {
        let seen = read(&only(endpoint));
        matches!(seen.metered[0].source, MetricSource::Variant { is_fixed: true, .. })
    };
    assert!(is_fixed(endpoint()));
    // A function that runs by a schedule of its own changes it like a person does.
    assert!(!is_fixed(Endpoint { modified_at: Some(at(30)), ..endpoint() }));
    assert!(!is_fixed(Endpoint { modified_at: None, ..endpoint() }));
    let new = Endpoint { created_at: Some(at(30)), modified_at: Some(at(31)), ..endpoint() };
    assert!(is_fixed(new));
}

#[test]
fn endpoints_of_a_region_without_any_answer_about_scaling_are_not_called_unscaled() {
    let region = Region { scaling: super::Scaling::default(), ..only(endpoint()) };
    let row = &read(&region).resources[0];
    assert_eq!((row.has_scaling, row.scaling_min_count), (None, None));
    assert_eq!(no_scaling().targets, Some(vec![]));
}

#[test]
fn a_variant_of_weight_zero_beside_another_is_named_because_no_rule_judges_it_alone() {
    let weighted = |name: &str, weight| Variant { weight: Some(weight), ..variant(name, 1) };
    let gaps = |variants: Vec<Variant>| {
        let config = Some(vec![config("main", "ml.g5.xlarge"), config("canary", "ml.g5.xlarge")]);
        read(&only(Endpoint { variants, config, ..endpoint() })).gaps
    };
    let found = gaps(vec![weighted("main", 1.0), weighted("canary", 0.0)]);
    assert_eq!(
        found[0].what,
        "variants of endpoint Chat of account 111122223333 in eu-west-1 without a share of its requests"
    );
    assert_eq!(
        found[0].because,
        "`canary` (1 × ml.g5.xlarge) have the weight 0 and are paid like the others"
    );
    assert_eq!(gaps(vec![weighted("main", 0.0)]), [], "all requests go to the only one");
    let gone = Variant { instance_count: Some(0), ..weighted("canary", 0.0) };
    assert_eq!(gaps(vec![weighted("main", 1.0), gone]), []);
    let shadow = Variant { is_shadow: true, ..weighted("canary", 0.0) };
    assert_eq!(gaps(vec![weighted("main", 1.0), shadow]), []);
}

#[test]
fn copies_of_a_serverless_endpoint_that_wait_are_named_because_no_rule_judges_them() {
    let of = |provisioned_count| {
        let serverless = Some(Serverless { provisioned_count });
        let variants = vec![Variant { serverless, instance_count: None, ..variant("main", 0) }];
        read(&only(Endpoint { variants, ..endpoint() })).gaps
    };
    assert_eq!(of(None), []);
    assert_eq!(
        of(Some(2))[0].because,
        "2 environments wait for requests and are paid meanwhile, and silence of a serverless endpoint says nothing"
    );
}

#[test]
fn a_variant_says_how_its_requests_and_accelerators_are_measured() {
    let of = |is_asynchronous, has_enhanced_metrics| {
        let endpoint = Endpoint { is_asynchronous, has_enhanced_metrics, ..endpoint() };
        match read(&only(endpoint)).metered.remove(0).source {
            MetricSource::Variant { is_asynchronous, has_own_gpu_metrics, .. } => {
                (is_asynchronous, has_own_gpu_metrics)
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(of(Some(true), false), (true, false));
    assert_eq!(of(Some(false), true), (false, true));
}

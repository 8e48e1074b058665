//! HyperPod machines and training plans.

use super::{WINDOW, arn, at, read};
use crate::{
    frame::CommitmentRow,
    provider::aws::{
        observed::{MetricSource, Observed},
        sagemaker::wire::{Cluster, Group, Node, Plan, Region},
    },
    settings::{Tags, tags::Labels},
};

fn node(id: &str, group: &str, instance_type: &str) -> Node {
    Node {
        instance_id: id.to_owned(),
        group_name: group.to_owned(),
        instance_type: Some(instance_type.to_owned()),
        launched_at: Some(at(-200)),
        status: Some("Running".to_owned()),
        private_dns_name: Some("ip-10-0-0-1.eu-west-1.compute.internal".to_owned()),
    }
}

fn seen(groups: Vec<Group>, nodes: Vec<Node>) -> Observed {
    let cluster = Cluster {
        arn: arn("cluster/abc"),
        name: "pretrain".to_owned(),
        is_scaled: Some(false),
        groups,
        nodes,
        tags: Some([("team".to_owned(), "models".to_owned())].into()),
    };
    read(&Region { clusters: vec![cluster], ..Region::default() })
}

fn group(name: &str) -> Group {
    Group { name: name.to_owned(), is_spot: false, plan_arn: None }
}

#[test]
fn a_machine_of_a_cluster_is_known_by_its_id_and_by_the_labels_of_its_group() {
    let seen = seen(vec![group("spare")], vec![node("i-0abc", "spare", "ml.p5.48xlarge")]);
    let row = &seen.resources[0];
    assert_eq!(row.resource_id, "aws:111122223333:eu-west-1:i-0abc");
    assert_eq!((row.kind.as_str(), row.name.as_deref()), ("gpu_instance", Some("pretrain/spare")));
    assert_eq!((row.gpu_model.as_deref(), row.gpu_count), (Some("H100-80GB"), Some(8.0)));
    assert_eq!((row.state.as_deref(), row.has_scaling), (Some("running"), Some(false)));
    assert_eq!(row.launched_at, Some(at(-200)));
    let tags: serde_json::Value = serde_json::from_str(&row.tags_json).unwrap();
    assert_eq!(tags["team"], "models");
    assert_eq!(tags["sagemaker.amazonaws.com/instance-group-name"], "spare");
    let expected = MetricSource::Machine {
        instance_id: "i-0abc".to_owned(),
        private_dns_name: Some("ip-10-0-0-1.eu-west-1.compute.internal".to_owned()),
        is_neuron: false,
        was_off: false,
    };
    assert_eq!(seen.metered[0].source, expected);
}

#[test]
fn trainium_sends_no_gpu_metrics() {
    let seen = seen(vec![], vec![node("i-0abc", "workers", "ml.trn1.32xlarge")]);
    let source = &seen.metered[0].source;
    assert!(matches!(source, MetricSource::Machine { is_neuron: true, .. }), "{source:?}");
}

#[test]
fn controllers_without_accelerators_are_left_out_and_unknown_accelerated_ones_are_not() {
    let nodes = vec![
        node("i-1", "controller", "ml.m5.4xlarge"),
        node("i-2", "workers", "ml.p9.96xlarge"),
        Node { instance_type: None, ..node("i-3", "workers", "") },
    ];
    let rows = seen(vec![], nodes).resources;
    let types: Vec<Option<&str>> = rows.iter().map(|row| row.instance_type.as_deref()).collect();
    assert_eq!(types, [Some("ml.p9.96xlarge"), None]);
    assert_eq!(rows[0].gpu_count, None);
}

#[test]
fn the_group_says_how_a_machine_is_paid() {
    let paid = |groups| {
        let nodes = vec![node("i-1", "workers", "ml.p5.48xlarge")];
        seen(groups, nodes).resources.remove(0).purchase_option
    };
    assert_eq!(paid(vec![group("workers")]).as_deref(), Some("on_demand"));
    let spot = Group { is_spot: true, ..group("workers") };
    assert_eq!(paid(vec![spot]).as_deref(), Some("spot"));
    let planned = Group { plan_arn: Some(arn("training-plan/p")), ..group("workers") };
    assert_eq!(paid(vec![planned]).as_deref(), Some("committed"));
    assert_eq!(paid(vec![]), None);
}

#[test]
fn machines_that_come_go_or_failed_are_not_called_running() {
    let state = |status: &str| {
        let node =
            Node { status: Some(status.to_owned()), ..node("i-1", "workers", "ml.p5.48xlarge") };
        seen(vec![], vec![node]).resources.remove(0).state
    };
    for status in ["Running", "SystemUpdating", "DeepHealthCheckInProgress"] {
        assert_eq!(state(status).as_deref(), Some("running"), "{status}");
    }
    for status in ["Pending", "ShuttingDown", "Failure", "NotFound", "Resting"] {
        assert_eq!(state(status), None, "{status}");
    }
}

/// A plan for half of the window and as long before it, at 1,440 dollars.
fn plan() -> Plan {
    Plan {
        arn: arn("training-plan/p"),
        status: Some("Active".to_owned()),
        starts_at: Some(at(-360)),
        ends_at: Some(at(360)),
        hours: Some(720.0),
        upfront_fee: Some("1440.0".to_owned()),
        currency: Some("USD".to_owned()),
        instance_types: vec!["ml.p5.48xlarge".to_owned()],
    }
}

fn commitments(plan: Plan) -> Vec<CommitmentRow> {
    read(&Region { plans: vec![plan], ..Region::default() }).commitments
}

#[test]
fn a_training_plan_is_a_commitment_of_which_the_window_pays_its_part() {
    assert_eq!(WINDOW.end - WINDOW.start, 720);
    let expected = CommitmentRow {
        commitment_id: arn("training-plan/p"),
        provider: "aws".to_owned(),
        account_id: "111122223333".to_owned(),
        kind: "committed_use".to_owned(),
        scope_region: Some("eu-west-1".to_owned()),
        scope_instance_type: Some("ml.p5.48xlarge".to_owned()),
        starts_at: Some(at(-360)),
        ends_at: Some(at(360)),
        committed_usd_per_hour: Some(2.0),
        window_committed_usd: Some(720.0),
        window_used_usd: None,
    };
    assert_eq!(commitments(plan()), [expected]);
}

#[test]
fn a_plan_that_was_not_bought_or_is_over_is_none() {
    let failed = Plan { status: Some("Failed".to_owned()), ..plan() };
    assert_eq!(commitments(failed), []);
    assert_eq!(commitments(Plan { ends_at: Some(at(0)), ..plan() }), []);
    assert_eq!(commitments(Plan { starts_at: Some(at(720)), ..plan() }), []);
}

#[test]
fn a_fee_in_another_currency_is_no_dollars() {
    let row = commitments(Plan { currency: Some("CNY".to_owned()), ..plan() }).remove(0);
    assert_eq!((row.committed_usd_per_hour, row.window_committed_usd), (None, None));
}

#[test]
fn machines_of_a_group_of_spares_are_a_standby_without_a_tag_of_their_own() {
    let nodes = vec![
        node("i-0001", "gpu-spares", "ml.p4d.24xlarge"),
        node("i-0002", "workers", "ml.p4d.24xlarge"),
    ];
    let rows = seen(vec![], nodes).resources;
    let stands_by = |row| Labels::of(row, &Tags::default()).is_standby;
    assert_eq!(rows.iter().map(stands_by).collect::<Vec<_>>(), [true, false]);
}

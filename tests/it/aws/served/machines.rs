//! What `moto` answers, through the server and as old as it should be.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::json;

use super::{MEMBER, PAYER, REGION, empty};
use crate::aws::{
    client,
    fake::{Calls, Effect, Fake, Fault, Scope, Series},
    moto::Moto,
};

/// A `moto` with a machine that runs, one that was stopped with its volume, a group of two, and another account's machine.
fn moto() -> Option<Moto> {
    let machine = |id: &str, ip: &str| {
        json!({
            "id": id, "ip": ip, "type": "g6e.xlarge", "zone": "us-east-1a", "state": "running",
            "created_at": "2026-01-05T08:00:00Z", "launched_at": "2026-08-01T10:00:00Z",
            "tags": { "team": "search" },
        })
    };
    let mut stopped = machine("i-0000000000000000b", "172.31.0.11");
    stopped["state"] = "stopped".into();
    stopped["stopped_at"] = "2026-08-20T10:00:00Z".into();
    stopped["lifecycle"] = "spot".into();
    stopped["volumes"] = json!([{
        "id": "vol-0000000000000000b", "size_gib": 500, "iops": 6000, "created_at": "2026-01-05T08:00:00Z",
    }]);
    let group = json!({
        "name": "serve", "types": ["g5.xlarge", "g6.xlarge"], "zones": ["us-east-1a"],
        "min": 2, "max": 8, "desired": 2, "created_at": "2026-02-01T00:00:00Z",
        "distribution": { "OnDemandBaseCapacity": 1, "OnDemandPercentageAboveBaseCapacity": 0 },
        "scheduled": [{ "name": "night", "recurrence": "0 20 * * 1-5", "timezone": "Europe/Berlin", "desired": 0 }],
        "policies": [{ "name": "track", "target": 60.0 }],
        "instances": [
            machine("i-0000000000000000c", "172.31.0.12"), machine("i-0000000000000000d", "172.31.0.13"),
        ],
    });
    let here = json!({
        "instances": [machine("i-0000000000000000a", "172.31.0.10"), stopped], "groups": [group],
    });
    let there = json!({ "instances": [machine("i-0000000000000000e", "172.31.0.10")] });
    Moto::start(&json!({ PAYER: { REGION: here }, MEMBER: { REGION: there } }))
}

/// One for all tests: starting it takes seconds.
fn fake() -> Option<Fake> {
    static MOTO: std::sync::OnceLock<Option<Moto>> = std::sync::OnceLock::new();
    let port = MOTO.get_or_init(moto).as_ref()?.port;
    Some(Fake::start(Arc::new(empty()), Some(port)))
}

fn client(fake: &Fake, account: &str) -> aws_sdk_ec2::Client {
    aws_sdk_ec2::Client::new(&client::config(&fake.url(), account, REGION))
}

async fn instances(client: &aws_sdk_ec2::Client) -> Vec<aws_sdk_ec2::types::Instance> {
    let (mut found, mut next) = (Vec::new(), None);
    loop {
        let page = client.describe_instances().set_next_token(next).send().await.unwrap();
        found.extend(
            page.reservations
                .unwrap_or_default()
                .into_iter()
                .flat_map(|all| all.instances.unwrap_or_default()),
        );
        next = page.next_token;
        if next.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn machines_are_as_old_and_in_the_state_that_was_planted() {
    let Some(fake) = fake() else { return };
    let found = instances(&client(&fake, PAYER)).await;
    let ids: BTreeSet<&str> = found.iter().filter_map(|machine| machine.instance_id()).collect();
    assert_eq!(ids.len(), 4, "{ids:?}");
    let of = |id: &str| found.iter().find(|machine| machine.instance_id() == Some(id)).unwrap();
    let running = of("i-0000000000000000a");
    assert_eq!(
        running.launch_time().map(aws_sdk_sts::primitives::DateTime::secs),
        Some(1_785_578_400)
    );
    assert_eq!(running.private_dns_name(), Some("ip-172-31-0-10.ec2.internal"));
    assert_eq!(
        (running.instance_lifecycle(), running.platform_details()),
        (None, Some("Linux/UNIX"))
    );
    let attached = running.network_interfaces()[0]
        .attachment()
        .and_then(|attachment| attachment.attach_time());
    assert_eq!(attached.map(aws_sdk_sts::primitives::DateTime::secs), Some(1_767_600_000));
    let stopped = of("i-0000000000000000b");
    assert_eq!(stopped.state_transition_reason(), Some("User initiated (2026-08-20 10:00:00 GMT)"));
    assert_eq!(
        stopped.instance_lifecycle().map(aws_sdk_ec2::types::InstanceLifecycleType::as_str),
        Some("spot")
    );
    let other = instances(&client(&fake, MEMBER)).await;
    assert_eq!(other[0].instance_id(), Some("i-0000000000000000e"));
    let volumes = client(&fake, PAYER).describe_volumes().send().await.unwrap();
    let [volume] = volumes.volumes() else { panic!("{volumes:?}") };
    assert_eq!((volume.size(), volume.iops()), (Some(500), Some(6000)));
    assert_eq!(volume.attachments()[0].instance_id(), Some("i-0000000000000000b"));
}

#[tokio::test]
async fn types_have_their_accelerators_and_groups_their_members() {
    let Some(fake) = fake() else { return };
    let types =
        client(&fake, PAYER).describe_instance_types().instance_types("g6e.12xlarge".into());
    let types = types.send().await.unwrap();
    let gpus = types.instance_types()[0].gpu_info().unwrap().gpus();
    assert_eq!((gpus[0].name(), gpus[0].count()), (Some("L40S"), Some(4)));
    let scaling = aws_sdk_autoscaling::Client::new(&client::config(&fake.url(), PAYER, REGION));
    let groups = scaling.describe_auto_scaling_groups().send().await.unwrap();
    let [group] = groups.auto_scaling_groups() else { panic!("{groups:?}") };
    assert_eq!(
        (group.min_size(), group.desired_capacity(), group.instances().len()),
        (Some(2), Some(2), 2)
    );
    let mixed = group.mixed_instances_policy().and_then(|policy| policy.instances_distribution());
    assert_eq!(
        mixed.and_then(aws_sdk_autoscaling::types::InstancesDistribution::on_demand_base_capacity),
        Some(1)
    );
    let actions = scaling.describe_scheduled_actions().send().await.unwrap();
    assert_eq!(actions.scheduled_update_group_actions()[0].time_zone(), Some("Europe/Berlin"));
    let policies = scaling.describe_policies().send().await.unwrap();
    assert_eq!(policies.scaling_policies()[0].policy_name(), Some("track"));
}

#[tokio::test]
async fn its_pages_can_be_empty_or_come_twice_too() {
    let Some(fake) = fake() else { return };
    let client = client(&fake, PAYER);
    for (effect, expected) in [(Effect::EmptyPage, 4), (Effect::DoublePage, 8)] {
        let scope = Scope::action("ec2:DescribeInstances");
        let fault = fake.fault(Fault { scope, calls: Calls::First(1), effect });
        assert_eq!(instances(&client).await.len(), expected, "{effect:?}");
        assert_eq!(fake.struck(fault), 1);
    }
    let expected = BTreeSet::from(["ec2:DescribeInstances".to_owned()]);
    assert_eq!(fake.log().actions(), expected);
}

#[tokio::test]
async fn without_it_what_it_would_answer_is_refused() {
    let fake = Fake::start(Arc::new(empty()), None);
    let error = client(&fake, PAYER).describe_instances().send().await.unwrap_err();
    assert_eq!(aws_sdk_ec2::error::ProvideErrorMetadata::code(&error), Some("NotImplemented"));
}

#[test]
#[should_panic(expected = "planted twice")]
fn a_metric_is_planted_once() {
    let mut estate = empty();
    for _ in 0..2 {
        estate.metrics.add(PAYER, REGION, Series::new("CWAgent", "x", &[], |_| None));
    }
}

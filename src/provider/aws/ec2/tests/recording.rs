//! An answer that was recorded years ago from another tool.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::script::{ec2, observed, server};
use crate::{
    frame::InstantMs,
    provider::aws::{ec2::collect, scripted::run},
};

/// The folder with recorded answers. `None`, with a printed line, where there is none.
fn recording() -> Option<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = above
        .map(|folder| folder.join("shared/data/recordings/aws/test_ec2_metric"))
        .find(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: there are no recorded answers of AWS on this machine");
    }
    found
}

/// A recorded answer as EC2 sends it: names begin small, and lists have items.
fn xml(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(|item| element("item", item)).collect(),
        Value::Object(fields) if fields.contains_key("__class__") => time(value),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| element(&on_the_wire(name), value)).collect()
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn element(name: &str, value: &Value) -> String {
    format!("<{name}>{}</{name}>", xml(value))
}

/// A time as the recorder wrote it down, part by part.
fn time(value: &Value) -> String {
    let part = |name: &str| value[name].as_i64().unwrap();
    let day = format!("{:04}-{:02}-{:02}", part("year"), part("month"), part("day"));
    format!("{day}T{:02}:{:02}:{:02}.000Z", part("hour"), part("minute"), part("second"))
}

fn on_the_wire(name: &str) -> String {
    match name {
        "Reservations" => "reservationSet".to_owned(),
        "Instances" => "instancesSet".to_owned(),
        "State" => "instanceState".to_owned(),
        "NetworkInterfaces" => "networkInterfaceSet".to_owned(),
        "BlockDeviceMappings" => "blockDeviceMapping".to_owned(),
        "Tags" => "tagSet".to_owned(),
        "StateTransitionReason" => "reason".to_owned(),
        name => name[..1].to_lowercase() + &name[1..],
    }
}

#[test]
fn a_recorded_answer_is_understood() {
    let Some(folder) = recording() else { return };
    let text = std::fs::read_to_string(folder.join("ec2.DescribeInstances_1.json")).unwrap();
    let recorded: Value = serde_json::from_str(&text).unwrap();
    let answer = ec2("DescribeInstances", &xml(&recorded["data"]));
    let server =
        server(move |asked| (asked.action() == "DescribeInstances").then(|| (200, answer.clone())));
    let listed = run(collect::machines(&server.seat()));
    assert!(listed.error.is_none(), "{:?}", listed.error);
    let machine = &listed.items[0];
    assert_eq!(listed.items.len(), 1);
    assert_eq!(machine.instance_id, "i-0cfbce719a3400834");
    assert_eq!(machine.instance_type.as_deref(), Some("m3.medium"));
    assert_eq!(machine.state.as_deref(), Some("running"));
    assert_eq!((&machine.lifecycle, &machine.transition_reason), (&None, &None));
    assert_eq!(machine.zone.as_deref(), Some("us-west-2a"));
    let dns = machine.private_dns_name.as_deref();
    assert_eq!(dns, Some("ip-172-31-30-7.us-west-2.compute.internal"));
    // 2016-06-24T20:22:50Z; the network interface and the root volume were attached in the same second.
    let started = InstantMs(1_466_799_770_000);
    assert_eq!(machine.last_started_at, Some(started));
    assert_eq!(machine.attached_at, [started, started]);
    assert_eq!(machine.tags["Name"], "C7n Test");
    // It has no accelerator, so that nothing of it is kept.
    assert_eq!(observed(&server).unwrap().resources, []);
}

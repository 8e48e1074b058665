//! Machines about which it is easy to be wrong, from what the services answer to what the report says.

mod billed;
mod confirmed;
mod exported;
mod given;
mod many;
mod queued;

use serde_json::{Value, json};

use self::given::{
    DAY, ID, MONTH_USD, Machine, REGION, RESERVATION, USD, audit, audit_with, estate, found, idle,
    is_near, line, rules, usd,
};
use super::{
    fake::{CostLine, Effect, Estate},
    world::{ACCOUNTS, END, HOUR, HOURS, START, iso},
};
use crate::support::list;

fn reservation(state: &str) -> Value {
    json!({
        "capacityReservationId": RESERVATION,
        "capacityReservationArn":
            format!("arn:aws:ec2:{REGION}:{}:capacity-reservation/{RESERVATION}", ACCOUNTS[0]),
        "ownerId": ACCOUNTS[0],
        "instanceType": "g5.xlarge",
        "instancePlatform": "Linux/UNIX",
        "availabilityZone": "us-east-1a",
        "tenancy": "default",
        "totalInstanceCount": 2,
        "availableInstanceCount": 1,
        "state": state,
        "reservationType": "default",
        "startDate": iso(START - 60 * DAY),
    })
}

fn in_reservation(state: &str) -> Estate {
    let machine = Machine::with(json!({ "capacityReservationId": RESERVATION }));
    let mut estate = estate(&[(ID, machine)]);
    estate.put(ACCOUNTS[0], REGION, "CapacityReservation", reservation(state));
    estate
}

#[test]
fn stopping_an_idle_machine_in_reserved_capacity_is_no_saving_and_the_finding_says_why() {
    let report = audit(in_reservation("active"));
    let idle = found(&report, "gpu-idle").unwrap();
    assert_eq!(usd(&idle["counted_usd_per_month"]["likely"]).to_string(), "0");
    assert!(is_near(&idle["freed_usd_per_month"], MONTH_USD), "{idle:#}");
    let message = idle["message"].as_str().unwrap();
    let why = format!("its capacity stays paid for until {RESERVATION} ends or is given back");
    assert!(message.ends_with(&why), "{message}");
    assert_eq!(usd(&report["totals"]["counted_usd_per_month"]["likely"]).to_string(), "0");
}

#[test]
fn once_the_reservation_is_given_back_stopping_saves() {
    let report = audit(in_reservation("cancelled"));
    let idle = found(&report, "gpu-idle").unwrap();
    assert!(is_near(&idle["counted_usd_per_month"]["likely"], MONTH_USD), "{idle:#}");
}

#[test]
fn a_smaller_or_cheaper_machine_is_no_saving_as_long_as_the_capacity_is_reserved() {
    // A load that half of such a machine would carry, and that may be interrupted.
    let at_work = |more: Value| {
        let tags = json!([{ "key": "workload", "value": "batch" }]);
        let mut more = more;
        more["tagSet"] = tags;
        Machine { gpu_percent: 20.0, ..Machine::with(more) }
    };
    let settings = "[tags]\ninterruptible = ['workload=batch']\n";
    let free = estate(&[(ID, at_work(json!({})))]);
    let (free, _) = audit_with(free, settings, &[]);
    assert!(!rules(&free).is_empty(), "beside it there is something to advise");
    assert!(usd(&free["totals"]["counted_usd_per_month"]["likely"]) > 0.0);
    let mut held = estate(&[(ID, at_work(json!({ "capacityReservationId": RESERVATION })))]);
    held.put(ACCOUNTS[0], REGION, "CapacityReservation", reservation("active"));
    let (held, _) = audit_with(held, settings, &[]);
    assert_eq!(
        usd(&held["totals"]["counted_usd_per_month"]["likely"]).to_string(),
        "0",
        "{held:#}"
    );
    assert!(found(&held, "gpu-on-demand-interruptible").is_none(), "spot has no place there");
}

#[test]
fn a_machine_in_a_capacity_block_is_paid_in_advance() {
    let block = json!({ "instanceLifecycle": "capacity-block", "capacityBlockId": "cb-1" });
    let report = audit(estate(&[(ID, Machine::with(block))]));
    let idle = found(&report, "gpu-idle").unwrap();
    assert_eq!(usd(&idle["counted_usd_per_month"]["likely"]).to_string(), "0");
    assert!(idle["message"].as_str().unwrap().contains("cb-1"), "{idle:#}");
}

#[test]
fn the_bill_and_not_the_moment_says_whether_reserved_capacity_was_used() {
    // One of two is free at the moment, and the bill has no unused hour.
    let used = audit(in_reservation("active"));
    assert!(found(&used, "capacity-reservation-unused").is_none());
    let mut estate = in_reservation("active");
    for day in 0..HOURS / 24 {
        estate.costs.push(line(
            day,
            "UnusedBox:g5.xlarge",
            "On Demand Instances",
            24.0,
            24.0 * USD,
        ));
    }
    let unused = audit(estate);
    let unused = found(&unused, "capacity-reservation-unused").unwrap();
    assert!(is_near(&unused["counted_usd_per_month"]["likely"], MONTH_USD), "{unused:#}");
    // Without a bill nobody knows.
    let (unbilled, _) = audit_with(in_reservation("active"), "", &[("ce", Effect::Deny)]);
    assert!(found(&unbilled, "capacity-reservation-unused").is_none());
    let open = list(&unbilled["not_judged"]).iter().any(|reason| {
        list(&reason["rules"]).iter().any(|rule| rule == "capacity-reservation-unused")
    });
    assert!(open, "{:#}", unbilled["not_judged"]);
}

/// A machine that is off from midnight to eight, was last started this morning, and works as long as it runs.
fn nightly() -> Machine {
    Machine {
        runs: |hour| hour >= 8,
        gpu_percent: 60.0,
        more: json!({ "launchTime": iso(END - 16 * HOUR) }),
        ..idle()
    }
}

#[test]
fn a_machine_that_is_switched_off_at_night_lacks_no_telemetry_and_idles_not() {
    for faults in [&[][..], &[("ce", Effect::Deny)]] {
        let (report, fake) = audit_with(estate(&[(ID, nightly())]), "", faults);
        assert_eq!(rules(&report), [""; 0], "{faults:?}");
        assert!(fake.log().metric_count() > 0);
        // Fourteen days of sixteen hours.
        let expected = 14.0 * 16.0 * USD / HOURS as f64 * 730.0;
        assert!(is_near(&report["totals"]["effective_usd_per_month"], expected), "{report:#}");
    }
}

#[test]
fn a_machine_that_is_switched_off_at_night_and_has_no_agent_is_not_measured() {
    let machine = Machine { has_agent: false, ..nightly() };
    let report = audit(estate(&[(ID, machine)]));
    assert_eq!(rules(&report), ["telemetry-missing"]);
}

#[test]
fn where_nobody_tells_which_hours_it_ran_its_cost_is_not_made_up() {
    let faults = [("ce", Effect::Deny), ("cloudwatch", Effect::Deny)];
    let (report, _) = audit_with(estate(&[(ID, nightly())]), "", &faults);
    // Of sixteen hours it is known that it ran, which is too little to blame anybody for.
    assert_eq!(rules(&report), [""; 0]);
    assert!(report["totals"]["effective_usd_per_month"].is_null(), "{report:#}");
}

#[test]
fn volumes_of_machines_that_may_wait_in_a_warm_pool_are_not_called_waste() {
    let stopped = || {
        Machine::with(json!({
            "instanceState": { "name": "stopped" },
            "launchTime": iso(START - 90 * DAY),
            "reason": format!("User initiated ({} GMT)", iso(END - 60 * DAY).replace('T', " ").replace('Z', "")),
            "tagSet": [{ "key": "aws:autoscaling:groupName", "value": "workers" }],
        }))
    };
    let with_volume = || {
        let mut estate = estate(&[(ID, stopped())]);
        estate.costs.clear();
        let volume = json!({
            "volumeId": "vol-0000000000000000a", "size": 500, "status": "in-use",
            "availabilityZone": "us-east-1a", "createTime": iso(START - 90 * DAY),
            "attachmentSet": [{ "instanceId": ID }],
        });
        estate.put(ACCOUNTS[0], REGION, "Volume", volume);
        let of_volume = |day| CostLine {
            service: "EC2 - Other".to_owned(),
            usage_type: "EBS:VolumeUsage.gp3".to_owned(),
            instance_type: String::new(),
            resource_id: "vol-0000000000000000a".to_owned(),
            ..line(day, "", "", 500.0 / 30.0, 40.0 / 30.0)
        };
        estate.costs.extend((0..HOURS / 24).map(of_volume));
        estate
    };
    let group = |more: Value| {
        let mut group = json!({
            "AutoScalingGroupName": "workers", "MinSize": 0, "MaxSize": 4, "DesiredCapacity": 0,
        });
        for (name, value) in more.as_object().unwrap() {
            group[name] = value.clone();
        }
        let mut estate = with_volume();
        estate.put(ACCOUNTS[0], REGION, "AutoScalingGroup", group);
        estate
    };
    let rule = "volume-of-stopped-machine";
    let pool = json!({ "WarmPoolConfiguration": { "PoolState": "Stopped" } });
    assert!(found(&audit(group(pool)), rule).is_none());
    assert!(found(&audit(group(json!({}))), rule).is_some(), "the group keeps none");
    assert!(found(&audit(with_volume()), rule).is_some(), "the group is gone");
    let denied = [("autoscaling:DescribeAutoScalingGroups", Effect::Deny)];
    let (refused, _) = audit_with(with_volume(), "", &denied);
    assert!(found(&refused, rule).is_none());
    let told = list(&refused["gaps"])
        .iter()
        .any(|gap| gap["because"].as_str().is_some_and(|because| because.contains("warm pool")));
    assert!(told, "{:#}", refused["gaps"]);
}

#[test]
fn prices_of_plain_linux_are_not_those_of_windows_or_of_hardware_of_ones_own() {
    let batch = |more: Value| {
        let mut more = more;
        more["tagSet"] = json!([{ "key": "workload", "value": "batch" }]);
        Machine { gpu_percent: 95.0, usd: 1.19, ..Machine::with(more) }
    };
    let settings = "[tags]\ninterruptible = ['workload=batch']\n";
    let windows = || json!({ "platformDetails": "Windows", "usageOperation": "RunInstances:0002" });
    let dedicated =
        || json!({ "placement": { "availabilityZone": "us-east-1a", "tenancy": "dedicated" } });
    for more in [windows(), dedicated()] {
        let (report, _) = audit_with(estate(&[(ID, batch(more.clone()))]), settings, &[]);
        let spot = found(&report, "gpu-on-demand-interruptible").unwrap();
        assert_eq!(spot["resolution"]["kind"], "unpriced", "{spot:#}");
        assert_eq!(usd(&report["totals"]["counted_usd_per_month"]["likely"]).to_string(), "0");
        // Without a bill nothing tells what it costs.
        let denied = [("ce", Effect::Deny)];
        let (unbilled, _) = audit_with(estate(&[(ID, batch(more))]), settings, &denied);
        assert!(unbilled["totals"]["effective_usd_per_month"].is_null(), "{unbilled:#}");
    }
    let (linux, _) = audit_with(estate(&[(ID, batch(json!({})))]), settings, &[]);
    let spot = found(&linux, "gpu-on-demand-interruptible").unwrap();
    assert!(usd(&spot["counted_usd_per_month"]["likely"]) > 0.0, "{spot:#}");
}

#[test]
fn what_a_group_keeps_on_demand_beside_spot_is_not_told_to_move_there() {
    let member = |is_spot| Machine {
        is_spot,
        gpu_percent: 95.0,
        usd: if is_spot { 0.4 } else { USD },
        ..Machine::with(json!({ "tagSet": [
            { "key": "aws:autoscaling:groupName", "value": "workers" },
            { "key": "workload", "value": "batch" },
        ] }))
    };
    let group = |above: i64| {
        let mut estate = estate(&[(ID, member(false)), ("i-0000000000000000b", member(true))]);
        let group = json!({
            "AutoScalingGroupName": "workers", "MinSize": 2, "MaxSize": 8, "DesiredCapacity": 2,
            "MixedInstancesPolicy": {
                "InstancesDistribution": {
                    "OnDemandBaseCapacity": 1,
                    "OnDemandPercentageAboveBaseCapacity": above,
                    "SpotAllocationStrategy": "price-capacity-optimized",
                },
                "LaunchTemplate": { "Overrides": [
                    { "InstanceType": "g5.xlarge" },
                    { "InstanceRequirements": { "VCpuCount": { "Min": 4 }, "MemoryMiB": { "Min": 1 } } },
                ] },
            },
        });
        estate.put(ACCOUNTS[0], REGION, "AutoScalingGroup", group);
        audit_with(estate, "[tags]\ninterruptible = ['workload=batch']\n", &[]).0
    };
    let rule = "gpu-on-demand-interruptible";
    assert!(found(&group(0), rule).is_none(), "the rest of the group is on spot");
    assert!(found(&group(100), rule).is_some(), "it takes no spot at all");
}

/// Two of a type, one of which is off for eight hours a day: Cost Explorer has both on one line.
#[test]
fn a_machine_that_is_off_at_night_pays_for_its_own_hours_beside_one_that_never_is() {
    let steady = idle();
    let other = "i-0000000000000000b";
    let report = audit(estate(&[(ID, steady), (other, nightly())]));
    assert_eq!(rules(&report), ["gpu-idle"]);
    let idle = found(&report, "gpu-idle").unwrap();
    assert!(is_near(&idle["counted_usd_per_month"]["likely"], MONTH_USD), "{idle:#}");
}

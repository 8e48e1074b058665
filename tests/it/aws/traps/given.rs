//! One account with a few machines, and the report on it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    aws::{
        audited,
        fake::{Account, Bucket, Calls, CostLine, Effect, Estate, Fake, Fault, Scope, Series},
        world::{ACCOUNTS, HOUR, HOURS, NOW, START, iso},
    },
    support::{Folder, cents, list, outcome},
};

pub(super) const REGION: &str = "us-east-1";
/// Flags of an audit of this account.
pub(super) const ASKING: &str =
    "--provider aws --region us-east-1 --window 14d --end 2026-10-05T00:00:00Z";
const EC2: &str = "Amazon Elastic Compute Cloud - Compute";
pub(super) const DAY: i64 = 24 * HOUR;
/// One A10G; on demand, by the hour, as listed for plain Linux.
pub(super) const USD: f64 = 1.006;
/// The whole of it, a month.
pub(super) const MONTH_USD: f64 = USD * 730.0;
pub(super) const ID: &str = "i-0000000000000000a";
pub(super) const RESERVATION: &str = "cr-0000000000000000a";

/// A machine that runs all the time, does nothing and is measured.
pub(super) struct Machine {
    /// Hours of the day in which it runs.
    pub(super) runs: fn(i64) -> bool,
    pub(super) gpu_percent: f64,
    pub(super) cpu_percent: f64,
    pub(super) has_agent: bool,
    pub(super) is_spot: bool,
    /// Fields beside those that all machines have.
    pub(super) more: Value,
    /// By the hour, on the bill.
    pub(super) usd: f64,
}

pub(super) fn idle() -> Machine {
    Machine {
        runs: |_| true,
        gpu_percent: 0.0,
        cpu_percent: 2.0,
        has_agent: true,
        is_spot: false,
        more: json!({}),
        usd: USD,
    }
}

impl Machine {
    pub(super) fn with(more: Value) -> Self {
        Self { more, ..idle() }
    }

    fn put(&self, id: &str, estate: &mut Estate) {
        let mut document = json!({
            "instanceId": id,
            "instanceType": "g5.xlarge",
            "instanceState": { "name": "running" },
            "placement": { "availabilityZone": "us-east-1a", "tenancy": "default" },
            "launchTime": iso(START - 90 * DAY),
            "networkInterfaceSet": [{ "attachment": {
                "deviceIndex": 0, "networkCardIndex": 0, "attachTime": iso(START - 90 * DAY),
            } }],
            "platformDetails": "Linux/UNIX",
            "usageOperation": "RunInstances",
        });
        if self.is_spot {
            document["instanceLifecycle"] = "spot".into();
        }
        for (name, value) in self.more.as_object().unwrap() {
            document[name] = value.clone();
        }
        estate.put(ACCOUNTS[0], REGION, "Instance", document);
        let runs = self.runs;
        let mut send = |namespace: &str, name: &str, dimensions: &[(&str, &str)], value: f64| {
            let sent = move |hour: i64| runs(hour.rem_euclid(24)).then(|| Bucket::steady(value));
            let series = Series::new(namespace, name, dimensions, sent);
            estate.metrics.add(ACCOUNTS[0], REGION, series);
        };
        send("AWS/EC2", "CPUUtilization", &[("InstanceId", id)], self.cpu_percent);
        // Of whoever only asks what time it is: together 2.9 MB a day.
        for name in ["NetworkIn", "NetworkOut"] {
            send("AWS/EC2", name, &[("InstanceId", id)], 1_000.0);
        }
        if self.has_agent {
            let gpu = [("InstanceId", id), ("index", "0"), ("name", "NVIDIA A10G")];
            send("CWAgent", "nvidia_smi_utilization_gpu", &gpu, self.gpu_percent);
            send("CWAgent", "nvidia_smi_memory_used", &gpu, 4.0);
        }
        let hours = (0..24).filter(|hour| runs(*hour)).count() as f64;
        let word = if self.is_spot { "SpotUsage" } else { "BoxUsage" };
        let purchase = if self.is_spot { "Spot Instances" } else { "On Demand Instances" };
        for day in 0..HOURS / 24 {
            let usage = format!("{word}:g5.xlarge");
            let line = line(day, &usage, purchase, hours, hours * self.usd);
            estate.costs.push(CostLine { resource_id: id.to_owned(), ..line });
        }
    }
}

pub(super) fn line(day: i64, usage_type: &str, purchase: &str, hours: f64, usd: f64) -> CostLine {
    CostLine {
        account: ACCOUNTS[0].to_owned(),
        start: START + day * DAY,
        hours: 24,
        service: EC2.to_owned(),
        region: REGION.to_owned(),
        zone: "us-east-1a".to_owned(),
        instance_type: "g5.xlarge".to_owned(),
        usage_type: usage_type.to_owned(),
        operation: "RunInstances".to_owned(),
        purchase_type: purchase.to_owned(),
        ..CostLine::usage(hours, usd)
    }
}

/// One account with nothing in it.
fn empty() -> Estate {
    let mut estate = Estate::default();
    estate.now = NOW;
    estate.has_machines = true;
    estate.regions = vec![REGION.to_owned()];
    estate.accounts = vec![Account {
        id: ACCOUNTS[0].to_owned(),
        name: "root".to_owned(),
        is_payer: true,
        role: None,
    }];
    estate
}

pub(super) fn estate(machines: &[(&str, Machine)]) -> Estate {
    let mut estate = empty();
    for (id, machine) in machines {
        machine.put(id, &mut estate);
    }
    estate
}

/// The report of an audit, and the server that was asked.
pub(super) fn audit_with(
    estate: Estate,
    settings: &str,
    faults: &[(&str, Effect)],
) -> (Value, Fake) {
    let faults = faults.iter().map(|(action, effect)| Fault {
        scope: Scope::action(action),
        calls: Calls::Always,
        effect: *effect,
    });
    audit_under(&Arc::new(estate), settings, "", faults)
}

/// The same with flags, and under any faults.
pub(super) fn audit_under(
    estate: &Arc<Estate>,
    settings: &str,
    flags: &str,
    faults: impl IntoIterator<Item = Fault>,
) -> (Value, Fake) {
    let fake = Fake::start(Arc::clone(estate), None);
    for fault in faults {
        fake.fault(fault);
    }
    let folder = Folder::new();
    folder.write("ai-cost.toml", settings);
    let arguments = format!("audit {ASKING} {flags} --format json");
    let run = outcome(&mut audited::ai_cost(&folder, &fake, &arguments));
    assert_eq!(run.code, 0, "{}", run.stderr);
    (serde_json::from_str(&run.stdout).unwrap(), fake)
}

pub(super) fn audit(estate: Estate) -> Value {
    audit_with(estate, "", &[]).0
}

pub(super) fn found<'a>(report: &'a Value, rule: &str) -> Option<&'a Value> {
    list(&report["findings"]).iter().find(|found| found["rule"] == rule)
}

pub(super) fn rules(report: &Value) -> Vec<&str> {
    list(&report["findings"]).iter().filter_map(|found| found["rule"].as_str()).collect()
}

pub(super) fn usd(amount: &Value) -> f64 {
    cents(amount) as f64 / 100.0
}

pub(super) fn is_near(amount: &Value, expected: f64) -> bool {
    (usd(amount) - expected).abs() < 0.01 * expected
}

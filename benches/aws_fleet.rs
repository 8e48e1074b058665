//! A made account on loopback for `benches/aws.py`: so many machines with one GPU each, five metrics of each over thirty days,
//! and their bill. It prints its port, answers until its input ends, and then prints what it was asked.

#![expect(clippy::print_stdout, reason = "it talks with the program that measures")]
#![expect(
    clippy::cast_possible_wrap,
    clippy::use_debug,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what serves is from the tests, and ends with the measurement"
)]
#![expect(dead_code, unused_imports, reason = "the tests use all of it")]

#[path = "../tests/it/aws/fake/mod.rs"]
mod fake;
#[path = "../tests/it/aws/moto.rs"]
mod moto;

use std::{io::Read as _, sync::Arc};

use serde_json::{Value, json};

use self::{
    fake::{Account, Bucket, CostLine, Estate, Fake, HOUR, Series},
    moto::Moto,
};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "us-east-1";
const DAYS: i64 = 30;
/// 2026-10-20T00:00:00Z, the end of the window.
const END: i64 = 1_792_454_400;
const GPU_METRICS: [&str; 2] = ["nvidia_smi_utilization_gpu", "nvidia_smi_memory_used"];
const MACHINE_METRICS: [&str; 3] = ["CPUUtilization", "NetworkIn", "NetworkOut"];
const TYPES: [(&str, f64); 3] =
    [("g5.xlarge", 1.006), ("g6.xlarge", 0.8048), ("g4dn.xlarge", 0.526)];

/// Of twenty machines three idle, three work in office hours only, six lightly, and eight all the time.
fn load_percent(number: usize, hour: i64) -> f64 {
    let noise = ((number as i64 * 7_919 + hour * 104_729) % 1_000) as f64 / 1_000.0;
    match number % 20 {
        0..3 => 0.0,
        3..6 if (hour / 24 + 3) % 7 >= 5 || !(8..18).contains(&(hour % 24)) => 0.0,
        6..12 => 8.0 + 10.0 * noise,
        _ => 60.0 + 35.0 * noise,
    }
}

fn bucket(metric: &str, number: usize, hour: i64) -> Bucket {
    let load = load_percent(number, hour);
    let peak = if load > 0.0 { (load * 1.2).min(100.0) } else { 0.0 };
    match metric {
        "nvidia_smi_utilization_gpu" => {
            Bucket { mean: load, max: peak, min: 0.0, count: 60.0, p95: None }
        }
        "nvidia_smi_memory_used" => Bucket::steady(if load > 0.0 { 9_000.0 } else { 3.0 }),
        "CPUUtilization" => Bucket::steady(1.0 + load / 4.0),
        _ => Bucket::steady(1e5 * (1.0 + load)),
    }
}

fn id(number: usize) -> String {
    format!("i-{number:017x}")
}

fn estate(count: usize) -> Estate {
    let mut estate = Estate::default();
    estate.now = END + 60 * HOUR;
    estate.accounts.push(Account {
        id: ACCOUNT.to_owned(),
        name: "bench".to_owned(),
        is_payer: true,
        role: None,
    });
    estate.regions.push(REGION.to_owned());
    for number in 0..count {
        let id = id(number);
        let own = [("InstanceId", id.as_str())];
        let of_gpu = [own[0], ("index", "0"), ("name", "NVIDIA A10G")];
        for metric in GPU_METRICS {
            let hours = move |hour| Some(bucket(metric, number, hour));
            estate.metrics.add(ACCOUNT, REGION, Series::new("CWAgent", metric, &of_gpu, hours));
        }
        for metric in MACHINE_METRICS {
            let hours = move |hour| Some(bucket(metric, number, hour));
            estate.metrics.add(ACCOUNT, REGION, Series::new("AWS/EC2", metric, &own, hours));
        }
    }
    for day in 0..DAYS {
        for (position, (instance_type, usd_per_hour)) in TYPES.iter().enumerate() {
            let machines = (0..count).filter(|number| number % TYPES.len() == position).count();
            let hours = machines as f64 * 24.0;
            estate.costs.push(CostLine {
                account: ACCOUNT.to_owned(),
                start: END - (DAYS - day) * 24 * HOUR,
                hours: 24,
                service: "Amazon Elastic Compute Cloud - Compute".to_owned(),
                region: REGION.to_owned(),
                zone: format!("{REGION}a"),
                instance_type: (*instance_type).to_owned(),
                usage_type: format!("BoxUsage:{instance_type}"),
                operation: "RunInstances".to_owned(),
                purchase_type: "On Demand Instances".to_owned(),
                record_type: "Usage".to_owned(),
                resource_id: String::new(),
                tags: Vec::new(),
                usage_quantity: hours,
                unblended_usd: hours * usd_per_hour,
                amortized_usd: hours * usd_per_hour,
                on_demand_usd: hours * usd_per_hour,
            });
        }
    }
    estate
}

/// The machines as `moto` plants them.
fn machines(count: usize) -> Value {
    let machine = |number: usize| {
        json!({
            "id": id(number),
            "type": TYPES[number % TYPES.len()].0,
            "zone": format!("{REGION}a"),
            "ip": format!("10.{}.{}.{}", number / 62_500, number / 250 % 250, number % 250 + 1),
            "state": "running",
            "created_at": "2026-06-01T00:00:00Z",
            "launched_at": "2026-06-01T00:00:00Z",
            "tags": { "Name": format!("gpu-{number:05}"), "team": format!("team-{}", number % 20) },
            "volumes": [],
        })
    };
    let instances: Vec<Value> = (0..count).map(machine).collect();
    json!({ ACCOUNT: { REGION: { "instances": instances, "groups": [] } } })
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let count = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(100);
    let Some(moto) = Moto::start(&machines(count)) else { return };
    let fake = Fake::start(Arc::new(estate(count)), Some(moto.port));
    println!("{} {}", fake.url(), Estate::access_key(ACCOUNT));
    let mut input = Vec::new();
    // Whoever measures is done when it closes this.
    let read = std::io::stdin().read_to_end(&mut input);
    println!(
        "{} {} {} {:?}",
        fake.log().count("cloudwatch:GetMetricData"),
        fake.log().metric_count(),
        fake.log().query_count(),
        read.map(|_bytes| fake.log().datapoint_count())
    );
}

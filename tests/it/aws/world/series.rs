//! What is sent to `CloudWatch`, hour by hour.

use super::{HOUR, HOURS, Job, Machine, START, Sender, World, jobs::Kind, served, shapes};
use crate::aws::fake::{Bucket, Estate, Series};

/// The first hour of the window, since 1970.
pub(super) const FIRST: i64 = START / HOUR;

pub(super) fn add(world: &World, estate: &mut Estate) {
    for machine in &world.machines {
        add_machine(machine, estate);
    }
    for endpoint in &world.endpoints {
        served::add(endpoint, estate);
    }
    for job in &world.jobs {
        add_job(job, estate);
    }
}

/// Values of a minute that lie around a mean.
pub(super) fn around(mean: f64, limit: f64) -> Bucket {
    let max = (mean * 1.2).min(limit);
    Bucket { mean, max, min: mean * 0.8, count: 60.0, p95: Some(max) }
}

fn add_machine(machine: &Machine, estate: &mut Estate) {
    let (account, region) = (machine.place.account(), machine.place.region());
    let mut plant = |namespace: &str, name: &str, dimensions: &[(&str, &str)], of: Value| {
        let machine = machine.clone();
        let hours = move |hour: i64| {
            let hour = hour - FIRST;
            machine.runs(hour).then(|| of(&machine, hour)).flatten()
        };
        estate.metrics.add(account, region, Series::new(namespace, name, dimensions, hours));
    };
    let ec2 = [("InstanceId", machine.id.as_str())];
    plant("AWS/EC2", "CPUUtilization", &ec2, |machine, hour| {
        Some(around(2.0 + machine.load.level(hour) * 20.0, 100.0))
    });
    for name in ["NetworkIn", "NetworkOut"] {
        plant("AWS/EC2", name, &ec2, |machine, hour| {
            Some(around(1e6 + machine.load.level(hour) * 1e8, f64::INFINITY))
        });
    }
    let (namespace, has_id) = match machine.sender {
        Sender::AgentById => ("CWAgent", true),
        Sender::AgentByHost => ("CWAgent", false),
        Sender::OwnNamespace => ("ML/GPU", true),
        Sender::Nobody => return,
    };
    let host = machine.host();
    for gpu in 0..machine.shape.gpus {
        let index = gpu.to_string();
        let mut dimensions = vec![
            ("arch", "Ampere"),
            ("host", host.as_str()),
            ("index", index.as_str()),
            ("name", machine.shape.gpu),
        ];
        if has_id {
            dimensions.push(("ImageId", "ami-0123456789abcdef0"));
            dimensions.push(("InstanceId", machine.id.as_str()));
            dimensions.push(("InstanceType", machine.shape.name));
        }
        let is_busy = gpu < machine.busy_gpus;
        let of: [(&str, Value); 4] = if is_busy {
            [
                ("nvidia_smi_utilization_gpu", |machine, hour| {
                    Some(around(machine.load.level(hour) * 100.0, 100.0))
                }),
                ("nvidia_smi_memory_used", |machine, _| {
                    let mib = machine.shape.gpu_gib * 1024.0;
                    let used = machine.mem_ratio * mib;
                    Some(Bucket { mean: used, max: used, min: used, count: 60.0, p95: None })
                }),
                ("nvidia_smi_memory_total", |machine, _| {
                    Some(Bucket::steady(machine.shape.gpu_gib * 1024.0))
                }),
                ("nvidia_smi_power_draw", |machine, hour| {
                    Some(around(30.0 + machine.load.level(hour) * 250.0, 700.0))
                }),
            ]
        } else {
            [
                ("nvidia_smi_utilization_gpu", |_, _| Some(Bucket::steady(0.0))),
                ("nvidia_smi_memory_used", |_, _| Some(Bucket::steady(4.0))),
                ("nvidia_smi_memory_total", |machine, _| {
                    Some(Bucket::steady(machine.shape.gpu_gib * 1024.0))
                }),
                ("nvidia_smi_power_draw", |_, _| Some(Bucket::steady(25.0))),
            ]
        };
        for (name, of) in of {
            plant(namespace, name, &dimensions, of);
        }
    }
}

/// What a machine sends in an hour from the start of the window.
type Value = fn(&Machine, i64) -> Option<Bucket>;

fn add_job(job: &Job, estate: &mut Estate) {
    let (account, region) = (job.place.account(), job.place.region());
    let namespace = match job.kind {
        Kind::Training => "/aws/sagemaker/TrainingJobs",
        Kind::Processing => "/aws/sagemaker/ProcessingJobs",
        Kind::Transform => "/aws/sagemaker/TransformJobs",
    };
    let gpus = shapes::of_sagemaker(job.instance_type).gpus as f64;
    let hours = job.from..job.from + job.hours;
    for machine in 0..job.machines {
        let host = match job.kind {
            Kind::Transform => format!("{}/i-{machine:017x}", job.name),
            _ => format!("{}/algo-{}", job.name, machine + 1),
        };
        for (name, level) in [("GPUUtilization", job.level), ("GPUMemoryUtilization", 0.8)] {
            let hours = hours.clone();
            let value = level * 100.0 * gpus;
            let sent = move |hour: i64| {
                hours.contains(&(hour - FIRST)).then(|| around(value, 100.0 * gpus))
            };
            let dimensions = [("Host", host.as_str())];
            estate.metrics.add(account, region, Series::new(namespace, name, &dimensions, sent));
        }
    }
    debug_assert!(hours.end <= HOURS);
}

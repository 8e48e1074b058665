//! What all of it cost, day by day.

use super::{
    Endpoint, HOUR, HOURS, Job, Machine, Plan, START, Serving, World, clusters, commitments,
    jobs::Kind, shapes, studio, throughput, truth::VOLUME_USD,
};
use crate::aws::fake::{CostLine, Estate};

pub(super) const EC2: &str = "Amazon Elastic Compute Cloud - Compute";
const OTHER: &str = "EC2 - Other";
const SAGEMAKER: &str = "Amazon SageMaker";
/// Hours.
const DAY: i64 = 24;

pub(super) fn add(world: &World, estate: &mut Estate) {
    for day in 0..HOURS / DAY {
        estate.costs.extend(commitments::lines(day));
        let (mut reserved, reserved_usd) = commitments::RESERVED;
        for machine in &world.machines {
            let line = of_machine(machine, day);
            let is_reserved = machine.name == "sweep" && reserved > 0;
            reserved -= usize::from(is_reserved);
            estate.costs.extend(line.map(|line| {
                if is_reserved { under_reservation(line, reserved_usd) } else { line }
            }));
            estate.costs.push(of_volume(machine, day));
        }
        for endpoint in &world.endpoints {
            estate.costs.extend(of_endpoint(endpoint, day));
        }
        estate.costs.extend(clusters::lines(world, day));
        estate.costs.extend(studio::lines(world, day));
        estate.costs.extend(throughput::lines(world, day));
        for notebook in world.notebooks.iter().filter(|notebook| notebook.is_running) {
            let usd = shapes::sagemaker_usd(notebook.instance_type);
            let usage = format!("Notebk:{}", notebook.instance_type);
            let line = CostLine {
                account: notebook.place.account().to_owned(),
                region: notebook.place.region().to_owned(),
                usage_type: prefixed(notebook.place.region(), &usage),
                instance_type: notebook.instance_type.to_owned(),
                ..sagemaker(day, DAY as f64, usd)
            };
            estate.costs.push(line);
        }
    }
    for job in &world.jobs {
        estate.costs.extend(of_job(job));
    }
}

/// Usage of another region has its name in front.
fn prefixed(region: &str, usage: &str) -> String {
    if region == "us-east-1" { usage.to_owned() } else { format!("EU-{usage}") }
}

fn line(day: i64, quantity: f64, usd: f64) -> CostLine {
    CostLine {
        start: START + day * DAY * HOUR,
        hours: DAY,
        purchase_type: "On Demand Instances".to_owned(),
        record_type: "Usage".to_owned(),
        usage_quantity: quantity,
        unblended_usd: usd,
        amortized_usd: usd,
        on_demand_usd: usd,
        ..CostLine::default()
    }
}

fn of_machine(machine: &Machine, day: i64) -> Option<CostLine> {
    let hours = (day * DAY..(day + 1) * DAY).filter(|hour| machine.runs(*hour)).count() as f64;
    let region = machine.place.region();
    let usage = if machine.is_spot { "SpotUsage" } else { "BoxUsage" };
    let purchase = if machine.is_spot { "Spot Instances" } else { "On Demand Instances" };
    let operation =
        if machine.plan == Plan::Windows { "RunInstances:0002" } else { "RunInstances" };
    (hours > 0.0).then(|| CostLine {
        account: machine.place.account().to_owned(),
        service: EC2.to_owned(),
        region: region.to_owned(),
        zone: machine.zone.clone(),
        instance_type: machine.shape.name.to_owned(),
        usage_type: prefixed(region, &format!("{usage}:{}", machine.shape.name)),
        operation: operation.to_owned(),
        purchase_type: purchase.to_owned(),
        resource_id: machine.id.clone(),
        ..line(day, hours, hours * machine.usd_per_hour())
    })
}

/// The same machine in hours that were reserved.
fn under_reservation(line: CostLine, usd_per_hour: f64) -> CostLine {
    CostLine {
        purchase_type: "Standard Reserved Instances".to_owned(),
        record_type: "DiscountedUsage".to_owned(),
        unblended_usd: 0.0,
        amortized_usd: line.usage_quantity * usd_per_hour,
        ..line
    }
}

fn of_volume(machine: &Machine, day: i64) -> CostLine {
    let region = machine.place.region();
    // A month of the bill has as many hours as its days; this one is taken as 730.
    let months = DAY as f64 / 730.0;
    let quantity = f64::from(machine.volume_gib) * months;
    let price = VOLUME_USD[super::REGIONS.iter().position(|known| *known == region).unwrap()];
    CostLine {
        account: machine.place.account().to_owned(),
        service: OTHER.to_owned(),
        region: region.to_owned(),
        usage_type: prefixed(region, "EBS:VolumeUsage.gp3"),
        operation: "CreateVolume-Gp3".to_owned(),
        resource_id: machine.volume_id(),
        ..line(day, quantity, quantity * price)
    }
}

pub(super) fn sagemaker(day: i64, hours: f64, usd_per_hour: f64) -> CostLine {
    CostLine {
        service: SAGEMAKER.to_owned(),
        operation: "RunInstance".to_owned(),
        ..line(day, hours, hours * usd_per_hour)
    }
}

fn of_endpoint(endpoint: &Endpoint, day: i64) -> Option<CostLine> {
    let region = endpoint.place.region();
    let (usage, hours, usd) = match endpoint.serving {
        // By the GB-second, and little of it.
        Serving::Serverless { .. } => ("ServerlessInf:Mem-4GB".to_owned(), DAY as f64, 0.01),
        serving => {
            let word = if serving == Serving::Queued { "AsyncInf" } else { "Host" };
            let ran = (day * DAY..(day + 1) * DAY).filter(|hour| endpoint.runs(*hour)).count();
            let usd = shapes::sagemaker_usd(endpoint.instance_type);
            let usage = format!("{word}:{}", endpoint.instance_type);
            (usage, ran as f64 * endpoint.replicas as f64, usd)
        }
    };
    (hours > 0.0).then(|| CostLine {
        account: endpoint.place.account().to_owned(),
        region: region.to_owned(),
        instance_type: endpoint.instance_type.to_owned(),
        usage_type: prefixed(region, &usage),
        ..sagemaker(day, hours, usd)
    })
}

/// What a job cost on each day that it touched.
fn of_job(job: &Job) -> Vec<CostLine> {
    let usd = shapes::sagemaker_usd(job.instance_type);
    let usage = match (job.kind, job.is_spot) {
        (Kind::Training, true) => "TrainSpot",
        (Kind::Training, false) => "Train",
        (Kind::Processing, _) => "Processing",
        (Kind::Transform, _) => "Tsform",
    };
    let factor = if job.is_spot { 0.3 } else { 1.0 };
    let region = job.place.region();
    let days = job.from / DAY..=(job.from + job.hours - 1) / DAY;
    days.map(|day| {
        let from = job.from.max(day * DAY);
        let to = (job.from + job.hours).min((day + 1) * DAY);
        let hours = (to - from) as f64 * job.machines as f64;
        CostLine {
            start: START + from * HOUR,
            hours: to - from,
            account: job.place.account().to_owned(),
            region: region.to_owned(),
            instance_type: job.instance_type.to_owned(),
            usage_type: prefixed(region, &format!("{usage}:{}", job.instance_type)),
            ..sagemaker(day, hours * factor, usd)
        }
    })
    .collect()
}

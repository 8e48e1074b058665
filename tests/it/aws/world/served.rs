//! What endpoints send to `CloudWatch`, by how they serve.

use super::{
    Endpoint, Serving,
    series::{FIRST, around},
    shapes,
};
use crate::aws::fake::{Bucket, Estate, Series};

const MACHINES: &str = "/aws/sagemaker/Endpoints";
const REQUESTS: &str = "AWS/SageMaker";

/// What an endpoint sends in an hour from the start of the window, with a number that it is multiplied with.
type Value = fn(&Endpoint, i64, f64) -> Option<Bucket>;

/// Where the series of an endpoint go.
struct Sender<'a> {
    endpoint: &'a Endpoint,
    estate: &'a mut Estate,
}

impl Sender<'_> {
    fn send(&mut self, (namespace, name): (&str, &str), more: &[(&str, &str)], of: Value, by: f64) {
        let own = [("EndpointName", self.endpoint.name.as_str()), ("VariantName", "AllTraffic")];
        let dimensions: Vec<(&str, &str)> = own.into_iter().chain(more.iter().copied()).collect();
        self.send_as(namespace, name, &dimensions, of, by);
    }

    fn send_as(
        &mut self,
        namespace: &str,
        name: &str,
        dimensions: &[(&str, &str)],
        of: Value,
        by: f64,
    ) {
        let endpoint = self.endpoint.clone();
        let hours = move |hour: i64| of(&endpoint, hour - FIRST, by);
        let series = Series::new(namespace, name, dimensions, hours);
        let place = self.endpoint.place;
        self.estate.metrics.add(place.account(), place.region(), series);
    }
}

pub(super) fn add(endpoint: &Endpoint, estate: &mut Estate) {
    let mut sender = Sender { endpoint, estate };
    match endpoint.serving {
        Serving::Serverless { .. } => {}
        Serving::Shared { .. } => add_shared(&mut sender),
        _ => add_machines(&mut sender),
    }
    if endpoint.serving == Serving::Queued {
        add_queue(&mut sender);
    } else {
        add_requests(&mut sender);
    }
}

/// Machines add up what their GPUs, and their CPUs, say.
fn add_machines(sender: &mut Sender<'_>) {
    let shape = shapes::of_sagemaker(sender.endpoint.instance_type);
    let (gpus, cpus) = (shape.gpus as f64, f64::from(shape.vcpus));
    let util: Value = |endpoint, hour, gpus| {
        let level = endpoint.load.level(hour) * 100.0 * gpus;
        endpoint.runs(hour).then(|| around(level, 100.0 * gpus))
    };
    let memory: Value = |endpoint, hour, gpus| {
        let level = endpoint.mem_ratio * 100.0 * gpus;
        endpoint.runs(hour).then(|| Bucket::steady(level))
    };
    let cpu: Value = |endpoint, hour, cpus| {
        let level = (3.0 + endpoint.load.level(hour) * 20.0) * cpus;
        endpoint.runs(hour).then(|| around(level, 100.0 * cpus))
    };
    sender.send((MACHINES, "GPUUtilization"), &[], util, gpus);
    sender.send((MACHINES, "GPUMemoryUtilization"), &[], memory, gpus);
    sender.send((MACHINES, "CPUUtilization"), &[], cpu, cpus);
    if sender.endpoint.serving == Serving::Detailed {
        for gpu in 0..shape.gpus {
            let number = gpu.to_string();
            let own = [("InstanceId", "i-00000000000d0000"), ("AcceleratorId", number.as_str())];
            sender.send((MACHINES, "GPUUtilization"), &own, util, 1.0);
            sender.send((MACHINES, "GPUMemoryUtilization"), &own, memory, 1.0);
        }
    }
}

/// Where models share the machines, all is told as a part of what there is.
fn add_shared(sender: &mut Sender<'_>) {
    let util: Value = |endpoint, hour, _| Some(around(endpoint.load.level(hour) * 100.0, 100.0));
    let memory: Value = |endpoint, _, _| Some(Bucket::steady(endpoint.mem_ratio * 100.0));
    let cpu: Value =
        |endpoint, hour, _| Some(around(3.0 + endpoint.load.level(hour) * 20.0, 100.0));
    sender.send((MACHINES, "GPUUtilizationNormalized"), &[], util, 1.0);
    sender.send((MACHINES, "GPUMemoryUtilizationNormalized"), &[], memory, 1.0);
    sender.send((MACHINES, "CPUUtilizationNormalized"), &[], cpu, 1.0);
    let per_copy: Value = |endpoint, hour, models| {
        let count = endpoint.requests(hour) / models;
        (count > 0.0).then(|| Bucket::events(count))
    };
    let models = sender.endpoint.models();
    for model in &models {
        let of_model = [("InferenceComponentName", model.as_str())];
        let namespace = "/aws/sagemaker/InferenceComponents";
        sender.send_as(namespace, "GPUUtilizationNormalized", &of_model, util, 1.0);
        let count = models.len() as f64;
        sender.send_as(REQUESTS, "InvocationsPerCopy", &of_model, per_copy, count);
    }
}

/// Nothing is sent in hours without requests.
fn add_requests(sender: &mut Sender<'_>) {
    let requests: Value = |endpoint, hour, _| {
        let count = endpoint.requests(hour);
        (count > 0.0).then(|| Bucket::events(count))
    };
    sender.send((REQUESTS, "Invocations"), &[], requests, 1.0);
    let per_instance: Value = |endpoint, hour, replicas| {
        let count = endpoint.requests(hour);
        let each = 1.0 / replicas;
        let sent = Bucket { mean: each, max: each, min: each, count, p95: None };
        (count > 0.0).then_some(sent)
    };
    if !matches!(sender.endpoint.serving, Serving::Serverless { .. }) {
        let replicas = sender.endpoint.replicas as f64;
        sender.send((REQUESTS, "InvocationsPerInstance"), &[], per_instance, replicas);
    }
}

/// A queue counts what it has processed, and what still waits in it.
fn add_queue(sender: &mut Sender<'_>) {
    let processed: Value = |endpoint, hour, _| {
        let count = endpoint.requests(hour);
        (count > 0.0).then(|| Bucket::events(count))
    };
    sender.send((REQUESTS, "InvocationsProcessed"), &[], processed, 1.0);
    let latency: Value = |endpoint, hour, _| {
        let count = endpoint.requests(hour);
        let sent = Bucket { mean: 2e6, max: 4e6, min: 1e6, count, p95: Some(3e6) };
        (count > 0.0).then_some(sent)
    };
    sender.send((REQUESTS, "ModelLatency"), &[], latency, 1.0);
    let name = sender.endpoint.name.clone();
    let backlog: Value = |endpoint, hour, _| {
        let waiting = if endpoint.load.level(hour) > 0.0 { 3.0 } else { 0.0 };
        Some(Bucket::steady(waiting))
    };
    let own = [("EndpointName", name.as_str())];
    sender.send_as(REQUESTS, "ApproximateBacklogSize", &own, backlog, 1.0);
}

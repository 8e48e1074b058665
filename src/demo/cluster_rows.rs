//! How a node of a cluster and what runs on it become rows.

use super::{
    activity::ACTIVE,
    cluster::{Load, Node, Work},
    ids::{HOURS, Site, days_before_end, hour_at},
    minutes::Burst,
    noise::{Noise, count, whole},
    truth::{Hour, Remedy},
    yard::{Charge, Yard, tags_json},
};
use crate::frame::{InvocationRow, ResourceRow, UsageRow, WorkloadRow};

/// One drawn time of a workload.
struct Drawn {
    utilisation: Vec<f64>,
    requests: Option<Vec<f64>>,
}

impl Drawn {
    fn of(load: Load, slots: &[usize], noise: &mut Noise) -> Self {
        match load {
            Load::Gpu(activity) => {
                Self { utilisation: activity.draw(slots, noise), requests: None }
            }
            Load::Wave { low } => {
                let requests: Vec<f64> = slots
                    .iter()
                    .map(|slot| {
                        let angle = (slot % 24) as f64 / 24.0 * std::f64::consts::TAU;
                        let height = low + (1.0 - low) * (0.5 - 0.5 * angle.cos());
                        2_000.0 * height * noise.between(0.94, 1.0)
                    })
                    .collect();
                let utilisation = requests.iter().map(|count| count / 2_000.0 * 0.8).collect();
                Self { utilisation, requests: Some(requests) }
            }
        }
    }

    fn is_active(&self, hour: usize) -> bool {
        let requests = self.requests.as_ref().and_then(|requests| requests.get(hour));
        requests.is_some_and(|count| *count > 0.0)
            || self.utilisation.get(hour).is_some_and(|ratio| *ratio > ACTIVE)
    }

    /// Pods that an hour asks for; `peak` is the most requests of the time that is known.
    fn need(&self, hour: usize, pods: f64, peak: f64) -> f64 {
        match self.requests.as_ref().and_then(|requests| requests.get(hour)) {
            Some(count) => pods * count / peak,
            None if self.is_active(hour) => pods,
            None => 0.0,
        }
    }
}

fn add(sums: &mut [f64], amounts: &[f64]) {
    for (sum, amount) in sums.iter_mut().zip(amounts) {
        *sum += amount;
    }
}

impl Yard {
    /// Plants a node and everything on it, and returns the node's id.
    pub(super) fn node(&mut self, node: &Node) -> String {
        let mut noise = self.noise.fork();
        let row = self.node_row(node);
        let id = row.resource_id.clone();
        let gpus = row.gpu_count.unwrap_or(1.0);
        let rate = self.node_rate(node);
        let from = whole((30.0 - node.launched_days).max(0.0) * 24.0);
        self.pod(node, &id, ("node-exporter", "daemonset", ""), None, 0);
        for number in 0..node.cpu_pods {
            self.pod(node, &id, ("web", "deployment", ""), None, number + 1);
        }
        let mut first_gpu = 0.0;
        let mut remaining = vec![0.0; HOURS];
        for work in &node.work {
            let held = work.pods as f64 * work.gpus;
            let place = (id.as_str(), rate * held / gpus, first_gpu, from);
            add(&mut remaining, &self.plant_work(node, work, place, &mut noise));
            first_gpu += held;
        }
        // What no pod holds does nothing.
        for gpu in whole(first_gpu.ceil())..whole(gpus) {
            let idle = vec![0.0; HOURS];
            self.measure_gpu(&row, gpu, (&idle, 0.3, 0.02, None), from, &mut noise);
        }
        let hours = |usd: f64| vec![Hour { usd, units: 1.0, ..Hour::default() }; HOURS];
        let remedy = if node.is_to_go { Remedy::STOP } else { Remedy::default() };
        self.settle(&id, &node.hits, remedy, &hours(rate));
        let unheld = (gpus - first_gpu).max(0.0) / gpus;
        let remedy = Remedy::resize(1.0 - node.packable_ratio);
        let spare = format!("{id}/unallocated");
        let outcome = self.settle(&spare, &node.spare_hits, remedy, &hours(rate * unheld));
        add(&mut remaining, &outcome.remaining_usd);
        if let Some(site) = node.billed_to.filter(|_| node.purchase == "on_demand") {
            let window: Vec<f64> =
                (0..HOURS).map(|hour| if hour < from { 0.0 } else { rate }).collect();
            let remaining = if node.is_to_go { vec![0.0; HOURS] } else { remaining };
            self.add_to_pool(site, node.instance_type, &window, &remaining);
        }
        self.fleet.resources.push(row);
        id
    }

    fn node_rate(&self, node: &Node) -> f64 {
        let site = Site { provider: node.machine_provider, ..node.billed_to.unwrap_or(node.site) };
        let usd = self.quote(site, node.instance_type).map_or(1.0, |quote| {
            let spot = quote.spot_usd_per_hour.filter(|_| node.purchase == "spot");
            spot.unwrap_or(quote.on_demand_usd_per_hour)
        });
        usd * node.billed_to.map_or(1.0, |site| site.paid_ratio)
    }

    fn node_row(&mut self, node: &Node) -> ResourceRow {
        let row = self.row(node.site, "node", "node/gpu-", node.name);
        let shape = self.catalog.shape(node.machine_provider, node.instance_type).cloned();
        let launched_at = Some(days_before_end(node.launched_days));
        let backed_by = node.billed_to.map(|site| {
            let machine = self.row(site, "gpu_instance", "i-0f", "");
            let from = whole((30.0 - node.launched_days).max(0.0) * 24.0);
            let rate = self.node_rate(node);
            let hourly: Vec<f64> =
                (0..HOURS).map(|hour| if hour < from { 0.0 } else { rate }).collect();
            self.charge(&Charge {
                site,
                resource_id: Some(&machine.resource_id),
                service: "Compute",
                sku: node.instance_type,
                instance_type: Some(node.instance_type),
                kind: "usage",
                purchase_option: Some(node.purchase),
                commitment_id: None,
                hourly_usd: &hourly,
            });
            self.note(&machine.resource_id, &[], Some(0.0), 0.0);
            let id = machine.resource_id.clone();
            self.fleet.resources.push(ResourceRow {
                instance_type: Some(node.instance_type.to_owned()),
                purchase_option: Some(node.purchase.to_owned()),
                launched_at,
                ..machine
            });
            id
        });
        ResourceRow {
            instance_type: Some(node.instance_type.to_owned()),
            machine_provider: Some(node.machine_provider.to_owned()),
            purchase_option: Some(node.purchase.to_owned()),
            launched_at,
            backed_by,
            gpu_model: shape.as_ref().map(|shape| shape.gpu_model.clone()),
            gpu_count: shape.as_ref().map(|shape| shape.gpu_count),
            gpu_mem_gib_per_gpu: shape.as_ref().and_then(|shape| shape.gpu_mem_gib_per_gpu),
            vcpu_count: shape.as_ref().and_then(|shape| shape.vcpu_count),
            mem_gib: shape.as_ref().and_then(|shape| shape.mem_gib),
            tags_json: tags_json(row.team.as_deref(), node.tags),
            ..row
        }
    }

    /// One pod from the node's start on.
    fn pod(
        &mut self,
        node: &Node,
        node_id: &str,
        (name, kind, workload_id): (&str, &str, &str),
        gpus: Option<f64>,
        number: usize,
    ) {
        let unlisted = || node.site.id(&format!("ml/{kind}/{name}"));
        self.fleet.workloads.push(WorkloadRow {
            workload_id: Some(workload_id.to_owned())
                .filter(|id| !id.is_empty())
                .unwrap_or_else(unlisted),
            cluster: node.site.account_id.to_owned(),
            namespace: "ml".to_owned(),
            name: name.to_owned(),
            resource_id: Some(node_id.to_owned()),
            kind: Some(kind.to_owned()),
            gpu_requested_count: gpus,
            mem_requested_gib: Some(4.0),
            started_at: days_before_end(node.launched_days),
            restart_count: Some(0),
            unit_name: Some(format!("{name}-{number}")),
            ..WorkloadRow::default()
        });
    }

    /// Plants a workload: `share_usd` is what it costs an hour, `first_gpu` where its pods begin. Returns what of its cost is
    /// left by hour once it is put right.
    fn plant_work(
        &mut self,
        node: &Node,
        work: &Work,
        (node_id, share_usd, first_gpu, from): (&str, f64, f64, usize),
        noise: &mut Noise,
    ) -> Vec<f64> {
        let window = Drawn::of(work.load, &self.slots(), noise);
        let later = Drawn::of(work.load, &self.later_slots(), noise);
        let row = self.row(node.site, "workload", &format!("ml/{}/", work.kind), work.name);
        let name = row.name.clone().unwrap_or_default();
        let shape = self.catalog.shape(node.machine_provider, node.instance_type).cloned();
        let row = ResourceRow {
            resource_id: node.site.id(&format!("ml/{}/{name}", work.kind)),
            name: Some(format!("ml/{name}")),
            launched_at: Some(days_before_end(node.launched_days)),
            unit_count: Some(work.pods as f64),
            gpu_model: shape.as_ref().map(|shape| shape.gpu_model.clone()),
            gpu_count: Some(work.gpus),
            gpu_mem_gib_per_gpu: shape.as_ref().and_then(|shape| shape.gpu_mem_gib_per_gpu),
            has_scaling: work.has_scaling,
            has_checkpoint: work.has_checkpoint,
            has_idle_shutdown: work.has_idle_shutdown,
            has_preallocated_memory: work.has_preallocated_memory,
            tags_json: tags_json(row.team.as_deref(), work.tags),
            ..row
        };
        let id = row.resource_id.clone();
        for pod in 0..work.pods {
            self.pod(node, node_id, (&name, work.kind, &id), Some(work.gpus), pod);
            if let Some(pod) = self.fleet.workloads.last_mut() {
                pod.has_checkpoint = work.has_checkpoint;
            }
        }
        self.measure_work(&row, work, &window, (node_id, first_gpu, from), noise);
        self.serve(&id, work, &window, from);
        let peak = |drawn: &Drawn| drawn.requests.iter().flatten().copied().fold(1.0, f64::max);
        let pods = work.pods as f64;
        let hours: Vec<Hour> = (0..HOURS)
            .map(|hour| Hour {
                usd: share_usd,
                committed_usd: 0.0,
                is_active: later.is_active(hour),
                units: pods,
                need: later.need(hour, pods, peak(&window)),
            })
            .collect();
        let outcome = self.settle(&id, &work.hits, work.remedy, &hours);
        self.fleet.resources.push(row);
        outcome.remaining_usd
    }

    /// The same accelerators under the node's name and, where it is known whose they are, under the workload's.
    fn measure_work(
        &mut self,
        row: &ResourceRow,
        work: &Work,
        drawn: &Drawn,
        (node_id, first_gpu, from): (&str, f64, usize),
        noise: &mut Noise,
    ) {
        let size = row.gpu_mem_gib_per_gpu.unwrap_or(16.0);
        let peak = work.mem_gib.unwrap_or(size * 0.8);
        let node = ResourceRow { resource_id: node_id.to_owned(), ..row.clone() };
        let gpus = whole((work.pods as f64 * work.gpus).ceil()).max(1);
        for slot in 0..gpus {
            let gpu = whole(first_gpu) + slot;
            let is_first = (first_gpu - first_gpu.floor()).abs() < 1e-9;
            let level = (&drawn.utilisation[..], peak, work.cpu, work.in_every_hour);
            if is_first || slot > 0 {
                self.measure_gpu(&node, gpu, level, from, &mut noise.fork());
            }
            let seen = work.coverage;
            let before = self.fleet.usage.len();
            if work.gpus >= 1.0 && seen > 0.0 {
                self.measure_gpu(row, slot, level, from, &mut noise.fork());
            }
            let unseen = noise.choose(whole((1.0 - seen) * HOURS as f64), HOURS);
            let own = self.fleet.usage.split_off(before);
            let own = own.into_iter().enumerate();
            let own = own.filter(|(hour, _)| !unseen.contains(hour)).map(|(_, row)| row);
            self.fleet.usage.extend(own);
        }
    }

    fn measure_gpu(
        &mut self,
        row: &ResourceRow,
        gpu: usize,
        (utilisation, peak_gib, cpu, burst): (&[f64], f64, f64, Option<Burst>),
        from: usize,
        noise: &mut Noise,
    ) {
        for hour in from..HOURS {
            let ratio = utilisation.get(hour).copied().unwrap_or_default();
            let usual = (ratio, (ratio * 1.2).min(1.0));
            let (ratio, top) = Burst::over(burst, usual, noise);
            let used = if hour == from { peak_gib } else { peak_gib * noise.between(0.8, 1.0) };
            self.fleet.usage.push(UsageRow {
                resource_id: row.resource_id.clone(),
                gpu_index: i64::try_from(gpu).ok(),
                hour_start: hour_at(hour),
                gpu_util_mean_ratio: Some(ratio),
                gpu_util_max_ratio: Some(top),
                gpu_active_mean_ratio: None,
                gpu_active_max_ratio: None,
                gpu_mem_used_mean_gib: Some(used * 0.95),
                gpu_mem_used_max_gib: Some(used),
                gpu_power_mean_watts: Some(60.0 + 240.0 * ratio),
                cpu_util_mean_ratio: Some(cpu * noise.between(0.6, 1.0)),
                network_gib: None,
                sample_count: 12,
                source: "planted".to_owned(),
            });
        }
    }

    /// Requests as the serving engine counts them.
    fn serve(&mut self, id: &str, work: &Work, drawn: &Drawn, from: usize) {
        if drawn.requests.is_none() && work.engine.is_none() {
            return;
        }
        for hour in from..HOURS {
            let wave = drawn.requests.as_ref().and_then(|requests| requests.get(hour));
            let requests = wave.copied().or(work.engine.map(|engine| engine.requests));
            self.fleet.invocations.push(InvocationRow {
                resource_id: id.to_owned(),
                model: "default".to_owned(),
                hour_start: hour_at(hour),
                request_count: requests.map(count),
                error_count: None,
                input_token_count: None,
                output_token_count: None,
                short_request_ratio: None,
                latency_p95_ms: None,
                replica_mean_count: Some(work.pods as f64),
                throughput_util_ratio: None,
                engine_cache_max_ratio: work.engine.and_then(|engine| engine.cache_ratio),
                variant: None,
            });
        }
    }
}

//! One model endpoint: its replicas, its requests, and how it becomes rows.

use super::{
    activity::Office,
    ids::{HOURS, Site, days_before_end, hour_at},
    minutes::Burst,
    noise::{Noise, count, whole},
    truth::{Hour, Remedy},
    yard::{Charge, Yard, tags_json},
};
use crate::frame::{InvocationRow, ResourceRow, UsageRow};

/// How requests arrive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Requests {
    /// So many in the whole window, each in an hour of its own.
    Few(usize),
    /// The same at all hours.
    Flat,
    /// In working hours, and now and then outside them.
    Office { office: Office, stray_chance: f64 },
    /// In so many hours of 720, at no particular time.
    Sparse(usize),
    /// Every day from low to high and back; the lowest hour's share of the highest.
    Wave { low: f64 },
}

impl Requests {
    /// Load hour by hour, 1 in the busiest.
    fn draw(self, slots: &[usize], noise: &mut Noise) -> Vec<f64> {
        let chosen = match self {
            Self::Few(hours) | Self::Sparse(hours) => noise.choose(hours, slots.len()),
            _ => std::collections::BTreeSet::new(),
        };
        let mut load: Vec<f64> = slots
            .iter()
            .enumerate()
            .map(|(hour, &slot)| {
                let now = noise.between(0.85, 1.0);
                match self {
                    Self::Few(_) | Self::Sparse(_) if !chosen.contains(&hour) => 0.0,
                    Self::Few(_) | Self::Sparse(_) | Self::Flat => now,
                    Self::Office { office, stray_chance } => {
                        let is_busy = office.is_open(slot) || noise.chance(stray_chance);
                        if is_busy { now } else { 0.0 }
                    }
                    Self::Wave { low } => {
                        let turn = (slot % 24) as f64 / 24.0 * std::f64::consts::TAU;
                        (low + (1.0 - low) * (0.5 - 0.5 * turn.cos())) * now
                    }
                }
            })
            .collect();
        let peak = load.iter().copied().fold(0.0, f64::max);
        load.iter_mut().filter(|_| peak > 0.0).for_each(|now| *now /= peak);
        load
    }
}

/// An endpoint to plant.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    pub(super) site: Site,
    pub(super) instance_type: &'static str,
    pub(super) name: &'static str,
    pub(super) mode: Option<&'static str>,
    pub(super) replicas: f64,
    /// Replicas follow the load: something scales them already.
    pub(super) is_scaled: bool,
    pub(super) scaling_min: Option<f64>,
    pub(super) requests: Requests,
    pub(super) requests_at_peak: f64,
    /// Utilisation in the busiest hour.
    pub(super) level: f64,
    /// Minutes of work in every hour besides.
    pub(super) in_every_hour: Option<Burst>,
    pub(super) mem_gib: Option<f64>,
    pub(super) has_preallocated_memory: Option<bool>,
    pub(super) coverage: f64,
    pub(super) gpu_coverage: f64,
    pub(super) launched_days: f64,
    pub(super) purchase: &'static str,
    pub(super) tags: &'static [(&'static str, &'static str)],
    pub(super) hits: Vec<&'static str>,
    pub(super) remedy: Remedy,
}

impl Endpoint {
    /// Two replicas with steady work.
    pub(super) fn fine(site: Site, instance_type: &'static str) -> Self {
        Self {
            site,
            instance_type,
            name: "",
            mode: Some("real_time"),
            replicas: 1.0,
            is_scaled: false,
            scaling_min: Some(1.0),
            requests: Requests::Flat,
            requests_at_peak: 900.0,
            level: 0.7,
            in_every_hour: None,
            mem_gib: None,
            has_preallocated_memory: Some(false),
            coverage: 1.0,
            gpu_coverage: 1.0,
            launched_days: 90.0,
            purchase: "on_demand",
            tags: &[],
            hits: Vec::new(),
            remedy: Remedy::default(),
        }
    }

    /// The same with these hits and the right thing to do.
    pub(super) fn hit(self, hits: &[&'static str], remedy: Remedy) -> Self {
        Self { hits: hits.to_vec(), remedy, ..self }
    }

    fn units(&self, load: f64) -> f64 {
        if self.is_scaled { (self.replicas * load).ceil().max(1.0) } else { self.replicas }
    }

    /// Utilisation of a replica; `load` is 1 in the busiest hour.
    fn utilisation(&self, load: f64) -> f64 {
        (self.level * load * self.replicas / self.units(load)).min(1.0)
    }
}

impl Yard {
    /// Plants an endpoint.
    pub(super) fn endpoint(&mut self, endpoint: &Endpoint) {
        let mut noise = self.noise.fork();
        let load = endpoint.requests.draw(&self.slots(), &mut noise);
        let later = endpoint.requests.draw(&self.later_slots(), &mut noise);
        let row = self.endpoint_row(endpoint);
        let id = row.resource_id.clone();
        let launched = days_before_end(endpoint.launched_days);
        let rate = self
            .quote(endpoint.site, endpoint.instance_type)
            .map_or(1.0, |quote| quote.on_demand_usd_per_hour)
            * endpoint.site.paid_ratio;
        let window_usd: Vec<f64> = load
            .iter()
            .enumerate()
            .map(
                |(hour, &load)| {
                    if hour_at(hour) < launched { 0.0 } else { rate * endpoint.units(load) }
                },
            )
            .collect();
        self.charge(&Charge {
            site: endpoint.site,
            resource_id: Some(&id),
            service: "Endpoints",
            sku: endpoint.instance_type,
            instance_type: Some(endpoint.instance_type),
            kind: "usage",
            purchase_option: Some(endpoint.purchase),
            commitment_id: None,
            hourly_usd: &window_usd,
        });
        let alive: Vec<(usize, f64)> = load
            .iter()
            .copied()
            .enumerate()
            .filter(|(hour, _)| hour_at(*hour) >= launched)
            .collect();
        self.report_requests(endpoint, &row, &alive, &mut noise);
        self.report_accelerators(endpoint, &row, &alive, &mut noise);

        let hours: Vec<Hour> = later
            .iter()
            .map(|&load| {
                let units = endpoint.units(load);
                let need = units * endpoint.utilisation(load);
                Hour { usd: rate * units, committed_usd: 0.0, is_active: load > 0.0, units, need }
            })
            .collect();
        let outcome = self.settle(&id, &endpoint.hits, endpoint.remedy, &hours);
        if endpoint.purchase == "on_demand" {
            let rest = outcome.committable_usd(endpoint.remedy);
            let site = endpoint.site;
            self.add_to_pool(site, endpoint.instance_type, &window_usd, &rest);
        }
        self.fleet.resources.push(row);
    }

    fn endpoint_row(&mut self, endpoint: &Endpoint) -> ResourceRow {
        let native = if endpoint.site.provider == "aws" { "endpoint/" } else { "endpoints/" };
        let row = self.row(endpoint.site, "endpoint", native, endpoint.name);
        let shape = self.shape(endpoint.site, endpoint.instance_type);
        ResourceRow {
            instance_type: Some(endpoint.instance_type.to_owned()),
            purchase_option: Some(endpoint.purchase.to_owned()),
            launched_at: Some(days_before_end(endpoint.launched_days)),
            gpu_model: shape.map(|shape| shape.gpu_model.clone()),
            gpu_count: shape.map(|shape| shape.gpu_count),
            gpu_mem_gib_per_gpu: shape.and_then(|shape| shape.gpu_mem_gib_per_gpu),
            vcpu_count: shape.and_then(|shape| shape.vcpu_count),
            mem_gib: shape.and_then(|shape| shape.mem_gib),
            unit_count: Some(endpoint.replicas),
            scaling_min_count: endpoint.scaling_min,
            has_scaling: Some(endpoint.is_scaled),
            has_preallocated_memory: endpoint.has_preallocated_memory,
            serving_mode: endpoint.mode.map(str::to_owned),
            tags_json: tags_json(row.team.as_deref(), endpoint.tags),
            ..row
        }
    }

    /// Requests of two models that share the endpoint, but for the hours that nobody measured.
    fn report_requests(
        &mut self,
        endpoint: &Endpoint,
        row: &ResourceRow,
        alive: &[(usize, f64)],
        noise: &mut Noise,
    ) {
        let unseen_count = whole(((1.0 - endpoint.coverage) * alive.len() as f64).round());
        let unseen = noise.choose(unseen_count, alive.len());
        for (position, &(hour, load)) in alive.iter().enumerate() {
            if unseen.contains(&position) {
                continue;
            }
            let requests = match endpoint.requests {
                Requests::Few(_) => load.ceil(),
                _ => (load * endpoint.requests_at_peak).ceil(),
            };
            for (model, share) in [("default", 1.0), ("shadow", 0.0)] {
                self.fleet.invocations.push(InvocationRow {
                    resource_id: row.resource_id.clone(),
                    model: model.to_owned(),
                    hour_start: hour_at(hour),
                    request_count: Some(count(requests * share)),
                    error_count: Some(0),
                    input_token_count: None,
                    output_token_count: None,
                    short_request_ratio: None,
                    latency_p95_ms: (requests * share > 0.0).then(|| noise.between(80.0, 140.0)),
                    replica_mean_count: Some(endpoint.units(load)),
                    throughput_util_ratio: None,
                    engine_cache_max_ratio: None,
                    variant: None,
                });
            }
        }
    }

    fn report_accelerators(
        &mut self,
        endpoint: &Endpoint,
        row: &ResourceRow,
        alive: &[(usize, f64)],
        noise: &mut Noise,
    ) {
        let unseen_count = whole(((1.0 - endpoint.gpu_coverage) * alive.len() as f64).round());
        let unseen = noise.choose(unseen_count.min(HOURS), alive.len());
        let peak = endpoint.mem_gib.unwrap_or(row.gpu_mem_gib_per_gpu.unwrap_or(16.0) * 0.8);
        for (position, &(hour, load)) in alive.iter().enumerate() {
            if unseen.contains(&position) {
                continue;
            }
            let ratio = endpoint.utilisation(load);
            let usual = (ratio, (ratio * 1.3).min(1.0));
            let (ratio, top) = Burst::over(endpoint.in_every_hour, usual, noise);
            let used = if position == 0 { peak } else { peak * noise.between(0.9, 1.0) };
            self.fleet.usage.push(UsageRow {
                resource_id: row.resource_id.clone(),
                gpu_index: Some(0),
                hour_start: hour_at(hour),
                gpu_util_mean_ratio: Some(ratio),
                gpu_util_max_ratio: Some(top),
                gpu_active_mean_ratio: None,
                gpu_active_max_ratio: None,
                gpu_mem_used_mean_gib: Some(used * 0.97),
                gpu_mem_used_max_gib: Some(used),
                gpu_power_mean_watts: None,
                cpu_util_mean_ratio: Some(0.05 + 0.3 * ratio),
                network_gib: None,
                sample_count: 12,
                source: "planted".to_owned(),
            });
        }
    }
}

//! Notebooks, training jobs and model throughput bought by the hour.

use super::{
    activity::{ACTIVE, Activity},
    ids::{
        AWS, AWS_SOUTH, AZURE, AZURE_DAILY, GCP, GCP_SOUTH, HOURS, Site, days_before_end, hour_at,
    },
    market::SPOT_EDGE,
    truth::{Hour, Remedy},
    yard::{Charge, Yard, tags_json},
};
use crate::frame::{InstantMs, InvocationRow, ResourceRow, UsageRow};

/// A notebook to plant.
#[derive(Debug, Clone)]
pub(super) struct Notebook {
    pub(super) site: Site,
    pub(super) instance_type: &'static str,
    pub(super) name: &'static str,
    pub(super) activity: Activity,
    pub(super) coverage: f64,
    pub(super) launched_days: f64,
    pub(super) has_idle_shutdown: Option<bool>,
    pub(super) tags: &'static [(&'static str, &'static str)],
}

/// A job to plant: runs of the same pipeline.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) site: Site,
    pub(super) instance_type: &'static str,
    pub(super) native: &'static str,
    pub(super) name: &'static str,
    pub(super) machines: f64,
    /// Hours from the start of the window, and how long it ran.
    pub(super) from_hour: usize,
    pub(super) hours: usize,
    pub(super) purchase: &'static str,
    pub(super) has_checkpoint: Option<bool>,
    pub(super) tags: &'static [(&'static str, &'static str)],
}

/// Throughput to plant.
#[derive(Debug, Clone)]
pub(super) struct Throughput {
    pub(super) site: Site,
    pub(super) name: &'static str,
    pub(super) units: f64,
    /// Utilisation in the busiest hours.
    pub(super) level: f64,
    pub(super) coverage: f64,
    pub(super) launched_days: f64,
    pub(super) tags: &'static [(&'static str, &'static str)],
}

/// What a unit of model throughput costs an hour.
const UNIT_USD_PER_HOUR: f64 = 2.0;

impl Yard {
    pub(super) fn plant_platform(&mut self) {
        self.plant_notebooks();
        self.plant_jobs();
        self.plant_throughput();
    }

    fn plant_notebooks(&mut self) {
        let sites = [
            (AWS, "ml.g5.xlarge"),
            (AZURE, "Standard_NC4as_T4_v3"),
            (GCP, "g2-standard-4"),
            (AWS_SOUTH, "ml.g4dn.xlarge"),
            (AZURE_DAILY, "Standard_NC4as_T4_v3"),
            (GCP_SOUTH, "g2-standard-4"),
        ];
        let notebook = |position: usize, active_hours| Notebook {
            site: sites[position % 6].0,
            instance_type: sites[position % 6].1,
            name: "",
            activity: Activity::Idle { active_hours },
            coverage: 1.0,
            launched_days: 60.0,
            has_idle_shutdown: Some(false),
            tags: &[],
        };
        let remedy = Remedy::scale(1.0, 0.0, 2);
        for position in 0..12 {
            let active_hours = [0, 40, 120, 174][position % 4];
            let coverage = if position % 4 == 0 { 0.81 } else { 1.0 };
            let has_idle_shutdown = if position % 3 == 0 { None } else { Some(false) };
            let idle = Notebook { coverage, has_idle_shutdown, ..notebook(position, active_hours) };
            self.notebook(&idle, &["notebook-idle"], remedy);
        }
        for position in 0..4 {
            let none = Remedy::default();
            self.notebook(&notebook(position, 187), &[], none);
            self.notebook(
                &Notebook { has_idle_shutdown: Some(true), ..notebook(position, 60) },
                &[],
                none,
            );
            self.notebook(&Notebook { launched_days: 6.5, ..notebook(position, 60) }, &[], none);
            let hidden = Notebook { coverage: 0.79, ..notebook(position, 60) };
            self.notebook(&hidden, &["telemetry-missing"], none);
        }
    }

    pub(super) fn notebook(&mut self, notebook: &Notebook, hits: &[&str], remedy: Remedy) {
        let mut noise = self.noise.fork();
        let site = notebook.site;
        let activity = notebook.activity.draw(&self.slots(), &mut noise);
        let later = notebook.activity.draw(&self.later_slots(), &mut noise);
        let row = self.row(site, "notebook", "notebook/", notebook.name);
        let launched = days_before_end(notebook.launched_days);
        let row = ResourceRow {
            instance_type: Some(notebook.instance_type.to_owned()),
            purchase_option: Some("on_demand".to_owned()),
            launched_at: Some(launched),
            has_idle_shutdown: notebook.has_idle_shutdown,
            tags_json: tags_json(row.team.as_deref(), notebook.tags),
            ..row
        };
        let rate = self.paid_usd_per_hour(site, notebook.instance_type);
        let id = row.resource_id.clone();
        let alive: Vec<bool> = (0..HOURS).map(|hour| hour_at(hour) >= launched).collect();
        let hourly_usd: Vec<f64> =
            alive.iter().map(|&runs| if runs { rate } else { 0.0 }).collect();
        self.charge(&Charge {
            site,
            resource_id: Some(&id),
            service: "Notebooks",
            sku: notebook.instance_type,
            instance_type: Some(notebook.instance_type),
            kind: "usage",
            purchase_option: Some("on_demand"),
            commitment_id: None,
            hourly_usd: &hourly_usd,
        });
        let seen =
            noise.choose(super::noise::whole((notebook.coverage * HOURS as f64).round()), HOURS);
        for (hour, &ratio) in activity.iter().enumerate() {
            if !seen.contains(&hour) || !alive.get(hour).copied().unwrap_or(false) {
                continue;
            }
            self.fleet.usage.push(plain_usage(&id, hour, ratio, noise.between(1.0, 4.0)));
        }
        let hours: Vec<Hour> = later
            .iter()
            .map(|&ratio| {
                let is_active = ratio > ACTIVE;
                let need = if is_active { 1.0 } else { 0.0 };
                Hour { usd: rate, committed_usd: 0.0, is_active, units: 1.0, need }
            })
            .collect();
        let outcome = self.settle(&id, hits, remedy, &hours);
        self.add_to_pool(site, notebook.instance_type, &hourly_usd, &outcome.remaining_usd);
        self.fleet.resources.push(row);
    }

    /// What an hour of a machine type is paid with at a site.
    fn paid_usd_per_hour(&self, site: Site, instance_type: &str) -> f64 {
        self.quote(site, instance_type).map_or(1.0, |quote| quote.on_demand_usd_per_hour)
            * site.paid_ratio
    }

    fn plant_jobs(&mut self) {
        let edge = AWS.in_region(SPOT_EDGE);
        let job = |site, instance_type, hours| Job {
            site,
            instance_type,
            native: "training-job/",
            name: "",
            machines: 1.0,
            from_hour: 100,
            hours,
            purchase: "on_demand",
            has_checkpoint: Some(true),
            tags: &[],
        };
        let hits = [
            job(AWS, "ml.g5.xlarge", 60),
            Job { machines: 4.0, ..job(AWS, "ml.g5.xlarge", 30) },
            Job { has_checkpoint: None, ..job(AWS_SOUTH, "ml.g4dn.xlarge", 200) },
            job(AWS_SOUTH, "ml.g5.xlarge", 1),
            job(edge, "ml.g4dn.xlarge", 90),
            job(GCP, "a2-highgpu-1g", 72),
            Job { tags: &[("workload", "training")], ..job(GCP_SOUTH, "a2-ultragpu-1g", 240) },
            Job { has_checkpoint: None, ..job(GCP, "g2-standard-4", 500) },
            Job { machines: 8.0, from_hour: 650, ..job(GCP, "a3-highgpu-1g", 24) },
            job(AWS, "ml.g4dn.xlarge", 2),
        ];
        for job in &hits {
            self.job(job, &["training-on-demand"]);
        }
        let misses = [
            job(edge, "ml.g5.xlarge", 90),
            Job { has_checkpoint: Some(false), ..job(AWS, "ml.g5.xlarge", 60) },
            Job { has_checkpoint: Some(false), ..job(GCP, "a2-highgpu-1g", 60) },
            Job { native: "processing-job/", ..job(AWS, "ml.g5.xlarge", 60) },
            Job { native: "transform-job/", ..job(AWS_SOUTH, "ml.g4dn.xlarge", 60) },
            Job { purchase: "spot", ..job(AWS, "ml.g5.xlarge", 60) },
            Job { purchase: "spot", ..job(GCP, "g2-standard-4", 60) },
            Job { tags: &[("interruptible", "no")], ..job(GCP, "g2-standard-4", 60) },
            job(AZURE, "Standard_NC24ads_A100_v4", 60),
            Job { has_checkpoint: Some(false), ..job(AWS_SOUTH, "ml.g5.xlarge", 10) },
        ];
        for job in &misses {
            self.job(job, &[]);
        }
    }

    pub(super) fn job(&mut self, job: &Job, hits: &[&str]) {
        let site = job.site;
        let row = self.row(site, "job", job.native, job.name);
        let id = row.resource_id.clone();
        let until = job.from_hour + job.hours;
        let quote = self.quote(site, job.instance_type);
        let discount = if job.purchase == "spot" { 0.4 } else { 1.0 };
        let rate = self.paid_usd_per_hour(site, job.instance_type) * job.machines * discount;
        let usd = |hour: usize| if (job.from_hour..until).contains(&hour) { rate } else { 0.0 };
        let hourly_usd: Vec<f64> = (0..HOURS).map(usd).collect();
        self.charge(&Charge {
            site,
            resource_id: Some(&id),
            service: "Training",
            sku: job.instance_type,
            instance_type: Some(job.instance_type),
            kind: "usage",
            purchase_option: Some(job.purchase),
            commitment_id: None,
            hourly_usd: &hourly_usd,
        });
        self.fleet.resources.push(ResourceRow {
            instance_type: Some(job.instance_type.to_owned()),
            state: Some("completed".to_owned()),
            purchase_option: Some(job.purchase.to_owned()),
            launched_at: Some(hour_at(job.from_hour)),
            stopped_at: Some(hour_at(until)),
            unit_count: Some(job.machines),
            has_checkpoint: job.has_checkpoint,
            tags_json: tags_json(row.team.as_deref(), job.tags),
            ..row
        });
        // The pipeline runs again next month, for as long.
        let hours: Vec<Hour> = hourly_usd
            .iter()
            .map(|&usd| Hour {
                usd,
                is_active: usd > 0.0,
                units: job.machines,
                need: job.machines,
                ..Hour::default()
            })
            .collect();
        let is_hit = !hits.is_empty();
        let remedy =
            match quote.and_then(|quote| Some((quote.spot_ratio()?, quote))).filter(|_| is_hit) {
                Some((ratio, quote)) => {
                    Remedy::default().and_spot(ratio, quote.interruption_monthly_ratio)
                }
                None => Remedy::default(),
            };
        let spot = self.settle(&id, hits, remedy, &hours);
        debug_assert!(spot.saving_usd >= 0.0 || !is_hit, "spot costs less");
    }

    fn plant_throughput(&mut self) {
        let of = |position: usize, units, level| Throughput {
            site: [AWS, AZURE, GCP, AWS_SOUTH][position % 4],
            name: "",
            units,
            level,
            coverage: 1.0,
            launched_days: 50.0,
            tags: &[],
        };
        let rule = ["provisioned-throughput-underused"];
        for position in 0..8 {
            let (units, level) = [(4.0, 0.3), (8.0, 0.48), (2.0, 0.2), (3.0, 0.48)][position % 4];
            let coverage = if position == 5 { 0.81 } else { 1.0 };
            let throughput = Throughput { coverage, ..of(position, units, level) };
            self.throughput(&throughput, &rule, Remedy::scale(1.2, 1.0, 1));
        }
        for position in 0..2 {
            // Nobody calls it at all.
            self.throughput(&of(position, 1.0, 0.0), &rule, Remedy::STOP);
        }
        for position in 0..4 {
            let none = Remedy::default();
            self.throughput(&of(position, 4.0, 0.54), &[], none);
            self.throughput(&of(position, 1.0, 0.3), &[], none);
            self.throughput(
                &Throughput { launched_days: 6.5, ..of(position, 4.0, 0.3) },
                &[],
                none,
            );
            self.throughput(
                &Throughput { tags: &[("role", "dr")], ..of(position, 4.0, 0.3) },
                &[],
                none,
            );
        }
        self.throughput(&Throughput { coverage: 0.79, ..of(0, 4.0, 0.3) }, &[], Remedy::default());
    }

    pub(super) fn throughput(&mut self, throughput: &Throughput, hits: &[&str], remedy: Remedy) {
        let mut noise = self.noise.fork();
        let row = self.row(
            throughput.site,
            "provisioned_throughput",
            "provisioned-model/",
            throughput.name,
        );
        let id = row.resource_id.clone();
        let launched: InstantMs = days_before_end(throughput.launched_days);
        let units = throughput.units;
        let rate = units * UNIT_USD_PER_HOUR * throughput.site.paid_ratio;
        let hourly_usd: Vec<f64> =
            (0..HOURS).map(|hour| if hour_at(hour) >= launched { rate } else { 0.0 }).collect();
        self.charge(&Charge {
            site: throughput.site,
            resource_id: Some(&id),
            service: "Models",
            sku: "model-unit-hours",
            instance_type: None,
            kind: "usage",
            purchase_option: Some("on_demand"),
            commitment_id: None,
            hourly_usd: &hourly_usd,
        });
        let seen =
            noise.choose(super::noise::whole((throughput.coverage * HOURS as f64).round()), HOURS);
        for hour in seen.into_iter().filter(|&hour| hour_at(hour) >= launched) {
            let used = throughput.level * noise.between(0.5, 1.0);
            self.fleet.invocations.push(InvocationRow {
                resource_id: id.clone(),
                model: "chat-large".to_owned(),
                hour_start: hour_at(hour),
                request_count: Some(super::noise::count(used * 4000.0)),
                error_count: Some(0),
                input_token_count: Some(super::noise::count(used * 4.0e6)),
                output_token_count: Some(super::noise::count(used * 1.0e6)),
                short_request_ratio: None,
                latency_p95_ms: None,
                replica_mean_count: None,
                throughput_util_ratio: Some(used),
                engine_cache_max_ratio: None,
                variant: None,
            });
        }
        self.fleet.resources.push(ResourceRow {
            launched_at: Some(launched),
            unit_count: Some(units),
            tags_json: tags_json(row.team.as_deref(), throughput.tags),
            ..row
        });
        let hours: Vec<Hour> = (0..HOURS)
            .map(|_| {
                let need = units * throughput.level * noise.between(0.5, 1.0);
                Hour { usd: rate, committed_usd: 0.0, is_active: need > 0.0, units, need }
            })
            .collect();
        self.settle(&id, hits, remedy, &hours);
    }
}

/// Telemetry of a machine with one accelerator.
fn plain_usage(id: &str, hour: usize, ratio: f64, mem_gib: f64) -> UsageRow {
    UsageRow {
        resource_id: id.to_owned(),
        gpu_index: Some(0),
        hour_start: hour_at(hour),
        gpu_util_mean_ratio: Some(ratio),
        gpu_util_max_ratio: Some((ratio * 1.3).min(1.0)),
        gpu_active_mean_ratio: None,
        gpu_mem_used_mean_gib: Some(mem_gib),
        gpu_mem_used_max_gib: Some(mem_gib),
        gpu_power_mean_watts: None,
        cpu_util_mean_ratio: Some(0.02 + ratio * 0.2),
        network_gib: None,
        sample_count: 12,
        source: "planted".to_owned(),
    }
}

//! One machine with accelerators: what it is, how it is used, and how it becomes rows.

use super::{
    activity::{ACTIVE, Activity},
    bursts,
    ids::{HOURS, Site, days_before_end, hour_at},
    minutes::Burst,
    noise::Noise,
    truth::{Hour, Remedy},
    yard::{Charge, Yard, tags_json},
};
use crate::frame::{ResourceRow, UsageRow, WorkloadRow};

/// A machine to plant.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    pub(super) site: Site,
    pub(super) instance_type: &'static str,
    pub(super) kind: &'static str,
    pub(super) name: &'static str,
    pub(super) state: &'static str,
    pub(super) purchase: &'static str,
    pub(super) activity: Activity,
    /// Hours with a few minutes of work besides.
    pub(super) burst_hours: usize,
    /// Minutes of work in every hour besides.
    pub(super) in_every_hour: Option<Burst>,
    /// Accelerators that work; the others have no active hour but `spare_active_hours`.
    pub(super) busy_gpus: usize,
    pub(super) spare_active_hours: usize,
    /// Accelerators that report; `None`: all.
    pub(super) seen_gpus: Option<usize>,
    /// Highest memory in use on any accelerator; `None`: four fifths of it.
    pub(super) mem_gib: Option<f64>,
    /// 95th percentile of the CPU, about.
    pub(super) cpu: f64,
    /// Share of the running hours with telemetry.
    pub(super) coverage: f64,
    /// Days before the end of the window.
    pub(super) launched_days: f64,
    pub(super) stopped_days: Option<f64>,
    /// Only billed while it works: something else starts and stops it.
    pub(super) runs_when_active: bool,
    /// Share of each day's hours that a commitment covers.
    pub(super) committed_share: f64,
    /// Rate where no price sheet has one.
    pub(super) unlisted_usd_per_hour: Option<f64>,
    pub(super) tags: &'static [(&'static str, &'static str)],
    pub(super) has_scaling: Option<bool>,
    pub(super) has_checkpoint: Option<bool>,
    pub(super) has_preallocated_memory: Option<bool>,
    /// Kind of work and shares of an accelerator, one workload each.
    pub(super) workloads: Option<(&'static str, &'static [f64])>,
    /// Rules that ought to hit it.
    pub(super) hits: Vec<&'static str>,
    pub(super) remedy: Remedy,
}

impl Machine {
    /// A machine with nothing wrong: it works at all hours and uses its memory.
    pub(super) fn fine(site: Site, instance_type: &'static str) -> Self {
        Self {
            site,
            instance_type,
            kind: "gpu_instance",
            name: "",
            state: "running",
            purchase: "on_demand",
            activity: Activity::Busy { level: 0.8 },
            burst_hours: 0,
            in_every_hour: None,
            busy_gpus: usize::MAX,
            spare_active_hours: 0,
            seen_gpus: None,
            mem_gib: None,
            cpu: 0.3,
            coverage: 1.0,
            launched_days: 120.0,
            stopped_days: None,
            runs_when_active: false,
            committed_share: 0.0,
            unlisted_usd_per_hour: None,
            tags: &[],
            has_scaling: Some(false),
            has_checkpoint: None,
            has_preallocated_memory: Some(false),
            workloads: None,
            hits: Vec::new(),
            remedy: Remedy::default(),
        }
    }

    /// The same with these hits and the right thing to do.
    pub(super) fn hit(self, hits: &[&'static str], remedy: Remedy) -> Self {
        Self { hits: hits.to_vec(), remedy, ..self }
    }

    /// Adds its short work to drawn means, and returns the highest sample of every hour.
    fn add_bursts(&self, means: &mut [f64], noise: &mut Noise) -> Vec<f64> {
        let mut peaks = bursts::add(means, self.burst_hours, noise);
        for (mean, peak) in means.iter_mut().zip(&mut peaks) {
            (*mean, *peak) = Burst::over(self.in_every_hour, (*mean, *peak), noise);
        }
        peaks
    }

    /// Which hours of a drawn time it ran, by their highest samples; `is_window` false: the time after, in which nothing
    /// starts or stops any more.
    fn running(&self, peaks: &[f64], is_window: bool) -> Vec<bool> {
        let launched = days_before_end(self.launched_days);
        let stopped = self.stopped_days.map(days_before_end);
        let is_billed_stopped = self.state == "stopped_billed";
        peaks
            .iter()
            .enumerate()
            .map(|(hour, &ratio)| {
                let at = hour_at(hour);
                let is_started = !is_window || at >= launched;
                let is_alive =
                    is_billed_stopped || stopped.is_none_or(|stopped| is_window && at < stopped);
                is_started && is_alive && (!self.runs_when_active || ratio > ACTIVE)
            })
            .collect()
    }
}

impl Yard {
    /// Plants a machine and returns its row.
    pub(super) fn machine(&mut self, machine: &Machine) -> ResourceRow {
        let mut noise = self.noise.fork();
        let mut utilisation = machine.activity.draw(&self.slots(), &mut noise);
        let peaks = machine.add_bursts(&mut utilisation, &mut noise);
        let running = machine.running(&peaks, true);
        let mut later = machine.activity.draw(&self.later_slots(), &mut noise);
        let later = machine.add_bursts(&mut later, &mut noise);
        let later_running = machine.running(&later, false);

        let row = self.machine_row(machine);
        let id = row.resource_id.clone();
        let rate = self.rate(machine);
        let bill = |running: &[bool]| -> Vec<(f64, f64)> {
            running
                .iter()
                .enumerate()
                .map(|(hour, &runs)| {
                    let usd = if runs { rate } else { 0.0 };
                    let is_covered = ((hour % 24) as f64) < machine.committed_share * 24.0;
                    if is_covered { (0.0, usd) } else { (usd, 0.0) }
                })
                .collect()
        };
        let (window_bill, later_bill) = (bill(&running), bill(&later_running));
        self.charge_machine(machine, &id, &window_bill);
        self.measure(machine, &row, (&utilisation, &peaks), &running, &mut noise);
        self.add_workloads(machine, &id);

        let hours: Vec<Hour> = later_bill
            .iter()
            .zip(&later)
            .map(|(&(usd, committed_usd), &ratio)| Hour {
                usd,
                committed_usd,
                is_active: ratio > ACTIVE,
                units: 1.0,
                need: if ratio > ACTIVE { 1.0 } else { 0.0 },
            })
            .collect();
        let outcome = self.settle(&id, &machine.hits, machine.remedy, &hours);
        let is_pooled = machine.purchase == "on_demand" && machine.site.provider != "kubernetes";
        if is_pooled {
            let window: Vec<f64> = window_bill.iter().map(|(usd, _)| *usd).collect();
            let rest = outcome.committable_usd(machine.remedy);
            let site = machine.site;
            self.add_to_pool(site, machine.instance_type, &window, &rest);
        }
        self.fleet.resources.push(row.clone());
        row
    }

    /// What an hour of it is paid with.
    fn rate(&self, machine: &Machine) -> f64 {
        let list = self.quote(machine.site, machine.instance_type).map(|quote| {
            if machine.purchase == "spot" {
                quote.spot_usd_per_hour.unwrap_or(quote.on_demand_usd_per_hour * 0.4)
            } else {
                quote.on_demand_usd_per_hour
            }
        });
        list.or(machine.unlisted_usd_per_hour).unwrap_or(1.0) * machine.site.paid_ratio
    }

    fn machine_row(&mut self, machine: &Machine) -> ResourceRow {
        let native = match (machine.site.provider, machine.kind) {
            ("aws", _) => "i-0f",
            ("azure", _) => "virtualmachines/vm-",
            (_, "node") => "node/gpu-",
            _ => "instances/",
        };
        let row = self.row(machine.site, machine.kind, native, machine.name);
        let shape = self.shape(machine.site, machine.instance_type);
        ResourceRow {
            instance_type: Some(machine.instance_type.to_owned()),
            state: Some(machine.state.to_owned()),
            purchase_option: Some(machine.purchase.to_owned()),
            launched_at: Some(days_before_end(machine.launched_days)),
            stopped_at: machine.stopped_days.map(days_before_end),
            gpu_model: shape.map(|shape| shape.gpu_model.clone()),
            gpu_count: shape.map(|shape| shape.gpu_count),
            gpu_mem_gib_per_gpu: shape.and_then(|shape| shape.gpu_mem_gib_per_gpu),
            vcpu_count: shape.and_then(|shape| shape.vcpu_count),
            mem_gib: shape.and_then(|shape| shape.mem_gib),
            has_scaling: machine.has_scaling,
            has_checkpoint: machine.has_checkpoint,
            has_preallocated_memory: machine.has_preallocated_memory,
            tags_json: tags_json(row.team.as_deref(), machine.tags),
            ..row
        }
    }

    fn charge_machine(&mut self, machine: &Machine, id: &str, bill: &[(f64, f64)]) {
        let (on_demand, committed): (Vec<f64>, Vec<f64>) = bill.iter().copied().unzip();
        let charge = Charge {
            site: machine.site,
            resource_id: Some(id),
            service: "Compute",
            sku: machine.instance_type,
            instance_type: Some(machine.instance_type),
            kind: "usage",
            purchase_option: Some(machine.purchase),
            commitment_id: None,
            hourly_usd: &on_demand,
        };
        self.charge(&charge);
        self.charge(&Charge {
            purchase_option: Some("committed"),
            commitment_id: Some("plan-of-the-platform-team"),
            hourly_usd: &committed,
            ..charge
        });
    }

    /// Telemetry of the hours that ran (mean and highest sample), but for those that nobody measured.
    fn measure(
        &mut self,
        machine: &Machine,
        row: &ResourceRow,
        (means, peaks): (&[f64], &[f64]),
        running: &[bool],
        noise: &mut Noise,
    ) {
        let is_off_inside = |hour: usize| {
            let stopped = machine.stopped_days.map(days_before_end);
            machine.state == "stopped_billed" && stopped.is_some_and(|at| hour_at(hour) >= at)
        };
        let alive: Vec<usize> = (0..HOURS)
            .filter(|&hour| running.get(hour).copied().unwrap_or(false) && !is_off_inside(hour))
            .collect();
        let unseen_count = ((1.0 - machine.coverage) * alive.len() as f64).round();
        let unseen = noise.choose(super::noise::whole(unseen_count), alive.len());
        let seen: Vec<usize> = alive
            .iter()
            .enumerate()
            .filter(|(position, _)| !unseen.contains(position))
            .map(|(_, &hour)| hour)
            .collect();
        let gpus = super::noise::whole(row.gpu_count.unwrap_or(1.0).ceil()).max(1);
        let size = row.gpu_mem_gib_per_gpu.unwrap_or(16.0);
        let peak = machine.mem_gib.unwrap_or(size * 0.8);
        for gpu in 0..machine.seen_gpus.unwrap_or(gpus) {
            let spare = (gpu >= machine.busy_gpus)
                .then(|| noise.choose(machine.spare_active_hours, seen.len()));
            for (position, &hour) in seen.iter().enumerate() {
                let drawn = |of: &[f64]| of.get(hour).copied().unwrap_or_default();
                let (ratio, top) = match &spare {
                    Some(active) if active.contains(&position) => (0.3, 0.36),
                    Some(_) => {
                        let ratio = noise.between(0.0, 0.01);
                        (ratio, ratio * 1.2)
                    }
                    None if gpu == 0 => (drawn(means), drawn(peaks)),
                    None => (drawn(means) * 0.97, drawn(peaks) * 0.97),
                };
                let used = if position == 0 { peak } else { peak * noise.between(0.8, 1.0) };
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
                    cpu_util_mean_ratio: Some(machine.cpu * noise.between(0.6, 1.0)),
                    network_gib: Some(ratio * 2.0),
                    sample_count: 12,
                    source: "planted".to_owned(),
                });
            }
        }
    }

    fn add_workloads(&mut self, machine: &Machine, id: &str) {
        let Some((kind, shares)) = machine.workloads else { return };
        for (number, &share) in shares.iter().enumerate() {
            self.fleet.workloads.push(WorkloadRow {
                workload_id: format!("{id}/workload-{number}"),
                cluster: "fra1".to_owned(),
                namespace: "ml".to_owned(),
                name: format!("{kind}-{number}"),
                resource_id: Some(id.to_owned()),
                kind: Some(kind.to_owned()),
                team: None,
                gpu_requested_count: Some(share),
                mem_requested_gib: Some(8.0),
                started_at: days_before_end(machine.launched_days.min(30.0)),
                ended_at: None,
                restart_count: Some(0),
                has_checkpoint: machine.has_checkpoint,
                unit_name: None,
            });
        }
    }
}

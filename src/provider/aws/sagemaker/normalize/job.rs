//! Jobs: what ran on which machines, for how long, and how it is paid.

use super::{Ground, machine::Machine};
use crate::{
    frame::{InstantMs, ResourceRow, WorkloadRow},
    provider::aws::{
        observed::{Metered, MetricSource, Observed},
        sagemaker::wire::{Job, JobKind},
    },
    snapshot::Gap,
    units::count,
};

/// Adds a job. One that never had machines cost nothing, and one from another time is not of this window.
pub(super) fn add(job: &Job, ground: &Ground<'_>, out: &mut Observed) {
    if job.is_only_listed {
        out.resources.push(listed(job, ground));
        return;
    }
    let Some(times) = Times::of(job).filter(|times| times.touch(ground)) else { return };
    let types: Vec<Option<&str>> =
        job.machines.iter().map(|machines| machines.instance_type.as_deref()).collect();
    let machine = Machine::of(&types, ground);
    let counts: Option<Vec<i32>> = job.machines.iter().map(|machines| machines.count).collect();
    let unit_count = counts
        .filter(|counts| !counts.is_empty())
        .map(|counts| counts.into_iter().map(f64::from).sum());
    if !job.machines.is_empty() {
        out.metered.push(metered(job, &machine, times, ground));
    }
    out.workloads.push(work(job, &machine, unit_count, times, ground));
    out.resources.push(machine.fill(ResourceRow {
        state: state(job).map(str::to_owned),
        purchase_option: purchase_option(job).map(str::to_owned),
        launched_at: Some(times.began_at),
        stopped_at: times.left_at,
        unit_count,
        billed_hours: billed_hours(job),
        has_checkpoint: has_checkpoint(job),
        ..ground.row("job", &job.arn, &job.name, &job.tags)
    }));
}

/// A job of which it is not known on what it ran, and since when.
fn listed(job: &Job, ground: &Ground<'_>) -> ResourceRow {
    let kept = job.retained_seconds.unwrap_or_default();
    let is_kept = state(job) == Some("stopped_billed");
    ResourceRow {
        state: state(job).map(str::to_owned),
        stopped_at: job.ended_at.filter(|_| !is_kept).map(|ended| later(ended, kept)),
        ..ground.row("job", &job.arn, &job.name, &job.tags)
    }
}

/// Hours of machines below which it is not worth a word that they were kept for a next job.
const KEPT_MACHINE_HOURS: f64 = 1.0;

/// What machines cost that were kept for a next job which never came. `None`: next to nothing.
pub(super) fn kept_in_vain(jobs: &[Job], ground: &Ground<'_>) -> Option<Gap> {
    let kept_hours = |job: &Job| {
        let machines: i32 = job.machines.iter().filter_map(|machines| machines.count).sum();
        f64::from(job.retained_seconds.unwrap_or_default()) / 3600.0 * f64::from(machines)
    };
    let is_in_vain = |job: &&Job| {
        job.warm_pool_status.as_deref() == Some("Terminated")
            && Times::of(job).is_some_and(|times| times.touch(ground))
    };
    let in_vain: Vec<f64> =
        jobs.iter().filter(is_in_vain).map(kept_hours).filter(|hours| *hours > 0.0).collect();
    let hours: f64 = in_vain.iter().sum();
    (hours >= KEPT_MACHINE_HOURS).then(|| Gap {
        what: format!(
            "machines that training jobs of account {} in {} kept for a next one",
            ground.account_id, ground.region
        ),
        because: format!(
            "after {} none came, and {hours:.0} hours of machines were paid until they were given back",
            count(in_vain.len() as u64, "job")
        ),
        hides: "what that cost in vain: it is part of the jobs' cost, and no rule names it".to_owned(),
        remedy: "shorten `KeepAlivePeriodInSeconds`, or start the next job sooner".to_owned(),
    })
}

/// When a job had its machines.
#[expect(clippy::struct_field_names, reason = "instants end in `_at` everywhere")]
#[derive(Debug, Clone, Copy)]
struct Times {
    began_at: InstantMs,
    /// End of the work. `None`: it goes on.
    ended_at: Option<InstantMs>,
    /// When the machines were given back. `None`: not yet.
    left_at: Option<InstantMs>,
}

impl Times {
    /// `None`: there were no machines.
    fn of(job: &Job) -> Option<Self> {
        let began_at = job.started_at?;
        let by_length = || {
            let seconds = job.training_seconds.filter(|_| state(job) == Some("completed"))?;
            Some(later(began_at, seconds))
        };
        let ended_at = job.ended_at.or_else(by_length);
        let left_at = match job.warm_pool_status.as_deref() {
            Some("Available") => None,
            _ => ended_at.map(|ended| later(ended, job.retained_seconds.unwrap_or_default())),
        };
        Some(Self { began_at, ended_at, left_at })
    }

    fn touch(&self, ground: &Ground<'_>) -> bool {
        self.began_at < ground.ends_at() && self.left_at.is_none_or(|end| end > ground.starts_at())
    }
}

fn later(at: InstantMs, seconds: i32) -> InstantMs {
    InstantMs(at.0 + i64::from(seconds) * 1000)
}

/// Machines that are kept for a next job are billed as if they worked.
fn state(job: &Job) -> Option<&'static str> {
    match (job.status.as_deref()?, job.warm_pool_status.as_deref()) {
        ("InProgress" | "Stopping", _) => Some("running"),
        (_, Some("Available")) => Some("stopped_billed"),
        ("Completed" | "Failed" | "Stopped", _) => Some("completed"),
        _ => None,
    }
}

/// Only training has spot capacity. A job that pays by the token has no machines to pay for.
fn purchase_option(job: &Job) -> Option<&'static str> {
    match (job.kind, job.is_spot) {
        _ if job.machines.is_empty() => None,
        _ if job.plan_arn.is_some() => Some("committed"),
        (JobKind::Training, None) => None,
        (JobKind::Training, Some(true)) => Some("spot"),
        _ => Some("on_demand"),
    }
}

/// Hours that each machine is billed, those in which it was kept for a next job included. AWS tells them of training only,
/// and of managed spot training so many that at the price on demand they come to what it cost.
fn billed_hours(job: &Job) -> Option<f64> {
    let seconds = job.billable_seconds.filter(|_| state(job) == Some("completed"))?;
    let kept = job.retained_seconds.unwrap_or_default();
    (!job.machines.is_empty()).then(|| f64::from(seconds + kept) / 3600.0)
}

/// Without a place for checkpoints the script may still save some by itself.
fn has_checkpoint(job: &Job) -> Option<bool> {
    job.has_checkpoint_place.then_some(true)
}

fn metered(job: &Job, machine: &Machine, times: Times, ground: &Ground<'_>) -> Metered {
    let namespace = match job.kind {
        JobKind::Training => "TrainingJobs",
        JobKind::Processing => "ProcessingJobs",
        JobKind::Transform => "TransformJobs",
    };
    Metered {
        resource_id: ground.id(&job.arn),
        gpu_count: machine.measured_gpu_count(ground),
        gpu_mem_gib_per_gpu: machine.gpu_mem_gib_per_gpu,
        vcpu_count: machine.vcpu_count,
        began_at: Some(times.began_at),
        ended_at: times.ended_at,
        source: MetricSource::Job { namespace: namespace.to_owned(), job_name: job.name.clone() },
    }
}

/// The runs of one search belong together.
fn work(
    job: &Job,
    machine: &Machine,
    unit_count: Option<f64>,
    times: Times,
    ground: &Ground<'_>,
) -> WorkloadRow {
    let parent = job.parent_arn.as_deref();
    let parent_name = parent.and_then(|arn| arn.rsplit('/').next());
    let kind = match job.kind {
        JobKind::Training => "training",
        JobKind::Processing => "processing",
        JobKind::Transform => "batch",
    };
    WorkloadRow {
        workload_id: ground.id(parent.unwrap_or(&job.arn)),
        cluster: "sagemaker".to_owned(),
        name: parent_name.unwrap_or(&job.name).to_owned(),
        resource_id: Some(ground.id(&job.arn)),
        kind: Some(kind.to_owned()),
        gpu_requested_count: machine.gpu_count.zip(unit_count).map(|(gpus, units)| gpus * units),
        started_at: times.began_at,
        ended_at: times.ended_at,
        has_checkpoint: has_checkpoint(job),
        unit_name: parent.map(|_| job.name.clone()),
        ..WorkloadRow::default()
    }
}

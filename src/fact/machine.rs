//! Facts of machines with accelerators, of notebooks, jobs and volumes.

use super::{
    candidate::{Candidates, Fit},
    load::{Beside, longest_idle},
    specs::{AcceleratorFacts, JobFacts, NotebookFacts, VolumeFacts},
    subject::Subject,
};

/// Facts of a machine with accelerators.
pub(super) fn accelerator(subject: &Subject<'_>) -> AcceleratorFacts {
    let mut facts = AcceleratorFacts {
        gpu_model: subject.gpu_model(),
        gpu_count: subject.gpu_count(),
        gpu_mem_gib_per_gpu: subject.gpu_mem_gib_per_gpu(),
        observed_hours: Some(subject.load.map_or(0.0, |load| load.observed_hours)),
        gpu_observed_count: Some(0.0),
        has_preallocated_memory: subject.row.has_preallocated_memory,
        work_can_wait: subject.work_can_wait(),
        has_scaling: subject.row.has_scaling,
        has_checkpoint: subject.has_checkpoint(),
        stopped_days: subject.stopped_days(),
        spot_price_ratio: subject.price_ratio("spot"),
        spot_interruption_monthly_ratio: subject.spot_interruption_monthly_ratio(),
        ..AcceleratorFacts::default()
    };
    facts.observed_ratio = facts.observed_hours.and_then(|hours| subject.observed_ratio(hours));
    add_load(&mut facts, subject);
    add_calendar(&mut facts, subject);
    add_fits(&mut facts, subject);
    facts
}

fn add_load(facts: &mut AcceleratorFacts, subject: &Subject<'_>) {
    let Some(load) = subject.load else { return };
    let gpus = load.gpus_seen_and_busy(subject.gpu_count());
    facts.gpu_observed_count = Some(gpus.map_or(0.0, |(seen, _)| seen));
    facts.gpu_busy_count = gpus.map(|(_, busy)| busy);
    facts.gpu_unused_count = gpus
        .zip(subject.gpu_count())
        .filter(|((seen, _), count)| seen >= count)
        .map(|((seen, busy), _)| seen - busy);
    facts.gpu_util_mean_ratio = load.util_mean_ratio();
    facts.gpu_util_p95_ratio = load.util_p95_ratio;
    facts.gpu_util_max_ratio = load.util_max_ratio;
    facts.gpu_util_peak_p95_ratio = load.util_peak_p95_ratio;
    facts.gpu_active_hours_ratio = load.active_hours_ratio;
    facts.gpu_compute_p95_ratio = load.compute_p95_ratio;
    facts.gpu_compute_peak_p95_ratio = load.compute_peak_p95_ratio;
    facts.gpu_compute_is_profiled = load.compute_p95_ratio.map(|_| load.compute_is_profiled);
    let Beside { mem_used_max_gib, cpu_util_p95_ratio, network_gib_per_day } = subject.beside;
    facts.gpu_mem_used_max_gib = mem_used_max_gib;
    facts.gpu_mem_used_max_ratio =
        mem_used_max_gib.zip(subject.gpu_mem_gib_per_gpu()).map(|(used, size)| used / size);
    facts.cpu_util_p95_ratio = cpu_util_p95_ratio;
    facts.network_gib_per_day = network_gib_per_day;
}

fn add_calendar(facts: &mut AcceleratorFacts, subject: &Subject<'_>) {
    let off = subject.off_hours();
    facts.off_hours_ratio = off.ratio;
    facts.off_hours_active_ratio = off.active_ratio;
}

fn add_fits(facts: &mut AcceleratorFacts, subject: &Subject<'_>) {
    let Some(current) = subject.current() else { return };
    let candidates =
        Candidates { catalog: subject.world.catalog, policy: &subject.world.settings.policy };
    let substitutes = candidates.of(current);
    if let Some(fit) = substitutes.memory_fit() {
        facts.mem_fit_price_ratio = fit.price_ratio;
        facts.mem_fit_headroom_ratio = fit.headroom_ratio;
        facts.mem_fit_speed_ratio = fit.speed_ratio;
        facts.mem_fit_burst_stretch_ratio = fit.burst_stretch_ratio;
        facts.mem_fit_lost_formats = Some(fit.lost_formats.to_owned());
        facts.mem_fit_gpu_model = Some(fit.gpu_model);
        facts.mem_fit_instance_type = Some(fit.instance_type);
    }
    if let Some(fit) = substitutes.mig_fit() {
        facts.mem_fit_mig_ratio = Some(fit.ratio);
        facts.mem_fit_mig_burst_stretch_ratio = fit.burst_stretch_ratio;
    }
    if let Some(fit) = substitutes.compute_fit() {
        facts.compute_fit_price_ratio = fit.price_ratio;
        facts.compute_fit_speed_ratio = fit.speed_ratio;
        facts.compute_fit_burst_stretch_ratio = fit.burst_stretch_ratio;
        facts.compute_fit_lost_formats = Some(fit.lost_formats.to_owned());
        facts.compute_fit_gpu_model = Some(fit.gpu_model);
        facts.compute_fit_instance_type = Some(fit.instance_type);
    }
    let unused = facts.gpu_unused_count.is_some_and(|count| count > 0.0);
    let count_fit =
        facts.gpu_busy_count.filter(|_| unused).and_then(|busy| substitutes.count_fit(busy));
    if let Some(Fit { instance_type, gpu_count, price_ratio, .. }) = count_fit {
        facts.count_fit_instance_type = Some(instance_type);
        facts.count_fit_gpu_count = Some(gpu_count);
        facts.count_fit_price_ratio = price_ratio;
    }
    if let Some(fit) = substitutes.successor() {
        facts.successor_price_ratio = fit.price_ratio;
        facts.successor_speed_ratio = fit.speed_ratio;
        facts.successor_gpu_model = Some(fit.gpu_model);
        facts.successor_instance_type = Some(fit.instance_type);
    }
}

/// Facts of a notebook.
pub(super) fn notebook(subject: &Subject<'_>) -> NotebookFacts {
    let hours = subject.activity();
    let longest_idle_hours = longest_idle(hours.iter().copied());
    let activity: Vec<bool> = hours.into_iter().flatten().collect();
    let observed = activity.len() as f64;
    let active = activity.iter().filter(|&&is_active| is_active).count() as f64;
    NotebookFacts {
        gpu_model: subject.gpu_model(),
        gpu_count: subject.gpu_count(),
        observed_hours: Some(observed),
        observed_ratio: subject.observed_ratio(observed),
        active_hours_ratio: (observed > 0.0).then(|| active / observed),
        longest_idle_hours,
        has_idle_shutdown: subject.row.has_idle_shutdown,
        cpu_util_p95_ratio: subject.beside.cpu_util_p95_ratio,
    }
}

/// Facts of a job.
///
/// AWS sells spot capacity for training jobs only, not for processing and transform jobs; elsewhere jobs run on plain
/// machines, which have a spot price or not.
pub(super) fn job(subject: &Subject<'_>) -> JobFacts {
    let is_processing = ["processing-job", "transform-job"]
        .into_iter()
        .any(|word| subject.row.resource_id.contains(word));
    JobFacts {
        gpu_model: subject.gpu_model(),
        gpu_count: subject.gpu_count(),
        machine_count: subject.row.unit_count,
        has_checkpoint: subject.has_checkpoint(),
        has_spot_offer: match subject.row.provider.as_str() {
            "aws" => Some(!is_processing),
            "azure" | "gcp" | "kubernetes" => Some(true),
            _ => None,
        },
        spot_price_ratio: subject.price_ratio("spot"),
        spot_interruption_monthly_ratio: subject.spot_interruption_monthly_ratio(),
    }
}

/// Facts of a disk and the machine it belongs to.
pub(super) fn volume(subject: &Subject<'_>, machine: Option<&Subject<'_>>) -> VolumeFacts {
    VolumeFacts {
        size_gib: subject.row.size_gib,
        machine_state: machine.and_then(|machine| machine.row.state.clone()),
        machine_has_gpu: machine.and_then(Subject::has_gpu),
        machine_stopped_days: machine.and_then(Subject::stopped_days),
    }
}

//! Facts of what runs on nodes.

use std::collections::BTreeMap;

use super::{
    candidate::{Candidates, ShareFit},
    load::{Beside, Load},
    measure::Facts,
    slice::{self, Part},
    specs::WorkloadFacts,
    subject::{Subject, WORKLOAD},
    traffic::Traffic,
    work::is_interruptible_work,
};
use crate::{
    frame::WorkloadRow,
    window::{MS_PER_HOUR, Window},
};

/// Kinds of workload that people work in.
const NOTEBOOKS: [&str; 2] = ["notebook", "development"];

/// Counts closer than this are the same: pods are counted in parts of hours.
const SAME_COUNT: f64 = 1e-6;

impl Subject<'_> {
    /// The kind of its work: that of its pods.
    pub(super) fn work_kind(&self) -> Option<&str> {
        self.work.iter().find_map(|work| work.kind.as_deref())
    }

    /// Whether people work in it. `None`: its kind is not reported.
    pub(super) fn is_notebook_work(&self) -> Option<bool> {
        self.work_kind().map(|kind| NOTEBOOKS.contains(&kind))
    }

    /// Whether a workload was active in an hour: its accelerators or CPU, or requests. `None`: neither is observed.
    pub(super) fn workload_activity(&self, index: usize) -> Option<bool> {
        let by_load = self.load.and_then(|load| load.notes.get(index)?.is_active());
        let requests = self.traffic.and_then(|traffic| traffic.hours.get(index)?.request_count);
        let by_requests = requests.map(|count| count > 0.0);
        match (by_load, by_requests) {
            (Some(load), Some(requests)) => Some(load || requests),
            (known, None) | (None, known) => known,
        }
    }

    /// Pods running by hour, in parts of hours.
    pub(super) fn pod_counts(&self) -> Vec<f64> {
        self.by_hour(|_| 1.0)
    }

    /// Accelerators asked for by hour.
    fn gpus_held(&self) -> Vec<f64> {
        self.by_hour(gpus_of)
    }

    fn by_hour(&self, weight: impl Fn(&WorkloadRow) -> f64) -> Vec<f64> {
        let window = self.world.window;
        let mut sums = vec![0.0; window.hour_count()];
        for row in self.work.iter().filter(|row| gpus_of(row) > 0.0) {
            for (hour, share) in hours_of(row, window) {
                if let Some(sum) = sums.get_mut(hour) {
                    *sum += weight(row) * share;
                }
            }
        }
        sums
    }

    /// Pods that the load of a workload asks for, hour by hour, before headroom and rounding. `None`: not known.
    ///
    /// By requests against the busiest hour, whose pods are taken as fully needed, and by mean utilisation, whichever asks for
    /// more. What people work in or what runs to an end is needed while it is active.
    pub(super) fn workload_needs(&self) -> Vec<Option<f64>> {
        let pods = self.pod_counts();
        let is_replicated = self.is_notebook_work() != Some(true)
            && !self.work_kind().is_some_and(is_interruptible_work);
        let requests: Vec<Option<f64>> = self.traffic.map_or_else(Vec::new, |traffic| {
            traffic.hours.iter().map(|hour| hour.request_count).collect()
        });
        let peak = requests.iter().flatten().copied().fold(0.0, f64::max);
        let most = pods.iter().copied().fold(0.0, f64::max);
        let by_requests = |index: usize| {
            let count = requests.get(index).copied().flatten()?;
            Some(if peak > 0.0 { most * count / peak } else { 0.0 })
        };
        pods.iter()
            .enumerate()
            .map(|(index, &running)| {
                if running <= 0.0 {
                    return None;
                }
                if !is_replicated {
                    let is_active = self.workload_activity(index)?;
                    return Some(if is_active { running } else { 0.0 });
                }
                let load = self.load.and_then(|load| load.notes.get(index)?.load_ratio());
                let by_load = load.map(|ratio| running * ratio);
                match (by_load, by_requests(index)) {
                    (Some(load), Some(requests)) => Some(load.max(requests)),
                    (known, None) | (None, known) => known,
                }
            })
            .collect()
    }

    /// Share of the accelerator-hours it held that have telemetry of their own. `None`: it held none.
    fn workload_observed_ratio(&self) -> Option<f64> {
        // A share of an accelerator shows as one.
        let expected = self.by_hour(|row| gpus_of(row).ceil());
        let total: f64 = expected.iter().sum();
        let seen: f64 = expected
            .iter()
            .enumerate()
            .map(|(index, &expected)| {
                let note = self.load.and_then(|load| load.notes.get(index));
                note.map_or(0.0, |note| note.seen_count()).min(expected)
            })
            .sum();
        (total > 0.0).then(|| seen / total)
    }
}

/// See [`Facts::observed`]. Worked out once: nodes ask for it as well.
pub(super) fn observed_ratios<'a>(
    subjects: &BTreeMap<&'a str, Subject<'a>>,
) -> BTreeMap<&'a str, f64> {
    let workloads = subjects.iter().filter(|(_, subject)| subject.row.kind == WORKLOAD);
    workloads.filter_map(|(id, subject)| Some((*id, subject.workload_observed_ratio()?))).collect()
}

/// Physical accelerators that a pod holds.
fn gpus_of(row: &WorkloadRow) -> f64 {
    row.gpu_requested_count.filter(|count| count.is_finite()).unwrap_or_default().max(0.0)
}

/// The hours of the window in which a pod ran, with the share of each.
fn hours_of(row: &WorkloadRow, window: Window) -> impl Iterator<Item = (usize, f64)> + use<> {
    super::allocation::lifetime_shares(window, Some(row.started_at.0), row.ended_at.map(|at| at.0))
}

/// Whether the policy approves spot capacity on every node that it ran on: it has no machine type of its own.
pub(super) fn may_be_on_spot(subject: &Subject<'_>, facts: &Facts<'_>) -> bool {
    let parts = slice::parts(&facts.subjects, &facts.allocation, &subject.row.resource_id);
    parts.iter().all(|part| part.node.may_be_paid("spot"))
}

/// Facts of a workload.
pub(super) fn workload(subject: &Subject<'_>, facts: &Facts<'_>) -> WorkloadFacts {
    let parts = slice::parts(&facts.subjects, &facts.allocation, &subject.row.resource_id);
    let off = subject.off_hours();
    let kind = subject.work_kind();
    let pod = subject.work.first();
    let mut facts = WorkloadFacts {
        namespace: pod.map(|pod| pod.namespace.clone()),
        workload_name: pod.map(|pod| pod.name.clone()),
        workload_kind: kind.map(str::to_owned),
        is_job: kind.map(is_interruptible_work),
        is_notebook: subject.is_notebook_work(),
        work_can_wait: subject.work_can_wait(),
        gpu_model: subject.gpu_model().or_else(|| gpu_model(&parts)),
        gpu_mem_gib_per_gpu: mem_gib(subject, &parts),
        has_preallocated_memory: subject.row.has_preallocated_memory,
        engine_cache_max_ratio: subject.traffic.and_then(Traffic::engine_cache_max_ratio),
        has_scaling: subject.row.has_scaling,
        scaling_min_count: subject.row.scaling_min_count,
        has_idle_shutdown: subject.row.has_idle_shutdown,
        has_checkpoint: subject.has_checkpoint(),
        off_hours_ratio: off.ratio,
        off_hours_active_ratio: off.active_ratio,
        observed_hours: Some(subject.load.map_or(0.0, |load| load.observed_hours)),
        observed_ratio: facts.observed.get(subject.row.resource_id.as_str()).copied(),
        ..WorkloadFacts::default()
    };
    add_held(&mut facts, subject);
    if let Some(load) = subject.load {
        add_load(&mut facts, load, subject.beside);
    }
    add_activity(&mut facts, subject);
    add_replicas(&mut facts, subject);
    add_share(&mut facts, subject, &parts);
    add_prices(&mut facts, &parts);
    facts
}

fn add_held(facts: &mut WorkloadFacts, subject: &Subject<'_>) {
    let held = subject.gpus_held();
    let holding: Vec<f64> = held.iter().copied().filter(|count| *count > 0.0).collect();
    facts.gpu_held_mean_count = mean(&holding);
    facts.gpu_held_end_count = Some(held.last().copied().unwrap_or_default());
    let mut sizes = subject.work.iter().map(|row| gpus_of(row)).filter(|gpus| *gpus > 0.0);
    let first = sizes.next();
    facts.gpu_per_pod_count =
        first.filter(|first| sizes.all(|size| (size - first).abs() < SAME_COUNT));
}

fn add_load(facts: &mut WorkloadFacts, load: &Load, beside: Beside) {
    facts.gpu_util_mean_ratio = load.util_mean_ratio();
    facts.gpu_util_p95_ratio = load.util_p95_ratio;
    facts.gpu_util_max_ratio = load.util_max_ratio;
    facts.gpu_util_peak_p95_ratio = load.util_peak_p95_ratio;
    facts.gpu_active_hours_ratio = load.active_hours_ratio;
    facts.gpu_compute_p95_ratio = load.compute_p95_ratio;
    facts.gpu_compute_peak_p95_ratio = load.compute_peak_p95_ratio;
    facts.gpu_compute_is_profiled = load.compute_p95_ratio.map(|_| load.compute_is_profiled);
    facts.gpu_mem_used_max_gib = beside.mem_used_max_gib;
    facts.gpu_mem_used_max_ratio =
        beside.mem_used_max_gib.zip(facts.gpu_mem_gib_per_gpu).map(|(used, size)| used / size);
    facts.cpu_util_p95_ratio = beside.cpu_util_p95_ratio;
}

fn add_activity(facts: &mut WorkloadFacts, subject: &Subject<'_>) {
    let activity: Vec<Option<bool>> = subject
        .activity()
        .into_iter()
        .zip(subject.running.iter().flatten())
        .map(|(active, &runs)| active.filter(|_| runs))
        .collect();
    let known: Vec<bool> = activity.iter().copied().flatten().collect();
    let active = known.iter().filter(|&&is_active| is_active).count() as f64;
    facts.active_hours_ratio = (!known.is_empty()).then(|| active / known.len() as f64);
    facts.longest_idle_hours = super::load::longest_idle(activity.into_iter());
    let Some(traffic) = subject.traffic else { return };
    let requests = traffic.requests();
    if requests.is_empty() {
        return;
    }
    let total: f64 = requests.iter().sum();
    let peak = requests.iter().copied().fold(0.0, f64::max);
    facts.request_count = Some(total);
    facts.traffic_peak_ratio = (total > 0.0).then(|| peak / (total / requests.len() as f64));
}

fn add_replicas(facts: &mut WorkloadFacts, subject: &Subject<'_>) {
    let pods = subject.pod_counts();
    let running: Vec<f64> = pods.iter().copied().filter(|count| *count > 0.0).collect();
    facts.replica_mean_count = mean(&running);
    // The first and the last hour may be parts of hours.
    let first = pods.iter().position(|count| *count > 0.0);
    let last = pods.iter().rposition(|count| *count > 0.0);
    if let (Some(first), Some(last)) = (first, last) {
        let begins_whole = subject.work.iter().all(|row| is_at_hour(row.started_at.0));
        let from = if begins_whole { first } else { first + 1 };
        let to = if last + 1 == pods.len() { last + 1 } else { last };
        let whole = pods.get(from..to.max(from)).unwrap_or_default();
        facts.replica_min_count = whole.iter().copied().min_by(f64::total_cmp).map(near_whole);
        facts.replica_max_count = whole.iter().copied().max_by(f64::total_cmp).map(near_whole);
    }
    let needs: Vec<f64> = subject.workload_needs().into_iter().flatten().collect();
    facts.need_mean_count = mean(&needs);
    facts.need_observed_ratio =
        (!running.is_empty()).then(|| needs.len() as f64 / running.len() as f64);
    let peak = needs.iter().copied().fold(0.0, f64::max);
    facts.need_peak_ratio =
        facts.need_mean_count.filter(|mean| *mean > 0.0).map(|mean| peak / mean);
}

fn is_at_hour(at_ms: i64) -> bool {
    at_ms.rem_euclid(MS_PER_HOUR) == 0
}

/// A pod that is replaced within the hour leaves a gap of seconds: the count is still whole.
fn near_whole(count: f64) -> f64 {
    let whole = count.round();
    if (count - whole).abs() <= 0.1 { whole } else { count }
}

fn add_share(facts: &mut WorkloadFacts, subject: &Subject<'_>, parts: &[Part<'_, '_>]) {
    let Some(model) = facts.gpu_model.as_deref() else { return };
    let Some(gpu) = subject.world.catalog.gpu(model) else { return };
    let settings = subject.world.settings;
    let candidates = Candidates { catalog: subject.world.catalog, policy: &settings.policy };
    let fit = candidates.share_fit(
        gpu,
        facts.gpu_mem_gib_per_gpu.or(gpu.gpu_mem_gib),
        facts.gpu_mem_used_max_gib,
        subject.demand(),
    );
    let fit = fit.filter(|_| !parts.is_empty());
    if let Some(ShareFit { ratio, name, burst_stretch_ratio }) = fit {
        facts.share_fit_burst_stretch_ratio = burst_stretch_ratio;
        facts.share_fit_ratio = Some(ratio);
        facts.share_fit_name = Some(name);
    }
}

fn add_prices(facts: &mut WorkloadFacts, parts: &[Part<'_, '_>]) {
    let (mut on_demand, mut total, mut spot) = (0.0, 0.0, Some(0.0));
    for part in parts {
        let Some((cost, _)) = part.cost() else { return };
        let own: f64 = cost.on_demand_usd.iter().sum();
        total += cost.total_usd();
        on_demand += own;
        if own > 0.0 {
            let ratio = part.node.price_ratio("spot");
            spot = spot.zip(ratio).map(|(sum, ratio)| sum + own * ratio);
            let monthly = part.node.spot_interruption_monthly_ratio();
            let known = facts.spot_interruption_monthly_ratio;
            facts.spot_interruption_monthly_ratio = match (known, monthly) {
                (Some(a), Some(b)) => Some(f64::max(a, b)),
                (known, None) | (None, known) => known,
            };
        }
    }
    facts.on_demand_ratio = (total > 0.0).then(|| on_demand / total);
    facts.spot_price_ratio = spot.filter(|_| on_demand > 0.0).map(|sum| sum / on_demand);
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn mem_gib(subject: &Subject<'_>, parts: &[Part<'_, '_>]) -> Option<f64> {
    let of_nodes = || {
        let mut sizes = parts.iter().map(|part| part.node.gpu_mem_gib_per_gpu());
        let first = sizes.next()??;
        sizes
            .all(|size| size.is_some_and(|size| (size - first).abs() < SAME_COUNT))
            .then_some(first)
    };
    subject.row.gpu_mem_gib_per_gpu.or_else(of_nodes)
}

/// The accelerator of all its nodes. `None`: not known, or they differ.
fn gpu_model(parts: &[Part<'_, '_>]) -> Option<String> {
    let mut models = parts.iter().map(|part| part.node.gpu_model());
    let first = models.next()??;
    models.all(|model| model.as_ref() == Some(&first)).then_some(first)
}

//! Facts of model endpoints and of throughput bought by the hour.

use super::{
    candidate::Candidates,
    load::percentile,
    specs::{EndpointFacts, ThroughputFacts},
    subject::Subject,
    traffic::Traffic,
};

/// Facts of a model endpoint.
pub(super) fn endpoint(subject: &Subject<'_>) -> EndpointFacts {
    let load = subject.load;
    let off = subject.off_hours();
    let mut facts = EndpointFacts {
        gpu_model: subject.gpu_model(),
        gpu_count: subject.gpu_count(),
        gpu_mem_gib_per_gpu: subject.gpu_mem_gib_per_gpu(),
        serving_mode: subject.row.serving_mode.clone(),
        has_scaling: subject.row.has_scaling,
        scaling_min_count: subject.row.scaling_min_count,
        observed_ratio: subject.observed_ratio(load.map_or(0.0, |load| load.observed_hours)),
        request_observed_ratio: subject.observed_ratio(0.0),
        gpu_util_p95_ratio: load.and_then(|load| load.util_p95_ratio),
        gpu_util_peak_p95_ratio: load.and_then(|load| load.util_peak_p95_ratio),
        gpu_active_hours_ratio: load.and_then(|load| load.active_hours_ratio),
        gpu_compute_p95_ratio: load.and_then(|load| load.compute_p95_ratio),
        gpu_compute_peak_p95_ratio: load.and_then(|load| load.compute_peak_p95_ratio),
        work_can_wait: subject.work_can_wait(),
        gpu_mem_used_max_gib: subject.beside.mem_used_max_gib,
        has_preallocated_memory: subject.row.has_preallocated_memory,
        off_hours_ratio: off.ratio,
        off_hours_active_ratio: off.active_ratio,
        has_spot_offer: has_spot_offer(subject),
        spot_price_ratio: subject.price_ratio("spot"),
        spot_interruption_monthly_ratio: subject.spot_interruption_monthly_ratio(),
        ..EndpointFacts::default()
    };
    facts.gpu_mem_used_max_ratio =
        facts.gpu_mem_used_max_gib.zip(facts.gpu_mem_gib_per_gpu).map(|(used, size)| used / size);
    add_traffic(&mut facts, subject);
    add_fit(&mut facts, subject);
    facts
}

fn add_traffic(facts: &mut EndpointFacts, subject: &Subject<'_>) {
    let Some(traffic) = subject.traffic else { return };
    let requests = traffic.requests();
    let total: f64 = requests.iter().sum();
    let hours = requests.len() as f64;
    facts.request_observed_ratio = subject.observed_ratio(hours);
    if hours > 0.0 {
        let active = requests.iter().filter(|&&count| count > 0.0).count() as f64;
        facts.request_count = Some(total);
        facts.request_count_per_day = Some(total / hours * 24.0);
        facts.request_active_hours_ratio = Some(active / hours);
        let peak = requests.iter().copied().fold(0.0, f64::max);
        facts.traffic_peak_ratio = (total > 0.0).then(|| peak / (total / hours));
    }
    facts.latency_p95_ms = traffic.latency_p95_ms();
    let replicas = traffic.replicas();
    let count = replicas.len() as f64;
    if count > 0.0 {
        facts.replica_mean_count = Some(replicas.iter().sum::<f64>() / count);
        facts.replica_min_count = replicas.iter().copied().min_by(f64::total_cmp);
        facts.replica_max_count = replicas.iter().copied().max_by(f64::total_cmp);
    }
    let needs: Vec<f64> = needs(subject).into_iter().flatten().collect();
    facts.need_mean_count =
        (!needs.is_empty()).then(|| needs.iter().sum::<f64>() / needs.len() as f64);
}

fn add_fit(facts: &mut EndpointFacts, subject: &Subject<'_>) {
    let Some(current) = subject.current() else { return };
    let candidates =
        Candidates { catalog: subject.world.catalog, policy: &subject.world.settings.policy };
    if let Some(fit) = candidates.of(current).any_fit() {
        facts.fit_price_ratio = fit.price_ratio;
        facts.fit_speed_ratio = fit.speed_ratio;
        facts.fit_burst_stretch_ratio = fit.burst_stretch_ratio;
        facts.fit_lost_formats = Some(fit.lost_formats.to_owned());
        facts.fit_gpu_model = Some(fit.gpu_model);
        facts.fit_instance_type = Some(fit.instance_type);
    }
}

/// SageMaker and Azure ML real-time endpoints have no spot capacity; Vertex AI and Kubernetes have.
fn has_spot_offer(subject: &Subject<'_>) -> Option<bool> {
    match subject.row.provider.as_str() {
        "aws" | "azure" => Some(false),
        "gcp" | "kubernetes" => Some(true),
        _ => None,
    }
}

/// Units the load asks for, hour by hour, before headroom and rounding. `None`: not known.
///
/// Where utilisation is measured: replicas × utilisation. Else by requests against the busiest hour, whose replicas are
/// taken as fully needed, which can only overstate the need. An hour without requests needs nothing.
pub(super) fn needs(subject: &Subject<'_>) -> Vec<Option<f64>> {
    let hours = subject.world.window.hour_count();
    let Some(traffic) = subject.traffic else {
        return load_needs(subject, hours);
    };
    let units = subject.unit_count();
    let peak = traffic.requests().into_iter().fold(0.0, f64::max);
    let most = traffic.replicas().into_iter().fold(units, f64::max);
    (0..hours)
        .map(|index| {
            let hour = traffic.hours.get(index)?;
            if let Some(used) = hour.throughput_util_ratio {
                return Some(units * used);
            }
            let requests = hour.request_count?;
            if requests <= 0.0 {
                return Some(0.0);
            }
            let replicas = hour.replica_count.unwrap_or(units);
            let load = subject.load.and_then(|load| load.notes.get(index)?.load_ratio());
            match load {
                Some(ratio) => Some(replicas * ratio),
                None => (peak > 0.0).then(|| most * requests / peak),
            }
        })
        .collect()
}

/// Without requests a machine is needed in the hours in which it is active.
fn load_needs(subject: &Subject<'_>, hours: usize) -> Vec<Option<f64>> {
    let units = subject.unit_count();
    let mut needs: Vec<Option<f64>> = subject
        .activity()
        .into_iter()
        .map(|active| active.map(|is_active| if is_active { units } else { 0.0 }))
        .collect();
    needs.resize(hours, None);
    needs
}

/// Facts of throughput bought by the hour.
pub(super) fn throughput(subject: &Subject<'_>) -> ThroughputFacts {
    let mut used = subject.traffic.map(Traffic::throughput).unwrap_or_default();
    let hours = used.len() as f64;
    ThroughputFacts {
        unit_count: subject.row.unit_count,
        observed_ratio: subject.observed_ratio(hours),
        throughput_util_mean_ratio: (hours > 0.0).then(|| used.iter().sum::<f64>() / hours),
        throughput_util_max_ratio: used.iter().copied().max_by(f64::total_cmp),
        throughput_util_p95_ratio: percentile(&mut used, 0.95),
    }
}

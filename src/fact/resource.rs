//! Facts of any resource: whether it is seen at all.

use super::{specs::ResourceFacts, subject::Subject};

/// Facts of a resource of any kind.
pub(super) fn facts(subject: &Subject<'_>) -> ResourceFacts {
    let telemetry_ratio = telemetry_ratio(subject);
    let unmeasured = telemetry_ratio
        .zip(subject.effective_usd_per_month())
        .map(|(ratio, usd)| usd * (1.0 - ratio));
    ResourceFacts {
        has_gpu: subject.has_gpu(),
        gpu_model: subject.gpu_model(),
        gpu_count: subject.gpu_count(),
        telemetry_ratio,
        unmeasured_usd_per_month: unmeasured,
    }
}

/// Share of its running hours with the telemetry its kind is judged by. Where some is missing that may be out of reach,
/// nobody can say.
pub(super) fn telemetry_ratio(subject: &Subject<'_>) -> Option<f64> {
    let load_hours = subject.load.map_or(0.0, |load| load.observed_hours);
    let hours = match subject.row.kind.as_str() {
        "notebook" if subject.has_gpu() == Some(false) => {
            subject.load.map_or(0.0, |load| load.cpu_observed_hours)
        }
        "gpu_instance" | "node" | "notebook" => load_hours,
        "endpoint" => subject.traffic.map_or(0.0, |traffic| traffic.requests().len() as f64),
        "provisioned_throughput" => {
            subject.traffic.map_or(0.0, |traffic| traffic.throughput().len() as f64)
        }
        _ => return None,
    };
    let may_have_more = subject.row.has_unreachable_telemetry == Some(true);
    subject.observed_ratio(hours).filter(|ratio| *ratio >= 1.0 || !may_have_more)
}

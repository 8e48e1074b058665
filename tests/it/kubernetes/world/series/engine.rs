//! What vLLM says of itself: counters that begin anew when a container restarts, and how full its cache is.

use super::{
    super::{HOUR, Pod, World},
    DCGM_STEP, times,
};
use crate::kubernetes::{openmetrics::History, world::START};

pub(super) fn write(world: &World, history: &mut History) {
    for pod in &world.pods {
        let owner = &world.owners[pod.owner];
        let Some(peak) = owner.requests_per_hour else { continue };
        let labels = [
            ("model_name", "example/instruct-7b"),
            ("namespace", owner.namespace.as_str()),
            ("pod", pod.name.as_str()),
            ("job", "vllm"),
        ];
        let highest = owner.load.peak().max(1e-9);
        let per_hour = |hour: i64| peak * owner.load.level(hour) / highest;
        let mut counter = |name: &str, labels: &[(&str, &str)], each: f64| {
            let samples = counted(pod, &per_hour).map(|(at, count)| (START + at, count * each));
            history.series(name, labels, samples);
        };
        let finished = [labels.as_slice(), &[("finished_reason", "stop")]].concat();
        counter("vllm:request_success_total", &finished, 1.0);
        counter("vllm:prompt_tokens_total", &labels, 400.0);
        counter("vllm:generation_tokens_total", &labels, 150.0);
        let gauge = |name: &str, history: &mut History, value: &dyn Fn(i64) -> f64| {
            let times = times(pod.seconds.0, pod.seconds.1, DCGM_STEP, 11);
            history.series(name, &labels, times.map(|at| (START + at, value(at.div_euclid(HOUR)))));
        };
        gauge("vllm:kv_cache_usage_perc", history, &|hour| 0.9 * owner.load.level(hour));
        gauge("vllm:num_requests_running", history, &|hour| (per_hour(hour) / 60.0).round());
    }
}

/// Requests counted so far, whole ones, from the last start of the container.
fn counted<'a>(
    pod: &'a Pod,
    per_hour: &'a dyn Fn(i64) -> f64,
) -> impl Iterator<Item = (i64, f64)> + 'a {
    let mut count = 0.0;
    times(pod.seconds.0, pod.seconds.1, DCGM_STEP, 11).map(move |at| {
        let hour = at.div_euclid(HOUR);
        let has_restarted = pod
            .restarts
            .iter()
            .any(|restart| (at - DCGM_STEP..at).contains(&(restart * HOUR + 11 - DCGM_STEP / 2)));
        if has_restarted {
            count = 0.0;
        }
        count += per_hour(hour) * DCGM_STEP as f64 / HOUR as f64;
        (at, count.floor())
    })
}

//! What telemetry says about one resource, once its hours are known.

use super::{
    activity::{self, Activity},
    peaks::Peaks,
};
use crate::{
    settings::Telemetry,
    usage::{GpuHours, Measure, ResourceHours, higher},
};

/// A GPU that is active in no more of its observed hours than this was not used.
const UNUSED_GPU_HOURS_RATIO: f64 = 0.01;

/// One hour of a resource, as replays need it: eight bytes, because there are millions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HourNote {
    /// NaN: not observed.
    load_ratio: f32,
    /// Accelerators observed.
    seen_count: u16,
    gpu: Noted,
    cpu: Noted,
}

/// Whether something was active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Noted {
    Unobserved,
    Quiet,
    Active,
}

impl Noted {
    fn of(is_active: Option<bool>) -> Self {
        match is_active {
            None => Self::Unobserved,
            Some(false) => Self::Quiet,
            Some(true) => Self::Active,
        }
    }

    fn answer(self) -> Option<bool> {
        match self {
            Self::Unobserved => None,
            Self::Quiet => Some(false),
            Self::Active => Some(true),
        }
    }
}

impl HourNote {
    const UNOBSERVED: Self = Self {
        load_ratio: f32::NAN,
        seen_count: 0,
        gpu: Noted::Unobserved,
        cpu: Noted::Unobserved,
    };

    /// Mean utilisation over the observed accelerators. `None`: not observed.
    pub fn load_ratio(self) -> Option<f64> {
        (!self.load_ratio.is_nan()).then(|| f64::from(self.load_ratio))
    }

    /// Whether an accelerator was active. `None`: not observed.
    pub fn gpu_is_active(self) -> Option<bool> {
        self.gpu.answer()
    }

    /// Accelerators observed.
    pub fn seen_count(self) -> f64 {
        f64::from(self.seen_count)
    }

    /// Whether an accelerator or, where none is observed, the CPU was active. `None`: not observed.
    pub fn is_active(self) -> Option<bool> {
        self.gpu.answer().or(self.cpu.answer())
    }
}

/// The telemetry of one resource over the window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Load {
    /// Hours with utilisation or engine activity of an accelerator.
    pub observed_hours: f64,
    /// Hours with CPU telemetry.
    pub cpu_observed_hours: f64,
    /// Accelerators with telemetry of their own; one if the rows name none.
    pub series_count: f64,
    /// Whether rows name their accelerator. If not, they are about the whole machine.
    pub has_gpu_index: bool,
    /// Sum and number of utilisation samples over all accelerators.
    pub util_samples: (f64, f64),
    /// 95th percentile over hours of the busiest accelerator's mean.
    pub util_p95_ratio: Option<f64>,
    /// Highest sample of utilisation or engine activity.
    pub util_max_ratio: Option<f64>,
    /// 95th percentile over hours of the highest such sample of the hour. `None`: only means of hours are known.
    pub util_peak_p95_ratio: Option<f64>,
    /// Share of observed hours in which a sample of any accelerator was active.
    pub active_hours_ratio: Option<f64>,
    /// Of those, the ones active in more than 1 % of their observed hours.
    pub busy_series_count: f64,
    /// 95th percentile of engine activity, else of utilisation.
    pub compute_p95_ratio: Option<f64>,
    /// Whether that is engine activity.
    pub compute_is_profiled: bool,
    /// 95th percentile over hours of the hour's highest engine activity, else of its highest utilisation, which is never
    /// less. `None`: only means of hours are known.
    pub compute_peak_p95_ratio: Option<f64>,
    /// Whether it knows the bursts of every accelerator. If not, means stand in for some, and it is the least they reach.
    pub compute_peaks_are_complete: bool,
    /// What is measured besides how busy accelerators are.
    pub beside: Beside,
    /// Every hour of the window.
    pub notes: Vec<HourNote>,
}

/// What is measured of a resource besides how busy its accelerators are.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Beside {
    /// Highest memory in use on any accelerator. `None`: not measured.
    pub mem_used_max_gib: Option<f64>,
    /// 95th percentile of the CPU. `None`: not measured.
    pub cpu_util_p95_ratio: Option<f64>,
    /// Traffic a day. `None`: not measured.
    pub network_gib_per_day: Option<f64>,
}

impl Load {
    /// Summarises the hours of one resource.
    pub fn of(hours: &ResourceHours, settings: &Telemetry) -> Self {
        let count = hours.window.hour_count();
        let gpus: Vec<Activity<'_>> = hours.gpus.iter().filter_map(Activity::of).collect();
        let mut load = Self { notes: vec![HourNote::UNOBSERVED; count], ..Self::default() };
        let has = |measure| hours.gpus.iter().any(|gpu| !gpu.series(measure).is_empty());
        let (is_profiled, has_cpu) = (has(Measure::GpuActive), has(Measure::Cpu));
        let mut used = vec![Use::default(); gpus.len()];
        let (mut busiest, mut profiled) = (Vec::with_capacity(count), Vec::new());
        let mut active_hours = 0;
        let (mut peaks, mut engine_peaks) =
            (Peaks::of_all(gpus.len()), Peaks::of_engines(gpus.len()));
        for (hour, note) in load.notes.iter_mut().enumerate() {
            let (mut top, mut sum, mut seen) = (f64::NEG_INFINITY, 0.0, 0_u16);
            let mut peak = None;
            for (position, (gpu, used)) in gpus.iter().zip(&mut used).enumerate() {
                let own_peak = gpu.peak_ratio(hour);
                if let Some(own_peak) = own_peak {
                    used.observed += 1;
                    used.active += usize::from(own_peak > settings.active_util_ratio);
                }
                if let Some(mean) = gpu.mean_ratio(hour) {
                    peaks.look(position, gpu.gpu, hour);
                    peak = higher(peak, own_peak);
                    top = top.max(mean);
                    sum += mean;
                    seen = seen.saturating_add(1);
                }
            }
            if seen > 0 {
                note.seen_count = seen;
                busiest.push(top);
                let is_active = peak.map(|peak| peak > settings.active_util_ratio);
                active_hours += usize::from(is_active == Some(true));
                load.util_max_ratio = higher(load.util_max_ratio, peak);
                peaks.add(peak);
                note.gpu = Noted::of(is_active);
                #[expect(clippy::cast_possible_truncation, reason = "a share, rounded up again")]
                let mean = (sum / f64::from(seen)) as f32;
                note.load_ratio = mean;
            }
            if is_profiled {
                let (mut top, mut peak) = (None, None);
                for (position, Activity { gpu, .. }) in gpus.iter().enumerate() {
                    if let Some(mean) = gpu.series(Measure::GpuActive).mean(hour) {
                        engine_peaks.look(position, gpu, hour);
                        top = higher(top, Some(mean));
                        peak = higher(peak, activity::engine_peak_ratio(gpu, hour));
                    }
                }
                profiled.extend(top);
                engine_peaks.add(peak);
            }
            if has_cpu {
                let cpu = hours.gpus.iter().find_map(|gpu| gpu.series(Measure::Cpu).mean(hour));
                note.cpu = Noted::of(cpu.map(|ratio| ratio > settings.active_cpu_ratio));
            }
        }
        load.observed_hours = busiest.len() as f64;
        load.active_hours_ratio = share(active_hours, busiest.len());
        load.util_p95_ratio = percentile(&mut busiest, 0.95);
        load.compute_is_profiled = !profiled.is_empty();
        load.compute_p95_ratio = percentile(&mut profiled, 0.95).or(load.util_p95_ratio);
        load.util_peak_p95_ratio = peaks.p95_ratio();
        let engine_peak = engine_peaks.p95_ratio();
        load.compute_peak_p95_ratio = engine_peak.or(load.util_peak_p95_ratio);
        load.compute_peaks_are_complete =
            if engine_peak.is_some() { engine_peaks.are_complete() } else { peaks.are_complete() };
        load.add_gpus(&gpus);
        load.busy_series_count = used.iter().filter(|used| used.is_busy()).count() as f64;
        load.add_machine(hours, count);
        load
    }

    fn add_gpus(&mut self, gpus: &[Activity<'_>]) {
        for Activity { gpu, .. } in gpus {
            let (sum, weight) = activity::samples(gpu);
            self.util_samples.0 += sum;
            self.util_samples.1 += weight;
        }
        self.has_gpu_index = gpus.iter().all(|of| of.gpu.gpu_index.is_some());
        self.series_count = gpus.len() as f64;
    }

    fn add_machine(&mut self, hours: &ResourceHours, count: usize) {
        for gpu in &hours.gpus {
            let (maxima, samples) = (gpu.series(Measure::GpuMemMax), gpu.series(Measure::GpuMem));
            let top = higher(maxima.top(), samples.top());
            self.beside.mem_used_max_gib = higher(self.beside.mem_used_max_gib, top);
        }
        let has = |measure| hours.gpus.iter().any(|gpu| !gpu.series(measure).is_empty());
        let of_machine = |read: &dyn Fn(&GpuHours, usize) -> Option<f64>| -> Vec<f64> {
            (0..count)
                .filter_map(|hour| hours.gpus.iter().find_map(|gpu| read(gpu, hour)))
                .collect()
        };
        let mut cpu = Vec::new();
        if has(Measure::Cpu) {
            cpu = of_machine(&|gpu, hour| gpu.series(Measure::Cpu).mean(hour));
        }
        if has(Measure::Network) {
            let traffic = of_machine(&|gpu, hour| gpu.series(Measure::Network).sum(hour));
            let (sum_gib, hours) = (traffic.iter().sum::<f64>(), traffic.len() as f64);
            self.beside.network_gib_per_day = (hours > 0.0).then(|| sum_gib / hours * 24.0);
        }
        self.cpu_observed_hours = cpu.len() as f64;
        self.beside.cpu_util_p95_ratio = percentile(&mut cpu, 0.95);
    }

    /// Accelerators seen and busy, of a machine that has `gpu_count`. `None`: rows are about a machine with several.
    pub fn gpus_seen_and_busy(&self, gpu_count: Option<f64>) -> Option<(f64, f64)> {
        let is_single = gpu_count.is_none_or(|count| count <= 1.0);
        let is_seen = self.series_count > 0.0 && (self.has_gpu_index || is_single);
        is_seen.then_some((self.series_count, self.busy_series_count))
    }

    /// Mean utilisation over all samples. `None`: not measured.
    pub fn util_mean_ratio(&self) -> Option<f64> {
        (self.util_samples.1 > 0.0).then(|| self.util_samples.0 / self.util_samples.1)
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Hours of one accelerator: observed, and active by their highest sample.
#[derive(Clone, Copy, Default)]
struct Use {
    observed: usize,
    active: usize,
}

impl Use {
    fn is_busy(self) -> bool {
        share(self.active, self.observed).is_some_and(|ratio| ratio > UNUSED_GPU_HOURS_RATIO)
    }
}

/// The longest run of observed hours without activity. `None`: nothing was observed.
pub(super) fn longest_idle(hours: impl Iterator<Item = Option<bool>>) -> Option<f64> {
    let (mut longest, mut run, mut observed) = (0_u32, 0_u32, false);
    for is_active in hours {
        match is_active {
            Some(false) => {
                observed = true;
                run += 1;
                longest = longest.max(run);
            }
            Some(true) => {
                observed = true;
                run = 0;
            }
            None => run = 0,
        }
    }
    observed.then_some(f64::from(longest))
}

/// The value that a share `q` of all values does not exceed (nearest rank). `None` of nothing.
pub(super) fn percentile(values: &mut [f64], q: f64) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank between 1 and the number of values"
    )]
    let rank = ((values.len() as f64 * q).ceil() as usize).clamp(1, values.len());
    let (_, value, _) = values.select_nth_unstable_by(rank - 1, f64::total_cmp);
    Some(*value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentile_is_the_nearest_rank() {
        let mut values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut values, 0.95), Some(95.0));
        assert_eq!(percentile(&mut [7.0], 0.95), Some(7.0));
        assert_eq!(percentile(&mut [], 0.95), None);
    }
}

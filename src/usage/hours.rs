//! The hours of one resource: what the reduction hands on.

use crate::window::Window;

use super::{Measure, order::Memory};

/// One measure of one accelerator (or machine) over the window, by the hour.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeriesStats {
    hours: Vec<HourStats>,
}

/// What was measured in one hour. Side by side, because what is asked of an hour is mostly more than one of them.
#[derive(Debug, Clone, Copy, PartialEq)]
struct HourStats {
    sum: f64,
    /// Samples; none: not measured.
    weight: f64,
    max: f64,
}

impl HourStats {
    const NOTHING: Self = Self { sum: 0.0, weight: 0.0, max: f64::NEG_INFINITY };
}

impl SeriesStats {
    pub(super) fn add(&mut self, hours: usize, hour: usize, sum: f64, weight: f64, max: f64) {
        if self.hours.len() < hours {
            self.hours.resize(hours, HourStats::NOTHING);
        }
        if let Some(stats) = self.hours.get_mut(hour) {
            stats.sum += sum;
            stats.weight += weight;
            stats.max = stats.max.max(max);
        }
    }

    fn measured(&self, hour: usize) -> Option<&HourStats> {
        self.hours.get(hour).filter(|stats| stats.weight > 0.0)
    }

    /// Mean of an hour. `None`: not measured.
    pub fn mean(&self, hour: usize) -> Option<f64> {
        self.measured(hour).map(|stats| stats.sum / stats.weight)
    }

    /// Sum of an hour. `None`: not measured.
    pub fn sum(&self, hour: usize) -> Option<f64> {
        self.measured(hour).map(|stats| stats.sum)
    }

    /// Highest sample of an hour. `None`: not measured.
    pub fn max(&self, hour: usize) -> Option<f64> {
        self.measured(hour).map(|stats| stats.max)
    }

    /// Highest sample of all hours. `None`: nothing was measured.
    pub fn top(&self) -> Option<f64> {
        let top = self.hours.iter().map(|stats| stats.max).fold(f64::NEG_INFINITY, f64::max);
        (top > f64::NEG_INFINITY).then_some(top)
    }

    /// Sum and weight of all samples.
    pub fn total(&self) -> (f64, f64) {
        let of = |read: fn(&HourStats) -> f64| self.hours.iter().map(read).sum();
        (of(|stats| stats.sum), of(|stats| stats.weight))
    }

    /// True if nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.hours.is_empty()
    }
}

/// The measures of one accelerator, or of the machine as a whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GpuHours {
    /// Which accelerator. `None`: the whole machine.
    pub gpu_index: Option<i64>,
    series: [SeriesStats; Measure::ALL.len()],
    /// Latest sample so far.
    pub(super) last_time_ms: Option<i64>,
    /// Samples that one that comes late could repeat. `None`: none comes late.
    pub(super) memory: Option<Box<Memory>>,
}

impl GpuHours {
    /// The series of a measure.
    pub fn series(&self, measure: Measure) -> &SeriesStats {
        &self.series[measure as usize]
    }

    pub(super) fn series_mut(&mut self, measure: Measure) -> &mut SeriesStats {
        &mut self.series[measure as usize]
    }

    /// Samples behind an hour: the most of any measure.
    pub fn sample_count(&self, hour: usize) -> i64 {
        let weights = self.series.iter().filter_map(|series| series.hours.get(hour));
        #[expect(clippy::cast_possible_truncation, reason = "a number of samples in an hour")]
        weights
            .map(|stats| stats.weight)
            .max_by(f64::total_cmp)
            .map_or(0, |weight| weight.round() as i64)
    }

    /// Highest sample of an hour, of the column of maxima and of the samples themselves.
    pub fn max(&self, of_maxima: Measure, of_samples: Measure, hour: usize) -> Option<f64> {
        higher(self.series(of_maxima).max(hour), self.series(of_samples).max(hour))
    }
}

/// The higher of two values that are numbers. `None`: neither is known.
pub fn higher(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b > a { b } else { a }),
        (known, None) | (None, known) => known,
    }
}

/// Everything measured of one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceHours {
    /// The resource.
    pub resource_id: String,
    /// The window.
    pub window: Window,
    /// Its accelerators, and the machine as a whole where rows without an index exist.
    pub gpus: Vec<GpuHours>,
}

impl ResourceHours {
    pub(super) fn new(window: Window) -> Self {
        Self { resource_id: String::new(), window, gpus: Vec::new() }
    }

    /// Forgets the measurements and keeps the memory.
    pub(super) fn reset(&mut self, resource_id: &str) {
        resource_id.clone_into(&mut self.resource_id);
        self.gpus.clear();
    }

    pub(super) fn gpu_position(&mut self, gpu_index: Option<i64>) -> usize {
        let known = self.gpus.iter().position(|gpu| gpu.gpu_index == gpu_index);
        known.unwrap_or_else(|| {
            self.gpus.push(GpuHours { gpu_index, ..GpuHours::default() });
            self.gpus.len() - 1
        })
    }
}

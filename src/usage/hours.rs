//! The hours of one resource: what the reduction hands on.

use crate::window::Window;

use super::{Measure, order::Memory};

/// One measure of one accelerator (or machine) over the window: a sum, a weight and a maximum per hour.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeriesStats {
    sum: Vec<f64>,
    weight: Vec<f64>,
    max: Vec<f64>,
}

impl SeriesStats {
    pub(super) fn add(&mut self, hours: usize, hour: usize, sum: f64, weight: f64, max: f64) {
        if self.sum.len() < hours {
            self.sum.resize(hours, 0.0);
            self.weight.resize(hours, 0.0);
            self.max.resize(hours, f64::NEG_INFINITY);
        }
        if let (Some(s), Some(w), Some(m)) =
            (self.sum.get_mut(hour), self.weight.get_mut(hour), self.max.get_mut(hour))
        {
            *s += sum;
            *w += weight;
            *m = m.max(max);
        }
    }

    /// Mean of an hour. `None`: not measured.
    pub fn mean(&self, hour: usize) -> Option<f64> {
        let weight = *self.weight.get(hour)?;
        (weight > 0.0).then(|| self.sum.get(hour).map_or(0.0, |sum| sum / weight))
    }

    /// Sum of an hour. `None`: not measured.
    pub fn sum(&self, hour: usize) -> Option<f64> {
        (*self.weight.get(hour)? > 0.0).then(|| self.sum.get(hour).copied().unwrap_or_default())
    }

    /// Highest sample of an hour. `None`: not measured.
    pub fn max(&self, hour: usize) -> Option<f64> {
        (*self.weight.get(hour)? > 0.0).then(|| self.max.get(hour).copied().unwrap_or_default())
    }

    /// Highest sample of all hours. `None`: nothing was measured.
    pub fn top(&self) -> Option<f64> {
        let top = self.max.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (top > f64::NEG_INFINITY).then_some(top)
    }

    /// Sum and weight of all samples.
    pub fn total(&self) -> (f64, f64) {
        (self.sum.iter().sum(), self.weight.iter().sum())
    }

    /// True if nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.sum.is_empty()
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
        let weights = self.series.iter().filter_map(|series| series.weight.get(hour));
        #[expect(clippy::cast_possible_truncation, reason = "a number of samples in an hour")]
        weights.copied().max_by(f64::total_cmp).map_or(0, |weight| weight.round() as i64)
    }

    /// Highest sample of an hour, of the column of maxima and of the samples themselves.
    pub fn max(&self, of_maxima: Measure, of_samples: Measure, hour: usize) -> Option<f64> {
        let tops = [of_maxima, of_samples].map(|measure| self.series(measure).max(hour));
        tops.into_iter().flatten().max_by(f64::total_cmp)
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

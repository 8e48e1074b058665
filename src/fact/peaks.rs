//! Highest samples of hours: what the means of hours hide.

use super::load::percentile;
use crate::usage::{GpuHours, Measure};

/// A highest sample lies so far above its hour's mean, or is the same number rounded.
const ROUNDING_RATIO: f64 = 1e-6;

/// What is sampled: the column of maxima and the one of means.
type Sampled = (Measure, Measure);

const UTILISATION: Sampled = (Measure::GpuUtilMax, Measure::GpuUtil);
const ENGINE: Sampled = (Measure::GpuActiveMax, Measure::GpuActive);

/// Highest samples, hour by hour, and whether they say more than the means.
#[derive(Debug)]
pub(super) struct Peaks {
    sampled: &'static [Sampled],
    by_hour: Vec<f64>,
    /// Whether a highest sample was ever above its hour's mean. If not, the source has nothing but means of hours, and what
    /// happens inside them is not known.
    are_known: bool,
}

impl Peaks {
    /// Of utilisation and engine activity.
    pub(super) fn of_all() -> Self {
        Self { sampled: &[UTILISATION, ENGINE], by_hour: Vec::new(), are_known: false }
    }

    /// Of engine activity alone.
    pub(super) fn of_engines() -> Self {
        Self { sampled: &[ENGINE], by_hour: Vec::new(), are_known: false }
    }

    /// Looks at an hour of an accelerator. Most often the first one settles it.
    pub(super) fn look(&mut self, gpu: &GpuHours, hour: usize) {
        self.are_known = self.are_known
            || self.sampled.iter().any(|&(maxima, means)| {
                let peak = gpu.max(maxima, means, hour);
                peak.zip(gpu.series(means).mean(hour))
                    .is_some_and(|(peak, mean)| peak > mean + ROUNDING_RATIO)
            });
    }

    /// The highest sample of an hour, over all accelerators.
    pub(super) fn add(&mut self, peak: Option<f64>) {
        self.by_hour.extend(peak);
    }

    /// 95th percentile over hours. `None`: only means of hours are known.
    pub(super) fn p95_ratio(&mut self) -> Option<f64> {
        percentile(&mut self.by_hour, 0.95).filter(|_| self.are_known)
    }
}

//! Highest samples of hours: what the means of hours hide.

use super::load::percentile;
use crate::usage::{GpuHours, Measure};

/// A highest sample lies so far above its hour's mean, or is the same number rounded.
const ROUNDING_RATIO: f64 = 1e-6;

/// What is sampled: the column of maxima and the one of means.
type Sampled = (Measure, Measure);

const UTILISATION: Sampled = (Measure::GpuUtilMax, Measure::GpuUtil);
const ENGINE: Sampled = (Measure::GpuActiveMax, Measure::GpuActive);

/// An accelerator of which more hours than this have no highest sample has peaks that are not known.
const OPEN_HOURS_RATIO: f64 = 0.05;

/// What was seen of one accelerator.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    hours: usize,
    /// Hours of some load without a highest sample, of an accelerator that has some.
    open_hours: usize,
    /// Whether a highest sample was ever above its hour's mean.
    is_above: bool,
    /// Whether a mean leaves room for bursts: without any load, and at full load, it hides nothing.
    has_room: bool,
}

impl Seen {
    fn is_known(self) -> bool {
        let is_open = self.open_hours as f64 > self.hours as f64 * OPEN_HOURS_RATIO;
        !self.has_room || (self.is_above && !is_open)
    }
}

/// Highest samples, hour by hour, and whether they say more than the means.
#[derive(Debug)]
pub(super) struct Peaks {
    sampled: &'static [Sampled],
    by_hour: Vec<f64>,
    by_gpu: Vec<Seen>,
}

impl Peaks {
    /// Of utilisation and engine activity.
    pub(super) fn of_all(gpu_count: usize) -> Self {
        Self::of(&[UTILISATION, ENGINE], gpu_count)
    }

    /// Of engine activity alone.
    pub(super) fn of_engines(gpu_count: usize) -> Self {
        Self::of(&[ENGINE], gpu_count)
    }

    fn of(sampled: &'static [Sampled], gpu_count: usize) -> Self {
        Self { sampled, by_hour: Vec::new(), by_gpu: vec![Seen::default(); gpu_count] }
    }

    /// Looks at an hour of the accelerator at a position.
    pub(super) fn look(&mut self, position: usize, gpu: &GpuHours, hour: usize) {
        let Some(seen) = self.by_gpu.get_mut(position) else { return };
        let has_maxima = self.sampled.iter().any(|&(maxima, _)| !gpu.series(maxima).is_empty());
        if seen.is_above && seen.has_room && !has_maxima {
            // Samples tell everything, and most often their first hour settles it.
            seen.hours += 1;
            return;
        }
        let (mut is_above, mut is_open) = (false, false);
        for &(maxima, means) in self.sampled {
            let Some(mean) = gpu.series(means).mean(hour) else { continue };
            let has_room = mean > ROUNDING_RATIO && mean < 1.0 - ROUNDING_RATIO;
            let maxima_of = gpu.series(maxima);
            is_above |=
                gpu.max(maxima, means, hour).is_some_and(|peak| peak > mean + ROUNDING_RATIO);
            is_open |= has_room && !maxima_of.is_empty() && maxima_of.max(hour).is_none();
            seen.has_room |= has_room;
        }
        seen.hours += 1;
        seen.open_hours += usize::from(is_open && !is_above);
        seen.is_above |= is_above;
    }

    /// The highest sample of an hour, over all accelerators.
    pub(super) fn add(&mut self, peak: Option<f64>) {
        self.by_hour.extend(peak);
    }

    /// 95th percentile over hours. `None`: only means of hours are known. Where [`Self::are_complete`] says no, it is the
    /// least that bursts reach.
    pub(super) fn p95_ratio(&mut self) -> Option<f64> {
        let is_above = self.by_gpu.iter().any(|seen| seen.is_above);
        percentile(&mut self.by_hour, 0.95).filter(|_| is_above)
    }

    /// Whether the highest samples of every accelerator are known. If not, means stand in for some of them.
    pub(super) fn are_complete(&self) -> bool {
        self.by_gpu.iter().all(|seen| seen.is_known())
    }
}

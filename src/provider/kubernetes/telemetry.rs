//! What accelerators and serving engines did, hour by hour, as plain values in the units of their exporters.

use std::collections::BTreeMap;

use crate::window::HourNumber;

/// What is measured of an accelerator in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    /// Utilisation, mean, in percent.
    UtilMeanPercent,
    /// Utilisation, highest sample, in percent.
    UtilMaxPercent,
    /// Samples of the utilisation.
    UtilSamples,
    /// Engine activity, mean, as a ratio.
    EngineMean,
    /// Engine activity, highest sample, as a ratio.
    EngineMax,
    /// Samples of the engine activity.
    EngineSamples,
    /// SM activity, mean, as a ratio.
    SmMean,
    /// Memory in use, mean, in mebibytes.
    MemMeanMib,
    /// Memory in use, highest sample, in mebibytes.
    MemMaxMib,
    /// Power, mean, in watts.
    PowerMeanWatts,
}

impl Field {
    const COUNT: usize = 10;

    /// How values of several series of one accelerator and hour come together.
    fn fold(self) -> Fold {
        match self {
            Self::UtilMaxPercent | Self::EngineMax | Self::MemMaxMib => Fold::Max,
            Self::UtilSamples | Self::EngineSamples => Fold::Sum,
            Self::UtilMeanPercent
            | Self::EngineMean
            | Self::SmMean
            | Self::MemMeanMib
            | Self::PowerMeanWatts => Fold::Mean,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fold {
    Mean,
    Max,
    Sum,
}

/// One hour of one accelerator. A field without a value was not measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sample([Option<f64>; Field::COUNT]);

impl Sample {
    /// A value.
    pub(super) fn get(&self, field: Field) -> Option<f64> {
        self.0.get(field as usize).copied().flatten()
    }

    /// Sets a value.
    pub(super) fn set(&mut self, field: Field, value: f64) {
        if let Some(slot) = self.0.get_mut(field as usize) {
            *slot = Some(value);
        }
    }

    /// Whether nothing was measured.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// Samples behind it, of whichever measure has most.
    pub(super) fn sample_count(&self) -> f64 {
        let of = |field| self.get(field).unwrap_or_default();
        of(Field::UtilSamples).max(of(Field::EngineSamples))
    }

    /// Joins two series of the same accelerator in the same hour: pods one after the other, or an exporter that was
    /// replaced. Means are weighted by their samples; an hour never has more than `most` samples, because two exporters
    /// side by side see the same thing twice.
    pub(super) fn join(&mut self, other: &Self, most: f64) {
        let (own, others) = (self.sample_count().max(1.0), other.sample_count().max(1.0));
        for field in ALL {
            let joined = match (self.get(field), other.get(field)) {
                (Some(a), Some(b)) => match field.fold() {
                    Fold::Mean => (a * own + b * others) / (own + others),
                    Fold::Max => a.max(b),
                    Fold::Sum => (a + b).min(most.max(a).max(b)),
                },
                (Some(only), None) | (None, Some(only)) => only,
                (None, None) => continue,
            };
            self.set(field, joined);
        }
    }
}

/// All fields.
pub(super) const ALL: [Field; Field::COUNT] = [
    Field::UtilMeanPercent,
    Field::UtilMaxPercent,
    Field::UtilSamples,
    Field::EngineMean,
    Field::EngineMax,
    Field::EngineSamples,
    Field::SmMean,
    Field::MemMeanMib,
    Field::MemMaxMib,
    Field::PowerMeanWatts,
];

/// A pod by its names, as telemetry knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PodName {
    pub(super) namespace: String,
    pub(super) name: String,
}

/// A slice of an accelerator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MigSlice {
    /// Its number on the accelerator.
    pub(super) id: String,
    /// Its size: `1g.10gb`.
    pub(super) profile: String,
}

/// An accelerator or a slice of one, and who held it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Held {
    /// Its node.
    pub(super) node: String,
    /// Its number on the node.
    pub(super) gpu_index: i64,
    /// The slice. `None`: all of it.
    pub(super) slice: Option<MigSlice>,
    /// The pod that the series names. `None`: it names none.
    pub(super) pod: Option<PodName>,
}

/// Hours of accelerators.
pub(super) type HeldHours = BTreeMap<Held, BTreeMap<HourNumber, Sample>>;

/// What is known of an accelerator that does not change by the hour.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Device {
    /// Name of its model, as its driver says: `NVIDIA A100-SXM4-80GB`.
    pub(super) model: Option<String>,
    /// Profiles of its slices, by their number.
    pub(super) slices: BTreeMap<String, String>,
}

/// Accelerators that were measured, by node and number.
pub(super) type Devices = BTreeMap<String, BTreeMap<i64, Device>>;

/// What a serving engine did in an hour.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Served {
    /// Requests that succeeded.
    pub(super) request_count: Option<f64>,
    /// Requests that failed.
    pub(super) error_count: Option<f64>,
    /// Tokens read.
    pub(super) input_token_count: Option<f64>,
    /// Tokens written.
    pub(super) output_token_count: Option<f64>,
    /// 95th percentile of the latency.
    pub(super) latency_p95_seconds: Option<f64>,
    /// Highest share of the cache in use.
    pub(super) cache_max_ratio: Option<f64>,
}

/// Hours of serving engines, by pod and model (empty: the engine names none).
pub(super) type ServedHours = BTreeMap<(PodName, String), BTreeMap<HourNumber, Served>>;

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(util: f64, max: f64, count: f64) -> Sample {
        let mut sample = Sample::default();
        sample.set(Field::UtilMeanPercent, util);
        sample.set(Field::UtilMaxPercent, max);
        sample.set(Field::UtilSamples, count);
        sample
    }

    #[test]
    fn two_pods_one_after_the_other_share_an_hour_by_their_samples() {
        let mut hour = sample(90.0, 100.0, 60.0);
        hour.join(&sample(10.0, 20.0, 180.0), 240.0);
        assert_eq!(hour, sample(30.0, 100.0, 240.0));
    }

    #[test]
    fn two_exporters_side_by_side_are_one_hour() {
        let mut hour = sample(50.0, 80.0, 240.0);
        hour.join(&sample(50.0, 80.0, 240.0), 240.0);
        assert_eq!(hour, sample(50.0, 80.0, 240.0));
    }

    #[test]
    fn what_only_one_of_them_measured_is_kept_and_the_rest_stays_unknown() {
        let mut hour = sample(50.0, 80.0, 120.0);
        let mut other = Sample::default();
        other.set(Field::SmMean, 0.4);
        hour.join(&other, 240.0);
        assert_eq!(hour.get(Field::SmMean), Some(0.4));
        assert_eq!(hour.get(Field::PowerMeanWatts), None);
    }
}

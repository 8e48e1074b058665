//! What is asked about one resource.

use serde::{Deserialize, Serialize};

use std::{collections::BTreeSet, ops::Range};

use super::{
    discover::AcceleratorMetric,
    metric::{Metric, Statistic},
};
use crate::{
    provider::aws::observed::Metered,
    window::{HourNumber, MS_PER_HOUR, Window},
};

/// A resource and what is known about its metrics.
#[derive(Debug, Clone)]
pub(super) struct Subject<'a> {
    pub(super) resource_id: &'a str,
    /// A machine or job once; an endpoint once for each variant and component.
    pub(super) metered: Vec<&'a Metered>,
    /// Of a machine.
    pub(super) accelerators: Vec<AcceleratorMetric>,
    /// Of the machines of an endpoint, where they are measured one by one.
    pub(super) gpus: Vec<VariantGpu>,
    /// Of a job, as the dimension `Host` names them.
    pub(super) hosts: Vec<String>,
    /// Of a throughput, as the dimension `ModelId` names it besides its ARN. `None`: what is listed was not read.
    pub(super) model_ids: Option<BTreeSet<String>>,
}

/// A metric of one accelerator of a variant's machines, which count alike on each of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct VariantGpu {
    pub(super) variant: String,
    pub(super) gpu_index: i64,
    /// Its utilisation.
    pub(super) metric: Metric,
}

/// A metric of a resource that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ask {
    pub(super) metric: Metric,
    pub(super) statistics: &'static [Statistic],
    pub(super) period: Period,
    pub(super) field: Field,
    /// Which accelerator. `None`: the machine as a whole.
    pub(super) gpu_index: Option<i64>,
    /// The variant of an endpoint. Empty: there are none.
    pub(super) variant: String,
    /// Where an hour has values of several ranks, the lowest counts.
    pub(super) rank: u8,
    /// How values of the same rank become one.
    pub(super) join: Join,
    /// To our unit.
    pub(super) scale: f64,
    /// A value above this cannot be true.
    pub(super) ceiling: f64,
    /// Hours of the window in which there may be values.
    pub(super) hours: Range<usize>,
    /// Whether values outside of these hours belong to somebody else.
    pub(super) is_clipped: bool,
    /// Where it came from, as rows say it.
    pub(super) source: &'static str,
}

/// What one value of a metric stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Period {
    /// An hour. Hours are kept for 455 days.
    Hour,
    /// A day, from midnight UTC on: enough where only the highest value of the window matters.
    Day,
}

impl Period {
    fn hours(self) -> u16 {
        match self {
            Self::Hour => 1,
            Self::Day => 24,
        }
    }

    pub(super) fn seconds(self) -> i32 {
        i32::from(self.hours()) * 3_600
    }

    /// The first hour of the period that an hour is in. A request that begins there gets the same periods, whether they are
    /// counted from its start or from midnight.
    pub(super) fn start_hour(self, hour: HourNumber) -> HourNumber {
        let hours = HourNumber::from(self.hours());
        hour.div_euclid(hours) * hours
    }
}

impl Ask {
    /// Values that an answer may hold for each statistic.
    pub(super) fn value_count(&self) -> usize {
        match self.period {
            Period::Hour => self.hours.len(),
            // The first and the last day may be parts.
            Period::Day => self.hours.len() / usize::from(self.period.hours()) + 2,
        }
    }
}

/// What a metric measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    GpuUtil,
    GpuMem,
    GpuPower,
    Cpu,
    NetworkIn,
    NetworkOut,
    /// Only that there is a value matters: the machines were there.
    Presence,
    Requests,
    RequestsPerInstance,
    RequestsPerCopy,
    /// Requests that a model answered.
    Answers,
    /// Requests that wait or are worked on.
    Backlog,
    Latency,
    ClientErrors,
    ServerErrors,
    InputTokens,
    OutputTokens,
}

impl Field {
    /// Whether it belongs into the frame of use.
    pub(super) fn is_of_usage(self) -> bool {
        self < Self::Presence
    }
}

/// How several values become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    Mean,
    Max,
    Sum,
}

/// Hours of the window in which a resource may have sent metrics.
pub(super) fn life(metered: &Metered, window: Window) -> Range<usize> {
    let hour = |at_ms: i64| at_ms.div_euclid(MS_PER_HOUR);
    let start = metered.began_at.map_or(window.start, |at| hour(at.0)).max(window.start);
    let end = metered.ended_at.map_or(window.end, |at| hour(at.0) + 1).min(window.end);
    let index = |hour: i64| usize::try_from(hour - window.start).unwrap_or_default();
    index(start)..index(end.max(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{frame::InstantMs, provider::aws::observed::MetricSource};

    #[test]
    fn a_life_is_the_hours_it_touches_inside_the_window() {
        let of = |began: Option<i64>, ended: Option<i64>| {
            let at = |minutes: i64| InstantMs(minutes * 60_000);
            let metered = Metered {
                resource_id: String::new(),
                gpu_count: None,
                gpu_mem_gib_per_gpu: None,
                vcpu_count: None,
                began_at: began.map(at),
                ended_at: ended.map(at),
                source: MetricSource::Throughput { arn: String::new(), unit_count: None },
            };
            life(&metered, Window { start: 10, end: 20 })
        };
        assert_eq!(of(None, None), 0..10);
        assert_eq!(of(Some(12 * 60 + 59), Some(13 * 60 + 1)), 2..4);
        assert_eq!(of(Some(0), Some(15 * 60)), 0..6);
        assert!(of(Some(0), Some(5 * 60)).is_empty());
        assert!(of(Some(25 * 60), None).is_empty());
    }
}

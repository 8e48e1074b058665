//! What the telemetry of an hour says about one accelerator.

use crate::usage::{GpuHours, Measure};

/// Whether anything says how busy an accelerator was.
pub(super) fn is_observed(gpu: &GpuHours) -> bool {
    [Measure::GpuUtil, Measure::GpuActive].into_iter().any(|of| !gpu.series(of).is_empty())
}

/// Mean utilisation of an hour; where utilisation is absent, as on slices of an accelerator, mean engine activity.
/// `None`: not observed.
pub(super) fn mean_ratio(gpu: &GpuHours, hour: usize) -> Option<f64> {
    let mean = |of| gpu.series(of).mean(hour);
    mean(Measure::GpuUtil).or_else(|| mean(Measure::GpuActive))
}

/// Sum and number of the samples behind those means.
pub(super) fn samples(gpu: &GpuHours) -> (f64, f64) {
    let util = gpu.series(Measure::GpuUtil);
    if util.is_empty() { gpu.series(Measure::GpuActive).total() } else { util.total() }
}

#[cfg(test)]
mod tests {
    use crate::{
        fact::load::Load,
        frame::{InstantMs, UsageRow},
        settings::Telemetry,
        usage::{ResourceHours, UsageSink, UsageSource},
        window::{MS_PER_HOUR, Window},
    };

    /// The load of the only resource.
    #[derive(Default)]
    struct Only(Load);

    impl UsageSink for Only {
        fn take(&mut self, hours: &ResourceHours) {
            self.0 = Load::of(hours, &Telemetry::default());
        }
        fn restart(&mut self) {}
    }

    const START: i64 = 497_448;

    fn load(rows: Vec<UsageRow>) -> Load {
        let hours = i64::try_from(rows.len()).unwrap();
        let mut only = Only::default();
        let window = Window { start: START, end: START + hours };
        UsageSource::Rows(rows).for_each(window, &mut only).unwrap();
        only.0
    }

    /// An hour of one accelerator of which nothing is known.
    fn hour(position: i64) -> UsageRow {
        UsageRow {
            resource_id: "a".to_owned(),
            gpu_index: Some(0),
            hour_start: InstantMs((START + position) * MS_PER_HOUR),
            gpu_util_mean_ratio: None,
            gpu_util_max_ratio: None,
            gpu_active_mean_ratio: None,
            gpu_mem_used_mean_gib: None,
            gpu_mem_used_max_gib: None,
            gpu_power_mean_watts: None,
            cpu_util_mean_ratio: None,
            network_gib: None,
            sample_count: 12,
            source: "dcgm".to_owned(),
        }
    }

    #[test]
    fn engine_activity_stands_in_where_utilisation_is_absent() {
        let engine =
            |position, ratio| UsageRow { gpu_active_mean_ratio: Some(ratio), ..hour(position) };
        let load = load(vec![engine(0, 0.6), engine(1, 0.0), hour(2), engine(3, 0.0)]);
        assert_eq!(load.observed_hours.to_string(), "3");
        assert_eq!(load.active_hours_ratio, Some(1.0 / 3.0));
        assert_eq!(load.util_mean_ratio().map(|ratio| (ratio * 1e9).round() / 1e9), Some(0.2));
        assert_eq!(load.gpus_seen_and_busy(Some(1.0)), Some((1.0, 1.0)));
        assert!(load.compute_is_profiled);
    }

    #[test]
    fn utilisation_is_not_replaced_by_engine_activity() {
        let row = UsageRow {
            gpu_util_mean_ratio: Some(0.5),
            gpu_active_mean_ratio: Some(0.25),
            ..hour(0)
        };
        let load = load(vec![row]);
        assert_eq!((load.util_p95_ratio, load.compute_p95_ratio), (Some(0.5), Some(0.25)));
    }
}

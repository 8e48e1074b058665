//! What the telemetry of an hour says about one accelerator.

use crate::usage::{GpuHours, Measure, SeriesStats, higher};

/// What says how busy an accelerator was, without the series that hold nothing: each is asked about every hour.
pub(super) struct Activity<'a> {
    pub(super) gpu: &'a GpuHours,
    /// Utilisation, then what stands in where it is absent, as on slices of an accelerator: engine activity.
    means: Vec<&'a SeriesStats>,
    /// The same two, and their highest samples.
    samples: Vec<&'a SeriesStats>,
}

impl<'a> Activity<'a> {
    /// `None`: nothing says how busy it was.
    pub(super) fn of(gpu: &'a GpuHours) -> Option<Self> {
        let held = |measures: &[Measure]| -> Vec<&'a SeriesStats> {
            let series = measures.iter().map(|measure| gpu.series(*measure));
            series.filter(|series| !series.is_empty()).collect()
        };
        let means = held(&[Measure::GpuUtil, Measure::GpuActive]);
        let samples = held(&[
            Measure::GpuUtilMax,
            Measure::GpuUtil,
            Measure::GpuActiveMax,
            Measure::GpuActive,
        ]);
        (!means.is_empty()).then_some(Self { gpu, means, samples })
    }

    /// Mean utilisation of an hour, else mean engine activity. `None`: not observed.
    pub(super) fn mean_ratio(&self, hour: usize) -> Option<f64> {
        self.means.iter().find_map(|series| series.mean(hour))
    }

    /// Highest sample of an hour, of utilisation and engine activity. `None`: not observed.
    ///
    /// It decides whether the accelerator was active. The mean would not do: five minutes of work leave it near nothing.
    pub(super) fn peak_ratio(&self, hour: usize) -> Option<f64> {
        self.samples.iter().fold(None, |peak, series| higher(peak, series.max(hour)))
    }
}

/// Highest sample of an hour's engine activity. `None`: not observed.
pub(super) fn engine_peak_ratio(gpu: &GpuHours, hour: usize) -> Option<f64> {
    gpu.max(Measure::GpuActiveMax, Measure::GpuActive, hour)
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
        load_of(rows, hours)
    }

    fn load_of(rows: Vec<UsageRow>, hours: i64) -> Load {
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
            gpu_active_max_ratio: None,
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

    #[test]
    fn an_hour_is_active_by_its_highest_sample_and_not_by_its_mean() {
        // 55 % for five minutes: the mean is under 5 %.
        let burst = |position| UsageRow {
            gpu_util_mean_ratio: Some(0.046),
            gpu_util_max_ratio: Some(0.55),
            ..hour(position)
        };
        let quiet = |position| UsageRow {
            gpu_util_mean_ratio: Some(0.0),
            gpu_util_max_ratio: Some(0.05),
            ..hour(position)
        };
        let load = load(vec![burst(0), quiet(1), burst(2), quiet(3)]);
        assert_eq!((load.active_hours_ratio, load.util_max_ratio), (Some(0.5), Some(0.55)));
        assert_eq!(load.gpus_seen_and_busy(Some(1.0)), Some((1.0, 1.0)));
        let active: Vec<Option<bool>> = load.notes.iter().map(|note| note.is_active()).collect();
        assert_eq!(active, [Some(true), Some(false), Some(true), Some(false)]);
    }

    #[test]
    fn short_work_on_a_slice_of_an_accelerator_shows_in_its_engine_activity() {
        let burst = |position| UsageRow {
            gpu_active_mean_ratio: Some(0.046),
            gpu_active_max_ratio: Some(0.55),
            ..hour(position)
        };
        assert_eq!(load(vec![burst(0), burst(1)]).active_hours_ratio, Some(1.0));
    }

    #[test]
    fn a_spare_accelerator_with_short_work_is_in_use() {
        let of = |gpu, position, max| UsageRow {
            gpu_index: Some(gpu),
            gpu_util_mean_ratio: Some(max / 12.0),
            gpu_util_max_ratio: Some(max),
            ..hour(position)
        };
        let mut rows: Vec<UsageRow> = (0..200).map(|position| of(0, position, 0.9)).collect();
        // Three hours of 200 are more than one in a hundred, two are not.
        rows.extend((0..200).map(|position| of(1, position, if position < 3 { 0.3 } else { 0.0 })));
        rows.extend((0..200).map(|position| of(2, position, if position < 2 { 0.3 } else { 0.0 })));
        assert_eq!(load(rows).gpus_seen_and_busy(Some(3.0)), Some((3.0, 2.0)));
    }

    /// Hours of bursts: ten minutes at full load, and nothing else.
    fn ten_minutes(max: Option<f64>) -> Vec<UsageRow> {
        (0..100)
            .map(|position| UsageRow {
                gpu_util_mean_ratio: Some(1.0 / 6.0),
                gpu_util_max_ratio: max,
                ..hour(position)
            })
            .collect()
    }

    #[test]
    fn bursts_show_in_the_highest_samples_and_not_in_the_means() {
        let load = load(ten_minutes(Some(1.0)));
        assert_eq!(load.compute_p95_ratio, Some(1.0 / 6.0));
        assert_eq!((load.util_peak_p95_ratio, load.compute_peak_p95_ratio), (Some(1.0), Some(1.0)));
    }

    #[test]
    fn where_only_means_of_hours_are_known_bursts_are_not() {
        // A column of maxima that repeats the means says no more than they do.
        for max in [None, Some(1.0 / 6.0)] {
            let load = load(ten_minutes(max));
            assert_eq!((load.util_peak_p95_ratio, load.compute_peak_p95_ratio), (None, None));
        }
    }

    #[test]
    fn one_high_sample_in_twenty_hours_is_no_usual_burst() {
        let mut rows = ten_minutes(Some(0.3));
        for row in rows.iter_mut().step_by(20) {
            row.gpu_util_max_ratio = Some(1.0);
        }
        assert_eq!(load(rows).util_peak_p95_ratio, Some(0.3));
    }

    #[test]
    fn bursts_of_engine_activity_count_before_those_of_utilisation() {
        let rows = |engine_max: Option<f64>| {
            let rows = ten_minutes(Some(1.0)).into_iter();
            let of = |row| UsageRow {
                gpu_active_mean_ratio: Some(0.1),
                gpu_active_max_ratio: engine_max,
                ..row
            };
            load(rows.map(of).collect()).compute_peak_p95_ratio
        };
        assert_eq!(rows(Some(0.4)), Some(0.4));
        // Without them, utilisation is never less.
        assert_eq!(rows(None), Some(1.0));
    }

    /// One accelerator whose highest samples are known, and one of which there are means only.
    fn half_known(quiet_mean: f64, means_only: f64) -> Vec<UsageRow> {
        let of = |gpu, position, mean, max| UsageRow {
            gpu_index: Some(gpu),
            gpu_util_mean_ratio: Some(mean),
            gpu_util_max_ratio: max,
            ..hour(position)
        };
        let known = (0..100).map(|position| of(0, position, quiet_mean, Some(quiet_mean + 0.01)));
        let means = (0..100).map(|position| of(1, position, means_only, None));
        known.chain(means).collect()
    }

    #[test]
    fn bursts_are_not_known_while_those_of_one_accelerator_are_not() {
        let load = load_of(half_known(0.05, 1.0 / 6.0), 100);
        assert!(!load.compute_peaks_are_complete);
        // What is known of the other one still counts.
        let busy = load_of(half_known(0.8, 1.0 / 6.0), 100);
        assert_eq!(busy.compute_peak_p95_ratio.map(|peak| (peak * 100.0).round()), Some(81.0));
    }

    #[test]
    fn an_accelerator_without_any_load_hides_no_bursts() {
        let load = load_of(half_known(0.05, 0.0), 100);
        assert_eq!(load.util_peak_p95_ratio.map(|peak| (peak * 100.0).round()), Some(6.0));
        assert!(load.compute_peaks_are_complete);
    }

    #[test]
    fn bursts_are_not_known_while_those_of_many_hours_are_not() {
        let mut rows = ten_minutes(Some(1.0));
        for row in rows.iter_mut().skip(3) {
            row.gpu_util_max_ratio = None;
        }
        assert!(!load(rows).compute_peaks_are_complete);
        assert!(load(ten_minutes(Some(1.0))).compute_peaks_are_complete);
    }
}

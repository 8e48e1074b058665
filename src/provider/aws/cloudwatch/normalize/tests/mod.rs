//! Values → rows.

mod requests;

use super::{super::tests::given, Values};
use crate::{
    frame::{FrameKind as _, Usage, UsageColumns, UsageRow},
    provider::aws::{
        cloudwatch::{
            answer::{Page, PageResult, Received},
            asks::{Extent, asks},
            discover::AcceleratorMetric,
            subject::{Ask, Subject},
        },
        observed::Metered,
    },
};

/// Not sent in that hour.
const NONE: f64 = f64::NAN;

/// What is known of a subject when each series of what is asked, in order, has these values from the first hour on.
fn read<'a>(asks: &'a [Ask], series: &[&[f64]]) -> Received<'a> {
    let mut received = Received::new(asks, given::WINDOW);
    let results = series.iter().enumerate().map(|(position, values)| {
        let sent = || values.iter().enumerate().filter(|(_, value)| !value.is_nan());
        let hour =
            |(hour, _): (usize, &f64)| (given::WINDOW.start + i64::try_from(hour).unwrap()) * 3_600;
        PageResult {
            id: Received::id(position),
            status: Some("Complete".to_owned()),
            times_s: sent().map(hour).collect(),
            values: sent().map(|(_, value)| *value).collect(),
        }
    });
    received.take(Page { results: results.collect(), messages: Vec::new() });
    received
}

fn values<'a>(subject: &'a Subject<'a>, received: &'a Received<'a>, asks: &'a [Ask]) -> Values<'a> {
    Values { subject, asks, series: &received.series, window: given::WINDOW }
}

fn usage(subject: &Subject<'_>, extent: Extent<'_>, series: &[&[f64]]) -> Vec<UsageRow> {
    let asks = asks(subject, extent, given::WINDOW);
    let received = read(&asks, series);
    let mut columns = UsageColumns::default();
    values(subject, &received, &asks).usage(&mut columns);
    Usage::rows(&columns.frame().unwrap()).unwrap()
}

/// Accelerator, hour from the window's start, mean and highest utilisation.
type Util = (Option<i64>, i64, Option<f64>, Option<f64>);

fn util(rows: &[UsageRow]) -> Vec<Util> {
    let hour = |row: &UsageRow| row.hour_start.0 / 3_600_000 - given::WINDOW.start;
    rows.iter()
        .map(|row| (row.gpu_index, hour(row), row.gpu_util_mean_ratio, row.gpu_util_max_ratio))
        .collect()
}

#[test]
fn each_gpu_has_rows_of_its_own_and_hours_without_a_value_have_none() {
    let machine = [given::machine()];
    let subject = given::subject(&machine, vec![given::gpu(0), given::gpu(1)], &[]);
    let rows = usage(
        &subject,
        Extent::First,
        &[&[50.0, NONE, 0.0], &[101.0, NONE, 0.0], &[NONE, 25.0], &[NONE, 75.0]],
    );
    assert_eq!(
        util(&rows),
        [
            (Some(0), 0, Some(0.5), Some(1.0)),
            (Some(0), 2, Some(0.0), Some(0.0)),
            (Some(1), 1, Some(0.25), Some(0.75)),
        ]
    );
    assert_eq!(rows[0].source, "cloudwatch_agent");
    assert_eq!(rows[0].gpu_mem_used_max_gib, None);
}

#[test]
fn a_mean_without_its_highest_sample_is_not_known() {
    let machine = [given::machine()];
    let subject = given::subject(&machine, vec![given::gpu(0)], &[]);
    let rows = usage(&subject, Extent::First, &[&[0.0, 0.0], &[NONE, 3.0]]);
    assert_eq!(util(&rows), [(Some(0), 1, Some(0.0), Some(0.03))]);
}

#[test]
fn metrics_of_one_gpu_that_follow_each_other_are_one_series() {
    let machine = [given::machine()];
    let mut after = given::gpu(0);
    after.metric.dimensions.push(("name".to_owned(), "L4".to_owned()));
    let subject = given::subject(&machine, vec![given::gpu(0), after], &[]);
    let rows = usage(
        &subject,
        Extent::First,
        &[&[10.0, 25.0], &[30.0, 40.0], &[NONE, 75.0, 50.0], &[NONE, 90.0, 60.0]],
    );
    assert_eq!(
        util(&rows),
        [
            (Some(0), 0, Some(0.1), Some(0.3)),
            (Some(0), 1, Some(0.5), Some(0.9)),
            (Some(0), 2, Some(0.5), Some(0.6)),
        ]
    );
}

#[test]
fn a_gpu_is_as_busy_as_its_busiest_slice_unless_it_is_measured_itself() {
    let machine = [given::machine()];
    let slice = |number: &str| {
        let mut slice = AcceleratorMetric { is_part: true, ..given::gpu(0) };
        slice.metric.dimensions.push(("gpu_index".to_owned(), number.to_owned()));
        slice
    };
    let subject = given::subject(&machine, vec![slice("1"), given::gpu(0), slice("2")], &[]);
    let rows = usage(
        &subject,
        Extent::First,
        &[&[90.0, 10.0], &[95.0, 20.0], &[50.0], &[60.0], &[0.0, 80.0], &[0.0, 85.0]],
    );
    assert_eq!(
        util(&rows),
        [(Some(0), 0, Some(0.5), Some(0.6)), (Some(0), 1, Some(0.8), Some(0.85))]
    );
}

#[test]
fn mebibytes_and_bytes_become_gibibytes_and_network_needs_both_directions() {
    let machine = [given::machine()];
    let subject = given::subject(&machine, vec![given::gpu(0)], &[]);
    let gib = 1_073_741_824.0;
    let rows = usage(
        &subject,
        Extent::Full,
        &[
            &[0.0],
            &[0.0],
            &[2_048.0],
            &[12_288.0, 99_999_999.0],
            &[70.0],
            &[25.0, 50.0],
            &[gib, gib],
            &[2.0 * gib, NONE],
        ],
    );
    let whole = &rows[0];
    assert_eq!((whole.gpu_index, whole.cpu_util_mean_ratio), (None, Some(0.25)));
    assert_eq!((whole.network_gib, rows[1].network_gib), (Some(3.0), None));
    let gpu = &rows[2];
    assert_eq!((gpu.gpu_mem_used_mean_gib, gpu.gpu_mem_used_max_gib), (Some(2.0), Some(12.0)));
    assert_eq!(gpu.gpu_power_mean_watts, Some(70.0));
    assert_eq!(rows.len(), 3, "more memory than there is was refused");
}

#[test]
fn sums_over_the_gpus_of_an_endpoint_become_the_mean_share_of_one_and_what_one_had_at_most() {
    let variant = [given::variant("blue", true)];
    let subject = given::subject(&variant, Vec::new(), &[]);
    let rows = usage(&subject, Extent::First, &[&[300.0, 20.0], &[400.0, 40.0], &[7.0]]);
    assert_eq!(
        util(&rows),
        [(None, 0, Some(0.75), Some(1.0)), (None, 1, Some(0.05), Some(0.4))],
        "40 of 400 may be one GPU at 40 %"
    );
    assert_eq!(rows[0].source, "sagemaker");
    let single = [Metered { gpu_count: Some(1.0), ..given::variant("blue", true) }];
    let subject = given::subject(&single, Vec::new(), &[]);
    let rows = usage(&subject, Extent::First, &[&[20.0], &[40.0], &[7.0]]);
    assert_eq!(util(&rows), [(None, 0, Some(0.2), Some(0.4))]);
}

#[test]
fn a_node_of_which_only_the_mean_of_its_gpus_is_told_may_have_had_one_at_work() {
    let machine = [given::machine()];
    let node = AcceleratorMetric { gpu_index: None, ..given::gpu(0) };
    let subject = given::subject(&machine, vec![node], &[]);
    let rows = usage(&subject, Extent::First, &[&[4.0, 90.0], &[10.0, 100.0]]);
    assert_eq!(util(&rows), [(None, 0, Some(0.04), Some(0.4)), (None, 1, Some(0.9), Some(1.0))]);
}

#[test]
fn shares_that_models_have_of_several_gpus_hide_how_busy_one_of_them_was() {
    let shared = [given::variant("blue", true), given::component("blue")];
    let subject = given::subject(&shared, Vec::new(), &[]);
    let rows = usage(&subject, Extent::First, &[&[20.0], &[20.0], &[7.0], &[7.0]]);
    assert_eq!(util(&rows), [(None, 0, Some(0.2), Some(0.8))]);
}

#[test]
fn gpus_that_are_measured_one_by_one_have_rows_of_their_own_and_the_sum_fills_other_hours() {
    let variant = [given::variant("blue", true)];
    let subject = Subject { gpus: given::own_gpus(), ..given::subject(&variant, Vec::new(), &[]) };
    let series: [&[f64]; 7] =
        [&[40.0, 40.0], &[80.0, 80.0], &[20.0], &[60.0], &[0.0], &[10.0], &[5.0, 5.0]];
    assert_eq!(
        util(&usage(&subject, Extent::First, &series)),
        [
            (None, 1, Some(0.1), Some(0.8)),
            (Some(0), 0, Some(0.2), Some(0.6)),
            (Some(1), 0, Some(0.0), Some(0.1)),
        ]
    );
}

#[test]
fn memory_of_gpus_that_are_measured_one_by_one_is_that_of_each() {
    let variant = [given::variant("blue", true)];
    let subject = Subject { gpus: given::own_gpus(), ..given::subject(&variant, Vec::new(), &[]) };
    // All together and the CPU; then use and memory of each.
    let series: [&[f64]; 11] = [
        &[0.0],
        &[0.0],
        &[0.0],
        &[0.0],
        &[0.0],
        &[12.5],
        &[25.0],
        &[0.0],
        &[0.0],
        &[50.0],
        &[75.0],
    ];
    let rows = usage(&subject, Extent::Full, &series);
    let of_gpus = rows.iter().filter(|row| row.gpu_index.is_some());
    let used: Vec<_> = of_gpus.map(|row| (row.gpu_index, row.gpu_mem_used_max_gib)).collect();
    assert_eq!(used, [(Some(0), Some(6.0)), (Some(1), Some(18.0))]);
}

#[test]
fn an_endpoint_is_as_busy_as_its_busiest_variant_and_a_job_as_its_hosts_together() {
    let variants = [given::variant("blue", true), given::variant("green", true)];
    let endpoint = given::subject(&variants, Vec::new(), &[]);
    let rows = usage(&endpoint, Extent::First, &[&[0.0], &[0.0], &[], &[200.0], &[240.0], &[]]);
    assert_eq!(util(&rows), [(None, 0, Some(0.5), Some(1.0))]);
    let job = [given::job()];
    let job = given::subject(&job, Vec::new(), &["tune/algo-1", "tune/algo-2"]);
    let rows = usage(&job, Extent::First, &[&[0.0], &[0.0], &[200.0], &[240.0]]);
    assert_eq!(util(&rows), [(None, 0, Some(0.25), Some(1.0))]);
}

//! One query of `GetMetricData`: what it may ask, and its datapoints.

use serde_json::Value;

use super::{
    answer::Refusal,
    metrics::{Bucket, HOUR, Series},
};

/// Seconds.
const DAY: i64 = 24 * HOUR;

/// A statistic that can be made from what is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stat {
    Average,
    Maximum,
    Minimum,
    Sum,
    SampleCount,
    /// There is one where it was sent, or where all values are alike.
    Percentile(f64),
}

/// A query.
#[derive(Debug)]
pub(super) struct Query<'a> {
    pub(super) id: &'a str,
    pub(super) label: &'a str,
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    pub(super) dimensions: Vec<(String, String)>,
    unit: Option<&'a str>,
    period: i64,
    stat: Stat,
}

impl<'a> Query<'a> {
    /// Reads a member of `MetricDataQueries`.
    pub(super) fn read(value: &'a Value) -> Result<Self, Refusal> {
        let text = |value: &'a Value, name: &str| value.get(name).and_then(Value::as_str);
        let id = text(value, "Id").unwrap_or_default();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !id.starts_with(|c: char| c.is_ascii_lowercase()) || !id.chars().all(is_word) {
            return Err(validation(&format!(
                "The value {id} for parameter MetricDataQueries.member.1.Id is not matching the expected \
                 pattern ^[a-z][a-zA-Z0-9_]*$."
            )));
        }
        if value.get("Expression").is_some() {
            return Err(validation(&format!("Error in expression '{id}': it is not served here")));
        }
        let stat = value.get("MetricStat").ok_or_else(|| {
            validation("A MetricDataQuery must have exactly one of MetricStat and Expression.")
        })?;
        let metric = &stat["Metric"];
        let namespace = text(metric, "Namespace").unwrap_or_default();
        let name = text(metric, "MetricName").unwrap_or_default();
        if namespace.is_empty() || name.is_empty() {
            return Err(validation(
                "The parameter MetricStat.Metric must have Namespace and MetricName.",
            ));
        }
        let period = stat["Period"].as_i64().unwrap_or_default();
        if !([1, 5, 10, 20, 30].contains(&period) || period > 0 && period % 60 == 0) {
            return Err(validation(&format!(
                "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60, but is {period}."
            )));
        }
        let said = text(stat, "Stat").unwrap_or_default();
        let stat_kind = Stat::named(said).ok_or_else(|| {
            validation(&format!("The value {said} for parameter Stat is not supported."))
        })?;
        let label = text(value, "Label").unwrap_or(name);
        let dimensions = dimensions(metric);
        let unit = text(stat, "Unit");
        Ok(Self { id, label, namespace, name, dimensions, unit, period, stat: stat_kind })
    }

    /// Times and values of a series in `[start, end)`, oldest first, as far as they are kept.
    pub(super) fn points(
        &self,
        series: &Series,
        (start, end): (i64, i64),
        now: i64,
    ) -> Vec<(i64, f64)> {
        if self.unit.is_some() && self.unit != Some(series.unit.unwrap_or("None")) {
            return Vec::new();
        }
        let kept_from = now - kept(self.period);
        let start = rounded(start, now).div_euclid(self.period) * self.period;
        let times = (0..)
            .map(|number| start + number * self.period)
            .take_while(|time| *time < end.min(now));
        times
            .filter(|time| *time >= kept_from)
            .filter_map(|time| Some((time, self.stat.of(self.bucket(series, time)?)?)))
            .collect()
    }

    /// All that was sent in the period from `time` on. Within an hour nothing is known; there it is spread evenly.
    fn bucket(&self, series: &Series, time: i64) -> Option<Bucket> {
        if self.period < HOUR {
            let bucket = (series.hours)(time.div_euclid(HOUR))?;
            let count = bucket.count * self.period as f64 / HOUR as f64;
            return Some(Bucket { count, ..bucket });
        }
        let hours = time / HOUR..(time + self.period) / HOUR;
        hours.filter_map(|hour| (series.hours)(hour)).reduce(|all, next| {
            let count = all.count + next.count;
            Bucket {
                mean: (all.mean * all.count + next.mean * next.count) / count,
                max: all.max.max(next.max),
                min: all.min.min(next.min),
                count,
                // Percentiles do not add up.
                p95: None,
            }
        })
    }
}

impl Stat {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "Average" => Self::Average,
            "Maximum" => Self::Maximum,
            "Minimum" => Self::Minimum,
            "Sum" => Self::Sum,
            "SampleCount" => Self::SampleCount,
            _ => {
                let percent: f64 = name.strip_prefix('p')?.parse().ok()?;
                return (0.0..=100.0).contains(&percent).then_some(Self::Percentile(percent));
            }
        })
    }

    fn of(self, bucket: Bucket) -> Option<f64> {
        Some(match self {
            Self::Average => bucket.mean,
            Self::Maximum => bucket.max,
            Self::Minimum => bucket.min,
            Self::Sum => bucket.mean * bucket.count,
            Self::SampleCount => bucket.count,
            Self::Percentile(_) if bucket.max <= bucket.min => bucket.mean,
            Self::Percentile(percent) => bucket.p95.filter(|_| (percent - 95.0).abs() < 1e-9)?,
        })
    }
}

/// For how many seconds datapoints of a period are kept.
fn kept(period: i64) -> i64 {
    match period {
        ..60 => 3 * HOUR,
        60..300 => 15 * DAY,
        300..3600 => 63 * DAY,
        _ => 455 * DAY,
    }
}

/// A start as it is understood: to the minute, to five or to the hour, by its age.
fn rounded(start: i64, now: i64) -> i64 {
    let grain = match now - start {
        ..1_296_000 => 60,
        1_296_000..5_443_200 => 300,
        _ => HOUR,
    };
    start.div_euclid(grain) * grain
}

/// The dimensions of a metric or of a filter, sorted.
pub(super) fn dimensions(metric: &Value) -> Vec<(String, String)> {
    let listed = metric.get("Dimensions").and_then(Value::as_array);
    let pair = |value: &Value| {
        let text =
            |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        (text("Name"), text("Value"))
    };
    let mut pairs: Vec<_> = listed.into_iter().flatten().map(pair).collect();
    pairs.sort_unstable();
    pairs
}

/// What `CloudWatch` says about requests that it does not take.
pub(super) fn validation(message: &str) -> Refusal {
    Refusal::new(400, "ValidationError", message)
}

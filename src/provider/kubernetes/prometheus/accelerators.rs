//! Accelerators: what they did by the hour, added up by the server.

use std::{collections::BTreeMap, ops::Range};

use super::{
    client::Server,
    fleet::Fleet,
    names::{ENGINE, MEM_USED, Metrics, POWER, SM, UTIL},
    nodes::{STILL_THERE_MS, instant},
    promql::{first_of, selector},
    reader::Reader,
    split::{self, Slice},
};
use crate::{
    frame::InstantMs,
    provider::{
        call::CallError,
        kubernetes::telemetry::{Field, Held, HeldHours, PodName, Sample},
    },
    window::{HourNumber, Window},
};

/// When pods were first (`min`) or last (`max`) seen to hold an accelerator, in seconds since 1970.
pub(super) async fn seen(reader: &Reader<'_>, fleet: &Fleet, across: &str) -> Vec<(PodName, f64)> {
    let names = [UTIL, ENGINE].iter().map(|names| reader.metrics.of(names));
    let Some(metric) = names.flatten().next().filter(|_| !fleet.held.is_empty()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (at, (pod, namespace)) in fleet.labelling.pod.iter().enumerate() {
        let earlier = fleet.labelling.pod.iter().take(at).map(|(label, _)| format!("{label}=\"\""));
        let matchers: Vec<String> = earlier.chain([format!("{pod}!=\"\"")]).collect();
        let matchers: Vec<&str> = matchers.iter().map(String::as_str).collect();
        let series = reader.select(metric, &matchers);
        let everything = [String::new()];
        let values = reader
            .values(&everything, 1, |_, span| {
                format!("{across} by ({namespace},{pod}) ({across}_over_time(timestamp({series})[{span}:5m]))")
            })
            .await;
        found.extend(
            values
                .iter()
                .filter_map(|series| Some((fleet.labelling.pod(&series.labels)?, series.last()?))),
        );
    }
    found
}

/// When nodes were last measured that were not any more at the end of the window. It stands for when they went where no
/// exporter knows nodes.
pub(super) async fn nodes_gone(reader: &Reader<'_>, fleet: &Fleet) -> BTreeMap<String, InstantMs> {
    let names = [UTIL, ENGINE].iter().map(|names| reader.metrics.of(names));
    let Some(metric) = names.flatten().next() else { return BTreeMap::new() };
    let by = fleet.labelling.node.join(",");
    let series = reader.select(metric, &[]);
    let values = reader
        .values(&[String::new()], 1, |_, span| {
            format!("max by ({by}) (max_over_time(timestamp({series})[{span}:5m]))")
        })
        .await;
    let mut last: BTreeMap<String, InstantMs> = BTreeMap::new();
    for series in &values {
        if let (Some((at, spelled)), Some(seconds)) =
            (fleet.labelling.node(&series.labels), series.last())
        {
            let seen = last
                .entry(fleet.labelling.node_name(at, spelled).to_owned())
                .or_insert(InstantMs(0));
            *seen = instant(seconds).max(*seen);
        }
    }
    let present = reader.window.end_at().as_millisecond() - STILL_THERE_MS;
    last.retain(|_, at| at.0 < present);
    last
}

/// How a measure is worked out by the server.
#[derive(Debug, Clone, Copy)]
struct Measured {
    field: Field,
    metrics: &'static [&'static str],
    across: &'static str,
    over_time: &'static str,
    rounding: f64,
}

const fn measured(
    field: Field,
    metrics: &'static [&'static str],
    across: &'static str,
    over_time: &'static str,
    rounding: f64,
) -> Measured {
    Measured { field, metrics, across, over_time, rounding }
}

/// Measures of whole accelerators. Values are rounded there, which keeps answers small.
const OF_DEVICES: [Measured; 8] = [
    measured(Field::UtilMeanPercent, UTIL, "avg", "avg_over_time", 0.01),
    measured(Field::UtilMaxPercent, UTIL, "max", "max_over_time", 0.01),
    measured(Field::UtilSamples, UTIL, "max", "count_over_time", 1.0),
    measured(Field::EngineMean, ENGINE, "avg", "avg_over_time", 0.0001),
    measured(Field::SmMean, SM, "avg", "avg_over_time", 0.0001),
    measured(Field::MemMeanMib, MEM_USED, "avg", "avg_over_time", 1.0),
    measured(Field::MemMaxMib, MEM_USED, "max", "max_over_time", 1.0),
    measured(Field::PowerMeanWatts, POWER, "avg", "avg_over_time", 0.1),
];

/// What stands for utilisation where there is none.
const OF_ENGINES: [Measured; 2] = [
    measured(Field::EngineMax, ENGINE, "max", "max_over_time", 0.0001),
    measured(Field::EngineSamples, ENGINE, "max", "count_over_time", 1.0),
];

impl Measured {
    /// The expression for all selectors and names. Both names of a metric may exist after an upgrade: each accelerator
    /// and hour is taken once.
    fn expression(
        &self,
        names: &[&str],
        selectors: &[Vec<String>],
        kept: &str,
        more: &str,
    ) -> String {
        let each = selectors.iter().flat_map(|matchers| {
            names.iter().map(|name| {
                let mut matchers: Vec<&str> = matchers.iter().map(String::as_str).collect();
                matchers.push(more);
                let series = selector(name, &matchers);
                format!("{} by ({kept}) ({}({series}[1h] offset 1ms))", self.across, self.over_time)
            })
        });
        format!("round({}, {})", first_of(&each.collect::<Vec<_>>()), self.rounding)
    }
}

/// What hours of accelerators are asked about.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Of<'a> {
    /// Those of nodes.
    Nodes(&'a [String]),
    /// Those that pods held.
    Pods(&'a [PodName]),
}

impl Of<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Nodes(names) => names.len(),
            Self::Pods(pods) => pods.len(),
        }
    }
}

/// Hours that could not be read.
#[derive(Debug)]
pub(in super::super) struct Unread {
    /// Nodes or pods.
    pub(in super::super) names: Vec<String>,
    /// When.
    pub(in super::super) hours: Range<HourNumber>,
    /// Why.
    pub(in super::super) error: CallError,
}

/// The hours of accelerators.
pub(in super::super) async fn hours(
    server: &Server,
    metrics: &Metrics,
    fleet: &Fleet,
    of: Of<'_>,
    window: Window,
) -> (HeldHours, Vec<Unread>) {
    let kept = fleet.labelling.kept();
    let has_engines = metrics.of(UTIL).is_empty()
        || match of {
            Of::Nodes(nodes) => fleet.has_slices(nodes),
            Of::Pods(_) => fleet.has_slices(fleet.devices.keys()),
        };
    let measures: Vec<(Measured, Vec<&str>)> = OF_DEVICES
        .into_iter()
        .chain(OF_ENGINES.into_iter().filter(|_| has_engines))
        .map(|measured| (measured, metrics.of(measured.metrics)))
        .filter(|(_, names)| !names.is_empty())
        .collect();
    let selectors = |names: Range<usize>| match of {
        Of::Nodes(nodes) => {
            let nodes = nodes.get(names).unwrap_or_default();
            let spelled = nodes.iter().filter_map(|node| fleet.spellings.get(node));
            fleet.labelling.of_nodes(spelled)
        }
        Of::Pods(pods) => {
            let pods: Vec<&PodName> = pods.get(names).unwrap_or_default().iter().collect();
            fleet.labelling.of_pods(&pods)
        }
    };
    let whole = Slice { names: 0..of.len(), hours: window.start..window.end };
    let asked = measures.iter().map(|(measured, names)| {
        let request = |slice: Slice| {
            let selectors = selectors(slice.names);
            server.hourly(
                measured.expression(names, &selectors, &kept, &server.matchers),
                slice.hours,
            )
        };
        split::ask(whole.clone(), request)
    });
    let answers = futures_util::future::join_all(asked).await;
    let mut raw = Raw::new();
    let mut unread = Vec::new();
    for ((measured, _), sliced) in measures.iter().zip(answers) {
        unread.extend(sliced.failures.into_iter().map(|(slice, error)| Unread {
            names: of.names(slice.names.clone()),
            hours: slice.hours,
            error,
        }));
        for series in sliced.answers.into_iter().flat_map(|(_, series)| series) {
            let Some(held) = fleet.labelling.held(&series.labels) else { continue };
            let spelled = series.labels.into_values().collect();
            let hours = raw.entry(held).or_default().entry(spelled).or_default();
            for point in series.points {
                hours
                    .entry(hour_before(point.at_seconds))
                    .or_default()
                    .set(measured.field, point.value);
            }
        }
    }
    (joined(raw), unread)
}

impl Of<'_> {
    fn names(&self, positions: Range<usize>) -> Vec<String> {
        match self {
            Self::Nodes(names) => names.get(positions).unwrap_or_default().to_vec(),
            Self::Pods(pods) => {
                let pods = pods.get(positions).unwrap_or_default().iter();
                pods.map(|pod| format!("{}/{}", pod.namespace, pod.name)).collect()
            }
        }
    }
}

/// The hour that ends at an instant.
pub(super) fn hour_before(at_seconds: f64) -> HourNumber {
    #[expect(clippy::cast_possible_truncation, reason = "instants of this century fit")]
    let hour_end = (at_seconds / 3600.0).round() as HourNumber;
    hour_end - 1
}

type Raw = BTreeMap<Held, BTreeMap<Vec<String>, BTreeMap<HourNumber, Sample>>>;

/// Series that differ only in how labels are spelled are one.
fn joined(raw: Raw) -> HeldHours {
    let most = raw
        .values()
        .flat_map(BTreeMap::values)
        .flat_map(BTreeMap::values)
        .map(Sample::sample_count)
        .fold(0.0, f64::max);
    let mut all = HeldHours::new();
    for (held, spelled) in raw {
        let hours = all.entry(held).or_default();
        for (hour, sample) in spelled.into_values().flatten() {
            match hours.get_mut(&hour) {
                Some(known) => known.join(&sample, most),
                None => drop(hours.insert(hour, sample)),
            }
        }
    }
    all
}

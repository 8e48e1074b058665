//! Serving engines: what they say of requests, tokens and their caches, by the hour.

use std::collections::BTreeSet;

use super::{
    accelerators::{Unread, hour_before},
    answer::{LabelSet, Series},
    client::Server,
    names::{ENGINES, Engine, Metrics},
    promql::{first_of, one_of, selector},
    reader::Reader,
    split::{self, Slice},
};
use crate::{
    provider::kubernetes::telemetry::{PodName, Served, ServedHours},
    window::Window,
};

/// What of an engine is worked out by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Requests,
    Errors,
    InputTokens,
    OutputTokens,
    Latency,
    Cache,
}

const MEASURES: [Measure; 6] = [
    Measure::Requests,
    Measure::Errors,
    Measure::InputTokens,
    Measure::OutputTokens,
    Measure::Latency,
    Measure::Cache,
];

impl Measure {
    fn metrics(self, engine: &Engine) -> &'static [&'static str] {
        match self {
            Self::Requests => engine.requests,
            Self::Errors => engine.errors,
            Self::InputTokens => engine.input_tokens,
            Self::OutputTokens => engine.output_tokens,
            Self::Latency => engine.latency,
            Self::Cache => engine.cache,
        }
    }

    fn expression(self, series: &str, by: &str) -> String {
        match self {
            Self::Requests | Self::Errors | Self::InputTokens | Self::OutputTokens => {
                format!("round(sum by ({by}) (increase({series}[1h] offset 1ms)))")
            }
            Self::Latency => format!(
                "histogram_quantile(0.95, sum by ({by},le) (increase({series}[1h] offset 1ms)))"
            ),
            Self::Cache => {
                format!("round(max by ({by}) (max_over_time({series}[1h] offset 1ms)), 0.0001)")
            }
        }
    }

    fn put(self, hour: &mut Served, value: f64) {
        let slot = match self {
            Self::Requests => &mut hour.request_count,
            Self::Errors => &mut hour.error_count,
            Self::InputTokens => &mut hour.input_token_count,
            Self::OutputTokens => &mut hour.output_token_count,
            Self::Latency => &mut hour.latency_p95_seconds,
            Self::Cache => &mut hour.cache_max_ratio,
        };
        *slot = Some(value);
    }
}

/// The engines that this server knows.
fn present(metrics: &Metrics) -> Vec<&'static Engine> {
    let is_present = |engine: &&Engine| {
        MEASURES.iter().any(|measure| !metrics.of(measure.metrics(engine)).is_empty())
    };
    ENGINES.iter().filter(is_present).collect()
}

/// How series of engines name their pod: the target's labels, or others if those had to make way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct EngineLabels {
    pod: String,
    namespace: String,
}

impl EngineLabels {
    /// From the labels that series of engines have. `None`: none names a pod.
    pub(in super::super) fn of(labels: &BTreeSet<String>) -> Option<Self> {
        let pair = |pod: &str, namespace: &str| {
            labels
                .contains(pod)
                .then(|| Self { pod: pod.to_owned(), namespace: namespace.to_owned() })
        };
        pair("pod", "namespace")
            .or_else(|| pair("exported_pod", "exported_namespace"))
            .or_else(|| pair("kubernetes_pod_name", "kubernetes_namespace"))
            .or_else(|| pair("pod_name", "namespace"))
    }

    fn pod(&self, set: &LabelSet) -> Option<PodName> {
        let text = |label: &str| set.get(label).cloned().filter(|value| !value.is_empty());
        Some(PodName {
            name: text(&self.pod)?,
            namespace: text(&self.namespace).unwrap_or_default(),
        })
    }
}

/// Pods in which an engine was measured.
pub(super) async fn pods(reader: &Reader<'_>, labels: &EngineLabels) -> BTreeSet<PodName> {
    let names = present(reader.metrics).into_iter().filter_map(|engine| {
        let first = |names| reader.metrics.of(names).into_iter().next();
        first(engine.requests).or_else(|| first(engine.cache))
    });
    let selectors: Vec<String> = names.map(|name| reader.select(name, &[])).collect();
    let sets = reader.sets(&[String::new()], 1, |_| selectors.clone()).await;
    sets.iter().filter_map(|set| labels.pod(set)).collect()
}

/// The hours of engines in some pods.
pub(in super::super) async fn hours(
    server: &Server,
    metrics: &Metrics,
    labels: &EngineLabels,
    pods: &[PodName],
    window: Window,
) -> (ServedHours, Vec<Unread>) {
    let mut requests = Vec::new();
    for engine in present(metrics) {
        let by: Vec<&str> = [labels.namespace.as_str(), &labels.pod, engine.model_label]
            .into_iter()
            .filter(|label| !label.is_empty())
            .collect();
        let by = by.join(",");
        for measure in MEASURES {
            let names = metrics.of(measure.metrics(engine));
            if !names.is_empty() {
                requests.push((engine, measure, names, by.clone()));
            }
        }
    }
    let whole = Slice { names: 0..pods.len(), hours: window.start..window.end };
    let asked = requests.iter().map(|(_, measure, names, by)| {
        let request = move |slice: Slice| {
            let pods = pods.get(slice.names).unwrap_or_default();
            let is_pod = one_of(&labels.pod, pods.iter().map(|pod| pod.name.as_str()));
            let each: Vec<String> = names
                .iter()
                .map(|name| measure.expression(&selector(name, &[&is_pod, &server.matchers]), by))
                .collect();
            server.hourly(first_of(&each), slice.hours)
        };
        split::ask(whole.clone(), request)
    });
    let answers = futures_util::future::join_all(asked).await;
    let mut all = ServedHours::new();
    let mut unread = Vec::new();
    for ((engine, measure, ..), sliced) in requests.iter().zip(answers) {
        for series in sliced.answers.into_iter().flat_map(|(_, series)| series) {
            put(&mut all, labels, engine, *measure, &series);
        }
        unread.extend(sliced.failures.into_iter().map(|(slice, error)| {
            Unread {
                names: pods
                    .get(slice.names)
                    .unwrap_or_default()
                    .iter()
                    .map(|pod| pod.name.clone())
                    .collect(),
                hours: slice.hours,
                error,
            }
        }));
    }
    (all, unread)
}

fn put(
    all: &mut ServedHours,
    labels: &EngineLabels,
    engine: &Engine,
    measure: Measure,
    series: &Series,
) {
    let Some(pod) = labels.pod(&series.labels) else { return };
    let model = series.label(engine.model_label).unwrap_or_default().to_owned();
    let hours = all.entry((pod, model)).or_default();
    for point in &series.points {
        measure.put(hours.entry(hour_before(point.at_seconds)).or_default(), point.value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_taken_as_increases_and_caches_at_their_fullest() {
        let series = "vllm:request_success_total{pod=~\"a|b\"}";
        assert_eq!(
            Measure::Requests.expression(series, "namespace,pod,model_name"),
            "round(sum by (namespace,pod,model_name) (increase(vllm:request_success_total{pod=~\"a|b\"}[1h] offset 1ms)))"
        );
        assert_eq!(
            Measure::Latency.expression("x{}", "pod"),
            "histogram_quantile(0.95, sum by (pod,le) (increase(x{}[1h] offset 1ms)))"
        );
        assert_eq!(
            Measure::Cache.expression("x{}", "pod"),
            "round(max by (pod) (max_over_time(x{}[1h] offset 1ms)), 0.0001)"
        );
    }

    #[test]
    fn pods_are_named_by_the_target_or_by_what_had_to_make_way() {
        let of = |labels: &[&str]| {
            EngineLabels::of(&labels.iter().map(|&label| label.to_owned()).collect())
                .map(|found| found.pod)
        };
        assert_eq!(of(&["instance", "pod", "namespace"]).as_deref(), Some("pod"));
        assert_eq!(of(&["kubernetes_pod_name"]).as_deref(), Some("kubernetes_pod_name"));
        assert_eq!(of(&["instance", "job"]), None);
    }
}

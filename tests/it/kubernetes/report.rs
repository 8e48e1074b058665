//! Asking the program about clusters, and reading what it says.

use std::{collections::BTreeMap, path::Path};

use ai_cost::{
    snapshot,
    usage::{Measure, ResourceHours, UsageSink},
};
use serde_json::Value;

use crate::support::list;

/// Flags that ask one server.
pub(crate) fn asking(url: &str) -> String {
    format!("--provider kubernetes --prometheus-url made={url}")
}

/// Rule and subject of all findings; the subject without provider, cluster and region.
pub(crate) fn findings(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list(&report["findings"])
        .iter()
        .map(|found| {
            (text(&found["rule"]), short(found["subject"]["resource_id"].as_str().unwrap()))
        })
        .collect()
}

/// An id without provider, cluster and region.
pub(crate) fn short(id: &str) -> String {
    id.splitn(4, ':').nth(3).unwrap_or(id).to_owned()
}

/// What every gap says, on a line each.
pub(crate) fn gaps(report: &Value) -> Vec<String> {
    let gaps = list(&report["gaps"]).iter();
    gaps.map(|gap| {
        let texts = gap.as_object().unwrap().values().filter_map(Value::as_str);
        texts.collect::<Vec<_>>().join(" | ")
    })
    .collect()
}

/// Utilisation of every workload of a snapshot: its mean over all samples, and how many there are.
pub(crate) fn workload_means(folder: &Path) -> BTreeMap<String, (f64, f64)> {
    let snapshot = snapshot::read(folder).unwrap();
    let kinds: BTreeMap<&str, &str> = snapshot
        .resources
        .iter()
        .map(|row| (row.resource_id.as_str(), row.kind.as_str()))
        .collect();
    let mut means = Means::default();
    snapshot.usage.for_each(snapshot.window, &mut means).unwrap();
    let mut means = means.0;
    means.retain(|id, _| kinds.get(id.as_str()) == Some(&"workload"));
    means
}

#[derive(Default)]
struct Means(BTreeMap<String, (f64, f64)>);

impl UsageSink for Means {
    fn take(&mut self, hours: &ResourceHours) {
        let totals = hours.gpus.iter().map(|gpu| gpu.series(Measure::GpuUtil).total());
        let (sum, count) =
            totals.fold((0.0, 0.0), |all, (sum, count)| (all.0 + sum, all.1 + count));
        if count > 0.0 {
            self.0.insert(hours.resource_id.clone(), (sum / count, count));
        }
    }

    fn restart(&mut self) {
        self.0.clear();
    }
}

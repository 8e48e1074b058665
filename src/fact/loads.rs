//! Telemetry by resource, taken as it streams by.

use std::collections::{BTreeMap, BTreeSet};

use super::{load::Load, subject::WORKLOAD};
use crate::{
    frame::{Aliases, ResourceRow, Spelled},
    report::TelemetrySummary,
    settings::{Settings, Telemetry},
    usage::{ResourceHours, UsageSink},
};

/// A mean utilisation under this is counted apart in the summary.
const LOW_UTIL_RATIO: f64 = 0.1;

/// Takes the telemetry of all resources.
pub(super) struct Loads<'a> {
    settings: &'a Telemetry,
    aliases: Aliases,
    /// Kind and account of what is known.
    known: BTreeMap<String, (String, String)>,
    by_resource: BTreeMap<String, Load>,
    unknown: Vec<ResourceRow>,
}

impl<'a> Loads<'a> {
    pub(super) fn new(resources: &[ResourceRow], settings: &'a Settings) -> Self {
        Self {
            settings: &settings.telemetry,
            aliases: Aliases::of(resources),
            known: resources
                .iter()
                .map(|row| (row.resource_id.clone(), (row.kind.clone(), row.account_id.clone())))
                .collect(),
            by_resource: BTreeMap::new(),
            unknown: Vec::new(),
        }
    }

    /// Telemetry by global id, its summary, and resources of which only telemetry exists.
    pub(super) fn finish(self) -> (BTreeMap<String, Load>, TelemetrySummary, Vec<ResourceRow>) {
        let mut summary = TelemetrySummary::default();
        let (mut sum, mut weight) = (0.0, 0.0);
        // Where nodes of a cluster are measured, what runs on them is measured with them.
        let account_of = |id: &String, kind: &str| {
            let (own, account) = self.known.get(id)?;
            (own == kind).then_some(account.as_str())
        };
        let clusters: BTreeSet<&str> =
            self.by_resource.keys().filter_map(|id| account_of(id, "node")).collect();
        for (id, load) in &self.by_resource {
            if account_of(id, WORKLOAD).is_some_and(|account| clusters.contains(account)) {
                continue;
            }
            let Some(mean) = load.util_mean_ratio() else { continue };
            summary.resource_count += 1;
            summary.under_ten_percent_count += u64::from(mean < LOW_UTIL_RATIO);
            summary.observed_hours += load.observed_hours;
            sum += load.util_samples.0;
            weight += load.util_samples.1;
        }
        summary.gpu_util_mean_ratio = (weight > 0.0).then(|| sum / weight);
        (self.by_resource, summary, self.unknown)
    }
}

impl UsageSink for Loads<'_> {
    fn take(&mut self, hours: &ResourceHours) {
        let found = self.aliases.resolve(&hours.resource_id);
        // Telemetry that comes under two names of one resource is kept apart, where it can be seen.
        let id = found.filter(|id| !self.by_resource.contains_key(id)).unwrap_or_else(|| {
            self.unknown.push(implied(&hours.resource_id));
            hours.resource_id.clone()
        });
        self.by_resource.insert(id, Load::of(hours, self.settings));
    }

    fn restart(&mut self) {
        self.by_resource.clear();
        self.unknown.clear();
    }
}

/// A resource of which only telemetry exists.
fn implied(id: &str) -> ResourceRow {
    let spelled = Spelled::parse(id);
    let said = |part: Option<&str>| part.unwrap_or("unknown").to_owned();
    ResourceRow {
        resource_id: id.to_owned(),
        provider: said(spelled.provider.as_deref()),
        account_id: said(spelled.account_id.as_deref()),
        region: said(spelled.region()),
        kind: "gpu_instance".to_owned(),
        tags_json: "{}".to_owned(),
        ..ResourceRow::default()
    }
}

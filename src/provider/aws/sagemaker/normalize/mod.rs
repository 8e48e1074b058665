//! What SageMaker says, as rows. Nothing here waits or asks.

mod cluster;
mod endpoint;
mod job;
mod machine;
mod notebook;
mod plan;
mod scaling;
mod schedule;
mod script;
mod studio;
#[cfg(test)]
mod tests;

use super::wire::{Region, Tags};
use crate::{
    catalog::Catalog,
    frame::{InstantMs, ResourceRow, global_id},
    provider::aws::observed::Observed,
    window::{MS_PER_HOUR, Window},
};

/// Name of the provider in rows.
const PROVIDER: &str = "aws";

/// Where and when rows are of, and what machine types are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) account_id: &'a str,
    pub(super) region: &'a str,
    pub(super) window: Window,
    pub(super) catalog: &'a Catalog,
}

impl Ground<'_> {
    /// The global id of an ARN, or of a bare id of this account and region.
    fn id(&self, native_id: &str) -> String {
        global_id(PROVIDER, self.account_id, self.region, native_id)
    }

    /// A resource of which only its name is known.
    fn row(&self, kind: &str, native_id: &str, name: &str, tags: &Tags) -> ResourceRow {
        ResourceRow {
            resource_id: self.id(native_id),
            provider: PROVIDER.to_owned(),
            account_id: self.account_id.to_owned(),
            region: self.region.to_owned(),
            name: (!name.is_empty()).then(|| name.to_owned()),
            kind: kind.to_owned(),
            tags_json: tags_json(tags),
            ..ResourceRow::default()
        }
    }

    fn starts_at(&self) -> InstantMs {
        InstantMs(self.window.start * MS_PER_HOUR)
    }

    fn ends_at(&self) -> InstantMs {
        InstantMs(self.window.end * MS_PER_HOUR)
    }
}

/// Tags that were not read are as if there were none.
fn tags_json(tags: &Tags) -> String {
    let read = tags.clone().unwrap_or_default();
    let object = read.into_iter().map(|(key, value)| (key, value.into())).collect();
    serde_json::Value::Object(object).to_string()
}

/// A value that all have. `None`: they differ, there are none, or it is not known of one.
fn agreed<T: PartialEq>(mut values: impl Iterator<Item = Option<T>>) -> Option<T> {
    let first = values.next()??;
    values.all(|value| value.as_ref() == Some(&first)).then_some(first)
}

/// The rows of a region.
pub(super) fn observed(region: &Region, ground: &Ground<'_>) -> Observed {
    let mut observed = Observed::default();
    endpoint::add(region, ground, &mut observed);
    for notebook in &region.notebooks {
        observed.resources.push(notebook::row(notebook, ground));
    }
    for app in &region.apps {
        observed.resources.push(studio::row(app, ground));
    }
    for job in &region.jobs {
        job::add(job, ground, &mut observed);
    }
    for cluster in &region.clusters {
        cluster::add(cluster, ground, &mut observed);
    }
    observed.commitments.extend(region.plans.iter().filter_map(|plan| plan::row(plan, ground)));
    observed
}

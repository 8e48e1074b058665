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
mod spot;
mod studio;
#[cfg(test)]
mod tests;

use self::machine::Machine;
use super::wire::{Region, Tags};
use crate::{
    catalog::Catalog,
    frame::{InstantMs, ResourceRow, global_id},
    provider::aws::observed::{Metered, MetricSource, Observed},
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

/// What may measure a notebook that runs. `None`: nothing, as far as it is known.
fn metered_notebook(
    row: &ResourceRow,
    name: &str,
    is_studio: bool,
    ground: &Ground<'_>,
) -> Option<Metered> {
    let machine = Machine::of(&[row.instance_type.as_deref()], ground);
    let is_running = row.state.as_deref() == Some("running");
    is_running.then(|| Metered {
        resource_id: row.resource_id.clone(),
        gpu_count: machine.measured_gpu_count(ground),
        gpu_mem_gib_per_gpu: machine.gpu_mem_gib_per_gpu,
        vcpu_count: machine.vcpu_count,
        began_at: row.launched_at,
        ended_at: None,
        source: MetricSource::Notebook { name: name.to_owned(), is_studio },
    })
}

/// The rows of a region.
pub(super) fn observed(region: &Region, ground: &Ground<'_>) -> Observed {
    let mut observed = Observed::default();
    endpoint::add(region, ground, &mut observed);
    for notebook in &region.notebooks {
        let row = notebook::row(notebook, ground);
        observed.metered.extend(metered_notebook(&row, &notebook.name, false, ground));
        observed.resources.push(row);
    }
    for app in &region.apps {
        let row = studio::row(app, ground);
        observed.metered.extend(metered_notebook(&row, &app.name, true, ground));
        observed.resources.push(row);
    }
    for job in &region.jobs {
        job::add(job, ground, &mut observed);
    }
    observed.gaps.extend(job::kept_in_vain(&region.jobs, ground));
    observed.spot_shares.extend(spot::shares(&region.jobs, ground));
    for cluster in &region.clusters {
        cluster::add(cluster, ground, &mut observed);
    }
    observed.commitments.extend(region.plans.iter().filter_map(|plan| plan::row(plan, ground)));
    observed
}

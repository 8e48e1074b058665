//! Under which dimensions the metrics of a seat go, as far as that has to be looked up.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Scope, collect,
    discover::{
        AGENT_METRIC, Found, INSIGHTS, INSIGHTS_METRIC, Machines, NEURON_METRIC, Sender, Sorted,
    },
    gaps,
    listed::Gpus,
    metric::Metric,
    subject::life,
};
use crate::{
    provider::aws::observed::{Metered, MetricSource, gap},
    snapshot::Gap,
};

/// Machines of one job, at most: more would be a mistake.
const HOSTS: f64 = 10_000.0;

/// What is listed of the metrics of a seat. A run that is continued plans by what the first one listed: metrics of machines
/// that are gone are not listed for ever.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Listing {
    /// Where agents were looked for.
    pub(super) agent_namespaces: Vec<String>,
    pub(super) accelerators: Found,
    /// Whether some of those could not be listed, so that of a machine without any nothing can be said.
    pub(super) is_unlisted: bool,
    /// Values of the dimension `Host` by namespace, for jobs whose machines cannot be told beforehand.
    pub(super) hosts: BTreeMap<String, BTreeSet<String>>,
    pub(super) gpus: Gpus,
    pub(super) model_ids: Option<BTreeSet<String>>,
    /// What could not be listed.
    #[serde(skip)]
    pub(super) gaps: Vec<Gap>,
}

impl Scope<'_> {
    /// Looks up under which dimensions metrics go, as far as that is not known beforehand.
    pub(super) async fn list(
        &self,
        metered: &[Metered],
        unit_counts: &BTreeMap<String, f64>,
    ) -> Listing {
        let mut listing =
            Listing { agent_namespaces: self.agent_namespaces.to_vec(), ..Listing::default() };
        self.accelerators(metered, &mut listing).await;
        listing.hosts = self.hosts(metered, unit_counts, &mut listing.gaps).await;
        listing.gpus = self.gpus(metered, &mut listing.gaps).await;
        listing.model_ids = self.model_ids(metered, &mut listing.gaps).await;
        listing
    }

    /// Metrics of the accelerators of machines: what agents send, and what Container Insights sends of the others.
    async fn accelerators(&self, metered: &[Metered], listing: &mut Listing) {
        let machines = Machines::of(metered);
        let found = &mut listing.accelerators;
        let mut ambiguous = BTreeSet::new();
        let mut lists: Vec<(Sender, &str, &str)> = self
            .agent_namespaces
            .iter()
            .map(|own| (Sender::Agent, own.as_str(), AGENT_METRIC))
            .collect();
        lists.push((Sender::Insights, INSIGHTS, INSIGHTS_METRIC));
        lists.push((Sender::Neuron, INSIGHTS, NEURON_METRIC));
        for (sender, namespace, name) in lists {
            let is_wanted = |each: &Metered| {
                may_send(each, sender)
                    && !found.contains_key(&each.resource_id)
                    && !life(each, self.window).is_empty()
            };
            if !metered.iter().any(is_wanted) {
                continue;
            }
            let (listed, error) = collect::list(self.seat, self.cost, namespace, name).await;
            if let Some(error) = error {
                let hides = "whether the accelerators of machines work, where their metrics were not listed";
                listing.gaps.push(gap(&self.seat.name(), &error, hides));
                listing.is_unlisted = true;
            }
            let Sorted { found: new, ambiguous_hosts } = machines.sort(sender, listed);
            ambiguous.extend(ambiguous_hosts);
            for (resource_id, metrics) in new {
                // Of a machine that sends the same twice, the first place is asked.
                found.entry(resource_id).or_insert(metrics);
            }
        }
        listing.gaps.extend(gaps::ambiguous(&self.seat.name(), &ambiguous));
    }

    async fn hosts(
        &self,
        metered: &[Metered],
        unit_counts: &BTreeMap<String, f64>,
        gaps: &mut Vec<Gap>,
    ) -> BTreeMap<String, BTreeSet<String>> {
        let unknown: BTreeSet<&str> = metered
            .iter()
            .filter(|each| known_hosts(each, unit_counts).is_none() && may_have_gpu(each))
            .filter(|each| !life(each, self.window).is_empty())
            .filter_map(|each| match &each.source {
                MetricSource::Job { namespace, .. } => Some(namespace.as_str()),
                _ => None,
            })
            .collect();
        let mut hosts = BTreeMap::new();
        for namespace in unknown {
            let full = format!("/aws/sagemaker/{namespace}");
            let (listed, error) =
                collect::list(self.seat, self.cost, &full, "GPUUtilization").await;
            if let Some(error) = error {
                let hides =
                    "how well jobs used their accelerators, where their metrics were not listed";
                gaps.push(gap(&self.seat.name(), &error, hides));
            }
            let of = |metric: &Metric| metric.dimension("Host").map(str::to_owned);
            hosts.insert(namespace.to_owned(), listed.iter().filter_map(of).collect());
        }
        hosts
    }
}

fn may_send(metered: &Metered, sender: Sender) -> bool {
    match &metered.source {
        MetricSource::Machine { is_neuron, .. } => *is_neuron == (sender == Sender::Neuron),
        MetricSource::Notebook { is_studio, .. } => {
            sender == Sender::Agent && !is_studio && may_have_gpu(metered)
        }
        _ => false,
    }
}

/// Whether there is a GPU to measure, as far as is known.
pub(super) fn may_have_gpu(metered: &Metered) -> bool {
    metered.gpu_count != Some(0.0)
}

/// The machines of a job, where their number says how they are called.
fn known_hosts(metered: &Metered, unit_counts: &BTreeMap<String, f64>) -> Option<Vec<String>> {
    let MetricSource::Job { namespace, job_name } = &metered.source else { return None };
    // Machines of a transform job are called by their instance ids.
    let count = unit_counts.get(&metered.resource_id).filter(|_| namespace != "TransformJobs")?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let count = count.clamp(1.0, HOSTS) as usize;
    Some((1..=count).map(|number| format!("{job_name}/algo-{number}")).collect())
}

/// The machines of a job, as the dimension `Host` names them.
pub(super) fn hosts(
    metered: &Metered,
    unit_counts: &BTreeMap<String, f64>,
    listed: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<String> {
    if let Some(hosts) = known_hosts(metered, unit_counts) {
        return hosts;
    }
    let MetricSource::Job { namespace, job_name } = &metered.source else { return Vec::new() };
    let start = format!("{job_name}/");
    let of_namespace = listed.get(namespace).into_iter().flatten();
    of_namespace.filter(|host| host.starts_with(&start)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(namespace: &str) -> Metered {
        Metered {
            resource_id: "job".to_owned(),
            gpu_count: Some(8.0),
            gpu_mem_gib_per_gpu: None,
            vcpu_count: None,
            began_at: None,
            ended_at: None,
            source: MetricSource::Job {
                namespace: namespace.to_owned(),
                job_name: "tune".to_owned(),
            },
        }
    }

    #[test]
    fn machines_of_training_jobs_are_numbered_and_need_not_be_listed() {
        let units = BTreeMap::from([("job".to_owned(), 2.0)]);
        let found = hosts(&job("TrainingJobs"), &units, &BTreeMap::new());
        assert_eq!(found, ["tune/algo-1", "tune/algo-2"]);
    }

    #[test]
    fn machines_of_transform_jobs_and_of_jobs_of_unknown_size_are_those_that_are_listed() {
        let units = BTreeMap::from([("job".to_owned(), 2.0)]);
        let all = ["tune/i-1", "tune-2/i-2"].map(str::to_owned);
        let listed = BTreeMap::from([("TransformJobs".to_owned(), BTreeSet::from(all))]);
        assert_eq!(hosts(&job("TransformJobs"), &units, &listed), ["tune/i-1"]);
        let all = ["tune/algo-1".to_owned()];
        let listed = BTreeMap::from([("TrainingJobs".to_owned(), BTreeSet::from(all))]);
        assert_eq!(hosts(&job("TrainingJobs"), &BTreeMap::new(), &listed), ["tune/algo-1"]);
    }
}

//! Which metrics the resources of a seat have.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use serde::{Deserialize, Serialize};

use super::{
    Scope,
    asks::{self, Extent},
    collect,
    cost::Billed,
    discover::{
        self, AGENT_METRIC, Found, INSIGHTS, INSIGHTS_METRIC, Machines, NEURON_METRIC, Sender,
        Sorted,
    },
    gaps,
    listed::{self, Gpus},
    metric::Metric,
    plan,
    subject::{Subject, VariantGpu, life},
};
use crate::{
    provider::aws::observed::{Metered, MetricSource, gap},
    snapshot::Gap,
    window::MS_PER_HOUR,
};

/// Hours for which hourly metrics are kept.
const KEPT_HOURS: i64 = 455 * 24;

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

/// Resources with what is known about their metrics, and what is not.
#[derive(Debug, Default)]
pub(super) struct Survey<'m> {
    /// In order of their ids.
    pub(super) subjects: Vec<Subject<'m>>,
    /// Machines whose accelerators nobody measures.
    unmeasured: Vec<&'m str>,
    /// Machines of which nothing can be said.
    pub(super) unlisted: Vec<&'m str>,
    pub(super) gaps: Vec<Gap>,
}

/// What reading would take, and what it would not see.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in super::super) struct Outlook {
    /// Requests of `GetMetricData` in the first stage.
    pub(in super::super) request_count: usize,
    /// What these are billed for.
    pub(in super::super) billed: Billed,
    /// Machines that may send metrics in the window.
    pub(in super::super) machine_count: usize,
    /// Those of them whose accelerators are measured.
    pub(in super::super) measured_count: usize,
    /// Those whose accelerators nobody measures. Of the others that is not known.
    pub(in super::super) unmeasured: Vec<String>,
    /// What else it would not see.
    pub(in super::super) gaps: Vec<Gap>,
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

    /// Joins what is there with what is listed of it. All that is not measured is a gap.
    pub(super) fn survey<'m>(
        &self,
        metered: &'m [Metered],
        unit_counts: &BTreeMap<String, f64>,
        listing: Listing,
    ) -> Survey<'m> {
        let mut survey = self.join(metered, unit_counts, listing);
        let unmeasured =
            gaps::unmeasured(&self.seat.name(), self.agent_namespaces, &survey.unmeasured);
        survey.gaps.extend(unmeasured);
        survey
    }

    fn join<'m>(
        &self,
        metered: &'m [Metered],
        unit_counts: &BTreeMap<String, f64>,
        listing: Listing,
    ) -> Survey<'m> {
        let Listing { mut accelerators, is_unlisted, hosts: listed, gpus, model_ids, gaps, .. } =
            listing;
        let mut by_id: BTreeMap<&str, Vec<&Metered>> = BTreeMap::new();
        for each in metered.iter().filter(|each| !life(each, self.window).is_empty()) {
            let known = by_id.entry(&each.resource_id).or_default();
            // Two services may know the same machine.
            if known.iter().all(|known| known.source != each.source) {
                known.push(each);
            }
        }
        let subject = |(resource_id, metered): (&'m str, Vec<&'m Metered>)| Subject {
            resource_id,
            accelerators: accelerators.remove(resource_id).unwrap_or_default(),
            gpus: metered.iter().find_map(|each| own_gpus(each, &gpus)).unwrap_or_default(),
            hosts: metered.iter().flat_map(|each| hosts(each, unit_counts, &listed)).collect(),
            model_ids: metered.iter().find_map(|each| own_model_ids(each, model_ids.as_ref())),
            metered,
        };
        let subjects = by_id.into_iter().map(subject).collect();
        let mut survey = Survey { subjects, gaps, ..Survey::default() };
        self.add_unseen(&mut survey, is_unlisted);
        survey
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

    /// What reading would take, without reading anything.
    pub(in super::super) async fn outlook(
        &self,
        metered: &[Metered],
        unit_counts: &BTreeMap<String, f64>,
        is_full: bool,
    ) -> Outlook {
        let listing = self.list(metered, unit_counts).await;
        let survey = self.join(metered, unit_counts, listing);
        let extent = if is_full { Extent::Full } else { Extent::First };
        let asks: Vec<_> = survey
            .subjects
            .iter()
            .map(|subject| asks::asks(subject, extent, self.window))
            .collect();
        let shards = plan::shards(asks.iter()).into_iter();
        let asked = |shard: Range<usize>| asks.get(shard).unwrap_or_default().iter().flatten();
        let machines = survey.subjects.iter().filter(|subject| {
            let mut metered = subject.metered.iter();
            metered.any(|each| matches!(each.source, MetricSource::Machine { .. }))
        });
        Outlook {
            request_count: shards.map(|shard| plan::requests(asked(shard)).len()).sum(),
            billed: Billed::of(asks.iter().flatten().map(|ask| ask.statistics.len())),
            machine_count: machines.clone().count(),
            measured_count: machines.filter(|each| !each.accelerators.is_empty()).count(),
            unmeasured: survey.unmeasured.into_iter().map(str::to_owned).collect(),
            gaps: survey.gaps,
        }
    }

    /// Hours of the window of which nothing is kept any more.
    fn forgotten_hours(&self) -> i64 {
        let now = self.now.map_or(self.window.end, |now| now.0.div_euclid(MS_PER_HOUR));
        (now - KEPT_HOURS - self.window.start).clamp(0, self.window.end - self.window.start)
    }

    /// Notes what is not measured, and why, as far as that is known before anything is read.
    fn add_unseen(&self, survey: &mut Survey<'_>, is_unlisted: bool) {
        let seat = self.seat.name();
        let (mut silent, mut unknown, mut hostless) = (vec![], vec![], vec![]);
        let (mut summed, mut throughputs) = (vec![], vec![]);
        let (mut notebooks, mut apps) = (vec![], vec![]);
        for subject in &survey.subjects {
            for metered in &subject.metered {
                let is_gone = discover::is_forgotten(metered, self.now, self.window);
                match &metered.source {
                    MetricSource::Machine { .. } if !subject.accelerators.is_empty() => {}
                    MetricSource::Machine { .. } if is_gone => {
                        silent.push(subject.resource_id);
                        if is_unlisted {
                            survey.unlisted.push(subject.resource_id);
                        }
                    }
                    MetricSource::Machine { .. } if is_unlisted => {
                        survey.unlisted.push(subject.resource_id);
                    }
                    MetricSource::Machine { .. } => survey.unmeasured.push(subject.resource_id),
                    MetricSource::Notebook { .. } | MetricSource::Job { .. }
                        if !may_have_gpu(metered) => {}
                    MetricSource::Notebook { is_studio: true, .. } => {
                        apps.push(subject.resource_id);
                    }
                    MetricSource::Notebook { .. } if !subject.accelerators.is_empty() => {}
                    MetricSource::Notebook { .. } if is_unlisted => {}
                    MetricSource::Notebook { .. } => notebooks.push(subject.resource_id),
                    MetricSource::Job { .. } if subject.hosts.is_empty() => {
                        hostless.push(subject.resource_id);
                    }
                    MetricSource::Throughput { .. } => throughputs.push(subject.resource_id),
                    _ if asks::is_of_unknown_size(subject, metered) => {
                        unknown.push(subject.resource_id);
                    }
                    _ if asks::is_of_unknown_memory(subject, metered) => {
                        summed.push(subject.resource_id);
                    }
                    _ => {}
                }
            }
        }
        unknown.dedup();
        summed.dedup();
        let unseen = [
            gaps::silent(&seat, &silent),
            gaps::of_unknown_size(&seat, &unknown),
            gaps::of_unknown_memory(&seat, &summed),
            gaps::of_unknown_capacity(&seat, &throughputs),
            gaps::notebooks(&seat, &notebooks),
            gaps::studio_apps(&seat, &apps),
            gaps::hostless(&seat, &hostless),
            gaps::too_old(&seat, self.forgotten_hours()),
        ];
        survey.gaps.extend(unseen.into_iter().flatten());
    }
}

/// The accelerators of an endpoint, where those are measured one by one.
fn own_gpus(metered: &Metered, gpus: &Gpus) -> Option<Vec<VariantGpu>> {
    match &metered.source {
        MetricSource::Variant { endpoint_name, has_own_gpu_metrics: true, .. } => {
            gpus.get(endpoint_name).cloned()
        }
        _ => None,
    }
}

fn own_model_ids(metered: &Metered, listed: Option<&BTreeSet<String>>) -> Option<BTreeSet<String>> {
    match &metered.source {
        MetricSource::Throughput { arn, .. } => {
            listed.map(|listed| listed::of_throughput(arn, listed))
        }
        _ => None,
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
fn may_have_gpu(metered: &Metered) -> bool {
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

fn hosts(
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

//! Which metrics the resources of a seat have.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{
    Scope,
    asks::{self, Extent},
    cost::Billed,
    discover, gaps,
    listed::{self, Gpus},
    listing::{Listing, hosts, may_have_gpu},
    plan,
    subject::{Subject, VariantGpu, life},
};
use crate::{
    provider::aws::observed::{Metered, MetricSource},
    snapshot::Gap,
    window::MS_PER_HOUR,
};

/// Hours for which hourly metrics are kept.
const KEPT_HOURS: i64 = 455 * 24;

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

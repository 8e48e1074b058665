//! Whose a listed metric is: agents name a machine by its id, or only by its host name.

use serde::{Deserialize, Serialize};

use std::collections::{BTreeMap, BTreeSet};

use super::metric::Metric;
use crate::{
    frame::InstantMs,
    provider::aws::observed::{Metered, MetricSource},
    window::{MS_PER_HOUR, Window},
};

/// The metric of agents that is looked for; what else they send of a GPU has the same dimensions.
pub(super) const AGENT_METRIC: &str = "nvidia_smi_utilization_gpu";
/// Where Container Insights writes.
pub(super) const INSIGHTS: &str = "ContainerInsights";
/// The GPUs of a node, each and all together.
pub(super) const INSIGHTS_METRIC: &str = "node_gpu_utilization";
/// The cores of Trainium and Inferentia, each and all together.
pub(super) const NEURON_METRIC: &str = "node_neuroncore_utilization";

/// Dimensions by which an agent in a notebook instance names it: that of AWS's own script, and as SageMaker spells it. Its
/// machine and host are AWS's own.
const NOTEBOOK_DIMENSIONS: [&str; 2] = ["notebook_instance_name", "NotebookInstanceName"];

/// Hours after which a metric that is silent may not be listed any more: two weeks, and `CloudWatch` lists with some delay.
const LISTED_HOURS: i64 = 13 * 24;

/// Whether metrics of a machine, if it sent some before it ended, may not be listed any more. `now` is when they are listed.
pub(in crate::provider::aws) fn is_forgotten(
    metered: &Metered,
    now: Option<InstantMs>,
    window: Window,
) -> bool {
    let is_machine = matches!(metered.source, MetricSource::Machine { .. });
    let now = now.map_or(window.end * MS_PER_HOUR, |now| now.0);
    let ended = metered.ended_at.filter(|_| is_machine);
    ended.is_some_and(|at| at.0 < now - LISTED_HOURS * MS_PER_HOUR)
}

/// Who sends a metric of an accelerator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Sender {
    /// The agent on the machine.
    Agent,
    /// Container Insights, of a node's GPUs.
    Insights,
    /// Container Insights, of a node's Neuron cores.
    Neuron,
}

/// A metric of one accelerator, or of all of a machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct AcceleratorMetric {
    /// `None`: all of the machine together.
    pub(super) gpu_index: Option<i64>,
    /// Whether it is of a part: a MIG slice, or a Neuron core of a device.
    pub(super) is_part: bool,
    /// Whether only a host name says whose it is, so that another machine may have had the name before.
    pub(super) is_by_host: bool,
    pub(super) sender: Sender,
    /// Its utilisation.
    pub(super) metric: Metric,
}

/// Machines by the names under which their metrics go.
#[derive(Debug, Default)]
pub(super) struct Machines<'a> {
    by_instance: BTreeMap<&'a str, &'a str>,
    /// By the name with its domain, and without. `None`: several machines have it.
    by_host: BTreeMap<&'a str, Option<&'a str>>,
    /// Notebooks by their own names.
    by_notebook: BTreeMap<&'a str, &'a str>,
    /// Resources with one accelerator, or a fraction of one.
    single: BTreeSet<&'a str>,
}

/// Metrics of accelerators by the resource they belong to.
pub(super) type Found = BTreeMap<String, Vec<AcceleratorMetric>>;

impl<'a> Machines<'a> {
    /// The machines among what sends metrics.
    pub(super) fn of(metered: &'a [Metered]) -> Self {
        let mut machines = Self::default();
        for each in metered {
            if each.gpu_count.is_some_and(|count| count > 0.0 && count <= 1.0) {
                machines.single.insert(&each.resource_id);
            }
            if let MetricSource::Notebook { name, is_studio: false } = &each.source {
                machines.by_notebook.insert(name, &each.resource_id);
            }
            let MetricSource::Machine { instance_id, private_dns_name, .. } = &each.source else {
                continue;
            };
            machines.by_instance.insert(instance_id, &each.resource_id);
            let Some(host) = private_dns_name.as_deref().filter(|host| !host.is_empty()) else {
                continue;
            };
            let short = host.split('.').next().unwrap_or(host);
            for name in BTreeSet::from([host, short]) {
                machines
                    .by_host
                    .entry(name)
                    .and_modify(|known| {
                        *known = known.filter(|known| *known == each.resource_id.as_str());
                    })
                    .or_insert(Some(&each.resource_id));
            }
        }
        machines
    }

    /// Sorts listed metrics by machine. Those of machines that are not asked about are left out.
    pub(super) fn sort(&self, sender: Sender, listed: Vec<Metric>) -> Sorted {
        let mut sorted = Sorted::default();
        for metric in listed {
            let by_instance = metric
                .dimension("InstanceId")
                .or_else(|| metric.dimension("NodeName")?.strip_prefix("hyperpod-"));
            let by_notebook =
                NOTEBOOK_DIMENSIONS.into_iter().find_map(|name| metric.dimension(name));
            let resource_id = if let Some(name) = by_notebook {
                self.by_notebook.get(name).copied()
            } else if let Some(instance_id) = by_instance {
                self.by_instance.get(instance_id).copied()
            } else {
                let host = metric.dimension("host").or_else(|| metric.dimension("NodeName"));
                let Some(host) = host else { continue };
                let known = self.by_host.get(host);
                if let Some(None) = known {
                    sorted.ambiguous_hosts.insert(host.to_owned());
                }
                known.copied().flatten()
            };
            if let Some(resource_id) = resource_id {
                let is_by_host = by_instance.or(by_notebook).is_none();
                let is_single = self.single.contains(resource_id);
                let found = accelerator(sender, metric, is_by_host, is_single);
                sorted.found.entry(resource_id.to_owned()).or_default().push(found);
            }
        }
        for metrics in sorted.found.values_mut() {
            *metrics = needed(std::mem::take(metrics));
        }
        sorted
    }
}

/// Listed metrics whose machine was found, and host names that several machines have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sorted {
    pub(super) found: Found,
    pub(super) ambiguous_hosts: BTreeSet<String>,
}

/// What a metric is of. `is_single`: the machine has no more than one accelerator.
fn accelerator(
    sender: Sender,
    metric: Metric,
    is_by_host: bool,
    is_single: bool,
) -> AcceleratorMetric {
    let number = |name: &str| metric.dimension(name).and_then(trailing_number);
    let (gpu_index, is_part) = match sender {
        Sender::Agent => {
            let is_slice = metric.dimension("gpu_index").is_some()
                || metric.dimension("compute_index").is_some();
            // The index of a slice is its own, and begins again on each GPU.
            let slice_of = is_single.then_some(0);
            (if is_slice { slice_of } else { number("index") }, is_slice)
        }
        Sender::Insights => (number("GpuDevice"), false),
        Sender::Neuron => (number("NeuronDevice"), metric.dimension("NeuronCore").is_some()),
    };
    AcceleratorMetric { gpu_index, is_part, is_by_host, sender, metric }
}

/// `3` of `3`, and of `nvidia3`.
pub(super) fn trailing_number(text: &str) -> Option<i64> {
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.parse().ok()
}

/// The metrics of one machine that have to be asked for: slices of which nobody knows on which GPU they are, none of all accelerators together where each has its own, and of
/// several of one accelerator the roll-up of all others, if there is one.
///
/// Others of one accelerator follow each other in time: a new driver or another machine type changes the dimensions.
fn needed(mut metrics: Vec<AcceleratorMetric>) -> Vec<AcceleratorMetric> {
    metrics.sort();
    metrics.dedup();
    let has_own = metrics.iter().any(|metric| metric.gpu_index.is_some());
    metrics.retain(|metric| metric.is_part || metric.gpu_index.is_some() == has_own);
    let mut by_place: BTreeMap<(Option<i64>, bool), Vec<AcceleratorMetric>> = BTreeMap::new();
    for metric in metrics {
        by_place.entry((metric.gpu_index, metric.is_part)).or_default().push(metric);
    }
    let each = by_place.into_iter().flat_map(|((_, is_part), metrics)| {
        let is_rolled_up = |candidate: &&AcceleratorMetric| {
            metrics.iter().all(|other| candidate.metric.is_within(&other.metric))
        };
        // A roll-up of parts is no part: its mean would hide the busy one.
        match metrics.iter().find(is_rolled_up).filter(|_| !is_part) {
            Some(rolled_up) => vec![rolled_up.clone()],
            None => metrics,
        }
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(id: &str, host: &str) -> Metered {
        Metered {
            resource_id: format!("aws:111122223333:eu-west-1:{id}"),
            gpu_count: Some(1.0),
            gpu_mem_gib_per_gpu: Some(24.0),
            vcpu_count: Some(4),
            began_at: None,
            ended_at: None,
            source: MetricSource::Machine {
                instance_id: id.to_owned(),
                private_dns_name: Some(host.to_owned()),
                is_neuron: false,
                was_off: false,
            },
        }
    }

    fn agent(dimensions: &[(&str, &str)]) -> Metric {
        Metric::known("CWAgent", AGENT_METRIC, dimensions)
    }

    /// Own ids of machines, with the index of each metric that is asked for.
    fn sorted(
        metered: &[Metered],
        sender: Sender,
        listed: &[Metric],
    ) -> Vec<(String, Vec<Option<i64>>)> {
        let found = Machines::of(metered).sort(sender, listed.to_vec()).found;
        let short = |id: String| id.rsplit(':').next().unwrap_or_default().to_owned();
        found
            .into_iter()
            .map(|(id, metrics)| {
                (short(id), metrics.iter().map(|metric| metric.gpu_index).collect())
            })
            .collect()
    }

    #[test]
    fn an_agent_that_appends_dimensions_names_the_machine_by_its_id() {
        let machines = [machine("i-a", "ip-10-0-0-1.ec2.internal")];
        let listed = [
            agent(&[("InstanceId", "i-a"), ("index", "0"), ("host", "other"), ("arch", "Ampere")]),
            agent(&[("InstanceId", "i-a"), ("index", "1"), ("host", "other"), ("arch", "Ampere")]),
            agent(&[("InstanceId", "i-elsewhere"), ("index", "0")]),
        ];
        let found = sorted(&machines, Sender::Agent, &listed);
        assert_eq!(found, [("i-a".to_owned(), vec![Some(0), Some(1)])]);
    }

    #[test]
    fn without_an_id_the_host_name_says_whose_it_is_with_its_domain_or_without() {
        let machines = [
            machine("i-a", "ip-10-0-0-1.eu-west-1.compute.internal"),
            machine("i-b", "ip-10-0-0-2.eu-west-1.compute.internal"),
        ];
        let listed = [
            agent(&[("host", "ip-10-0-0-1.eu-west-1.compute.internal"), ("index", "0")]),
            agent(&[("host", "ip-10-0-0-2"), ("index", "0")]),
            agent(&[("host", "ip-10-0-0-3"), ("index", "0")]),
        ];
        let found = sorted(&machines, Sender::Agent, &listed);
        let own = |id: &str| (id.to_owned(), vec![Some(0)]);
        assert_eq!(found, [own("i-a"), own("i-b")]);
    }

    #[test]
    fn an_agent_in_a_notebook_names_the_notebook_and_its_host_is_nobodys() {
        let notebook = |name: &str, is_studio| Metered {
            resource_id: format!("aws:111122223333:eu-west-1:notebook-instance/{name}"),
            source: MetricSource::Notebook { name: name.to_owned(), is_studio },
            ..machine("i-a", "h")
        };
        let known = [notebook("lab", false), notebook("studio", true)];
        let listed = ["lab", "studio", "gone"].map(|name| {
            agent(&[("notebook_instance_name", name), ("host", "ip-172-16-0-1"), ("index", "0")])
        });
        let found = sorted(&known, Sender::Agent, &listed);
        assert_eq!(found, [("notebook-instance/lab".to_owned(), vec![Some(0)])]);
    }

    #[test]
    fn slices_are_of_the_only_gpu_and_of_several_nobody_knows_which() {
        let several = Metered { gpu_count: Some(8.0), ..machine("i-b", "g") };
        let slice = |id: &str, index: &str| {
            agent(&[
                ("InstanceId", id),
                ("index", index),
                ("gpu_index", "3"),
                ("compute_index", "0"),
            ])
        };
        let whole = agent(&[("InstanceId", "i-b"), ("index", "5")]);
        let listed =
            [slice("i-a", "0"), slice("i-a", "2"), slice("i-b", "0"), slice("i-b", "2"), whole];
        let found = sorted(&[machine("i-a", "h"), several], Sender::Agent, &listed);
        assert_eq!(
            found,
            [
                ("i-a".to_owned(), vec![Some(0), Some(0)]),
                ("i-b".to_owned(), vec![None, None, Some(5)])
            ]
        );
    }

    #[test]
    fn a_host_name_of_two_machines_is_nobodys() {
        let machines = [machine("i-a", "ip-10-0-0-1.a"), machine("i-b", "ip-10-0-0-1.b")];
        let listed = vec![
            agent(&[("host", "ip-10-0-0-1"), ("index", "0")]),
            agent(&[("host", "ip-10-0-0-1.b"), ("index", "0")]),
        ];
        let sorted = Machines::of(&machines).sort(Sender::Agent, listed);
        assert_eq!(sorted.ambiguous_hosts, BTreeSet::from(["ip-10-0-0-1".to_owned()]));
        assert_eq!(sorted.found.into_keys().collect::<Vec<_>>(), [machines[1].resource_id.clone()]);
    }

    #[test]
    fn a_roll_up_of_all_metrics_of_a_gpu_stands_for_them_and_successors_stay_apart() {
        let machines = [machine("i-a", "h")];
        let old = agent(&[("InstanceId", "i-a"), ("index", "0"), ("name", "T4")]);
        let new =
            agent(&[("InstanceId", "i-a"), ("index", "0"), ("name", "T4"), ("arch", "Turing")]);
        let other =
            agent(&[("InstanceId", "i-a"), ("index", "0"), ("name", "L4"), ("arch", "Ada")]);
        let rolled_up = agent(&[("InstanceId", "i-a"), ("index", "0")]);
        let of = |listed: &[Metric]| sorted(&machines, Sender::Agent, listed)[0].1.len();
        assert_eq!(of(&[new.clone(), other.clone()]), 2);
        assert_eq!(of(&[old, other.clone()]), 2);
        assert_eq!(of(&[new, other, rolled_up]), 1);
    }

    #[test]
    fn a_machine_as_a_whole_is_asked_about_only_where_no_gpu_has_its_own_metric() {
        let machines = [machine("i-a", "h"), machine("i-b", "g")];
        let node = |id: &str, device: Option<&str>| {
            let mut dimensions = vec![("ClusterName", "c"), ("InstanceId", id), ("NodeName", "n")];
            dimensions.extend(device.map(|device| ("GpuDevice", device)));
            Metric::known(INSIGHTS, INSIGHTS_METRIC, &dimensions)
        };
        let listed = [
            node("i-a", None),
            node("i-a", Some("nvidia1")),
            node("i-b", None),
            Metric::known(INSIGHTS, INSIGHTS_METRIC, &[("ClusterName", "c")]),
        ];
        let found = sorted(&machines, Sender::Insights, &listed);
        assert_eq!(found, [("i-a".to_owned(), vec![Some(1)]), ("i-b".to_owned(), vec![None])]);
    }

    #[test]
    fn cores_are_parts_of_their_device_and_slices_of_their_gpu() {
        let machines = [machine("i-a", "h")];
        let core = |core: &str| {
            let dimensions = [("InstanceId", "i-a"), ("NeuronDevice", "2"), ("NeuronCore", core)];
            Metric::known(INSIGHTS, NEURON_METRIC, &dimensions)
        };
        let found =
            Machines::of(&machines).sort(Sender::Neuron, vec![core("core0"), core("core1")]).found;
        let places: Vec<_> = found[&machines[0].resource_id]
            .iter()
            .map(|metric| (metric.gpu_index, metric.is_part))
            .collect();
        assert_eq!(places, [(Some(2), true), (Some(2), true)]);
        let slice = agent(&[
            ("InstanceId", "i-a"),
            ("index", "0"),
            ("gpu_index", "1"),
            ("compute_index", "0"),
        ]);
        let found = Machines::of(&machines).sort(Sender::Agent, vec![slice]).found;
        assert!(found[&machines[0].resource_id][0].is_part);
    }
}

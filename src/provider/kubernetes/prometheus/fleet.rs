//! Accelerators that were measured: which there are, and how their series are labelled.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    answer::LabelSet,
    client::Server,
    names::{ENGINE, MEM_USED, Metrics, UTIL},
    promql::{one_of, selector},
    split::{self, Slice, Sliced},
};
use crate::{
    provider::{
        call::CallError,
        kubernetes::telemetry::{Device, Devices, Held, MigSlice, PodName},
    },
    window::Window,
};

/// Labels that may name the node, most telling first.
const NODE_LABELS: [&str; 6] =
    ["Hostname", "hostname", "node", "kubernetes_node", "nodename", "instance"];

/// How series of accelerators are labelled on this server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Labelling {
    /// Labels that name the node: of those that a series has, the first counts.
    pub(super) node: Vec<String>,
    /// Pairs of labels that name the pod and its namespace: the first that a series has counts.
    pub(super) pod: Vec<(String, String)>,
    /// Pods of the exporter itself, which hold no accelerator.
    exporters: BTreeSet<String>,
}

/// An accelerator or a slice of it: node, number, slice.
pub(in super::super) type OnDevice = (String, i64, Option<MigSlice>);

/// What series of accelerators there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Fleet {
    /// How they are labelled.
    pub(in super::super) labelling: Labelling,
    /// Accelerators by node and number.
    pub(in super::super) devices: Devices,
    /// Values of labels that stand for a node, each with the position of its label.
    pub(in super::super) spellings: BTreeMap<String, BTreeSet<(usize, String)>>,
    /// Accelerators and slices that each pod was seen on.
    pub(in super::super) held: BTreeMap<PodName, BTreeSet<OnDevice>>,
}

impl Labelling {
    /// What to do where series name no pod.
    pub(in super::super) const REMEDY: &str = "start dcgm-exporter with DCGM_EXPORTER_KUBERNETES=true and its access to the kubelet's socket";

    /// From all label sets, and the nodes that are known from elsewhere. A label whose values are such nodes comes first.
    fn of(sets: &[LabelSet], nodes: &BTreeSet<String>) -> Self {
        let has = |label: &str| sets.iter().any(|set| value(set, label).is_some());
        let is_known = |label: &str| {
            sets.iter().filter_map(|set| value(set, label)).any(|name| nodes.contains(name))
        };
        let mut node: Vec<String> =
            NODE_LABELS.into_iter().filter(|label| has(label)).map(str::to_owned).collect();
        // Stable: labels whose values are nodes keep their order, and so do the others.
        node.sort_by_key(|label| !is_known(label));
        if node.len() > 1 {
            node.retain(|label| label != "instance");
        }
        let exporters = exporters(sets);
        let pair = |pod: &str, namespace: &str| (pod.to_owned(), namespace.to_owned());
        let mut pod = Vec::new();
        if has("exported_pod") {
            pod.push(pair("exported_pod", "exported_namespace"));
        }
        let is_plain = |set: &LabelSet| {
            value(set, "exported_pod").is_none()
                && value(set, "pod").is_some_and(|name| !exporters.contains(name))
        };
        if sets.iter().any(is_plain) {
            pod.push(pair("pod", "namespace"));
        }
        Self { node, pod, exporters }
    }

    pub(super) fn node<'a>(&self, set: &'a LabelSet) -> Option<(usize, &'a str)> {
        self.node.iter().enumerate().find_map(|(at, label)| Some((at, value(set, label)?)))
    }

    pub(super) fn pod(&self, set: &LabelSet) -> Option<PodName> {
        let (pod, namespace) = self.pod.iter().find_map(|(pod, namespace)| {
            Some((value(set, pod)?, value(set, namespace).unwrap_or_default()))
        })?;
        let name = PodName { namespace: namespace.to_owned(), name: pod.to_owned() };
        Some(name).filter(|name| !self.exporters.contains(&name.name))
    }

    pub(super) fn held(&self, set: &LabelSet) -> Option<Held> {
        let (at, spelled) = self.node(set)?;
        Some(Held {
            node: self.node_name(at, spelled).to_owned(),
            gpu_index: value(set, "gpu")?.parse().ok()?,
            slice: slice(set),
            pod: self.pod(set),
        })
    }

    /// The node that a label's value stands for; `instance` has a port behind it.
    pub(super) fn node_name<'a>(&self, at: usize, spelled: &'a str) -> &'a str {
        let is_instance = self.node.get(at).is_some_and(|label| label == "instance");
        if is_instance {
            spelled.rsplit_once(':').map_or(spelled, |(host, _)| host)
        } else {
            spelled
        }
    }

    /// Labels that tell series apart; all others are folded away by the server.
    pub(super) fn kept(&self) -> String {
        let pods = self.pod.iter().flat_map(|(pod, namespace)| [namespace.as_str(), pod.as_str()]);
        let nodes = self.node.iter().map(String::as_str);
        nodes.chain(["gpu", "GPU_I_ID", "GPU_I_PROFILE"]).chain(pods).collect::<Vec<_>>().join(",")
    }

    /// Selectors of series that are of some nodes: one for each label that names one of them.
    pub(super) fn of_nodes<'a>(
        &self,
        nodes: impl IntoIterator<Item = &'a BTreeSet<(usize, String)>>,
    ) -> Vec<Vec<String>> {
        let mut by_label: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for (at, spelled) in nodes.into_iter().flatten() {
            by_label.entry(*at).or_default().push(spelled);
        }
        let each = by_label.into_iter().filter_map(|(at, spelled)| {
            let earlier = self.node.iter().take(at).map(|label| format!("{label}=\"\""));
            Some(earlier.chain([one_of(self.node.get(at)?, spelled)]).collect())
        });
        each.collect()
    }

    /// Selectors of series that are of some pods.
    pub(super) fn of_pods(&self, pods: &[&PodName]) -> Vec<Vec<String>> {
        let names: BTreeSet<&str> = pods.iter().map(|pod| pod.name.as_str()).collect();
        let each = self.pod.iter().enumerate().map(|(at, (label, _))| {
            let earlier = self.pod.iter().take(at).map(|(label, _)| format!("{label}=\"\""));
            earlier.chain([one_of(label, names.iter().copied())]).collect()
        });
        each.collect()
    }
}

/// Pods that export what they did not use: those that say so, and those beside the name of a workload's pod.
fn exporters(sets: &[LabelSet]) -> BTreeSet<String> {
    let is_exporter = |set: &&LabelSet| {
        let says = |label: &str| {
            value(set, label).is_some_and(|name| name.contains("dcgm") || name.contains("exporter"))
        };
        value(set, "exported_pod").is_some() || says("container") || says("pod")
    };
    let found = sets.iter().filter(is_exporter).filter_map(|set| value(set, "pod"));
    found.map(str::to_owned).collect()
}

fn value<'a>(set: &'a LabelSet, label: &str) -> Option<&'a str> {
    set.get(label).map(String::as_str).filter(|value| !value.is_empty())
}

fn slice(set: &LabelSet) -> Option<MigSlice> {
    let id = value(set, "GPU_I_ID")?.to_owned();
    Some(MigSlice { id, profile: value(set, "GPU_I_PROFILE").unwrap_or_default().to_owned() })
}

impl Fleet {
    /// From the label sets of all series, and the nodes that are known from elsewhere.
    pub(super) fn of(sets: &[LabelSet], nodes: &BTreeSet<String>) -> Self {
        let labelling = Labelling::of(sets, nodes);
        let mut fleet = Self { labelling, ..Self::default() };
        for set in sets {
            let Some(held) = fleet.labelling.held(set) else { continue };
            if let Some((at, spelled)) = fleet.labelling.node(set) {
                let spellings = fleet.spellings.entry(held.node.clone()).or_default();
                spellings.insert((at, spelled.to_owned()));
            }
            let devices = fleet.devices.entry(held.node.clone()).or_default();
            let device: &mut Device = devices.entry(held.gpu_index).or_default();
            if device.model.is_none() {
                device.model = value(set, "modelName").map(str::to_owned);
            }
            if let Some(slice) = &held.slice {
                device.slices.insert(slice.id.clone(), slice.profile.clone());
            }
            if let Some(pod) = held.pod {
                fleet.held.entry(pod).or_default().insert((held.node, held.gpu_index, held.slice));
            }
        }
        fleet
    }

    /// Series of a node, at a time.
    pub(in super::super) fn series_count(&self, node: &str) -> usize {
        let devices = self.devices.get(node).into_iter().flat_map(BTreeMap::values);
        devices.map(|device| device.slices.len().max(1)).sum()
    }

    /// Whether any accelerator of some nodes is cut into slices.
    pub(super) fn has_slices<'a>(&self, nodes: impl IntoIterator<Item = &'a String>) -> bool {
        let devices = nodes.into_iter().filter_map(|node| self.devices.get(node));
        devices.flat_map(BTreeMap::values).any(|device| !device.slices.is_empty())
    }
}

/// Looks for accelerators in the window.
pub(in super::super) async fn fleet(
    server: &Server,
    metrics: &Metrics,
    nodes: &BTreeSet<String>,
    window: Window,
) -> (Fleet, Vec<CallError>) {
    let mut selectors: Vec<String> =
        metrics.of(UTIL).iter().map(|name| selector(name, &[&server.matchers])).collect();
    // Slices have no utilisation, only activity; without any utilisation, activity is all there is.
    let of_slices = if selectors.is_empty() { "" } else { "GPU_I_ID!=\"\"" };
    let others = metrics.of(ENGINE).into_iter().chain(metrics.of(MEM_USED));
    selectors.extend(others.map(|name| selector(name, &[of_slices, &server.matchers])));
    let whole = Slice { names: 0..1, hours: window.start..window.end };
    let Sliced { answers, failures } =
        split::ask(whole, |slice| server.series(&selectors, slice.hours)).await;
    let sets: Vec<LabelSet> = answers.into_iter().flat_map(|(_, sets)| sets).collect();
    (Fleet::of(&sets, nodes), failures.into_iter().map(|(_, error)| error).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(labels: &[(&str, &str)]) -> LabelSet {
        labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn fleet(sets: &[LabelSet], nodes: &[&str]) -> Fleet {
        Fleet::of(sets, &nodes.iter().map(|&name| name.to_owned()).collect())
    }

    fn pods(fleet: &Fleet) -> Vec<String> {
        fleet.held.keys().map(|pod| format!("{}/{}", pod.namespace, pod.name)).collect()
    }

    #[test]
    fn a_workload_whose_labels_had_to_make_way_is_found_and_the_exporter_holds_nothing() {
        let fleet = fleet(
            &[
                set(&[
                    ("Hostname", "n1"),
                    ("gpu", "0"),
                    ("pod", "dcgm-1"),
                    ("namespace", "ops"),
                    ("exported_pod", "chat-1"),
                    ("exported_namespace", "serving"),
                ]),
                set(&[("Hostname", "n1"), ("gpu", "1"), ("pod", "dcgm-1"), ("namespace", "ops")]),
            ],
            &[],
        );
        assert_eq!(pods(&fleet), ["serving/chat-1"]);
        assert_eq!(fleet.devices["n1"].len(), 2);
        assert_eq!(
            fleet.labelling.kept(),
            "Hostname,gpu,GPU_I_ID,GPU_I_PROFILE,exported_namespace,exported_pod"
        );
    }

    #[test]
    fn a_workload_whose_labels_are_kept_is_found() {
        let fleet = fleet(
            &[set(&[
                ("hostname", "n1"),
                ("gpu", "0"),
                ("pod", "chat-1"),
                ("namespace", "serving"),
            ])],
            &[],
        );
        assert_eq!(pods(&fleet), ["serving/chat-1"]);
        assert_eq!(fleet.labelling.kept(), "hostname,gpu,GPU_I_ID,GPU_I_PROFILE,namespace,pod");
    }

    #[test]
    fn both_spellings_of_an_upgrade_are_one_node_each_asked_for_once() {
        let fleet = fleet(
            &[
                set(&[("Hostname", "n1"), ("gpu", "0"), ("UUID", "GPU-1")]),
                set(&[("hostname", "n1"), ("gpu", "0"), ("uuid", "GPU-1")]),
            ],
            &[],
        );
        assert_eq!(fleet.devices["n1"].len(), 1);
        assert_eq!(
            fleet.labelling.of_nodes([&fleet.spellings["n1"]]),
            [vec!["Hostname=~\"n1\""], vec!["Hostname=\"\"", "hostname=~\"n1\""]]
        );
    }

    #[test]
    fn a_label_whose_values_are_nodes_is_preferred() {
        let sets = [set(&[("Hostname", "dcgm-pod-7"), ("node", "n1"), ("gpu", "0")])];
        assert!(fleet(&sets, &["n1"]).devices.contains_key("n1"));
        assert!(fleet(&sets, &[]).devices.contains_key("dcgm-pod-7"));
    }

    #[test]
    fn slices_belong_to_their_accelerator() {
        let slice = |id: &str| {
            set(&[
                ("Hostname", "n1"),
                ("gpu", "0"),
                ("GPU_I_ID", id),
                ("GPU_I_PROFILE", "1g.10gb"),
                ("modelName", "NVIDIA A100-SXM4-80GB"),
            ])
        };
        let fleet = fleet(&[slice("7"), slice("8")], &[]);
        let device = &fleet.devices["n1"][&0];
        assert_eq!(device.slices.len(), 2);
        assert_eq!(device.model.as_deref(), Some("NVIDIA A100-SXM4-80GB"));
        assert_eq!(fleet.series_count("n1"), 2);
    }
}

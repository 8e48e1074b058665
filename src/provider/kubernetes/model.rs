//! One cluster over the window, as plain values, from whichever source said it. Units are those of Kubernetes: resource
//! names as they stand in pods, quantities as plain numbers (`4` GPUs, bytes of memory).

use std::collections::BTreeMap;

use crate::{frame::InstantMs, snapshot::Gap};

/// Labels or annotations by key.
pub(super) type Labels = BTreeMap<String, String>;
/// Quantities by resource name: `nvidia.com/gpu`, `nvidia.com/mig-1g.10gb`, `memory`, ….
pub(super) type Quantities = BTreeMap<String, f64>;

/// What is known of a cluster.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Cluster {
    /// Its machines, by name.
    pub(super) nodes: BTreeMap<String, Node>,
    /// Its pods over the window, by namespace, name and start.
    pub(super) pods: BTreeMap<PodKey, Pod>,
    /// What owns pods.
    pub(super) owners: BTreeMap<OwnerKey, Owner>,
    /// What could not be seen.
    pub(super) gaps: Vec<Gap>,
}

/// A machine.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Node {
    /// The cloud machine beneath, as the cluster spells it: `aws:///eu-west-1a/i-0abc`.
    pub(super) provider_id: Option<String>,
    /// Labels, in their own spelling (`node.kubernetes.io/instance-type`).
    pub(super) labels: Labels,
    /// What it has.
    pub(super) capacity: Quantities,
    /// What pods may ask for.
    pub(super) allocatable: Quantities,
    /// When it joined.
    pub(super) created_at: Option<InstantMs>,
    /// When it was last seen, if that is before the end of the window.
    pub(super) gone_at: Option<InstantMs>,
    /// When its pool takes it away if it is not needed: `WhenEmpty after 30s`, `Never`. `None`: not known.
    pub(super) consolidation: Option<String>,
}

/// Identity of a pod; a name can come again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PodKey {
    pub(super) namespace: String,
    pub(super) name: String,
    /// Told apart by their uid where it is known, else empty.
    pub(super) uid: String,
}

/// A pod.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Pod {
    /// The machine it ran on. `None`: not scheduled, or not known.
    pub(super) node: Option<String>,
    /// What it belongs to, at the top: the deployment, not its replica set. `None`: nothing, or not known.
    pub(super) owner: Option<OwnerKey>,
    /// What its containers ask for, together.
    pub(super) requests: Quantities,
    /// When it was scheduled or first seen.
    pub(super) started_at: Option<InstantMs>,
    /// When it ended or was last seen, if that is before the end of the window.
    pub(super) ended_at: Option<InstantMs>,
    /// Labels.
    pub(super) labels: Labels,
    /// Restarts of all containers.
    pub(super) restart_count: Option<i64>,
    /// Image names without tag, for telling serving engines and notebooks.
    pub(super) images: Vec<String>,
    /// Resource claims it uses (dynamic resource allocation), which show no quantity.
    pub(super) claims: Vec<String>,
}

/// Identity of what owns pods.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OwnerKey {
    pub(super) namespace: String,
    /// In lower case: `deployment`, `statefulset`, `job`, `cronjob`, `notebook`, `rayjob`, ….
    pub(super) kind: String,
    pub(super) name: String,
}

/// What owns pods.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Owner {
    /// Labels.
    pub(super) labels: Labels,
    /// Annotations.
    pub(super) annotations: Labels,
    /// Replicas it asks for now. `None`: not reported.
    pub(super) replica_count: Option<f64>,
    /// What scales it. `None`: not known; `Some` of nothing that scales is [`Scaling::None`].
    pub(super) scaling: Option<Scaling>,
}

/// What changes the number of replicas.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scaling {
    /// Nothing: its scalers were listed and none names it.
    None,
    /// A horizontal pod autoscaler, or something that makes one.
    Scaler {
        /// `HorizontalPodAutoscaler`, `ScaledObject`, ….
        kind: &'static str,
        /// Fewest replicas.
        min_count: Option<f64>,
        /// Most replicas.
        max_count: Option<f64>,
        /// Whether it has a trigger by time.
        has_schedule: bool,
    },
}

impl Cluster {
    /// Adds what another source remembers to what is seen at present. Where both know a value, the one that is there already
    /// stands; and what is seen has not ended, whatever the other remembers.
    pub(super) fn merge(&mut self, other: Self) {
        for (name, node) in other.nodes {
            match self.nodes.get_mut(&name) {
                Some(known) => known.fill(node),
                None => drop(self.nodes.insert(name, node)),
            }
        }
        for (key, pod) in other.pods {
            let key = self.known_key(key);
            match self.pods.get_mut(&key) {
                Some(known) => known.fill(pod),
                None => drop(self.pods.insert(key, pod)),
            }
        }
        for (key, owner) in other.owners {
            match self.owners.get_mut(&key) {
                Some(known) => known.fill(owner),
                None => drop(self.owners.insert(key, owner)),
            }
        }
        self.gaps.extend(other.gaps);
    }

    /// The key of a pod that another source knows without its uid, if there is only one of that name.
    fn known_key(&self, key: PodKey) -> PodKey {
        if !key.uid.is_empty() {
            return key;
        }
        let named = self.pods.range(key.clone()..).map(|(known, _)| known);
        let mut same =
            named.take_while(|known| known.namespace == key.namespace && known.name == key.name);
        match (same.next(), same.next()) {
            (Some(only), None) => only.clone(),
            _ => key,
        }
    }

    /// Leaves out what came only after `end`.
    pub(super) fn until(&mut self, end: InstantMs) {
        let is_before = |at: Option<InstantMs>| at.is_none_or(|at| at < end);
        self.nodes.retain(|_, node| is_before(node.created_at));
        self.pods.retain(|_, pod| is_before(pod.started_at));
    }
}

fn fill_map<V>(known: &mut BTreeMap<String, V>, other: BTreeMap<String, V>) {
    for (key, value) in other {
        known.entry(key).or_insert(value);
    }
}

impl Node {
    fn fill(&mut self, other: Self) {
        self.provider_id = self.provider_id.take().or(other.provider_id);
        fill_map(&mut self.labels, other.labels);
        fill_map(&mut self.capacity, other.capacity);
        fill_map(&mut self.allocatable, other.allocatable);
        self.created_at = self.created_at.or(other.created_at);
        self.consolidation = self.consolidation.take().or(other.consolidation);
    }
}

impl Pod {
    fn fill(&mut self, other: Self) {
        self.node = self.node.take().or(other.node);
        self.owner = self.owner.take().or(other.owner);
        fill_map(&mut self.requests, other.requests);
        self.started_at = self.started_at.or(other.started_at);
        fill_map(&mut self.labels, other.labels);
        self.restart_count = self.restart_count.or(other.restart_count);
        if self.images.is_empty() {
            self.images = other.images;
        }
        if self.claims.is_empty() {
            self.claims = other.claims;
        }
    }
}

impl Owner {
    fn fill(&mut self, other: Self) {
        fill_map(&mut self.labels, other.labels);
        fill_map(&mut self.annotations, other.annotations);
        self.replica_count = self.replica_count.or(other.replica_count);
        self.scaling = self.scaling.take().or(other.scaling);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, uid: &str) -> PodKey {
        PodKey { namespace: "ml".to_owned(), name: name.to_owned(), uid: uid.to_owned() }
    }

    fn cluster(pods: &[(PodKey, Pod)]) -> Cluster {
        Cluster { pods: pods.iter().cloned().collect(), ..Cluster::default() }
    }

    #[test]
    fn what_is_seen_has_not_ended_and_is_filled_with_what_is_remembered() {
        let mut seen = cluster(&[(key("a", "u1"), Pod::default())]);
        let remembered = Pod {
            node: Some("gpu-1".to_owned()),
            ended_at: Some(InstantMs(5)),
            restart_count: Some(2),
            ..Pod::default()
        };

        seen.merge(cluster(&[(key("a", "u1"), remembered)]));

        let expected =
            Pod { node: Some("gpu-1".to_owned()), restart_count: Some(2), ..Pod::default() };
        assert_eq!(seen, cluster(&[(key("a", "u1"), expected)]));
    }

    #[test]
    fn a_pod_without_its_uid_is_the_only_one_of_its_name_or_a_pod_of_its_own() {
        let held = || Pod { node: Some("gpu-1".to_owned()), ..Pod::default() };
        let mut one = cluster(&[(key("a", "u1"), Pod::default())]);
        one.merge(cluster(&[(key("a", ""), held())]));
        assert_eq!(one, cluster(&[(key("a", "u1"), held())]));

        let two = [(key("a", "u1"), Pod::default()), (key("a", "u2"), Pod::default())];
        let mut several = cluster(&two);
        several.merge(cluster(&[(key("a", ""), held())]));
        assert_eq!(several.pods.len(), 3);
    }

    #[test]
    fn what_came_after_the_window_is_left_out() {
        let started = |at: i64| Pod { started_at: Some(InstantMs(at)), ..Pod::default() };
        let mut seen = cluster(&[
            (key("before", "u1"), started(9)),
            (key("after", "u2"), started(10)),
            (key("unknown", "u3"), Pod::default()),
        ]);
        seen.until(InstantMs(10));
        let names: Vec<&str> = seen.pods.keys().map(|key| key.name.as_str()).collect();
        assert_eq!(names, ["before", "unknown"]);
    }
}

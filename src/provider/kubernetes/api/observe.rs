//! The order in which a cluster is read: machines, pods on those with accelerators, and only what belongs to these.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::{
    chain::Chains,
    claims, gaps,
    kind::{self, Kind},
    list::Lister,
    nodes::{self, has_accelerators, is_accelerator},
    pods::{self, Linked},
    scalers::Scalers,
    wire,
};
use crate::{
    provider::{
        call::CallError,
        kubernetes::model::{Cluster, Labels, Node, Pod},
    },
    snapshot::Gap,
};

/// Pods that were given to a machine.
const SCHEDULED: &str = "spec.nodeName!=";

/// Reads one cluster once.
pub(super) struct Observer<'a> {
    cluster: &'a str,
    lister: Lister<'a>,
    gaps: Vec<Gap>,
}

/// Whether a pod asks for accelerators.
fn is_holder(pod: &Pod) -> bool {
    !pod.claims.is_empty() || pod.requests.keys().any(|name| is_accelerator(name))
}

impl<'a> Observer<'a> {
    pub(super) fn new(cluster: &'a str, lister: Lister<'a>) -> Self {
        Self { cluster, lister, gaps: Vec::new() }
    }

    /// Everything that belongs to accelerators.
    pub(super) async fn cluster(mut self) -> Cluster {
        let mut nodes = self.nodes().await;
        let pods = self.pods(&nodes).await;
        keep_hosts(&mut nodes, &pods);
        self.pools(&mut nodes).await;
        let chains = self.chains(&pods).await;
        let scalers = self.scalers(&chains).await;
        self.gaps.extend(claims::gap(self.cluster, &pods));
        Cluster {
            nodes,
            owners: scalers.owners(&chains),
            pods: pods.into_iter().map(|linked| owned(linked, &chains)).collect(),
            gaps: self.gaps,
        }
    }

    async fn nodes(&mut self) -> BTreeMap<String, Node> {
        let keep = |node: wire::Node| Some(node.into_model());
        self.list(kind::NODES, None, keep).await.unwrap_or_default().into_iter().collect()
    }

    /// Pods on machines with accelerators, and pods that hold some.
    async fn pods(&mut self, nodes: &BTreeMap<String, Node>) -> Vec<Linked> {
        let is_kept = |pod: &Pod| {
            let node = pod.node.as_ref().and_then(|name| nodes.get(name));
            node.is_some_and(has_accelerators) || is_holder(pod)
        };
        let keep = |pod: wire::Pod| Some(pods::linked(pod)).filter(|linked| is_kept(&linked.pod));
        let mut pods = self.list(kind::PODS, Some(SCHEDULED), keep).await.unwrap_or_default();
        if pods.iter().any(|linked| !linked.pod.claims.is_empty()) {
            let purpose = |claim: wire::Claim| claims::purpose(&claim);
            let purposes = self.list(kind::RESOURCE_CLAIMS, None, purpose).await;
            claims::forget_others(&mut pods, &purposes.unwrap_or_default().into_iter().collect());
            pods.retain(|linked| is_kept(&linked.pod));
        }
        pods
    }

    async fn pools(&mut self, nodes: &mut BTreeMap<String, Node>) {
        if !nodes::has_pools(nodes) {
            return;
        }
        let keep = |pool: wire::NodePool| Some((pool.metadata.name.clone(), pool.consolidation()?));
        let pools: Labels =
            self.list(kind::NODE_POOLS, None, keep).await.unwrap_or_default().into_iter().collect();
        nodes::apply_pools(nodes, &pools);
    }

    /// Follows the owners of pods upwards, one kind after the other, and lists no kind that owns nothing.
    async fn chains(&mut self, pods: &[Linked]) -> Chains {
        let mut chains = Chains::default();
        for Linked { key, owner, .. } in pods {
            chains.pod(&key.namespace, &key.name, owner.as_ref());
        }
        while let Some(kind) = chains.next() {
            let keep =
                |object: wire::Object| Some(object).filter(|object| chains.is_wanted(kind, object));
            let objects = self.list(kind, None, keep).await.unwrap_or_default();
            chains.read(kind, objects);
        }
        chains
    }

    async fn scalers(&mut self, chains: &Chains) -> Scalers {
        let mut scalers = Scalers::default();
        if chains.steps().is_empty() {
            return scalers;
        }
        let autoscalers = self.list(kind::AUTOSCALERS, None, Some::<wire::Autoscaler>).await;
        let scaled = self.list(kind::SCALED_OBJECTS, None, Some::<wire::ScaledObject>).await;
        scalers.is_complete = autoscalers.is_some() && scaled.is_some();
        autoscalers.iter().flatten().for_each(|scaler| scalers.autoscaler(scaler));
        scaled.iter().flatten().for_each(|scaler| scalers.scaled_object(scaler));
        scalers
    }

    /// A list, or a gap. What is not installed has no objects, and hides nothing.
    async fn list<T: DeserializeOwned, U>(
        &mut self,
        kind: Kind,
        selector: Option<&str>,
        keep: impl Fn(T) -> Option<U>,
    ) -> Option<Vec<U>> {
        let listed = self.lister.all(kind, selector, keep).await;
        self.lister.task.iter().for_each(|task| task.advance());
        match listed {
            Ok(objects) => Some(objects),
            Err(CallError::Absent { .. }) if kind.is_custom() => Some(Vec::new()),
            Err(error) => {
                self.gaps.push(gaps::of(self.cluster, kind, &error));
                None
            }
        }
    }
}

/// Forgets machines without accelerators, unless a pod holds one there.
fn keep_hosts(nodes: &mut BTreeMap<String, Node>, pods: &[Linked]) {
    let holders = pods.iter().filter(|linked| is_holder(&linked.pod));
    let hosts: std::collections::BTreeSet<&str> =
        holders.filter_map(|linked| linked.pod.node.as_deref()).collect();
    nodes.retain(|name, node| has_accelerators(node) || hosts.contains(name.as_str()));
}

fn owned(linked: Linked, chains: &Chains) -> (crate::provider::kubernetes::model::PodKey, Pod) {
    let Linked { key, mut pod, .. } = linked;
    pod.owner = chains.top_of_pod(&key.namespace, &key.name);
    (key, pod)
}

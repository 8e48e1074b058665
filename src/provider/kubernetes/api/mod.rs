//! One cluster as its API server shows it now. Everything is listed; nothing is ever changed, and no secret is asked for.

mod access;
mod chain;
mod claims;
mod failure;
mod gaps;
mod kind;
mod list;
mod nodes;
mod observe;
mod pods;
mod quantity;
mod scalers;
mod transport;
mod wire;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::Deserialize;

pub(super) use access::Access;
pub(super) use gaps::{counted, remedy};
pub(super) use kind::Kind;
pub(super) use nodes::{has_accelerators, is_accelerator};

/// Every kind that is ever asked for.
pub(super) const KINDS: &[Kind] = kind::ALL;

use self::{list::Lister, observe::Observer, transport::Reply};
use super::model::{Cluster, Node};
use crate::{
    provider::{
        call::{CallError, Caller, Limits},
        contract::ProviderError,
        progress::Task,
    },
    snapshot::CallCount,
};

/// Asks which version the server is, which everybody may.
const VERSION: &str = "get /version";

/// The API server of one cluster.
pub(super) struct Api {
    cluster: String,
    server: String,
    version: Option<String>,
    client: kube::Client,
    caller: Caller,
}

impl fmt::Debug for Api {
    // The client holds credentials.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cluster, server, version, client: _, caller } = self;
        out.debug_struct("Api")
            .field("cluster", cluster)
            .field("server", server)
            .field("version", version)
            .field("caller", caller)
            .finish_non_exhaustive()
    }
}

/// The answer to `/version`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    git_version: String,
}

impl Api {
    /// Reaches the server of a cluster. An error means that nothing at all can be read from it.
    pub(super) async fn connect(access: &Access, limits: Limits) -> Result<Self, ProviderError> {
        let access::Reached { cluster, server, client } = access.client().await?;
        let caller = Caller::new("kubernetes", limits);
        let version = match version(&client, &caller).await {
            Ok(version) => Some(version),
            // It is there, and only keeps its version to itself.
            Err(CallError::Absent { .. }) => None,
            Err(CallError::Refused { reason, .. }) if reason.starts_with("status 403") => None,
            Err(source) => {
                let help = match &source {
                    CallError::Refused { .. } => {
                        "renew your credentials; `kubectl get nodes` must work with the same kubeconfig and context"
                            .to_owned()
                    }
                    CallError::Rejected { .. } => "correct the cluster's entry in the kubeconfig".to_owned(),
                    other => remedy(other),
                };
                let what = format!("the API server {server}");
                return Err(ProviderError::Unreachable { what, help, source });
            }
        };
        Ok(Self { cluster, server, version, client, caller })
    }

    /// What the cluster is called.
    pub(super) fn cluster(&self) -> &str {
        &self.cluster
    }

    /// Its address.
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    /// Its version: `v1.33.4-eks-1`. `None`: it does not say.
    pub(super) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Reads the cluster as it is now. What cannot be read is a gap in it.
    pub(super) async fn observe(&self, task: &Task) -> Cluster {
        Observer::new(&self.cluster, Lister { task: Some(task), ..self.lister() }).cluster().await
    }

    /// Its machines with accelerators, by name.
    pub(super) async fn accelerator_nodes(&self) -> Result<Vec<(String, Node)>, CallError> {
        let keep =
            |node: wire::Node| Some(node.into_model()).filter(|(_, node)| has_accelerators(node));
        self.lister().all(kind::NODES, None, keep).await
    }

    /// Whether a kind can be listed; asks for one object.
    pub(super) async fn can_list(&self, kind: Kind) -> Result<(), CallError> {
        self.lister().one(kind).await
    }

    /// What was called so far, by operation.
    pub(super) fn calls(&self) -> Vec<CallCount> {
        self.caller.calls()
    }

    fn lister(&self) -> Lister<'_> {
        Lister { client: &self.client, caller: &self.caller, task: None }
    }
}

async fn version(client: &kube::Client, caller: &Caller) -> Result<String, CallError> {
    let malformed = |reason: String| CallError::Malformed { operation: VERSION.to_owned(), reason };
    match caller.call(VERSION, || transport::get(client, VERSION, "/version")).await? {
        Reply::Gone => Err(malformed("status 410".to_owned())),
        Reply::Body(body) => serde_json::from_slice(&body)
            .map(|version: Version| version.git_version)
            .map_err(|error| malformed(format!("it is no version of Kubernetes: {error}"))),
    }
}

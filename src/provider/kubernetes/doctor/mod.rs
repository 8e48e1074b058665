//! What a cluster can show of itself, and what would make it show more.

mod cluster;
mod manifest;
mod telemetry;

#[cfg(test)]
mod tests;

use super::{
    api::{Api, KINDS, Kind},
    options::ClusterOptions,
    prometheus::{self, Server},
};
use crate::{
    provider::{
        call::{CallError, Limits},
        contract::{Check, CheckState, ProviderError},
        progress::Task,
    },
    window::Window,
};

pub(super) use telemetry::{Discovery, Metric, pattern, telemetry};

/// Looks at everything that a cluster can be asked through. It changes nothing and collects nothing.
pub(super) async fn examine(
    options: &ClusterOptions,
    server: Option<&Server>,
    window: Window,
    task: &Task,
) -> Vec<Check> {
    let name = &options.name;
    let mut checks = Vec::new();
    match &options.api {
        Some(access) => match Api::connect(access, Limits::default()).await {
            Ok(api) => checks.extend(api_server(&api).await),
            Err(error) => checks.push(unreachable(name, &error)),
        },
        None => checks.push(Check {
            what: format!("API server of {name}"),
            state: CheckState::Less,
            found: "nobody named a context of it".to_owned(),
            hides: "labels, scalers and resource claims that no metric carries".to_owned(),
            remedy: "add `--context NAME`, or `context` to the settings of the cluster".to_owned(),
        }),
    }
    task.advance();
    match server {
        Some(server) => match prometheus::discover(server, name, window).await {
            Ok(found) => {
                checks.push(good(format!("Prometheus of {name}"), server.address()));
                checks.extend(telemetry(&found));
            }
            Err(error) => checks.push(Check {
                what: format!("Prometheus of {name}"),
                state: CheckState::Missing,
                found: error.to_string(),
                hides: "whether any accelerator works, and all that has ended".to_owned(),
                remedy: super::api::remedy(&error),
            }),
        },
        None => checks.push(Check {
            what: format!("Prometheus of {name}"),
            state: CheckState::Missing,
            found: "nothing says where it is".to_owned(),
            hides: "whether any accelerator works, and all that has ended".to_owned(),
            remedy:
                "add `--prometheus-url URL`, or `prometheus_url` to the settings of the cluster"
                    .to_owned(),
        }),
    }
    checks
}

/// Looks at the API server of a cluster: what may be listed, and what its machines say of themselves.
pub(super) async fn api_server(api: &Api) -> Vec<Check> {
    let version = api.version().unwrap_or("of a version that it does not say");
    let found = format!("{version} at {}", api.server());
    let mut checks = vec![good(format!("API server of {}", api.cluster()), found)];
    let mut answers = Vec::new();
    for kind in KINDS {
        answers.push((*kind, api.can_list(*kind).await));
    }
    checks.extend(cluster::permissions(api.cluster(), &answers));
    match api.accelerator_nodes().await {
        Ok(nodes) => checks.extend(cluster::nodes(api.cluster(), &nodes)),
        // Already said as a permission, if it is one.
        Err(CallError::Refused { .. }) => {}
        Err(error) => checks.push(failed(api.cluster(), &error)),
    }
    checks
}

/// An API server that cannot be asked at all.
pub(super) fn unreachable(cluster: &str, error: &ProviderError) -> Check {
    let (found, remedy) = match error {
        ProviderError::Input { message, help } => (message.clone(), help.clone()),
        ProviderError::Unreachable { help, source, .. } => (source.to_string(), help.clone()),
        ProviderError::Snapshot(error) => (error.to_string(), String::new()),
    };
    Check {
        what: format!("API server of {cluster}"),
        state: CheckState::Missing,
        found,
        hides: "labels, owners, scalers, and machines that no metric names".to_owned(),
        remedy,
    }
}

fn failed(cluster: &str, error: &CallError) -> Check {
    Check {
        what: format!("nodes of {cluster}"),
        state: CheckState::Less,
        found: error.to_string(),
        hides: "what its machines say of themselves".to_owned(),
        remedy: super::api::remedy(error),
    }
}

fn good(what: String, found: String) -> Check {
    Check { what, state: CheckState::Good, found, hides: String::new(), remedy: String::new() }
}

/// Whether each kind could be listed.
type Answers = [(Kind, Result<(), CallError>)];

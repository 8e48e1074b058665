//! The providers that were asked for, and what runs them.

use jiff::Timestamp;

#[cfg(feature = "kubernetes")]
use crate::provider::kubernetes;
use crate::{
    cli::{KubernetesArgs, ProviderName},
    error::Error,
    provider::{contract::Provider, permission::Permission},
    settings::Settings,
};

/// The providers of these names, ready to be asked.
pub(super) fn chosen(
    names: &[ProviderName],
    kubernetes: &KubernetesArgs,
    settings: &Settings,
    now: Timestamp,
) -> Result<Vec<Box<dyn Provider>>, Error> {
    let mut names = names.to_vec();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| one(name, kubernetes, settings, now)).collect()
}

/// One provider.
pub(super) fn one(
    name: ProviderName,
    kubernetes: &KubernetesArgs,
    settings: &Settings,
    now: Timestamp,
) -> Result<Box<dyn Provider>, Error> {
    match name {
        ProviderName::Kubernetes => clusters(kubernetes, settings, now),
    }
}

/// A runtime for asking servers. Two threads: one waits and one decodes.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|source| Error::Runtime { source })
}

/// What a provider is asked for.
#[cfg(feature = "kubernetes")]
#[expect(clippy::unnecessary_wraps, reason = "a build may be without the provider")]
pub(super) fn permissions(name: ProviderName) -> Result<&'static [Permission], Error> {
    match name {
        ProviderName::Kubernetes => Ok(kubernetes::PERMISSIONS),
    }
}

/// The same as a manifest to apply.
#[cfg(feature = "kubernetes")]
#[expect(clippy::unnecessary_wraps, reason = "a build may be without the provider")]
pub(super) fn policy(name: ProviderName) -> Result<String, Error> {
    match name {
        ProviderName::Kubernetes => Ok(kubernetes::cluster_role()),
    }
}

#[cfg(feature = "kubernetes")]
fn clusters(
    args: &KubernetesArgs,
    settings: &Settings,
    now: Timestamp,
) -> Result<Box<dyn Provider>, Error> {
    let flags = kubernetes::Flags {
        prometheus_url: args.prometheus_url.clone(),
        kubeconfig: args.kubeconfig.clone(),
        context: args.context.clone(),
        is_in_cluster: kubernetes::is_in_cluster(),
        now: Some(now.into()),
    };
    Ok(Box::new(kubernetes::Kubernetes::new(&flags, settings)?))
}

/// What a provider is asked for.
#[cfg(not(feature = "kubernetes"))]
pub(super) fn permissions(name: ProviderName) -> Result<&'static [Permission], Error> {
    Err(absent(name))
}

/// The same as a manifest to apply.
#[cfg(not(feature = "kubernetes"))]
pub(super) fn policy(name: ProviderName) -> Result<String, Error> {
    Err(absent(name))
}

#[cfg(not(feature = "kubernetes"))]
fn clusters(_: &KubernetesArgs, _: &Settings, _: Timestamp) -> Result<Box<dyn Provider>, Error> {
    Err(absent(ProviderName::Kubernetes))
}

#[cfg(not(feature = "kubernetes"))]
fn absent(name: ProviderName) -> Error {
    let ProviderName::Kubernetes = name;
    Error::Usage {
        message: "this build of ai-cost has no provider `kubernetes`".to_owned(),
        help: "build it with `--features kubernetes`, which is on by default".to_owned(),
    }
}

//! The providers that were asked for, and what runs them.

use jiff::Timestamp;

#[cfg(feature = "aws")]
use crate::provider::aws;
#[cfg(feature = "kubernetes")]
use crate::provider::kubernetes;
use crate::{
    catalog::Catalog,
    cli::{AwsArgs, KubernetesArgs, ProviderName},
    error::Error,
    provider::{contract::Provider, permission::Permission},
    settings::Settings,
};

/// What the command line says about each provider.
pub(super) struct Asked<'a> {
    pub(super) aws: &'a AwsArgs,
    pub(super) kubernetes: &'a KubernetesArgs,
    pub(super) catalog: &'a Catalog,
}

/// The providers of these names, ready to be asked.
pub(super) fn chosen(
    names: &[ProviderName],
    asked: &Asked<'_>,
    settings: &Settings,
    now: Timestamp,
) -> Result<Vec<Box<dyn Provider>>, Error> {
    let mut names = names.to_vec();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| one(name, asked, settings, now)).collect()
}

/// One provider.
pub(super) fn one(
    name: ProviderName,
    asked: &Asked<'_>,
    settings: &Settings,
    now: Timestamp,
) -> Result<Box<dyn Provider>, Error> {
    match name {
        ProviderName::Aws => accounts(asked, settings, now),
        ProviderName::Kubernetes => clusters(asked.kubernetes, settings, now),
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
#[cfg_attr(
    all(feature = "aws", feature = "kubernetes"),
    expect(clippy::unnecessary_wraps, reason = "a build may be without a provider")
)]
pub(super) fn permissions(name: ProviderName) -> Result<&'static [Permission], Error> {
    match name {
        #[cfg(feature = "aws")]
        ProviderName::Aws => Ok(&aws::PERMISSIONS),
        #[cfg(feature = "kubernetes")]
        ProviderName::Kubernetes => Ok(kubernetes::PERMISSIONS),
        #[cfg(not(all(feature = "aws", feature = "kubernetes")))]
        absent => Err(not_built(absent)),
    }
}

/// The same in the provider's own form: a policy, or a manifest to apply.
#[cfg_attr(
    all(feature = "aws", feature = "kubernetes"),
    expect(clippy::unnecessary_wraps, reason = "a build may be without a provider")
)]
pub(super) fn policy(name: ProviderName) -> Result<String, Error> {
    match name {
        #[cfg(feature = "aws")]
        ProviderName::Aws => Ok(aws::policy()),
        #[cfg(feature = "kubernetes")]
        ProviderName::Kubernetes => Ok(kubernetes::cluster_role()),
        #[cfg(not(all(feature = "aws", feature = "kubernetes")))]
        absent => Err(not_built(absent)),
    }
}

#[cfg(feature = "aws")]
fn accounts(
    asked: &Asked<'_>,
    settings: &Settings,
    now: Timestamp,
) -> Result<Box<dyn Provider>, Error> {
    let args = asked.aws;
    let flags = aws::Flags {
        profile: args.profile.clone(),
        region: args.region.clone(),
        account: args.account.clone(),
        organization: args.organization,
        role_name: args.role_name.clone(),
        external_id: args.external_id.clone(),
        max_api_cost_usd: args.max_api_cost,
        is_full: args.every_metric,
        confirms_idle: args.confirm_idle,
        now: Some(now.into()),
    };
    Ok(Box::new(aws::Aws::new(&flags, settings, asked.catalog)?))
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

#[cfg(not(feature = "aws"))]
fn accounts(_: &Asked<'_>, _: &Settings, _: Timestamp) -> Result<Box<dyn Provider>, Error> {
    Err(not_built(ProviderName::Aws))
}

#[cfg(not(feature = "kubernetes"))]
fn clusters(_: &KubernetesArgs, _: &Settings, _: Timestamp) -> Result<Box<dyn Provider>, Error> {
    Err(not_built(ProviderName::Kubernetes))
}

#[cfg(not(all(feature = "aws", feature = "kubernetes")))]
fn not_built(name: ProviderName) -> Error {
    let name = match name {
        ProviderName::Aws => "aws",
        ProviderName::Kubernetes => "kubernetes",
    };
    Error::Usage {
        message: format!("this build of ai-cost has no provider `{name}`"),
        help: format!("build it with `--features {name}`, which is on by default"),
    }
}

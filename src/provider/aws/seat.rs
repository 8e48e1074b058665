//! One account in one region: the clients of its services, and the callers that count what they are asked.

use std::{
    collections::BTreeMap,
    error::Error,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use aws_config::{Region, SdkConfig};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::call::{Measured, ask};
use crate::{
    frame::global_id,
    provider::call::{CallError, Caller, Limits},
    snapshot::CallCount,
};

/// The callers of all seats of a session, so that no call is lost that is counted anywhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Registry(Arc<Mutex<Vec<Arc<Caller>>>>);

impl Registry {
    /// What was called so far, by operation.
    pub(super) fn calls(&self) -> BTreeMap<String, CallCount> {
        let mut calls: BTreeMap<String, CallCount> = BTreeMap::new();
        let callers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for call in callers.iter().flat_map(|caller| caller.calls()) {
            match calls.get_mut(&call.operation) {
                Some(known) => known.add(&call),
                None => {
                    calls.insert(call.operation.clone(), call);
                }
            }
        }
        calls
    }

    fn add(&self, caller: Arc<Caller>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(caller);
    }
}

/// One account in one region.
#[derive(Debug)]
pub(super) struct Seat {
    /// Twelve digits.
    pub(super) account_id: String,
    /// Such as `eu-west-1`.
    pub(super) region: String,
    config: SdkConfig,
    limits: Limits,
    registry: Registry,
    /// One caller for each service: services throttle apart from each other, by account and region.
    callers: Mutex<BTreeMap<&'static str, Arc<Caller>>>,
}

/// Clients of this seat, by the crate that has them.
macro_rules! clients {
    ($($name:ident: $sdk:ident),* $(,)?) => {
        impl Seat {
            $(
                #[doc = concat!("A client of `", stringify!($sdk), "`.")]
                pub(super) fn $name(&self) -> $sdk::Client {
                    let config = $sdk::config::Builder::from(&self.config).interceptor(Measured);
                    $sdk::Client::from_conf(config.build())
                }
            )*
        }
    };
}

clients! {
    application_autoscaling: aws_sdk_applicationautoscaling,
    autoscaling: aws_sdk_autoscaling,
    batch: aws_sdk_batch,
    bedrock: aws_sdk_bedrock,
    cloudwatch: aws_sdk_cloudwatch,
    cost_explorer: aws_sdk_costexplorer,
    ec2: aws_sdk_ec2,
    eks: aws_sdk_eks,
    organizations: aws_sdk_organizations,
    pricing: aws_sdk_pricing,
    sagemaker: aws_sdk_sagemaker,
    savings_plans: aws_sdk_savingsplans,
    sts: aws_sdk_sts,
}

impl Seat {
    /// An account's credentials in `config`, turned to a region. Its calls are counted in the `registry`.
    pub(super) fn new(
        config: &SdkConfig,
        account_id: &str,
        region: &str,
        limits: Limits,
        registry: &Registry,
    ) -> Self {
        let config = config.to_builder().region(Region::new(region.to_owned())).build();
        Self {
            account_id: account_id.to_owned(),
            region: region.to_owned(),
            config,
            limits,
            registry: registry.clone(),
            callers: Mutex::default(),
        }
    }

    /// The same account in another region.
    pub(super) fn in_region(&self, region: &str) -> Self {
        Self::new(&self.config, &self.account_id, region, self.limits, &self.registry)
    }

    /// A client of S3, which answers under the path of a bucket wherever `AWS_ENDPOINT_URL` points elsewhere.
    pub(super) fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config)
            .interceptor(Measured)
            .force_path_style(self.config.endpoint_url().is_some());
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// The account's name in a gap: `account 111122223333 in eu-west-1`.
    pub(super) fn name(&self) -> String {
        format!("account {} in {}", self.account_id, self.region)
    }

    /// A global id of something in this seat; ARNs bring their own account and region.
    pub(super) fn id(&self, native_id: &str) -> String {
        global_id("aws", &self.account_id, &self.region, native_id)
    }

    /// Sends one request and waits for the answer. `operation` is `service:Operation`, as in the list of permissions.
    pub(super) async fn ask<T, E, F>(
        &self,
        operation: &'static str,
        send: impl Fn() -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let caller = self.caller(operation);
        ask(&caller, operation, send).await
    }

    /// Asks page after page. `send` is given the token of the page; `take` takes a page and gives the token of the next.
    ///
    /// An empty page does not end it, a token that was there before does: such a server would be asked for ever. Pages that
    /// came before an error were taken.
    pub(super) async fn pages<T, E, F>(
        &self,
        operation: &'static str,
        send: impl Fn(Option<String>) -> F,
        mut take: impl FnMut(T) -> Option<String>,
    ) -> Result<(), CallError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let mut token: Option<String> = None;
        let mut seen = std::collections::BTreeSet::new();
        loop {
            let page = self.ask(operation, || send(token.clone())).await?;
            match take(page).filter(|next| !next.is_empty()) {
                None => return Ok(()),
                Some(next) if seen.insert(next.clone()) => token = Some(next),
                Some(_) => {
                    let reason = "its pages begin again and never end".to_owned();
                    return Err(CallError::Malformed { operation: operation.to_owned(), reason });
                }
            }
        }
    }

    fn caller(&self, operation: &'static str) -> Arc<Caller> {
        let service = operation.split(':').next().unwrap_or(operation);
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let caller = callers.entry(service).or_insert_with(|| {
            let caller = Arc::new(Caller::new("aws", self.limits));
            self.registry.add(Arc::clone(&caller));
            caller
        });
        Arc::clone(caller)
    }
}

//! AWS on loopback: one server for all services, accounts and regions that the program asks, with the limits and the
//! refusals of the real ones. What it holds is an [`Estate`]; what goes wrong is a [`Fault`]; what it was asked is in its
//! [`Log`]. What `moto` serves well is handed on to it.

mod alone;
mod answer;
mod call;
mod cbor;
mod cloudwatch;
mod commitments;
mod cost;
mod cost_filter;
mod ec2;
mod estate;
mod fault;
mod forward;
mod http;
mod identity;
mod log;
mod metric_query;
mod metrics;
mod page;
mod plans;
mod price;
mod rest;
mod s3;
mod sagemaker;
mod sagemaker_tables;
mod scaling;
mod xml;

use std::{net::TcpListener, sync::Arc};

use self::{
    answer::{Answer, Refusal},
    call::Call,
    fault::Faults,
};
pub(crate) use self::{
    commitments::PlanUse,
    cost::CostLine,
    estate::{Account, Estate, Role},
    fault::{Calls, Effect, Fault, FaultId, Scope},
    log::Log,
    metrics::{Bucket, HOUR, Series},
};

/// What requests are answered from.
pub(crate) struct Shared {
    pub(crate) estate: Arc<Estate>,
    /// Port of `moto`, for what is handed on.
    pub(crate) behind: Option<u16>,
    pub(crate) faults: Faults,
    pub(crate) log: Log,
}

/// A server that listens until it is dropped.
pub(crate) struct Fake {
    port: u16,
    shared: Arc<Shared>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Fake {
    /// Listens on a free port of loopback. `behind` is the port of a `moto` that holds the same estate.
    pub(crate) fn start(estate: Arc<Estate>, behind: Option<u16>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let shared = Shared { estate, behind, faults: Faults::default(), log: Log::default() };
        let shared = Arc::new(shared);
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        runtime.spawn(http::serve(listener, Arc::clone(&shared)));
        Self { port, shared, runtime: Some(runtime) }
    }

    /// What `AWS_ENDPOINT_URL` is set to.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on this goes wrong.
    pub(crate) fn fault(&self, fault: Fault) -> FaultId {
        self.shared.faults.add(fault)
    }

    /// How many requests a fault has struck.
    pub(crate) fn struck(&self, fault: FaultId) -> usize {
        self.shared.faults.struck(fault)
    }

    /// Where something was to go wrong, and nobody asked.
    pub(crate) fn idle_faults(&self) -> Vec<Scope> {
        self.shared.faults.idle()
    }

    /// What it was asked.
    pub(crate) fn log(&self) -> &Log {
        &self.shared.log
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Answers that never come are still being waited for.
            runtime.shutdown_background();
        }
    }
}

/// Answers a call from the estate.
async fn answer(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let estate = &*shared.estate;
    if ec2::is_own(call) {
        return ec2::answer(estate, call);
    }
    match call.service.as_str() {
        "cloudwatch" => cloudwatch::answer(shared, call),
        "sagemaker" => sagemaker::answer(estate, call),
        "ce" => cost::answer(estate, call),
        "pricing" => price::answer(estate, call),
        "savingsplans" => plans::answer(estate, call),
        "sts" | "organizations" => identity::answer(estate, call),
        "eks" | "batch" | "bedrock" => rest::answer(estate, call),
        "s3" => s3::answer(estate, call),
        "application-autoscaling" => scaling::answer(estate, call),
        "ec2" | "autoscaling" => forward::answer(shared, call).await,
        _ => Err(Refusal::unknown_operation(call)),
    }
}

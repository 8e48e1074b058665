//! The adapter against a server that speaks the wire format of an API server.

mod estate;
mod examined;
mod faults;
mod observed;
mod server;
mod wire;

use std::time::Duration;

use self::server::Server;
use super::{Access, Api};
use crate::{
    provider::{
        call::Limits, contract::ProviderError, kubernetes::model::Cluster, progress::Progress,
    },
    snapshot::Gap,
};

/// Patience that a test has.
const QUICK: Limits = Limits {
    in_flight_count: 2,
    timeout: Duration::from_secs(5),
    attempt_count: 3,
    first_wait: Duration::from_millis(1),
    longest_wait: Duration::from_millis(20),
    wait_budget: Duration::from_secs(2),
};

fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(work)
}

/// A kubeconfig for a server, in a folder that vanishes.
fn access(server: &Server, extra: &str) -> (tempfile::TempDir, Access) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kubeconfig");
    let address = server.address();
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\n\
         contexts: [{{name: here, context: {{cluster: here, user: me}}}}]\n\
         clusters: [{{name: here, cluster: {{server: \"{address}\"{extra}}}}}]\n\
         users: [{{name: me, user: {{token: word}}}}]\n"
    );
    std::fs::write(&path, text).unwrap();
    (dir, Access { cluster: Some("prod".to_owned()), kubeconfig: Some(path), context: None })
}

fn connect(server: &Server, limits: Limits) -> Result<Api, ProviderError> {
    let (_dir, access) = access(server, "");
    wait(Api::connect(&access, limits))
}

/// What is seen of a server, within a test's patience.
fn observed(server: &Server) -> Cluster {
    let (_dir, access) = access(server, "");
    wait(async {
        let api = Api::connect(&access, QUICK).await.unwrap();
        api.observe(&Progress::hidden().task("", 0)).await
    })
}

fn whats(gaps: &[Gap]) -> Vec<&str> {
    gaps.iter().map(|gap| gap.what.as_str()).collect()
}

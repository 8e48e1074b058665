//! One cluster into the snapshot: its inventory first, then the hours of its nodes and of its workloads, in shards that
//! fit into memory. Each is a step that an interrupted run need not repeat.

use std::collections::BTreeSet;

use super::{
    api::Api,
    gaps,
    normalize::{Inventory, Share},
    observe::{self, Observed, Sources},
    options::ClusterOptions,
    prometheus::{self, Of, Server, Unread},
    telemetry::{HeldHours, PodName, ServedHours},
};
use crate::{
    frame::{InstantMs, Invocations, Resources, Usage, Workloads},
    provider::{call::Limits, contract::ProviderError, progress::Progress},
    snapshot::{CallCount, Gap, PartKey, SnapshotError, SnapshotWriter, Step},
    window::Window,
};

/// Values in one answer, about: accelerators times hours.
const ANSWER_VALUES: f64 = 100_000.0;

/// Pods in one request, at most.
const PODS: usize = 300;

/// One cluster that is being read.
pub(super) struct Collecting<'a> {
    pub(super) options: &'a ClusterOptions,
    pub(super) server: Option<&'a Server>,
    pub(super) limits: Limits,
    pub(super) now: Option<InstantMs>,
    pub(super) window: Window,
    pub(super) into: &'a SnapshotWriter,
    pub(super) progress: &'a Progress,
}

/// Calls that the manifest already knows of.
#[derive(Debug, Default)]
struct Ledger(Vec<CallCount>);

impl Ledger {
    /// Adds what was called since the last time.
    fn settle(&mut self, sources: Sources<'_>, into: &SnapshotWriter) -> Result<(), SnapshotError> {
        let mut calls = sources.server.map(Server::calls).unwrap_or_default();
        calls.extend(sources.api.map(Api::calls).unwrap_or_default());
        let new: Vec<CallCount> = calls
            .iter()
            .map(|call| {
                let known = self.0.iter().find(|known| known.operation == call.operation);
                call.since(known)
            })
            .filter(|call| call.request_count > 0)
            .collect();
        self.0 = calls;
        if new.is_empty() { Ok(()) } else { into.add_calls(&new) }
    }
}

impl Collecting<'_> {
    /// Reads the cluster. Calls are counted however it ends.
    pub(super) async fn run(&self) -> Result<(), ProviderError> {
        let mut ledger = Ledger::default();
        let (api, gap) = self.api().await?;
        let sources = Sources { server: self.server, api: api.as_ref() };
        let outcome = self.steps(sources, gap, &mut ledger).await;
        ledger.settle(sources, self.into)?;
        outcome
    }

    /// The API server, or what is hidden without it. An error means that there is nothing else to ask.
    async fn api(&self) -> Result<(Option<Api>, Option<Gap>), ProviderError> {
        let name = &self.options.name;
        let Some(access) = &self.options.api else { return Ok((None, Some(gaps::no_api(name)))) };
        match Api::connect(access, self.limits).await {
            Ok(api) => Ok((Some(api), None)),
            // A wrong context is a mistake of the command line, and not a thing to work around.
            Err(error @ ProviderError::Input { .. }) => Err(error),
            Err(error) if self.server.is_some() => {
                Ok((None, Some(gaps::api_unreachable(name, &error))))
            }
            Err(error) => Err(error),
        }
    }

    async fn steps(
        &self,
        sources: Sources<'_>,
        gap: Option<Gap>,
        ledger: &mut Ledger,
    ) -> Result<(), ProviderError> {
        let name = &self.options.name;
        let task = self.progress.task(&format!("cluster {name}: nodes and pods"), 5);
        let mut observed =
            observe::observe(self.options, sources, self.now, self.window, &task).await?;
        observed.gaps.extend(gap);
        drop(task);
        let inventory = Inventory::new(
            name,
            self.window,
            &observed.cluster,
            &observed.fleet.devices,
            &observed.engine_pods,
        );
        self.inventory(&observed, &inventory)?;
        ledger.settle(sources, self.into)?;
        let Some(server) = self.server else { return Ok(()) };
        let nodes = shards(observed.fleet.devices.keys().cloned().collect(), |node| {
            observed.fleet.series_count(node) as f64 * self.window.hours()
        });
        let workloads = shards(inventory.workloads(), |share| share.gpu_hours);
        for (what, count) in [("nodes", nodes.len()), ("workloads", workloads.len())] {
            let folders =
                ["usage", "invocations"].map(|frame| format!("{frame}/kubernetes/{name}/{what}/"));
            let plan = format!("kubernetes/{name}/{what} ");
            self.into.keep_plan(&plan, &format!(" of {count}"), &folders)?;
        }
        let count = (nodes.len() + workloads.len()) as u64;
        let task = self.progress.task(&format!("cluster {name}: hours"), count);
        for (number, shard) in (0..).zip(&nodes) {
            let is_new =
                self.nodes(server, &observed, &inventory, shard, (number, nodes.len())).await?;
            if is_new {
                ledger.settle(sources, self.into)?;
            }
            task.advance();
        }
        for (number, shard) in (0..).zip(&workloads) {
            let place = (number, workloads.len());
            if self.workloads(server, &observed, &inventory, shard, place).await? {
                ledger.settle(sources, self.into)?;
            }
            task.advance();
        }
        Ok(())
    }

    fn inventory(
        &self,
        observed: &Observed,
        inventory: &Inventory<'_>,
    ) -> Result<(), ProviderError> {
        let name = &self.options.name;
        let Some(mut step) = self.into.step(&format!("kubernetes/{name}/inventory")) else {
            return Ok(());
        };
        let key = |what: &str| key(name, what, 0);
        step.write::<Resources>(&key("nodes"), &inventory.node_rows())?;
        step.write::<Resources>(&key("workloads"), &inventory.workload_resource_rows())?;
        step.write::<Workloads>(&key("pods"), &inventory.pod_rows())?;
        for gap in observed.gaps.iter().chain(&observed.cluster.gaps) {
            step.gap(gap.clone());
        }
        if let Some(server) = self.server {
            for gap in gaps::of_metrics(name, &server.matchers, observed, self.window) {
                step.gap(gap);
            }
        }
        for gap in gaps::of_cluster(name, &observed.cluster, inventory, observed) {
            step.gap(gap);
        }
        self.close(step, "what kube-state-metrics says", &observed.unread)
    }

    /// The hours of some nodes. False: an earlier run has them.
    async fn nodes(
        &self,
        server: &Server,
        observed: &Observed,
        inventory: &Inventory<'_>,
        shard: &[String],
        (number, count): (u32, usize),
    ) -> Result<bool, ProviderError> {
        let name = &self.options.name;
        let step = self.into.step(&format!("kubernetes/{name}/nodes {} of {count}", number + 1));
        let Some(mut step) = step else { return Ok(false) };
        let of = Of::Nodes(shard);
        let (hours, unread) =
            prometheus::hours(server, &observed.metrics, &observed.fleet, of, self.window).await;
        step.write::<Usage>(&key(name, "nodes", number), &inventory.node_usage_rows(&hours))?;
        self.close(step, "hours of accelerators", &unread)?;
        Ok(true)
    }

    /// The hours of some workloads: their accelerators, replicas and requests. False: an earlier run has them.
    async fn workloads(
        &self,
        server: &Server,
        observed: &Observed,
        inventory: &Inventory<'_>,
        shard: &[Share],
        (number, count): (u32, usize),
    ) -> Result<bool, ProviderError> {
        let name = &self.options.name;
        let step =
            self.into.step(&format!("kubernetes/{name}/workloads {} of {count}", number + 1));
        let Some(mut step) = step else { return Ok(false) };
        let pods: Vec<PodName> = shard.iter().flat_map(|share| &share.pods).cloned().collect();
        let (mut held, mut answered) = (HeldHours::new(), ServedHours::new());
        let mut unread = Vec::new();
        for pods in pods.chunks(pods_together(shard, pods.len())) {
            let measured: Vec<PodName> =
                pods.iter().filter(|pod| observed.fleet.held.contains_key(*pod)).cloned().collect();
            if !measured.is_empty() {
                let of = Of::Pods(&measured);
                let (mut hours, more) =
                    prometheus::hours(server, &observed.metrics, &observed.fleet, of, self.window)
                        .await;
                held.append(&mut hours);
                unread.extend(more);
            }
            let serving: Vec<PodName> =
                pods.iter().filter(|pod| observed.engine_pods.contains(*pod)).cloned().collect();
            if let Some(labels) = observed.engine_labels.as_ref().filter(|_| !serving.is_empty()) {
                let (mut hours, more) = prometheus::engine_hours(
                    server,
                    &observed.metrics,
                    labels,
                    &serving,
                    self.window,
                )
                .await;
                answered.append(&mut hours);
                unread.extend(more);
            }
        }
        let ids: BTreeSet<&str> = shard.iter().map(|share| share.id.as_str()).collect();
        step.write::<Usage>(
            &key(name, "workloads", number),
            &inventory.workload_usage_rows(&ids, &held),
        )?;
        step.write::<Invocations>(
            &key(name, "workloads", number),
            &inventory.invocation_rows(&ids, &answered),
        )?;
        self.close(step, "hours of workloads", &unread)?;
        Ok(true)
    }

    /// Finishes a step with what it could not read.
    fn close(
        &self,
        mut step: Step<'_>,
        about: &str,
        unread: &[Unread],
    ) -> Result<(), ProviderError> {
        let name = &self.options.name;
        if let Some(gap) = gaps::unread(name, about, unread) {
            step.gap(gap);
        }
        let warnings = self.server.map(Server::take_warnings).unwrap_or_default();
        if let Some(gap) = gaps::partial(name, &warnings) {
            step.gap(gap);
        }
        Ok(step.finish()?)
    }
}

fn key(cluster: &str, what: &str, number: u32) -> PartKey {
    PartKey { folders: vec!["kubernetes".to_owned(), cluster.to_owned(), what.to_owned()], number }
}

/// Pods that are asked about together, so that answers about large workloads stay small, too.
fn pods_together(shard: &[Share], pod_count: usize) -> usize {
    let gpu_hours: f64 = shard.iter().map(|share| share.gpu_hours).sum();
    let fitting = ANSWER_VALUES * pod_count as f64 / gpu_hours.max(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let fitting = fitting.clamp(1.0, PODS as f64) as usize;
    fitting
}

/// Items in groups whose answers stay small. An item that is larger than that stands alone, and is asked for in pieces.
fn shards<T>(items: Vec<T>, values: impl Fn(&T) -> f64) -> Vec<Vec<T>> {
    let mut shards: Vec<Vec<T>> = Vec::new();
    let mut sum = f64::INFINITY;
    for item in items {
        let size = values(&item);
        if sum + size > ANSWER_VALUES {
            shards.push(Vec::new());
            sum = 0.0;
        }
        sum += size;
        if let Some(shard) = shards.last_mut() {
            shard.push(item);
        }
    }
    shards
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_of_a_large_workload_are_asked_about_a_few_at_a_time() {
        let share = |gpu_hours| Share { id: "a".to_owned(), pods: Vec::new(), gpu_hours };
        assert_eq!(pods_together(&[share(1_000_000.0)], 1_000), 100);
        assert_eq!(pods_together(&[share(900_000_000.0)], 1_000), 1);
        assert_eq!(pods_together(&[share(1.0), share(0.0)], 1_000), 300);
    }

    #[test]
    fn shards_are_filled_in_order_and_a_large_item_stands_alone() {
        let sizes = vec![60_000.0, 40_000.0, 1.0, 500_000.0, 2.0];
        let found = shards(sizes, |size| *size);
        assert_eq!(found, [vec![60_000.0, 40_000.0], vec![1.0], vec![500_000.0], vec![2.0]]);
        assert!(shards(Vec::<f64>::new(), |size| *size).is_empty());
    }
}

//! The accounts into the snapshot: the inventory of each region first, then money, then metrics. Each is a step that an
//! interrupted run need not repeat.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time;

use super::{
    Ground,
    cloudwatch::{self, ApiCost, Scope, Watch, Watched},
    ec2,
    estate::{self, Account, Estate},
    inventory,
    ledger::Ledger,
    money::{self, Money},
    observed::{Observed, gap},
    options::Options,
    place, platform, sagemaker,
    seat::Seat,
    session::Session,
    unreached, unsettled,
};
use crate::{
    catalog::Catalog,
    frame::InstantMs,
    provider::{
        call::CallError,
        contract::{ProviderError, Questions},
        progress::{Progress, Task},
    },
    snapshot::{Gap, PartKey, SnapshotWriter},
    window::Window,
};

/// Accounts and regions that are read at once. Each holds one part of its metrics in memory.
pub(super) const SEATS_AT_ONCE: usize = 6;

/// Accounts and regions, in the manifest.
const ESTATE: &str = "aws/estate";

/// What could not be asked because of what is not known, in the manifest.
const QUESTIONS: &str = "aws/questions";

/// How often calls and their price are written down.
const LEDGER_INTERVAL: Duration = Duration::from_secs(2);

/// AWS that is being read.
pub(super) struct Collecting<'a> {
    pub(super) options: &'a Options,
    pub(super) ground: &'a Ground,
    pub(super) session: &'a Session,
    pub(super) window: Window,
    pub(super) into: &'a SnapshotWriter,
    pub(super) questions: &'a dyn Questions,
    pub(super) progress: &'a Progress,
}

impl Collecting<'_> {
    /// Reads everything. Calls are counted however it ends.
    pub(super) async fn run(&self) -> Result<(), ProviderError> {
        money::check_source(self.options, self.into)?;
        let survey = estate::survey(self.session, self.options, self.progress);
        let (estate, is_unsettled) = unsettled::watch(survey).await;
        if estate.accounts.is_empty() {
            return Err(estate::nobody_lets_us_in(&estate.gaps));
        }
        self.note(ESTATE, &estate.gaps, is_unsettled)?;
        let seats = estate.seats();
        let cost = ApiCost::new(Some(self.options.max_api_cost_usd));
        // What an earlier run on this folder spent is spent.
        cost.begin_with(&self.into.calls());
        let ledger = Ledger::new(&self.session.registry, &cost);
        let mut steps = std::pin::pin!(self.steps(&estate, &seats, &cost, &ledger));
        loop {
            // Who is killed has spent at most this long without an entry.
            let outcome = time::timeout(LEDGER_INTERVAL, &mut steps).await;
            ledger.settle(self.into)?;
            if let Ok(outcome) = outcome {
                return outcome;
            }
        }
    }

    async fn steps(
        &self,
        estate: &Estate,
        seats: &[Seat],
        cost: &ApiCost,
        ledger: &Ledger<'_>,
    ) -> Result<(), ProviderError> {
        let (observed, is_unsettled) = self.inventories(seats).await?;
        ledger.settle(self.into)?;
        let own = |account: &&Account| account.home.account_id != self.session.account_id;
        let mut homes: Vec<&Account> = estate.accounts.iter().collect();
        // The account of the credentials may be the payer, which sees the bill of all others.
        homes.sort_by_key(own);
        Money {
            homes: homes.into_iter().map(|account| &account.home).collect(),
            observed: &observed,
            is_unsettled: is_unsettled || self.into.is_unsettled(ESTATE),
            window: self.window,
            options: self.options,
            ground: self.ground,
            cost,
            into: self.into,
        }
        .collect(self.progress)
        .await?;
        ledger.settle(self.into)?;
        self.metrics(seats, &observed, cost, ledger).await
    }

    /// What is there, in the order of the seats. True: some of it could not be read now, and may be later.
    async fn inventories(&self, seats: &[Seat]) -> Result<(Vec<Observed>, bool), ProviderError> {
        let task = self.progress.task("accounts and regions: inventory", seats.len() as u64);
        let looks: Vec<_> = seats.iter().map(|seat| self.inventory(seat, &task)).collect();
        let looks: Vec<(Observed, bool)> =
            stream::iter(looks).buffered(SEATS_AT_ONCE).try_collect().await?;
        let is_unsettled = looks.iter().any(|(_, is_unsettled)| *is_unsettled);
        Ok((looks.into_iter().map(|(observed, _)| observed).collect(), is_unsettled))
    }

    async fn inventory(&self, seat: &Seat, task: &Task) -> Result<(Observed, bool), ProviderError> {
        let key = PartKey { folders: place::folders(&seat.account_id, &seat.region), number: 0 };
        if let Some(known) = inventory::read(self.into, seat, &key)? {
            task.advance();
            return Ok((known, false));
        }
        let look = observe(seat, self.window, &self.ground.catalog, self.options.now);
        let (observed, has_missed) = unsettled::watch(Box::pin(look)).await;
        let is_unsettled = has_missed && !observed.gaps.is_empty();
        let mut step = self.into.anew(&inventory::name(&seat.account_id, &seat.region));
        inventory::write(&mut step, seat, &key, &observed)?;
        for gap in &observed.gaps {
            step.gap(gap.clone());
        }
        step.is_unsettled_if(is_unsettled);
        step.finish()?;
        task.advance();
        Ok((observed, is_unsettled))
    }

    /// Hours of use: first what decides most, then what verdicts still wait for.
    async fn metrics(
        &self,
        seats: &[Seat],
        observed: &[Observed],
        cost: &ApiCost,
        ledger: &Ledger<'_>,
    ) -> Result<(), ProviderError> {
        let pairs = seats.iter().zip(observed);
        let (measured, empty): (Vec<_>, Vec<_>) =
            pairs.partition(|(_, observed)| !observed.metered.is_empty());
        for (seat, _) in empty {
            cloudwatch::forget(self.into, &seat.account_id, &seat.region)?;
        }
        unreached::forget_orphans(self.into)?;
        let first: Vec<_> = measured
            .into_iter()
            .map(|(seat, observed)| self.first_metrics(seat, observed, cost))
            .collect();
        let watched: Vec<(Watch<'_>, Watched<'_>)> =
            stream::iter(first).buffered(SEATS_AT_ONCE).try_collect().await?;
        ledger.settle(self.into)?;
        let unseen = watched.iter().flat_map(|(_, watched)| watched.unseen());
        unreached::mark(self.into, unseen, seats)?;
        if self.options.is_full || watched.is_empty() {
            return Ok(());
        }
        // Rules look at everything that was read so far, which takes a while in large estates.
        let task = self.progress.task("what verdicts still wait for", 1);
        self.into.undo(QUESTIONS)?;
        let wanted = match self.questions.open(&self.into.before_questions()?) {
            Ok(wanted) => wanted,
            Err(reason) => return self.note(QUESTIONS, &[unasked(&reason)], false),
        };
        drop(task);
        let open: Vec<_> =
            watched.iter().map(|(watch, watched)| watch.open(watched, &wanted)).collect();
        stream::iter(open).buffer_unordered(SEATS_AT_ONCE).try_collect().await
    }

    async fn first_metrics<'s>(
        &'s self,
        seat: &'s Seat,
        observed: &'s Observed,
        cost: &'s ApiCost,
    ) -> Result<(Watch<'s>, Watched<'s>), ProviderError> {
        let watch = self.watch(seat, cost);
        let watched = watch.first(&observed.metered, &unit_counts(observed)).await?;
        Ok((watch, watched))
    }

    fn watch<'a>(&'a self, seat: &'a Seat, cost: &'a ApiCost) -> Watch<'a> {
        Watch {
            scope: scope(seat, self.window, self.options, cost),
            is_full: self.options.is_full,
            confirms_idle: self.options.confirms_idle,
            into: self.into,
            progress: self.progress,
        }
    }

    /// Notes what this run does not see, in place of what an earlier one did not.
    fn note(&self, step: &str, gaps: &[Gap], is_unsettled: bool) -> Result<(), ProviderError> {
        let mut step = self.into.anew(step);
        for gap in gaps {
            step.gap(gap.clone());
        }
        step.is_unsettled_if(is_unsettled && !gaps.is_empty());
        Ok(step.finish()?)
    }
}

/// Everything that one account has in one region, and what of it sends metrics.
pub(super) async fn observe(
    seat: &Seat,
    window: Window,
    catalog: &Catalog,
    now: Option<InstantMs>,
) -> Observed {
    let mut observed = match Box::pin(ec2::observe(seat, window, catalog)).await {
        Ok(observed) => observed,
        Err(error @ CallError::Refused { .. }) => {
            let gaps = vec![gap(&seat.name(), &error, "machines of EC2 and what belongs to them")];
            Observed { gaps, ..Observed::default() }
        }
        // Where the first question has no answer, the others would wait for nothing.
        Err(error) => {
            let gaps = vec![gap(&seat.name(), &error, "everything in this region of the account")];
            return Observed { gaps, is_silent: true, ..Observed::default() };
        }
    };
    let platform = platform::observe(seat, window, &mut observed.resources).await;
    observed.add(platform);
    mark_forgotten(&mut observed, now, window);
    observed.add(Box::pin(sagemaker::observe(seat, window, catalog)).await);
    observed
}

/// Marks machines of which nobody can tell whether they were measured.
fn mark_forgotten(observed: &mut Observed, now: Option<InstantMs>, window: Window) {
    let forgotten: BTreeSet<&str> = observed
        .metered
        .iter()
        .filter(|each| cloudwatch::is_forgotten(each, now, window))
        .map(|each| each.resource_id.as_str())
        .collect();
    for row in &mut observed.resources {
        if forgotten.contains(row.resource_id.as_str()) {
            row.has_unreachable_telemetry = Some(true);
        }
    }
}

/// What metrics of a seat are looked for, and what that may cost.
pub(super) fn scope<'a>(
    seat: &'a Seat,
    window: Window,
    options: &'a Options,
    cost: &'a ApiCost,
) -> Scope<'a> {
    let Options { agent_namespaces, now, .. } = options;
    Scope { seat, window, agent_namespaces, now: *now, cost }
}

/// Machines of each job.
pub(super) fn unit_counts(observed: &Observed) -> BTreeMap<String, f64> {
    let jobs = observed.resources.iter().filter(|row| row.kind == "job");
    jobs.filter_map(|row| Some((row.resource_id.clone(), row.unit_count?))).collect()
}

fn unasked(reason: &str) -> Gap {
    Gap {
        what: "GPU memory of machines".to_owned(),
        because: format!(
            "it could not be worked out which of them would change a verdict: {reason}"
        ),
        hides: "whether idle machines hold memory, and whether smaller ones would do".to_owned(),
        remedy: "read all of them with `--every-metric`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        frame::ResourceRow,
        provider::aws::observed::{Metered, MetricSource},
        window::MS_PER_HOUR,
    };

    #[test]
    fn only_machines_that_ended_long_before_are_beyond_telling() {
        let window = Window { start: 1_000, end: 2_000 };
        let at = |hour: i64| Some(InstantMs(hour * MS_PER_HOUR));
        let metered = |id: &str, ended_at| Metered {
            resource_id: id.to_owned(),
            gpu_count: None,
            gpu_mem_gib_per_gpu: None,
            vcpu_count: None,
            began_at: None,
            ended_at,
            source: MetricSource::Machine {
                instance_id: id.to_owned(),
                private_dns_name: None,
                is_neuron: false,
                was_off: false,
            },
        };
        let row = |id: &str| ResourceRow { resource_id: id.to_owned(), ..ResourceRow::default() };
        let marked = |now| {
            let mut observed = Observed {
                resources: ["running", "lately", "long-ago"].map(row).into(),
                metered: vec![
                    metered("running", None),
                    metered("lately", at(1_990)),
                    metered("long-ago", at(1_600)),
                ],
                ..Observed::default()
            };
            mark_forgotten(&mut observed, now, window);
            let is_marked = |row: &ResourceRow| row.has_unreachable_telemetry == Some(true);
            let rows = observed.resources.into_iter().filter(is_marked);
            rows.map(|row| row.resource_id).collect::<Vec<_>>()
        };
        assert_eq!(marked(None), ["long-ago"], "the end of the window is the time of asking");
        assert_eq!(marked(at(1_700)), [""; 0]);
        assert_eq!(marked(at(2_400)), ["lately", "long-ago"]);
    }
}

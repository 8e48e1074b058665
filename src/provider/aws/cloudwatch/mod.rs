//! `CloudWatch`: from what sends metrics to hours of `usage` and `invocations`, asking for as little as possible.
//!
//! First come the metrics that decide most. What rules would still have to know is read in a second stage, for the
//! resources concerned only, into small parts beside those of the first. Memory holds one part.

mod answer;
mod asked;
mod asks;
mod collect;
mod cost;
mod discover;
mod gaps;
mod listed;
mod listing;
mod metric;
mod normalize;
mod open;
mod permissions;
mod plan;
mod subject;
mod survey;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use sha2::{Digest as _, Sha256};

use self::{
    asked::Asked,
    asks::Extent,
    collect::Reading,
    listing::Listing,
    subject::{Ask, Subject},
    survey::Survey,
};
use super::{observed::Metered, place, seat::Seat, unsettled};
use crate::{
    finding::hex,
    frame::{InstantMs, InvocationRow, Invocations, UsageColumns},
    provider::{contract::ProviderError, progress::Progress},
    snapshot::{PartKey, SnapshotWriter},
    window::Window,
};

pub(super) use cost::{ApiCost, Billed, GET_METRIC_DATA, METRIC_MICRO_USD};
pub(super) use discover::is_forgotten;
pub(super) use gaps::named;
pub(super) use permissions::PERMISSIONS;
pub(super) use survey::Outlook;

/// The step that lists metrics, and what it keeps.
pub(super) const METRICS: &str = "metrics";
/// How the names of steps that read hours begin.
const HOURS: &str = "hours ";
/// How no step of a plan ends.
const GIVEN_UP: &str = " of nothing";

/// What is looked at, and what it may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) seat: &'a Seat,
    pub(super) window: Window,
    /// Namespaces in which agents write.
    pub(super) agent_namespaces: &'a [String],
    /// The time here. `None`: it does not matter.
    pub(super) now: Option<InstantMs>,
    /// Shared by all seats.
    pub(super) cost: &'a ApiCost,
}

/// The metrics of one seat, while they are read.
#[derive(Clone, Copy)]
pub(super) struct Watch<'a> {
    pub(super) scope: Scope<'a>,
    /// Whether everything is read at once.
    pub(super) is_full: bool,
    /// Whether CPU and network of idle machines are wanted too.
    pub(super) confirms_idle: bool,
    pub(super) into: &'a SnapshotWriter,
    pub(super) progress: &'a Progress,
}

/// What was read first, as the second stage needs it.
#[derive(Debug)]
pub(super) struct Watched<'m> {
    /// In order of their ids.
    subjects: Vec<Subject<'m>>,
    /// Positions of those whose rows are in one part.
    shards: Vec<Range<usize>>,
    /// How the steps of this plan end.
    ending: String,
    /// Resources of which it is not known whether they send metrics.
    unseen: BTreeSet<&'m str>,
}

/// How far the hours of some resources were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    /// All there are.
    Whole,
    /// Some of them, or none.
    Partly,
    /// These credentials may not ask, and a gap says so.
    Refused,
}

/// What was not asked because of its price.
#[derive(Debug, Default)]
struct Declined {
    resource_count: usize,
    billed: Billed,
}

impl Watch<'_> {
    /// Reads what decides most, and writes it. `unit_counts` has the number of machines of jobs, by resource.
    pub(super) async fn first<'m>(
        &self,
        metered: &'m [Metered],
        unit_counts: &BTreeMap<String, f64>,
    ) -> Result<Watched<'m>, ProviderError> {
        let extent = if self.is_full { Extent::Full } else { Extent::First };
        let survey = self.survey(metered, unit_counts).await?;
        let mut watched = Watched::plan(survey.subjects, extent, self.scope.window);
        watched.unseen.extend(survey.unlisted);
        let plan = Plan::of(&self.scope.seat.account_id, &self.scope.seat.region);
        self.into.keep_plan(&plan.hours, &watched.ending, &plan.folders)?;
        let task = self
            .progress
            .task(&format!("{}: metrics", self.scope.seat.name()), watched.shards.len() as u64);
        let mut declined = Declined::default();
        let mut is_refused = false;
        for (number, shard) in (0..).zip(watched.shards.clone()) {
            let read = if is_refused {
                Read::Refused
            } else {
                self.shard(&watched, number, &shard, extent, &mut declined).await?
            };
            is_refused = read == Read::Refused;
            if read != Read::Whole {
                watched.miss(shard);
            }
            task.advance();
        }
        self.note(&declined, &watched.ending, "not asked")?;
        Ok(watched)
    }

    /// What is measured, as an earlier run on the folder found it, or as it is now.
    async fn survey<'m>(
        &self,
        metered: &'m [Metered],
        unit_counts: &BTreeMap<String, f64>,
    ) -> Result<Survey<'m>, ProviderError> {
        let name = self.named(METRICS);
        let known: Option<Listing> = self.into.kept(&name)?;
        let is_of_same = |known: &Listing| known.agent_namespaces == self.scope.agent_namespaces;
        if let Some(listing) = known.filter(is_of_same) {
            return Ok(self.scope.survey(metered, unit_counts, listing));
        }
        let (listing, is_unsettled) = unsettled::watch(self.scope.list(metered, unit_counts)).await;
        let mut step = self.into.anew(&name);
        step.keep(&name, &listing)?;
        let mut survey = self.scope.survey(metered, unit_counts, listing);
        step.is_unsettled_if(is_unsettled && !survey.gaps.is_empty());
        survey.gaps.drain(..).for_each(|gap| step.gap(gap));
        step.finish()?;
        Ok(survey)
    }

    /// The hours of some resources.
    async fn shard(
        &self,
        watched: &Watched<'_>,
        number: u32,
        shard: &Range<usize>,
        extent: Extent<'_>,
        declined: &mut Declined,
    ) -> Result<Read, ProviderError> {
        let name = self.named(&format!("hours {number}{}", watched.ending));
        let Some(mut step) = self.into.step(&name) else {
            return Ok(if self.into.is_partial(&name) { Read::Partly } else { Read::Whole });
        };
        let subjects = watched.subjects.get(shard.clone()).unwrap_or_default();
        let asked =
            Asked::of(subjects.iter(), |subject| asks::asks(subject, extent, self.scope.window));
        let (reading, is_unsettled) = unsettled::watch(self.read(&asked, declined)).await;
        let Some(reading) = reading else { return Ok(Read::Partly) };
        step.is_unsettled_if(is_unsettled || reading.unread_count > 0);
        let mut usage = UsageColumns::default();
        let mut invocations: Vec<InvocationRow> = Vec::new();
        for values in asked.values(&reading, self.scope.window) {
            values.usage(&mut usage);
            values.invocation_rows(&mut invocations);
        }
        let about = "use of accelerators and requests";
        for gap in gaps::of_reading(&self.scope.seat.name(), about, &reading) {
            step.gap(gap);
        }
        let read = match reading.is_whole() {
            true => Read::Whole,
            false if reading.is_refused() => Read::Refused,
            false => Read::Partly,
        };
        // Rows hold all that was read.
        drop(reading);
        let key = PartKey { folders: self.folders(), number };
        if !usage.is_empty() {
            step.write_usage(&key, usage)?;
        }
        if !invocations.is_empty() {
            step.write::<Invocations>(&key, &invocations)?;
        }
        // A run that is continued must know it too.
        step.is_partial_if(read != Read::Whole);
        step.finish()?;
        Ok(read)
    }

    /// Asks, if it may cost that much. `None`: it may not.
    async fn read<'a>(&self, asked: &'a Asked<'_>, declined: &mut Declined) -> Option<Reading<'a>> {
        let billed = Billed::of(asked.asks.iter().map(|ask| ask.statistics.len()));
        self.scope.cost.plan(billed);
        if !self.scope.cost.may_ask(billed) {
            self.scope.cost.decline(billed);
            declined.resource_count += asked.subjects.len();
            declined.billed.add(billed);
            return None;
        }
        Some(collect::read(self.scope.seat, self.scope.cost, &asked.asks, self.scope.window).await)
    }

    /// Notes what was not asked.
    fn note(&self, declined: &Declined, ending: &str, what: &str) -> Result<(), ProviderError> {
        let Declined { resource_count, billed } = *declined;
        let gap = gaps::declined(&self.scope.seat.name(), resource_count, billed, self.scope.cost);
        let Some(gap) = gap else { return Ok(()) };
        let Some(mut step) = self.into.step(&self.named(&format!("hours {what}{ending}"))) else {
            return Ok(());
        };
        step.gap(gap);
        // With a higher limit, a later run may ask.
        step.is_unsettled_if(true);
        Ok(step.finish()?)
    }

    fn named(&self, step: &str) -> String {
        place::step(&self.scope.seat.account_id, &self.scope.seat.region, step)
    }

    fn folders(&self) -> Vec<String> {
        let Seat { account_id, region, .. } = self.scope.seat;
        place::folders(account_id, region)
    }
}

/// What is read of an account in a region, in the manifest.
struct Plan {
    /// How the steps that read hours begin.
    hours: String,
    /// Where their parts are.
    folders: [String; 2],
}

impl Plan {
    fn of(account_id: &str, region: &str) -> Self {
        let folders = place::folders(account_id, region).join("/");
        Self {
            hours: place::step(account_id, region, HOURS),
            folders: ["usage", "invocations"].map(|frame| format!("{frame}/{folders}/")),
        }
    }
}

/// The account and region whose metrics a step lists or reads. `None`: it does something else.
pub(super) fn place(step: &str) -> Option<(&str, &str)> {
    let (account_id, region, own) = place::of_step(step)?;
    (own == METRICS || own.starts_with(HOURS)).then_some((account_id, region))
}

/// Gives up all that an earlier run read of the metrics there: nobody knows any more whose they are.
pub(super) fn forget(
    into: &SnapshotWriter,
    account_id: &str,
    region: &str,
) -> Result<(), ProviderError> {
    let plan = Plan::of(account_id, region);
    into.keep_plan(&plan.hours, GIVEN_UP, &plan.folders)?;
    Ok(into.keep_plan(&place::step(account_id, region, METRICS), GIVEN_UP, &[])?)
}

impl<'m> Watched<'m> {
    fn plan(subjects: Vec<Subject<'m>>, extent: Extent<'_>, window: Window) -> Self {
        let mut hasher = Sha256::new();
        let mut sizes: Vec<Vec<Ask>> = Vec::new();
        for subject in &subjects {
            let asks = asks::asks(subject, extent, window);
            // What is listed decides what silence means.
            hasher.update(format!("{}{:?}{asks:?}", subject.resource_id, subject.model_ids));
            sizes.push(asks);
        }
        let shards = plan::shards(sizes.iter());
        let hash: String = hex(&hasher.finalize()).chars().take(12).collect();
        // A run that is continued finds the same steps only if it plans the same.
        let ending = format!(" of {} ({hash})", shards.len());
        Self { subjects, shards, ending, unseen: BTreeSet::new() }
    }

    /// Resources of which it is not known whether they send metrics.
    pub(super) fn unseen(&self) -> impl Iterator<Item = &'m str> {
        self.unseen.iter().copied()
    }

    /// Notes that some resources were not read to their end.
    fn miss(&mut self, shard: Range<usize>) {
        let subjects = self.subjects.get(shard).unwrap_or_default();
        self.unseen.extend(subjects.iter().map(|subject| subject.resource_id));
    }
}

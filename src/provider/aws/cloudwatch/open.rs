//! The second stage: what verdicts wait for.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{
    Declined, Watch, Watched,
    asked::Asked,
    asks::{self, Extent},
    gaps, plan,
    subject::Subject,
};
use crate::{
    frame::UsageColumns,
    provider::{aws::unsettled, contract::ProviderError},
    snapshot::{PartKey, Step},
    usage::Measure,
};

/// What verdicts wait for, by resource.
type Wanted = BTreeMap<String, BTreeSet<Measure>>;

/// A part of the first stage that is completed.
struct OpenShard<'w> {
    number: u32,
    /// What is wanted besides.
    asked: Asked<'w>,
    step: Step<'w>,
}

impl Watch<'_> {
    /// Reads what verdicts wait for, by resource, and writes it beside what was read first.
    pub(in super::super) async fn open(
        &self,
        watched: &Watched<'_>,
        wanted: &Wanted,
    ) -> Result<(), ProviderError> {
        if self.is_full {
            return Ok(());
        }
        self.note_unread(watched, wanted)?;
        let open = self.open_shards(watched, wanted);
        let task = self
            .progress
            .task(&format!("{}: more metrics", self.scope.seat.name()), open.len() as u64);
        let mut declined = Declined::default();
        // One shard waits for little: together they fill requests.
        let together = plan::joined(open.iter().map(|shard| shard.asked.asks.iter().collect()));
        let mut open = open.into_iter();
        for positions in together {
            let shards = open.by_ref().take(positions.len()).collect();
            self.more(shards, &mut declined).await?;
            positions.for_each(|_shard| task.advance());
        }
        self.note(&declined, &watched.ending, "not asked more")
    }

    /// Shards of which something is wanted that no earlier run has read.
    fn open_shards<'w>(&'w self, watched: &'w Watched<'_>, wanted: &Wanted) -> Vec<OpenShard<'w>> {
        let of = |(number, shard): (u32, &Range<usize>)| {
            let subjects = watched.subjects.get(shard.clone()).unwrap_or_default().iter();
            let open = subjects.filter(|subject| wanted.contains_key(subject.resource_id));
            let asked = Asked::of(open, |subject| {
                let measures = wanted.get(subject.resource_id).into_iter();
                measures
                    .flat_map(|measures| {
                        asks::asks(subject, Extent::Open(measures), self.scope.window)
                    })
                    .collect()
            });
            let name = self.named(&format!("hours {number} more{}", watched.ending));
            let step = self.into.step(&name).filter(|_| !asked.asks.is_empty())?;
            Some(OpenShard { number, asked, step })
        };
        (0..).zip(&watched.shards).filter_map(of).collect()
    }

    /// More about some resources of these shards, each in a part that completes the first one.
    async fn more(
        &self,
        shards: Vec<OpenShard<'_>>,
        declined: &mut Declined,
    ) -> Result<(), ProviderError> {
        let mut parts = Vec::new();
        let asked = Asked::together(shards.into_iter().map(|OpenShard { number, asked, step }| {
            parts.push((number, asked.subjects.len(), step));
            asked
        }));
        let (reading, is_unsettled) = unsettled::watch(self.read(&asked, declined)).await;
        let Some(reading) = reading else { return Ok(()) };
        let has_missed = is_unsettled || reading.unread_count > 0;
        let about = "memory, CPU and network, which some verdicts wait for";
        let mut gaps = gaps::of_reading(&self.scope.seat.name(), about, &reading);
        let mut values = asked.values(&reading, self.scope.window);
        for (number, count, mut step) in parts {
            let mut usage = UsageColumns::default();
            for values in values.by_ref().take(count) {
                values.usage(&mut usage);
            }
            if !usage.is_empty() {
                step.write_usage(&PartKey { folders: self.folders(), number }.more(), usage)?;
            }
            gaps.drain(..).for_each(|gap| step.gap(gap));
            step.is_unsettled_if(has_missed);
            // What verdicts wait for depends on all that is known.
            step.builds_on_all();
            step.finish()?;
        }
        Ok(())
    }

    /// Notes what is left out of which machines, so that a report does not put its absence down to an agent.
    fn note_unread(&self, watched: &Watched<'_>, wanted: &Wanted) -> Result<(), ProviderError> {
        let seat = self.scope.seat.name();
        let measured = watched.subjects.iter().filter(|subject| !subject.accelerators.is_empty());
        let unread_count = |measure| {
            let is_wanted = |subject: &&Subject<'_>| {
                wanted.get(subject.resource_id).is_some_and(|all| all.contains(&measure))
            };
            measured.clone().filter(|subject| !is_wanted(subject)).count()
        };
        let gaps = [
            gaps::unread(&seat, unread_count(Measure::GpuMemMax)),
            gaps::unconfirmed(unread_count(Measure::Cpu)).filter(|_| !self.confirms_idle),
        ];
        let step = self.into.step(&self.named(&format!("hours unread{}", watched.ending)));
        let Some(mut step) = step else { return Ok(()) };
        step.builds_on_all();
        gaps.into_iter().flatten().for_each(|gap| step.gap(gap));
        Ok(step.finish()?)
    }
}

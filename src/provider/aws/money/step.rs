//! Money into the snapshot: what could be bought, what is committed to, and what was paid. Each is a step.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{commitments, costs, exports, prices};
use crate::{
    frame::{CommitmentRow, Commitments, CostRow, Costs, PriceRow, Prices, ResourceRow, Resources},
    provider::{
        aws::{
            Ground, cloudwatch::ApiCost, observed::Observed, options::Options, seat::Seat,
            unsettled,
        },
        bundle::merge,
        contract::ProviderError,
        progress::{Progress, Task},
    },
    snapshot::{Gap, PartKey, SnapshotWriter, Step},
    window::{MS_PER_HOUR, Window},
};

/// The step that reads exports.
const EXPORTS: &str = "aws/exports";
/// The step that reads the bill of Cost Explorer.
const COSTS: &str = "aws/costs";

/// Rows in one part. As rows, all costs of a large estate would take more memory than anything else.
const PART_ROWS: usize = 1 << 15;

/// The money of all accounts, while it is read.
pub(in crate::provider::aws) struct Money<'a> {
    /// Each account in its home region, that of the credentials first.
    pub(in crate::provider::aws) homes: Vec<&'a Seat>,
    /// The inventory of every account and region.
    pub(in crate::provider::aws) observed: &'a [Observed],
    /// Whether some of it may be seen later: then what builds on it is not settled either.
    pub(in crate::provider::aws) is_unsettled: bool,
    pub(in crate::provider::aws) window: Window,
    pub(in crate::provider::aws) options: &'a Options,
    pub(in crate::provider::aws) ground: &'a Ground,
    pub(in crate::provider::aws) cost: &'a ApiCost,
    pub(in crate::provider::aws) into: &'a SnapshotWriter,
}

impl Money<'_> {
    /// Reads and writes it.
    pub(in crate::provider::aws) async fn collect(
        &self,
        progress: &Progress,
    ) -> Result<(), ProviderError> {
        let piece_count = if self.options.exports.is_empty() { 3 } else { 2 };
        let task = progress.task("prices, commitments and the bill", piece_count);
        let resources = self.resources();
        if let Some(step) = self.into.step("aws/prices") {
            self.prices(step, &resources).await?;
        }
        task.advance();
        if self.options.exports.is_empty() {
            Box::pin(self.of_interfaces(&resources, &task)).await?;
        } else if let Some(step) = self.into.step(EXPORTS) {
            Box::pin(self.of_exports(step, &resources)).await?;
        }
        Ok(())
    }

    /// Spot prices as EC2 says them, and list prices of what is in use or could be.
    async fn prices(
        &self,
        mut step: Step<'_>,
        resources: &[ResourceRow],
    ) -> Result<(), ProviderError> {
        let Some(home) = self.homes.first().copied() else { return Ok(()) };
        let asked = prices::observe(prices::Asked {
            home,
            resources,
            catalog: &self.ground.catalog,
            today: last_day(self.window),
            max_age_days: self.ground.settings.policy.price_age_warning_days,
        });
        let (found, has_missed) = unsettled::watch(asked).await;
        step.is_unsettled_if(self.is_unsettled || has_missed && !found.gaps.is_empty());
        let spot = self.observed.iter().flat_map(|observed| observed.prices.iter().cloned());
        let shares = self.observed.iter().flat_map(|observed| &observed.spot_shares);
        let managed: Vec<PriceRow> = shares
            .filter_map(|share| {
                prices::managed_spot(
                    share,
                    &found.rows,
                    &self.ground.catalog,
                    last_day(self.window),
                )
            })
            .collect();
        let rows = one_each(spot.chain(managed).chain(found.rows));
        write::<Prices>(&mut step, &rows)?;
        found.gaps.into_iter().for_each(|gap| step.gap(gap));
        Ok(step.finish()?)
    }

    /// Commitments with their use, and the bill of Cost Explorer.
    async fn of_interfaces(
        &self,
        resources: &[ResourceRow],
        task: &Task,
    ) -> Result<(), ProviderError> {
        let listed = self.commitments();
        let may_spend = |usd: f64| self.cost.may_spend(usd);
        let Options { now, .. } = *self.options;
        let homes = &self.homes;
        let window = self.window;
        let mut commitments = self.capacity();
        if let Some(mut step) = self.into.step("aws/commitments") {
            let asked =
                commitments::Asked { homes, listed: &listed, window, now, may_spend: &may_spend };
            let (found, has_missed) = unsettled::watch(commitments::observe(asked)).await;
            step.is_unsettled_if(self.is_unsettled || has_missed && !found.gaps.is_empty());
            commitments.extend(found.rows);
            write::<Commitments>(&mut step, &commitments)?;
            found.gaps.into_iter().for_each(|gap| step.gap(gap));
            step.finish()?;
        } else {
            commitments = self.into.so_far()?.commitments;
        }
        task.advance();
        let Some(mut step) = self.into.step(COSTS) else { return Ok(()) };
        let asked = costs::Asked {
            homes,
            resources,
            commitments: &commitments,
            window,
            now,
            may_spend: &may_spend,
        };
        let (found, has_missed) = unsettled::watch(Box::pin(costs::observe(asked))).await;
        // Costs are read as commitments ask for it.
        let is_unsettled = self.is_unsettled || self.into.is_unsettled("aws/commitments");
        step.is_unsettled_if(is_unsettled || has_missed && !found.gaps.is_empty());
        write_costs(&mut step, found.rows())?;
        found.gaps.into_iter().for_each(|gap| step.gap(gap));
        Ok(step.finish()?)
    }

    /// The bill of exports, which knows commitments and resources by itself. Accounts whose export cannot be used are asked about
    /// in Cost Explorer.
    async fn of_exports(
        &self,
        mut step: Step<'_>,
        resources: &[ResourceRow],
    ) -> Result<(), ProviderError> {
        let Some(home) = self.homes.first() else { return Ok(()) };
        let Options { exports, .. } = self.options;
        let bills = exports::observe(home, exports, self.window, &self.ground.settings);
        let (brought, has_missed) = unsettled::watch(bills).await;
        step.is_unsettled_if(has_missed && !brought.gaps.is_empty());
        let so_far = self.into.so_far()?;
        let (lacking, billed): (Vec<&Seat>, Vec<&Seat>) =
            self.homes.iter().copied().partition(|seat| brought.lacks(&seat.account_id));
        step.replace::<Resources>(&merge::resources(so_far.resources, brought.resources))?;
        // What was paid and used is the bill's word; when a term ends is that of whoever sold it.
        let plans = commitments::plans_only(&billed, self.window);
        let (plans, has_missed) = unsettled::watch(plans).await;
        step.is_unsettled_if(has_missed && !plans.gaps.is_empty());
        let listed = merge::commitments(plans.rows, self.commitments());
        plans.gaps.into_iter().for_each(|gap| step.gap(gap));
        let (instead, has_missed) = unsettled::watch(self.instead(&lacking, resources)).await;
        let has_gaps = !instead.gaps.is_empty() || !instead.costs.gaps.is_empty();
        step.is_unsettled_if(has_missed && has_gaps);
        let listed = merge::commitments(instead.commitments, listed);
        let billed = merge::commitments(brought.commitments, listed);
        step.replace::<Commitments>(&merge::commitments(so_far.commitments, billed))?;
        let untold = instead.gaps.iter().chain(&instead.costs.gaps);
        untold.cloned().for_each(|gap| step.gap(gap));
        write_costs(&mut step, brought.costs.into_iter().chain(instead.costs.rows()))?;
        brought.gaps.into_iter().for_each(|gap| step.gap(gap));
        brought.bills.iter().for_each(|bill| step.bill(bill));
        Ok(step.finish()?)
    }

    /// What Cost Explorer says of accounts whose export cannot be used.
    async fn instead(&self, homes: &[&Seat], resources: &[ResourceRow]) -> Instead {
        if homes.is_empty() {
            return Instead::default();
        }
        let is_theirs = |account_id: &str| homes.iter().any(|seat| seat.account_id == account_id);
        let mut listed = self.commitments();
        listed.retain(|row| is_theirs(&row.account_id));
        let may_spend = |usd: f64| self.cost.may_spend(usd);
        let (window, now) = (self.window, self.options.now);
        let asked =
            commitments::Asked { homes, listed: &listed, window, now, may_spend: &may_spend };
        let used = commitments::observe(asked).await;
        let commitments = merge::commitments(used.rows, listed);
        let own: Vec<ResourceRow> =
            resources.iter().filter(|row| is_theirs(&row.account_id)).cloned().collect();
        let asked = costs::Asked {
            homes,
            resources: &own,
            commitments: &commitments,
            window,
            now,
            may_spend: &may_spend,
        };
        let found = Box::pin(costs::observe(asked)).await;
        Instead { commitments, gaps: used.gaps, costs: found }
    }

    fn resources(&self) -> Vec<ResourceRow> {
        self.observed.iter().flat_map(|observed| observed.resources.iter().cloned()).collect()
    }

    /// Reservations of machines and of capacity, as EC2 lists them.
    fn commitments(&self) -> Vec<CommitmentRow> {
        self.observed.iter().flat_map(|observed| observed.commitments.iter().cloned()).collect()
    }

    /// Those of them of which EC2 itself says how much is used.
    fn capacity(&self) -> Vec<CommitmentRow> {
        self.commitments().into_iter().filter(|row| row.kind != "reservation").collect()
    }
}

/// Refuses to go on with another bill than the folder holds: what both say would count twice.
pub(in crate::provider::aws) fn check_source(
    options: &Options,
    into: &SnapshotWriter,
) -> Result<(), ProviderError> {
    let (step, held) = match options.exports.as_slice() {
        [] => (EXPORTS, "the exports that `aws.exports` named then"),
        _ => (COSTS, "Cost Explorer, before `aws.exports` named exports"),
    };
    if !into.finished().iter().any(|done| done == step) {
        return Ok(());
    }
    Err(ProviderError::Input {
        message: format!("the bill in this folder was read from {held}"),
        help: "go on with the settings it was begun with, or collect into a new folder".to_owned(),
    })
}

/// What was said in place of exports.
#[derive(Default)]
struct Instead {
    commitments: Vec<CommitmentRow>,
    costs: costs::Costs,
    gaps: Vec<Gap>,
}

fn write<K: crate::frame::FrameKind>(
    step: &mut Step<'_>,
    rows: &[K::Row],
) -> Result<(), ProviderError> {
    if rows.is_empty() {
        return Ok(());
    }
    Ok(step.write::<K>(&key(0), rows)?)
}

fn write_costs(
    step: &mut Step<'_>,
    mut rows: impl Iterator<Item = CostRow>,
) -> Result<(), ProviderError> {
    for number in 0.. {
        let part: Vec<CostRow> = rows.by_ref().take(PART_ROWS).collect();
        if part.is_empty() {
            break;
        }
        step.write::<Costs>(&key(number), &part)?;
    }
    Ok(())
}

fn key(number: u32) -> PartKey {
    PartKey { folders: vec!["provider=aws".to_owned()], number }
}

/// One price for each thing that can be bought. Accounts that use a machine type in different zones hear different prices of spot
/// capacity: the dearest counts, so that no machine saves less than is said.
fn one_each(rows: impl Iterator<Item = PriceRow>) -> Vec<PriceRow> {
    let mut dearest: BTreeMap<[String; 4], PriceRow> = BTreeMap::new();
    for row in rows {
        let PriceRow { provider, region, instance_type, purchase_option, .. } = &row;
        let key = [provider, region, instance_type, purchase_option].map(Clone::clone);
        match dearest.get(&key) {
            Some(known) if known.price_usd_per_hour >= row.price_usd_per_hour => {}
            _ => {
                dearest.insert(key, row);
            }
        }
    }
    dearest.into_values().collect()
}

/// The last day that a window touches.
pub(in crate::provider::aws) fn last_day(window: Window) -> Date {
    let last = Timestamp::from_millisecond((window.end - 1) * MS_PER_HOUR);
    TimeZone::UTC.to_datetime(last.unwrap_or(Timestamp::UNIX_EPOCH)).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_prices_that_accounts_hear_in_their_zones_the_dearest_is_promised() {
        let price = |instance_type: &str, purchase_option: &str, usd| PriceRow {
            provider: "aws".to_owned(),
            region: "us-east-1".to_owned(),
            instance_type: instance_type.to_owned(),
            purchase_option: purchase_option.to_owned(),
            price_usd_per_hour: usd,
            spot_interruption_monthly_ratio: None,
            priced_on: "2026-10-31".to_owned(),
            source: "test".to_owned(),
        };
        let heard = [
            price("g5.xlarge", "spot", 0.4),
            price("g5.xlarge", "spot", 0.6),
            price("g5.xlarge", "spot", 0.5),
            price("g5.xlarge", "on_demand", 1.0),
            price("g6.xlarge", "spot", 0.3),
        ];
        let promised: Vec<f64> =
            one_each(heard.into_iter()).iter().map(|row| row.price_usd_per_hour).collect();
        assert_eq!(promised, [1.0, 0.6, 0.3]);
    }
}

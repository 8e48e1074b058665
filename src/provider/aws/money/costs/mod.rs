//! What was paid, from Cost Explorer: three questions, at $0.01 a page, for all accounts that one of them sees.
//!
//! | question | grouped by | becomes |
//! |---|---|---|
//! | usage of EC2, SageMaker and Bedrock | usage type, account | `usage`, on demand or spot |
//! | the same under reservations and plans | usage type, account | `usage`, committed |
//! | everything that is no usage | type of record, account | `commitment_unused`, `tax`, `credit`, … |
//! | volumes, in regions that have some | usage type, account | `usage` |
//!
//! Two groupings are all that Cost Explorer allows, so the region comes from the usage type's first letters. It names no
//! resources; `share` divides what it says among those that are known.

mod collect;
mod normalize;
mod pool;
mod share;
#[cfg(test)]
mod tests;
mod usage_type;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use self::{
    collect::Question,
    pool::PoolKey,
    share::{Known, Shared},
};
use super::{Days, LAG_HOURS, MaySpend, date};
use crate::{
    frame::{CommitmentRow, CostRow, InstantMs, ResourceRow},
    provider::aws::seat::Seat,
    snapshot::Gap,
    units::count,
    window::Window,
};

const EC2: &str = "Amazon Elastic Compute Cloud - Compute";
const EC2_OTHER: &str = "EC2 - Other";
const SAGEMAKER: &str = "Amazon SageMaker";
const BEDROCK: &str = "Amazon Bedrock";

/// What stands in for a bill.
const HIDES_ALL: &str = "what resources of this account really cost: list prices stand in, without discounts, and what \
                         commitments cover is taken as on demand";

/// What is asked about, and what is known already.
#[derive(Clone, Copy)]
pub(in crate::provider::aws) struct Asked<'a> {
    /// Each account in its home region, that of the credentials first: it may be the payer, which sees all others.
    pub(in crate::provider::aws) homes: &'a [&'a Seat],
    /// The inventory of all accounts.
    pub(in crate::provider::aws) resources: &'a [ResourceRow],
    /// Commitments of all accounts.
    pub(in crate::provider::aws) commitments: &'a [CommitmentRow],
    pub(in crate::provider::aws) window: Window,
    /// The time here. `None`: every bill is complete.
    pub(in crate::provider::aws) now: Option<InstantMs>,
    pub(in crate::provider::aws) may_spend: MaySpend<'a>,
}

/// The bill.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::provider::aws) struct Costs {
    pub(in crate::provider::aws) rows: Vec<CostRow>,
    pub(in crate::provider::aws) gaps: Vec<Gap>,
}

/// Requests that a bill takes at least, for each account that has to be asked by itself.
pub(in crate::provider::aws) fn request_count(resources: &[ResourceRow]) -> u64 {
    if volume_regions(resources).is_empty() { 3 } else { 4 }
}

/// Asks for the bill of all accounts.
pub(in crate::provider::aws) async fn observe(asked: Asked<'_>) -> Costs {
    let mut costs = Costs::default();
    let days = Days::of(asked.window);
    let Some(settled) = days.settled(asked.now) else {
        costs.gaps.push(nothing_settled(days));
        return costs;
    };
    let mut open: BTreeSet<String> =
        asked.homes.iter().map(|seat| seat.account_id.clone()).collect();
    let with_resources: BTreeSet<&str> =
        asked.resources.iter().map(|row| row.account_id.as_str()).collect();
    let volume_regions = volume_regions(asked.resources);
    for (index, seat) in asked.homes.iter().enumerate() {
        let is_worth_it = index == 0 || with_resources.contains(seat.account_id.as_str());
        if !open.contains(&seat.account_id) || !is_worth_it {
            continue;
        }
        let account_ids: Vec<String> = open.iter().cloned().collect();
        let question =
            Question { account_ids: &account_ids, volume_regions: &volume_regions, days: settled };
        match collect::ask(seat, asked.may_spend, question).await {
            Err(error) => costs.gaps.push(error.gap(seat, HIDES_ALL)),
            Ok((answers, missing)) => {
                costs.gaps.extend(missing.iter().map(|(error, hides)| error.gap(seat, hides)));
                let read = normalize::read(&answers);
                let known = Known {
                    resources: asked.resources,
                    commitments: asked.commitments,
                    days,
                    settled,
                };
                let shared = share::share(&read, known);
                costs.gaps.extend(read.gaps.iter().cloned());
                costs.gaps.extend(gaps(&shared, known, &read.account_ids));
                costs.rows.extend(shared.rows);
                let is_payer = read.account_ids.iter().any(|id| *id != seat.account_id);
                open.retain(|id| !is_payer && *id != seat.account_id);
            }
        }
    }
    costs.gaps.sort();
    costs.gaps.dedup();
    costs
}

/// Regions with volumes.
fn volume_regions(resources: &[ResourceRow]) -> Vec<String> {
    let volumes = resources.iter().filter(|row| row.provider == "aws" && row.kind == "volume");
    let regions: BTreeSet<&str> = volumes.map(|row| row.region.as_str()).collect();
    regions.into_iter().map(str::to_owned).collect()
}

fn nothing_settled(days: Days) -> Gap {
    Gap {
        what: format!("the bill since {}", date(days.start)),
        because: format!("AWS completes the bill of a day within {LAG_HOURS} hours"),
        hides: "what anything really cost; list prices stand in".to_owned(),
        remedy: "Audit a window that began at least four days ago.".to_owned(),
    }
}

/// What such a bill cannot tell.
fn gaps(shared: &Shared, known: Known<'_>, account_ids: &BTreeSet<String>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let accounts = named(account_ids);
    let export = "Name a CUR 2.0 or FOCUS export with resource ids in `aws.exports`: it names every resource.";
    if shared.has_parts {
        gaps.push(Gap {
            what: format!("the cost of single resources in {accounts}"),
            because: "Cost Explorer names no resources: what machines of one type, region and account cost is divided by \
                      the hours that each is known to have run"
                .to_owned(),
            hides: "which of several like machines a commitment covered, and what machines cost that are gone; totals \
                    are those of the bill"
                .to_owned(),
            remedy: export.to_owned(),
        });
    }
    if known.settled.end < known.days.end && !account_ids.is_empty() {
        gaps.push(Gap {
            what: format!("the bill of {accounts} since {}", date(known.settled.end)),
            because: format!("AWS completes the bill of a day within {LAG_HOURS} hours"),
            hides: "what was paid on those days: resources that ran count as on the last complete day, everything else \
                    does not count"
                .to_owned(),
            remedy: "Audit again in two days, or end the window earlier with --end.".to_owned(),
        });
    }
    let mut by_type: BTreeMap<&PoolKey, u64> = BTreeMap::new();
    for key in &shared.missing {
        *by_type.entry(key).or_default() += 1;
    }
    gaps.extend(by_type.into_iter().map(|(key, resource_count)| {
        Gap {
            what: format!(
                "the cost of {} of type {} in {}, account {}",
                count(resource_count, "resource"),
                key.machine_type.as_deref().unwrap_or("unknown"),
                key.region,
                key.account_id
            ),
            because: "the bill has no hours of that type there in which they are known to have run"
                .to_owned(),
            hides:
                "what they cost; no list price stands in, because the bill of the account is there"
                    .to_owned(),
            remedy: export.to_owned(),
        }
    }));
    gaps
}

/// Accounts in a sentence.
fn named(account_ids: &BTreeSet<String>) -> String {
    let mut ids: Vec<&str> = account_ids.iter().map(String::as_str).collect();
    match ids.len() {
        1 => format!("account {}", ids.concat()),
        2..=3 => format!("accounts {}", ids.join(", ")),
        all => {
            ids.truncate(2);
            format!("accounts {} and {} more", ids.join(", "), all - 2)
        }
    }
}

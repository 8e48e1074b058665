//! What was paid, from Cost Explorer: three questions, at $0.01 a page, for all accounts that one of them sees.
//!
//! | question | grouped by | becomes |
//! |---|---|---|
//! | usage of EC2, SageMaker and Bedrock | usage type, account | `usage`, on demand or spot |
//! | the same under reservations and plans | usage type, account | `usage`, committed |
//! | what is no usage, of the same services and of plans | type of record, account | `commitment_unused`, `tax`, `credit`, … |
//! | volumes, in regions that have some | usage type, account | `usage` |
//!
//! | only where machines differ by licence: their usage, account by account | usage type, operation | which of them cost more |
//! | only where like machines ran for different times: hours by machine of EC2, of the last 14 days | machine, usage type | whose hours they were |
//!
//! Two groupings are all that Cost Explorer allows, so the region comes from the usage type's first letters. It names no
//! resources beside those hours; `share` divides what it says among those that are known, and `unused` what was paid for
//! plans and reservations in vain.

mod collect;
mod licence;
mod normalize;
mod pool;
mod share;
#[cfg(test)]
mod tests;
mod unused;
mod usage_type;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use self::{
    collect::Question,
    normalize::Read,
    pool::PoolKey,
    share::{Hours, Known, Shared},
};
use super::{Days, LAG_HOURS, MS_PER_DAY, MaySpend, date, day_start};
use crate::{
    frame::{CommitmentRow, CostRow, InstantMs, ResourceRow},
    provider::{aws::seat::Seat, billing::ledger::Booked},
    snapshot::Gap,
    units::count,
    window::Window,
};

const EC2: &str = "Amazon Elastic Compute Cloud - Compute";
const EC2_OTHER: &str = "EC2 - Other";
const SAGEMAKER: &str = "Amazon SageMaker";
/// The same service since it was renamed, wherever a bill follows.
const SAGEMAKER_AI: &str = "Amazon SageMaker AI";
const BEDROCK: &str = "Amazon Bedrock";

/// Days for which Cost Explorer tells the hours of single machines.
const HOURS_DAYS: i64 = 14;
/// Machines whose hours are asked for at most; each day of each is a group of an answer that is paid by the page.
const HOURS_MACHINES: usize = 2_000;

const EXPORT: &str =
    "Name a CUR 2.0 or FOCUS export with resource ids in `aws.exports`: it names every resource.";

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
    /// What each payer's bill comes to.
    booked: Vec<Booked>,
    pub(in crate::provider::aws) gaps: Vec<Gap>,
}

impl Costs {
    /// The rows of all bills.
    pub(in crate::provider::aws) fn rows(&self) -> impl Iterator<Item = CostRow> {
        self.booked.iter().flat_map(Booked::rows)
    }
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
    let mut silent: BTreeSet<&str> = with_resources.clone();
    silent.retain(|id| open.contains(*id));
    let volume_regions = volume_regions(asked.resources);
    for (index, seat) in asked.homes.iter().enumerate() {
        let is_worth_it = index == 0 || with_resources.contains(seat.account_id.as_str());
        if !open.contains(&seat.account_id) || !is_worth_it {
            continue;
        }
        let account_ids: Vec<String> = open.iter().cloned().collect();
        let question =
            Question { account_ids: &account_ids, volume_regions: &volume_regions, days: settled };
        match Box::pin(collect::ask(seat, asked.may_spend, question)).await {
            Err(error) => {
                silent.remove(seat.account_id.as_str());
                costs.gaps.push(error.gap(seat, HIDES_ALL));
            }
            Ok((answers, missing)) => {
                costs.gaps.extend(missing.iter().map(|(error, hides)| error.gap(seat, hides)));
                let mut read = normalize::read(&answers);
                read.others = unused::named(read.others, asked.commitments, asked.window);
                costs.gaps.extend(ask_licences(seat, asked, &mut read, settled).await);
                let untold = Hours::new();
                let known = Known {
                    hours: &untold,
                    resources: asked.resources,
                    commitments: asked.commitments,
                    days,
                    settled,
                };
                let told = ask_hours(seat, asked, &read, known).await;
                costs.gaps.extend(told.gap);
                let known = Known { hours: &told.hours, ..known };
                let shared = share::share(&read, known);
                costs.gaps.extend(read.gaps.iter().cloned());
                costs.gaps.extend(gaps(&shared, known, &read));
                costs.booked.push(shared.booked);
                silent.retain(|id| !read.account_ids.contains(*id));
                let is_payer = read.account_ids.iter().any(|id| *id != seat.account_id);
                open.retain(|id| !is_payer && *id != seat.account_id);
            }
        }
    }
    costs.gaps.extend(silent.into_iter().map(nothing_told));
    costs.gaps.sort();
    costs.gaps.dedup();
    costs
}

/// An account has resources, and nobody's bill speaks of it.
fn nothing_told(account_id: &str) -> Gap {
    Gap {
        what: format!("the bill of account {account_id}"),
        because: "Cost Explorer has no costs of it, though it has resources".to_owned(),
        hides: HIDES_ALL.to_owned(),
        remedy: EXPORT.to_owned(),
    }
}

/// Asks for lines by operation where known machines differ by what their price holds, one account at a time: Cost Explorer takes
/// two groupings and no more.
async fn ask_licences(
    seat: &Seat,
    asked: Asked<'_>,
    read: &mut Read<'_>,
    settled: Days,
) -> Vec<Gap> {
    let mut told = Vec::new();
    let mut gaps = Vec::new();
    for (account_id, by_cover) in licence::wanted(read, asked.resources) {
        for (is_covered, usage_types) in by_cover {
            let of = (account_id.as_str(), usage_types.as_slice());
            match collect::by_operation(seat, asked.may_spend, of, is_covered, settled).await {
                Ok(groups) => {
                    told.extend(normalize::by_licence(&groups, &account_id, is_covered));
                }
                Err(error) => gaps.push(error.gap(
                    seat,
                    "which machines of one type cost more than others, by their licence",
                )),
            }
        }
    }
    licence::replace(read, told);
    gaps
}

/// Hours of single machines, as far as they are told.
#[derive(Debug, Default)]
struct Told {
    hours: Hours,
    gap: Option<Gap>,
}

/// Asks for the hours of single machines where it is open whose they were. An account must have switched them on.
async fn ask_hours(seat: &Seat, asked: Asked<'_>, read: &Read<'_>, known: Known<'_>) -> Told {
    let Some(now) = asked.now else { return Told::default() };
    let first = day_start(now.0 - HOURS_DAYS * MS_PER_DAY);
    let days = Days { start: known.settled.start.max(first), end: known.settled.end };
    if days.start >= days.end {
        return Told::default();
    }
    let (unclear, machine_count) = share::unclear(read, known, days.start);
    let account_ids: Vec<String> = read.account_ids.iter().cloned().collect();
    let hides = "how long each of several like machines ran in the last 14 days, where they ran for different times";
    if machine_count > HOURS_MACHINES {
        let gap = Gap {
            what: format!("the hours of single machines that account {} sees", seat.account_id),
            because: format!(
                "{machine_count} machines of types with unclear hours would take too many pages at $0.01"
            ),
            hides: hides.to_owned(),
            remedy: EXPORT.to_owned(),
        };
        return Told { gap: Some(gap), ..Told::default() };
    }
    let mut told = Told::default();
    for is_covered in [false, true] {
        let usage_types: Vec<String> = unclear
            .iter()
            .filter(|(_, covered)| *covered == is_covered)
            .map(|(usage_type, _)| usage_type.clone())
            .collect();
        if usage_types.is_empty() {
            continue;
        }
        let groups =
            collect::hours(seat, asked.may_spend, &account_ids, &usage_types, is_covered, days);
        match groups.await {
            Ok(groups) => normalize::hours(&groups, is_covered, &mut told.hours),
            Err(error) => {
                let mut gap = error.gap(seat, hides);
                gap.remedy = format!(
                    "Switch on resource-level data at daily granularity in the settings of Cost Explorer. {EXPORT}"
                );
                // Hours of one kind without the other would not be those of the machine.
                return Told { hours: Hours::new(), gap: Some(gap) };
            }
        }
    }
    told
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
fn gaps(shared: &Shared, known: Known<'_>, read: &Read<'_>) -> Vec<Gap> {
    let Read { account_ids, split, .. } = read;
    let mut gaps = Vec::new();
    let accounts = named(account_ids);
    if shared.has_parts {
        gaps.push(Gap {
            what: format!("the cost of single resources in {accounts}"),
            because: "Cost Explorer names no resources: what machines of one type, region and account cost is divided by \
                      the hours that each is known to have run"
                .to_owned(),
            hides: "which of several like machines a commitment covered, and what machines cost that are gone; totals \
                    are those of the bill"
                .to_owned(),
            remedy: EXPORT.to_owned(),
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
    let mut mixed = pool::mixed(known.resources, account_ids);
    mixed.retain(|key, _| !split.contains(key));
    gaps.extend(mixed.iter().map(|(key, variants)| averaged(key, variants)));
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
            remedy: EXPORT.to_owned(),
        }
    }));
    gaps
}

/// Machines that do not cost the same share one line.
fn averaged(key: &PoolKey, variants: &BTreeSet<String>) -> Gap {
    let variants: Vec<&str> = variants.iter().map(String::as_str).collect();
    Gap {
        what: format!(
            "the cost of single machines of type {} in {}, account {}",
            key.machine_type.as_deref().unwrap_or("unknown"),
            key.region,
            key.account_id
        ),
        because: format!(
            "they differ by licence ({}), and Cost Explorer has them on one line",
            variants.join(", ")
        ),
        hides: "which of them cost more: each has its hours' part of the mean".to_owned(),
        remedy: EXPORT.to_owned(),
    }
}

/// Accounts in a sentence.
fn named(account_ids: &BTreeSet<String>) -> String {
    let ids: Vec<&str> = account_ids.iter().map(String::as_str).collect();
    match ids.as_slice() {
        [only] => format!("account {only}"),
        [first, second, _, more @ ..] if !more.is_empty() => {
            format!("accounts {first}, {second} and {} more", more.len() + 1)
        }
        few => format!("accounts {}", few.join(", ")),
    }
}

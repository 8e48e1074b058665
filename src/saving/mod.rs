//! From findings to one honest number: replay, best set, shares, ranges, commitments.

mod bill;
mod commitment;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod laws;
mod nested;
#[cfg(test)]
mod nested_examples;
#[cfg(test)]
mod nested_laws;
mod project;
mod range;
mod replay;
mod resolve;
mod shares;

use std::collections::{BTreeMap, BTreeSet};

pub use bill::{Bill, BillHour};
pub use commitment::{Commitment, Pool, settle_pool};
pub use nested::{PaidHour, Slice, Slices};
pub use range::FULL_WIDTH_DAYS;
pub use replay::Workspace;
pub use resolve::{Group, GroupOutcome, Settled, Share, Wanted, resolve_group};

use crate::{
    calendar::CrossFit,
    fact::SubjectKind,
    finding::{Action, Finding, Fingerprint, Resolution, Resolved},
};

/// What a subject pays and when it is needed.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectBill {
    /// Its hourly bill.
    pub bill: Bill,
    /// Its weekly calendars. `None`: less than two weeks were observed, so a schedule has no known saving.
    pub calendars: Option<CrossFit>,
}

/// Makes the bill of a resource. `None`: its cost is not known.
pub type Bills<'a> = dyn Fn(&str) -> Option<SubjectBill> + 'a;

/// A rule that hit, but whose action saves nothing on the bill: the rule is clear for this subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleared {
    /// Of the finding.
    pub fingerprint: Fingerprint,
    /// Why it saves nothing, for people.
    pub reason: String,
}

/// All findings after overlaps.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resolutions {
    /// The findings that stand, in the order they came in.
    pub resolved: Vec<Resolved>,
    /// The findings that do not, in the order they came in.
    pub cleared: Vec<Cleared>,
    /// What a reader of the amounts should know, for people.
    pub notes: Vec<String>,
}

/// The bill a subject would have had with one finding's action alone. `None`: the money is not known.
pub fn replay_alone(finding: &Finding, bill: &Bill, calendars: Option<&CrossFit>) -> Option<Bill> {
    let mut replayed = bill.clone();
    if is_pool_commitment(finding) {
        commitment::alone(finding, &bill.hours)?.apply(&mut replayed.hours);
    } else if !matches!(finding.action, Action::Inform) {
        project::Projection::of(&finding.action, calendars)?.apply(&mut replayed.hours);
    }
    Some(replayed)
}

/// [`resolve_sliced`] where nothing is a slice of something else.
pub fn resolve(
    findings: Vec<Finding>,
    bills: &Bills<'_>,
    group_of: &BTreeMap<String, String>,
    pools: &BTreeMap<String, Vec<String>>,
) -> Resolutions {
    resolve_sliced(findings, bills, &|_| None, group_of, pools)
}

/// Resolves all findings. All bills are over the same window.
///
/// - `bills` makes the bill of a resource when it is needed; only one is held at a time. A finding without a bill is
///   unpriced.
/// - `group_of`: resources that share one bill with another, by its resource id (a node and its machine). The group is
///   replayed on that one's bill, or on the first one that a member has.
/// - `pools`: the resource ids of interchangeable machines by pool id. A pool's findings that change the price are
///   commitments and are settled last, for the load that all other findings leave. A resource counts for the first
///   pool that names it.
/// - `slices`: what a workload, or the unallocated part of a node, has of the groups it lies on. Findings about slices and
///   about whole nodes compete by node: see `nested.rs`.
pub fn resolve_sliced(
    findings: Vec<Finding>,
    bills: &Bills<'_>,
    slices: &Slices<'_>,
    group_of: &BTreeMap<String, String>,
    pools: &BTreeMap<String, Vec<String>>,
) -> Resolutions {
    let mut audit = Audit {
        findings: &findings,
        bills,
        group_of,
        settled: vec![None; findings.len()],
        whole: BTreeMap::new(),
        outcomes: BTreeMap::new(),
        notes: BTreeSet::new(),
        workspace: Workspace::new(),
    };
    let (pool_findings, groups) = audit.by_subject();
    let pooled = pool_findings.keys().filter_map(|id| pools.get(*id)).flatten();
    let pooled: BTreeSet<&str> = pooled.map(|member| audit.group_id(member)).collect();
    let is_slice = |positions: &[usize]| {
        let first = positions.first().and_then(|&position| findings.get(position));
        first.is_some_and(|finding| finding.subject_kind.is_slice())
    };
    let (slice_groups, groups): (Positions<'_>, Positions<'_>) =
        groups.into_iter().partition(|(_, positions)| is_slice(positions));
    for (id, positions) in groups {
        audit.resolve_group(id, positions, pooled.contains(id));
    }
    nested::settle(&mut audit, slice_groups, slices, &pooled);
    let mut taken = BTreeSet::new();
    for (id, positions) in pool_findings {
        audit.settle_pool(id, &positions, pools.get(id), &mut taken);
    }
    let (settled, notes) = (audit.settled, audit.notes);
    let mut resolutions =
        Resolutions { notes: notes.into_iter().collect(), ..Resolutions::default() };
    for (finding, settled) in findings.into_iter().zip(settled) {
        match settled {
            Some(Settled::Cleared(reason)) => {
                resolutions.cleared.push(Cleared { fingerprint: finding.fingerprint, reason });
            }
            Some(Settled::Stands(share)) => resolutions.resolved.push(resolved(finding, share)),
            None => {
                let share = resolve::unreplayed(&finding);
                resolutions.resolved.push(resolved(finding, share));
            }
        }
    }
    resolutions
}

fn resolved(finding: Finding, share: Share) -> Resolved {
    Resolved {
        finding,
        claim_usd_per_month: share.claim,
        counted_usd_per_month: share.counted,
        freed_usd_per_month: share.freed,
        resolution: share.resolution,
        commitment: share.commitment,
    }
}

/// What a member of a pool leaves to commit to.
struct Leftover {
    winners: Vec<Fingerprint>,
    /// Findings without a price. If there are any, what would be left is not known.
    unpriced: Vec<Fingerprint>,
    committable_usd: Vec<f64>,
}

/// The resolution in progress.
struct Audit<'a> {
    findings: &'a [Finding],
    bills: &'a Bills<'a>,
    group_of: &'a BTreeMap<String, String>,
    settled: Vec<Option<Settled>>,
    /// Groups that are no slices: their findings, and what their winners save.
    whole: BTreeMap<&'a str, nested::Whole>,
    /// Of groups that are members of a pool, by group id.
    outcomes: BTreeMap<String, Leftover>,
    notes: BTreeSet<String>,
    workspace: Workspace,
}

/// Positions of findings by subject id.
type Positions<'a> = BTreeMap<&'a str, Vec<usize>>;

/// Whether a finding proposes a commitment for a pool.
fn is_pool_commitment(finding: &Finding) -> bool {
    finding.subject_kind == SubjectKind::Pool && matches!(finding.action, Action::Reprice { .. })
}

impl<'a> Audit<'a> {
    /// The findings of pools and those of groups.
    fn by_subject(&self) -> (Positions<'a>, Positions<'a>) {
        let (mut pools, mut groups) = (BTreeMap::new(), BTreeMap::new());
        for (position, finding) in self.findings.iter().enumerate() {
            let id = finding.subject.resource_id.as_str();
            let (table, id): (&mut Positions<'a>, _) = if is_pool_commitment(finding) {
                (&mut pools, id)
            } else {
                (&mut groups, self.group_id(id))
            };
            table.entry(id).or_default().push(position);
        }
        (pools, groups)
    }

    fn group_id<'b>(&self, resource_id: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.group_of.get(resource_id).map_or(resource_id, String::as_str)
    }

    /// The bill of a group: its own, or the first that a subject of its findings has.
    fn bill_of(&self, group_id: &str, positions: &[usize]) -> Option<SubjectBill> {
        (self.bills)(group_id).or_else(|| {
            let members = positions.iter().filter_map(|&position| self.findings.get(position));
            let members: BTreeSet<&str> =
                members.map(|finding| finding.subject.resource_id.as_str()).collect();
            members.into_iter().find_map(|member| (self.bills)(member))
        })
    }

    fn picked(&self, positions: &[usize]) -> Vec<&'a Finding> {
        positions.iter().filter_map(|&position| self.findings.get(position)).collect()
    }

    fn settle(&mut self, positions: &[usize], settled: Vec<Settled>) {
        for (&position, settled) in positions.iter().zip(settled) {
            if let Some(slot) = self.settled.get_mut(position) {
                *slot = Some(settled);
            }
        }
    }

    /// Resolves a group. Without a bill its findings stay open and become unpriced at the end.
    fn resolve_group(&mut self, id: &'a str, positions: Vec<usize>, is_pooled: bool) {
        let Some(SubjectBill { bill, calendars }) = self.bill_of(id, &positions) else { return };
        self.note_short_window(&bill);
        let group = Group {
            id,
            bill: &bill,
            calendars: calendars.as_ref(),
            findings: self.picked(&positions),
            wanted: if is_pooled { Wanted::Committable } else { Wanted::Nothing },
        };
        let outcome = resolve_group(&group, &mut self.workspace);
        let GroupOutcome { settled, winners, committable_usd, money, .. } = outcome;
        let unpriced =
            group.findings.iter().zip(&settled).filter(|(_, settled)| settled.is_unpriced());
        let unpriced = unpriced.map(|(finding, _)| finding.fingerprint.clone()).collect();
        self.settle(&positions, settled);
        self.whole.insert(id, nested::Whole { positions, money, winners: winners.clone() });
        if is_pooled {
            self.outcomes.insert(id.to_owned(), Leftover { winners, unpriced, committable_usd });
        }
    }

    /// Settles a pool's commitments. `taken` holds the groups that other pools have counted already.
    fn settle_pool(
        &mut self,
        id: &'a str,
        positions: &[usize],
        members: Option<&'a Vec<String>>,
        taken: &mut BTreeSet<&'a str>,
    ) {
        let Some(pool) = self.pool(id, positions, members, taken) else {
            let unpriced = || Settled::Stands(Share::nothing(None, Resolution::Unpriced));
            self.settle(positions, positions.iter().map(|_| unpriced()).collect());
            return;
        };
        let settled = settle_pool(&pool, &mut self.workspace);
        self.settle(positions, settled);
    }

    /// Adds up a pool's load. `None` if no member has a bill.
    fn pool(
        &mut self,
        id: &'a str,
        positions: &[usize],
        members: Option<&'a Vec<String>>,
        taken: &mut BTreeSet<&'a str>,
    ) -> Option<Pool<'a>> {
        let members: BTreeSet<(&str, &str)> =
            members?.iter().map(|member| (self.group_id(member), member.as_str())).collect();
        let mut pool: Option<Pool<'a>> = None;
        for (group_id, member) in members {
            let Some(SubjectBill { bill, .. }) =
                (self.bills)(group_id).or_else(|| (self.bills)(member))
            else {
                continue;
            };
            if !taken.insert(group_id) {
                continue;
            }
            self.note_short_window(&bill);
            let pool = pool.get_or_insert_with(|| Pool {
                id,
                window: bill.window,
                findings: self.picked(positions),
                before_usd: vec![0.0; bill.hours.len()],
                after_usd: vec![0.0; bill.hours.len()],
                winners: Vec::new(),
                machine_usd_per_hour: 0.0,
            });
            let machine_usd =
                bill.hours.iter().map(|hour| hour.committable_usd() / hour.unit_count);
            pool.machine_usd_per_hour =
                machine_usd.filter(|usd| usd.is_finite()).fold(pool.machine_usd_per_hour, f64::max);
            let load = || bill.hours.iter().map(|hour| hour.committable_usd());
            add(&mut pool.before_usd, load());
            match self.outcomes.get(group_id) {
                Some(leftover) => {
                    if leftover.unpriced.is_empty() {
                        add(&mut pool.after_usd, leftover.committable_usd.iter().copied());
                    }
                    let why_less = leftover.winners.iter().chain(&leftover.unpriced);
                    pool.winners.extend(why_less.cloned());
                }
                None => add(&mut pool.after_usd, load()),
            }
        }
        if let Some(pool) = &mut pool {
            pool.winners.sort_unstable();
        }
        pool
    }

    fn note_short_window(&mut self, bill: &Bill) {
        if range::is_short(bill.window) {
            self.notes.insert(format!(
                "The window has {:.1} days: under {FULL_WIDTH_DAYS} a range says less, so ranges are widened.",
                bill.window.days()
            ));
        }
    }
}

fn add(sums: &mut [f64], amounts: impl Iterator<Item = f64>) {
    for (sum, amount) in sums.iter_mut().zip(amounts) {
        *sum += amount;
    }
}

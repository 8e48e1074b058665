//! One subject: replay every compatible set of its findings, take the one that saves most, share it fairly.

use super::{
    bill::{Bill, BillHour},
    project::{Projection, Stage},
    replay::{Amount, Money, Workspace, amount},
    shares::{shapley, split_cents, split_cents_within},
};
use crate::{
    calendar::CrossFit,
    finding::{Claim, Finding, Fingerprint, Resolution, SettledCommitment},
    units::Usd,
};

/// Priced findings of one subject that compete; beyond them those with the smallest claims are superseded unheard.
/// Sixteen, spread over all stages, make 640 sets, and no subject with more than five hits has been seen.
const MAX_COMPETING: usize = 16;

/// A subject with all that is known for its replay.
pub struct Group<'a> {
    /// Its id: the seed of its range.
    pub id: &'a str,
    /// Its hourly bill.
    pub bill: &'a Bill,
    /// Its weekly calendars. `None`: a schedule cannot be replayed and is unpriced.
    pub calendars: Option<&'a CrossFit>,
    /// Its findings. [`crate::finding::Action::Inform`] is left as it is.
    pub findings: Vec<&'a Finding>,
    /// What is wanted beside the findings' money.
    pub wanted: Wanted,
}

/// What is wanted of a group beside its findings' money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing.
    Nothing,
    /// What it leaves to commit to: it is a member of a pool.
    Committable,
    /// Its hours after the winners: it is a slice of nodes.
    Hours,
}

/// What came of one finding.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// It stands.
    Stands(Share),
    /// The rule hit, but its action saves nothing on the bill, for this reason: to be filed as clear.
    Cleared(String),
}

impl Settled {
    /// Whether it stands, and its money is not known.
    pub(super) fn is_unpriced(&self) -> bool {
        matches!(self, Self::Stands(share) if share.resolution == Resolution::Unpriced)
    }
}

/// A finding's money.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// See [`crate::finding::Resolved::claim_usd_per_month`].
    pub claim: Option<Claim>,
    /// See [`crate::finding::Resolved::counted_usd_per_month`].
    pub counted: Claim,
    /// See [`crate::finding::Resolved::freed_usd_per_month`].
    pub freed: Usd,
    /// See [`crate::finding::Resolved::resolution`].
    pub resolution: Resolution,
    /// See [`crate::finding::Resolved::commitment`].
    pub commitment: Option<SettledCommitment>,
}

impl Share {
    /// Nothing counts, and this is why.
    pub(super) fn nothing(claim: Option<Claim>, resolution: Resolution) -> Self {
        Self { claim, counted: Claim::ZERO, freed: Usd::ZERO, resolution, commitment: None }
    }
}

/// What came of a subject.
pub struct GroupOutcome {
    /// Parallel to the group's findings.
    pub settled: Vec<Settled>,
    /// Fingerprints of the findings that win, sorted.
    pub winners: Vec<Fingerprint>,
    /// By hour, what is still paid on demand and could be put under a commitment after the winners; nothing if a winner
    /// moves it to another machine type, to another price or to payment by the request, or if it was not wanted. Reserved
    /// capacity counts where there is no winner; with one, its owner may give it back.
    pub committable_usd: Vec<f64>,
    /// Its hours after the winners, if they were wanted.
    pub(super) hours: Vec<BillHour>,
    /// What the winners save together.
    pub(super) money: Money,
}

/// A finding whose action can be replayed and saves or frees something alone.
struct Candidate<'a> {
    position: usize,
    finding: &'a Finding,
    projection: Projection<'a>,
    alone: Money,
    amount: Amount,
}

/// A compatible set of candidates in the order of the stages, by index, and what it saves.
struct Set {
    members: Vec<usize>,
    money: Money,
}

/// Resolves one subject. Counted amounts do not depend on the order of its findings.
///
/// - A finding that saves nothing alone is cleared; one without a price is unpriced, and neither competes.
/// - A terminal action applies alone; of the others one per stage composes in the order schedule, scale, resize,
///   reprice. Of all such sets the one that saves most wins; then the one that frees most, has fewer actions,
///   interferes less, and comes first by rule and fingerprint.
/// - Winners share by Shapley value over the replays of their subsets, exact to the cent. The others are superseded.
pub fn resolve_group(group: &Group<'_>, workspace: &mut Workspace) -> GroupOutcome {
    workspace.resampler(group.id, group.bill.window);
    let mut settled: Vec<Option<Settled>> = vec![None; group.findings.len()];
    let mut candidates = Vec::new();
    for (position, &finding) in group.findings.iter().enumerate() {
        match Projection::of(&finding.action, group.calendars) {
            Some(projection) => {
                match candidate(group.bill, position, finding, projection, workspace) {
                    Ok(candidate) => candidates.push(candidate),
                    Err(reason) => put(&mut settled, position, Settled::Cleared(reason)),
                }
            }
            None => put(&mut settled, position, Settled::Stands(unreplayed(finding))),
        }
    }
    candidates.sort_by(|a, b| {
        (b.amount.claim.likely.cmp(&a.amount.claim.likely))
            .then_with(|| name(a.finding).cmp(&name(b.finding)))
    });
    let competing = candidates.get(..MAX_COMPETING).unwrap_or(&candidates);
    let sets = compatible_sets(group.bill, competing, workspace);
    let best = sets.iter().min_by_key(|set| preference(set, competing));
    let members: &[usize] = best.map_or(&[], |set| &set.members);
    let mut winners: Vec<Fingerprint> =
        picked(competing, members).map(|winner| winner.finding.fingerprint.clone()).collect();
    winners.sort_unstable();
    let shares = shares(group.bill, competing, members, &sets, workspace);
    for (index, candidate) in candidates.iter().enumerate() {
        let share = match members.iter().position(|&member| member == index) {
            Some(place) => shares.get(place).map(|&own| winning_share(candidate, own, &winners)),
            None => Some(Share::nothing(
                Some(candidate.amount.claim),
                Resolution::Superseded { by: winners.clone() },
            )),
        };
        if let Some(share) = share {
            put(&mut settled, candidate.position, Settled::Stands(share));
        }
    }
    let mut committable_usd = Vec::new();
    let mut hours = Vec::new();
    match group.wanted {
        Wanted::Nothing => {}
        Wanted::Committable => {
            committable_usd = committable(group.bill, competing, members, workspace);
        }
        Wanted::Hours => {
            let winning = picked(competing, members).map(|candidate| candidate.projection);
            workspace.replay(group.bill, winning);
            hours.clone_from(&workspace.hours);
        }
    }
    let money = best.map_or_else(Money::default, |set| set.money);
    let nothing = || Settled::Stands(Share::nothing(None, Resolution::Unpriced));
    let settled = settled.into_iter().map(|settled| settled.unwrap_or_else(nothing)).collect();
    GroupOutcome { settled, winners, committable_usd, hours, money }
}

fn put(settled: &mut [Option<Settled>], position: usize, value: Settled) {
    if let Some(slot) = settled.get_mut(position) {
        *slot = Some(value);
    }
}

fn name(finding: &Finding) -> (&str, &Fingerprint) {
    (&finding.rule, &finding.fingerprint)
}

fn picked<'c, 'a>(
    candidates: &'c [Candidate<'a>],
    members: &'c [usize],
) -> impl Iterator<Item = &'c Candidate<'a>> {
    members.iter().filter_map(|&member| candidates.get(member))
}

/// The share of a finding that cannot be replayed.
pub(super) fn unreplayed(finding: &Finding) -> Share {
    let informs = matches!(finding.action, crate::finding::Action::Inform);
    let resolution = if informs { Resolution::Informational } else { Resolution::Unpriced };
    Share::nothing(None, resolution)
}

/// Replays a finding alone, or says why it saves nothing.
fn candidate<'a>(
    bill: &Bill,
    position: usize,
    finding: &'a Finding,
    projection: Projection<'a>,
    workspace: &mut Workspace,
) -> Result<Candidate<'a>, String> {
    let (alone, amount) = amount(bill, &[projection], workspace);
    if !alone.is_worth_something() {
        return Err(why_cleared(alone, projection, bill));
    }
    Ok(Candidate { position, finding, projection, alone, amount })
}

fn why_cleared(alone: Money, projection: Projection<'_>, bill: &Bill) -> String {
    if Usd::round(alone.saved_usd) < Usd::ZERO && Usd::round(alone.freed_usd) > Usd::ZERO {
        return "while its commitment lasts it would cost more than it saves".to_owned();
    }
    projection.why_it_saves_nothing(bill).to_owned()
}

/// All sets of candidates that can be done together, each replayed.
fn compatible_sets(
    bill: &Bill,
    candidates: &[Candidate<'_>],
    workspace: &mut Workspace,
) -> Vec<Set> {
    let of_stage = |stage: Stage| {
        (0..candidates.len()).filter(move |&index| {
            candidates.get(index).is_some_and(|candidate| candidate.projection.stage() == stage)
        })
    };
    let mut composed: Vec<Vec<usize>> = vec![Vec::new()];
    for stage in Stage::COMPOSING {
        for known in 0..composed.len() {
            for index in of_stage(stage) {
                let mut longer = composed.get(known).cloned().unwrap_or_default();
                longer.push(index);
                composed.push(longer);
            }
        }
    }
    composed.remove(0);
    composed.extend(of_stage(Stage::Terminal).map(|index| vec![index]));
    let mut value = |members: Vec<usize>| {
        let money = match members.as_slice() {
            [single] => candidates.get(*single).map_or_else(Money::default, |one| one.alone),
            several => workspace
                .replay(bill, picked(candidates, several).map(|candidate| candidate.projection)),
        };
        Set { members, money }
    };
    composed.into_iter().map(&mut value).collect()
}

/// What makes one set better than another; the smallest is best.
fn preference<'a>(
    set: &Set,
    candidates: &[Candidate<'a>],
) -> (i64, i64, usize, u32, Vec<(&'a str, &'a Fingerprint)>) {
    let (saved, freed) = set.money.cents();
    let members = || picked(candidates, &set.members);
    let invasiveness = members().map(|candidate| candidate.projection.invasiveness()).sum();
    let mut names: Vec<_> = members().map(|candidate| name(candidate.finding)).collect();
    names.sort_unstable();
    (-saved, -freed, set.members.len(), invasiveness, names)
}

/// The winners' shares, in the order of `members`. They add up to the set's amount to the cent, in every column.
fn shares(
    bill: &Bill,
    candidates: &[Candidate<'_>],
    members: &[usize],
    sets: &[Set],
    workspace: &mut Workspace,
) -> Vec<Amount> {
    if let [single] = members {
        return candidates.get(*single).map(|winner| winner.amount).into_iter().collect();
    }
    let projections: Vec<_> =
        picked(candidates, members).map(|candidate| candidate.projection).collect();
    let (_, whole) = amount(bill, &projections, workspace);
    let value_of = |bits: usize| {
        let subset = members.iter().enumerate().filter(|(place, _)| bits & (1 << place) != 0);
        let subset: Vec<usize> = subset.map(|(_, &member)| member).collect();
        sets.iter().find(|set| set.members == subset).map_or_else(Money::default, |set| set.money)
    };
    let saved_shares = shapley(members.len(), |bits| value_of(bits).saved_usd);
    let freed_shares = shapley(members.len(), |bits| value_of(bits).freed_usd);
    let likely = split_cents(whole.claim.likely.cents(), &saved_shares);
    let freed = split_cents(whole.freed.cents(), &freed_shares);
    let down = split_cents_within((whole.claim.likely - whole.claim.low).cents(), &likely);
    let up_cents = (whole.claim.high - whole.claim.likely - whole.freed).cents();
    let weights: Vec<f64> = likely.iter().map(|&cents| cents as f64).collect();
    let up = split_cents(up_cents, &weights);
    likely
        .into_iter()
        .zip(freed)
        .zip(down.into_iter().zip(up))
        .map(|((likely, freed), (down, up))| Amount {
            claim: Claim {
                low: Usd::from_cents(likely - down),
                likely: Usd::from_cents(likely),
                high: Usd::from_cents(likely + up + freed),
            },
            freed: Usd::from_cents(freed),
        })
        .collect()
}

/// A winner's share with its reason. Largest remainders may give a winner one cent more than it saves alone; its claim
/// then says so too.
fn winning_share(candidate: &Candidate<'_>, own: Amount, winners: &[Fingerprint]) -> Share {
    let mut claim = candidate.amount.claim;
    claim.likely = claim.likely.max(own.claim.likely);
    claim.high = claim.high.max(own.claim.likely);
    let others = || {
        winners.iter().filter(|winner| **winner != candidate.finding.fingerprint).cloned().collect()
    };
    let resolution = if own.claim.likely < claim.likely {
        Resolution::Reduced { by: others() }
    } else if own.claim.likely == Usd::ZERO && own.freed > Usd::ZERO {
        Resolution::Committed
    } else {
        Resolution::Counted
    };
    Share { claim: Some(claim), counted: own.claim, freed: own.freed, resolution, commitment: None }
}

/// See [`GroupOutcome::committable_usd`].
fn committable(
    bill: &Bill,
    candidates: &[Candidate<'_>],
    members: &[usize],
    workspace: &mut Workspace,
) -> Vec<f64> {
    let moves_away = |candidate: &Candidate<'_>| {
        matches!(
            candidate.projection,
            Projection::Resize { .. } | Projection::Reprice { .. } | Projection::Reroute { .. }
        )
    };
    if picked(candidates, members).any(moves_away) {
        return Vec::new();
    }
    if members.is_empty() {
        return bill.hours.iter().map(|hour| hour.committable_usd()).collect();
    }
    workspace.replay(bill, picked(candidates, members).map(|candidate| candidate.projection));
    workspace.hours.iter().map(|hour| hour.on_demand_usd).collect()
}

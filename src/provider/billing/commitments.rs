//! The commitments that charges name, and how much of each was used.

use std::collections::BTreeMap;

use super::{
    charge::{Charge, CommitmentShare, Part},
    money::{self, Pico},
    period,
};
use crate::frame::{Arn, CommitmentRow};
use crate::window::{HourNumber, MS_PER_HOUR};

#[derive(Debug, Default)]
struct Seen {
    provider: String,
    account_id: String,
    kind: &'static str,
    region: Option<String>,
    instance_type: Option<String>,
    has_types: bool,
    amounts: Option<Amounts>,
    /// Charges across an edge of the window, by their time: what part lies inside is known when all is read.
    crossing: BTreeMap<(i64, i64), Amounts>,
    is_use_unknown: bool,
    is_whole_known: bool,
}

/// What a commitment cost, and what of it was used.
#[derive(Debug, Clone, Copy, Default)]
struct Amounts {
    committed: Pico,
    used: Pico,
}

impl Amounts {
    fn add(&mut self, other: Self) {
        self.committed = self.committed.saturating_add(other.committed);
        self.used = self.used.saturating_add(other.used);
    }

    /// The part that belongs to `[from, to)` of `whole` milliseconds.
    fn share(self, from: i64, to: i64, whole: i64) -> Self {
        let part = |all| money::share(all, from, to, whole);
        Self { committed: part(self.committed), used: part(self.used) }
    }
}

/// The commitments so far.
#[derive(Debug)]
pub(super) struct Commitments {
    /// The window that was asked for, in milliseconds.
    window: (i64, i64),
    seen: BTreeMap<String, Seen>,
}

impl Commitments {
    /// None yet; sums are to be those of a window.
    pub(super) fn within(start: Option<HourNumber>, end: Option<HourNumber>) -> Self {
        let ms = |hour: HourNumber| hour.saturating_mul(MS_PER_HOUR);
        let window = (start.map_or(i64::MIN, ms), end.map_or(i64::MAX, ms));
        Self { window, seen: BTreeMap::new() }
    }

    /// Adds a charge's share.
    pub(super) fn add(&mut self, charge: &Charge<'_>, share: &CommitmentShare<'_>) {
        let arn = Arn::parse(&share.id);
        let own = |part: Option<&str>| part.filter(|part| !part.is_empty()).map(str::to_owned);
        let account = own(arn.map(|arn| arn.account))
            .unwrap_or_else(|| charge.account_id.clone().into_owned());
        let known = self.seen.entry(share.id.clone().into_owned());
        let seen = known.or_insert_with(|| Seen {
            provider: charge.provider.clone().into_owned(),
            account_id: account.clone(),
            kind: share.kind,
            region: own(arn.map(|arn| arn.region)),
            ..Seen::default()
        });
        // Row order must not matter: of several words the least stands.
        seen.kind = seen.kind.min(share.kind);
        if account < seen.account_id {
            seen.account_id = account;
        }
        seen.say_type(share.instance_type.as_deref());
        seen.say_part(share.part, (charge.start, charge.end), self.window);
    }

    /// The rows, sorted by id. `range` is the time that all charges span: longer ones are spread over it alone.
    pub(super) fn rows(self, range: (i64, i64)) -> Vec<CommitmentRow> {
        let window = self.window;
        self.seen
            .into_iter()
            .map(|(commitment_id, seen)| (commitment_id, seen.amounts(range, window), seen))
            .map(|(commitment_id, amounts, seen)| CommitmentRow {
                commitment_id,
                provider: seen.provider,
                account_id: seen.account_id,
                kind: seen.kind.to_owned(),
                scope_region: seen.region,
                scope_instance_type: seen.instance_type,
                starts_at: None,
                ends_at: None,
                committed_usd_per_hour: None,
                window_committed_usd: amounts
                    .filter(|_| seen.is_whole_known)
                    .map(|amounts| money::amount(amounts.committed)),
                window_used_usd: amounts
                    .filter(|_| !seen.is_use_unknown)
                    .map(|amounts| money::amount(amounts.used)),
            })
            .collect()
    }
}

impl Seen {
    /// A commitment whose charges name several machine types is not for one of them.
    fn say_type(&mut self, instance_type: Option<&str>) {
        let Some(named) = instance_type else { return };
        if !self.has_types {
            self.instance_type = Some(named.to_owned());
        } else if self.instance_type.as_deref() != Some(named) {
            self.instance_type = None;
        }
        self.has_types = true;
    }

    fn say_part(&mut self, part: Part, time: (i64, i64), window: (i64, i64)) {
        let (committed, used) = match part {
            Part::Mentioned => return,
            Part::Used(used) | Part::UsedOfMore(used) => (used, used),
            Part::Unused(unused) => (unused, 0),
            Part::Both { committed, used } => (committed, used),
            Part::Paid(paid) => {
                self.is_use_unknown = true;
                (paid, 0)
            }
        };
        self.is_whole_known |= !matches!(part, Part::UsedOfMore(_));
        let amounts = Amounts { committed, used };
        let known = self.amounts.get_or_insert_default();
        let (start, end) = (time.0, time.1.max(time.0 + 1));
        if window.0 <= start && end <= window.1 {
            known.add(amounts);
        } else if start < window.1 && window.0 < end {
            self.crossing.entry((start, end)).or_default().add(amounts);
        }
    }

    /// All that lies in the window. `None`: no charge told an amount.
    fn amounts(&self, range: (i64, i64), window: (i64, i64)) -> Option<Amounts> {
        let mut sum = self.amounts?;
        for (&(start, end), amounts) in &self.crossing {
            let (from, to) = period::within(start, end, range);
            let inside = (from.max(window.0), to.min(window.1));
            if inside.0 < inside.1 {
                sum.add(amounts.share(inside.0 - from, inside.1 - from, to - from));
            }
        }
        Some(sum)
    }
}

//! The commitments that charges name, and how much of each was used.

use std::collections::BTreeMap;

use super::{
    charge::{Charge, CommitmentShare, Part},
    money::{self, Pico},
};
use crate::frame::{Arn, CommitmentRow};

#[derive(Debug, Default)]
struct Seen {
    provider: String,
    account_id: String,
    kind: &'static str,
    region: Option<String>,
    instance_type: Option<String>,
    has_types: bool,
    committed: Option<Pico>,
    used: Option<Pico>,
    is_use_unknown: bool,
    is_whole_known: bool,
}

/// The commitments so far.
#[derive(Debug, Default)]
pub(super) struct Commitments {
    seen: BTreeMap<String, Seen>,
}

impl Commitments {
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
        seen.say_part(share.part);
    }

    /// The rows, sorted by id.
    pub(super) fn rows(self) -> Vec<CommitmentRow> {
        self.seen
            .into_iter()
            .map(|(commitment_id, seen)| CommitmentRow {
                commitment_id,
                provider: seen.provider,
                account_id: seen.account_id,
                kind: seen.kind.to_owned(),
                scope_region: seen.region,
                scope_instance_type: seen.instance_type,
                starts_at: None,
                ends_at: None,
                committed_usd_per_hour: None,
                window_committed_usd: seen
                    .committed
                    .filter(|_| seen.is_whole_known)
                    .map(money::amount),
                window_used_usd: seen.used.filter(|_| !seen.is_use_unknown).map(money::amount),
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

    fn say_part(&mut self, part: Part) {
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
        self.committed = Some(self.committed.unwrap_or_default().saturating_add(committed));
        self.used = Some(self.used.unwrap_or_default().saturating_add(used));
    }
}

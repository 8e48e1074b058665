//! Savings Plans and Reserved Instances, and how much of each is used.
//!
//! Plans are listed by the account that bought them, which is free. Their use, and that of the reservations that EC2 lists, is
//! Cost Explorer's at $0.01 a page: it is asked only where there is something to ask about.

mod collect;
mod normalize;
mod wire;

use std::collections::BTreeSet;

pub(super) use self::normalize::hours_in;
use self::normalize::{Uses, plan_row, use_of, used, without_use};
use super::{Days, MaySpend, ask::Unanswered};
use crate::{
    frame::{CommitmentRow, InstantMs},
    provider::aws::{observed, seat::Seat},
    snapshot::Gap,
    units::count,
    window::{MS_PER_HOUR, Window},
};

/// What is asked about, and what is known already.
#[derive(Clone, Copy)]
pub(in crate::provider::aws) struct Asked<'a> {
    /// Each account in its home region, that of the credentials first: it may be the payer, which sees all others.
    pub(in crate::provider::aws) homes: &'a [&'a Seat],
    /// Commitments that EC2 lists. Of these, those of kind `reservation` come back with their use.
    pub(in crate::provider::aws) listed: &'a [CommitmentRow],
    pub(in crate::provider::aws) window: Window,
    /// The time here. `None`: every bill is complete.
    pub(in crate::provider::aws) now: Option<InstantMs>,
    pub(in crate::provider::aws) may_spend: MaySpend<'a>,
}

/// Commitments with their use: Savings Plans, and the reservations that were listed, under the ids they were listed by.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::provider::aws) struct Commitments {
    pub(in crate::provider::aws) rows: Vec<CommitmentRow>,
    pub(in crate::provider::aws) gaps: Vec<Gap>,
}

/// Which of the two is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plan,
    Reservation,
}

/// Asks for plans, and for the use of plans and reservations.
pub(in crate::provider::aws) async fn observe(asked: Asked<'_>) -> Commitments {
    let mut found = Commitments::default();
    let plans = plans(asked.homes, asked.window, &mut found.gaps).await;
    let (from, to) = (asked.window.start * MS_PER_HOUR, asked.window.end * MS_PER_HOUR);
    let reservations: Vec<CommitmentRow> = asked
        .listed
        .iter()
        .filter(|row| row.kind == "reservation" && hours_in(row, from, to) > 0.0)
        .cloned()
        .collect();
    let days = Days::of(asked.window);
    let settled = days.settled(asked.now);
    for (rows, kind) in [(plans, Kind::Plan), (reservations, Kind::Reservation)] {
        let uses = match settled {
            Some(settled) => uses(asked, &rows, kind, settled, &mut found.gaps).await,
            None => Uses::new(),
        };
        found.gaps.extend(untold(&without_use(&rows, &uses), kind));
        found.rows.extend(rows.into_iter().map(|row| {
            let told = use_of(&uses, &row.commitment_id).copied();
            used(row, told, asked.window, settled.unwrap_or(days))
        }));
    }
    found.rows.sort_by(|a, b| a.commitment_id.cmp(&b.commitment_id));
    found.rows.dedup_by(|a, b| a.commitment_id == b.commitment_id);
    found
}

/// Plans without their use, which an export tells: what is free to ask.
pub(in crate::provider::aws) async fn plans_only(homes: &[&Seat], window: Window) -> Commitments {
    let mut gaps = Vec::new();
    let rows = plans(homes, window, &mut gaps).await;
    let days = Days::of(window);
    let rows = rows.into_iter().map(|row| used(row, None, window, days)).collect();
    Commitments { rows, gaps }
}

/// The plans of every account.
async fn plans(homes: &[&Seat], window: Window, gaps: &mut Vec<Gap>) -> Vec<CommitmentRow> {
    let mut rows = Vec::new();
    for seat in homes {
        match collect::plans(seat).await {
            Ok(plans) => rows
                .extend(plans.iter().filter_map(|plan| plan_row(plan, &seat.account_id, window))),
            Err(error) => {
                let hides = "Savings Plans of this account: what ends when, and what is committed to already";
                gaps.push(observed::gap(&format!("account {}", seat.account_id), &error, hides));
            }
        }
    }
    rows
}

/// The use of commitments. Whoever owns some is asked, unless an account before, such as the payer, told all.
async fn uses(
    asked: Asked<'_>,
    rows: &[CommitmentRow],
    kind: Kind,
    days: Days,
    gaps: &mut Vec<Gap>,
) -> Uses {
    let mut known = Uses::new();
    for (index, seat) in asked.homes.iter().enumerate() {
        let open = without_use(rows, &known);
        let owns = |row: &CommitmentRow| {
            row.account_id == seat.account_id && open.contains(&row.commitment_id)
        };
        if open.is_empty() || (index > 0 && !rows.iter().any(owns)) {
            continue;
        }
        match ask(seat, asked.may_spend, kind, days).await {
            Ok(told) => known.extend(told),
            Err(error) => gaps.push(error.gap(seat, "how much of its commitments is used")),
        }
    }
    known
}

async fn ask(
    seat: &Seat,
    may_spend: MaySpend<'_>,
    kind: Kind,
    days: Days,
) -> Result<Uses, Unanswered> {
    Ok(match kind {
        Kind::Plan => normalize::plan_uses(&collect::plan_uses(seat, may_spend, days).await?),
        Kind::Reservation => {
            normalize::reservation_uses(&collect::reservation_uses(seat, may_spend, days).await?)
        }
    })
}

/// Commitments whose use nobody tells.
fn untold(ids: &BTreeSet<String>, kind: Kind) -> Option<Gap> {
    let first = ids.first()?;
    let word = match kind {
        Kind::Plan => "Savings Plan",
        Kind::Reservation => "Reserved Instance",
    };
    let more = match ids.len() {
        1 => first.clone(),
        all => format!("{first} and {} more", all - 1),
    };
    Some(Gap {
        what: format!("the use of {}: {more}", count(ids.len() as u64, word)),
        because: "Cost Explorer does not tell it to the accounts that were asked".to_owned(),
        hides: "how much of them is paid for and not used".to_owned(),
        remedy: "Ask as the account that pays, or name a CUR or FOCUS export in `aws.exports`."
            .to_owned(),
    })
}

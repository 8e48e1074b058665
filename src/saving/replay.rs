//! Replays and what they are worth: dollars from the hours, cents with a range from the dollars.

use super::{
    bill::{Bill, BillHour},
    project::Projection,
    range::{Resampler, Swing},
};
use crate::{
    finding::Claim,
    units::{HOURS_PER_MONTH, Usd},
    window::Window,
};

/// Buffers that all subjects of an audit share, because most subjects are small and many.
pub struct Workspace {
    /// The hours of the last replay.
    pub(super) hours: Vec<BillHour>,
    daily: Vec<f64>,
    resampler: Resampler,
}

impl Workspace {
    /// Empty buffers.
    pub fn new() -> Self {
        let window = Window { start: 0, end: 0 };
        Self { hours: Vec::new(), daily: Vec::new(), resampler: Resampler::new(window) }
    }

    /// Gets ready for a subject: its window and the seed of its range.
    pub(super) fn resampler(&mut self, id: &str, window: Window) -> &mut Resampler {
        if self.resampler.window() != window {
            self.resampler = Resampler::new(window);
        }
        self.resampler.seed(id);
        &mut self.resampler
    }

    /// Replays projections, in the order given, and leaves the hours in the workspace.
    pub(super) fn replay<'p>(
        &mut self,
        bill: &Bill,
        projections: impl Iterator<Item = Projection<'p>>,
    ) -> Money {
        self.hours.clone_from(&bill.hours);
        projections.for_each(|projection| projection.apply(&mut self.hours));
        let (mut saved, mut freed) = (0.0, 0.0);
        for (before, after) in bill.hours.iter().zip(&self.hours) {
            saved += before.uncommitted_usd() - after.uncommitted_usd();
            freed += before.committed_usd - after.committed_usd;
        }
        let monthly = HOURS_PER_MONTH / bill.hours.len().max(1) as f64;
        Money { saved_usd: saved * monthly, freed_usd: freed * monthly }
    }

    /// The swing of what the hours in the workspace save on a bill.
    fn swing(&mut self, bill: &Bill) -> Swing {
        let saved = bill.hours.iter().zip(&self.hours);
        Resampler::daily(
            saved.map(|(before, after)| before.uncommitted_usd() - after.uncommitted_usd()),
            &mut self.daily,
        );
        self.resampler.swing(&self.daily)
    }
}

impl Default for Workspace {
    fn default() -> Self {
        Self::new()
    }
}

/// Dollars per month: what a replay saves, and what it frees under commitments.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Money {
    /// Not paid on demand any more.
    pub(super) saved_usd: f64,
    /// Not needed any more of what is under a commitment.
    pub(super) freed_usd: f64,
}

impl Money {
    /// Both in cents, for comparisons that float noise must not decide.
    pub(super) fn cents(self) -> (i64, i64) {
        (Usd::round(self.saved_usd).cents(), Usd::round(self.freed_usd).cents())
    }

    pub(super) fn is_worth_something(self) -> bool {
        let (saved, freed) = self.cents();
        saved > 0 || (saved == 0 && freed > 0)
    }
}

/// Exact money with its range: `claim.high` includes `freed` used for something else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amount {
    pub(super) claim: Claim,
    pub(super) freed: Usd,
}

/// The money of a set with its range: replayed, rounded once, and kept within the bill.
pub(super) fn amount(
    bill: &Bill,
    set: &[Projection<'_>],
    workspace: &mut Workspace,
) -> (Money, Amount) {
    let spread = set.iter().any(|projection| projection.has_spread());
    let moved = |by: f64| set.iter().map(move |projection| projection.moved(by));
    let [dear, cheap] = if spread {
        [1.0, -1.0].map(|by| workspace.replay(bill, moved(by)).saved_usd)
    } else {
        [0.0; 2]
    };
    let money = workspace.replay(bill, set.iter().copied());
    let mut swing = workspace.swing(bill);
    if spread {
        swing.down_usd += (money.saved_usd - dear).max(0.0);
        swing.up_usd += (cheap - money.saved_usd).max(0.0);
    }
    let monthly = HOURS_PER_MONTH / bill.hours.len().max(1) as f64;
    (money, ranged(money, swing, Usd::round(bill.cost_usd() * monthly)))
}

/// Rounds an amount and its range and keeps them in order and within the cost.
fn ranged(money: Money, swing: Swing, cost: Usd) -> Amount {
    let cost = cost.max(Usd::ZERO);
    let likely = Usd::round(money.saved_usd).clamp(Usd::ZERO, cost);
    let freed = Usd::round(money.freed_usd).clamp(Usd::ZERO, cost - likely);
    let low = Usd::round(money.saved_usd - swing.down_usd).clamp(Usd::ZERO, likely);
    let high = Usd::round(money.saved_usd + swing.up_usd).max(likely) + freed;
    Amount { claim: Claim { low, likely, high: high.min(cost) }, freed }
}

//! Actions as projections: pure functions from a bill to the bill one would have had.
//!
//! What is no longer needed falls out of both parts of an hour alike, the part paid on demand and the part under a
//! commitment. The caller tells them apart: the first is saved, the second only freed.

mod amount;
mod reprice;
mod reroute;
mod resize;
mod scale;
mod schedule;
mod shrink;
mod stop;

use super::bill::{Bill, BillHour};
use crate::{calendar::CrossFit, finding::Action};

/// An action that can be replayed: its price is known, its numbers are finite and, for a schedule, there is a calendar.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Projection<'a> {
    /// See [`stop`].
    Stop,
    /// See [`schedule`].
    Schedule { calendars: &'a CrossFit, warmup_hours: f64 },
    /// See [`scale`].
    Scale { headroom_ratio: f64, min_count: f64, cooldown_hours: f64 },
    /// See [`shrink`].
    Shrink { headroom_ratio: f64, min_count: f64 },
    /// See [`resize`].
    Resize { price_ratio: f64, stretch_ratio: f64 },
    /// See [`reprice`].
    Reprice { price_ratio: f64, rework_ratio: f64, price_spread_ratio: f64 },
    /// See [`reroute`].
    Reroute { usd_per_request: f64 },
    /// See [`amount`].
    Amount { usd_per_month: f64 },
}

/// Where a projection stands in a composition. Of each stage at most one applies, and a terminal one applies alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Hours switched off come first: nothing else matters in them.
    Schedule,
    /// Then the units that are needed.
    Scale,
    /// Then what a unit is.
    Resize,
    /// Then what it costs.
    Reprice,
    /// Replaces the whole bill, so that nothing composes with it.
    Terminal,
}

impl Stage {
    /// The stages that compose, in order.
    pub(crate) const COMPOSING: [Self; 4] =
        [Self::Schedule, Self::Scale, Self::Resize, Self::Reprice];
}

/// A number that a replay can work with.
fn usable(number: f64) -> Option<f64> {
    (number.is_finite() && number >= 0.0).then_some(number)
}

impl<'a> Projection<'a> {
    /// The projection of an action. `None` if its money is not known: no price, no calendar, a number that is negative
    /// or not finite, or an action that only informs.
    pub(crate) fn of(action: &Action, calendars: Option<&'a CrossFit>) -> Option<Self> {
        Some(match *action {
            Action::Stop { .. } => Self::Stop,
            Action::Schedule { warmup_hours } => {
                Self::Schedule { calendars: calendars?, warmup_hours: usable(warmup_hours)? }
            }
            Action::Scale { headroom_ratio, min_count, cooldown_hours } => Self::Scale {
                headroom_ratio: usable(headroom_ratio)?,
                min_count: usable(min_count)?,
                cooldown_hours: usable(cooldown_hours)?,
            },
            Action::Shrink { headroom_ratio, min_count } => Self::Shrink {
                headroom_ratio: usable(headroom_ratio)?,
                min_count: usable(min_count)?,
            },
            Action::Resize { price_ratio, stretch_ratio, .. } => Self::Resize {
                price_ratio: usable(price_ratio?)?,
                stretch_ratio: usable(stretch_ratio)?,
            },
            Action::Reprice { price_ratio, rework_ratio, price_spread_ratio, .. } => {
                Self::Reprice {
                    price_ratio: usable(price_ratio?)?,
                    rework_ratio: usable(rework_ratio)?,
                    price_spread_ratio: usable(price_spread_ratio)?,
                }
            }
            Action::Reroute { usd_per_request } => {
                Self::Reroute { usd_per_request: usable(usd_per_request?)? }
            }
            Action::Amount { usd_per_month } => {
                Self::Amount { usd_per_month: usable(usd_per_month?)? }
            }
            Action::Inform => return None,
        })
    }

    /// Where it stands in a composition.
    pub(crate) fn stage(self) -> Stage {
        match self {
            Self::Schedule { .. } => Stage::Schedule,
            Self::Scale { .. } | Self::Shrink { .. } => Stage::Scale,
            Self::Resize { .. } => Stage::Resize,
            Self::Reprice { .. } => Stage::Reprice,
            Self::Stop | Self::Reroute { .. } | Self::Amount { .. } => Stage::Terminal,
        }
    }

    /// How much it interferes: of two sets that save the same, the smaller sum is preferred. Units come and go by
    /// themselves when scaled; a schedule is undone with a click; another price keeps the machine; another machine
    /// needs a restart and a test; another way of serving needs work; what is stopped is gone.
    pub(crate) fn invasiveness(self) -> u32 {
        match self {
            Self::Scale { .. } | Self::Shrink { .. } => 1,
            Self::Schedule { .. } => 2,
            Self::Reprice { .. } => 3,
            Self::Resize { .. } => 4,
            Self::Amount { .. } => 5,
            Self::Reroute { .. } => 6,
            Self::Stop => 7,
        }
    }

    /// Whether one of its numbers may turn out otherwise, so that replaying other days does not tell all of its range.
    pub(crate) fn has_spread(self) -> bool {
        match self {
            Self::Reprice { price_spread_ratio, .. } => price_spread_ratio > 0.0,
            Self::Shrink { headroom_ratio, .. } => headroom_ratio > 1.0,
            _ => false,
        }
    }

    /// The same with that number moved within its spread: −1 is the cheap end, 1 the dear one.
    ///
    /// Of a price the spread is known. The headroom of a constant number of units is there because the next busiest hour
    /// may be busier: at the cheap end none of it is needed, at the dear end twice as much.
    pub(crate) fn moved(self, by: f64) -> Self {
        match self {
            Self::Shrink { headroom_ratio, min_count } => {
                let more = (headroom_ratio - 1.0).max(0.0) * by;
                Self::Shrink { headroom_ratio: headroom_ratio + more, min_count }
            }
            Self::Reprice { price_ratio, rework_ratio, price_spread_ratio } => Self::Reprice {
                price_ratio: (price_ratio * (1.0 + by * price_spread_ratio)).max(0.0),
                rework_ratio,
                price_spread_ratio,
            },
            other => other,
        }
    }

    /// Replays it on a bill's hours.
    pub(crate) fn apply(self, hours: &mut [BillHour]) {
        match self {
            Self::Stop => stop::stop(hours),
            Self::Schedule { calendars, warmup_hours } => {
                schedule::schedule(hours, calendars, warmup_hours);
            }
            Self::Scale { headroom_ratio, min_count, cooldown_hours } => {
                scale::scale(hours, headroom_ratio, min_count, cooldown_hours);
            }
            Self::Shrink { headroom_ratio, min_count } => {
                shrink::shrink(hours, headroom_ratio, min_count);
            }
            Self::Resize { price_ratio, stretch_ratio } => {
                resize::resize(hours, price_ratio, stretch_ratio);
            }
            Self::Reprice { price_ratio, rework_ratio, .. } => {
                reprice::reprice(hours, price_ratio, rework_ratio);
            }
            Self::Reroute { usd_per_request } => reroute::reroute(hours, usd_per_request),
            Self::Amount { usd_per_month } => amount::amount(hours, usd_per_month),
        }
    }

    /// Why it saves nothing on a bill, for people.
    pub(crate) fn why_it_saves_nothing(self, bill: &Bill) -> &'static str {
        if bill.cost_usd() <= 0.0 {
            return "nothing was paid for it in the window";
        }
        match self {
            Self::Stop => "nothing would be saved by stopping it",
            Self::Schedule { .. } => "the weekly calendar calls no paid hour off",
            Self::Scale { .. } => "the load needs all units that ran",
            Self::Shrink { .. } => "the busiest hour needs all units that ran",
            Self::Resize { .. } => "the other machine type would cost no less",
            Self::Reprice { .. } if bill.hours.iter().all(|hour| hour.on_demand_usd <= 0.0) => {
                "all of it is under a commitment, in reserved capacity or on spot already"
            }
            Self::Reprice { .. } => "the other price would be no lower",
            Self::Reroute { .. } => "its requests would cost no less there",
            Self::Amount { .. } => "the rule works out a saving of nothing",
        }
    }
}

/// Scales all parts of an hour's cost.
fn scale_cost(hour: &mut BillHour, share: f64) {
    hour.on_demand_usd *= share;
    hour.spot_usd *= share;
    hour.committed_usd *= share;
}

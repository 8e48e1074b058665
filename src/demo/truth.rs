//! What doing the right thing would really save: simulated in the 30 days after the window, independently of the audit.

use std::collections::BTreeSet;

use super::{
    activity::Office,
    ids::HOURS,
    noise::{Noise, whole},
};
use crate::units::HOURS_PER_MONTH;

/// What is known about one subject because it was built that way.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// Resource, commitment or pool (`provider:account:region:pool/type`).
    pub resource_id: String,
    /// Rules that ought to hit it.
    pub rule_hits: BTreeSet<String>,
    /// What the best allowed actions save in the 30 days after the window, scaled to 730 hours. `None`: no price
    /// exists, or it was not worked out.
    pub saving_usd_per_month: Option<f64>,
    /// What those actions free of commitments that are paid anyway, scaled to 730 hours.
    pub freed_usd_per_month: f64,
}

/// One simulated hour of one subject.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hour {
    /// Paid on demand or at spot price.
    pub(super) usd: f64,
    /// Paid under a commitment.
    pub(super) committed_usd: f64,
    pub(super) is_active: bool,
    /// Machines, replicas or model units that ran.
    pub(super) units: f64,
    /// Units the load asks for.
    pub(super) need: f64,
}

/// Units that follow the load.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) headroom: f64,
    pub(super) min_units: f64,
    pub(super) cooldown_hours: usize,
}

/// Spot capacity instead of on demand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    /// Listed price ÷ on-demand price; what a machine pays lies within 10 % of it.
    pub(super) price_ratio: f64,
    pub(super) interruption_monthly_ratio: f64,
    /// Hours lost by an interruption, at most.
    pub(super) lost_hours: f64,
    /// Share of the units that moves.
    pub(super) share: f64,
}

/// The right thing to do about one subject.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Remedy {
    /// Stop it or give it back.
    pub(super) is_stopped: bool,
    /// Switch it off outside these hours, started an hour early.
    pub(super) office: Option<Office>,
    pub(super) scale: Option<Scale>,
    /// Buy this many units, in all hours.
    pub(super) bought_units: Option<f64>,
    /// Price of the right machine type ÷ price of the current one.
    pub(super) price_ratio: Option<f64>,
    pub(super) spot: Option<Spot>,
    /// Nobody knows what the right thing costs.
    pub(super) is_unpriced: bool,
}

impl Remedy {
    /// Stop it.
    pub(super) const STOP: Self = Self {
        is_stopped: true,
        office: None,
        scale: None,
        bought_units: None,
        price_ratio: None,
        spot: None,
        is_unpriced: false,
    };

    pub(super) fn schedule(office: Office) -> Self {
        Self { office: Some(office), ..Self::default() }
    }

    pub(super) fn scale(headroom: f64, min_units: f64, cooldown_hours: usize) -> Self {
        Self { scale: Some(Scale { headroom, min_units, cooldown_hours }), ..Self::default() }
    }

    /// Buy as many units as the busiest hour that can come needs, and a fifth more. `level`: how full that hour is.
    pub(super) fn buy_fewer(units: f64, level: f64) -> Self {
        // A tenth of a thousandth, because 5 × 1.2 is a little more than 6.
        Self { bought_units: Some((units * level * 1.2 - 1e-4).ceil().max(1.0)), ..Self::default() }
    }

    pub(super) fn resize(price_ratio: f64) -> Self {
        Self { price_ratio: Some(price_ratio), ..Self::default() }
    }

    pub(super) fn unpriced() -> Self {
        Self { is_unpriced: true, ..Self::default() }
    }

    pub(super) fn and_resize(self, price_ratio: f64) -> Self {
        Self { price_ratio: Some(price_ratio), ..self }
    }

    /// With spot capacity at this share of the on-demand price.
    pub(super) fn and_spot(
        self,
        price_ratio: f64,
        interruption_monthly_ratio: Option<f64>,
    ) -> Self {
        let interruption_monthly_ratio = interruption_monthly_ratio.unwrap_or(0.2);
        let spot = Spot { price_ratio, interruption_monthly_ratio, lost_hours: 1.5, share: 1.0 };
        Self { spot: Some(spot), ..self }
    }
}

/// What a remedy does to simulated hours.
#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "the unit belongs to the name")]
pub(super) struct Outcome {
    pub(super) saving_usd: f64,
    pub(super) freed_usd: f64,
    /// What is still paid on demand, hour by hour.
    pub(super) remaining_usd: Vec<f64>,
}

impl Outcome {
    /// What of the rest one may commit to: nothing of a machine that moves to another type or price, and nothing where
    /// nobody knows what the right thing leaves.
    pub(super) fn committable_usd(&self, remedy: Remedy) -> Vec<f64> {
        let moves_away = remedy.price_ratio.is_some() || remedy.spot.is_some();
        if moves_away || remedy.is_unpriced {
            return vec![0.0; self.remaining_usd.len()];
        }
        self.remaining_usd.clone()
    }
}

/// Costs the hours with and without the remedy; `slots` are the hours of the local week.
pub(super) fn simulate(
    hours: &[Hour],
    slots: &[usize],
    remedy: Remedy,
    noise: &mut Noise,
) -> Outcome {
    let mut outcome =
        Outcome { saving_usd: 0.0, freed_usd: 0.0, remaining_usd: Vec::with_capacity(hours.len()) };
    let drawn_price = noise.between(0.9, 1.1);
    for (index, hour) in hours.iter().enumerate() {
        let mut share = 1.0;
        if remedy.is_stopped {
            share = 0.0;
        }
        if remedy.office.is_some_and(|office| is_off(office, slots, index)) && !hour.is_active {
            share = 0.0;
        }
        if let Some(scale) = remedy.scale {
            share *= scaled_share(scale, hours, index);
        }
        if let Some(bought) = remedy.bought_units {
            share *= bought.min(hour.units) / hour.units.max(1.0);
        }
        share *= remedy.price_ratio.unwrap_or(1.0);
        let spot = remedy.spot.map_or(1.0, |spot| spot_share(spot, drawn_price, noise));
        let usd = hour.usd * share * spot;
        outcome.saving_usd += hour.usd - usd;
        outcome.freed_usd += hour.committed_usd * (1.0 - share);
        outcome.remaining_usd.push(usd);
    }
    outcome
}

/// Off is outside working hours, but for the hour before they begin.
fn is_off(office: Office, slots: &[usize], index: usize) -> bool {
    let is_open = |index: usize| slots.get(index).is_some_and(|&slot| office.is_open(slot));
    !is_open(index) && !is_open(index + 1)
}

/// Units that stay ÷ units that ran: those that this hour or one of the cool-down before it asked for.
fn scaled_share(scale: Scale, hours: &[Hour], index: usize) -> f64 {
    let Some(now) = hours.get(index).filter(|hour| hour.units > 0.0) else { return 1.0 };
    let from = index.saturating_sub(scale.cooldown_hours);
    let wanted = hours
        .iter()
        .take(index + 1)
        .skip(from)
        .map(|hour| (hour.need * scale.headroom).ceil().max(scale.min_units))
        .fold(0.0, f64::max);
    wanted.min(now.units) / now.units
}

/// Price of an hour on spot ÷ price on demand, with the work that an interruption loses.
fn spot_share(spot: Spot, drawn_price: f64, noise: &mut Noise) -> f64 {
    let is_interrupted = noise.chance(spot.interruption_monthly_ratio / HOURS_PER_MONTH);
    let lost_hours = if is_interrupted { noise.between(0.5, spot.lost_hours) } else { 0.0 };
    (1.0 - spot.share) + spot.share * spot.price_ratio * drawn_price * (1.0 + lost_hours)
}

/// Simulated dollars, scaled from 30 days to 730 hours.
pub(super) fn monthly(usd: f64) -> f64 {
    usd / HOURS as f64 * HOURS_PER_MONTH
}

/// The best level to commit to for a load and a price, and what it saves: the level exceeded in a share of the hours as
/// large as the committed price ÷ the on-demand price.
pub(super) fn commitment(load_usd: &[f64], price_ratio: f64) -> (f64, f64) {
    let mut sorted = load_usd.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = whole(((1.0 - price_ratio) * sorted.len() as f64).ceil()).max(1) - 1;
    let level = sorted.get(rank).copied().unwrap_or_default();
    let saving = load_usd.iter().map(|usd| usd.min(level) - level * price_ratio).sum();
    (level, saving)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_keeps_a_unit_for_the_cool_down() {
        let hour = |need: f64| Hour { usd: 2.0, units: 2.0, need, ..Hour::default() };
        let hours = [hour(1.5), hour(0.0), hour(0.0)];
        let scale = Remedy::scale(1.3, 0.0, 1);
        let outcome = simulate(&hours, &[0; 3], scale, &mut Noise::new(1));
        assert_eq!(outcome.remaining_usd, [2.0, 2.0, 0.0]);
    }

    #[test]
    fn units_that_are_bought_are_paid_whatever_the_hour_asks_for() {
        let hour = |need: f64| Hour { usd: 10.0, units: 10.0, need, ..Hour::default() };
        let remedy = Remedy::buy_fewer(10.0, 0.48);
        let outcome = simulate(&[hour(4.8), hour(0.0)], &[0; 2], remedy, &mut Noise::new(1));
        assert_eq!(outcome.remaining_usd, [6.0, 6.0]);
    }

    #[test]
    fn a_schedule_starts_an_hour_early_and_pays_for_stray_work() {
        let hour = |is_active| Hour { usd: 1.0, units: 1.0, is_active, ..Hour::default() };
        // Monday 05:00 to 08:00: stray work at 05:00, off at 06:00, warm-up at 07:00, open at 08:00.
        let hours = [hour(true), hour(false), hour(false), hour(true)];
        let office = Office { days: 5, from_hour: 8, to_hour: 19 };
        let remedy = Remedy::schedule(office);
        let outcome = simulate(&hours, &[5, 6, 7, 8], remedy, &mut Noise::new(1));
        assert_eq!(outcome.remaining_usd, [1.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn a_commitment_is_sized_by_the_price() {
        // Two machines, the second in half of the hours; at 63 % of the price it must be used in 63 % of them.
        let load: Vec<f64> = (0..100).map(|hour| if hour < 50 { 2.0 } else { 1.0 }).collect();
        let (level, saving) = commitment(&load, 0.63);
        assert!((level - 1.0).abs() < 1e-9);
        assert!((saving - 37.0).abs() < 1e-9);
    }
}

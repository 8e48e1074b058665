//! New commitments, settled last: for the load that the other findings leave.

use super::{
    bill::BillHour,
    range::{Resampler, Swing},
    replay::Workspace,
    resolve::{Settled, Share},
};
use crate::{
    finding::{Action, Claim, Finding, Fingerprint, Resolution, SettledCommitment},
    units::{HOURS_PER_MONTH, Usd},
    window::Window,
};

/// Float noise that must not move a quantile.
const RANK_TOLERANCE: f64 = 1e-9;

/// Plans are bought in dollars with three decimals: the finest step that AWS and Azure both take.
const MILLS_PER_USD: f64 = 1000.0;

/// Share of a machine by which discounts and rounding may differ between hours.
const MACHINE_TOLERANCE: f64 = 0.01;

/// Interchangeable capacity that could be put under a commitment.
pub struct Pool<'a> {
    /// Its id: the seed of its range.
    pub id: &'a str,
    /// The window.
    pub window: Window,
    /// Findings that propose a commitment.
    pub findings: Vec<&'a Finding>,
    /// By hour, what all members pay on demand now.
    pub before_usd: Vec<f64>,
    /// By hour, what of it the members' own findings leave on the same machine type. Members with a finding without a
    /// price are left out: what they leave is not known.
    pub after_usd: Vec<f64>,
    /// The members' own findings that win or have no price, sorted.
    pub winners: Vec<Fingerprint>,
    /// The most that one machine, replica or unit of a member pays on demand in an hour.
    pub machine_usd_per_hour: f64,
}

/// The best commitment at a price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Commitment {
    /// What to commit to, in on-demand dollars an hour.
    pub level_usd_per_hour: f64,
    /// Committed price ÷ on-demand price.
    pub price_ratio: f64,
}

impl Commitment {
    /// The best level for a load by hour: the highest one reached in at least `price_ratio` of the hours. At that level
    /// the next committed dollar costs as much in all hours as it saves in those that need it.
    pub fn best(load_usd: &[f64], price_ratio: f64) -> Self {
        let mut sorted = load_usd.to_vec();
        sorted.sort_unstable_by(|a, b| b.total_cmp(a));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let hours_needed =
            (price_ratio * sorted.len() as f64 - RANK_TOLERANCE).ceil().max(1.0) as usize;
        let level = if price_ratio < 1.0 { sorted.get(hours_needed - 1) } else { None };
        Self { level_usd_per_hour: level.copied().unwrap_or_default().max(0.0), price_ratio }
    }

    /// The same as one buys it.
    fn settled(self, machine_usd_per_hour: f64) -> SettledCommitment {
        let level = self.level_usd_per_hour;
        let committed = level * self.price_ratio * MILLS_PER_USD + RANK_TOLERANCE;
        let machines = (level / machine_usd_per_hour + MACHINE_TOLERANCE).floor();
        SettledCommitment {
            on_demand_usd_per_hour: level,
            committed_usd_per_hour: committed.floor() / MILLS_PER_USD,
            machine_count: (machines.is_finite() && machines >= 1.0).then_some(machines),
        }
    }

    /// A load by hour as it costs with this commitment.
    pub(super) fn apply(self, hours: &mut [BillHour]) {
        for hour in hours {
            hour.on_demand_usd -= self.saved_usd(hour.on_demand_usd);
        }
    }

    /// What an hour saves: `cost − (r·L + max(0, cost − L))`. Negative where the load is below the commitment.
    pub fn saved_usd(self, cost_usd: f64) -> f64 {
        cost_usd.min(self.level_usd_per_hour) - self.price_ratio * self.level_usd_per_hour
    }
}

/// Settles the findings of a pool: each one's claim is for the load of today, and it counts for the load that the
/// members' own findings leave. The one that counts most wins; the others are superseded by it.
pub fn settle_pool(pool: &Pool<'_>, workspace: &mut Workspace) -> Vec<Settled> {
    let resampler = workspace.resampler(pool.id, pool.window);
    let offers: Vec<Option<Offer>> = pool
        .findings
        .iter()
        .map(|finding| Some(Offer::of(pool, price(&finding.action)?, resampler)))
        .collect();
    let best = pool
        .findings
        .iter()
        .zip(&offers)
        .filter_map(|(finding, offer)| {
            let offer = offer.filter(|offer| offer.counted.likely > Usd::ZERO)?;
            Some((-offer.counted.likely.cents(), &finding.rule, &finding.fingerprint))
        })
        .min()
        .map(|(.., fingerprint)| fingerprint);
    let settle = |(finding, offer): (&&Finding, &Option<Offer>)| match offer {
        None => Settled::Stands(Share::nothing(None, Resolution::Unpriced)),
        Some(offer) => offer.settle(finding, best, &pool.winners),
    };
    pool.findings.iter().zip(&offers).map(settle).collect()
}

/// What a commitment would save today and after the other findings.
#[derive(Debug, Clone, Copy)]
struct Offer {
    claim: Claim,
    counted: Claim,
    commitment: SettledCommitment,
}

/// The commitment that a finding proposes for a load, if it stood alone. `None`: its price is not known.
pub(super) fn alone(finding: &Finding, hours: &[BillHour]) -> Option<Commitment> {
    let load: Vec<f64> = hours.iter().map(|hour| hour.on_demand_usd).collect();
    Some(Commitment::best(&load, price(&finding.action)?.ratio))
}

/// A commitment's price: ratio and how far it may lie off, as a share of it.
#[derive(Debug, Clone, Copy)]
struct Price {
    ratio: f64,
    spread_ratio: f64,
}

/// The price of a commitment finding; `None` if it is not known.
fn price(action: &Action) -> Option<Price> {
    let Action::Reprice { price_ratio, rework_ratio, price_spread_ratio, .. } = *action else {
        return None;
    };
    let ratio = price_ratio? * (1.0 + rework_ratio);
    (ratio.is_finite() && ratio >= 0.0)
        .then_some(Price { ratio, spread_ratio: price_spread_ratio.max(0.0) })
}

impl Offer {
    fn of(pool: &Pool<'_>, price: Price, resampler: &mut Resampler) -> Self {
        let counted = saving(&pool.after_usd, price, resampler);
        let mut claim = saving(&pool.before_usd, price, resampler);
        // The rest of a load never saves more than all of it, but its range may be wider.
        claim.likely = claim.likely.max(counted.likely);
        claim.high = claim.high.max(claim.likely);
        let commitment =
            Commitment::best(&pool.after_usd, price.ratio).settled(pool.machine_usd_per_hour);
        Self { claim, counted, commitment }
    }

    fn settle(
        self,
        finding: &Finding,
        best: Option<&Fingerprint>,
        members_winners: &[Fingerprint],
    ) -> Settled {
        if self.claim.likely <= Usd::ZERO {
            return Settled::Cleared("no load is steady enough for a commitment to pay".to_owned());
        }
        let superseded = |by: Vec<Fingerprint>| {
            Settled::Stands(Share::nothing(Some(self.claim), Resolution::Superseded { by }))
        };
        match best {
            Some(best) if *best == finding.fingerprint => {
                let resolution = if self.counted.likely < self.claim.likely {
                    Resolution::Reduced { by: members_winners.to_vec() }
                } else {
                    Resolution::Counted
                };
                Settled::Stands(Share {
                    claim: Some(self.claim),
                    counted: self.counted,
                    freed: Usd::ZERO,
                    resolution,
                    commitment: Some(self.commitment),
                })
            }
            Some(best) => superseded(vec![best.clone()]),
            None => superseded(members_winners.to_vec()),
        }
    }
}

/// The monthly saving of the best commitment for a load, with its range.
fn saving(load_usd: &[f64], price: Price, resampler: &mut Resampler) -> Claim {
    let monthly = HOURS_PER_MONTH / load_usd.len().max(1) as f64;
    let commitment = Commitment::best(load_usd, price.ratio);
    let total = |commitment: Commitment| {
        load_usd.iter().map(|&cost| commitment.saved_usd(cost)).sum::<f64>() * monthly
    };
    let at_price = |by: f64| {
        let price_ratio = (price.ratio * (1.0 + by * price.spread_ratio)).max(0.0);
        total(Commitment { price_ratio, ..commitment })
    };
    let likely = total(commitment);
    let mut daily = Vec::new();
    Resampler::daily(load_usd.iter().map(|&cost| commitment.saved_usd(cost)), &mut daily);
    let Swing { down_usd, up_usd } = resampler.swing(&daily);
    let cost = Usd::round(load_usd.iter().sum::<f64>() * monthly).max(Usd::ZERO);
    let rounded = Usd::round(likely).clamp(Usd::ZERO, cost);
    Claim {
        low: Usd::round(at_price(1.0).min(likely) - down_usd).clamp(Usd::ZERO, rounded),
        likely: rounded,
        high: Usd::round(at_price(-1.0).max(likely) + up_usd).clamp(rounded, cost),
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the expected numbers are exact in binary")]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_the_highest_that_enough_hours_reach() {
        // At 60 % of the price, 6 of 10 hours must reach the level: the sixth highest is 4.
        let load = [1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
        let commitment = Commitment::best(&load, 0.6);
        assert_eq!(commitment.level_usd_per_hour, 4.0);
        // Ten hours of 4 × 0.6 = 24, plus 1 + 2 + 3 + 4 + 5 = 15 on demand, instead of 47.
        let saved: f64 = load.iter().map(|&cost| commitment.saved_usd(cost)).sum();
        assert!((saved - (47.0 - 24.0 - 15.0)).abs() < 1e-9);
    }

    #[test]
    fn no_other_level_saves_more() {
        let load = [0.0, 1.0, 1.0, 3.0, 3.0, 3.0, 8.0];
        let saved = |commitment: Commitment| -> f64 {
            load.iter().map(|&cost| commitment.saved_usd(cost)).sum()
        };
        let best = Commitment::best(&load, 0.5);
        for level in [0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0] {
            assert!(saved(Commitment { level_usd_per_hour: level, ..best }) <= saved(best) + 1e-9);
        }
    }

    #[test]
    fn a_commitment_is_bought_in_dollars_of_the_plan_or_in_whole_machines() {
        let at = |level, ratio| Commitment { level_usd_per_hour: level, price_ratio: ratio };
        // Two machines and a bit at $1.006; 63 % of $2.2 is $1.386.
        assert_eq!(
            at(2.2, 0.63).settled(1.006),
            SettledCommitment {
                on_demand_usd_per_hour: 2.2,
                committed_usd_per_hour: 1.386,
                machine_count: Some(2.0),
            }
        );
        assert_eq!(at(2.0, 0.630_49).settled(1.0).committed_usd_per_hour, 1.26);
        assert_eq!(at(0.9, 0.63).settled(1.006).machine_count, None);
        assert_eq!(at(0.9, 0.63).settled(0.0).machine_count, None);
    }

    #[test]
    fn a_price_that_is_not_lower_commits_to_nothing() {
        assert_eq!(Commitment::best(&[1.0; 4], 1.0).level_usd_per_hour, 0.0);
    }
}

//! What something cost, hour by hour, by the way it was paid.

/// Cost by hour of the window.
#[derive(Debug, Clone, PartialEq)]
pub struct HourlyCost {
    /// At the on-demand price.
    pub on_demand_usd: Vec<f64>,
    /// At the spot price.
    pub spot_usd: Vec<f64>,
    /// Amortised under a commitment, or for capacity that is reserved: paid whether anything runs or not.
    pub committed_usd: Vec<f64>,
    /// The part of that which is paid at the on-demand price, because it is reserved and under no plan.
    pub reserved_usd: Vec<f64>,
}

impl HourlyCost {
    /// A cost of nothing.
    pub fn zero(hours: usize) -> Self {
        let nothing = || vec![0.0; hours];
        Self {
            on_demand_usd: nothing(),
            spot_usd: nothing(),
            committed_usd: nothing(),
            reserved_usd: nothing(),
        }
    }

    /// The same for capacity that stays paid for if nothing runs.
    pub(super) fn reserved(mut self) -> Self {
        for (committed, usd) in self.committed_usd.iter_mut().zip(&self.on_demand_usd) {
            *committed += usd;
        }
        let nothing = vec![0.0; self.on_demand_usd.len()];
        self.reserved_usd = std::mem::replace(&mut self.on_demand_usd, nothing);
        self
    }

    /// Hour by hour, what a commitment could still make cheaper.
    pub(super) fn committable_usd(&self) -> impl Iterator<Item = f64> {
        self.on_demand_usd.iter().zip(&self.reserved_usd).map(|(usd, reserved)| usd + reserved)
    }

    /// Takes a share of every hour.
    pub(super) fn scale(&mut self, shares: &[f64]) {
        for paid in [
            &mut self.on_demand_usd,
            &mut self.spot_usd,
            &mut self.committed_usd,
            &mut self.reserved_usd,
        ] {
            for (usd, share) in paid.iter_mut().zip(shares) {
                *usd *= share;
            }
        }
    }

    /// Adds another cost, hour by hour.
    pub(super) fn add(&mut self, other: &Self) {
        for (sums, usd) in [
            (&mut self.on_demand_usd, &other.on_demand_usd),
            (&mut self.spot_usd, &other.spot_usd),
            (&mut self.committed_usd, &other.committed_usd),
            (&mut self.reserved_usd, &other.reserved_usd),
        ] {
            for (sum, usd) in sums.iter_mut().zip(usd) {
                *sum += usd;
            }
        }
    }

    /// All parts over the whole window.
    pub fn total_usd(&self) -> f64 {
        let sum = |part: &[f64]| part.iter().sum::<f64>();
        sum(&self.on_demand_usd) + sum(&self.spot_usd) + sum(&self.committed_usd)
    }

    /// Share that was committed. `None`: it cost nothing.
    pub fn committed_ratio(&self) -> Option<f64> {
        let total = self.total_usd();
        (total > 0.0).then(|| self.committed_usd.iter().sum::<f64>() / total)
    }
}

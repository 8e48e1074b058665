//! What something cost, hour by hour, by the way it was paid.

/// Cost by hour of the window.
#[derive(Debug, Clone, PartialEq)]
pub struct HourlyCost {
    /// At the on-demand price.
    pub on_demand_usd: Vec<f64>,
    /// At the spot price.
    pub spot_usd: Vec<f64>,
    /// Amortised under a commitment.
    pub committed_usd: Vec<f64>,
}

impl HourlyCost {
    /// A cost of nothing.
    pub fn zero(hours: usize) -> Self {
        let nothing = || vec![0.0; hours];
        Self { on_demand_usd: nothing(), spot_usd: nothing(), committed_usd: nothing() }
    }

    /// Adds another cost, hour by hour.
    pub(super) fn add(&mut self, other: &Self) {
        for (sums, usd) in [
            (&mut self.on_demand_usd, &other.on_demand_usd),
            (&mut self.spot_usd, &other.spot_usd),
            (&mut self.committed_usd, &other.committed_usd),
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

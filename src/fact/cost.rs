//! What each resource cost, hour by hour: from the bill where there is one.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    frame::CostRow,
    window::{MS_PER_HOUR, Window},
};

/// Charges of one day and one way of paying.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Charge {
    usd: f64,
    /// Bit n: UTC hour n was charged. `None`: the bill is by day.
    hours_mask: Option<u32>,
}

/// What one resource was charged on one UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct DayCost {
    on_demand: Charge,
    spot: Charge,
    committed: Charge,
}

impl DayCost {
    /// The hours that any charge names. `None`: the bill is by day.
    fn hours_mask(&self) -> Option<u32> {
        let masks = [self.on_demand, self.spot, self.committed].map(|charge| charge.hours_mask);
        masks.into_iter().flatten().reduce(|a, b| a | b)
    }
}

/// The charges for using one resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResourceCost {
    days: BTreeMap<i64, DayCost>,
}

/// Cost by hour of the window.
#[derive(Debug, Clone, PartialEq)]
pub struct HourlyCost {
    /// Not under a commitment.
    pub on_demand_usd: Vec<f64>,
    /// Amortised under a commitment.
    pub committed_usd: Vec<f64>,
}

impl HourlyCost {
    /// A cost of nothing.
    pub fn zero(hours: usize) -> Self {
        Self { on_demand_usd: vec![0.0; hours], committed_usd: vec![0.0; hours] }
    }

    /// Both parts over the whole window.
    pub fn total_usd(&self) -> f64 {
        self.on_demand_usd.iter().sum::<f64>() + self.committed_usd.iter().sum::<f64>()
    }

    /// Share that was committed. `None`: it cost nothing.
    pub fn committed_ratio(&self) -> Option<f64> {
        let total = self.total_usd();
        (total > 0.0).then(|| self.committed_usd.iter().sum::<f64>() / total)
    }
}

impl ResourceCost {
    fn add(&mut self, row: &CostRow, effective_usd: f64) {
        self.add_as(row.purchase_option.as_deref(), row, effective_usd);
    }

    fn add_as(&mut self, purchase_option: Option<&str>, row: &CostRow, effective_usd: f64) {
        let day = row.day_start.0.div_euclid(24 * MS_PER_HOUR);
        let entry = self.days.entry(day).or_default();
        let charge = match purchase_option {
            Some("committed") => &mut entry.committed,
            Some("spot") => &mut entry.spot,
            _ => &mut entry.on_demand,
        };
        let mask = row.billed_hours_mask.and_then(|mask| u32::try_from(mask & 0xff_ffff).ok());
        charge.usd += effective_usd;
        charge.hours_mask = match (charge.hours_mask, mask) {
            (Some(a), Some(b)) => Some(a | b),
            (known, None) | (None, known) => known,
        };
    }

    /// The purchase option that cost most.
    pub fn purchase_option(&self) -> Option<&'static str> {
        let sum = |part: fn(&DayCost) -> f64| self.days.values().map(part).sum::<f64>();
        let options = [
            ("on_demand", sum(|day| day.on_demand.usd)),
            ("spot", sum(|day| day.spot.usd)),
            ("committed", sum(|day| day.committed.usd)),
        ];
        options
            .into_iter()
            .filter(|(_, usd)| *usd > 0.0)
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(option, _)| option)
    }

    /// True where the bill says which hours were charged.
    pub fn is_hourly(&self) -> bool {
        self.days.values().any(|day| day.hours_mask().is_some())
    }

    /// Which hours of the window were charged. A day billed as a whole counts as all its hours.
    pub fn charged_hours(&self, window: Window) -> Vec<bool> {
        let mut charged = vec![false; window.hour_count()];
        for (&day, cost) in &self.days {
            let mask = cost.hours_mask().unwrap_or(0xff_ffff);
            for hour in 0..24 {
                if mask >> hour & 1 == 1
                    && let Some(index) = window.index_of(day * 24 + hour)
                    && let Some(flag) = charged.get_mut(index)
                {
                    *flag = true;
                }
            }
        }
        charged
    }

    /// The charges spread over the hours that ran: each day's over the hours the bill names, else over those in
    /// `running`, else over the whole day.
    pub fn hourly(&self, window: Window, running: Option<&[bool]>) -> HourlyCost {
        let mut cost = HourlyCost::zero(window.hour_count());
        for (&day, of_day) in &self.days {
            of_day.on_demand.spread(day, window, running, &mut cost.on_demand_usd);
            of_day.spot.spread(day, window, running, &mut cost.on_demand_usd);
            of_day.committed.spread(day, window, running, &mut cost.committed_usd);
        }
        cost
    }
}

impl Charge {
    /// Adds the charge to the hours of its day: those it names, else those that ran, else all. What falls on hours outside
    /// the window is left out with them.
    fn spread(self, day: i64, window: Window, running: Option<&[bool]>, hourly: &mut [f64]) {
        if self.usd == 0.0 {
            return;
        }
        let mask = self.hours_mask.unwrap_or(0xff_ffff);
        let named = (0..24).filter(|hour| mask >> hour & 1 == 1);
        let mut hours: Vec<Option<usize>> =
            named.map(|hour| window.index_of(day * 24 + hour)).collect();
        let runs = |index: &Option<usize>| {
            index.is_some_and(|index| {
                running.is_some_and(|running| running.get(index) == Some(&true))
            })
        };
        if self.hours_mask.is_none() && hours.iter().any(runs) {
            // Whether it ran outside the window is not known; those hours keep their share.
            hours.retain(|index| index.is_none() || runs(index));
        }
        let share = self.usd / hours.len().max(1) as f64;
        for index in hours.into_iter().flatten() {
            if let Some(usd) = hourly.get_mut(index) {
                *usd += share;
            }
        }
    }
}

/// The bill, sorted by what it is about.
#[derive(Debug, Clone, Default)]
pub struct CostIndex {
    by_resource: BTreeMap<String, ResourceCost>,
    unused_by_commitment: BTreeMap<String, ResourceCost>,
    covered: BTreeSet<(String, String)>,
    usage_usd: f64,
}

impl CostIndex {
    /// Takes one row of the bill.
    ///
    /// Usage and unused commitments count; tax, credits, refunds, support and purchases do not, because they are not
    /// the price of running something.
    pub fn add(&mut self, row: &CostRow) {
        self.covered.insert((row.provider.clone(), row.account_id.clone()));
        let Some(effective_usd) = row.effective_usd.or(row.billed_usd) else { return };
        match row.charge_kind.as_str() {
            "usage" => {
                self.usage_usd += effective_usd;
                if let Some(id) = &row.resource_id {
                    self.by_resource.entry(id.clone()).or_default().add(row, effective_usd);
                }
            }
            "commitment_unused" | "reservation_unused" => {
                self.usage_usd += effective_usd;
                if let Some(id) = &row.commitment_id {
                    // A plan or reservation is paid to the end of its term; a capacity reservation can be given back
                    // today, so its unused hours are like on-demand ones.
                    let is_releasable = row.charge_kind == "reservation_unused";
                    let option = if is_releasable { "on_demand" } else { "committed" };
                    let unused = self.unused_by_commitment.entry(id.clone()).or_default();
                    unused.add_as(Some(option), row, effective_usd);
                }
            }
            _ => {}
        }
    }

    /// The charges for a resource. `None`: the bill does not name it.
    pub fn of_resource(&self, id: &str) -> Option<&ResourceCost> {
        self.by_resource.get(id)
    }

    /// The unused part of a commitment. `None`: the bill has none.
    pub fn unused_of(&self, commitment_id: &str) -> Option<&ResourceCost> {
        self.unused_by_commitment.get(commitment_id)
    }

    /// Whether a bill of this account is there, so that a resource it does not name cost nothing.
    pub fn covers(&self, provider: &str, account_id: &str) -> bool {
        self.covered.contains(&(provider.to_owned(), account_id.to_owned()))
    }

    /// Amortised cost of all usage, named or not.
    pub fn usage_usd(&self) -> f64 {
        self.usage_usd
    }

    /// True if there is no bill at all.
    pub fn is_empty(&self) -> bool {
        self.covered.is_empty()
    }
}

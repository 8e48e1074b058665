//! What each resource cost, hour by hour: from the bill where there is one.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    frame::CostRow,
    window::{MS_PER_HOUR, Window},
};

/// The UTC day of a charge, counted from 1970.
fn day_of(row: &CostRow) -> i64 {
    row.day_start.0.div_euclid(24 * MS_PER_HOUR)
}

/// The hours of its day that a charge names. `None`: the bill is by day.
fn hours_mask(row: &CostRow) -> Option<u32> {
    row.billed_hours_mask.and_then(|mask| u32::try_from(mask & 0xff_ffff).ok())
}

/// The hours of a mask; all of the day where there is none.
fn hours_of(mask: Option<u32>) -> impl Iterator<Item = i64> {
    let mask = mask.unwrap_or(0xff_ffff);
    (0..24).filter(move |hour| mask >> hour & 1 == 1)
}

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

impl ResourceCost {
    fn add(&mut self, row: &CostRow, effective_usd: f64) {
        self.add_as(row.purchase_option.as_deref(), row, effective_usd);
    }

    fn add_as(&mut self, purchase_option: Option<&str>, row: &CostRow, effective_usd: f64) {
        let entry = self.days.entry(day_of(row)).or_default();
        let charge = match purchase_option {
            Some("committed") => &mut entry.committed,
            Some("spot") => &mut entry.spot,
            _ => &mut entry.on_demand,
        };
        let mask = hours_mask(row);
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
            for hour in hours_of(cost.hours_mask()) {
                if let Some(index) = window.index_of(day * 24 + hour)
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
        self.add_hourly(window, running, &mut cost);
        cost
    }

    /// Adds the same to a cost.
    pub(super) fn add_hourly(
        &self,
        window: Window,
        running: Option<&[bool]>,
        cost: &mut HourlyCost,
    ) {
        for (&day, of_day) in &self.days {
            of_day.on_demand.spread(day, window, running, &mut cost.on_demand_usd);
            of_day.spot.spread(day, window, running, &mut cost.spot_usd);
            of_day.committed.spread(day, window, running, &mut cost.committed_usd);
        }
    }
}

impl Charge {
    /// Adds the charge to the hours of its day: those it names, else those that ran, else all. What falls on hours outside
    /// the window is left out with them.
    fn spread(self, day: i64, window: Window, running: Option<&[bool]>, hourly: &mut [f64]) {
        if self.usd == 0.0 {
            return;
        }
        let mut hours: Vec<Option<usize>> =
            hours_of(self.hours_mask).map(|hour| window.index_of(day * 24 + hour)).collect();
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
#[derive(Debug, Clone)]
pub struct CostIndex {
    window: Window,
    by_resource: BTreeMap<String, ResourceCost>,
    unused_by_commitment: BTreeMap<String, ResourceCost>,
    covered: BTreeSet<(String, String)>,
    unnamed_usd: f64,
}

impl CostIndex {
    /// A bill without rows, to be read for a window.
    pub fn new(window: Window) -> Self {
        Self {
            window,
            by_resource: BTreeMap::new(),
            unused_by_commitment: BTreeMap::new(),
            covered: BTreeSet::new(),
            unnamed_usd: 0.0,
        }
    }

    /// Takes one row of the bill.
    ///
    /// Usage and unused commitments count; tax, credits, refunds, support and purchases do not, because they are not
    /// the price of running something.
    pub fn add(&mut self, row: &CostRow) {
        self.covered.insert((row.provider.clone(), row.account_id.clone()));
        let Some(effective_usd) = row.effective_usd.or(row.billed_usd) else { return };
        match row.charge_kind.as_str() {
            "usage" => {
                if let Some(id) = &row.resource_id {
                    self.by_resource.entry(id.clone()).or_default().add(row, effective_usd);
                } else {
                    self.unnamed_usd += self.inside_usd(row, effective_usd);
                }
            }
            "commitment_unused" | "reservation_unused" => {
                if let Some(id) = &row.commitment_id {
                    // A plan or reservation is paid to the end of its term; a capacity reservation can be given back
                    // today, so its unused hours are like on-demand ones.
                    let is_releasable = row.charge_kind == "reservation_unused";
                    let option = if is_releasable { "on_demand" } else { "committed" };
                    let unused = self.unused_by_commitment.entry(id.clone()).or_default();
                    unused.add_as(Some(option), row, effective_usd);
                } else {
                    self.unnamed_usd += self.inside_usd(row, effective_usd);
                }
            }
            _ => {}
        }
    }

    /// The part of a charge that lies inside the window: by the hours it names, else by its share of the day.
    fn inside_usd(&self, row: &CostRow, effective_usd: f64) -> f64 {
        let named: Vec<bool> = hours_of(hours_mask(row))
            .map(|hour| self.window.index_of(day_of(row) * 24 + hour).is_some())
            .collect();
        let inside = named.iter().filter(|&&is_inside| is_inside).count();
        effective_usd * inside as f64 / named.len().max(1) as f64
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

    /// The resources that the bill names, with their charges.
    pub fn resources(&self) -> impl Iterator<Item = (&str, &ResourceCost)> {
        self.by_resource.iter().map(|(id, cost)| (id.as_str(), cost))
    }

    /// The part inside the window of what is no resource's: usage that names none, and unused commitments.
    pub fn unattributed_usd(&self) -> f64 {
        let unused = self.unused_by_commitment.values();
        let unused: f64 = unused.map(|cost| cost.hourly(self.window, None).total_usd()).sum();
        self.unnamed_usd + unused
    }

    /// True if there is no bill at all.
    pub fn is_empty(&self) -> bool {
        self.covered.is_empty()
    }
}

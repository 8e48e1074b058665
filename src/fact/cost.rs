//! What each resource cost, hour by hour: from the bill where there is one.

use std::collections::{BTreeMap, BTreeSet};

use super::{hourly::HourlyCost, unused::UnusedCapacity};
use crate::{
    frame::{CommitmentRow, CostRow},
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

/// Whether a quantity is in hours: `Hrs`, `Hours`, `hour`.
fn is_hours(unit: &str) -> bool {
    ["hrs", "hours", "hour"].iter().any(|word| unit.eq_ignore_ascii_case(word))
}

/// Whether any of the hours of a day lies inside the window.
fn is_inside(day: i64, mask: Option<u32>, window: Window) -> bool {
    hours_of(mask).any(|hour| window.index_of(day * 24 + hour).is_some())
}

/// Charges of one day and one way of paying.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Charge {
    usd: f64,
    /// Bit n: UTC hour n was charged. `None`: the bill is by day.
    hours_mask: Option<u32>,
}

/// A charge whose effective cost the bill does not tell.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Untold {
    purchase: Purchase,
    hours_mask: Option<u32>,
}

/// The ways of paying that are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purchase {
    OnDemand,
    Spot,
    Committed,
}

impl Purchase {
    const ALL: [Self; 3] = [Self::OnDemand, Self::Spot, Self::Committed];

    /// By the word of the frames. What the bill does not say is on demand.
    fn of(word: Option<&str>) -> Self {
        match word {
            Some("committed") => Self::Committed,
            Some("spot") => Self::Spot,
            _ => Self::OnDemand,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::OnDemand => "on_demand",
            Self::Spot => "spot",
            Self::Committed => "committed",
        }
    }
}

/// What one resource was charged on one UTC day.
#[derive(Debug, Clone, PartialEq, Default)]
struct DayCost {
    on_demand: Charge,
    spot: Charge,
    committed: Charge,
    untold: Vec<Untold>,
    /// Hours of machines. `None`: the bill does not tell them.
    machine_hours: Option<f64>,
}

impl DayCost {
    /// The hours that any charge names. `None`: the bill is by day.
    fn hours_mask(&self) -> Option<u32> {
        let told = [self.on_demand, self.spot, self.committed].map(|charge| charge.hours_mask);
        let untold = self.untold.iter().map(|charge| charge.hours_mask);
        told.into_iter().chain(untold).flatten().reduce(|a, b| a | b)
    }

    fn charge(&self, purchase: Purchase) -> &Charge {
        match purchase {
            Purchase::OnDemand => &self.on_demand,
            Purchase::Spot => &self.spot,
            Purchase::Committed => &self.committed,
        }
    }

    fn charge_mut(&mut self, purchase: Purchase) -> &mut Charge {
        match purchase {
            Purchase::OnDemand => &mut self.on_demand,
            Purchase::Spot => &mut self.spot,
            Purchase::Committed => &mut self.committed,
        }
    }
}

/// The charges for using one resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResourceCost {
    days: BTreeMap<i64, DayCost>,
}

impl ResourceCost {
    fn add(&mut self, purchase: Purchase, row: &CostRow) {
        let day = self.days.entry(day_of(row)).or_default();
        let mask = hours_mask(row);
        let is_hours = row.quantity_unit.as_deref().is_some_and(is_hours);
        if let Some(hours) = row.quantity.filter(|_| is_hours) {
            *day.machine_hours.get_or_insert_default() += hours;
        }
        let Some(effective_usd) = row.effective_usd else {
            day.untold.push(Untold { purchase, hours_mask: mask });
            return;
        };
        let charge = day.charge_mut(purchase);
        charge.usd += effective_usd;
        charge.hours_mask = match (charge.hours_mask, mask) {
            (Some(a), Some(b)) => Some(a | b),
            (known, None) | (None, known) => known,
        };
    }

    /// The purchase option that cost most. `None`: it cost nothing, or the cost of another option is not told.
    pub fn purchase_option(&self) -> Option<&'static str> {
        let untold: Vec<Purchase> = self
            .days
            .values()
            .flat_map(|day| day.untold.iter().map(|charge| charge.purchase))
            .collect();
        if let Some(&first) = untold.first() {
            let is_other = |purchase: Purchase| {
                purchase != first && self.days.values().any(|day| day.charge(purchase).usd > 0.0)
            };
            let is_mixed = untold.iter().any(|&other| other != first)
                || Purchase::ALL.into_iter().any(is_other);
            return (!is_mixed).then(|| first.word());
        }
        let sum = |purchase| -> f64 {
            self.days.values().map(|day: &DayCost| day.charge(purchase).usd).sum()
        };
        Purchase::ALL
            .map(|purchase| (purchase, sum(purchase)))
            .into_iter()
            .filter(|(_, usd)| *usd > 0.0)
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(purchase, _)| purchase.word())
    }

    /// Charges with an hour inside the window whose effective cost the bill does not tell. While there is one, what the
    /// resource cost is not known.
    pub fn untold_count(&self, window: Window) -> usize {
        let days = self.days.iter();
        days.map(|(&day, cost)| {
            let untold = cost.untold.iter();
            untold.filter(|charge| is_inside(day, charge.hours_mask, window)).count()
        })
        .sum()
    }

    /// Hours of machines that were charged on a UTC day, counted from 1970. `None`: the bill does not tell them.
    pub(super) fn machine_hours(&self, day: i64) -> Option<f64> {
        self.days.get(&day)?.machine_hours
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

    /// What is known of the charges, spread over the hours that ran: each day's over the hours the bill names, else over those in
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
    /// Unused reserved capacity of which the bill does not say whose it is.
    unused_unnamed: BTreeSet<UnusedCapacity>,
    covered: BTreeSet<(String, String)>,
    unnamed_usd: f64,
    unnamed_untold_count: usize,
    has_known: bool,
}

impl CostIndex {
    /// A bill without rows, to be read for a window.
    pub fn new(window: Window) -> Self {
        Self {
            window,
            by_resource: BTreeMap::new(),
            unused_by_commitment: BTreeMap::new(),
            unused_unnamed: BTreeSet::new(),
            covered: BTreeSet::new(),
            unnamed_usd: 0.0,
            unnamed_untold_count: 0,
            has_known: false,
        }
    }

    /// Takes one row of the bill.
    ///
    /// Usage, unused commitments and the effective part of fees count; tax, credits, refunds and support do not, because
    /// they are not the price of running something. What is invoiced never stands in for an effective cost that the bill
    /// does not tell: an hour under a commitment may be invoiced with nothing, or with a price that another row takes back.
    pub fn add(&mut self, row: &CostRow) {
        self.covered.insert((row.provider.clone(), row.account_id.clone()));
        match (row.charge_kind.as_str(), &row.resource_id, &row.commitment_id) {
            ("usage", Some(id), _) => {
                let purchase = Purchase::of(row.purchase_option.as_deref());
                self.by_resource.entry(id.clone()).or_default().add(purchase, row);
            }
            // A plan or reservation is paid to the end of its term; a capacity reservation can be given back today, so its
            // unused hours are like on-demand ones.
            ("commitment_unused", _, Some(id)) => {
                let unused = self.unused_by_commitment.entry(id.clone()).or_default();
                unused.add(Purchase::Committed, row);
            }
            ("reservation_unused", _, Some(id)) => {
                let unused = self.unused_by_commitment.entry(id.clone()).or_default();
                unused.add(Purchase::OnDemand, row);
            }
            ("reservation_unused", _, None) => {
                self.unused_unnamed.insert(UnusedCapacity::of(row));
                self.add_unnamed(row);
            }
            // Most bills spread a fee over the hours that it covers, and its own effective cost is zero.
            ("usage" | "commitment_unused" | "commitment_fee", _, _) => {
                self.add_unnamed(row);
            }
            _ => return,
        }
        let is_fee = row.charge_kind == "commitment_fee";
        self.has_known |= row.effective_usd.is_some_and(|usd| usd != 0.0 || !is_fee);
    }

    fn add_unnamed(&mut self, row: &CostRow) {
        match row.effective_usd {
            Some(usd) => self.unnamed_usd += self.inside_usd(row, usd),
            None if is_inside(day_of(row), hours_mask(row), self.window) => {
                self.unnamed_untold_count += 1;
            }
            None => {}
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

    /// Whether all capacity of a reservation was used: there is a bill of its account, and nothing on it may be an unused part of
    /// that capacity.
    pub(super) fn shows_none_unused(&self, reservation: &CommitmentRow) -> bool {
        self.unused_of(&reservation.commitment_id).is_none()
            && self.covers(&reservation.provider, &reservation.account_id)
            && !self.unused_unnamed.iter().any(|unused| unused.may_be_of(reservation))
    }

    /// Whether a bill of this account is there, so that a resource it does not name cost nothing.
    pub fn covers(&self, provider: &str, account_id: &str) -> bool {
        self.covered.contains(&(provider.to_owned(), account_id.to_owned()))
    }

    /// The resources that the bill names, with their charges.
    pub fn resources(&self) -> impl Iterator<Item = (&str, &ResourceCost)> {
        self.by_resource.iter().map(|(id, cost)| (id.as_str(), cost))
    }

    /// What is known of the part inside the window of what is no resource's: usage that names none, fees, and unused
    /// commitments.
    pub fn unattributed_usd(&self) -> f64 {
        let unused = self.unused_by_commitment.values();
        let unused: f64 = unused.map(|cost| cost.hourly(self.window, None).total_usd()).sum();
        self.unnamed_usd + unused
    }

    /// Charges inside the window, of resources or of none, whose effective cost the bill does not tell.
    pub fn untold_count(&self) -> usize {
        let named = self.by_resource.values().chain(self.unused_by_commitment.values());
        let named: usize = named.map(|cost| cost.untold_count(self.window)).sum();
        named + self.unnamed_untold_count
    }

    /// Whether the bill tells the effective cost of anything that counts.
    pub fn has_known(&self) -> bool {
        self.has_known
    }

    /// True if there is no bill at all.
    pub fn is_empty(&self) -> bool {
        self.covered.is_empty()
    }
}

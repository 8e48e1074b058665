//! The hourly bill of one subject: what was paid, for how many units, and what the load asked for.

use crate::window::Window;

/// One hour of a bill.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BillHour {
    /// Units running: machines, replicas, model units. 0: nothing ran.
    pub unit_count: f64,
    /// Paid this hour at the on-demand price.
    pub on_demand_usd: f64,
    /// Paid this hour at the spot price: it can be saved like the former, but is no reason to commit and has no other
    /// price to go to.
    pub spot_usd: f64,
    /// Amortised this hour under a commitment, or paid for capacity that is reserved: paid whether anything runs or not.
    pub committed_usd: f64,
    /// The part of that which is paid at the on-demand price, because it is reserved and under no plan: a plan would cover it.
    pub reserved_usd: f64,
    /// Units the load asked for. `None`: not observed, so a replay keeps what ran.
    pub need_count: Option<f64>,
    /// Whether there was activity. `None`: not observed, so a replay treats it as active.
    pub is_active: Option<bool>,
    /// Requests served. `None`: not observed.
    pub request_count: Option<f64>,
}

impl BillHour {
    /// All that was paid this hour.
    pub fn cost_usd(self) -> f64 {
        self.uncommitted_usd() + self.committed_usd
    }

    /// What a commitment could make cheaper.
    pub fn committable_usd(self) -> f64 {
        self.on_demand_usd + self.reserved_usd
    }

    /// What need not be paid if nothing runs.
    pub fn uncommitted_usd(self) -> f64 {
        self.on_demand_usd + self.spot_usd
    }
}

/// The bill of one subject over the window.
#[derive(Debug, Clone, PartialEq)]
pub struct Bill {
    /// The window.
    pub window: Window,
    /// One entry per hour of the window.
    pub hours: Vec<BillHour>,
}

impl Bill {
    /// All that was paid in the window.
    pub fn cost_usd(&self) -> f64 {
        self.hours.iter().map(|hour| hour.cost_usd()).sum()
    }
}

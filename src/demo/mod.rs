//! A fleet with known waste: seeded, the same on every machine, with the truth about every part of it.
//!
//! [`planted`] is the large one that the audit is measured against; [`demo`] is the small one that `--demo` shows. Both are
//! simulated: a resource is a stochastic process, the window is one draw of it, and the 30 days after the window, in
//! which doing the right thing would have saved money, are another.

mod activity;
mod commitments;
mod endpoint;
mod endpoints;
mod idle;
mod ids;
mod machine;
mod machines;
mod market;
mod noise;
mod platform;
mod show;
mod snapshot;
mod truth;
mod volumes;
mod yard;

pub use truth::Truth;

use crate::{
    catalog::{Catalog, CatalogError},
    frame::{CommitmentRow, CostRow, InvocationRow, PriceRow, ResourceRow, UsageRow, WorkloadRow},
    settings::{Policy, Settings},
    snapshot::Gap,
    window::Window,
};

/// A fleet, and what is true about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    /// October 2026, 30 days, with the end of European daylight saving in it.
    pub window: Window,
    /// Settings that belong to the fleet: time zone and approved regions.
    pub settings: Settings,
    /// Billable things, by id.
    pub resources: Vec<ResourceRow>,
    /// Telemetry by the hour, by resource.
    pub usage: Vec<UsageRow>,
    /// Requests by the hour.
    pub invocations: Vec<InvocationRow>,
    /// The bill.
    pub costs: Vec<CostRow>,
    /// Prices beyond the built-in catalog's.
    pub prices: Vec<PriceRow>,
    /// Commitments.
    pub commitments: Vec<CommitmentRow>,
    /// What ran on the machines.
    pub workloads: Vec<WorkloadRow>,
    /// What could not be seen.
    pub gaps: Vec<Gap>,
    /// What ought to be found, by id.
    pub truth: Vec<Truth>,
}

impl Fleet {
    fn empty(prices: Vec<PriceRow>, regions: &[&str]) -> Self {
        let policy = Policy {
            regions: regions.iter().map(|&region| region.to_owned()).collect(),
            time_zone: "Europe/Berlin".to_owned(),
            ..Policy::default()
        };
        Self {
            window: ids::WINDOW,
            settings: Settings { policy, ..Settings::default() },
            resources: Vec::new(),
            usage: Vec::new(),
            invocations: Vec::new(),
            costs: Vec::new(),
            prices,
            commitments: Vec::new(),
            workloads: Vec::new(),
            gaps: vec![Gap {
                what: "account 999900001111".to_owned(),
                because: "permission ce:GetCostAndUsage is missing".to_owned(),
                hides: "the cost of everything in it".to_owned(),
                remedy: "Grant the permission to the role that collects.".to_owned(),
            }],
            truth: Vec::new(),
        }
    }
}

/// The large fleet: over 600 resources of four providers, with cases on both sides of every threshold of every rule.
///
/// # Errors
/// If the embedded catalog cannot be read.
pub fn planted(seed: u64) -> Result<Fleet, CatalogError> {
    let fleet = Fleet::empty(market::sheet(), &ids::APPROVED_REGIONS);
    let mut yard = yard::Yard::new(seed, Catalog::embedded()?, fleet);
    yard.plant_idle();
    yard.plant_machines();
    yard.plant_endpoints();
    yard.plant_platform();
    yard.plant_commitments();
    yard.plant_volumes();
    Ok(yard.finish())
}

/// The small fleet: some 40 resources with readable names, at list prices of the embedded catalog.
///
/// # Errors
/// If the embedded catalog cannot be read.
pub fn demo() -> Result<Fleet, CatalogError> {
    let fleet = Fleet::empty(Vec::new(), &show::APPROVED_REGIONS);
    let mut yard = yard::Yard::new(2026, Catalog::embedded()?, fleet);
    yard.plant_show();
    Ok(yard.finish())
}

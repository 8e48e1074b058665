//! A fleet with known waste: seeded, the same on every machine, with the truth about every part of it.
//!
//! [`planted`] is the large one that the audit is measured against; [`demo`] is the small one that `--demo` shows. Both are
//! simulated: a resource is a stochastic process, the window is one draw of it, and the 30 days after the window, in
//! which doing the right thing would have saved money, are another.

mod activity;
mod bursts;
mod cluster;
mod cluster_rows;
mod clusters;
mod commitments;
mod endpoint;
mod endpoints;
mod idle;
mod ids;
mod machine;
mod machines;
mod market;
mod minutes;
mod noise;
mod overlaps;
mod platform;
mod show;
mod snapshot;
mod truth;
mod visibility;
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
    yard.plant_overlaps();
    yard.plant_endpoints();
    yard.plant_platform();
    yard.plant_clusters();
    yard.plant_visibility();
    yard.plant_commitments();
    yard.plant_volumes();
    yard.plant_bursts();
    yard.plant_minutes();
    yard.plant_short_lives();
    Ok(yard.finish())
}

/// The settings of the small fleet: what its owners would have in `ai-cost.toml`.
pub fn settings() -> Settings {
    shown().settings
}

fn shown() -> Fleet {
    Fleet::empty(Vec::new(), &show::APPROVED_REGIONS)
}

/// The small fleet: some 40 resources with readable names, at list prices of the embedded catalog. Its truth names the rules
/// only; its money is not worked out.
///
/// # Errors
/// If the embedded catalog cannot be read.
pub fn demo() -> Result<Fleet, CatalogError> {
    let fleet = shown();
    let mut yard = yard::Yard::new(2026, Catalog::embedded()?, fleet);
    yard.plant_show();
    let mut fleet = yard.finish();
    for truth in &mut fleet.truth {
        truth.saving_usd_per_month = None;
        truth.freed_usd_per_month = 0.0;
    }
    Ok(fleet)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::{fact::specs_of, rule};

    #[test]
    fn the_same_seed_gives_the_same_fleet_and_another_seed_another() {
        let fleet = planted(7).unwrap();
        assert!(fleet == planted(7).unwrap(), "seed 7 gave two fleets");
        assert!(fleet.usage != planted(8).unwrap().usage, "seeds 7 and 8 gave one fleet");
    }

    #[test]
    fn the_fleet_is_large_and_of_all_providers_and_its_rows_belong_together() {
        let fleet = planted(7).unwrap();
        let ids: BTreeSet<&str> =
            fleet.resources.iter().map(|row| row.resource_id.as_str()).collect();
        assert!(ids.len() >= 600, "{} resources", ids.len());
        assert_eq!(ids.len(), fleet.resources.len(), "two resources have one id");
        let providers: BTreeSet<&str> =
            fleet.resources.iter().map(|row| row.provider.as_str()).collect();
        assert_eq!(providers, BTreeSet::from(["aws", "azure", "gcp", "kubernetes"]));
        for id in fleet.usage.iter().map(|row| &row.resource_id) {
            assert!(ids.contains(id.as_str()), "telemetry of {id}, which is no resource");
        }
        for id in fleet.invocations.iter().map(|row| &row.resource_id) {
            assert!(ids.contains(id.as_str()), "requests of {id}, which is no resource");
        }
        for id in fleet.costs.iter().filter_map(|row| row.resource_id.as_ref()) {
            assert!(ids.contains(id.as_str()), "a cost of {id}, which is no resource");
        }
    }

    #[test]
    fn keys_are_unique() {
        let fleet = planted(7).unwrap();
        let mut usage = BTreeSet::new();
        for row in &fleet.usage {
            let key = (&row.resource_id, row.gpu_index, row.hour_start);
            assert!(usage.insert(key), "two rows of telemetry for {key:?}");
        }
        let mut costs = BTreeSet::new();
        for row in &fleet.costs {
            let about = (&row.resource_id, &row.account_id, &row.region, &row.sku);
            let key =
                (about, row.day_start, &row.charge_kind, &row.purchase_option, &row.commitment_id);
            assert!(costs.insert(key), "two costs for {key:?}");
        }
        let subjects: BTreeSet<&str> =
            fleet.truth.iter().map(|truth| truth.resource_id.as_str()).collect();
        assert_eq!(subjects.len(), fleet.truth.len(), "two truths about one subject");
    }

    #[test]
    fn every_rule_has_at_least_eight_things_to_find() {
        let rules = rule::Catalog::embedded(&specs_of).unwrap();
        let mut planted_count: BTreeMap<String, usize> = BTreeMap::new();
        for rule in planted(7).unwrap().truth.into_iter().flat_map(|truth| truth.rule_hits) {
            *planted_count.entry(rule).or_default() += 1;
        }
        let known: BTreeSet<String> = rules.rules().map(|rule| rule.id.clone()).collect();
        let named: BTreeSet<String> = planted_count.keys().cloned().collect();
        assert_eq!(named, known);
        for (rule, count) in planted_count {
            assert!(count >= 8, "{rule} has {count}");
        }
    }

    #[test]
    fn the_demo_is_small_and_has_something_for_nearly_every_rule() {
        let fleet = demo().unwrap();
        let count = fleet.resources.len();
        assert!((35..=50).contains(&count), "{count} resources");
        let hits: BTreeSet<String> =
            fleet.truth.into_iter().flat_map(|truth| truth.rule_hits).collect();
        // Of the rules for clusters it shows two: more would make it long.
        let rules = rule::Catalog::embedded(&specs_of).unwrap();
        let silent: Vec<&str> =
            rules.rules().map(|rule| rule.id.as_str()).filter(|id| !hits.contains(*id)).collect();
        assert_eq!(
            silent,
            [
                "gpu-unallocated",
                "node-cpu-only",
                "workload-flat-replicas",
                "workload-gpu-share",
                "workload-off-hours",
                "workload-on-demand",
            ]
        );
    }
}

//! Where a fleet is put together: rows, bills and truths of resources, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::{
    Fleet,
    ids::{HOURS, START, Site, TEAMS, WINDOW, WORDS, hour_at},
    market::{self, Quote},
    noise::Noise,
    truth::{Hour, Outcome, Remedy, Truth, commitment, monthly, simulate},
};
use crate::{
    catalog::{Catalog, Shape},
    frame::{CostRow, InstantMs, ResourceRow},
    window::{MS_PER_HOUR, hour_of_week},
};

/// Sum of what one pool of interchangeable machines costs on demand.
#[derive(Debug)]
struct PoolLoad {
    commit_ratio: Option<f64>,
    /// Whether the policy approves its region.
    is_approved: bool,
    window_usd: Vec<f64>,
    /// What is left in the time after the window, once everything else is put right.
    remaining_usd: Vec<f64>,
}

/// A fleet in the making.
pub(super) struct Yard {
    pub(super) fleet: Fleet,
    pub(super) noise: Noise,
    pub(super) catalog: Catalog,
    /// Hours of the local week: the window's, then those after it.
    slots: Vec<usize>,
    pools: BTreeMap<String, PoolLoad>,
    serial: usize,
}

/// What a resource costs, to be written as a bill.
pub(super) struct Charge<'a> {
    pub(super) site: Site,
    pub(super) resource_id: Option<&'a str>,
    pub(super) service: &'a str,
    pub(super) sku: &'a str,
    pub(super) instance_type: Option<&'a str>,
    pub(super) kind: &'a str,
    pub(super) purchase_option: Option<&'a str>,
    pub(super) commitment_id: Option<&'a str>,
    /// Dollars by hour of the window.
    pub(super) hourly_usd: &'a [f64],
}

impl Yard {
    pub(super) fn new(seed: u64, catalog: Catalog, fleet: Fleet) -> Self {
        let zone = TimeZone::get(&fleet.settings.policy.time_zone).unwrap_or(TimeZone::UTC);
        let hours = START..START + 2 * i64::try_from(HOURS).unwrap_or_default();
        Self {
            slots: hours.map(|hour| hour_of_week(hour, &zone)).collect(),
            noise: Noise::new(seed),
            pools: BTreeMap::new(),
            serial: 0,
            catalog: catalog.with_prices(&fleet.prices),
            fleet,
        }
    }

    /// Hours of the local week in the window.
    pub(super) fn slots(&self) -> Vec<usize> {
        self.slots.iter().take(HOURS).copied().collect()
    }

    /// Hours of the local week after the window.
    pub(super) fn later_slots(&self) -> Vec<usize> {
        self.slots.iter().skip(HOURS).copied().collect()
    }

    pub(super) fn quote(&self, site: Site, instance_type: &str) -> Option<Quote> {
        market::quote(&self.catalog, site, instance_type)
    }

    pub(super) fn shape(&self, site: Site, instance_type: &str) -> Option<&Shape> {
        // A Kubernetes node reports the machine type of the cloud beneath it.
        let provider = if site.provider == "kubernetes" { "aws" } else { site.provider };
        self.catalog.shape(provider, instance_type)
    }

    /// A number of its own, and a row with a readable id and name, a team and no tags yet.
    pub(super) fn row(&mut self, site: Site, kind: &str, native: &str, name: &str) -> ResourceRow {
        self.serial += 1;
        let serial = self.serial;
        let word = WORDS.get(serial % WORDS.len()).copied().unwrap_or_default();
        let team = TEAMS.get(serial / 3 % TEAMS.len()).copied().unwrap_or_default();
        let name =
            if name.is_empty() { format!("{word}-{team}-{serial:04}") } else { name.to_owned() };
        ResourceRow {
            resource_id: site.id(&format!("{native}{serial:08x}")),
            provider: site.provider.to_owned(),
            account_id: site.account_id.to_owned(),
            region: site.region.to_owned(),
            name: Some(name),
            kind: kind.to_owned(),
            state: Some("running".to_owned()),
            owner: Some(format!("{team}-oncall")),
            team: Some(team.to_owned()),
            tags_json: "{}".to_owned(),
            ..ResourceRow::default()
        }
    }

    /// Writes a charge as one row per day.
    pub(super) fn charge(&mut self, charge: &Charge<'_>) {
        for (day, usd) in charge.hourly_usd.chunks(24).enumerate() {
            let total: f64 = usd.iter().sum();
            if total.abs() < 1e-12 {
                continue;
            }
            let mask = usd
                .iter()
                .enumerate()
                .filter(|(_, usd)| usd.abs() > 0.0)
                .fold(0_i64, |mask, (hour, _)| mask | 1 << hour);
            let text = |text: Option<&str>| text.map(str::to_owned);
            let hours = f64::from(mask.count_ones());
            let is_usage = charge.kind == "usage";
            self.fleet.costs.push(CostRow {
                resource_id: text(charge.resource_id),
                provider: charge.site.provider.to_owned(),
                account_id: charge.site.account_id.to_owned(),
                region: Some(charge.site.region.to_owned()),
                service: charge.service.to_owned(),
                sku: charge.sku.to_owned(),
                instance_type: text(charge.instance_type),
                day_start: hour_at(day * 24),
                billed_hours_mask: (charge.site.is_billed_hourly && is_usage).then_some(mask),
                charge_kind: charge.kind.to_owned(),
                purchase_option: text(charge.purchase_option),
                commitment_id: text(charge.commitment_id),
                quantity: is_usage.then_some(hours),
                quantity_unit: is_usage.then(|| "hours".to_owned()),
                list_usd: Some(total / charge.site.paid_ratio),
                billed_usd: Some(total),
                effective_usd: Some(total),
            });
        }
    }

    /// Adds on-demand costs to the pool of a machine type.
    pub(super) fn add_to_pool(
        &mut self,
        site: Site,
        instance_type: &str,
        window_usd: &[f64],
        remaining_usd: &[f64],
    ) {
        let quote = self.quote(site, instance_type);
        let commit_ratio =
            quote.and_then(|quote| Some(quote.commit_usd_per_hour? / quote.on_demand_usd_per_hour));
        let is_approved = self.fleet.settings.policy.approves_region(site.region);
        let pool =
            self.pools.entry(site.id(&format!("pool/{instance_type}"))).or_insert_with(|| {
                PoolLoad {
                    commit_ratio,
                    is_approved,
                    window_usd: vec![0.0; HOURS],
                    remaining_usd: vec![0.0; HOURS],
                }
            });
        for (sum, usd) in pool.window_usd.iter_mut().zip(window_usd) {
            *sum += usd;
        }
        for (sum, usd) in pool.remaining_usd.iter_mut().zip(remaining_usd) {
            *sum += usd;
        }
    }

    /// Simulates the time after the window and notes the truth about a subject.
    pub(super) fn settle(
        &mut self,
        resource_id: &str,
        rules: &[&str],
        remedy: Remedy,
        later: &[Hour],
    ) -> Outcome {
        let slots = self.later_slots();
        let outcome = simulate(later, &slots, remedy, &mut self.noise.fork());
        let saving = (!remedy.is_unpriced).then(|| monthly(outcome.saving_usd));
        self.note(resource_id, rules, saving, monthly(outcome.freed_usd));
        outcome
    }

    /// Notes the truth about a subject.
    pub(super) fn note(
        &mut self,
        resource_id: &str,
        rules: &[&str],
        saving_usd_per_month: Option<f64>,
        freed_usd_per_month: f64,
    ) {
        self.fleet.truth.push(Truth {
            resource_id: resource_id.to_owned(),
            rule_hits: rules.iter().map(|&rule| rule.to_owned()).collect::<BTreeSet<_>>(),
            saving_usd_per_month,
            freed_usd_per_month,
        });
    }

    /// What the pools could commit to, tax and credits, and order.
    pub(super) fn finish(mut self) -> Fleet {
        self.add_pool_truths();
        self.add_tax_and_credits();
        let fleet = &mut self.fleet;
        fleet.resources.sort_by(|a, b| a.resource_id.cmp(&b.resource_id));
        fleet.usage.sort_by(|a, b| {
            (&a.resource_id, a.gpu_index, a.hour_start).cmp(&(
                &b.resource_id,
                b.gpu_index,
                b.hour_start,
            ))
        });
        fleet.truth.sort_by(|a, b| a.resource_id.cmp(&b.resource_id));
        self.fleet
    }

    /// A pool ought to be committed if its load was there for four weeks, did not fall by more than a tenth, and its base
    /// of ten cents an hour or more is cheaper by a tenth; and if the policy approves its region.
    fn add_pool_truths(&mut self) {
        for (id, pool) in std::mem::take(&mut self.pools) {
            let Some(ratio) = pool.commit_ratio else { continue };
            let (base, _) = commitment(&pool.window_usd, ratio);
            let third = HOURS / 3;
            let first: f64 = pool.window_usd.iter().take(third).sum();
            let last: f64 = pool.window_usd.iter().skip(HOURS - third).sum();
            let days = pool.window_usd.chunks(24).filter(|day| day.iter().any(|usd| *usd > 0.0));
            let is_hit = pool.is_approved
                && days.count() >= 28
                && last >= 0.9 * first
                && base >= 0.10
                && ratio <= 0.90;
            let (_, saving) = commitment(&pool.remaining_usd, ratio);
            if is_hit {
                self.note(&id, &["commitment-missing"], Some(monthly(saving)), 0.0);
            } else {
                self.note(&id, &[], Some(0.0), 0.0);
            }
        }
    }

    /// One tax row and one credit row per account, and a credit on a resource: none of them is the price of running it.
    fn add_tax_and_credits(&mut self) {
        let mut accounts: BTreeMap<(String, String), (CostRow, f64)> = BTreeMap::new();
        for row in &self.fleet.costs {
            let key = (row.provider.clone(), row.account_id.clone());
            let entry = accounts.entry(key).or_insert_with(|| (row.clone(), 0.0));
            entry.1 += row.effective_usd.unwrap_or_default();
        }
        for (sample, total) in accounts.into_values() {
            let other = |kind: &str, usd: f64, resource_id: Option<String>| CostRow {
                resource_id,
                service: "Billing".to_owned(),
                sku: kind.to_owned(),
                instance_type: None,
                region: None,
                day_start: InstantMs((WINDOW.end - 24) * MS_PER_HOUR),
                billed_hours_mask: None,
                charge_kind: kind.to_owned(),
                purchase_option: None,
                commitment_id: None,
                quantity: None,
                quantity_unit: None,
                list_usd: None,
                billed_usd: Some(usd),
                effective_usd: Some(usd),
                ..sample.clone()
            };
            self.fleet.costs.push(other("tax", total * 0.19, None));
            self.fleet.costs.push(other("credit", -total * 0.02, sample.resource_id.clone()));
        }
    }
}

/// Tags as the frame holds them.
pub(super) fn tags_json(team: Option<&str>, tags: &[(&str, &str)]) -> String {
    let pairs = team.map(|team| ("team", team)).into_iter().chain(tags.iter().copied());
    let map: serde_json::Map<String, serde_json::Value> =
        pairs.map(|(key, value)| (key.to_owned(), value.into())).collect();
    serde_json::Value::Object(map).to_string()
}

//! Pools of interchangeable machines: what a commitment could cover.

use std::collections::BTreeMap;

use super::{
    load::percentile,
    resource::telemetry_ratio,
    specs::{CommonFacts, PoolFacts},
    subject::Subject,
    table::{FactRow, SubjectRef},
};
use crate::{
    saving::{Bill, BillHour},
    units::HOURS_PER_MONTH,
    window::Window,
};

/// Kinds of machine that a commitment can cover.
const POOLED: [&str; 4] = ["gpu_instance", "node", "endpoint", "notebook"];

/// Days a trend needs.
const TREND_DAYS: f64 = 14.0;

/// Machines of one account, region and type that are paid on demand.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    subject: SubjectRef,
    window: Window,
    commit_price_ratio: Option<f64>,
    commit_is_allowed: bool,
    commit_instrument: &'static str,
    /// Of the machine that is measured least. `None`: of one it is not known.
    telemetry_min_ratio: Option<f64>,
    /// Ids of the machines.
    pub(super) members: Vec<String>,
    /// On-demand cost by hour. Spot hours cannot be committed to.
    hourly_usd: Vec<f64>,
}

/// Gathers the machines, endpoints and notebooks that are paid on demand into pools.
pub(super) fn gather(subjects: &BTreeMap<&str, Subject<'_>>) -> BTreeMap<String, Pool> {
    let mut pools: BTreeMap<String, Pool> = BTreeMap::new();
    for subject in subjects.values() {
        let row = subject.typed_row();
        // A node is in its machine's pool as the machine.
        let is_pooled = !subject.is_paid_beneath()
            && subject.pair.rows().any(|row| POOLED.contains(&row.kind.as_str()));
        let is_on_demand = subject.purchase_option().as_deref() == Some("on_demand");
        let Some(instance_type) = &row.instance_type else { continue };
        if !is_pooled || !is_on_demand || subject.shape.is_none() {
            continue;
        }
        let Some((cost, _)) = subject.hourly_cost() else { continue };
        // Others of the same type have another price: a pool of their own.
        let variant = subject.price_variant().map(|of| format!(" ({of})")).unwrap_or_default();
        let id = format!(
            "{}:{}:{}:pool/{instance_type}{variant}",
            row.provider, row.account_id, row.region
        );
        let pool = pools.entry(id.clone()).or_insert_with(|| Pool {
            subject: SubjectRef {
                provider: row.provider.clone(),
                account_id: row.account_id.clone(),
                region: row.region.clone(),
                resource_id: id,
                kind: "pool".to_owned(),
                name: None,
                instance_type: Some(instance_type.clone()),
                owner: None,
                team: None,
            },
            window: subject.world.window,
            commit_price_ratio: subject.price_ratio("commit_1y"),
            commit_is_allowed: subject.may_be_paid("commit_1y"),
            commit_instrument: instrument(&row.provider, instance_type),
            telemetry_min_ratio: Some(1.0),
            members: Vec::new(),
            hourly_usd: vec![0.0; subject.world.window.hour_count()],
        });
        pool.telemetry_min_ratio = pool
            .telemetry_min_ratio
            .zip(telemetry_ratio(subject))
            .map(|(least, own)| least.min(own));
        pool.members.push(subject.row.resource_id.clone());
        for (sum, usd) in pool.hourly_usd.iter_mut().zip(cost.committable_usd()) {
            *sum += usd;
        }
    }
    pools
}

/// What `commit_1y` in the catalog is the price of. On AWS that is the standard reserved instance without upfront payment;
/// an EC2 Instance Savings Plan of the same term and payment has the same rates.
fn instrument(provider: &str, instance_type: &str) -> &'static str {
    match provider {
        "aws" if instance_type.starts_with("ml.") => "SageMaker Savings Plan, no upfront",
        "aws" => "EC2 Instance Savings Plan, no upfront",
        "azure" => "reservation",
        "gcp" => "resource-based commitment",
        _ => "commitment",
    }
}

impl Pool {
    /// Its facts.
    pub(super) fn row(&self) -> FactRow {
        let total: f64 = self.hourly_usd.iter().sum();
        let facts = PoolFacts {
            machine_count: Some(self.members.len() as f64),
            on_demand_usd_per_month: Some(total / self.window.hours() * HOURS_PER_MONTH),
            base_usd_per_hour: self.base_usd_per_hour(),
            trend_ratio: self.trend_ratio(),
            billed_days: Some(self.billed_days()),
            commit_is_allowed: Some(self.commit_is_allowed),
            commit_price_ratio: self.commit_price_ratio,
            commit_instrument: Some(self.commit_instrument.to_owned()),
            telemetry_min_ratio: self.telemetry_min_ratio,
        };
        let common = CommonFacts {
            resource_id: Some(self.subject.resource_id.clone()),
            native_id: Some(self.subject.resource_id.clone()),
            provider: Some(self.subject.provider.clone()),
            account_id: Some(self.subject.account_id.clone()),
            region: Some(self.subject.region.clone()),
            kind: Some(self.subject.kind.clone()),
            instance_type: self.subject.instance_type.clone(),
            purchase_option: Some("on_demand".to_owned()),
            is_production: Some(false),
            is_latency_bound: Some(false),
            is_standby: Some(false),
            spot_is_allowed: Some(false),
            effective_usd_per_month: facts.on_demand_usd_per_month,
            committed_ratio: Some(0.0),
            ..CommonFacts::default()
        };
        let mut values = common.values();
        values.extend(facts.values());
        FactRow { subject: self.subject.clone(), values }
    }

    /// The largest level that is exceeded in at least a share r of the hours, r being the committed price over the
    /// on-demand price: the optimum for a fixed pair of prices.
    fn base_usd_per_hour(&self) -> Option<f64> {
        let ratio = self.commit_price_ratio.filter(|ratio| *ratio < 1.0)?;
        percentile(&mut self.hourly_usd.clone(), 1.0 - ratio)
    }

    /// Last third ÷ first third.
    fn trend_ratio(&self) -> Option<f64> {
        let third = self.hourly_usd.len() / 3;
        let first: f64 = self.hourly_usd.iter().take(third).sum();
        let last: f64 = self.hourly_usd.iter().rev().take(third).sum();
        (self.window.days() >= TREND_DAYS && first > 0.0).then(|| last / first)
    }

    fn billed_days(&self) -> f64 {
        self.hourly_usd.chunks(24).filter(|day| day.iter().any(|&usd| usd > 0.0)).count() as f64
    }

    /// Its cost by the hour.
    pub(super) fn bill(&self, window: Window) -> Bill {
        let hours = self
            .hourly_usd
            .iter()
            .map(|&on_demand_usd| BillHour {
                unit_count: 1.0,
                on_demand_usd,
                ..BillHour::default()
            })
            .collect();
        Bill { window, hours }
    }
}

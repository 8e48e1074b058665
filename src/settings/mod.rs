//! What is decided: complete, with no option left open. How it was decided is in `layers`.

mod assign;
pub mod aws;
pub mod clusters;
pub mod env;
pub mod error;
pub mod exemption;
pub mod file;
pub mod form;
pub mod layers;
mod list;
pub mod parse;
pub mod pattern;
mod scalar;
pub mod tags;

use std::collections::BTreeMap;

use crate::fact::Value;

pub use aws::Aws;

/// Every default with its reason, as a settings file: the beginning of one's own.
pub const DEFAULT_TOML: &str = include_str!("default.toml");

/// Every decision an audit depends on besides its snapshot, rules and catalog.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// What advice must respect.
    pub policy: Policy,
    /// How tags are read.
    pub tags: Tags,
    /// What counts as activity.
    pub telemetry: Telemetry,
    /// Exchange rates for bills in other currencies.
    pub currency: Currency,
    /// Other people's column names, ours → theirs.
    pub columns: Columns,
    /// AWS, if it is asked.
    pub aws: Aws,
    /// Clusters that are asked.
    pub kubernetes: clusters::Kubernetes,
    /// Changes to rules, by rule id.
    pub rules: BTreeMap<String, RuleSettings>,
    /// What is waste on purpose.
    pub exemptions: Vec<Exemption>,
}

/// What advice must respect.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Approved regions, `*` as wildcard; empty approves all. Advice never leaves them.
    pub regions: Vec<String>,
    /// Approved instance families or types, `*` as wildcard; empty approves all.
    pub families: Vec<String>,
    /// Approved purchase options (`spot`, `commit_1y`, …); empty approves all.
    pub purchase_options: Vec<String>,
    /// IANA time zone of working hours and of schedules.
    pub time_zone: String,
    /// Working days, 0 = Monday; those hours are never called off. Empty: no working hours are declared.
    pub working_days: Vec<u8>,
    /// First working hour of the day.
    pub working_start_hour: u8,
    /// First hour after work.
    pub working_end_hour: u8,
    /// Accelerator memory kept free above the peak on a fitted shape, as a share of the peak.
    pub mem_headroom_ratio: f64,
    /// Compute kept free above the 95th percentile on a fitted shape, as a share of it.
    pub compute_headroom_ratio: f64,
    /// Compute kept free on a fitted shape of a production or latency-bound resource.
    pub production_headroom_ratio: f64,
    /// Prices older than this are warned about.
    pub price_age_warning_days: i64,
}

impl Policy {
    /// Whether it approves a way to pay.
    pub fn approves_purchase_option(&self, purchase_option: &str) -> bool {
        let approved = &self.purchase_options;
        approved.is_empty() || approved.iter().any(|option| option == purchase_option)
    }

    /// Whether it approves a region.
    pub fn approves_region(&self, region: &str) -> bool {
        let approved = &self.regions;
        approved.is_empty() || approved.iter().any(|word| pattern::matches(word, region))
    }

    /// Whether it approves a machine type, by its own name or by its family's.
    pub fn approves_machine(&self, family: Option<&str>, instance_type: &str) -> bool {
        let approved = &self.families;
        approved.is_empty()
            || approved.iter().any(|word| {
                pattern::matches(word, instance_type)
                    || family.is_some_and(|family| pattern::matches(word, family))
            })
    }

    /// The declared working hours as hours of the local week; none if no working days are declared.
    pub fn week_hours(&self) -> crate::calendar::WeekHours {
        crate::calendar::working_hours(
            &self.working_days,
            self.working_start_hour,
            self.working_end_hour,
        )
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            regions: Vec::new(),
            families: Vec::new(),
            purchase_options: Vec::new(),
            time_zone: "UTC".to_owned(),
            working_days: Vec::new(),
            working_start_hour: 8,
            working_end_hour: 18,
            mem_headroom_ratio: 0.2,
            compute_headroom_ratio: 0.3,
            production_headroom_ratio: 0.5,
            price_age_warning_days: 90,
        }
    }
}

/// How tags are read. Keys are compared without case; a condition is `key=value` with `*` as wildcard.
#[derive(Debug, Clone, PartialEq)]
pub struct Tags {
    /// Keys whose value is the owner, first match wins.
    pub owner: Vec<String>,
    /// Keys whose value is the team.
    pub team: Vec<String>,
    /// Keys whose value is the environment.
    pub environment: Vec<String>,
    /// Conditions that mark production.
    pub production: Vec<String>,
    /// Conditions that mark a resource bound by latency.
    pub latency_bound: Vec<String>,
    /// Conditions that mark a warm standby.
    pub standby: Vec<String>,
    /// Conditions that mark work that may be interrupted.
    pub interruptible: Vec<String>,
    /// Conditions that mark work that may not be interrupted.
    pub uninterruptible: Vec<String>,
}

impl Default for Tags {
    fn default() -> Self {
        let list = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self {
            owner: list(&["owner", "created-by", "created_by", "contact"]),
            team: list(&["team", "squad", "cost-center", "costcenter", "cost_center"]),
            environment: list(&["environment", "env", "stage"]),
            production: list(&["environment=prod*", "env=prod*", "stage=prod*"]),
            latency_bound: list(&["latency=*", "slo=*", "tier=realtime", "tier=online"]),
            standby: list(&[
                "role=standby",
                "role=failover",
                "role=dr",
                "standby=true",
                "dr=true",
                "sagemaker.amazonaws.com/instance-group-name=*spare*",
                "sagemaker.amazonaws.com/instance-group-name=*standby*",
            ]),
            interruptible: list(&[
                "workload=training",
                "workload=batch",
                "workload=experiment*",
                "interruptible=true",
                "interruptible=yes",
            ]),
            uninterruptible: list(&[
                "workload=serving",
                "workload=inference",
                "interruptible=false",
                "interruptible=no",
            ]),
        }
    }
}

/// What counts as activity.
#[derive(Debug, Clone, PartialEq)]
pub struct Telemetry {
    /// An accelerator is active in an hour with a sample of utilisation above this.
    pub active_util_ratio: f64,
    /// A machine without accelerators is active in an hour whose mean CPU utilisation is above this.
    pub active_cpu_ratio: f64,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { active_util_ratio: 0.05, active_cpu_ratio: 0.05 }
    }
}

/// Exchange rates.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Currency {
    /// Dollars for one unit of a currency, by ISO code.
    pub usd_per: BTreeMap<String, f64>,
}

/// Column maps of files people bring, ours → theirs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Columns {
    /// Of `--inventory`.
    pub inventory: BTreeMap<String, String>,
    /// Of `--metrics`.
    pub metrics: BTreeMap<String, String>,
    /// Of `--invocations`.
    pub invocations: BTreeMap<String, String>,
}

/// A change to one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSettings {
    /// False switches it off.
    pub is_enabled: bool,
    /// Parameters that differ from the rule's defaults.
    pub params: BTreeMap<String, Value>,
}

impl Default for RuleSettings {
    fn default() -> Self {
        Self { is_enabled: true, params: BTreeMap::new() }
    }
}

/// Waste on purpose: it is counted apart, with its reason, until a date.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemption {
    /// Rule id, `*` as wildcard.
    pub rule: String,
    /// Condition over the facts of the subject, in the language of rules.
    pub condition: String,
    /// Why.
    pub reason: String,
    /// Last day it holds.
    pub until: jiff::civil::Date,
}

#[cfg(test)]
mod tests;

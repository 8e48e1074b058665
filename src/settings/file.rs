//! The settings file as written: every key optional, every unknown key refused, every value checked where it stands.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    Columns, Currency, Exemption, Policy, RuleSettings, Settings, Tags, Telemetry,
    aws::AwsFile,
    clusters::KubernetesFile,
    list::List,
    scalar::{
        ColumnName, Condition, CurrencyCode, Day, DayCount, EndHour, FamilyPattern, Flag,
        Parameter, PurchaseOption, Rate, Ratio, Reason, RegionPattern, RulePattern, StartHour,
        TagKey, TagPattern, Weekday, ZoneName,
    },
};

/// Settings of `ai-cost`. What is not written keeps its default; `ai-cost settings` prints every value and its origin.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[schemars(title = "ai-cost.toml")]
pub struct SettingsFile {
    /// What advice must respect.
    policy: Option<PolicyFile>,
    /// How tags are read. Keys are compared without case; conditions are `key=value` with `*` as wildcard.
    tags: Option<TagsFile>,
    /// What counts as activity.
    telemetry: Option<TelemetryFile>,
    /// Exchange rates for bills in other currencies.
    currency: Option<CurrencyFile>,
    /// Column names in the files you bring: ours = yours.
    columns: Option<ColumnsFile>,
    /// Accounts of AWS that are asked, and what asking may cost.
    aws: Option<AwsFile>,
    /// Clusters that are asked, and what their machines cost.
    kubernetes: Option<KubernetesFile>,
    /// Changes to rules, by rule id.
    rules: Option<BTreeMap<String, RuleFile>>,
    /// What is waste on purpose.
    exemptions: Option<Vec<ExemptionFile>>,
}

/// `[policy]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct PolicyFile {
    /// Approved regions, `*` as wildcard; empty approves all.
    regions: Option<List<RegionPattern>>,
    /// Approved instance families or types, `*` as wildcard; empty approves all.
    families: Option<List<FamilyPattern>>,
    /// Approved purchase options; empty approves all.
    purchase_options: Option<List<PurchaseOption>>,
    /// Time zone of working hours and schedules.
    time_zone: Option<ZoneName>,
    /// Days on which the working hours are never called off; empty: no working hours are declared.
    working_days: Option<List<Weekday>>,
    /// First working hour of the day.
    working_start_hour: Option<StartHour>,
    /// First hour after work.
    working_end_hour: Option<EndHour>,
    /// Accelerator memory kept free above the peak on a fitted shape.
    mem_headroom_ratio: Option<Ratio>,
    /// Compute kept free above the 95th percentile on a fitted shape.
    compute_headroom_ratio: Option<Ratio>,
    /// Compute kept free on a fitted shape of something in production or bound by latency.
    production_headroom_ratio: Option<Ratio>,
    /// Prices older than this are warned about.
    price_age_warning_days: Option<DayCount>,
}

/// `[tags]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct TagsFile {
    /// Keys whose value is the owner, first match wins.
    owner: Option<List<TagKey>>,
    /// Keys whose value is the team.
    team: Option<List<TagKey>>,
    /// Keys whose value is the environment.
    environment: Option<List<TagKey>>,
    /// Conditions that mark production.
    production: Option<List<TagPattern>>,
    /// Conditions that mark something bound by latency.
    latency_bound: Option<List<TagPattern>>,
    /// Conditions that mark a warm standby.
    standby: Option<List<TagPattern>>,
    /// Conditions that mark work that may be interrupted.
    interruptible: Option<List<TagPattern>>,
    /// Conditions that mark work that may not be interrupted.
    uninterruptible: Option<List<TagPattern>>,
}

/// `[telemetry]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct TelemetryFile {
    /// An accelerator is active in an hour whose mean utilisation is above this.
    active_util_ratio: Option<Ratio>,
    /// A machine without accelerators is active in an hour whose mean CPU utilisation is above this.
    active_cpu_ratio: Option<Ratio>,
}

/// `[currency]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct CurrencyFile {
    /// Dollars for one unit of a currency, by its ISO 4217 code.
    usd_per: Option<BTreeMap<CurrencyCode, Rate>>,
}

/// `[columns]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct ColumnsFile {
    /// Columns of `--inventory`.
    inventory: Option<BTreeMap<String, ColumnName>>,
    /// Columns of `--metrics`.
    metrics: Option<BTreeMap<String, ColumnName>>,
    /// Columns of `--invocations`.
    invocations: Option<BTreeMap<String, ColumnName>>,
}

/// `[rules.<id>]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct RuleFile {
    /// False switches the rule off.
    enabled: Option<Flag>,
    /// Parameters that differ from the rule's defaults; `ai-cost rules explain ID` lists them.
    params: Option<BTreeMap<String, Parameter>>,
}

/// `[[exemptions]]`: what it covers is counted apart, with its reason, until a date.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct ExemptionFile {
    /// Rule id, `*` as wildcard.
    rule: RulePattern,
    /// Condition over the facts of the subject, in the language of rules.
    condition: Condition,
    /// Why.
    reason: Reason,
    /// Last day it holds.
    until: Day,
}

impl SettingsFile {
    /// Puts what is written over what was decided before. Lists replace lists; rates, columns, clusters and rule
    /// parameters replace their own kind by name; exemptions add up.
    pub fn apply(self, settings: &mut Settings) {
        self.policy.unwrap_or_default().apply(&mut settings.policy);
        self.tags.unwrap_or_default().apply(&mut settings.tags);
        self.telemetry.unwrap_or_default().apply(&mut settings.telemetry);
        self.currency.unwrap_or_default().apply(&mut settings.currency);
        self.columns.unwrap_or_default().apply(&mut settings.columns);
        self.aws.unwrap_or_default().apply(&mut settings.aws);
        self.kubernetes.unwrap_or_default().apply(&mut settings.kubernetes);
        for (id, rule) in self.rules.unwrap_or_default() {
            rule.apply(settings.rules.entry(id).or_default());
        }
        settings.exemptions.extend(self.exemptions.into_iter().flatten().map(Exemption::from));
    }
}

pub(super) fn set<T>(decided: &mut T, written: Option<impl Into<T>>) {
    if let Some(value) = written {
        *decided = value.into();
    }
}

pub(super) fn extend<T>(
    decided: &mut BTreeMap<String, T>,
    written: Option<BTreeMap<impl Into<String>, impl Into<T>>>,
) {
    let written = written.into_iter().flatten();
    decided.extend(written.map(|(name, value)| (name.into(), value.into())));
}

impl PolicyFile {
    fn apply(self, policy: &mut Policy) {
        set(&mut policy.regions, self.regions);
        set(&mut policy.families, self.families);
        set(&mut policy.purchase_options, self.purchase_options);
        set(&mut policy.time_zone, self.time_zone);
        set(&mut policy.working_days, self.working_days);
        set(&mut policy.working_start_hour, self.working_start_hour);
        set(&mut policy.working_end_hour, self.working_end_hour);
        set(&mut policy.mem_headroom_ratio, self.mem_headroom_ratio);
        set(&mut policy.compute_headroom_ratio, self.compute_headroom_ratio);
        set(&mut policy.production_headroom_ratio, self.production_headroom_ratio);
        set(&mut policy.price_age_warning_days, self.price_age_warning_days);
    }
}

impl TagsFile {
    fn apply(self, tags: &mut Tags) {
        set(&mut tags.owner, self.owner);
        set(&mut tags.team, self.team);
        set(&mut tags.environment, self.environment);
        set(&mut tags.production, self.production);
        set(&mut tags.latency_bound, self.latency_bound);
        set(&mut tags.standby, self.standby);
        set(&mut tags.interruptible, self.interruptible);
        set(&mut tags.uninterruptible, self.uninterruptible);
    }
}

impl TelemetryFile {
    fn apply(self, telemetry: &mut Telemetry) {
        set(&mut telemetry.active_util_ratio, self.active_util_ratio);
        set(&mut telemetry.active_cpu_ratio, self.active_cpu_ratio);
    }
}

impl CurrencyFile {
    fn apply(self, currency: &mut Currency) {
        extend(&mut currency.usd_per, self.usd_per);
    }
}

impl ColumnsFile {
    fn apply(self, columns: &mut Columns) {
        extend(&mut columns.inventory, self.inventory);
        extend(&mut columns.metrics, self.metrics);
        extend(&mut columns.invocations, self.invocations);
    }
}

impl RuleFile {
    fn apply(self, rule: &mut RuleSettings) {
        set(&mut rule.is_enabled, self.enabled);
        extend(&mut rule.params, self.params);
    }
}

impl From<ExemptionFile> for Exemption {
    fn from(written: ExemptionFile) -> Self {
        Self {
            rule: written.rule.into(),
            condition: written.condition.into(),
            reason: written.reason.into(),
            until: written.until.into(),
        }
    }
}

/// The JSON Schema of a settings file, for editors; ends in a line break.
pub fn schema() -> String {
    let settings = SchemaSettings::draft07()
        .with(|settings| settings.inline_subschemas = true)
        .with_transform(RecursiveTransform(drop_null));
    let schema = settings.into_generator().into_root_schema_for::<SettingsFile>();
    format!("{:#}\n", schema.as_value())
}

/// TOML has no null: a key that is not set is left out.
fn drop_null(schema: &mut Schema) {
    let Some(Json::Array(types)) = schema.get_mut("type") else { return };
    types.retain(|name| name != "null");
    if let [only] = types.as_slice() {
        let only = only.clone();
        schema.insert("type".to_owned(), only);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_the_one_of_these_structs() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema/settings.schema.json");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(path, schema()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), schema(), "run again with BLESS=1");
    }
}

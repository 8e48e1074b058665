//! Settings written out again: one entry per value, for people, for programs and for the hash.

use std::io::{self, Write};

use serde_json::json;
use sha2::{Digest as _, Sha256};
use toml::Value as Toml;

use super::{
    Exemption, Settings,
    layers::{Origin, Origins},
    scalar::WEEKDAYS,
};
use crate::{fact::Value, finding::hex};

impl Settings {
    /// SHA-256 of every value, in hexadecimal digits. Where a value came from does not matter.
    pub fn sha256(&self) -> String {
        let mut digest = Sha256::new();
        for (key, value) in entries(self) {
            digest.update(format!("{key}={}\n", json!(value)));
        }
        hex(&digest.finalize())
    }
}

/// Every value by its key path, as a settings file would say it: fixed keys first, then what was added by name.
/// Exemptions are `exemptions[0]` and so on.
pub fn entries(settings: &Settings) -> Vec<(String, Toml)> {
    let mut entries = fixed(settings);
    let mut add = |key: String, value: Toml| entries.push((key, value));
    for (code, usd) in &settings.currency.usd_per {
        add(format!("currency.usd_per.{}", key_part(code)), Toml::Float(*usd));
    }
    let columns = &settings.columns;
    for (file, map) in [
        ("inventory", &columns.inventory),
        ("metrics", &columns.metrics),
        ("invocations", &columns.invocations),
    ] {
        for (ours, theirs) in map {
            add(format!("columns.{file}.{}", key_part(ours)), Toml::String(theirs.clone()));
        }
    }
    for (key, text) in cluster_entries(settings) {
        add(key, Toml::String(text.to_owned()));
    }
    for (model, usd) in &settings.kubernetes.gpu_usd_per_hour {
        add(format!("kubernetes.gpu_usd_per_hour.{}", key_part(model)), Toml::Float(*usd));
    }
    for (id, rule) in &settings.rules {
        let id = key_part(id);
        add(format!("rules.{id}.enabled"), Toml::Boolean(rule.is_enabled));
        for (name, value) in &rule.params {
            if let Some(value) = parameter(value) {
                add(format!("rules.{id}.params.{}", key_part(name)), value);
            }
        }
    }
    for (position, exemption) in settings.exemptions.iter().enumerate() {
        add(format!("exemptions[{position}]"), exemption_table(exemption));
    }
    entries
}

/// What is written about each cluster.
fn cluster_entries(settings: &Settings) -> Vec<(String, &str)> {
    let mut entries = Vec::new();
    for (name, cluster) in &settings.kubernetes.clusters {
        let path = format!("kubernetes.clusters.{}", key_part(name));
        entries.extend(cluster.texts().map(|(key, text)| (format!("{path}.{key}"), text)));
        for (key, headers) in
            [("headers", &cluster.headers), ("header_files", &cluster.header_files)]
        {
            let entry = |(header, text)| (format!("{path}.{key}.{}", key_part(header)), text);
            entries.extend(
                headers.iter().map(|(header, text)| (header.as_str(), text.as_str())).map(entry),
            );
        }
    }
    entries
}

/// The keys that exist whatever the settings say.
fn fixed(settings: &Settings) -> Vec<(String, Toml)> {
    let Settings { policy, tags, telemetry, aws, .. } = settings;
    let days = policy.working_days.iter().filter_map(|&day| WEEKDAYS.get(usize::from(day)));
    let days: Vec<String> = days.map(|&day| day.to_owned()).collect();
    [
        ("policy.regions", words(&policy.regions)),
        ("policy.families", words(&policy.families)),
        ("policy.purchase_options", words(&policy.purchase_options)),
        ("policy.time_zone", Toml::String(policy.time_zone.clone())),
        ("policy.working_days", words(&days)),
        ("policy.working_start_hour", Toml::Integer(policy.working_start_hour.into())),
        ("policy.working_end_hour", Toml::Integer(policy.working_end_hour.into())),
        ("policy.mem_headroom_ratio", Toml::Float(policy.mem_headroom_ratio)),
        ("policy.compute_headroom_ratio", Toml::Float(policy.compute_headroom_ratio)),
        ("policy.production_headroom_ratio", Toml::Float(policy.production_headroom_ratio)),
        ("policy.price_age_warning_days", Toml::Integer(policy.price_age_warning_days)),
        ("tags.owner", words(&tags.owner)),
        ("tags.team", words(&tags.team)),
        ("tags.environment", words(&tags.environment)),
        ("tags.production", words(&tags.production)),
        ("tags.latency_bound", words(&tags.latency_bound)),
        ("tags.standby", words(&tags.standby)),
        ("tags.interruptible", words(&tags.interruptible)),
        ("tags.uninterruptible", words(&tags.uninterruptible)),
        ("telemetry.active_util_ratio", Toml::Float(telemetry.active_util_ratio)),
        ("telemetry.active_cpu_ratio", Toml::Float(telemetry.active_cpu_ratio)),
        ("aws.regions", words(&aws.regions)),
        ("aws.accounts", words(&aws.accounts)),
        ("aws.organization", Toml::Boolean(aws.organization)),
        ("aws.role_name", Toml::String(aws.role_name.clone())),
        ("aws.external_id", Toml::String(aws.external_id.clone())),
        ("aws.max_api_cost_usd", Toml::Float(aws.max_api_cost_usd)),
        ("aws.agent_namespaces", words(&aws.agent_namespaces)),
        ("aws.exports", words(&aws.exports)),
        ("aws.timeout_seconds", Toml::Float(aws.timeout_seconds)),
        ("aws.attempt_count", Toml::Integer(aws.attempt_count.into())),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into()
}

fn words(list: &[String]) -> Toml {
    Toml::Array(list.iter().cloned().map(Toml::String).collect())
}

fn parameter(value: &Value) -> Option<Toml> {
    match value {
        Value::Null => None,
        Value::Bool(answer) => Some(Toml::Boolean(*answer)),
        Value::Number(number) => Some(Toml::Float(*number)),
        Value::Text(text) => Some(Toml::String(text.to_string())),
    }
}

fn exemption_table(exemption: &Exemption) -> Toml {
    let pairs = [
        ("rule", exemption.rule.clone()),
        ("condition", exemption.condition.clone()),
        ("reason", exemption.reason.clone()),
        ("until", exemption.until.to_string()),
    ];
    Toml::Table(pairs.map(|(key, text)| (key.to_owned(), Toml::String(text))).into_iter().collect())
}

/// A value as `--set` takes it: lists with commas, text as it is.
pub fn flag_value(value: &Toml) -> String {
    match value {
        Toml::String(text) => text.clone(),
        Toml::Array(list) => list.iter().map(flag_value).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// A part of a key path, quoted where TOML wants that.
pub fn key_part(name: &str) -> String {
    let is_bare = !name.is_empty()
        && name.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign));
    if is_bare { name.to_owned() } else { Toml::String(name.to_owned()).to_string() }
}

/// One long list must not push all origins off the screen.
const WIDEST_COLUMN: usize = 60;

/// Prints every value with its origin, as a settings file that would decide the same.
pub fn write_settings(
    settings: &Settings,
    origins: &Origins,
    out: &mut impl Write,
) -> io::Result<()> {
    let lines: Vec<(String, String)> = entries(settings)
        .into_iter()
        .filter(|(_, value)| !value.is_table())
        .map(|(key, value)| (format!("{key} = {value}"), origin_of(origins, &key)))
        .collect();
    let width = lines.iter().map(|(line, _)| line.chars().count()).filter(|w| *w <= WIDEST_COLUMN);
    let width = width.max().unwrap_or_default();
    for (line, origin) in lines {
        writeln!(out, "{line:width$}  # {origin}")?;
    }
    for (position, exemption) in settings.exemptions.iter().enumerate() {
        let origin = origin_of(origins, &format!("exemptions[{position}]"));
        writeln!(out, "\n[[exemptions]]  # {origin}")?;
        if let Toml::Table(table) = exemption_table(exemption) {
            for (key, value) in table {
                writeln!(out, "{key} = {value}")?;
            }
        }
    }
    Ok(())
}

/// Prints every value with its origin as JSON, with the hash that reports name.
pub fn write_settings_json(
    settings: &Settings,
    origins: &Origins,
    out: &mut impl Write,
) -> io::Result<()> {
    let values: Vec<_> = entries(settings)
        .into_iter()
        .map(|(key, value)| {
            let origin = origin_of(origins, &key);
            json!({ "key": key, "value": value, "origin": origin })
        })
        .collect();
    let whole = json!({
        "schema": "ai-cost/settings-values/v1",
        "settings_sha256": settings.sha256(),
        "values": values,
    });
    writeln!(out, "{whole:#}")
}

/// Control characters of a path or name would end the comment, or worse.
fn origin_of(origins: &Origins, key: &str) -> String {
    let origin = origins.get(key).unwrap_or(&Origin::Default).to_string();
    origin.chars().map(|sign| if sign.is_control() { '\u{fffd}' } else { sign }).collect()
}

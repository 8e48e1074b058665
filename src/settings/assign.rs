//! One value from outside a file: a variable `AI_COST_…` or `--set KEY=VALUE`. Lists are written with commas.

use serde::Deserialize as _;
use toml::{Table, Value as Toml};

use super::{
    Settings,
    clusters::TEXT_KEYS,
    env::Environment,
    error::SettingsError,
    file::SettingsFile,
    form::{entries, key_part},
    layers::Origin,
    scalar::{did_you_mean, split_help},
};
use crate::nearest::nearest;

const PREFIX: &str = "AI_COST_";

/// A value that was set, ready to be put over weaker ones.
#[derive(Debug)]
pub(super) struct Assignment {
    /// Key path.
    pub key: String,
    /// A file that sets nothing else.
    pub file: SettingsFile,
    /// Where it came from.
    pub origin: Origin,
}

/// Reads every `AI_COST_…` variable, in the order of their names.
pub(super) fn from_environment(
    environment: &Environment,
) -> Result<Vec<Assignment>, SettingsError> {
    let ours = environment.iter().filter(|(name, _)| name.starts_with(PREFIX));
    ours.map(|(name, value)| {
        let path = variable_path(name).ok_or_else(unknown_variable(name))?;
        let origin = Origin::Variable { name: name.clone() };
        assign(&path, value, &format!("the variable `{name}`"), origin, &unknown_variable(name))
    })
    .collect()
}

/// Reads every `--set KEY=VALUE`, in the order given.
pub(super) fn from_flags(flags: &[(String, String)]) -> Result<Vec<Assignment>, SettingsError> {
    flags
        .iter()
        .map(|(key, value)| {
            let place = format!("`--set {key}`");
            let path: Vec<String> = key.split('.').map(str::to_owned).collect();
            assign(&path, value, &place, Origin::Flag, &unknown_flag(key))
        })
        .collect()
}

fn assign(
    path: &[String],
    text: &str,
    place: &str,
    origin: Origin,
    unknown: &dyn Fn() -> SettingsError,
) -> Result<Assignment, SettingsError> {
    let value = kind_of(path).ok_or_else(unknown)?.read(text);
    let nested = path.iter().rev().fold(value, |inner, part| {
        Toml::Table(std::iter::once((part.clone(), inner)).collect::<Table>())
    });
    let file = SettingsFile::deserialize(nested).map_err(|error| {
        let (message, help) = split_help(error.message());
        SettingsError::Value {
            place: place.to_owned(),
            message: message.to_owned(),
            help: help.map(str::to_owned),
        }
    })?;
    let key = path.iter().map(|part| key_part(part)).collect::<Vec<_>>().join(".");
    Ok(Assignment { key, file, origin })
}

/// How the text of a value is to be taken.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    List,
    Number,
    Flag,
    /// A parameter: the rule knows its type, and here it looks like one.
    Any,
}

impl Kind {
    /// A text that does not fit stays text, and is refused with the other wrong values.
    fn read(self, text: &str) -> Toml {
        let word = text.trim();
        let fitting = match self {
            Self::Text => None,
            Self::List => {
                let items = word.split(',').map(str::trim).filter(|item| !item.is_empty());
                Some(Toml::Array(items.map(|item| Toml::String(item.to_owned())).collect()))
            }
            Self::Number => number(word),
            Self::Flag => word.parse().ok().map(Toml::Boolean),
            Self::Any => word.parse().ok().map(Toml::Boolean).or_else(|| number(word)),
        };
        fitting.unwrap_or_else(|| Toml::String(text.to_owned()))
    }
}

fn number(word: &str) -> Option<Toml> {
    let whole = word.parse().ok().map(Toml::Integer);
    whole.or_else(|| word.parse().ok().map(Toml::Float))
}

fn kind_of(path: &[String]) -> Option<Kind> {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match *parts.as_slice() {
        ["currency", "usd_per", code] if !code.is_empty() => Some(Kind::Number),
        ["columns", "inventory" | "metrics" | "invocations", ours] if !ours.is_empty() => {
            Some(Kind::Text)
        }
        ["kubernetes", "gpu_usd_per_hour", model] if !model.is_empty() => Some(Kind::Number),
        ["kubernetes", "clusters", _, key] if TEXT_KEYS.contains(&key) => Some(Kind::Text),
        ["kubernetes", "clusters", _, "headers" | "header_files", _] => Some(Kind::Text),
        ["rules", id, "enabled"] if !id.is_empty() => Some(Kind::Flag),
        ["rules", id, "params", name] if !id.is_empty() && !name.is_empty() => Some(Kind::Any),
        [section, key] => {
            let path = format!("{section}.{key}");
            let (_, value) = entries(&Settings::default()).into_iter().find(|(k, _)| *k == path)?;
            Some(match value {
                Toml::Array(_) => Kind::List,
                Toml::Integer(_) | Toml::Float(_) => Kind::Number,
                Toml::Boolean(_) => Kind::Flag,
                _ => Kind::Text,
            })
        }
        _ => None,
    }
}

/// The keys that variables and flags can name, without those that people make up.
fn known_keys() -> Vec<String> {
    entries(&Settings::default()).into_iter().map(|(key, _)| key).collect()
}

fn variable_name(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "_").to_uppercase())
}

/// The key path of a variable. Rule ids, models and clusters are taken without `_`, so the parts of
/// the longer names are still clear.
fn variable_path(name: &str) -> Option<Vec<String>> {
    if let Some(key) = known_keys().into_iter().find(|key| variable_name(key) == name) {
        return Some(key.split('.').map(str::to_owned).collect());
    }
    let rest = name.strip_prefix(PREFIX)?;
    let path = |parts: &[&str]| Some(parts.iter().map(|&part| part.to_owned()).collect());
    if let Some(code) = rest.strip_prefix("CURRENCY_USD_PER_") {
        return path(&["currency", "usd_per", code]);
    }
    for file in ["inventory", "metrics", "invocations"] {
        if let Some(ours) = rest.strip_prefix(&format!("COLUMNS_{}_", file.to_uppercase())) {
            return path(&["columns", file, &ours.to_lowercase()]);
        }
    }
    let id = |part: &str| part.to_lowercase().replace('_', "-");
    if let Some(model) = rest.strip_prefix("KUBERNETES_GPU_USD_PER_HOUR_") {
        return path(&["kubernetes", "gpu_usd_per_hour", &model.replace('_', "-")]);
    }
    if let Some(cluster) = rest.strip_prefix("KUBERNETES_CLUSTERS_") {
        let (name, key) = TEXT_KEYS.iter().find_map(|key| {
            let name = cluster.strip_suffix(&format!("_{}", key.to_uppercase()))?;
            Some((name, key))
        })?;
        return path(&["kubernetes", "clusters", &id(name), key]);
    }
    let rule = rest.strip_prefix("RULES_")?;
    if let Some((rule, param)) = rule.split_once("_PARAMS_") {
        return path(&["rules", &id(rule), "params", &param.to_lowercase()]);
    }
    path(&["rules", &id(rule.strip_suffix("_ENABLED")?), "enabled"])
}

fn unknown_variable(name: &str) -> impl Fn() -> SettingsError {
    let known: Vec<String> = known_keys().iter().map(|key| variable_name(key)).collect();
    let help = nearest(name, known.iter().map(String::as_str)).map_or_else(
        || "variables are `AI_COST_<SECTION>_<KEY>`; `ai-cost settings` lists the keys".to_owned(),
        did_you_mean,
    );
    let place = format!("the variable `{name}`");
    move || SettingsError::UnknownKey { place: place.clone(), help: help.clone() }
}

fn unknown_flag(key: &str) -> impl Fn() -> SettingsError {
    let known = known_keys();
    let help = nearest(key, known.iter().map(String::as_str)).map_or_else(
        || "`ai-cost settings` lists the keys; exemptions can only be written in a file".to_owned(),
        did_you_mean,
    );
    let place = format!("`--set {key}`");
    move || SettingsError::UnknownKey { place: place.clone(), help: help.clone() }
}

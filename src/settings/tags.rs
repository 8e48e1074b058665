//! Tags, read by the settings.

use super::{Tags, pattern};
use crate::frame::ResourceRow;

/// What tags say about a resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Labels {
    /// Owner.
    pub owner: Option<String>,
    /// Team.
    pub team: Option<String>,
    /// Environment.
    pub environment: Option<String>,
    /// Production.
    pub is_production: bool,
    /// Bound by latency.
    pub is_latency_bound: bool,
    /// Standby.
    pub is_standby: bool,
    /// Interruptible.
    pub is_interruptible: Option<bool>,
}

impl Labels {
    /// Reads the tags of a resource.
    pub fn of(row: &ResourceRow, tags: &Tags) -> Self {
        let parsed: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&row.tags_json).unwrap_or_default();
        let all: Vec<(String, String)> = parsed
            .iter()
            .filter_map(|(key, value)| Some((key.to_lowercase(), value.as_str()?.to_owned())))
            .collect();
        let first = |keys: &[String]| {
            keys.iter().find_map(|key| {
                all.iter().find(|(k, _)| *k == key.to_lowercase()).map(|(_, v)| v.clone())
            })
        };
        let any = |conditions: &[String]| {
            conditions.iter().any(|condition| {
                all.iter().any(|(k, v)| pattern::matches(condition, &format!("{k}={v}")))
            })
        };
        let is_interruptible = if any(&tags.uninterruptible) {
            Some(false)
        } else {
            any(&tags.interruptible).then_some(true)
        };
        Self {
            owner: row.owner.clone().or_else(|| first(&tags.owner)),
            team: row.team.clone().or_else(|| first(&tags.team)),
            environment: row.environment.clone().or_else(|| first(&tags.environment)),
            is_production: any(&tags.production),
            is_latency_bound: any(&tags.latency_bound),
            is_standby: any(&tags.standby),
            is_interruptible,
        }
    }
}

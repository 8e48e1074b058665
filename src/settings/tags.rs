//! What the tags of a resource say, by the settings that tell how to read them.

use serde_json::Value as Json;

use super::{Tags, pattern::TagCondition};
use crate::frame::ResourceRow;

/// What the tags of one resource say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels {
    /// Owner. `None`: nobody is named.
    pub owner: Option<String>,
    /// Team. `None`: none is named.
    pub team: Option<String>,
    /// Environment. `None`: none is named.
    pub environment: Option<String>,
    /// Whether something marks it as production.
    pub is_production: bool,
    /// Whether something marks it as bound by latency.
    pub is_latency_bound: bool,
    /// Whether something marks it as a warm standby.
    pub is_standby: bool,
    /// Whether its work may be interrupted; false if tags say both. `None`: no tag says so.
    pub is_interruptible: Option<bool>,
    /// The tags could not be read, so they say nothing.
    pub has_bad_tags: bool,
}

impl Labels {
    /// Reads the tags of a resource. An owner, team or environment that the inventory states itself wins over tags, and
    /// conditions see it in their place.
    pub fn of(row: &ResourceRow, tags: &Tags) -> Self {
        let read = read_tags(&row.tags_json);
        let has_bad_tags = read.is_none();
        let mut pairs = read.unwrap_or_default();
        let owner = settle("owner", row.owner.as_ref(), &tags.owner, &mut pairs);
        let team = settle("team", row.team.as_ref(), &tags.team, &mut pairs);
        let environment =
            settle("environment", row.environment.as_ref(), &tags.environment, &mut pairs);
        let holds = |conditions: &[String]| any_holds(conditions, &pairs);
        Self {
            is_production: holds(&tags.production),
            is_latency_bound: holds(&tags.latency_bound),
            is_standby: holds(&tags.standby),
            is_interruptible: match (holds(&tags.interruptible), holds(&tags.uninterruptible)) {
                (_, true) => Some(false),
                (true, false) => Some(true),
                (false, false) => None,
            },
            owner,
            team,
            environment,
            has_bad_tags,
        }
    }
}

type Pairs = Vec<(String, String)>;

/// The tags in the order written. `None`: this is not a JSON object of plain values.
fn read_tags(text: &str) -> Option<Pairs> {
    // Rows made by hand may leave the field out.
    if text.trim().is_empty() {
        return Some(Pairs::new());
    }
    let Ok(Json::Object(object)) = serde_json::from_str(text) else { return None };
    let mut pairs = Pairs::new();
    for (key, value) in object {
        match value {
            Json::String(text) => pairs.push((key, text)),
            Json::Number(number) => pairs.push((key, number.to_string())),
            Json::Bool(answer) => pairs.push((key, answer.to_string())),
            Json::Null => {}
            Json::Array(_) | Json::Object(_) => return None,
        }
    }
    Some(pairs)
}

/// The stated value, or else that of the first key that has one. A stated value replaces the tags of all its keys.
fn settle(
    label: &str,
    stated: Option<&String>,
    keys: &[String],
    pairs: &mut Pairs,
) -> Option<String> {
    let is_same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    if let Some(stated) = stated.map(|text| text.trim()).filter(|text| !text.is_empty()) {
        pairs.retain(|(tag, _)| !is_same(tag, label) && !keys.iter().any(|key| is_same(tag, key)));
        pairs.push((label.to_owned(), stated.to_owned()));
        let others = keys.iter().filter(|key| !is_same(key, label));
        pairs.extend(others.map(|key| (key.clone(), stated.to_owned())));
        return Some(stated.to_owned());
    }
    keys.iter().find_map(|key| {
        let values = pairs.iter().filter(|(tag, _)| is_same(tag, key));
        values.map(|(_, value)| value.trim()).find(|value| !value.is_empty()).map(str::to_owned)
    })
}

fn any_holds(conditions: &[String], pairs: &Pairs) -> bool {
    conditions
        .iter()
        .filter_map(|condition| TagCondition::parse(condition))
        .any(|condition| pairs.iter().any(|(key, value)| condition.holds(key, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tagged(tags_json: &str) -> ResourceRow {
        ResourceRow { tags_json: tags_json.to_owned(), ..ResourceRow::default() }
    }

    #[test]
    fn the_first_key_of_the_settings_wins_and_case_does_not_matter() {
        let row = tagged(r#"{"Contact": "ops@example.com", "OWNER": "ada", "Squad": "ranking"}"#);
        let labels = Labels::of(&row, &Tags::default());
        assert_eq!(labels.owner.as_deref(), Some("ada"));
        assert_eq!(labels.team.as_deref(), Some("ranking"));
        assert_eq!(labels.environment, None);
    }

    #[test]
    fn an_empty_tag_names_nobody() {
        let row = tagged(r#"{"owner": " ", "contact": "ops@example.com"}"#);
        let labels = Labels::of(&row, &Tags::default());
        assert_eq!(labels.owner.as_deref(), Some("ops@example.com"));
    }

    #[test]
    fn what_the_inventory_states_wins_over_tags_in_conditions_too() {
        let row = ResourceRow {
            environment: Some("dev".to_owned()),
            ..tagged(r#"{"environment": "production", "env": "prod"}"#)
        };
        let labels = Labels::of(&row, &Tags::default());
        assert_eq!(labels.environment.as_deref(), Some("dev"));
        assert!(!labels.is_production);
    }

    #[test]
    fn a_stated_environment_is_enough_for_production() {
        let row = ResourceRow { environment: Some("Production".to_owned()), ..tagged("{}") };
        assert!(Labels::of(&row, &Tags::default()).is_production);
    }

    #[test]
    fn marks_are_read_by_condition() {
        let row = tagged(r#"{"env": "prod-eu", "slo": "50ms", "role": "Standby"}"#);
        let labels = Labels::of(&row, &Tags::default());
        assert!(labels.is_production && labels.is_latency_bound && labels.is_standby);
    }

    #[test]
    fn work_may_be_interrupted_only_if_no_tag_objects() {
        let of = |json| Labels::of(&tagged(json), &Tags::default()).is_interruptible;
        assert_eq!(of(r#"{"workload": "experiment-7"}"#), Some(true));
        assert_eq!(of(r#"{"workload": "training", "interruptible": false}"#), Some(false));
        assert_eq!(of(r#"{"workload": "other"}"#), None);
    }

    #[test]
    fn tags_that_are_not_an_object_of_plain_values_say_nothing() {
        for json in ["{", "[]", "\"prod\"", r#"{"env": "prod", "nested": {"a": 1}}"#] {
            let bad = Labels { has_bad_tags: true, ..Labels::default() };
            assert_eq!(Labels::of(&tagged(json), &Tags::default()), bad, "{json}");
        }
    }

    #[test]
    fn no_tags_are_not_bad_tags() {
        for json in ["{}", ""] {
            assert_eq!(Labels::of(&tagged(json), &Tags::default()), Labels::default(), "{json}");
        }
    }
}

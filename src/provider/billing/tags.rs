//! Tags and labels in the many forms of bills, as one JSON object with sorted keys.

use std::{borrow::Cow, cell::Cell, collections::BTreeMap};

use serde_json::Value;

use super::format::gap;
use crate::{snapshot::Gap, units};

/// Tags by key.
pub(super) type Tags = BTreeMap<String, String>;

/// The frame's form of tags.
pub(super) fn to_json(tags: &Tags) -> Option<String> {
    if tags.is_empty() {
        return None;
    }
    serde_json::to_string(tags).ok()
}

/// The cells with tags of one file, of which it counts those in no known form.
#[derive(Debug, Default)]
pub(super) struct TagCells {
    misread_count: Cell<u64>,
}

impl TagCells {
    /// The tags of a cell.
    pub(super) fn tags(&self, cell: Option<Cow<'_, str>>) -> Tags {
        let Some(text) = cell else { return Tags::new() };
        parse(&text).unwrap_or_else(|| {
            self.misread_count.set(self.misread_count.get() + 1);
            Tags::new()
        })
    }

    /// The tags of a cell in the frame's form.
    pub(super) fn json(&self, cell: Option<Cow<'_, str>>) -> Option<String> {
        to_json(&self.tags(cell))
    }

    /// What is not known for want of the cells that were not understood.
    pub(super) fn gap(&self, file: &str, column: &str) -> Option<Gap> {
        let count = self.misread_count.get();
        (count > 0).then(|| {
            gap(
                &format!("column `{column}` of {file}"),
                &format!("{} hold no tags in a known form", units::count(count, "row")),
                "who owns the resources of these rows, and what else their tags say",
                "write tags as a JSON object, a list of `key` and `value`, or a Parquet map",
            )
        })
    }
}

/// Reads an object `{"k": "v"}`, Azure's object without braces, or GCP's list of `{"key": …, "value": …}`. Text in none
/// of these forms holds no tags that could be told apart.
fn parse(text: &str) -> Option<Tags> {
    let text = text.trim();
    let braced;
    let text = if text.starts_with('"') {
        braced = format!("{{{text}}}");
        &braced
    } else {
        text
    };
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Some(
            object.into_iter().filter_map(|(key, value)| Some((key, plain(&value)?))).collect(),
        ),
        Ok(Value::Array(list)) => {
            let mut tags = Tags::new();
            for entry in &list {
                let key = plain(entry.get("key")?)?;
                if let Some(value) = entry.get("value").and_then(plain) {
                    tags.insert(key, value);
                }
            }
            Some(tags)
        }
        _ => None,
    }
}

/// One text out of a JSON object in a cell.
pub(super) fn field(text: &str, keys: &[&str]) -> Option<String> {
    if !keys.iter().any(|key| text.contains(key)) {
        return None;
    }
    let tags = parse(text)?;
    keys.iter().find_map(|key| tags.get(*key)).filter(|value| !value.is_empty()).cloned()
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_tags_becomes_one() {
        let expected = Some(r#"{"env":"prod","team":"nlp"}"#.to_owned());
        for text in [
            r#"{"team": "nlp", "env": "prod"}"#,
            r#""team": "nlp","env": "prod""#,
            r#"[{"key": "team", "value": "nlp"}, {"key": "env", "value": "prod"}]"#,
        ] {
            assert_eq!(parse(text).and_then(|tags| to_json(&tags)), expected, "{text}");
        }
    }

    #[test]
    fn cells_without_tags_are_told_from_those_that_are_not_understood() {
        let cells = TagCells::default();
        for text in ["{}", "[]", r#"{"team":null}"#, r#"[{"key":"team"}]"#] {
            assert_eq!(cells.json(Some(text.into())), None, "{text}");
        }
        assert_eq!(cells.json(None), None);
        assert_eq!(cells.gap("bill.csv", "Tags"), None);
        for text in ["team=nlp", r#"["team"]"#, r#"[{"name":"team","value":"nlp"}]"#] {
            assert_eq!(cells.json(Some(text.into())), None, "{text}");
        }
        let gap = cells.gap("bill.csv", "Tags").unwrap();
        assert_eq!(gap.what, "column `Tags` of bill.csv");
        assert_eq!(gap.because, "3 rows hold no tags in a known form");
    }
}

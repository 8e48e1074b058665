//! Tags and labels in the many forms of bills, as one JSON object with sorted keys.

use std::collections::BTreeMap;

use serde_json::Value;

/// Tags by key.
pub(super) type Tags = BTreeMap<String, String>;

/// The frame's form of tags.
pub(super) fn to_json(tags: &Tags) -> Option<String> {
    if tags.is_empty() {
        return None;
    }
    serde_json::to_string(tags).ok()
}

/// Reads an object `{"k": "v"}`, Azure's object without braces, or GCP's list of `{"key": …, "value": …}`. Text in none
/// of these forms holds no tags that could be told apart.
pub(super) fn parse(text: &str) -> Tags {
    let text = text.trim();
    let braced;
    let text = if text.starts_with('"') {
        braced = format!("{{{text}}}");
        &braced
    } else {
        text
    };
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => {
            object.into_iter().filter_map(|(key, value)| Some((key, plain(&value)?))).collect()
        }
        Ok(Value::Array(list)) => list
            .iter()
            .filter_map(|entry| Some((plain(entry.get("key")?)?, plain(entry.get("value")?)?)))
            .collect(),
        _ => Tags::new(),
    }
}

/// One text out of a JSON object in a cell.
pub(super) fn field(text: &str, keys: &[&str]) -> Option<String> {
    if !keys.iter().any(|key| text.contains(key)) {
        return None;
    }
    let tags = parse(text);
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
            assert_eq!(to_json(&parse(text)), expected, "{text}");
        }
        assert_eq!(to_json(&parse("team=nlp")), None);
    }
}

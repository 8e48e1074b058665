//! The filters of Cost Explorer.

use serde_json::Value;

use super::{answer::Refusal, cost::CostLine};

/// Whether a line is what a filter asks for. No filter asks for all.
pub(super) fn holds(filter: &Value, line: &CostLine) -> bool {
    let all = |name: &str| filter.get(name).and_then(Value::as_array);
    all("And").is_none_or(|parts| parts.iter().all(|part| holds(part, line)))
        && all("Or").is_none_or(|parts| parts.iter().any(|part| holds(part, line)))
        && filter.get("Not").is_none_or(|part| !holds(part, line))
        && filter.get("Dimensions").is_none_or(|wanted| {
            let key = wanted["Key"].as_str().unwrap_or_default();
            is_one_of(wanted, line.dimension(key).unwrap_or_default())
        })
        && filter.get("Tags").is_none_or(|wanted| {
            let tag = line.tags.iter().find(|(name, _)| wanted["Key"] == name.as_str());
            is_one_of(wanted, tag.map_or("", |(_, value)| value))
        })
}

fn is_one_of(wanted: &Value, is: &str) -> bool {
    let options = wanted.get("MatchOptions").and_then(Value::as_array);
    let has = |option: &str| options.is_some_and(|all| all.iter().any(|known| known == option));
    if has("ABSENT") {
        return is.is_empty();
    }
    let values = wanted.get("Values").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    values.iter().filter_map(Value::as_str).any(|value| {
        if has("STARTS_WITH") {
            is.starts_with(value)
        } else if has("ENDS_WITH") {
            is.ends_with(value)
        } else if has("CONTAINS") {
            is.contains(value)
        } else {
            is == value
        }
    })
}

/// Refuses filters that the service does not take: one member at a time, and known dimensions.
pub(super) fn check(filter: &Value) -> Result<(), Refusal> {
    let Some(fields) = filter.as_object() else { return Ok(()) };
    if fields.len() != 1 {
        return Err(Refusal::invalid(
            "Expression must have exactly one of And, Or, Not, Dimensions, Tags.",
        ));
    }
    for (name, value) in fields {
        match name.as_str() {
            "And" | "Or" => {
                let parts = value.as_array().map_or(&[][..], Vec::as_slice);
                if parts.len() < 2 {
                    return Err(Refusal::invalid(&format!(
                        "{name} must have at least two expressions."
                    )));
                }
                parts.iter().try_for_each(check)?;
            }
            "Not" => check(value)?,
            "Dimensions" => {
                let key = value["Key"].as_str().unwrap_or_default();
                if CostLine::default().dimension(key).is_none() {
                    return Err(Refusal::invalid(&format!("Invalid dimension: {key}.")));
                }
            }
            "Tags" => {}
            _ => return Err(Refusal::invalid(&format!("{name} is not served here."))),
        }
    }
    Ok(())
}

/// Whether a filter says anything about a dimension.
pub(super) fn names(filter: &Value, dimension: &str) -> bool {
    match filter {
        Value::Object(fields) => {
            let is_it = fields.get("Dimensions").is_some_and(|wanted| wanted["Key"] == dimension);
            is_it || fields.values().any(|value| names(value, dimension))
        }
        Value::Array(values) => values.iter().any(|value| names(value, dimension)),
        _ => false,
    }
}

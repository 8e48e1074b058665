//! What a column of a frame can hold, and what stands in where a file has nothing.

use std::collections::BTreeMap;

use super::ImportError;
use crate::{
    frame::InstantMs,
    provider::table::{Row, Slot},
    units::Unit,
    window::MS_PER_HOUR,
};

/// The default of a column that may not be null.
pub(super) fn default(frame: &str, column: &str, resource_id: &str) -> Option<String> {
    let part = |index: usize| {
        let parts: Vec<&str> = resource_id.splitn(4, ':').collect();
        let is_global = parts.len() == 4 && parts.first() != Some(&"arn");
        let part = parts.get(index).filter(|part| is_global && !part.is_empty());
        Some(part.copied().unwrap_or("unknown").to_owned())
    };
    match (frame, column) {
        ("resources", "provider") => part(0),
        ("resources", "account_id") => part(1),
        ("resources", "region") => part(2),
        ("resources", "kind") => Some("gpu_instance".to_owned()),
        ("resources", "tags_json") => Some("{}".to_owned()),
        ("invocations", "model") => Some("default".to_owned()),
        _ => None,
    }
}

/// The words a column may hold; none if it is free text.
fn words(frame: &str, column: &str) -> Option<&'static [&'static str]> {
    Some(match (frame, column) {
        ("resources", "kind") => &[
            "gpu_instance",
            "node",
            "endpoint",
            "notebook",
            "job",
            "volume",
            "provisioned_throughput",
            "workload",
            "other",
        ],
        ("resources", "state") => {
            &["running", "stopped", "stopped_billed", "completed", "attached", "unattached"]
        }
        ("resources", "purchase_option") => &["on_demand", "spot", "committed"],
        ("resources", "serving_mode") => &["real_time", "asynchronous", "serverless", "batch"],
        ("prices", "purchase_option") => &["on_demand", "spot", "commit_1y", "commit_3y"],
        ("commitments", "kind") => &[
            "reservation",
            "savings_plan",
            "committed_use",
            "provisioned_throughput",
            "capacity_reservation",
        ],
        _ => return None,
    })
}

/// Text, one of the column's words, a day, or a JSON object with sorted keys.
pub(super) fn text(
    row: &Row<'_>,
    slot: Option<Slot>,
    frame: &str,
    column: &str,
) -> Result<Option<String>, ImportError> {
    let Some(slot) = slot else { return Ok(None) };
    if column.ends_with("_on") {
        let day = row.instant(slot)?;
        return Ok(day.and_then(|ms| {
            let at = jiff::Timestamp::from_millisecond(ms).ok()?;
            Some(at.to_string().chars().take(10).collect())
        }));
    }
    let Some(text) = row.text(slot) else { return Ok(None) };
    let refuse = |allowed: String| ImportError::Word {
        place: row.place(),
        column: row.column(slot),
        text: text.clone().into_owned(),
        allowed,
    };
    if column.ends_with("_json") {
        let object: BTreeMap<String, serde_json::Value> =
            serde_json::from_str(&text).map_err(|_not_an_object| {
                refuse("the JSON objects, such as {\"team\": \"nlp\"}".into())
            })?;
        return Ok(serde_json::to_string(&object).ok());
    }
    if let Some(words) = words(frame, column)
        && !words.contains(&text.as_ref())
    {
        return Err(refuse(words.join(", ")));
    }
    Ok(Some(text.into_owned()))
}

/// A number that is not negative; a ratio up to 1; a price above 0.
pub(super) fn float(
    row: &Row<'_>,
    slot: Option<Slot>,
    column: &str,
) -> Result<Option<f64>, ImportError> {
    let (Some(slot), Some(value)) = (slot, row.number(slot)?) else { return Ok(None) };
    let allowed = match Unit::of(column) {
        Unit::Ratio if !(0.0..=1.0).contains(&value) => "between 0 and 1",
        Unit::UsdPerHour if column.starts_with("price_") && value <= 0.0 => "above 0",
        _ if value < 0.0 => "0 or more",
        _ => return Ok(Some(value)),
    };
    Err(ImportError::Range { place: row.place(), column: row.column(slot), value, allowed })
}

/// A whole number that is not negative.
#[expect(clippy::cast_possible_truncation, reason = "the reader refuses numbers beyond 1e15")]
pub(super) fn int(
    row: &Row<'_>,
    slot: Option<Slot>,
    column: &str,
) -> Result<Option<i64>, ImportError> {
    let (Some(slot), Some(value)) = (slot, float(row, slot, column)?) else { return Ok(None) };
    if value.fract() != 0.0 {
        let allowed = "a whole number";
        return Err(ImportError::Range {
            place: row.place(),
            column: row.column(slot),
            value,
            allowed,
        });
    }
    Ok(Some(value as i64))
}

/// An instant; hours start on the hour.
pub(super) fn instant(
    row: &Row<'_>,
    slot: Option<Slot>,
    column: &str,
) -> Result<Option<InstantMs>, ImportError> {
    let (Some(slot), Some(ms)) = (slot, row.instant(slot)?) else { return Ok(None) };
    if column == "hour_start" && ms.rem_euclid(MS_PER_HOUR) != 0 {
        return Err(ImportError::Time {
            place: row.place(),
            column: row.column(slot),
            text: format!(
                "{} (which is not the start of an hour)",
                row.text(slot).unwrap_or_default()
            ),
        });
    }
    Ok(Some(InstantMs(ms)))
}

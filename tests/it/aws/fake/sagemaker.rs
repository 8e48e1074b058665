//! `SageMaker`: lists and descriptions of what the estate holds. Documents are kept as they are described; a list shows some
//! of their fields.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::{
    answer::{Answer, Refusal},
    call::Call,
    estate::Estate,
    page::{self, Page},
    sagemaker_tables::{DESCRIPTIONS, Description, LISTINGS, Listing},
};

/// What is on a page, unless asked otherwise.
const PAGE: usize = 10;
/// What is on a page at most.
const PAGE_LIMIT: usize = 100;

pub(super) fn answer(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    let of = |kind| estate.documents(&call.account, &call.region, kind);
    if let Some(listing) = LISTINGS.iter().find(|listing| listing.operation == call.operation) {
        return list(listing, of(listing.kind), call);
    }
    if let Some(known) = DESCRIPTIONS.iter().find(|known| known.operation == call.operation) {
        return describe(known, of(known.kind), call);
    }
    if call.operation == "ListTags" {
        return tags(of("Tags"), call);
    }
    Err(Refusal::unknown_operation(call))
}

fn list(listing: &Listing, documents: &[Value], call: &Call) -> Result<Answer, Refusal> {
    let size = page::size(call, "MaxResults", PAGE, PAGE_LIMIT)?;
    let mut found: Vec<&Value> =
        documents.iter().filter(|document| is_asked(listing, document, call)).collect();
    let by = match call.text("SortBy") {
        Some("Name" | "NAME") => listing.name,
        Some("Status") => listing.status,
        Some("LastModifiedTime") => "LastModifiedTime",
        _ => "CreationTime",
    };
    found.sort_by(|a, b| order(&a[by], &b[by]));
    // The newest endpoints come first; of all others the oldest.
    let is_newest_first = call.operation == "ListEndpoints" && call.text("SortOrder").is_none();
    if is_newest_first || call.text("SortOrder") == Some("Descending") {
        found.reverse();
    }
    let page = Page::of(call, found.len(), "NextToken", size)?;
    let shown: Vec<Value> =
        page.take(&found).iter().map(|document| summary(document, listing.fields)).collect();
    let mut answer = Map::new();
    answer.insert(listing.key.to_owned(), shown.into());
    answer.extend(page.next.map(|next| ("NextToken".to_owned(), next.into())));
    Ok(Answer::Json(answer.into()))
}

fn is_asked(listing: &Listing, document: &Value, call: &Call) -> bool {
    let time = |name: &str| call.input.get(name).and_then(Value::as_f64);
    let at = |field: &str| document.get(field).and_then(Value::as_f64);
    let is_within = |field: &str| {
        let (after, before) = (time(&format!("{field}After")), time(&format!("{field}Before")));
        after.is_none_or(|after| at(field).is_some_and(|at| at >= after))
            && before.is_none_or(|before| at(field).is_some_and(|at| at <= before))
    };
    let text = |field: &str| document.get(field).and_then(Value::as_str);
    call.text("StatusEquals").is_none_or(|status| text(listing.status) == Some(status))
        && call
            .text("NameContains")
            .is_none_or(|part| text(listing.name).is_some_and(|name| name.contains(part)))
        && listing
            .equals
            .iter()
            .all(|(asked, field)| call.text(asked).is_none_or(|value| text(field) == Some(value)))
        && is_within("CreationTime")
        && is_within("LastModifiedTime")
}

fn order(a: &Value, b: &Value) -> Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.as_str().cmp(&b.as_str()),
    }
}

fn summary(document: &Value, fields: &[&str]) -> Value {
    let shown = fields.iter().filter_map(|field| {
        let value = document.get(*field).filter(|value| !value.is_null())?;
        Some(((*field).to_owned(), value.clone()))
    });
    Value::Object(shown.collect())
}

fn describe(known: &Description, documents: &[Value], call: &Call) -> Result<Answer, Refusal> {
    let is_it = |document: &&Value| {
        known.keys.iter().all(|key| {
            let asked = call.text(key);
            // A cluster is also known by its whole name.
            asked.is_none_or(|asked| asked.rsplit('/').next() == document[*key].as_str())
        })
    };
    if known.keys.iter().all(|key| call.text(key).is_none()) {
        return Err(Refusal::invalid(&format!("{} is required", known.keys[0])));
    }
    let (code, message) = known.missing;
    let found = documents.iter().find(is_it);
    found.cloned().map(Answer::Json).ok_or_else(|| Refusal::new(400, code, message))
}

fn tags(documents: &[Value], call: &Call) -> Result<Answer, Refusal> {
    let arn =
        call.text("ResourceArn").ok_or_else(|| Refusal::invalid("ResourceArn is required"))?;
    let found = documents.iter().find(|document| document["ResourceArn"] == arn);
    let tags =
        found.and_then(|document| document["Tags"].as_array()).map_or(&[][..], Vec::as_slice);
    let page = Page::of(call, tags.len(), "NextToken", 50)?;
    let mut answer = json!({ "Tags": page.take(tags) });
    if let Some(next) = page.next {
        answer["NextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}

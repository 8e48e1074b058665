//! The price list. Products are JSON within JSON.

use serde_json::{Value, json};

use super::{
    answer::{Answer, Refusal},
    call::Call,
    estate::Estate,
    page::{self, Page},
};

/// Where the price list is served at all.
const REGIONS: [&str; 3] = ["us-east-1", "eu-central-1", "ap-south-1"];

pub(super) fn answer(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    if !REGIONS.contains(&call.region.as_str()) {
        let message = "Credential should be scoped to a valid region.";
        return Err(Refusal::new(403, "InvalidSignatureException", message));
    }
    if call.operation != "GetProducts" {
        return Err(Refusal::unknown_operation(call));
    }
    let size = page::size(call, "MaxResults", 100, 100)?;
    let service =
        call.text("ServiceCode").ok_or_else(|| Refusal::invalid("ServiceCode is required"))?;
    let filters =
        call.input.get("Filters").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let found: Vec<&Value> = estate
        .products
        .iter()
        .filter(|product| product["serviceCode"] == service)
        .filter(|product| filters.iter().all(|filter| holds(filter, product)))
        .collect();
    let page = Page::of(call, found.len(), "NextToken", size)?;
    let list: Vec<String> = page.take(&found).iter().map(ToString::to_string).collect();
    let mut answer = json!({ "FormatVersion": "aws_v1", "PriceList": list });
    if let Some(next) = page.next {
        answer["NextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}

fn holds(filter: &Value, product: &Value) -> bool {
    let text = |name: &str| filter[name].as_str().unwrap_or_default();
    let (field, wanted) = (text("Field"), text("Value"));
    let product = &product["product"];
    let of_attributes = &product["attributes"][field];
    let is = if field == "productFamily" { &product[field] } else { of_attributes };
    let Some(is) = is.as_str() else { return text("Type") == "NONE_OF" };
    let one_of = || wanted.split(',').any(|wanted| wanted.trim() == is);
    match text("Type") {
        "CONTAINS" => is.contains(wanted),
        "ANY_OF" => one_of(),
        "NONE_OF" => !one_of(),
        _ => is == wanted,
    }
}

//! Savings Plans: what was bought, and at which rates.

use serde_json::{Map, Value, json};

use super::{
    answer::{Answer, Refusal},
    call::Call,
    estate::Estate,
    page::{self, Page},
};

pub(super) fn answer(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    match call.operation.as_str() {
        "DescribeSavingsPlans" => {
            let of_it = |plan: &Value| {
                any_of(call, "states", &plan["state"])
                    && any_of(call, "savingsPlanIds", &plan["savingsPlanId"])
                    && any_of(call, "savingsPlanArns", &plan["savingsPlanArn"])
            };
            let names = [
                ("region", "region"),
                ("ec2-instance-family", "ec2InstanceFamily"),
                ("savings-plan-type", "savingsPlanType"),
                ("term", "termDurationInSeconds"),
            ];
            let passes = |plan: &Value| {
                filtered(call, |name| {
                    let field = names.iter().find(|(known, _)| *known == name)?.1;
                    Some(
                        plan[field].as_str().map_or_else(|| plan[field].to_string(), str::to_owned),
                    )
                })
            };
            answer_page(estate, call, "SavingsPlan", "savingsPlans", |plan| {
                of_it(plan) && passes(plan)
            })
        }
        "DescribeSavingsPlanRates" => {
            let plan = call
                .text("savingsPlanId")
                .ok_or_else(|| Refusal::invalid("savingsPlanId is required"))?;
            let bought = estate.documents(&call.account, "", "SavingsPlan");
            if bought.iter().all(|known| known["savingsPlanId"] != plan) {
                let message = format!("Savings plan {plan} was not found");
                return Err(Refusal::new(404, "ResourceNotFoundException", &message));
            }
            let of_it = |rate: &Value| {
                rate["savingsPlanId"] == plan && filtered(call, |name| property(rate, name))
            };
            answer_page(estate, call, "SavingsPlanRate", "searchResults", of_it)
        }
        "DescribeSavingsPlansOfferingRates" => {
            let of_it = |rate: &Value| {
                let offering = &rate["savingsPlanOffering"];
                any_of(call, "savingsPlanOfferingIds", &offering["offeringId"])
                    && any_of(call, "savingsPlanPaymentOptions", &offering["paymentOption"])
                    && any_of(call, "savingsPlanTypes", &offering["planType"])
                    && any_of(call, "products", &rate["productType"])
                    && any_of(call, "serviceCodes", &rate["serviceCode"])
                    && any_of(call, "usageTypes", &rate["usageType"])
                    && any_of(call, "operations", &rate["operation"])
                    && filtered(call, |name| property(rate, name))
            };
            answer_page(estate, call, "SavingsPlansOfferingRate", "searchResults", of_it)
        }
        _ => Err(Refusal::unknown_operation(call)),
    }
}

/// Whether a value is one of those asked for, if any are.
fn any_of(call: &Call, name: &str, value: &Value) -> bool {
    let wanted = call.texts(name);
    wanted.is_empty() || value.as_str().is_some_and(|value| wanted.contains(&value))
}

/// Whether the filters of a call hold, with what each of them looks at.
fn filtered(call: &Call, of: impl Fn(&str) -> Option<String>) -> bool {
    let filters =
        call.input.get("filters").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    filters.iter().all(|filter| {
        let values = filter["values"].as_array().map_or(&[][..], Vec::as_slice);
        let is = of(filter["name"].as_str().unwrap_or_default());
        is.is_some_and(|is| values.iter().any(|value| *value == is.as_str()))
    })
}

/// A property of a rate.
fn property(rate: &Value, name: &str) -> Option<String> {
    if let Some(own) = rate.get(name).and_then(Value::as_str) {
        return Some(own.to_owned());
    }
    let properties = rate["properties"].as_array()?;
    let found = properties.iter().find(|property| property["name"] == name)?;
    found["value"].as_str().map(str::to_owned)
}

fn answer_page(
    estate: &Estate,
    call: &Call,
    kind: &'static str,
    key: &str,
    is_asked: impl Fn(&Value) -> bool,
) -> Result<Answer, Refusal> {
    // What can be bought is the same for everybody.
    let account = if kind == "SavingsPlansOfferingRate" { "" } else { &call.account };
    let found: Vec<&Value> =
        estate.documents(account, "", kind).iter().filter(|document| is_asked(document)).collect();
    let page =
        Page::of(call, found.len(), "nextToken", page::size(call, "maxResults", 100, 1_000)?)?;
    let mut answer = Map::new();
    answer.insert(key.to_owned(), json!(page.take(&found)));
    if call.operation == "DescribeSavingsPlanRates" {
        answer.insert("savingsPlanId".to_owned(), call.input["savingsPlanId"].clone());
    }
    answer.extend(page.next.map(|next| ("nextToken".to_owned(), next.into())));
    Ok(Answer::Json(answer.into()))
}

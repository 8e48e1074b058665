//! Application Auto Scaling, of which `moto` does not know all dimensions.

use serde_json::{Map, Value, json};

use super::{
    answer::{Answer, Refusal},
    call::Call,
    estate::Estate,
    page::{self, Page},
};

/// Operation, documents and where they stand in the answer.
const LISTS: [(&str, &str, &str); 3] = [
    ("DescribeScalableTargets", "ScalableTarget", "ScalableTargets"),
    ("DescribeScalingPolicies", "ScalingPolicy", "ScalingPolicies"),
    ("DescribeScheduledActions", "ScheduledAction", "ScheduledActions"),
];

pub(super) fn answer(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    let known = LISTS.iter().find(|(operation, ..)| *operation == call.operation);
    let (_, kind, key) = known.ok_or_else(|| Refusal::unknown_operation(call))?;
    let namespace = call.text("ServiceNamespace");
    let namespace = namespace.ok_or_else(|| Refusal::invalid("ServiceNamespace is required"))?;
    let mut ids = call.texts("ResourceIds");
    ids.extend(call.text("ResourceId"));
    let is_asked = |document: &&Value| {
        let text = |name: &str| document[name].as_str().unwrap_or_default();
        text("ServiceNamespace") == namespace
            && (ids.is_empty() || ids.contains(&text("ResourceId")))
            && call
                .text("ScalableDimension")
                .is_none_or(|wanted| wanted == text("ScalableDimension"))
    };
    let all = estate.documents(&call.account, &call.region, kind);
    let found: Vec<&Value> = all.iter().filter(is_asked).collect();
    let page = Page::of(call, found.len(), "NextToken", page::size(call, "MaxResults", 50, 50)?)?;
    let mut answer = Map::new();
    answer.insert((*key).to_owned(), json!(page.take(&found)));
    answer.extend(page.next.map(|next| ("NextToken".to_owned(), next.into())));
    Ok(Answer::Json(answer.into()))
}

//! EKS, Batch and Bedrock, which have paths; and the paths of all services that do.

use serde_json::{Map, Value, json};

use super::{
    answer::{Answer, Refusal},
    call::Call,
    estate::Estate,
    page::{self, Page},
};

/// An operation that a path stands for, and what of its input is in it.
pub(super) struct Route {
    pub(super) operation: &'static str,
    pub(super) input: Map<String, Value>,
}

/// Service, method, path and operation. A part in braces is a part of the input.
const ROUTES: &[(&str, &str, &str, &str)] = &[
    ("eks", "GET", "/clusters", "ListClusters"),
    ("eks", "GET", "/clusters/{name}", "DescribeCluster"),
    ("eks", "GET", "/clusters/{name}/node-groups", "ListNodegroups"),
    ("eks", "GET", "/clusters/{name}/node-groups/{nodegroupName}", "DescribeNodegroup"),
    ("batch", "POST", "/v1/describecomputeenvironments", "DescribeComputeEnvironments"),
    ("batch", "POST", "/v1/describejobqueues", "DescribeJobQueues"),
    ("bedrock", "GET", "/provisioned-model-throughputs", "ListProvisionedModelThroughputs"),
    (
        "bedrock",
        "GET",
        "/provisioned-model-throughput/{provisionedModelId}",
        "GetProvisionedModelThroughput",
    ),
    (
        "bedrock",
        "GET",
        "/model-customization/custom-model-deployments",
        "ListCustomModelDeployments",
    ),
    ("bedrock", "GET", "/imported-models", "ListImportedModels"),
    ("bedrock", "GET", "/model-invocation-jobs", "ListModelInvocationJobs"),
    ("bedrock", "GET", "/inference-profiles", "ListInferenceProfiles"),
    ("bedrock", "POST", "/listTagsForResource", "ListTagsForResource"),
    ("savingsplans", "POST", "/DescribeSavingsPlans", "DescribeSavingsPlans"),
    ("savingsplans", "POST", "/DescribeSavingsPlanRates", "DescribeSavingsPlanRates"),
    (
        "savingsplans",
        "POST",
        "/DescribeSavingsPlansOfferingRates",
        "DescribeSavingsPlansOfferingRates",
    ),
];

/// What a path stands for.
pub(super) fn route(service: &str, method: &str, path: &str) -> Option<Route> {
    ROUTES.iter().find_map(|(of, by, pattern, operation)| {
        let input = (*of == service && *by == method).then(|| matched(pattern, path))??;
        Some(Route { operation, input })
    })
}

fn matched(pattern: &str, path: &str) -> Option<Map<String, Value>> {
    let (wanted, is): (Vec<&str>, Vec<&str>) =
        (pattern.split('/').collect(), path.split('/').collect());
    if wanted.len() != is.len() {
        return None;
    }
    let mut input = Map::new();
    for (wanted, is) in wanted.into_iter().zip(is) {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => {
                let value = percent_encoding::percent_decode_str(is).decode_utf8().ok()?;
                input.insert(name.to_owned(), value.into_owned().into());
            }
            None if wanted == is => {}
            None => return None,
        }
    }
    Some(input)
}

pub(super) fn answer(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    let of = |kind| estate.documents(&call.account, &call.region, kind);
    match call.operation.as_str() {
        "ListClusters" => {
            names(call, &of("EksCluster").iter().collect::<Vec<_>>(), "name", "clusters")
        }
        "DescribeCluster" => {
            let found =
                of("EksCluster").iter().find(|cluster| cluster["name"] == call.input["name"]);
            found
                .map(|cluster| Answer::Json(json!({ "cluster": cluster })))
                .ok_or_else(|| missing(call))
        }
        "ListNodegroups" => {
            if of("EksCluster").iter().all(|cluster| cluster["name"] != call.input["name"]) {
                return Err(missing(call));
            }
            let is_of_it = |group: &&Value| group["clusterName"] == call.input["name"];
            let groups: Vec<&Value> = of("EksNodegroup").iter().filter(is_of_it).collect();
            names(call, &groups, "nodegroupName", "nodegroups")
        }
        "DescribeNodegroup" => {
            let is_it = |group: &&Value| {
                group["clusterName"] == call.input["name"]
                    && group["nodegroupName"] == call.input["nodegroupName"]
            };
            let found = of("EksNodegroup").iter().find(is_it);
            found
                .map(|group| Answer::Json(json!({ "nodegroup": group })))
                .ok_or_else(|| missing(call))
        }
        "DescribeComputeEnvironments" => {
            let wanted = call.texts("computeEnvironments");
            let known = ["computeEnvironmentName", "computeEnvironmentArn"];
            batch(call, of("ComputeEnvironment"), &wanted, &known, "computeEnvironments")
        }
        "DescribeJobQueues" => {
            let known = ["jobQueueName", "jobQueueArn"];
            batch(call, of("JobQueue"), &call.texts("jobQueues"), &known, "jobQueues")
        }
        "GetProvisionedModelThroughput" => {
            let id = &call.input["provisionedModelId"];
            let is_it = |model: &&Value| {
                model["provisionedModelArn"] == *id || model["provisionedModelName"] == *id
            };
            let found = of("ProvisionedModelThroughput").iter().find(is_it);
            found.cloned().map(Answer::Json).ok_or_else(|| missing(call))
        }
        "ListTagsForResource" => {
            let is_it = |tags: &&Value| tags["ResourceArn"] == call.input["resourceARN"];
            let tags = of("Tags").iter().find(is_it).map_or(json!([]), |tags| tags["Tags"].clone());
            let told = |tag: &Value| json!({ "key": tag["Key"], "value": tag["Value"] });
            let tags: Vec<Value> = tags.as_array().into_iter().flatten().map(told).collect();
            Ok(Answer::Json(json!({ "tags": tags })))
        }
        "ListProvisionedModelThroughputs" => {
            bedrock(call, of("ProvisionedModelThroughput"), "provisionedModelSummaries")
        }
        "ListCustomModelDeployments" => {
            bedrock(call, of("CustomModelDeployment"), "modelDeploymentSummaries")
        }
        "ListImportedModels" => bedrock(call, of("ImportedModel"), "modelSummaries"),
        "ListModelInvocationJobs" => {
            bedrock(call, of("ModelInvocationJob"), "invocationJobSummaries")
        }
        "ListInferenceProfiles" => {
            bedrock(call, of("InferenceProfile"), "inferenceProfileSummaries")
        }
        _ => Err(Refusal::unknown_operation(call)),
    }
}

fn missing(call: &Call) -> Refusal {
    let message = format!("{}: no such thing", call.path);
    Refusal::new(404, "ResourceNotFoundException", &message)
}

/// A page of names.
fn names(call: &Call, all: &[&Value], field: &str, key: &str) -> Result<Answer, Refusal> {
    let all: Vec<&Value> = all.iter().map(|document| &document[field]).collect();
    answer_page(call, &all, key, page::size(call, "maxResults", 100, 100)?)
}

fn batch(
    call: &Call,
    all: &[Value],
    wanted: &[&str],
    known: &[&str],
    key: &str,
) -> Result<Answer, Refusal> {
    let is_wanted = |document: &&Value| {
        let is = |field: &str| document[field].as_str().is_some_and(|is| wanted.contains(&is));
        wanted.is_empty() || known.iter().any(|field| is(field))
    };
    let found: Vec<&Value> = all.iter().filter(is_wanted).collect();
    answer_page(call, &found, key, page::size(call, "maxResults", 100, 100)?)
}

fn bedrock(call: &Call, all: &[Value], key: &str) -> Result<Answer, Refusal> {
    let is_asked = |document: &&Value| {
        call.text("statusEquals").is_none_or(|status| document["status"] == status)
            && call.text("type").is_none_or(|kind| document["type"] == kind)
    };
    let found: Vec<&Value> = all.iter().filter(is_asked).collect();
    answer_page(call, &found, key, page::size(call, "maxResults", 100, 1_000)?)
}

fn answer_page(call: &Call, all: &[&Value], key: &str, size: usize) -> Result<Answer, Refusal> {
    let page = Page::of(call, all.len(), "nextToken", size)?;
    let mut answer = Map::new();
    answer.insert(key.to_owned(), json!(page.take(all)));
    answer.extend(page.next.map(|next| ("nextToken".to_owned(), next.into())));
    Ok(Answer::Json(answer.into()))
}

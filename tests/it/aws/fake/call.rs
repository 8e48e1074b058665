//! A request, taken apart: which service, operation, account and region, and what is asked, whatever the protocol.

use hyper::{HeaderMap, body::Bytes, http::request::Parts};
use serde_json::{Map, Value};

use super::{
    answer::Refusal,
    cbor,
    estate::Estate,
    page::Pages,
    rest::{self, Route},
};

/// How a service is talked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Smithy RPC v2.
    Cbor,
    /// JSON 1.0 and 1.1, with a target.
    Json,
    /// JSON with paths.
    Rest,
    /// A form that is answered in XML.
    Query,
    /// The same as EC2 does it.
    Ec2,
    /// XML with paths.
    S3,
}

impl Protocol {
    /// The one of a request.
    pub(crate) fn of(parts: &Parts) -> Self {
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let scope = header("authorization").and_then(credential_scope);
        let service = scope.map_or("", |[.., service]| service);
        match (header("smithy-protocol"), service) {
            (Some("rpc-v2-cbor"), _) => Self::Cbor,
            (_, "ec2") => Self::Ec2,
            (_, "s3") => Self::S3,
            (_, "sts" | "autoscaling") => Self::Query,
            _ if parts.headers.contains_key("x-amz-target") => Self::Json,
            _ => Self::Rest,
        }
    }
}

/// A request.
#[derive(Debug)]
pub(crate) struct Call {
    /// As permissions spell it: `cloudwatch`, not `monitoring`.
    pub(crate) service: String,
    pub(crate) operation: String,
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) access_key: String,
    pub(crate) protocol: Protocol,
    /// What is asked. Of a form the fields, each a text.
    pub(crate) input: Value,
    /// How lists are to misbehave.
    pub(crate) pages: Pages,
    /// Whether `CloudWatch` is to have lost half of its data.
    pub(crate) has_half_data: bool,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// Takes a request apart. `Err` is what a client hears whose request nobody can know.
    pub(crate) fn parse(estate: &Estate, parts: &Parts, body: Bytes) -> Result<Self, Refusal> {
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let scope = header("authorization").and_then(credential_scope);
        let [access_key, _, region, service] = scope.ok_or_else(Refusal::unsigned)?;
        let path = parts.uri.path().to_owned();
        let query = parts.uri.query().unwrap_or_default();
        let protocol = Protocol::of(parts);
        let service = if service == "monitoring" { "cloudwatch" } else { service };
        let (operation, input) = match protocol {
            Protocol::Cbor => {
                (path.rsplit('/').next().unwrap_or_default().to_owned(), cbor::decode(&body)?)
            }
            Protocol::Json => {
                let target = header("x-amz-target").unwrap_or_default();
                let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
                (operation, json(&body)?)
            }
            Protocol::Ec2 | Protocol::Query => {
                let fields = form(&body);
                let operation = fields.get("Action").and_then(Value::as_str).unwrap_or_default();
                (operation.to_owned(), Value::Object(fields))
            }
            Protocol::S3 => s3_operation(&parts.method, &path, query),
            Protocol::Rest => {
                let Some(Route { operation, mut input }) =
                    rest::route(service, parts.method.as_str(), &path)
                else {
                    return Err(Refusal::new(404, "UnknownOperationException", &path));
                };
                input.extend(form(query.as_bytes()));
                if let Value::Object(fields) = json(&body)? {
                    input.extend(fields);
                }
                (operation.to_owned(), Value::Object(input))
            }
        };
        let account = estate.account_of(access_key).ok_or_else(Refusal::unknown_key)?;
        if access_key.starts_with("ASIA") && header("x-amz-security-token").is_none() {
            return Err(Refusal::unknown_key());
        }
        Ok(Self {
            service: service.to_owned(),
            operation,
            account: account.id.clone(),
            region: region.to_owned(),
            access_key: access_key.to_owned(),
            protocol,
            input,
            pages: Pages::default(),
            has_half_data: false,
            method: parts.method.to_string(),
            path,
            headers: parts.headers.clone(),
            body,
        })
    }

    /// As permissions spell it: `sagemaker:ListEndpoints`.
    pub(crate) fn action(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    /// A text of what is asked.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.input.get(name).and_then(Value::as_str)
    }

    /// A number of what is asked; forms and paths have it as a text.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        let value = self.input.get(name)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    /// Texts of a list.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        let list = self.input.get(name).and_then(Value::as_array);
        list.map_or_else(Vec::new, |list| list.iter().filter_map(Value::as_str).collect())
    }

    /// Texts of a list in a form: `Name.1`, `Name.2`, and so on.
    pub(crate) fn numbered(&self, name: &str) -> Vec<&str> {
        (1..).map_while(|number| self.text(&format!("{name}.{number}"))).collect()
    }
}

/// Access key, date, region and service of a signature.
fn credential_scope(authorization: &str) -> Option<[&str; 4]> {
    let credential = authorization.split("Credential=").nth(1)?.split(',').next()?;
    let mut parts = credential.split('/');
    let scope = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    (parts.next() == Some("aws4_request")).then_some(scope)
}

fn json(body: &[u8]) -> Result<Value, Refusal> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(body)
        .map_err(|error| Refusal::new(400, "SerializationException", &error.to_string()))
}

/// The fields of a form.
pub(crate) fn form(text: &[u8]) -> Map<String, Value> {
    form_urlencoded::parse(text)
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect()
}

fn s3_operation(method: &hyper::Method, path: &str, query: &str) -> (String, Value) {
    let input = form(query.as_bytes());
    let has_key =
        path.trim_start_matches('/').split_once('/').is_some_and(|(_, key)| !key.is_empty());
    let operation = match (method.as_str(), has_key) {
        ("GET", true) => "GetObject",
        ("HEAD", true) => "HeadObject",
        ("GET", false) if input.contains_key("list-type") => "ListObjectsV2",
        ("GET", false) if input.contains_key("location") => "GetBucketLocation",
        ("HEAD", false) => "HeadBucket",
        _ => "Unknown",
    };
    (operation.to_owned(), Value::Object(input))
}

//! One request to an API server. It can only get.

use http::{Request, header, response::Parts};
use http_body_util::{BodyExt as _, Limited};
use kube::client::Body;

use super::failure::{self, Refusal};
use crate::provider::call::{Answer, CallError};

/// Largest answer that is read. A page of 500 large pods has some 20 MiB.
const LARGEST_ANSWER_BYTES: usize = 128 << 20;

/// What a server answered.
#[derive(Debug)]
pub(super) enum Reply {
    /// The body of a success.
    Body(Vec<u8>),
    /// The page is no longer there: it was asked for too late.
    Gone,
}

/// Gets a path with its query.
pub(super) async fn get(
    client: &kube::Client,
    operation: &'static str,
    path: &str,
) -> Result<Answer<Reply>, CallError> {
    let request = Request::get(path)
        .header(header::ACCEPT, "application/json")
        .body(Body::empty())
        .map_err(|error| CallError::Rejected {
            operation: operation.to_owned(),
            reason: error.to_string(),
        })?;
    let response =
        client.send(request).await.map_err(|error| failure::of_client(operation, &error))?;
    let (head, body) = response.into_parts();
    let collected = Limited::new(body, LARGEST_ANSWER_BYTES).collect().await;
    let collected = collected.map_err(|error| cut_off(operation, error.as_ref()))?;
    let body = Vec::from(collected.to_bytes());
    let received_bytes = body.len() as u64;
    Ok(Answer { value: reply(operation, &head, body)?, received_bytes })
}

fn cut_off(operation: &str, error: &(dyn std::error::Error + 'static)) -> CallError {
    let operation = operation.to_owned();
    if error.is::<http_body_util::LengthLimitError>() {
        let reason = format!("an answer of more than {LARGEST_ANSWER_BYTES} bytes");
        CallError::Rejected { operation, reason }
    } else {
        let reason = format!("the answer broke off: {error}");
        CallError::Unavailable { operation, reason: failure::short(&reason) }
    }
}

fn reply(operation: &str, head: &Parts, body: Vec<u8>) -> Result<Reply, CallError> {
    let text = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
    match head.status.as_u16() {
        200..=299 => Ok(Reply::Body(body)),
        410 => Ok(Reply::Gone),
        status => Err(failure::of_answer(
            operation,
            &Refusal {
                status,
                retry_after_seconds: text(header::RETRY_AFTER).and_then(|text| text.parse().ok()),
                location: text(header::LOCATION),
                body: &body,
            },
        )),
    }
}

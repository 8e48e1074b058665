//! One request to AWS: sent once by the SDK, counted and repeated by our own caller, refused if it is not listed.

use std::{cell::Cell, error::Error, future::Future};

use aws_sdk_sts::operation::{
    assume_role::AssumeRoleError,
    assume_role_with_web_identity::AssumeRoleWithWebIdentityError as WebIdentityError,
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept, context::AfterDeserializationInterceptorContextRef, dyn_dispatch_hint,
        },
        orchestrator::HttpResponse,
        result::{ConnectorError, SdkError},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{
    config_bag::ConfigBag,
    error::{ErrorMetadata, metadata::ProvideErrorMetadata},
};

use super::{permissions, refusal, unsettled, xml_end};
use crate::provider::call::{Answer, CallError, Caller};

tokio::task_local! {
    /// Bytes of the answer that this task is reading.
    static RECEIVED_BYTES: Cell<u64>;
}

/// Notes the size of each answer, and refuses one that ends too early. Every client has it.
#[derive(Debug)]
pub(super) struct Measured;

#[dyn_dispatch_hint]
impl Intercept for Measured {
    fn name(&self) -> &'static str {
        "Measured"
    }

    /// Before it is taken apart, an answer is still on its way.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        // Only what is read as it comes has no bytes here: files.
        let body = response.body().bytes().unwrap_or_default();
        let size = body.len() as u64;
        let add = |received: &Cell<u64>| received.set(received.get() + size);
        if RECEIVED_BYTES.try_with(add).is_err() {
            // The SDK itself asked, for credentials: that answer is nobody's.
        }
        if response.status().is_success() && xml_end::is_missing(body) {
            return Err("the XML has no end".into());
        }
        Ok(())
    }
}

/// Sends a request of `operation`, such as `ec2:DescribeInstances`, until there is an answer or patience ends.
pub(super) async fn ask<T, E, F>(
    caller: &Caller,
    operation: &'static str,
    send: impl Fn() -> F,
) -> Result<T, CallError>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + Error + 'static,
{
    if !permissions::is_listed(operation) {
        let reason = "it is not in the list of permissions, which is a bug of ai-cost".to_owned();
        return Err(CallError::Rejected { operation: operation.to_owned(), reason });
    }
    let attempt = || {
        let answer = send();
        RECEIVED_BYTES.scope(Cell::new(0), async move {
            let value = answer.await.map_err(|error| call_error(operation, &error))?;
            Ok(Answer { value, received_bytes: RECEIVED_BYTES.with(Cell::get) })
        })
    };
    caller.call(operation, attempt).await.inspect_err(|error| {
        if refusal::may_pass(error) {
            unsettled::note();
        }
    })
}

/// Codes that ask for patience. EC2, CloudWatch, SageMaker and Cost Explorer each have their own.
const THROTTLED: [&str; 11] = [
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// Codes of a server that failed, whatever the status says.
const UNAVAILABLE: [&str; 6] = [
    "InternalError",
    "InternalFailure",
    "InternalServerException",
    "InternalServiceFault",
    "ServiceUnavailable",
    "Unavailable",
];

/// Codes that say who may not ask, or that the credentials do not hold.
const REFUSED: [&str; 21] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "AuthorizationError",
    "Blocked",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "NotAuthorized",
    "OptInRequired",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "SubscriptionRequiredException",
    "UnauthorizedException",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
];

/// What is said of a service that has no address.
const NO_HOST: &str = "no such host";

/// How resolvers of names say that there is none. That they could not ask is another thing.
const NOBODY: [&str; 4] = [
    "Name or service not known",
    "Name does not resolve",
    "No such host is known",
    "nodename nor servname provided",
];

/// Whether a name is nobody's, by the words of an error.
fn is_nobody(reason: &str) -> bool {
    NOBODY.iter().any(|words| reason.contains(words))
}

/// Whether a region does not have the service, or the service not the operation, so that there is nothing to hide.
pub(super) fn is_not_offered(error: &CallError) -> bool {
    match error {
        CallError::Absent { reason, .. } | CallError::Rejected { reason, .. } => {
            reason.starts_with(NO_HOST) || reason.starts_with("UnknownOperationException")
        }
        _ => false,
    }
}

/// What an SDK's failure means to a caller.
pub(super) fn call_error<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> CallError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let operation = operation.to_owned();
    match error {
        // No service refuses with success: the SDK could not read what it says.
        SdkError::ServiceError(failed) if failed.raw().status().is_success() => {
            CallError::Malformed { operation, reason: chain(failed.err()) }
        }
        SdkError::ServiceError(failed) => {
            service_error(operation, failed.err().meta(), failed.raw().status().as_u16())
        }
        SdkError::TimeoutError(_) => {
            CallError::Unavailable { operation, reason: "the SDK gave up waiting".to_owned() }
        }
        // Nobody has this name, and asking again does not change that: the region does not have the service.
        SdkError::DispatchFailure(failed) if failed.is_io() && is_nobody(&chain(error)) => {
            CallError::Absent { operation, reason: format!("{NO_HOST}: {}", chain(error)) }
        }
        SdkError::DispatchFailure(failed) if failed.is_io() || failed.is_timeout() => {
            CallError::Unavailable { operation, reason: chain(error) }
        }
        // No connection was tried: it is about credentials.
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => {
            without_credentials(operation, error)
        }
        SdkError::ResponseError(failed) if failed.raw().status().is_server_error() => {
            CallError::Unavailable { operation, reason: chain(error) }
        }
        // A body that ends early is the connection's fault; the next answer may be whole.
        SdkError::ResponseError(_) if is_cut_short(error) => {
            CallError::Unavailable { operation, reason: chain(error) }
        }
        _ => CallError::Malformed { operation, reason: chain(error) },
    }
}

/// Why there are no credentials: nobody has any, a role is refused, or whoever gives them failed in passing.
fn without_credentials(operation: String, error: &(dyn Error + 'static)) -> CallError {
    let reason = chain(error);
    let mut cause = error.source();
    while let Some(at) = cause {
        if let Some(role) = at.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>() {
            return call_error("sts:AssumeRole", role);
        }
        if let Some(role) = at.downcast_ref::<SdkError<WebIdentityError, HttpResponse>>() {
            return call_error("sts:AssumeRoleWithWebIdentity", role);
        }
        // Logins whose crates are not ours to name, such as that of SSO.
        if let Some(said) = at.downcast_ref::<ErrorMetadata>() {
            let is_one_of = |codes: &[&str]| said.code().is_some_and(|code| codes.contains(&code));
            if is_one_of(&THROTTLED) {
                return CallError::Throttled { operation, reason, retry_after: None };
            } else if is_one_of(&UNAVAILABLE) {
                return CallError::Unavailable { operation, reason };
            }
        }
        let is_lost = at
            .downcast_ref::<ConnectorError>()
            .is_some_and(|lost| lost.is_io() || lost.is_timeout());
        if is_lost {
            return CallError::Unavailable { operation, reason };
        }
        cause = at.source();
    }
    CallError::Refused { operation, reason }
}

fn service_error(operation: String, said: &ErrorMetadata, status: u16) -> CallError {
    let code = said.code().unwrap_or_default();
    let reason = match (code, said.message()) {
        ("", None) => format!("status {status}"),
        (code, None) => code.to_owned(),
        ("", Some(message)) => message.to_owned(),
        (code, Some(message)) => format!("{code}: {message}"),
    };
    let is_one_of = |codes: &[&str]| codes.contains(&code);
    if is_one_of(&THROTTLED) || status == 429 {
        CallError::Throttled { operation, reason, retry_after: None }
    } else if is_one_of(&REFUSED) || matches!(status, 401 | 403) {
        CallError::Refused { operation, reason }
    } else if is_one_of(&UNAVAILABLE) || status >= 500 {
        CallError::Unavailable { operation, reason }
    } else if status == 404 || code.ends_with("NotFound") || code.contains("NotFoundException") {
        CallError::Absent { operation, reason }
    } else if code.is_empty() && said.message().is_none() {
        CallError::Malformed { operation, reason: format!("{reason} without a reason") }
    } else {
        CallError::Rejected { operation, reason }
    }
}

/// Whether the bytes of an answer ended before it did.
fn is_cut_short(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(at) = cause {
        let text = at.to_string();
        if at.is::<std::io::Error>()
            || ["connection", "incomplete", "body"].iter().any(|word| text.contains(word))
        {
            return true;
        }
        cause = at.source();
    }
    false
}

/// An error and what caused it, on one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(at) = cause {
        let said = at.to_string();
        if !text.ends_with(&said) {
            text = text + ": " + &said;
        }
        cause = at.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError as Sent;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::{body::SdkBody, error::ErrorMetadata};

    use super::*;

    fn response(status: u16) -> HttpResponse {
        HttpResponse::new(status.try_into().unwrap(), SdkBody::empty())
    }

    /// What is made of an answer with this code and status.
    fn said(code: &str, status: u16) -> CallError {
        let said = ErrorMetadata::builder().code(code).message("says the server").build();
        let error = SdkError::service_error(Sent::generic(said), response(status));
        call_error("ec2:DescribeInstances", &error)
    }

    #[test]
    fn every_services_word_for_patience_is_understood() {
        for (code, status) in [
            ("RequestLimitExceeded", 503),
            ("ThrottlingException", 400),
            ("LimitExceededException", 400),
            ("SlowDown", 503),
            ("SomethingElse", 429),
        ] {
            assert!(matches!(said(code, status), CallError::Throttled { .. }), "{code}");
        }
    }

    #[test]
    fn a_missing_permission_and_an_expired_token_are_refusals_and_are_not_repeated() {
        for (code, status) in [
            ("UnauthorizedOperation", 403),
            ("AccessDeniedException", 400),
            ("ExpiredToken", 400),
            ("RequestTimeTooSkewed", 400),
            ("Unknown", 403),
        ] {
            assert!(matches!(said(code, status), CallError::Refused { .. }), "{code}");
        }
        assert_eq!(
            said("UnauthorizedOperation", 403).to_string(),
            "ec2:DescribeInstances was refused: UnauthorizedOperation: says the server"
        );
    }

    #[test]
    fn a_failing_server_may_be_asked_again_and_a_wrong_request_may_not() {
        assert!(said("InternalFailure", 500).is_passing());
        assert!(said("Whatever", 502).is_passing());
        assert!(matches!(said("ValidationException", 400), CallError::Rejected { .. }));
        assert!(matches!(said("ResourceNotFoundException", 400), CallError::Absent { .. }));
    }

    #[test]
    fn a_service_that_has_no_address_is_not_asked_again_and_one_whose_address_could_not_be_asked_for_is()
     {
        let failed = |words: &str| {
            let io =
                std::io::Error::other(format!("failed to lookup address information: {words}"));
            let error: SdkError<Sent, HttpResponse> =
                SdkError::dispatch_failure(ConnectorError::io(io.into()));
            call_error("bedrock:ListProvisionedModelThroughputs", &error)
        };
        let nowhere = failed("Name or service not known");
        assert!(!nowhere.is_passing() && is_not_offered(&nowhere), "{nowhere}");
        let offline = failed("Temporary failure in name resolution");
        assert!(offline.is_passing() && !is_not_offered(&offline), "{offline}");
    }

    #[test]
    fn a_broken_connection_may_be_tried_again_and_missing_credentials_may_not() {
        let io = std::io::Error::other("connection reset by peer");
        let reset: SdkError<Sent, HttpResponse> =
            SdkError::dispatch_failure(ConnectorError::io(io.into()));
        assert!(call_error("sts:GetCallerIdentity", &reset).is_passing());
        let none: SdkError<Sent, HttpResponse> = SdkError::dispatch_failure(ConnectorError::other(
            "no credentials in the chain".into(),
            None,
        ));
        let error = call_error("sts:GetCallerIdentity", &none);
        assert_eq!(
            error.to_string(),
            "sts:GetCallerIdentity was refused: dispatch failure: other: no credentials in the chain"
        );
    }
}

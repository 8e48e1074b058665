//! Why a request to an API server failed, in words that say what to do.

use std::{error::Error as StdError, io, time::Duration};

use kube::client::AuthError;
use rustls::CertificateError;

use super::wire::Status;
use crate::provider::call::CallError;

/// Longest reason that is passed on, in characters.
const LONGEST_REASON: usize = 300;

/// What a server answered instead of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal<'a> {
    /// HTTP status.
    pub(super) status: u16,
    /// `Retry-After`, if it is a number of seconds.
    pub(super) retry_after_seconds: Option<u64>,
    /// `Location`.
    pub(super) location: Option<&'a str>,
    /// The body.
    pub(super) body: &'a [u8],
}

/// The error that an answer without success means.
pub(super) fn of_answer(operation: &str, refusal: &Refusal<'_>) -> CallError {
    let operation = operation.to_owned();
    let status = Status::of(refusal.body);
    let code = refusal.status;
    let reason = match status.message() {
        message if message.is_empty() => format!("status {code}"),
        message => format!("status {code}: {message}"),
    };
    let asked = refusal.retry_after_seconds.or_else(|| status.retry_after_seconds());
    let retry_after = asked.map(Duration::from_secs);
    match code {
        300..=399 => {
            let to = short(refusal.location.unwrap_or("elsewhere"));
            let reason = format!(
                "status {code} sends to {to}: a log-in page or a proxy answers instead of the API server"
            );
            CallError::Malformed { operation, reason }
        }
        401 => CallError::Refused {
            operation,
            reason: format!("{reason}; the credentials are not valid here"),
        },
        403 => CallError::Refused { operation, reason },
        404 => CallError::Absent { operation, reason },
        429 => CallError::Throttled { operation, reason, retry_after },
        // The server says when it will be back: that is a matter of patience, too.
        500..=599 if retry_after.is_some() => {
            CallError::Throttled { operation, reason, retry_after }
        }
        408 | 500..=599 => CallError::Unavailable { operation, reason },
        _ => CallError::Rejected { operation, reason },
    }
}

/// The error that a request without an answer means.
pub(super) fn of_client(operation: &str, error: &kube::Error) -> CallError {
    let operation = operation.to_owned();
    for cause in causes(error) {
        if let Some(auth) = cause.downcast_ref::<AuthError>() {
            return CallError::Refused { operation, reason: of_credentials(auth) };
        }
        if let Some(tls) = tls_error(cause) {
            return of_tls(operation, tls);
        }
    }
    let reason = causes(error).last().map_or_else(String::new, |cause| short(&cause.to_string()));
    match error {
        // What the client finds wrong before it asks will be as wrong next time.
        kube::Error::ProxyProtocolUnsupported { .. }
        | kube::Error::ProxyProtocolDisabled { .. }
        | kube::Error::HttpError(_)
        | kube::Error::BuildRequest(_)
        | kube::Error::RustlsTls(_)
        | kube::Error::TlsRequired => CallError::Rejected { operation, reason },
        _ => CallError::Unavailable { operation, reason },
    }
}

/// Credentials that could not be had. What a plugin printed is not repeated: it may hold a token.
fn of_credentials(error: &AuthError) -> String {
    match error {
        AuthError::AuthExecRun { out, .. } => format!(
            "the credential plugin of the kubeconfig ended with {}; `kubectl get nodes` shows what it says",
            out.status
        ),
        AuthError::AuthExecStart(source) => format!(
            "the credential plugin of the kubeconfig cannot be started: {source}; install it, or put it on the PATH"
        ),
        AuthError::AuthExecParse(_) => {
            "the credential plugin of the kubeconfig printed something else than credentials"
                .to_owned()
        }
        other => short(&other.to_string()),
    }
}

fn of_tls(operation: String, error: &rustls::Error) -> CallError {
    let rustls::Error::InvalidCertificate(problem) = error else {
        let reason = format!(
            "no TLS connection: {error}; is the address right, and `https` as it should be?"
        );
        return CallError::Rejected { operation, reason: short(&reason) };
    };
    let hint = match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the certificate of the server has expired"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate of the server is for another name: correct the address, or set `tls-server-name` in the kubeconfig"
        }
        _ => {
            "the certificate of the server is not signed by a CA that is known here: name the CA with `certificate-authority` in the kubeconfig"
        }
    };
    CallError::Rejected { operation, reason: format!("{hint} ({})", short(&error.to_string())) }
}

/// The TLS error in a cause, if it is or wraps one. An `io::Error` does not name what it wraps as its source.
fn tls_error<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    let mut wrapped = cause.downcast_ref::<io::Error>()?.get_ref()?;
    loop {
        if let Some(tls) = wrapped.downcast_ref::<rustls::Error>() {
            return Some(tls);
        }
        wrapped = wrapped.downcast_ref::<io::Error>()?.get_ref()?;
    }
}

/// An error and what caused it, outermost first.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |cause| (*cause).source())
}

/// A text of a server on one line, cut to what a reader needs.
pub(super) fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_REASON) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> CallError {
        let refusal =
            Refusal { status, retry_after_seconds: None, location: None, body: body.as_bytes() };
        of_answer("list nodes", &refusal)
    }

    const FORBIDDEN: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
        "message":"nodes is forbidden: User \"jane\" cannot list resource \"nodes\" in API group \"\" at the cluster scope",
        "reason":"Forbidden","details":{"kind":"nodes"},"code":403}"#;

    #[test]
    fn a_refusal_says_what_the_server_said() {
        let error = answer(403, FORBIDDEN).to_string();
        assert_eq!(
            error,
            "list nodes was refused: status 403: nodes is forbidden: User \"jane\" cannot list resource \"nodes\" in API group \"\" at the cluster scope"
        );
    }

    #[test]
    fn a_path_that_nobody_serves_is_absent_though_the_answer_is_plain_text() {
        let error = answer(404, "404 page not found\n").to_string();
        assert_eq!(error, "list nodes does not exist there: status 404: 404 page not found");
    }

    #[test]
    fn the_wait_that_a_server_asks_for_is_read_from_its_status_too() {
        let body = r#"{"kind":"Status","code":429,"message":"too many","details":{"retryAfterSeconds":3}}"#;
        let retry_after = Some(Duration::from_secs(3));
        let (operation, reason) = ("list nodes".to_owned(), "status 429: too many".to_owned());
        assert_eq!(answer(429, body), CallError::Throttled { operation, reason, retry_after });
    }

    #[test]
    fn a_server_error_may_pass_and_a_wrong_request_may_not() {
        assert!(answer(503, "").is_passing());
        assert!(answer(500, "etcdserver: request timed out").is_passing());
        assert!(!answer(400, "").is_passing());
        assert!(!answer(401, "").is_passing());
    }

    #[test]
    fn a_redirect_is_somebody_else() {
        let refusal = Refusal {
            status: 302,
            retry_after_seconds: None,
            location: Some("https://login.example.com/?next=/api"),
            body: b"<html>",
        };
        let error = of_answer("list nodes", &refusal).to_string();
        assert!(error.contains("sends to https://login.example.com/?next=/api"), "{error}");
    }

    #[test]
    fn a_long_page_is_cut() {
        assert_eq!(short(&"a ".repeat(1000)).chars().count(), LONGEST_REASON + 1);
    }
}

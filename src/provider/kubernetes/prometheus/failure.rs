//! What an answer without data means: whom to blame, and whether asking again, or for less, helps.

use std::{error::Error, time::Duration};

use super::answer::{Fault, fault};
use crate::{provider::call::CallError, text::clean};

/// Longest reason that is shown.
const LONGEST_REASON: usize = 240;

/// Words with which servers refuse what is too much at once: samples, series, points, bytes or days.
const TOO_MUCH: [&str; 14] = [
    "maximum resolution",
    "too many samples",
    "too many points",
    "too many series",
    "too many chunks",
    "exceeds limit",
    "exceeds the limit",
    "exceeded limit",
    "limit exceeded",
    "exceed the limit",
    "hit the max number",
    "max-query",
    "too large",
    "answer is larger",
];

/// An answer that is not a success.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal<'a> {
    pub(super) status: u16,
    pub(super) location: Option<&'a str>,
    pub(super) retry_after: Option<Duration>,
    pub(super) is_web_page: bool,
    pub(super) body: &'a [u8],
}

impl Refusal<'_> {
    /// The error it stands for.
    pub(super) fn error(&self, operation: &str) -> CallError {
        let operation = operation.to_owned();
        let Fault { kind, error } = fault(self.body);
        let reason = self.reason(&error);
        match self.status {
            300..=399 => CallError::Refused { operation, reason: self.redirect() },
            401 | 403 | 407 => CallError::Refused { operation, reason },
            404 | 405 => CallError::Absent { operation, reason },
            429 => CallError::Throttled { operation, reason, retry_after: self.retry_after },
            // The query itself took too long: a smaller one will not.
            500.. if kind == "timeout" || kind == "canceled" => {
                CallError::Rejected { operation, reason: format!("{reason} (it took too long)") }
            }
            500.. if says_too_much(&error) => CallError::Rejected { operation, reason },
            503 if self.retry_after.is_some() => {
                CallError::Throttled { operation, reason, retry_after: self.retry_after }
            }
            408 | 425 | 500.. => CallError::Unavailable { operation, reason },
            _ => CallError::Rejected { operation, reason },
        }
    }

    fn reason(&self, error: &str) -> String {
        let status = self.status;
        if !error.is_empty() {
            return format!("{} ({status})", short(error));
        }
        let text = String::from_utf8_lossy(self.body);
        match title(&text) {
            Some(title) => format!("it answered {status} with the web page `{title}`"),
            None if self.is_web_page || text.trim().is_empty() => format!("it answered {status}"),
            None => format!("{} ({status})", short(&text)),
        }
    }

    fn redirect(&self) -> String {
        match self.location {
            Some(location) => format!(
                "it redirects to {} ({}), usually a login page: give the address behind it, and a token or password",
                short(location.split('?').next().unwrap_or_default()),
                self.status
            ),
            None => format!("it redirects without saying where ({})", self.status),
        }
    }
}

/// A web page where JSON was expected.
pub(super) fn web_page(operation: &str, body: &[u8]) -> CallError {
    let text = String::from_utf8_lossy(body);
    let name = title(&text)
        .map_or_else(|| "a web page".to_owned(), |title| format!("the web page `{title}`"));
    CallError::Malformed {
        operation: operation.to_owned(),
        reason: format!(
            "{name} answers there: a login page, or an address that is not the query interface"
        ),
    }
}

/// Whether a body is a web page, whatever its header says.
pub(super) fn is_web_page(content_type: Option<&str>, body: &[u8]) -> bool {
    content_type.is_some_and(|kind| kind.starts_with("text/html"))
        || body.trim_ascii_start().starts_with(b"<")
}

fn title(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("<title>")?;
    let (title, _) = rest.split_once("</title>")?;
    Some(short(title)).filter(|title| !title.is_empty())
}

/// Whether half of the request may be answered where the whole was not.
pub(super) fn is_too_much(error: &CallError) -> bool {
    match error {
        CallError::Rejected { reason, .. } => {
            says_too_much(reason)
                || ["413", "(413)"].iter().any(|end| reason.ends_with(end))
                || reason.ends_with("(it took too long)")
        }
        CallError::TimedOut { .. } => true,
        _ => false,
    }
}

/// Whether a server, or a proxy before it, wants another method.
pub(super) fn is_wrong_method(error: &CallError) -> bool {
    matches!(error, CallError::Absent { reason, .. } if reason.contains("405"))
}

fn says_too_much(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    TOO_MUCH.iter().any(|words| reason.contains(words))
}

/// Why a request got no answer at all.
pub(super) fn of_client(operation: &str, error: &reqwest::Error) -> CallError {
    let operation = operation.to_owned();
    let reason = innermost(error);
    // A certificate does not become good by waiting.
    if reason.contains("certificate") {
        return CallError::Refused {
            operation,
            reason: format!(
                "{reason}: the server's authority is not known here; `ca_file` of the cluster's settings names it"
            ),
        };
    }
    CallError::Unavailable { operation, reason }
}

/// What lies behind a chain of errors: the outer ones only say that a request failed.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    short(&cause.to_string())
}

/// One line, not too long.
pub(super) fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = clean(&line);
    match line.char_indices().nth(LONGEST_REASON) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> CallError {
        let body = body.as_bytes();
        let is_web_page = is_web_page(None, body);
        Refusal { status, location: None, retry_after: None, is_web_page, body }
            .error("query_range")
    }

    fn fault(kind: &str, error: &str) -> String {
        format!(r#"{{"status":"error","errorType":"{kind}","error":"{error}"}}"#)
    }

    #[test]
    fn what_is_too_much_at_once_is_asked_for_in_halves() {
        for (status, kind, error) in [
            (
                400,
                "bad_data",
                "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
            ),
            (
                422,
                "execution",
                "query processing would load too many samples into memory in query execution",
            ),
            (
                422,
                "execution",
                "the query hit the max number of series limit (limit: 100000 series) (err-mimir-max-series-per-query)",
            ),
            (
                400,
                "bad_data",
                "the query time range exceeds the limit (query length: 744h, limit: 721h)",
            ),
            (503, "timeout", "query timed out in expression evaluation"),
            (500, "internal", "rpc error: expanded matching posts: exceeded limit"),
        ] {
            let error = refused(status, &fault(kind, error));
            assert!(is_too_much(&error), "{error}");
            assert!(!error.is_passing(), "{error}");
        }
        assert!(is_too_much(&refused(413, "")));
    }

    #[test]
    fn what_may_pass_is_not_too_much() {
        let error = refused(503, "upstream connect error");
        assert_eq!(error.to_string(), "query_range failed: upstream connect error (503)");
        assert!(error.is_passing() && !is_too_much(&error));
        assert!(refused(429, "").is_passing());
        assert!(!is_too_much(&refused(
            400,
            &fault("bad_data", "parse error: unexpected end of input")
        )));
    }

    #[test]
    fn a_redirect_names_where_it_leads_without_its_query() {
        let refusal = Refusal {
            status: 302,
            location: Some("https://login.example.com/authorize?state=abc"),
            retry_after: None,
            is_web_page: false,
            body: b"",
        };
        assert_eq!(
            refusal.error("query").to_string(),
            "query was refused: it redirects to https://login.example.com/authorize (302), usually a login page: give \
             the address behind it, and a token or password"
        );
    }

    #[test]
    fn a_web_page_is_named_by_its_title() {
        let page = "<!DOCTYPE html><html><title>Sign in to\n Grafana</title></html>";
        assert!(is_web_page(Some("text/html; charset=utf-8"), b""));
        assert!(is_web_page(None, page.as_bytes()));
        assert_eq!(
            web_page("query", page.as_bytes()).to_string(),
            "the answer to query cannot be understood: the web page `Sign in to Grafana` answers there: a login page, or \
             an address that is not the query interface"
        );
        assert_eq!(
            refused(403, page).to_string(),
            "query_range was refused: it answered 403 with the web page `Sign in to Grafana`"
        );
    }
}

//! What goes wrong, where and how often. Refusals carry the words of the service that is asked: they differ.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

use super::{
    answer::Refusal,
    call::{Call, Protocol},
    page::Pages,
};

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Too many requests.
    Throttle,
    /// The service has a bad day.
    ServerError,
    /// The connection is reset before an answer.
    Reset,
    /// The connection is reset in the middle of the answer.
    CutBody,
    /// The answer is whole, and cannot be read.
    Malformed,
    /// The credentials have expired.
    Expire,
    /// The operation is not allowed.
    Deny,
    /// The first page of a list is empty and says that there is more.
    EmptyPage,
    /// The first page of a list comes twice.
    DoublePage,
    /// There is no answer.
    Silence,
    /// The clock of the service is ahead of the client's by this many minutes. What is signed by the service's own time is taken.
    ClockSkew(i64),
    /// The answer takes this long.
    Wait(Duration),
    /// `CloudWatch` has only the first half of every series, and says so.
    HalfData,
}

/// Which requests. What is `None` matches all.
#[derive(Debug, Default, Clone)]
pub(crate) struct Scope {
    /// A service or an operation of one: `ec2`, `ec2:DescribeInstances`.
    pub(crate) action: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    /// Words of which one is in the path or in what is asked. Empty: all match.
    pub(crate) words: Vec<String>,
}

impl Scope {
    /// Requests to a service or of an operation.
    pub(crate) fn action(action: &str) -> Self {
        Self { action: Some(action.to_owned()), ..Self::default() }
    }

    /// Only those in a region.
    pub(crate) fn region(self, region: &str) -> Self {
        Self { region: Some(region.to_owned()), ..self }
    }

    /// Only those of an account.
    pub(crate) fn account(self, account: &str) -> Self {
        Self { account: Some(account.to_owned()), ..self }
    }

    /// Only those that have one of these words in their path or in what is asked.
    pub(crate) fn about(self, words: &[&str]) -> Self {
        Self { words: words.iter().map(|word| (*word).to_owned()).collect(), ..self }
    }

    fn has(&self, call: &Call) -> bool {
        let is_about = |word: &String| {
            call.path.contains(word.as_str()) || call.input.to_string().contains(word.as_str())
        };
        let is = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|it| it == is);
        let action = self.action.as_deref();
        action.is_none_or(|action| action == call.service || action == call.action())
            && is(&self.account, &call.account)
            && is(&self.region, &call.region)
            && (self.words.is_empty() || self.words.iter().any(is_about))
    }
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calls {
    Always,
    /// So many, from the first on.
    First(usize),
    /// So many of each operation in each account and region.
    FirstOfEach(usize),
    /// All but so many at first.
    After(usize),
}

/// Something that goes wrong.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) scope: Scope,
    pub(crate) calls: Calls,
    pub(crate) effect: Effect,
}

/// A fault that was switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FaultId(usize);

/// All that were.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Active>>);

/// One of them, with the requests that it has seen and struck.
#[derive(Debug)]
struct Active {
    fault: Fault,
    seen: usize,
    seen_of_each: BTreeMap<[String; 3], usize>,
    struck: usize,
}

impl Faults {
    pub(crate) fn add(&self, fault: Fault) -> FaultId {
        let mut faults = self.0.lock().unwrap();
        faults.push(Active { fault, seen: 0, seen_of_each: BTreeMap::new(), struck: 0 });
        FaultId(faults.len() - 1)
    }

    pub(crate) fn struck(&self, FaultId(id): FaultId) -> usize {
        self.0.lock().unwrap()[id].struck
    }

    /// The scopes of those that struck nothing.
    pub(crate) fn idle(&self) -> Vec<Scope> {
        let faults = self.0.lock().unwrap();
        let idle = faults.iter().filter(|active| active.struck == 0);
        idle.map(|active| active.fault.scope.clone()).collect()
    }

    /// What happens to a call.
    pub(crate) fn strike(&self, call: &Call) -> Vec<Effect> {
        let mut effects = Vec::new();
        for active in self.0.lock().unwrap().iter_mut() {
            let Active { fault, seen, seen_of_each, struck } = active;
            if !fault.scope.has(call) {
                continue;
            }
            *seen += 1;
            let place = [call.action(), call.account.clone(), call.region.clone()];
            let of_each = seen_of_each.entry(place).or_default();
            *of_each += 1;
            let strikes = match fault.calls {
                Calls::Always => true,
                Calls::First(count) => *seen <= count,
                Calls::FirstOfEach(count) => *of_each <= count,
                Calls::After(count) => *seen > count,
            };
            if strikes {
                *struck += 1;
                effects.push(fault.effect);
            }
        }
        effects
    }
}

impl Effect {
    /// How lists misbehave under it.
    pub(crate) fn pages(self) -> Option<Pages> {
        match self {
            Self::EmptyPage => Some(Pages::EmptyFirst),
            Self::DoublePage => Some(Pages::FirstTwice),
            _ => None,
        }
    }

    /// What a call is refused with under it.
    pub(crate) fn refusal(self, call: &Call) -> Option<Refusal> {
        match self {
            Self::Throttle => Some(throttled(call)),
            Self::ServerError => Some(broken(call)),
            Self::Expire => Some(expired(call)),
            Self::Deny => Some(denied(call)),
            Self::ClockSkew(minutes) => skewed(call, minutes),
            _ => None,
        }
    }
}

fn throttled(call: &Call) -> Refusal {
    let (status, code) = match call.service.as_str() {
        "ec2" => (503, "RequestLimitExceeded"),
        "ce" => (400, "LimitExceededException"),
        "cloudwatch" | "autoscaling" | "sts" => (400, "Throttling"),
        "organizations" => (400, "TooManyRequestsException"),
        "batch" => (429, "TooManyRequestsException"),
        "s3" => (503, "SlowDown"),
        _ if call.protocol == Protocol::Rest => (429, "ThrottlingException"),
        _ => (400, "ThrottlingException"),
    };
    Refusal::new(status, code, "Rate exceeded")
}

fn broken(call: &Call) -> Refusal {
    let (status, code) = match call.protocol {
        Protocol::Ec2 | Protocol::S3 => (500, "InternalError"),
        Protocol::Cbor => (500, "InternalServiceError"),
        Protocol::Rest => (500, "InternalServerException"),
        Protocol::Json | Protocol::Query => (500, "InternalFailure"),
    };
    Refusal::new(status, code, "An internal error has occurred")
}

fn expired(call: &Call) -> Refusal {
    let (status, code) = match call.protocol {
        Protocol::Ec2 => (400, "RequestExpired"),
        Protocol::S3 => (400, "ExpiredToken"),
        Protocol::Query | Protocol::Cbor => (403, "ExpiredToken"),
        Protocol::Json => (400, "ExpiredTokenException"),
        Protocol::Rest => (403, "ExpiredTokenException"),
    };
    Refusal::new(status, code, "The security token included in the request is expired")
}

fn denied(call: &Call) -> Refusal {
    let user = format!("arn:aws:sts::{}:assumed-role/ai-cost/audit", call.account);
    let action = call.action();
    let message = format!(
        "User: {user} is not authorized to perform: {action} because no identity-based policy allows \
         the {action} action"
    );
    let (status, code) = match call.protocol {
        Protocol::Ec2 => (403, "UnauthorizedOperation"),
        Protocol::Query | Protocol::S3 | Protocol::Cbor => (403, "AccessDenied"),
        Protocol::Json => (400, "AccessDeniedException"),
        Protocol::Rest => (403, "AccessDeniedException"),
    };
    Refusal::new(status, code, &message)
}

/// What a service says of a request that is signed minutes away from its own time. `None`: it is not.
fn skewed(call: &Call, minutes: i64) -> Option<Refusal> {
    let server_time = time_there(minutes);
    let signed = signed_at(call)?;
    let tolerance = SignedDuration::from_mins(if call.protocol == Protocol::S3 { 15 } else { 5 });
    let ahead = server_time.duration_since(signed);
    if ahead.abs() <= tolerance {
        return None;
    }
    let text = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let (signed, server_time) = (text(signed), text(server_time));
    let message = if call.protocol == Protocol::S3 {
        "The difference between the request time and the current time is too large.".to_owned()
    } else if ahead.is_positive() {
        format!("Signature expired: {signed} is now earlier than {server_time}")
    } else {
        format!("Signature not yet current: {signed} is still later than {server_time}")
    };
    let (status, code) = match call.protocol {
        Protocol::Ec2 => (400, "RequestExpired"),
        Protocol::S3 => (403, "RequestTimeTooSkewed"),
        Protocol::Query | Protocol::Cbor => (403, "SignatureDoesNotMatch"),
        Protocol::Json | Protocol::Rest => (403, "InvalidSignatureException"),
    };
    Some(Refusal::new(status, code, &message))
}

/// The service's own date, which every answer has: `Tue, 24 Nov 2026 12:00:00 GMT`.
pub(crate) fn date_header(minutes: i64) -> String {
    time_there(minutes).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[expect(clippy::disallowed_methods, reason = "clients sign by the clock")]
fn time_there(minutes: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_mins(minutes)
}

fn signed_at(call: &Call) -> Option<Timestamp> {
    let said = call.headers.get("x-amz-date")?.to_str().ok()?;
    let at = DateTime::strptime("%Y%m%dT%H%M%SZ", said).ok()?;
    TimeZone::UTC.to_timestamp(at).ok()
}

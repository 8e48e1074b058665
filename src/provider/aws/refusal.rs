//! Refusals that no permission would change.

use crate::provider::call::CallError;

/// What services say of a request whose date is not theirs.
const CLOCK: [&str; 3] = ["RequestTimeTooSkewed", "Signature expired", "Signature not yet current"];

/// What they say of credentials that held before. EC2 has the same code for a date that is long past.
const EXPIRED: [&str; 2] = ["ExpiredToken", "RequestExpired"];

/// What would help against a refusal, if it is no permission. `None`: it may be one, or the error is no refusal.
pub(super) fn remedy(error: &CallError) -> Option<&'static str> {
    let CallError::Refused { reason, .. } = error else { return None };
    let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if says(&CLOCK) {
        return Some(
            "set the clock of this machine: AWS takes no request that is signed minutes away from its own time \
             (`timedatectl status` shows whether it is synchronised)",
        );
    }
    says(&EXPIRED).then_some(
        "log in again and collect again; if the login is fresh, look at the clock of this machine",
    )
}

/// Whether the same question may have an answer later: after a while, after a new login, with a clock that is right.
pub(super) fn may_pass(error: &CallError) -> bool {
    error.is_passing() || remedy(error).is_some() || matches!(error, CallError::Malformed { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::aws::observed::gap;

    /// What a gap advises after such a refusal.
    fn advice(reason: &str) -> String {
        let operation = "ec2:DescribeInstances".to_owned();
        gap("here", &CallError::Refused { operation, reason: reason.to_owned() }, "all").remedy
    }

    #[test]
    fn a_clock_that_is_off_is_named_in_every_services_words() {
        for reason in [
            "RequestTimeTooSkewed: The difference between the request time and the current time is too large.",
            "SignatureDoesNotMatch: Signature expired: 20261124T115500Z is now earlier than 20261124T120500Z",
            "InvalidSignatureException: Signature not yet current: 20261124T123000Z is still later than 20261124T120000Z",
            "RequestExpired: Signature expired: 20261124T115500Z is now earlier than 20261124T120500Z",
        ] {
            assert!(advice(reason).starts_with("set the clock"), "{reason}");
        }
    }

    #[test]
    fn an_expired_login_is_renewed_and_anything_else_is_a_permission() {
        for code in ["ExpiredToken", "ExpiredTokenException", "RequestExpired"] {
            let reason = format!("{code}: The security token included in the request is expired");
            assert!(advice(&reason).starts_with("log in again"), "{code}");
        }
        let permission = "allow `ec2:DescribeInstances`: see `ai-cost permissions aws`";
        assert_eq!(advice("SignatureDoesNotMatch: Check your secret key"), permission);
        assert_eq!(advice("UnauthorizedOperation: You are not authorized"), permission);
    }
}

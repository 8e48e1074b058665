//! A list that could not be read, as a gap.

use super::kind::Kind;
use crate::{
    provider::{call::CallError, kubernetes::permissions},
    snapshot::Gap,
};

/// What a failed list hides, and what to do about it.
pub(super) fn of(cluster: &str, kind: Kind, error: &CallError) -> Gap {
    Gap {
        what: format!("{} of cluster {cluster}", kind.resource),
        because: error.to_string(),
        hides: permissions::of(kind.group, kind.resource)
            .map_or_else(String::new, |permission| permission.hides.to_owned()),
        remedy: remedy(error),
    }
}

/// `1 pod`, `2 pods`.
pub(in super::super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// What to do about a failed request.
pub(in super::super) fn remedy(error: &CallError) -> String {
    let remedy = match error {
        CallError::Refused { .. } => {
            "grant it: `ai-cost permissions kubernetes --format policy` prints the role to apply"
        }
        CallError::Throttled { .. } | CallError::TimedOut { .. } => {
            "collect again at a quieter time: the API server has too much to do"
        }
        CallError::Unavailable { .. } => "collect again when the API server answers",
        CallError::Absent { .. } => "nothing, if the cluster does not have it",
        CallError::Rejected { .. } | CallError::Malformed { .. } => {
            "see that the address in the kubeconfig is that of the API server itself"
        }
    };
    remedy.to_owned()
}

//! Requests that cost money: each page is paid for before it is asked for.

use std::{collections::BTreeSet, error::Error, future::Future};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::{MaySpend, REQUEST_USD};
use crate::{
    provider::{
        aws::{observed, seat::Seat},
        call::CallError,
    },
    snapshot::Gap,
};

/// Why an answer is missing, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// AWS did not answer.
    Failed(CallError),
    /// The next page would have cost more than may be spent.
    TooDear {
        /// What was asked for.
        operation: &'static str,
        /// Pages that came before.
        page_count: usize,
    },
}

impl Unanswered {
    /// Says so.
    pub(super) fn gap(&self, seat: &Seat, hides: &str) -> Gap {
        match self {
            Self::Failed(error) => {
                observed::gap(&format!("account {}", seat.account_id), error, hides)
            }
            Self::TooDear { operation, page_count } => Gap {
                what: format!("{operation} of account {}", seat.account_id),
                because: match page_count {
                    0 => "a request of $0.01 more would pass --max-api-cost".to_owned(),
                    count => format!(
                        "after {count} pages a request of $0.01 more would pass --max-api-cost"
                    ),
                },
                hides: hides.to_owned(),
                remedy: "raise --max-api-cost, or name exports in `aws.exports`, which cost nothing to ask for"
                    .to_owned(),
            },
        }
    }
}

/// Asks Cost Explorer page after page, as long as money is left. `take` takes a page and gives the token of the next.
///
/// An empty page does not end it, a token that was there before does.
pub(super) async fn pages<T, E, F>(
    seat: &Seat,
    may_spend: MaySpend<'_>,
    operation: &'static str,
    send: impl Fn(Option<String>) -> F,
    mut take: impl FnMut(T) -> Option<String>,
) -> Result<(), Unanswered>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + Error + 'static,
{
    let mut token: Option<String> = None;
    let mut seen = BTreeSet::new();
    loop {
        if !may_spend(REQUEST_USD) {
            return Err(Unanswered::TooDear { operation, page_count: seen.len() });
        }
        let page = seat.ask(operation, || send(token.clone())).await.map_err(Unanswered::Failed)?;
        match take(page).filter(|next| !next.is_empty()) {
            None => return Ok(()),
            Some(next) if seen.insert(next.clone()) => token = Some(next),
            Some(_) => {
                let reason = "its pages begin again and never end".to_owned();
                let operation = operation.to_owned();
                return Err(Unanswered::Failed(CallError::Malformed { operation, reason }));
            }
        }
    }
}

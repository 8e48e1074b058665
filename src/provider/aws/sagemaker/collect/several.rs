//! The same question about several things: a few at a time, answers in order, and one gap for all that fail.

use std::{
    future::Future,
    sync::atomic::{AtomicBool, Ordering},
};

use futures_util::{StreamExt as _, stream};

use crate::{
    provider::{
        aws::{observed::gap, seat::Seat},
        call::CallError,
    },
    snapshot::Gap,
};

/// Questions under way at once: `SageMaker` does not publish how many it bears.
const AT_ONCE: usize = 4;

/// How it says that something is not there, each operation in its own words.
const GONE: [&str; 5] =
    ["could not find", "recordnotfound", "not found", "does not exist", "unable to describe"];

/// What was answered about one thing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said<T> {
    This(T),
    /// It was deleted after it was listed.
    Gone,
    Nothing,
}

impl<T> Said<T> {
    pub(super) fn known(self) -> Option<T> {
        match self {
            Self::This(answer) => Some(answer),
            Self::Gone | Self::Nothing => None,
        }
    }
}

/// What was answered about several things, in their order.
#[derive(Debug)]
pub(super) struct Answers<T> {
    pub(super) said: Vec<Said<T>>,
    error: Option<CallError>,
}

impl<T> Answers<T> {
    /// The gap that failed questions leave. `None`: none failed.
    pub(super) fn gap(&self, seat: &Seat, hides: &str) -> Option<Gap> {
        let failed = self.said.iter().filter(|said| matches!(said, Said::Nothing)).count();
        let hides = format!("{hides}, of {failed} of {}", self.said.len());
        Some(gap(&seat.name(), self.error.as_ref()?, &hides))
    }

    /// How many were deleted meanwhile.
    pub(super) fn gone_count(&self) -> usize {
        self.said.iter().filter(|said| matches!(said, Said::Gone)).count()
    }

    pub(super) fn known(self) -> impl Iterator<Item = Option<T>> {
        self.said.into_iter().map(Said::known)
    }
}

/// Asks about each thing. After a refusal nothing more is asked: the others would be refused alike.
pub(super) async fn each<'a, I, T, F>(items: &'a [I], ask: impl Fn(&'a I) -> F) -> Answers<T>
where
    F: Future<Output = Result<T, CallError>>,
{
    let is_refused = &AtomicBool::new(false);
    let questions: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(at, item)| {
            let answer = ask(item);
            async move {
                if is_refused.load(Ordering::Relaxed) {
                    return (at, None);
                }
                let answer = answer.await;
                let is_final = matches!(answer, Err(CallError::Refused { .. }));
                is_refused.fetch_or(is_final, Ordering::Relaxed);
                (at, Some(answer))
            }
        })
        .collect();
    let mut answers: Vec<_> = stream::iter(questions).buffer_unordered(AT_ONCE).collect().await;
    answers.sort_by_key(|(at, _)| *at);
    let mut error = None;
    let said = answers.into_iter().map(|(_, answer)| match answer {
        Some(Ok(answer)) => Said::This(answer),
        Some(Err(failed)) if is_gone(&failed) => Said::Gone,
        Some(Err(failed)) => {
            error.get_or_insert(failed);
            Said::Nothing
        }
        None => Said::Nothing,
    });
    Answers { said: said.collect(), error }
}

fn is_gone(error: &CallError) -> bool {
    match error {
        CallError::Rejected { reason, .. } | CallError::Absent { reason, .. } => {
            let reason = reason.to_lowercase();
            GONE.iter().any(|words| reason.contains(words))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(items: &[Result<u8, CallError>]) -> (Vec<Said<u8>>, Option<CallError>, usize) {
        let sent = std::sync::atomic::AtomicUsize::new(0);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answers = runtime.block_on(each(items, |item| {
            let sent = &sent;
            async move {
                sent.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                item.clone()
            }
        }));
        (answers.said, answers.error, sent.load(Ordering::Relaxed))
    }

    fn refused() -> CallError {
        CallError::Refused { operation: "describe".to_owned(), reason: "AccessDenied".to_owned() }
    }

    #[test]
    fn answers_come_in_the_order_of_the_things() {
        let items: Vec<_> = (0..9).map(Ok).collect();
        let (said, error, _) = ask(&items);
        assert_eq!(said, (0..9).map(Said::This).collect::<Vec<_>>());
        assert_eq!(error, None);
    }

    #[test]
    fn what_was_deleted_meanwhile_is_no_failure() {
        let reason = "ValidationException: Could not find endpoint \"demo\".".to_owned();
        let gone = CallError::Rejected { operation: "describe".to_owned(), reason };
        let (said, error, _) = ask(&[Ok(1), Err(gone)]);
        assert_eq!((said, error), (vec![Said::This(1), Said::Gone], None));
    }

    #[test]
    fn after_a_refusal_the_others_are_not_asked() {
        let items: Vec<_> = (0..40).map(|_| Err(refused())).collect();
        let (said, error, sent) = ask(&items);
        assert_eq!(said, vec![Said::Nothing; 40]);
        assert_eq!((error, sent), (Some(refused()), AT_ONCE));
    }
}

//! One way to ask a server, for all providers: bounded, timed out, repeated with patience, and counted.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use tokio::{sync::Semaphore, time};

use crate::snapshot::CallCount;

/// How a provider's servers are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests under way at once.
    pub in_flight_count: usize,
    /// Longest time for one request, answer included.
    pub timeout: Duration,
    /// Times that one request is sent at most.
    pub attempt_count: usize,
    /// First wait before a repetition; each further one doubles, with jitter.
    pub first_wait: Duration,
    /// Longest wait, also where a server asks for more.
    pub longest_wait: Duration,
    /// All waits together; after that nothing is repeated any more.
    pub wait_budget: Duration,
}

impl Default for Limits {
    /// Gentle enough for a server that others need too.
    fn default() -> Self {
        Self {
            in_flight_count: 8,
            timeout: Duration::from_mins(1),
            attempt_count: 5,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(20),
            wait_budget: Duration::from_mins(3),
        }
    }
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The server asks for patience: too many requests.
    #[error("{operation} was throttled: {reason}")]
    Throttled {
        /// What was asked for.
        operation: String,
        /// What the server said.
        reason: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The server failed, or the connection to it; a repetition may succeed.
    #[error("{operation} failed: {reason}")]
    Unavailable {
        /// What was asked for.
        operation: String,
        /// What happened.
        reason: String,
    },
    /// There was no answer in time.
    #[error("{operation} had no answer within {} s", timeout.as_secs())]
    TimedOut {
        /// What was asked for.
        operation: String,
        /// How long it was waited for.
        timeout: Duration,
    },
    /// The server refuses this user: credentials or a permission are missing.
    #[error("{operation} was refused: {reason}")]
    Refused {
        /// What was asked for.
        operation: String,
        /// What the server said.
        reason: String,
    },
    /// There is no such thing on this server.
    #[error("{operation} does not exist there: {reason}")]
    Absent {
        /// What was asked for.
        operation: String,
        /// What the server said.
        reason: String,
    },
    /// The server does not accept the request as it is: too much at once, or not understood.
    #[error("{operation} was not accepted: {reason}")]
    Rejected {
        /// What was asked for.
        operation: String,
        /// What the server said.
        reason: String,
    },
    /// The answer cannot be understood: usually something else answers at this address.
    #[error("the answer to {operation} cannot be understood: {reason}")]
    Malformed {
        /// What was asked for.
        operation: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl CallError {
    /// Whether the same request may succeed later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Unavailable { .. } | Self::TimedOut { .. })
    }

    /// What was asked for.
    pub fn operation(&self) -> &str {
        match self {
            Self::Throttled { operation, .. }
            | Self::Unavailable { operation, .. }
            | Self::TimedOut { operation, .. }
            | Self::Refused { operation, .. }
            | Self::Absent { operation, .. }
            | Self::Rejected { operation, .. }
            | Self::Malformed { operation, .. } => operation,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// An answer and its size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// What was asked for.
    pub value: T,
    /// Bytes that were read for it.
    pub received_bytes: u64,
}

/// Sends a provider's requests.
#[derive(Debug)]
pub struct Caller {
    provider: String,
    limits: Limits,
    slots: Semaphore,
    state: Mutex<State>,
}

/// What changes while calls are made.
#[derive(Debug, Default)]
struct State {
    waited: Duration,
    calls: BTreeMap<&'static str, CallCount>,
}

impl Caller {
    /// For one provider, or for one server of it.
    pub fn new(provider: &str, limits: Limits) -> Self {
        Self {
            provider: provider.to_owned(),
            slots: Semaphore::new(limits.in_flight_count.max(1)),
            limits,
            state: Mutex::default(),
        }
    }

    /// Makes a call. `attempt` sends it once; what may pass is sent again after a wait, within the limits.
    pub async fn call<T, F>(
        &self,
        operation: &'static str,
        attempt: impl Fn() -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<Answer<T>, CallError>>,
    {
        let mut waits = ExponentialBuilder::new()
            .with_min_delay(self.limits.first_wait)
            .with_max_delay(self.limits.longest_wait)
            .with_max_times(self.limits.attempt_count.saturating_sub(1))
            .with_jitter()
            .build();
        let mut is_retry = false;
        loop {
            let error = match self.attempt(operation, is_retry, &attempt).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let wait = waits.next().filter(|_| error.is_passing());
            let Some(wait) = wait else { return Err(error) };
            let asked = error.retry_after().unwrap_or(wait).min(self.limits.longest_wait);
            if !self.may_wait(asked.max(wait)) {
                return Err(error);
            }
            time::sleep(asked.max(wait)).await;
            is_retry = true;
        }
    }

    /// How the server is treated.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// What was called so far, by operation.
    pub fn calls(&self) -> Vec<CallCount> {
        self.lock().calls.values().cloned().collect()
    }

    async fn attempt<T, F>(
        &self,
        operation: &'static str,
        is_retry: bool,
        attempt: &impl Fn() -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<Answer<T>, CallError>>,
    {
        // The semaphore is never closed, so that a slot always comes.
        let _slot = self.slots.acquire().await;
        self.note(operation, |call| {
            call.request_count += 1;
            call.retry_count += u64::from(is_retry);
        });
        let timeout = self.limits.timeout;
        let answer = time::timeout(timeout, attempt()).await.unwrap_or_else(|_elapsed| {
            Err(CallError::TimedOut { operation: operation.to_owned(), timeout })
        })?;
        self.note(operation, |call| call.received_bytes += answer.received_bytes);
        Ok(answer.value)
    }

    /// Takes a wait from the budget, if it is still in there.
    fn may_wait(&self, wait: Duration) -> bool {
        let mut state = self.lock();
        let is_left = state.waited + wait <= self.limits.wait_budget;
        if is_left {
            state.waited += wait;
        }
        is_left
    }

    fn note(&self, operation: &'static str, change: impl FnOnce(&mut CallCount)) {
        let mut state = self.lock();
        let call = state.calls.entry(operation).or_insert_with(|| CallCount {
            provider: self.provider.clone(),
            operation: operation.to_owned(),
            ..CallCount::default()
        });
        change(call);
    }

    /// Counters stay whole even if a task that held them panicked.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const QUICK: Limits = Limits {
        in_flight_count: 2,
        timeout: Duration::from_millis(50),
        attempt_count: 4,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(4),
        wait_budget: Duration::from_secs(1),
    };

    fn unavailable() -> CallError {
        CallError::Unavailable { operation: "list".to_owned(), reason: "503".to_owned() }
    }

    /// Calls a server that answers with `errors` one after the other and then with its byte.
    fn run(limits: Limits, errors: &[CallError]) -> (Result<u8, CallError>, Vec<CallCount>) {
        let caller = Caller::new("test", limits);
        let sent = AtomicUsize::new(0);
        let attempt = || {
            let error = errors.get(sent.fetch_add(1, Ordering::SeqCst)).cloned();
            async move {
                match error {
                    Some(error) => Err(error),
                    None => Ok(Answer { value: 7, received_bytes: 1 }),
                }
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        (runtime.block_on(caller.call("list", attempt)), caller.calls())
    }

    #[test]
    fn what_may_pass_is_sent_again_and_counted() {
        let (answer, calls) = run(QUICK, &[unavailable(), unavailable()]);
        assert_eq!(answer, Ok(7));
        assert_eq!(
            calls,
            [CallCount {
                provider: "test".to_owned(),
                operation: "list".to_owned(),
                request_count: 3,
                retry_count: 2,
                received_bytes: 1,
                ..CallCount::default()
            }]
        );
    }

    #[test]
    fn a_refusal_is_final() {
        let refused = CallError::Refused { operation: "list".to_owned(), reason: "403".to_owned() };
        let (answer, calls) = run(QUICK, std::slice::from_ref(&refused));
        assert_eq!(answer, Err(refused));
        assert_eq!(calls[0].request_count, 1);
    }

    #[test]
    fn a_request_is_sent_no_more_often_than_allowed() {
        let (answer, calls) = run(QUICK, &[(); 9].map(|()| unavailable()));
        assert_eq!(answer, Err(unavailable()));
        assert_eq!(calls[0].request_count, 4);
    }

    #[test]
    fn nothing_is_repeated_when_the_waiting_budget_is_spent() {
        let limits = Limits { wait_budget: Duration::ZERO, ..QUICK };
        let (answer, calls) = run(limits, &[unavailable()]);
        assert_eq!(answer, Err(unavailable()));
        assert_eq!(calls[0].request_count, 1);
    }

    #[test]
    fn a_server_that_never_answers_is_given_up() {
        let caller = Caller::new("test", Limits { attempt_count: 1, ..QUICK });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let never = || std::future::pending::<Result<Answer<u8>, CallError>>();
        let answer = runtime.block_on(caller.call("list", never));
        let timeout = QUICK.timeout;
        assert_eq!(answer, Err(CallError::TimedOut { operation: "list".to_owned(), timeout }));
    }
}

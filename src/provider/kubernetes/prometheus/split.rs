//! Large requests in slices of names and hours: what a server refuses as too much is asked for again in halves.

use std::{future::Future, ops::Range};

use super::failure::is_too_much;
use crate::{provider::call::CallError, window::HourNumber};

/// Halvings of one request at most: 64 slices.
const HALVINGS: u32 = 6;

/// Hours below which a slice is rather cut by names.
const FEW_HOURS: i64 = 24;

/// A part of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slice {
    /// Positions in a list of names.
    pub(super) names: Range<usize>,
    /// Hours.
    pub(super) hours: Range<HourNumber>,
}

/// What came of all slices.
#[derive(Debug)]
pub(super) struct Sliced<T> {
    /// Answers, by slice.
    pub(super) answers: Vec<(Slice, T)>,
    /// Slices without an answer, and why.
    pub(super) failures: Vec<(Slice, CallError)>,
}

impl Slice {
    /// Its halves: by time as long as that leaves whole days, then by names. `None`: it cannot be cut.
    fn halves(&self) -> Option<[Self; 2]> {
        let hours = self.hours.end - self.hours.start;
        let by_time = || {
            let middle = self.hours.start + hours / 2;
            let part = |hours| Self { names: self.names.clone(), hours };
            [part(self.hours.start..middle), part(middle..self.hours.end)]
        };
        if hours > FEW_HOURS {
            return Some(by_time());
        }
        if self.names.len() > 1 {
            let middle = self.names.start + self.names.len() / 2;
            let part = |names| Self { names, hours: self.hours.clone() };
            return Some([part(self.names.start..middle), part(middle..self.names.end)]);
        }
        (hours > 1).then(by_time)
    }
}

/// Asks for a slice, or for as large parts of it as the server answers.
pub(super) async fn ask<T, F>(whole: Slice, request: impl Fn(Slice) -> F) -> Sliced<T>
where
    F: Future<Output = Result<T, CallError>>,
{
    let mut open = vec![(whole, 0)];
    let mut sliced = Sliced { answers: Vec::new(), failures: Vec::new() };
    while let Some((slice, depth)) = open.pop() {
        match request(slice.clone()).await {
            Ok(answer) => sliced.answers.push((slice, answer)),
            Err(error) => {
                let halves = slice.halves().filter(|_| depth < HALVINGS && is_too_much(&error));
                match halves {
                    Some([first, second]) => {
                        open.extend([(second, depth + 1), (first, depth + 1)]);
                    }
                    None => sliced.failures.push((slice, error)),
                }
            }
        }
    }
    sliced
}

#[cfg(test)]
mod tests {
    use super::*;

    fn too_much() -> CallError {
        CallError::Rejected {
            operation: "query_range".to_owned(),
            reason: "query processing would load too many samples (422)".to_owned(),
        }
    }

    fn run(whole: Slice, is_answered: impl Fn(&Slice) -> bool) -> Sliced<()> {
        let request = |slice: Slice| {
            let answer = if is_answered(&slice) { Ok(()) } else { Err(too_much()) };
            async move { answer }
        };
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(ask(whole, request))
    }

    fn slices<T>(sliced: &Sliced<T>) -> Vec<(Range<usize>, Range<HourNumber>)> {
        sliced.answers.iter().map(|(slice, _)| (slice.names.clone(), slice.hours.clone())).collect()
    }

    #[test]
    fn time_is_halved_first_and_all_of_it_is_asked_for() {
        let sliced = run(Slice { names: 0..8, hours: 0..96 }, |slice| {
            slice.hours.end - slice.hours.start <= 48
        });
        assert_eq!(slices(&sliced), [(0..8, 0..48), (0..8, 48..96)]);
        assert!(sliced.failures.is_empty());
    }

    #[test]
    fn names_are_halved_when_a_day_is_still_too_much() {
        let sliced = run(Slice { names: 0..3, hours: 0..24 }, |slice| slice.names.len() == 1);
        assert_eq!(slices(&sliced), [(0..1, 0..24), (1..2, 0..24), (2..3, 0..24)]);
    }

    #[test]
    fn what_cannot_be_cut_further_is_a_failure_and_the_rest_is_kept() {
        let sliced = run(Slice { names: 0..1, hours: 0..4 }, |slice| !slice.hours.contains(&3));
        assert_eq!(slices(&sliced), [(0..1, 0..2), (0..1, 2..3)]);
        assert_eq!(sliced.failures.len(), 1);
        assert_eq!(sliced.failures[0].0.hours, 3..4);
    }

    #[test]
    fn a_server_that_refuses_everything_is_asked_a_bounded_number_of_times() {
        let asked = std::cell::Cell::new(0);
        let sliced = run(Slice { names: 0..1000, hours: 0..720 }, |_| {
            asked.set(asked.get() + 1);
            false
        });
        assert_eq!(sliced.failures.len(), 64);
        assert_eq!(asked.get(), 127);
    }
}

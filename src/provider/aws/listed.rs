//! Lists that may end early.

use std::collections::BTreeSet;

use super::{call::is_not_offered, observed::gap, seat::Seat};
use crate::{provider::call::CallError, snapshot::Gap};

/// Things of a list, each once however often a page repeats it.
pub(super) fn once<T, K: Ord>(items: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items.into_iter().filter(|item| seen.insert(key(item))).collect()
}

/// What was listed before the list ended, and why it ended early if it did.
#[derive(Debug)]
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    pub(super) error: Option<CallError>,
}

impl<T> Listed<T> {
    /// A list that nobody had to ask for.
    pub(super) fn none() -> Self {
        Self { items: Vec::new(), error: None }
    }

    /// What came of asking for pages, each of which added to `items`.
    pub(super) fn new(items: Vec<T>, asked: Result<(), CallError>) -> Self {
        Self { items, error: asked.err() }
    }

    /// Adds another part of the same list. The first error stands for all.
    pub(super) fn add(&mut self, other: Self) {
        self.items.extend(other.items);
        self.error = self.error.take().or(other.error);
    }

    /// The same, of a service that not all regions have: where it is not, nothing hides.
    pub(super) fn where_offered(self) -> Self {
        Self { error: self.error.filter(|error| !is_not_offered(error)), ..self }
    }

    /// The items; what hides because the list ended early becomes a gap.
    pub(super) fn take(self, seat: &Seat, hides: &str, gaps: &mut Vec<Gap>) -> Vec<T> {
        gaps.extend(self.error.map(|error| gap(&seat.name(), &error, hides)));
        self.items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_without_the_service_hides_nothing_and_one_that_refuses_does() {
        let error = |reason: &str| CallError::Absent {
            operation: "batch:DescribeComputeEnvironments".to_owned(),
            reason: reason.to_owned(),
        };
        let left = |error| Listed::<u8>::new(vec![1], Err(error)).where_offered().error;
        assert_eq!(left(error("no such host: dispatch failure")), None);
        let other = error("ResourceNotFoundException: gone");
        assert_eq!(left(other.clone()), Some(other));
    }
}

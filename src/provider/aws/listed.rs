//! Lists that may end early.

use super::{observed::gap, seat::Seat};
use crate::{provider::call::CallError, snapshot::Gap};

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

    /// The items; what hides because the list ended early becomes a gap.
    pub(super) fn take(self, seat: &Seat, hides: &str, gaps: &mut Vec<Gap>) -> Vec<T> {
        gaps.extend(self.error.map(|error| gap(&seat.name(), &error, hides)));
        self.items
    }
}

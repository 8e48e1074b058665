//! What is asked together about some resources, and what came of it.

use std::ops::Range;

use super::{
    collect::Reading,
    normalize::Values,
    subject::{Ask, Subject},
};
use crate::window::Window;

/// What is asked together about some resources.
pub(super) struct Asked<'a> {
    pub(super) subjects: Vec<(&'a Subject<'a>, Range<usize>)>,
    pub(super) asks: Vec<Ask>,
}

impl<'a> Asked<'a> {
    pub(super) fn of<'m: 'a>(
        subjects: impl Iterator<Item = &'a Subject<'m>>,
        asks: impl Fn(&Subject<'_>) -> Vec<Ask>,
    ) -> Self {
        let mut asked = Self { subjects: Vec::new(), asks: Vec::new() };
        for subject in subjects {
            let start = asked.asks.len();
            asked.asks.extend(asks(subject));
            asked.subjects.push((subject, start..asked.asks.len()));
        }
        asked
    }

    /// All of these, one after the other.
    pub(super) fn together(all: impl IntoIterator<Item = Self>) -> Self {
        let mut together = Self { subjects: Vec::new(), asks: Vec::new() };
        for Self { subjects, asks } in all {
            let before = together.asks.len();
            let moved =
                |(subject, own): (_, Range<usize>)| (subject, own.start + before..own.end + before);
            together.subjects.extend(subjects.into_iter().map(moved));
            together.asks.extend(asks);
        }
        together
    }

    pub(super) fn values<'s>(
        &'s self,
        reading: &'s Reading<'_>,
        window: Window,
    ) -> impl Iterator<Item = Values<'s>> {
        self.subjects.iter().map(move |(subject, asks)| Values {
            subject,
            asks: &self.asks,
            series: reading.received.of_asks(asks),
            window,
        })
    }
}

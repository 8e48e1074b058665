//! Reading what kube-state-metrics said over the window, in requests of a bounded size.

use std::{
    collections::BTreeSet,
    ops::Range,
    sync::{Mutex, PoisonError},
};

use futures_util::{StreamExt as _, stream};

use super::{
    accelerators::Unread,
    answer::{LabelSet, Series},
    client::Server,
    names::Metrics,
    promql::selector,
    split::{self, Slice, Sliced},
};
use crate::{
    provider::call::CallError,
    window::{HourNumber, Window},
};

/// Longest time that one request looks back over: servers refuse more than about a month.
const LONGEST_HOURS: i64 = 31 * 24;

/// Requests of one kind under way at once.
const ABREAST: usize = 4;

/// How often the series of something that came and went are looked at. It is how far a server looks back for a value, so
/// that nothing which lived longer is missed.
const GLANCE: &str = "5m";

/// Reads from one server about one window.
pub(super) struct Reader<'a> {
    pub(super) server: &'a Server,
    pub(super) metrics: &'a Metrics,
    pub(super) window: Window,
    /// Labels that had to make way for those of the target: `exported_pod` is the pod, and `pod` the one that says so.
    exported: BTreeSet<String>,
    unread: Mutex<Vec<Unread>>,
}

/// Names that a request is about.
pub(super) type Names<'a> = &'a [String];

impl<'a> Reader<'a> {
    /// `labels` are those that series of kube-state-metrics have.
    pub(super) fn new(
        server: &'a Server,
        metrics: &'a Metrics,
        labels: &BTreeSet<String>,
        window: Window,
    ) -> Self {
        let exported = labels.iter().filter_map(|label| label.strip_prefix("exported_"));
        let exported = exported.map(str::to_owned).collect();
        Self { server, metrics, window, exported, unread: Mutex::default() }
    }

    /// The name under which a label stands on this server.
    pub(super) fn label(&self, label: &str) -> String {
        if self.exported.contains(label) { format!("exported_{label}") } else { label.to_owned() }
    }

    /// The value of a label, which is not empty.
    pub(super) fn value<'s>(&self, set: &'s LabelSet, label: &str) -> Option<&'s str> {
        let value = set.get(&self.label(label))?;
        (!value.is_empty() && value != "<none>").then_some(value)
    }

    /// Several labels, for `by (…)`.
    pub(super) fn by(&self, labels: &[&str]) -> String {
        labels.iter().map(|label| self.label(label)).collect::<Vec<_>>().join(",")
    }

    /// A selector with the matchers of the cluster.
    pub(super) fn select(&self, metric: &str, matchers: &[&str]) -> String {
        let mut matchers = matchers.to_vec();
        matchers.push(&self.server.matchers);
        selector(metric, &matchers)
    }

    /// `fold by (labels) (over_time(series[…]))` for names in groups of `size`, in the order of time: where a value changed,
    /// the later one comes later.
    pub(super) async fn values(
        &self,
        names: Names<'_>,
        size: usize,
        expression: impl Fn(Names<'_>, &str) -> String,
    ) -> Vec<Series> {
        let request = |slice: Slice| {
            let span = format!("{}h", slice.hours.end - slice.hours.start);
            let expression = expression(names.get(slice.names).unwrap_or_default(), &span);
            self.server.at(expression, slice.hours.end)
        };
        self.gather(names, size, request).await
    }

    /// When series were last (`max`) or first (`min`) there, in seconds since 1970.
    pub(super) fn glance(&self, across: &str, by: &[&str], instant: &str, span: &str) -> String {
        format!(
            "{across} by ({}) ({across}_over_time(timestamp({instant})[{span}:{GLANCE}]))",
            self.by(by)
        )
    }

    /// Label sets of series.
    pub(super) async fn sets(
        &self,
        names: Names<'_>,
        size: usize,
        selectors: impl Fn(Names<'_>) -> Vec<String>,
    ) -> Vec<LabelSet> {
        let request = |slice: Slice| {
            let selectors = selectors(names.get(slice.names).unwrap_or_default());
            async move { self.server.series(&selectors, slice.hours).await }
        };
        self.gather(names, size, request).await
    }

    /// What could not be read.
    pub(super) fn unread(self) -> Vec<Unread> {
        self.unread.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    async fn gather<T, F>(
        &self,
        names: Names<'_>,
        size: usize,
        request: impl Fn(Slice) -> F,
    ) -> Vec<T>
    where
        F: Future<Output = Result<Vec<T>, CallError>>,
    {
        let request = &request;
        let all = stream::iter(slices(names.len(), size, self.window));
        let mut answers = all.map(|slice| split::ask(slice, request)).buffered(ABREAST);
        let mut found = Vec::new();
        while let Some(Sliced { answers, failures }) = answers.next().await {
            found.extend(answers.into_iter().flat_map(|(_, items)| items));
            let unread = failures.into_iter().map(|(slice, error)| Unread {
                names: names.get(slice.names).unwrap_or_default().to_vec(),
                hours: slice.hours,
                error,
            });
            self.unread.lock().unwrap_or_else(PoisonError::into_inner).extend(unread);
        }
        found
    }
}

/// Groups of names, each over times that a server accepts, the earlier before the later.
fn slices(name_count: usize, size: usize, window: Window) -> Vec<Slice> {
    let times = pieces(window);
    let starts = (0..name_count).step_by(size.max(1));
    let each = starts.flat_map(|start| {
        let names = start..(start + size).min(name_count);
        times.iter().map(move |hours| Slice { names: names.clone(), hours: hours.clone() })
    });
    each.collect()
}

fn pieces(window: Window) -> Vec<Range<HourNumber>> {
    let mut pieces = Vec::new();
    let mut start = window.start;
    while start < window.end {
        let end = (start + LONGEST_HOURS).min(window.end);
        pieces.push(start..end);
        start = end;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_groups_and_long_times_in_months() {
        let window = Window { start: 0, end: 1000 };
        let found = slices(5, 2, window);
        assert_eq!(found.len(), 6);
        assert_eq!(found[1], Slice { names: 0..2, hours: 744..1000 });
        assert_eq!(found[4], Slice { names: 4..5, hours: 0..744 });
    }
}

//! Which days the bills cover, account by account, and which days of a window none of them does.

use std::collections::{BTreeMap, BTreeSet};

use super::{charge::Charge, period::Extent};
use crate::{
    snapshot::Gap,
    window::{HourNumber, Window, day_of},
};

/// Accounts with the same gaps that one gap names.
const NAMED_ACCOUNTS: usize = 3;

/// The time that one file spans, and whose charges it holds.
#[derive(Debug, Default)]
pub(super) struct FileCoverage {
    extent: Extent,
    accounts: BTreeMap<String, BTreeSet<String>>,
}

impl FileCoverage {
    /// Takes note of a charge.
    pub(super) fn note(&mut self, charge: &Charge<'_>) {
        self.extent.include(charge.start, charge.end, charge.kind.is_usage());
        if !self.accounts.contains_key(charge.provider.as_ref()) {
            self.accounts.insert(charge.provider.clone().into_owned(), BTreeSet::new());
        }
        if let Some(accounts) = self.accounts.get_mut(charge.provider.as_ref())
            && !accounts.contains(charge.account_id.as_ref())
        {
            accounts.insert(charge.account_id.clone().into_owned());
        }
    }
}

/// The spans of all files by provider and account. A file covers its whole span for every account in it: an account
/// without charges on some of its days cost nothing on them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    spans: BTreeMap<(String, String), Vec<Window>>,
}

impl Coverage {
    /// Adds a file.
    pub(super) fn add(&mut self, file: FileCoverage) {
        let Some(span) = file.extent.window() else { return };
        for (provider, accounts) in file.accounts {
            for account in accounts {
                self.spans.entry((provider.clone(), account)).or_default().push(span);
            }
        }
    }

    /// The days of the window that no bill covers, one gap for all accounts that lack the same ones.
    pub fn gaps(&self, window: Window) -> Vec<Gap> {
        let mut by_days: BTreeMap<Vec<Window>, Vec<String>> = BTreeMap::new();
        for ((provider, account), spans) in &self.spans {
            let missing = uncovered(window, spans);
            if !missing.is_empty() {
                by_days.entry(missing).or_default().push(format!("{provider} {account}"));
            }
        }
        by_days.into_iter().map(|(days, accounts)| gap(&days, &accounts)).collect()
    }
}

/// Runs of whole UTC days, or parts of days at the window's ends, of which no span has an hour.
fn uncovered(window: Window, spans: &[Window]) -> Vec<Window> {
    let mut runs: Vec<Window> = Vec::new();
    let mut start = window.start;
    while start < window.end {
        let end = ((start.div_euclid(24) + 1) * 24).min(window.end);
        let is_covered = spans.iter().any(|span| span.start < end && start < span.end);
        match runs.last_mut() {
            Some(run) if !is_covered && run.end == start => run.end = end,
            _ if !is_covered => runs.push(Window { start, end }),
            _ => {}
        }
        start = end;
    }
    runs
}

fn gap(days: &[Window], accounts: &[String]) -> Gap {
    let listed = accounts.iter().take(NAMED_ACCOUNTS).cloned().collect::<Vec<_>>().join(", ");
    let what = match accounts.len() {
        1 => format!("the bill of {listed}"),
        count if count <= NAMED_ACCOUNTS => format!("the bills of {listed}"),
        count => format!("the bills of {listed} and {} more accounts", count - NAMED_ACCOUNTS),
    };
    let last = |end: HourNumber| day_of(end - 1);
    let runs: Vec<String> = days
        .iter()
        .map(|run| match (day_of(run.start), last(run.end)) {
            (first, last) if first == last => format!("on {first}"),
            (first, last) => format!("from {first} to {last}"),
        })
        .collect();
    Gap {
        what,
        because: format!("no bill covers the time {}", runs.join(" and ")),
        hides: "what was paid on those days; figures per month count them as days without cost"
            .to_owned(),
        remedy: "Add the bills of those days, or narrow --window-start and --window-end to the days that are billed."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days of October 2026, half-open.
    fn days(from: i64, to: i64) -> Window {
        Window { start: 497_448 + (from - 1) * 24, end: 497_448 + (to - 1) * 24 }
    }

    fn coverage(spans: &[(&str, Window)]) -> Coverage {
        let mut coverage = Coverage::default();
        for (account, span) in spans {
            let key = ("aws".to_owned(), (*account).to_owned());
            coverage.spans.entry(key).or_default().push(*span);
        }
        coverage
    }

    fn said(coverage: &Coverage, window: Window) -> Vec<String> {
        let gaps = coverage.gaps(window);
        gaps.iter().map(|gap| format!("{}: {}", gap.what, gap.because)).collect()
    }

    #[test]
    fn days_before_and_after_the_bill_are_named() {
        let coverage = coverage(&[("1", days(3, 30))]);
        assert_eq!(said(&coverage, days(3, 30)), Vec::<String>::new());
        assert_eq!(
            said(&coverage, days(1, 31)),
            [
                "the bill of aws 1: no bill covers the time from 2026-10-01 to 2026-10-02 and on 2026-10-30"
            ]
        );
    }

    #[test]
    fn accounts_with_the_same_gap_are_one() {
        let first = days(1, 11);
        let spans =
            [("1", first), ("2", first), ("3", days(1, 31)), ("2", days(11, 31)), ("4", first)];
        assert_eq!(
            said(&coverage(&spans), days(1, 31)),
            ["the bills of aws 1, aws 4: no bill covers the time from 2026-10-11 to 2026-10-30"]
        );
    }

    #[test]
    fn a_day_of_which_a_part_is_billed_is_covered() {
        let mut until_noon = days(1, 31);
        until_noon.end -= 12;
        assert_eq!(said(&coverage(&[("1", until_noon)]), days(1, 31)), Vec::<String>::new());
    }
}

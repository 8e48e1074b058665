//! Sums over some of the findings: what a view of the report needs and no renderer may add up by itself.

use std::collections::BTreeMap;

use super::{ExplainedDay, Explanation, Report};
use crate::{
    finding::{Claim, Resolved},
    units::Usd,
};

/// What findings are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum GroupBy {
    /// Team of the subject.
    Team,
    /// Rule.
    Rule,
    /// Account, subscription or project.
    Account,
    /// Region.
    Region,
    /// Owner of the subject.
    Owner,
}

impl GroupBy {
    /// The word on the command line and in headings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Rule => "rule",
            Self::Account => "account",
            Self::Region => "region",
            Self::Owner => "owner",
        }
    }

    /// The group of a finding. `None`: nobody said which.
    fn key(self, resolved: &Resolved) -> Option<&str> {
        let subject = &resolved.finding.subject;
        let key = match self {
            Self::Team => subject.team.as_deref(),
            Self::Rule => Some(resolved.finding.rule.as_str()),
            Self::Account => Some(subject.account_id.as_str()),
            Self::Region => Some(subject.region.as_str()),
            Self::Owner => subject.owner.as_deref(),
        };
        key.filter(|key| !key.trim().is_empty())
    }
}

/// The findings of one team, rule, account, region or owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Which. `None`: nobody said.
    pub key: Option<String>,
    /// Findings in it.
    pub finding_count: usize,
    /// What they count together.
    pub counted_usd_per_month: Claim,
    /// What they free together, paid in advance.
    pub freed_usd_per_month: Usd,
}

impl Group {
    /// What several groups count together.
    pub fn counted_by(groups: &[Self]) -> Claim {
        groups.iter().map(|group| group.counted_usd_per_month).sum()
    }
}

/// Findings that a view leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remainder {
    /// How many.
    pub finding_count: usize,
    /// What they count together.
    pub counted_usd_per_month: Claim,
}

impl Report {
    /// The findings in groups, the one that counts most first, ties by name. The groups add up to the totals.
    pub fn groups(&self, by: GroupBy) -> Vec<Group> {
        let mut sums: BTreeMap<Option<&str>, (usize, Claim, Usd)> = BTreeMap::new();
        for resolved in &self.findings {
            let sum = sums.entry(by.key(resolved)).or_default();
            sum.0 += 1;
            sum.1 = sum.1 + resolved.counted_usd_per_month;
            sum.2 += resolved.freed_usd_per_month;
        }
        let mut groups: Vec<Group> = sums
            .into_iter()
            .map(|(key, (finding_count, counted_usd_per_month, freed_usd_per_month))| Group {
                key: key.map(str::to_owned),
                finding_count,
                counted_usd_per_month,
                freed_usd_per_month,
            })
            .collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.counted_usd_per_month.likely));
        groups
    }

    /// What is left after the first `shown` findings. `None`: nothing.
    pub fn beyond(&self, shown: usize) -> Option<Remainder> {
        let rest = self.findings.get(shown..).filter(|rest| !rest.is_empty())?;
        Some(Remainder {
            finding_count: rest.len(),
            counted_usd_per_month: rest.iter().map(|r| r.counted_usd_per_month).sum(),
        })
    }
}

/// Seven days of a replayed bill, fewer at the end of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedWeek {
    /// First UTC day.
    pub first: jiff::civil::Date,
    /// Last UTC day.
    pub last: jiff::civil::Date,
    /// What was paid.
    pub before_usd: Usd,
    /// What the replay pays.
    pub after_usd: Usd,
}

impl Explanation {
    /// The days of the bill in sevens, from the first day on.
    pub fn weeks(&self) -> Vec<ExplainedWeek> {
        self.days.chunks(7).filter_map(ExplainedWeek::of).collect()
    }

    /// The whole bill as one span. `None`: there is no bill.
    pub fn whole_bill(&self) -> Option<ExplainedWeek> {
        ExplainedWeek::of(&self.days)
    }
}

impl ExplainedWeek {
    fn of(days: &[ExplainedDay]) -> Option<Self> {
        Some(Self {
            first: days.first()?.day,
            last: days.last()?.day,
            before_usd: days.iter().map(|day| day.before_usd).sum(),
            after_usd: days.iter().map(|day| day.after_usd).sum(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{sample_explanation, sample_report};

    #[test]
    fn groups_add_up_to_the_totals_whatever_they_are_by() {
        let report = sample_report();
        for by in [GroupBy::Team, GroupBy::Rule, GroupBy::Account, GroupBy::Region, GroupBy::Owner]
        {
            let groups = report.groups(by);
            let counted: Claim = groups.iter().map(|group| group.counted_usd_per_month).sum();
            assert_eq!(counted, report.totals.counted_usd_per_month, "{by:?}");
            let count: usize = groups.iter().map(|group| group.finding_count).sum();
            assert_eq!(count, report.findings.len(), "{by:?}");
        }
    }

    #[test]
    fn findings_without_a_team_are_a_group_without_a_name() {
        let groups = sample_report().groups(GroupBy::Team);
        let keys: Vec<Option<&str>> = groups.iter().map(|group| group.key.as_deref()).collect();
        assert_eq!(keys, [Some("research"), Some("search | <b>ads</b>"), None]);
    }

    #[test]
    fn the_shown_and_the_rest_are_the_whole() {
        let report = sample_report();
        let rest = report.beyond(1).expect("seven more");
        assert_eq!(rest.finding_count, 7);
        assert_eq!(rest.counted_usd_per_month.likely, Usd::from_cents(112_000));
        assert_eq!(report.beyond(8), None);
        assert_eq!(report.beyond(100), None);
    }

    #[test]
    fn weeks_of_a_bill_have_seven_days_and_the_last_has_what_is_left() {
        let weeks = sample_explanation().weeks();
        let spans: Vec<String> =
            weeks.iter().map(|week| format!("{} {}", week.first, week.last)).collect();
        assert_eq!(
            spans,
            ["2026-10-01 2026-10-07", "2026-10-08 2026-10-14", "2026-10-15 2026-10-15"]
        );
    }
}

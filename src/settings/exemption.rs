//! Waste on purpose: findings that an exemption covers are set aside with its reason, until its date.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{civil::Date, tz::TimeZone};
use miette::Diagnostic;
use thiserror::Error;

use super::{Exemption, pattern::matches, scalar::did_you_mean};
use crate::{
    fact::{FactRow, SubjectKind},
    finding::Finding,
    nearest::nearest,
    window::{Window, instant},
};

/// A condition that was read for one kind of subject. `None`: a fact that it needs is not known.
pub type Condition = Box<dyn Fn(&FactRow) -> Option<bool>>;

/// Reads a condition for a kind of subject; the error says in one line why it is none.
pub type Compile<'a> = dyn Fn(SubjectKind, &str) -> Result<Condition, String> + 'a;

/// Findings after exemptions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Applied {
    /// Findings that no exemption covers.
    pub kept: Vec<Finding>,
    /// Findings that one covers.
    pub exempted: Vec<Exempt>,
    /// Expired and unused exemptions, as sentences.
    pub notes: Vec<String>,
}

/// A finding that an exemption covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Exempt {
    /// The finding.
    pub finding: Finding,
    /// The reason given.
    pub reason: String,
    /// Last day of the exemption.
    pub until: Date,
}

/// Why exemptions cannot be applied; the author of the settings can mend it.
#[derive(Debug, Error, Diagnostic, PartialEq, Eq)]
pub enum ExemptionError {
    /// The exemption names no rule that exists.
    #[error("the exemption \"{reason}\" is for the rule `{rule}`, which does not exist")]
    #[diagnostic(code(settings::exemption_rule))]
    NoRule {
        /// Reason of the exemption.
        reason: String,
        /// Its rule, as written.
        rule: String,
        /// What to do.
        #[help]
        help: String,
    },
    /// Its condition makes sense for none of the subjects that its rules judge.
    #[error("the exemption \"{reason}\" of `{rule}` has a condition that is not valid: {because}")]
    #[diagnostic(code(settings::exemption_condition))]
    Condition {
        /// Reason of the exemption.
        reason: String,
        /// Its rule, as written.
        rule: String,
        /// What is wrong, for the first kind of subject.
        because: String,
        /// What to do.
        #[help]
        help: String,
    },
}

/// The last day (UTC) of a window, on which an exemption must still hold.
pub fn last_day(window: Window) -> Date {
    TimeZone::UTC.to_datetime(instant(window.end - 1)).date()
}

/// Sets aside what exemptions cover. The first exemption that holds gives the reason.
///
/// `rules` are all rules with the kind of subject they judge, also those that are switched off. A condition may be valid
/// for some of the kinds its rules judge and not for others: it never holds for the others. `last_day` is the last day
/// of the window.
pub fn apply<'a>(
    findings: Vec<Finding>,
    exemptions: &[Exemption],
    rules: &BTreeMap<String, SubjectKind>,
    compile: &Compile<'_>,
    row_of: &dyn Fn(&Finding) -> Option<&'a FactRow>,
    last_day: Date,
) -> Result<Applied, ExemptionError> {
    let ready = exemptions.iter().map(|exemption| Ready::new(exemption, rules, compile));
    let mut ready = ready.collect::<Result<Vec<_>, _>>()?;
    let mut applied = Applied::default();
    for finding in findings {
        let row = row_of(&finding);
        let mut reason = None;
        for exemption in &mut ready {
            if exemption.covers(&finding, row) && !exemption.is_expired(last_day) {
                reason = reason.or(Some(exemption.written));
            }
        }
        match reason {
            Some(Exemption { reason, until, .. }) => {
                applied.exempted.push(Exempt { finding, reason: reason.clone(), until: *until });
            }
            None => applied.kept.push(finding),
        }
    }
    applied.notes = ready.iter().filter_map(|exemption| exemption.note(last_day)).collect();
    Ok(applied)
}

/// An exemption whose condition was read, and how often it held.
struct Ready<'a> {
    written: &'a Exemption,
    conditions: BTreeMap<SubjectKind, Condition>,
    covered_count: usize,
    undecided_count: usize,
}

impl<'a> Ready<'a> {
    fn new(
        written: &'a Exemption,
        rules: &BTreeMap<String, SubjectKind>,
        compile: &Compile<'_>,
    ) -> Result<Self, ExemptionError> {
        let covered = rules.iter().filter(|(id, _)| matches(&written.rule, id));
        let kinds: BTreeSet<SubjectKind> = covered.map(|(_, kind)| *kind).collect();
        let mut conditions = BTreeMap::new();
        let mut first_error = None;
        for kind in kinds {
            match compile(kind, &written.condition) {
                Ok(condition) => {
                    conditions.insert(kind, condition);
                }
                Err(because) => first_error = first_error.or(Some((kind, because))),
            }
        }
        let (reason, rule) = (written.reason.clone(), written.rule.clone());
        if !conditions.is_empty() {
            return Ok(Self { written, conditions, covered_count: 0, undecided_count: 0 });
        }
        Err(if let Some((kind, because)) = first_error {
            let help = format!("`ai-cost facts {kind}` lists the facts it may read");
            ExemptionError::Condition { reason, rule, because, help }
        } else {
            let help = nearest(&rule, rules.keys().map(String::as_str))
                .map_or_else(|| "`ai-cost rules list` lists them".to_owned(), did_you_mean);
            ExemptionError::NoRule { reason, rule, help }
        })
    }

    fn covers(&mut self, finding: &Finding, row: Option<&FactRow>) -> bool {
        if !matches(&self.written.rule, &finding.rule) {
            return false;
        }
        let Some(condition) = self.conditions.get(&finding.subject_kind) else { return false };
        match row.and_then(condition) {
            Some(true) => self.covered_count += 1,
            Some(false) => return false,
            None => {
                self.undecided_count += 1;
                return false;
            }
        }
        true
    }

    fn is_expired(&self, last_day: Date) -> bool {
        self.written.until < last_day
    }

    fn note(&self, last_day: Date) -> Option<String> {
        let Exemption { rule, reason, until, .. } = self.written;
        let findings = |count: usize| match count {
            1 => "1 finding".to_owned(),
            count => format!("{count} findings"),
        };
        let undecided = match self.undecided_count {
            0 => String::new(),
            count => {
                format!("; facts it needs are not known for {}", findings(count))
            }
        };
        let name = format!("The exemption of `{rule}` (\"{reason}\")");
        if self.is_expired(last_day) {
            let count = self.covered_count;
            return Some(if count == 0 {
                format!("{name} expired on {until} and would cover nothing: remove it{undecided}.")
            } else {
                let findings = findings(count);
                format!("{name} expired on {until} and no longer covers {findings}{undecided}.")
            });
        }
        let is_unused = self.covered_count == 0;
        is_unused.then(|| format!("{name} covers nothing in this window{undecided}."))
    }
}

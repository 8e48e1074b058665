//! Every rule against every subject: findings, coverage, and what could not be judged.

use std::collections::{BTreeMap, BTreeSet};

use super::AuditError;
use crate::{
    fact::{FactRow, FactTable, Facts, SubjectKind, specs_of},
    finding::{Finding, Severity},
    report::RuleCoverage,
    rule::{Catalog, Cause, Condition, Verdict},
    settings::{
        Exemption, Settings,
        exemption::{self, Exempt},
    },
    window::Window,
};

/// Verdicts of all rules, after exemptions.
#[derive(Debug, Default)]
pub(super) struct Judging {
    /// Findings that stand.
    pub(super) findings: Vec<Finding>,
    /// Findings set aside.
    pub(super) exempted: Vec<Exempt>,
    /// Expired and unused exemptions.
    pub(super) exemption_notes: Vec<String>,
    /// Per rule.
    pub(super) coverage: Vec<RuleCoverage>,
    /// What could not be judged: kind and causes → rules and subjects.
    pub(super) unknown: BTreeMap<(SubjectKind, Vec<Cause>), Unknown>,
    /// Subjects that at least one promising rule could judge, and those that at least one could not.
    pub(super) judged: BTreeSet<String>,
    pub(super) blind: BTreeSet<String>,
}

/// Subjects that rules could not judge for one reason.
#[derive(Debug, Default)]
pub(super) struct Unknown {
    pub(super) rules: BTreeSet<String>,
    pub(super) subjects: BTreeSet<String>,
}

impl Judging {
    pub(super) fn of(
        rules: &Catalog,
        facts: &Facts<'_>,
        settings: &Settings,
        window: Window,
    ) -> Result<Self, AuditError> {
        let mut judging = Self::default();
        for rule in rules.rules() {
            let Some(table) = facts.table(rule.subject) else { continue };
            judging.take(rule, table);
        }
        judging.exempt(rules, facts, &settings.exemptions, window)?;
        Ok(judging)
    }

    fn take(&mut self, rule: &crate::rule::Rule, table: &FactTable) {
        let mut coverage = RuleCoverage {
            rule: rule.id.clone(),
            subject_kind: rule.subject,
            severity: rule.severity,
            in_scope_count: 0,
            hit_count: 0,
            clear_count: 0,
            unknown_count: 0,
            counted_usd_per_month: crate::finding::Claim::ZERO,
        };
        // A rule that promises nothing does not make a subject judged: least of all the one that says it is not measured.
        let promises = rule.severity != Severity::Info && rule.action_word() != "inform";
        for judged in rule.judge(table) {
            let Some(row) = table.rows.get(judged.row) else { continue };
            let id = &row.subject.resource_id;
            match judged.verdict {
                Verdict::OutOfScope => continue,
                Verdict::Clear => coverage.clear_count += 1,
                Verdict::Hit(finding) => {
                    coverage.hit_count += 1;
                    self.findings.push(*finding);
                }
                Verdict::Unknown { because } => {
                    coverage.unknown_count += 1;
                    let entry = self.unknown.entry((rule.subject, because)).or_default();
                    entry.rules.insert(rule.id.clone());
                    entry.subjects.insert(id.clone());
                    coverage.in_scope_count += 1;
                    if promises && !self.blind.contains(id) {
                        self.blind.insert(id.clone());
                    }
                    continue;
                }
            }
            coverage.in_scope_count += 1;
            if promises && !self.judged.contains(id) {
                self.judged.insert(id.clone());
            }
        }
        self.coverage.push(coverage);
    }

    fn exempt(
        &mut self,
        rules: &Catalog,
        facts: &Facts<'_>,
        exemptions: &[Exemption],
        window: Window,
    ) -> Result<(), AuditError> {
        if exemptions.is_empty() {
            return Ok(());
        }
        let rows: BTreeMap<(SubjectKind, &str), &FactRow> = facts
            .tables
            .iter()
            .flat_map(|table| {
                table.rows.iter().map(|row| ((table.kind, row.subject.resource_id.as_str()), row))
            })
            .collect();
        let compile = |kind: SubjectKind, text: &str| -> Result<exemption::Condition, String> {
            let specs = specs_of(kind);
            let condition =
                Condition::parse(text, kind, &specs).map_err(|error| error.to_string())?;
            let table = FactTable { kind, specs, rows: Vec::new() };
            Ok(Box::new(move |row: &FactRow| condition.holds(&table, row)))
        };
        let row_of = |finding: &Finding| {
            rows.get(&(finding.subject_kind, finding.subject.resource_id.as_str())).copied()
        };
        let kinds = rules.rules().map(|rule| (rule.id.clone(), rule.subject)).collect();
        let applied = exemption::apply(
            std::mem::take(&mut self.findings),
            exemptions,
            &kinds,
            &compile,
            &row_of,
            exemption::last_day(window),
        )?;
        self.findings = applied.kept;
        self.exempted = applied.exempted;
        self.exemption_notes = applied.notes;
        Ok(())
    }
}

//! Rules: files that say what waste is, why, when that is wrong, and what to do, with their own tests.
//!
//! A file becomes a [`Rule`] by [`Rule::parse`], which checks every name and type and points into the file where
//! something is wrong. [`Rule::judge`] gives one verdict per row of a facts table. A rule is data: it cannot name a
//! cloud's interface, open a file, read a clock or sum a column.

mod action;
mod catalog;
mod compile;
mod condition;
mod error;
mod example;
pub mod explain;
mod expr;
mod file;
mod judge;
mod lint;
mod literal;
mod param;
mod say;
mod summary;
mod template;
#[cfg(test)]
mod testing;

use std::{collections::BTreeMap, ops::Range, sync::Arc};

pub use catalog::{Catalog, CatalogError};
pub use condition::Condition;
pub use error::{ExprError, ParamError, Problem, RuleError};
pub use example::ExampleResult;
pub use file::VerdictKind;
pub use judge::{Cause, Judged, Verdict};
pub use param::{Bounds, Param};
pub use summary::{ParamSummary, RuleSummary};

use self::{action::ActionProgram, error::Source, expr::Program, template::Template};
use crate::{
    fact::{FactSpec, SubjectKind, Value},
    finding::Severity,
    units::Unit,
};

/// A rule that was read and checked against the facts of its subject.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The file's stem, in kebab-case: the pattern it finds.
    pub id: String,
    /// The pattern in a line.
    pub title: String,
    /// What it judges.
    pub subject: SubjectKind,
    /// How much a hit matters.
    pub severity: Severity,
    /// The version that first had it.
    pub since: String,
    /// Why it is waste.
    pub why: String,
    /// When a hit is wrong.
    pub false_positives: String,
    /// What to do about a hit.
    pub remedy: String,
    /// Thresholds, in the order of the file.
    pub params: Vec<Param>,
    /// What the action leaves in place and billed.
    pub keeps: Vec<String>,
    scope: Program,
    trust: Program,
    when: Program,
    action: ActionProgram,
    confidence: Program,
    message: Template,
    /// By provider, or `default`.
    change: BTreeMap<String, Template>,
    examples: Vec<example::Example>,
    /// Facts of the subject; programs refer to them by position.
    facts: Arc<[FactSpec]>,
    source: Source,
    places: Places,
}

/// Where in the file things stand that `lint` may complain about.
#[derive(Debug, Clone)]
struct Places {
    prose: Vec<(&'static str, Range<usize>)>,
    scope: Range<usize>,
    trust: Range<usize>,
    when: Range<usize>,
    params: Vec<Range<usize>>,
    /// By provider, or `default`.
    change: BTreeMap<String, Range<usize>>,
}

impl Rule {
    /// The file it was read from.
    pub fn source_name(&self) -> &str {
        &self.source.name
    }

    /// The text of its file, for hashes.
    pub fn text(&self) -> &str {
        &self.source.text
    }

    /// The word of its action: `stop`, `resize`, ….
    pub fn action_word(&self) -> &'static str {
        self.action.verb.word()
    }

    /// The facts it reads anywhere, in order of appearance: scope, trust, when, action.
    pub fn reads(&self) -> Vec<&'static str> {
        let judged =
            [&self.scope, &self.trust, &self.when].into_iter().flat_map(|program| &program.facts);
        let mut read: Vec<usize> = Vec::new();
        for index in judged.copied().chain(self.action_facts()) {
            if !read.contains(&index) {
                read.push(index);
            }
        }
        self.fact_names(&read)
    }

    /// Positions of the facts that the action, its confidence and its change read.
    fn action_facts(&self) -> impl Iterator<Item = usize> {
        let arguments = self.action.arguments.iter().flat_map(|(_, program)| &program.facts);
        let change = self.change.values().flat_map(Template::facts);
        arguments.chain(&self.confidence.facts).copied().chain(change)
    }

    fn fact_names(&self, positions: &[usize]) -> Vec<&'static str> {
        positions.iter().filter_map(|&index| self.facts.get(index)).map(|fact| fact.name).collect()
    }

    fn param_values(&self) -> Vec<Value> {
        self.params.iter().map(|param| param.value.clone()).collect()
    }
}

/// A value as people read it: a number in the unit of its name, yes or no, text as it is, `unknown`.
pub fn show(name: &str, value: &Value) -> String {
    match value {
        Value::Null => "unknown".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => Unit::of(name).show(*number),
        Value::Text(text) => text.to_string(),
    }
}

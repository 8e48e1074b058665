//! A condition outside of rules, in the same language: exemptions use it.

use super::{
    ExprError,
    expr::{Env, Names, Program},
    judge::positions,
};
use crate::fact::{FactRow, FactSpec, FactTable, FactType, SubjectKind};

/// A yes/no expression over the facts of one kind of subject.
#[derive(Debug, Clone)]
pub struct Condition {
    facts: Vec<FactSpec>,
    program: Program,
}

impl Condition {
    /// Reads a condition over `facts`. An error's place is in bytes of `text`.
    pub fn parse(text: &str, subject: SubjectKind, facts: &[FactSpec]) -> Result<Self, ExprError> {
        let names = Names { subject, facts, params: &[] };
        let program = Program::compile(text, names, FactType::Bool)?;
        Ok(Self { facts: facts.to_vec(), program })
    }

    /// Whether it holds for a row of a table; `None` if that is not known.
    pub fn holds(&self, table: &FactTable, row: &FactRow) -> Option<bool> {
        let positions = positions(&self.facts, &table.specs);
        self.program.value(&Env { values: &row.values, positions: &positions, params: &[] }).bool()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fact::Value,
        rule::testing::{facts, table},
    };

    fn holds(text: &str) -> Option<bool> {
        let table = table(&[("state", Value::from("running"))]);
        let kind = SubjectKind::Accelerator;
        Condition::parse(text, kind, &facts(kind)).unwrap().holds(&table, &table.rows[0])
    }

    #[test]
    fn a_condition_holds_fails_or_is_not_known() {
        assert_eq!(holds("state LIKE 'run%'"), Some(true));
        assert_eq!(holds("state = 'stopped'"), Some(false));
        assert_eq!(holds("gpu_count > 1"), None);
    }
}

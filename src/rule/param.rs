//! Parameters: the thresholds of a rule that settings may change.

use std::collections::BTreeMap;

use super::{ParamError, Problem, Rule, expr::type_of};
use crate::{
    fact::{FactSpec, FactType, Value},
    nearest::nearest,
    units::Unit,
};

/// A threshold of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Name, ending in its unit if it is a number.
    pub name: String,
    /// Type.
    pub fact_type: FactType,
    /// What the rule's file says.
    pub default: Value,
    /// What holds: the default, or what the settings say.
    pub value: Value,
    /// What it means.
    pub doc: String,
}

impl Rule {
    /// The rule with other values for some of its parameters.
    pub fn with_params(&self, overrides: &BTreeMap<String, Value>) -> Result<Self, ParamError> {
        let mut rule = self.clone();
        for (name, value) in overrides {
            let Some(param) = rule.params.iter_mut().find(|param| param.name == *name) else {
                let known = self.params.iter().map(|param| param.name.as_str());
                return Err(ParamError::Unknown {
                    rule: self.id.clone(),
                    name: name.clone(),
                    nearest: nearest(name, known).map(str::to_owned),
                });
            };
            if type_of(value) != Some(param.fact_type) {
                return Err(ParamError::WrongType {
                    rule: self.id.clone(),
                    name: name.clone(),
                    expected: param.fact_type,
                    found: type_of(value)
                        .map_or("nothing".to_owned(), |found| format!("a {found}")),
                });
            }
            param.value = value.clone();
        }
        Ok(rule)
    }

    /// The rule with the values of its file.
    pub(super) fn with_defaults(&self) -> Self {
        let mut rule = self.clone();
        for param in &mut rule.params {
            param.value = param.default.clone();
        }
        rule
    }
}

/// Why a parameter may not have this name, if so.
pub(super) fn naming_problem(
    name: &str,
    fact_type: FactType,
    facts: &[FactSpec],
) -> Option<Problem> {
    let problem =
        |message: String, help: &str| Some(Problem::ParamName { message, help: help.to_owned() });
    let is_word = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if !is_word {
        let help = "write lower-case words joined by `_`, starting with a letter";
        return problem(format!("`{name}` is not a name"), help);
    }
    if facts.iter().any(|fact| fact.name == name) {
        let help = "say which end it is: `min_…` or `max_…`";
        return problem(format!("`{name}` is also a fact"), help);
    }
    match (fact_type, Unit::of(name)) {
        (FactType::Number, Unit::None) => {
            let suffixes: Vec<&str> = Unit::SUFFIXES.iter().map(|(suffix, ..)| *suffix).collect();
            let help = format!("end it in one of {}", suffixes.join(", "));
            problem(format!("the number `{name}` does not end in its unit"), &help)
        }
        (FactType::Bool | FactType::Text, unit) if unit != Unit::None => {
            let help = "only numbers have units: rename it, or give it a number";
            problem(format!("`{name}` ends in the unit {} but is no number", unit.label()), help)
        }
        _ => None,
    }
}

/// Names and types, as expressions refer to them.
pub(super) fn names(params: &[Param]) -> Vec<(String, FactType)> {
    params.iter().map(|param| (param.name.clone(), param.fact_type)).collect()
}

//! Parameters: the thresholds of a rule that settings may change.

use std::{collections::BTreeMap, fmt, ops::Range};

use toml::Spanned;

use super::{ParamError, Problem, Rule, RuleError, expr::type_of, file::ParamEntry};
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
    /// Least and greatest value that makes sense. `None`: it is no number.
    pub bounds: Option<Bounds>,
    /// What it means.
    pub doc: String,
}

/// What a number may be, ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Least.
    pub min: f64,
    /// Greatest; infinite if there is none.
    pub max: f64,
}

impl Bounds {
    /// What a number of this name may be if nothing else is declared: a ratio is a share of one, nothing is negative.
    fn of(name: &str) -> Self {
        let max = if Unit::of(name) == Unit::Ratio { 1.0 } else { f64::INFINITY };
        Self { min: 0.0, max }
    }

    /// The same with ends that a rule declares.
    pub(super) fn declared(name: &str, min: Option<f64>, max: Option<f64>) -> Self {
        let usual = Self::of(name);
        let min = min.unwrap_or(usual.min);
        Self { min, max: max.unwrap_or(usual.max) }
    }

    /// Whether a number lies within.
    pub fn hold(self, number: f64) -> bool {
        (self.min..=self.max).contains(&number)
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { min, max } = self;
        if max.is_finite() { write!(f, "from {min} to {max}") } else { write!(f, "{min} or more") }
    }
}

impl Param {
    /// Why a value of the right type may not be set, if so: what it may be, and what it is.
    pub(super) fn out_of_bounds(&self, value: &Value) -> Option<(Bounds, f64)> {
        let number = value.number()?;
        self.bounds.filter(|bounds| !bounds.hold(number)).map(|bounds| (bounds, number))
    }
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
            if let Some((bounds, number)) = param.out_of_bounds(value) {
                return Err(ParamError::OutOfBounds {
                    rule: self.id.clone(),
                    name: name.clone(),
                    bounds: bounds.to_string(),
                    value: number.to_string(),
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

/// The parameters in the order of the file, and the places of their names.
pub(super) fn read_params(
    entries: &BTreeMap<Spanned<String>, ParamEntry>,
    facts: &[FactSpec],
    fail: &dyn Fn(Range<usize>, Problem) -> RuleError,
) -> Result<(Vec<Param>, Vec<Range<usize>>), RuleError> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    let mut params = Vec::new();
    let mut places = Vec::new();
    for (name, entry) in entries {
        let default = entry.default.get_ref().0.clone();
        // A TOML scalar is never null.
        let fact_type = type_of(&default).unwrap_or(FactType::Text);
        if let Some(problem) = naming_problem(name.get_ref(), fact_type, facts) {
            return Err(fail(name.span(), problem));
        }
        places.push(name.span());
        let param = Param {
            name: name.get_ref().clone(),
            fact_type,
            value: default.clone(),
            default,
            bounds: read_bounds(name.get_ref(), fact_type, entry, fail)?,
            doc: entry.doc.clone(),
        };
        if let Some((bounds, number)) = param.out_of_bounds(&param.default) {
            let message = format!("`{}` must be {bounds}, but its default is {number}", param.name);
            return Err(fail(entry.default.span(), Problem::ParamBounds { message }));
        }
        params.push(param);
    }
    Ok((params, places))
}

/// The bounds of a parameter. `None`: it is no number, which has none.
fn read_bounds(
    name: &str,
    fact_type: FactType,
    entry: &ParamEntry,
    fail: &dyn Fn(Range<usize>, Problem) -> RuleError,
) -> Result<Option<Bounds>, RuleError> {
    let end = |end: &Option<Spanned<f64>>| end.as_ref().map(|end| *end.get_ref());
    let declared = [&entry.min, &entry.max].into_iter().flatten();
    let refused = |message: String| {
        let span = declared.clone().next().map_or_else(|| entry.default.span(), Spanned::span);
        Err(fail(span, Problem::ParamBounds { message }))
    };
    if fact_type != FactType::Number {
        let is_declared = declared.clone().next().is_some();
        return if is_declared {
            refused(format!("`{name}` is no number, so it has no `min` and `max`"))
        } else {
            Ok(None)
        };
    }
    let bounds = Bounds::declared(name, end(&entry.min), end(&entry.max));
    if bounds.min <= bounds.max {
        return Ok(Some(bounds));
    }
    refused(format!("no number is {bounds}, which `{name}` must be"))
}

/// Why a parameter may not have this name, if so.
fn naming_problem(name: &str, fact_type: FactType, facts: &[FactSpec]) -> Option<Problem> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{
        Verdict,
        testing::{IDLE, idle, parse, verdict},
    };

    #[test]
    fn settings_override_parameters() {
        let rule = parse(IDLE).unwrap();
        let set = |name: &str, value| rule.with_params(&BTreeMap::from([(name.to_owned(), value)]));
        let strict = set("max_gpu_util_p95_ratio", Value::Number(0.001)).unwrap();
        let facts = idle("is_production", Value::Bool(false));
        assert_eq!(verdict(&strict, &facts), Verdict::Clear);
        assert_eq!(
            set("max_gpu_util_p59_ratio", Value::Number(0.1)).unwrap_err(),
            ParamError::Unknown {
                rule: "gpu-idle".to_owned(),
                name: "max_gpu_util_p59_ratio".to_owned(),
                nearest: Some("max_gpu_util_p95_ratio".to_owned()),
            }
        );
        assert_eq!(
            set("min_running_hours", Value::from("long")).unwrap_err().to_string(),
            "parameter `min_running_hours` of rule `gpu-idle` is a number, but a text is given"
        );
        for (name, value, message) in [
            ("max_gpu_util_p95_ratio", 5.0, "must be from 0 to 1, but 5 is given"),
            ("min_running_hours", -1.0, "must be 0 or more, but -1 is given"),
        ] {
            let error = set(name, Value::Number(value)).unwrap_err().to_string();
            assert_eq!(error, format!("parameter `{name}` of rule `gpu-idle` {message}"));
        }
    }
}

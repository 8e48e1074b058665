//! A rule in short, for `rules list --json`.

use serde::Serialize;

use super::Rule;
use crate::{
    fact::{FactType, SubjectKind, Value},
    finding::Severity,
    units::Unit,
};

/// What programs want to know about a rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleSummary {
    /// Rule id.
    pub id: String,
    /// The pattern in a line.
    pub title: String,
    /// What it judges.
    pub subject: SubjectKind,
    /// How much a hit matters.
    pub severity: Severity,
    /// The word of its action.
    pub action: &'static str,
    /// The version that first had it.
    pub since: String,
    /// Its thresholds.
    pub params: Vec<ParamSummary>,
}

/// What programs want to know about a parameter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParamSummary {
    /// Name.
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub fact_type: FactType,
    /// What the rule's file says.
    pub default: serde_json::Value,
    /// What holds: the default, or what the settings say.
    pub value: serde_json::Value,
    /// Its unit; empty without one.
    pub unit: &'static str,
    /// What it means.
    pub doc: String,
}

impl Rule {
    /// The rule in short.
    pub fn summary(&self) -> RuleSummary {
        RuleSummary {
            id: self.id.clone(),
            title: self.title.clone(),
            subject: self.subject,
            severity: self.severity,
            action: self.action_word(),
            since: self.since.clone(),
            params: self
                .params
                .iter()
                .map(|param| ParamSummary {
                    name: param.name.clone(),
                    fact_type: param.fact_type,
                    default: json(&param.default),
                    value: json(&param.value),
                    unit: Unit::of(&param.name).label(),
                    doc: param.doc.clone(),
                })
                .collect(),
        }
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(answer) => (*answer).into(),
        Value::Number(number) => (*number).into(),
        Value::Text(text) => (**text).into(),
    }
}

#[cfg(test)]
mod tests {
    use crate::rule::testing::{IDLE, parse};

    #[test]
    fn a_summary_carries_defaults_with_their_units() {
        let summary = serde_json::to_value(parse(IDLE).unwrap().summary()).unwrap();
        assert_eq!(
            summary["params"][0],
            serde_json::json!({
                "name": "min_running_hours",
                "type": "number",
                "default": 168.0,
                "value": 168.0,
                "unit": "hours",
                "doc": "Younger machines are left alone.",
            })
        );
        assert_eq!(summary["subject"], "accelerator");
        assert_eq!(summary["action"], "stop");
    }
}

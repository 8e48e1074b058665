//! The tests inside a rule file: facts given, verdict expected. Facts that are not given are null.

use std::{collections::BTreeMap, ops::Range};

use toml::Spanned;

use super::{
    Param, Problem, Rule, RuleError, Verdict,
    compile::Reader,
    expr::type_of,
    file::{ExampleEntry, Scalar, VerdictKind},
    judge::Cause,
};
use crate::{
    fact::{FactRow, FactTable, SubjectRef, Value},
    finding::Confidence,
    nearest::nearest,
};

/// An example, checked: its facts and parameters exist and have the right types.
#[derive(Debug, Clone)]
pub(super) struct Example {
    pub(super) name: String,
    /// Position of each given fact, in the order of the file, and its value.
    pub(super) given: Vec<(usize, Value)>,
    pub(super) params: BTreeMap<String, Value>,
    pub(super) verdict: VerdictKind,
    /// The facts that make it unknown, if the example says so.
    pub(super) because: Option<Vec<&'static str>>,
    /// How sure the hit is, if the example says so.
    pub(super) confidence: Option<Confidence>,
}

/// How an example came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleResult {
    /// Name of the example.
    pub name: String,
    /// What differs from what the example expects, a sentence each; empty if it holds.
    pub failures: Vec<String>,
}

impl ExampleResult {
    /// Whether the example holds.
    pub fn holds(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Reads the examples of a file.
pub(super) fn read(
    entries: &[ExampleEntry],
    reader: &Reader<'_>,
    params: &[Param],
) -> Result<Vec<Example>, RuleError> {
    let mut examples: Vec<Example> = Vec::with_capacity(entries.len());
    for entry in entries {
        let name = entry.name.get_ref();
        if name.trim().is_empty() {
            let help = "say in a few words what the example shows";
            return Err(wrong(reader, entry.name.span(), "its name is empty".to_owned(), help));
        }
        if examples.iter().any(|other| other.name == *name) {
            let message = format!("another one is called `{name}`, too");
            let help = "examples are tests: give each its own name";
            return Err(wrong(reader, entry.name.span(), message, help));
        }
        examples.push(read_one(entry, reader, params)?);
    }
    Ok(examples)
}

fn read_one(
    entry: &ExampleEntry,
    reader: &Reader<'_>,
    params: &[Param],
) -> Result<Example, RuleError> {
    let mut given: Vec<_> = entry.given.iter().collect();
    given.sort_by_key(|(name, _)| name.span().start);
    let given = given
        .into_iter()
        .map(|(name, value)| given_fact(name, value, reader))
        .collect::<Result<_, _>>()?;
    let overrides = entry
        .params
        .iter()
        .map(|(name, value)| given_param(name, value, reader, params))
        .collect::<Result<_, _>>()?;
    let then = &entry.then;
    if let Some(confidence) = &then.confidence
        && then.verdict != VerdictKind::Hit
    {
        let message = format!("`{}` has no confidence", then.verdict.word());
        return Err(wrong(reader, confidence.span(), message, "only a hit has one: remove it"));
    }
    let because = match &then.because {
        None => None,
        Some(names) => Some(because(names, then.verdict, reader)?),
    };
    Ok(Example {
        name: entry.name.get_ref().clone(),
        given,
        params: overrides,
        verdict: then.verdict,
        because,
        confidence: then.confidence.as_ref().map(|confidence| *confidence.get_ref()),
    })
}

fn given_fact(
    name: &Spanned<String>,
    value: &Spanned<Scalar>,
    reader: &Reader<'_>,
) -> Result<(usize, Value), RuleError> {
    let facts = reader.names.facts.iter().enumerate();
    let Some((index, fact)) = facts.into_iter().find(|(_, fact)| fact.name == name.get_ref())
    else {
        return Err(reader.fail(name.span(), reader.names.unknown(name.get_ref())));
    };
    let found = type_of(&value.get_ref().0);
    if found != Some(fact.fact_type) {
        let message = format!("the fact `{}` is a {}", fact.name, fact.fact_type);
        let help = "give it a value of its type; leave it out if it is not known".to_owned();
        return Err(reader.fail(value.span(), Problem::TypeMismatch { message, help }));
    }
    Ok((index, value.get_ref().0.clone()))
}

fn given_param(
    name: &Spanned<String>,
    value: &Spanned<Scalar>,
    reader: &Reader<'_>,
    params: &[Param],
) -> Result<(String, Value), RuleError> {
    let Some(param) = params.iter().find(|param| param.name == *name.get_ref()) else {
        let known = params.iter().map(|param| param.name.as_str());
        let nearest = nearest(name.get_ref(), known).map(str::to_owned);
        let problem = Problem::UnknownParam { name: name.get_ref().clone(), nearest };
        return Err(reader.fail(name.span(), problem));
    };
    if type_of(&value.get_ref().0) != Some(param.fact_type) {
        let message = format!("the parameter `{}` is a {}", param.name, param.fact_type);
        let help = "give it a value of the type of its default".to_owned();
        return Err(reader.fail(value.span(), Problem::TypeMismatch { message, help }));
    }
    if let Some((bounds, number)) = param.out_of_bounds(&value.get_ref().0) {
        let message = format!("`{}` must be {bounds}, but is {number}", param.name);
        return Err(reader.fail(value.span(), Problem::ParamBounds { message }));
    }
    Ok((param.name.clone(), value.get_ref().0.clone()))
}

fn because(
    names: &[Spanned<String>],
    verdict: VerdictKind,
    reader: &Reader<'_>,
) -> Result<Vec<&'static str>, RuleError> {
    names
        .iter()
        .map(|name| {
            if verdict != VerdictKind::Unknown {
                let message = format!("`{}` has no `because`", verdict.word());
                let help = "only `unknown` names missing facts: remove it";
                return Err(wrong(reader, name.span(), message, help));
            }
            let fact = reader.names.facts.iter().find(|fact| fact.name == name.get_ref());
            fact.map(|fact| fact.name)
                .ok_or_else(|| reader.fail(name.span(), reader.names.unknown(name.get_ref())))
        })
        .collect()
}

fn wrong(reader: &Reader<'_>, span: Range<usize>, message: String, help: &str) -> RuleError {
    reader.fail(span, Problem::Example { message, help: help.to_owned() })
}

impl Rule {
    /// Runs the examples of the file with the parameters of the file, whatever the settings say.
    pub fn run_examples(&self) -> Vec<ExampleResult> {
        let rule = self.with_defaults();
        self.examples
            .iter()
            .map(|example| ExampleResult {
                name: example.name.clone(),
                failures: rule.run(example),
            })
            .collect()
    }

    fn run(&self, example: &Example) -> Vec<String> {
        let rule = match self.with_params(&example.params) {
            Ok(rule) => rule,
            Err(error) => return vec![error.to_string()],
        };
        let mut values = vec![Value::Null; self.facts.len()];
        for (index, value) in &example.given {
            if let Some(slot) = values.get_mut(*index) {
                slot.clone_from(value);
            }
        }
        let table = FactTable {
            kind: self.subject,
            specs: self.facts.to_vec(),
            rows: vec![FactRow { subject: subject(), values }],
        };
        match rule.judge(&table).first() {
            Some(judged) => differences(example, &judged.verdict),
            None => vec!["there is no verdict".to_owned()],
        }
    }
}

fn differences(example: &Example, verdict: &Verdict) -> Vec<String> {
    let mut failures = Vec::new();
    if verdict.kind() != example.verdict {
        let because = match verdict {
            Verdict::Unknown { because } => format!(" because of {}", names(because).join(", ")),
            Verdict::OutOfScope | Verdict::Clear | Verdict::Hit(_) => String::new(),
        };
        let (found, expected) = (verdict.kind().word(), example.verdict.word());
        failures.push(format!("the verdict is `{found}`{because}, not `{expected}`"));
    }
    if let (Verdict::Unknown { because }, Some(expected)) = (verdict, &example.because) {
        let sorted = |mut list: Vec<&'static str>| {
            list.sort_unstable();
            list.join(", ")
        };
        let (found, expected) = (sorted(names(because)), sorted(expected.clone()));
        if found != expected {
            failures.push(format!("it is unknown because of {found}, not because of {expected}"));
        }
    }
    if let (Verdict::Hit(finding), Some(expected)) = (verdict, example.confidence)
        && finding.confidence != expected
    {
        let (found, expected) = (finding.confidence.word(), expected.word());
        failures.push(format!("the confidence is {found}, not {expected}"));
    }
    failures
}

fn names(because: &[Cause]) -> Vec<&'static str> {
    because.iter().map(|cause| cause.fact).collect()
}

/// Whom the examples are about.
fn subject() -> SubjectRef {
    SubjectRef {
        provider: "example".to_owned(),
        account_id: "example".to_owned(),
        region: "example".to_owned(),
        resource_id: "example".to_owned(),
        kind: "example".to_owned(),
        name: None,
        instance_type: None,
        owner: None,
        team: None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::rule::testing::{IDLE, idle_with, parse};

    fn failures(rule: &Rule) -> Vec<String> {
        rule.run_examples().into_iter().flat_map(|result| result.failures).collect()
    }

    #[test]
    fn the_examples_of_a_right_rule_hold() {
        let results = parse(IDLE).unwrap().run_examples();
        let names: Vec<&str> = results.iter().map(|result| result.name.as_str()).collect();
        let expected = [
            "left on after training",
            "busy",
            "no telemetry",
            "started yesterday, for someone patient",
        ];
        assert_eq!(names, expected);
        assert!(results.iter().all(ExampleResult::holds), "{results:?}");
    }

    #[test]
    fn an_example_that_does_not_hold_says_what_came_out() {
        for (part, replacement, expected) in [
            ("verdict = \"clear\"", "verdict = \"hit\"", "the verdict is `clear`, not `hit`"),
            (
                "verdict = \"unknown\", because = [\"observed_ratio\"]",
                "verdict = \"clear\"",
                "the verdict is `unknown` because of observed_ratio, not `clear`",
            ),
            (
                "because = [\"observed_ratio\"]",
                "because = [\"state\"]",
                "it is unknown because of observed_ratio, not because of state",
            ),
            (
                "confidence = \"high\" }",
                "confidence = \"low\" }",
                "the confidence is high, not low",
            ),
        ] {
            assert_eq!(failures(&idle_with(part, replacement).unwrap()), [expected]);
        }
    }

    #[test]
    fn settings_do_not_change_the_examples() {
        let strange = BTreeMap::from([("min_running_hours".to_owned(), Value::Number(1e6))]);
        let rule = parse(IDLE).unwrap().with_params(&strange).unwrap();
        assert_eq!(failures(&rule), Vec::<String>::new());
    }
}

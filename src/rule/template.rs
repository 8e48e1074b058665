//! Texts with `{placeholders}`: the message of a finding and the change that would end it.

use std::ops::Range;

use super::{
    error::{ExprError, Problem},
    expr::{Env, Names},
    show,
};
use crate::{
    fact::{SubjectRef, Value},
    units::Unit,
};

/// A text that was checked: every placeholder names a fact, a parameter or a property of the subject.
#[derive(Debug, Clone)]
pub(super) struct Template {
    parts: Vec<Part>,
    pub(super) text: String,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Fact(usize, &'static str),
    Param(usize, String),
    Subject(Property),
}

/// Reads a property off a subject.
type Property = fn(&SubjectRef) -> Option<&str>;

/// Properties of the subject itself.
const SUBJECT: [(&str, Property); 9] = [
    ("provider", |subject| Some(&subject.provider)),
    ("account_id", |subject| Some(&subject.account_id)),
    ("region", |subject| Some(&subject.region)),
    ("resource_id", |subject| Some(&subject.resource_id)),
    ("kind", |subject| Some(&subject.kind)),
    ("name", |subject| subject.name.as_deref()),
    ("instance_type", |subject| subject.instance_type.as_deref()),
    ("owner", |subject| subject.owner.as_deref()),
    ("team", |subject| subject.team.as_deref()),
];

/// Whom the text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// People: numbers carry their unit, text is as it is.
    People,
    /// A shell or a configuration file: numbers are bare, text that a shell would interpret is quoted.
    Machine,
}

impl Template {
    /// Reads `text`. `{{` and `}}` stand for braces. An error's place is in bytes of `text`.
    pub(super) fn compile(text: &str, names: Names<'_>) -> Result<Self, ExprError> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut letters = text.char_indices().peekable();
        while let Some((start, letter)) = letters.next() {
            let is_doubled = letters.peek().is_some_and(|(_, next)| *next == letter);
            match letter {
                '{' | '}' if is_doubled => {
                    letters.next();
                    plain.push(letter);
                }
                '{' => {
                    let name: String = std::iter::from_fn(|| {
                        letters.next_if(|(_, next)| !matches!(next, '{' | '}' | '\n'))
                    })
                    .map(|(_, letter)| letter)
                    .collect();
                    let span = start + 1..start + 1 + name.len();
                    if letters.next_if(|(_, next)| *next == '}').is_none() {
                        return Err(brace(start..span.end, "the placeholder is not closed"));
                    }
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(placeholder(&name, names, span)?);
                }
                '}' => return Err(brace(start..start + 1, "no placeholder is open here")),
                _ => plain.push(letter),
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { parts, text: text.to_owned() })
    }

    /// Positions of the facts it shows, in order of appearance.
    pub(super) fn facts(&self) -> impl Iterator<Item = usize> {
        self.parts
            .iter()
            .filter_map(|part| if let Part::Fact(index, _) = part { Some(*index) } else { None })
    }

    /// The text for one subject. What is not known reads `unknown`.
    pub(super) fn render(&self, env: &Env<'_>, subject: &SubjectRef, audience: Audience) -> String {
        let value = |name: &str, value: &Value| match audience {
            Audience::People => show(name, value),
            Audience::Machine => bare(value),
        };
        self.parts.iter().fold(String::new(), |mut text, part| {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Fact(index, name) => text.push_str(&value(name, env.fact(*index))),
                Part::Param(index, name) => text.push_str(&value(name, env.param(*index))),
                Part::Subject(property) => {
                    text.push_str(&value("", &property(subject).map_or(Value::Null, Value::from)));
                }
            }
            text
        })
    }
}

fn placeholder(name: &str, names: Names<'_>, span: Range<usize>) -> Result<Part, ExprError> {
    // Before the facts of the same name, so that naming the subject does not become evidence.
    let property = SUBJECT.into_iter().find(|(property, _)| *property == name);
    if let Some((_, property)) = property {
        return Ok(Part::Subject(property));
    }
    let fact = names.facts.iter().enumerate().find(|(_, fact)| fact.name == name);
    if let Some((index, fact)) = fact {
        return Ok(Part::Fact(index, fact.name));
    }
    let param = names.params.iter().position(|(param, _)| param == name);
    if let Some(index) = param {
        return Ok(Part::Param(index, name.to_owned()));
    }
    if name.is_empty() {
        return Err(brace(span.start.saturating_sub(1)..span.end + 1, "the placeholder is empty"));
    }
    Err(ExprError { problem: names.unknown(name), span })
}

fn brace(span: Range<usize>, message: &str) -> ExprError {
    let help = "write `{name}` with the name of a fact or parameter, and `{{` or `}}` for a brace";
    ExprError {
        problem: Problem::Syntax { message: message.to_owned(), help: help.to_owned() },
        span,
    }
}

/// A value as a command line takes it. Names come from bills and tags, so they must not become shell syntax.
fn bare(value: &Value) -> String {
    match value {
        Value::Null => "unknown".to_owned(),
        Value::Bool(answer) => answer.to_string(),
        Value::Number(number) => Unit::None.show(*number),
        Value::Text(text) => {
            let is_plain =
                |letter: char| letter.is_ascii_alphanumeric() || "_-./:@=+,".contains(letter);
            if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
                return text.to_string();
            }
            text.chars().fold("'".to_owned(), |mut quoted, letter| {
                match letter {
                    '\'' => quoted.push_str("'\\''"),
                    _ if letter.is_control() => quoted.push('\u{fffd}'),
                    _ => quoted.push(letter),
                }
                quoted
            }) + "'"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{FactSpec, FactType, SubjectKind};

    const FACTS: &[FactSpec] = &[
        FactSpec { name: "idle_ratio", fact_type: FactType::Number, doc: "", null_means: "?" },
        FactSpec { name: "gpu_model", fact_type: FactType::Text, doc: "", null_means: "?" },
        FactSpec { name: "is_spot", fact_type: FactType::Bool, doc: "", null_means: "?" },
    ];

    fn compile(text: &str) -> Result<Template, ExprError> {
        let params = [("min_idle_hours".to_owned(), FactType::Number)];
        Template::compile(
            text,
            Names { subject: SubjectKind::Volume, facts: FACTS, params: &params },
        )
    }

    fn render(text: &str, values: &[Value], audience: Audience) -> String {
        let subject = SubjectRef {
            provider: "aws".to_owned(),
            account_id: "1".to_owned(),
            region: "eu-west-1".to_owned(),
            resource_id: "i-1; rm -rf '/'".to_owned(),
            kind: "gpu_instance".to_owned(),
            name: None,
            instance_type: None,
            owner: None,
            team: None,
        };
        let positions = [Some(0), Some(1), Some(2)];
        let params = [Value::Number(168.0)];
        let env = Env { values, positions: &positions, params: &params };
        compile(text).unwrap().render(&env, &subject, audience)
    }

    #[test]
    fn values_are_shown_in_the_unit_of_their_name() {
        let values = [Value::Number(0.354), Value::from("H100"), Value::Bool(true)];
        assert_eq!(
            render(
                "{gpu_model} idle {idle_ratio}, spot: {is_spot}, {min_idle_hours}",
                &values,
                Audience::People
            ),
            "H100 idle 35.4 %, spot: yes, 168 h"
        );
    }

    #[test]
    fn what_is_not_known_says_so() {
        let values = [Value::Null, Value::Null, Value::Null];
        assert_eq!(render("{idle_ratio} {name}", &values, Audience::People), "unknown unknown");
    }

    #[test]
    fn doubled_braces_are_braces() {
        assert_eq!(render("{{\"a\": 1}}", &[], Audience::People), "{\"a\": 1}");
    }

    #[test]
    fn a_hostile_name_is_quoted_in_a_command() {
        let values = [Value::Number(0.5), Value::Null, Value::Null];
        assert_eq!(
            render(
                "stop {resource_id} --at {idle_ratio} --in {region}",
                &values,
                Audience::Machine
            ),
            r"stop 'i-1; rm -rf '\''/'\''' --at 0.5 --in eu-west-1"
        );
    }

    #[test]
    fn a_wrong_placeholder_is_refused_at_its_place() {
        for (text, code, wrong) in [
            ("a {idel_ratio} b", "rule::unknown_fact", "idel_ratio"),
            ("a {idle_ratio b", "rule::syntax", "{idle_ratio b"),
            ("a } b", "rule::syntax", "}"),
            ("a {} b", "rule::syntax", "{}"),
        ] {
            let error = compile(text).unwrap_err();
            assert_eq!((error.problem.code(), text.get(error.span)), (code, Some(wrong)), "{text}");
        }
    }
}

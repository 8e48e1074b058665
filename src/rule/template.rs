//! Texts with `{placeholders}`: the message of a finding and the change that would end it.

use std::ops::Range;

use super::{
    error::{ExprError, Problem},
    expr::{Env, Names},
    show,
};
use crate::{
    fact::{FactSpec, SubjectRef, Value},
    finding::SettledCommitment,
    units::Unit,
};

/// A text that was checked: every placeholder names a fact, a parameter, a property of the subject, or a number that is
/// known once all findings are counted.
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
    Subject(&'static str, Property),
    Settled(&'static str, Level),
    /// Left out where a value in it is not known.
    Optional(Vec<Part>),
}

/// Reads a property off a subject.
type Property = fn(&SubjectRef) -> Option<&str>;

/// Reads a number off a settled commitment.
type Level = fn(&SettledCommitment) -> Option<f64>;

/// What a text is filled with.
#[derive(Clone, Copy)]
pub(super) struct Filling<'a> {
    /// Facts and parameters.
    pub(super) env: &'a Env<'a>,
    /// The subject.
    pub(super) subject: &'a SubjectRef,
    /// What to commit to. `None`: nothing, or the findings are not counted yet.
    pub(super) commitment: Option<&'a SettledCommitment>,
    /// Whom the text is for.
    pub(super) audience: Audience,
}

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

/// Properties that every subject has.
const ALWAYS_KNOWN: [&str; 5] = ["provider", "account_id", "region", "resource_id", "kind"];

/// Numbers of a commitment that are known once all other findings are counted.
const SETTLED: [(&str, Level); 3] = [
    ("settled_usd_per_hour", |commitment| Some(commitment.committed_usd_per_hour)),
    ("settled_on_demand_usd_per_hour", |commitment| Some(commitment.on_demand_usd_per_hour)),
    ("settled_machine_count", |commitment| commitment.machine_count),
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
    /// Reads `text`. `{{`, `}}`, `[[` and `]]` stand for the sign itself. An error's place is in bytes of `text`.
    pub(super) fn compile(text: &str, names: Names<'_>) -> Result<Self, ExprError> {
        let mut parts = Vec::new();
        let mut optional: Option<(usize, Vec<Part>)> = None;
        let mut plain = String::new();
        let mut letters = text.char_indices().peekable();
        while let Some((start, letter)) = letters.next() {
            let is_doubled = letters.peek().is_some_and(|(_, next)| *next == letter);
            if "{}[]".contains(letter) && is_doubled {
                letters.next();
                plain.push(letter);
                continue;
            }
            if !"{}[]".contains(letter) {
                plain.push(letter);
                continue;
            }
            let current = optional.as_mut().map_or(&mut parts, |(_, inner)| inner);
            if !plain.is_empty() {
                current.push(Part::Text(std::mem::take(&mut plain)));
            }
            match letter {
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
                    current.push(placeholder(&name, names, span)?);
                }
                '[' if optional.is_none() => optional = Some((start, Vec::new())),
                ']' => match optional.take() {
                    Some((_, inner)) => parts.push(Part::Optional(inner)),
                    None => return Err(brace(start..start + 1, "no `[` is open here")),
                },
                '[' => return Err(brace(start..start + 1, "a `[` is open already")),
                _ => return Err(brace(start..start + 1, "no placeholder is open here")),
            }
        }
        if let Some((start, _)) = optional {
            return Err(brace(start..start + 1, "the `[` is not closed"));
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { parts, text: text.to_owned() })
    }

    /// Positions of the facts it shows, in order of appearance.
    pub(super) fn facts(&self) -> impl Iterator<Item = usize> {
        self.flat()
            .filter_map(|part| if let Part::Fact(index, _) = part { Some(*index) } else { None })
    }

    /// Whether it shows what to commit to.
    pub(super) fn shows_commitment(&self) -> bool {
        self.flat().any(|part| matches!(part, Part::Settled(..)))
    }

    /// The values that it needs and that may be unknown.
    pub(super) fn may_lack(&self, facts: &[FactSpec]) -> Vec<&'static str> {
        let lacking = |part: &Part| match part {
            Part::Fact(index, name) => {
                facts.get(*index).is_some_and(|fact| !fact.null_means.is_empty()).then_some(*name)
            }
            Part::Subject(name, _) => (!ALWAYS_KNOWN.contains(name)).then_some(*name),
            Part::Settled(name, _) => Some(*name),
            Part::Text(_) | Part::Param(..) | Part::Optional(_) => None,
        };
        self.parts.iter().filter_map(lacking).collect()
    }

    fn flat(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().flat_map(|part| match part {
            Part::Optional(inner) => inner.as_slice(),
            other => std::slice::from_ref(other),
        })
    }

    /// The text for one subject. What is not known reads `unknown`.
    pub(super) fn render(&self, filling: Filling<'_>) -> String {
        fill(&self.parts, filling).0
    }

    /// The text for one subject. `None` if it needs a value that is not known.
    pub(super) fn render_known(&self, filling: Filling<'_>) -> Option<String> {
        let (text, is_known) = fill(&self.parts, filling);
        is_known.then_some(text)
    }
}

/// The text of some parts, and whether all that it needs is known.
fn fill(parts: &[Part], filling: Filling<'_>) -> (String, bool) {
    let mut text = String::new();
    let mut is_known = true;
    for part in parts {
        let (name, value) = match part {
            Part::Text(plain) => {
                text.push_str(plain);
                continue;
            }
            Part::Optional(inner) => {
                if let (shown, true) = fill(inner, filling) {
                    text.push_str(&shown);
                }
                continue;
            }
            Part::Fact(index, name) => (*name, filling.env.fact(*index).clone()),
            Part::Param(index, name) => (name.as_str(), filling.env.param(*index).clone()),
            Part::Subject(_, property) => ("", property(filling.subject).into()),
            Part::Settled(name, level) => (*name, filling.commitment.and_then(level).into()),
        };
        is_known &= value != Value::Null;
        text.push_str(&match filling.audience {
            Audience::People => show(name, &value),
            Audience::Machine => bare(&value),
        });
    }
    (text, is_known)
}

fn placeholder(name: &str, names: Names<'_>, span: Range<usize>) -> Result<Part, ExprError> {
    // Before the facts of the same name, so that naming the subject does not become evidence.
    let property = SUBJECT.into_iter().find(|(property, _)| *property == name);
    if let Some((property, read)) = property {
        return Ok(Part::Subject(property, read));
    }
    if let Some((level, read)) = SETTLED.into_iter().find(|(level, _)| *level == name) {
        return Ok(Part::Settled(level, read));
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
    let help = "write `{name}` with the name of a fact or parameter, `[…]` around what is left out where a value in it \
                is not known, and `{{`, `}}`, `[[` or `]]` for the sign itself";
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
        rendered(text, values, audience, None).0
    }

    /// The text, and the same only if all it needs is known.
    fn rendered(
        text: &str,
        values: &[Value],
        audience: Audience,
        commitment: Option<&SettledCommitment>,
    ) -> (String, Option<String>) {
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
        let filling = Filling { env: &env, subject: &subject, commitment, audience };
        let template = compile(text).unwrap();
        (template.render(filling), template.render_known(filling))
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
        assert_eq!(render("{{\"a\": [[1]]}}", &[], Audience::People), "{\"a\": [1]}");
    }

    #[test]
    fn text_in_brackets_is_left_out_where_a_value_in_it_is_not_known() {
        let text = "idle {idle_ratio}[ on {gpu_model}]";
        let known = [Value::Number(0.5), Value::from("H100"), Value::Null];
        let unknown = [Value::Number(0.5), Value::Null, Value::Null];
        assert_eq!(render(text, &known, Audience::People), "idle 50 % on H100");
        assert_eq!(render(text, &unknown, Audience::People), "idle 50 %");
        let text_of = |values: &[Value]| rendered(text, values, Audience::Machine, None).1;
        assert_eq!(text_of(&unknown).as_deref(), Some("idle 0.5"));
        assert_eq!(text_of(&[Value::Null, Value::from("H100"), Value::Null]), None);
    }

    #[test]
    fn what_to_commit_to_is_known_once_the_other_findings_are_counted() {
        let text = "steady[: commit {settled_usd_per_hour} for {settled_machine_count}]";
        let commitment = SettledCommitment {
            on_demand_usd_per_hour: 2.0,
            committed_usd_per_hour: 1.26,
            machine_count: Some(2.0),
        };
        let people = |commitment| rendered(text, &[], Audience::People, commitment).0;
        assert_eq!(people(None), "steady");
        assert_eq!(people(Some(&commitment)), "steady: commit $1.26/h for 2");
        let part = SettledCommitment { machine_count: None, ..commitment };
        assert_eq!(people(Some(&part)), "steady");
        assert!(compile(text).unwrap().shows_commitment());
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
            ("a [b", "rule::syntax", "["),
            ("a ] b", "rule::syntax", "]"),
            ("a [b [c] d]", "rule::syntax", "["),
        ] {
            let error = compile(text).unwrap_err();
            assert_eq!((error.problem.code(), text.get(error.span)), (code, Some(wrong)), "{text}");
        }
    }
}

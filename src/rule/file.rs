//! A rule file as written: its keys, and nothing that needs the facts. Unknown keys are refused.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, de};
use toml::Spanned;

use crate::{
    fact::{SubjectKind, Value},
    finding::{Confidence, Severity},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    pub(super) title: Spanned<String>,
    pub(super) subject: SubjectKind,
    pub(super) severity: Severity,
    pub(super) since: Spanned<String>,
    pub(super) why: Spanned<String>,
    pub(super) false_positives: Spanned<String>,
    pub(super) remedy: Spanned<String>,
    #[serde(default)]
    pub(super) params: BTreeMap<Spanned<String>, ParamEntry>,
    pub(super) judge: JudgeTable,
    pub(super) action: Spanned<ActionTable>,
    pub(super) say: SayTable,
    #[serde(default)]
    pub(super) example: Vec<ExampleEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParamEntry {
    pub(super) default: Spanned<Scalar>,
    pub(super) min: Option<Spanned<f64>>,
    pub(super) max: Option<Spanned<f64>>,
    #[serde(default)]
    pub(super) doc: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JudgeTable {
    pub(super) scope: Spanned<Scalar>,
    pub(super) trust: Spanned<Scalar>,
    pub(super) when: Spanned<Scalar>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SayTable {
    pub(super) message: Spanned<String>,
}

/// `[action]`. Which of the expressions are allowed depends on `do`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActionTable {
    #[serde(rename = "do")]
    pub(super) verb: Spanned<Verb>,
    #[serde(default)]
    pub(super) keeps: Vec<String>,
    pub(super) confidence: Option<Spanned<Scalar>>,
    pub(super) change: Option<ChangeEntry>,
    warmup_hours: Option<Spanned<Scalar>>,
    headroom_ratio: Option<Spanned<Scalar>>,
    min_count: Option<Spanned<Scalar>>,
    cooldown_hours: Option<Spanned<Scalar>>,
    target: Option<Spanned<Scalar>>,
    price_ratio: Option<Spanned<Scalar>>,
    stretch_ratio: Option<Spanned<Scalar>>,
    rework_ratio: Option<Spanned<Scalar>>,
    price_spread_ratio: Option<Spanned<Scalar>>,
    usd_per_request: Option<Spanned<Scalar>>,
    usd_per_month: Option<Spanned<Scalar>>,
}

impl ActionTable {
    /// The expressions that are given, with their keys.
    pub(super) fn arguments(&self) -> impl Iterator<Item = (&'static str, &Spanned<Scalar>)> {
        [
            ("warmup_hours", &self.warmup_hours),
            ("headroom_ratio", &self.headroom_ratio),
            ("min_count", &self.min_count),
            ("cooldown_hours", &self.cooldown_hours),
            ("target", &self.target),
            ("price_ratio", &self.price_ratio),
            ("stretch_ratio", &self.stretch_ratio),
            ("rework_ratio", &self.rework_ratio),
            ("price_spread_ratio", &self.price_spread_ratio),
            ("usd_per_request", &self.usd_per_request),
            ("usd_per_month", &self.usd_per_month),
        ]
        .into_iter()
        .filter_map(|(key, value)| value.as_ref().map(|value| (key, value)))
    }
}

/// What the rule would do: the word of `do`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verb {
    Stop,
    Delete,
    Release,
    Schedule,
    Scale,
    Shrink,
    Resize,
    Reprice,
    Reroute,
    Amount,
    Inform,
}

impl Verb {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Delete => "delete",
            Self::Release => "release",
            Self::Schedule => "schedule",
            Self::Scale => "scale",
            Self::Shrink => "shrink",
            Self::Resize => "resize",
            Self::Reprice => "reprice",
            Self::Reroute => "reroute",
            Self::Amount => "amount",
            Self::Inform => "inform",
        }
    }
}

/// The exact change: one text, or one per provider.
#[derive(Debug)]
pub(super) enum ChangeEntry {
    ForAll(Spanned<String>),
    ByProvider(BTreeMap<Spanned<String>, Spanned<String>>),
}

impl<'de> Deserialize<'de> for ChangeEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<TextOrTable>::deserialize(deserializer)?;
        let span = spanned.span();
        Ok(match spanned.into_inner() {
            TextOrTable::Text(text) => Self::ForAll(Spanned::new(span, text)),
            TextOrTable::Table(table) => Self::ByProvider(table),
        })
    }
}

enum TextOrTable {
    Text(String),
    Table(BTreeMap<Spanned<String>, Spanned<String>>),
}

impl<'de> Deserialize<'de> for TextOrTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = TextOrTable;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a table of one text per provider")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<TextOrTable, E> {
                Ok(TextOrTable::Text(text.to_owned()))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<TextOrTable, A::Error> {
                let table = BTreeMap::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(TextOrTable::Table(table))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExampleEntry {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) given: BTreeMap<Spanned<String>, Spanned<Scalar>>,
    #[serde(default)]
    pub(super) params: BTreeMap<Spanned<String>, Spanned<Scalar>>,
    pub(super) then: ThenEntry,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThenEntry {
    pub(super) verdict: VerdictKind,
    pub(super) because: Option<Vec<Spanned<String>>>,
    pub(super) confidence: Option<Spanned<Confidence>>,
}

/// The four things a rule can say about a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// It is waste.
    Hit,
    /// It is not.
    Clear,
    /// It cannot be judged.
    Unknown,
    /// It is none of the rule's business.
    OutOfScope,
}

impl VerdictKind {
    /// The word in rule files and output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Clear => "clear",
            Self::Unknown => "unknown",
            Self::OutOfScope => "out_of_scope",
        }
    }
}

/// A number, a text or yes/no.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scalar(pub(super) Value);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Scalar;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, a text, true or false")
            }
            fn visit_bool<E: de::Error>(self, answer: bool) -> Result<Scalar, E> {
                Ok(Scalar(Value::Bool(answer)))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar(Value::Number(number as f64)))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Scalar, E> {
                if number.is_finite() {
                    Ok(Scalar(Value::Number(number)))
                } else {
                    Err(E::custom("the number is not finite"))
                }
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(Value::from(text)))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

//! The values of a settings file, each checked while it is read, so that an error points at the value itself.

use std::{fmt, marker::PhantomData};

use jiff::{civil::Date, tz};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::pattern::{self, TagCondition};
use crate::nearest::nearest;

/// A plain value as it was written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found<'a> {
    /// Text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// Another number; TOML knows `nan` and `inf`.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// A date without a time.
    Date(Date),
    /// Something with parts, by its name.
    Compound(&'static str),
}

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "the text `{text}`"),
            Self::Integer(number) => write!(f, "`{number}`"),
            Self::Float(number) => write!(f, "`{number}`"),
            Self::Bool(answer) => write!(f, "`{answer}`"),
            Self::Date(date) => write!(f, "the date {date}"),
            Self::Compound(what) => f.write_str(what),
        }
    }
}

/// A kind of value that is a single word, number or date.
pub(super) trait Scalar: Sized {
    /// What it must be; fits after "must be".
    const EXPECTED: &'static str;
    /// Takes the value if it is one of these.
    fn read(found: Found<'_>) -> Option<Self>;
    /// What to do about a value that is not; a sentence.
    fn help(_found: Found<'_>) -> Option<String> {
        None
    }
    /// Its JSON Schema.
    fn schema() -> Schema;
}

/// The message about a refused value and, after a line break, the help. Readers split it again with [`split_help`].
fn refusal<T: Scalar>(found: Found<'_>) -> String {
    let message = format!("must be {}, but is {found}", T::EXPECTED);
    match T::help(found) {
        Some(help) => format!("{message}\n{help}"),
        None => message,
    }
}

/// A message of [`Scalar`] and its help.
pub(super) fn split_help(message: &str) -> (&str, Option<&str>) {
    match message.split_once('\n') {
        Some((message, help)) => (message, Some(help)),
        None => (message, None),
    }
}

pub(super) struct ScalarVisitor<T>(pub(super) PhantomData<T>);

impl<T: Scalar> ScalarVisitor<T> {
    fn take<E: de::Error>(found: Found<'_>) -> Result<T, E> {
        T::read(found).ok_or_else(|| E::custom(refusal::<T>(found)))
    }
}

impl<'de, T: Scalar> de::Visitor<'de> for ScalarVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Self::take(Found::Text(text))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        Self::take(Found::Integer(number))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        Self::take(Found::Float(number))
    }

    fn visit_bool<E: de::Error>(self, answer: bool) -> Result<T, E> {
        Self::take(Found::Bool(answer))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, _items: A) -> Result<T, A::Error> {
        Self::take(Found::Compound("a list"))
    }

    // TOML hands a date over as a map with a key of its own.
    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let source = de::value::MapAccessDeserializer::new(map);
        match toml::value::Datetime::deserialize(source) {
            Ok(toml::value::Datetime { date: Some(date), time: None, offset: None }) => {
                let date = i16::try_from(date.year).ok().and_then(|year| {
                    let (month, day) =
                        (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
                    Date::new(year, month, day).ok()
                });
                Self::take(date.map_or(Found::Compound("no date of the calendar"), Found::Date))
            }
            Ok(_) => Self::take(Found::Compound("a date with a time")),
            Err(_no_date) => Self::take(Found::Compound("a table")),
        }
    }
}

/// Text in which anything may stand.
pub(super) fn text_schema(description: &str) -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "description": description })
}

macro_rules! scalars {
    ($($(#[$meta:meta])+ $name:ident($inner:ty) = $expected:literal,
        $found:ident => $read:expr, $(help $help:expr,)? schema $schema:expr;)+) => { $(
        $(#[$meta])+
        #[derive(Debug, Clone, PartialEq, PartialOrd)]
        pub(super) struct $name($inner);

        impl Scalar for $name {
            const EXPECTED: &'static str = $expected;
            fn read($found: Found<'_>) -> Option<Self> {
                $read.map(Self)
            }
            $(fn help($found: Found<'_>) -> Option<String> { $help })?
            fn schema() -> Schema {
                $schema
            }
        }

        impl From<$name> for $inner {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                source.deserialize_any(ScalarVisitor(PhantomData))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
                Self::schema()
            }
        }
    )+ };
}

pub(super) use scalars;

scalars! {
    /// Any number but `nan` and `inf`, above zero.
    Rate(f64) = "a number above 0",
        found => number(found).filter(|rate| *rate > 0.0),
        schema json_schema!({ "type": "number", "exclusiveMinimum": 0 });
    /// A currency.
    #[derive(Eq, Ord)]
    CurrencyCode(String) = "the ISO 4217 code of a currency, such as `EUR`",
        found => text(found).filter(|code| is_currency(code)).map(str::to_owned),
        help text(found).map(str::to_uppercase).filter(|code| is_currency(code))
            .map(|code| did_you_mean(&code)),
        schema json_schema!({ "type": "string", "pattern": "^[A-Z]{3}$" });
    /// A share.
    Ratio(f64) = "a number from 0 to 1",
        found => number(found).filter(|ratio| (0.0..=1.0).contains(ratio)),
        help number(found).filter(|ratio| (2.0..=100.0).contains(ratio)).map(|percent| {
            format!("ratios are shares, not percentages: write `{}`", percent / 100.0)
        }),
        schema json_schema!({ "type": "number", "minimum": 0, "maximum": 1 });
    /// A number of days.
    DayCount(i64) = "a whole number of days from 1 on",
        found => whole(found).filter(|days| *days >= 1),
        schema json_schema!({ "type": "integer", "minimum": 1 });
    /// An hour of the day at which something begins.
    StartHour(u8) = "a whole hour from 0 to 23",
        found => hour(found, 0..=23),
        schema json_schema!({ "type": "integer", "minimum": 0, "maximum": 23 });
    /// An hour of the day at which something ends; 24 is midnight.
    EndHour(u8) = "a whole hour from 1 to 24",
        found => hour(found, 1..=24),
        schema json_schema!({ "type": "integer", "minimum": 1, "maximum": 24 });
    /// A day of the week, 0 = Monday.
    Weekday(u8) = "a day of the week: `mon`, `tue`, `wed`, `thu`, `fri`, `sat` or `sun`",
        found => text(found).and_then(weekday),
        help matches!(found, Found::Integer(_)).then(|| {
            "days are written as names, because their numbers mean different days in different tools".to_owned()
        }),
        schema json_schema!({ "type": "string", "enum": WEEKDAYS });
    /// Yes or no.
    Flag(bool) = "`true` or `false`",
        found => if let Found::Bool(answer) = found { Some(answer) } else { None },
        schema json_schema!({ "type": "boolean" });
    /// An IANA time zone that is known here, in its usual spelling.
    ZoneName(String) = "an IANA time zone such as `Europe/Berlin`",
        found => text(found).and_then(zone),
        help text(found).and_then(zone_help),
        schema text_schema("An IANA time zone, such as `Europe/Berlin`.");
    /// A region, `*` as wildcard.
    RegionPattern(String) = "one region in the provider's spelling, such as `eu-central-1` or `europe-*`",
        found => text(found).filter(|name| pattern::is_name_pattern(name)).map(str::to_owned),
        help text(found).and_then(pattern::name_pattern_help),
        schema text_schema("A region; `*` stands for any letters.");
    /// An instance family or type, `*` as wildcard.
    FamilyPattern(String) = "one instance family or type, such as `p5`, `g2-standard-*` or `ml.g5.xlarge`",
        found => text(found).filter(|name| pattern::is_name_pattern(name)).map(str::to_owned),
        help text(found).and_then(pattern::name_pattern_help),
        schema text_schema("An instance family or type; `*` stands for any letters.");
    /// A way to pay.
    PurchaseOption(String) = "`on_demand`, `spot`, `commit_1y` or `commit_3y`",
        found => text(found).filter(|name| PURCHASE_OPTIONS.contains(name)).map(str::to_owned),
        help text(found).and_then(|name| nearest(name, PURCHASE_OPTIONS)).map(did_you_mean),
        schema json_schema!({ "type": "string", "enum": PURCHASE_OPTIONS });
    /// A key of a tag.
    TagKey(String) = "the key of a tag, such as `team`",
        found => text(found).map(str::trim).filter(|key| !key.is_empty() && !key.contains('=')).map(str::to_owned),
        schema text_schema("The key of a tag, compared without case.");
    /// A condition over a tag, `key=value`.
    TagPattern(String) = "a condition on a tag: `key=value`, where `*` stands for any letters",
        found => text(found).filter(|pair| TagCondition::parse(pair).is_some()).map(str::to_owned),
        help text(found).map(str::trim).filter(|key| !key.is_empty() && !key.contains('='))
            .map(|key| format!("write `{key}=*` for any value")),
        schema json_schema!({ "type": "string", "pattern": "^[^=]*[^=\\s][^=]*=.*\\S.*$" });
    /// A column's name in somebody's file.
    ColumnName(String) = "the name of a column in the file",
        found => text(found).filter(|name| !name.is_empty()).map(str::to_owned),
        schema text_schema("The name of the column in the file.");
    /// The id of a rule, `*` as wildcard.
    RulePattern(String) = "the id of a rule such as `gpu-idle`, or a pattern such as `gpu-*`",
        found => text(found).filter(|id| pattern::is_rule_pattern(id)).map(str::to_owned),
        schema json_schema!({ "type": "string", "pattern": "^[a-z0-9*]+(-[a-z0-9*]+)*$" });
    /// A condition in the language of rules; it is read when the rules are known.
    Condition(String) = "a condition over facts, such as `name = 'standby-1'`",
        found => text(found).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned),
        help text(found).map(|_blank| "write `true` to exempt every subject of the rule".to_owned()),
        schema text_schema("A condition over the facts of the subject, in the language of rules.");
    /// Why something is exempt.
    Reason(String) = "a reason that a reader can check",
        found => text(found).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned),
        help text(found).map(|_blank| {
            "say why this is waste on purpose, for whoever reads the report next month".to_owned()
        }),
        schema text_schema("Why this is waste on purpose.");
    /// A day.
    Day(Date) = "a day such as `2027-03-31`",
        found => match found {
            Found::Date(date) => Some(date),
            Found::Text(text) => plain_date(text),
            _ => None,
        },
        schema json_schema!({ "type": "string", "format": "date" });
}

/// The value of a rule's parameter; whether it fits the rule is checked where the rule is known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameter(crate::fact::Value);

impl Scalar for Parameter {
    const EXPECTED: &'static str = "a number, a text, `true` or `false`";

    fn read(found: Found<'_>) -> Option<Self> {
        match found {
            Found::Text(text) => Some(Self(text.into())),
            Found::Bool(answer) => Some(Self(answer.into())),
            Found::Integer(_) | Found::Float(_) => number(found).map(|number| Self(number.into())),
            Found::Date(_) | Found::Compound(_) => None,
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": ["number", "string", "boolean"] })
    }
}

impl From<Parameter> for crate::fact::Value {
    fn from(value: Parameter) -> Self {
        value.0
    }
}

impl<'de> Deserialize<'de> for Parameter {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(ScalarVisitor(PhantomData))
    }
}

impl JsonSchema for Parameter {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Parameter".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        Self::schema()
    }
}

/// Days of the week as they are written, Monday first.
pub(super) const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Ways to pay that a price may have.
const PURCHASE_OPTIONS: [&str; 4] = ["on_demand", "spot", "commit_1y", "commit_3y"];

/// The text that was found.
pub(super) fn text(found: Found<'_>) -> Option<&str> {
    if let Found::Text(text) = found { Some(text) } else { None }
}

/// A finite number. Whole numbers beyond 2^53 are no setting, so that rounding them does not matter.
fn number(found: Found<'_>) -> Option<f64> {
    match found {
        Found::Integer(number) => Some(number as f64),
        Found::Float(number) => Some(number).filter(|number| number.is_finite()),
        _ => None,
    }
}

fn whole(found: Found<'_>) -> Option<i64> {
    if let Found::Integer(number) = found { Some(number) } else { None }
}

fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase())
}

fn hour(found: Found<'_>, range: std::ops::RangeInclusive<u8>) -> Option<u8> {
    whole(found).and_then(|hour| u8::try_from(hour).ok()).filter(|hour| range.contains(hour))
}

fn weekday(name: &str) -> Option<u8> {
    WEEKDAYS.iter().position(|day| *day == name).and_then(|day| u8::try_from(day).ok())
}

fn zone(name: &str) -> Option<String> {
    let zone = tz::TimeZone::get(name).ok()?;
    zone.iana_name().map(str::to_owned)
}

fn zone_help(name: &str) -> Option<String> {
    let known: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
    let city = |zone: &&String| {
        zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(name))
    };
    let found = known.iter().find(city).map(String::as_str);
    found.or_else(|| nearest(name, known.iter().map(String::as_str))).map(did_you_mean)
}

/// Only `YYYY-MM-DD`: a time of day would be read as exact, and it would not be.
fn plain_date(text: &str) -> Option<Date> {
    let is_plain =
        text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_plain { text.parse().ok() } else { None }
}

/// The sentence that offers another name.
pub(super) fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}

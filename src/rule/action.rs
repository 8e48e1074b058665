//! What a rule would do: which expressions each action takes, and the action they give for one subject.

use super::{
    expr::{Env, Program},
    file::Verb,
};
use crate::{
    fact::{FactType, Value},
    finding::Action,
};

/// An expression that an action takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) fact_type: FactType,
    /// The value if the key is absent; without one the key must be there.
    pub(super) default: Option<f64>,
}

const fn number(name: &'static str) -> Key {
    Key { name, fact_type: FactType::Number, default: None }
}

const fn optional(name: &'static str, default: f64) -> Key {
    Key { name, fact_type: FactType::Number, default: Some(default) }
}

const TARGET: Key = Key { name: "target", fact_type: FactType::Text, default: None };

/// The expressions of an action, in the order in which their facts become evidence.
pub(super) fn keys(verb: Verb) -> &'static [Key] {
    match verb {
        Verb::Stop | Verb::Delete | Verb::Release | Verb::Inform => &[],
        Verb::Schedule => const { &[optional("warmup_hours", 1.0)] },
        Verb::Scale => {
            const { &[number("headroom_ratio"), number("min_count"), optional("cooldown_hours", 1.0)] }
        }
        Verb::Shrink => const { &[number("headroom_ratio"), number("min_count")] },
        Verb::Resize => const { &[TARGET, number("price_ratio"), optional("stretch_ratio", 1.0)] },
        Verb::Reprice => {
            const {
                &[
                    TARGET,
                    number("price_ratio"),
                    optional("rework_ratio", 0.0),
                    optional("price_spread_ratio", 0.0),
                ]
            }
        }
        Verb::Reroute => const { &[number("usd_per_request")] },
        Verb::Amount => const { &[number("usd_per_month")] },
    }
}

/// An action with its expressions, checked.
#[derive(Debug, Clone)]
pub(super) struct ActionProgram {
    pub(super) verb: Verb,
    pub(super) arguments: Vec<(&'static str, Program)>,
}

impl ActionProgram {
    /// The action for one subject. `None` if something it cannot be stated without is not known; an unknown price
    /// or amount is no obstacle, its saving is unknown then.
    pub(super) fn act(&self, env: &Env<'_>) -> Option<Action> {
        let value = |key: &str| {
            let argument = self.arguments.iter().find(|(name, _)| *name == key);
            argument.map_or(Value::Null, |(_, program)| program.value(env))
        };
        let number = |key: &str| value(key).number();
        let target = || value("target").text().map(str::to_owned);
        Some(match self.verb {
            Verb::Stop | Verb::Delete | Verb::Release => Action::Stop { verb: self.verb.word() },
            Verb::Schedule => Action::Schedule { warmup_hours: number("warmup_hours")? },
            Verb::Scale => Action::Scale {
                headroom_ratio: number("headroom_ratio")?,
                min_count: number("min_count")?,
                cooldown_hours: number("cooldown_hours")?,
            },
            Verb::Shrink => Action::Shrink {
                headroom_ratio: number("headroom_ratio")?,
                min_count: number("min_count")?,
            },
            Verb::Resize => Action::Resize {
                target: target()?,
                price_ratio: number("price_ratio"),
                stretch_ratio: number("stretch_ratio")?,
            },
            Verb::Reprice => Action::Reprice {
                target: target()?,
                price_ratio: number("price_ratio"),
                rework_ratio: number("rework_ratio")?,
                price_spread_ratio: number("price_spread_ratio")?,
            },
            Verb::Reroute => Action::Reroute { usd_per_request: number("usd_per_request") },
            Verb::Amount => Action::Amount { usd_per_month: number("usd_per_month") },
            Verb::Inform => Action::Inform,
        })
    }
}

//! Computing the value of checked code for one subject, in SQL's three-valued logic.

use super::{
    code::{Arithmetic, Code, Comparison, Function, Ordering},
    program::Program,
};
use crate::fact::Value;

/// What code reads: the facts of one subject and the parameters of the rule.
#[derive(Debug, Clone, Copy)]
pub(in crate::rule) struct Env<'a> {
    /// The subject's values.
    pub(in crate::rule) values: &'a [Value],
    /// For each fact the code was checked against, its position among the values.
    pub(in crate::rule) positions: &'a [Option<usize>],
    /// Values of the parameters.
    pub(in crate::rule) params: &'a [Value],
}

impl<'a> Env<'a> {
    /// The value of a fact. One that the table does not hold is not known.
    pub(in crate::rule) fn fact(&self, index: usize) -> &'a Value {
        let position = self.positions.get(index).copied().flatten();
        position.and_then(|position| self.values.get(position)).unwrap_or(&Value::Null)
    }

    /// The value of a parameter.
    pub(in crate::rule) fn param(&self, index: usize) -> &'a Value {
        self.params.get(index).unwrap_or(&Value::Null)
    }
}

impl Program {
    /// The value for one subject.
    pub(in crate::rule) fn value(&self, env: &Env<'_>) -> Value {
        self.code.value(env)
    }

    /// The facts because of which the program is not true: those that its failing parts read and that are null, or all
    /// that they read if none is. Parts are joined by `AND`; both sides of an `OR` fail, for neither was enough.
    pub(in crate::rule) fn blame(&self, env: &Env<'_>) -> Vec<usize> {
        let mut blamed = Vec::new();
        self.code.blame(env, &mut blamed);
        let is_null = |index: &usize| *env.fact(*index) == Value::Null;
        if blamed.iter().any(is_null) {
            blamed.retain(is_null);
        }
        blamed
    }
}

impl Code {
    fn blame(&self, env: &Env<'_>, blamed: &mut Vec<usize>) {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                for side in [left, right] {
                    if side.bool(env) != Some(true) {
                        side.blame(env, blamed);
                    }
                }
            }
            part => part.facts(blamed),
        }
    }

    fn value(&self, env: &Env<'_>) -> Value {
        match self {
            Self::Constant(value) => value.clone(),
            Self::Fact(index) => env.fact(*index).clone(),
            Self::Param(index) => env.param(*index).clone(),
            Self::Not(inner) => Value::from(inner.bool(env).map(|answer| !answer)),
            Self::Minus(inner) => Value::from(inner.number(env).map(|number| -number)),
            Self::And(left, right) => Value::from(junction(left, right, env, false)),
            Self::Or(left, right) => Value::from(junction(left, right, env, true)),
            Self::Arithmetic(operator, left, right) => {
                match (left.number(env), right.number(env)) {
                    (Some(left), Some(right)) => arithmetic(*operator, left, right),
                    _ => Value::Null,
                }
            }
            Self::Compare(comparison, left, right) => {
                Value::from(compare(*comparison, &left.value(env), &right.value(env)))
            }
            Self::Between(parts) => Value::from(between(parts, env)),
            Self::In(value, list) => Value::from(contains(&value.value(env), list, env)),
            Self::Like(value, pattern) => {
                match (value.value(env).text(), pattern.value(env).text()) {
                    (Some(text), Some(pattern)) => Value::Bool(like(text, pattern)),
                    _ => Value::Null,
                }
            }
            Self::IsNull(inner) => Value::Bool(inner.value(env) == Value::Null),
            Self::Case(branches, otherwise) => branches
                .iter()
                .find(|(when, _)| when.bool(env) == Some(true))
                .map_or(&**otherwise, |(_, then)| then)
                .value(env),
            Self::Call(function, arguments) => call(*function, arguments, env),
        }
    }

    fn bool(&self, env: &Env<'_>) -> Option<bool> {
        self.value(env).bool()
    }

    fn number(&self, env: &Env<'_>) -> Option<f64> {
        self.value(env).number()
    }
}

/// `AND` is decided by one false, `OR` by one true, whatever the other side is; else an unknown side decides.
fn junction(left: &Code, right: &Code, env: &Env<'_>, decisive: bool) -> Option<bool> {
    let left = left.bool(env);
    if left == Some(decisive) {
        return left;
    }
    let right = right.bool(env);
    if right == Some(decisive) { right } else { left.and(right) }
}

fn arithmetic(operator: Arithmetic, left: f64, right: f64) -> Value {
    // What is not finite, as a division by zero, is not known.
    Value::from(match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
    })
}

fn compare(comparison: Comparison, left: &Value, right: &Value) -> Option<bool> {
    let ordering = match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(right)?,
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        _ => return None,
    };
    Some(match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Ordered(wanted) => wanted.holds(ordering),
    })
}

fn between(parts: &[Code; 3], env: &Env<'_>) -> Option<bool> {
    let [value, low, high] = parts.each_ref().map(|part| part.value(env));
    let above = compare(Comparison::Ordered(Ordering::GreaterOrEqual), &value, &low);
    let below = compare(Comparison::Ordered(Ordering::LessOrEqual), &value, &high);
    if above == Some(false) || below == Some(false) { Some(false) } else { above.and(below) }
}

/// True if an item equals the value, else unknown if an item or the value is.
fn contains(value: &Value, list: &[Code], env: &Env<'_>) -> Option<bool> {
    let mut answer = Some(false);
    for item in list {
        match compare(Comparison::Equal, value, &item.value(env)) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => answer = None,
        }
    }
    answer
}

/// Whether the whole text fits the pattern: `%` is any run of characters, `_` is any one; case matters.
fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) =
        (text.chars().collect(), pattern.chars().collect());
    let (mut at, mut part) = (0, 0);
    // The last `%` and the text position it was tried with: where to go on after a mismatch.
    let mut retry: Option<(usize, usize)> = None;
    while let Some(letter) = text.get(at) {
        match pattern.get(part) {
            Some('%') => {
                retry = Some((part, at));
                part += 1;
            }
            Some(wanted) if *wanted == '_' || wanted == letter => {
                at += 1;
                part += 1;
            }
            _ => {
                let Some((percent, tried)) = retry else { return false };
                retry = Some((percent, tried + 1));
                (part, at) = (percent + 1, tried + 1);
            }
        }
    }
    pattern.iter().skip(part).all(|rest| *rest == '%')
}

fn call(function: Function, arguments: &[Code], env: &Env<'_>) -> Value {
    let values: Vec<Value> = arguments.iter().map(|argument| argument.value(env)).collect();
    if function == Function::Lower {
        let text = values.first().and_then(Value::text);
        return text.map_or(Value::Null, |text| Value::from(text.to_lowercase().as_str()));
    }
    let Some(numbers) = values.iter().map(Value::number).collect::<Option<Vec<f64>>>() else {
        return Value::Null;
    };
    let result = match function {
        Function::Greatest => numbers.into_iter().reduce(f64::max),
        Function::Least => numbers.into_iter().reduce(f64::min),
        Function::Abs => numbers.first().map(|number| number.abs()),
        Function::Ceil => numbers.first().map(|number| number.ceil()),
        Function::Floor => numbers.first().map(|number| number.floor()),
        Function::Round => numbers.first().map(|number| number.round()),
        Function::Lower => None,
    };
    Value::from(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fact::{FactSpec, FactType, SubjectKind},
        rule::expr::Names,
    };

    const FACTS: &[FactSpec] = &[
        FactSpec { name: "cost_usd", fact_type: FactType::Number, doc: "", null_means: "?" },
        FactSpec { name: "blind_usd", fact_type: FactType::Number, doc: "", null_means: "?" },
        FactSpec { name: "zone", fact_type: FactType::Text, doc: "", null_means: "?" },
        FactSpec { name: "blind_zone", fact_type: FactType::Text, doc: "", null_means: "?" },
        FactSpec { name: "is_blind", fact_type: FactType::Bool, doc: "", null_means: "?" },
    ];

    /// The value where `cost_usd` is 8, `zone` is `eu-west-1` and everything blind is null.
    fn eval(text: &str) -> Value {
        let names = Names { subject: SubjectKind::Volume, facts: FACTS, params: &[] };
        let program = [FactType::Bool, FactType::Number, FactType::Text]
            .into_iter()
            .find_map(|wanted| Program::compile(text, names, wanted).ok())
            .unwrap_or_else(|| panic!("{text} does not compile"));
        let values =
            [Value::Number(8.0), Value::Null, Value::from("eu-west-1"), Value::Null, Value::Null];
        let positions: Vec<Option<usize>> = (0..5).map(Some).collect();
        program.value(&Env { values: &values, positions: &positions, params: &[] })
    }

    const TRUE: Value = Value::Bool(true);
    const FALSE: Value = Value::Bool(false);
    const NULL: Value = Value::Null;

    #[test]
    fn logic_has_three_values() {
        for (left, right, and, or) in [
            ("TRUE", "TRUE", TRUE, TRUE),
            ("TRUE", "FALSE", FALSE, TRUE),
            ("TRUE", "is_blind", NULL, TRUE),
            ("FALSE", "TRUE", FALSE, TRUE),
            ("FALSE", "FALSE", FALSE, FALSE),
            ("FALSE", "is_blind", FALSE, NULL),
            ("is_blind", "TRUE", NULL, TRUE),
            ("is_blind", "FALSE", FALSE, NULL),
            ("is_blind", "is_blind", NULL, NULL),
        ] {
            assert_eq!(eval(&format!("{left} AND {right}")), and, "{left} AND {right}");
            assert_eq!(eval(&format!("{left} OR {right}")), or, "{left} OR {right}");
        }
        assert_eq!(eval("NOT TRUE"), FALSE);
        assert_eq!(eval("NOT is_blind"), NULL);
    }

    #[test]
    fn null_spreads_through_everything_but_is_null() {
        for text in [
            "blind_usd + 1",
            "-blind_usd",
            "blind_usd < 1",
            "blind_usd = blind_usd",
            "blind_zone != 'a'",
            "blind_zone LIKE '%'",
            "blind_usd IN (1)",
            "cost_usd IN (1, blind_usd)",
            "cost_usd NOT IN (1, blind_usd)",
            "cost_usd BETWEEN blind_usd AND 9",
            "least(1, blind_usd)",
            "greatest(blind_usd, 1)",
            "abs(blind_usd)",
            "lower(blind_zone)",
            "CASE WHEN FALSE THEN 1 END",
        ] {
            assert_eq!(eval(text), NULL, "{text}");
        }
        assert_eq!(eval("blind_usd IS NULL"), TRUE);
        assert_eq!(eval("cost_usd IS NOT NULL"), TRUE);
    }

    #[test]
    fn a_null_does_not_hide_what_is_certain() {
        assert_eq!(eval("cost_usd IN (8, blind_usd)"), TRUE);
        assert_eq!(eval("cost_usd BETWEEN blind_usd AND 7"), FALSE);
        assert_eq!(eval("cost_usd BETWEEN 9 AND blind_usd"), FALSE);
        assert_eq!(eval("CASE WHEN is_blind THEN 1 ELSE 2 END"), Value::Number(2.0));
    }

    #[test]
    fn a_division_by_zero_is_not_known() {
        assert_eq!(eval("cost_usd / 0"), NULL);
        assert_eq!(eval("0 / 0"), NULL);
        assert_eq!(eval("cost_usd / 0 > 1"), NULL);
        assert_eq!(eval("1e308 * 10"), NULL);
        assert_eq!(eval("cost_usd / 2"), Value::Number(4.0));
    }

    #[test]
    fn numbers_compare_and_compute() {
        for (text, expected) in [
            ("cost_usd < 8", FALSE),
            ("cost_usd <= 8", TRUE),
            ("cost_usd > 8", FALSE),
            ("cost_usd >= 8", TRUE),
            ("cost_usd <> 8", FALSE),
            ("cost_usd BETWEEN 8 AND 8", TRUE),
            ("cost_usd NOT BETWEEN 1 AND 2", TRUE),
            ("2 + 3 * 4 = 14", TRUE),
            ("-cost_usd = 0 - 8", TRUE),
            ("least(3, 1, 2) = 1 AND greatest(3, 1, 2) = 3", TRUE),
            ("ceil(1.2) = 2 AND floor(1.8) = 1 AND round(2.5) = 3 AND abs(-1) = 1", TRUE),
        ] {
            assert_eq!(eval(text), expected, "{text}");
        }
    }

    #[test]
    fn like_knows_percent_and_underscore() {
        for (pattern, expected) in [
            ("eu-%", TRUE),
            ("%west%", TRUE),
            ("%-1", TRUE),
            ("eu_west_1", TRUE),
            ("eu", FALSE),
            ("%_eu%", FALSE),
            ("EU-%", FALSE),
            ("%w%t%", TRUE),
            ("eu-west-1%", TRUE),
            ("", FALSE),
        ] {
            assert_eq!(eval(&format!("zone LIKE '{pattern}'")), expected, "{pattern}");
        }
        assert_eq!(eval("lower('EU') = 'eu'"), TRUE);
    }
}

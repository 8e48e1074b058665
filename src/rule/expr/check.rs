//! Names and types: from the tree as written to code that cannot fail.

use std::ops::Range;

use super::{
    ExprError, Problem,
    code::{Arithmetic, Code, Comparison, Function, Ordering},
    program::{Names, type_of},
    tree::{Expr, Node},
};
use crate::{
    fact::{FactType, Value},
    nearest::nearest,
};

/// Code with what is known about its values. The type of a bare `NULL` is open.
pub(super) struct Typed {
    pub(super) code: Code,
    pub(super) fact_type: Option<FactType>,
    pub(super) is_nullable: bool,
}

impl Typed {
    pub(super) fn name(&self) -> String {
        self.fact_type.map_or_else(|| "NULL".to_owned(), |fact_type| fact_type.to_string())
    }
}

/// Checks an expression and notes what it reads, each name once, in order of appearance.
pub(super) struct Checker<'a> {
    names: Names<'a>,
    pub(super) facts: Vec<usize>,
    pub(super) params: Vec<usize>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(names: Names<'a>) -> Self {
        Self { names, facts: Vec::new(), params: Vec::new() }
    }

    pub(super) fn check(&mut self, expr: &Expr) -> Result<Typed, ExprError> {
        let bool = |code, is_nullable| Typed { code, fact_type: Some(FactType::Bool), is_nullable };
        let number = |code, nullable| Typed {
            code,
            fact_type: Some(FactType::Number),
            is_nullable: nullable,
        };
        Ok(match &expr.node {
            Node::Literal(value) => Typed {
                fact_type: type_of(value),
                is_nullable: *value == Value::Null,
                code: Code::Constant(value.clone()),
            },
            Node::Name(name) => self.name(name, expr)?,
            Node::Not(inner) => {
                let inner = self.typed(inner, FactType::Bool, "`NOT`")?;
                bool(Code::Not(Box::new(inner.code)), inner.is_nullable)
            }
            Node::Minus(inner) => {
                let inner = self.typed(inner, FactType::Number, "`-`")?;
                number(Code::Minus(Box::new(inner.code)), inner.is_nullable)
            }
            Node::Logic(word, left, right) => {
                let operator = format!("`{word}`");
                let left = self.typed(left, FactType::Bool, &operator)?;
                let right = self.typed(right, FactType::Bool, &operator)?;
                let is_nullable = left.is_nullable || right.is_nullable;
                let (left, right) = (Box::new(left.code), Box::new(right.code));
                let is_and = *word == "AND";
                bool(
                    if is_and { Code::And(left, right) } else { Code::Or(left, right) },
                    is_nullable,
                )
            }
            Node::Arithmetic(word, left, right) => {
                let operator = format!("`{word}`");
                let left = self.typed(left, FactType::Number, &operator)?;
                let right = self.typed(right, FactType::Number, &operator)?;
                let arithmetic = match *word {
                    "+" => Arithmetic::Add,
                    "-" => Arithmetic::Subtract,
                    "*" => Arithmetic::Multiply,
                    _ => Arithmetic::Divide,
                };
                let is_nullable =
                    left.is_nullable || right.is_nullable || arithmetic == Arithmetic::Divide;
                let code = Code::Arithmetic(arithmetic, Box::new(left.code), Box::new(right.code));
                number(code, is_nullable)
            }
            Node::Comparison(word, left, right) => {
                let (left, right) = self.comparison(word, left, right)?;
                let is_nullable = left.is_nullable || right.is_nullable;
                bool(
                    Code::Compare(comparison(word), Box::new(left.code), Box::new(right.code)),
                    is_nullable,
                )
            }
            Node::Between(value, low, high) => {
                let [value, low, high] = [
                    self.typed(value, FactType::Number, "`BETWEEN`")?,
                    self.typed(low, FactType::Number, "`BETWEEN`")?,
                    self.typed(high, FactType::Number, "`BETWEEN`")?,
                ];
                let is_nullable = value.is_nullable || low.is_nullable || high.is_nullable;
                let parts = Box::new([value.code, low.code, high.code]);
                bool(Code::Between(parts), is_nullable)
            }
            Node::In(value, list) => {
                let checked = self.check(value)?;
                let mut is_nullable = checked.is_nullable;
                let mut items = Vec::with_capacity(list.len());
                for item in list {
                    let typed = self.check(item)?;
                    same_type(&checked, &typed, item, "`IN`")?;
                    is_nullable |= typed.is_nullable;
                    items.push(typed.code);
                }
                bool(Code::In(Box::new(checked.code), items), is_nullable)
            }
            Node::Like(value, pattern) => {
                let value = self.typed(value, FactType::Text, "`LIKE`")?;
                let pattern = self.typed(pattern, FactType::Text, "`LIKE`")?;
                let is_nullable = value.is_nullable || pattern.is_nullable;
                bool(Code::Like(Box::new(value.code), Box::new(pattern.code)), is_nullable)
            }
            Node::IsNull(inner) => {
                let inner = self.check(inner)?;
                bool(Code::IsNull(Box::new(inner.code)), false)
            }
            Node::Case(branches, otherwise) => self.case(branches, otherwise.as_deref())?,
            Node::Call(name, arguments) => self.call(name, arguments, expr)?,
        })
    }

    fn name(&mut self, name: &str, expr: &Expr) -> Result<Typed, ExprError> {
        let param = self.names.params.iter().enumerate().find(|(_, (param, _))| param == name);
        if let Some((index, (_, fact_type))) = param {
            push_once(&mut self.params, index);
            return Ok(Typed {
                code: Code::Param(index),
                fact_type: Some(*fact_type),
                is_nullable: false,
            });
        }
        let fact = self.names.facts.iter().enumerate().find(|(_, fact)| fact.name == name);
        if let Some((index, fact)) = fact {
            push_once(&mut self.facts, index);
            return Ok(Typed {
                code: Code::Fact(index),
                fact_type: Some(fact.fact_type),
                is_nullable: !fact.null_means.is_empty(),
            });
        }
        Err(ExprError { problem: self.names.unknown(name), span: expr.span.clone() })
    }

    /// Checks an operand that must have a type or be null.
    fn typed(&mut self, expr: &Expr, wanted: FactType, operator: &str) -> Result<Typed, ExprError> {
        let typed = self.check(expr)?;
        if typed.fact_type.is_none_or(|found| found == wanted) {
            return Ok(typed);
        }
        Err(mismatch(
            expr.span.clone(),
            format!("{operator} takes a {wanted}, this is a {}", typed.name()),
            match wanted {
                FactType::Bool => "compare it with something: `count > 0`",
                FactType::Number => "only numbers have an order and can be computed with",
                FactType::Text => "text is a fact of type text or is written in single quotes",
            },
        ))
    }

    fn comparison(
        &mut self,
        word: &str,
        left: &Expr,
        right: &Expr,
    ) -> Result<(Typed, Typed), ExprError> {
        for side in [left, right] {
            if side.node == Node::Literal(Value::Null) {
                return Err(mismatch(
                    side.span.clone(),
                    "a comparison with NULL is never true".to_owned(),
                    "write `IS NULL` or `IS NOT NULL`",
                ));
            }
        }
        if matches!(word, "=" | "!=") {
            let (checked_left, checked_right) = (self.check(left)?, self.check(right)?);
            same_type(&checked_left, &checked_right, right, &format!("`{word}`"))?;
            return Ok((checked_left, checked_right));
        }
        let operator = format!("`{word}`");
        let left = self.typed(left, FactType::Number, &operator)?;
        Ok((left, self.typed(right, FactType::Number, &operator)?))
    }

    fn case(
        &mut self,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
    ) -> Result<Typed, ExprError> {
        let mut result = Typed {
            code: Code::Constant(Value::Null),
            fact_type: None,
            is_nullable: otherwise.is_none(),
        };
        let mut checked = Vec::with_capacity(branches.len());
        for (when, then) in branches {
            let when = self.typed(when, FactType::Bool, "`WHEN`")?;
            let value = self.check(then)?;
            same_type(&result, &value, then, "`CASE`")?;
            result.fact_type = result.fact_type.or(value.fact_type);
            result.is_nullable |= value.is_nullable;
            checked.push((when.code, value.code));
        }
        if let Some(expr) = otherwise {
            let value = self.check(expr)?;
            same_type(&result, &value, expr, "`CASE`")?;
            result.fact_type = result.fact_type.or(value.fact_type);
            result.is_nullable |= value.is_nullable;
            result.code = value.code;
        }
        result.code = Code::Case(checked, Box::new(result.code));
        Ok(result)
    }

    fn call(&mut self, name: &str, arguments: &[Expr], expr: &Expr) -> Result<Typed, ExprError> {
        let Some(function) = Function::parse(name) else {
            let span = expr.span.start..expr.span.start + name.len();
            let help = unknown_function_help(name);
            return Err(ExprError {
                problem: Problem::UnknownFunction { name: name.to_owned(), help },
                span,
            });
        };
        let fits = if function.is_list() { arguments.len() >= 2 } else { arguments.len() == 1 };
        if !fits {
            let wanted = if function.is_list() { "two or more values" } else { "one value" };
            return Err(mismatch(
                expr.span.clone(),
                format!("`{name}` takes {wanted}, {} are given", arguments.len()),
                "separate values with `,`",
            ));
        }
        let fact_type = if function == Function::Lower { FactType::Text } else { FactType::Number };
        let mut codes = Vec::with_capacity(arguments.len());
        let mut is_nullable = false;
        for argument in arguments {
            let typed = self.typed(argument, fact_type, &format!("`{name}`"))?;
            is_nullable |= typed.is_nullable;
            codes.push(typed.code);
        }
        Ok(Typed { code: Code::Call(function, codes), fact_type: Some(fact_type), is_nullable })
    }
}

fn unknown_function_help(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let functions = Function::ALL.map(Function::word);
    match lower.as_str() {
        "coalesce" | "ifnull" | "nvl" | "nullif" => {
            "what is not known stays unknown: ask for it in `trust`, or test it with `IS NULL`"
                .to_owned()
        }
        "sum" | "avg" | "mean" | "count" | "min" | "max" | "median" | "percentile" => {
            "rules see one subject: use the fact that measures it, or `least` and `greatest`"
                .to_owned()
        }
        _ => match nearest(&lower, functions) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("the functions are {}", functions.join(", ")),
        },
    }
}

/// Refuses two values of known and different types; the place is that of the second.
fn same_type(first: &Typed, second: &Typed, place: &Expr, operator: &str) -> Result<(), ExprError> {
    match (first.fact_type, second.fact_type) {
        (Some(a), Some(b)) if a != b => Err(mismatch(
            place.span.clone(),
            format!("{operator} needs values of one type, a {a} comes first and this is a {b}"),
            "write text in single quotes and numbers without",
        )),
        _ => Ok(()),
    }
}

pub(super) fn mismatch(span: Range<usize>, message: String, help: &str) -> ExprError {
    ExprError { problem: Problem::TypeMismatch { message, help: help.to_owned() }, span }
}

fn comparison(word: &str) -> Comparison {
    match word {
        "=" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Ordered(Ordering::Less),
        "<=" => Comparison::Ordered(Ordering::LessOrEqual),
        ">" => Comparison::Ordered(Ordering::Greater),
        _ => Comparison::Ordered(Ordering::GreaterOrEqual),
    }
}

fn push_once(list: &mut Vec<usize>, index: usize) {
    if !list.contains(&index) {
        list.push(index);
    }
}

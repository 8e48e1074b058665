//! Names and types: from the tree as written to code that cannot fail.

use std::ops::Range;

use super::{
    ExprError, Problem,
    eval::{Arithmetic, Code, Comparison, Function, Ordering},
    parse::{Expr, Node, parse},
};
use crate::{
    fact::{FactSpec, FactType, SubjectKind, Value},
    rule::nearest::nearest,
};

/// What an expression may name.
#[derive(Debug, Clone, Copy)]
pub(in crate::rule) struct Names<'a> {
    /// Whose facts.
    pub(in crate::rule) subject: SubjectKind,
    /// The facts; code refers to them by position.
    pub(in crate::rule) facts: &'a [FactSpec],
    /// Names and types of parameters; code refers to them by position.
    pub(in crate::rule) params: &'a [(String, FactType)],
}

impl Names<'_> {
    /// The refusal of a name that is neither.
    pub(in crate::rule) fn unknown(&self, name: &str) -> Problem {
        let known = self.facts.iter().map(|fact| fact.name);
        let known = known.chain(self.params.iter().map(|(param, _)| param.as_str()));
        Problem::UnknownFact {
            name: name.to_owned(),
            subject: self.subject,
            nearest: nearest(name, known).map(str::to_owned),
        }
    }
}

/// An expression that was checked: it names only what exists and its types fit.
#[derive(Debug, Clone)]
pub(in crate::rule) struct Program {
    pub(super) code: Code,
    /// Positions of the facts it reads, in order of appearance, each once.
    pub(in crate::rule) facts: Vec<usize>,
    /// Positions of the parameters it reads, in order of appearance, each once.
    pub(in crate::rule) params: Vec<usize>,
    /// Whether it can yield null for a subject whose facts are null only where their documentation allows it.
    pub(in crate::rule) is_nullable: bool,
    /// The expression as written.
    pub(in crate::rule) text: String,
    /// Text literals that it can yield as they are, with their bytes in the expression.
    pub(in crate::rule) words: Vec<(String, Range<usize>)>,
}

impl Program {
    /// Reads and checks an expression that must yield `wanted` or null.
    pub(in crate::rule) fn compile(
        text: &str,
        names: Names<'_>,
        wanted: FactType,
    ) -> Result<Self, ExprError> {
        let expr = parse(text)?;
        let mut checker = Checker { names, facts: Vec::new(), params: Vec::new() };
        let typed = checker.check(&expr)?;
        if typed.fact_type.is_some_and(|found| found != wanted) {
            let found = typed.name();
            return Err(mismatch(
                expr.span,
                format!("a {wanted} is expected here, the expression yields a {found}"),
                match wanted {
                    FactType::Bool => "compare it with something: `count > 0`",
                    FactType::Number => "build it from facts and parameters of type number",
                    FactType::Text => "text is a fact of type text or is written in single quotes",
                },
            ));
        }
        let mut words = Vec::new();
        collect_words(&expr, &mut words);
        let Checker { facts, params, .. } = checker;
        Ok(Self {
            code: typed.code,
            facts,
            params,
            is_nullable: typed.is_nullable,
            text: text.to_owned(),
            words,
        })
    }

    /// The program of a bare value.
    pub(in crate::rule) fn constant(value: Value) -> Self {
        let text = match &value {
            Value::Null => "NULL".to_owned(),
            Value::Bool(answer) => answer.to_string().to_uppercase(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => format!("'{text}'"),
        };
        Self {
            is_nullable: value == Value::Null,
            code: Code::Constant(value),
            facts: Vec::new(),
            params: Vec::new(),
            text,
            words: Vec::new(),
        }
    }
}

/// Code with what is known about its values. The type of a bare `NULL` is open.
struct Typed {
    code: Code,
    fact_type: Option<FactType>,
    is_nullable: bool,
}

impl Typed {
    fn name(&self) -> String {
        self.fact_type.map_or_else(|| "NULL".to_owned(), |fact_type| fact_type.to_string())
    }
}

struct Checker<'a> {
    names: Names<'a>,
    facts: Vec<usize>,
    params: Vec<usize>,
}

impl Checker<'_> {
    fn check(&mut self, expr: &Expr) -> Result<Typed, ExprError> {
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

fn mismatch(span: Range<usize>, message: String, help: &str) -> ExprError {
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

/// Type of a value; open for null.
pub(in crate::rule) fn type_of(value: &Value) -> Option<FactType> {
    match value {
        Value::Null => None,
        Value::Bool(_) => Some(FactType::Bool),
        Value::Number(_) => Some(FactType::Number),
        Value::Text(_) => Some(FactType::Text),
    }
}

fn collect_words(expr: &Expr, words: &mut Vec<(String, Range<usize>)>) {
    match &expr.node {
        Node::Literal(Value::Text(text)) => words.push((text.to_string(), expr.span.clone())),
        Node::Case(branches, otherwise) => {
            let results = branches.iter().map(|(_, then)| then);
            results.chain(otherwise.as_deref()).for_each(|result| collect_words(result, words));
        }
        _ => {}
    }
}

fn push_once(list: &mut Vec<usize>, index: usize) {
    if !list.contains(&index) {
        list.push(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: &[FactSpec] = &[
        spec("state", FactType::Text, ""),
        spec("running_hours", FactType::Number, "Not seen."),
        spec("age_days", FactType::Number, ""),
        spec("is_production", FactType::Bool, ""),
    ];

    const fn spec(name: &'static str, fact_type: FactType, null_means: &'static str) -> FactSpec {
        FactSpec { name, fact_type, doc: "", null_means }
    }

    fn compile(text: &str, wanted: FactType) -> Result<Program, ExprError> {
        let params = [("min_running_hours".to_owned(), FactType::Number)];
        let names = Names { subject: SubjectKind::Accelerator, facts: FACTS, params: &params };
        Program::compile(text, names, wanted)
    }

    #[test]
    fn each_refusal_has_its_code_and_place() {
        for (text, code, wrong) in [
            ("runing_hours > 1", "rule::unknown_fact", "runing_hours"),
            ("state > 1", "rule::type_mismatch", "state"),
            ("state = 1", "rule::type_mismatch", "1"),
            ("state = NULL", "rule::type_mismatch", "NULL"),
            ("running_hours AND TRUE", "rule::type_mismatch", "running_hours"),
            ("NOT running_hours", "rule::type_mismatch", "running_hours"),
            ("running_hours + 1", "rule::type_mismatch", "running_hours + 1"),
            ("state + 1 > 2", "rule::type_mismatch", "state"),
            ("running_hours IN (1, 'two')", "rule::type_mismatch", "'two'"),
            ("running_hours LIKE 'a'", "rule::type_mismatch", "running_hours"),
            ("state BETWEEN 1 AND 2", "rule::type_mismatch", "state"),
            ("CASE WHEN 1 THEN TRUE END", "rule::type_mismatch", "1"),
            ("CASE WHEN TRUE THEN TRUE ELSE 1 END", "rule::type_mismatch", "1"),
            ("abs(1, 2) = 1", "rule::type_mismatch", "abs(1, 2)"),
            ("least(1) = 1", "rule::type_mismatch", "least(1)"),
            ("lower(1) = 'a'", "rule::type_mismatch", "1"),
            ("coalesce(running_hours, 0) < 1", "rule::unknown_function", "coalesce"),
            ("max(running_hours) < 1", "rule::unknown_function", "max"),
        ] {
            let error = compile(text, FactType::Bool).unwrap_err();
            assert_eq!((error.problem.code(), text.get(error.span)), (code, Some(wrong)), "{text}");
        }
    }

    #[test]
    fn a_misspelt_name_is_offered_its_neighbour() {
        let error = compile("min_runing_hours > 1", FactType::Bool).unwrap_err();
        assert_eq!(
            error.problem.help(),
            "did you mean `min_running_hours`? `ai-cost facts accelerator` lists the facts"
        );
    }

    #[test]
    fn facts_are_listed_once_in_order_of_appearance() {
        let program =
            compile("state = 'x' AND running_hours > age_days AND state != 'y'", FactType::Bool);
        assert_eq!(program.unwrap().facts, [0, 1, 2]);
    }

    #[test]
    fn an_expression_is_nullable_if_a_null_can_reach_its_result() {
        for (text, expected) in [
            ("running_hours > 1", true),
            ("age_days > 1", false),
            ("running_hours IS NULL", false),
            ("age_days / 2 > 1", true),
            ("CASE WHEN running_hours > 1 THEN TRUE ELSE FALSE END", false),
            ("CASE WHEN is_production THEN TRUE END", true),
            ("state IN ('a', NULL)", true),
        ] {
            assert_eq!(compile(text, FactType::Bool).unwrap().is_nullable, expected, "{text}");
        }
    }

    #[test]
    fn null_fits_every_type() {
        assert!(compile("NULL", FactType::Number).is_ok());
        assert!(compile("CASE WHEN is_production THEN NULL ELSE 1 END", FactType::Number).is_ok());
    }
}

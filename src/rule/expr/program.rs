//! A whole expression: what it may name, and what came out of checking it.

use std::ops::Range;

use super::{
    ExprError, Problem,
    check::{Checker, mismatch},
    code::Code,
    parse::parse,
    tree::{Expr, Node},
};
use crate::{
    fact::{FactSpec, FactType, SubjectKind, Value},
    nearest::nearest,
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
        let mut checker = Checker::new(names);
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

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic_and_every_place_is_in_the_text(
            text in r#"([a-z'é€<>=!().,%"0-9e+-]|state|AND |NOT |IN \(|IS |CASE WHEN |BETWEEN |LIKE | ){0,24}"#
        ) {
            if let Err(error) = compile(&text, FactType::Bool) {
                proptest::prop_assert!(text.get(error.span).is_some());
            }
        }
    }
}

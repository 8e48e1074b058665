//! Tokens to a tree, by precedence climbing.
//!
//! From loose to tight: `OR`, `AND`, `NOT`, comparisons (with `BETWEEN`, `IN`, `LIKE`, `IS NULL`; they do not chain),
//! `+ -`, `* /`, unary minus.

use std::ops::Range;

use super::{
    ExprError,
    lex::{Spanned, Token, describe, lex},
    syntax,
    tree::{Expr, Node},
};
use crate::fact::Value;

/// Deepest nesting of an expression. Its tree is walked recursively, so hostile depth must not get far.
const MAX_DEPTH: usize = 120;

const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARISON: u8 = 4;
const SUM: u8 = 5;
const PRODUCT: u8 = 6;
const MINUS: u8 = 7;

/// Reads one whole expression.
pub(super) fn parse(text: &str) -> Result<Expr, ExprError> {
    let mut parser = Parser { tokens: lex(text)?, at: 0, depth: 0, end: 0 };
    let expr = parser.expr(0)?;
    match parser.peek() {
        Token::End => Ok(expr),
        Token::Symbol(")") => Err(parser.unexpected("no bracket is open here", "remove it")),
        _ => Err(parser.unexpected(
            "an operator or the end is expected",
            "join conditions with `AND` or `OR`, and values with `=`, `<`, `+` and the like",
        )),
    }
}

struct Parser {
    tokens: Vec<Spanned>,
    at: usize,
    depth: usize,
    /// Where the last consumed token ended.
    end: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn span(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |(_, span)| span.clone())
    }

    /// Consumes a token that is not the end.
    fn next(&mut self) -> (Token, Range<usize>) {
        let (token, span) = (self.peek().clone(), self.span());
        if token != Token::End {
            self.at += 1;
            self.end = span.end;
        }
        (token, span)
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.peek() == wanted;
        if found {
            self.next();
        }
        found
    }

    fn keyword(&mut self, word: &'static str) -> bool {
        self.take(&Token::Keyword(word))
    }

    fn expect(&mut self, wanted: &Token, help: &str) -> Result<(), ExprError> {
        if self.take(wanted) {
            return Ok(());
        }
        Err(self.unexpected(&format!("{} is expected", describe(wanted)), help))
    }

    /// A refusal of the next token.
    fn unexpected(&self, message: &str, help: &str) -> ExprError {
        syntax(self.span(), format!("{message}, found {}", describe(self.peek())), help)
    }

    fn node(&self, node: Node, start: usize) -> Result<Expr, ExprError> {
        let span = start..self.end;
        let depth = node.children().iter().map(|child| child.depth).max().unwrap_or(0) + 1;
        if depth > MAX_DEPTH { Err(too_deep(span)) } else { Ok(Expr { node, span, depth }) }
    }

    /// An expression of operators that bind at least as tightly as `loosest`.
    fn expr(&mut self, loosest: u8) -> Result<Expr, ExprError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(too_deep(self.span()));
        }
        let start = self.span().start;
        let mut left = self.operand(loosest)?;
        let mut has_compared = false;
        while let Some((power, word)) = infix(self.peek()) {
            if power < loosest {
                break;
            }
            if power == COMPARISON && std::mem::replace(&mut has_compared, true) {
                let help = "compare twice and join with `AND`: `a < b AND b < c`";
                return Err(self.unexpected("comparisons cannot be chained", help));
            }
            self.next();
            let node = if power == COMPARISON {
                self.comparison(word, left)?
            } else {
                let right = Box::new(self.expr(power + 1)?);
                let left = Box::new(left);
                if power <= AND {
                    Node::Logic(word, left, right)
                } else {
                    Node::Arithmetic(word, left, right)
                }
            };
            left = self.node(node, start)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// What follows a comparing operator that is already consumed.
    fn comparison(&mut self, word: &'static str, left: Expr) -> Result<Node, ExprError> {
        let left = Box::new(left);
        if word == "IS" {
            let negated = self.keyword("NOT");
            self.expect(&Token::Keyword("NULL"), "only `IS NULL` and `IS NOT NULL` exist")?;
            return self.negate(negated, Node::IsNull(left));
        }
        let negated = word == "NOT";
        let word = if negated {
            match self.next() {
                (Token::Keyword(word @ ("BETWEEN" | "IN" | "LIKE")), _) => word,
                (other, span) => {
                    return Err(syntax(
                        span,
                        format!(
                            "`BETWEEN`, `IN` or `LIKE` is expected after `NOT`, found {}",
                            describe(&other)
                        ),
                        "write `NOT` before the whole condition",
                    ));
                }
            }
        } else {
            word
        };
        let node = match word {
            "BETWEEN" => {
                let low = Box::new(self.expr(COMPARISON + 1)?);
                let help = "write `x BETWEEN low AND high`";
                self.expect(&Token::Keyword("AND"), help)?;
                Node::Between(left, low, Box::new(self.expr(COMPARISON + 1)?))
            }
            "IN" => {
                let help = "write a list in brackets: `region IN ('a', 'b')`";
                self.expect(&Token::Symbol("("), help)?;
                Node::In(left, self.list()?)
            }
            "LIKE" => Node::Like(left, Box::new(self.expr(COMPARISON + 1)?)),
            _ => Node::Comparison(word, left, Box::new(self.expr(COMPARISON + 1)?)),
        };
        self.negate(negated, node)
    }

    fn negate(&self, negated: bool, node: Node) -> Result<Node, ExprError> {
        if !negated {
            return Ok(node);
        }
        let start = node.children().first().map_or(self.end, |first| first.span.start);
        Ok(Node::Not(Box::new(self.node(node, start)?)))
    }

    /// A comma-separated list up to its closing bracket; the opening one is consumed.
    fn list(&mut self) -> Result<Vec<Expr>, ExprError> {
        let mut items = vec![self.expr(0)?];
        while self.take(&Token::Symbol(",")) {
            items.push(self.expr(0)?);
        }
        self.expect(&Token::Symbol(")"), "separate values with `,` and close the bracket")?;
        Ok(items)
    }

    /// What an operator stands after: a value, a bracket, or a prefix operator with its operand.
    fn operand(&mut self, loosest: u8) -> Result<Expr, ExprError> {
        let start = self.span().start;
        let node = match self.peek().clone() {
            Token::Number(number) => self.literal(Value::Number(number)),
            Token::Text(text) => self.literal(Value::from(text.as_str())),
            Token::Keyword("TRUE") => self.literal(Value::Bool(true)),
            Token::Keyword("FALSE") => self.literal(Value::Bool(false)),
            Token::Keyword("NULL") => self.literal(Value::Null),
            Token::Keyword("CASE") => self.case()?,
            Token::Keyword("NOT") if loosest <= NOT => {
                self.next();
                Node::Not(Box::new(self.expr(NOT)?))
            }
            Token::Keyword("NOT") => {
                let help = "put it in brackets: `a = (NOT b)`";
                return Err(self.unexpected("`NOT` cannot stand after this operator", help));
            }
            Token::Symbol("-") => {
                self.next();
                Node::Minus(Box::new(self.expr(MINUS)?))
            }
            Token::Symbol("(") => {
                self.next();
                let mut inner = self.expr(0)?;
                self.expect(&Token::Symbol(")"), "close the bracket with `)`")?;
                inner.span = start..self.end;
                return Ok(inner);
            }
            Token::Name(name) => {
                self.next();
                if self.take(&Token::Symbol("(")) { self.call(name)? } else { Node::Name(name) }
            }
            Token::Keyword(_) | Token::Symbol(_) | Token::End => {
                let help = "write a fact, a parameter, a number, a 'text' or a bracket there";
                return Err(self.unexpected("a value is expected", help));
            }
        };
        self.node(node, start)
    }

    fn literal(&mut self, value: Value) -> Node {
        self.next();
        Node::Literal(value)
    }

    /// The arguments of a function; the opening bracket is consumed.
    fn call(&mut self, name: String) -> Result<Node, ExprError> {
        let arguments = if self.take(&Token::Symbol(")")) { Vec::new() } else { self.list()? };
        Ok(Node::Call(name, arguments))
    }

    fn case(&mut self) -> Result<Node, ExprError> {
        let help = "write `CASE WHEN condition THEN value ELSE value END`";
        self.next();
        let mut branches = Vec::new();
        while self.keyword("WHEN") {
            let when = self.expr(0)?;
            self.expect(&Token::Keyword("THEN"), help)?;
            branches.push((when, self.expr(0)?));
        }
        if branches.is_empty() {
            return Err(self.unexpected("`WHEN` is expected", help));
        }
        let otherwise = if self.keyword("ELSE") { Some(Box::new(self.expr(0)?)) } else { None };
        self.expect(&Token::Keyword("END"), help)?;
        Ok(Node::Case(branches, otherwise))
    }
}

/// How tightly a token binds as an operator between two values, and its canonical spelling.
fn infix(token: &Token) -> Option<(u8, &'static str)> {
    Some(match *token {
        Token::Keyword(word @ "OR") => (OR, word),
        Token::Keyword(word @ "AND") => (AND, word),
        Token::Symbol("<>") => (COMPARISON, "!="),
        Token::Keyword(word @ ("IS" | "IN" | "BETWEEN" | "LIKE" | "NOT"))
        | Token::Symbol(word @ ("=" | "!=" | "<" | "<=" | ">" | ">=")) => (COMPARISON, word),
        Token::Symbol(word @ ("+" | "-")) => (SUM, word),
        Token::Symbol(word @ ("*" | "/")) => (PRODUCT, word),
        _ => return None,
    })
}

fn too_deep(span: Range<usize>) -> ExprError {
    syntax(
        span,
        format!("the expression is nested more than {MAX_DEPTH} levels deep"),
        "use `IN (…)` for long chains of `OR`, or split the rule",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree with every operation in brackets.
    fn shape(expr: &Expr) -> String {
        let all = |list: &[Expr]| list.iter().map(shape).collect::<Vec<_>>().join(", ");
        match &expr.node {
            Node::Literal(Value::Number(number)) => number.to_string(),
            Node::Literal(Value::Text(text)) => format!("'{text}'"),
            Node::Literal(Value::Bool(answer)) => answer.to_string(),
            Node::Literal(Value::Null) => "null".to_owned(),
            Node::Name(name) => name.clone(),
            Node::Not(one) => format!("(not {})", shape(one)),
            Node::Minus(one) => format!("(-{})", shape(one)),
            Node::Logic(word, a, b)
            | Node::Arithmetic(word, a, b)
            | Node::Comparison(word, a, b) => {
                format!("({} {word} {})", shape(a), shape(b))
            }
            Node::Between(a, b, c) => format!("({} in {}..{})", shape(a), shape(b), shape(c)),
            Node::In(a, list) => format!("({} in [{}])", shape(a), all(list)),
            Node::Like(a, b) => format!("({} like {})", shape(a), shape(b)),
            Node::IsNull(a) => format!("({} is null)", shape(a)),
            Node::Call(name, list) => format!("{name}({})", all(list)),
            Node::Case(branches, otherwise) => {
                let branch =
                    |(when, then): &(Expr, Expr)| format!("{} → {}; ", shape(when), shape(then));
                let branches = branches.iter().map(branch).collect::<Vec<_>>().concat();
                format!("[{branches}{}]", otherwise.as_deref().map_or("-".to_owned(), shape))
            }
        }
    }

    #[test]
    fn operators_bind_as_in_sql() {
        for (text, expected) in [
            ("a OR b AND c", "(a OR (b AND c))"),
            ("NOT a = b AND c", "((not (a = b)) AND c)"),
            ("a + b * c - d", "((a + (b * c)) - d)"),
            ("a / b / c", "((a / b) / c)"),
            ("-a * b", "((-a) * b)"),
            ("a - -1", "(a - (-1))"),
            ("a <> b + 1", "(a != (b + 1))"),
            ("a BETWEEN 1 AND 2 AND b", "((a in 1..2) AND b)"),
            ("a NOT IN ('x', 'y') OR b", "((not (a in ['x', 'y'])) OR b)"),
            ("a not like 'x%'", "(not (a like 'x%'))"),
            ("a IS NOT NULL AND b is null", "((not (a is null)) AND (b is null))"),
            ("(a OR b) AND c", "((a OR b) AND c)"),
            ("CASE WHEN a THEN 1 ELSE 2 END + 1", "([a → 1; 2] + 1)"),
            ("case when a then 1 end", "[a → 1; -]"),
            ("least(a, b + 1)", "least(a, (b + 1))"),
        ] {
            assert_eq!(shape(&parse(text).unwrap()), expected, "of {text}");
        }
    }

    #[test]
    fn every_refusal_points_at_the_token() {
        for (text, wrong) in [
            ("a AND", "AND"),
            ("", ""),
            ("a < b < c", "<"),
            ("a = b IS NULL", "IS"),
            ("a b", "b"),
            ("a + 1)", ")"),
            ("(a + 1", "1"),
            ("a IN 'x'", "'x'"),
            ("a IN ()", ")"),
            ("a BETWEEN 1 OR 2", "OR"),
            ("a NOT = b", "="),
            ("a = NOT b", "NOT"),
            ("a IS TRUE", "TRUE"),
            ("CASE a WHEN 1 THEN 2 END", "a"),
            ("CASE WHEN a ELSE 2 END", "ELSE"),
            ("a AND AND b", "AND"),
        ] {
            let span = parse(text).unwrap_err().span;
            assert_eq!(text.get(span), Some(wrong), "in {text}");
        }
    }

    #[test]
    fn hostile_depth_is_refused_without_exhausting_the_stack() {
        for text in [
            "(".repeat(100_000),
            "NOT ".repeat(100_000),
            "-".repeat(100_000),
            "least(".repeat(100_000),
            "CASE WHEN ".repeat(100_000),
            format!("a{}", " OR a".repeat(100_000)),
            format!("a{}", " + a".repeat(100_000)),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.to_string().contains("nested more than 120 levels"), "{error}");
        }
    }

    #[test]
    fn long_lists_are_not_deep() {
        assert!(parse(&format!("a IN ('x'{})", ", 'x'".repeat(10_000))).is_ok());
    }
}

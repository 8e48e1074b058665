//! The tree of an expression, as written.

use std::ops::Range;

use crate::fact::Value;

/// An expression as written, with its bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expr {
    pub(super) node: Node,
    pub(super) span: Range<usize>,
    pub(super) depth: usize,
}

/// What an expression is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Literal(Value),
    Name(String),
    Not(Box<Expr>),
    Minus(Box<Expr>),
    /// `AND` or `OR`.
    Logic(&'static str, Box<Expr>, Box<Expr>),
    /// `+ - * /`.
    Arithmetic(&'static str, Box<Expr>, Box<Expr>),
    /// `= != < <= > >=`.
    Comparison(&'static str, Box<Expr>, Box<Expr>),
    Between(Box<Expr>, Box<Expr>, Box<Expr>),
    In(Box<Expr>, Vec<Expr>),
    Like(Box<Expr>, Box<Expr>),
    IsNull(Box<Expr>),
    Case(Vec<(Expr, Expr)>, Option<Box<Expr>>),
    Call(String, Vec<Expr>),
}

impl Node {
    pub(super) fn children(&self) -> Vec<&Expr> {
        match self {
            Self::Literal(_) | Self::Name(_) => Vec::new(),
            Self::Not(one) | Self::Minus(one) | Self::IsNull(one) => vec![one],
            Self::Logic(_, left, right)
            | Self::Arithmetic(_, left, right)
            | Self::Comparison(_, left, right)
            | Self::Like(left, right) => vec![left, right],
            Self::Between(value, low, high) => vec![value, low, high],
            Self::In(value, list) => std::iter::once(&**value).chain(list).collect(),
            Self::Case(branches, otherwise) => branches
                .iter()
                .flat_map(|(when, then)| [when, then])
                .chain(otherwise.as_deref())
                .collect(),
            Self::Call(_, arguments) => arguments.iter().collect(),
        }
    }
}

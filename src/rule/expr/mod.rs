//! The expression language of rules: SQL scalar expressions over the facts of one subject, in SQL's three-valued logic.
//!
//! `lex` cuts the text into tokens, `parse` builds the tree, `check` resolves names and types, `eval` computes.
//! There is no way to turn an unknown value into a number: no `COALESCE`, no aggregates, no default for a null.

mod check;
mod code;
mod eval;
mod lex;
mod parse;
mod program;
mod tree;

use std::ops::Range;

pub(super) use eval::Env;
pub(super) use program::{Names, Program, type_of};

use super::error::{ExprError, Problem};

/// A refusal of the grammar at `span`.
fn syntax(span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> ExprError {
    ExprError { problem: Problem::Syntax { message: message.into(), help: help.into() }, span }
}

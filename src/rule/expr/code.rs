//! Checked code and its operators.

use std::cmp;

use crate::fact::Value;

/// Checked code. Positions refer to the facts and parameters it was checked against.
#[derive(Debug, Clone)]
pub(super) enum Code {
    Constant(Value),
    Fact(usize),
    Param(usize),
    Not(Box<Self>),
    Minus(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Arithmetic(Arithmetic, Box<Self>, Box<Self>),
    Compare(Comparison, Box<Self>, Box<Self>),
    /// Value, lower and upper bound, both included.
    Between(Box<[Self; 3]>),
    In(Box<Self>, Vec<Self>),
    Like(Box<Self>, Box<Self>),
    IsNull(Box<Self>),
    Case(Vec<(Self, Self)>, Box<Self>),
    Call(Function, Vec<Self>),
}

impl Code {
    /// The facts it reads, in order of appearance, each once.
    pub(super) fn facts(&self, read: &mut Vec<usize>) {
        match self {
            Self::Constant(_) | Self::Param(_) => {}
            Self::Fact(index) => {
                if !read.contains(index) {
                    read.push(*index);
                }
            }
            Self::Not(one) | Self::Minus(one) | Self::IsNull(one) => one.facts(read),
            Self::And(left, right)
            | Self::Or(left, right)
            | Self::Arithmetic(_, left, right)
            | Self::Compare(_, left, right)
            | Self::Like(left, right) => {
                left.facts(read);
                right.facts(read);
            }
            Self::Between(parts) => {
                for part in parts.iter() {
                    part.facts(read);
                }
            }
            Self::In(value, list) => {
                value.facts(read);
                for part in list {
                    part.facts(read);
                }
            }
            Self::Case(branches, otherwise) => {
                for (when, then) in branches {
                    when.facts(read);
                    then.facts(read);
                }
                otherwise.facts(read);
            }
            Self::Call(_, arguments) => {
                for part in arguments {
                    part.facts(read);
                }
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Ordered(Ordering),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ordering {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Ordering {
    pub(super) fn holds(self, ordering: cmp::Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// The functions of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Least,
    Greatest,
    Abs,
    Ceil,
    Floor,
    Round,
    Lower,
}

impl Function {
    pub(super) const ALL: [Self; 7] =
        [Self::Least, Self::Greatest, Self::Abs, Self::Ceil, Self::Floor, Self::Round, Self::Lower];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Least => "least",
            Self::Greatest => "greatest",
            Self::Abs => "abs",
            Self::Ceil => "ceil",
            Self::Floor => "floor",
            Self::Round => "round",
            Self::Lower => "lower",
        }
    }

    /// The function of this name; case does not matter.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.word().eq_ignore_ascii_case(name))
    }

    /// Whether it takes two or more values rather than one.
    pub(super) fn is_list(self) -> bool {
        matches!(self, Self::Least | Self::Greatest)
    }
}

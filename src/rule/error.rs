//! What can be wrong with a rule file, each with the exact place in it and a way out.

use std::{error::Error, fmt, ops::Range, sync::Arc};

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use crate::{
    fact::{FactType, SubjectKind},
    units::Unit,
};

/// What is wrong, as the end of a sentence that starts with the name of the rule or "the expression".
/// All of them are mistakes of the file's author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file is not TOML, lacks a key, or has a key or a value that no rule has.
    #[error("cannot be read: {message}")]
    Toml {
        /// What the TOML reader said.
        message: String,
    },
    /// The id, which is the file's stem, is not kebab-case.
    #[error("is named `{id}`, which is no rule id")]
    Id {
        /// The file's stem.
        id: String,
    },
    /// An expression or a text with placeholders breaks the grammar.
    #[error("has a syntax error: {message}")]
    Syntax {
        /// What was expected and what stands there.
        message: String,
        /// What to write.
        help: String,
    },
    /// A name that is neither a fact nor a parameter.
    #[error("reads `{name}`, which is neither a fact of `{subject}` nor a parameter of the rule")]
    UnknownFact {
        /// The name.
        name: String,
        /// Whose facts may be read.
        subject: SubjectKind,
        /// The fact or parameter with the most similar name.
        nearest: Option<String>,
    },
    /// A call of something that is not a function of the language.
    #[error("calls `{name}`, which is not a function of rules")]
    UnknownFunction {
        /// The name.
        name: String,
        /// What to use.
        help: String,
    },
    /// A value of one type where another is needed.
    #[error("has a type error: {message}")]
    TypeMismatch {
        /// Which types.
        message: String,
        /// What to write.
        help: String,
    },
    /// An example sets a parameter that the rule does not have.
    #[error("has no parameter `{name}`")]
    UnknownParam {
        /// The name.
        name: String,
        /// The parameter with the most similar name.
        nearest: Option<String>,
    },
    /// A parameter's name does not fit its value or hides a fact.
    #[error("has a badly named parameter: {message}")]
    ParamName {
        /// What does not fit.
        message: String,
        /// How to name it.
        help: String,
    },
    /// A key of `[action]` that the action does not take.
    #[error("gives `{key}` to the action `{verb}`, which does not take it")]
    UnknownKey {
        /// The key.
        key: &'static str,
        /// The action.
        verb: &'static str,
        /// The keys that it takes.
        takes: String,
    },
    /// A key of `[action]` that the action needs.
    #[error("does not give `{key}` to the action `{verb}`")]
    MissingKey {
        /// The key.
        key: &'static str,
        /// The action.
        verb: &'static str,
        /// The type that its expression must have.
        fact_type: FactType,
    },
    /// A confidence that does not exist.
    #[error("claims the confidence '{word}', which does not exist")]
    Confidence {
        /// The word.
        word: String,
    },
    /// A provider that `change` does not know.
    #[error("describes a change for `{name}`, which is not a provider")]
    UnknownProvider {
        /// The name.
        name: String,
        /// The provider with the most similar name.
        nearest: Option<String>,
    },
    /// An example that contradicts itself or another one.
    #[error("has a wrong example: {message}")]
    Example {
        /// What does not fit.
        message: String,
        /// What to do.
        help: String,
    },
    /// No example shows a verdict that the rule can give.
    #[error("has no example for the verdict `{verdict}`, which it can give")]
    MissingExample {
        /// The verdict.
        verdict: &'static str,
    },
    /// A text that people need is empty.
    #[error("has an empty `{key}`")]
    Empty {
        /// The key.
        key: String,
    },
    /// A change that cannot be shown where a value is not known, without another text to stand in.
    #[error("describes a change for `{provider}` that shows `{name}`, which may not be known")]
    ChangeMayLack {
        /// The provider, or `default`.
        provider: String,
        /// The value.
        name: &'static str,
    },
    /// A parameter's value outside its bounds, or bounds that hold nothing.
    #[error("has a parameter out of bounds: {message}")]
    ParamBounds {
        /// What does not fit.
        message: String,
    },
    /// A parameter that changes nothing.
    #[error("never reads its parameter `{name}`")]
    UnusedParam {
        /// The parameter.
        name: String,
    },
}

impl Problem {
    /// The stable code of the problem, as printed before its message.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Toml { .. } => "rule::toml",
            Self::Id { .. } => "rule::id",
            Self::Syntax { .. } => "rule::syntax",
            Self::UnknownFact { .. } => "rule::unknown_fact",
            Self::UnknownFunction { .. } => "rule::unknown_function",
            Self::TypeMismatch { .. } => "rule::type_mismatch",
            Self::UnknownParam { .. } => "rule::unknown_param",
            Self::ParamName { .. } => "rule::param_name",
            Self::UnknownKey { .. } => "rule::unknown_key",
            Self::MissingKey { .. } => "rule::missing_key",
            Self::Confidence { .. } => "rule::confidence",
            Self::UnknownProvider { .. } => "rule::unknown_provider",
            Self::Example { .. } => "rule::example",
            Self::MissingExample { .. } => "rule::missing_example",
            Self::Empty { .. } => "rule::empty",
            Self::UnusedParam { .. } => "rule::unused_param",
            Self::ChangeMayLack { .. } => "rule::change_may_lack",
            Self::ParamBounds { .. } => "rule::param_bounds",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Toml { .. } => "`docs/adding-a-rule.md` shows a complete rule file".to_owned(),
            Self::Id { .. } => {
                "name the file after the pattern it finds, in lower-case words joined by `-`: `gpu-idle.toml`"
                    .to_owned()
            }
            Self::Syntax { help, .. }
            | Self::UnknownFunction { help, .. }
            | Self::TypeMismatch { help, .. }
            | Self::ParamName { help, .. }
            | Self::Example { help, .. } => help.clone(),
            Self::UnknownFact { name, subject, nearest } => {
                let list = format!("`ai-cost facts {subject}` lists the facts");
                match nearest {
                    Some(nearest) => format!("did you mean `{nearest}`? {list}"),
                    None => format!("text is written in single quotes: '{name}'; {list}"),
                }
            }
            Self::UnknownParam { nearest, .. } => match nearest {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "declare it in `[params]`".to_owned(),
            },
            Self::UnknownKey { takes, verb, .. } => {
                if takes.is_empty() {
                    format!("remove it: `{verb}` takes no numbers")
                } else {
                    format!("`{verb}` takes {takes}")
                }
            }
            Self::MissingKey { key, fact_type, .. } => {
                format!("add `{key} = \"…\"` to `[action]`, an expression that yields a {fact_type}")
            }
            Self::Confidence { .. } => "write 'low', 'medium' or 'high'".to_owned(),
            Self::UnknownProvider { nearest, .. } => match nearest {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "use `aws`, `azure`, `gcp`, `kubernetes`, or `default` for all others".to_owned(),
            },
            Self::MissingExample { verdict } => {
                format!("add an `[[example]]` with `then = {{ verdict = \"{verdict}\" }}`")
            }
            Self::Empty { key } => format!("say it in a sentence: people read `{key}` before they act"),
            Self::UnusedParam { name } => format!("use `{name}` in an expression or remove it"),
            Self::ChangeMayLack { name, .. } => format!(
                "give a `default` without it, which stands in where it is not known, or put it in `[…]`: `[ {{{name}}}]`"
            ),
            Self::ParamBounds { .. } => {
                "ratios are 0 to 1, other numbers 0 at least, unless the parameter declares `min` or `max`".to_owned()
            }
        }
    }
}

/// A problem of an expression, with the bytes of the expression it is about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the expression {problem}")]
pub struct ExprError {
    /// What is wrong.
    pub problem: Problem,
    /// Where, in bytes of the expression.
    pub span: Range<usize>,
}

/// A problem of a rule file, with its place in the file.
#[derive(Debug, Clone)]
pub struct RuleError {
    rule: String,
    problem: Box<Problem>,
    source: NamedSource<Arc<str>>,
    span: Range<usize>,
}

impl RuleError {
    pub(super) fn new(rule: &str, source: &Source, span: Range<usize>, problem: Problem) -> Self {
        Self {
            rule: rule.to_owned(),
            problem: Box::new(problem),
            source: NamedSource::new(&source.name, Arc::clone(&source.text)),
            span,
        }
    }

    /// Id of the rule.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// What is wrong.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// Where, in bytes of the file.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The text at that place.
    pub fn spanned_text(&self) -> &str {
        self.source.inner().get(self.span.clone()).unwrap_or_default()
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule `{}` {}", self.rule, self.problem)
    }
}

impl Error for RuleError {}

impl Diagnostic for RuleError {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.problem.code()))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.problem.help()))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::at(self.span.clone(), "here");
        Some(Box::new(std::iter::once(label)))
    }
}

/// Why a rule could not take the parameters of the settings. The mistake is in the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// The rule has no such parameter.
    #[error("rule `{rule}` has no parameter `{name}`")]
    Unknown {
        /// Id of the rule.
        rule: String,
        /// The name.
        name: String,
        /// The parameter with the most similar name.
        nearest: Option<String>,
    },
    /// The value lies outside the parameter's bounds.
    #[error("parameter `{name}` of rule `{rule}` must be {bounds}, but {value} is given")]
    OutOfBounds {
        /// Id of the rule.
        rule: String,
        /// The parameter.
        name: String,
        /// What it may be, in words.
        bounds: String,
        /// What was given, in words.
        value: String,
    },
    /// The value has another type than the default.
    #[error("parameter `{name}` of rule `{rule}` is a {expected}, but {found} is given")]
    WrongType {
        /// Id of the rule.
        rule: String,
        /// The parameter.
        name: String,
        /// Type of the default.
        expected: FactType,
        /// What was given, in words.
        found: String,
    },
}

impl Diagnostic for ParamError {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(match self {
            Self::Unknown { .. } => "rule::unknown_param",
            Self::WrongType { .. } => "rule::type_mismatch",
            Self::OutOfBounds { .. } => "rule::param_bounds",
        }))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(match self {
            Self::Unknown { nearest: Some(nearest), .. } => {
                Box::new(format!("did you mean `{nearest}`?"))
            }
            Self::OutOfBounds { name, .. } if Unit::of(name) == Unit::Ratio => {
                Box::new("a ratio is a share of one: write 0.05 for 5 %")
            }
            Self::Unknown { rule, .. }
            | Self::WrongType { rule, .. }
            | Self::OutOfBounds { rule, .. } => {
                Box::new(format!("`ai-cost rules explain {rule}` lists its parameters"))
            }
        })
    }
}

/// A file as its author knows it.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// Path or other name.
    pub(super) name: String,
    /// Contents.
    pub(super) text: Arc<str>,
}

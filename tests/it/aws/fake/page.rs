//! Lists in pages, with marks of where the next one starts that fit no other question.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use serde_json::Value;

use super::{answer::Refusal, call::Call};

/// How a list misbehaves that need not.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pages {
    #[default]
    AsTheyAre,
    /// The first page is empty and has a mark.
    EmptyFirst,
    /// The first page comes twice.
    FirstTwice,
}

/// A mark that means: from the beginning.
pub(crate) const ANEW: &str = "anew";

/// A page.
#[derive(Debug)]
pub(crate) struct Page {
    /// Positions of what is on it.
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Mark of the next one.
    pub(crate) next: Option<String>,
}

impl Page {
    /// The page that a call asks for, of a list of `count` things. `token` is the name of the mark in its input.
    pub(crate) fn of(call: &Call, count: usize, token: &str, size: usize) -> Result<Self, Refusal> {
        let mark = call.text(token).filter(|mark| !mark.is_empty());
        let question = fingerprint(&call.input, token);
        let from = match mark {
            None | Some(ANEW) => 0,
            Some(mark) => position(mark, question, count)?,
        };
        if mark.is_none() && call.pages == Pages::EmptyFirst {
            return Ok(Self { from: 0, to: 0, next: Some(ANEW.to_owned()) });
        }
        let to = count.min(from + size);
        let next = if mark.is_none() && call.pages == Pages::FirstTwice {
            Some(ANEW.to_owned())
        } else {
            (to < count).then(|| format!("{to}.{question:016x}"))
        };
        Ok(Self { from, to, next })
    }

    /// What is on the page.
    pub(crate) fn take<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        &all[self.from..self.to]
    }
}

/// How many a call wants on a page. More than `limit` is refused.
pub(crate) fn size(call: &Call, name: &str, normal: usize, limit: usize) -> Result<usize, Refusal> {
    let Some(wanted) = call.number(name) else { return Ok(normal) };
    usize::try_from(wanted).ok().filter(|wanted| (1..=limit).contains(wanted)).ok_or_else(|| {
        let message = format!(
            "1 validation error detected: Value '{wanted}' at '{name}' failed to satisfy constraint: \
             Member must have value less than or equal to {limit}"
        );
        Refusal::invalid(&message)
    })
}

fn position(mark: &str, question: u64, count: usize) -> Result<usize, Refusal> {
    let (from, of) = mark.split_once('.').unwrap_or_default();
    let from: Option<usize> = from.parse().ok().filter(|from| *from <= count);
    match from {
        Some(from) if of == format!("{question:016x}") => Ok(from),
        _ => Err(Refusal::new(400, "InvalidNextToken", "The pagination token is invalid.")),
    }
}

/// A number that tells two questions apart, but for the mark and the order of what is asked.
pub(crate) fn fingerprint(input: &Value, token: &str) -> u64 {
    let fields: BTreeMap<&str, String> = input
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name != token)
        .map(|(name, value)| (name.as_str(), value.to_string()))
        .collect();
    let mut hasher = DefaultHasher::new();
    fields.hash(&mut hasher);
    hasher.finish()
}

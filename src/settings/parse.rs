//! From the text of a settings file to what it says, with the place of every value.

use std::{collections::BTreeMap, ops::Range};

use miette::NamedSource;
use toml::de::{DeTable, DeValue};

use super::{
    error::FileError,
    file::SettingsFile,
    form::key_part,
    scalar::{did_you_mean, split_help},
};
use crate::nearest::nearest;

/// A settings file after reading.
#[derive(Debug)]
pub struct Parsed {
    /// What it says.
    pub file: SettingsFile,
    /// Where each value stands, by its key path.
    pub places: Places,
}

/// Byte ranges of values by key path; exemptions are `exemptions[0]` and so on, beside their fields.
pub type Places = BTreeMap<String, Range<usize>>;

/// Reads the text of the file called `name`.
pub fn parse(name: &str, text: &str) -> Result<Parsed, Box<FileError>> {
    let refuse = |message: String, span: Range<usize>, help: Option<String>| {
        Box::new(FileError {
            message,
            source_text: NamedSource::new(name, text.to_owned()).with_language("toml"),
            span: span.into(),
            help,
        })
    };
    let table = DeTable::parse(text).map_err(|error| {
        let message = format!("this is not TOML: {}", error.message());
        refuse(message, error.span().unwrap_or_default(), None)
    })?;
    let mut places = Places::new();
    collect_places(table.get_ref(), "", &mut places);
    let file = toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        let (message, help) = explain(error.message(), text.get(span.clone()), &places, &span);
        refuse(message, span, help)
    })?;
    Ok(Parsed { file, places })
}

/// The line, from 1, on which a byte stands.
pub fn line_of(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|&byte| byte == b'\n').count() + 1
}

fn collect_places(table: &DeTable<'_>, path: &str, places: &mut Places) {
    for (key, value) in table {
        let part = key_part(key.get_ref());
        let path = if path.is_empty() { part } else { format!("{path}.{part}") };
        match value.get_ref() {
            DeValue::Table(table) => collect_places(table, &path, places),
            DeValue::Array(items) if path == "exemptions" => {
                for (position, item) in items.iter().enumerate() {
                    let path = format!("{path}[{position}]");
                    if let DeValue::Table(fields) = item.get_ref() {
                        collect_places(fields, &path, places);
                    }
                    places.insert(path, item.span());
                }
            }
            _ => {
                places.insert(path, value.span());
            }
        }
    }
}

/// What serde said, in our words.
fn explain(
    message: &str,
    written: Option<&str>,
    places: &Places,
    span: &Range<usize>,
) -> (String, Option<String>) {
    let (what, help) = split_help(message);
    if what.starts_with("unknown field") {
        let name = written.unwrap_or_default().trim();
        // serde names the field and then the fields that it knows, each in backticks.
        let known: Vec<&str> = what.split('`').skip(1).step_by(2).skip(1).collect();
        let help = nearest(name, known.iter().copied())
            .map_or_else(|| format!("known here: {}", known.join(", ")), did_you_mean);
        return (format!("`{name}` is no setting"), Some(help));
    }
    if let Some(missing) = what.strip_prefix("missing field ") {
        let help = "an exemption needs `rule`, `condition`, `reason` and `until`";
        return (format!("this exemption lacks {missing}"), Some(help.to_owned()));
    }
    let key = places
        .iter()
        .filter(|(_, place)| place.start <= span.start && span.end <= place.end)
        .min_by_key(|(_, place)| place.len())
        .map(|(key, _)| key.as_str());
    let message = match key {
        Some(key) if what.starts_with("must be") => format!("`{key}` {what}"),
        _ => what.to_owned(),
    };
    (message, help.map(str::to_owned))
}

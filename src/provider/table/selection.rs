//! Which columns of a file are wanted, found under any usual spelling.

use super::{ImportError, Table};

/// A wanted column, as rows know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot(pub(super) usize);

impl From<&Slot> for Option<Slot> {
    fn from(slot: &Slot) -> Self {
        Some(*slot)
    }
}

/// The wanted columns of one table.
#[derive(Debug)]
pub struct Selection<'t> {
    table: &'t Table,
    format: String,
    pub(super) columns: Vec<usize>,
    /// Wanted columns that are there, in a type that is not read.
    unread: Vec<String>,
}

/// The letters and digits of a column name in lower case: `lineItem/UsageType`, `line_item_usage_type` and
/// `LineItem.UsageType` are one column. A translated header with the English name behind it, as Azure writes
/// `Kosten (Cost)`, is its English name.
pub fn spelling(name: &str) -> String {
    let name = english_name(name).unwrap_or(name);
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The English name in `translation (EnglishName)`.
pub(super) fn english_name(name: &str) -> Option<&str> {
    let (translation, rest) = name.trim().rsplit_once(" (")?;
    let english = rest.strip_suffix(')')?;
    let is_name = english.starts_with(|c: char| c.is_ascii_alphabetic())
        && english.chars().all(|c| c.is_ascii_alphanumeric());
    (is_name && !translation.is_empty()).then_some(english)
}

impl<'t> Selection<'t> {
    /// Nothing yet; `format` names the format in errors.
    pub fn new(table: &'t Table, format: &str) -> Self {
        Self { table, format: format.to_owned(), columns: Vec::new(), unread: Vec::new() }
    }

    /// Wants the first of `names` that exists. Columns of a type that is not read count as absent and are
    /// remembered.
    pub fn maybe(&mut self, names: &[&str]) -> Result<Option<Slot>, ImportError> {
        for name in names {
            if let Some(index) = self.table.find(name)? {
                let Some(column) = self.table.columns.get(index) else { continue };
                if column.is_unread {
                    self.unread.push(column.name.clone());
                } else {
                    return Ok(Some(self.add(index)));
                }
            }
        }
        Ok(None)
    }

    /// Wants the first of `names` that exists, and refuses a file without any.
    pub fn need(&mut self, names: &[&str]) -> Result<Slot, ImportError> {
        let unread_before = self.unread.len();
        if let Some(slot) = self.maybe(names)? {
            return Ok(slot);
        }
        let file = self.table.name().to_owned();
        match self.unread.get(unread_before) {
            Some(column) => Err(ImportError::UnreadType { file, column: column.clone() }),
            None => Err(ImportError::MissingColumn {
                file,
                column: names.first().copied().unwrap_or_default().to_owned(),
                format: self.format.clone(),
                columns: self.table.column_list(),
            }),
        }
    }

    /// Wants a column by its number in the file.
    pub fn add(&mut self, index: usize) -> Slot {
        if let Some(at) = self.columns.iter().position(|column| *column == index) {
            return Slot(at);
        }
        self.columns.push(index);
        Slot(self.columns.len() - 1)
    }

    /// Wanted columns whose type is not read.
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// The table.
    pub fn table(&self) -> &'t Table {
        self.table
    }
}

//! One row, whatever the format: cells by slot, as text, number, instant or yes/no.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    ImportError, Place, Position, Selection, Slot,
    cell::{self, Decimals, NumberFault},
    parquet_cells::ColumnBatch,
};

/// A row that is being visited.
#[derive(Debug)]
pub struct Row<'r> {
    pub(super) selection: &'r Selection<'r>,
    pub(super) position: Position,
    pub(super) decimals: &'r Decimals,
    pub(super) cells: Cells<'r>,
}

#[derive(Debug)]
pub(super) enum Cells<'r> {
    Csv(&'r csv::StringRecord),
    Json(&'r [Value]),
    Parquet(&'r [ColumnBatch], usize),
}

pub(super) enum Raw<'r> {
    None,
    Text(Cow<'r, str>),
    Float(f64),
    Int(i64),
    Instant(i64),
    Bool(bool),
}

impl Row<'_> {
    /// The place, for errors.
    pub fn place(&self) -> Place {
        Place { file: self.selection.table().name().to_owned(), position: self.position }
    }

    fn raw(&self, slot: Slot) -> Raw<'_> {
        match &self.cells {
            Cells::Csv(record) => self
                .selection
                .columns
                .get(slot.0)
                .and_then(|index| record.get(*index))
                .map_or(Raw::None, |text| Raw::text(text.trim())),
            Cells::Json(values) => match values.get(slot.0) {
                None | Some(Value::Null) => Raw::None,
                Some(Value::Bool(yes)) => Raw::Bool(*yes),
                Some(Value::Number(number)) => number
                    .as_i64()
                    .map(Raw::Int)
                    .or_else(|| number.as_f64().map(Raw::Float))
                    .unwrap_or(Raw::None),
                Some(Value::String(text)) => Raw::text(text.trim()),
                Some(nested) => Raw::Text(Cow::Owned(nested.to_string())),
            },
            Cells::Parquet(columns, row) => {
                columns.get(slot.0).map_or(Raw::None, |column| column.raw(*row))
            }
        }
    }

    /// The cell as text; none if it is blank or the file lacks the column.
    pub fn text(&self, slot: impl Into<Option<Slot>>) -> Option<Cow<'_, str>> {
        match self.raw(slot.into()?) {
            Raw::None => None,
            Raw::Text(text) => Some(text),
            Raw::Float(number) => Some(number.to_string().into()),
            Raw::Int(number) => Some(number.to_string().into()),
            Raw::Bool(yes) => Some(yes.to_string().into()),
            Raw::Instant(ms) => {
                Some(jiff::Timestamp::from_millisecond(ms).map(|at| at.to_string()).ok()?.into())
            }
        }
    }

    /// The cell as a number.
    pub fn number(&self, slot: impl Into<Option<Slot>>) -> Result<Option<f64>, ImportError> {
        let Some(slot) = slot.into() else { return Ok(None) };
        let parsed = match self.raw(slot) {
            Raw::None => return Ok(None),
            Raw::Float(number) => cell::finite(number),
            #[expect(clippy::cast_precision_loss, reason = "amounts are far below 2^52")]
            Raw::Int(number) => Ok(number as f64),
            Raw::Text(text) => self.decimals.parse(&text),
            Raw::Instant(_) | Raw::Bool(_) => Err(NumberFault::Text),
        };
        parsed.map(Some).map_err(|fault| {
            let (place, column) = (self.place(), self.column(slot));
            let text = self.text(slot).unwrap_or_default().into_owned();
            match fault {
                NumberFault::Text => ImportError::Number { place, column, text },
                NumberFault::NotFinite => ImportError::NotFinite { place, column, text },
            }
        })
    }

    /// The cell as an instant, in milliseconds since 1970 in UTC.
    pub fn instant(&self, slot: impl Into<Option<Slot>>) -> Result<Option<i64>, ImportError> {
        let Some(slot) = slot.into() else { return Ok(None) };
        let parsed = match self.raw(slot) {
            Raw::None => return Ok(None),
            Raw::Instant(ms) => Some(ms),
            #[expect(clippy::cast_precision_loss, reason = "milliseconds are below 2^52")]
            Raw::Int(number) => cell::epoch(number as f64),
            Raw::Float(number) => cell::epoch(number),
            Raw::Text(text) => cell::instant(&text, self.selection.table().is_translated),
            Raw::Bool(_) => None,
        };
        parsed.map(Some).ok_or_else(|| ImportError::Time {
            place: self.place(),
            column: self.column(slot),
            text: self.text(slot).unwrap_or_default().into_owned(),
        })
    }

    /// The cell as yes or no.
    pub fn boolean(&self, slot: impl Into<Option<Slot>>) -> Result<Option<bool>, ImportError> {
        let Some(slot) = slot.into() else { return Ok(None) };
        let Some(text) = self.text(slot) else { return Ok(None) };
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Ok(Some(true)),
            "false" | "no" | "0" => Ok(Some(false)),
            _ => Err(ImportError::Boolean {
                place: self.place(),
                column: self.column(slot),
                text: text.into_owned(),
            }),
        }
    }

    /// The cell as text, which must be there.
    pub fn need_text(&self, slot: Slot) -> Result<Cow<'_, str>, ImportError> {
        self.text(slot).ok_or_else(|| self.missing(slot))
    }

    /// The cell as a number, which must be there.
    pub fn need_number(&self, slot: Slot) -> Result<f64, ImportError> {
        self.number(slot)?.ok_or_else(|| self.missing(slot))
    }

    /// The cell as an instant, which must be there.
    pub fn need_instant(&self, slot: Slot) -> Result<i64, ImportError> {
        self.instant(slot)?.ok_or_else(|| self.missing(slot))
    }

    /// The error for a cell that must have a value.
    pub fn missing(&self, slot: Slot) -> ImportError {
        ImportError::MissingValue { place: self.place(), column: self.column(slot) }
    }

    /// The name of the column, as the file writes it.
    pub fn column(&self, slot: Slot) -> String {
        let table = self.selection.table();
        self.selection
            .columns
            .get(slot.0)
            .and_then(|index| table.columns.get(*index))
            .map_or_else(String::new, |column| column.name.clone())
    }
}

impl<'r> Raw<'r> {
    pub(super) fn text(text: &'r str) -> Self {
        if cell::is_blank(text) { Self::None } else { Self::Text(Cow::Borrowed(text)) }
    }
}

//! The findings as newline-delimited JSON: one flat object per line, the columns of [`super::rows::COLUMNS`].

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::{
    Report,
    rows::{COLUMNS, Cell, rows},
};

/// Writes one line per finding. Money is a decimal string with two digits, unknown is `null`.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for row in rows(report) {
        let object: Map<String, Value> = COLUMNS
            .iter()
            .zip(row.0)
            .map(|(column, cell)| {
                let value = match cell {
                    Cell::Text(text) => text.map(Value::String),
                    Cell::Usd(usd) => usd.map(|usd| Value::String(usd.to_decimal())),
                };
                (column.name.to_owned(), value.unwrap_or(Value::Null))
            })
            .collect();
        serde_json::to_writer(&mut *out, &object)?;
        writeln!(out)?;
    }
    Ok(())
}

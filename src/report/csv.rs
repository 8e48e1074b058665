//! The findings as CSV (RFC 4180, UTF-8, one header row), safe to open in a spreadsheet.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use super::{
    Report,
    rows::{COLUMNS, Cell, rows},
};

/// Writes one row per finding. Text that a spreadsheet would run as a formula gets an apostrophe before it; unknown
/// values are empty.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record(COLUMNS.iter().map(|column| column.name)).map_err(into_io)?;
    for row in rows(report) {
        writer.write_record(row.0.iter().map(|cell| field(cell).into_owned())).map_err(into_io)?;
    }
    writer.flush()
}

/// Keeps the kind of an I/O error: a closed pipe must be recognised as one.
fn into_io(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        _ => io::Error::other(
            "a row could not be written as CSV: its cells are not as many as its columns",
        ),
    }
}

fn field(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Text(text) => harmless(text.as_deref().unwrap_or_default()),
        Cell::Usd(usd) => Cow::Owned(usd.map(crate::units::Usd::to_decimal).unwrap_or_default()),
    }
}

/// Text that no spreadsheet takes for a formula. Full-width signs count as signs there, and tabs and carriage returns
/// are skipped to reach one.
fn harmless(text: &str) -> Cow<'_, str> {
    const SIGNS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
    if text.starts_with(SIGNS) || text.trim_start().starts_with(SIGNS) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1"] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        assert_eq!(harmless("a=b"), "a=b");
        assert_eq!(harmless(""), "");
    }
}

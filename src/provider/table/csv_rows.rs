//! Rows of CSV: any of three delimiters, quotes, BOM, CRLF.

use std::io::{BufReader, Read};

use super::{
    ImportError, Place, Position, Row, Selection, cell::Decimals, lines::UnixLines, row::Cells,
};

/// The decompressed text of a file.
pub(super) type Source = BufReader<Box<dyn Read>>;

/// The delimiter: the one of `,` `;` and tab that the header line has most of, outside quotes.
pub(super) fn delimiter(head: &[u8]) -> u8 {
    let mut is_quoted = false;
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    for byte in head {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            _ if !is_quoted => {
                for (delimiter, count) in &mut counts {
                    *count += usize::from(delimiter == byte);
                }
            }
            _ => {}
        }
    }
    let [comma, semicolon, tab] = counts;
    let best = if semicolon.1 > comma.1 { semicolon } else { comma };
    if tab.1 > best.1 { tab.0 } else { best.0 }
}

fn reader(source: Source, delimiter: u8) -> csv::Reader<UnixLines<Source>> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(UnixLines::new(source))
}

/// The names in the header line; empty names at its end belong to no column.
pub(super) fn header(
    source: Source,
    delimiter: u8,
    file: &str,
) -> Result<Vec<String>, ImportError> {
    let mut record = csv::StringRecord::new();
    let found =
        reader(source, delimiter).read_record(&mut record).map_err(|error| fault(error, file))?;
    if !found {
        return Err(ImportError::Empty { file: file.to_owned() });
    }
    let mut names: Vec<String> =
        record.iter().map(|name| name.trim().trim_start_matches('\u{feff}').to_owned()).collect();
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    Ok(names)
}

/// Visits all rows after the header.
pub(super) fn read(
    source: Source,
    delimiter: u8,
    selection: &Selection<'_>,
    decimals: &Decimals,
    visit: &mut dyn FnMut(&Row<'_>) -> Result<(), ImportError>,
) -> Result<u64, ImportError> {
    let table = selection.table();
    let mut reader = reader(source, delimiter);
    let mut record = csv::StringRecord::new();
    let mut usual_count = None;
    let mut row_count = 0;
    let mut is_header = true;
    while reader.read_record(&mut record).map_err(|error| fault(error, table.name()))? {
        if std::mem::take(&mut is_header) {
            continue;
        }
        // The reader counts line ends, and has just passed the one of this record.
        let inner = record.as_slice().bytes().filter(|byte| *byte == b'\n').count();
        let inner = u64::try_from(inner).unwrap_or_default();
        let position = Position::Line(reader.position().line().saturating_sub(1 + inner));
        check_count(&record, table.columns.len(), &mut usual_count, || Place {
            file: table.name().to_owned(),
            position,
        })?;
        visit(&Row { selection, position, decimals, cells: Cells::Csv(&record) })?;
        row_count += 1;
    }
    Ok(row_count)
}

/// Empty fields beyond the header are tolerated. Rows may leave out fields at the end only if all of them do: a single
/// short row is a line that was cut off.
fn check_count(
    record: &csv::StringRecord,
    column_count: usize,
    usual_count: &mut Option<usize>,
    place: impl FnOnce() -> Place,
) -> Result<(), ImportError> {
    let found = record.len();
    let is_too_long = record.iter().skip(column_count).any(|field| !field.trim().is_empty());
    let expected = *usual_count.get_or_insert(found.min(column_count));
    if is_too_long || found < expected {
        return Err(ImportError::Fields {
            place: place(),
            found,
            expected: if is_too_long { column_count } else { expected },
        });
    }
    Ok(())
}

fn fault(error: csv::Error, file: &str) -> ImportError {
    let place = |line| Place { file: file.to_owned(), position: Position::Line(line) };
    let line = error.position().map_or(1, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Utf8 { pos, err } => ImportError::NotUtf8 {
            byte: pos.as_ref().map_or(0, csv::Position::byte)
                + u64::try_from(err.valid_up_to()).unwrap_or_default(),
            place: place(pos.as_ref().map_or(line, csv::Position::line)),
        },
        csv::ErrorKind::Io(source) => ImportError::Truncated { file: file.to_owned(), source },
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => ImportError::Fields {
            place: place(line),
            found: usize::try_from(len).unwrap_or_default(),
            expected: usize::try_from(expected_len).unwrap_or_default(),
        },
        _ => ImportError::Truncated {
            file: file.to_owned(),
            source: std::io::Error::other("the CSV reader gave up"),
        },
    }
}

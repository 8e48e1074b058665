//! Rows of NDJSON: one object per line. Nested objects become columns `outer.inner`, arrays stay JSON text.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead as _, BufReader, Read},
};

use serde_json::{Map, Value};

use super::{Column, ImportError, Place, Position, Row, Selection, cell::Decimals, row::Cells};

/// Every column that any row has, in order of appearance. Rows leave out empty fields, so all of them are looked at.
pub(super) fn columns(
    source: BufReader<Box<dyn Read>>,
    file: &str,
) -> Result<Vec<Column>, ImportError> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut columns = Vec::new();
    for_each_line(source, file, &mut |_, object| {
        flatten("", &object, &mut |name, _| {
            if !known.contains(name) {
                known.insert(name.to_owned());
                columns.push(Column { name: name.to_owned(), is_unread: false });
            }
        });
        Ok(())
    })?;
    Ok(columns)
}

/// Visits all rows.
pub(super) fn read(
    source: BufReader<Box<dyn Read>>,
    selection: &Selection<'_>,
    decimals: &Decimals,
    visit: &mut dyn FnMut(&Row<'_>) -> Result<(), ImportError>,
) -> Result<u64, ImportError> {
    let table = selection.table();
    let slots: BTreeMap<&str, usize> = selection
        .columns
        .iter()
        .enumerate()
        .filter_map(|(slot, index)| Some((table.columns.get(*index)?.name.as_str(), slot)))
        .collect();
    let mut cells = vec![Value::Null; selection.columns.len()];
    let mut row_count = 0;
    for_each_line(source, table.name(), &mut |line, object| {
        cells.fill(Value::Null);
        flatten("", &object, &mut |name, value| {
            if let Some(cell) = slots.get(name).and_then(|slot| cells.get_mut(*slot)) {
                *cell = value.clone();
            }
        });
        row_count += 1;
        let position = Position::Line(line);
        visit(&Row { selection, position, decimals, cells: Cells::Json(&cells) })
    })?;
    Ok(row_count)
}

fn for_each_line(
    mut source: BufReader<Box<dyn Read>>,
    file: &str,
    visit: &mut dyn FnMut(u64, Map<String, Value>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let mut line = Vec::new();
    let mut byte_count = 0_u64;
    for number in 1.. {
        line.clear();
        let read = source
            .read_until(b'\n', &mut line)
            .map_err(|source| ImportError::Truncated { file: file.to_owned(), source })?;
        if read == 0 {
            break;
        }
        let place = || Place { file: file.to_owned(), position: Position::Line(number) };
        let text = std::str::from_utf8(&line).map_err(|error| ImportError::NotUtf8 {
            place: place(),
            byte: byte_count + u64::try_from(error.valid_up_to()).unwrap_or_default(),
        })?;
        byte_count += u64::try_from(read).unwrap_or_default();
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            continue;
        }
        let object = serde_json::from_str(text)
            .map_err(|source| ImportError::Json { place: place(), source })?;
        visit(number, object)?;
    }
    Ok(())
}

fn flatten(prefix: &str, object: &Map<String, Value>, visit: &mut dyn FnMut(&str, &Value)) {
    for (key, value) in object {
        let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        visit(&name, value);
        if let Value::Object(inner) = value {
            flatten(&name, inner, visit);
        }
    }
}

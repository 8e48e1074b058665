//! Opening a file: what it is, and which columns it has.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;

use super::{
    ImportError, Place, Position, Row, Selection, cell::Decimals, csv_rows, json_rows, lines,
    parquet_rows, parquet_schema::Footer, selection,
};

/// A file of rows whose columns are known. Rows are read by [`Table::read`], as often as needed.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    name: String,
    /// The columns, in the order of the file.
    pub columns: Vec<Column>,
    layout: Layout,
    /// True if the headers are translated, as in exports made in another language.
    pub is_translated: bool,
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// As the file writes it.
    pub name: String,
    /// True for types of Parquet that are not read.
    pub is_unread: bool,
}

#[derive(Debug)]
pub(super) enum Layout {
    Csv { delimiter: u8, is_gzip: bool },
    Ndjson { is_gzip: bool },
    Parquet(Box<Footer>),
}

impl Table {
    /// Looks at the first bytes and reads the header.
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let name = path.display().to_string();
        let mut start = Vec::new();
        let file =
            File::open(path).map_err(|source| ImportError::Open { file: name.clone(), source })?;
        file.take(4)
            .read_to_end(&mut start)
            .map_err(|source| ImportError::Open { file: name.clone(), source })?;
        let mut table = Self {
            path: path.to_owned(),
            name,
            columns: Vec::new(),
            layout: Layout::Ndjson { is_gzip: start.starts_with(&[0x1f, 0x8b]) },
            is_translated: false,
        };
        if start.is_empty() {
            return Err(ImportError::Empty { file: table.name });
        }
        if start == b"PAR1" {
            let (footer, columns) = parquet_rows::columns(&table.path, &table.name)?;
            table.columns = columns;
            table.layout = Layout::Parquet(Box::new(footer));
            return Ok(table);
        }
        table.refuse(&start)?;
        table.open_text()?;
        Ok(table)
    }

    /// Refuses containers and encodings that are known and not read.
    fn refuse(&self, start: &[u8]) -> Result<(), ImportError> {
        let extension = self.path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let (found, help) = match start {
            [b'P', b'K', ..] => {
                ("a ZIP archive or a spreadsheet", "unpack it, or save the sheet as CSV")
            }
            [0x28, 0xb5, 0x2f, 0xfd] => ("compressed with zstd", "unpack it with `zstd -d` first"),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => ("UTF-16 text", "save it as UTF-8"),
            _ if extension.eq_ignore_ascii_case("parquet") => (
                "named like Parquet but does not begin like it",
                "download or export the file again",
            ),
            _ => return Ok(()),
        };
        Err(ImportError::Format { file: self.name.clone(), found, help })
    }

    fn open_text(&mut self) -> Result<(), ImportError> {
        let Layout::Ndjson { is_gzip } = self.layout else { return Ok(()) };
        let mut reader = self.text_reader()?;
        let head = reader.fill_buf().map_err(|source| self.truncated(source))?;
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
        match first {
            None if head.len() < 1024 => {
                return Err(ImportError::Empty { file: self.name.clone() });
            }
            Some(b'{') => {
                self.columns = json_rows::columns(reader, &self.name)?;
                return Ok(());
            }
            Some(b'[') => {
                return Err(ImportError::Format {
                    file: self.name.clone(),
                    found: "a JSON array",
                    help: "write one JSON object per line, for example with `jq -c '.[]'`",
                });
            }
            _ => {}
        }
        if head.contains(&0) {
            return Err(ImportError::Format {
                file: self.name.clone(),
                found: "binary data",
                help: "give the export itself; UTF-16 text must be saved as UTF-8",
            });
        }
        let delimiter = csv_rows::delimiter(head);
        self.layout = Layout::Csv { delimiter, is_gzip };
        let names =
            csv_rows::header(reader, delimiter, &self.name).map_err(|error| self.locate(error))?;
        self.is_translated = names.iter().any(|name| selection::english_name(name).is_some());
        self.columns = names.into_iter().map(|name| Column { name, is_unread: false }).collect();
        Ok(())
    }

    /// The decompressed text from its start.
    fn text_reader(&self) -> Result<BufReader<Box<dyn Read>>, ImportError> {
        let file = File::open(&self.path)
            .map_err(|source| ImportError::Open { file: self.name.clone(), source })?;
        let is_gzip = match self.layout {
            Layout::Csv { is_gzip, .. } | Layout::Ndjson { is_gzip } => is_gzip,
            Layout::Parquet(_) => false,
        };
        let source: Box<dyn Read> = if is_gzip {
            Box::new(MultiGzDecoder::new(BufReader::new(file)))
        } else {
            Box::new(file)
        };
        Ok(BufReader::with_capacity(1 << 16, source))
    }

    fn truncated(&self, source: io::Error) -> ImportError {
        ImportError::Truncated { file: self.name.clone(), source }
    }

    /// Finds the exact byte of an encoding error, which the CSV reader knows only by record.
    fn locate(&self, error: ImportError) -> ImportError {
        let ImportError::NotUtf8 { .. } = error else { return error };
        let found = self.text_reader().map(lines::first_bad_byte);
        let Ok(Ok(Some((line, byte)))) = found else { return error };
        let place = Place { file: self.name.clone(), position: Position::Line(line) };
        ImportError::NotUtf8 { place, byte }
    }

    /// The file, as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the file without its folders, for what must not depend on where the file lies.
    pub fn file_name(&self) -> String {
        let name = self.path.file_name();
        name.map_or_else(|| self.name.clone(), |name| name.to_string_lossy().into_owned())
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The columns for an error message: `a, b, c`.
    pub fn column_list(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| column.name.as_str()).collect();
        names.join(", ")
    }

    /// The number of the column with this name in any spelling. Two columns that both fit are refused, unless one of
    /// them fits to the letter.
    pub fn find(&self, name: &str) -> Result<Option<usize>, ImportError> {
        let ambiguous =
            || ImportError::AmbiguousColumn { file: self.name.clone(), column: name.to_owned() };
        let mut exact = self.columns.iter().enumerate().filter(|(_, column)| column.name == name);
        if let Some((index, _)) = exact.next() {
            return if exact.next().is_some() { Err(ambiguous()) } else { Ok(Some(index)) };
        }
        let wanted = selection::spelling(name);
        let mut similar = self
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| selection::spelling(&column.name) == wanted);
        match (similar.next(), similar.next()) {
            (Some(_), Some(_)) => Err(ambiguous()),
            (found, _) => Ok(found.map(|(index, _)| index)),
        }
    }

    /// Visits every row in order and returns how many there were.
    pub fn read(
        &self,
        selection: &Selection<'_>,
        visit: &mut dyn FnMut(&Row<'_>) -> Result<(), ImportError>,
    ) -> Result<u64, ImportError> {
        match &self.layout {
            &Layout::Csv { delimiter, .. } => {
                let decimals = Decimals::new(delimiter == b';' || self.is_translated);
                csv_rows::read(self.text_reader()?, delimiter, selection, &decimals, visit)
                    .map_err(|error| self.locate(error))
            }
            Layout::Ndjson { .. } => {
                json_rows::read(self.text_reader()?, selection, &Decimals::new(false), visit)
            }
            Layout::Parquet(footer) => {
                parquet_rows::read(&self.path, footer, selection, &Decimals::new(false), visit)
            }
        }
    }
}

//! Why a file could not be imported: the file, the place in it, and the way out.

use std::io;

use miette::Diagnostic;
use thiserror::Error;

use super::Place;
use crate::frame::SchemaError;

/// Why a file could not be imported. Usually the file's fault, or that of whoever exported it.
#[derive(Debug, Error, Diagnostic)]
pub enum ImportError {
    /// The file is not there, or may not be read.
    #[error("could not open {file}")]
    #[diagnostic(code(import::open), help("check the path and that you may read the file"))]
    Open {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Reading broke off: a truncated gzip, or a failing disk.
    #[error("could not read {file} to its end: it is truncated or damaged")]
    #[diagnostic(
        code(import::truncated),
        help("download or export the file again and compare its size")
    )]
    Truncated {
        /// The file.
        file: String,
        /// What the decoder said.
        #[source]
        source: io::Error,
    },
    /// Nothing inside.
    #[error("{file} is empty")]
    #[diagnostic(code(import::empty), help("export it again, or leave it out"))]
    Empty {
        /// The file.
        file: String,
    },
    /// Headers only, in all files together.
    #[error("{files} holds no rows")]
    #[diagnostic(code(import::no_rows), help("export a period that has charges"))]
    NoRows {
        /// The files.
        files: String,
    },
    /// A container or encoding that we do not read.
    #[error("{file} is {found}, not CSV, NDJSON or Parquet")]
    #[diagnostic(code(import::format), help("{help}"))]
    Format {
        /// The file.
        file: String,
        /// What it is.
        found: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// Bytes that are not UTF-8.
    #[error("{place}: byte {byte} of the file is not UTF-8 text")]
    #[diagnostic(
        code(import::utf8),
        help("save the file as UTF-8, for example with `iconv -f WINDOWS-1252 -t UTF-8`")
    )]
    NotUtf8 {
        /// The line.
        place: Place,
        /// The first bad byte, counted from 0 (after decompression).
        byte: u64,
    },
    /// A Parquet file that cannot be decoded.
    #[error("{file} is not readable as Parquet: it is truncated or corrupt")]
    #[diagnostic(
        code(import::parquet),
        help("download or export the file again and compare its size")
    )]
    Parquet {
        /// The file.
        file: String,
        /// What Polars said.
        #[source]
        source: polars::error::PolarsError,
    },
    /// A CSV row with too many or too few fields.
    #[error("{place} has {found} fields where {expected} are expected")]
    #[diagnostic(
        code(import::fields),
        help("look for an unquoted comma or a line that was cut off, and export the file again")
    )]
    Fields {
        /// The line.
        place: Place,
        /// Fields in the line.
        found: usize,
        /// Fields expected.
        expected: usize,
    },
    /// A line that is no JSON object.
    #[error("{place} is not a JSON object")]
    #[diagnostic(code(import::json), help("write one complete JSON object per line"))]
    Json {
        /// The line.
        place: Place,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
    /// No known format has these columns.
    #[error("{file} is in no billing format that is known: its columns are {columns}")]
    #[diagnostic(
        code(import::unknown_format),
        help(
            "export FOCUS 1.0 to 1.2, AWS CUR (2.0 or legacy), Azure cost details (actual or amortized) or the GCP detailed export"
        )
    )]
    UnknownFormat {
        /// The file.
        file: String,
        /// The columns found.
        columns: String,
    },
    /// A column that the format must have.
    #[error("{file} lacks the column `{column}` of {format}: its columns are {columns}")]
    #[diagnostic(
        code(import::missing_column),
        help("add the column to the export; if it has another name, rename or map it")
    )]
    MissingColumn {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The format it was taken for.
        format: String,
        /// The columns found.
        columns: String,
    },
    /// Two columns with the name of one that is needed.
    #[error("{file} has the column `{column}` more than once")]
    #[diagnostic(code(import::ambiguous_column), help("remove or rename one of the two columns"))]
    AmbiguousColumn {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },
    /// A needed Parquet column has a type that is not read.
    #[error("the column `{column}` of {file} has a Parquet type that is not read")]
    #[diagnostic(
        code(import::unread_type),
        help(
            "write it as text, a number, a time or a decimal of at most 38 digits, or export NDJSON or CSV"
        )
    )]
    UnreadType {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },
    /// An empty cell where a value is needed.
    #[error("{place} has no value in column `{column}`")]
    #[diagnostic(code(import::missing_value), help("fill the cell or remove the row"))]
    MissingValue {
        /// The row.
        place: Place,
        /// The column.
        column: String,
    },
    /// Text where a number belongs.
    #[error("{place}, column `{column}`: `{text}` is not a number")]
    #[diagnostic(
        code(import::number),
        help(
            "write numbers as 1234.56, without thousands separators or signs of currency; a decimal comma is read only in files separated by semicolons or with translated headers, and then in all of the file"
        )
    )]
    Number {
        /// The row.
        place: Place,
        /// The column.
        column: String,
        /// The text found.
        text: String,
    },
    /// NaN, infinity, or a number that no bill and no inventory can hold.
    #[error("{place}, column `{column}`: `{text}` is not a finite number below 1e15")]
    #[diagnostic(code(import::not_finite), help("leave the cell empty if the value is unknown"))]
    NotFinite {
        /// The row.
        place: Place,
        /// The column.
        column: String,
        /// The value found.
        text: String,
    },
    /// A number outside what the column can hold: usually percent for a ratio, or -1 for "unknown".
    #[error("{place}, column `{column}`: {value} is not {allowed}")]
    #[diagnostic(
        code(import::range),
        help("leave the cell empty if the value is unknown; ratios are 0 to 1, not percent")
    )]
    Range {
        /// The row.
        place: Place,
        /// The column.
        column: String,
        /// The value found.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// Text where a time belongs.
    #[error("{place}, column `{column}`: `{text}` is not a date or time")]
    #[diagnostic(
        code(import::time),
        help(
            "write times as 2026-10-31T08:00:00Z, days as 2026-10-31, or seconds or milliseconds since 1970; 10/31/2026 is read as month/day/year, and only under English headers"
        )
    )]
    Time {
        /// The row.
        place: Place,
        /// The column.
        column: String,
        /// The text found.
        text: String,
    },
    /// Text where yes or no belongs.
    #[error("{place}, column `{column}`: `{text}` is not true or false")]
    #[diagnostic(code(import::boolean), help("write true or false"))]
    Boolean {
        /// The row.
        place: Place,
        /// The column.
        column: String,
        /// The text found.
        text: String,
    },
    /// A word outside the list of the column.
    #[error("{place}, column `{column}`: `{text}` is not one of {allowed}")]
    #[diagnostic(code(import::word), help("use one of the words listed"))]
    Word {
        /// The row.
        place: Place,
        /// The column.
        column: String,
        /// The word found.
        text: String,
        /// The words allowed.
        allowed: String,
    },
    /// A period that ends before it starts.
    #[error("{place}: the charge period ends before it starts")]
    #[diagnostic(code(import::period), help("check the two time columns of the row"))]
    Period {
        /// The row.
        place: Place,
    },
    /// A currency without an exchange rate.
    #[error("{place}: the charge is in {currency}, and no exchange rate to US dollars is set")]
    #[diagnostic(
        code(import::currency),
        help("set `currency.usd_per.{currency}` to the US dollars one {currency} is worth")
    )]
    Currency {
        /// The first row in it.
        place: Place,
        /// ISO code.
        currency: String,
    },
    /// An exchange rate that is zero, negative or not a number.
    #[error("the exchange rate `currency.usd_per.{currency}` is {rate}, which is not above 0")]
    #[diagnostic(
        code(import::rate),
        help("set `currency.usd_per.{currency}` to the US dollars one {currency} is worth")
    )]
    Rate {
        /// ISO code.
        currency: String,
        /// The rate given.
        rate: f64,
    },
    /// Two files with the same charges.
    #[error("{first} and {second} hold the same charges")]
    #[diagnostic(code(import::same_file), help("give each bill once"))]
    SameFile {
        /// The file given first.
        first: String,
        /// The file given later.
        second: String,
    },
    /// One charge twice.
    #[error("the charge `{id}` is in {first} and again in {second}")]
    #[diagnostic(
        code(import::same_charge),
        help("give only one delivery of each billing period: later ones replace earlier ones")
    )]
    SameCharge {
        /// Id of the line item.
        id: String,
        /// Its first place.
        first: Place,
        /// Its second place.
        second: Place,
    },
    /// Azure's two data sets together.
    #[error(
        "actual and amortized cost of the Azure subscription {subscription} in {month} are mixed: {actual} holds actual cost, {amortized} holds amortized cost"
    )]
    #[diagnostic(
        code(import::azure_mixed),
        help(
            "give the amortized export only: both together count reserved hours and their purchase twice"
        )
    )]
    AzureMixed {
        /// The subscription.
        subscription: String,
        /// The month, `YYYY-MM`.
        month: String,
        /// The first actual row.
        actual: Box<Place>,
        /// The first amortized row.
        amortized: Box<Place>,
    },
    /// The imported rows do not add up to the file: a bug of ours.
    #[error(
        "the {basis} cost imported from {file} is {imported}, but the file's own total is {own}"
    )]
    #[diagnostic(
        code(import::total),
        help("this is a bug in ai-cost: please report it with the header of the file")
    )]
    Total {
        /// The file.
        file: String,
        /// `billed` or `effective`.
        basis: &'static str,
        /// The file's total.
        own: crate::units::Usd,
        /// Ours.
        imported: crate::units::Usd,
    },
    /// The column map names a column of ours that does not exist.
    #[error("the column map names `{ours}`, which is not a column of `{frame}`: it has {known}")]
    #[diagnostic(code(import::map_ours), help("correct the left side of the entry"))]
    MapOurs {
        /// The entry.
        ours: String,
        /// The frame.
        frame: &'static str,
        /// The columns it has.
        known: String,
    },
    /// The column map names a column that the file does not have.
    #[error(
        "the column map takes `{ours}` from `{theirs}`, which {file} does not have: its columns are {columns}"
    )]
    #[diagnostic(code(import::map_theirs), help("correct the right side of the entry"))]
    MapTheirs {
        /// The file.
        file: String,
        /// Our column.
        ours: String,
        /// The column asked for.
        theirs: String,
        /// The columns found.
        columns: String,
    },
    /// Two rows for one thing.
    #[error("{second}: {key} is already in {first}")]
    #[diagnostic(code(import::duplicate), help("remove one of the two rows"))]
    Duplicate {
        /// The key, `resource_id = …`.
        key: String,
        /// The first row.
        first: Place,
        /// The second row.
        second: Place,
    },
    /// The rows do not fit the frame: a bug of ours.
    #[error("{file} could not be put into frame form")]
    #[diagnostic(code(import::frame), help("this is a bug in ai-cost: please report it"))]
    Frame {
        /// The file.
        file: String,
        /// What the frame said.
        #[source]
        source: SchemaError,
    },
}

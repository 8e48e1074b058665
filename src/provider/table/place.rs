//! Where in a file of rows something is.

use std::fmt;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it was given.
    pub file: String,
    /// Where in it.
    pub position: Position,
}

/// A position in a file of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Position {
    /// Line of a text file, counted from 1 (the header of a CSV is line 1).
    Line(u64),
    /// Row of a Parquet file, counted from 1.
    Row(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Position::Line(line) => write!(f, "{}, line {line}", self.file),
            Position::Row(row) => write!(f, "{}, row {row}", self.file),
        }
    }
}

//! What can be wrong with settings. All of it was written by a person, so all of it points at the place and says what to do.

use std::{io, path::PathBuf};

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;

/// Why there are no settings.
#[derive(Debug, Error, Diagnostic)]
pub enum SettingsError {
    /// A settings file cannot be read: usually the path of `--settings` is wrong.
    #[error("could not read the settings file {}", path.display())]
    #[diagnostic(
        code(settings::unreadable),
        help("check the path and its permissions; the file must be UTF-8 text")
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A settings file says something that cannot be: its author's slip.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] Box<FileError>),
    /// A variable `AI_COST_…` or a `--set` names no setting.
    #[error("{place} is no setting")]
    #[diagnostic(code(settings::unknown_key))]
    UnknownKey {
        /// Variable or flag, as written.
        place: String,
        /// What to do.
        #[help]
        help: String,
    },
    /// A variable `AI_COST_…` or a `--set` has a value that cannot be.
    #[error("{place}: {message}")]
    #[diagnostic(code(settings::value))]
    Value {
        /// Variable or flag, as written.
        place: String,
        /// What is wrong.
        message: String,
        /// What to do.
        #[help]
        help: Option<String>,
    },
    /// The working day ends before it starts; the two hours come from different places.
    #[error("working hours start at {start} ({start_origin}) and end at {end} ({end_origin})")]
    #[diagnostic(
        code(settings::working_hours),
        help(
            "the end must be later than the start; empty `policy.working_days` declares no hours"
        )
    )]
    WorkingHours {
        /// First working hour.
        start: u8,
        /// Where it was set.
        start_origin: String,
        /// First hour after work.
        end: u8,
        /// Where it was set.
        end_origin: String,
    },
}

/// What is wrong in a settings file, with the place.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
#[diagnostic(code(settings::file))]
pub struct FileError {
    /// What is wrong.
    pub message: String,
    /// The file.
    #[source_code]
    pub source_text: NamedSource<String>,
    /// The place.
    #[label("here")]
    pub span: SourceSpan,
    /// What to do.
    #[help]
    pub help: Option<String>,
}

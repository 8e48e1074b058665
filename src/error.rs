//! What can stop the program, and the exit code it then has.

use std::{io, path::PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use crate::{
    audit::AuditError,
    catalog::CatalogError,
    provider::{bundle::BundleError, contract::ProviderError},
    rule::{self, ParamError},
    settings::{error::SettingsError, exemption::ExemptionError},
    snapshot::SnapshotError,
};

/// How the program ends. A closed pipe ends quietly with [`ExitCode::Done`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitCode {
    /// Done; nothing reached `--fail-on`.
    Done = 0,
    /// A bug or an unexpected failure; please report it.
    Failure = 1,
    /// The command line, settings, a rule or an input file is wrong.
    Input = 2,
    /// Findings reached `--fail-on` (severity, or counted dollars per month).
    Findings = 3,
    /// Nothing could be collected, or `--strict` and there are gaps.
    Blind = 4,
}

impl ExitCode {
    /// All exit codes with what they mean, in order.
    pub fn table() -> [(Self, &'static str); 5] {
        [
            (Self::Done, "done; nothing reached --fail-on"),
            (Self::Failure, "a bug or an unexpected failure; please report it"),
            (Self::Input, "the command line, settings, a rule or an input file is wrong"),
            (Self::Findings, "findings reached --fail-on (severity, or counted dollars per month)"),
            (Self::Blind, "nothing could be collected, or --strict and there are gaps"),
        ]
    }

    /// The number that the shell sees.
    pub fn number(self) -> u8 {
        self as u8
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        code.number().into()
    }
}

/// Why the program could not do what was asked. `main` shows it; nothing else does.
#[derive(Debug, Error, Diagnostic)]
pub enum Error {
    /// Settings are wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Settings(#[from] SettingsError),
    /// An exemption is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Exemption(#[from] ExemptionError),
    /// A catalog folder is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Catalog(#[from] CatalogError),
    /// A rule is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Rules(#[from] rule::CatalogError),
    /// A parameter of a rule is wrong in the settings.
    #[error(transparent)]
    #[diagnostic(transparent)]
    RuleParam(#[from] ParamError),
    /// A file that was brought is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Bundle(#[from] BundleError),
    /// A snapshot is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The audit cannot be made.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Audit(#[from] AuditError),
    /// A provider could read nothing.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Provider(#[from] ProviderError),
    /// The system gives no threads to ask servers with.
    #[error("servers cannot be asked: the system gives no threads")]
    #[diagnostic(code(provider::runtime), help("raise the limit of processes of this user"))]
    Runtime {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The command line asks for something that does not go together.
    #[error("{message}")]
    #[diagnostic(code(cli::usage))]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        #[help]
        help: String,
    },
    /// A file named on the command line cannot be read: usually the path is wrong.
    #[error("could not read {}", path.display())]
    #[diagnostic(code(io::read), help("check the path and its permissions"))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// An output file cannot be written: usually its folder is missing or not writable, or the disk is full.
    #[error("could not write {}; nothing was left there", path.display())]
    #[diagnostic(code(io::write))]
    Write {
        /// The file.
        path: PathBuf,
        /// What to do.
        #[help]
        help: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Standard output failed for another reason than a closed pipe: usually the disk behind it is full.
    #[error("could not write to standard output")]
    #[diagnostic(code(io::stdout), help("write to a file with `--out FILE`"))]
    Stdout {
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// The exit code of a program that this stopped.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Settings(_)
            | Self::Exemption(_)
            | Self::Catalog(_)
            | Self::Rules(_)
            | Self::RuleParam(_)
            | Self::Bundle(_)
            | Self::Snapshot(_)
            | Self::Audit(_)
            | Self::Usage { .. }
            | Self::Read { .. } => ExitCode::Input,
            Self::Write { source, .. } => match source.kind() {
                io::ErrorKind::NotFound
                | io::ErrorKind::NotADirectory
                | io::ErrorKind::IsADirectory
                | io::ErrorKind::PermissionDenied
                | io::ErrorKind::ReadOnlyFilesystem
                | io::ErrorKind::InvalidFilename => ExitCode::Input,
                _ => ExitCode::Failure,
            },
            Self::Provider(error) => match error {
                ProviderError::Input { .. } | ProviderError::Snapshot(_) => ExitCode::Input,
                ProviderError::Unreachable { .. } => ExitCode::Blind,
            },
            Self::Stdout { .. } | Self::Runtime { .. } => ExitCode::Failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_numbered_in_the_order_of_the_table() {
        let numbers = ExitCode::table().map(|(code, _)| code.number());
        assert_eq!(numbers, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_wrong_path_is_the_users_and_a_full_disk_is_not() {
        let write = |kind: io::ErrorKind| Error::Write {
            path: "out.json".into(),
            help: String::new(),
            source: kind.into(),
        };
        assert_eq!(write(io::ErrorKind::NotFound).exit_code(), ExitCode::Input);
        assert_eq!(write(io::ErrorKind::StorageFull).exit_code(), ExitCode::Failure);
    }
}

//! What can stop an audit.

use crate::{rule::ParamError, snapshot::SnapshotError};

/// Why there is no report.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum AuditError {
    /// The snapshot is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The time zone of the settings does not exist.
    #[error("the settings name the time zone `{zone}`, which is not known")]
    #[diagnostic(code(settings::time_zone), help("use an IANA name such as `Europe/Berlin`"))]
    TimeZone {
        /// The name.
        zone: String,
        /// What the time zone database said.
        #[source]
        source: jiff::Error,
    },
    /// An exemption's condition is wrong.
    #[error("the condition of an exemption (reason: {reason}) cannot be used: {problem}")]
    #[diagnostic(
        code(settings::exemption),
        help("`ai-cost facts SUBJECT` lists the names a condition may use")
    )]
    Exemption {
        /// The exemption's reason, to find it by.
        reason: String,
        /// What is wrong.
        problem: String,
    },
    /// A rule's parameter in the settings is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Param(#[from] ParamError),
}

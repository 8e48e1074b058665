//! What can stop an audit.

use crate::{rule::ParamError, settings::exemption::ExemptionError, snapshot::SnapshotError};

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
    /// An exemption is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Exemption(#[from] ExemptionError),
    /// A rule's parameter in the settings is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Param(#[from] ParamError),
}

//! What can go wrong with a snapshot folder.

use std::path::{Path, PathBuf};

use crate::{frame::SchemaError, usage::UsageError};

/// Why a snapshot could not be read or written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum SnapshotError {
    /// The folder has no manifest: it is not a snapshot, or `collect` never finished a part.
    #[error("`{}` is not a snapshot: it has no manifest.toml", dir.display())]
    #[diagnostic(code(snapshot::no_manifest), help("make one with `ai-cost collect … --out DIR`"))]
    NoManifest {
        /// The folder.
        dir: PathBuf,
    },
    /// The manifest is damaged.
    #[error("the manifest of snapshot `{}` cannot be understood: {reason}", dir.display())]
    #[diagnostic(code(snapshot::manifest), help("collect the snapshot again"))]
    Manifest {
        /// The folder.
        dir: PathBuf,
        /// What is wrong, on one line.
        reason: String,
    },
    /// The folder is full of other things, which a snapshot would replace.
    #[error("`{}` holds something else than a snapshot", dir.display())]
    #[diagnostic(code(snapshot::occupied), help("choose a new or an empty folder with `--out`"))]
    Occupied {
        /// The folder.
        dir: PathBuf,
    },
    /// A provider was asked already, over the same window, and the snapshot is complete.
    #[error("snapshot `{}` is complete already", dir.display())]
    #[diagnostic(
        code(snapshot::complete),
        help("audit it, or choose another folder with `--out` to ask again")
    )]
    Complete {
        /// The folder.
        dir: PathBuf,
    },
    /// It is still being collected, or the run that collected it died.
    #[error("snapshot `{}` is not complete: the run that collects it has not ended", dir.display())]
    #[diagnostic(
        code(snapshot::unfinished),
        help("run the same `ai-cost collect` again: it goes on where the last one stopped")
    )]
    Unfinished {
        /// The folder.
        dir: PathBuf,
    },
    /// A newer version of the tool wrote it.
    #[error("snapshot `{}` has format {found}, and this version reads up to {known}", dir.display())]
    #[diagnostic(
        code(snapshot::newer),
        help("audit it with the version of ai-cost that wrote it, or a newer one")
    )]
    Newer {
        /// The folder.
        dir: PathBuf,
        /// Its format.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// A part was changed, cut off or removed after it was written.
    #[error("part `{}` does not match the manifest: {reason}", path.display())]
    #[diagnostic(
        code(snapshot::part_changed),
        help("copy the snapshot again, or collect it again")
    )]
    PartChanged {
        /// The file.
        path: PathBuf,
        /// What differs.
        reason: String,
    },
    /// The system refused.
    #[error("`{}` could not be {what}", path.display())]
    #[diagnostic(code(snapshot::io), help("check the path, its permissions and the free space"))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A part is not a frame of its kind.
    #[error("part `{}` is not what its folder says", path.display())]
    #[diagnostic(code(snapshot::schema), help("collect the snapshot again with this version"))]
    Schema {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: SchemaError,
    },
    /// Polars refused to read or write a part.
    #[error("part `{}` is not readable Parquet: {reason}", path.display())]
    #[diagnostic(
        code(snapshot::corrupt),
        help("it is probably cut off or damaged: copy the snapshot again")
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What the reader said, on one line.
        reason: String,
    },
    /// Telemetry is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Usage(#[from] UsageError),
}

impl SnapshotError {
    pub(super) fn schema(path: &Path, source: SchemaError) -> Self {
        Self::Schema { path: path.to_owned(), source }
    }

    pub(super) fn polars(path: &Path, source: &polars::prelude::PolarsError) -> Self {
        let text = source.to_string();
        let reason = text.lines().next().unwrap_or_default().to_owned();
        Self::Corrupt { path: path.to_owned(), reason }
    }

    pub(super) fn io(path: &Path, what: &'static str, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), what, source }
    }
}

//! Where a snapshot folder may appear, and how it appears there as a whole.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::SnapshotError;

/// An empty folder beside `dir`, in which a snapshot is written before it takes that place. It vanishes unless it is
/// settled.
pub(super) fn draft_for(dir: &Path) -> Result<TempDir, SnapshotError> {
    check_free(dir)?;
    let parent = parent_of(dir);
    let io = |source| SnapshotError::io(dir, "written", source);
    fs::create_dir_all(&parent).map_err(io)?;
    beside(&parent).map_err(io)
}

/// Refuses a folder that holds something else than a snapshot: it would be lost.
pub(super) fn check_free(dir: &Path) -> Result<(), SnapshotError> {
    let mut entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(SnapshotError::io(dir, "written", source)),
    };
    if entries.next().is_none() || dir.join("manifest.toml").is_file() {
        return Ok(());
    }
    Err(SnapshotError::Occupied { dir: dir.to_owned() })
}

/// Puts a finished draft in its place; a snapshot that was there goes away.
pub(super) fn settle(draft: TempDir, dir: &Path) -> Result<(), SnapshotError> {
    let io = |source| SnapshotError::io(dir, "written", source);
    if !dir.exists() {
        return fs::rename(draft.keep(), dir).map_err(io);
    }
    // Only an empty folder can be replaced by a rename, so that the old one steps aside first.
    let old = beside(&parent_of(dir)).map_err(io)?;
    let aside = old.path().join("replaced");
    fs::rename(dir, &aside).map_err(io)?;
    if let Err(source) = fs::rename(draft.path(), dir) {
        fs::rename(&aside, dir).map_err(io)?;
        return Err(io(source));
    }
    // The draft is no longer where it was made.
    let _moved: PathBuf = draft.keep();
    old.close().map_err(io)
}

fn parent_of(dir: &Path) -> PathBuf {
    match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// A temporary folder in the same file system, with the rights a new folder gets.
fn beside(parent: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ai-cost-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    builder.tempdir_in(parent).map_err(|error| io::Error::from(error.kind()))
}

//! A snapshot from its folder.

use std::{
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

use polars::prelude::{ParquetReader, SerReader as _};
use sha2::{Digest as _, Sha256};

use super::{CostSource, FORMAT_VERSION, Manifest, Part, Snapshot, SnapshotError, write::MORE};
use crate::{
    finding::hex,
    frame::{
        Commitments, Costs, Frame, FrameKind, Invocations, Prices, Resources, Usage, Workloads,
    },
    usage::{UsagePart, UsageSource},
    window::Window,
};

/// The window of a snapshot that an interrupted run left in a folder, or one that missed answers which may be had now.
/// `None`: there is none, or it is complete.
pub fn unfinished_window(dir: &Path) -> Result<Option<Window>, SnapshotError> {
    let manifest = match manifest(dir) {
        Ok(manifest) if !manifest.is_complete || manifest.is_unsettled() => manifest,
        Ok(_) | Err(SnapshotError::NoManifest { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(window(dir, &manifest)?))
}

fn window(dir: &Path, manifest: &Manifest) -> Result<Window, SnapshotError> {
    Window::new(manifest.window_start, manifest.window_end)
        .map_err(|error| invalid(dir, &error.to_string()))
}

/// Opens a snapshot folder: checks its format and the hash of every part, and reads the small frames.
pub fn read(dir: &Path) -> Result<Snapshot, SnapshotError> {
    let manifest = manifest(dir)?;
    if !manifest.is_complete {
        return Err(SnapshotError::Unfinished { dir: dir.to_owned() });
    }
    open(dir, manifest)
}

/// Opens what the finished steps of a snapshot wrote.
pub(super) fn open(dir: &Path, mut manifest: Manifest) -> Result<Snapshot, SnapshotError> {
    for part in &manifest.parts {
        verify(dir, part)?;
    }
    let gaps = manifest.all_gaps();
    let bills = manifest.all_bills().into_iter().map(Into::into).collect();
    // How often a server was asked is no part of what it said: an interrupted collection asks again.
    let calls = std::mem::take(&mut manifest.calls);
    let identity = toml::to_string(&manifest).map_err(|error| invalid(dir, &error.to_string()))?;
    let paths = |frame: &str| -> Vec<PathBuf> {
        let of_frame = |part: &&Part| part.path.split('/').next() == Some(frame);
        let mut paths: Vec<PathBuf> =
            manifest.parts.iter().filter(of_frame).map(|part| dir.join(&part.path)).collect();
        paths.sort();
        paths
    };
    let window = window(dir, &manifest)?;
    Ok(Snapshot {
        resources: rows::<Resources>(&paths(Resources::NAME))?,
        usage: UsageSource::Parts(usage_parts(paths(Usage::NAME))),
        invocations: rows::<Invocations>(&paths(Invocations::NAME))?,
        costs: CostSource::Files(paths(Costs::NAME)),
        prices: rows::<Prices>(&paths(Prices::NAME))?,
        commitments: rows::<Commitments>(&paths(Commitments::NAME))?,
        workloads: rows::<Workloads>(&paths(Workloads::NAME))?,
        gaps,
        bills,
        calls,
        sha256: hex(&Sha256::digest(identity.as_bytes())),
        window,
    })
}

/// Parts of the usage frame, each with the one that completes it: `more/part-000.parquet` beside `part-000.parquet`.
fn usage_parts(paths: Vec<PathBuf>) -> Vec<UsagePart> {
    let (more, first): (Vec<PathBuf>, Vec<PathBuf>) =
        paths.into_iter().partition(|path| path.parent().is_some_and(|dir| dir.ends_with(MORE)));
    let more_of = |path: &Path| Some(path.parent()?.join(MORE).join(path.file_name()?));
    let mut parts: Vec<UsagePart> = Vec::new();
    let mut lone = more.clone();
    for path in first {
        let own = more_of(&path).filter(|own| more.contains(own));
        lone.retain(|path| Some(path) != own.as_ref());
        parts.push(UsagePart { path, more: own });
    }
    parts.extend(lone.into_iter().map(UsagePart::of));
    parts
}

/// The manifest. The format is checked before anything else is understood.
pub(super) fn manifest(dir: &Path) -> Result<Manifest, SnapshotError> {
    let path = dir.join("manifest.toml");
    let text = fs::read_to_string(&path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => SnapshotError::NoManifest { dir: dir.to_owned() },
        _ => SnapshotError::io(&path, "read", source),
    })?;
    let table: toml::Table =
        text.parse().map_err(|error: toml::de::Error| invalid(dir, error.message()))?;
    let format = table.get("format").and_then(toml::Value::as_integer);
    match format.and_then(|format| u32::try_from(format).ok()) {
        None => return Err(invalid(dir, "it states no format")),
        Some(found) if found > FORMAT_VERSION => {
            return Err(SnapshotError::Newer { dir: dir.to_owned(), found, known: FORMAT_VERSION });
        }
        Some(_) => {}
    }
    toml::from_str(&text).map_err(|error| invalid(dir, error.message()))
}

fn invalid(dir: &Path, reason: &str) -> SnapshotError {
    SnapshotError::Manifest { dir: dir.to_owned(), reason: reason.to_owned() }
}

/// Checks that a part is what was written.
pub(super) fn verify(dir: &Path, part: &Part) -> Result<(), SnapshotError> {
    let path = dir.join(&part.path);
    let changed =
        |reason: &str| SnapshotError::PartChanged { path: path.clone(), reason: reason.to_owned() };
    let is_inside = Path::new(&part.path)
        .components()
        .all(|component| matches!(component, std::path::Component::Normal(_)));
    if !is_inside {
        return Err(changed("its path leads out of the snapshot"));
    }
    let found = sha256_of(&path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => changed("the file is missing"),
        _ => SnapshotError::io(&path, "read", source),
    })?;
    if found == part.sha256 { Ok(()) } else { Err(changed("its content has another hash")) }
}

/// SHA-256 of a file, read piece by piece.
pub(super) fn sha256_of(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}

/// One part as a checked frame.
pub(super) fn part<K: FrameKind>(path: &Path) -> Result<Frame<K>, SnapshotError> {
    let file = File::open(path).map_err(|source| SnapshotError::io(path, "read", source))?;
    let df =
        ParquetReader::new(file).finish().map_err(|error| SnapshotError::polars(path, &error))?;
    Frame::new(&df).map_err(|source| SnapshotError::schema(path, source))
}

/// Rows of several parts.
pub(super) fn rows<K: FrameKind>(paths: &[PathBuf]) -> Result<Vec<K::Row>, SnapshotError> {
    let mut rows = Vec::new();
    for path in paths {
        let frame: Frame<K> = part(path)?;
        rows.extend(frame.rows().map_err(|source| SnapshotError::schema(path, source))?);
    }
    Ok(rows)
}

//! CUR and FOCUS exports, on this machine or in S3, as the setting `aws.exports` names them. They name every resource and every
//! hour, and cost nothing to ask for, so that Cost Explorer is not asked beside them.

mod collect;
mod place;
mod select;

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use self::{
    collect::{Bucket, FetchError},
    place::Source,
    select::{Edition, Object, Selected},
};
use crate::{
    frame::{CommitmentRow, CostRow, ResourceRow},
    provider::{
        aws::{observed, seat::Seat},
        bundle::Bundle,
    },
    report::BillTotal,
    settings::Settings,
    snapshot::{CostSource, Gap},
    window::Window,
};

/// Most bytes of exports that are fetched.
const MOST_BYTES: u64 = 64 << 30;

/// Bills as they were exported.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::provider::aws) struct Brought {
    pub(in crate::provider::aws) costs: Vec<CostRow>,
    /// Resources that the bills name; the inventory's word wins over theirs.
    pub(in crate::provider::aws) resources: Vec<ResourceRow>,
    /// Commitments that the bills name, with their use.
    pub(in crate::provider::aws) commitments: Vec<CommitmentRow>,
    /// The bills' own totals.
    pub(in crate::provider::aws) bills: Vec<BillTotal>,
    pub(in crate::provider::aws) gaps: Vec<Gap>,
}

/// Reads all exports. `home` is the account that may read the buckets.
pub(in crate::provider::aws) async fn observe(
    home: &Seat,
    exports: &[String],
    window: Window,
    settings: &Settings,
) -> Brought {
    let mut brought = Brought::default();
    let folder = match TempDir::new() {
        Ok(folder) => folder,
        Err(error) => {
            brought.gaps.push(gap("exports", &format!("no folder for them: {error}"), HIDES));
            return brought;
        }
    };
    let mut paths = Vec::new();
    for export in exports {
        let found = match Source::parse(export) {
            Source::Local(path) => of_folder(export, &path, window, &mut brought.gaps),
            Source::Bucket { bucket, prefix } => {
                let fetching = Fetching { home, export, window, folder: folder.path() };
                Box::pin(fetching.run(&bucket, &prefix, paths.len(), &mut brought.gaps)).await
            }
        };
        paths.extend(found);
    }
    if !paths.is_empty() {
        read(paths, window, settings, &mut brought);
    }
    brought
}

const HIDES: &str = "the bill: what resources really cost, and the use of commitments";

/// Reads files as bills that people bring.
fn read(paths: Vec<PathBuf>, window: Window, settings: &Settings, brought: &mut Brought) {
    let bundle = Bundle { billing: paths, ..Bundle::default() }.within(window);
    match bundle.read(settings) {
        Ok(snapshot) => {
            if let CostSource::Rows(costs) = snapshot.costs {
                brought.costs = costs;
            }
            brought.resources = snapshot.resources;
            brought.commitments = snapshot.commitments;
            brought.bills = snapshot.bills;
            brought.gaps.extend(snapshot.gaps);
        }
        Err(error) => {
            brought.gaps.push(gap("the bill in `aws.exports`", &error.to_string(), HIDES));
        }
    }
}

/// The files of a folder here that are the bill of the window.
fn of_folder(export: &str, path: &Path, window: Window, gaps: &mut Vec<Gap>) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let text = |key: &str| fs::read_to_string(path.join(key));
    let listed = match collect::local(path) {
        Ok(listed) => listed,
        Err(error) => {
            gaps.push(gap(export, &error.to_string(), HIDES));
            return Vec::new();
        }
    };
    let selected = select::select(&listed, window);
    gaps.extend(selection_gaps(export, &selected));
    let mut files = Vec::new();
    for edition in selected.editions {
        let named = edition.manifest.as_deref().map(text).transpose();
        files.extend(confirmed(
            export,
            edition,
            named.map_err(|error: io::Error| error.to_string()),
            gaps,
        ));
    }
    files.into_iter().map(|file| path.join(file.key)).collect()
}

/// An export in a bucket, on its way to a folder here.
struct Fetching<'a> {
    home: &'a Seat,
    export: &'a str,
    window: Window,
    folder: &'a Path,
}

impl Fetching<'_> {
    /// Fetches what is the bill of the window. An edition that lacks a file is not used: it would make things look cheap.
    async fn run(
        &self,
        bucket: &str,
        prefix: &str,
        number: usize,
        gaps: &mut Vec<Gap>,
    ) -> Vec<PathBuf> {
        let bucket = Bucket::open(self.home, bucket).await;
        let listed = match bucket.list(prefix).await {
            Ok(listed) => listed,
            Err(error) => {
                let who = format!("{} by {}", self.export, bucket.seat().name());
                gaps.push(observed::gap(&who, &error, HIDES));
                return Vec::new();
            }
        };
        let selected = select::select(&listed, self.window);
        gaps.extend(selection_gaps(self.export, &selected));
        let mut files = Vec::new();
        for edition in selected.editions {
            let named = match edition.manifest.as_deref() {
                Some(key) => bucket.text(key).await.map(Some),
                None => Ok(None),
            };
            let named = named.map_err(|error| error.to_string());
            files.extend(confirmed(self.export, edition, named, gaps));
        }
        let bytes: u64 = files.iter().map(|file| file.size_bytes).sum();
        if bytes > MOST_BYTES {
            let because = format!(
                "its files of the window have {} GiB, more than {} GiB",
                bytes >> 30,
                MOST_BYTES >> 30
            );
            gaps.push(gap(self.export, &because, HIDES));
            return Vec::new();
        }
        self.fetch(&bucket, &files, number, gaps).await
    }

    async fn fetch(
        &self,
        bucket: &Bucket<'_>,
        files: &[Object],
        number: usize,
        gaps: &mut Vec<Gap>,
    ) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        for (index, file) in files.iter().enumerate() {
            match self.keep(bucket, file, number + index).await {
                Ok(path) => paths.push(path),
                Err(error) => {
                    let because = format!("`{}` could not be fetched: {error}", file.key);
                    gaps.push(gap(self.export, &because, HIDES));
                    return Vec::new();
                }
            }
        }
        paths
    }

    /// Files of different months have the same name, so each has a folder of its own.
    async fn keep(
        &self,
        bucket: &Bucket<'_>,
        file: &Object,
        number: usize,
    ) -> Result<PathBuf, FetchError> {
        let folder = self.folder.join(number.to_string());
        fs::create_dir_all(&folder)?;
        let path = folder.join(file.key.rsplit('/').next().unwrap_or("bill"));
        bucket.fetch(file, &path).await?;
        Ok(path)
    }
}

/// The files of an edition as its manifest names them.
fn confirmed(
    export: &str,
    edition: Edition,
    manifest: Result<Option<String>, String>,
    gaps: &mut Vec<Gap>,
) -> Vec<Object> {
    let named: BTreeSet<String> = match manifest {
        Ok(text) => match text.as_deref().and_then(select::of_manifest) {
            Some(named) => named,
            None => return edition.files,
        },
        Err(error) => {
            let because = format!("its manifest cannot be read: {error}");
            gaps.push(gap(
                export,
                &because,
                "whether files of an earlier run are counted beside those of the last",
            ));
            return edition.files;
        }
    };
    let (files, absent) = select::confirmed(edition, &named);
    if let Some(first) = absent.first() {
        let because = format!(
            "`{first}`, which its manifest names, is not there ({} of {} files)",
            absent.len(),
            named.len()
        );
        gaps.push(gap(export, &because, HIDES));
        return Vec::new();
    }
    files
}

fn selection_gaps(export: &str, selected: &Selected) -> Vec<Gap> {
    let mut gaps = Vec::new();
    if selected.editions.is_empty() {
        gaps.push(gap(export, "it has no file about the window", HIDES));
    }
    if let Some(first) = selected.unreadable.first() {
        let because = format!(
            "`{first}` is a ZIP archive, of which {} cannot be read",
            selected.unreadable.len()
        );
        gaps.push(gap(export, &because, "what is in there"));
    }
    if !selected.left_out.is_empty() {
        gaps.push(Gap {
            remedy: "Name each export by itself in `aws.exports` if they are of different payers."
                .to_owned(),
            ..gap(
                &format!("the exports {} in {export}", selected.left_out.join(", ")),
                "another export lies beside them, and both would count everything twice",
                "nothing, if they are of the same bill",
            )
        });
    }
    gaps
}

fn gap(export: &str, because: &str, hides: &str) -> Gap {
    Gap {
        what: export.to_owned(),
        because: because.to_owned(),
        hides: hides.to_owned(),
        remedy: "Check `aws.exports` and the export itself; without it Cost Explorer is asked."
            .to_owned(),
    }
}

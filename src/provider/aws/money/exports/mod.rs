//! CUR and FOCUS exports, on this machine or in S3, as the setting `aws.exports` names them. They name every resource and every
//! hour, and cost nothing to ask for, so that Cost Explorer is not asked beside them. It is where one of them cannot be used, about
//! accounts of which no other export tells.

mod collect;
mod place;
mod select;

use std::{
    error::Error,
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
        aws::{observed, permissions, refusal, seat::Seat},
        bundle::Bundle,
        call::CallError,
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
    /// Whether an export that is named brought no bill of the window.
    pub(in crate::provider::aws) is_short: bool,
}

impl Brought {
    /// Whether somebody else has to be asked about an account: an export may have been its bill, and none that was read is.
    pub(in crate::provider::aws) fn lacks(&self, account_id: &str) -> bool {
        let is_short = self.is_short || self.costs.is_empty();
        is_short && self.costs.iter().all(|row| row.account_id != account_id)
    }
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
            brought.gaps.push(unused("exports", &format!("no folder for them: {error}")));
            brought.is_short = true;
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
        brought.is_short |= found.is_none();
        paths.extend(found.unwrap_or_default());
    }
    if !paths.is_empty() {
        read(paths, window, settings, &mut brought);
    }
    brought
}

const HIDES: &str = "the bill by resource and hour, and the use of commitments as it tells it";

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
            brought.gaps.push(unused("the bill in `aws.exports`", &error.to_string()));
            brought.is_short = true;
        }
    }
}

/// The files of a folder here that are the bill of the window. `None`: it cannot be used.
fn of_folder(
    export: &str,
    path: &Path,
    window: Window,
    gaps: &mut Vec<Gap>,
) -> Option<Vec<PathBuf>> {
    if path.is_file() {
        return Some(vec![path.to_owned()]);
    }
    let text = |key: &str| fs::read_to_string(path.join(key));
    let listed = match collect::local(path) {
        Ok(listed) => listed,
        Err(error) => {
            gaps.push(unused(export, &error.to_string()));
            return None;
        }
    };
    let selected = select::select(&listed, window);
    gaps.extend(selection_gaps(export, &selected));
    let mut files = Vec::new();
    for edition in selected.editions {
        let named = edition.manifest.as_deref().map(text).transpose();
        let named = named.map_err(|error: io::Error| Unread::of(&error, None));
        files.extend(confirmed(export, edition, named, gaps)?);
    }
    (!files.is_empty()).then(|| files.into_iter().map(|file| path.join(file.key)).collect())
}

/// An export in a bucket, on its way to a folder here.
struct Fetching<'a> {
    home: &'a Seat,
    export: &'a str,
    window: Window,
    folder: &'a Path,
}

impl Fetching<'_> {
    /// Fetches what is the bill of the window. An export that lacks a file is not used: it would make things look cheap.
    async fn run(
        &self,
        bucket: &str,
        prefix: &str,
        number: usize,
        gaps: &mut Vec<Gap>,
    ) -> Option<Vec<PathBuf>> {
        let bucket = Bucket::open(self.home, bucket).await;
        let listed = match bucket.list(prefix).await {
            Ok(listed) => listed,
            Err(error) => {
                let who = format!("{} by {}", self.export, bucket.seat().name());
                if let Some(error) = &bucket.unplaced {
                    let hides =
                        "in which region the bucket is: it was looked for in the home region";
                    gaps.push(Gap { remedy: instead(error), ..observed::gap(&who, error, hides) });
                }
                gaps.push(Gap { remedy: instead(&error), ..observed::gap(&who, &error, HIDES) });
                return None;
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
            let named = named.map_err(|error| Unread::of(&error, remedy(&error)));
            files.extend(confirmed(self.export, edition, named, gaps)?);
        }
        let bytes: u64 = files.iter().map(|file| file.size_bytes).sum();
        if bytes > MOST_BYTES {
            let because = format!(
                "its files of the window have {} GiB, more than {} GiB",
                bytes >> 30,
                MOST_BYTES >> 30
            );
            gaps.push(unused(self.export, &because));
            return None;
        }
        if files.is_empty() {
            return None;
        }
        self.fetch(&bucket, &files, number, gaps).await
    }

    async fn fetch(
        &self,
        bucket: &Bucket<'_>,
        files: &[Object],
        number: usize,
        gaps: &mut Vec<Gap>,
    ) -> Option<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for (index, file) in files.iter().enumerate() {
            match self.keep(bucket, file, number + index).await {
                Ok(path) => paths.push(path),
                Err(error) => {
                    let because = format!("`{}` could not be fetched: {error}", file.key);
                    let remedy = match &error {
                        FetchError::Call(error) => instead(error),
                        FetchError::Io(_) => ASKED.to_owned(),
                    };
                    gaps.push(Gap { remedy, ..unused(self.export, &because) });
                    return None;
                }
            }
        }
        Some(paths)
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

/// Why a manifest cannot be read, and what would help if that is not the export.
struct Unread {
    because: String,
    remedy: Option<String>,
}

impl Unread {
    fn of(error: &dyn Error, remedy: Option<String>) -> Self {
        Self { because: error.to_string(), remedy }
    }
}

/// The files of an edition as its manifest names them. `None`: not all of them are there.
fn confirmed(
    export: &str,
    edition: Edition,
    manifest: Result<Option<String>, Unread>,
    gaps: &mut Vec<Gap>,
) -> Option<Vec<Object>> {
    let named = manifest.and_then(|text| match text {
        Some(text) => select::of_manifest(&text).map_err(|error| Unread::of(&error, None)),
        None => Ok(None),
    });
    let named = match named {
        Ok(Some(named)) => named,
        Ok(None) => return Some(edition.files),
        Err(Unread { because, remedy }) => {
            let because = format!("its manifest cannot be read: {because}");
            let hides = "whether files of an earlier run are counted beside those of the last";
            let own = gap(export, &because, hides);
            gaps.push(Gap { remedy: remedy.unwrap_or(own.remedy), ..own });
            return Some(edition.files);
        }
    };
    let (files, absent) = select::confirmed(edition, &named);
    if let Some(first) = absent.first() {
        let because = format!(
            "`{first}`, which its manifest names, is not there ({} of {} files)",
            absent.len(),
            named.len()
        );
        gaps.push(unused(export, &because));
        return None;
    }
    Some(files)
}

fn selection_gaps(export: &str, selected: &Selected) -> Vec<Gap> {
    let mut gaps = Vec::new();
    if selected.editions.is_empty() {
        gaps.push(unused(export, "it has no file about the window"));
    }
    if let Some(first) = selected.unreadable.first() {
        let because = format!(
            "`{first}` is a ZIP archive, of which {} cannot be read",
            selected.unreadable.len()
        );
        gaps.push(gap(export, &because, "what is in there"));
    }
    if let Some(first) = selected.beside.first() {
        let because = format!(
            "{} beside its billing periods, of which nothing says what time they are about: `{first}`{}",
            match selected.beside.len() {
                1 => "a file lies".to_owned(),
                count => format!("{count} files lie"),
            },
            if selected.beside.len() > 1 { " and others" } else { "" },
        );
        gaps.push(Gap {
            remedy: "Name such a file by itself in `aws.exports` if it is not of the same bill."
                .to_owned(),
            ..gap(export, &because, "what was paid, if it stands in no billing period")
        });
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

/// What becomes of a bill that an export does not bring.
const ASKED: &str = "Check `aws.exports` and the export itself. Cost Explorer is asked instead.";

/// The same where a question about it failed, with what would help if that is not the export.
fn instead(error: &CallError) -> String {
    remedy(error)
        .map_or_else(|| ASKED.to_owned(), |help| format!("{help}; Cost Explorer is asked instead"))
}

/// What would help where a bucket refuses. `None`: it does not.
fn remedy(error: &CallError) -> Option<String> {
    let CallError::Refused { operation, .. } = error else { return None };
    let action = permissions::action_of(operation);
    let permission = || format!("allow `{action}` for this bucket: see `ai-cost permissions aws`");
    Some(refusal::remedy(error).map_or_else(permission, str::to_owned))
}

/// An export cannot be used.
fn unused(export: &str, because: &str) -> Gap {
    Gap { remedy: ASKED.to_owned(), ..gap(export, because, HIDES) }
}

fn gap(export: &str, because: &str, hides: &str) -> Gap {
    Gap {
        what: export.to_owned(),
        because: because.to_owned(),
        hides: hides.to_owned(),
        remedy: "Check `aws.exports` and the export itself.".to_owned(),
    }
}

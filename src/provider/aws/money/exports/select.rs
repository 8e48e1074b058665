//! Which files of an export are the bill of the window: of each billing period the newest edition, and nothing twice.
//!
//! | export | files | manifest |
//! |---|---|---|
//! | Data Exports (CUR 2.0, FOCUS), overwritten | `ROOT/data/BILLING_PERIOD=2026-10/NAME-00001.snappy.parquet` | `ROOT/metadata/BILLING_PERIOD=2026-10/NAME-Manifest.json` |
//! | the same, each run kept | `ROOT/data/BILLING_PERIOD=2026-10/RUN/NAME-00001.csv.gz` | `ROOT/metadata/BILLING_PERIOD=2026-10/RUN/NAME-Manifest.json` |
//! | legacy CUR | `ROOT/20261001-20261101/[ASSEMBLY/]NAME-00001.csv.gz` | `ROOT/20261001-20261101/[ASSEMBLY/]NAME-Manifest.json` |
//! | legacy CUR for Athena | `ROOT/year=2026/month=10/NAME-00001.snappy.parquet` | |
//!
//! Anything else is taken as it lies there, unless it lies beside one of these: then nothing says whether it is the same bill
//! once more, so that it is named and not read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::window::Window;

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Object {
    /// Path within its bucket or folder, with slashes.
    pub(super) key: String,
    pub(super) size_bytes: u64,
    /// When it was written, in milliseconds. `None`: not told.
    pub(super) modified_ms: Option<i64>,
    /// Changes with the content. `None`: not told.
    pub(super) tag: Option<String>,
}

/// One edition of one billing period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Edition {
    /// Where the manifest is. `None`: it has none, so that all files count.
    pub(super) manifest: Option<String>,
    pub(super) files: Vec<Object>,
}

/// What is to be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Selected {
    pub(super) editions: Vec<Edition>,
    /// Other exports for the same time, which would count everything twice.
    pub(super) left_out: Vec<String>,
    /// Data that lies beside the billing periods: it may be of the same bill, and nothing says of which time.
    pub(super) beside: Vec<String>,
    /// Data in a form that cannot be read, such as `.zip`.
    pub(super) unreadable: Vec<String>,
}

/// Where a file lies in an export.
#[derive(Debug, PartialEq, Eq)]
struct Place<'k> {
    root: String,
    /// First day, and first day after.
    period: (Date, Date),
    edition: String,
    file: &'k str,
}

/// Chooses the files.
pub(super) fn select(objects: &[Object], window: Window) -> Selected {
    let mut selected = Selected::default();
    let mut by_root: BTreeMap<String, BTreeMap<(Date, Date), Editions<'_>>> = BTreeMap::new();
    let mut flat = Vec::new();
    for object in objects {
        let name = object.key.rsplit('/').next().unwrap_or_default();
        if is_zip(name) {
            selected.unreadable.push(object.key.clone());
        }
        match place(&object.key) {
            Some(place) if !overlaps(place.period, window) => {}
            Some(place) => {
                let of_root = by_root.entry(place.root).or_default();
                let of_period = of_root.entry(place.period).or_default();
                let edition = of_period.entry(place.edition).or_default();
                if is_manifest(place.file) {
                    edition.manifest = Some(object.key.clone());
                } else if is_data(place.file) {
                    edition.files.push(object);
                }
            }
            None if is_data(name) => flat.push(object.clone()),
            None => {}
        }
    }
    for of_root in by_root.values_mut() {
        of_root.retain(|_, editions| editions.values().any(|edition| !edition.files.is_empty()));
    }
    by_root.retain(|_, of_root| !of_root.is_empty());
    let newest = by_root.iter().max_by_key(|(root, of_root)| {
        let files = of_root.values().flat_map(BTreeMap::values).flat_map(|edition| &edition.files);
        (files.map(|file| file.modified_ms).max(), (*root).clone())
    });
    let Some((chosen, of_root)) = newest else {
        if !flat.is_empty() {
            selected.editions.push(Edition { manifest: None, files: flat });
        }
        return selected;
    };
    selected.beside = flat.into_iter().map(|object| object.key).collect();
    selected.left_out = by_root.keys().filter(|root| *root != chosen).cloned().collect();
    selected.editions = of_root.values().filter_map(newest_edition).collect();
    selected
}

type Editions<'o> = BTreeMap<String, Draft<'o>>;

#[derive(Debug, Default)]
struct Draft<'o> {
    manifest: Option<String>,
    files: Vec<&'o Object>,
}

/// The newest edition that is complete: where editions have manifests, one without is still being written.
fn newest_edition(editions: &Editions<'_>) -> Option<Edition> {
    let with_files = || editions.iter().filter(|(_, draft)| !draft.files.is_empty());
    let have_manifests = with_files().any(|(_, draft)| draft.manifest.is_some());
    let (_, draft) = with_files()
        .filter(|(_, draft)| !have_manifests || draft.manifest.is_some())
        .max_by_key(|(name, draft)| {
            (draft.files.iter().map(|file| file.modified_ms).max(), (*name).clone())
        })?;
    Some(Edition {
        manifest: draft.manifest.clone(),
        files: draft.files.iter().copied().cloned().collect(),
    })
}

/// The files that a manifest names. `None`: it does not name any, so that all count.
pub(super) fn of_manifest(text: &str) -> Result<Option<BTreeSet<String>>, serde_json::Error> {
    let manifest: serde_json::Value = serde_json::from_str(text)?;
    let listed = manifest.get("reportKeys").or_else(|| manifest.get("dataFiles"));
    let Some(listed) = listed.and_then(serde_json::Value::as_array) else { return Ok(None) };
    let keys = listed.iter().filter_map(|key| {
        let key = key.as_str()?;
        let path = key.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
        Some(path.map_or(key, |(_, path)| path).trim_start_matches('/').to_owned())
    });
    Ok(Some(keys.collect()))
}

/// The edition without what its manifest does not name, and what the manifest names and is not there.
pub(super) fn confirmed(edition: Edition, named: &BTreeSet<String>) -> (Vec<Object>, Vec<String>) {
    // A folder that was copied from a bucket may begin further down.
    let is = |key: &str, named: &str| {
        key == named || named.ends_with(&format!("/{key}")) || key.ends_with(&format!("/{named}"))
    };
    let absent = named
        .iter()
        .filter(|named| !edition.files.iter().any(|file| is(&file.key, named)))
        .cloned()
        .collect();
    let mut files = edition.files;
    files.retain(|file| named.iter().any(|named| is(&file.key, named)));
    (files, absent)
}

fn place(key: &str) -> Option<Place<'_>> {
    let parts: Vec<&str> = key.split('/').collect();
    let (file, folders) = parts.split_last()?;
    let (at, length, period) = folders.iter().enumerate().find_map(|(at, folder)| {
        let next = folders.get(at + 1).copied().unwrap_or_default();
        let of_one = billing_period(folder).or_else(|| span(folder));
        of_one
            .map(|period| (at, 1, period))
            .or_else(|| athena(folder, next).map(|period| (at, 2, period)))
    })?;
    let mut root: Vec<&str> = folders.get(..at)?.to_vec();
    if root.last().is_some_and(|last| matches!(*last, "data" | "metadata")) {
        root.pop();
    }
    let edition = folders.get(at + length..)?.join("/");
    Some(Place { root: root.join("/"), period, edition, file })
}

/// `BILLING_PERIOD=2026-10`
fn billing_period(folder: &str) -> Option<(Date, Date)> {
    let (name, month) = folder.split_once('=')?;
    if !name.eq_ignore_ascii_case("billing_period") {
        return None;
    }
    let (year, month) = month.split_once('-')?;
    month_of(year, month.get(..2)?)
}

/// `20261001-20261101`
fn span(folder: &str) -> Option<(Date, Date)> {
    let (start, end) = folder.split_once('-')?;
    let day = |text: &str| -> Option<Date> {
        let is_day = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_day.then(|| Date::strptime("%Y%m%d", text).ok())?
    };
    Some((day(start)?, day(end)?))
}

/// `year=2026/month=10`
fn athena(folder: &str, next: &str) -> Option<(Date, Date)> {
    month_of(folder.strip_prefix("year=")?, next.strip_prefix("month=")?)
}

fn month_of(year: &str, month: &str) -> Option<(Date, Date)> {
    let first = Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?;
    Some((first, first.last_of_month().tomorrow().ok()?))
}

fn overlaps((first, after): (Date, Date), window: Window) -> bool {
    first <= window.last_day() && after > crate::window::day_of(window.start)
}

fn is_manifest(file: &str) -> bool {
    file.to_ascii_lowercase().ends_with("manifest.json")
}

fn is_zip(file: &str) -> bool {
    file.to_ascii_lowercase().ends_with(".zip")
}

/// What the importer reads. Legacy reports for Athena keep a note of their state beside the data.
fn is_data(file: &str) -> bool {
    let lower = file.to_ascii_lowercase();
    let is_state = lower.starts_with("cost_and_usage_data_status");
    let ends = [".csv", ".csv.gz", ".parquet", ".ndjson", ".ndjson.gz"];
    !is_state && ends.iter().any(|end| lower.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window() -> Window {
        let at = |text: &str| text.parse().unwrap();
        Window::new(at("2026-10-20T00:00:00Z"), at("2026-11-19T00:00:00Z")).unwrap()
    }

    fn object(key: &str, modified_ms: i64) -> Object {
        Object { key: key.to_owned(), modified_ms: Some(modified_ms), ..Object::default() }
    }

    fn chosen(objects: &[Object]) -> Vec<String> {
        let selected = select(objects, window());
        let files = selected.editions.into_iter().flat_map(|edition| edition.files);
        files.map(|file| file.key).collect()
    }

    #[test]
    fn billing_periods_that_touch_the_window_are_read() {
        let of = |month: &str| {
            object(&format!("x/focus/data/BILLING_PERIOD={month}/focus-00001.csv.gz"), 1)
        };
        let objects = [of("2026-09"), of("2026-10"), of("2026-11"), of("2026-12")];
        assert_eq!(
            chosen(&objects),
            [
                "x/focus/data/BILLING_PERIOD=2026-10/focus-00001.csv.gz",
                "x/focus/data/BILLING_PERIOD=2026-11/focus-00001.csv.gz",
            ]
        );
    }

    #[test]
    fn of_several_runs_the_newest_that_is_complete_counts() {
        let run = |run: &str, at| {
            object(&format!("cur/data/BILLING_PERIOD=2026-10/{run}/cur-00001.snappy.parquet"), at)
        };
        let manifest = |run: &str| {
            object(&format!("cur/metadata/BILLING_PERIOD=2026-10/{run}/cur-Manifest.json"), 0)
        };
        let objects = [run("a", 1), run("b", 2), run("c", 3), manifest("a"), manifest("b")];
        let selected = select(&objects, window());
        assert_eq!(
            selected.editions,
            [Edition {
                manifest: Some(
                    "cur/metadata/BILLING_PERIOD=2026-10/b/cur-Manifest.json".to_owned()
                ),
                files: vec![run("b", 2)],
            }]
        );
        let of_one_second = [run("2026-10-02T00:00:00Z-x", 1), run("2026-10-03T00:00:00Z-x", 1)];
        assert_eq!(chosen(&of_one_second), [of_one_second[1].key.clone()]);
    }

    #[test]
    fn assemblies_of_a_legacy_report_are_editions() {
        let key = |rest: &str| format!("p/report/20261001-20261101/{rest}");
        let objects = [
            object(&key("report-Manifest.json"), 9),
            object(&key("a1/report-00001.csv.gz"), 1),
            object(&key("a1/report-Manifest.json"), 1),
            object(&key("b2/report-00001.csv.gz"), 5),
            object(&key("b2/report-Manifest.json"), 5),
        ];
        assert_eq!(chosen(&objects), [key("b2/report-00001.csv.gz")]);
    }

    #[test]
    fn reports_for_athena_lie_by_year_and_month() {
        let objects = [
            object("p/report/report/year=2026/month=9/report-00001.snappy.parquet", 1),
            object("p/report/report/year=2026/month=10/report-00001.snappy.parquet", 1),
            object(
                "p/report/report/cost_and_usage_data_status/cost_and_usage_data_status.parquet",
                1,
            ),
        ];
        assert_eq!(chosen(&objects), [objects[1].key.clone()]);
    }

    #[test]
    fn two_exports_of_one_time_would_count_everything_twice() {
        let objects = [
            object("cur/data/BILLING_PERIOD=2026-10/cur-00001.csv.gz", 1),
            object("focus/data/BILLING_PERIOD=2026-10/focus-00001.csv.gz", 2),
        ];
        let selected = select(&objects, window());
        assert_eq!(selected.left_out, ["cur"]);
        assert_eq!(selected.editions[0].files, [objects[1].clone()]);
    }

    #[test]
    fn a_folder_without_periods_is_read_as_it_is() {
        assert_eq!(
            chosen(&[object("bills/a.csv", 1), object("bills/readme.md", 1)]),
            ["bills/a.csv"]
        );
        let zipped = select(&[object("p/r/20261001-20261101/r.zip", 1)], window());
        assert_eq!(zipped.unreadable, ["p/r/20261001-20261101/r.zip"]);
        assert_eq!(zipped.editions, []);
    }

    #[test]
    fn a_file_beside_billing_periods_may_be_the_same_bill_and_is_named() {
        let period = object("p/data/BILLING_PERIOD=2026-10/cur-00001.csv.gz", 1);
        let selected = select(&[period.clone(), object("p/by-hand.csv", 2)], window());
        assert_eq!(selected.editions[0].files, [period]);
        assert_eq!(selected.beside, ["p/by-hand.csv"]);
        let other_time = object("p/data/BILLING_PERIOD=2026-01/cur-00001.csv.gz", 1);
        let selected = select(&[other_time, object("p/by-hand.csv", 2)], window());
        assert_eq!(selected.editions[0].files, [object("p/by-hand.csv", 2)], "there is no other");
    }

    #[test]
    fn a_manifest_says_which_files_count() {
        let named = |text: &str| of_manifest(text).unwrap();
        let legacy = named(r#"{"reportKeys": ["p/r-1.csv.gz", "p/r-2.csv.gz"]}"#).unwrap();
        let data =
            named(r#"{"dataFiles": ["s3://bucket/p/r-1.csv.gz", "s3://bucket/p/r-2.csv.gz"]}"#);
        assert_eq!(data.as_ref(), Some(&legacy));
        assert_eq!(named("{}"), None);
        assert!(of_manifest("<html>").is_err(), "that is no manifest without files");
        let edition = Edition {
            manifest: None,
            files: vec![object("p/r-1.csv.gz", 1), object("p/r-3.csv.gz", 1)],
        };
        let (files, absent) = confirmed(edition, &legacy);
        assert_eq!(files, [object("p/r-1.csv.gz", 1)], "what an earlier run left is not counted");
        assert_eq!(absent, ["p/r-2.csv.gz"]);
    }
}

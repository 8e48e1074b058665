//! Collecting that fails, and folders that something else is in.

use insta::assert_snapshot;

use crate::support::Folder;

const GOOD: &str =
    "collect --billing bill.csv --inventory inventory.csv --metrics metrics.csv --out october";

/// All files below the working folder, so that litter shows too.
fn all_files(folder: &Folder) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_collection_that_fails_leaves_no_snapshot_behind() {
    let folder = Folder::with_bundle();
    let before = all_files(&folder);
    folder.write("metrics.csv", "resource_id,time,gpu_util_ratio\nx,2026-10-01T00:00:00Z,-1\n");
    folder.run(GOOD).refused();
    assert_eq!(all_files(&folder), before);
}

#[test]
fn a_collection_that_fails_keeps_the_snapshot_that_was_there() {
    let folder = Folder::with_bundle();
    folder.run(GOOD).done();
    let before = folder.run("audit --snapshot october --format json").done();
    folder.write("metrics.csv", "resource_id,time,gpu_util_ratio\nx,2026-10-01T00:00:00Z,-1\n");
    folder.run(GOOD).refused();
    assert_eq!(folder.run("audit --snapshot october --format json").done(), before);
}

#[test]
fn collecting_again_replaces_the_whole_snapshot() {
    let folder = Folder::with_bundle();
    folder.run(GOOD).done();
    folder.run("collect --billing bill.csv --out october").done();
    folder.run("collect --billing bill.csv --out fresh").done();
    assert_eq!(folder.read("october/manifest.toml"), folder.read("fresh/manifest.toml"));
}

#[test]
fn a_folder_with_other_things_in_it_is_not_replaced() {
    let folder = Folder::with_bundle();
    std::fs::create_dir(folder.path("papers")).unwrap();
    folder.write("papers/thesis.txt", "years of work");
    assert_snapshot!(folder.run("collect --billing bill.csv --out papers").refused(), @r"
    snapshot::occupied

      × `papers` holds something else than a snapshot
      help: choose a new or an empty folder with `--out`
    ");
    assert_eq!(folder.read("papers/thesis.txt"), "years of work");
}

#[test]
fn a_snapshot_that_is_still_being_collected() {
    let folder = Folder::with_bundle();
    folder.run(GOOD).done();
    folder.replace("october/manifest.toml", "is_complete = true", "is_complete = false");
    assert_snapshot!(folder.run("audit --snapshot october").refused(), @r"
    snapshot::unfinished

      × snapshot `october` is not complete: the run that collects it has not ended
      help: run the same `ai-cost collect` again: it goes on where the last one
            stopped
    ");
}

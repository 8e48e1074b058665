//! Snapshot folders that are not what was collected.

use insta::assert_snapshot;

use super::{refused, truncate};
use crate::support::Folder;

fn collected() -> Folder {
    let folder = Folder::with_bundle();
    folder
        .run("collect --billing bill.csv --inventory inventory.csv --metrics metrics.csv --out october")
        .done();
    folder
}

/// Path of the first part of a kind inside the folder.
fn part(folder: &Folder, kind: &str) -> String {
    let manifest = folder.read("october/manifest.toml");
    let line = manifest.lines().find(|line| line.starts_with("path") && line.contains(kind));
    format!("october/{}", line.unwrap().split('"').nth(1).unwrap())
}

#[test]
fn a_newer_format() {
    let folder = collected();
    folder.replace("october/manifest.toml", "format = 2", "format = 3");
    assert_snapshot!(refused(&folder, "--snapshot october"), @r"
    snapshot::newer

      × snapshot `october` has format 3, and this version reads up to 2
      help: audit it with the version of ai-cost that wrote it, or a newer one
    ");
}

#[test]
fn a_manifest_that_breaks_off() {
    let folder = collected();
    folder.replace("october/manifest.toml", "format = 2", "format =");
    assert_snapshot!(refused(&folder, "--snapshot october"), @r"
    snapshot::manifest

      × the manifest of snapshot `october` cannot be understood: string values
      │ must be quoted, expected literal string
      help: collect the snapshot again
    ");
}

#[test]
fn a_part_that_was_changed() {
    let folder = collected();
    let name = part(&folder, "resources");
    let mut bytes = std::fs::read(folder.path(&name)).unwrap();
    let last = bytes.len() / 2;
    bytes[last] ^= 1;
    folder.write(&name, bytes);
    assert_snapshot!(refused(&folder, "--snapshot october"), @r"
    snapshot::part_changed

      × part `october/resources/part-000.parquet` does not match the manifest: its
      │ content has another hash
      help: copy the snapshot again, or collect it again
    ");
}

#[test]
fn a_part_that_was_cut_off() {
    let folder = collected();
    truncate(&folder, &part(&folder, "usage"));
    assert_snapshot!(refused(&folder, "--snapshot october"), @r"
    snapshot::part_changed

      × part `october/usage/part-000.parquet` does not match the manifest: its
      │ content has another hash
      help: copy the snapshot again, or collect it again
    ");
}

#[test]
fn a_part_that_is_gone() {
    let folder = collected();
    std::fs::remove_file(folder.path(&part(&folder, "costs"))).unwrap();
    assert_snapshot!(refused(&folder, "--snapshot october"), @r"
    snapshot::part_changed

      × part `october/costs/part-000.parquet` does not match the manifest: the
      │ file is missing
      help: copy the snapshot again, or collect it again
    ");
}

#[test]
fn a_path_that_leads_out_of_the_folder() {
    let folder = collected();
    let inside = part(&folder, "costs").replace("october/", "");
    folder.replace("october/manifest.toml", &inside, "../bill.csv");
    assert_snapshot!(refused(&folder, "--snapshot october"), @r"
    snapshot::part_changed

      × part `october/../bill.csv` does not match the manifest: its path leads out
      │ of the snapshot
      help: copy the snapshot again, or collect it again
    ");
}

#[test]
fn a_folder_that_is_no_snapshot() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("october")).unwrap();
    assert_snapshot!(refused(&folder, "--snapshot october"), @r"
    snapshot::no_manifest

      × `october` is not a snapshot: it has no manifest.toml
      help: make one with `ai-cost collect … --out DIR`
    ");
}

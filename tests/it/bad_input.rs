//! Wrong input: one clear error with the place and the way out, exit code 2, and no half-written file.

mod bills;
mod collect;
mod hostile;
mod metrics;
mod rules;
mod snapshots;

use crate::support::Folder;

/// What is said about an audit of the folder's files. The report is never begun.
fn refused(folder: &Folder, arguments: &str) -> String {
    let before = folder.names();
    let said = folder.run(&format!("audit {arguments} --format json --out report.json")).refused();
    assert_eq!(folder.names(), before, "nothing is left behind");
    let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// Cuts the second half off a file.
fn truncate(folder: &Folder, name: &str) {
    let bytes = std::fs::read(folder.path(name)).unwrap();
    folder.write(name, &bytes[..bytes.len() / 2]);
}

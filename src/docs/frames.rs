//! `docs/frames.md`: the columns of a snapshot, and those that files of telemetry may have.

use super::page::{Page, cell, code};
use crate::{
    frame::{Commitments, Costs, FrameKind, Invocations, Prices, Resources, Usage, Workloads},
    usage::ACCEPTED_COLUMNS,
};

/// `docs/frames.md`.
pub fn frames_page() -> String {
    let mut page = Page::new("Frames");
    page.prose(
        "The columns of a snapshot. Files that you bring (`--inventory`, `--invocations`, `--commitments`, `--workloads`) \
         have the columns of their frame; other spellings are mapped in the [settings](settings.md). A number is in the \
         unit that its name ends in; times are UTC.",
    );
    frame::<Resources>(&mut page);
    frame::<Usage>(&mut page);
    frame::<Invocations>(&mut page);
    frame::<Costs>(&mut page);
    frame::<Prices>(&mut page);
    frame::<Commitments>(&mut page);
    frame::<Workloads>(&mut page);
    page.heading("Files of telemetry");
    page.prose(
        "What `--metrics` reads: samples at any interval, as Parquet, CSV or NDJSON. Where several columns give one \
         measure, the first one listed is taken. Sorted by resource, a file of any size is read in little memory.",
    );
    let rows = ACCEPTED_COLUMNS.iter().map(|column| vec![code(column.name), cell(column.doc)]);
    page.table(&["Column", "Meaning"], rows);
    page.into_text()
}

fn frame<K: FrameKind>(page: &mut Page) {
    page.heading(K::NAME);
    let key: Vec<String> = K::KEY.iter().map(|column| code(column)).collect();
    page.prose(&format!("{} Key: {}.", K::DOC.trim(), key.join(", ")));
    let rows = K::COLUMNS.iter().map(|column| {
        let needed = if column.is_nullable { "" } else { "yes" };
        vec![code(column.name), column.dtype.to_string(), needed.to_owned(), cell(column.doc)]
    });
    page.table(&["Column", "Type", "Never null", "Meaning"], rows);
}

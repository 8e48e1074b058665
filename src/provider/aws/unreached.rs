//! What an earlier run on the folder saw and this one does not reach.

use std::collections::BTreeSet;

use super::{cloudwatch, inventory, seat::Seat};
use crate::{
    frame::{ResourceRow, Resources},
    provider::contract::ProviderError,
    snapshot::SnapshotWriter,
};

/// The step that marks resources.
const STEP: &str = "aws/unseen";

/// Marks resources whose metrics could not be read, so that nobody is blamed for sending none: these, and those of places that an
/// earlier run saw and that are no seats of this one. What has all its hours is judged by them nonetheless.
pub(super) fn mark<'i>(
    into: &SnapshotWriter,
    ids: impl Iterator<Item = &'i str>,
    seats: &[Seat],
) -> Result<(), ProviderError> {
    // Marks of a run that was killed may be of what this one reaches.
    into.undo(STEP)?;
    let ids: BTreeSet<&str> = ids.collect();
    let mut beyond: BTreeSet<String> =
        into.finished().into_iter().filter(|step| inventory::place(step).is_some()).collect();
    for seat in seats {
        beyond.remove(&inventory::name(&seat.account_id, &seat.region));
    }
    if ids.is_empty() && beyond.is_empty() {
        return Ok(());
    }
    let is_unseen = |row: &&mut ResourceRow| {
        ids.contains(row.resource_id.as_str())
            || beyond.contains(&inventory::name(&row.account_id, &row.region))
    };
    let mut rows = into.so_far()?.resources;
    for row in rows.iter_mut().filter(is_unseen) {
        row.has_unreachable_telemetry = Some(true);
    }
    let mut step = into.anew(STEP);
    step.replace::<Resources>(&rows)?;
    Ok(step.finish()?)
}

/// Gives up what was read of the metrics of places without an inventory: an earlier run missed some of it, and this one is not let
/// in. Nobody knows whose the hours are.
pub(super) fn forget_orphans(into: &SnapshotWriter) -> Result<(), ProviderError> {
    let finished = into.finished();
    let known: BTreeSet<(&str, &str)> =
        finished.iter().filter_map(|step| inventory::place(step)).collect();
    let read: BTreeSet<(&str, &str)> =
        finished.iter().filter_map(|step| cloudwatch::place(step)).collect();
    for (account_id, region) in read.difference(&known) {
        cloudwatch::forget(into, account_id, region)?;
    }
    Ok(())
}

//! Requests and workloads of things that nothing else names.

use std::collections::BTreeSet;

use crate::{
    frame::Aliases,
    snapshot::{Gap, Snapshot},
};

/// What could not be put to any resource, as gaps.
pub(super) fn gaps(snapshot: &Snapshot, known: &Aliases) -> Vec<Gap> {
    let requests = snapshot.invocations.iter().map(|row| row.resource_id.as_str());
    let workloads = snapshot.workloads.iter().filter_map(|row| row.resource_id.as_deref());
    let of_requests = gap(
        requests,
        known,
        "endpoints with requests",
        "what they cost and whether they are sized for their requests",
    );
    let of_workloads = gap(
        workloads,
        known,
        "machines with workloads",
        "whether the work on them may be interrupted or saves checkpoints",
    );
    of_requests.into_iter().chain(of_workloads).collect()
}

/// The ids that no resource has. `None`: all are known.
fn gap<'a>(
    ids: impl Iterator<Item = &'a str>,
    known: &Aliases,
    things: &str,
    hides: &str,
) -> Option<Gap> {
    let ids: BTreeSet<&str> = ids.collect();
    let unmatched: Vec<&str> = ids.into_iter().filter(|id| known.resolve(id).is_none()).collect();
    let first = unmatched.first()?;
    Some(Gap {
        what: format!("{} {things}, such as {first}", unmatched.len()),
        because: "no inventory or bill names them".to_owned(),
        hides: hides.to_owned(),
        remedy: "Add --inventory, or use the same ids in both files.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::ResourceRow;

    #[test]
    fn ids_that_no_resource_has_are_a_gap_with_their_number_and_the_first() {
        let known =
            ResourceRow { resource_id: "aws:1:eu:chat".to_owned(), ..ResourceRow::default() };
        let gap = |ids: [&'static str; 3], known: &[ResourceRow]| {
            gap(ids.into_iter(), &Aliases::of(known), "machines with workloads", "them")
        };
        assert_eq!(gap(["chat", "chat", "aws:1:eu:chat"], std::slice::from_ref(&known)), None);
        let what = gap(["chat", "i-2", "i-1"], &[known]).map(|gap| gap.what);
        assert_eq!(what.as_deref(), Some("2 machines with workloads, such as i-1"));
    }
}

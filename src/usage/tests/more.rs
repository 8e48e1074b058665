//! Parts with further measures beside them.

use std::path::PathBuf;

use super::{Kept, at, window, write};
use crate::{
    frame::{FrameKind as _, InstantMs, Usage, UsageRow},
    usage::{Measure, ResourceHours, UsageError, UsagePart, UsageSource},
};

/// A part of the usage frame: a resource, its hour, and its use and memory where they are known.
fn part(rows: &[(&str, i64, Option<f64>, Option<f64>)]) -> (tempfile::TempDir, PathBuf) {
    let rows: Vec<UsageRow> = rows
        .iter()
        .map(|&(resource_id, hour, util, memory)| UsageRow {
            resource_id: resource_id.to_owned(),
            gpu_index: Some(0),
            hour_start: InstantMs(at(hour * 60)),
            gpu_util_mean_ratio: util,
            gpu_mem_used_max_gib: memory,
            sample_count: 1,
            source: "cloudwatch_agent".to_owned(),
            ..UsageRow::default()
        })
        .collect();
    write(Usage::frame(&rows).unwrap())
}

/// A resource, and its use and memory in each of three hours.
type Completed = (String, [Option<f64>; 3], [Option<f64>; 3]);

/// Use and memory by resource and hour, of a part and one that completes it.
fn completed(
    first: &[(&str, i64, Option<f64>, Option<f64>)],
    more: &[(&str, i64, Option<f64>, Option<f64>)],
) -> Result<Vec<Completed>, UsageError> {
    let ((_first, path), (_more, more)) = (part(first), part(more));
    let mut kept = Kept::default();
    UsageSource::Parts(vec![UsagePart { path, more: Some(more) }]).for_each(window(), &mut kept)?;
    let of = |hours: &ResourceHours| {
        let gpu = &hours.gpus[0];
        let util = [0, 1, 2].map(|hour| gpu.series(Measure::GpuUtil).mean(hour));
        let memory = [0, 1, 2].map(|hour| gpu.series(Measure::GpuMemMax).max(hour));
        (hours.resource_id.clone(), util, memory)
    };
    Ok(kept.0.iter().map(of).collect())
}

#[test]
fn further_measures_join_the_hours_of_their_accelerator() {
    let first = [
        ("a", 0, Some(0.1), None),
        ("a", 1, Some(0.2), None),
        ("b", 0, Some(0.3), None),
        ("c", 0, Some(0.4), None),
    ];
    let more = [("b", 0, None, Some(7.0)), ("b", 2, None, Some(8.0)), ("d", 1, None, Some(9.0))];
    let seen = completed(&first, &more).unwrap();
    let none = [None; 3];
    assert_eq!(
        seen,
        [
            ("a".to_owned(), [Some(0.1), Some(0.2), None], none),
            ("b".to_owned(), [Some(0.3), None, None], [Some(7.0), None, Some(8.0)]),
            ("c".to_owned(), [Some(0.4), None, None], none),
            ("d".to_owned(), none, [None, Some(9.0), None]),
        ]
    );
}

#[test]
fn further_measures_join_a_part_that_is_not_sorted_too() {
    let first = [("b", 0, Some(0.3), None), ("a", 0, Some(0.1), None), ("b", 1, Some(0.5), None)];
    let seen = completed(&first, &[("b", 0, None, Some(7.0))]).unwrap();
    assert_eq!(
        seen,
        [
            ("a".to_owned(), [Some(0.1), None, None], [None; 3]),
            ("b".to_owned(), [Some(0.3), Some(0.5), None], [Some(7.0), None, None]),
        ]
    );
}

#[test]
fn what_the_first_part_says_is_not_said_again() {
    let refused = completed(&[("a", 0, Some(0.1), None)], &[("a", 0, Some(0.1), None)]);
    assert!(matches!(refused, Err(UsageError::Duplicate { row: 1, .. })), "{refused:?}");
}

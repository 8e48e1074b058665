//! Steps of a collection, done, undone and done again.

use super::*;
use crate::{
    frame::{FrameKind, ResourceRow, Resources, Usage},
    report::BillTotal,
    snapshot::{Gap, read, read::manifest},
    units::Usd,
};

fn writer(dir: &Path) -> SnapshotWriter {
    SnapshotWriter::open(dir, Window { start: 0, end: 24 }).unwrap()
}

/// Does a step that writes one part of a frame.
fn done<K: FrameKind>(writer: &SnapshotWriter, name: &str, folder: &str) {
    let mut step = writer.step(name).unwrap();
    let key = PartKey { folders: vec![folder.to_owned()], number: 0 };
    step.write::<K>(&key, &[]).unwrap();
    step.finish().unwrap();
}

fn paths(writer: &SnapshotWriter) -> Vec<String> {
    writer.lock().parts.iter().map(|part| part.path.clone()).collect()
}

#[test]
fn a_run_that_died_is_continued_at_the_first_step_that_is_not_finished() {
    let dir = tempfile::tempdir().unwrap();
    let first = writer(dir.path());
    done::<Resources>(&first, "inventory", "a");
    let mut dying = first.step("hours").unwrap();
    dying.write::<Usage>(&PartKey { folders: vec!["a".to_owned()], number: 0 }, &[]).unwrap();
    drop(dying);
    drop(first);

    let second = writer(dir.path());
    assert!(second.step("inventory").is_none());
    assert!(second.step("hours").is_some());
    assert_eq!(paths(&second), ["resources/a/part-000.parquet"]);
}

#[test]
fn what_was_planned_otherwise_is_forgotten_and_the_rest_stays() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path());
    done::<Resources>(&writer, "prod/inventory", "nodes");
    done::<Usage>(&writer, "prod/nodes 1 of 2", "nodes");
    writer.keep_plan("prod/nodes ", " of 2", &["usage/nodes/".to_owned()]).unwrap();
    assert_eq!(
        paths(&writer),
        ["resources/nodes/part-000.parquet", "usage/nodes/part-000.parquet"]
    );

    writer.keep_plan("prod/nodes ", " of 3", &["usage/nodes/".to_owned()]).unwrap();

    assert_eq!(paths(&writer), ["resources/nodes/part-000.parquet"]);
    assert!(writer.step("prod/nodes 1 of 2").is_some());
    assert!(writer.step("prod/inventory").is_none());
}

fn gap(what: &str) -> Gap {
    let [because, hides, remedy] = ["because", "hides", "remedy"].map(str::to_owned);
    Gap { what: what.to_owned(), because, hides, remedy }
}

/// Does a step that sees one gap and writes one part.
fn gapped(writer: &SnapshotWriter, name: &str, is_unsettled: bool) {
    let mut step = writer.anew(name);
    let key = PartKey { folders: vec![name.replace(' ', "-")], number: 0 };
    step.write::<Usage>(&key, &[]).unwrap();
    step.gap(gap(name));
    step.is_unsettled_if(is_unsettled);
    step.finish().unwrap();
}

fn gaps(writer: &SnapshotWriter) -> Vec<String> {
    writer.so_far().unwrap().gaps.into_iter().map(|gap| gap.what).collect()
}

#[test]
fn gaps_of_what_was_planned_otherwise_are_forgotten_and_others_stay() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path());
    gapped(&writer, "inventory", false);
    gapped(&writer, "hours 0 of 2", false);

    writer.keep_plan("hours ", " of 3", &["usage/hours-0".to_owned()]).unwrap();

    assert_eq!(gaps(&writer), ["inventory"]);
    assert_eq!(paths(&writer), ["usage/inventory/part-000.parquet"]);
}

#[test]
fn rows_that_were_replaced_twice_come_back_when_both_times_are_undone() {
    let dir = tempfile::tempdir().unwrap();
    let first = writer(dir.path());
    done::<Resources>(&first, "inventory", "a");
    for _time in 0..2 {
        let mut step = first.anew("marks");
        step.replace::<Resources>(&[ResourceRow::default()]).unwrap();
        step.finish().unwrap();
    }
    assert_eq!(paths(&first), ["resources/joined_by_marks/part-000.parquet"]);
    gapped(&first, "missed", true);
    drop(first);

    let second = writer(dir.path());
    assert_eq!(paths(&second), ["resources/a/part-000.parquet"]);
    assert!(second.step("inventory").is_none());
}

#[test]
fn a_step_without_all_answers_is_known_as_such_until_it_is_done_again_with_all() {
    let dir = tempfile::tempdir().unwrap();
    let first = writer(dir.path());
    for is_missing in [true, false] {
        let mut step = first.anew("hours");
        step.is_partial_if(is_missing);
        step.finish().unwrap();
        assert_eq!(first.is_partial("hours"), is_missing);
    }
}

#[test]
fn a_complete_snapshot_stays_so_until_a_later_run_has_something_to_add() {
    let dir = tempfile::tempdir().unwrap();
    let first = writer(dir.path());
    gapped(&first, "missed", true);
    first.finish().unwrap();

    let second = writer(dir.path());
    assert!(read(dir.path()).is_ok(), "a login may still fail");
    gapped(&second, "missed", false);
    assert!(matches!(read(dir.path()), Err(SnapshotError::Unfinished { .. })));
}

#[test]
fn what_was_missed_is_read_again_even_if_the_snapshot_is_complete_and_its_gap_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let first = writer(dir.path());
    gapped(&first, "sound", false);
    gapped(&first, "missed", true);
    first.finish().unwrap();
    assert_eq!(read(dir.path()).unwrap().gaps, [gap("missed"), gap("sound")]);

    let second = writer(dir.path());
    assert_eq!(gaps(&second), ["sound"]);
    assert_eq!(paths(&second), ["usage/sound/part-000.parquet"]);
    assert!(second.step("sound").is_none());
    second.step("missed").unwrap().finish().unwrap();
    second.finish().unwrap();

    let again = SnapshotWriter::open(dir.path(), Window { start: 0, end: 24 });
    assert!(matches!(again, Err(SnapshotError::Complete { .. })), "{again:?}");
    assert_eq!(read(dir.path()).unwrap().gaps, [gap("sound")]);
}

#[test]
fn what_built_on_something_that_is_read_again_is_done_again_too() {
    let dir = tempfile::tempdir().unwrap();
    let first = writer(dir.path());
    let row = |id: &str| ResourceRow { resource_id: id.to_owned(), ..ResourceRow::default() };
    for (name, is_unsettled) in [("a", false), ("b", true)] {
        let mut step = first.step(name).unwrap();
        let key = PartKey { folders: vec![name.to_owned()], number: 0 };
        step.write::<Resources>(&key, &[row(name)]).unwrap();
        step.is_unsettled_if(is_unsettled);
        step.finish().unwrap();
    }
    let mut joining = first.step("join").unwrap();
    joining.replace::<Resources>(&[row("a"), row("b"), row("c")]).unwrap();
    joining.finish().unwrap();
    assert_eq!(paths(&first), ["resources/joined_by_join/part-000.parquet"]);
    first.finish().unwrap();

    let second = writer(dir.path());

    assert_eq!(paths(&second), ["resources/a/part-000.parquet"]);
    assert_eq!(second.so_far().unwrap().resources, [row("a")]);
    assert!(second.step("a").is_none() && second.step("b").is_some());
    assert!(second.step("join").is_some());
}

#[test]
fn calls_of_an_interrupted_run_and_of_the_next_add_up() {
    let dir = tempfile::tempdir().unwrap();
    let calls = [CallCount {
        provider: "kubernetes".to_owned(),
        operation: "query".to_owned(),
        request_count: 2,
        retry_count: 1,
        received_bytes: 10,
        ..CallCount::default()
    }];
    writer(dir.path()).add_calls(&calls).unwrap();
    let second = writer(dir.path());
    second.add_calls(&calls).unwrap();
    let sums: Vec<_> =
        second.lock().calls.iter().map(|call| (call.request_count, call.received_bytes)).collect();
    assert_eq!(sums, [(4, 20)]);
}

#[test]
fn what_a_step_keeps_is_read_back_by_a_run_that_goes_on_and_is_gone_with_the_last() {
    let dir = tempfile::tempdir().unwrap();
    let key = PartKey { folders: vec!["a".to_owned()], number: 0 };
    let row = ResourceRow { resource_id: "a".to_owned(), ..ResourceRow::default() };
    let first = writer(dir.path());
    let mut step = first.step("look").unwrap();
    step.keep("look/a", &["seen"]).unwrap();
    step.keep_rows::<Resources>(&key, std::slice::from_ref(&row)).unwrap();
    step.finish().unwrap();
    gapped(&first, "missed", true);
    first.finish().unwrap();
    assert_eq!(read(dir.path()).unwrap().resources, [], "it is no part of the snapshot");

    let second = writer(dir.path());
    assert_eq!(second.kept::<Vec<String>>("look/a").unwrap(), Some(vec!["seen".to_owned()]));
    assert_eq!(second.kept_rows::<Resources>(&key).unwrap(), [row]);
    assert_eq!(second.kept::<Vec<String>>("look/b").unwrap(), None);
    second.step("missed").unwrap().finish().unwrap();
    second.finish().unwrap();
    assert!(!dir.path().join("kept").exists());
    assert!(read(dir.path()).is_ok());
}

#[test]
fn what_was_kept_before_a_step_is_done_anew_does_not_hold_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path());
    for (name, place) in [("lists here", "a/here"), ("lists there", "a/there")] {
        let mut step = writer.anew(name);
        step.keep(place, &1).unwrap();
        step.finish().unwrap();
    }

    let mut step = writer.anew("look");
    step.outdate("a/here");
    step.finish().unwrap();

    let kept = |place| writer.kept::<u8>(place).unwrap();
    assert_eq!((kept("a/here"), kept("a/there")), (None, Some(1)));
}

#[test]
fn rows_of_a_step_are_read_as_it_left_them_though_a_later_one_replaced_them() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path());
    let row = |id: &str| ResourceRow { resource_id: id.to_owned(), ..ResourceRow::default() };
    let key = |folder: &str| PartKey { folders: vec![folder.to_owned()], number: 0 };
    let mut step = writer.anew("look");
    step.write::<Resources>(&key("a"), &[row("a")]).unwrap();
    step.finish().unwrap();
    let mut step = writer.anew("join");
    step.replace::<Resources>(&[row("b")]).unwrap();
    step.finish().unwrap();

    assert_eq!(writer.rows::<Resources>(&key("a")).unwrap(), [row("a")]);
    assert_eq!(writer.rows::<Resources>(&key("c")).unwrap(), []);
}

#[test]
fn a_bill_goes_with_the_step_that_brought_it() {
    let total = BillTotal {
        file: "s3://bills/cur.csv".to_owned(),
        format: "CUR 2.0".to_owned(),
        row_count: 1,
        file_usd: Usd::from_cents(100),
        imported_usd: Usd::from_cents(100),
        basis: "amortised".to_owned(),
    };
    let dir = tempfile::tempdir().unwrap();
    let first = writer(dir.path());
    let mut step = first.step("exports").unwrap();
    step.bill(&total);
    step.is_unsettled_if(true);
    step.finish().unwrap();
    first.finish().unwrap();
    assert_eq!(read(dir.path()).unwrap().bills, [total]);

    assert_eq!(writer(dir.path()).so_far().unwrap().bills, []);
}

/// Thousands of accounts and regions would write a manifest of thousands of steps thousands of times.
#[test]
fn many_steps_are_not_each_written_at_once_and_none_is_lost_by_a_run_that_fails() {
    let dir = tempfile::tempdir().unwrap();
    let written = || manifest(dir.path()).unwrap().steps.len();
    let first = writer(dir.path());
    for number in 0..600 {
        first.step(&format!("look {number}")).unwrap().finish().unwrap();
        let is_early = number < 255;
        assert!(!is_early || written() == number + 1, "the first ones are written at once");
        assert!(written() + 2 > number, "at most two of 600 are not written yet");
    }
    first.add_calls(&[]).unwrap();
    assert_eq!(written(), 600, "with the calls that they took, all are");
    first.step("last").unwrap().finish().unwrap();
    drop(first);
    assert_eq!(written(), 601);
}

#[test]
fn what_a_step_put_in_place_of_rows_is_taken_back_with_it_unless_another_built_on_that() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path());
    let row = |id: &str| ResourceRow { resource_id: id.to_owned(), ..ResourceRow::default() };
    let replace = |name: &str, id: &str| {
        let mut step = writer.anew(name);
        step.replace::<Resources>(&[row(id)]).unwrap();
        step.finish().unwrap();
    };
    replace("exports", "billed");
    replace("marks", "marked");
    writer.undo("marks").unwrap();
    assert_eq!(writer.so_far().unwrap().resources, [row("billed")]);

    replace("marks", "marked");
    replace("files", "joined");
    writer.undo("marks").unwrap();
    writer.undo("never done").unwrap();
    assert_eq!(writer.so_far().unwrap().resources, [row("joined")]);
}

/// The run may be killed before it writes the next part over the file of one that no longer holds.
#[test]
fn parts_that_no_longer_hold_are_unlisted_at_once_however_many_steps_there_are() {
    let dir = tempfile::tempdir().unwrap();
    let listed = || manifest(dir.path()).unwrap().parts.into_iter().map(|part| part.path);
    let writer = writer(dir.path());
    for number in 0..600 {
        writer.step(&format!("look {number}")).unwrap().finish().unwrap();
    }
    done::<Usage>(&writer, "hours 0 of 2", "a");
    writer.keep_plan("hours ", " of 3", &["usage/a".to_owned()]).unwrap();
    assert_eq!(listed().count(), 0);

    done::<Resources>(&writer, "look", "a");
    let mut step = writer.anew("marks");
    step.replace::<Resources>(&[]).unwrap();
    step.finish().unwrap();
    assert_eq!(listed().collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn what_was_kept_and_is_out_of_date_does_not_come_back_when_that_is_undone() {
    let dir = tempfile::tempdir().unwrap();
    let first = writer(dir.path());
    let keep = |value: u8| {
        let mut step = first.anew("lists");
        step.keep("a/lists", &value).unwrap();
        step.finish().unwrap();
    };
    keep(1);
    let mut look = first.anew("look");
    look.outdate("a/lists");
    look.is_unsettled_if(true);
    look.finish().unwrap();
    keep(2);
    drop(first);

    let second = writer(dir.path());
    assert!(second.step("look").is_some());
    assert!(second.so_far().is_ok(), "its file was written over");
    assert_eq!(second.kept::<u8>("a/lists").unwrap(), Some(2));
}

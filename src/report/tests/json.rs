//! The JSON report, byte for byte.

use super::{
    super::{json::v1::render, sample::sample_report},
    is_harmless, rendered,
};

#[test]
fn the_report_as_json() {
    insta::assert_snapshot!(rendered(|out| render(&sample_report(), out)));
}

#[test]
fn two_runs_are_the_same_bytes() {
    let run = || rendered(|out| render(&sample_report(), out));
    assert_eq!(run(), run());
}

#[test]
fn strings_are_cleaned_even_where_json_could_escape_them() {
    let json = rendered(|out| render(&sample_report(), out));
    assert!(is_harmless(&json));
    assert!(!json.contains("\\u00"));
}

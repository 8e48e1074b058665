//! The summary for pull requests.

use super::{
    super::{
        Report,
        markdown::{MAX_CHARS, render},
        sample::sample_report,
    },
    is_harmless, rendered,
};

fn summary(report: &Report) -> String {
    rendered(|out| render(report, out))
}

#[test]
fn the_summary_says_the_sum_the_findings_and_what_is_unknown() {
    insta::assert_snapshot!(summary(&sample_report()), @@@md@@);
}

#[test]
fn hostile_names_are_shown_and_not_obeyed() {
    let text = summary(&sample_report());
    assert!(is_harmless(&text));
    for markup in ["<script>", "<b>", "@all", "[a](b)", "http://"] {
        assert!(!text.contains(markup), "{markup}");
    }
}

#[test]
fn whatever_the_input_the_summary_fits_a_comment_and_says_what_it_cut() {
    let mut report = sample_report();
    let hostile = report.findings[3].clone();
    let gap = report.gaps[0].clone();
    for number in 0..2_000 {
        let mut finding = hostile.clone();
        finding.finding.message = "@".repeat(10_000);
        finding.finding.subject.name = Some(format!("a{}", "\u{301}".repeat(10_000)));
        finding.finding.subject.team = Some(format!("{number}{}", "|<".repeat(1_000)));
        report.findings.push(finding);
        let mut gap = gap.clone();
        gap.remedy = "#".repeat(10_000);
        report.gaps.push(gap);
    }
    let text = summary(&report);
    assert!(text.chars().count() <= MAX_CHARS, "{}", text.chars().count());
    let last = text.lines().last().expect("a line");
    assert_eq!(last, "@@CUT@@");
}

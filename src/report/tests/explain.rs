//! One finding in full.

use super::{
    super::{
        Explanation,
        explain::render,
        sample::{RANKER, sample_explanation, sample_report},
    },
    is_harmless, rendered,
};
use crate::{finding::Resolved, text::width};

fn explained(explanation: &Explanation, columns: usize) -> String {
    rendered(|out| render(explanation, &sample_report(), columns, out))
}

fn of(finding: Resolved) -> Explanation {
    Explanation { finding, ..sample_explanation() }
}

#[test]
fn a_finding_is_explained_from_evidence_to_the_change() {
    insta::assert_snapshot!(explained(&sample_explanation(), 80), @@@explain@@);
}

#[test]
fn without_a_schedule_the_week_stands_alone_and_without_a_bill_there_is_none() {
    let mut explanation = sample_explanation();
    explanation.hour_of_week_is_on.clear();
    explanation.days.clear();
    let text = explained(&explanation, 80);
    assert!(text.contains("\n  Mon  ░░░░░░░▒██████████░░░░░░\n"), "{text}");
    assert!(!text.contains("Bill replayed"));
}

#[test]
fn every_resolution_is_said_in_words() {
    let sentences: Vec<String> = sample_report()
        .findings
        .into_iter()
        .map(|finding| {
            let text = explained(&of(finding), 1_000);
            let saving = text.split_once("\n  freed").expect("the saving").1;
            saving.lines().nth(1).expect("the sentence").trim().to_owned()
        })
        .collect();
    insta::assert_snapshot!(sentences.join("\n"), @@@sentences@@);
}

#[test]
fn values_have_their_units_and_unknown_is_said() {
    let idle = sample_report().findings.remove(0);
    let text = explained(&of(idle), 80);
    let evidence = text.split_once("Evidence\n").expect("evidence").1;
    insta::assert_snapshot!(evidence.lines().take(6).collect::<Vec<_>>().join("\n"), @@@evidence@@);
}

#[test]
fn lines_fit_the_width_and_the_id_is_whole() {
    for columns in [64, 80, 120] {
        let text = explained(&sample_explanation(), columns);
        assert!(text.contains(RANKER));
        let change = sample_explanation().change.expect("a change");
        for line in text.lines().filter(|line| *line != change) {
            assert!(width(line) <= columns || line.split_whitespace().count() == 1, "{line}");
        }
    }
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let hostile = sample_report().findings.remove(3);
    assert!(is_harmless(&explained(&of(hostile), 80)));
}

use std::collections::BTreeMap;

use jiff::civil::{Date, date};

use crate::{
    fact::{FactRow, SubjectKind, SubjectRef, Value},
    finding::{Action, Confidence, Finding, Fingerprint, Severity},
    settings::{
        Exemption,
        exemption::{Applied, Condition, ExemptionError, apply, last_day},
    },
    window::Window,
};

const LAST_DAY: Date = date(2026, 10, 31);

fn subject(name: &str) -> SubjectRef {
    SubjectRef {
        provider: "aws".to_owned(),
        account_id: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        resource_id: format!("aws:111122223333:eu-west-1:{name}"),
        kind: "gpu_instance".to_owned(),
        name: Some(name.to_owned()),
        instance_type: None,
        owner: None,
        team: None,
    }
}

fn finding(rule: &str, name: &str) -> Finding {
    let subject = subject(name);
    Finding {
        rule: rule.to_owned(),
        title: String::new(),
        subject_kind: SubjectKind::Accelerator,
        severity: Severity::High,
        confidence: Confidence::High,
        action: Action::Inform,
        message: String::new(),
        evidence: Vec::new(),
        fingerprint: Fingerprint::of(rule, &subject),
        subject,
    }
}

fn exemption(rule: &str, condition: &str, until: Date) -> Exemption {
    Exemption {
        rule: rule.to_owned(),
        condition: condition.to_owned(),
        reason: "hot spare".to_owned(),
        until,
    }
}

/// A language of two words: `name:x` compares the name, `gpu` is a fact of accelerators that may be unknown.
fn compile(kind: SubjectKind, text: &str) -> Result<Condition, String> {
    if let Some(name) = text.strip_prefix("name:") {
        let name = name.to_owned();
        return Ok(Box::new(move |row| Some(row.subject.name.as_deref() == Some(name.as_str()))));
    }
    match (text, kind) {
        ("gpu", SubjectKind::Accelerator) => {
            Ok(Box::new(|row| row.values.first().and_then(Value::bool)))
        }
        _ => Err(format!("`{text}` is not a fact of `{kind}`")),
    }
}

fn applied(findings: &[(&str, &str)], exemptions: &[Exemption]) -> Result<Applied, ExemptionError> {
    let rules = BTreeMap::from([
        ("gpu-idle".to_owned(), SubjectKind::Accelerator),
        ("gpu-off-hours".to_owned(), SubjectKind::Accelerator),
        ("volume-unattached".to_owned(), SubjectKind::Volume),
    ]);
    let row = |name: &str, is_gpu: Value| FactRow { subject: subject(name), values: vec![is_gpu] };
    let rows = [row("a", Value::Null), row("b", true.into()), row("c", false.into())];
    let row_of = |finding: &Finding| rows.iter().find(|row| row.subject == finding.subject);
    let findings = findings.iter().map(|(rule, name)| finding(rule, name)).collect();
    apply(findings, exemptions, &rules, &compile, &row_of, LAST_DAY)
}

fn names(findings: &[Finding]) -> Vec<&str> {
    findings.iter().filter_map(|finding| finding.subject.name.as_deref()).collect()
}

#[test]
fn an_exemption_sets_aside_what_its_rule_and_condition_cover() {
    let exemptions = [exemption("gpu-*", "name:a", LAST_DAY)];
    let applied =
        applied(&[("gpu-idle", "a"), ("gpu-idle", "b"), ("gpu-off-hours", "a")], &exemptions);
    let applied = applied.unwrap();
    assert_eq!(names(&applied.kept), ["b"]);
    let exempted: Vec<_> = applied.exempted.iter().map(|one| one.finding.rule.as_str()).collect();
    assert_eq!(exempted, ["gpu-idle", "gpu-off-hours"]);
    assert_eq!(applied.exempted[0].reason, "hot spare");
    assert_eq!(applied.exempted[0].until, LAST_DAY);
    assert_eq!(applied.notes, [""; 0]);
}

#[test]
fn an_expired_exemption_covers_nothing_and_is_reported() {
    let yesterday = LAST_DAY.yesterday().unwrap();
    let exemptions =
        [exemption("gpu-idle", "name:a", yesterday), exemption("gpu-idle", "name:x", yesterday)];
    let applied = applied(&[("gpu-idle", "a")], &exemptions).unwrap();
    assert_eq!(names(&applied.kept), ["a"]);
    assert_eq!(
        applied.notes,
        [
            "The exemption of `gpu-idle` (\"hot spare\") expired on 2026-10-30 and no longer covers 1 finding.",
            "The exemption of `gpu-idle` (\"hot spare\") expired on 2026-10-30 and would cover nothing: remove it.",
        ]
    );
}

#[test]
fn an_unused_exemption_is_reported() {
    let applied = applied(&[("gpu-idle", "b")], &[exemption("gpu-idle", "name:a", LAST_DAY)]);
    assert_eq!(
        applied.unwrap().notes,
        ["The exemption of `gpu-idle` (\"hot spare\") covers nothing in this window."]
    );
}

#[test]
fn a_condition_that_cannot_be_decided_covers_nothing_and_says_so() {
    let applied = applied(&[("gpu-idle", "a")], &[exemption("gpu-idle", "gpu", LAST_DAY)]).unwrap();
    assert_eq!(names(&applied.kept), ["a"]);
    assert_eq!(
        applied.notes,
        [
            "The exemption of `gpu-idle` (\"hot spare\") covers nothing in this window; facts it needs are not known for \
          1 finding."
        ]
    );
}

#[test]
fn a_condition_needs_to_be_valid_for_one_kind_of_subject_only() {
    // Volumes do not know `gpu`, accelerators do.
    let applied = applied(&[("gpu-idle", "b")], &[exemption("*", "gpu", LAST_DAY)]).unwrap();
    assert_eq!(applied.exempted.len(), 1);
}

#[test]
fn a_condition_that_is_valid_nowhere_is_an_error_that_names_the_exemption() {
    let error = applied(&[], &[exemption("volume-*", "gpu", LAST_DAY)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the exemption \"hot spare\" of `volume-*` has a condition that is not valid: `gpu` is not a fact of `volume`"
    );
    assert_eq!(
        miette::Diagnostic::help(&error).unwrap().to_string(),
        "`ai-cost facts volume` lists the facts it may read"
    );
}

#[test]
fn an_exemption_of_no_rule_is_an_error_with_the_nearest_rule() {
    let error = applied(&[], &[exemption("gpu-idel", "true", LAST_DAY)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the exemption \"hot spare\" is for the rule `gpu-idel`, which does not exist"
    );
    assert_eq!(miette::Diagnostic::help(&error).unwrap().to_string(), "did you mean `gpu-idle`?");
}

#[test]
fn the_first_exemption_gives_the_reason_and_the_second_is_not_called_unused() {
    let second = Exemption { reason: "second".to_owned(), ..exemption("*", "name:b", LAST_DAY) };
    let applied =
        applied(&[("gpu-idle", "b")], &[exemption("gpu-idle", "gpu", LAST_DAY), second]).unwrap();
    assert_eq!(applied.exempted[0].reason, "hot spare");
    assert_eq!(applied.notes, [""; 0]);
}

#[test]
fn the_last_day_of_a_window_lies_inside_it() {
    let window = Window::new(
        "2026-10-01T00:00:00Z".parse().unwrap(),
        "2026-11-01T00:00:00Z".parse().unwrap(),
    );
    assert_eq!(last_day(window.unwrap()), LAST_DAY);
}

//! A small world for the tests of rules: a few facts, one complete rule, and tables of one row.

use super::{Rule, RuleError, Verdict};
use crate::{
    fact::{FactRow, FactSpec, FactTable, FactType, SubjectKind, SubjectRef, Value},
    finding::Finding,
};

const fn fact(name: &'static str, fact_type: FactType, null_means: &'static str) -> FactSpec {
    FactSpec { name, fact_type, doc: "", null_means }
}

/// The same few facts for every kind of subject.
pub(super) fn facts(_: SubjectKind) -> Vec<FactSpec> {
    vec![
        fact("state", FactType::Text, "Not reported."),
        fact("running_hours", FactType::Number, "Not seen."),
        fact("observed_ratio", FactType::Number, "Not seen."),
        fact("gpu_util_p95_ratio", FactType::Number, "No telemetry."),
        fact("gpu_mem_used_max_ratio", FactType::Number, "No telemetry."),
        fact("network_gib_per_day", FactType::Number, "No telemetry."),
        fact("gpu_count", FactType::Number, "Not reported."),
        fact("fit_instance_type", FactType::Text, "Nothing fits."),
        fact("fit_price_ratio", FactType::Number, "No price."),
        fact("is_production", FactType::Bool, ""),
    ]
}

/// A rule with every part.
pub(super) const IDLE: &str = r#"title = "GPU machine runs, but its GPUs do nothing"
subject = "accelerator"
severity = "high"
since = "0.1.0"
why = "A GPU machine is billed while it runs."
false_positives = "Standbys."
remedy = "Ask the owner, then stop it."

[params]
min_running_hours = { default = 168, doc = "Younger machines are left alone." }
min_observed_ratio = { default = 0.8, doc = "With less telemetry we do not judge." }
max_gpu_util_p95_ratio = { default = 0.01, doc = "At or below this the GPUs count as idle." }

[judge]
scope = "state = 'running' AND running_hours >= min_running_hours"
trust = "observed_ratio >= min_observed_ratio"
when = """
    gpu_util_p95_ratio <= max_gpu_util_p95_ratio
AND gpu_mem_used_max_ratio <= 0.05
"""

[action]
do = "stop"
keeps = ["volumes"]
confidence = "CASE WHEN network_gib_per_day < 0.005 THEN 'high' ELSE 'medium' END"
change = { aws = "aws ec2 stop-instances --instance-ids {resource_id}", default = "stop[ {name}]" }

[say]
message = "{gpu_count} GPUs at {gpu_util_p95_ratio}, limit {max_gpu_util_p95_ratio}"

[[example]]
name = "left on after training"
given = { state = "running", running_hours = 720, observed_ratio = 1.0, gpu_util_p95_ratio = 0.0, gpu_mem_used_max_ratio = 0.01, network_gib_per_day = 0.001 }
then = { verdict = "hit", confidence = "high" }

[[example]]
name = "busy"
given = { state = "running", running_hours = 720, observed_ratio = 1.0, gpu_util_p95_ratio = 0.35 }
then = { verdict = "clear" }

[[example]]
name = "no telemetry"
given = { state = "running", running_hours = 720 }
then = { verdict = "unknown", because = ["observed_ratio"] }

[[example]]
name = "started yesterday, for someone patient"
given = { state = "running", running_hours = 200 }
params = { min_running_hours = 300 }
then = { verdict = "out_of_scope" }
"#;

pub(super) fn parse(text: &str) -> Result<Rule, RuleError> {
    Rule::parse("gpu-idle", "rules/gpu-idle.toml", text, &facts)
}

/// The complete rule with one part of its text replaced.
pub(super) fn idle_with(part: &str, replacement: &str) -> Result<Rule, RuleError> {
    assert!(IDLE.contains(part), "the rule has no `{part}`");
    parse(&IDLE.replacen(part, replacement, 1))
}

pub(super) fn subject() -> SubjectRef {
    SubjectRef {
        provider: "aws".to_owned(),
        account_id: "1".to_owned(),
        region: "eu-west-1".to_owned(),
        resource_id: "i-1".to_owned(),
        kind: "gpu_instance".to_owned(),
        name: Some("trainer 1".to_owned()),
        instance_type: None,
        owner: None,
        team: None,
    }
}

/// A table of one row; facts that are not given are null.
pub(super) fn table(given: &[(&str, Value)]) -> FactTable {
    let specs = facts(SubjectKind::Accelerator);
    let value = |name: &str| {
        let known = given.iter().find(|(given, _)| *given == name);
        known.map_or(Value::Null, |(_, value)| value.clone())
    };
    for (name, _) in given {
        assert!(specs.iter().any(|spec| spec.name == *name), "there is no fact `{name}`");
    }
    let values = specs.iter().map(|spec| value(spec.name)).collect();
    FactTable {
        kind: SubjectKind::Accelerator,
        specs,
        rows: vec![FactRow { subject: subject(), values }],
    }
}

/// The verdict on one row.
pub(super) fn verdict(rule: &Rule, given: &[(&str, Value)]) -> Verdict {
    rule.judge(&table(given)).remove(0).verdict
}

/// A machine that idles, with one of its facts changed.
pub(super) fn idle(changed: &'static str, value: Value) -> Vec<(&'static str, Value)> {
    let facts = [
        ("state", Value::from("running")),
        ("running_hours", Value::Number(720.0)),
        ("observed_ratio", Value::Number(1.0)),
        ("gpu_util_p95_ratio", Value::Number(0.005)),
        ("gpu_mem_used_max_ratio", Value::Number(0.01)),
        ("gpu_count", Value::Number(8.0)),
    ];
    let others = facts.into_iter().filter(|(name, _)| *name != changed);
    others.chain([(changed, value)]).collect()
}

pub(super) fn hit(rule: &Rule, given: &[(&str, Value)]) -> Finding {
    match verdict(rule, given) {
        Verdict::Hit(finding) => *finding,
        other => panic!("{other:?} is no hit"),
    }
}

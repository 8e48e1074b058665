//! Verdicts: a rule against each subject of a facts table.

use super::{
    Rule,
    expr::Env,
    file::VerdictKind,
    template::{Audience, Filling},
};
use crate::{
    fact::{FactRow, FactSpec, FactTable, SubjectRef, Value},
    finding::{Confidence, Evidence, Finding, Fingerprint},
};

/// What a rule says about one subject.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The subject is none of the rule's business: its scope is not true, be it false or not known.
    OutOfScope,
    /// The subject cannot be judged: its data are too thin, or a condition or the action depends on what is not known.
    Unknown {
        /// The facts that are missing; of an expression that misses none, those that are too thin.
        because: Vec<Cause>,
    },
    /// No waste.
    Clear,
    /// Waste.
    Hit(Box<Finding>),
}

/// A fact because of which a subject cannot be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// Its name.
    pub fact: &'static str,
    /// True: its value is there, and not enough to judge by. False: it is not known.
    pub is_known: bool,
}

impl Verdict {
    /// Which of the four it is.
    pub fn kind(&self) -> VerdictKind {
        match self {
            Self::OutOfScope => VerdictKind::OutOfScope,
            Self::Unknown { .. } => VerdictKind::Unknown,
            Self::Clear => VerdictKind::Clear,
            Self::Hit(_) => VerdictKind::Hit,
        }
    }
}

/// A verdict and the row it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Position in [`FactTable::rows`].
    pub row: usize,
    /// What the rule says.
    pub verdict: Verdict,
}

impl Rule {
    /// One verdict per row, in the order of the rows; none if the table is about another kind of subject.
    ///
    /// A fact that the table does not hold is not known. Order of questions:
    /// 1. `scope` not true, be it false or null: out of scope. What we do not know to concern a rule is not its business.
    /// 2. `trust` not true: unknown, because of what the failing parts of its `AND`s read: the facts that are null, or
    ///    all of them if none is.
    /// 3. `when` null: unknown, because of the same of `when`; false: clear.
    /// 4. The action cannot be stated (its target or a ratio other than the price is null): unknown, because of the
    ///    facts it reads that are null. Otherwise: hit.
    pub fn judge(&self, table: &FactTable) -> Vec<Judged> {
        if table.kind != self.subject {
            return Vec::new();
        }
        let positions = positions(&self.facts, &table.specs);
        let params = self.param_values();
        let verdict = |row: &FactRow| {
            let env = Env { values: &row.values, positions: &positions, params: &params };
            self.verdict(&row.subject, &env)
        };
        let rows = table.rows.iter().enumerate();
        rows.map(|(row, facts)| Judged { row, verdict: verdict(facts) }).collect()
    }

    fn verdict(&self, subject: &SubjectRef, env: &Env<'_>) -> Verdict {
        if self.scope.value(env) != Value::Bool(true) {
            return Verdict::OutOfScope;
        }
        if self.trust.value(env) != Value::Bool(true) {
            return self.unknown(&self.trust.blame(env), env);
        }
        match self.when.value(env).bool() {
            Some(false) => return Verdict::Clear,
            None => return self.unknown(&self.when.blame(env), env),
            Some(true) => {}
        }
        let Some(action) = self.action.act(env) else {
            let unstated = self.action.arguments.iter();
            let null = unstated.filter(|(_, program)| program.value(env) == Value::Null);
            let mut blamed: Vec<usize> = null.flat_map(|(_, program)| program.blame(env)).collect();
            blamed.dedup();
            return self.unknown(&blamed, env);
        };
        // Null and words that no confidence has (they can only come from a fact) are the least of claims.
        let word = self.confidence.value(env);
        let confidence = word.text().and_then(Confidence::parse).unwrap_or(Confidence::Low);
        Verdict::Hit(Box::new(Finding {
            rule: self.id.clone(),
            title: self.title.clone(),
            subject_kind: self.subject,
            subject: subject.clone(),
            severity: self.severity,
            confidence,
            action,
            message: self.message.render(Filling {
                env,
                subject,
                commitment: None,
                audience: Audience::People,
            }),
            evidence: self.evidence(env),
            fingerprint: Fingerprint::of(&self.id, subject),
        }))
    }

    fn unknown(&self, blamed: &[usize], env: &Env<'_>) -> Verdict {
        let mut because: Vec<Cause> = Vec::new();
        for &index in blamed {
            let Some(fact) = self.facts.get(index) else { continue };
            let cause = Cause { fact: fact.name, is_known: *env.fact(index) != Value::Null };
            if !because.contains(&cause) {
                because.push(cause);
            }
        }
        Verdict::Unknown { because }
    }

    /// What `when`, the action and `trust` read, in this order, each fact once; then what a message shows that is written
    /// again when the findings are counted.
    fn evidence(&self, env: &Env<'_>) -> Vec<Evidence> {
        let mut evidence: Vec<Evidence> = Vec::new();
        let when = self.when.facts.iter().copied();
        let judged = when.chain(self.action_facts()).chain(self.trust.facts.iter().copied());
        let shown = self.message.facts().filter(|_| self.message.shows_commitment());
        for index in judged.chain(shown) {
            let Some(fact) = self.facts.get(index) else { continue };
            if evidence.iter().all(|known| known.fact != fact.name) {
                evidence.push(Evidence { fact: fact.name, value: env.fact(index).clone() });
            }
        }
        evidence
    }
}

/// For each fact that code may read, its position in a table.
pub(super) fn positions(read: &[FactSpec], table: &[FactSpec]) -> Vec<Option<usize>> {
    read.iter().map(|fact| table.iter().position(|spec| spec.name == fact.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fact::SubjectKind,
        finding::Action,
        rule::testing::{IDLE, hit, idle, idle_with, parse, table, verdict},
    };

    fn because(facts: &[&'static str], is_known: bool) -> Verdict {
        let cause = |&fact| Cause { fact, is_known };
        Verdict::Unknown { because: facts.iter().map(cause).collect() }
    }

    #[test]
    fn the_four_verdicts() {
        let rule = parse(IDLE).unwrap();
        let (missing, thin) = (|fact| because(&[fact], false), |fact| because(&[fact], true));
        for (changed, value, expected) in [
            ("state", Value::from("stopped"), Verdict::OutOfScope),
            ("state", Value::Null, Verdict::OutOfScope),
            ("running_hours", Value::Number(167.0), Verdict::OutOfScope),
            ("observed_ratio", Value::Null, missing("observed_ratio")),
            ("observed_ratio", Value::Number(0.79), thin("observed_ratio")),
            ("gpu_util_p95_ratio", Value::Null, missing("gpu_util_p95_ratio")),
            ("gpu_util_p95_ratio", Value::Number(0.011), Verdict::Clear),
        ] {
            assert_eq!(verdict(&rule, &idle(changed, value)), expected, "by {changed}");
        }
        assert_eq!(hit(&rule, &idle("gpu_util_p95_ratio", Value::Number(0.01))).rule, "gpu-idle");
    }

    #[test]
    fn one_certain_no_is_enough_to_be_clear() {
        let rule = parse(IDLE).unwrap();
        let mut facts = idle("gpu_util_p95_ratio", Value::Null);
        facts.retain(|(name, _)| *name != "gpu_mem_used_max_ratio");
        facts.push(("gpu_mem_used_max_ratio", Value::Number(0.9)));
        assert_eq!(verdict(&rule, &facts), Verdict::Clear);
    }

    #[test]
    fn a_division_by_zero_makes_it_unknown_because_of_what_was_read() {
        let rule = idle_with("<= 0.05", "/ gpu_count <= 0.05").unwrap();
        let expected = because(&["gpu_mem_used_max_ratio", "gpu_count"], true);
        assert_eq!(verdict(&rule, &idle("gpu_count", Value::Number(0.0))), expected);
    }

    #[test]
    fn a_finding_says_what_was_seen_in_units() {
        let rule = parse(IDLE).unwrap();
        let finding = hit(&rule, &idle("is_production", Value::Bool(false)));
        assert_eq!(finding.message, "8 GPUs at 0.5 %, limit 1 %");
        assert_eq!(finding.action, Action::Stop { verb: "stop" });
        assert_eq!(finding.subject.resource_id, "i-1");
    }

    #[test]
    fn evidence_is_what_when_the_action_and_trust_read_in_this_order() {
        let rule = parse(IDLE).unwrap();
        let finding = hit(&rule, &idle("network_gib_per_day", Value::Number(0.001)));
        let evidence = |fact, number| Evidence { fact, value: Value::Number(number) };
        assert_eq!(
            finding.evidence,
            [
                evidence("gpu_util_p95_ratio", 0.005),
                evidence("gpu_mem_used_max_ratio", 0.01),
                evidence("network_gib_per_day", 0.001),
                evidence("observed_ratio", 1.0),
            ]
        );
    }

    #[test]
    fn confidence_is_an_expression_and_low_if_it_is_not_known() {
        let facts = idle("network_gib_per_day", Value::Number(0.001));
        let original = "\"CASE WHEN network_gib_per_day < 0.005 THEN 'high' ELSE 'medium' END\"";
        for (written, expected) in [
            (original, Confidence::High),
            ("\"'medium'\"", Confidence::Medium),
            ("\"CASE WHEN FALSE THEN 'high' END\"", Confidence::Low),
            ("\"state\"", Confidence::Low),
        ] {
            let rule = idle_with(original, written).unwrap();
            assert_eq!(hit(&rule, &facts).confidence, expected, "of {written}");
        }
        let rule = idle_with(&format!("confidence = {original}\n"), "").unwrap();
        assert_eq!(hit(&rule, &facts).confidence, Confidence::Medium);
    }

    #[test]
    fn every_action_is_worked_out_for_the_subject() {
        let resize =
            "do = \"resize\"\ntarget = \"fit_instance_type\"\nprice_ratio = \"fit_price_ratio\"";
        for (written, expected) in [
            ("do = \"release\"", Action::Stop { verb: "release" }),
            ("do = \"schedule\"", Action::Schedule { warmup_hours: 1.0 }),
            (
                "do = \"scale\"\nheadroom_ratio = 1.3\nmin_count = \"gpu_count / 4\"",
                Action::Scale { headroom_ratio: 1.3, min_count: 2.0, cooldown_hours: 1.0 },
            ),
            (
                "do = \"shrink\"\nheadroom_ratio = 1.2\nmin_count = \"gpu_count / 4\"",
                Action::Shrink { headroom_ratio: 1.2, min_count: 2.0 },
            ),
            (
                resize,
                Action::Resize {
                    target: "g6.xlarge".to_owned(),
                    price_ratio: None,
                    stretch_ratio: 1.0,
                },
            ),
            (
                "do = \"reprice\"\ntarget = \"'spot'\"\nprice_ratio = 0.4\nrework_ratio = 0.02",
                Action::Reprice {
                    target: "spot".to_owned(),
                    price_ratio: Some(0.4),
                    rework_ratio: 0.02,
                    price_spread_ratio: 0.0,
                },
            ),
            (
                "do = \"reroute\"\nusd_per_request = \"NULL\"",
                Action::Reroute { usd_per_request: None },
            ),
            (
                "do = \"amount\"\nusd_per_month = \"gpu_count * 2\"",
                Action::Amount { usd_per_month: Some(16.0) },
            ),
            ("do = \"inform\"", Action::Inform),
        ] {
            let rule = idle_with("do = \"stop\"", written).unwrap();
            let finding = hit(&rule, &idle("fit_instance_type", Value::from("g6.xlarge")));
            assert_eq!(finding.action, expected, "of {written}");
        }
        let rule = idle_with("do = \"stop\"", resize).unwrap();
        assert_eq!(
            verdict(&rule, &idle("fit_price_ratio", Value::Number(0.5))),
            because(&["fit_instance_type"], false)
        );
    }

    #[test]
    fn a_table_of_another_kind_is_not_judged() {
        let rule = parse(IDLE).unwrap();
        let mut other = table(&[]);
        other.kind = SubjectKind::Volume;
        assert_eq!(rule.judge(&other), []);
    }

    #[test]
    fn facts_are_found_by_name_wherever_the_table_has_them() {
        let rule = parse(IDLE).unwrap();
        let mut shuffled = table(&idle("is_production", Value::Bool(false)));
        shuffled.specs.reverse();
        shuffled.rows[0].values.reverse();
        assert_eq!(rule.judge(&shuffled)[0].verdict.kind(), VerdictKind::Hit);
    }
}

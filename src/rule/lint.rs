//! What a rule must have beyond being readable: prose for people, and an example per verdict.

use super::{Problem, Rule, RuleError, file::VerdictKind};

impl Rule {
    /// Everything that is missing, in the order of the file's parts; empty for a good rule.
    pub fn lint(&self) -> Vec<RuleError> {
        let mut found = Vec::new();
        let mut add = |span, problem| {
            found.push(RuleError::new(&self.id, &self.source, span, problem));
        };
        for (key, place) in &self.places.prose {
            let text = match *key {
                "title" => &self.title,
                "since" => &self.since,
                "why" => &self.why,
                "false_positives" => &self.false_positives,
                "remedy" => &self.remedy,
                _ => &self.message.text,
            };
            if text.trim().is_empty() {
                add(place.clone(), Problem::Empty { key: (*key).to_owned() });
            }
        }
        for (index, (param, place)) in self.params.iter().zip(&self.places.params).enumerate() {
            if param.doc.trim().is_empty() {
                add(place.clone(), Problem::Empty { key: format!("params.{}.doc", param.name) });
            }
            if !self.reads_param(index) {
                add(place.clone(), Problem::UnusedParam { name: param.name.clone() });
            }
        }
        for (provider, template) in &self.change {
            let lacking = template.may_lack(&self.facts);
            let has_way_out = provider != "default" && self.change.contains_key("default");
            if let (Some(name), false) = (lacking.first(), has_way_out) {
                let place = self.places.change.get(provider).cloned().unwrap_or_default();
                add(place, Problem::ChangeMayLack { provider: provider.clone(), name });
            }
        }
        for verdict in self.possible_verdicts() {
            if self.examples.iter().all(|example| example.verdict != verdict) {
                let place = match verdict {
                    VerdictKind::Hit | VerdictKind::Clear => &self.places.when,
                    VerdictKind::Unknown => &self.places.trust,
                    VerdictKind::OutOfScope => &self.places.scope,
                };
                add(place.clone(), Problem::MissingExample { verdict: verdict.word() });
            }
        }
        found
    }

    /// Whether an expression depends on the parameter. A mention in a text changes no verdict and does not count.
    fn reads_param(&self, index: usize) -> bool {
        let arguments = self.action.arguments.iter().map(|(_, program)| program);
        let mut programs =
            [&self.scope, &self.trust, &self.when, &self.confidence].into_iter().chain(arguments);
        programs.any(|program| program.params.contains(&index))
    }

    /// The verdicts that it can give. It is never unknown if `trust` reads no fact and `when` is always certain.
    pub(super) fn possible_verdicts(&self) -> Vec<VerdictKind> {
        let mut possible = vec![VerdictKind::Hit, VerdictKind::Clear];
        if !self.trust.facts.is_empty() || self.when.is_nullable {
            possible.push(VerdictKind::Unknown);
        }
        if !self.scope.facts.is_empty() {
            possible.push(VerdictKind::OutOfScope);
        }
        possible
    }
}

#[cfg(test)]
mod tests {
    use crate::rule::{
        Rule,
        testing::{IDLE, idle_with, parse},
    };

    fn problems(rule: &Rule) -> Vec<(&'static str, String)> {
        let found = rule.lint();
        found
            .iter()
            .map(|error| (error.problem().code(), error.spanned_text().to_owned()))
            .collect()
    }

    /// The rule without the example of this name.
    fn without(example: &str) -> Rule {
        let parts: Vec<&str> = IDLE.split("[[example]]").collect();
        let kept: Vec<&str> = parts.into_iter().filter(|part| !part.contains(example)).collect();
        parse(&kept.join("[[example]]")).unwrap()
    }

    #[test]
    fn a_complete_rule_has_no_problems() {
        assert_eq!(problems(&parse(IDLE).unwrap()), []);
    }

    #[test]
    fn prose_documentation_and_use_are_required() {
        for (part, replacement, code, place) in [
            ("\"Standbys.\"", "\" \"", "rule::empty", "\" \""),
            ("\"Ask the owner, then stop it.\"", "\"\"", "rule::empty", "\"\""),
            (
                "doc = \"Younger machines are left alone.\"",
                "doc = \"\"",
                "rule::empty",
                "min_running_hours",
            ),
            (">= min_observed_ratio", ">= 0.8", "rule::unused_param", "min_observed_ratio"),
        ] {
            let found = problems(&idle_with(part, replacement).unwrap());
            assert_eq!(found, [(code, place.to_owned())], "with {replacement}");
        }
    }

    #[test]
    fn a_change_that_may_lack_a_value_needs_another_one_that_lacks_none() {
        let aws = "aws ec2 stop-instances --instance-ids {resource_id}";
        for (replacement, expected) in [
            ("stop {resource_id}\", default = \"stop it", vec![]),
            ("resize to {fit_instance_type}\", default = \"stop it", vec![]),
            ("resize to {fit_instance_type}", vec!["\"resize to {fit_instance_type}\""]),
            ("stop\", default = \"stop {name}", vec!["\"stop {name}\""]),
            ("stop\", default = \"stop[ {name}]", vec![]),
        ] {
            let whole = format!("{aws}\", default = \"stop[ {{name}}]");
            let found = problems(&idle_with(&whole, replacement).unwrap());
            let expected: Vec<_> = expected
                .into_iter()
                .map(|place| ("rule::change_may_lack", place.to_owned()))
                .collect();
            assert_eq!(found, expected, "with {replacement}");
        }
    }

    #[test]
    fn each_verdict_that_can_come_out_needs_an_example() {
        for (example, verdict) in [
            ("left on", "hit"),
            ("busy", "clear"),
            ("no telemetry", "unknown"),
            ("started yesterday", "out_of_scope"),
        ] {
            let found = without(example).lint();
            let messages: Vec<String> = found.iter().map(ToString::to_string).collect();
            let expected = format!(
                "rule `gpu-idle` has no example for the verdict `{verdict}`, which it can give"
            );
            assert_eq!(messages, [expected]);
        }
    }

    #[test]
    fn verdicts_that_cannot_come_out_need_none() {
        let text = r#"
            title = "t"
            subject = "resource"
            severity = "info"
            since = "0.1.0"
            why = "w"
            false_positives = "f"
            remedy = "r"
            judge = { scope = "TRUE", trust = "TRUE", when = "is_production OR state IS NULL" }
            action = { do = "inform" }
            say = { message = "m" }
            [[example]]
            name = "hit"
            given = { is_production = true }
            then = { verdict = "hit" }
            [[example]]
            name = "clear"
            given = { is_production = false, state = "running" }
            then = { verdict = "clear" }
        "#;
        assert_eq!(problems(&parse(text).unwrap()), []);
    }
}

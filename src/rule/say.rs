//! What a finding says once all are counted: the change that would end it, and its line with what to commit to.

use super::{
    Rule,
    expr::Env,
    template::{Audience, Filling},
};
use crate::{
    fact::Value,
    finding::{Finding, SettledCommitment},
};

impl Rule {
    /// The exact change that would end a finding of this rule: a command or an attribute to set, for the provider of
    /// the subject. Where that would need a value that is not known, the text for any provider stands in. `None` if the
    /// rule describes none that can be filled in. What a shell would interpret in names is quoted.
    pub fn change(
        &self,
        finding: &Finding,
        commitment: Option<&SettledCommitment>,
    ) -> Option<String> {
        [finding.subject.provider.as_str(), "default"]
            .into_iter()
            .filter_map(|provider| self.change.get(provider))
            .find_map(|template| {
                self.refill(finding, |env| {
                    template.render_known(Filling {
                        env,
                        subject: &finding.subject,
                        commitment,
                        audience: Audience::Machine,
                    })
                })
            })
    }

    /// The line for people, with what to commit to. `None`: the line of the finding stands.
    pub fn message(&self, finding: &Finding, commitment: &SettledCommitment) -> Option<String> {
        self.message.shows_commitment().then(|| {
            self.refill(finding, |env| {
                self.message.render(Filling {
                    env,
                    subject: &finding.subject,
                    commitment: Some(commitment),
                    audience: Audience::People,
                })
            })
        })
    }

    /// Fills a text from a finding's evidence, which holds every fact that such texts show.
    fn refill<T>(&self, finding: &Finding, fill: impl FnOnce(&Env<'_>) -> T) -> T {
        let values: Vec<Value> = self
            .facts
            .iter()
            .map(|fact| {
                let known = finding.evidence.iter().find(|evidence| evidence.fact == fact.name);
                known.map_or(Value::Null, |evidence| evidence.value.clone())
            })
            .collect();
        let positions: Vec<Option<usize>> = (0..values.len()).map(Some).collect();
        let params = self.param_values();
        fill(&Env { values: &values, positions: &positions, params: &params })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::testing::{IDLE, hit, idle, idle_with, parse};

    #[test]
    fn a_change_is_written_for_the_provider_of_the_subject() {
        let rule = parse(IDLE).unwrap();
        let mut finding = hit(&rule, &idle("state", Value::from("running")));
        let aws = "aws ec2 stop-instances --instance-ids i-1";
        assert_eq!(rule.change(&finding, None).as_deref(), Some(aws));
        finding.subject.provider = "gcp".to_owned();
        assert_eq!(rule.change(&finding, None).as_deref(), Some("stop 'trainer 1'"));
    }

    #[test]
    fn a_change_that_needs_an_unknown_value_is_the_one_for_any_provider_or_none() {
        let text = "default = \"stop[ {name}]\"";
        let given = idle("fit_instance_type", Value::Null);
        let change = |aws: &str, default: &str| {
            let rule =
                idle_with("aws ec2 stop-instances --instance-ids {resource_id}", aws).unwrap();
            let rule = parse(&rule.text().replace(text, default)).unwrap();
            rule.change(&hit(&rule, &given), None)
        };
        let aws = "resize to {fit_instance_type}";
        let any = "default = \"use a smaller one\"";
        assert_eq!(change(aws, any).as_deref(), Some("use a smaller one"));
        assert_eq!(change(aws, "default = \"use {fit_instance_type}\""), None);
    }

    #[test]
    fn a_change_can_show_the_facts_of_the_finding() {
        let text = "--instance-type {fit_instance_type}";
        let rule = idle_with("stop-instances", &format!("modify {text}")).unwrap();
        let finding = hit(&rule, &idle("fit_instance_type", Value::from("g6.xlarge")));
        let change = rule.change(&finding, None).unwrap();
        assert_eq!(change, "aws ec2 modify --instance-type g6.xlarge --instance-ids i-1");
    }
}

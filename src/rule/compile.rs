//! From a file's text to a checked rule, or to an error that points into the file.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use toml::Spanned;

use super::{
    Places, Problem, Rule, RuleError,
    action::{ActionProgram, keys},
    error::{ExprError, Source},
    example,
    expr::{Names, Program, type_of},
    file::{ActionTable, ChangeEntry, RuleFile, Scalar},
    literal::Offsets,
    param::{names, read_params},
    template::Template,
};
use crate::{
    fact::{FactSpec, FactType, SubjectKind, Value},
    finding::Confidence,
    nearest::nearest,
};

/// For whom `change` may say what to do.
const PROVIDERS: [&str; 5] = ["aws", "azure", "gcp", "kubernetes", "default"];

impl Rule {
    /// Reads the rule `id` from the text of its file, which is called `source_name` in errors. `facts` lists the facts
    /// of a kind of subject.
    pub fn parse(
        id: &str,
        source_name: &str,
        text: &str,
        facts: &dyn Fn(SubjectKind) -> Vec<FactSpec>,
    ) -> Result<Self, RuleError> {
        let source = Source { name: source_name.to_owned(), text: Arc::from(text) };
        let fail = |span, problem| RuleError::new(id, &source, span, problem);
        if !is_kebab_case(id) {
            return Err(fail(0..0, Problem::Id { id: id.to_owned() }));
        }
        let file: RuleFile = toml::from_str(text).map_err(|error| {
            let message = error.message().to_owned();
            fail(error.span().unwrap_or(0..0), Problem::Toml { message })
        })?;
        let facts: Arc<[FactSpec]> = facts(file.subject).into();
        let (params, param_places) = read_params(&file.params, &facts, &fail)?;
        let param_names = names(&params);
        let reader = Reader {
            id,
            source: &source,
            names: Names { subject: file.subject, facts: &facts, params: &param_names },
        };
        let action = reader.action(&file.action)?;
        Ok(Self {
            id: id.to_owned(),
            subject: file.subject,
            severity: file.severity,
            scope: reader.program(&file.judge.scope, FactType::Bool)?,
            trust: reader.program(&file.judge.trust, FactType::Bool)?,
            when: reader.program(&file.judge.when, FactType::Bool)?,
            confidence: reader.confidence(file.action.get_ref())?,
            change: reader.change(file.action.get_ref().change.as_ref())?,
            message: reader.template(&file.say.message)?,
            action,
            examples: example::read(&file.example, &reader, &params)?,
            places: Places {
                prose: vec![
                    ("title", file.title.span()),
                    ("since", file.since.span()),
                    ("why", file.why.span()),
                    ("false_positives", file.false_positives.span()),
                    ("remedy", file.remedy.span()),
                    ("message", file.say.message.span()),
                ],
                scope: file.judge.scope.span(),
                trust: file.judge.trust.span(),
                when: file.judge.when.span(),
                params: param_places,
                change: change_places(file.action.get_ref().change.as_ref()),
            },
            params,
            keeps: file.action.get_ref().keeps.clone(),
            title: file.title.into_inner(),
            since: file.since.into_inner(),
            why: file.why.into_inner(),
            false_positives: file.false_positives.into_inner(),
            remedy: file.remedy.into_inner(),
            facts: Arc::clone(&facts),
            source: source.clone(),
        })
    }
}

fn change_places(entry: Option<&ChangeEntry>) -> BTreeMap<String, Range<usize>> {
    match entry {
        None => BTreeMap::new(),
        Some(ChangeEntry::ForAll(text)) => BTreeMap::from([("default".to_owned(), text.span())]),
        Some(ChangeEntry::ByProvider(table)) => {
            table.iter().map(|(provider, text)| (provider.get_ref().clone(), text.span())).collect()
        }
    }
}

fn is_kebab_case(id: &str) -> bool {
    id.split('-').all(|word| {
        !word.is_empty()
            && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    })
}

/// What every part of the file is read with.
pub(super) struct Reader<'a> {
    id: &'a str,
    source: &'a Source,
    pub(super) names: Names<'a>,
}

impl Reader<'_> {
    /// A problem at a place of the file.
    pub(super) fn fail(&self, span: Range<usize>, problem: Problem) -> RuleError {
        RuleError::new(self.id, self.source, span, problem)
    }

    /// Moves a problem from a place in a string's value to the place in the file.
    fn locate(&self, literal: Range<usize>, value: &str, error: ExprError) -> RuleError {
        let offsets = Offsets::follow(&self.source.text, literal, value);
        self.fail(offsets.to_file(&error.span), error.problem)
    }

    fn program(&self, scalar: &Spanned<Scalar>, wanted: FactType) -> Result<Program, RuleError> {
        match &scalar.get_ref().0 {
            Value::Text(text) => Program::compile(text, self.names, wanted)
                .map_err(|error| self.locate(scalar.span(), text, error)),
            value if type_of(value) == Some(wanted) => Ok(Program::constant(value.clone())),
            value => {
                let found = type_of(value).map_or("null".to_owned(), |found| found.to_string());
                let message = format!("a {wanted} is expected here, this is a {found}");
                let help = format!("write an expression that yields a {wanted}, in quotes");
                Err(self.fail(scalar.span(), Problem::TypeMismatch { message, help }))
            }
        }
    }

    fn template(&self, text: &Spanned<String>) -> Result<Template, RuleError> {
        Template::compile(text.get_ref(), self.names)
            .map_err(|error| self.locate(text.span(), text.get_ref(), error))
    }

    fn action(&self, table: &Spanned<ActionTable>) -> Result<ActionProgram, RuleError> {
        let entry = table.get_ref();
        let verb = *entry.verb.get_ref();
        let keys = keys(verb);
        let stray = entry.arguments().find(|(name, _)| keys.iter().all(|key| key.name != *name));
        if let Some((key, scalar)) = stray {
            let takes: Vec<String> = keys.iter().map(|key| format!("`{}`", key.name)).collect();
            let problem = Problem::UnknownKey { key, verb: verb.word(), takes: takes.join(", ") };
            return Err(self.fail(scalar.span(), problem));
        }
        let mut arguments = Vec::with_capacity(keys.len());
        for key in keys {
            let given = entry.arguments().find(|(name, _)| *name == key.name);
            let program = match (given, key.default) {
                (Some((_, scalar)), _) => self.program(scalar, key.fact_type)?,
                (None, Some(default)) => Program::constant(Value::Number(default)),
                (None, None) => {
                    let problem = Problem::MissingKey {
                        key: key.name,
                        verb: verb.word(),
                        fact_type: key.fact_type,
                    };
                    return Err(self.fail(entry.verb.span(), problem));
                }
            };
            arguments.push((key.name, program));
        }
        Ok(ActionProgram { verb, arguments })
    }

    fn confidence(&self, table: &ActionTable) -> Result<Program, RuleError> {
        let Some(scalar) = &table.confidence else {
            return Ok(Program::constant(Value::from(Confidence::Medium.word())));
        };
        let program = self.program(scalar, FactType::Text)?;
        let wrong = program.words.iter().find(|(word, _)| Confidence::parse(word).is_none());
        match wrong {
            Some((word, span)) => {
                let problem = Problem::Confidence { word: word.clone() };
                let error = ExprError { problem, span: span.clone() };
                Err(self.locate(scalar.span(), &program.text, error))
            }
            None => Ok(program),
        }
    }

    fn change(&self, entry: Option<&ChangeEntry>) -> Result<BTreeMap<String, Template>, RuleError> {
        match entry {
            None => Ok(BTreeMap::new()),
            Some(ChangeEntry::ForAll(text)) => {
                Ok(BTreeMap::from([("default".to_owned(), self.template(text)?)]))
            }
            Some(ChangeEntry::ByProvider(table)) => table
                .iter()
                .map(|(provider, text)| {
                    let name = provider.get_ref();
                    if !PROVIDERS.contains(&name.as_str()) {
                        let nearest = nearest(name, PROVIDERS).map(str::to_owned);
                        let problem = Problem::UnknownProvider { name: name.clone(), nearest };
                        return Err(self.fail(provider.span(), problem));
                    }
                    Ok((name.clone(), self.template(text)?))
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{
        Bounds,
        testing::{IDLE, facts, idle_with, parse},
    };

    /// Code and spanned text of the refusal of a changed rule.
    fn refusal(part: &str, replacement: &str) -> (&'static str, String) {
        let error = idle_with(part, replacement).unwrap_err();
        (error.problem().code(), error.spanned_text().to_owned())
    }

    #[test]
    fn a_complete_rule_is_read() {
        let rule = parse(IDLE).unwrap();
        assert_eq!(rule.subject, SubjectKind::Accelerator);
        assert_eq!(rule.keeps, ["volumes"]);
        assert_eq!(rule.action_word(), "stop");
        let params: Vec<&str> = rule.params.iter().map(|param| param.name.as_str()).collect();
        assert_eq!(params, ["min_running_hours", "min_observed_ratio", "max_gpu_util_p95_ratio"]);
        assert_eq!(
            rule.reads(),
            [
                "state",
                "running_hours",
                "observed_ratio",
                "gpu_util_p95_ratio",
                "gpu_mem_used_max_ratio",
                "network_gib_per_day"
            ]
        );
    }

    #[test]
    fn each_mistake_is_refused_at_its_token_in_the_file() {
        for (part, replacement, code, wrong) in [
            ("    gpu_util_p95", "    gpu_util_p59", "rule::unknown_fact", "gpu_util_p59_ratio"),
            ("<= 0.05", "<< 0.05", "rule::syntax", "<"),
            ("<= 0.05", "<= 'low'", "rule::type_mismatch", "'low'"),
            (
                "observed_ratio >= min",
                "coalesce(observed_ratio, 0) >= min",
                "rule::unknown_function",
                "coalesce",
            ),
            ("\"observed_ratio >= min_observed_ratio\"", "1", "rule::type_mismatch", "1"),
            ("'medium' END", "'sure' END", "rule::confidence", "'sure'"),
            ("{gpu_count}", "{gpu_cuont}", "rule::unknown_fact", "gpu_cuont"),
            ("{gpu_count}", "{gpu_count", "rule::syntax", "{gpu_count GPUs at "),
            ("{resource_id}", "{resource}", "rule::unknown_fact", "resource"),
            ("{ aws =", "{ asw =", "rule::unknown_provider", "asw"),
            ("min_running_hours = {", "min_running = {", "rule::param_name", "min_running"),
            ("min_running_hours = {", "running_hours = {", "rule::param_name", "running_hours"),
            ("default = 168", "default = 'long'", "rule::param_name", "min_running_hours"),
            ("default = 0.8,", "default = 80,", "rule::param_bounds", "80"),
            ("default = 168", "default = -1", "rule::param_bounds", "-1"),
            ("default = 168", "default = 168, max = 100", "rule::param_bounds", "168"),
            ("default = 0.8,", "default = 0.8, min = 0.9, max = 0.7,", "rule::param_bounds", "0.9"),
            (
                "params = { min_running_hours = 300",
                "params = { min_observed_ratio = 3",
                "rule::param_bounds",
                "3",
            ),
            (
                "state = \"running\", running",
                "stat = \"running\", running",
                "rule::unknown_fact",
                "stat",
            ),
            ("observed_ratio = 1.0", "observed_ratio = \"all\"", "rule::type_mismatch", "\"all\""),
            (
                "params = { min_running",
                "params = { max_running",
                "rule::unknown_param",
                "max_running_hours",
            ),
            (
                "[\"observed_ratio\"]",
                "[\"observd_ratio\"]",
                "rule::unknown_fact",
                "\"observd_ratio\"",
            ),
            (
                "verdict = \"clear\"",
                "verdict = \"clear\", confidence = \"high\"",
                "rule::example",
                "\"high\"",
            ),
            (
                "verdict = \"clear\"",
                "verdict = \"clear\", because = [\"state\"]",
                "rule::example",
                "\"state\"",
            ),
            ("name = \"busy\"", "name = \"no telemetry\"", "rule::example", "\"no telemetry\""),
            ("do = \"stop\"", "do = \"stop\"\ntarget = \"'x'\"", "rule::unknown_key", "\"'x'\""),
            ("do = \"stop\"", "do = \"resize\"", "rule::missing_key", "\"resize\""),
            ("severity = \"high\"", "severity = \"huge\"", "rule::toml", "\"huge\""),
            ("since =", "sins =", "rule::toml", "sins"),
            ("do = \"stop\"", "do = \"stop\"\nkeep = []", "rule::toml", "keep"),
        ] {
            let expected = (code, wrong.to_owned());
            assert_eq!(refusal(part, replacement), expected, "with {replacement}");
        }
    }

    #[test]
    fn a_parameter_may_declare_wider_bounds_than_its_unit_has() {
        let rule = idle_with("default = 0.8,", "default = 1.2, min = 1, max = 3,").unwrap();
        assert_eq!(rule.params[1].bounds, Some(Bounds { min: 1.0, max: 3.0 }));
    }

    #[test]
    fn escapes_and_line_continuations_do_not_move_the_place() {
        let scope = "\"state = 'running' AND running_hours >= min_running_hours\"";
        for replacement in [
            r#""state = '\u0041' AND runing_hours > 1""#,
            "\"\"\"state = 'a' \\\n      AND runing_hours > 1\"\"\"",
            "'''\nstate = 'é'\nAND runing_hours > 1'''",
        ] {
            let expected = ("rule::unknown_fact", "runing_hours".to_owned());
            assert_eq!(refusal(scope, replacement), expected, "with {replacement}");
        }
    }

    #[test]
    fn a_rendered_error_names_the_file_and_the_way_out() {
        let error = idle_with("    gpu_util_p95_ratio", "    gpu_util_p59_ratio").unwrap_err();
        let mut page = String::new();
        miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::none())
            .render_report(&mut page, &error)
            .unwrap();
        assert!(page.starts_with("rule::unknown_fact\n"), "{page}");
        assert!(page.contains("rules/gpu-idle.toml:18:5"), "{page}");
        assert!(page.contains("did you mean `gpu_util_p95_ratio`?"), "{page}");
        assert_eq!(
            error.to_string(),
            "rule `gpu-idle` reads `gpu_util_p59_ratio`, which is neither a fact of `accelerator` nor a parameter of the rule"
        );
    }

    #[test]
    fn an_id_is_kebab_case() {
        for id in ["", "Gpu-idle", "gpu_idle", "gpu--idle", "-gpu", "gpu idle"] {
            let error = Rule::parse(id, "x.toml", IDLE, &facts).unwrap_err();
            assert_eq!(error.problem().code(), "rule::id", "{id}");
        }
    }

    #[test]
    fn a_bare_number_is_an_expression() {
        let rule = idle_with("do = \"stop\"", "do = \"schedule\"\nwarmup_hours = 2");
        assert_eq!(rule.unwrap().action_word(), "schedule");
    }
}

//! Every `[[example]]` of every rule in `rules/` is one named test.

use ai_cost::{fact::specs_of, rule::Catalog};
use libtest_mimic::{Arguments, Trial};

fn main() -> std::process::ExitCode {
    let arguments = Arguments::from_args();
    let catalog = match Catalog::embedded(&specs_of) {
        Ok(catalog) => catalog,
        Err(error) => {
            let broken = format!("{:?}", miette::Report::new(error));
            let trial = Trial::test("the rules can be read", move || Err(broken.into()));
            return libtest_mimic::run(&arguments, vec![trial]).exit_code();
        }
    };
    let mut trials = Vec::new();
    for rule in catalog.rules() {
        let problems: Vec<String> = rule.lint().iter().map(ToString::to_string).collect();
        trials.push(Trial::test(format!("{}: the file is complete", rule.id), move || {
            if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
        }));
        for result in rule.run_examples() {
            let name = format!("{}: {}", rule.id, result.name);
            trials.push(Trial::test(name, move || {
                if result.holds() { Ok(()) } else { Err(result.failures.join("\n").into()) }
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

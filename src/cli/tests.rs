use clap::CommandFactory as _;

use super::*;
use crate::{finding::Severity, units::Usd};

fn parse(words: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("ai-cost").chain(words.split_whitespace()))
}

fn audit(words: &str) -> AuditArgs {
    match parse(&format!("audit {words}")).unwrap().command {
        Command::Audit(args) => *args,
        other => panic!("{other:?}"),
    }
}

/// The lines of a refusal before the usage.
fn refusal(words: &str) -> String {
    let message = parse(words).unwrap_err().to_string();
    message.split("\n\n").next().unwrap_or_default().to_owned()
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn files_of_a_bundle_combine_and_bills_repeat() {
    let args = audit("--billing a.csv --billing b.csv --metrics m.parquet");
    assert_eq!(args.inputs.billing, [PathBuf::from("a.csv"), PathBuf::from("b.csv")]);
    assert_eq!(args.inputs.metrics, Some(PathBuf::from("m.parquet")));
    assert_eq!(args.format, Format::Table);
}

#[test]
fn an_audit_needs_an_input() {
    assert_eq!(
        refusal("audit"),
        "error: the following required arguments were not provided:\n  \
         <--demo|--snapshot <DIR>|--provider <NAME>|--billing <FILE>|--inventory <FILE>|--metrics <FILE>|--invocations <FILE>\
         |--commitments <FILE>|--workloads <FILE>>"
    );
}

#[test]
fn demo_snapshot_and_files_exclude_each_other() {
    for (words, one, other) in [
        ("audit --demo --snapshot s", "--demo", "--snapshot <DIR>"),
        ("audit --demo --billing b.csv", "--demo", "--billing <FILE>"),
        ("audit --snapshot s --metrics m.csv", "--snapshot <DIR>", "--metrics <FILE>"),
        (
            "collect --snapshot s --window-start 2026-10-01 --out d",
            "--snapshot <DIR>",
            "--window-start <TIME>",
        ),
    ] {
        let message = format!("error: the argument '{one}' cannot be used with '{other}'");
        assert_eq!(refusal(words), message);
    }
}

#[test]
fn parquet_goes_to_a_file() {
    assert_eq!(
        refusal("audit --demo --format parquet"),
        "error: the following required arguments were not provided:\n  --out <FILE>"
    );
    assert_eq!(audit("--demo --format parquet --out f.parquet").format, Format::Parquet);
}

#[test]
fn a_limit_is_a_severity_or_an_amount() {
    assert_eq!(audit("--demo --fail-on high").fail_on, Some(FailOn::Severity(Severity::High)));
    let amount = Some(FailOn::UsdPerMonth(Usd::from_cents(50_000)));
    assert_eq!(audit("--demo --fail-on $500").fail_on, amount);
    assert_eq!(
        refusal("audit --demo --fail-on huge"),
        "error: invalid value 'huge' for '--fail-on <LIMIT>': expected high, medium, low, info, or dollars per month \
         such as 500 or $1,500.50/mo"
    );
}

#[test]
fn an_explanation_is_of_one_finding_in_the_terminal() {
    assert_eq!(audit("--snapshot s --explain 3f9a").explain.as_deref(), Some("3f9a"));
    assert!(parse("audit --snapshot s --explain 3f9a --format json").is_err());
}

#[test]
fn what_shapes_tables_is_refused_in_other_formats() {
    let message = |words| audit(words).check().map_err(|error| error.to_string());
    assert_eq!(
        message("--demo --format json --top 5"),
        Err("`--top` is for tables; the other formats hold everything".to_owned())
    );
    assert_eq!(message("--demo --top 5 --wide --group-by team"), Ok(()));
}

#[test]
fn global_options_stand_before_or_after_the_command() {
    assert_eq!(parse("--color never audit --demo").unwrap().color, ColorChoice::Never);
    assert_eq!(parse("audit --demo --width 120").unwrap().width, Some(120));
}

#[test]
fn rules_of_your_own_are_known_to_every_rules_command() {
    for words in ["list", "explain x", "check f.toml", "test"] {
        assert!(parse(&format!("rules {words} --rules ours")).is_ok(), "{words}");
    }
    assert!(parse("rules check").is_err());
}

#[test]
fn facts_are_of_a_known_subject() {
    assert!(parse("facts accelerator --json").is_ok());
    assert!(
        refusal("facts acelerator")
            .starts_with("error: invalid value 'acelerator' for '[SUBJECT]'")
    );
}

#[test]
fn the_help_ends_with_examples_and_exit_codes() {
    let help = Cli::command().render_help().to_string();
    assert!(
        help.ends_with(
            "\
Exit codes:
  0  done; nothing reached --fail-on
  1  a bug or an unexpected failure; please report it
  2  the command line, settings, a rule or an input file is wrong
  3  findings reached --fail-on (severity, or counted dollars per month)
  4  nothing could be collected, or --strict and there are gaps
"
        ),
        "{help}"
    );
}

#[test]
fn every_command_has_a_manual_page() {
    let commands: Vec<String> =
        Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for command in commands {
        let mut page = Vec::new();
        write_man(Some(&command), &mut page).unwrap();
        assert!(String::from_utf8(page).unwrap().contains(".SH SYNOPSIS"), "{command}");
    }
    let error = write_man(Some("adit"), &mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "`adit` is no command of ai-cost");
}

#[test]
fn completions_know_the_formats() {
    let mut script = Vec::new();
    write_completions(clap_complete::Shell::Bash, &mut script).unwrap();
    assert!(String::from_utf8(script).unwrap().contains("table json csv ndjson parquet markdown"));
}

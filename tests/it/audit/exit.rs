//! Exit codes: 0 done, 2 wrong input, 3 findings, 4 something could not be seen.

use insta::assert_snapshot;

use crate::support::{Folder, ai_cost, demo_report};

fn code(arguments: &str) -> i32 {
    let outcome = ai_cost(arguments);
    assert_eq!(outcome.stderr, "", "{arguments}");
    assert!(outcome.stdout.contains("counted"), "the report is written whatever the exit code");
    outcome.code
}

#[test]
fn a_finding_as_severe_as_the_limit_exits_with_3() {
    assert_eq!(code("audit --demo"), 0);
    assert_eq!(code("audit --demo --fail-on high"), 3);
    assert_eq!(code("audit --demo --fail-on info"), 3);
}

#[test]
fn savings_that_reach_the_amount_exit_with_3() {
    for reached in ["1", "$500", "500/mo"] {
        assert_eq!(code(&format!("audit --demo --fail-on {reached}")), 3, "{reached}");
    }
    assert_eq!(code("audit --demo --fail-on 99999999"), 0);
}

#[test]
fn the_limit_is_reached_at_the_very_cent() {
    let report = demo_report();
    let counted = report["totals"]["counted_usd_per_month"]["likely"].as_str().unwrap().to_owned();
    let above = counted.parse::<f64>().unwrap() + 0.01;
    assert_eq!(code(&format!("audit --demo --fail-on {counted}")), 3);
    assert_eq!(code(&format!("audit --demo --fail-on {above:.2}")), 0);
}

#[test]
fn what_could_not_be_seen_exits_with_4_when_that_matters() {
    assert_eq!(code("audit --demo --strict"), 4);
    assert_eq!(code("audit --demo --strict --fail-on high"), 4);
}

#[test]
fn without_input_the_command_line_is_refused() {
    assert_snapshot!(ai_cost("audit").refused(), @r"
    error: the following required arguments were not provided:
      <--demo|--snapshot <DIR>|--provider <NAME>|--billing <FILE>|--inventory <FILE>|--metrics <FILE>|--invocations <FILE>|--commitments <FILE>|--workloads <FILE>>

    Usage: ai-cost audit [OPTIONS] <INPUTS>

    For more information, try '--help'.
    ");
}

#[test]
fn a_limit_that_is_neither_severity_nor_amount_is_refused() {
    assert_snapshot!(ai_cost("audit --demo --fail-on lots").refused(), @r"
    error: invalid value 'lots' for '--fail-on <LIMIT>': expected high, medium, low, info, or dollars per month such as 500 or $1,500.50/mo

    For more information, try '--help'.
    ");
}

#[test]
fn a_misspelt_option_is_corrected() {
    assert_snapshot!(ai_cost("audit --demo --formatt json").refused(), @r"
    error: unexpected argument '--formatt' found

      tip: a similar argument exists: '--format'

    Usage: ai-cost audit [OPTIONS] <INPUTS>

    For more information, try '--help'.
    ");
}

#[test]
fn options_of_the_table_are_refused_for_other_formats() {
    assert_snapshot!(ai_cost("audit --demo --top 3 --format json").refused(), @r"
    cli::usage

      × `--top` is for tables; the other formats hold everything
      help: leave out `--top` or `--format`
    ");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    assert_snapshot!(Folder::new().run("audit --billing october.csv").refused(), @r"
    import::open

      × could not open october.csv
      ╰─▶ No such file or directory (os error 2)
      help: check the path and that you may read the file
    ");
    assert_snapshot!(Folder::new().run("audit --metrics october.parquet").refused(), @r"
    import::open

      × could not open october.parquet
      ╰─▶ No such file or directory (os error 2)
      help: check the path and that you may read the file
    ");
    assert_snapshot!(Folder::new().run("audit --snapshot october").refused(), @r"
    snapshot::no_manifest

      × `october` is not a snapshot: it has no manifest.toml
      help: make one with `ai-cost collect … --out DIR`
    ");
    assert_snapshot!(Folder::new().run("audit --demo --settings mine.toml").refused(), @r"
    settings::unreadable

      × could not read the settings file mine.toml
      ╰─▶ No such file or directory (os error 2)
      help: check the path and its permissions; the file must be UTF-8 text
    ");
    assert_snapshot!(Folder::new().run("audit --demo --catalog prices").refused(), @r"
    catalog::unreadable

      × catalog file `prices/gpus.csv` cannot be read
      ╰─▶ No such file or directory (os error 2)
      help: a catalog folder holds gpus.csv, shapes.csv and prices.csv; copy the
            built-in ones from src/catalog
    ");
}

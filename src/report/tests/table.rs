//! The terminal table as a person sees it.

use super::{
    super::{
        GroupBy, Report,
        sample::{RANKER, RESERVED, THROUGHPUT, TRAINER, sample_report},
        table::{TableOptions, render},
    },
    is_harmless, rendered,
};
use crate::{finding::Claim, text::width, units::Usd};

fn table(report: &Report, options: TableOptions) -> String {
    rendered(|out| render(report, &options, out))
}

fn at(width: usize) -> TableOptions {
    TableOptions { width, ..TableOptions::default() }
}

#[test]
fn at_80_columns_a_finding_is_a_row_with_its_subject_and_message_below() {
    insta::assert_snapshot!(table(&sample_report(), at(80)), @@@t80@@);
}

#[test]
fn at_120_columns_ranges_have_cents_and_top_says_what_it_hides() {
    let options = TableOptions { top: Some(3), ..at(120) };
    insta::assert_snapshot!(table(&sample_report(), options), @@@t120@@);
}

#[test]
fn wide_is_one_row_per_finding_with_whole_ids() {
    let options = TableOptions { is_wide: true, ..at(80) };
    let table = table(&sample_report(), options);
    let rows: Vec<&str> = table.lines().skip(2).take(8).collect();
    for (row, id) in [(0, TRAINER), (1, RANKER), (5, RESERVED), (6, THROUGHPUT)] {
        assert!(rows[row].contains(id), "{}", rows[row]);
    }
    insta::assert_snapshot!(table.lines().take(4).collect::<Vec<_>>().join("\n"), @@@wide@@);
}

#[test]
fn groups_have_one_row_each_and_nobody_is_named() {
    let options = TableOptions { group_by: Some(GroupBy::Team), ..at(80) };
    let table = table(&sample_report(), options);
    insta::assert_snapshot!(table.lines().take(8).collect::<Vec<_>>().join("\n"), @@@group@@);
}

#[test]
fn top_limits_groups_too_and_says_what_it_hides() {
    let options = TableOptions { group_by: Some(GroupBy::Team), top: Some(2), ..at(80) };
    let table = table(&sample_report(), options);
    assert!(table.contains(
        "… 1 more group not shown (--top 2); $320.00 per month of the sum is theirs"
    ));
    assert!(!table.contains("(no team)"));
}

#[test]
fn no_line_is_wider_than_the_terminal_unless_one_word_is() {
    for options in [40, 60, 72, 80, 100, 120, 200]
        .into_iter()
        .flat_map(|width| [at(width), TableOptions { group_by: Some(GroupBy::Rule), ..at(width) }])
    {
        for line in table(&sample_report(), options).lines() {
            let is_one_word = line.split_whitespace().count() == 1;
            let is_header = options.width < 60 && line.contains("COUNTED/MO");
            let is_group = options.width < 60 && options.group_by.is_some();
            assert!(
                width(line) <= options.width || is_one_word || is_header || is_group,
                "{} columns at {}: {line}",
                width(line),
                options.width
            );
        }
    }
}

#[test]
fn ids_are_never_broken() {
    for columns in [40, 60, 80, 120] {
        let table = table(&sample_report(), at(columns));
        for id in [RANKER, "arn:aws:iam::444455556666:role/audit-read-only-role", "i-0a1b2c3d4e5f60718"]
        {
            assert!(table.contains(id), "{id} at {columns}:\n{table}");
        }
    }
}

#[test]
fn long_sums_push_the_rule_below_them() {
    let mut report = sample_report();
    let huge = |dollars: f64| Usd::round(dollars);
    report.findings.truncate(1);
    report.findings[0].finding.rule = "provisioned-throughput-underused".to_owned();
    report.findings[0].counted_usd_per_month = Claim {
        low: huge(123_456_789.0),
        likely: huge(223_456_789.12),
        high: huge(323_456_789.0),
    };
    let table = table(&report, at(80));
    insta::assert_snapshot!(table.lines().take(6).collect::<Vec<_>>().join("\n"), @@@huge@@);
}

#[test]
fn colour_is_on_money_and_severity_and_changes_nothing_else() {
    let plain = table(&sample_report(), at(80));
    let colored = table(&sample_report(), TableOptions { is_color: true, ..at(80) });
    assert!(!plain.contains('\u{1b}'));
    let row = colored.lines().find(|line| line.ends_with("gpu-idle")).expect("the first finding");
    insta::assert_snapshot!(row.replace('\u{1b}', "ESC"), @@@color@@);
    let stripped: String = colored
        .split('\u{1b}')
        .enumerate()
        .map(|(index, part)| if index == 0 { part } else { part.split_once('m').unwrap().1 })
        .collect();
    assert_eq!(stripped, plain);
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    for options in [at(80), TableOptions { is_wide: true, ..at(80) }] {
        assert!(is_harmless(&table(&sample_report(), options)));
    }
}

#[test]
fn an_audit_without_findings_still_says_what_it_could_not_see() {
    let mut report = sample_report();
    report.findings.clear();
    let table = table(&report, at(80));
    assert!(table.starts_with("No findings in what could be judged.\n"));
    assert!(table.contains("Not judged: 14 of 412 accelerators"));
}

#[test]
fn bills_that_do_not_add_up_are_pointed_out() {
    let mut report = sample_report();
    report.bills[0].imported_usd = Usd::from_cents(4_043_835);
    assert!(table(&report, at(200)).contains("THEY DIFFER"));
    assert!(!table(&sample_report(), at(200)).contains("THEY DIFFER"));
}

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
    insta::assert_snapshot!(table(&sample_report(), at(80)), @r#"
  COUNTED/MO  LOW–HIGH         SEVERITY  RULE
 FINGERPRINT  SUBJECT
────────────────────────────────────────────────────────────────────────────────
   $2,233.80  $2,010–$2,400    high      gpu-idle
3e7abe4e1fa8  trainer-07 · i-0a1b2c3d4e5f60718 · p4d.24xlarge · us-east-1
              team research
              No GPU of trainer-07 was above 1 % in 710 of 720 hours: stop it,
              and start it when there is work.

     $480.00  $400.00–$520.00  medium    endpoint-off-hours
22f20effc572  ranker-v2 · ml.g5.12xlarge · eu-central-1
              team search | <b>ads</b>
              No requests between 20:00 and 06:00: scale
              arn:aws:sagemaker:eu-central-1:111122223333:endpoint/ranker-v2 to
              zero at night.
              ↳ part of its saving counts for 727092c3bf85

     $320.00  $250.00–$380.00  medium    endpoint-flat-replicas
727092c3bf85  ranker-v2 · ml.g5.12xlarge · eu-central-1
              team search | <b>ads</b>
              4 replicas all day, while traffic needs between 1 and 3.
              ↳ part of its saving counts for 22f20effc572

     $320.00  $200.00–$410.00  low       notebook-idle
01d092ad844f  =HYPERLINK("http://x.io")␛[31m|<script>`@all`</script>�[a](b)␊## x
              nb-7 · a2-highgpu-1g · europe-west4
              Nobody used ␛]0;owned␇<b>it</b> for 41 days.

       $0.00                   medium    gpu-on-demand-interruptible
437e2851e004  trainer-07 · i-0a1b2c3d4e5f60718 · p4d.24xlarge · us-east-1
              team research
              Training on demand: spot costs 40 % of it.
              ↳ superseded by 3e7abe4e1fa8

       $0.00                   high      gpu-idle
8e23115ee7b5  vm-a100-02 · Standard_NC24ads_A100_v4 · westeurope · team research
              No GPU of vm-a100-02 was above 1 % in 700 of 720 hours.
              ↳ $900.00 more is freed, not saved: it is paid either way

     unknown                   medium    provisioned-throughput-underused
2fc39106bebd  gpt-summaries-production-with-a-very-long-name-0001 · westeurope
              At most 11 % of 100 units were used.
              ↳ waste of unknown price: it counts nothing

           –                   info      region-not-allowed
52a67d5cc9a9  =HYPERLINK("http://x.io")␛[31m|<script>`@all`</script>�[a](b)␊## x
              nb-7 · a2-highgpu-1g · europe-west4
              europe-west4 is not an approved region.
────────────────────────────────────────────────────────────────────────────────
Window      2026-10-01T00:00:00Z to 2026-10-31T00:00:00Z (30 days)
Counted     $3,353.80 ($2,860.10 – $3,710.00) per month
Freed       $900.00 per month more: paid either way, so it saves when the term
            ends or something else uses it
Effective   $41,000.00 per month for 612 resources; 10.4 % of it is waste
            (counted and freed)
Left out    5 resources of unknown cost; 30 daily charges whose effective cost
            the bill does not tell
Superseded  1 finding: better ways to save the same money count
Unpriced    1 finding of unknown price: real waste that counts nothing here
Not judged  $1,234.50 per month and 3 resources of unknown cost could not be
            judged by any rule meant for it

Exempted
  · 55e75adf8096 gpu-idle on standby-1 until 2026-11-09: warm standby for
    the␊launch ($2,233.80 per month, not in the sum)

Exemptions to look at
  · the exemption of notebook-idle for team=qa expired on 2026-09-30

Not judged
  · 14 of 412 accelerators, $1,234.50 per month and 3 of unknown cost, by
    gpu-idle, gpu-off-hours, because of gpu_util_max_ratio. No GPU telemetry
    reached the audit.

Not seen
  · account 444455556666: permission ce:GetCostAndUsage is missing. It hides the
    cost of 12 endpoints.
    → Attach the policy that `ai-cost policy aws` prints to
      arn:aws:iam::444455556666:role/audit-read-only-role.

Read first
  · 31 prices from AWS price list are 122 days old.

Bills
  · focus-2026-10.csv (FOCUS 1.0, 18,204 rows): $40,438.36 in the file,
    $40,438.36 imported, both EffectiveCost

Prices
  · AWS price list of 2026-07-01: 122 days old, 31 prices used

Telemetry
  · 398 resources measured over 281,502 hours: mean GPU utilisation 31.2 %; 61
    under 10 %

Servers
  · Asked kubernetes 48 times (2 repeated), 3.1 MiB

8 findings · $3,353.80 per month counted ($2,860.10 – $3,710.00) · $900.00 freed
· 1 superseded · 1 unpriced · 1 exempted (the first until 2026-11-09)
Not judged: 14 of 412 accelerators (gpu_util_max_ratio) · account 444455556666
(permission ce:GetCostAndUsage is missing)
"#);
}

#[test]
fn at_120_columns_ranges_have_cents_and_top_says_what_it_hides() {
    let options = TableOptions { top: Some(3), ..at(120) };
    insta::assert_snapshot!(table(&sample_report(), options), @r"
  COUNTED/MO  LOW–HIGH               SEVERITY  RULE
 FINGERPRINT  SUBJECT
────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
   $2,233.80  $2,010.10 – $2,400.00  high      gpu-idle
3e7abe4e1fa8  trainer-07 · i-0a1b2c3d4e5f60718 · p4d.24xlarge · us-east-1 · team research
              No GPU of trainer-07 was above 1 % in 710 of 720 hours: stop it, and start it when there is work.

     $480.00  $400.00 – $520.00      medium    endpoint-off-hours
22f20effc572  ranker-v2 · ml.g5.12xlarge · eu-central-1 · team search | <b>ads</b>
              No requests between 20:00 and 06:00: scale arn:aws:sagemaker:eu-central-1:111122223333:endpoint/ranker-v2
              to zero at night.
              ↳ part of its saving counts for 727092c3bf85

     $320.00  $250.00 – $380.00      medium    endpoint-flat-replicas
727092c3bf85  ranker-v2 · ml.g5.12xlarge · eu-central-1 · team search | <b>ads</b>
              4 replicas all day, while traffic needs between 1 and 3.
              ↳ part of its saving counts for 22f20effc572

… 5 more findings not shown (--top 3); $320.00 per month of the sum is theirs
────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
Window      2026-10-01T00:00:00Z to 2026-10-31T00:00:00Z (30 days)
Counted     $3,353.80 ($2,860.10 – $3,710.00) per month
Freed       $900.00 per month more: paid either way, so it saves when the term ends or something else uses it
Effective   $41,000.00 per month for 612 resources; 10.4 % of it is waste (counted and freed)
Left out    5 resources of unknown cost; 30 daily charges whose effective cost the bill does not tell
Superseded  1 finding: better ways to save the same money count
Unpriced    1 finding of unknown price: real waste that counts nothing here
Not judged  $1,234.50 per month and 3 resources of unknown cost could not be judged by any rule meant for it

Exempted
  · 55e75adf8096 gpu-idle on standby-1 until 2026-11-09: warm standby for the␊launch ($2,233.80 per month, not in the
    sum)

Exemptions to look at
  · the exemption of notebook-idle for team=qa expired on 2026-09-30

Not judged
  · 14 of 412 accelerators, $1,234.50 per month and 3 of unknown cost, by gpu-idle, gpu-off-hours, because of
    gpu_util_max_ratio. No GPU telemetry reached the audit.

Not seen
  · account 444455556666: permission ce:GetCostAndUsage is missing. It hides the cost of 12 endpoints.
    → Attach the policy that `ai-cost policy aws` prints to arn:aws:iam::444455556666:role/audit-read-only-role.

Read first
  · 31 prices from AWS price list are 122 days old.

Bills
  · focus-2026-10.csv (FOCUS 1.0, 18,204 rows): $40,438.36 in the file, $40,438.36 imported, both EffectiveCost

Prices
  · AWS price list of 2026-07-01: 122 days old, 31 prices used

Telemetry
  · 398 resources measured over 281,502 hours: mean GPU utilisation 31.2 %; 61 under 10 %

Servers
  · Asked kubernetes 48 times (2 repeated), 3.1 MiB

8 findings · $3,353.80 per month counted ($2,860.10 – $3,710.00) · $900.00 freed · 1 superseded · 1 unpriced · 1
exempted (the first until 2026-11-09)
Not judged: 14 of 412 accelerators (gpu_util_max_ratio) · account 444455556666 (permission ce:GetCostAndUsage is
missing)
");
}

#[test]
fn wide_is_one_row_per_finding_with_whole_ids() {
    let options = TableOptions { is_wide: true, ..at(80) };
    let table = table(&sample_report(), options);
    let rows: Vec<&str> = table.lines().skip(2).take(8).collect();
    for (row, id) in [(0, TRAINER), (1, RANKER), (5, RESERVED), (6, THROUGHPUT)] {
        assert!(rows[row].contains(id), "{}", rows[row]);
    }
    insta::assert_snapshot!(table.lines().take(4).collect::<Vec<_>>().join("\n"), @r"
COUNTED/MO  LOW–HIGH                CLAIM/MO  FREED/MO  SEVERITY  CONFIDENCE  FINGERPRINT   RULE                              ACTION           PROVIDER  ACCOUNT       REGION        TYPE                      NAME                                                                TEAM                 OWNER            RESOURCE ID                                                                                                                                                              RESOLUTION     MESSAGE
────────────────────────────────────────────────────────────────────────────────
 $2,233.80  $2,010.10 – $2,400.00  $2,233.80     $0.00  high      high        3e7abe4e1fa8  gpu-idle                          stop             aws       111122223333  us-east-1     p4d.24xlarge              trainer-07                                                          research             ada@example.com  arn:aws:ec2:us-east-1:111122223333:instance/i-0a1b2c3d4e5f60718                                                                                                          counted        No GPU of trainer-07 was above 1 % in 710 of 720 hours: stop it, and start it when there is work.
   $480.00  $400.00 – $520.00        $600.00     $0.00  medium    high        22f20effc572  endpoint-off-hours                schedule         aws       111122223333  eu-central-1  ml.g5.12xlarge            –                                                                   search | <b>ads</b>  –                arn:aws:sagemaker:eu-central-1:111122223333:endpoint/ranker-v2                                                                                                           reduced        No requests between 20:00 and 06:00: scale arn:aws:sagemaker:eu-central-1:111122223333:endpoint/ranker-v2 to zero at night.
");
}

#[test]
fn groups_have_one_row_each_and_nobody_is_named() {
    let options = TableOptions { group_by: Some(GroupBy::Team), ..at(80) };
    let table = table(&sample_report(), options);
    insta::assert_snapshot!(table.lines().take(8).collect::<Vec<_>>().join("\n"), @r"
COUNTED/MO  LOW–HIGH         FREED/MO  FINDINGS  TEAM
────────────────────────────────────────────────────────────────────────────────
 $2,233.80  $2,010–$2,400     $900.00         3  research
   $800.00  $650.00–$900.00     $0.00         2  search | <b>ads</b>
   $320.00  $200.00–$410.00     $0.00         3  (no team)
────────────────────────────────────────────────────────────────────────────────
Window      2026-10-01T00:00:00Z to 2026-10-31T00:00:00Z (30 days)
Counted     $3,353.80 ($2,860.10 – $3,710.00) per month
");
}

#[test]
fn top_limits_groups_too_and_says_what_it_hides() {
    let options = TableOptions { group_by: Some(GroupBy::Team), top: Some(2), ..at(80) };
    let table = table(&sample_report(), options);
    assert!(
        table
            .contains("… 1 more group not shown (--top 2); $320.00 per month of the sum is theirs")
    );
    assert!(!table.contains("(no team)"));
}

#[test]
fn no_line_is_wider_than_the_terminal_unless_one_word_is() {
    for options in [48, 60, 72, 80, 100, 120, 200]
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
        for id in
            [RANKER, "arn:aws:iam::444455556666:role/audit-read-only-role", "i-0a1b2c3d4e5f60718"]
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
    report.findings[0].counted_usd_per_month =
        Claim { low: huge(123_456_789.0), likely: huge(223_456_789.12), high: huge(323_456_789.0) };
    let table = table(&report, at(80));
    insta::assert_snapshot!(table.lines().take(6).collect::<Vec<_>>().join("\n"), @r"
     COUNTED/MO  LOW–HIGH                   SEVERITY
    FINGERPRINT  RULE, SUBJECT
────────────────────────────────────────────────────────────────────────────────
$223,456,789.12  $123,456,789–$323,456,789  high
   3e7abe4e1fa8  provisioned-throughput-underused
                 trainer-07 · i-0a1b2c3d4e5f60718 · p4d.24xlarge · us-east-1
");
}

#[test]
fn colour_is_on_money_and_severity_and_changes_nothing_else() {
    let plain = table(&sample_report(), at(80));
    let colored = table(&sample_report(), TableOptions { is_color: true, ..at(80) });
    assert!(!plain.contains('\u{1b}'));
    let row = colored.lines().find(|line| line.ends_with("gpu-idle")).expect("the first finding");
    insta::assert_snapshot!(row.replace('\u{1b}', "ESC"), @r"ESC[38;5;2m   $2,233.80ESC[39m  ESC[38;5;2m$2,010–$2,400ESC[39m    ESC[38;5;1mhighESC[39m      gpu-idle");
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

//! One finding in full.

use super::{
    super::{
        Explanation,
        explain::render,
        sample::{RANKER, sample_explanation, sample_report},
    },
    is_harmless, rendered,
};
use crate::{
    finding::{Resolution, Resolved},
    text::width,
};

fn explained(explanation: &Explanation, columns: usize) -> String {
    rendered(|out| render(explanation, &sample_report(), columns, out))
}

fn of(finding: Resolved) -> Explanation {
    Explanation { finding, ..sample_explanation() }
}

#[test]
fn a_finding_is_explained_from_evidence_to_the_change() {
    insta::assert_snapshot!(explained(&sample_explanation(), 80), @r"
endpoint-off-hours · Endpoint without requests at night
────────────────────────────────────────────────────────────────────────────────
No requests between 20:00 and 06:00: scale
arn:aws:sagemaker:eu-central-1:111122223333:endpoint/ranker-v2 to zero at night.

Resource     arn:aws:sagemaker:eu-central-1:111122223333:endpoint/ranker-v2
Kind         endpoint
Type         ml.g5.12xlarge
Provider     aws
Account      111122223333
Region       eu-central-1
Team         search | <b>ads</b>
Severity     medium
Confidence   high
Action       schedule
Fingerprint  22f20effc572

Saving
  alone      $600.00 ($500.00 – $650.00) per month
  counted    $480.00 ($400.00 – $520.00) per month
  freed      $0.00 per month
  $480.00 of $600.00 per month counts, because endpoint-flat-replicas
  (727092c3bf85) would save part of the same money. Each counts its fair share,
  so that no dollar is promised twice.

Evidence
  quiet_hours  310 h

Its week (Europe/Berlin): hours in which it was active
       0     6     12    18       0     6     12    18
  Mon  ░░░░░░░▒██████████░░░░░░   ·······▬▬▬▬▬▬▬▬▬▬▬······
  Tue  ░░░░░░░▒██████████░░░░░░   ·······▬▬▬▬▬▬▬▬▬▬▬······
  Wed  ░░░░░░░▒██████████░░░░░░   ·······▬▬▬▬▬▬▬▬▬▬▬······
  Thu  ░░░░░░░▒██████████░░░░░░   ·······▬▬▬▬▬▬▬▬▬▬▬······
  Fri  ░░░░░░░▒██████████░░░░░░   ·······▬▬▬▬▬▬▬▬▬▬▬······
  Sat  ░░░░░░░▒░░░░░░░░░░░░░░░░   ························
  Sun  ░░░░░░░▒░░░░░░░░········   ························
  ░ under 25 % of its hours ▒ 25 % ▓ 50 % █ 75 % and more · not observed
  Right: ▬ on and · off in the schedule that the saving is replayed with

Bill replayed with this action alone
  2026-10-01  before        $280.00  ███████████████████████████████████
                after         $100.00  ▒▒▒▒▒▒▒▒▒▒▒▒▒
  2026-10-08  before        $280.00  ███████████████████████████████████
                after         $100.00  ▒▒▒▒▒▒▒▒▒▒▒▒▒
  2026-10-15  before         $40.00  █████
                after           $0.00
  whole window  before        $600.00
                after         $200.00

Prices used
  · ml.g5.12xlarge on demand in eu-central-1: $8.86/h (AWS price list,
    2026-07-01)

Why
  An endpoint is paid by the hour, asked or not.

  Nights and weekends without requests are paid for nothing.

When this is wrong
  Endpoints that must answer at any hour.

What to do
  Scale the endpoint to zero outside its hours.

The change
aws application-autoscaling put-scheduled-action --resource-id endpoint/ranker-v2/variant/AllTraffic
");
}

#[test]
fn without_a_schedule_the_week_stands_alone_and_without_a_bill_there_is_none() {
    let mut explanation = sample_explanation();
    explanation.hour_of_week_is_on.clear();
    explanation.days.clear();
    let text = explained(&explanation, 80);
    assert!(text.contains("\n  Mon  ░░░░░░░▒██████████░░░░░░\n"), "{text}");
    assert!(!text.contains("Bill replayed"));
}

#[test]
fn every_resolution_is_said_in_words() {
    let sentences: Vec<String> = sample_report()
        .findings
        .into_iter()
        .map(|finding| {
            let text = explained(&of(finding), 1_000);
            let saving = text.split_once("\nSaving\n").expect("the saving").1;
            let sentence = saving.lines().take_while(|line| !line.is_empty()).last();
            sentence.expect("the sentence").trim().to_owned()
        })
        .collect();
    insta::assert_snapshot!(sentences.join("\n"), @r"
All of $2,233.80 per month counts.
$480.00 of $600.00 per month counts, because endpoint-flat-replicas (727092c3bf85) would save part of the same money. Each counts its fair share, so that no dollar is promised twice.
$320.00 of $440.00 per month counts, because endpoint-off-hours (22f20effc572) would save part of the same money. Each counts its fair share, so that no dollar is promised twice.
All of $320.00 per month counts.
Nothing of $1,200.00 per month counts, because the better way to save the same money is gpu-idle (3e7abe4e1fa8).
$0.00 of $900.00 per month counts. $900.00 per month is freed, not saved: it is paid either way, and saves when the term ends, the reservation is given back or something else uses it.
The waste is real, but its price is not known: it counts nothing.
It informs and promises no saving.
");
}

#[test]
fn what_informs_has_no_amounts_and_what_has_no_price_is_unknown() {
    let saving_of = |resolution: &Resolution| {
        let findings = sample_report().findings;
        let found = findings.into_iter().find(|finding| finding.resolution == *resolution);
        let text = explained(&of(found.expect("such a finding")), 80);
        let saving = text.split_once("\nSaving\n").expect("the saving").1;
        let lines: Vec<&str> = saving.lines().take_while(|line| !line.is_empty()).collect();
        lines.join("\n")
    };
    insta::assert_snapshot!(saving_of(&Resolution::Informational), @"  It informs and promises no saving.");
    insta::assert_snapshot!(saving_of(&Resolution::Unpriced), @r"
      alone      unknown
      counted    $0.00 per month
      freed      $0.00 per month
      The waste is real, but its price is not known: it counts nothing.
    ");
}

#[test]
fn values_have_their_units_and_unknown_is_said() {
    let idle = sample_report().findings.remove(0);
    let text = explained(&of(idle), 80);
    let evidence = text.split_once("Evidence\n").expect("evidence").1;
    insta::assert_snapshot!(evidence.lines().take(6).collect::<Vec<_>>().join("\n"), @r"
running_hours         720 h
gpu_util_max_ratio    0.84 %
gpu_mem_gib_per_gpu   40 GiB/GPU
is_production         no
purchase_option       on_demand
gpu_power_mean_watts  unknown
");
}

#[test]
fn lines_fit_the_width_and_the_id_is_whole() {
    for columns in [64, 80, 120] {
        let text = explained(&sample_explanation(), columns);
        assert!(text.contains(RANKER));
        let change = sample_explanation().change.expect("a change");
        for line in text.lines().filter(|line| *line != change) {
            assert!(width(line) <= columns || line.split_whitespace().count() == 1, "{line}");
        }
    }
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let hostile = sample_report().findings.remove(3);
    assert!(is_harmless(&explained(&of(hostile), 80)));
}

//! Which accounts and regions are read, as whom, and what that may cost.

use serde_json::Value;

use super::{
    audited::{self, SETTINGS, WINDOW},
    faulty::{gaps, report, small, sound},
    world::ACCOUNTS,
};
use crate::support::{Folder, list, outcome};

#[test]
fn an_organisation_with_all_its_regions_is_read_like_accounts_and_regions_by_name() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    let asking =
        "--provider aws --region all --organization --role-name ai-cost --external-id agreed";
    let (run, fake) = small.audit_as(asking, &[]);
    let report = report(&run);
    assert_eq!(audited::findings(&report), audited::findings(sound));
    assert_eq!(report["totals"], sound["totals"]);
    assert!(fake.log().count("organizations:ListAccounts") > 0);
}

#[test]
fn an_account_that_wants_to_hear_another_word_is_a_gap_that_names_it() {
    let Some(small) = small() else { return };
    let asking = "--provider aws --region us-east-1 --region eu-west-1 --account 111122223333 \
         --account 444455556666 --role-name ai-cost --external-id guessed";
    let (run, fake) = small.audit_as(asking, &[]);
    let gaps = gaps(&report(&run));
    let is_told = |gap: &&String| gap.contains(ACCOUNTS[1]) && gap.contains("AssumeRole");
    assert!(gaps.iter().any(|gap| is_told(&gap)), "{gaps:#?}");
    let calls = fake.log().calls();
    let inside = calls.keys().filter(|(_, account, _)| account == ACCOUNTS[1]);
    assert_eq!(inside.count(), 0);
}

#[test]
fn only_the_own_account_is_read_unless_others_are_named() {
    let Some(small) = small() else { return };
    let (run, fake) = small.audit_as("--provider aws --region us-east-1", &[]);
    assert!(!audited::findings(&report(&run)).is_empty());
    let calls = fake.log().calls();
    let others: Vec<_> = calls.keys().filter(|(_, account, _)| account != ACCOUNTS[0]).collect();
    assert!(others.is_empty(), "{others:?}");
    assert_eq!(fake.log().count("sts:AssumeRole"), 0);
}

#[test]
fn nothing_that_costs_is_asked_where_nothing_may_be_spent() {
    let Some(small) = small() else { return };
    let asking = "--provider aws --region us-east-1 --max-api-cost 0";
    let (run, fake) = small.audit_as(asking, &[]);
    let gaps = gaps(&report(&run));
    assert!(gaps.iter().any(|gap| gap.contains("--max-api-cost")), "{gaps:#?}");
    let calls = fake.log().calls();
    let paid: Vec<_> = calls
        .keys()
        .filter(|(action, ..)| action.starts_with("ce:") || action == "cloudwatch:GetMetricData")
        .collect();
    assert!(paid.is_empty(), "{paid:?}");
}

/// Metrics are asked in stages: the first for all, further ones for what is still open. `collect` reads all of them.
#[test]
fn fewer_metrics_are_asked_than_there_are() {
    let Some(small) = small() else { return };
    let asking = "--provider aws --region us-east-1";
    let (run, staged) = small.audit_as(asking, &[]);
    let left_out = |report: &Value| {
        let gaps = list(&report["gaps"]).iter();
        let of_machines = gaps.filter(|gap| {
            let what = gap["what"].as_str().unwrap();
            what.starts_with("GPU memory of ") && what.contains(" machine")
        });
        of_machines.count()
    };
    assert!(left_out(&report(&run)) > 0);
    let full = small.serve(&[]);
    let folder = Folder::new();
    folder.write("ai-cost.toml", SETTINGS);
    let collect = format!("collect {asking} {WINDOW} --every-metric --out all");
    let run = outcome(&mut audited::ai_cost(&folder, &full, &collect));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let all = folder.run("audit --snapshot all --format json").done();
    assert_eq!(left_out(&serde_json::from_str(&all).unwrap()), 0);
    let (staged, full) = (staged.log().metric_count(), full.log().metric_count());
    assert!(staged > 0 && staged < full, "{staged} of {full}");
}

/// Of machines whose GPUs do nothing, CPU and network are only read where somebody wants to be sure.
#[test]
fn idle_machines_are_confirmed_where_that_is_wanted() {
    let Some(small) = small() else { return };
    let seen = |flag: &str| {
        let asking = format!("--provider aws --region us-east-1 {flag}");
        let (run, fake) = small.audit_as(&asking, &[]);
        let is_left_out = gaps(&report(&run))
            .iter()
            .any(|gap| gap.contains("CPU and network of machines of AWS"));
        (is_left_out, fake.log().metric_count())
    };
    let ((is_left_out, few), (is_still_left_out, more)) = (seen(""), seen("--confirm-idle"));
    assert!(is_left_out && !is_still_left_out);
    assert!(few < more, "{few} of {more}");
}

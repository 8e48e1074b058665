//! Collections that missed answers, and go on where they were.

use serde_json::Value;

use super::{
    audited::{self, ASKING, SETTINGS, WINDOW},
    fake::{Calls, Effect, Fake, Scope},
    faulty::{gaps, invents_nothing, small, sound},
};
use crate::support::{Folder, Outcome, outcome};

fn collect(folder: &Folder, fake: &Fake, more: &str) -> Outcome {
    let arguments = format!("collect {ASKING} {WINDOW} --out snapshot {more}");
    let run = outcome(&mut audited::ai_cost(folder, fake, &arguments));
    assert_eq!(run.code, 0, "{}", run.stderr);
    run
}

fn audit(folder: &Folder) -> Value {
    let run = folder.run("audit --snapshot snapshot --format json");
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr))
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("ai-cost.toml", format!("{SETTINGS}timeout_seconds = 3\n"));
    folder
}

/// Whether more can be read into the same folder.
fn is_open(run: &Outcome) -> bool {
    run.stdout.contains("collect again into snapshot")
}

#[test]
fn what_failed_in_passing_or_for_want_of_a_login_is_read_again_and_nothing_else() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    let faults = [
        ("expired metrics", "cloudwatch:GetMetricData", Calls::After(1), Effect::Expire),
        ("failing metrics", "cloudwatch:GetMetricData", Calls::Always, Effect::ServerError),
        ("expired lists of metrics", "cloudwatch:ListMetrics", Calls::After(1), Effect::Expire),
        ("expired inventory", "sagemaker", Calls::After(3), Effect::Expire),
        ("no machines", "ec2:DescribeInstances", Calls::Always, Effect::Throttle),
        ("no bill", "ce", Calls::Always, Effect::ServerError),
        ("no roles", "sts:AssumeRole", Calls::Always, Effect::Throttle),
    ];
    std::thread::scope(|scope| {
        for (when, action, calls, effect) in faults {
            scope.spawn(move || {
                let folder = folder();
                let failing = small.serve(&[(Scope::action(action), calls, effect)]);
                assert!(is_open(&collect(&folder, &failing, "")), "{when}");
                let missed = audit(&folder);
                assert_ne!(gaps(&missed), gaps(sound), "{when}");
                invents_nothing(&missed, sound, when);

                let well = small.serve(&[]);
                assert!(!is_open(&collect(&folder, &well, "")), "{when}");

                let whole = audit(&folder);
                assert_eq!(gaps(&whole), gaps(sound), "{when}");
                assert_eq!(audited::findings(&whole), audited::findings(sound), "{when}");
                assert_eq!(whole["totals"], sound["totals"], "{when}");
                if when.ends_with(" metrics") && !when.contains("lists") {
                    let bills = well.log().count("ce:GetCostAndUsage");
                    assert_eq!(bills, 0, "{when}: what was read is not paid for again");
                }
            });
        }
    });
}

#[test]
fn a_login_that_expires_anywhere_is_renewed_and_the_collection_ends_as_if_it_never_had() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    std::thread::scope(|scope| {
        for count in [30, 90, 150, 210] {
            scope.spawn(move || {
                let folder = folder();
                let expiring =
                    small.serve(&[(Scope::default(), Calls::After(count), Effect::Expire)]);
                if is_open(&collect(&folder, &expiring, "")) {
                    collect(&folder, &small.serve(&[]), "");
                }
                let whole = audit(&folder);
                assert_eq!(gaps(&whole), gaps(sound), "after {count}");
                assert_eq!(audited::findings(&whole), audited::findings(sound), "after {count}");
                assert_eq!(whole["totals"], sound["totals"], "after {count}");
            });
        }
    });
}

#[test]
fn what_was_too_dear_is_read_with_a_higher_limit_and_what_was_spent_counts() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    let folder = folder();
    let fake = small.serve(&[]);
    assert!(is_open(&collect(&folder, &fake, "--max-api-cost 0.03")));
    let spent = || {
        let calls = fake.log().calls();
        let bills = calls.iter().filter(|((action, ..), _)| action.starts_with("ce:"));
        let usd = bills.map(|(_, count)| *count as f64 * 0.01).sum::<f64>();
        usd + fake.log().query_count() as f64 * 0.00001
    };
    assert!(spent() <= 0.03 + 1e-9, "{}", spent());

    // The same limit again leaves nothing to spend.
    collect(&folder, &fake, "--max-api-cost 0.03");
    assert!(spent() <= 0.03 + 1e-9, "{}", spent());

    collect(&folder, &fake, "");
    let whole = audit(&folder);
    assert_eq!(gaps(&whole), gaps(sound));
    assert_eq!(audited::findings(&whole), audited::findings(sound));
}

/// A missing permission is not missing telemetry.
#[test]
fn machines_whose_metrics_may_not_be_read_are_not_judged_and_nobody_is_blamed() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    for action in ["cloudwatch:ListMetrics", "cloudwatch:GetMetricData"] {
        let (run, _) = small.audit(&[(Scope::action(action), Calls::Always, Effect::Deny)]);
        let report = super::faulty::report(&run);
        let blamed: Vec<_> = audited::findings(&report)
            .into_iter()
            .filter(|(rule, _)| rule == "telemetry-missing")
            .filter(|found| !audited::findings(sound).contains(found))
            .collect();
        assert_eq!(blamed, [], "{action}");
        let told = gaps(&report);
        assert!(told.iter().any(|gap| gap.contains(action)), "{told:#?}");
        let unjudged = crate::support::list(&report["not_judged"]).iter();
        let rules = unjudged.flat_map(|reason| crate::support::list(&reason["rules"]));
        let rules: std::collections::BTreeSet<&str> = rules.filter_map(Value::as_str).collect();
        assert!(rules.contains("gpu-idle"), "{action}: {rules:?}");
    }
}

/// Runs one after the other into one folder; after each but the last, nothing is invented, and after the last all is there.
fn runs(faults: &[(Scope, Calls, Effect)]) {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    let folder = folder();
    for fault in faults {
        let failing = small.serve(std::slice::from_ref(fault));
        assert!(is_open(&collect(&folder, &failing, "")), "{fault:?}");
        let report = audit(&folder);
        invents_nothing(&report, sound, "a run that fails");
        let nobodys = gaps(&report).into_iter().find(|gap| gap.contains("with telemetry"));
        assert_eq!(nobodys, None, "hours of machines that are not known are left out");
    }

    assert!(!is_open(&collect(&folder, &small.serve(&[]), "")));

    let whole = audit(&folder);
    assert_eq!(gaps(&whole), gaps(sound));
    assert_eq!(audited::findings(&whole), audited::findings(sound));
    assert_eq!(whole["totals"], sound["totals"]);
}

/// Hours that a failing run gives up are not read again by one that is not let into the account.
#[test]
fn a_second_run_that_gets_into_fewer_accounts_accuses_nobody_and_a_third_reads_all() {
    runs(&[
        (Scope::action("cloudwatch:GetMetricData"), Calls::Always, Effect::ServerError),
        (Scope::action("sts:AssumeRole"), Calls::Always, Effect::Throttle),
    ]);
}

/// Hours that were read of machines which a later run does not see are nobody's.
#[test]
fn a_second_run_that_sees_less_invents_nothing_and_a_third_reads_all() {
    runs(&[
        (Scope::action("sagemaker:ListNotebookInstances"), Calls::Always, Effect::Throttle),
        (Scope::action("ec2:DescribeInstances"), Calls::Always, Effect::Throttle),
    ]);
}

/// Hours that were read where some of what is there was missed are nobody's for a run that is not let in.
#[test]
fn a_second_run_that_is_not_let_in_invents_nothing_and_a_third_reads_all() {
    runs(&[
        (Scope::action("sagemaker:ListNotebookInstances"), Calls::Always, Effect::Throttle),
        (Scope::action("sts:AssumeRole"), Calls::Always, Effect::Throttle),
    ]);
}

/// What is there weeks later is something else than what ran in the window.
#[test]
fn what_is_there_and_what_it_sends_is_asked_for_once_however_often_a_run_goes_on() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    let folder = folder();
    let metrics = Scope::action("cloudwatch:GetMetricData");
    let failing = small.serve(&[(metrics, Calls::Always, Effect::ServerError)]);
    assert!(is_open(&collect(&folder, &failing, "")));

    let rest = small.serve(&[]);
    assert!(!is_open(&collect(&folder, &rest, "")));

    let asked = rest.log().actions();
    let metered = ["cloudwatch:GetMetricData", "sts:AssumeRole", "sts:GetCallerIdentity"];
    assert_eq!(asked, metered.map(str::to_owned).into());
    let whole = audit(&folder);
    assert_eq!(audited::findings(&whole), audited::findings(sound));
    assert_eq!(whole["totals"], sound["totals"]);
}

#[test]
fn a_folder_with_the_bill_of_cost_explorer_does_not_go_on_with_exports() {
    let Some(small) = small() else { return };
    let folder = folder();
    let metrics = Scope::action("cloudwatch:GetMetricData");
    let failing = small.serve(&[(metrics, Calls::Always, Effect::ServerError)]);
    collect(&folder, &failing, "");
    let before = audit(&folder);
    folder.write("ai-cost.toml", SETTINGS.to_owned() + "exports = ['s3://bills/cur']\n");

    let well = small.serve(&[]);
    let arguments = format!("collect {ASKING} {WINDOW} --out snapshot");
    let run = outcome(&mut audited::ai_cost(&folder, &well, &arguments));

    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("the bill in this folder was read from Cost Explorer"), "{said}");
    assert!(said.contains("or collect into a new folder"), "{said}");
    assert_eq!(audit(&folder)["totals"], before["totals"], "nothing is lost");
}

//! `ai-cost doctor aws`: what an audit would see, for nothing.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    audited::{self, ASKING, SETTINGS, WINDOW, made},
    fake::{Calls, Effect, Estate, Fake, Scope},
    faulty::small,
    world::ACCOUNTS,
};
use crate::support::{Folder, Outcome, list, outcome};

fn examine(fake: &Fake, more: &str) -> Outcome {
    let folder = Folder::new();
    folder.write("ai-cost.toml", format!("{SETTINGS}timeout_seconds = 3\n"));
    let asking = ASKING.replace("--provider aws", "");
    outcome(&mut audited::ai_cost(&folder, fake, &format!("doctor aws {asking} {WINDOW} {more}")))
}

/// Checks as JSON, of a run that ends with this code.
fn checks(fake: &Fake, code: i32) -> Vec<Value> {
    let run = examine(fake, "--json");
    assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

/// Lines as `state what: found`.
fn said(checks: &[Value]) -> Vec<String> {
    let text = |check: &Value, key: &str| check[key].as_str().unwrap().to_owned();
    checks
        .iter()
        .map(|check| {
            let [state, what, found] = ["state", "what", "found"].map(|key| text(check, key));
            format!("{state} {what}: {found}")
        })
        .collect()
}

#[test]
fn it_says_what_is_there_who_is_not_measured_and_what_an_audit_costs() {
    let Some(made) = made() else { return };
    let fake = made.serve();
    let checks = checks(&fake, 0);
    let said = said(&checks);
    println!("{said:#?}");
    let has =
        |line: &str| assert!(said.iter().any(|said| said.starts_with(line)), "{line}: {said:#?}");
    has("good credentials: arn:aws:");
    for account in ACCOUNTS {
        has(&format!("good account {account}: open; 2 of 2 regions answer; AI resources in "));
    }
    has("good permissions of what has a price: not tried, ");
    has(&format!("good account {} in us-east-1: ", ACCOUNTS[0]));
    has("good price of an audit of 3 accounts: about $");
    let unmeasured: Vec<&Value> = checks
        .iter()
        .filter(|check| check["remedy"].as_str().unwrap().contains("nvidia_gpu"))
        .collect();
    // Once each, and not again as a gap.
    let places: Vec<&str> =
        unmeasured.iter().map(|check| check["what"].as_str().unwrap()).collect();
    assert_eq!(
        places,
        [
            "accelerator metrics of account 444455556666 in us-east-1",
            "accelerator metrics of account 777788889999 in eu-west-1",
        ]
    );
    assert!(unmeasured.iter().all(|check| check["state"] == "less"));
    let configured =
        |check: &Value| check["remedy"].as_str().unwrap().contains("append_dimensions");
    let configured: Vec<bool> = unmeasured.iter().map(|check| configured(check)).collect();
    assert_eq!(configured, [true, false], "the configuration is printed once");
    let again =
        |line: &&String| line.contains("use of the accelerators of") && line.contains(" machine");
    assert_eq!(said.iter().find(again), None, "{said:#?}");
    has(
        "less use of the accelerators of 4 notebook instances of account 111122223333 in us-east-1: ",
    );
}

#[test]
fn it_asks_for_nothing_that_costs_or_is_not_listed() {
    let Some(small) = small() else { return };
    let fake = small.serve(&[]);
    let run = examine(&fake, "");
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let policy = Folder::new().run("permissions aws --format policy").json();
    let allowed: BTreeSet<&str> =
        list(&policy["Statement"][0]["Action"]).iter().filter_map(Value::as_str).collect();
    let asked = fake.log().actions();
    let beyond: Vec<&String> = asked
        .iter()
        .filter(|action| *action != "sts:AssumeRole" && !allowed.contains(action.as_str()))
        .collect();
    assert!(beyond.is_empty(), "{beyond:?}");
    assert!(asked.contains("ec2:DescribeInstances"), "{asked:?}");
    let paid =
        |action: &&String| action.starts_with("ce:") || *action == "cloudwatch:GetMetricData";
    assert_eq!(asked.iter().filter(paid).count(), 0, "{asked:?}");
}

#[test]
fn a_refused_service_is_named_with_what_it_hides() {
    let Some(small) = small() else { return };
    let denied = (Scope::action("sagemaker"), Calls::Always, Effect::Deny);
    let checks = checks(&small.serve(&[denied]), 0);
    let refused = checks.iter().find(|check| {
        check["what"].as_str().unwrap().starts_with("sagemaker:ListEndpoints of account")
    });
    let refused = refused.unwrap_or_else(|| panic!("{checks:#?}"));
    assert_eq!(refused["state"], "less");
    assert!(refused["found"].as_str().unwrap().starts_with("AccessDenied"), "{refused:#}");
    assert!(refused["hides"].as_str().unwrap().contains("endpoints"), "{refused:#}");
    assert_eq!(refused["remedy"], "allow `sagemaker:ListEndpoints`: see `ai-cost permissions aws`");
}

#[test]
fn refusals_of_prices_and_plans_are_known_before_an_audit() {
    let Some(small) = small() else { return };
    let denied = ["pricing", "savingsplans"]
        .map(|service| (Scope::action(service), Calls::Always, Effect::Deny));
    let checks = checks(&small.serve(&denied), 0);
    for operation in ["pricing:GetProducts", "savingsplans:DescribeSavingsPlans"] {
        let remedy = format!("allow `{operation}`: see `ai-cost permissions aws`");
        let of = |check: &&Value| check["remedy"].as_str() == Some(remedy.as_str());
        let refused = checks.iter().find(of).unwrap_or_else(|| panic!("{operation}: {checks:#?}"));
        assert_eq!(refused["state"], "less");
        assert!(!refused["hides"].as_str().unwrap().is_empty());
    }
}

#[test]
fn a_region_that_does_not_answer_is_counted_and_named() {
    let Some(small) = small() else { return };
    let silent = (Scope::default().region("eu-west-1"), Calls::Always, Effect::Silence);
    let checks = checks(&small.serve(&[silent]), 0);
    let said = said(&checks);
    assert!(said.iter().any(|line| line.contains("open; 1 of 2 regions answer")), "{said:#?}");
    let hidden = |check: &&Value| check["hides"] == "everything in this region of the account";
    assert!(checks.iter().any(|check| hidden(&check)), "{checks:#?}");
}

#[test]
fn a_profile_that_is_named_goes_before_keys_of_the_environment() {
    let Some(small) = small() else { return };
    let fake = small.serve(&[]);
    let folder = Folder::new();
    let key = Estate::access_key(ACCOUNTS[1]);
    folder.write(
        "credentials",
        format!("[other]\naws_access_key_id = {key}\naws_secret_access_key = secret\n"),
    );
    let examine = |profile: &str| {
        let arguments = format!("doctor aws --region us-east-1 {WINDOW} {profile}");
        let mut command = audited::ai_cost(&folder, &fake, &arguments);
        outcome(command.env("AWS_SHARED_CREDENTIALS_FILE", "credentials"))
    };
    let first_line = |run: &Outcome| run.stdout.lines().next().unwrap_or_default().to_owned();
    assert!(first_line(&examine("")).contains(ACCOUNTS[0]));
    let other = examine("--profile other");
    assert!(first_line(&other).contains(ACCOUNTS[1]), "{}{}", other.stdout, other.stderr);
    let unknown = examine("--profile absent");
    assert_eq!((unknown.code, unknown.stdout.as_str()), (4, ""), "{}", unknown.stderr);
    assert!(unknown.stderr.contains("the profile `absent`"), "{}", unknown.stderr);
}

#[test]
fn an_account_that_lets_nobody_in_makes_an_audit_blind() {
    let Some(small) = small() else { return };
    let closed = (Scope::default().account(ACCOUNTS[1]), Calls::Always, Effect::Deny);
    let checks = checks(&small.serve(&[closed]), 4);
    let line = format!("missing account {}: ", ACCOUNTS[1]);
    assert!(said(&checks).iter().any(|said| said.starts_with(&line)), "{checks:#?}");
}

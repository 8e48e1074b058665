//! `ai-cost doctor aws`: what an audit would see, for nothing.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    audited::{self, ASKING, SETTINGS, WINDOW, made},
    fake::{Calls, Effect, Fake, Scope},
    faulty::small,
    world::ACCOUNTS,
};
use crate::support::{Folder, Outcome, list, outcome};

fn examine(fake: &Fake, more: &str) -> Outcome {
    let folder = Folder::new();
    folder.write("ai-cost.toml", SETTINGS);
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
        has(&format!("good account {account}: open, 2 regions to read"));
    }
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
fn an_account_that_lets_nobody_in_makes_an_audit_blind() {
    let Some(small) = small() else { return };
    let closed = (Scope::default().account(ACCOUNTS[1]), Calls::Always, Effect::Deny);
    let checks = checks(&small.serve(&[closed]), 4);
    let line = format!("missing account {}: ", ACCOUNTS[1]);
    assert!(said(&checks).iter().any(|said| said.starts_with(&line)), "{checks:#?}");
}

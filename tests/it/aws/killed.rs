//! Collections that are killed, and go on where they were.

use std::{collections::BTreeMap, process::Stdio, thread, time::Duration};

use super::{
    audited::{self, ASKING, SETTINGS, WINDOW},
    fake::{Calls, Effect, Fake, Fault, Scope},
    faulty::{Small, report, small},
};
use crate::support::{Folder, outcome};

/// What is asked in the first stage of metrics, and not in the second.
const USE: [&str; 2] = ["GPUUtilization", "nvidia_smi_utilization_gpu"];

/// Nothing comes any more from here on, and the program is killed.
struct Halt {
    when: &'static str,
    action: &'static str,
    /// Which of its requests, given how many there are in the first stage of metrics.
    calls: fn(usize) -> Calls,
    /// What has been paid for by then.
    is_bought: fn(&str) -> bool,
}

const HALTS: [Halt; 5] = [
    Halt {
        when: "while inventories are read",
        action: "sagemaker:ListEndpoints",
        calls: |_| Calls::Always,
        is_bought: |_| false,
    },
    Halt {
        when: "while the use of plans is read",
        action: "ce:GetSavingsPlansUtilizationDetails",
        calls: |_| Calls::Always,
        is_bought: |_| false,
    },
    Halt {
        when: "while the bill is read",
        action: "ce:GetCostAndUsage",
        calls: |_| Calls::Always,
        is_bought: |action| action == "ce:GetSavingsPlansUtilizationDetails",
    },
    Halt {
        when: "in the first stage of metrics",
        action: "cloudwatch:GetMetricData",
        calls: |_| Calls::Always,
        is_bought: |action| action.starts_with("ce:"),
    },
    Halt {
        when: "in the second stage of metrics",
        action: "cloudwatch:GetMetricData",
        calls: Calls::After,
        is_bought: |action| action.starts_with("ce:") || action == "cloudwatch:GetMetricData",
    },
];

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("ai-cost.toml", SETTINGS);
    folder
}

fn arguments() -> String {
    format!("collect {ASKING} {WINDOW} --out snapshot")
}

fn collect(folder: &Folder, fake: &Fake) {
    let run = outcome(&mut audited::ai_cost(folder, fake, &arguments()));
    assert_eq!(run.code, 0, "{}", run.stderr);
}

fn audit(folder: &Folder) -> serde_json::Value {
    report(&folder.run("audit --snapshot snapshot --format json"))
}

/// Requests that have a price, by operation.
fn paid(fake: &Fake) -> BTreeMap<String, usize> {
    let mut paid = BTreeMap::new();
    for ((action, ..), count) in fake.log().calls() {
        if action.starts_with("ce:") || action == "cloudwatch:GetMetricData" {
            *paid.entry(action).or_default() += count;
        }
    }
    paid
}

/// Starts a collection of a server that falls silent, and kills it when nothing moves any more. Returns how many requests stayed
/// without an answer.
fn kill(small: &Small, folder: &Folder, halt: &Halt, first_count: usize) -> (Fake, usize) {
    let calls = (halt.calls)(first_count);
    let fake = small.serve(&[]);
    let scope = Scope::action(halt.action);
    let silence = fake.fault(Fault { scope, calls, effect: Effect::Silence });
    let command = audited::ai_cost(folder, &fake, &arguments());
    let mut running = std::process::Command::new(command.get_program());
    running.args(command.get_args()).current_dir(folder.path("")).env_clear();
    running.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    running.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut running = running.spawn().unwrap();
    let mut before = usize::MAX;
    let waits = (0..60).find(|_| {
        thread::sleep(Duration::from_secs(1));
        let is_still = before == fake.log().count("");
        before = fake.log().count("");
        is_still && fake.struck(silence) > 0
    });
    assert!(waits.is_some(), "{}: it never came that far", halt.when);
    running.kill().unwrap();
    running.wait().unwrap();
    let struck = fake.struck(silence);
    (fake, struck)
}

/// What was paid for is not paid for again.
#[test]
fn a_killed_collection_goes_on_where_it_was_and_ends_the_same() {
    let Some(small) = small() else { return };
    let undisturbed = folder();
    let whole = small.serve(&[]);
    let noted = whole.fault(Fault {
        scope: Scope::action("cloudwatch:GetMetricData").about(&USE),
        calls: Calls::Always,
        effect: Effect::Wait(Duration::ZERO),
    });
    collect(&undisturbed, &whole);
    let first_count = whole.struck(noted);
    let (bought, expected) = (paid(&whole), audit(&undisturbed));
    assert!((1..bought["cloudwatch:GetMetricData"]).contains(&first_count), "two stages");
    thread::scope(|scope| {
        for halt in &HALTS {
            let (bought, expected) = (&bought, &expected);
            scope.spawn(move || {
                let folder = folder();
                let (killed, struck) = kill(small, &folder, halt, first_count);
                let rest = small.serve(&[]);
                collect(&folder, &rest);

                let ended = audit(&folder);
                let when = halt.when;
                assert_eq!(audited::findings(&ended), audited::findings(expected), "{when}");
                assert_eq!(ended["totals"], expected["totals"], "{when}");
                assert_eq!(ended["gaps"], expected["gaps"], "{when}");
                let (before, after) = (paid(&killed), paid(&rest));
                for (action, count) in bought {
                    let of =
                        |paid: &BTreeMap<String, usize>| paid.get(action).copied().unwrap_or(0);
                    let answered = of(&before) - if halt.action == action { struck } else { 0 };
                    assert_eq!(answered + of(&after), *count, "{when}: {action} is paid for once");
                    if (halt.is_bought)(action) {
                        assert!(answered > 0, "{when}: {action}");
                    }
                }
            });
        }
    });
}

//! The audit of the made estate against what was planted in it: what it finds, misses and invents, and how far its money is
//! from the truth. `cargo test --test it aws::audited -- --nocapture` prints the tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::{Arc, OnceLock},
};

use assert_cmd::Command;
use serde_json::Value;

use super::{
    fake::{Estate, Fake},
    moto::Moto,
    world::{ACCOUNTS, World},
};
use crate::support::{Folder, cents, list, outcome};

/// Flags of an audit of all of it.
pub(super) const ASKING: &str = "--provider aws --region us-east-1 --region eu-west-1 --account 111122223333 \
     --account 444455556666 --account 777788889999 --role-name ai-cost --external-id agreed";
/// Of its two weeks.
pub(super) const WINDOW: &str = "--window 14d --end 2026-10-05T00:00:00Z";

/// What the settings say of it.
pub(super) const SETTINGS: &str = "\
[policy]\n\
families = ['g5', 'g6', 'g6e', 'p4d', 'p5']\n\
[tags]\n\
interruptible = ['workload=batch']\n\
[aws]\n\
agent_namespaces = ['CWAgent', 'ML/GPU']\n";

/// The made estate with everything that serves it but the server itself.
pub(super) struct Made {
    pub(super) world: World,
    estate: Arc<Estate>,
    moto: Moto,
}

impl Made {
    /// A server of its own for a test, so that what goes wrong in one goes wrong in no other.
    pub(super) fn serve(&self) -> Fake {
        Fake::start(Arc::clone(&self.estate), Some(self.moto.port))
    }
}

/// Once for all tests. `None`: this machine has no Python, which was printed.
pub(super) fn made() -> Option<&'static Made> {
    static MADE: OnceLock<Option<Made>> = OnceLock::new();
    let start = || {
        let world = World::made();
        let moto = Moto::start(&world.moto())?;
        let estate = Arc::new(world.estate());
        Some(Made { world, estate, moto })
    };
    MADE.get_or_init(start).as_ref()
}

/// The program, about to start in a folder as the user of the first account.
pub(super) fn ai_cost(folder: &Folder, fake: &Fake, arguments: &str) -> Command {
    let mut command = folder.ai_cost();
    command
        .env("AWS_ENDPOINT_URL", fake.url())
        .env("AWS_ACCESS_KEY_ID", Estate::access_key(ACCOUNTS[0]))
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .args(arguments.split_whitespace());
    command
}

/// The report on the whole estate, and the server that was asked.
struct Audited {
    made: &'static Made,
    fake: Fake,
    report: Value,
}

fn audited() -> Option<&'static Audited> {
    static AUDITED: OnceLock<Option<Audited>> = OnceLock::new();
    let audit = || {
        let made = made()?;
        let fake = made.serve();
        let folder = Folder::new();
        folder.write("ai-cost.toml", SETTINGS);
        let arguments = format!("audit {ASKING} {WINDOW} --format json");
        let run = outcome(&mut ai_cost(&folder, &fake, &arguments));
        assert_eq!(run.code, 0, "{}", run.stderr);
        let report = serde_json::from_str(&run.stdout).unwrap();
        Some(Audited { made, fake, report })
    };
    AUDITED.get_or_init(audit).as_ref()
}

/// An id without provider, account and region.
fn short(id: &str) -> String {
    // Commitments have no place in their id, but a whole ARN.
    let is_arn = id.starts_with("arn:");
    let tail = id.splitn(4, ':').nth(3).filter(|_| !is_arn);
    tail.unwrap_or(id).to_owned()
}

/// Rule and subject of all findings.
pub(super) fn findings(report: &Value) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = list(&report["findings"]).iter();
    findings
        .map(|found| (text(&found["rule"]), short(&text(&found["subject"]["resource_id"]))))
        .collect()
}

#[test]
fn an_audit_of_the_made_estate_finds_what_was_planted_and_nothing_else() {
    let Some(audited) = audited() else { return };
    let found = findings(&audited.report);
    let truth = &audited.made.world.truth.hits;
    let mut differences = String::new();
    for (rule, subject) in truth.difference(&found) {
        writeln!(differences, "missed {rule} {subject}").unwrap();
    }
    for (rule, subject) in found.difference(truth) {
        writeln!(differences, "false  {rule} {subject}").unwrap();
    }
    let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
    for (rule, _) in &found {
        *by_rule.entry(rule).or_default() += 1;
    }
    println!("{by_rule:#?}\n{differences}");
    for gap in list(&audited.report["gaps"]) {
        println!("{gap}");
    }
    assert_eq!(differences, "");
}

#[test]
fn money_projected_for_the_made_estate_is_near_the_truth() {
    let Some(audited) = audited() else { return };
    let truth = &audited.made.world.truth;
    let mut counted: BTreeMap<String, f64> = BTreeMap::new();
    for found in list(&audited.report["findings"]) {
        // What a plan wastes is freed and not saved: it is paid to the end of its term.
        let is_plan = found["rule"] == "commitment-underused";
        let saved = &found["counted_usd_per_month"]["likely"];
        let amount = if is_plan { &found["freed_usd_per_month"] } else { saved };
        let usd = if amount.is_null() { 0.0 } else { cents(amount) as f64 / 100.0 };
        let subject = short(found["subject"]["resource_id"].as_str().unwrap());
        *counted.entry(subject).or_default() += usd;
    }
    let subjects: BTreeSet<&String> = truth.usd_per_month.keys().chain(counted.keys()).collect();
    let mut wrong = Vec::new();
    for subject in subjects {
        let is = truth.usd_per_month.get(subject).copied().unwrap_or_default();
        let said = counted.get(subject).copied().unwrap_or_default();
        if (said - is).abs() > 1.0 + 0.01 * is {
            wrong.push(format!("{said:>10.2} for {is:>10.2}  {subject}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let (said, is) = (counted.values().sum::<f64>(), truth.total_usd_per_month());
    let error = said / is - 1.0;
    println!("projected ${said:.0}, true ${is:.0}, error {:.2} %", error * 100.0);
    assert!(error.abs() <= 0.02, "the projected total is off by {:.2} %", error * 100.0);
}

#[test]
fn what_stays_paid_for_is_freed_and_not_saved() {
    let Some(audited) = audited() else { return };
    let mut freed: BTreeMap<String, f64> = BTreeMap::new();
    for found in list(&audited.report["findings"]) {
        let amount = &found["freed_usd_per_month"];
        if found["rule"] != "commitment-underused" && !amount.is_null() && cents(amount) > 0 {
            let subject = short(found["subject"]["resource_id"].as_str().unwrap());
            *freed.entry(subject).or_default() += cents(amount) as f64 / 100.0;
        }
    }
    let truth = &audited.made.world.truth.freed_usd_per_month;
    assert_eq!(freed.keys().collect::<Vec<_>>(), truth.keys().collect::<Vec<_>>(), "{freed:?}");
    for (subject, usd) in truth {
        assert!((freed[subject] - usd).abs() < 1.0 + 0.01 * usd, "{subject}: {freed:?} for {usd}");
    }
}

/// Beginnings of what could not be seen.
const GAPS: [&str; 11] = [
    "GPU memory of 1 endpoint of account 111122223333 in us-east-1",
    "GPU memory of 3 endpoints of account 777788889999 in us-east-1",
    "provisioned concurrency of endpoint hook-warm-0 of account 777788889999 in us-east-1",
    "share in use of 1 provisioned throughput of account 111122223333 in us-east-1",
    "share in use of 1 provisioned throughput of account 777788889999 in us-east-1",
    "the cost of single resources in accounts 111122223333, 444455556666, 777788889999",
    "use of the accelerators of 2 Studio apps of account 111122223333 in us-east-1",
    "use of the accelerators of 4 machines of account 777788889999 in eu-west-1",
    "use of the accelerators of 4 notebook instances of account 111122223333 in us-east-1",
    "use of the accelerators of 4 notebook instances of account 444455556666 in us-east-1",
    "use of the accelerators of 8 machines of account 444455556666 in us-east-1",
];

/// What is left out of every machine.
const UNREAD: &str = "CPU and network of machines of AWS";

#[test]
fn what_could_not_be_seen_is_told_and_nothing_else() {
    let Some(audited) = audited() else { return };
    let gaps = list(&audited.report["gaps"]).iter();
    let told: BTreeSet<&str> = gaps.filter_map(|gap| gap["what"].as_str()).collect();
    // What was left out because no value of it would change a verdict hides nothing of what was planted.
    let is_unread = |what: &&str| {
        (what.starts_with("GPU memory of ") && what.contains(" machine")) || *what == UNREAD
    };
    let (unread, hidden): (BTreeSet<&str>, BTreeSet<&str>) = told.into_iter().partition(is_unread);
    assert_eq!(hidden, BTreeSet::from(GAPS));
    assert_eq!(
        unread.len(),
        6,
        "one for each account and region with machines, and one: {unread:?}"
    );
}

/// Notebooks and machines without an agent are judged by no rule about work.
#[test]
fn what_nobody_measures_is_not_judged() {
    let Some(audited) = audited() else { return };
    let about_work = ["gpu-idle", "notebook-idle"];
    let unjudged: BTreeSet<String> = list(&audited.report["not_judged"])
        .iter()
        .filter(|reason| {
            list(&reason["rules"])
                .iter()
                .filter_map(Value::as_str)
                .any(|rule| about_work.contains(&rule))
        })
        .flat_map(|reason| list(&reason["resource_ids"]))
        .map(|id| short(id.as_str().unwrap()))
        .collect();
    assert_eq!(unjudged, audited.made.world.truth.unseen);
}

#[test]
fn nothing_is_asked_that_is_not_in_the_list_of_permissions() {
    let Some(audited) = audited() else { return };
    let folder = Folder::new();
    let listed = folder.run("permissions aws --format policy").done();
    let policy: Value = serde_json::from_str(&listed).unwrap();
    let allowed: BTreeSet<&str> =
        list(&policy["Statement"][0]["Action"]).iter().filter_map(Value::as_str).collect();
    // S3 calls what lists objects by the name of the bucket, and assuming a role is allowed by the role.
    let asked = audited.fake.log().actions();
    let beyond: Vec<_> = asked
        .iter()
        .filter(|action| *action != "sts:AssumeRole" && !allowed.contains(action.as_str()))
        .collect();
    assert!(beyond.is_empty(), "{beyond:?}");
    let is_read = |action: &&str| {
        let name = action.split(':').nth(1).unwrap_or_default();
        ["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb))
    };
    let others: Vec<_> = allowed.iter().filter(|action| !is_read(action)).collect();
    assert!(others.is_empty(), "{others:?}");
}

/// What the audit of the made estate has no reason to ask for: its flags name regions and accounts (`reached` asks which there
/// are), no export is set (`traps::exported` has one in a bucket, with all that is asked of S3), its window is not of the last two
/// weeks, and nothing in its groups waits for their policies.
const UNASKED: [&str; 7] = [
    "autoscaling:DescribePolicies",
    "ce:GetCostAndUsageWithResources",
    "ec2:DescribeRegions",
    "organizations:ListAccounts",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:ListBucket",
];

#[test]
fn whatever_may_be_asked_for_is_asked_of_the_made_estate() {
    let Some(audited) = audited() else { return };
    let policy = Folder::new().run("permissions aws --format policy").json();
    let asked = audited.fake.log().actions();
    let unasked: BTreeSet<&str> = list(&policy["Statement"][0]["Action"])
        .iter()
        .filter_map(Value::as_str)
        .filter(|action| !asked.contains(*action))
        .collect();
    assert_eq!(unasked, BTreeSet::from(UNASKED));
}

//! Audits of an estate whose services fail: what passes leaves no trace, what stays is a gap, and nothing is invented.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

use serde_json::Value;

use super::{
    audited::{self, ASKING, SETTINGS, WINDOW},
    fake::{Calls, Effect, Estate, Fake, Fault, Scope},
    moto::Moto,
    world::{ACCOUNTS, World},
};
use crate::support::{Folder, Outcome, list, outcome};

/// Services as permissions spell them, all that are asked of the small estate: its bill lies in no bucket. `traps::exported` has
/// one that does.
const SERVICES: [&str; 13] = [
    "sts",
    "organizations",
    "ec2",
    "eks",
    "batch",
    "bedrock",
    "autoscaling",
    "application-autoscaling",
    "sagemaker",
    "cloudwatch",
    "ce",
    "savingsplans",
    "pricing",
];

/// What goes wrong once and passes.
pub(super) const PASSING: [Effect; 7] = [
    Effect::Throttle,
    Effect::ServerError,
    Effect::Reset,
    Effect::CutBody,
    Effect::EmptyPage,
    Effect::DoublePage,
    Effect::Wait(Duration::from_millis(100)),
];

/// All of the estate, found by asking who belongs to the organisation.
const EVERYONE: &str = "--provider aws --region us-east-1 --region eu-west-1 --organization --role-name ai-cost --external-id agreed";

/// A small estate, once for all tests.
pub(super) struct Small {
    estate: Arc<Estate>,
    moto: Moto,
}

pub(super) fn small() -> Option<&'static Small> {
    static SMALL: OnceLock<Option<Small>> = OnceLock::new();
    let start = || {
        let world = World::small();
        let moto = Moto::start(&world.moto())?;
        Some(Small { estate: Arc::new(world.estate()), moto })
    };
    SMALL.get_or_init(start).as_ref()
}

impl Small {
    pub(super) fn serve(&self, faults: &[(Scope, Calls, Effect)]) -> Fake {
        let fake = Fake::start(Arc::clone(&self.estate), Some(self.moto.port));
        for (scope, calls, effect) in faults {
            fake.fault(Fault { scope: scope.clone(), calls: *calls, effect: *effect });
        }
        fake
    }

    /// Audits it while these faults are on.
    pub(super) fn audit(&self, faults: &[(Scope, Calls, Effect)]) -> (Outcome, Fake) {
        self.audit_as(ASKING, faults)
    }

    /// The same with flags that say what is audited.
    pub(super) fn audit_as(
        &self,
        asking: &str,
        faults: &[(Scope, Calls, Effect)],
    ) -> (Outcome, Fake) {
        let fake = self.serve(faults);
        let folder = Folder::new();
        folder.write("ai-cost.toml", format!("{SETTINGS}timeout_seconds = 3\n"));
        let arguments = format!("audit {asking} {WINDOW} --format json");
        (outcome(&mut audited::ai_cost(&folder, &fake, &arguments)), fake)
    }
}

/// The report of a run that did not fail as a whole.
pub(super) fn report(run: &Outcome) -> Value {
    assert!(run.code == 0 || run.code == 3, "{}: {}", run.code, run.stderr);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr))
}

pub(super) fn gaps(report: &Value) -> BTreeSet<String> {
    list(&report["gaps"]).iter().map(Value::to_string).collect()
}

/// The report without any fault.
pub(super) fn sound() -> Option<&'static Value> {
    static SOUND: OnceLock<Option<Value>> = OnceLock::new();
    SOUND.get_or_init(|| Some(report(&small()?.audit(&[]).0))).as_ref()
}

#[test]
fn what_passes_leaves_no_trace() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    // Waiting is most of it, so that all wait at once.
    thread::scope(|scope| {
        for effect in PASSING {
            scope.spawn(move || leaves_no_trace(small, sound, effect));
        }
    });
}

/// Every operation of every service fails once in each account and region.
fn leaves_no_trace(small: &Small, sound: &Value, effect: Effect) {
    let faults =
        SERVICES.map(|service| (Scope::action(service), Calls::FirstOfEach(1), effect)).to_vec();
    let (run, fake) = small.audit_as(EVERYONE, &faults);
    let report = report(&run);
    assert_eq!(audited::findings(&report), audited::findings(sound), "{effect:?}");
    assert_eq!(report["totals"], sound["totals"], "{effect:?}");
    let new: Vec<_> = gaps(&report).difference(&gaps(sound)).cloned().collect();
    assert!(new.is_empty(), "{effect:?}: {new:#?}");
    let idle = fake.idle_faults();
    assert!(idle.is_empty(), "{effect:?}: {idle:?} was never asked");
}

#[test]
fn a_service_that_refuses_is_a_gap_that_names_it() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    thread::scope(|scope| {
        for effect in [Effect::Deny, Effect::Malformed] {
            scope.spawn(move || {
                // Who is refused by STS is nobody, and asks nobody else.
                for service in SERVICES.into_iter().filter(|service| *service != "sts") {
                    names_what_is_refused(small, sound, service, effect);
                }
            });
        }
    });
}

fn names_what_is_refused(small: &Small, sound: &Value, service: &str, effect: Effect) {
    let fault = (Scope::action(service), Calls::Always, effect);
    let (run, fake) = small.audit_as(EVERYONE, &[fault]);
    let report = report(&run);
    let new: Vec<_> = gaps(&report).difference(&gaps(sound)).cloned().collect();
    let names_it = new.iter().any(|gap| gap.contains(&format!("{service}:")));
    assert!(names_it, "{service}, {effect:?}: {new:#?}");
    assert!(!new.iter().any(|gap| gap.contains("without a reason")), "{new:#?}");
    invents_nothing(&report, sound, &format!("{service}, {effect:?}"));
    assert!(fake.idle_faults().is_empty(), "{service}, {effect:?}");
}

/// Less is seen: what is found is what was found before, but for what says that something is not seen. Where nobody tells of
/// groups, it is not known either that machines have a schedule already: then the finding is less sure, and shows why.
pub(super) fn invents_nothing(report: &Value, sound: &Value, when: &str) {
    let is_blind = when.starts_with("autoscaling");
    for found in list(&report["findings"]) {
        let unsure =
            |evidence: &&Value| evidence["fact"] == "has_scaling" && evidence["value"].is_null();
        if list(&found["evidence"]).iter().any(|evidence| unsure(&evidence)) {
            assert_ne!(found["confidence"], "high", "{when}: {found:#}");
        }
    }
    let before = audited::findings(sound);
    let invented: Vec<_> = audited::findings(report)
        .into_iter()
        .filter(|found| !before.contains(found))
        .filter(|(rule, _)| !(is_blind && rule == "gpu-off-hours"))
        .collect();
    assert!(invented.is_empty(), "{when}: {invented:#?}");
}

#[test]
fn a_service_that_throttles_for_ever_is_given_up_in_time() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    // Waiting is most of it, so that all wait at once.
    thread::scope(|scope| {
        for service in ["ec2", "sagemaker", "cloudwatch", "ce"] {
            scope.spawn(move || gives_up(small, sound, service));
        }
    });
}

fn gives_up(small: &Small, sound: &Value, service: &str) {
    let (run, fake) = small.audit(&[(Scope::action(service), Calls::Always, Effect::Throttle)]);
    let report = report(&run);
    let new: Vec<_> = gaps(&report).difference(&gaps(sound)).cloned().collect();
    let says_so = |gap: &String| gap.contains(service) && gap.contains("throttled");
    assert!(new.iter().any(says_so), "{service}: {new:#?}");
    invents_nothing(&report, sound, service);
    // A question is asked five times at most. Metrics are listed by namespace: that is more than one question.
    let calls = fake.log().calls();
    let of_it = |action: &str| action.starts_with(&format!("{service}:"));
    let limit = if service == "cloudwatch" { 40 } else { 5 };
    let asked = calls.iter().filter(|((action, ..), _)| of_it(action));
    let often: Vec<_> = asked.filter(|(_, count)| **count > limit).collect();
    assert!(often.is_empty(), "{service}: {often:#?}");
}

#[test]
fn a_region_that_never_answers_is_a_gap_and_the_others_are_read() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    let silent = (Scope::default().region("eu-west-1"), Calls::Always, Effect::Silence);
    let (run, _) = small.audit(&[silent]);
    let report = report(&run);
    let gaps = gaps(&report);
    assert!(gaps.iter().any(|gap| gap.contains("eu-west-1")), "{gaps:#?}");
    invents_nothing(&report, sound, "a silent region");
    assert!(!audited::findings(&report).is_empty());
}

#[test]
fn an_account_that_lets_nobody_in_is_a_gap() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    let closed = (Scope::default().account(ACCOUNTS[1]), Calls::Always, Effect::Deny);
    let (run, _) = small.audit(&[closed]);
    let report = report(&run);
    let gaps = gaps(&report);
    assert!(gaps.iter().any(|gap| gap.contains(ACCOUNTS[1])), "{gaps:#?}");
    invents_nothing(&report, sound, "a closed account");
}

#[test]
fn a_token_that_expires_in_the_middle_is_said_and_nothing_is_invented() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    for count in [5, 40, 120] {
        let (run, _) = small.audit(&[(Scope::default(), Calls::After(count), Effect::Expire)]);
        let said = format!("{}{}", run.stdout, run.stderr).to_lowercase();
        assert!(said.contains("expired"), "after {count}: {}", run.stderr);
        if run.code != 2 {
            invents_nothing(&report(&run), sound, "an expired token");
        }
    }
}

#[test]
fn half_of_the_metrics_are_not_taken_for_all() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    let scope = Scope::action("cloudwatch:GetMetricData");
    let (run, _) = small.audit(&[(scope, Calls::Always, Effect::HalfData)]);
    let report = report(&run);
    let new: Vec<_> = gaps(&report).difference(&gaps(sound)).cloned().collect();
    assert!(!new.is_empty());
    invents_nothing(&report, sound, "half of the metrics");
}

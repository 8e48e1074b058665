//! Clocks that are off: AWS takes no request that is signed minutes away from its own time.

use super::{
    audited::{self, ASKING, SETTINGS, WINDOW},
    fake::{Calls, Effect, Scope},
    faulty::{gaps, invents_nothing, report, small, sound},
};
use crate::support::{Folder, outcome};

/// What would help.
const REMEDY: &str = "set the clock of this machine";

#[test]
fn a_clock_that_is_off_is_said() {
    let Some(small) = small() else { return };
    for (minutes, words) in [(20, "Signature expired: "), (-20, "Signature not yet current: ")] {
        let (run, _) =
            small.audit(&[(Scope::default(), Calls::Always, Effect::ClockSkew(minutes))]);
        assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
        let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(words), "{said}");
        assert!(said.contains(REMEDY), "{said}");
        assert!(!said.contains("log in"), "{said}");
    }
}

/// Each client hears once what time it is, and signs by that from then on. What it asked first stays a gap: the window is made by
/// the clock here, so that whoever reads the report is to know that it is off.
#[test]
fn a_clock_that_is_off_for_one_service_is_said_of_it_and_nothing_is_invented() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    // S3, which is not asked here, has words of its own: `traps::exported`.
    let services =
        ["ec2:", "sagemaker:", "cloudwatch:", "autoscaling:", "ce:", "eks:", "sts:AssumeRole"];
    std::thread::scope(|scope| {
        for (number, service) in services.into_iter().enumerate() {
            scope.spawn(move || {
                let minutes = if number % 2 == 0 { 20 } else { -20 };
                let off = (
                    Scope::action(service.trim_end_matches(':')),
                    Calls::Always,
                    Effect::ClockSkew(minutes),
                );
                let (run, fake) = small.audit(&[off]);
                let report = report(&run);
                let new: Vec<_> = gaps(&report).difference(&gaps(sound)).cloned().collect();
                let is_said = |gap: &String| gap.contains(service) && gap.contains(REMEDY);
                assert!(new.iter().any(is_said), "{service}: {new:#?}");
                assert!(!new.iter().any(|gap| gap.contains("log in")), "{service}: {new:#?}");
                invents_nothing(&report, sound, service);
                assert!(fake.idle_faults().is_empty(), "{service}");
            });
        }
    });
}

#[test]
fn a_clock_that_goes_wrong_in_the_middle_is_said_and_once_it_is_set_the_rest_is_read() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    std::thread::scope(|scope| {
        for (count, minutes) in [(8, 20), (60, -20), (150, 20)] {
            scope.spawn(move || {
                let when = format!("after {count}, by {minutes}");
                let folder = Folder::new();
                folder.write("ai-cost.toml", format!("{SETTINGS}timeout_seconds = 3\n"));
                let collect = |faults: &[(Scope, Calls, Effect)]| {
                    let fake = small.serve(faults);
                    let arguments = format!("collect {ASKING} {WINDOW} --out snapshot");
                    let run = outcome(&mut audited::ai_cost(&folder, &fake, &arguments));
                    assert_eq!(run.code, 0, "{when}: {}", run.stderr);
                    assert!(fake.idle_faults().is_empty(), "{when}");
                    run.stdout.contains("collect again into snapshot")
                };
                let audit = || report(&folder.run("audit --snapshot snapshot --format json"));

                let off = (Scope::default(), Calls::After(count), Effect::ClockSkew(minutes));
                let is_open = collect(&[off]);
                let missed = audit();
                assert!(gaps(&missed).iter().any(|gap| gap.contains(REMEDY)), "{when}");
                assert!(!gaps(&missed).iter().any(|gap| gap.contains("log in")), "{when}");
                invents_nothing(&missed, sound, &when);

                assert!(is_open, "{when}");
                assert!(!collect(&[]), "{when}");
                let whole = audit();
                assert_eq!(gaps(&whole), gaps(sound), "{when}");
                assert_eq!(audited::findings(&whole), audited::findings(sound), "{when}");
                assert_eq!(whole["totals"], sound["totals"], "{when}");
            });
        }
    });
}

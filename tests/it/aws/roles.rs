//! Roles that are assumed in other accounts, and regions that are closed.

use super::{
    audited,
    fake::{Calls, Effect, Scope},
    faulty::{gaps, invents_nothing, report, small, sound},
    world::ACCOUNTS,
};
use crate::support::outcome;

const ASSUME: &str = "sts:AssumeRole";

#[test]
fn a_role_that_is_not_given_in_passing_costs_no_account() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    for effect in [Effect::Throttle, Effect::ServerError, Effect::Reset, Effect::CutBody] {
        let (run, fake) = small.audit(&[(Scope::action(ASSUME), Calls::First(3), effect)]);
        let report = report(&run);
        assert_eq!(audited::findings(&report), audited::findings(sound), "{effect:?}");
        let new: Vec<_> = gaps(&report).difference(&gaps(sound)).cloned().collect();
        assert!(new.is_empty(), "{effect:?}: {new:#?}");
        assert!(fake.log().count(ASSUME) >= 5, "two roles, and three times in vain");
    }
}

#[test]
fn a_role_that_is_refused_is_not_asked_for_again_and_the_gap_says_what_to_allow() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    let (run, fake) = small.audit(&[(Scope::action(ASSUME), Calls::Always, Effect::Deny)]);
    let report = report(&run);
    assert_eq!(fake.log().count(ASSUME), 2, "once for each account");
    let new: Vec<_> = gaps(&report).difference(&gaps(sound)).cloned().collect();
    for account in &ACCOUNTS[1..] {
        let is_told = |gap: &&String| {
            gap.contains(&format!("account {account}")) && gap.contains("create the role `ai-cost`")
        };
        assert!(new.iter().any(|gap| is_told(&gap)), "{account}: {new:#?}");
    }
    invents_nothing(&report, sound, "no role");
}

#[test]
fn a_role_that_is_throttled_for_ever_is_given_up_in_time() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    let (run, fake) = small.audit(&[(Scope::action(ASSUME), Calls::Always, Effect::Throttle)]);
    let report = report(&run);
    assert_eq!(fake.log().count(ASSUME), 10, "five times for each account");
    let new: Vec<_> = gaps(&report).difference(&gaps(sound)).cloned().collect();
    assert!(new.iter().any(|gap| gap.contains("was throttled")), "{new:#?}");
    invents_nothing(&report, sound, "a throttled role");
}

/// Organisations close regions that they do not use, and us-east-1 is often one of them.
#[test]
fn where_us_east_1_is_closed_accounts_and_regions_are_found_from_the_region_of_the_profile() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    let closed = || Scope::default().region("us-east-1");
    let fake = small.serve(&[
        (Scope { action: Some("sts".to_owned()), ..closed() }, Calls::Always, Effect::Deny),
        (Scope { action: Some("ec2".to_owned()), ..closed() }, Calls::Always, Effect::Deny),
    ]);
    let folder = crate::support::Folder::new();
    folder.write("ai-cost.toml", audited::SETTINGS);
    let asking = audited::ASKING.replace("--region us-east-1 --region eu-west-1", "--region all");
    let arguments = format!("audit {asking} {} --format json", audited::WINDOW);
    let mut command = audited::ai_cost(&folder, &fake, &arguments);
    let report = report(&outcome(command.env("AWS_REGION", "eu-west-1")));
    let gaps = gaps(&report);
    assert!(!gaps.iter().any(|gap| gap.contains("everything in this account")), "{gaps:#?}");
    assert!(gaps.iter().any(|gap| gap.contains("us-east-1")), "{gaps:#?}");
    let calls = fake.log().calls();
    for account in ACCOUNTS {
        let reads =
            ("ec2:DescribeInstances".to_owned(), account.to_owned(), "eu-west-1".to_owned());
        assert!(calls.contains_key(&reads), "{account}: {calls:?}");
    }
    invents_nothing(&report, sound, "us-east-1 closed");
}

#[test]
fn where_regions_may_not_be_listed_the_one_of_the_profile_is_read() {
    let (Some(small), Some(sound)) = (small(), sound()) else { return };
    let denied = (Scope::action("ec2:DescribeRegions"), Calls::Always, Effect::Deny);
    let (run, fake) = small.audit_as("--provider aws --region all", &[denied]);
    let report = report(&run);
    let gaps = gaps(&report);
    let is_told = |gap: &String| gap.contains("all regions that are not named with `--region`");
    assert!(gaps.iter().any(is_told), "{gaps:#?}");
    assert!(fake.log().count("ec2:DescribeInstances") > 0);
    invents_nothing(&report, sound, "unlisted regions");
}

//! What to commit to: after the other findings, in the unit in which it is bought.

use crate::support::{ai_cost, demo_report, list};

#[test]
fn message_and_command_name_the_same_dollars_of_the_plan_after_the_other_findings() {
    let report = demo_report();
    let finding = list(&report["findings"])
        .iter()
        .find(|finding| {
            finding["rule"] == "commitment-missing"
                && finding["subject"]["instance_type"] == "g6.12xlarge"
        })
        .expect("a pool without a commitment");
    assert_eq!(
        finding["message"],
        "4 × g6.12xlarge cost $21.87/h around the clock on demand; one year costs 65.1 % of it: commit $12.46/h \
         (EC2 Instance Savings Plan, no upfront) for what the other findings leave"
    );
    let fingerprint = finding["fingerprint"].as_str().expect("a fingerprint");
    let page = ai_cost(&format!("audit --demo --explain {fingerprint}")).done();
    assert!(page.contains("--savings-plan-offering-id ID --commitment 12.455,"), "{page}");
}

#[test]
fn no_commitment_is_advised_for_a_machine_that_moves_to_another_type() {
    // The only machine of its pool is to become a g4-standard-48.
    let report = demo_report();
    let of_pool = |finding: &&serde_json::Value| {
        finding["subject"]["kind"] == "pool"
            && finding["subject"]["instance_type"] == "a3-highgpu-1g"
    };
    let finding = list(&report["findings"]).iter().find(of_pool).expect("the pool is a finding");
    assert_eq!(finding["resolution"]["kind"], "superseded", "{finding}");
    assert!(!finding["message"].as_str().expect("a message").contains("commit $"), "{finding}");
}

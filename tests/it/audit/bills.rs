//! What bills tell of money, and what they do not.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Folder, list};

/// Thirty days of one plan in FOCUS: each day $50 of it are used by a machine and $50 are not.
fn half_used_plan() -> String {
    let mut bill = "BillingAccountId,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ProviderName,SubAccountId,RegionId,ResourceId,ServiceName,SkuId,PricingCategory,BilledCost,EffectiveCost,CommitmentDiscountId,CommitmentDiscountStatus,CommitmentDiscountType\n".to_owned();
    for day in 1..=30 {
        let end =
            if day == 30 { "2026-10-31".to_owned() } else { format!("2026-10-{:02}", day + 1) };
        for (resource, status) in [("i-1", "Used"), ("", "Unused")] {
            writeln!(bill, "1,USD,2026-10-{day:02},{end},Usage,AWS,111122223333,us-east-1,{resource},EC2,x,Committed,50,50,plan-1,{status},Savings Plan").unwrap();
        }
    }
    bill
}

fn find<'r>(report: &'r Value, rule: &str) -> &'r Value {
    list(&report["findings"])
        .iter()
        .find(|finding| finding["rule"] == rule)
        .unwrap_or_else(|| panic!("no {rule} in {:#}", report["findings"]))
}

#[test]
fn a_file_of_commitments_adds_to_what_the_bill_knows_of_their_use() {
    let folder = Folder::new();
    folder.write("bill.csv", half_used_plan());
    folder.write(
        "commitments.csv",
        "commitment_id,provider,account_id,kind,ends_at\n\
         plan-1,aws,111122223333,savings_plan,2027-06-01T00:00:00Z\n",
    );
    let run = |files: &str| folder.run(&format!("audit {files} --format json")).json();

    let bill_alone = run("--billing bill.csv");
    let both = run("--billing bill.csv --commitments commitments.csv");

    // $50 a day are not used: 50 × 730 / 24.
    for report in [bill_alone, both] {
        let unused = find(&report, "commitment-underused");
        assert_eq!(unused["freed_usd_per_month"], "1520.83");
    }
}

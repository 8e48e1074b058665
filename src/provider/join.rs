//! What servers said and what people brought, in one snapshot.

use std::collections::BTreeSet;

use super::bundle::{Bundle, BundleError, merge};
use crate::{
    frame::{Commitments, CostRow, Costs, Invocations, Resources, Workloads},
    settings::Settings,
    snapshot::{CostSource, Gap, Snapshot, SnapshotError, SnapshotWriter},
    units::count,
};

/// Name of the step in the manifest.
const STEP: &str = "files";

/// Adds files to what the providers wrote.
///
/// Where both know a resource, the provider's word wins and the files fill what it leaves open. A machine beneath a node is
/// found on the bill by whichever spelling of its id the cluster knows.
pub fn files(
    writer: &SnapshotWriter,
    bundle: &Bundle,
    settings: &Settings,
) -> Result<(), BundleError> {
    let Some(mut step) = writer.step(STEP) else { return Ok(()) };
    let Snapshot { resources, invocations, commitments, workloads, costs, .. } = writer.so_far()?;
    let window = writer.window();
    let brought = bundle.within(window).read(settings)?;
    step.replace::<Resources>(&merge::resources(resources, brought.resources))?;
    step.replace::<Commitments>(&merge::commitments(commitments, brought.commitments))?;
    step.replace::<Invocations>(&joined(invocations, brought.invocations))?;
    step.replace::<Workloads>(&joined(workloads, brought.workloads))?;
    if let CostSource::Rows(brought) = &brought.costs
        && !brought.is_empty()
    {
        let left = unbilled(&costs, brought)?;
        left.gap().into_iter().for_each(|gap| step.gap(gap));
        step.replace::<Costs>(&joined(left.costs, brought.clone()))?;
    }
    for gap in brought.gaps {
        step.gap(gap);
    }
    for bill in &brought.bills {
        step.bill(bill);
    }
    Ok(step.finish()?)
}

/// The collected costs that a bill in files leaves. It stands for all that its issuer bills: whose account a charge is of may not be in
/// it.
fn unbilled(collected: &CostSource, brought: &[CostRow]) -> Result<Unbilled, SnapshotError> {
    let issuers: BTreeSet<&str> = brought.iter().map(|row| row.provider.as_str()).collect();
    let named: BTreeSet<(&str, &str)> = brought.iter().map(account).collect();
    let mut left = Unbilled::default();
    collected.for_each(&mut |row| {
        if !issuers.contains(row.provider.as_str()) {
            left.costs.push(row.clone());
        } else if !named.contains(&account(row)) {
            left.account_ids.insert(row.account_id.clone());
        }
    })?;
    Ok(left)
}

/// What a bill in files does not stand for, and accounts that it stands for without a word of them.
#[derive(Default)]
struct Unbilled {
    costs: Vec<CostRow>,
    account_ids: BTreeSet<String>,
}

/// Names in a sentence, at most.
const NAMES: usize = 5;

impl Unbilled {
    fn gap(&self) -> Option<Gap> {
        let account_count = self.account_ids.len();
        let ids: Vec<&str> = self.account_ids.iter().take(NAMES).map(String::as_str).collect();
        let more = if account_count > NAMES { ", …" } else { "" };
        (account_count > 0).then(|| Gap {
            what: format!("the collected costs of {}", count(account_count as u64, "account")),
            because: format!(
                "a bill in files stands for all that its issuer bills, and does not name {}{more}",
                ids.join(", ")
            ),
            hides: "what they cost, unless the file has it under the account that pays".to_owned(),
            remedy: "Bring a bill that names the account of each charge, or none.".to_owned(),
        })
    }
}

fn account(row: &CostRow) -> (&str, &str) {
    (&row.provider, &row.account_id)
}

fn joined<T>(mut collected: Vec<T>, brought: Vec<T>) -> Vec<T> {
    collected.extend(brought);
    collected
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        frame::InstantMs,
        snapshot::{PartKey, read},
        window::Window,
    };

    fn cost(account_id: &str, usd: f64) -> CostRow {
        CostRow {
            resource_id: None,
            provider: "aws".to_owned(),
            account_id: account_id.to_owned(),
            region: None,
            service: "AmazonEC2".to_owned(),
            sku: "BoxUsage:g5.xlarge".to_owned(),
            instance_type: None,
            day_start: InstantMs(0),
            billed_hours_mask: None,
            charge_kind: "usage".to_owned(),
            purchase_option: None,
            commitment_id: None,
            quantity: None,
            quantity_unit: None,
            list_usd: None,
            billed_usd: None,
            effective_usd: Some(usd),
        }
    }

    /// Account and dollars of the rows.
    fn money(rows: &[CostRow]) -> Vec<(&str, f64)> {
        rows.iter().map(|row| (row.account_id.as_str(), row.effective_usd.unwrap())).collect()
    }

    #[test]
    fn files_without_a_bill_leave_the_bill_that_was_collected() {
        let dir = tempfile::tempdir().unwrap();
        let listed = dir.path().join("inventory.csv");
        let row = "aws:111122223333:us-east-1:i-1,gpu_instance";
        std::fs::write(&listed, format!("resource_id,kind\n{row}\n")).unwrap();
        let out = dir.path().join("snapshot");
        let writer = SnapshotWriter::open(&out, Window { start: 0, end: 24 }).unwrap();
        let mut step = writer.step("costs").unwrap();
        let key = PartKey { folders: Vec::new(), number: 0 };
        step.write::<Costs>(&key, &[cost("111122223333", 5.0)]).unwrap();
        step.finish().unwrap();

        let bundle = Bundle { inventory: Some(listed), ..Bundle::default() };
        files(&writer, &bundle, &Settings::default()).unwrap();
        writer.finish().unwrap();

        let mut rows = Vec::new();
        let snapshot = read(&out).unwrap();
        snapshot.costs.for_each(&mut |row| rows.push(row.clone())).unwrap();
        assert_eq!(money(&rows), [("111122223333", 5.0)]);
        assert_eq!(snapshot.resources.len(), 1);
    }

    #[test]
    fn a_bill_in_files_stands_for_all_of_its_issuer_and_no_dollar_counts_twice() {
        let other = CostRow { provider: "gcp".to_owned(), ..cost("research", 7.0) };
        let collected = CostSource::Rows(vec![
            cost("111122223333", 5.0),
            // A file that names only who pays has these dollars under that account.
            cost("444455556666", 6.0),
            other,
        ]);
        let left = unbilled(&collected, &[cost("111122223333", 11.0)]).unwrap();
        assert_eq!(money(&left.costs), [("research", 7.0)]);
        let told = left.gap().unwrap();
        assert!(told.because.ends_with("does not name 444455556666"), "{told:?}");
        let whole = unbilled(&collected, &["111122223333", "444455556666"].map(|id| cost(id, 1.0)));
        assert_eq!(whole.unwrap().gap(), None);
    }
}

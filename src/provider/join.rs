//! What servers said and what people brought, in one snapshot.

use std::collections::BTreeSet;

use super::bundle::{Bundle, BundleError, merge};
use crate::{
    frame::{Commitments, CostRow, Costs, Invocations, Resources, Workloads},
    settings::Settings,
    snapshot::{CostSource, Snapshot, SnapshotError, SnapshotWriter},
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
        step.replace::<Costs>(&joined(unbilled(&costs, brought)?, brought.clone()))?;
    }
    for gap in brought.gaps {
        step.gap(gap);
    }
    for bill in &brought.bills {
        step.bill(bill);
    }
    Ok(step.finish()?)
}

/// What providers said of accounts that no file bills: a bill tells all of what an account costs.
fn unbilled(collected: &CostSource, brought: &[CostRow]) -> Result<Vec<CostRow>, SnapshotError> {
    let account = |row: &CostRow| (row.provider.clone(), row.account_id.clone());
    let billed: BTreeSet<(String, String)> = brought.iter().map(account).collect();
    let mut rows = Vec::new();
    collected.for_each(&mut |row| {
        if !billed.contains(&account(row)) {
            rows.push(row.clone());
        }
    })?;
    Ok(rows)
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
    fn a_bill_in_files_stands_for_the_accounts_it_bills_and_no_dollar_counts_twice() {
        let collected =
            CostSource::Rows(vec![cost("111122223333", 5.0), cost("444455556666", 7.0)]);
        let left = unbilled(&collected, &[cost("111122223333", 5.5)]).unwrap();
        assert_eq!(money(&left), [("444455556666", 7.0)]);
    }
}

//! What servers said and what people brought, in one snapshot.

use super::bundle::{self, Bundle, BundleError};
use crate::{
    frame::{Commitments, Costs, Invocations, Resources, Workloads},
    settings::Settings,
    snapshot::{CostSource, Snapshot, SnapshotWriter},
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
    let Snapshot { resources, invocations, commitments, workloads, .. } = writer.so_far()?;
    let window = writer.window();
    let brought = bundle.within(window).read(settings)?;
    step.replace::<Resources>(&bundle::merge::resources(resources, brought.resources))?;
    step.replace::<Commitments>(&bundle::merge::commitments(commitments, brought.commitments))?;
    step.replace::<Invocations>(&joined(invocations, brought.invocations))?;
    step.replace::<Workloads>(&joined(workloads, brought.workloads))?;
    if let CostSource::Rows(costs) = &brought.costs {
        step.replace::<Costs>(costs)?;
    }
    for gap in brought.gaps {
        step.gap(gap);
    }
    for bill in &brought.bills {
        writer.bill(bill);
    }
    Ok(step.finish()?)
}

fn joined<T>(mut collected: Vec<T>, brought: Vec<T>) -> Vec<T> {
    collected.extend(brought);
    collected
}

//! What managed spot training costs: AWS publishes no prices of it, but says of each job how much of its time it bills at the
//! price on demand.

use std::collections::BTreeMap;

use super::Ground;
use crate::provider::aws::{observed::SpotShare, sagemaker::wire::Job};

/// One share per machine type that ran on managed spot capacity: the dearest of its jobs, so that none saves less than is said.
pub(super) fn shares(jobs: &[Job], ground: &Ground<'_>) -> Vec<SpotShare> {
    let mut ratios: BTreeMap<&str, f64> = BTreeMap::new();
    for job in jobs {
        if let Some((instance_type, ratio)) = paid(job) {
            let dearest = ratios.entry(instance_type).or_insert(ratio);
            *dearest = dearest.max(ratio);
        }
    }
    let share = |(instance_type, ratio): (&str, f64)| SpotShare {
        region: ground.region.to_owned(),
        instance_type: instance_type.to_owned(),
        ratio,
    };
    ratios.into_iter().map(share).collect()
}

/// The machine type of a managed spot job, and which part of the price on demand it paid. `None`: it is none, or that is not
/// known.
fn paid(job: &Job) -> Option<(&str, f64)> {
    let [machines] = job.machines.as_slice() else { return None };
    let training = job.training_seconds.filter(|seconds| *seconds > 0)?;
    let ratio = f64::from(job.billable_seconds?) / f64::from(training);
    let is_told = job.is_spot == Some(true) && job.plan_arn.is_none() && ratio > 0.0 && ratio < 1.0;
    Some((machines.instance_type.as_deref()?, ratio)).filter(|_| is_told)
}

//! Whether something may take replicas away, and how few it leaves.

use super::{Ground, schedule};
use crate::provider::aws::sagemaker::wire::{Scaling, Target};

/// What scales one thing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scaler {
    /// Whether it may take replicas away. `None`: not known.
    pub(super) acts: Option<bool>,
    /// The fewest it leaves. `None`: nothing scales it, or not known.
    pub(super) min_count: Option<f64>,
}

impl Scaler {
    /// Nothing does.
    pub(super) const NONE: Self = Self { acts: Some(false), min_count: None };
}

/// Name of a variant where scaling is set up.
pub(super) fn variant(endpoint: &str, variant: &str) -> String {
    format!("endpoint/{endpoint}/variant/{variant}")
}

/// Name of a model on a shared endpoint where scaling is set up.
pub(super) fn component(name: &str) -> String {
    format!("inference-component/{name}")
}

/// What scales `resource`. A target alone scales nothing: it wants a policy that may scale in, or a schedule, and neither
/// suspended.
pub(super) fn of(resource: &str, scaling: &Scaling, ground: &Ground<'_>) -> Scaler {
    let Some(targets) = &scaling.targets else { return Scaler { acts: None, min_count: None } };
    let Some(target) = targets.iter().find(|target| target.resource == resource) else {
        return Scaler::NONE;
    };
    let (by_schedule, scheduled) = scheduled(target, scaling, ground);
    let acts = either(by_policy(target, scaling), by_schedule);
    // A policy that is not known may still go down to the limit.
    let min_count = scheduled.into_iter().fold(target.min_count, i32::min);
    Scaler { acts, min_count: (acts != Some(false)).then(|| f64::from(min_count)) }
}

fn by_policy(target: &Target, scaling: &Scaling) -> Option<bool> {
    if target.is_in_suspended {
        return Some(false);
    }
    let mut policies = scaling.policies.as_ref()?.iter();
    Some(policies.any(|policy| policy.resource == target.resource && !policy.is_in_disabled))
}

/// Whether schedules act, and the lower limits that they set.
fn scheduled(target: &Target, scaling: &Scaling, ground: &Ground<'_>) -> (Option<bool>, Vec<i32>) {
    if target.is_schedule_suspended {
        return (Some(false), Vec::new());
    }
    let Some(schedules) = &scaling.schedules else { return (None, Vec::new()) };
    let own = schedules.iter().filter(|schedule| schedule.resource == target.resource);
    let mut acts = Some(false);
    let mut limits = Vec::new();
    for schedule in own {
        let is_live = schedule::is_live(schedule, ground);
        acts = either(acts, is_live);
        if is_live != Some(false) {
            limits.extend(schedule.min_count);
        }
    }
    (acts, limits)
}

/// Whether one of two is so.
pub(super) fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

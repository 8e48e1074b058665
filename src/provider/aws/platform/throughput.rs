//! Provisioned throughput of Bedrock: billed by the hour and unit, used or not.

use super::wire::Throughput;
use crate::{
    frame::{InstantMs, ResourceRow},
    provider::aws::{
        observed::{Metered, MetricSource},
        seat::Seat,
    },
    window::{MS_PER_HOUR, Window},
};

/// Whether it has to do with the window. What failed was never billed.
pub(super) fn is_of_window(throughput: &Throughput, window: Window) -> bool {
    let is_later = throughput.created_at.is_some_and(|at| at.0 >= window.end * MS_PER_HOUR);
    throughput.status != "Failed" && !is_later
}

/// Throughput as a resource.
pub(super) fn row(seat: &Seat, throughput: &Throughput, window: Window) -> ResourceRow {
    let tags = throughput.tags.clone().unwrap_or_default();
    ResourceRow {
        resource_id: seat.id(&throughput.arn),
        provider: "aws".to_owned(),
        account_id: seat.account_id.clone(),
        region: seat.region.clone(),
        name: Some(throughput.name.clone()).filter(|name| !name.is_empty()),
        kind: "provisioned_throughput".to_owned(),
        state: matches!(throughput.status.as_str(), "InService" | "Updating")
            .then(|| "running".to_owned()),
        purchase_option: Some(
            if is_committed(throughput, window) { "committed" } else { "on_demand" }.to_owned(),
        ),
        launched_at: throughput.created_at,
        unit_count: unit_count(throughput),
        tags_json: serde_json::to_string(&tags).unwrap_or_else(|_impossible| "{}".to_owned()),
        ..ResourceRow::default()
    }
}

/// Whether a term still binds at the end of the window. After its term throughput goes on by the hour until it is deleted.
fn is_committed(throughput: &Throughput, window: Window) -> bool {
    let is_over = |end: InstantMs| end.0 <= window.end * MS_PER_HOUR;
    throughput.commitment.is_some() && !throughput.commitment_ends_at.is_some_and(is_over)
}

/// Under which name its metrics go.
pub(super) fn metered(seat: &Seat, throughput: &Throughput) -> Metered {
    Metered {
        resource_id: seat.id(&throughput.arn),
        gpu_count: None,
        gpu_mem_gib_per_gpu: None,
        vcpu_count: None,
        began_at: throughput.created_at,
        ended_at: None,
        source: MetricSource::Throughput {
            arn: throughput.arn.clone(),
            unit_count: unit_count(throughput),
        },
    }
}

/// Model units. None are there while it is being made.
fn unit_count(throughput: &Throughput) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a count of units")]
    let count = throughput.unit_count as f64;
    (count > 0.0).then_some(count)
}

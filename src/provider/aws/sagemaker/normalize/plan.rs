//! Training plans: capacity that was paid in advance, so that leaving it saves nothing.

use super::{Ground, agreed};
use crate::{frame::CommitmentRow, provider::aws::sagemaker::wire::Plan, window::MS_PER_HOUR};

/// The plan as a commitment. `None`: nothing was bought, or it is of another time.
pub(super) fn row(plan: &Plan, ground: &Ground<'_>) -> Option<CommitmentRow> {
    let is_bought = !matches!(plan.status.as_deref(), Some("Failed" | "Pending"));
    let is_of_window = plan.starts_at.is_none_or(|start| start < ground.ends_at())
        && plan.ends_at.is_none_or(|end| end > ground.starts_at());
    if !is_bought || !is_of_window {
        return None;
    }
    let fee_usd = fee_usd(plan);
    Some(CommitmentRow {
        commitment_id: plan.arn.clone(),
        provider: super::PROVIDER.to_owned(),
        account_id: ground.account_id.to_owned(),
        kind: "committed_use".to_owned(),
        scope_region: Some(ground.region.to_owned()),
        scope_instance_type: agreed(plan.instance_types.iter().map(|name| Some(name.clone()))),
        starts_at: plan.starts_at,
        ends_at: plan.ends_at,
        committed_usd_per_hour: fee_usd
            .zip(plan.hours.filter(|hours| *hours > 0.0))
            .map(|(usd, hours)| usd / hours),
        window_committed_usd: fee_usd.zip(share(plan, ground)).map(|(usd, share)| usd * share),
        window_used_usd: None,
    })
}

/// What was paid. `None`: not in dollars, or not reported.
fn fee_usd(plan: &Plan) -> Option<f64> {
    let fee: f64 = plan.upfront_fee.as_deref()?.trim().parse().ok()?;
    let is_usd = plan.currency.as_deref().is_none_or(|code| code.eq_ignore_ascii_case("USD"));
    (is_usd && fee.is_finite()).then_some(fee)
}

/// The part of its term within the window.
fn share(plan: &Plan, ground: &Ground<'_>) -> Option<f64> {
    let (start, end) = plan.starts_at.zip(plan.ends_at)?;
    let hours = |from: i64, to: i64| (to - from) as f64 / MS_PER_HOUR as f64;
    let inside = hours(start.max(ground.starts_at()).0, end.min(ground.ends_at()).0);
    let all = hours(start.0, end.0);
    (all > 0.0).then(|| inside / all)
}

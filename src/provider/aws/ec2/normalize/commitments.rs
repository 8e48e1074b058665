//! Capacity reservations and Reserved Instances as commitments.

use super::PROVIDER;
use crate::{
    catalog::Catalog,
    frame::{CommitmentRow, InstantMs},
    provider::aws::{
        ec2::wire::{CapacityReservation, ReservedInstances},
        seat::Seat,
    },
    window::{MS_PER_HOUR, Window},
};

/// States in which capacity was never handed over, so that nothing was paid for it yet or ever.
const NOT_HELD: [&str; 8] = [
    "assessing",
    "delayed",
    "failed",
    "payment-failed",
    "payment-pending",
    "pending",
    "scheduled",
    "unsupported",
];

/// A capacity reservation that this account pays for and that held capacity in the window. `None`: it is not.
///
/// Its hours cost what running machines cost, used or not, so the price on demand is what is committed. What of it is used is
/// known for the moment only, which says nothing of the window: a bill tells the unused hours. A capacity block is paid in
/// advance at a price of its own, which nobody tells here.
pub(in super::super) fn capacity_reservation(
    seat: &Seat,
    said: &CapacityReservation,
    catalog: &Catalog,
    window: Window,
) -> Option<CommitmentRow> {
    let payer = said.payer_id.as_ref().or(said.owner_id.as_ref());
    if payer.is_some_and(|payer| *payer != seat.account_id) {
        return None;
    }
    if said.state.as_deref().is_some_and(|state| NOT_HELD.contains(&state)) {
        return None;
    }
    let hours = held_hours(said.starts_at, said.ends_at, window);
    if hours <= 0.0 {
        return None;
    }
    let instance_type = said.instance_type.as_deref()?;
    let is_plain = said.reservation_type.as_deref().is_none_or(|kind| kind == "default")
        && said.platform.as_deref().is_none_or(|platform| platform == "Linux/UNIX")
        && said.tenancy.as_deref().is_none_or(|tenancy| tenancy == "default");
    let price = catalog
        .price(PROVIDER, &seat.region, instance_type, "on_demand")
        .filter(|_| is_plain)
        .map(|price| price.usd_per_hour);
    let is_active = said.state.as_deref() == Some("active");
    let total = count(said.total_count).filter(|total| is_active && *total > 0.0);
    let usd_per_hour = price.zip(total).map(|(price, total)| price * total);
    let committed = usd_per_hour.map(|usd| usd * hours);
    Some(CommitmentRow {
        commitment_id: capacity_arn(seat, said)?,
        provider: PROVIDER.to_owned(),
        account_id: seat.account_id.clone(),
        kind: "capacity_reservation".to_owned(),
        scope_region: Some(seat.region.clone()),
        scope_instance_type: Some(instance_type.to_owned()),
        starts_at: said.starts_at,
        ends_at: said.ends_at,
        committed_usd_per_hour: usd_per_hour,
        window_committed_usd: committed,
        window_used_usd: None,
    })
}

/// Reserved Instances whose term meets the window. `None`: it does not, or they were never paid for. How much of them was used
/// is for the money to say.
pub(in super::super) fn reserved_instances(
    seat: &Seat,
    said: &ReservedInstances,
    window: Window,
) -> Option<CommitmentRow> {
    let is_bought = !matches!(
        said.state.as_deref(),
        Some("payment-failed" | "payment-pending" | "queued" | "queued-deleted")
    );
    let hours = held_hours(said.starts_at, said.ends_at, window);
    if !is_bought || hours <= 0.0 {
        return None;
    }
    let usd_per_hour = usd_per_hour(said);
    Some(CommitmentRow {
        commitment_id: arn(seat, &format!("reserved-instances/{}", said.id)),
        provider: PROVIDER.to_owned(),
        account_id: seat.account_id.clone(),
        kind: "reservation".to_owned(),
        scope_region: Some(seat.region.clone()),
        scope_instance_type: said.instance_type.clone(),
        starts_at: said.starts_at,
        ends_at: said.ends_at,
        committed_usd_per_hour: usd_per_hour,
        window_committed_usd: usd_per_hour.map(|usd| usd * hours),
        window_used_usd: None,
    })
}

/// What all of them cost by the hour: what recurs, and the price at the start spread over the term. `None`: it is not in
/// dollars, or a part of it is not told.
fn usd_per_hour(said: &ReservedInstances) -> Option<f64> {
    if said.currency.as_deref().is_some_and(|currency| currency != "USD") {
        return None;
    }
    let term_hours = said.duration_seconds.filter(|seconds| *seconds > 0)?;
    #[expect(clippy::cast_precision_loss, reason = "a term of years in seconds")]
    let term_hours = term_hours as f64 / 3600.0;
    let recurring = said
        .recurring_charges
        .iter()
        .map(|(frequency, amount)| amount.filter(|_| frequency.as_deref() == Some("Hourly")));
    let recurring: f64 = recurring.sum::<Option<f64>>()?;
    Some((said.fixed_price? / term_hours + recurring) * count(said.count)?)
}

/// Hours of the window in which something was held. An end that is not known is none.
fn held_hours(starts_at: Option<InstantMs>, ends_at: Option<InstantMs>, window: Window) -> f64 {
    let (start, end) = (window.start * MS_PER_HOUR, window.end * MS_PER_HOUR);
    let from = starts_at.map_or(start, |at| at.0.max(start));
    let to = ends_at.map_or(end, |at| at.0.min(end));
    #[expect(clippy::cast_precision_loss, reason = "a window is months, not geological ages")]
    let hours = (to - from).max(0) as f64 / MS_PER_HOUR as f64;
    hours
}

#[expect(clippy::cast_precision_loss, reason = "a count of machines")]
fn count(count: Option<i64>) -> Option<f64> {
    count.map(|count| count as f64)
}

/// Whether capacity was given back by the end of a window.
pub(super) fn has_ended(said: &CapacityReservation, window: Window) -> bool {
    matches!(said.state.as_deref(), Some("cancelled" | "expired"))
        || said.ends_at.is_some_and(|at| at.0 <= window.end * MS_PER_HOUR)
}

/// The id by which bills name it. One that another account shares and we pay for has that account in its own ARN.
pub(super) fn capacity_arn(seat: &Seat, said: &CapacityReservation) -> Option<String> {
    said.arn.clone().or_else(|| {
        let id = said.reservation_id.as_ref()?;
        Some(arn(seat, &format!("capacity-reservation/{id}")))
    })
}

/// An ARN of EC2, as bills have it.
fn arn(seat: &Seat, resource: &str) -> String {
    let Seat { account_id, region, .. } = seat;
    let partition = match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!("arn:{partition}:ec2:{region}:{account_id}:{resource}")
}

//! Machines as resources.

use jiff::{civil::DateTime, tz::TimeZone};

use super::{
    PROVIDER, name, platform::price_variant, scaling::Scaling, shapes::Accelerated, tags_json,
};
use crate::{
    frame::{InstantMs, ResourceRow},
    provider::aws::{
        ec2::wire::Machine,
        observed::{Metered, MetricSource},
        seat::Seat,
    },
    window::{MS_PER_HOUR, Window},
};

/// Starts and attachments this close are of one start.
const SAME_START_MS: i64 = 10 * 60 * 1000;

/// The group that a machine belongs to, which its tags say as long as it exists.
pub(in super::super) fn group_name(machine: &Machine) -> Option<&str> {
    machine.tags.get("aws:autoscaling:groupName").map(String::as_str)
}

/// What is known around a machine.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in super::super) struct Around {
    /// What acts on its group.
    pub(in super::super) scaling: Scaling,
    /// The capacity reservation that it runs in.
    pub(in super::super) reserved_in: Option<String>,
}

/// A machine with accelerators.
pub(in super::super) fn machine_row(
    seat: &Seat,
    machine: &Machine,
    has: &Accelerated,
    around: Around,
) -> ResourceRow {
    let Around { scaling, reserved_in } = around;
    ResourceRow {
        resource_id: seat.id(&machine.instance_id),
        provider: PROVIDER.to_owned(),
        account_id: seat.account_id.clone(),
        region: seat.region.clone(),
        zone: machine.zone.clone(),
        name: name(&machine.tags),
        instance_type: machine.instance_type.clone(),
        kind: "gpu_instance".to_owned(),
        state: state(machine).map(str::to_owned),
        purchase_option: purchase_option(machine).map(str::to_owned),
        launched_at: first_started_at(machine),
        stopped_at: stopped_at(machine),
        gpu_model: has.gpu_model.clone(),
        gpu_count: has.gpu_count,
        gpu_mem_gib_per_gpu: has.gpu_mem_gib_per_gpu,
        vcpu_count: has.vcpu_count,
        mem_gib: has.mem_gib,
        scaling_min_count: scaling.min_count,
        has_scaling: has_scaling(machine, scaling),
        tags_json: tags_json(&machine.tags),
        last_started_at: restarted_at(machine),
        reserved_in,
        price_variant: price_variant(machine).map(str::to_owned),
        is_on_demand_base: scaling
            .keeps_on_demand
            .map(|keeps| keeps && purchase_option(machine) == Some("on_demand")),
        ..ResourceRow::default()
    }
}

/// Under which names its metrics go. `None`: it sent none in the window, because it was stopped before.
pub(in super::super) fn metered(
    seat: &Seat,
    machine: &Machine,
    has: &Accelerated,
    window: Window,
) -> Option<Metered> {
    let ended_at = stopped_at(machine);
    if ended_at.is_some_and(|at| at.0 <= window.start * MS_PER_HOUR) {
        return None;
    }
    Some(Metered {
        resource_id: seat.id(&machine.instance_id),
        gpu_count: has.gpu_count,
        gpu_mem_gib_per_gpu: has.gpu_mem_gib_per_gpu,
        vcpu_count: has.vcpu_count,
        began_at: first_started_at(machine),
        ended_at,
        source: MetricSource::Machine {
            instance_id: machine.instance_id.clone(),
            private_dns_name: machine.private_dns_name.clone(),
            is_neuron: has.is_neuron,
            was_off: restarted_at(machine).is_some_and(|at| at.0 > window.start * MS_PER_HOUR),
        },
    })
}

/// Whether a machine has to do with the window: it began before its end, and was not terminated before its start. One that
/// is stopped stays, because its volumes cost as long as it does.
pub(in super::super) fn is_of_window(machine: &Machine, window: Window) -> bool {
    let is_later = first_started_at(machine).is_some_and(|at| at.0 >= window.end * MS_PER_HOUR);
    let is_over = state(machine) == Some("completed")
        && stopped_at(machine).is_some_and(|at| at.0 <= window.start * MS_PER_HOUR);
    !is_later && !is_over
}

/// A machine that is stopping is not billed any more.
pub(super) fn state(machine: &Machine) -> Option<&'static str> {
    match machine.state.as_deref()? {
        "pending" | "running" => Some("running"),
        "stopping" | "stopped" => Some("stopped"),
        "shutting-down" | "terminated" => Some("completed"),
        _ => None,
    }
}

/// How it was started. Whether a reservation or a plan covers its hours is for the bill to say.
fn purchase_option(machine: &Machine) -> Option<&'static str> {
    match machine.lifecycle.as_deref() {
        _ if machine.capacity_block_id.is_some() => Some("committed"),
        None | Some("interruptible-capacity-reservation") => Some("on_demand"),
        Some("spot") => Some("spot"),
        Some("capacity-block" | "scheduled") => Some("committed"),
        Some(_) => None,
    }
}

/// Its first start. The service tells the last start only, but nothing is attached to a machine before the first; once it is
/// terminated nothing is attached any more, and the last start is all there is.
fn first_started_at(machine: &Machine) -> Option<InstantMs> {
    machine.attached_at.iter().copied().chain(machine.last_started_at).min()
}

/// The last start of a machine that was stopped in between: the first start of a machine and its first attachments lie seconds
/// apart. How often it was stopped, and for how long, the service does not tell.
fn restarted_at(machine: &Machine) -> Option<InstantMs> {
    let first = first_started_at(machine)?;
    machine.last_started_at.filter(|last| last.0 - first.0 > SAME_START_MS)
}

/// When it was stopped or terminated, as the reason for its state says. `None`: it runs, or the reason has no time.
fn stopped_at(machine: &Machine) -> Option<InstantMs> {
    if !matches!(state(machine), Some("stopped" | "completed")) {
        return None;
    }
    let (_, at) = machine.transition_reason.as_deref()?.rsplit_once('(')?;
    let at = DateTime::strptime("%Y-%m-%d %H:%M:%S GMT", at.strip_suffix(')')?).ok()?;
    Some(TimeZone::UTC.to_timestamp(at).ok()?.into())
}

/// Tags that Karpenter puts on machines, which come and go with what runs on them.
const KARPENTER: [&str; 2] = ["karpenter.sh/nodepool", "karpenter.sh/provisioner-name"];

/// Whether something changes the number of machines like this one. A machine of no group may still be stopped by a schedule
/// that we cannot see, such as a function on a timer: that is unknown, not no.
fn has_scaling(machine: &Machine, scaling: Scaling) -> Option<bool> {
    if KARPENTER.iter().any(|key| machine.tags.contains_key(*key)) {
        return Some(true);
    }
    scaling.is_acting
}

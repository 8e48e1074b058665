//! What EC2 and its Auto Scaling say, in their own words, as far as it is read.

use std::collections::{BTreeMap, BTreeSet};

use crate::frame::InstantMs;

/// A machine. Absent is `None`; words are AWS's own, new ones included.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in super::super) struct Machine {
    /// `i-…`
    pub(in super::super) instance_id: String,
    pub(in super::super) instance_type: Option<String>,
    /// `pending`, `running`, `shutting-down`, `terminated`, `stopping`, `stopped`.
    pub(in super::super) state: Option<String>,
    /// `spot`, `capacity-block`, `scheduled`, `interruptible-capacity-reservation`. `None`: on demand.
    pub(in super::super) lifecycle: Option<String>,
    pub(in super::super) capacity_block_id: Option<String>,
    /// `cr-…`: where it runs in a capacity reservation.
    pub(in super::super) capacity_reservation_id: Option<String>,
    /// `Linux/UNIX`, `Windows`, `Red Hat Enterprise Linux`, ….
    pub(in super::super) platform: Option<String>,
    /// What its price holds, in bills' words: `RunInstances`, with a code behind it for anything but plain Linux.
    pub(in super::super) usage_operation: Option<String>,
    /// `default`, `dedicated` or `host`.
    pub(in super::super) tenancy: Option<String>,
    /// The last start.
    pub(in super::super) last_started_at: Option<InstantMs>,
    /// When its primary network interface and its volumes were attached: the first of that is the first start.
    pub(in super::super) attached_at: Vec<InstantMs>,
    /// Why it is in its state, such as `User initiated (2026-10-01 08:30:00 GMT)`.
    pub(in super::super) transition_reason: Option<String>,
    pub(in super::super) zone: Option<String>,
    pub(in super::super) private_dns_name: Option<String>,
    pub(in super::super) tags: BTreeMap<String, String>,
}

/// A machine type.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct MachineType {
    pub(super) name: String,
    pub(super) gpus: Vec<Device>,
    pub(super) neuron_devices: Vec<Device>,
    /// Inferentia again, under its first name.
    pub(super) inference_devices: Vec<Device>,
    pub(super) vcpu_count: Option<i64>,
    pub(super) mem_mib: Option<i64>,
}

/// A kind of accelerator in a machine type.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Device {
    pub(super) name: Option<String>,
    /// Whole devices: 0 where the machine has a part of one.
    pub(super) count: Option<f64>,
    /// Devices that the machine sees.
    pub(super) logical_count: Option<f64>,
    /// Part of a whole device that each of them is.
    pub(super) partition_ratio: Option<f64>,
    /// Memory of each.
    pub(super) mem_mib: Option<f64>,
}

/// An Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) min_count: Option<i64>,
    pub(super) max_count: Option<i64>,
    pub(super) desired_count: Option<i64>,
    /// Such as `Terminate` or `ScheduledActions`.
    pub(super) suspended_processes: BTreeSet<String>,
    pub(super) has_warm_pool: bool,
    pub(super) tag_keys: BTreeSet<String>,
    /// `None`: all its machines are started alike.
    pub(super) mix: Option<Mix>,
}

/// How a group mixes machines on demand with spot machines, and machine types.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Mix {
    /// Machines on demand that come first.
    pub(super) on_demand_base_count: Option<i64>,
    /// Machines on demand among those beyond, in percent.
    pub(super) on_demand_above_base_percent: Option<i64>,
    /// For how much each of its machine types counts, where that is said.
    pub(super) weights: Vec<String>,
}

/// A scheduled action of a group.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Schedule {
    pub(super) group_name: String,
    /// A cron expression. `None`: it acts once. When in the day it acts, and in which time zone, does not matter here.
    pub(super) recurrence: Option<String>,
    pub(super) ends_at: Option<InstantMs>,
    pub(super) min_count: Option<i64>,
    pub(super) max_count: Option<i64>,
    pub(super) desired_count: Option<i64>,
}

/// A scaling policy of a group.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Policy {
    pub(super) group_name: String,
    /// `None`: not reported, which older answers mean as enabled.
    pub(super) is_enabled: Option<bool>,
}

/// A volume.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Volume {
    /// `vol-…`
    pub(super) id: String,
    /// `in-use`, `available`, ….
    pub(super) state: Option<String>,
    pub(super) size_gib: Option<i64>,
    pub(super) zone: Option<String>,
    pub(super) created_at: Option<InstantMs>,
    /// Machines it is attached to; several where it allows that.
    pub(super) instance_ids: Vec<String>,
    pub(super) tags: BTreeMap<String, String>,
}

/// A price of spot capacity from some instant on.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct SpotPrice {
    pub(super) instance_type: Option<String>,
    pub(super) zone: Option<String>,
    /// A decimal number.
    pub(super) usd_per_hour: Option<String>,
    pub(super) since: Option<InstantMs>,
}

/// A capacity reservation or block.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct CapacityReservation {
    pub(super) arn: Option<String>,
    /// `cr-…`
    pub(super) reservation_id: Option<String>,
    pub(super) instance_type: Option<String>,
    pub(super) platform: Option<String>,
    pub(super) tenancy: Option<String>,
    pub(super) owner_id: Option<String>,
    /// Account that pays for what is not used. `None`: the owner.
    pub(super) payer_id: Option<String>,
    pub(super) state: Option<String>,
    /// `default` or `capacity-block`.
    pub(super) reservation_type: Option<String>,
    pub(super) total_count: Option<i64>,
    pub(super) available_count: Option<i64>,
    pub(super) starts_at: Option<InstantMs>,
    pub(super) ends_at: Option<InstantMs>,
}

/// A Reserved Instance, or several bought together.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ReservedInstances {
    pub(super) id: String,
    pub(super) instance_type: Option<String>,
    pub(super) state: Option<String>,
    pub(super) count: Option<i64>,
    pub(super) starts_at: Option<InstantMs>,
    pub(super) ends_at: Option<InstantMs>,
    pub(super) duration_seconds: Option<i64>,
    /// `USD` or `CNY`.
    pub(super) currency: Option<String>,
    /// What each cost at the start.
    pub(super) fixed_price: Option<f64>,
    /// What each costs besides, with the word for how often: `Hourly`.
    pub(super) recurring_charges: Vec<(Option<String>, Option<f64>)>,
}

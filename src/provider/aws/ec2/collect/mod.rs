//! EC2 and its Auto Scaling are asked here, and nowhere else are their answers' types known.

mod capacity;
mod groups;
mod machines;
mod prices;

pub(super) use self::{
    capacity::{capacity_reservations, reserved_instances},
    groups::{groups, policies, schedules},
    machines::{machine_types, machines, volumes},
    prices::spot_prices,
};

/// Values of one filter that EC2 takes at once.
const FILTER_VALUE_COUNT: usize = 200;

//! From what EC2 says to rows of frames. Pure: no request, no clock. Units are converted here and nowhere else.

mod commitments;
mod machines;
mod platform;
mod prices;
mod reserved;
mod scaling;
mod shapes;
mod volumes;

pub(super) use self::{
    commitments::{capacity_reservation, reserved_instances},
    machines::{Around, group_name, is_of_window, machine_row, metered},
    platform::price_variant,
    prices::price_rows,
    reserved::reserved_in,
    scaling::{Rules, Scalings, needs_policies},
    shapes::{Accelerated, Shapes},
    volumes::volume_row,
};

use std::collections::BTreeMap;

/// Name of the provider in ids.
const PROVIDER: &str = "aws";

/// Tags as a JSON object.
fn tags_json(tags: &BTreeMap<String, String>) -> String {
    serde_json::to_string(tags).unwrap_or_else(|_impossible| "{}".to_owned())
}

/// The name that people gave.
fn name(tags: &BTreeMap<String, String>) -> Option<String> {
    tags.get("Name").filter(|name| !name.is_empty()).cloned()
}

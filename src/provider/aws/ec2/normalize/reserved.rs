//! Which machines run in capacity that is paid for whether they run or not.

use super::{
    commitments::{capacity_arn, has_ended},
    machines::state,
};
use crate::{
    provider::aws::{
        ec2::wire::{CapacityReservation, Machine},
        seat::Seat,
    },
    window::Window,
};

/// The capacity reservation or block that a machine runs in. When the machine stops, its hours are billed as hours of
/// unused capacity instead, at the same price, until somebody lowers the reservation.
///
/// The machine says so itself. Of what was `listed`, what has ended by the end of the window holds nobody any more; what was
/// not listed, because that was refused or another account shares it, holds it as far as anybody knows.
pub(in super::super) fn reserved_in(
    seat: &Seat,
    machine: &Machine,
    listed: &[CapacityReservation],
    window: Window,
) -> Option<String> {
    if state(machine) != Some("running") {
        return None;
    }
    let id = machine.capacity_reservation_id.as_ref().or(machine.capacity_block_id.as_ref())?;
    let found = listed.iter().find(|said| said.reservation_id.as_ref() == Some(id));
    match found {
        Some(said) if has_ended(said, window) => None,
        Some(said) => capacity_arn(seat, said),
        None => Some(id.clone()),
    }
}

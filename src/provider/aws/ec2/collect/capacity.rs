//! Capacity reservations and Reserved Instances.

use aws_sdk_ec2::types::{
    CapacityReservation as SdkCapacityReservation, ReservedInstances as SdkReservedInstances,
};

use crate::provider::aws::{
    ec2::wire::{CapacityReservation, ReservedInstances},
    instant::instant,
    listed::Listed,
    seat::Seat,
};

/// Capacity reservations and blocks in every state, those that others share included.
pub(in super::super) async fn capacity_reservations(seat: &Seat) -> Listed<CapacityReservation> {
    let client = seat.ec2();
    let mut found = Vec::new();
    let asked = seat
        .pages(
            "ec2:DescribeCapacityReservations",
            |token| {
                let request = client.describe_capacity_reservations().max_results(1000);
                request.set_next_token(token).send()
            },
            |page| {
                let reservations = page.capacity_reservations.unwrap_or_default();
                found.extend(reservations.into_iter().map(capacity_reservation));
                page.next_token
            },
        )
        .await;
    Listed::new(found, asked)
}

/// Reserved Instances in every state. There are no pages.
pub(in super::super) async fn reserved_instances(seat: &Seat) -> Listed<ReservedInstances> {
    let client = seat.ec2();
    let operation = "ec2:DescribeReservedInstances";
    match seat.ask(operation, || client.describe_reserved_instances().send()).await {
        Ok(said) => {
            let said = said.reserved_instances.unwrap_or_default();
            Listed::new(said.into_iter().filter_map(reserved).collect(), Ok(()))
        }
        Err(error) => Listed::new(Vec::new(), Err(error)),
    }
}

fn capacity_reservation(said: SdkCapacityReservation) -> CapacityReservation {
    CapacityReservation {
        arn: said.capacity_reservation_arn,
        reservation_id: said.capacity_reservation_id,
        instance_type: said.instance_type,
        platform: said.instance_platform.map(|it| it.as_str().to_owned()),
        tenancy: said.tenancy.map(|it| it.as_str().to_owned()),
        owner_id: said.owner_id,
        payer_id: said.unused_reservation_billing_owner_id,
        state: said.state.map(|it| it.as_str().to_owned()),
        reservation_type: said.reservation_type.map(|it| it.as_str().to_owned()),
        total_count: said.total_instance_count.map(i64::from),
        available_count: said.available_instance_count.map(i64::from),
        starts_at: instant(said.start_date.as_ref()),
        ends_at: instant(said.end_date.as_ref()),
    }
}

fn reserved(said: SdkReservedInstances) -> Option<ReservedInstances> {
    let recurring = said.recurring_charges.unwrap_or_default().into_iter();
    Some(ReservedInstances {
        id: said.reserved_instances_id?,
        instance_type: said.instance_type.map(|it| it.as_str().to_owned()),
        state: said.state.map(|it| it.as_str().to_owned()),
        count: said.instance_count.map(i64::from),
        starts_at: instant(said.start.as_ref()),
        ends_at: instant(said.end.as_ref()),
        duration_seconds: said.duration,
        currency: said.currency_code.map(|it| it.as_str().to_owned()),
        fixed_price: said.fixed_price.map(f64::from),
        recurring_charges: recurring
            .map(|charge| (charge.frequency.map(|it| it.as_str().to_owned()), charge.amount))
            .collect(),
    })
}

//! Machines in capacity that is paid for whether they run or not, and lists that say the same thing twice.

use super::script::{RUNNING, ec2, instance, instances, observed, refusal, row, server};
use crate::provider::aws::scripted::Server;

const ARN: &str = "arn:aws:ec2:us-east-1:111122223333:capacity-reservation/cr-1";
const IN_CR_1: &str = "<instanceState><name>running</name></instanceState>\
    <capacityReservationId>cr-1</capacityReservationId>";

fn reservation(state: &str, more: &str) -> String {
    format!(
        "<item><capacityReservationId>cr-1</capacityReservationId><capacityReservationArn>{ARN}</capacityReservationArn>\
         <ownerId>111122223333</ownerId><instanceType>g5.xlarge</instanceType><totalInstanceCount>2</totalInstanceCount>\
         <availableInstanceCount>1</availableInstanceCount><state>{state}</state>\
         <startDate>2026-06-01T00:00:00.000Z</startDate>{more}</item>"
    )
}

/// A machine, and what is listed of reservations.
fn with(machine: &str, reservations: &str) -> Server {
    let page = instances(&instance("i-1", "g5.xlarge", machine), "");
    let set = format!("<capacityReservationSet>{reservations}</capacityReservationSet>");
    server(move |asked| match asked.action() {
        "DescribeInstances" => Some((200, page.clone())),
        "DescribeCapacityReservations" => Some((200, ec2("DescribeCapacityReservations", &set))),
        _ => None,
    })
}

fn reserved_in(machine: &str, reservations: &str) -> Option<String> {
    row(&observed(&with(machine, reservations)).unwrap(), "i-1").reserved_in.clone()
}

#[test]
fn a_machine_in_an_active_reservation_is_reserved_as_long_as_that_is() {
    let active = reservation("active", "");
    assert_eq!(reserved_in(IN_CR_1, &active).as_deref(), Some(ARN));
    assert_eq!(reserved_in(RUNNING, &active), None, "it runs beside it");
    assert_eq!(reserved_in(IN_CR_1, &reservation("cancelled", "")), None);
    let ends = |at: &str| reservation("active", &format!("<endDate>{at}</endDate>"));
    assert_eq!(reserved_in(IN_CR_1, &ends("2026-10-31T00:00:00.000Z")), None, "the window's end");
    assert!(reserved_in(IN_CR_1, &ends("2026-12-31T00:00:00.000Z")).is_some());
}

#[test]
fn a_reservation_that_another_account_shares_holds_its_machines_too() {
    assert_eq!(reserved_in(IN_CR_1, "").as_deref(), Some("cr-1"));
    let page = instances(&instance("i-1", "g5.xlarge", IN_CR_1), "");
    let refused = server(move |asked| match asked.action() {
        "DescribeInstances" => Some((200, page.clone())),
        "DescribeCapacityReservations" => Some(refusal("UnauthorizedOperation", "no")),
        _ => None,
    });
    let found = observed(&refused).unwrap();
    assert_eq!(
        row(&found, "i-1").reserved_in.as_deref(),
        Some("cr-1"),
        "nobody knows that it ended"
    );
}

#[test]
fn a_machine_in_a_capacity_block_is_paid_in_advance_and_held_by_it() {
    let block = "<instanceState><name>running</name></instanceState>\
        <instanceLifecycle>capacity-block</instanceLifecycle><capacityBlockId>cb-1</capacityBlockId>";
    let found = observed(&with(block, "")).unwrap();
    let row = row(&found, "i-1");
    let expected = (Some("committed"), Some("cb-1"));
    assert_eq!((row.purchase_option.as_deref(), row.reserved_in.as_deref()), expected);
}

#[test]
fn a_machine_that_is_stopped_is_in_no_reservation() {
    let stopped = IN_CR_1.replace("running", "stopped");
    assert_eq!(reserved_in(&stopped, &reservation("active", "")), None);
}

#[test]
fn a_page_of_reservations_that_comes_twice_commits_to_nothing_twice() {
    let capacity = reservation("active", "");
    let reserved = "<item><reservedInstancesId>r-1</reservedInstancesId><instanceType>g5.xlarge</instanceType>\
        <instanceCount>2</instanceCount><state>active</state><duration>31536000</duration>\
        <start>2026-06-01T00:00:00.000Z</start><end>2027-06-01T00:00:00.000Z</end>\
        <fixedPrice>876.0</fixedPrice><currencyCode>USD</currencyCode></item>";
    let server = server(move |asked| match asked.action() {
        "DescribeCapacityReservations" => {
            let next =
                if asked.body.contains("NextToken=") { "" } else { "<nextToken>a</nextToken>" };
            let set = format!("<capacityReservationSet>{capacity}</capacityReservationSet>{next}");
            Some((200, ec2("DescribeCapacityReservations", &set)))
        }
        "DescribeReservedInstances" => {
            let set = format!("<reservedInstancesSet>{reserved}{reserved}</reservedInstancesSet>");
            Some((200, ec2("DescribeReservedInstances", &set)))
        }
        _ => None,
    });
    let found = observed(&server).unwrap();
    assert_eq!(server.asked("DescribeCapacityReservations").len(), 2);
    let ids: Vec<&str> = found.commitments.iter().map(|row| row.commitment_id.as_str()).collect();
    assert_eq!(ids, [ARN, "arn:aws:ec2:us-east-1:111122223333:reserved-instances/r-1"]);
}

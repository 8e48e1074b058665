//! Answers of EC2 and Auto Scaling, as XML.

use crate::{
    catalog::Catalog,
    frame::{InstantMs, ResourceRow},
    provider::{
        aws::{
            ec2::observe,
            observed::Observed,
            scripted::{Asked, Server, run, seat_at},
            seat::Seat,
        },
        call::CallError,
    },
    window::{MS_PER_HOUR, Window},
};

/// 2026-10-01 to 2026-10-31.
pub(super) const WINDOW: Window = Window { start: 497_448, end: 498_168 };

/// What is seen of a server in October.
pub(super) fn observed(server: &Server) -> Result<Observed, CallError> {
    let catalog = Catalog::embedded().unwrap();
    run(observe(&server.seat(), WINDOW, &catalog))
}

/// The row of one thing.
pub(super) fn row<'a>(observed: &'a Observed, id: &str) -> &'a ResourceRow {
    observed.resources.iter().find(|row| row.resource_id.ends_with(id)).unwrap()
}

/// A state of a machine.
pub(super) const RUNNING: &str = "<instanceState><name>running</name></instanceState>";

/// An answer of EC2.
pub(super) fn ec2(action: &str, fields: &str) -> String {
    format!(
        "<{action}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
         <requestId>1</requestId>{fields}</{action}Response>"
    )
}

/// An answer of Auto Scaling.
pub(super) fn autoscaling(action: &str, fields: &str) -> String {
    format!(
        "<{action}Response xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\">\
         <{action}Result>{fields}</{action}Result></{action}Response>"
    )
}

/// A refusal of EC2.
pub(super) fn refusal(code: &str, message: &str) -> (u16, String) {
    let error = format!("<Code>{code}</Code><Message>{message}</Message>");
    let body = format!("<Response><Errors><Error>{error}</Error></Errors></Response>");
    (403, body)
}

/// One machine.
pub(super) fn instance(id: &str, instance_type: &str, more: &str) -> String {
    format!(
        "<item><instanceId>{id}</instanceId><instanceType>{instance_type}</instanceType>\
         <placement><availabilityZone>us-east-1b</availabilityZone></placement>{more}</item>"
    )
}

/// A page of machines.
pub(super) fn instances(items: &str, next: &str) -> String {
    let set = format!(
        "<reservationSet><item><instancesSet>{items}</instancesSet></item></reservationSet>"
    );
    ec2("DescribeInstances", &format!("{set}{next}"))
}

/// A server that knows what a test says, and has nothing of everything else.
pub(super) fn server(
    answer: impl Fn(&Asked) -> Option<(u16, String)> + Send + Sync + 'static,
) -> Server {
    Server::start(move |asked| {
        answer(asked).unwrap_or_else(|| {
            let action = asked.action();
            let body = match action {
                "DescribeAutoScalingGroups" | "DescribeScheduledActions" | "DescribePolicies" => {
                    autoscaling(action, "")
                }
                _ => ec2(action, ""),
            };
            (200, body)
        })
    })
}

/// An hour as an instant.
#[expect(clippy::unnecessary_wraps, reason = "as the fields have it")]
pub(super) fn hour(number: i64) -> Option<InstantMs> {
    Some(InstantMs(number * MS_PER_HOUR))
}

/// An account that is not asked.
pub(super) fn seat() -> Seat {
    seat_at("http://127.0.0.1:1")
}

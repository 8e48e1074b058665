//! What of EC2 and Auto Scaling is answered where no `moto` is behind: documents as they were put there, all on one page.

use serde_json::{Value, json};

use super::{
    answer::{Answer, Refusal},
    call::Call,
    ec2,
    estate::Estate,
    xml,
};

pub(super) fn answer(estate: &Estate, call: &Call) -> Result<Answer, Refusal> {
    let documents = |kind| estate.documents(&call.account, &call.region, kind);
    match call.action().as_str() {
        "ec2:DescribeInstances" => {
            let sets: Vec<Value> = documents("Instance")
                .iter()
                .map(|machine| json!({ "reservationId": "r-1", "instancesSet": [machine] }))
                .collect();
            Ok(Answer::Xml(ec2::response(call, &json!({ "reservationSet": sets }))))
        }
        "ec2:DescribeVolumes" => {
            let is_wanted = |volume: &&Value| {
                let wanted = call.numbered("Filter.1.Value");
                let attached = volume["attachmentSet"][0]["instanceId"].as_str();
                wanted.is_empty() || attached.is_some_and(|id| wanted.contains(&id))
            };
            let found: Vec<&Value> = documents("Volume").iter().filter(is_wanted).collect();
            Ok(Answer::Xml(ec2::response(call, &json!({ "volumeSet": found }))))
        }
        "ec2:DescribeInstanceTypes" => {
            Ok(Answer::Xml(ec2::response(call, &json!({ "instanceTypeSet": [] }))))
        }
        "autoscaling:DescribeAutoScalingGroups" => {
            Ok(list(call, "AutoScalingGroups", documents("AutoScalingGroup")))
        }
        "autoscaling:DescribeScheduledActions" => {
            Ok(list(call, "ScheduledUpdateGroupActions", &[]))
        }
        "autoscaling:DescribePolicies" => Ok(list(call, "ScalingPolicies", &[])),
        _ => Err(Refusal::unknown_operation(call)),
    }
}

fn list(call: &Call, name: &str, members: &[Value]) -> Answer {
    let operation = &call.operation;
    let fields = xml::elements(&json!({ name: members }), "member");
    Answer::Xml(format!(
        "<{operation}Response><{operation}Result>{fields}</{operation}Result></{operation}Response>"
    ))
}

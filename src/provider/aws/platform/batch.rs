//! Machines of Batch: what runs on them are jobs, and some are kept without any.

use std::collections::BTreeMap;

use super::wire::ComputeEnvironment;
use crate::frame::{ResourceRow, WorkloadRow};

/// The tag that Batch puts on its machines.
const SERVICE_TAG: &str = "AWSBatchServiceTag";

/// What Batch puts between the name of an environment and a number in the name of its Auto Scaling group.
const GROUP_MARK: &str = "-asg-";

/// Whether a machine may belong to Batch.
pub(super) fn is_candidate(tags: &BTreeMap<String, String>) -> bool {
    tags.contains_key(SERVICE_TAG) || environment_name(tags).is_some()
}

/// The environment's name in that of the group: `AWSBatch-NAME-asg-…`, or `NAME-asg-…` of older ones.
fn environment_name(tags: &BTreeMap<String, String>) -> Option<&str> {
    let (name, _) = tags.get("aws:autoscaling:groupName")?.rsplit_once(GROUP_MARK)?;
    Some(name.strip_prefix("AWSBatch-").unwrap_or(name))
}

/// The environment that a machine belongs to: the one its group names, else, of a machine that Batch tagged, the only one that
/// has machines of this type. `None`: it belongs to none, or it is not clear to which.
pub(super) fn environment_of<'a>(
    machine: &ResourceRow,
    tags: &BTreeMap<String, String>,
    environments: &'a [ComputeEnvironment],
) -> Option<&'a ComputeEnvironment> {
    let has_machines = |environment: &&ComputeEnvironment| {
        matches!(environment.resource_type.as_deref(), Some("EC2" | "SPOT"))
    };
    let name = environment_name(tags);
    let named = environments
        .iter()
        .filter(has_machines)
        .find(|environment| name == Some(environment.name.as_str()));
    let by_type = || {
        let instance_type = machine.instance_type.as_deref()?;
        let mut fitting = environments
            .iter()
            .filter(has_machines)
            .filter(|environment| has_type(environment, instance_type));
        let only = fitting.next()?;
        fitting.next().is_none().then_some(only)
    };
    named.or_else(|| tags.contains_key(SERVICE_TAG).then(by_type).flatten())
}

fn has_type(environment: &ComputeEnvironment, instance_type: &str) -> bool {
    let family = instance_type.split('.').next();
    environment
        .instance_types
        .iter()
        .any(|name| name == instance_type || Some(name.as_str()) == family)
}

/// Marks a machine of an environment. Batch ends machines that have no work, but keeps as many as the environment asks for:
/// as long as it wants no more than those, nothing scales.
pub(super) fn mark(machine: &mut ResourceRow, environment: &ComputeEnvironment) {
    machine.has_scaling = match (environment.min_vcpu_count, environment.desired_vcpu_count) {
        (Some(0), _) => Some(true),
        (Some(kept), Some(wanted)) => Some(wanted > kept),
        _ => None,
    };
    #[expect(clippy::cast_precision_loss, reason = "a count of processors")]
    let kept = environment
        .min_vcpu_count
        .zip(machine.vcpu_count)
        .filter(|(_, each)| *each > 0)
        .map(|(kept, each)| (kept as f64 / each as f64).ceil());
    machine.scaling_min_count = kept;
}

/// Who uses a machine of an environment: its jobs. `None`: since when is not known.
pub(super) fn workload(
    machine: &ResourceRow,
    environment: &ComputeEnvironment,
    workload_id: String,
) -> Option<WorkloadRow> {
    Some(WorkloadRow {
        workload_id,
        cluster: environment.name.clone(),
        namespace: "batch".to_owned(),
        name: environment.name.clone(),
        resource_id: Some(machine.resource_id.clone()),
        kind: Some("batch".to_owned()),
        started_at: machine.launched_at?,
        ended_at: machine.stopped_at,
        ..WorkloadRow::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::InstantMs;

    fn environment(name: &str, min: i64, desired: i64) -> ComputeEnvironment {
        ComputeEnvironment {
            arn: format!("arn:aws:batch:eu-west-1:111122223333:compute-environment/{name}"),
            name: name.to_owned(),
            resource_type: Some("EC2".to_owned()),
            min_vcpu_count: Some(min),
            desired_vcpu_count: Some(desired),
            instance_types: vec!["g5".to_owned()],
        }
    }

    fn machine() -> ResourceRow {
        ResourceRow {
            resource_id: "aws:111122223333:eu-west-1:i-1".to_owned(),
            instance_type: Some("g5.xlarge".to_owned()),
            vcpu_count: Some(4),
            launched_at: Some(InstantMs(7)),
            ..ResourceRow::default()
        }
    }

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn found<'a>(
        pairs: &[(&str, &str)],
        environments: &'a [ComputeEnvironment],
    ) -> Option<&'a str> {
        environment_of(&machine(), &tags(pairs), environments).map(|found| found.name.as_str())
    }

    #[test]
    fn a_machine_belongs_to_the_environment_that_its_group_is_named_after() {
        let both = [environment("train-asg-1", 0, 0), environment("train", 0, 0)];
        let group = |name| [("aws:autoscaling:groupName", name)];
        assert_eq!(found(&group("AWSBatch-train-asg-640012bd"), &both), Some("train"));
        assert_eq!(found(&group("train-asg-1-asg-640012bd"), &both), Some("train-asg-1"));
        assert_eq!(found(&group("web-asg-1"), &both), None);
        assert_eq!(found(&group("train"), &both), None);
    }

    #[test]
    fn a_machine_that_batch_tagged_belongs_to_the_only_environment_with_its_type() {
        let tagged = [(SERVICE_TAG, "batch")];
        assert!(is_candidate(&tags(&tagged)));
        let cpu = ComputeEnvironment {
            instance_types: vec!["c7i".to_owned()],
            ..environment("cpu", 0, 0)
        };
        assert_eq!(found(&tagged, &[environment("train", 0, 0), cpu.clone()]), Some("train"));
        let two = [environment("train", 0, 0), environment("infer", 0, 0)];
        assert_eq!(found(&tagged, &two), None);
        assert_eq!(found(&[], &[environment("train", 0, 0)]), None);
        let fargate = ComputeEnvironment {
            resource_type: Some("FARGATE".to_owned()),
            ..environment("train", 0, 0)
        };
        assert_eq!(found(&tagged, &[fargate]), None);
    }

    #[test]
    fn machines_that_an_environment_keeps_without_work_do_not_scale() {
        let marked = |min, desired| {
            let mut row = machine();
            mark(&mut row, &environment("train", min, desired));
            (row.has_scaling, row.scaling_min_count)
        };
        assert_eq!(marked(0, 16), (Some(true), Some(0.0)));
        assert_eq!(marked(16, 16), (Some(false), Some(4.0)));
        assert_eq!(marked(6, 16), (Some(true), Some(2.0)));
    }

    #[test]
    fn what_an_environment_does_not_tell_is_not_known() {
        let mut row = ResourceRow { has_scaling: Some(false), ..machine() };
        mark(&mut row, &ComputeEnvironment::default());
        assert_eq!((row.has_scaling, row.scaling_min_count), (None, None));
    }

    #[test]
    fn the_work_on_a_machine_of_batch_is_batch() {
        let row = workload(&machine(), &environment("train", 0, 0), "id".to_owned()).unwrap();
        assert_eq!((row.kind.as_deref(), row.started_at), (Some("batch"), InstantMs(7)));
        assert_eq!(row.resource_id.as_deref(), Some("aws:111122223333:eu-west-1:i-1"));
        let ageless = ResourceRow { launched_at: None, ..machine() };
        assert_eq!(workload(&ageless, &environment("train", 0, 0), "id".to_owned()), None);
    }
}

//! Jobs: when they had machines, and how those were paid.

use super::{arn, at, read};
use crate::{
    frame::{ResourceRow, WorkloadRow},
    provider::aws::{
        observed::{MetricSource, Observed, SpotShare},
        sagemaker::wire::{Job, JobKind, Machines, Region},
    },
};

/// A training job on two machines that began a day before the window and ended in its tenth hour.
fn training() -> Job {
    Job {
        arn: arn("training-job/Fine-Tune-7"),
        name: "Fine-Tune-7".to_owned(),
        status: Some("Completed".to_owned()),
        started_at: Some(at(-24)),
        ended_at: Some(at(10)),
        machines: vec![machines("ml.g5.12xlarge", 2)],
        is_spot: Some(false),
        training_seconds: Some(34 * 3600),
        billable_seconds: Some(34 * 3600),
        ..Job::default()
    }
}

fn machines(instance_type: &str, count: i32) -> Machines {
    Machines { instance_type: Some(instance_type.to_owned()), count: Some(count) }
}

fn seen(job: Job) -> Observed {
    read(&Region { jobs: vec![job], ..Region::default() })
}

fn row(job: Job) -> ResourceRow {
    seen(job).resources.remove(0)
}

#[test]
fn a_job_that_began_before_the_window_and_ended_inside_is_there_with_all_its_machines() {
    let expected = ResourceRow {
        resource_id: "aws:111122223333:eu-west-1:training-job/fine-tune-7".to_owned(),
        provider: "aws".to_owned(),
        account_id: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        name: Some("Fine-Tune-7".to_owned()),
        instance_type: Some("ml.g5.12xlarge".to_owned()),
        kind: "job".to_owned(),
        state: Some("completed".to_owned()),
        purchase_option: Some("on_demand".to_owned()),
        launched_at: Some(at(-24)),
        stopped_at: Some(at(10)),
        gpu_model: Some("A10G".to_owned()),
        gpu_count: Some(4.0),
        gpu_mem_gib_per_gpu: Some(22.35),
        vcpu_count: Some(48),
        mem_gib: Some(192.0),
        unit_count: Some(2.0),
        billed_hours: Some(34.0),
        tags_json: "{}".to_owned(),
        ..ResourceRow::default()
    };
    assert_eq!(row(training()), expected);
}

#[test]
fn the_work_of_a_job_holds_the_accelerators_of_all_its_machines() {
    let expected = WorkloadRow {
        workload_id: "aws:111122223333:eu-west-1:training-job/fine-tune-7".to_owned(),
        cluster: "sagemaker".to_owned(),
        name: "Fine-Tune-7".to_owned(),
        resource_id: Some("aws:111122223333:eu-west-1:training-job/fine-tune-7".to_owned()),
        kind: Some("training".to_owned()),
        gpu_requested_count: Some(8.0),
        started_at: at(-24),
        ended_at: Some(at(10)),
        ..WorkloadRow::default()
    };
    assert_eq!(seen(training()).workloads, [expected]);
}

#[test]
fn a_job_of_another_time_or_without_machines_is_left_out() {
    let is_there = |job| !seen(job).resources.is_empty();
    assert!(is_there(training()));
    assert!(!is_there(Job { ended_at: Some(at(0)), ..training() }));
    assert!(!is_there(Job { started_at: Some(at(720)), ended_at: None, ..training() }));
    let failed = Job { status: Some("Failed".to_owned()), started_at: None, ..training() };
    assert!(!is_there(failed));
}

#[test]
fn a_job_that_was_only_listed_is_there_without_machines_or_a_start() {
    let listed = Job {
        is_only_listed: true,
        arn: arn("training-job/Fine-Tune-7"),
        name: "Fine-Tune-7".to_owned(),
        status: Some("Completed".to_owned()),
        ended_at: Some(at(10)),
        ..Job::default()
    };
    let seen = seen(listed);
    let expected = ResourceRow {
        resource_id: "aws:111122223333:eu-west-1:training-job/fine-tune-7".to_owned(),
        provider: "aws".to_owned(),
        account_id: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        name: Some("Fine-Tune-7".to_owned()),
        kind: "job".to_owned(),
        state: Some("completed".to_owned()),
        stopped_at: Some(at(10)),
        tags_json: "{}".to_owned(),
        ..ResourceRow::default()
    };
    assert_eq!(seen.resources, [expected]);
    assert_eq!((seen.workloads, seen.metered), (vec![], vec![]));
}

#[test]
fn managed_spot_and_places_for_checkpoints_are_told() {
    let spot = row(Job { is_spot: Some(true), has_checkpoint_place: true, ..training() });
    assert_eq!((spot.purchase_option.as_deref(), spot.has_checkpoint), (Some("spot"), Some(true)));
    // Without a place the script may save checkpoints by itself.
    assert_eq!(row(training()).has_checkpoint, None);
    assert_eq!(row(Job { is_spot: None, ..training() }).purchase_option, None);
}

#[test]
fn a_job_is_billed_by_the_seconds_that_aws_says_and_by_those_its_machines_were_kept() {
    let billed = |job| row(job).billed_hours;
    let spot = || Job { is_spot: Some(true), billable_seconds: Some(12 * 3600), ..training() };
    assert_eq!(billed(spot()), Some(12.0));
    let kept = Job { retained_seconds: Some(1800), ..spot() };
    assert_eq!(billed(Job { warm_pool_status: Some("Terminated".to_owned()), ..kept }), Some(12.5));
    let early = Job { billable_seconds: None, ..training() };
    assert_eq!(billed(early), None, "jobs that failed early do not say");
    let running = Job { status: Some("InProgress".to_owned()), ended_at: None, ..training() };
    assert_eq!(billed(running), None, "what it comes to is not settled");
}

#[test]
fn a_training_plan_is_paid_already() {
    let planned = Job { plan_arn: Some(arn("training-plan/p")), ..training() };
    assert_eq!(row(planned).purchase_option.as_deref(), Some("committed"));
}

#[test]
fn machines_that_were_kept_after_the_work_were_paid_after_it() {
    let kept = Job {
        warm_pool_status: Some("Terminated".to_owned()),
        retained_seconds: Some(2 * 3600),
        ..training()
    };
    let seen = seen(kept);
    let row = &seen.resources[0];
    assert_eq!((row.state.as_deref(), row.stopped_at), (Some("completed"), Some(at(12))));
    assert_eq!(seen.workloads[0].ended_at, Some(at(10)));
    assert_eq!(seen.metered[0].ended_at, Some(at(10)));
}

#[test]
fn a_job_that_ended_before_the_window_counts_while_its_machines_are_kept() {
    let kept = |status: &str, seconds| Job {
        ended_at: Some(at(-1)),
        warm_pool_status: Some(status.to_owned()),
        retained_seconds: Some(seconds),
        ..training()
    };
    assert_eq!(row(kept("Reused", 2 * 3600)).stopped_at, Some(at(1)));
    assert!(seen(kept("Reused", 1800)).resources.is_empty());
    let waiting = row(kept("Available", 0));
    assert_eq!((waiting.state.as_deref(), waiting.stopped_at), (Some("stopped_billed"), None));
}

#[test]
fn machines_that_were_kept_for_a_job_that_never_came_are_named() {
    let because = |status: &str, seconds| {
        let job = Job {
            warm_pool_status: Some(status.to_owned()),
            retained_seconds: Some(seconds),
            ..training()
        };
        let jobs = vec![job.clone(), job];
        let gaps = read(&Region { jobs, ..Region::default() }).gaps;
        gaps.into_iter().next().map(|gap| gap.because)
    };
    assert_eq!(
        because("Terminated", 3600).as_deref(),
        Some(
            "after 2 jobs none came, and 4 hours of machines were paid until they were given back"
        )
    );
    assert_eq!(because("Reused", 3600), None);
    assert_eq!(because("Terminated", 60), None, "a minute is not worth a word");
}

#[test]
fn the_dearest_managed_spot_job_of_a_machine_type_says_which_part_of_the_price_spot_is() {
    let spot = |instance_type: &str, billable_seconds| Job {
        machines: vec![machines(instance_type, 2)],
        is_spot: Some(true),
        training_seconds: Some(1000),
        billable_seconds: Some(billable_seconds),
        ..training()
    };
    let jobs = vec![
        spot("ml.g5.2xlarge", 300),
        spot("ml.g5.2xlarge", 400),
        Job { is_spot: Some(false), ..spot("ml.g5.2xlarge", 900) },
        spot("ml.g5.xlarge", 1000),
    ];
    let expected = SpotShare {
        region: "eu-west-1".to_owned(),
        instance_type: "ml.g5.2xlarge".to_owned(),
        ratio: 0.4,
    };
    assert_eq!(read(&Region { jobs, ..Region::default() }).spot_shares, [expected]);
}

#[test]
fn a_running_job_has_no_end() {
    let row = row(Job { status: Some("InProgress".to_owned()), ended_at: None, ..training() });
    assert_eq!((row.state.as_deref(), row.stopped_at), (Some("running"), None));
}

#[test]
fn a_status_that_nobody_knows_leaves_the_state_open() {
    let row = row(Job { status: Some("Paused".to_owned()), ..training() });
    assert_eq!((row.state, row.stopped_at), (None, Some(at(10))));
}

#[test]
fn machines_of_several_types_have_no_common_type_or_divisor() {
    let machines = vec![machines("ml.g5.12xlarge", 2), machines("ml.c5.18xlarge", 4)];
    let seen = seen(Job { machines, ..training() });
    let row = &seen.resources[0];
    assert_eq!((row.instance_type.clone(), row.gpu_count, row.unit_count), (None, None, Some(6.0)));
    assert_eq!(seen.metered[0].gpu_count, None);
    assert_eq!(seen.workloads[0].gpu_requested_count, None);
}

#[test]
fn a_type_without_accelerators_has_none_to_measure_and_one_that_is_new_is_not_known() {
    let count = |name: &str| {
        let job = Job { machines: vec![machines(name, 1)], ..training() };
        seen(job).metered[0].gpu_count
    };
    let counts = ["ml.g5.12xlarge", "ml.m5.xlarge", "ml.p9.96xlarge"].map(count);
    assert_eq!(counts, [Some(4.0), Some(0.0), None]);
}

#[test]
fn a_job_that_pays_by_the_token_has_neither_machines_nor_their_metrics() {
    let seen = seen(Job { machines: vec![], ..training() });
    let row = &seen.resources[0];
    assert_eq!((row.unit_count, row.purchase_option.clone()), (None, None));
    assert_eq!(seen.metered, []);
}

#[test]
fn runs_of_one_search_belong_together() {
    let parent_arn = Some(arn("hyper-parameter-tuning-job/Search-3"));
    let work = seen(Job { parent_arn, ..training() }).workloads.remove(0);
    assert_eq!(work.workload_id, "aws:111122223333:eu-west-1:hyper-parameter-tuning-job/search-3");
    assert_eq!((work.name.as_str(), work.unit_name.as_deref()), ("Search-3", Some("Fine-Tune-7")));
}

#[test]
fn processing_and_transform_jobs_have_no_spot_capacity_and_metrics_of_their_own() {
    let of = |kind| {
        let seen = seen(Job { kind, is_spot: None, ..training() });
        let MetricSource::Job { namespace, .. } = &seen.metered[0].source else { panic!() };
        let row = &seen.resources[0];
        (row.purchase_option.clone(), seen.workloads[0].kind.clone(), namespace.clone())
    };
    let on_demand = || Some("on_demand".to_owned());
    let processing = (on_demand(), Some("processing".to_owned()), "ProcessingJobs".to_owned());
    assert_eq!(of(JobKind::Processing), processing);
    assert_eq!(
        of(JobKind::Transform),
        (on_demand(), Some("batch".to_owned()), "TransformJobs".to_owned())
    );
}

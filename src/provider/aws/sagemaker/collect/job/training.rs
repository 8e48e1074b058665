//! Training jobs. Runs of a search for parameters or models are training jobs like others, and name the search.

use aws_sdk_sagemaker::{
    operation::describe_training_job::DescribeTrainingJobOutput,
    types::{ResourceConfig, TrainingJobStatus, TrainingJobSummary},
};

use crate::{
    provider::{
        aws::sagemaker::{
            collect::{Noted, PAGE_SIZE, Reader, instant},
            wire::{Job, JobKind, ListedJob, Machines},
        },
        call::CallError,
    },
    snapshot::Gap,
};

impl Reader<'_> {
    /// Jobs that changed since the window began, and those that go on unchanged since before.
    pub(super) async fn training_jobs(&self) -> Noted<Vec<Job>> {
        let mut gaps = Vec::new();
        let mut listed = self.listed_training_jobs(None, &mut gaps).await;
        if gaps.is_empty() {
            let running = Some(TrainingJobStatus::InProgress);
            listed.extend(self.listed_training_jobs(running, &mut gaps).await);
        }
        let describe = |name| self.training_job(name);
        let jobs = self.described(JobKind::Training, listed, describe, &mut gaps).await;
        (jobs, gaps)
    }

    async fn listed_training_jobs(
        &self,
        status: Option<TrainingJobStatus>,
        gaps: &mut Vec<Gap>,
    ) -> Vec<ListedJob> {
        let since = status.is_none().then(|| self.starts_at());
        let mut found = Vec::new();
        let send = |token| {
            self.client
                .list_training_jobs()
                .set_last_modified_time_after(since)
                .set_status_equals(status.clone())
                .creation_time_before(self.ends_at())
                .max_results(PAGE_SIZE)
                .set_next_token(token)
                .send()
        };
        let pages = self.seat.pages("sagemaker:ListTrainingJobs", send, |page| {
            let summaries = page.training_job_summaries.unwrap_or_default();
            found.extend(summaries.into_iter().filter_map(listed));
            page.next_token
        });
        self.note(pages.await, "training jobs of this region", gaps);
        found
    }

    async fn training_job(&self, name: String) -> Result<Job, CallError> {
        let send = || self.client.describe_training_job().training_job_name(&name).send();
        Ok(job(self.seat.ask("sagemaker:DescribeTrainingJob", send).await?))
    }
}

fn listed(said: TrainingJobSummary) -> Option<ListedJob> {
    let warm_pool = said.warm_pool_status.as_ref();
    Some(ListedJob {
        warm_pool_status: warm_pool
            .and_then(|pool| pool.status.as_ref())
            .map(|status| status.as_str().to_owned()),
        retained_seconds: warm_pool
            .and_then(|pool| pool.resource_retained_billable_time_in_seconds),
        arn: said.training_job_arn?,
        name: said.training_job_name?,
        status: said.training_job_status.map(|status| status.as_str().to_owned()),
        created_at: instant(said.creation_time),
        ended_at: instant(said.training_end_time),
    })
}

fn job(said: DescribeTrainingJobOutput) -> Job {
    let warm_pool = said.warm_pool_status.as_ref();
    let resources = said.resource_config.as_ref();
    Job {
        kind: JobKind::Training,
        status: said.training_job_status.map(|status| status.as_str().to_owned()),
        started_at: instant(said.training_start_time),
        ended_at: instant(said.training_end_time),
        machines: match said.serverless_job_config {
            Some(_) => Vec::new(),
            None => resources.map(machines).unwrap_or_default(),
        },
        is_spot: said.enable_managed_spot_training,
        has_checkpoint_place: said.checkpoint_config.is_some_and(|it| it.s3_uri.is_some()),
        training_seconds: said.training_time_in_seconds,
        billable_seconds: said.billable_time_in_seconds,
        warm_pool_status: warm_pool
            .and_then(|pool| pool.status.as_ref())
            .map(|status| status.as_str().to_owned()),
        retained_seconds: warm_pool
            .and_then(|pool| pool.resource_retained_billable_time_in_seconds),
        plan_arn: resources.and_then(|config| config.training_plan_arn.clone()),
        parent_arn: said.tuning_job_arn.or(said.auto_ml_job_arn).or(said.labeling_job_arn),
        ..Job::default()
    }
}

/// Of several types that a job would take, the one that it got; else its groups; else what it asked for.
fn machines(said: &ResourceConfig) -> Vec<Machines> {
    let groups = said.instance_groups.as_deref().unwrap_or_default();
    let has_choice = said.instance_preferences.as_deref().is_some_and(|list| !list.is_empty());
    if has_choice || said.selected_instance_type.is_some() {
        let name = said.selected_instance_type.as_ref().map(|name| name.as_str().to_owned());
        let count = said.selected_instance_count.or(said.instance_count);
        return vec![Machines { instance_type: name, count }];
    }
    if !groups.is_empty() {
        let of_group = groups.iter().map(|group| Machines {
            instance_type: group.instance_type.as_ref().map(|name| name.as_str().to_owned()),
            count: group.instance_count,
        });
        return of_group.collect();
    }
    let name = said.instance_type.as_ref().map(|name| name.as_str().to_owned());
    vec![Machines { instance_type: name, count: said.instance_count }]
}

#[cfg(test)]
mod tests {
    use aws_sdk_sagemaker::types::{InstanceGroup, InstancePreference, TrainingInstanceType};

    use super::*;

    fn machines_of(instance_type: &str, count: i32) -> Machines {
        Machines { instance_type: Some(instance_type.to_owned()), count: Some(count) }
    }

    #[test]
    fn of_several_types_the_one_that_ran_counts() {
        let config = ResourceConfig::builder()
            .instance_preferences(InstancePreference::builder().build())
            .instance_count(4)
            .selected_instance_type(TrainingInstanceType::from("ml.p4d.24xlarge"))
            .selected_instance_count(2)
            .build();
        assert_eq!(machines(&config), [machines_of("ml.p4d.24xlarge", 2)]);
    }

    #[test]
    fn before_one_is_chosen_the_type_is_not_known() {
        let config = ResourceConfig::builder()
            .instance_preferences(InstancePreference::builder().build())
            .instance_count(4)
            .build();
        assert_eq!(machines(&config), [Machines { instance_type: None, count: Some(4) }]);
    }

    #[test]
    fn a_cluster_of_several_types_keeps_its_groups() {
        let group = |name: &str, count| {
            let name = TrainingInstanceType::from(name);
            InstanceGroup::builder().instance_type(name).instance_count(count).build()
        };
        let config = ResourceConfig::builder()
            .instance_groups(group("ml.g5.xlarge", 1))
            .instance_groups(group("ml.c5.18xlarge", 2))
            .build();
        let expected = [machines_of("ml.g5.xlarge", 1), machines_of("ml.c5.18xlarge", 2)];
        assert_eq!(machines(&config), expected);
    }

    #[test]
    fn a_type_that_this_sdk_does_not_know_passes_through() {
        let config = ResourceConfig::builder()
            .instance_type(TrainingInstanceType::from("ml.p9.96xlarge"))
            .instance_count(1)
            .build();
        assert_eq!(machines(&config), [machines_of("ml.p9.96xlarge", 1)]);
    }

    #[test]
    fn a_job_that_pays_by_the_token_has_no_machines() {
        let serverless = aws_sdk_sagemaker::types::ServerlessJobConfig::builder()
            .base_model_arn("arn")
            .job_type("FineTuning".into())
            .build()
            .unwrap();
        let said = DescribeTrainingJobOutput::builder()
            .serverless_job_config(serverless)
            .resource_config(ResourceConfig::builder().build())
            .build();
        assert_eq!(job(said).machines, []);
    }

    #[test]
    fn fields_that_a_job_which_failed_early_lacks_stay_open() {
        let said = DescribeTrainingJobOutput::builder()
            .training_job_status(TrainingJobStatus::Failed)
            .build();
        let expected = Job { status: Some("Failed".to_owned()), ..Job::default() };
        assert_eq!(job(said), expected);
    }
}

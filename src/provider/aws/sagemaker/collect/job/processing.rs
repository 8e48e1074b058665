//! Processing jobs, which have no spot capacity.

use aws_sdk_sagemaker::{
    operation::describe_processing_job::DescribeProcessingJobOutput,
    types::{ProcessingClusterConfig, ProcessingJobStatus, ProcessingJobSummary},
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
    pub(super) async fn processing_jobs(&self) -> Noted<Vec<Job>> {
        let mut gaps = Vec::new();
        let mut listed = self.listed_processing_jobs(None, &mut gaps).await;
        if gaps.is_empty() {
            let running = Some(ProcessingJobStatus::InProgress);
            listed.extend(self.listed_processing_jobs(running, &mut gaps).await);
        }
        let describe = |name| self.processing_job(name);
        let jobs = self.described(JobKind::Processing, listed, describe, &mut gaps).await;
        (jobs, gaps)
    }

    async fn listed_processing_jobs(
        &self,
        status: Option<ProcessingJobStatus>,
        gaps: &mut Vec<Gap>,
    ) -> Vec<ListedJob> {
        let since = status.is_none().then(|| self.starts_at());
        let mut found = Vec::new();
        let send = |token| {
            self.client
                .list_processing_jobs()
                .set_last_modified_time_after(since)
                .set_status_equals(status.clone())
                .creation_time_before(self.ends_at())
                .max_results(PAGE_SIZE)
                .set_next_token(token)
                .send()
        };
        let pages = self.seat.pages("sagemaker:ListProcessingJobs", send, |page| {
            let summaries = page.processing_job_summaries.unwrap_or_default();
            found.extend(summaries.into_iter().filter_map(listed));
            page.next_token
        });
        self.note(pages.await, "processing jobs of this region", gaps);
        found
    }

    async fn processing_job(&self, name: String) -> Result<Job, CallError> {
        let send = || self.client.describe_processing_job().processing_job_name(&name).send();
        Ok(job(self.seat.ask("sagemaker:DescribeProcessingJob", send).await?))
    }
}

fn listed(said: ProcessingJobSummary) -> Option<ListedJob> {
    Some(ListedJob {
        arn: said.processing_job_arn?,
        name: said.processing_job_name?,
        status: said.processing_job_status.map(|status| status.as_str().to_owned()),
        created_at: instant(said.creation_time),
        ended_at: instant(said.processing_end_time),
        ..ListedJob::default()
    })
}

fn job(said: DescribeProcessingJobOutput) -> Job {
    let resources = said.processing_resources.and_then(|resources| resources.cluster_config);
    Job {
        kind: JobKind::Processing,
        status: said.processing_job_status.map(|status| status.as_str().to_owned()),
        started_at: instant(said.processing_start_time),
        ended_at: instant(said.processing_end_time),
        machines: resources.map(machines).into_iter().collect(),
        parent_arn: said.auto_ml_job_arn.or(said.monitoring_schedule_arn),
        ..Job::default()
    }
}

/// Of several types that a job would take, the one that it got.
fn machines(said: ProcessingClusterConfig) -> Machines {
    let has_choice = said.instance_preferences.is_some_and(|list| !list.is_empty());
    let asked = said.instance_type.filter(|_| !has_choice);
    Machines {
        instance_type: said.selected_instance_type.or(asked).map(|name| name.as_str().to_owned()),
        count: said.selected_instance_count.or(said.instance_count),
    }
}

//! Transform jobs, which have no spot capacity.

use aws_sdk_sagemaker::{
    operation::describe_transform_job::DescribeTransformJobOutput,
    types::{TransformJobStatus, TransformJobSummary},
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
    pub(super) async fn transform_jobs(&self) -> Noted<Vec<Job>> {
        let mut gaps = Vec::new();
        let mut listed = self.listed_transform_jobs(None, &mut gaps).await;
        if gaps.is_empty() {
            let running = Some(TransformJobStatus::InProgress);
            listed.extend(self.listed_transform_jobs(running, &mut gaps).await);
        }
        let describe = |name| self.transform_job(name);
        let jobs = self.described(JobKind::Transform, listed, describe, &mut gaps).await;
        (jobs, gaps)
    }

    async fn listed_transform_jobs(
        &self,
        status: Option<TransformJobStatus>,
        gaps: &mut Vec<Gap>,
    ) -> Vec<ListedJob> {
        let since = status.is_none().then(|| self.starts_at());
        let mut found = Vec::new();
        let send = |token| {
            self.client
                .list_transform_jobs()
                .set_last_modified_time_after(since)
                .set_status_equals(status.clone())
                .creation_time_before(self.ends_at())
                .max_results(PAGE_SIZE)
                .set_next_token(token)
                .send()
        };
        let pages = self.seat.pages("sagemaker:ListTransformJobs", send, |page| {
            let summaries = page.transform_job_summaries.unwrap_or_default();
            found.extend(summaries.into_iter().filter_map(listed));
            page.next_token
        });
        self.note(pages.await, "transform jobs of this region", gaps);
        found
    }

    async fn transform_job(&self, name: String) -> Result<Job, CallError> {
        let send = || self.client.describe_transform_job().transform_job_name(&name).send();
        Ok(job(self.seat.ask("sagemaker:DescribeTransformJob", send).await?))
    }
}

fn listed(said: TransformJobSummary) -> Option<ListedJob> {
    Some(ListedJob {
        arn: said.transform_job_arn?,
        name: said.transform_job_name?,
        status: said.transform_job_status.map(|status| status.as_str().to_owned()),
        created_at: instant(said.creation_time),
        ended_at: instant(said.transform_end_time),
        ..ListedJob::default()
    })
}

fn job(said: DescribeTransformJobOutput) -> Job {
    let machines = said.transform_resources.map(|resources| Machines {
        instance_type: resources.instance_type.map(|name| name.as_str().to_owned()),
        count: resources.instance_count,
    });
    Job {
        kind: JobKind::Transform,
        status: said.transform_job_status.map(|status| status.as_str().to_owned()),
        started_at: instant(said.transform_start_time),
        ended_at: instant(said.transform_end_time),
        machines: machines.into_iter().collect(),
        parent_arn: said.auto_ml_job_arn.or(said.labeling_job_arn),
        ..Job::default()
    }
}

//! Training, processing and transform jobs of the window.

mod processing;
mod training;
mod transform;

use super::{
    Noted, Reader,
    endpoint::once,
    several::{Said, each},
};
use crate::{
    frame::InstantMs,
    provider::{
        aws::sagemaker::wire::{Job, ListedJob},
        call::CallError,
    },
    snapshot::Gap,
    window::MS_PER_HOUR,
};

/// Tags are read of jobs that held machines for this long together: shorter ones cost cents, and there are many.
const TAGGED_MACHINE_HOURS: f64 = 1.0;

impl Reader<'_> {
    /// All jobs that may have had machines in the window.
    pub(super) async fn jobs(&self) -> Noted<Vec<Job>> {
        let (training, processing, transform) =
            tokio::join!(self.training_jobs(), self.processing_jobs(), self.transform_jobs());
        let (mut jobs, mut gaps) = training;
        for (others, missing) in [processing, transform] {
            jobs.extend(others);
            gaps.extend(missing);
        }
        let is_long = |job: &&mut Job| self.machine_hours(job) >= TAGGED_MACHINE_HOURS;
        let mut long: Vec<&mut Job> = jobs.iter_mut().filter(is_long).collect();
        let arns: Vec<String> = long.iter().map(|job| job.arn.clone()).collect();
        for (job, tags) in long.iter_mut().zip(self.tags(&arns, &mut gaps).await) {
            job.tags = tags;
        }
        (jobs, gaps)
    }

    /// Describes jobs that were listed, each once. One that is gone is left out.
    async fn described<F>(
        &self,
        listed: Vec<ListedJob>,
        describe: impl Fn(String) -> F,
        hides: &str,
        gaps: &mut Vec<Gap>,
    ) -> Vec<Job>
    where
        F: Future<Output = Result<Job, CallError>>,
    {
        let listed = once(listed, |job| job.arn.clone());
        let listed: Vec<ListedJob> =
            listed.into_iter().filter(|job| self.may_be_of_window(job)).collect();
        let answers = each(&listed, |job| describe(job.name.clone())).await;
        gaps.extend(answers.gap(self.seat, hides));
        answers
            .said
            .into_iter()
            .zip(listed)
            .filter_map(|(said, listed)| match said {
                Said::This(job) => Some(Job { arn: listed.arn, name: listed.name, ..job }),
                Said::Gone | Said::Nothing => None,
            })
            .collect()
    }

    /// A job is listed again when something else about it changes after it ended.
    fn may_be_of_window(&self, job: &ListedJob) -> bool {
        let Some(ended) = job.ended_at else { return true };
        let kept_ms = i64::from(job.retained_seconds.unwrap_or_default()) * 1000;
        job.warm_pool_status.as_deref() == Some("Available")
            || ended.0 + kept_ms > self.window.start * MS_PER_HOUR
    }

    fn machine_hours(&self, job: &Job) -> f64 {
        let Some(began) = job.started_at else { return 0.0 };
        let end_ms = self.window.end * MS_PER_HOUR;
        let ended = job.ended_at.unwrap_or(InstantMs(end_ms));
        let hours = job.billable_seconds.map_or_else(
            || (ended.0 - began.0) as f64 / MS_PER_HOUR as f64,
            |seconds| f64::from(seconds) / 3600.0,
        );
        let machines: i32 = job.machines.iter().filter_map(|machines| machines.count).sum();
        hours * f64::from(machines)
    }
}

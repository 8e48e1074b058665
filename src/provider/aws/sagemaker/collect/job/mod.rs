//! Training, processing and transform jobs of the window.

mod processing;
mod training;
mod transform;

use std::{cmp::Reverse, iter};

use super::{
    Noted, Reader,
    several::{Said, each},
};
use crate::{
    frame::InstantMs,
    provider::{
        aws::{
            listed::once,
            sagemaker::wire::{Job, JobKind, ListedJob},
        },
        call::CallError,
    },
    snapshot::Gap,
    units::{count, thousands},
    window::MS_PER_HOUR,
};

/// Jobs of one kind that are described in a region, at most: each takes a request, and the operation is throttled early.
const DESCRIBED: usize = 1_000;

/// Machines that are kept for a next job.
const KEPT: &str = "Available";

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

    /// Describes jobs that were listed, each once, the most expensive first and so many at most. One that is gone is left
    /// out; of one that is not described it stays what the list says.
    async fn described<F>(
        &self,
        kind: JobKind,
        listed: Vec<ListedJob>,
        describe: impl Fn(String) -> F,
        gaps: &mut Vec<Gap>,
    ) -> Vec<Job>
    where
        F: Future<Output = Result<Job, CallError>>,
    {
        let listed = once(listed, |job| job.arn.clone());
        let mut listed: Vec<ListedJob> =
            listed.into_iter().filter(|job| self.may_be_of_window(job)).collect();
        listed.sort_by_key(|job| Reverse(self.rank(job)));
        let (chosen, left) = listed.split_at(listed.len().min(DESCRIBED));
        gaps.extend(self.undescribed(kind, left));
        let answers = each(chosen, |job| describe(job.name.clone())).await;
        gaps.extend(answers.gap(self.seat, kind.plural()));
        let said = answers.said.into_iter().chain(iter::repeat_with(|| Said::Nothing));
        let both = said.zip(&listed);
        both.filter_map(|(said, listed)| match said {
            Said::This(job) => {
                Some(Job { kind, arn: listed.arn.clone(), name: listed.name.clone(), ..job })
            }
            Said::Nothing => Some(only_listed(kind, listed)),
            Said::Gone => None,
        })
        .collect()
    }

    /// How much a job may have cost: what goes on, or keeps machines, before what is over, and that by its length.
    fn rank(&self, job: &ListedJob) -> (bool, i64, Option<InstantMs>) {
        let is_on = job.ended_at.is_none() || job.warm_pool_status.as_deref() == Some(KEPT);
        (is_on, self.length_ms(job), job.created_at)
    }

    /// How long it was there within the window, with the time that it waited for machines.
    fn length_ms(&self, job: &ListedJob) -> i64 {
        let (start_ms, end_ms) = (self.window.start * MS_PER_HOUR, self.window.end * MS_PER_HOUR);
        let began_ms = job.created_at.map_or(start_ms, |at| at.0.max(start_ms));
        let ended_ms = job.ended_at.map_or(end_ms, |at| at.0.min(end_ms));
        let kept_ms = i64::from(job.retained_seconds.unwrap_or_default()) * 1000;
        (ended_ms - began_ms).max(0) + kept_ms
    }

    /// What is not known of jobs that were left out because there are so many.
    fn undescribed(&self, kind: JobKind, left: &[ListedJob]) -> Option<Gap> {
        let longest_ms = left.iter().map(|job| self.length_ms(job)).max()?;
        let minutes = u64::try_from(longest_ms / 60_000).unwrap_or_default() + 1;
        Some(Gap {
            what: format!(
                "{} {} of {}",
                thousands(left.len() as u64),
                kind.plural(),
                self.seat.name()
            ),
            because: format!(
                "each has to be asked about by itself, and only the {} that took longest are",
                thousands(DESCRIBED as u64)
            ),
            hides: format!(
                "machines, cost and payment of the others, none of which took longer than {}",
                count(minutes, "minute")
            ),
            remedy: "audit a shorter window".to_owned(),
        })
    }

    /// A job is listed again when something else about it changes after it ended.
    fn may_be_of_window(&self, job: &ListedJob) -> bool {
        let Some(ended) = job.ended_at else { return true };
        let kept_ms = i64::from(job.retained_seconds.unwrap_or_default()) * 1000;
        job.warm_pool_status.as_deref() == Some(KEPT)
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

impl JobKind {
    fn plural(self) -> &'static str {
        match self {
            Self::Training => "training jobs",
            Self::Processing => "processing jobs",
            Self::Transform => "transform jobs",
        }
    }
}

/// A job as far as its list tells of it.
fn only_listed(kind: JobKind, listed: &ListedJob) -> Job {
    Job {
        kind,
        is_only_listed: true,
        arn: listed.arn.clone(),
        name: listed.name.clone(),
        status: listed.status.clone(),
        ended_at: listed.ended_at,
        warm_pool_status: listed.warm_pool_status.clone(),
        retained_seconds: listed.retained_seconds,
        ..Job::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::aws::scripted::{run, seat_at},
        window::Window,
    };

    /// A hundred hours from 1970 on.
    const WINDOW: Window = Window { start: 0, end: 100 };

    fn at(hour: i64) -> InstantMs {
        InstantMs(hour * MS_PER_HOUR)
    }

    fn listed(name: &str, created_at: Option<InstantMs>, ended_at: Option<InstantMs>) -> ListedJob {
        ListedJob {
            arn: format!("arn/{name}"),
            name: name.to_owned(),
            status: Some("Completed".to_owned()),
            created_at,
            ended_at,
            ..ListedJob::default()
        }
    }

    /// Jobs, gaps and the names that were described, where the one named `refused` fails.
    fn described(listed: Vec<ListedJob>) -> (Vec<Job>, Vec<Gap>, Vec<String>) {
        let seat = seat_at("http://127.0.0.1:1");
        let reader = Reader { client: seat.sagemaker(), seat: &seat, window: WINDOW };
        let asked = std::sync::Mutex::new(Vec::new());
        let mut gaps = Vec::new();
        let describe = |name: String| {
            asked.lock().unwrap().push(name.clone());
            async move {
                let operation = "describe".to_owned();
                let reason = "ValidationException: odd".to_owned();
                match name.as_str() {
                    "refused" => Err(CallError::Rejected { operation, reason }),
                    _ => Ok(Job { started_at: Some(at(1)), ..Job::default() }),
                }
            }
        };
        let jobs = run(reader.described(JobKind::Processing, listed, describe, &mut gaps));
        (jobs, gaps, asked.into_inner().unwrap())
    }

    #[test]
    fn of_very_many_jobs_those_that_go_on_or_took_longest_are_described_and_the_others_are_named() {
        let short = (0..DESCRIBED)
            .map(|number| listed(&format!("short-{number}"), Some(at(0)), Some(at(1))));
        let mut all: Vec<ListedJob> = short.collect();
        all.push(listed("running", Some(at(99)), None));
        all.push(listed("long", Some(at(0)), Some(at(50))));
        all.push(ListedJob {
            warm_pool_status: Some(KEPT.to_owned()),
            ..listed("kept", Some(at(0)), Some(at(1)))
        });
        let (jobs, gaps, asked) = described(all);
        assert_eq!(asked.len(), DESCRIBED);
        assert_eq!(asked[..3], ["running", "kept", "long"]);
        assert_eq!(jobs.len(), DESCRIBED + 3);
        assert_eq!(jobs.iter().filter(|job| job.is_only_listed).count(), 3);
        let [gap] = gaps.as_slice() else { panic!("{gaps:?}") };
        assert_eq!(gap.what, "3 processing jobs of account 111122223333 in us-east-1");
        assert_eq!(
            gap.hides,
            "machines, cost and payment of the others, none of which took longer than 61 minutes"
        );
    }

    #[test]
    fn a_job_that_cannot_be_described_stays_as_it_was_listed() {
        let (jobs, gaps, _) = described(vec![listed("refused", Some(at(2)), Some(at(3)))]);
        let expected = Job {
            kind: JobKind::Processing,
            is_only_listed: true,
            arn: "arn/refused".to_owned(),
            name: "refused".to_owned(),
            status: Some("Completed".to_owned()),
            ended_at: Some(at(3)),
            ..Job::default()
        };
        assert_eq!((jobs, gaps.len()), (vec![expected], 1));
    }
}

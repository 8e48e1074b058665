//! What the work on a machine says about how it may be treated.

use super::{subject::Subject, traffic::Traffic};
use crate::frame::WorkloadRow;

/// Kinds of workload that may be interrupted: they run to an end and can be started again.
const INTERRUPTIBLE_WORK: [&str; 11] = [
    "job",
    "cronjob",
    "training",
    "batch",
    "processing",
    "workflow",
    "rayjob",
    "pytorchjob",
    "tfjob",
    "mpijob",
    "jobset",
];

impl<'a> Subject<'a> {
    /// Whether its work may be interrupted: by tag, else because only such work ran on it.
    pub fn is_interruptible(&self) -> Option<bool> {
        self.labels.is_interruptible.or_else(|| {
            let kinds: Option<Vec<&str>> =
                self.decisive_work().into_iter().map(|work| work.kind.as_deref()).collect();
            let kinds = kinds.filter(|kinds| !kinds.is_empty())?;
            Some(kinds.into_iter().all(is_interruptible_work))
        })
    }

    /// Whether its work can wait, so that bursts may take longer on a slower machine. It cannot where a tag marks production
    /// or a bound on latency, or where requests are answered as they come; it can where it may be interrupted or requests
    /// are queued. `None`: nothing says so.
    pub fn work_can_wait(&self) -> Option<bool> {
        if self.labels.is_production || self.labels.is_latency_bound {
            return Some(false);
        }
        match self.row.serving_mode.as_deref() {
            Some("real_time" | "serverless") => return Some(false),
            Some("asynchronous" | "batch") => return Some(true),
            _ => {}
        }
        let is_served = || {
            let requests = self.traffic.map(Traffic::requests).unwrap_or_default();
            requests.into_iter().any(|count| count > 0.0).then_some(false)
        };
        self.is_interruptible().filter(|may_be| *may_be).or_else(is_served)
    }

    /// The work that decides how its machine may be treated: what holds accelerators, where that is known, else all.
    fn decisive_work(&self) -> Vec<&'a WorkloadRow> {
        let holds =
            |work: &&&WorkloadRow| work.gpu_requested_count.is_some_and(|count| count > 0.0);
        let holding: Vec<_> = self.work.iter().filter(holds).copied().collect();
        if holding.is_empty() { self.work.clone() } else { holding }
    }

    /// Whether the work saves checkpoints, by the resource or by all that ran on it.
    pub fn has_checkpoint(&self) -> Option<bool> {
        self.row.has_checkpoint.or_else(|| {
            let answers: Option<Vec<bool>> =
                self.decisive_work().into_iter().map(|work| work.has_checkpoint).collect();
            let answers = answers.filter(|answers| !answers.is_empty())?;
            Some(answers.into_iter().all(|has| has))
        })
    }
}

/// Whether work of this kind runs to an end and can be started again.
pub(super) fn is_interruptible_work(kind: &str) -> bool {
    INTERRUPTIBLE_WORK.contains(&kind)
}

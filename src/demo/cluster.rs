//! Nodes of clusters and what runs on them, to be planted.

use super::{activity::Activity, ids::Site, minutes::Burst, truth::Remedy};

/// How a workload is used.
#[derive(Debug, Clone, Copy)]
pub(super) enum Load {
    /// Its accelerators work.
    Gpu(Activity),
    /// It serves requests that rise and fall with the day, down to a share of the peak.
    Wave { low: f64 },
}

/// What is seen of a serving engine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Engine {
    /// Highest share of its cache in use.
    pub(super) cache_ratio: Option<f64>,
    /// Requests an hour, where it has no wave of its own.
    pub(super) requests: f64,
}

/// A workload on one node.
#[derive(Debug, Clone)]
pub(super) struct Work {
    pub(super) kind: &'static str,
    pub(super) name: &'static str,
    pub(super) pods: usize,
    /// Physical accelerators of one pod.
    pub(super) gpus: f64,
    pub(super) load: Load,
    /// Minutes of work in every hour besides.
    pub(super) in_every_hour: Option<Burst>,
    /// Highest memory in use; `None`: four fifths of the accelerator's.
    pub(super) mem_gib: Option<f64>,
    /// Share of its hours with telemetry of its own.
    pub(super) coverage: f64,
    pub(super) cpu: f64,
    pub(super) engine: Option<Engine>,
    pub(super) tags: &'static [(&'static str, &'static str)],
    pub(super) has_scaling: Option<bool>,
    pub(super) has_checkpoint: Option<bool>,
    pub(super) has_idle_shutdown: Option<bool>,
    pub(super) has_preallocated_memory: Option<bool>,
    pub(super) hits: Vec<&'static str>,
    pub(super) remedy: Remedy,
}

impl Work {
    /// A deployment with nothing wrong.
    pub(super) fn fine() -> Self {
        Self {
            kind: "deployment",
            name: "",
            pods: 1,
            gpus: 1.0,
            load: Load::Gpu(Activity::Busy { level: 0.8 }),
            in_every_hour: None,
            mem_gib: None,
            coverage: 1.0,
            cpu: 0.1,
            engine: None,
            tags: &[],
            has_scaling: Some(false),
            has_checkpoint: None,
            has_idle_shutdown: None,
            has_preallocated_memory: Some(false),
            hits: Vec::new(),
            remedy: Remedy::default(),
        }
    }

    /// The same with these hits and the right thing to do.
    pub(super) fn hit(self, hits: &[&'static str], remedy: Remedy) -> Self {
        Self { hits: hits.to_vec(), remedy, ..self }
    }
}

/// A node to plant, with everything on it.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Its cluster.
    pub(super) site: Site,
    /// Whose machine it is, and in what account that is billed; `None`: no bill, so list prices count.
    pub(super) machine_provider: &'static str,
    pub(super) billed_to: Option<Site>,
    pub(super) instance_type: &'static str,
    pub(super) name: &'static str,
    pub(super) purchase: &'static str,
    pub(super) launched_days: f64,
    pub(super) work: Vec<Work>,
    /// Pods without accelerators, besides a daemon set's.
    pub(super) cpu_pods: usize,
    pub(super) tags: &'static [(&'static str, &'static str)],
    pub(super) hits: Vec<&'static str>,
    pub(super) is_to_go: bool,
    /// What ought to be found about its unallocated accelerators, and the share of them that whole nodes could give back.
    pub(super) spare_hits: Vec<&'static str>,
    pub(super) packable_ratio: f64,
}

impl Node {
    /// A node on a machine of AWS without a bill.
    pub(super) fn of(site: Site, instance_type: &'static str, work: Vec<Work>) -> Self {
        Self {
            site,
            machine_provider: "aws",
            billed_to: None,
            instance_type,
            name: "",
            purchase: "on_demand",
            launched_days: 120.0,
            work,
            cpu_pods: 0,
            tags: &[],
            hits: Vec::new(),
            is_to_go: false,
            spare_hits: Vec::new(),
            packable_ratio: 0.0,
        }
    }
}

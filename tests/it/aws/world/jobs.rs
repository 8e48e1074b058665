//! Jobs and notebooks of `SageMaker`.

use super::{PAYER_US, PRODUCT_US, Place, RESEARCH_US, World};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Training,
    Processing,
    Transform,
}

/// A job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) place: Place,
    pub(crate) instance_type: &'static str,
    pub(crate) machines: usize,
    /// Hours from the start of the window: from, and for how long.
    pub(crate) from: i64,
    pub(crate) hours: i64,
    pub(crate) is_spot: bool,
    pub(crate) has_checkpoint: bool,
    pub(crate) level: f64,
}

impl Job {
    /// Its id without provider, account and region.
    pub(crate) fn id(&self) -> String {
        let kind = match self.kind {
            Kind::Training => "training-job",
            Kind::Processing => "processing-job",
            Kind::Transform => "transform-job",
        };
        format!("{kind}/{}", self.name)
    }
}

/// A notebook instance.
#[derive(Debug, Clone)]
pub(crate) struct Notebook {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) instance_type: &'static str,
    pub(crate) is_running: bool,
    /// Whether a script of its own stops it when nobody works.
    pub(crate) stops_by_itself: bool,
}

impl Notebook {
    /// Its id without provider, account and region.
    pub(crate) fn id(&self) -> String {
        format!("notebook-instance/{}", self.name)
    }
}

/// Name, place, machine, how many jobs, machines of each, and whether they are spot and save checkpoints.
type Case = (&'static str, Kind, Place, &'static str, i64, usize, (bool, bool));

const CASES: [Case; 6] = [
    ("tune", Kind::Training, RESEARCH_US, "ml.g5.2xlarge", 14, 1, (false, true)),
    ("train-spot", Kind::Training, RESEARCH_US, "ml.g5.12xlarge", 12, 2, (true, true)),
    ("train", Kind::Training, PRODUCT_US, "ml.p5.48xlarge", 6, 4, (false, false)),
    ("prepare", Kind::Processing, RESEARCH_US, "ml.g5.xlarge", 14, 1, (false, false)),
    ("score", Kind::Transform, PRODUCT_US, "ml.g5.xlarge", 14, 1, (false, false)),
    ("embed", Kind::Processing, PAYER_US, "ml.g6e.xlarge", 4, 2, (false, false)),
];

pub(super) fn plant(world: &mut World) {
    for (name, kind, place, instance_type, count, machines, (is_spot, has_checkpoint)) in CASES {
        for number in 0..count {
            world.jobs.push(Job {
                name: format!("{name}-{number}"),
                kind,
                place,
                instance_type,
                machines,
                // One after the other over the window, each for a few hours.
                from: 2 + number * 320 / count,
                hours: 6,
                is_spot,
                has_checkpoint,
                level: 0.8,
            });
        }
    }
    for number in 0..10 {
        let notebook = Notebook {
            name: format!("lab-{number}"),
            place: if number % 2 == 0 { RESEARCH_US } else { PAYER_US },
            instance_type: "ml.g5.xlarge",
            is_running: number < 8,
            stops_by_itself: number == 0,
        };
        if notebook.is_running {
            // Notebook instances tell nothing of their use.
            world.truth.add(&notebook.id(), &["telemetry-missing"], 0.0);
            if !notebook.stops_by_itself {
                world.truth.unseen.insert(notebook.id());
            }
        }
        world.notebooks.push(notebook);
    }
}

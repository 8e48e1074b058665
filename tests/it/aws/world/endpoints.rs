//! Endpoints of `SageMaker`.

use super::{
    HOURS, Load, PAYER_US, PRODUCT_EU, PRODUCT_US, Place, RESEARCH_US, Saves, World, shapes, truth,
};

/// An endpoint with one variant.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) instance_type: &'static str,
    pub(crate) replicas: usize,
    pub(crate) load: Load,
    /// Requests in its busiest hour.
    pub(crate) requests_per_hour: f64,
    pub(crate) mem_ratio: f64,
    pub(crate) is_scaled: bool,
    pub(crate) status: &'static str,
    pub(crate) serving: Serving,
}

/// How an endpoint serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Serving {
    /// At once.
    RealTime,
    /// At once, with metrics of each accelerator.
    Detailed,
    /// At once, by so many models that share its accelerators.
    Shared { models: usize },
    /// From a queue. Its machines go when it is empty, if something scales it.
    Queued,
    /// Without machines, with so many copies that wait.
    Serverless { waiting: u32 },
}

impl Endpoint {
    /// Whether it has machines in an hour from the start of the window.
    pub(crate) fn runs(&self, hour: i64) -> bool {
        match self.serving {
            Serving::Queued => !self.is_scaled || self.load.level(hour) > 0.0,
            Serving::Serverless { .. } => false,
            _ => true,
        }
    }

    /// Machines that it has now.
    pub(crate) fn machines_now(&self) -> usize {
        if self.runs(HOURS) { self.replicas } else { 0 }
    }

    /// The names of the models that share it.
    pub(crate) fn models(&self) -> Vec<String> {
        let Serving::Shared { models } = self.serving else { return Vec::new() };
        (0..models).map(|number| format!("{}-model-{number}", self.name)).collect()
    }

    /// Its id without provider, account and region.
    pub(crate) fn id(&self) -> String {
        format!("endpoint/{}", self.name)
    }

    /// Requests of an hour, as a whole number: none without load.
    pub(crate) fn requests(&self, hour: i64) -> f64 {
        let peak = self.load.peak();
        if peak > 0.0 {
            (self.requests_per_hour * self.load.level(hour) / peak).round()
        } else {
            0.0
        }
    }

    pub(crate) fn usd_per_hour(&self) -> f64 {
        if self.instance_type.is_empty() {
            return 0.0;
        }
        shapes::sagemaker_usd(self.instance_type) * self.replicas as f64
    }
}

/// So many endpoints to plant.
#[derive(Debug, Clone, Copy)]
struct Case {
    name: &'static str,
    place: Place,
    instance_type: &'static str,
    count: usize,
    replicas: usize,
    load: Load,
    requests_per_hour: f64,
    is_scaled: bool,
    serving: Serving,
    expect: &'static [&'static str],
    saves: Saves,
}

fn busy(name: &'static str, place: Place, instance_type: &'static str, count: usize) -> Case {
    Case {
        name,
        place,
        instance_type,
        count,
        replicas: 1,
        load: Load::Steady(0.6),
        requests_per_hour: 900.0,
        is_scaled: false,
        serving: Serving::RealTime,
        expect: &[],
        saves: Saves::Nothing,
    }
}

fn cases() -> Vec<Case> {
    let idle = |name, place, instance_type, count| Case {
        load: Load::Steady(0.0),
        expect: &["endpoint-idle"],
        saves: Saves::All,
        ..busy(name, place, instance_type, count)
    };
    let off = |name, place, instance_type, count| Case {
        load: Load::Office { from: 8, to: 18, level: 0.6 },
        expect: &["endpoint-off-hours"],
        saves: Saves::Schedule,
        ..busy(name, place, instance_type, count)
    };
    vec![
        busy("chat", PAYER_US, "ml.g5.xlarge", 8),
        busy("search", RESEARCH_US, "ml.g5.2xlarge", 6),
        busy("mail", PRODUCT_US, "ml.g5.xlarge", 5),
        busy("voice", PRODUCT_EU, "ml.g5.xlarge", 4),
        Case { replicas: 2, ..busy("code", PRODUCT_US, "ml.g5.12xlarge", 2) },
        idle("trial", RESEARCH_US, "ml.g5.xlarge", 3),
        idle("old-chat", PAYER_US, "ml.g5.2xlarge", 2),
        idle("old-voice", PRODUCT_EU, "ml.g5.xlarge", 1),
        off("desk", PRODUCT_US, "ml.g5.xlarge", 3),
        off("desk-legal", PAYER_US, "ml.g5.2xlarge", 1),
        Case {
            replicas: 4,
            load: Load::Tide { low: 0.06, high: 0.72 },
            expect: &["endpoint-flat-replicas"],
            saves: Saves::Scale(1.0),
            ..busy("shop", PRODUCT_US, "ml.g5.xlarge", 3)
        },
        Case {
            replicas: 4,
            load: Load::Tide { low: 0.30, high: 0.72 },
            is_scaled: true,
            ..busy("scaled", PRODUCT_US, "ml.g5.xlarge", 2)
        },
        Case { serving: Serving::Detailed, ..busy("wide", RESEARCH_US, "ml.g5.12xlarge", 1) },
        Case { serving: Serving::Detailed, ..idle("old-wide", PRODUCT_EU, "ml.g5.12xlarge", 1) },
        Case {
            serving: Serving::Shared { models: 4 },
            ..busy("shared", PAYER_US, "ml.g5.12xlarge", 1)
        },
        Case {
            serving: Serving::Shared { models: 2 },
            ..idle("old-shared", PRODUCT_US, "ml.g5.12xlarge", 1)
        },
        Case { serving: Serving::Queued, ..busy("queue", RESEARCH_US, "ml.g5.xlarge", 1) },
        Case { serving: Serving::Queued, ..idle("old-queue", PRODUCT_EU, "ml.g5.xlarge", 1) },
        Case {
            serving: Serving::Queued,
            is_scaled: true,
            load: Load::Office { from: 8, to: 18, level: 0.6 },
            ..busy("queue-to-zero", PRODUCT_EU, "ml.g5.2xlarge", 1)
        },
        Case { serving: Serving::Serverless { waiting: 0 }, ..busy("hook", PRODUCT_US, "", 1) },
        Case {
            serving: Serving::Serverless { waiting: 3 },
            ..busy("hook-warm", PRODUCT_US, "", 1)
        },
    ]
}

pub(super) fn plant(world: &mut World) {
    for case in cases() {
        for number in 0..case.count {
            let endpoint = Endpoint {
                name: format!("{}-{number}", case.name),
                place: case.place,
                instance_type: case.instance_type,
                replicas: case.replicas,
                load: case.load,
                requests_per_hour: case.requests_per_hour,
                mem_ratio: 0.9,
                is_scaled: case.is_scaled,
                status: "InService",
                serving: case.serving,
            };
            let hourly = endpoint.usd_per_hour();
            let share = |hour| truth::share(case.load, hour, case.replicas as f64, case.saves);
            let usd = (0..HOURS).map(|hour| hourly * share(hour)).sum::<f64>() * truth::MONTHS;
            world.truth.add(&endpoint.id(), case.expect, usd);
            world.endpoints.push(endpoint);
        }
    }
}

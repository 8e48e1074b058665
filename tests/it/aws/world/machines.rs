//! Machines: those that do their work, and those that were planted.

use super::{
    HOUR, HOURS, Load, PAYER_US, PRODUCT_EU, PRODUCT_US, Place, RESEARCH_EU, RESEARCH_US, START,
    Saves, Shape, World, clusters,
    shapes::{G5, G5_LARGER, G5_QUAD, G6, G6E, NOVEL, P4D, P5},
    truth,
};

/// How a machine tells of its GPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// The agent, with the id of the machine.
    AgentById,
    /// The agent, with the name of the host only.
    AgentByHost,
    /// The same in a namespace of its own.
    OwnNamespace,
    /// Nobody does.
    Nobody,
}

/// A machine.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) shape: &'static Shape,
    pub(crate) place: Place,
    pub(crate) zone: String,
    pub(crate) ip: String,
    pub(crate) is_spot: bool,
    /// Seconds: its first start.
    pub(crate) created_at: i64,
    /// Seconds: when it was stopped.
    pub(crate) stopped_at: Option<i64>,
    pub(crate) load: Load,
    /// GPUs that carry the load; the others do nothing.
    pub(crate) busy_gpus: usize,
    /// Memory of a busy GPU in use, as a ratio.
    pub(crate) mem_ratio: f64,
    pub(crate) sender: Sender,
    pub(crate) tags: &'static [(&'static str, &'static str)],
    /// Of its one volume.
    pub(crate) volume_gib: u32,
    /// The group that it is a member of.
    pub(crate) group: Option<&'static str>,
    pub(crate) plan: Plan,
}

/// How a machine is bought and run beside what most are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Like most.
    Plain,
    /// With a licence of Windows in its price.
    Windows,
    /// In the capacity that is held.
    Held,
    /// Off from midnight to eight, every day.
    Daytime,
}

/// What Windows costs more than Linux, by the hour, on the machine that has it.
const WINDOWS_USD: f64 = 0.184;

impl Machine {
    /// As hosts are called that nobody gave a name.
    pub(crate) fn host(&self) -> String {
        let domain = match self.place.region() {
            "us-east-1" => "ec2.internal".to_owned(),
            region => format!("{region}.compute.internal"),
        };
        format!("ip-{}.{domain}", self.ip.replace('.', "-"))
    }

    pub(crate) fn usd_per_hour(&self) -> f64 {
        let usd = if self.is_spot { self.shape.spot_usd } else { self.shape.usd };
        let licence = if self.plan == Plan::Windows { WINDOWS_USD } else { 0.0 };
        usd[self.place.region] + licence
    }

    /// Whether it runs in an hour from the start of the window.
    pub(crate) fn runs(&self, hour: i64) -> bool {
        let at = START + hour * HOUR;
        let is_on = self.plan != Plan::Daytime || hour.rem_euclid(24) >= 8;
        is_on && at >= self.created_at && self.stopped_at.is_none_or(|stopped| at < stopped)
    }

    /// Its volume.
    pub(crate) fn volume_id(&self) -> String {
        self.id.replace("i-", "vol-")
    }
}

/// So many machines to plant.
#[derive(Debug, Clone, Copy)]
struct Case {
    name: &'static str,
    place: Place,
    shape: &'static Shape,
    count: usize,
    is_spot: bool,
    /// Age at the end of the window.
    age_hours: i64,
    /// For so long at the end of the window.
    stopped_hours: Option<i64>,
    load: Load,
    busy_gpus: usize,
    mem_ratio: f64,
    sender: Sender,
    tags: &'static [(&'static str, &'static str)],
    group: Option<&'static str>,
    plan: Plan,
    expect: &'static [&'static str],
    saves: Saves,
}

/// Machines that do their work.
fn busy(name: &'static str, place: Place, shape: &'static Shape, count: usize) -> Case {
    Case {
        name,
        place,
        shape,
        count,
        is_spot: false,
        age_hours: 3000,
        stopped_hours: None,
        load: Load::Steady(0.7),
        busy_gpus: shape.gpus,
        mem_ratio: 0.9,
        sender: Sender::AgentById,
        tags: &[("team", "search")],
        group: None,
        plan: Plan::Plain,
        expect: &[],
        saves: Saves::Nothing,
    }
}

/// Machines without work and with empty memory.
fn idle(name: &'static str, place: Place, shape: &'static Shape, count: usize) -> Case {
    Case {
        load: Load::Steady(0.0),
        mem_ratio: 0.02,
        expect: &["gpu-idle"],
        saves: Saves::All,
        ..busy(name, place, shape, count)
    }
}

fn unexpected(case: Case) -> Case {
    Case { expect: &[], saves: Saves::Nothing, ..case }
}

fn at_work() -> Vec<Case> {
    vec![
        busy("serving", PAYER_US, &G6, 30),
        Case { sender: Sender::AgentByHost, ..busy("serving-by-host", PAYER_US, &G6, 20) },
        busy("vision", RESEARCH_US, &G6E, 30),
        Case { sender: Sender::OwnNamespace, ..busy("speech", RESEARCH_US, &G6E, 20) },
        busy("ranker", PRODUCT_US, &G5, 30),
        Case { group: Some("render"), ..busy("render", PRODUCT_US, &G5_LARGER, 16) },
        busy("ranker", RESEARCH_EU, &G5, 30),
        busy("translate", PRODUCT_EU, &G5_LARGER, 20),
        busy("sweep", PRODUCT_EU, &G5_QUAD, 6),
        busy("train", RESEARCH_US, &P5, 4),
        busy("train-old", RESEARCH_EU, &P4D, 2),
        busy("early", PAYER_US, &NOVEL, 2),
        Case { is_spot: true, ..busy("scrape", PAYER_US, &G6, 20) },
        Case { is_spot: true, group: Some("embed"), ..busy("embed", PRODUCT_EU, &G5, 10) },
    ]
}

fn planted() -> Vec<Case> {
    let office = Load::Office { from: 8, to: 18, level: 0.6 };
    let off = |name, place, shape, count| Case {
        load: office,
        expect: &["gpu-off-hours"],
        saves: Saves::Schedule,
        ..busy(name, place, shape, count)
    };
    vec![
        idle("trial", PAYER_US, &G6, 3),
        Case { sender: Sender::AgentByHost, ..idle("forgotten", RESEARCH_US, &G6E, 2) },
        Case { sender: Sender::OwnNamespace, ..idle("old-model", PRODUCT_US, &G5, 2) },
        idle("demo", RESEARCH_EU, &G5_QUAD, 1),
        idle("lab", RESEARCH_US, &P5, 1),
        Case { is_spot: true, ..idle("spot-trial", PRODUCT_EU, &G5, 2) },
        Case {
            mem_ratio: 0.6,
            expect: &["gpu-idle-holding-memory"],
            ..idle("loaded", PRODUCT_US, &G5, 4)
        },
        // Nothing to say of these: too young, meant to wait, or unseen.
        Case { age_hours: 60, ..unexpected(idle("fresh", PAYER_US, &G6, 3)) },
        Case { tags: &[("role", "standby")], ..unexpected(idle("standby", PRODUCT_EU, &G5, 3)) },
        Case {
            sender: Sender::Nobody,
            expect: &["telemetry-missing"],
            saves: Saves::Nothing,
            ..idle("unseen", RESEARCH_US, &G6E, 8)
        },
        Case {
            sender: Sender::Nobody,
            expect: &["telemetry-missing"],
            saves: Saves::Nothing,
            ..idle("unseen-eu", PRODUCT_EU, &G5, 4)
        },
        off("desk", PAYER_US, &G6, 4),
        off("desk-eu", RESEARCH_EU, &G5, 3),
        Case { sender: Sender::AgentByHost, ..off("desk-by-host", PRODUCT_US, &G5_LARGER, 3) },
        // Somebody has seen to it already.
        Case { group: Some("nightly"), ..unexpected(off("scaled", PRODUCT_US, &G5, 4)) },
        Case {
            busy_gpus: 1,
            expect: &["gpu-stranded"],
            saves: Saves::Instead(&G5_LARGER),
            ..busy("alone-of-four", PRODUCT_US, &G5_QUAD, 2)
        },
        Case {
            tags: &[("workload", "batch")],
            expect: &["gpu-on-demand-interruptible"],
            saves: Saves::Spot(0.25),
            ..busy("nightly-batch", PAYER_US, &G6, 6)
        },
        Case {
            tags: &[("workload", "batch")],
            expect: &["gpu-on-demand-interruptible"],
            saves: Saves::Spot(0.125),
            ..busy("batch-eu", RESEARCH_EU, &G5, 4)
        },
        Case {
            stopped_hours: Some(45 * 24),
            expect: &["volume-of-stopped-machine"],
            saves: Saves::Volume,
            ..busy("parked", RESEARCH_US, &G6E, 10)
        },
        Case { stopped_hours: Some(12 * 24), ..busy("parked-lately", RESEARCH_US, &G6E, 6) },
    ]
}

/// Machines that clusters, licences, reservations and schedules are about.
fn peculiar() -> Vec<Case> {
    vec![
        // A node group of a fixed size, and nodes that Batch keeps and that may be interrupted, as its work may.
        Case {
            tags: clusters::NODE_TAGS,
            group: Some("eks-gpu-8ec40000"),
            ..idle("node", PRODUCT_US, &G5_LARGER, 2)
        },
        Case {
            group: Some(clusters::BATCH_GROUP),
            expect: &["gpu-on-demand-interruptible"],
            saves: Saves::Spot(0.125),
            ..busy("batch-node", RESEARCH_EU, &G5, 3)
        },
        Case { plan: Plan::Windows, ..idle("windows", PRODUCT_US, &G5, 2) },
        Case { plan: Plan::Windows, ..busy("windows-busy", PRODUCT_US, &G5, 2) },
        // Its capacity stays paid for when it stops.
        Case {
            plan: Plan::Held,
            expect: &["gpu-idle"],
            saves: Saves::Nothing,
            ..idle("held", RESEARCH_US, &G6E, 1)
        },
        Case { plan: Plan::Daytime, ..busy("daytime", PAYER_US, &G6, 3) },
        Case { plan: Plan::Daytime, ..idle("daytime-idle", PAYER_US, &G6, 2) },
    ]
}

pub(super) fn plant(world: &mut World) {
    for case in at_work().into_iter().chain(planted()).chain(peculiar()) {
        for _ in 0..case.count {
            let number = world.machines.len();
            let machine = made(&case, number);
            let subject = match case.saves {
                Saves::Volume => machine.volume_id(),
                _ => machine.id.clone(),
            };
            let usd = truth::of_machine(&machine, case.saves);
            world.truth.add(&subject, case.expect, usd);
            if machine.plan == Plan::Held {
                let usd = truth::of_machine(&machine, Saves::All);
                world.truth.freed_usd_per_month.insert(machine.id.clone(), usd);
            }
            if machine.sender == Sender::Nobody && machine.stopped_at.is_none() {
                world.truth.unseen.insert(machine.id.clone());
            }
            world.machines.push(machine);
        }
    }
}

fn made(case: &Case, number: usize) -> Machine {
    let end = START + HOURS * HOUR;
    let Case { name, place, shape, load, mem_ratio, sender, .. } = *case;
    // Each zone has a network of its own: 172.31.0.0/20 and 172.31.16.0/20.
    let zone = number % 2;
    let ip = format!("172.31.{}.{}", zone * 16 + number / 200, 10 + number % 200);
    Machine {
        id: format!("i-{:017x}", 0xa00_0000 + number),
        name,
        shape,
        place,
        zone: format!("{}{}", place.region(), ["a", "b"][zone]),
        ip,
        is_spot: case.is_spot,
        created_at: end - case.age_hours * HOUR,
        stopped_at: case.stopped_hours.map(|hours| end - hours * HOUR),
        load,
        busy_gpus: case.busy_gpus,
        mem_ratio,
        sender,
        tags: case.tags,
        volume_gib: 200,
        group: case.group,
        plan: case.plan,
    }
}

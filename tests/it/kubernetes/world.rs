//! A made cluster over two weeks: what runs where, how busy it is, what an audit should say about it, and what following it
//! would save. Nothing here uses the program's code.

mod cases;
mod job_cases;
mod load;
mod nodes_cases;
mod series;
mod shapes;
mod truth;

use std::collections::BTreeSet;

pub(crate) use load::Load;
pub(crate) use series::{Spelling, write};
pub(crate) use shapes::{Machine, Shape};
pub(crate) use truth::{Saves, Truth};

/// Monday 2026-09-21, 00:00 UTC: the whole window lies within one block of 486 hours.
pub(crate) const START: i64 = 1_789_948_800;
/// Two weeks.
pub(crate) const HOURS: i64 = 336;
/// The first second after the window.
pub(crate) const END: i64 = START + HOURS * HOUR;
/// Seconds.
pub(crate) const HOUR: i64 = 3600;
/// Since long before the window.
pub(crate) const EARLIER: i64 = -480;
/// Beyond the window.
pub(crate) const ON: i64 = HOURS + 24;

/// How pods get their part of an accelerator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Whole ones.
    Whole,
    /// Every accelerator is handed out this many times.
    TimeSliced(usize),
    /// Seven slices `1g.5gb` of each.
    Mig,
}

/// What the exporter on a node tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telemetry {
    /// Everything.
    Full,
    /// Nothing: no exporter runs there.
    Absent,
    /// Nothing in the first so many of every ten hours.
    MissingTenths(i64),
    /// Nothing about this accelerator.
    WithoutGpu(usize),
    /// Everything but which pod it was.
    WithoutPods,
}

/// A machine.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) shape: &'static Shape,
    pub(crate) is_spot: bool,
    /// Hours from the start of the window in which it is there.
    pub(crate) hours: (i64, i64),
    pub(crate) sharing: Sharing,
    pub(crate) telemetry: Telemetry,
    taken: usize,
    is_closed: bool,
}

impl Node {
    /// Dollars for an hour, as they are paid.
    pub(crate) fn usd_per_hour(&self) -> f64 {
        if self.is_spot { self.shape.spot_usd } else { self.shape.usd }
    }

    /// Pods that fit.
    fn seats(&self) -> usize {
        match self.sharing {
            Sharing::Whole => self.shape.gpus,
            Sharing::TimeSliced(replicas) => self.shape.gpus * replicas,
            Sharing::Mig => self.shape.gpus * 7,
        }
    }

    /// Physical accelerators of one seat.
    pub(crate) fn seat_size(&self) -> f64 {
        self.shape.gpus as f64 / self.seats() as f64
    }
}

/// What made a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Deployment,
    StatefulSet,
    DaemonSet,
    Job,
    CronJob,
    Notebook,
    Development,
    Bare,
}

impl Kind {
    /// As it stands in ids of resources.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::StatefulSet | Self::Notebook => "statefulset",
            Self::DaemonSet => "daemonset",
            Self::Job => "job",
            Self::CronJob => "cronjob",
            Self::Bare | Self::Development => "pod",
        }
    }
}

/// What pods belong to.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) image: &'static str,
    pub(crate) labels: Vec<(&'static str, &'static str)>,
    pub(crate) load: Load,
    /// Peak memory of each accelerator or slice.
    pub(crate) mem_gib: f64,
    /// Requests of each pod in its busiest hour, as vLLM counts them.
    pub(crate) requests_per_hour: Option<f64>,
    pub(crate) has_scaler: bool,
}

/// A pod.
#[derive(Debug, Clone)]
pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) owner: usize,
    pub(crate) node: usize,
    /// Seats on its node. Empty: it asks for no accelerator.
    pub(crate) seats: Vec<usize>,
    /// Seconds from the start of the window.
    pub(crate) seconds: (i64, i64),
    /// Number of its job, where a job of a cron job made it.
    pub(crate) job: Option<usize>,
    /// Hours after which its container started anew.
    pub(crate) restarts: Vec<i64>,
}

/// Everything.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) nodes: Vec<Node>,
    pub(crate) owners: Vec<Owner>,
    pub(crate) pods: Vec<Pod>,
    pub(crate) truth: Truth,
}

/// A workload to plant.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) machine: Machine,
    pub(crate) is_spot: bool,
    pub(crate) replicas: usize,
    /// Accelerators of each pod.
    pub(crate) gpus: usize,
    pub(crate) hours: (i64, i64),
    pub(crate) load: Load,
    pub(crate) mem_gib: f64,
    pub(crate) requests_per_hour: Option<f64>,
    pub(crate) has_scaler: bool,
    pub(crate) image: &'static str,
    pub(crate) labels: &'static [(&'static str, &'static str)],
    /// Rules that should find it, and what following them saves.
    pub(crate) expect: &'static [&'static str],
    pub(crate) saves: Saves,
    /// Whether too little is seen of it to say anything.
    pub(crate) is_unknown: bool,
}

impl World {
    /// The whole cluster.
    pub(crate) fn made() -> Self {
        let mut world = Self::default();
        cases::plant(&mut world);
        job_cases::plant(&mut world);
        nodes_cases::plant(&mut world);
        world.add_exporters();
        truth::add_unallocated(&mut world);
        world
    }

    /// A small cluster, for what needs only some.
    pub(crate) fn small() -> Self {
        let mut world = Self::default();
        cases::plant_small(&mut world);
        world.add_exporters();
        truth::add_unallocated(&mut world);
        world
    }

    /// A new node.
    pub(crate) fn node(&mut self, machine: Machine, is_spot: bool, hours: (i64, i64)) -> usize {
        let shape = machine.shape();
        let number = self.nodes.len();
        let name = match shape.provider {
            "aws" => format!("ip-10-0-{}-{}.ec2.internal", number / 200, 10 + number % 200),
            "gcp" => format!("gke-made-{}-{number:03}", shape.instance_type),
            _ => format!("rack-{number:03}"),
        };
        self.nodes.push(Node {
            name,
            shape,
            is_spot,
            hours,
            sharing: Sharing::Whole,
            telemetry: Telemetry::Full,
            taken: 0,
            is_closed: false,
        });
        number
    }

    /// A node with a way of sharing or telemetry of its own; cases do not land there by themselves.
    pub(crate) fn special_node(
        &mut self,
        machine: Machine,
        sharing: Sharing,
        telemetry: Telemetry,
    ) -> usize {
        let number = self.node(machine, false, (EARLIER, ON));
        let node = &mut self.nodes[number];
        (node.sharing, node.telemetry, node.is_closed) = (sharing, telemetry, true);
        number
    }

    /// Free seats for a pod of a case: on a node that others share, or on a new one.
    fn seats(&mut self, case: &Case) -> (usize, Vec<usize>) {
        let shape = case.machine.shape();
        let fits = |node: &Node| {
            !node.is_closed
                && node.shape.instance_type == shape.instance_type
                && node.is_spot == case.is_spot
                && node.hours == case.hours
                && node.taken + case.gpus <= node.seats()
        };
        let node = self.nodes.iter().position(fits);
        let node = node.unwrap_or_else(|| self.node(case.machine, case.is_spot, case.hours));
        (node, self.take(node, case.gpus))
    }

    /// Takes seats of a node.
    pub(crate) fn take(&mut self, node: usize, count: usize) -> Vec<usize> {
        let node = &mut self.nodes[node];
        let first = node.taken;
        node.taken += count;
        assert!(node.taken <= node.seats(), "{} is full", node.name);
        (first..node.taken).collect()
    }

    /// Plants a workload whose pods run all the time, wherever there is room.
    pub(crate) fn plant(&mut self, case: &Case) {
        let owner = self.own(case);
        for replica in 0..case.replicas {
            let (node, seats) = self.seats(case);
            self.run(owner, replica, node, seats, case.hours);
        }
        self.expect(owner, case);
    }

    /// Plants a workload on seats of one node.
    pub(crate) fn plant_on(&mut self, node: usize, case: &Case) {
        let owner = self.own(case);
        for replica in 0..case.replicas {
            let seats = self.take(node, case.gpus);
            self.run(owner, replica, node, seats, case.hours);
        }
        self.expect(owner, case);
    }

    /// A workload without pods yet.
    pub(crate) fn own(&mut self, case: &Case) -> usize {
        let teams = ["search", "vision", "speech", "ranking"];
        self.owners.push(Owner {
            namespace: format!("team-{}", teams[self.owners.len() % teams.len()]),
            name: case.name.to_owned(),
            kind: case.kind,
            image: case.image,
            labels: case.labels.to_vec(),
            load: case.load.clone(),
            mem_gib: case.mem_gib,
            requests_per_hour: case.requests_per_hour,
            has_scaler: case.has_scaler,
        });
        self.owners.len() - 1
    }

    /// A pod of a workload that runs in some hours.
    pub(crate) fn run(
        &mut self,
        owner: usize,
        number: usize,
        node: usize,
        seats: Vec<usize>,
        hours: (i64, i64),
    ) {
        let Owner { name, kind, .. } = &self.owners[owner];
        let code = format!("{:05x}", (owner * 7919 + number * 104_729 + 17) % 0xf_ffff);
        let name = match kind {
            Kind::Deployment => format!("{name}-5d8f7c6b9d-{code}"),
            Kind::StatefulSet | Kind::Notebook => format!("{name}-{number}"),
            Kind::CronJob => format!("{name}-{}-{code}", 29_800_000 + number * 60),
            Kind::DaemonSet | Kind::Job => format!("{name}-{code}"),
            Kind::Bare | Kind::Development => name.clone(),
        };
        let is_cron = *kind == Kind::CronJob;
        self.pods.push(Pod {
            name,
            owner,
            node,
            seats,
            seconds: (hours.0 * HOUR, hours.1 * HOUR),
            job: is_cron.then_some(number),
            restarts: Vec::new(),
        });
    }

    fn expect(&mut self, owner: usize, case: &Case) {
        let subject = self.owner_id(owner);
        let usd = truth::saving(self, owner, &case.saves);
        self.truth.add(&subject, case.expect, usd);
        if case.is_unknown {
            self.truth.unknown.insert(subject);
        }
    }

    /// Id of a workload without its cluster and region.
    pub(crate) fn owner_id(&self, owner: usize) -> String {
        let Owner { namespace, name, kind, .. } = &self.owners[owner];
        format!("{namespace}/{}/{name}", kind.id())
    }

    /// Id of a node without its cluster and region.
    pub(crate) fn node_id(&self, node: usize) -> String {
        format!("node/{}", self.nodes[node].name)
    }

    /// The exporter runs on every node, as a pod without accelerators.
    fn add_exporters(&mut self) {
        let case = Case {
            kind: Kind::DaemonSet,
            image: "nvcr.io/nvidia/k8s/dcgm-exporter",
            ..cases::quiet("dcgm-exporter")
        };
        let owner = self.own(&case);
        for node in 0..self.nodes.len() {
            if self.nodes[node].telemetry != Telemetry::Absent {
                let hours = self.nodes[node].hours;
                self.run(owner, node, node, Vec::new(), hours);
            }
        }
    }

    /// Names of everything that has more than one thing by that name: none.
    pub(crate) fn double_names(&self) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let names = self.pods.iter().map(|pod| {
            format!("{}/{}@{}", self.owners[pod.owner].namespace, pod.name, pod.seconds.0)
        });
        names.filter(|name| !seen.insert(name.clone())).collect()
    }
}

/// A count as a whole number of the other kind.
fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap()
}

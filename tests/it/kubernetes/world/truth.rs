//! What an audit should say, and what following it would save: by a simulation of every hour, as simple as it can be.

use std::collections::{BTreeMap, BTreeSet};

use super::{HOUR, HOURS, Load, Node, World};

/// Windows in a month.
pub(crate) const MONTHS: f64 = 730.0 / HOURS as f64;

/// What is planted.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// Rule and subject.
    pub(crate) hits: BTreeSet<(String, String)>,
    /// Workloads of which nobody can say whether they use what they hold.
    pub(crate) unknown: BTreeSet<String>,
    /// Dollars per month by subject.
    pub(crate) usd_per_month: BTreeMap<String, f64>,
}

impl Truth {
    /// Adds what is to be found about a subject.
    pub(crate) fn add(&mut self, subject: &str, rules: &[&str], usd_per_month: f64) {
        for rule in rules {
            self.hits.insert(((*rule).to_owned(), subject.to_owned()));
        }
        if usd_per_month > 0.0 {
            *self.usd_per_month.entry(subject.to_owned()).or_default() += usd_per_month;
        }
    }

    /// All of it.
    pub(crate) fn total_usd_per_month(&self) -> f64 {
        self.usd_per_month.values().sum()
    }
}

/// What becomes of the pods of a workload.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Saves {
    /// They stay.
    Nothing,
    /// They go.
    All,
    /// Each gets this share of what it has.
    Share(f64),
    /// They run in the hours that `Load` uses, and an hour before.
    Schedule,
    /// As many as the load needs with three tenths more, at least this many; each stays an hour longer.
    Scale(f64),
    /// They run while used, and two hours longer.
    Cull,
    /// They run on spot nodes. The rest is for work lost by interruptions: reclaimed share of a month, an hour each.
    Spot(f64),
}

/// Dollars per month.
pub(crate) fn saving(world: &World, owner: usize, saves: &Saves) -> f64 {
    let counts_requests = world.owners[owner].requests_per_hour.is_some();
    let load = &world.owners[owner].load;
    let pods = world.pods.iter().filter(|pod| pod.owner == owner);
    let replicas = pods.clone().count() as f64;
    let mut usd = 0.0;
    for pod in pods {
        let node = &world.nodes[pod.node];
        let gpus = node.seat_size() * pod.seats.len() as f64;
        let price = node.usd_per_hour() * gpus / node.shape.gpus as f64;
        for hour in 0..HOURS {
            let (from, to) = (pod.seconds.0.max(hour * HOUR), pod.seconds.1.min((hour + 1) * HOUR));
            let part = (to - from).max(0) as f64 / HOUR as f64;
            usd += part * price * share(load, hour, (replicas, counts_requests), node, saves);
        }
    }
    usd * MONTHS
}

/// The part of a pod's hour that is saved.
fn share(
    load: &Load,
    hour: i64,
    (replicas, counts_requests): (f64, bool),
    node: &Node,
    saves: &Saves,
) -> f64 {
    let is_used = |hour: i64| load.level(hour) > 0.05;
    match *saves {
        Saves::Nothing => 0.0,
        Saves::All => 1.0,
        Saves::Share(share) => 1.0 - share,
        Saves::Schedule => f64::from(u8::from(!is_used(hour) && !is_used(hour + 1))),
        Saves::Cull => f64::from(u8::from((hour - 2..=hour).all(|hour| !is_used(hour)))),
        Saves::Scale(floor) => {
            let peak = load.peak();
            let needed = |hour: i64| {
                let level = load.level(hour.max(0));
                let by_requests = if counts_requests { replicas * level / peak } else { 0.0 };
                (by_requests.max(replicas * level) * 1.3).ceil().clamp(floor, replicas)
            };
            1.0 - needed(hour).max(needed(hour - 1)) / replicas
        }
        Saves::Spot(monthly) => {
            1.0 - node.shape.spot_usd / node.shape.usd * (1.0 + monthly / 730.0)
        }
    }
}

/// Accelerators that nobody holds: what whole nodes of a kind could give back if pods were moved together. Pods of this
/// cluster hold one accelerator each, or a slice of one, or a whole node; so nodes fill without a rest.
pub(crate) fn add_unallocated(world: &mut World) {
    let mut kinds: BTreeMap<(&str, bool), Vec<usize>> = BTreeMap::new();
    for (index, node) in world.nodes.iter().enumerate() {
        kinds.entry((node.shape.instance_type, node.is_spot)).or_default().push(index);
    }
    let mut found = Vec::new();
    for nodes in kinds.values() {
        let (mut free_all, mut given_back) = (0.0, 0.0);
        let mut free_of = vec![0.0; nodes.len()];
        let mut hours_of = vec![0.0; nodes.len()];
        for hour in 0..HOURS {
            let (mut there, mut held_all) = (0.0, 0.0);
            for (index, &node) in nodes.iter().enumerate() {
                let shape = world.nodes[node].shape;
                let (from, to) = world.nodes[node].hours;
                if !(from..to).contains(&hour) {
                    continue;
                }
                let held = held(world, node, hour);
                hours_of[index] += 1.0;
                free_of[index] += shape.gpus as f64 - held;
                there += 1.0;
                held_all += held;
            }
            let size = world.nodes[nodes[0]].shape.gpus as f64;
            let free = there * size - held_all;
            free_all += free;
            given_back += ((there - (held_all / size - 1e-6).ceil()) * size).clamp(0.0, free);
        }
        let packable = if free_all > 0.0 { given_back / free_all } else { 0.0 };
        for (index, &node) in nodes.iter().enumerate() {
            found.push((node, free_of[index], hours_of[index], packable));
        }
    }
    for (node, free, hours, packable) in found {
        let gpus = world.nodes[node].shape.gpus as f64;
        let holds = |gpu: bool| {
            world.pods.iter().any(|pod| {
                pod.node == node
                    && pod.seats.is_empty() != gpu
                    && world.owners[pod.owner].kind != super::Kind::DaemonSet
            })
        };
        let is_its_business = holds(true) || !holds(false);
        let runs = world.nodes[node].hours.1 >= HOURS;
        if runs
            && is_its_business
            && hours >= 168.0
            && free >= 0.1 * hours * gpus
            && packable >= 0.05
        {
            let usd = world.nodes[node].usd_per_hour() * free / gpus * packable * MONTHS;
            let subject = format!("{}/unallocated", world.node_id(node));
            world.truth.add(&subject, &["gpu-unallocated"], usd);
        }
    }
}

/// Accelerators of a node that pods hold in an hour, in parts of hours.
fn held(world: &World, node: usize, hour: i64) -> f64 {
    let size = world.nodes[node].seat_size();
    let pods = world.pods.iter().filter(|pod| pod.node == node);
    pods.map(|pod| {
        let (from, to) = (pod.seconds.0.max(hour * HOUR), pod.seconds.1.min((hour + 1) * HOUR));
        (to - from).max(0) as f64 / HOUR as f64 * size * pod.seats.len() as f64
    })
    .sum()
}

impl World {
    /// What all nodes cost in a month.
    pub(crate) fn usd_per_month(&self) -> f64 {
        let usd = |node: &Node| {
            let hours = node.hours.1.min(HOURS) - node.hours.0.max(0);
            node.usd_per_hour() * hours as f64
        };
        self.nodes.iter().map(usd).sum::<f64>() * MONTHS
    }

    /// Accelerator-hours that pods hold in the window, by node.
    pub(crate) fn held_gpu_hours(&self) -> BTreeMap<String, f64> {
        let mut held = BTreeMap::new();
        for pod in self.pods.iter().filter(|pod| !pod.seats.is_empty()) {
            let node = &self.nodes[pod.node];
            let hours = pod.seconds.1.min(HOURS * HOUR) - pod.seconds.0.max(0);
            let gpus = node.seat_size() * pod.seats.len() as f64;
            *held.entry(self.node_id(pod.node)).or_default() += gpus * hours as f64 / HOUR as f64;
        }
        held
    }
}

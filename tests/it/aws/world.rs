//! A made estate over two weeks: three accounts, two regions, what runs there, how busy it is, what it costs, what an audit
//! should say about it, and what following it would save. Nothing here uses the program's code.

mod bill;
mod clusters;
mod commitments;
mod documents;
mod endpoints;
mod jobs;
mod load;
mod machines;
mod moto;
mod series;
mod served;
mod shapes;
mod studio;
mod throughput;
mod truth;

use std::collections::{BTreeMap, BTreeSet};

use super::fake::{Account, Estate, Role};

pub(crate) use self::{
    clusters::Node,
    endpoints::{Endpoint, Serving},
    jobs::{Job, Notebook},
    load::Load,
    machines::{Machine, Plan, Sender},
    shapes::Shape,
    studio::App,
    throughput::Throughput,
    truth::{Saves, Truth},
};

/// Monday 2026-09-21, 00:00 UTC.
pub(crate) const START: i64 = 1_789_948_800;
/// Two weeks.
pub(crate) const HOURS: i64 = 336;
/// Seconds.
pub(crate) const HOUR: i64 = 3600;
/// The first second after the window.
pub(crate) const END: i64 = START + HOURS * HOUR;
/// What time it is for the services.
pub(crate) const NOW: i64 = END + HOUR;

/// The account that pays, and two that it may look into.
pub(crate) const ACCOUNTS: [&str; 3] = ["111122223333", "444455556666", "777788889999"];
/// The regions that are switched on.
pub(crate) const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];
/// What is said to whoever opens the doors.
pub(crate) const EXTERNAL_ID: &str = "agreed";

/// An account and one of its regions, by their positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    account: usize,
    region: usize,
}

impl Place {
    const fn new(account: usize, region: usize) -> Self {
        Self { account, region }
    }

    pub(crate) fn account(self) -> &'static str {
        ACCOUNTS[self.account]
    }

    pub(crate) fn region(self) -> &'static str {
        REGIONS[self.region]
    }
}

/// Where things are.
pub(crate) const PAYER_US: Place = Place::new(0, 0);
pub(crate) const RESEARCH_US: Place = Place::new(1, 0);
pub(crate) const RESEARCH_EU: Place = Place::new(1, 1);
pub(crate) const PRODUCT_US: Place = Place::new(2, 0);
pub(crate) const PRODUCT_EU: Place = Place::new(2, 1);

/// Everything.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) machines: Vec<Machine>,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) notebooks: Vec<Notebook>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) apps: Vec<App>,
    pub(crate) throughputs: Vec<Throughput>,
    pub(crate) truth: Truth,
}

impl World {
    /// The whole estate.
    pub(crate) fn made() -> Self {
        let mut world = Self::default();
        machines::plant(&mut world);
        endpoints::plant(&mut world);
        jobs::plant(&mut world);
        clusters::plant(&mut world);
        studio::plant(&mut world);
        throughput::plant(&mut world);
        commitments::expect(&mut world.truth);
        world
    }

    /// One of each kind, for what needs only some.
    pub(crate) fn small() -> Self {
        let mut world = Self::made();
        let (mut seen, mut kept) = (BTreeSet::new(), BTreeSet::new());
        let mut is_first = |id: String, kind: &str| {
            let is_first = seen.insert(kind.to_owned());
            if is_first {
                kept.insert(id.replace("i-", "vol-"));
                kept.insert(id);
            }
            is_first
        };
        world.machines.retain(|machine| is_first(machine.id.clone(), machine.name));
        let kind = |name: &str| name.rsplit_once('-').map_or(name, |(kind, _)| kind).to_owned();
        world.endpoints.retain(|endpoint| {
            is_first(endpoint.id(), &format!("endpoint {}", kind(&endpoint.name)))
        });
        world.jobs.retain(|job| is_first(job.id(), &format!("job {}", kind(&job.name))));
        world.notebooks.retain(|notebook| is_first(notebook.id(), "notebook"));
        kept.extend(world.nodes.iter().map(|node| node.id.clone()));
        kept.extend(world.apps.iter().map(App::id));
        kept.extend(world.throughputs.iter().map(Throughput::id));
        let is_kept = |subject: &str| kept.contains(subject) || subject.starts_with("arn:");
        world.truth.hits.retain(|(_, subject)| is_kept(subject));
        world.truth.usd_per_month.retain(|subject, _| is_kept(subject));
        world.truth.unseen.retain(|subject| is_kept(subject));
        world
    }

    /// As the server holds it.
    pub(crate) fn estate(&self) -> Estate {
        let mut estate = Estate::default();
        estate.now = NOW;
        estate.regions = REGIONS.map(str::to_owned).to_vec();
        estate.accounts = ACCOUNTS
            .iter()
            .zip(["root", "research", "product"])
            .map(|(id, name)| Account {
                id: (*id).to_owned(),
                name: name.to_owned(),
                is_payer: *id == ACCOUNTS[0],
                role: Some(Role {
                    name: "ai-cost".to_owned(),
                    external_id: Some(EXTERNAL_ID.to_owned()),
                }),
            })
            .collect();
        documents::put(self, &mut estate);
        commitments::put(&mut estate);
        clusters::put(self, &mut estate);
        studio::put(self, &mut estate);
        throughput::put(self, &mut estate);
        series::add(self, &mut estate);
        bill::add(self, &mut estate);
        estate
    }

    /// As `moto` holds the rest of it.
    pub(crate) fn moto(&self) -> serde_json::Value {
        moto::estate(self)
    }

    /// Names of all that is there, with how often.
    pub(crate) fn names(&self) -> BTreeMap<String, usize> {
        let mut names = BTreeMap::new();
        let machines = self.machines.iter().map(|machine| machine.id.clone());
        let endpoints = self.endpoints.iter().map(Endpoint::id);
        let jobs = self.jobs.iter().map(Job::id);
        let notebooks = self.notebooks.iter().map(Notebook::id);
        let nodes = self.nodes.iter().map(|node| node.id.clone());
        let others = self.apps.iter().map(App::id).chain(nodes);
        let others = others.chain(self.throughputs.iter().map(Throughput::id));
        for name in machines.chain(endpoints).chain(jobs).chain(notebooks).chain(others) {
            *names.entry(name).or_default() += 1;
        }
        names
    }
}

/// A time as AWS writes it: `2026-09-21T00:00:00Z`.
pub(crate) fn iso(second: i64) -> String {
    jiff::Timestamp::from_second(second).unwrap().to_string()
}

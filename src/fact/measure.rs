//! From a snapshot to facts: every subject, its facts, and on demand its bill.

use std::collections::BTreeMap;

use super::{
    allocation::Allocation,
    bill, commitment,
    cost::CostIndex,
    load::Load,
    loads::Loads,
    machine, node, packing,
    pair::Pair,
    pool, resource, serving, slice,
    specs::specs_of,
    subject::{SPARE, Subject, WORKLOAD, World},
    table::{FactRow, FactTable, SubjectKind},
    traffic::Traffic,
    unmatched, workload,
};
use crate::{
    calendar::{CrossFit, LocalWeek, WeekHours},
    catalog::Catalog,
    frame::{Aliases, ResourceRow, WorkloadRow, link},
    report::TelemetrySummary,
    saving::Bill,
    settings::Settings,
    snapshot::{Gap, Snapshot, SnapshotError},
    units::count,
    window::Window,
};

/// The measured ground of an audit. It owns what subjects borrow.
#[derive(Debug)]
pub struct Ground<'a> {
    snapshot: &'a Snapshot,
    settings: &'a Settings,
    catalog: &'a Catalog,
    week: LocalWeek,
    working_hours: WeekHours,
    resources: Vec<ResourceRow>,
    costs: CostIndex,
    loads: BTreeMap<String, Load>,
    telemetry: TelemetrySummary,
    /// What was missing or did not fit.
    pub gaps: Vec<Gap>,
}

/// All subjects of a snapshot with their facts.
#[derive(Debug)]
pub struct Facts<'a> {
    /// One table per kind of subject.
    pub tables: Vec<FactTable>,
    pub(super) subjects: BTreeMap<&'a str, Subject<'a>>,
    pub(super) allocation: Allocation<'a>,
    /// Share of the accelerator-hours that each workload held with telemetry of their own.
    pub(super) observed: BTreeMap<&'a str, f64>,
    /// Share of each node's unallocated accelerator-hours that whole nodes could give back.
    pub(super) packable: BTreeMap<&'a str, f64>,
    pub(super) pools: BTreeMap<String, pool::Pool>,
    pub(super) costs: &'a CostIndex,
    pub(super) window: Window,
}

impl<'a> Ground<'a> {
    /// Reads the heavy frames of a snapshot, in one pass each.
    pub fn read(
        snapshot: &'a Snapshot,
        settings: &'a Settings,
        catalog: &'a Catalog,
        zone: &jiff::tz::TimeZone,
    ) -> Result<Self, SnapshotError> {
        let mut costs = CostIndex::new(snapshot.window);
        snapshot.costs.for_each(&mut |row| costs.add(row))?;
        let mut resources = snapshot.resources.clone();
        let mut loads = Loads::new(&resources, settings);
        snapshot.usage.for_each(snapshot.window, &mut loads)?;
        let (by_resource, telemetry, unknown) = loads.finish();
        let mut gaps = snapshot.gaps.clone();
        if !unknown.is_empty() {
            gaps.push(Gap {
                what: format!("{} with telemetry", count(unknown.len() as u64, "resource")),
                because: "no inventory or bill names them".to_owned(),
                hides: "what they are and what they cost".to_owned(),
                remedy: "Add --inventory, or a bill that names resources.".to_owned(),
            });
        }
        resources.extend(unknown);
        gaps.extend(unmatched::gaps(snapshot, &Aliases::of(&resources)));
        link(&mut resources);
        if !snapshot.workloads.is_empty() {
            let nodes = resources.iter().filter(|row| row.kind == "node");
            let spare: Vec<ResourceRow> = nodes.map(slice::spare_row).collect();
            resources.extend(spare);
        }
        resources.sort_by(|a, b| a.resource_id.cmp(&b.resource_id));
        Ok(Self {
            snapshot,
            settings,
            catalog,
            working_hours: settings.policy.week_hours(),
            week: LocalWeek::new(snapshot.window, zone),
            resources,
            costs,
            loads: by_resource,
            telemetry,
            gaps,
        })
    }

    /// Telemetry over all resources.
    pub fn telemetry(&self) -> &TelemetrySummary {
        &self.telemetry
    }

    /// Works out all facts.
    pub fn measure<'g>(&'g self, traffic: &'g BTreeMap<&'g str, Traffic>) -> Facts<'g> {
        let mut facts = self.untabled(traffic);
        let table = |kind| FactTable {
            kind,
            specs: specs_of(kind),
            rows: facts.rows(kind, &self.snapshot.commitments),
        };
        facts.tables = SubjectKind::ALL.into_iter().map(table).collect();
        facts
    }

    /// The same without tables.
    pub fn untabled<'g>(&'g self, traffic: &'g BTreeMap<&'g str, Traffic>) -> Facts<'g> {
        let world = World {
            window: self.snapshot.window,
            settings: self.settings,
            catalog: self.catalog,
            costs: &self.costs,
            week: &self.week,
            working_hours: &self.working_hours,
        };
        let aliases = Aliases::of(&self.resources);
        let mut work: BTreeMap<String, Vec<&WorkloadRow>> = BTreeMap::new();
        for row in &self.snapshot.workloads {
            if let Some(id) = row.resource_id.as_deref().and_then(|id| aliases.resolve(id)) {
                work.entry(id).or_default().push(row);
            }
            if let Some(id) = aliases.resolve(&row.workload_id) {
                work.entry(id).or_default().push(row);
            }
        }
        let traffic: BTreeMap<String, &Traffic> = traffic
            .iter()
            .map(|(id, traffic)| (aliases.resolve(id).unwrap_or_else(|| (*id).to_owned()), traffic))
            .collect();
        let pairs = Pair::all(&self.resources);
        let mut subjects: BTreeMap<&str, Subject<'g>> = self
            .resources
            .iter()
            .map(|row| {
                let id = row.resource_id.as_str();
                let pair = pairs.get(id).copied().unwrap_or_else(|| Pair::single(row));
                // A machine is seen through the node that runs on it, and a node through its machine.
                let names = [pair.judged_id(), pair.payer_id()];
                let load = names.iter().find_map(|&name| self.loads.get(name));
                let traffic = names.iter().find_map(|&name| traffic.get(name).copied());
                let work_of = |name| work.get(name).cloned().unwrap_or_default();
                let mut work = work_of(pair.judged_id());
                if pair.judged_id() != pair.payer_id() {
                    work.extend(work_of(pair.payer_id()));
                }
                (id, Subject::new(world, row, pair, load, traffic, work))
            })
            .collect();
        let allocation = Allocation::of(&subjects, &aliases);
        slice::settle(&mut subjects, &allocation);
        let pools = pool::gather(&subjects);
        Facts {
            packable: packing::packable_ratios(&subjects, &allocation, self.snapshot.window),
            allocation,
            observed: workload::observed_ratios(&subjects),
            tables: Vec::new(),
            pools,
            costs: &self.costs,
            window: self.snapshot.window,
            subjects,
        }
    }
}

impl<'a> Facts<'a> {
    fn rows(&self, kind: SubjectKind, commitments: &[crate::frame::CommitmentRow]) -> Vec<FactRow> {
        match kind {
            SubjectKind::Commitment => commitment::rows(commitments, self.costs, self.window),
            SubjectKind::Pool => self.pools.values().map(pool::Pool::row).collect(),
            _ => self.subjects.values().filter_map(|subject| self.row(kind, subject)).collect(),
        }
    }

    pub(super) fn row(&self, kind: SubjectKind, subject: &Subject<'a>) -> Option<FactRow> {
        let machine = || self.subjects.get(subject.row.attached_to.as_deref()?);
        let own = match kind {
            _ if !belongs(kind, subject) => return None,
            SubjectKind::Accelerator => {
                let mut own = machine::accelerator(subject);
                node::add_pods(&mut own, subject, self);
                own.values()
            }
            SubjectKind::Endpoint => serving::endpoint(subject).values(),
            SubjectKind::Notebook => machine::notebook(subject).values(),
            SubjectKind::Job => machine::job(subject).values(),
            SubjectKind::Volume => machine::volume(subject, machine()).values(),
            SubjectKind::Throughput => serving::throughput(subject).values(),
            SubjectKind::Workload => workload::workload(subject, self).values(),
            SubjectKind::Spare => node::spare(subject, self)?.values(),
            SubjectKind::Resource => resource::facts(subject).values(),
            SubjectKind::Commitment | SubjectKind::Pool => return None,
        };
        let mut common = subject.common();
        if kind == SubjectKind::Workload {
            common.spot_is_allowed = Some(workload::may_be_on_spot(subject, self));
        }
        let mut values = common.values();
        values.extend(own);
        Some(FactRow { subject: subject.reference(), values })
    }

    /// The hourly bill of a subject. `None`: its cost is not known.
    pub fn bill(&self, kind: SubjectKind, id: &str) -> Option<Bill> {
        match kind {
            SubjectKind::Commitment => {
                let unused = self.costs.unused_of(id)?;
                let is_told = unused.untold_count(self.window) == 0;
                is_told.then(|| bill::plain(self.window, &unused.hourly(self.window, None)))
            }
            SubjectKind::Pool => Some(self.pools.get(id)?.bill(self.window)),
            SubjectKind::Workload | SubjectKind::Spare => bill::of_slice(self, id),
            _ => bill::of_resource(self.subjects.get(id)?),
        }
    }

    /// The weekly calendars of a subject's activity. `None`: less than two weeks were observed.
    pub fn calendars(&self, kind: SubjectKind, id: &str) -> Option<CrossFit> {
        match kind {
            SubjectKind::Commitment | SubjectKind::Pool => None,
            _ => self.subjects.get(id)?.calendars(),
        }
    }

    /// Members of each pool.
    pub fn pool_members(&self) -> BTreeMap<String, Vec<String>> {
        self.pools.iter().map(|(id, pool)| (id.clone(), pool.members.clone())).collect()
    }

    /// Things that share one bill: a node and the machine beneath it.
    pub fn groups(&self) -> BTreeMap<String, String> {
        self.subjects
            .values()
            .filter(|subject| subject.is_paid_beneath())
            .map(|subject| (subject.row.resource_id.clone(), subject.pair.payer_id().to_owned()))
            .collect()
    }

    /// A subject by id.
    pub fn subject(&self, id: &str) -> Option<&Subject<'a>> {
        self.subjects.get(id)
    }

    /// All subjects, by id.
    pub fn subjects(&self) -> impl Iterator<Item = &Subject<'a>> {
        self.subjects.values()
    }

    /// The table of a kind of subject.
    pub fn table(&self, kind: SubjectKind) -> Option<&FactTable> {
        self.tables.iter().find(|table| table.kind == kind)
    }
}

/// Which resources are subjects of a kind.
fn belongs(kind: SubjectKind, subject: &Subject<'_>) -> bool {
    let is = |kinds: &[&str]| kinds.contains(&subject.row.kind.as_str());
    if subject.is_beneath_node() {
        // The node is judged in its place.
        return false;
    }
    match kind {
        SubjectKind::Accelerator => {
            is(&["gpu_instance", "node"]) && subject.has_gpu() != Some(false)
        }
        SubjectKind::Endpoint => is(&["endpoint"]),
        SubjectKind::Notebook => is(&["notebook"]),
        SubjectKind::Job => is(&["job"]),
        SubjectKind::Volume => is(&["volume"]),
        SubjectKind::Throughput => is(&["provisioned_throughput"]),
        SubjectKind::Workload => is(&[WORKLOAD]),
        SubjectKind::Spare => is(&[SPARE]),
        SubjectKind::Resource => !subject.is_slice(),
        SubjectKind::Commitment | SubjectKind::Pool => false,
    }
}

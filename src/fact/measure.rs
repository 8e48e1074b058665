//! From a snapshot to facts: every subject, its facts, and on demand its bill.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    commitment,
    cost::CostIndex,
    load::Load,
    loads::Loads,
    machine, pool, resource, serving,
    specs::specs_of,
    subject::{CostBasis, Subject, World},
    table::{FactRow, FactTable, SubjectKind},
    traffic::Traffic,
};
use crate::{
    calendar::{CrossFit, LocalWeek, WeekHours},
    catalog::Catalog,
    frame::{Aliases, InvocationRow, ResourceRow, WorkloadRow},
    report::TelemetrySummary,
    saving::{Bill, BillHour},
    settings::Settings,
    snapshot::{Gap, Snapshot, SnapshotError},
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
    subjects: BTreeMap<&'a str, Subject<'a>>,
    pools: BTreeMap<String, pool::Pool>,
    costs: &'a CostIndex,
    window: Window,
}

impl<'a> Ground<'a> {
    /// Reads the heavy frames of a snapshot, in one pass each.
    pub fn read(
        snapshot: &'a Snapshot,
        settings: &'a Settings,
        catalog: &'a Catalog,
        zone: &jiff::tz::TimeZone,
    ) -> Result<Self, SnapshotError> {
        let mut costs = CostIndex::default();
        snapshot.costs.for_each(&mut |row| costs.add(row))?;
        let mut resources = snapshot.resources.clone();
        let mut loads = Loads::new(&resources, settings);
        snapshot.usage.for_each(snapshot.window, &mut loads)?;
        let (by_resource, telemetry, unknown) = loads.finish();
        let mut gaps = snapshot.gaps.clone();
        if !unknown.is_empty() {
            gaps.push(Gap {
                what: format!("{} resources with telemetry", unknown.len()),
                because: "no inventory or bill names them".to_owned(),
                hides: "what they are and what they cost".to_owned(),
                remedy: "Add --inventory, or a bill that names resources.".to_owned(),
            });
        }
        resources.extend(unknown);
        gaps.extend(unmatched_requests(&snapshot.invocations, &Aliases::of(&resources)));
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

    /// Amortised cost of all usage on the bill, scaled to a month. `None`: there is no bill.
    pub fn billed_usd_per_month(&self) -> Option<f64> {
        let hours = self.snapshot.window.hours();
        (!self.costs.is_empty())
            .then(|| self.costs.usage_usd() / hours * crate::units::HOURS_PER_MONTH)
    }

    /// Works out all facts.
    pub fn measure<'g>(&'g self, traffic: &'g BTreeMap<&'g str, Traffic>) -> Facts<'g> {
        let world = World {
            window: self.snapshot.window,
            settings: self.settings,
            catalog: self.catalog,
            costs: &self.costs,
            week: &self.week,
            working_hours: &self.working_hours,
        };
        let mut work: BTreeMap<&str, Vec<&WorkloadRow>> = BTreeMap::new();
        for row in &self.snapshot.workloads {
            if let Some(id) = &row.resource_id {
                work.entry(id).or_default().push(row);
            }
        }
        let aliases = Aliases::of(&self.resources);
        let traffic: BTreeMap<String, &Traffic> = traffic
            .iter()
            .map(|(id, traffic)| (aliases.resolve(id).unwrap_or_else(|| (*id).to_owned()), traffic))
            .collect();
        // A machine is seen through the node that runs on it.
        let nodes: BTreeMap<&str, &str> = self
            .resources
            .iter()
            .filter_map(|row| Some((row.backed_by.as_deref()?, row.resource_id.as_str())))
            .collect();
        let subjects: BTreeMap<&str, Subject<'g>> = self
            .resources
            .iter()
            .map(|row| {
                let id = row.resource_id.as_str();
                let work = work.remove(id).unwrap_or_default();
                let node = nodes.get(id).copied();
                let load = self.loads.get(id).or_else(|| self.loads.get(node?));
                let traffic = traffic.get(id).copied();
                let mut subject = Subject::new(world, row, load, traffic, work);
                subject.is_beneath_node = node.is_some();
                (id, subject)
            })
            .collect();
        let pools = pool::gather(&subjects);
        let mut facts = Facts {
            tables: Vec::new(),
            pools,
            costs: &self.costs,
            window: self.snapshot.window,
            subjects,
        };
        facts.tables = SubjectKind::ALL
            .into_iter()
            .map(|kind| FactTable {
                kind,
                specs: specs_of(kind),
                rows: facts.rows(kind, &self.snapshot.commitments),
            })
            .collect();
        facts
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

    fn row(&self, kind: SubjectKind, subject: &Subject<'a>) -> Option<FactRow> {
        let machine = || self.subjects.get(subject.row.attached_to.as_deref()?);
        let own = match kind {
            _ if !belongs(kind, subject) => return None,
            SubjectKind::Accelerator => machine::accelerator(subject).values(),
            SubjectKind::Endpoint => serving::endpoint(subject).values(),
            SubjectKind::Notebook => machine::notebook(subject).values(),
            SubjectKind::Job => machine::job(subject).values(),
            SubjectKind::Volume => machine::volume(subject, machine()).values(),
            SubjectKind::Throughput => serving::throughput(subject).values(),
            SubjectKind::Resource => resource::facts(subject).values(),
            SubjectKind::Commitment | SubjectKind::Pool => return None,
        };
        let mut values = subject.common().values();
        values.extend(own);
        Some(FactRow { subject: subject.reference(), values })
    }

    /// The hourly bill of a subject. `None`: its cost is not known.
    pub fn bill(&self, kind: SubjectKind, id: &str) -> Option<Bill> {
        match kind {
            SubjectKind::Commitment => {
                let cost = self.costs.unused_of(id)?.hourly(self.window, None);
                Some(plain_bill(self.window, &cost))
            }
            SubjectKind::Pool => Some(self.pools.get(id)?.bill(self.window)),
            _ => bill_of(self.subjects.get(id)?),
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
        let backed = self.subjects.values().filter_map(|subject| {
            let machine = subject.row.backed_by.as_deref()?;
            self.subjects
                .contains_key(machine)
                .then(|| (subject.row.resource_id.clone(), machine.to_owned()))
        });
        backed.collect()
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

    /// What a resource costs a month. `None`: not known.
    pub fn monthly_usd(&self, id: &str) -> Option<f64> {
        self.subjects.get(id)?.effective_usd_per_month()
    }

    /// What a subject that is no resource costs a month. `None`: not known.
    pub fn fact_usd(&self, kind: SubjectKind, id: &str) -> Option<f64> {
        let table = self.table(kind)?;
        let position = table.position("effective_usd_per_month")?;
        // Rows are sorted by id.
        let row =
            table.rows.binary_search_by(|row| row.subject.resource_id.as_str().cmp(id)).ok()?;
        table.rows.get(row)?.values.get(position)?.number()
    }

    fn listed(&self) -> impl Iterator<Item = &Subject<'a>> {
        self.subjects
            .values()
            .filter(|subject| subject.cost.is_some_and(|cost| cost.basis == CostBasis::ListPrice))
    }

    /// What the resources cost a month whose cost is a list price. `None`: there are none.
    pub fn list_price_usd_per_month(&self) -> Option<f64> {
        let known: Vec<f64> = self.listed().filter_map(Subject::effective_usd_per_month).collect();
        (!known.is_empty()).then(|| known.into_iter().sum())
    }

    /// The price rows behind those costs: provider, region, machine type, purchase option.
    pub fn list_price_keys(&self) -> BTreeSet<(String, String, String, String)> {
        self.listed()
            .filter_map(|subject| {
                let row = subject.row;
                let option = row.purchase_option.as_deref().filter(|option| *option == "spot");
                Some((
                    row.provider.clone(),
                    row.region.clone(),
                    row.instance_type.clone()?,
                    option.unwrap_or("on_demand").to_owned(),
                ))
            })
            .collect()
    }

    /// Whether any cost is a list price because there is no bill.
    pub fn uses_list_prices(&self) -> bool {
        self.subjects
            .values()
            .any(|subject| subject.cost.is_some_and(|cost| cost.basis == CostBasis::ListPrice))
    }
}

/// Which resources are subjects of a kind.
fn belongs(kind: SubjectKind, subject: &Subject<'_>) -> bool {
    let is = |kinds: &[&str]| kinds.contains(&subject.row.kind.as_str());
    match kind {
        SubjectKind::Accelerator => {
            is(&["gpu_instance", "node"])
                && subject.has_gpu() != Some(false)
                && !subject.is_beneath_node
        }
        SubjectKind::Endpoint => is(&["endpoint"]),
        SubjectKind::Notebook => is(&["notebook"]),
        SubjectKind::Job => is(&["job"]),
        SubjectKind::Volume => is(&["volume"]),
        SubjectKind::Throughput => is(&["provisioned_throughput"]),
        SubjectKind::Resource => true,
        SubjectKind::Commitment | SubjectKind::Pool => false,
    }
}

/// The bill of a resource, with what its load asked for.
fn bill_of(subject: &Subject<'_>) -> Option<Bill> {
    let (cost, _) = subject.hourly_cost()?;
    let window = subject.world.window;
    let needs = serving::needs(subject);
    let activity = subject.activity();
    let units = subject.unit_count();
    let hours = (0..window.hour_count())
        .map(|index| {
            let traffic = subject.traffic.and_then(|traffic| traffic.hours.get(index));
            let runs = subject
                .running
                .as_ref()
                .is_none_or(|running| running.get(index).copied().unwrap_or(false));
            let replicas = traffic.and_then(|hour| hour.replica_count).unwrap_or(units);
            BillHour {
                unit_count: if runs { replicas } else { 0.0 },
                on_demand_usd: cost.on_demand_usd.get(index).copied().unwrap_or_default(),
                committed_usd: cost.committed_usd.get(index).copied().unwrap_or_default(),
                need_count: needs.get(index).copied().flatten(),
                is_active: activity.get(index).copied().flatten(),
                request_count: traffic.and_then(|hour| hour.request_count),
            }
        })
        .collect();
    Some(Bill { window, hours })
}

/// A bill without telemetry.
fn plain_bill(window: Window, cost: &super::cost::HourlyCost) -> Bill {
    let hours = cost
        .on_demand_usd
        .iter()
        .zip(&cost.committed_usd)
        .map(|(&on_demand_usd, &committed_usd)| BillHour {
            unit_count: 1.0,
            on_demand_usd,
            committed_usd,
            ..BillHour::default()
        })
        .collect();
    Bill { window, hours }
}

/// Requests to things that nothing else names. `None`: all are known.
fn unmatched_requests(rows: &[InvocationRow], known: &Aliases) -> Option<Gap> {
    let all: BTreeSet<&str> = rows.iter().map(|row| row.resource_id.as_str()).collect();
    let unmatched: Vec<&str> = all.into_iter().filter(|id| known.resolve(id).is_none()).collect();
    let first = unmatched.first()?;
    Some(Gap {
        what: format!("{} endpoints with requests, such as {first}", unmatched.len()),
        because: "no inventory or bill names them".to_owned(),
        hides: "what they cost and whether they are sized for their requests".to_owned(),
        remedy: "Add --inventory, or use the same ids in both files.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::InstantMs;

    #[test]
    fn requests_to_an_unknown_endpoint_are_a_gap() {
        let request = InvocationRow {
            resource_id: "chat".to_owned(),
            model: "default".to_owned(),
            hour_start: InstantMs(0),
            request_count: Some(1),
            error_count: None,
            input_token_count: None,
            output_token_count: None,
            short_request_ratio: None,
            latency_p95_ms: None,
            replica_mean_count: None,
            throughput_util_ratio: None,
            engine_cache_max_ratio: None,
        };
        let known =
            ResourceRow { resource_id: "aws:1:eu:chat".to_owned(), ..ResourceRow::default() };
        let gap = |known: &[ResourceRow]| {
            unmatched_requests(std::slice::from_ref(&request), &Aliases::of(known))
        };
        assert_eq!(gap(&[known]), None);
        assert!(gap(&[]).is_some_and(|gap| gap.what == "1 endpoints with requests, such as chat"));
    }
}

//! One resource with everything known about it: the ground that its facts and its bill are worked out from.

use std::cell::OnceCell;

use super::{
    candidate::Current,
    cost::{CostIndex, ResourceCost},
    load::{Beside, HourNote, Load},
    pair::{self, Pair},
    specs::CommonFacts,
    table::SubjectRef,
    traffic::Traffic,
};
use crate::{
    calendar::{CrossFit, LocalWeek, WeekHours},
    catalog::{Catalog, Gpu, Shape, looks_accelerated},
    frame::{ResourceRow, WorkloadRow, native_id},
    settings::{Settings, tags::Labels},
    units::HOURS_PER_MONTH,
    window::{MS_PER_HOUR, Window},
};

/// Kind of resource for what runs on nodes.
pub(super) const WORKLOAD: &str = "workload";
/// Kind of resource for a node's accelerators that no pod holds.
pub(super) const SPARE: &str = "spare";

/// What all subjects of an audit share.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The audited time.
    pub window: Window,
    /// Decisions.
    pub settings: &'a Settings,
    /// What can be bought.
    pub catalog: &'a Catalog,
    /// The bill.
    pub costs: &'a CostIndex,
    /// The local clock of schedules, over the window.
    pub week: &'a LocalWeek,
    /// Hours of the week that are never called off.
    pub working_hours: &'a WeekHours,
}

/// Where a cost comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostBasis {
    /// Charged.
    Bill,
    /// List price × hours, because there is no bill.
    ListPrice,
}

/// What a subject cost in the window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SubjectCost {
    /// All of it.
    pub total_usd: f64,
    /// Share that was committed. `None`: it cost nothing.
    pub committed_ratio: Option<f64>,
    /// Where it comes from.
    pub basis: CostBasis,
}

/// One resource and what is known about it.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// Shared ground.
    pub world: World<'a>,
    /// The resource.
    pub row: &'a ResourceRow,
    /// The same machine under both its names.
    pub pair: Pair<'a>,
    /// Tags, read.
    pub labels: Labels,
    /// Its machine type.
    pub shape: Option<&'a Shape>,
    /// Its accelerator.
    pub gpu: Option<&'a Gpu>,
    /// Telemetry.
    pub load: Option<&'a Load>,
    /// What of it may be supposed to be something else.
    pub beside: Beside,
    /// Requests.
    pub traffic: Option<&'a Traffic>,
    /// Which hours it ran. `None`: not known.
    pub running: Option<Vec<bool>>,
    /// What it cost in the window. `None`: not known.
    pub cost: Option<SubjectCost>,
    /// What ran on it.
    pub work: Vec<&'a WorkloadRow>,
    /// What calendars call off, once somebody has asked: fitting them takes longer than all else that is worked out of it.
    off_hours: OnceCell<OffHours>,
}

/// Hours that calendars call off.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct OffHours {
    /// Share of the running hours that they call off. `None`: there are no calendars.
    pub(super) ratio: Option<f64>,
    /// Share of those that were active after all.
    pub(super) active_ratio: Option<f64>,
}

impl<'a> Subject<'a> {
    /// Puts together what is known about a resource.
    pub fn new(
        world: World<'a>,
        row: &'a ResourceRow,
        pair: Pair<'a>,
        load: Option<&'a Load>,
        traffic: Option<&'a Traffic>,
        work: Vec<&'a WorkloadRow>,
    ) -> Self {
        let shape = pair::shape(pair.typed(world.catalog), world.catalog);
        let model = row.gpu_model.as_deref().or(shape.map(|shape| shape.gpu_model.as_str()));
        let mut subject = Self {
            world,
            row,
            pair,
            labels: Labels::of(row, &world.settings.tags),
            shape,
            gpu: model.and_then(|model| world.catalog.gpu(model)),
            load,
            beside: load.map(|load| load.beside).unwrap_or_default(),
            traffic,
            running: None,
            cost: None,
            work,
            off_hours: OnceCell::new(),
        };
        if subject.is_slice() {
            // When it ran and what it cost depends on its nodes.
            return subject;
        }
        subject.running = subject.find_running();
        subject.cost = subject.hourly_cost().map(|(cost, basis)| SubjectCost {
            total_usd: cost.total_usd(),
            committed_ratio: cost.committed_ratio(),
            basis,
        });
        subject
    }

    /// Whether its cost is a share of nodes' costs.
    pub fn is_slice(&self) -> bool {
        [WORKLOAD, SPARE].contains(&self.row.kind.as_str())
    }

    /// Whether it is the machine beneath a node, which is judged in its place.
    pub fn is_beneath_node(&self) -> bool {
        self.row.resource_id != self.pair.judged_id()
    }

    /// Whether another resource, the machine beneath it, is charged for it.
    pub fn is_paid_beneath(&self) -> bool {
        self.row.resource_id != self.pair.payer_id()
    }

    /// The row whose machine type and region prices are looked up by.
    pub fn typed_row(&self) -> &'a ResourceRow {
        self.pair.typed(self.world.catalog)
    }

    /// Machine type in the provider's spelling.
    fn instance_type(&self) -> Option<String> {
        self.row.instance_type.clone().or_else(|| self.typed_row().instance_type.clone())
    }

    /// Whether list prices are those of such a machine: they are of plain Linux on shared hardware.
    pub(super) fn has_list_price(&self) -> bool {
        self.price_variant().is_none()
    }

    /// What its price holds that list prices do not.
    pub(super) fn price_variant(&self) -> Option<&'a str> {
        self.pair.known(|row| row.price_variant.as_deref())
    }

    /// The catalog's price of this machine type in this region. A node that no catalog prices costs what its accelerators do by
    /// the settings (`kubernetes.gpu_usd_per_hour`).
    pub fn price(&self, purchase_option: &str) -> Option<f64> {
        let listed = pair::price(self.typed_row(), purchase_option, self.world.catalog)
            .filter(|_| self.has_list_price());
        listed.map(|price| price.usd_per_hour).or_else(|| {
            let is_own =
                purchase_option == "on_demand" && self.pair.rows().any(|row| row.kind == "node");
            let rates = &self.world.settings.kubernetes.gpu_usd_per_hour;
            let rate = rates.get(&self.gpu_model()?).filter(|_| is_own)?;
            Some(rate * self.gpu_count()?)
        })
    }

    /// A price ÷ the on-demand price, both of the catalog.
    pub fn price_ratio(&self, purchase_option: &str) -> Option<f64> {
        Some(self.price(purchase_option)? / self.price("on_demand")?)
    }

    /// Share of such spot machines reclaimed in a month.
    pub fn spot_interruption_monthly_ratio(&self) -> Option<f64> {
        pair::price(self.typed_row(), "spot", self.world.catalog)?.spot_interruption_monthly_ratio
    }

    /// Whether the policy approves to pay for it this way: the way itself, its region and its machine type. A machine
    /// type that is not known is of no approved family.
    pub fn may_be_paid(&self, purchase_option: &str) -> bool {
        let policy = &self.world.settings.policy;
        let row = self.typed_row();
        let family = self.shape.map(|shape| shape.family.as_str());
        policy.approves_purchase_option(purchase_option)
            && policy.approves_region(&row.region)
            && policy.approves_machine(family, row.instance_type.as_deref().unwrap_or_default())
    }

    /// Canonical accelerator model.
    pub fn gpu_model(&self) -> Option<String> {
        let of_shape = || self.shape.map(|shape| shape.gpu_model.clone());
        self.row.gpu_model.clone().or_else(of_shape)
    }

    /// Accelerators of one machine or replica.
    pub fn gpu_count(&self) -> Option<f64> {
        self.row.gpu_count.or(self.shape.map(|shape| shape.gpu_count))
    }

    /// Memory of one accelerator.
    pub fn gpu_mem_gib_per_gpu(&self) -> Option<f64> {
        self.row
            .gpu_mem_gib_per_gpu
            .or(self.shape.and_then(|shape| shape.gpu_mem_gib_per_gpu))
            .or(self.gpu.and_then(|gpu| gpu.gpu_mem_gib))
    }

    /// Whether it has accelerators. `None`: the machine type is not known.
    ///
    /// The catalog holds accelerated types only. A type it lacks has none unless its name is of an accelerated family,
    /// in which case it is not known.
    pub fn has_gpu(&self) -> Option<bool> {
        if self.gpu_count().is_some_and(|count| count > 0.0) {
            return Some(true);
        }
        if self.load.is_some_and(|load| load.observed_hours > 0.0) {
            return Some(true);
        }
        if self.row.gpu_count.is_some() {
            return Some(false);
        }
        let row = self.typed_row();
        (!looks_accelerated(pair::seller(row), row.instance_type.as_deref()?)).then_some(false)
    }

    /// Machines, replicas or units at the same time.
    pub fn unit_count(&self) -> f64 {
        self.pair.known(|row| row.unit_count).unwrap_or(1.0)
    }

    /// Hours it ran.
    pub fn running_hours(&self) -> Option<f64> {
        let running = self.running.as_ref()?;
        Some(running.iter().filter(|&&flag| flag).count() as f64)
    }

    /// Observed ÷ running hours; observation outside the running hours does not count twice.
    pub fn observed_ratio(&self, observed_hours: f64) -> Option<f64> {
        let running = self.running_hours()?;
        (running > 0.0).then(|| (observed_hours / running).min(1.0))
    }

    /// Cost scaled to a month.
    pub fn effective_usd_per_month(&self) -> Option<f64> {
        Some(self.cost?.total_usd / self.world.window.hours() * HOURS_PER_MONTH)
    }

    /// How it is paid for: as reported, else as billed.
    pub fn purchase_option(&self) -> Option<String> {
        let billed = || {
            let charges = self.pair.charges(self.world.costs);
            charges.into_iter().find_map(ResourceCost::purchase_option).map(str::to_owned)
        };
        self.pair.known(|row| row.purchase_option.clone()).or_else(billed)
    }

    /// Days from an instant to the end of the window; never negative.
    pub fn days_since(&self, at: crate::frame::InstantMs) -> f64 {
        let end_ms = self.world.window.end * MS_PER_HOUR;
        ((end_ms - at.0) as f64 / (24 * MS_PER_HOUR) as f64).max(0.0)
    }

    /// Days since it was stopped.
    pub fn stopped_days(&self) -> Option<f64> {
        let is_stopped = matches!(self.row.state.as_deref(), Some("stopped" | "stopped_billed"));
        self.row.stopped_at.filter(|_| is_stopped).map(|at| self.days_since(at))
    }

    /// The machine and its load, as the search for substitutes takes them. `None`: the shape is not in the catalog.
    pub(super) fn current(&self) -> Option<Current<'a>> {
        Some(Current {
            region: &self.typed_row().region,
            shape: self.shape?,
            has_list_price: self.has_list_price(),
            gpu: self.gpu?,
            mem_used_max_gib: self.beside.mem_used_max_gib,
            demand: self.demand(),
            cpu_util_p95_ratio: self.beside.cpu_util_p95_ratio,
        })
    }

    /// Activity by hour: requests for endpoints, else accelerators; the CPU where there certainly are none. Where there may
    /// be some, a quiet CPU says nothing about them. `None`: not observed.
    pub fn activity(&self) -> Vec<Option<bool>> {
        let hours = self.world.window.hour_count();
        if self.row.kind == WORKLOAD {
            return (0..hours).map(|index| self.workload_activity(index)).collect();
        }
        if let Some(traffic) = self.traffic.filter(|_| self.row.kind == "endpoint") {
            let requests = |index: usize| traffic.hours.get(index)?.request_count;
            return (0..hours).map(|index| requests(index).map(|count| count > 0.0)).collect();
        }
        let has_cpu_only = self.has_gpu() == Some(false);
        let notes = self.load.map_or(&[][..], |load| load.notes.as_slice());
        let of_note = |note: &HourNote| {
            if has_cpu_only { note.is_active() } else { note.gpu_is_active() }
        };
        (0..hours).map(|index| notes.get(index).and_then(of_note)).collect()
    }

    /// The weekly calendars of its activity while it ran. `None`: less than two weeks.
    pub fn calendars(&self) -> Option<CrossFit> {
        let running = self.running.as_ref()?;
        let activity: Vec<Option<bool>> = self
            .activity()
            .into_iter()
            .zip(running)
            .map(|(active, &runs)| if runs { active } else { None })
            .collect();
        CrossFit::fit(self.world.week, &activity, self.world.working_hours)
    }

    /// What its calendars call off.
    pub(super) fn off_hours(&self) -> OffHours {
        *self.off_hours.get_or_init(|| {
            let Some((calendars, running)) = self.calendars().zip(self.running.as_ref()) else {
                return OffHours::default();
            };
            let off = calendars.off_hours(running.iter().copied().zip(self.activity()));
            OffHours { ratio: off.off_hours_ratio, active_ratio: off.off_hours_active_ratio }
        })
    }

    /// The facts every subject has.
    pub fn common(&self) -> CommonFacts {
        let policy = &self.world.settings.policy;
        let row = self.row;
        CommonFacts {
            resource_id: Some(row.resource_id.clone()),
            native_id: Some(native_id(&row.resource_id).to_owned()),
            provider: Some(row.provider.clone()),
            account_id: Some(row.account_id.clone()),
            region: Some(row.region.clone()),
            kind: Some(row.kind.clone()),
            name: row.name.clone(),
            instance_type: self.instance_type(),
            state: row.state.clone(),
            purchase_option: self.purchase_option(),
            environment: self.labels.environment.clone(),
            owner: self.labels.owner.clone(),
            team: self.labels.team.clone(),
            is_production: Some(self.labels.is_production),
            is_latency_bound: Some(self.labels.is_latency_bound),
            is_standby: Some(self.labels.is_standby),
            is_interruptible: self.is_interruptible(),
            spot_is_allowed: Some(self.may_be_paid("spot")),
            region_is_allowed: (!policy.regions.is_empty())
                .then(|| policy.approves_region(&row.region)),
            age_days: row.launched_at.map(|at| self.days_since(at)),
            running_hours: self.running_hours(),
            effective_usd_per_month: self.effective_usd_per_month(),
            committed_ratio: self.cost.and_then(|cost| cost.committed_ratio),
            reserved_in: self.reserved_in().map(str::to_owned),
            is_on_demand_base: self.pair.known(|row| row.is_on_demand_base),
        }
    }

    /// Who it is, for findings.
    pub fn reference(&self) -> SubjectRef {
        let row = self.row;
        SubjectRef {
            provider: row.provider.clone(),
            account_id: row.account_id.clone(),
            region: row.region.clone(),
            resource_id: row.resource_id.clone(),
            kind: row.kind.clone(),
            name: row.name.clone(),
            instance_type: self.instance_type(),
            owner: self.labels.owner.clone(),
            team: self.labels.team.clone(),
        }
    }
}

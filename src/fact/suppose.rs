//! What the facts would be if telemetry that was not read were known: the ground of deciding whether to read it.

use std::collections::BTreeSet;

use super::{
    load::Beside,
    measure::Facts,
    specs::specs_of,
    table::{FactTable, SubjectKind},
};

/// What unread telemetry is supposed to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supposition {
    /// No accelerator memory is in use.
    EmptyMemory,
    /// More accelerator memory is in use than any accelerator has.
    FullMemory,
    /// The CPU does nothing.
    QuietCpu,
    /// Nothing comes or goes over the network.
    QuietNetwork,
    /// Nobody measures the network.
    UnknownNetwork,
}

/// More than any accelerator has.
const FULL_GIB: f64 = 1e6;

impl Supposition {
    fn on(self, beside: &mut Beside) {
        match self {
            Self::EmptyMemory => beside.mem_used_max_gib = Some(0.0),
            Self::FullMemory => beside.mem_used_max_gib = Some(FULL_GIB),
            Self::QuietCpu => beside.cpu_util_p95_ratio = Some(0.0),
            Self::QuietNetwork => beside.network_gib_per_day = Some(0.0),
            Self::UnknownNetwork => beside.network_gib_per_day = None,
        }
    }
}

/// Resources whose accelerators are measured while other things about them are not, in order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HalfMeasured {
    /// Those without memory telemetry.
    pub without_memory: Vec<String>,
    /// Those without CPU telemetry.
    pub without_cpu: Vec<String>,
    /// Those without network telemetry.
    pub without_network: Vec<String>,
}

impl HalfMeasured {
    /// Each of them once.
    pub fn ids(&self) -> BTreeSet<&str> {
        let lists = [&self.without_memory, &self.without_cpu, &self.without_network];
        lists.into_iter().flatten().map(String::as_str).collect()
    }
}

impl Facts<'_> {
    /// Resources of which more could be known.
    pub fn half_measured(&self) -> HalfMeasured {
        let of = |is_open: fn(Beside) -> bool| {
            let is_measured = |load: &super::load::Load| load.observed_hours > 0.0;
            let measured =
                self.subjects.values().filter(|subject| subject.load.is_some_and(is_measured));
            let open = measured.filter(|subject| is_open(subject.beside));
            open.map(|subject| subject.row.resource_id.clone()).collect()
        };
        HalfMeasured {
            without_memory: of(|beside| beside.mem_used_max_gib.is_none()),
            without_cpu: of(|beside| beside.cpu_util_p95_ratio.is_none()),
            without_network: of(|beside| beside.network_gib_per_day.is_none()),
        }
    }

    /// Supposes something about resources that [`Facts::half_measured`] named before anything was supposed. Tables do not
    /// know it until they are made again.
    pub fn suppose(&mut self, resource_ids: &[String], supposition: Supposition) {
        for id in resource_ids {
            if let Some(subject) = self.subjects.get_mut(id.as_str()) {
                supposition.on(&mut subject.beside);
            }
        }
    }

    /// Makes the tables again, of nothing but these resources.
    pub fn narrow(&mut self, resource_ids: &BTreeSet<&str>) {
        // Those of the last time would lie in memory beside the new ones.
        self.tables = Vec::new();
        let rows = |kind| {
            let subjects = resource_ids.iter().filter_map(|id| self.subjects.get(id));
            subjects.filter_map(|subject| self.row(kind, subject)).collect()
        };
        let table = |kind| FactTable { kind, specs: specs_of(kind), rows: rows(kind) };
        self.tables = SubjectKind::ALL.into_iter().map(table).collect();
    }
}

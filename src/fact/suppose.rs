//! What the facts would be if telemetry that was not read were known: the ground of deciding whether to read it.

use super::{load::Load, measure::Ground};

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

/// Resources whose accelerators are measured while other things about them are not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HalfMeasured {
    /// Those without memory telemetry.
    pub without_memory: Vec<String>,
    /// Those without CPU telemetry.
    pub without_cpu: Vec<String>,
    /// Those without network telemetry.
    pub without_network: Vec<String>,
}

impl Ground<'_> {
    /// Resources of which more could be known, in order of their ids.
    pub fn half_measured(&self) -> HalfMeasured {
        let of = |is_open: fn(&Load) -> bool| {
            let measured = self.loads.iter().filter(|(_, load)| load.observed_hours > 0.0);
            measured.filter(|(_, load)| is_open(load)).map(|(id, _)| id.clone()).collect()
        };
        HalfMeasured {
            without_memory: of(|load| load.mem_used_max_gib.is_none()),
            without_cpu: of(|load| load.cpu_util_p95_ratio.is_none()),
            without_network: of(|load| load.network.1 == 0.0),
        }
    }

    /// Supposes something about resources that [`Ground::half_measured`] named before anything was supposed.
    pub fn suppose(&mut self, resource_ids: &[String], supposition: Supposition) {
        for id in resource_ids {
            let Some(load) = self.loads.get_mut(id) else { continue };
            match supposition {
                Supposition::EmptyMemory => load.mem_used_max_gib = Some(0.0),
                Supposition::FullMemory => load.mem_used_max_gib = Some(FULL_GIB),
                Supposition::QuietCpu => load.cpu_util_p95_ratio = Some(0.0),
                Supposition::QuietNetwork => load.network = (0.0, load.observed_hours),
                Supposition::UnknownNetwork => load.network = (0.0, 0.0),
            }
        }
    }
}

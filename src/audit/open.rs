//! What is worth measuring besides: telemetry that would change a verdict, whatever it shows.

use std::collections::{BTreeMap, BTreeSet};

use super::{AuditError, Inputs, judging::Judging, with_ground};
use crate::{
    fact::{Ground, Supposition, Traffic},
    finding::{Action, Confidence},
    usage::Measure,
};

/// Measures that would change a verdict, by resource.
pub type OpenMeasures = BTreeMap<String, BTreeSet<Measure>>;

/// What rules find on a resource, in the order of the rules.
type Said = Vec<(String, Confidence, Action)>;

/// Which unread telemetry could change what rules say.
///
/// Each is supposed at its ends, and the rules judge again: where they then say the same as without, reading it would
/// change nothing. Memory is empty or full; a CPU and a network only make a machine surer to be idle, so they are quiet.
pub fn open_measures(inputs: Inputs<'_>) -> Result<OpenMeasures, AuditError> {
    with_ground(inputs, |ground| {
        let half = ground.half_measured();
        let memory = [Measure::GpuMem, Measure::GpuMemMax];
        let machine = [Measure::Cpu, Measure::Network];
        let known = said(inputs, ground)?;
        let mut open = OpenMeasures::new();
        for (ids, supposition, measures) in [
            (&half.without_memory, Supposition::EmptyMemory, memory),
            (&half.without_memory, Supposition::FullMemory, memory),
            (&half.without_machine, Supposition::QuietMachine, machine),
        ] {
            ground.suppose(ids, supposition);
            let supposed = said(inputs, ground)?;
            ground.forget(ids, supposition);
            for id in ids.iter().filter(|id| known.get(*id) != supposed.get(*id)) {
                open.entry(id.clone()).or_default().extend(measures);
            }
        }
        Ok(open)
    })
}

/// What rules find, by resource.
fn said(inputs: Inputs<'_>, ground: &Ground<'_>) -> Result<BTreeMap<String, Said>, AuditError> {
    let Inputs { snapshot, rules, settings, .. } = inputs;
    let traffic = Traffic::index(&snapshot.invocations, snapshot.window);
    let facts = ground.measure(&traffic);
    let judging = Judging::of(rules, &facts, settings, snapshot.window)?;
    let mut said: BTreeMap<String, Said> = BTreeMap::new();
    for finding in judging.findings {
        said.entry(finding.subject.resource_id).or_default().push((
            finding.rule,
            finding.confidence,
            finding.action,
        ));
    }
    Ok(said)
}

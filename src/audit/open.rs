//! What is worth measuring besides: telemetry that would change a verdict, whatever it shows.

use std::collections::{BTreeMap, BTreeSet};

use super::{AuditError, Inputs, judging::Judging, with_ground};
use crate::{
    fact::{Facts, Supposition, Traffic},
    finding::{Action, Confidence},
    usage::Measure,
};

/// Measures that would change a verdict, by resource.
pub type OpenMeasures = BTreeMap<String, BTreeSet<Measure>>;

/// What a measure has to be able to change to be worth its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// What is found and advised, and whether it is more than a thin guess.
    Advice,
    /// That, or how sure it is.
    Confidence,
}

impl Worth {
    /// Confidences that make no difference are one.
    fn told_apart(self, confidence: Confidence) -> Confidence {
        match (self, confidence) {
            (Self::Advice, Confidence::High) => Confidence::Medium,
            (_, own) => own,
        }
    }
}

/// Rule, confidence and action of what is found on a resource, in the order of the rules.
type Findings = BTreeMap<String, Vec<(String, Confidence, Action)>>;

/// Which unread telemetry could change what rules say.
///
/// Each is supposed at its ends, and the rules judge again: where they then say the same as without, reading it would
/// change nothing. Memory is empty or full; a CPU and a network are quiet: that makes a machine surer to be idle, and lets smaller
/// hosts do.
pub fn open_measures(inputs: Inputs<'_>, worth: Worth) -> Result<OpenMeasures, AuditError> {
    with_ground(inputs, |ground| {
        let Inputs { snapshot, .. } = inputs;
        let traffic = Traffic::index(&snapshot.invocations, snapshot.window);
        let mut facts = ground.untabled(&traffic);
        let half = facts.half_measured();
        let ids = half.ids();
        let mut open = OpenMeasures::new();
        let mut note =
            |ids: &[String], measures: &[Measure], before: &Findings, after: &Findings| {
                for id in ids.iter().filter(|id| before.get(*id) != after.get(*id)) {
                    open.entry(id.clone()).or_default().extend(measures);
                }
            };
        let mut judged = |suppositions: &[(&[String], Supposition)]| {
            for (ids, supposition) in suppositions {
                facts.suppose(ids, *supposition);
            }
            facts.narrow(&ids);
            findings(inputs, &facts, worth)
        };
        let (memory, cpu, network) =
            (&half.without_memory, &half.without_cpu, &half.without_network);
        let known = judged(&[])?;
        let full = judged(&[(memory, Supposition::FullMemory)])?;
        let empty = judged(&[(memory, Supposition::EmptyMemory)])?;
        let of_memory = [Measure::GpuMem, Measure::GpuMemMax];
        note(memory, &of_memory, &known, &full);
        note(memory, &of_memory, &known, &empty);
        // A machine is surely idle only if its memory is empty too.
        let quiet = judged(&[(cpu, Supposition::QuietCpu), (network, Supposition::QuietNetwork)])?;
        if quiet != empty {
            let quiet_cpu = judged(&[(network, Supposition::UnknownNetwork)])?;
            note(cpu, &[Measure::Cpu], &empty, &quiet_cpu);
            // A network alone says nothing; beside a quiet CPU it may.
            note(network, &[Measure::Cpu, Measure::Network], &quiet_cpu, &quiet);
        }
        // A machine beneath a node is judged as the node, and may be what is measured.
        for (node_id, machine_id) in facts.groups() {
            if let Some(measures) = open.get(&node_id).cloned() {
                open.entry(machine_id).or_default().extend(measures);
            }
        }
        Ok(open)
    })
}

/// What rules find, by resource.
fn findings(inputs: Inputs<'_>, facts: &Facts<'_>, worth: Worth) -> Result<Findings, AuditError> {
    let Inputs { snapshot, rules, settings, .. } = inputs;
    let judging = Judging::of(rules, facts, settings, snapshot.window)?;
    let mut found = Findings::new();
    for finding in judging.findings {
        found.entry(finding.subject.resource_id).or_default().push((
            finding.rule,
            worth.told_apart(finding.confidence),
            finding.action,
        ));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::Catalog,
        fact::specs_of,
        frame::{InstantMs, ResourceRow, UsageRow},
        rule,
        settings::Settings,
        snapshot::Snapshot,
        usage::UsageSource,
        window::{MS_PER_HOUR, Window},
    };

    const WINDOW: Window = Window { start: 497_448, end: 497_448 + 336 };

    /// A machine of a type and how much its GPU was used, in percent; its memory, CPU and network were not read.
    fn snapshot(machines: &[(&str, &str, f64)]) -> Snapshot {
        let resources = machines.iter().map(|(id, instance_type, _)| ResourceRow {
            resource_id: (*id).to_owned(),
            provider: "aws".to_owned(),
            account_id: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            instance_type: Some((*instance_type).to_owned()),
            kind: "gpu_instance".to_owned(),
            state: Some("running".to_owned()),
            purchase_option: Some("on_demand".to_owned()),
            launched_at: Some(InstantMs((WINDOW.start - 2_000) * MS_PER_HOUR)),
            tags_json: "{}".to_owned(),
            ..ResourceRow::default()
        });
        let usage = machines.iter().flat_map(|(id, _, percent)| {
            (WINDOW.start..WINDOW.end).map(move |hour| UsageRow {
                resource_id: (*id).to_owned(),
                gpu_index: Some(0),
                hour_start: InstantMs(hour * MS_PER_HOUR),
                gpu_util_mean_ratio: Some(percent / 100.0),
                gpu_util_max_ratio: Some(percent / 100.0),
                gpu_active_mean_ratio: None,
                gpu_active_max_ratio: None,
                gpu_mem_used_mean_gib: None,
                gpu_mem_used_max_gib: None,
                gpu_power_mean_watts: None,
                cpu_util_mean_ratio: None,
                network_gib: None,
                sample_count: 60,
                source: "cloudwatch_agent".to_owned(),
            })
        });
        Snapshot {
            resources: resources.collect(),
            usage: UsageSource::Rows(usage.collect()),
            ..Snapshot::empty(WINDOW)
        }
    }

    fn open(machines: &[(&str, &str, f64)], worth: Worth) -> OpenMeasures {
        open_of(&snapshot(machines), worth)
    }

    fn open_of(snapshot: &Snapshot, worth: Worth) -> OpenMeasures {
        let settings = Settings::default();
        let rules = rule::Catalog::embedded(&specs_of).unwrap();
        let catalog = Catalog::embedded().unwrap();
        let inputs = Inputs { snapshot, rules: &rules, catalog: &catalog, settings: &settings };
        open_measures(inputs, worth).unwrap()
    }

    #[test]
    fn an_idle_machine_is_worth_a_look_at_its_memory() {
        let open = open(&[("idle", "g5.xlarge", 0.0)], Worth::Advice);
        let memory = [Measure::GpuMem, Measure::GpuMemMax];
        assert_eq!(open, OpenMeasures::from([("idle".to_owned(), memory.into())]));
    }

    #[test]
    fn whoever_wants_to_be_sure_that_it_is_idle_looks_at_its_cpu_and_its_network_too() {
        let open = open(&[("idle", "g5.xlarge", 0.0)], Worth::Confidence);
        let all = [Measure::GpuMem, Measure::GpuMemMax, Measure::Cpu, Measure::Network];
        assert_eq!(open, OpenMeasures::from([("idle".to_owned(), all.into())]));
    }

    #[test]
    fn the_network_of_an_idle_machine_is_worth_a_look_unless_its_cpu_is_known_to_be_busy() {
        let with_cpu = |ratio: f64| {
            let mut snapshot = snapshot(&[("idle", "g5.xlarge", 0.0)]);
            let UsageSource::Rows(rows) = &mut snapshot.usage else { panic!() };
            for row in rows {
                row.cpu_util_mean_ratio = Some(ratio);
            }
            open_of(&snapshot, Worth::Confidence)["idle"].contains(&Measure::Network)
        };
        assert!(with_cpu(0.01));
        assert!(!with_cpu(0.9));
    }

    #[test]
    fn the_memory_of_a_machine_matters_only_where_a_smaller_one_is_cheaper_and_fast_enough() {
        let machines = [
            ("half-busy-a10g", "g5.xlarge", 30.0),
            // Nothing with less memory than a T4's 16 GiB, and as many GPUs, costs less.
            ("half-busy-t4", "g4dn.xlarge", 60.0),
            ("busy-h100", "p5.4xlarge", 97.0),
        ];
        let memory = BTreeSet::from([Measure::GpuMem, Measure::GpuMemMax]);
        let expected = OpenMeasures::from([("half-busy-a10g".to_owned(), memory)]);
        assert_eq!(open(&machines, Worth::Advice), expected);
    }

    #[test]
    fn what_would_change_the_verdict_on_a_node_is_read_of_the_machine_beneath_it() {
        let machine_id = "aws:111122223333:us-east-1:i-0abc";
        let mut snapshot = snapshot(&[(machine_id, "g5.xlarge", 0.0)]);
        let node = ResourceRow {
            resource_id: "kubernetes:prod:global:node/a".to_owned(),
            provider: "kubernetes".to_owned(),
            kind: "node".to_owned(),
            backed_by: Some(machine_id.to_owned()),
            ..snapshot.resources[0].clone()
        };
        snapshot.resources.push(node);
        let open = open_of(&snapshot, Worth::Advice);
        let memory = BTreeSet::from([Measure::GpuMem, Measure::GpuMemMax]);
        assert_eq!(open.get(machine_id), Some(&memory), "{open:?}");
    }
}

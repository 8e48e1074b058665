//! A whole snapshot into its folder at once.

use std::path::Path;

use super::{
    PartKey, Snapshot, SnapshotError, SnapshotWriter, place, step::Step, write::PART_ROWS,
};
use crate::{
    frame::{
        Commitments, Costs, InstantMs, Invocations, Prices, Resources, Usage, UsageRow, Workloads,
    },
    usage::{Measure, ResourceHours, UsageSink},
    window::MS_PER_HOUR,
};

/// Writes a whole snapshot, or nothing. Telemetry is reduced to hours on the way.
///
/// A snapshot that is there already is replaced when the new one is complete; any other folder must be empty.
pub fn write(snapshot: &Snapshot, dir: &Path) -> Result<(), SnapshotError> {
    let draft = place::draft_for(dir)?;
    fill(snapshot, draft.path())?;
    place::settle(draft, dir)
}

fn fill(snapshot: &Snapshot, dir: &Path) -> Result<(), SnapshotError> {
    let writer = SnapshotWriter::open(dir, snapshot.window)?;
    let mut step = Step::new(&writer, "files");
    snapshot.gaps.iter().for_each(|gap| step.gap(gap.clone()));
    let key = |number| PartKey { folders: Vec::new(), number };
    step.write::<Resources>(&key(0), &snapshot.resources)?;
    step.write::<Invocations>(&key(0), &snapshot.invocations)?;
    step.write::<Prices>(&key(0), &snapshot.prices)?;
    step.write::<Commitments>(&key(0), &snapshot.commitments)?;
    step.write::<Workloads>(&key(0), &snapshot.workloads)?;
    let mut costs = Vec::new();
    snapshot.costs.for_each(&mut |row| costs.push(row.clone()))?;
    for (number, rows) in (0..).zip(costs.chunks(PART_ROWS)) {
        step.write::<Costs>(&key(number), rows)?;
    }
    write_usage(snapshot, &mut step)?;
    snapshot.bills.iter().for_each(|bill| step.bill(bill));
    step.finish()?;
    writer.add_calls(&snapshot.calls)?;
    writer.finish()
}

fn write_usage(snapshot: &Snapshot, step: &mut Step<'_>) -> Result<(), SnapshotError> {
    let mut sink = UsageParts { step, rows: Vec::new(), number: 0, outcome: Ok(()) };
    snapshot.usage.for_each(snapshot.window, &mut sink)?;
    sink.flush();
    sink.outcome
}

/// Writes telemetry as parts of whole resources.
struct UsageParts<'a, 'w> {
    step: &'a mut Step<'w>,
    rows: Vec<UsageRow>,
    number: u32,
    outcome: Result<(), SnapshotError>,
}

impl UsageParts<'_, '_> {
    fn flush(&mut self) {
        if self.outcome.is_ok() && !self.rows.is_empty() {
            let key = PartKey { folders: Vec::new(), number: self.number };
            self.outcome = self.step.write::<Usage>(&key, &self.rows);
            self.number += 1;
        }
        self.rows.clear();
    }
}

impl UsageSink for UsageParts<'_, '_> {
    fn take(&mut self, hours: &ResourceHours) {
        self.rows.extend(usage_rows(hours));
        if self.rows.len() >= PART_ROWS {
            self.flush();
        }
    }

    fn restart(&mut self) {
        self.rows.clear();
        self.number = 0;
        self.step.forget::<Usage>();
    }
}

/// The hours of one resource as rows of the usage frame.
fn usage_rows(hours: &ResourceHours) -> Vec<UsageRow> {
    let mut rows = Vec::new();
    for gpu in &hours.gpus {
        for hour in 0..hours.window.hour_count() {
            let mean = |measure| gpu.series(measure).mean(hour);
            let row = UsageRow {
                resource_id: hours.resource_id.clone(),
                gpu_index: gpu.gpu_index,
                hour_start: InstantMs(
                    (hours.window.start + i64::try_from(hour).unwrap_or_default()) * MS_PER_HOUR,
                ),
                gpu_util_mean_ratio: mean(Measure::GpuUtil),
                gpu_util_max_ratio: gpu.max(Measure::GpuUtilMax, Measure::GpuUtil, hour),
                gpu_active_mean_ratio: mean(Measure::GpuActive),
                gpu_active_max_ratio: gpu.max(Measure::GpuActiveMax, Measure::GpuActive, hour),
                gpu_mem_used_mean_gib: mean(Measure::GpuMem),
                gpu_mem_used_max_gib: gpu.max(Measure::GpuMemMax, Measure::GpuMem, hour),
                gpu_power_mean_watts: mean(Measure::GpuPower),
                cpu_util_mean_ratio: mean(Measure::Cpu),
                network_gib: gpu.series(Measure::Network).sum(hour),
                sample_count: gpu.sample_count(hour),
                source: "file".to_owned(),
            };
            if row.sample_count > 0 {
                rows.push(row);
            }
        }
    }
    rows
}

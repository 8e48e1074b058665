//! What the facts would be if telemetry that was not read were known: the ground of deciding whether to read it.

use super::measure::Ground;

impl Ground<'_> {
    /// Resources whose accelerators are measured while their memory is not, in order of their ids.
    pub fn without_memory(&self) -> Vec<String> {
        let measured = self.loads.iter().filter(|(_, load)| load.observed_hours > 0.0);
        measured
            .filter(|(_, load)| load.mem_used_max_gib.is_none())
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// Supposes that so much accelerator memory is in use at most on these resources.
    pub fn suppose_memory(&mut self, resource_ids: &[String], used_max_gib: f64) {
        for id in resource_ids {
            if let Some(load) = self.loads.get_mut(id) {
                load.mem_used_max_gib = Some(used_max_gib);
            }
        }
    }
}

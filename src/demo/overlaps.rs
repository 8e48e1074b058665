//! Machines with several things wrong at once.

use super::{
    activity::{Activity, OFFICE},
    ids::{AWS, AWS_DAILY, AWS_SOUTH, GCP, GCP_SOUTH},
    machine::Machine,
    truth::Remedy,
    yard::Yard,
};

impl Yard {
    /// Two or three things wrong with one machine: the savings do not add up.
    pub(super) fn plant_overlaps(&mut self) {
        for site in [AWS, AWS_SOUTH, AWS_DAILY] {
            let resized = self.ratio(site, "g4dn.xlarge", "g5.xlarge");
            let small =
                Machine { mem_gib: Some(8.0), cpu: 0.12, ..Machine::fine(site, "g5.xlarge") };
            let by_day = Machine {
                activity: Activity::Office { office: OFFICE, stray_chance: 0.0, level: 0.35 },
                ..small.clone()
            };
            let remedy = Remedy::schedule(OFFICE).and_resize(resized);
            self.machine(&by_day.clone().hit(&["gpu-off-hours", "gpu-oversized-memory"], remedy));
            let hits = ["gpu-off-hours", "gpu-oversized-memory", "gpu-on-demand-interruptible"];
            let spot = self.spot(remedy, site, "g4dn.xlarge");
            self.machine(
                &Machine { tags: &[("workload", "experiment-7")], ..by_day }.hit(&hits, spot),
            );
            let busy = Machine {
                activity: Activity::Busy { level: 0.3 },
                tags: &[("workload", "batch")],
                ..small
            };
            let spot = self.spot(Remedy::resize(resized), site, "g4dn.xlarge");
            self.machine(&busy.hit(&["gpu-oversized-memory", "gpu-on-demand-interruptible"], spot));
        }
        for (site, instance_type) in [(GCP, "g2-standard-4"), (GCP_SOUTH, "a2-highgpu-1g")] {
            let machine = Machine {
                activity: Activity::Office { office: OFFICE, stray_chance: 0.002, level: 0.8 },
                tags: &[("workload", "training")],
                ..Machine::fine(site, instance_type)
            };
            let remedy = self.spot(Remedy::schedule(OFFICE), site, instance_type);
            self.machine(&machine.hit(&["gpu-off-hours", "gpu-on-demand-interruptible"], remedy));
        }
    }
}

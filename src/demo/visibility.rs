//! Resources where nobody approved them, and resources that nobody measures.

use super::{
    activity::Activity,
    ids::{AWS, AWS_DAILY, AZURE, GCP, SINGLES},
    machine::Machine,
    truth::Remedy,
    yard::Yard,
};

impl Yard {
    pub(super) fn plant_visibility(&mut self) {
        self.plant_unapproved_regions();
        self.plant_blind_spots();
    }

    /// Machines that lived for hours and were not measured: worth a few dollars, or just over ten.
    pub(super) fn plant_short_lives(&mut self) {
        for launched_days in [0.05, 0.1, 0.25, 0.3] {
            let short = Machine { launched_days, ..Machine::fine(AWS, "g5.xlarge") };
            self.machine(&Machine { coverage: 0.0, ..short });
        }
        for launched_days in [0.6, 0.8] {
            let longer = Machine { launched_days, ..Machine::fine(AWS, "g5.xlarge") };
            let blind = Machine { coverage: 0.0, ..longer };
            self.machine(&blind.hit(&["telemetry-missing"], Remedy::default()));
        }
    }

    /// Nothing wrong with them but where they are.
    fn plant_unapproved_regions(&mut self) {
        let sites = [
            AWS.in_region("ap-southeast-7"),
            AZURE.in_region("newzealandnorth"),
            GCP.in_region("us-east7"),
        ];
        let types = ["g5.xlarge", "Standard_NC4as_T4_v3", "g2-standard-4"];
        for position in 0..9 {
            let machine = Machine {
                unlisted_usd_per_hour: Some(1.1),
                ..Machine::fine(sites[position % 3], types[position % 3])
            };
            self.machine(&machine.hit(&["region-not-allowed"], Remedy::default()));
        }
        // And one that is idle there: no price is needed to know what stopping it saves.
        let idle = Machine {
            activity: Activity::Idle { active_hours: 0 },
            mem_gib: Some(0.2),
            cpu: 0.02,
            unlisted_usd_per_hour: Some(1.1),
            ..Machine::fine(sites[0], types[0])
        };
        self.machine(&idle.hit(&["region-not-allowed", "gpu-idle"], Remedy::STOP));
        let training = Machine {
            tags: &[("workload", "batch")],
            unlisted_usd_per_hour: Some(1.1),
            ..Machine::fine(sites[2], types[2])
        };
        // Spot capacity would do, but nothing is to be bought there.
        self.machine(&training.hit(&["region-not-allowed"], Remedy::default()));
    }

    /// Machines with no telemetry, too little of it, or just enough.
    fn plant_blind_spots(&mut self) {
        for position in 0..8 {
            let (site, instance_type) = SINGLES[position];
            let coverage = [0.0, 0.7, 0.79, 0.0][position % 4];
            let blind = Machine { coverage, ..Machine::fine(site, instance_type) };
            self.machine(&blind.hit(&["telemetry-missing"], Remedy::default()));
            self.machine(&Machine { coverage: 0.81, ..Machine::fine(site, instance_type) });
        }
        // Many machines with nothing wrong, so that a false alarm has somewhere to be.
        for position in 0..90 {
            let (site, instance_type) = SINGLES[position % SINGLES.len()];
            let site = if position % 7 == 0 && site == AWS { AWS_DAILY } else { site };
            self.machine(&Machine::fine(site, instance_type));
        }
    }
}

//! Machines that work, but at the wrong hours, in the wrong size or at the wrong price; and those that are right.

use super::{
    activity::{Activity, OFFICE, Office},
    ids::{AWS, AWS_DAILY, AWS_SOUTH, AZURE, AZURE_DAILY, GCP, GCP_SOUTH, SINGLES, Site},
    machine::Machine,
    market::{AZURE_SUCCESSOR, FIT_INSIDE, FIT_OUTSIDE, SPOT_EDGE},
    truth::Remedy,
    yard::Yard,
};

const fn office(stray_chance: f64, level: f64) -> Activity {
    Activity::Office { office: OFFICE, stray_chance, level }
}

impl Yard {
    pub(super) fn plant_machines(&mut self) {
        self.plant_office_machines();
        self.plant_machines_at_all_hours();
        self.plant_stranded();
        self.plant_whole_nodes();
        self.plant_training_machines();
        self.plant_work_that_must_stay();
        self.plant_too_much_memory();
        self.plant_memory_in_use();
        self.plant_too_much_compute();
        self.plant_old_generations();
        self.plant_stopped_inside();
    }

    /// Price of one machine type ÷ price of another at a site.
    pub(super) fn ratio(&self, site: Site, target: &str, current: &str) -> f64 {
        let usd = |name: &str| self.quote(site, name).map(|quote| quote.on_demand_usd_per_hour);
        usd(target).zip(usd(current)).map_or(1.0, |(target, current)| target / current)
    }

    /// Spot instead of on demand, where a spot price exists.
    pub(super) fn spot(&self, remedy: Remedy, site: Site, instance_type: &str) -> Remedy {
        let quote = self.quote(site, instance_type);
        match quote.and_then(|quote| Some((quote.spot_ratio()?, quote))) {
            Some((ratio, quote)) => remedy.and_spot(ratio, quote.interruption_monthly_ratio),
            None => Remedy { is_unpriced: true, ..remedy },
        }
    }

    /// Office hours, with up to three stray hours in a hundred outside them, or six long days a week.
    fn plant_office_machines(&mut self) {
        let long_week = Office { days: 6, from_hour: 4, to_hour: 24 };
        for position in 0..14 {
            let (site, instance_type) = SINGLES[position % SINGLES.len()];
            let (hours, stray_chance) = match position % 4 {
                0 => (OFFICE, 0.0),
                1 => (OFFICE, 0.004),
                2 => (OFFICE, 0.03),
                _ => (long_week, 0.0),
            };
            let activity = Activity::Office { office: hours, stray_chance, level: 0.8 };
            let machine = Machine { activity, ..Machine::fine(site, instance_type) };
            self.machine(&machine.hit(&["gpu-off-hours"], Remedy::schedule(hours)));
        }
    }

    /// Too little off, too often needed at night, scaled already, waited for, or on standby.
    fn plant_machines_at_all_hours(&mut self) {
        let every_day = Office { days: 7, from_hour: 4, to_hour: 24 };
        for position in 0..10 {
            let (site, instance_type) = SINGLES[position % SINGLES.len()];
            let fine = Machine::fine(site, instance_type);
            let machine = match position % 5 {
                0 => Machine {
                    activity: Activity::Office { office: every_day, stray_chance: 0.0, level: 0.8 },
                    ..fine
                },
                1 => Machine { activity: office(0.12, 0.8), ..fine },
                2 => Machine { activity: office(0.0, 0.8), has_scaling: Some(true), ..fine },
                3 => Machine { activity: office(0.0, 0.8), tags: &[("latency", "50ms")], ..fine },
                _ => Machine { activity: office(0.0, 0.8), launched_days: 13.0, ..fine },
            };
            self.machine(&machine);
        }
        for (site, instance_type) in SINGLES {
            self.machine(&Machine::fine(site, instance_type));
        }
    }

    /// Accelerators of a node that are never used, or in just under one hour in a hundred.
    fn plant_stranded(&mut self) {
        let cases: [(Site, &'static str, usize, Option<&str>); 10] = [
            (AWS, "g5.12xlarge", 1, Some("g5.2xlarge")),
            (AWS_SOUTH, "g5.12xlarge", 1, Some("g5.2xlarge")),
            (AWS_DAILY, "g5.12xlarge", 2, None),
            (GCP, "g2-standard-48", 2, Some("g2-standard-24")),
            (GCP_SOUTH, "g2-standard-48", 1, Some("g2-standard-12")),
            (GCP, "a2-highgpu-4g", 2, Some("a2-highgpu-2g")),
            (AZURE, "Standard_NC64as_T4_v3", 1, Some("Standard_NC8as_T4_v3")),
            (AWS, "g5.48xlarge", 1, Some("g5.12xlarge")),
            (GCP, "g2-standard-24", 1, Some("g2-standard-12")),
            (AZURE_DAILY, "Standard_NC48ads_A100_v4", 1, Some("Standard_NC24ads_A100_v4")),
        ];
        for (position, (site, instance_type, busy_gpus, target)) in cases.into_iter().enumerate() {
            let remedy = target.map_or(Remedy::unpriced(), |target| {
                Remedy::resize(self.ratio(site, target, instance_type))
            });
            let spare_active_hours = if position % 2 == 0 { 7 } else { 0 };
            let node = Machine {
                busy_gpus,
                spare_active_hours,
                cpu: 0.15,
                ..Machine::fine(site, instance_type)
            };
            self.machine(&node.hit(&["gpu-stranded"], remedy));
        }
    }

    /// All accelerators used, one of them in just over one hour in a hundred; or one of them not measured.
    fn plant_whole_nodes(&mut self) {
        let nodes = [
            (AWS, "g5.12xlarge"),
            (GCP, "g2-standard-48"),
            (AZURE, "Standard_NC64as_T4_v3"),
            (GCP_SOUTH, "a2-highgpu-4g"),
        ];
        for (site, instance_type) in nodes {
            let node = Machine { cpu: 0.15, ..Machine::fine(site, instance_type) };
            self.machine(&node);
            self.machine(&Machine { busy_gpus: 2, spare_active_hours: 9, ..node.clone() });
        }
        for (site, instance_type) in [(AWS, "g5.12xlarge"), (GCP, "g2-standard-24")] {
            let blind = Machine {
                busy_gpus: 1,
                seen_gpus: Some(1),
                cpu: 0.15,
                ..Machine::fine(site, instance_type)
            };
            self.machine(&blind);
        }
        let standby = Machine {
            busy_gpus: 1,
            tags: &[("standby", "true")],
            ..Machine::fine(GCP, "g2-standard-24")
        };
        self.machine(&standby);
    }

    /// Work that may be interrupted, by tag or because only jobs run there.
    fn plant_training_machines(&mut self) {
        let edge = AWS.in_region(SPOT_EDGE);
        let cases = [
            (AWS, "g5.xlarge"),
            (AWS_DAILY, "g5.xlarge"),
            (AWS_SOUTH, "g4dn.xlarge"),
            (GCP, "g2-standard-4"),
            (GCP_SOUTH, "a2-highgpu-1g"),
            (GCP, "a2-ultragpu-1g"),
            (edge, "g4dn.xlarge"),
            (edge, "g6.xlarge"),
            (AZURE, "Standard_NC4as_T4_v3"),
            (AWS, "g6e.xlarge"),
        ];
        for (position, (site, instance_type)) in cases.into_iter().enumerate() {
            let fine = Machine::fine(site, instance_type);
            let runs = Activity::Runs { share: 0.6, run_hours: 14.0, level: 0.95 };
            let machine = match position % 3 {
                0 => Machine {
                    tags: &[("workload", "training")],
                    has_checkpoint: Some(true),
                    ..fine
                },
                1 => Machine { workloads: Some(("training", &[1.0])), activity: runs, ..fine },
                _ => Machine { tags: &[("interruptible", "yes")], ..fine },
            };
            let remedy = self.spot(Remedy::default(), site, instance_type);
            self.machine(&machine.hit(&["gpu-on-demand-interruptible"], remedy));
        }
    }

    /// Spot too dear or too short-lived, no checkpoints, on spot already, or work that people wait for.
    fn plant_work_that_must_stay(&mut self) {
        let edge = AWS.in_region(SPOT_EDGE);
        let training: &[(&str, &str)] = &[("workload", "training")];
        let tagged =
            |site, instance_type| Machine { tags: training, ..Machine::fine(site, instance_type) };
        let machines = [
            tagged(edge, "g5.xlarge"),
            tagged(edge, "g5.2xlarge"),
            Machine { has_checkpoint: Some(false), ..tagged(AWS, "g5.xlarge") },
            Machine { has_checkpoint: Some(false), ..tagged(GCP, "g2-standard-4") },
            Machine { purchase: "spot", ..tagged(AWS, "g5.xlarge") },
            Machine { purchase: "spot", ..tagged(GCP, "a2-highgpu-1g") },
            Machine { purchase: "committed", committed_share: 1.0, ..tagged(AWS, "g5.xlarge") },
            Machine { launched_days: 0.9, ..tagged(AWS_SOUTH, "g4dn.xlarge") },
            Machine { tags: &[("workload", "serving")], ..Machine::fine(AWS, "g5.xlarge") },
            Machine { tags: &[("interruptible", "no")], ..Machine::fine(GCP, "g2-standard-4") },
            Machine {
                workloads: Some(("deployment", &[1.0])),
                ..Machine::fine(GCP, "g2-standard-4")
            },
            Machine {
                workloads: Some(("deployment", &[0.5, 0.5])),
                ..Machine::fine(AWS, "g5.xlarge")
            },
        ];
        for machine in &machines {
            self.machine(machine);
        }
    }

    /// A smaller accelerator would hold the peak with a fifth to spare.
    fn plant_too_much_memory(&mut self) {
        let cases: [(Site, &'static str, &str, f64, f64); 9] = [
            (AWS, "g5.xlarge", "g4dn.xlarge", 8.0, 0.30),
            (AWS, "g5.xlarge", "g4dn.xlarge", 13.2, 0.38),
            (AWS_SOUTH, "g5.xlarge", "g4dn.xlarge", 8.0, 0.30),
            (AWS_DAILY, "g5.xlarge", "g4dn.xlarge", 13.2, 0.25),
            (AWS.in_region(FIT_INSIDE), "g5.xlarge", "g4dn.xlarge", 8.0, 0.30),
            (GCP, "a2-ultragpu-1g", "a2-highgpu-1g", 33.0, 0.50),
            (GCP_SOUTH, "a2-ultragpu-1g", "a2-highgpu-1g", 28.0, 0.55),
            (GCP, "a2-highgpu-1g", "g2-standard-12", 12.0, 0.14),
            (GCP_SOUTH, "a2-highgpu-1g", "g2-standard-12", 18.0, 0.14),
        ];
        for (site, instance_type, target, gib, level) in cases {
            let remedy = Remedy::resize(self.ratio(site, target, instance_type));
            let machine = Machine {
                mem_gib: Some(gib),
                activity: Activity::Busy { level },
                cpu: 0.12,
                ..Machine::fine(site, instance_type)
            };
            self.machine(&machine.hit(&["gpu-oversized-memory"], remedy));
        }
        // No smaller machine, but a slice of this one: what that is worth depends on what else moves in.
        for (site, gib) in [(AZURE_DAILY, 30.0), (AZURE, 38.0)] {
            let machine = Machine {
                mem_gib: Some(gib * 0.83),
                activity: Activity::Busy { level: 0.3 },
                ..Machine::fine(site, "Standard_NC24ads_A100_v4")
            };
            self.machine(&machine.hit(&["gpu-oversized-memory"], Remedy::unpriced()));
        }
    }

    /// The memory is needed, reserved in advance, or the smaller machine is too slow or hardly cheaper.
    fn plant_memory_in_use(&mut self) {
        let fine = |site, gib, level| Machine {
            mem_gib: Some(gib),
            activity: Activity::Busy { level },
            cpu: 0.12,
            ..Machine::fine(site, "g5.xlarge")
        };
        let machines = [
            fine(AWS, 13.6, 0.30),
            fine(AWS_SOUTH, 13.6, 0.38),
            fine(AWS, 8.0, 0.45),
            fine(AWS_DAILY, 8.0, 0.60),
            fine(AWS.in_region(FIT_OUTSIDE), 8.0, 0.30),
            Machine { has_preallocated_memory: Some(true), ..fine(AWS, 8.0, 0.30) },
            Machine { has_preallocated_memory: Some(true), ..fine(AWS_SOUTH, 8.0, 0.30) },
            Machine { tags: &[("role", "failover")], ..fine(AWS, 8.0, 0.30) },
            Machine { launched_days: 6.9, ..fine(AWS, 8.0, 0.30) },
        ];
        for machine in &machines {
            self.machine(machine);
        }
        let cramped = Machine { mem_gib: Some(34.0), ..Machine::fine(GCP, "a2-ultragpu-1g") };
        self.machine(&Machine { activity: Activity::Busy { level: 0.55 }, ..cramped });
    }

    /// A slower accelerator with as much memory carries the load, and is cheaper by a tenth.
    fn plant_too_much_compute(&mut self) {
        let edge = AWS.in_region(FIT_OUTSIDE);
        for position in 0..8 {
            let (site, current, target, level) = match position {
                0..4 => (edge, "g6.xlarge", "g5.xlarge", [0.385, 0.3, 0.2, 0.385][position]),
                _ => (
                    [GCP, GCP_SOUTH][position % 2],
                    "a3-highgpu-1g",
                    "a2-ultragpu-1g",
                    [0.225, 0.15][position / 6],
                ),
            };
            let remedy = Remedy::resize(self.ratio(site, target, current));
            let activity = Activity::Busy { level };
            let machine = Machine { activity, ..Machine::fine(site, current) };
            self.machine(&machine.hit(&["gpu-oversized-compute"], remedy));
        }
        let dear = AWS.in_region(FIT_INSIDE);
        let busier = [
            (edge, "g6.xlarge", 0.43),
            (edge, "g6.xlarge", 0.5),
            (dear, "g6.xlarge", 0.3),
            (dear, "g6.xlarge", 0.2),
            (GCP, "a3-highgpu-1g", 0.28),
            (GCP_SOUTH, "a3-highgpu-1g", 0.4),
            (AZURE, "Standard_NC40ads_H100_v5", 0.2),
        ];
        for (site, instance_type, level) in busier {
            let activity = Activity::Busy { level };
            self.machine(&Machine { activity, ..Machine::fine(site, instance_type) });
        }
        let standby = Machine {
            tags: &[("role", "dr")],
            activity: Activity::Busy { level: 0.2 },
            ..Machine::fine(edge, "g6.xlarge")
        };
        self.machine(&standby);
    }

    /// A newer generation that is no slower and no smaller costs less.
    fn plant_old_generations(&mut self) {
        let inside = AWS.in_region(FIT_INSIDE);
        let azure = AZURE.in_region(AZURE_SUCCESSOR);
        let v100 = |site: Site| {
            let instance_type =
                if site.provider == "azure" { "Standard_NC6s_v3" } else { "p3.2xlarge" };
            Machine { cpu: 0.25, ..Machine::fine(site, instance_type) }
        };
        for site in [AWS, AWS_SOUTH, AWS_DAILY, inside, inside, azure, azure, AWS] {
            let target =
                if site.provider == "azure" { "Standard_NC24ads_A100_v4" } else { "g6e.xlarge" };
            let machine = v100(site);
            let remedy = Remedy::resize(self.ratio(site, target, machine.instance_type));
            self.machine(&machine.hit(&["gpu-outdated-generation"], remedy));
        }
        let outside = AWS.in_region(FIT_OUTSIDE);
        for _ in 0..4 {
            self.machine(&v100(outside));
        }
        self.machine(&Machine { launched_days: 6.8, ..v100(AWS) });
        self.machine(&Machine { tags: &[("role", "standby")], ..v100(AWS) });
        let idle = Machine {
            activity: Activity::Idle { active_hours: 3 },
            mem_gib: Some(0.2),
            ..v100(AWS)
        };
        self.machine(&idle.hit(&["gpu-idle"], Remedy::STOP));
        self.machine(&Machine { launched_days: 5.0, ..v100(inside) });
    }

    /// Shut down from inside: the machine is off, the bill runs on.
    fn plant_stopped_inside(&mut self) {
        let sizes =
            ["Standard_NC4as_T4_v3", "Standard_NC24ads_A100_v4", "Standard_NC40ads_H100_v5"];
        for (position, days) in
            [3.0, 3.1, 3.5, 4.0, 4.5, 5.0, 5.5, 3.2, 20.0, 12.0].into_iter().enumerate()
        {
            let site = [AZURE, AZURE_DAILY][position % 2];
            let machine = Machine {
                state: "stopped_billed",
                stopped_days: Some(days),
                ..Machine::fine(site, sizes[position % 3])
            };
            self.machine(&machine.hit(&["machine-stopped-still-billed"], Remedy::STOP));
        }
        for (position, days) in [2.8, 2.5, 1.0, 0.5, 2.9, 2.0].into_iter().enumerate() {
            let site = [AZURE, AZURE_DAILY][position % 2];
            self.machine(&Machine {
                state: "stopped_billed",
                stopped_days: Some(days),
                ..Machine::fine(site, sizes[position % 3])
            });
        }
        let tags: &[(&str, &str)] = &[("standby", "true")];
        for stopped_days in [Some(4.0), Some(5.0)] {
            self.machine(&Machine {
                state: "stopped_billed",
                stopped_days,
                tags,
                ..Machine::fine(AZURE, sizes[0])
            });
        }
        for stopped_days in [Some(4.0), Some(6.0)] {
            self.machine(&Machine {
                state: "stopped",
                stopped_days,
                ..Machine::fine(AZURE, sizes[0])
            });
        }
    }
}

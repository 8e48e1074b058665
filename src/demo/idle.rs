//! Machines that do nothing, and those that only look like it.

use super::{
    activity::{Activity, OFFICE},
    ids::{AWS, AWS_DAILY, AWS_SOUTH, AZURE, CLUSTER, GCP, GCP_SOUTH, SINGLES},
    machine::Machine,
    truth::Remedy,
    yard::Yard,
};

/// Hours of 720 just under and just over one in a hundred.
const UNDER_ONE_PERCENT: usize = 7;
const OVER_ONE_PERCENT: usize = 9;

const IDLE: Activity = Activity::Idle { active_hours: 0 };

impl Yard {
    pub(super) fn plant_idle(&mut self) {
        self.plant_idle_machines();
        self.plant_idle_oddities();
        self.plant_machines_that_look_idle();
        self.plant_memory_holders();
        self.plant_nodes();
    }

    fn idle(&self, position: usize, share_of_memory: f64) -> Machine {
        let (site, instance_type) = SINGLES[position % SINGLES.len()];
        let gib = self.shape(site, instance_type).and_then(|shape| shape.gpu_mem_gib_per_gpu);
        Machine {
            activity: IDLE,
            mem_gib: gib.map(|gib| gib * share_of_memory),
            cpu: 0.02,
            ..Machine::fine(site, instance_type)
        }
    }

    /// With no work, or just under the limit of active hours, memory and coverage.
    fn plant_idle_machines(&mut self) {
        for position in 0..16 {
            let machine = match position % 4 {
                0 => self.idle(position, 0.01),
                1 => Machine {
                    activity: Activity::Idle { active_hours: UNDER_ONE_PERCENT },
                    ..self.idle(position, 0.02)
                },
                2 => self.idle(position, 0.048),
                _ => Machine { coverage: 0.81, ..self.idle(position, 0.01) },
            };
            self.machine(&machine.hit(&["gpu-idle"], Remedy::STOP));
        }
    }

    /// Idle machines that something else is true of too.
    fn plant_idle_oddities(&mut self) {
        let training = Machine { tags: &[("workload", "training")], ..self.idle(0, 0.01) };
        let both = ["gpu-idle", "gpu-on-demand-interruptible"];
        self.machine(&training.clone().hit(&both, Remedy::STOP));
        self.machine(&Machine { site: AWS_DAILY, ..training }.hit(&both, Remedy::STOP));
        let odd = [
            Machine { purchase: "spot", ..self.idle(3, 0.01) },
            Machine { purchase: "committed", committed_share: 1.0, ..self.idle(0, 0.01) },
            Machine { committed_share: 0.5, ..self.idle(6, 0.01) },
            Machine { committed_share: 0.5, ..self.idle(2, 0.01) },
            Machine { tags: &[("environment", "production")], ..self.idle(1, 0.01) },
            // Old enough by a few hours, and running for a week and a few hours.
            Machine { launched_days: 7.3, ..self.idle(3, 0.01) },
        ];
        for machine in odd {
            self.machine(&machine.hit(&["gpu-idle"], Remedy::STOP));
        }
    }

    /// Too young, too busy, too unknown, or idle on purpose.
    fn plant_machines_that_look_idle(&mut self) {
        let over = Activity::Idle { active_hours: OVER_ONE_PERCENT };
        for position in 0..4 {
            // A schedule would be the answer, were something else not scaling it already.
            let busier =
                Machine { activity: over, has_scaling: Some(true), ..self.idle(position, 0.8) };
            self.machine(&busier);
            let online = Machine {
                activity: over,
                tags: &[("tier", "online")],
                ..self.idle(position + 4, 0.8)
            };
            self.machine(&online);
        }
        for position in 0..4 {
            self.machine(&Machine { launched_days: 6.5, ..self.idle(position, 0.01) });
            self.machine(&Machine { tags: &[("role", "standby")], ..self.idle(position, 0.01) });
            let hidden = Machine { coverage: 0.79, ..self.idle(position, 0.01) };
            self.machine(&hidden.hit(&["telemetry-missing"], Remedy::default()));
        }
        // Training hosts between jobs: quiet for two thirds of the time, but at no particular hour.
        for (site, instance_type) in SINGLES.into_iter().take(6) {
            let activity = Activity::Runs { share: 0.33, run_hours: 9.0, level: 0.9 };
            self.machine(&Machine { activity, ..Machine::fine(site, instance_type) });
        }
    }

    /// The model stays loaded and nobody calls it: idle too, but stopping it loses something.
    fn plant_memory_holders(&mut self) {
        for position in 0..10 {
            let machine = match position % 3 {
                0 => self.idle(position, 0.055),
                1 => Machine {
                    activity: Activity::Idle { active_hours: UNDER_ONE_PERCENT },
                    ..self.idle(position, 0.7)
                },
                _ => self.idle(position, 0.3),
            };
            self.machine(&machine.hit(&["gpu-idle-holding-memory"], Remedy::STOP));
        }
        for position in 0..4 {
            let over = Activity::Idle { active_hours: OVER_ONE_PERCENT };
            let machine =
                Machine { activity: over, has_scaling: Some(true), ..self.idle(position, 0.8) };
            self.machine(&machine);
            self.machine(&Machine { launched_days: 6.8, ..self.idle(position, 0.7) });
            self.machine(&Machine { tags: &[("dr", "true")], ..self.idle(position, 0.7) });
        }
    }

    /// Nodes of a cluster: on machines of one's own, or on a cloud's.
    fn plant_nodes(&mut self) {
        let node = Machine {
            kind: "node",
            unlisted_usd_per_hour: Some(0.9),
            ..Machine::fine(CLUSTER, "g5.xlarge")
        };
        let quarters: &[f64] = &[0.25, 0.25, 0.25, 0.25];
        for position in 0..4 {
            let mem_gib = Some(0.3);
            let idle = Machine { activity: IDLE, mem_gib, cpu: 0.02, ..node.clone() };
            let shared = Machine { workloads: Some(("deployment", quarters)), ..idle };
            self.machine(&shared.hit(&["gpu-idle"], Remedy::STOP));
            self.machine(&Machine { workloads: Some(("deployment", quarters)), ..node.clone() });
            let office = Activity::Office { office: OFFICE, stray_chance: 0.004, level: 0.8 };
            let by_day = Machine { activity: office, ..node.clone() };
            let hit: &[&str] = if position < 2 { &["gpu-off-hours"] } else { &[] };
            let remedy = if position < 2 { Remedy::schedule(OFFICE) } else { Remedy::default() };
            let has_scaling = Some(position >= 2);
            self.machine(&Machine { has_scaling, ..by_day }.hit(hit, remedy));
        }
        for (position, site) in [AWS, AWS_SOUTH, AWS, AWS_SOUTH].into_iter().enumerate() {
            self.backed_node(site, position < 2);
        }
        for (site, instance_type) in
            [(GCP, "g2-standard-4"), (GCP_SOUTH, "g2-standard-4"), (AZURE, "Standard_NC4as_T4_v3")]
        {
            let kind = "node";
            let workloads = Some(("deployment", quarters));
            self.machine(&Machine { kind, workloads, ..Machine::fine(site, instance_type) });
        }
    }

    /// A node that measures, on a cloud machine that is billed: one thing with two names.
    fn backed_node(&mut self, site: super::ids::Site, is_idle: bool) {
        let mut machine = Machine::fine(site, "g5.xlarge");
        if is_idle {
            machine = Machine { activity: IDLE, mem_gib: Some(0.3), cpu: 0.02, ..machine };
            machine = machine.hit(&["gpu-idle"], Remedy::STOP);
        }
        let beneath = self.machine(&machine);
        let mut node = self.row(CLUSTER, "node", "node/gpu-", "");
        let machine_id = beneath.resource_id.clone();
        node = crate::frame::ResourceRow {
            resource_id: node.resource_id,
            provider: node.provider,
            account_id: node.account_id,
            region: node.region,
            name: node.name,
            kind: node.kind,
            backed_by: Some(machine_id.clone()),
            ..beneath
        };
        // The node's exporter sees the accelerator; the cloud sees the machine and its price.
        for usage in self.fleet.usage.iter_mut().filter(|row| row.resource_id == machine_id) {
            usage.resource_id.clone_from(&node.resource_id);
        }
        if let Some(truth) =
            self.fleet.truth.iter_mut().find(|truth| truth.resource_id == machine_id)
        {
            truth.resource_id.clone_from(&node.resource_id);
        }
        self.note(&machine_id, &[], Some(0.0), 0.0);
        self.fleet.resources.push(node);
    }
}

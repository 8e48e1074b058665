//! What was paid in advance, used and unused; and steady load that was not.

use super::{
    activity::Activity,
    ids::{AWS, AZURE, GCP, HOURS, Site, days_before_end},
    machine::Machine,
    market::COMMIT,
    truth::{Remedy, monthly},
    yard::{Charge, Yard},
};
use crate::frame::CommitmentRow;

/// A commitment to plant.
#[derive(Debug, Clone)]
pub(super) struct Commitment {
    pub(super) site: Site,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) usd_per_hour: f64,
    /// Share that was used; the rest is billed as unused.
    pub(super) used_ratio: f64,
    /// Whether its use can be read.
    pub(super) is_readable: bool,
    /// Days from the end of the window to the end of the term.
    pub(super) term_left_days: Option<f64>,
}

/// An account of its own for each pool.
const POOL_ACCOUNTS: [&str; 12] = [
    "200000000001",
    "200000000002",
    "200000000003",
    "200000000004",
    "200000000005",
    "200000000006",
    "200000000007",
    "200000000008",
    "200000000009",
    "200000000010",
    "200000000011",
    "200000000012",
];
const MORE_POOL_ACCOUNTS: [&str; 8] = [
    "300000000001",
    "300000000002",
    "300000000003",
    "300000000004",
    "300000000005",
    "300000000006",
    "300000000007",
    "300000000008",
];

impl Yard {
    pub(super) fn plant_commitments(&mut self) {
        self.plant_plans();
        self.plant_capacity();
        self.plant_steady_pools();
        self.plant_unsteady_pools();
    }

    /// Used to nine tenths, just under and just over 95 %.
    fn plant_plans(&mut self) {
        let kinds = ["savings_plan", "reservation", "committed_use", "savings_plan"];
        let sites = [AWS, AZURE, GCP, AWS];
        for (position, used_ratio) in [
            0.6, 0.9, 0.945, 0.3, 0.945, 0.0, 0.8, 0.94, 0.96, 0.955, 1.0, 0.97, 0.99, 1.0, 0.96,
            0.98,
        ]
        .into_iter()
        .enumerate()
        {
            let plan = Commitment {
                site: sites[position % 4],
                name: format!("plan-{position:02}"),
                kind: kinds[position % 4],
                usd_per_hour: 1.0 + position as f64 / 4.0,
                used_ratio,
                is_readable: true,
                term_left_days: Some(200.0),
            };
            self.commitment(&plan, if used_ratio < 0.95 { &["commitment-underused"] } else { &[] });
        }
        let unread = Commitment {
            site: GCP,
            name: "plan-unread".to_owned(),
            kind: "committed_use",
            usd_per_hour: 2.0,
            used_ratio: 0.5,
            is_readable: false,
            term_left_days: None,
        };
        self.commitment(&unread, &[]);
    }

    fn plant_capacity(&mut self) {
        for (position, used_ratio) in [
            0.5, 0.0, 0.945, 0.9, 0.2, 0.94, 0.75, 0.945, 0.955, 0.96, 1.0, 0.98, 0.96, 0.99, 1.0,
            0.97,
        ]
        .into_iter()
        .enumerate()
        {
            let capacity = Commitment {
                site: [AWS, AZURE, GCP][position % 3],
                name: format!("capacity-{position:02}"),
                kind: "capacity_reservation",
                usd_per_hour: 1.2 + position as f64 / 8.0,
                used_ratio,
                is_readable: true,
                term_left_days: None,
            };
            let hits: &[&str] =
                if used_ratio < 0.95 { &["capacity-reservation-unused"] } else { &[] };
            self.commitment(&capacity, hits);
        }
    }

    pub(super) fn commitment(&mut self, commitment: &Commitment, hits: &[&str]) {
        let site = commitment.site;
        let id = site.id(&format!("{}/{}", commitment.kind, commitment.name));
        let is_capacity = commitment.kind == "capacity_reservation";
        let window_usd = commitment.usd_per_hour * HOURS as f64;
        let unused_usd = window_usd * (1.0 - commitment.used_ratio);
        let hourly = vec![commitment.usd_per_hour * (1.0 - commitment.used_ratio); HOURS];
        if commitment.is_readable {
            self.charge(&Charge {
                site,
                resource_id: None,
                service: "Commitments",
                sku: commitment.kind,
                instance_type: None,
                kind: if is_capacity { "reservation_unused" } else { "commitment_unused" },
                purchase_option: Some(if is_capacity { "on_demand" } else { "committed" }),
                commitment_id: Some(&id),
                hourly_usd: &hourly,
            });
        }
        self.fleet.commitments.push(CommitmentRow {
            commitment_id: id.clone(),
            provider: site.provider.to_owned(),
            account_id: site.account_id.to_owned(),
            kind: commitment.kind.to_owned(),
            scope_region: Some(site.region.to_owned()),
            scope_instance_type: None,
            starts_at: Some(days_before_end(165.0)),
            ends_at: commitment.term_left_days.map(|days| days_before_end(-days)),
            committed_usd_per_hour: Some(commitment.usd_per_hour),
            window_committed_usd: Some(window_usd),
            window_used_usd: commitment.is_readable.then_some(window_usd - unused_usd),
        });
        let waste = if hits.is_empty() { 0.0 } else { monthly(unused_usd) };
        // Capacity can be given back; what was promised for years is only freed.
        let (saving, freed) = if is_capacity { (waste, 0.0) } else { (0.0, waste) };
        self.note(&id, hits, Some(saving), freed);
    }

    /// Machines that run around the clock, or for just long enough each day, at a price that a commitment beats.
    fn plant_steady_pools(&mut self) {
        let site = |position: usize| AWS.in_region(COMMIT).in_account(POOL_ACCOUNTS[position]);
        for position in 0..4 {
            for _ in 0..=position {
                self.machine(&Machine::fine(site(position), "g5.xlarge"));
            }
        }
        // A tenth and a bit cheaper.
        for _ in 0..2 {
            self.machine(&Machine::fine(site(4), "g6e.xlarge"));
        }
        // Ten cents an hour and a bit.
        let small = Machine::fine(site(5), "g6f.large");
        self.machine(&small);
        // One of three is idle: commit to the two that stay.
        let idle = Machine {
            activity: Activity::Idle { active_hours: 0 },
            mem_gib: Some(0.3),
            cpu: 0.02,
            ..Machine::fine(site(6), "g5.xlarge")
        };
        self.machine(&idle.hit(&["gpu-idle"], Remedy::STOP));
        for _ in 0..2 {
            self.machine(&Machine::fine(site(6), "g5.xlarge"));
        }
        // Two of 24 stopped half-way: it falls by less than a tenth.
        for number in 0..24 {
            let machine = Machine::fine(site(7), "g5.xlarge");
            let stopped = Machine { state: "stopped", stopped_days: Some(15.0), ..machine.clone() };
            self.machine(if number < 2 { &stopped } else { &machine });
        }
        // Started 28 and a half days ago.
        for _ in 0..2 {
            self.machine(&Machine { launched_days: 28.5, ..Machine::fine(site(8), "g5.xlarge") });
        }
        // On in seven hours of ten; a commitment pays from 63 of 100.
        let runs = Activity::Runs { share: 0.75, run_hours: 6.0, level: 0.8 };
        let often = Machine {
            activity: runs,
            runs_when_active: true,
            has_scaling: Some(true),
            ..Machine::fine(site(9), "g5.xlarge")
        };
        self.machine(&often);
    }

    /// Falling, too young, too small, too rarely on, or with hardly a discount.
    fn plant_unsteady_pools(&mut self) {
        let site = |position: usize| AWS.in_region(COMMIT).in_account(MORE_POOL_ACCOUNTS[position]);
        // Three of 24 stopped half-way: it falls by more than a tenth.
        for number in 0..24 {
            let machine = Machine::fine(site(0), "g5.xlarge");
            let stopped = Machine { state: "stopped", stopped_days: Some(15.0), ..machine.clone() };
            self.machine(if number < 3 { &stopped } else { &machine });
        }
        for number in 0..4 {
            let machine = Machine::fine(site(1), "g5.xlarge");
            let stopped = Machine { state: "stopped", stopped_days: Some(11.0), ..machine.clone() };
            self.machine(if number < 2 { &stopped } else { &machine });
        }
        for _ in 0..3 {
            self.machine(&Machine { launched_days: 26.5, ..Machine::fine(site(2), "g5.xlarge") });
        }
        for _ in 0..3 {
            self.machine(&Machine::fine(site(3), "g4dn.xlarge"));
        }
        let cheap = Site { paid_ratio: 0.8, ..site(4) };
        self.machine(&Machine::fine(cheap, "g6f.large"));
        let rarely = Activity::Runs { share: 0.45, run_hours: 6.0, level: 0.8 };
        for position in 5..7 {
            let machine = Machine {
                activity: rarely,
                runs_when_active: true,
                has_scaling: Some(true),
                ..Machine::fine(site(position), "g5.xlarge")
            };
            self.machine(&machine);
        }
        // Paid at spot price or in advance already: nothing of it is bought on demand.
        let committed = Machine {
            purchase: "committed",
            committed_share: 1.0,
            ..Machine::fine(site(7), "g5.xlarge")
        };
        self.machine(&committed);
    }
}

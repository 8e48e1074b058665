//! Disks of machines that were stopped, lately or long ago.

use super::{
    ids::{AWS, AZURE, GCP, HOURS, Site},
    machine::Machine,
    truth::monthly,
    yard::{Charge, Yard},
};
use crate::frame::ResourceRow;

/// What a GiB of disk costs a month.
const USD_PER_GIB_MONTH: f64 = 0.09;

impl Yard {
    pub(super) fn plant_volumes(&mut self) {
        let sites =
            [(AWS, "g5.xlarge"), (AZURE, "Standard_NC24ads_A100_v4"), (GCP, "a2-highgpu-1g")];
        for (position, days) in
            [75.0, 31.0, 30.0, 30.5, 200.0, 45.0, 31.0, 90.0, 30.1].into_iter().enumerate()
        {
            let (site, instance_type) = sites[position % 3];
            let machine = stopped(site, instance_type, days);
            self.volume_of(
                &machine,
                1000.0 + 250.0 * position as f64,
                &["volume-of-stopped-machine"],
            );
        }
        for (position, days) in [29.0, 29.8, 10.0, 28.0, 5.0, 29.5].into_iter().enumerate() {
            let (site, instance_type) = sites[position % 3];
            self.volume_of(&stopped(site, instance_type, days), 2000.0, &[]);
        }
        for (site, instance_type) in sites {
            self.volume_of(&Machine::fine(site, instance_type), 500.0, &[]);
            // A machine without accelerators.
            let plain = match site.provider {
                "aws" => "m6i.2xlarge",
                "azure" => "Standard_D8s_v5",
                _ => "n2-standard-8",
            };
            let machine = Machine { coverage: 0.0, ..stopped(site, plain, 60.0) };
            self.volume_of(&machine, 500.0, &[]);
        }
        // Attached to nothing.
        self.volume(AWS, None, 800.0, &[]);
    }

    pub(super) fn volume_of(&mut self, machine: &Machine, size_gib: f64, hits: &[&str]) {
        let row = self.machine(machine);
        self.volume(machine.site, Some(row.resource_id), size_gib, hits);
    }

    fn volume(&mut self, site: Site, attached_to: Option<String>, size_gib: f64, hits: &[&str]) {
        let row = self.row(site, "volume", "vol-0", "");
        let id = row.resource_id.clone();
        let usd_per_hour = size_gib * USD_PER_GIB_MONTH / 730.0 * site.paid_ratio;
        let hourly_usd = vec![usd_per_hour; HOURS];
        self.charge(&Charge {
            site: Site { is_billed_hourly: false, ..site },
            resource_id: Some(&id),
            service: "Disks",
            sku: "ssd-gib-months",
            instance_type: None,
            kind: "usage",
            purchase_option: Some("on_demand"),
            commitment_id: None,
            hourly_usd: &hourly_usd,
        });
        let is_attached = attached_to.is_some();
        self.fleet.resources.push(ResourceRow {
            state: Some(if is_attached { "attached" } else { "unattached" }.to_owned()),
            attached_to,
            size_gib: Some(size_gib),
            ..row
        });
        // The snapshot that replaces it costs between two and three fifths of the disk.
        let snapshot_ratio = self.noise.fork().between(0.4, 0.6);
        let usd = usd_per_hour * HOURS as f64 * (1.0 - snapshot_ratio);
        self.note(&id, hits, Some(if hits.is_empty() { 0.0 } else { monthly(usd) }), 0.0);
    }
}

/// A machine stopped so many days before the end of the window.
fn stopped(site: Site, instance_type: &'static str, days: f64) -> Machine {
    Machine {
        state: "stopped",
        stopped_days: Some(days),
        launched_days: days + 200.0,
        ..Machine::fine(site, instance_type)
    }
}

//! Who owns what, where: invented accounts and names, and the time everything happens in.

use crate::{
    frame::InstantMs,
    window::{HourNumber, MS_PER_HOUR, Window},
};

/// 2026-10-01T00:00Z. Daylight saving ends in Europe on the 25th.
pub(super) const START: HourNumber = 20_727 * 24;
/// Hours of the window, and of the following time that the truth is worked out in.
pub(super) const HOURS: usize = 720;
/// The audited time.
pub(super) const WINDOW: Window = Window { start: START, end: START + 720 };

/// An account in a region, and how it is billed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Site {
    pub(super) provider: &'static str,
    pub(super) account_id: &'static str,
    pub(super) region: &'static str,
    /// What is paid ÷ list price.
    pub(super) paid_ratio: f64,
    /// Whether the bill says which hours were charged.
    pub(super) is_billed_hourly: bool,
}

impl Site {
    pub(super) const fn new(
        provider: &'static str,
        account_id: &'static str,
        region: &'static str,
        paid_ratio: f64,
    ) -> Self {
        Self { provider, account_id, region, paid_ratio, is_billed_hourly: true }
    }

    /// The same account with a bill by day.
    pub(super) const fn billed_by_day(self) -> Self {
        Self { is_billed_hourly: false, ..self }
    }

    /// The same account in another region.
    pub(super) const fn in_region(self, region: &'static str) -> Self {
        Self { region, ..self }
    }

    /// Another account of the same provider and region.
    pub(super) const fn in_account(self, account_id: &'static str) -> Self {
        Self { account_id, ..self }
    }

    /// The global id of a resource of this site.
    pub(super) fn id(self, native: &str) -> String {
        format!("{}:{}:{}:{native}", self.provider, self.account_id, self.region)
    }
}

/// The instant this many days before the end of the window.
pub(super) fn days_before_end(days: f64) -> InstantMs {
    let hours = crate::demo::noise::count(days * 24.0);
    InstantMs((WINDOW.end - hours) * MS_PER_HOUR)
}

/// The instant at which the window's hour at `index` begins.
pub(super) fn hour_at(index: usize) -> InstantMs {
    InstantMs((START + i64::try_from(index).unwrap_or_default()) * MS_PER_HOUR)
}

/// Teams of the invented company.
pub(super) const TEAMS: [&str; 6] =
    ["vision", "speech", "search", "forecasting", "robotics", "platform"];

/// First words of names.
pub(super) const WORDS: [&str; 12] = [
    "atlas", "borealis", "cobalt", "delta", "ember", "fjord", "granite", "harbor", "indigo",
    "juniper", "krill", "lumen",
];

pub(super) const AWS: Site = Site::new("aws", "111122223333", "ca-west-1", 0.95);
pub(super) const AWS_SOUTH: Site = Site::new("aws", "444455556666", "mx-central-1", 0.92);
/// Bills by day.
pub(super) const AWS_DAILY: Site =
    Site::new("aws", "777788889999", "ca-west-1", 1.0).billed_by_day();
pub(super) const AZURE: Site =
    Site::new("azure", "5b1f0c7e-0000-4000-8000-00000000a001", "austriaeast", 0.97);
/// Bills by day.
pub(super) const AZURE_DAILY: Site =
    Site::new("azure", "5b1f0c7e-0000-4000-8000-00000000a002", "belgiumcentral", 0.9)
        .billed_by_day();
pub(super) const GCP: Site = Site::new("gcp", "orbital-ml-prod", "europe-north2", 1.0);
pub(super) const GCP_SOUTH: Site =
    Site::new("gcp", "orbital-ml-research", "northamerica-south1", 0.9);
/// Nodes of a cluster on machines of one's own.
pub(super) const CLUSTER: Site = Site::new("kubernetes", "cluster-fra1", "fra1", 1.0);

/// Regions the policy of the planted fleet approves.
pub(super) const APPROVED_REGIONS: [&str; 13] = [
    "ca-west-1",
    "mx-central-1",
    "ap-southeast-4",
    "ap-southeast-6",
    "ap-east-2",
    "eusc-de-*",
    "austriaeast",
    "belgiumcentral",
    "denmarkeast",
    "europe-north2",
    "northamerica-south1",
    "fra1",
    "global",
];

/// Machines with one accelerator, at sites that bill in different ways.
pub(super) const SINGLES: [(Site, &str); 8] = [
    (AWS, "g5.xlarge"),
    (AZURE, "Standard_NC4as_T4_v3"),
    (GCP, "g2-standard-4"),
    (AWS_SOUTH, "g4dn.xlarge"),
    (AZURE_DAILY, "Standard_NC24ads_A100_v4"),
    (GCP_SOUTH, "a2-highgpu-1g"),
    (AWS_DAILY, "g5.xlarge"),
    (GCP, "a2-ultragpu-1g"),
];

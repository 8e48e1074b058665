//! What machines cost in the regions of the planted fleet: a price sheet of its own, in regions that the catalog does not
//! price, so that a borderline case stays one when list prices change.

use crate::{catalog::Catalog, demo::ids::Site, frame::PriceRow};

/// Prices of one machine type in one region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quote {
    pub(super) on_demand_usd_per_hour: f64,
    pub(super) spot_usd_per_hour: Option<f64>,
    pub(super) interruption_monthly_ratio: Option<f64>,
    pub(super) commit_usd_per_hour: Option<f64>,
}

impl Quote {
    /// Spot price ÷ on-demand price.
    pub(super) fn spot_ratio(self) -> Option<f64> {
        Some(self.spot_usd_per_hour? / self.on_demand_usd_per_hour)
    }
}

/// Regions where all default prices apply.
const PLAIN_REGIONS: [(&str, &str); 6] = [
    ("aws", "ca-west-1"),
    ("aws", "mx-central-1"),
    ("azure", "austriaeast"),
    ("azure", "belgiumcentral"),
    ("gcp", "europe-north2"),
    ("gcp", "northamerica-south1"),
];

/// Provider, machine type, on-demand price, spot price and share reclaimed in a month (0: none).
const DEFAULTS: [(&str, &str, f64, f64, f64); 25] = [
    ("aws", "g4dn.xlarge", 0.60, 0.24, 0.125),
    ("aws", "g5.xlarge", 1.20, 0.45, 0.175),
    ("aws", "g5.2xlarge", 1.45, 0.55, 0.175),
    ("aws", "g5.12xlarge", 6.80, 2.50, 0.075),
    ("aws", "g5.48xlarge", 19.50, 7.50, 0.25),
    ("aws", "g6e.xlarge", 2.25, 0.90, 0.075),
    ("aws", "p3.2xlarge", 3.80, 1.20, 0.25),
    ("aws", "ml.g4dn.xlarge", 0.74, 0.30, 0.0),
    ("aws", "ml.g5.xlarge", 1.41, 0.56, 0.0),
    ("azure", "Standard_NC4as_T4_v3", 0.62, 0.0, 0.0),
    ("azure", "Standard_NC8as_T4_v3", 0.94, 0.0, 0.0),
    ("azure", "Standard_NC64as_T4_v3", 5.30, 0.0, 0.0),
    ("azure", "Standard_NC24ads_A100_v4", 4.70, 0.0, 0.0),
    ("azure", "Standard_NC40ads_H100_v5", 8.90, 0.0, 0.0),
    ("gcp", "g2-standard-4", 0.75, 0.39, 0.0),
    ("gcp", "g2-standard-12", 1.05, 0.55, 0.0),
    ("gcp", "g2-standard-24", 2.10, 1.10, 0.0),
    ("gcp", "g2-standard-48", 4.20, 2.20, 0.0),
    ("gcp", "a2-highgpu-1g", 3.75, 1.70, 0.0),
    ("gcp", "a2-highgpu-2g", 7.50, 3.40, 0.0),
    ("gcp", "a2-highgpu-4g", 15.00, 6.80, 0.0),
    ("gcp", "a2-ultragpu-1g", 5.60, 2.90, 0.0),
    ("gcp", "a3-highgpu-1g", 12.00, 5.50, 0.0),
    ("gcp", "a2-ultragpu-2g", 11.20, 5.80, 0.0),
    ("azure", "Standard_NC48ads_A100_v4", 9.40, 0.0, 0.0),
];

/// Region where spot prices and interruptions lie just inside and outside their limits (80 %, 30 %).
pub(super) const SPOT_EDGE: &str = "ap-southeast-4";
/// Region that sells commitments.
pub(super) const COMMIT: &str = "ap-southeast-6";
/// Region where a change of machine type pays just enough, except from L4.
pub(super) const FIT_INSIDE: &str = "ap-east-2";
/// Region where it does not quite, except from L4.
pub(super) const FIT_OUTSIDE: &str = "eusc-de-east-1";
/// Azure's region where the successor of the V100 is just cheap enough.
pub(super) const AZURE_SUCCESSOR: &str = "denmarkeast";

/// Provider, region, machine type; on demand, spot, reclaimed, one-year commitment (0: none).
const SPECIALS: [(&str, &str, &str, [f64; 4]); 20] = [
    ("aws", SPOT_EDGE, "g4dn.xlarge", [0.60, 0.474, 0.125, 0.0]),
    ("aws", SPOT_EDGE, "g5.xlarge", [1.20, 0.984, 0.125, 0.0]),
    ("aws", SPOT_EDGE, "g6.xlarge", [0.96, 0.40, 0.29, 0.0]),
    ("aws", SPOT_EDGE, "g5.2xlarge", [1.45, 0.55, 0.31, 0.0]),
    ("aws", SPOT_EDGE, "ml.g4dn.xlarge", [0.74, 0.585, 0.0, 0.0]),
    ("aws", SPOT_EDGE, "ml.g5.xlarge", [1.41, 1.155, 0.0, 0.0]),
    ("aws", COMMIT, "g5.xlarge", [1.20, 0.0, 0.0, 0.756]),
    ("aws", COMMIT, "g6e.xlarge", [2.25, 0.0, 0.0, 2.00]),
    ("aws", COMMIT, "g4dn.xlarge", [0.60, 0.0, 0.0, 0.546]),
    ("aws", COMMIT, "g6f.large", [0.115, 0.0, 0.0, 0.072]),
    ("aws", FIT_INSIDE, "p3.2xlarge", [3.00, 0.0, 0.0, 0.0]),
    ("aws", FIT_INSIDE, "g6e.xlarge", [2.82, 0.0, 0.0, 0.0]),
    ("aws", FIT_INSIDE, "g5.xlarge", [1.00, 0.0, 0.0, 0.0]),
    ("aws", FIT_INSIDE, "g4dn.xlarge", [0.89, 0.0, 0.0, 0.0]),
    ("aws", FIT_INSIDE, "g6.xlarge", [1.08, 0.0, 0.0, 0.0]),
    ("aws", FIT_OUTSIDE, "p3.2xlarge", [3.00, 0.0, 0.0, 0.0]),
    ("aws", FIT_OUTSIDE, "g6e.xlarge", [2.895, 0.0, 0.0, 0.0]),
    ("aws", FIT_OUTSIDE, "g5.xlarge", [1.00, 0.0, 0.0, 0.0]),
    ("aws", FIT_OUTSIDE, "g4dn.xlarge", [0.93, 0.0, 0.0, 0.0]),
    ("aws", FIT_OUTSIDE, "g6.xlarge", [1.12, 0.0, 0.0, 0.0]),
];

/// More of the same.
const MORE_SPECIALS: [(&str, &str, &str, [f64; 4]); 7] = [
    ("aws", FIT_INSIDE, "ml.g5.xlarge", [1.41, 0.0, 0.0, 0.0]),
    ("aws", FIT_INSIDE, "ml.g4dn.xlarge", [1.25, 0.0, 0.0, 0.0]),
    ("aws", FIT_OUTSIDE, "ml.g5.xlarge", [1.41, 0.0, 0.0, 0.0]),
    ("aws", FIT_OUTSIDE, "ml.g4dn.xlarge", [1.31, 0.0, 0.0, 0.0]),
    ("azure", AZURE_SUCCESSOR, "Standard_NC6s_v3", [5.00, 0.0, 0.0, 0.0]),
    ("azure", AZURE_SUCCESSOR, "Standard_NC24ads_A100_v4", [4.70, 0.0, 0.0, 0.0]),
    ("azure", AZURE_SUCCESSOR, "Standard_NC4as_T4_v3", [0.62, 0.0, 0.0, 0.0]),
];

/// The sheet as rows.
pub(super) fn sheet() -> Vec<PriceRow> {
    let mut rows = Vec::new();
    for (provider, region) in PLAIN_REGIONS {
        for (_, instance_type, on_demand, spot, reclaimed) in
            DEFAULTS.iter().filter(|line| line.0 == provider)
        {
            push(
                &mut rows,
                (provider, region, instance_type),
                [*on_demand, *spot, *reclaimed, 0.0],
            );
        }
    }
    for (provider, region, instance_type, prices) in SPECIALS.iter().chain(&MORE_SPECIALS) {
        push(&mut rows, (provider, region, instance_type), *prices);
    }
    rows
}

fn push(rows: &mut Vec<PriceRow>, key: (&str, &str, &str), prices: [f64; 4]) {
    let [on_demand, spot, reclaimed, commit] = prices;
    for (option, usd) in [("on_demand", on_demand), ("spot", spot), ("commit_1y", commit)] {
        if usd > 0.0 {
            let is_spot = option == "spot" && reclaimed > 0.0;
            rows.push(PriceRow {
                provider: key.0.to_owned(),
                region: key.1.to_owned(),
                instance_type: key.2.to_owned(),
                purchase_option: option.to_owned(),
                price_usd_per_hour: usd,
                spot_interruption_monthly_ratio: is_spot.then_some(reclaimed),
                priced_on: "2026-10-28".to_owned(),
                source: "price sheet of the planted fleet".to_owned(),
            });
        }
    }
}

/// The prices of a machine type at a site. `None`: nobody knows them.
pub(super) fn quote(catalog: &Catalog, site: Site, instance_type: &str) -> Option<Quote> {
    let price = |option| catalog.price(site.provider, site.region, instance_type, option);
    Some(Quote {
        on_demand_usd_per_hour: price("on_demand")?.usd_per_hour,
        spot_usd_per_hour: price("spot").map(|price| price.usd_per_hour),
        interruption_monthly_ratio: price("spot")
            .and_then(|price| price.spot_interruption_monthly_ratio),
        commit_usd_per_hour: price("commit_1y").map(|price| price.usd_per_hour),
    })
}

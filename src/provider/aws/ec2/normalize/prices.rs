//! What the machine types in use would cost as spot capacity.

use std::collections::{BTreeMap, BTreeSet};

use super::PROVIDER;
use crate::{
    catalog::Catalog,
    frame::{InstantMs, PriceRow},
    provider::aws::{ec2::wire::SpotPrice, seat::Seat},
    window::Window,
};

/// One price per machine type: of the zones in use the dearest, so that no machine saves less than is said; where the zones in
/// use have no price, the cheapest of the region. `zones_in_use` is by machine type.
///
/// The service does not say how often such machines are reclaimed; the catalog does, and a price read replaces the catalog's
/// whole row.
pub(in super::super) fn price_rows(
    seat: &Seat,
    said: &[SpotPrice],
    zones_in_use: &BTreeMap<&str, BTreeSet<&str>>,
    catalog: &Catalog,
    window: Window,
) -> Vec<PriceRow> {
    let mut by_type: BTreeMap<&str, BTreeMap<&str, f64>> = BTreeMap::new();
    for ((instance_type, zone), usd) in in_force(said) {
        by_type.entry(instance_type).or_default().insert(zone, usd);
    }
    let row = |(instance_type, by_zone): (&str, BTreeMap<&str, f64>)| {
        let zones = zones_in_use.get(instance_type);
        let is_in_use = |zone: &str| zones.is_some_and(|zones| zones.contains(zone));
        let used = by_zone.iter().filter(|(zone, _)| is_in_use(zone)).map(|(_, usd)| *usd);
        let price = used.max_by(f64::total_cmp);
        let known = catalog.price(PROVIDER, &seat.region, instance_type, "spot");
        Some(PriceRow {
            provider: PROVIDER.to_owned(),
            region: seat.region.clone(),
            instance_type: instance_type.to_owned(),
            purchase_option: "spot".to_owned(),
            price_usd_per_hour: price.or_else(|| by_zone.into_values().min_by(f64::total_cmp))?,
            spot_interruption_monthly_ratio: known
                .and_then(|known| known.spot_interruption_monthly_ratio),
            priced_on: window.last_day().to_string(),
            source: "ec2:DescribeSpotPriceHistory".to_owned(),
        })
    };
    by_type.into_iter().filter_map(row).collect()
}

/// The newest price of each machine type and zone. What is no price is left out.
fn in_force(said: &[SpotPrice]) -> BTreeMap<(&str, &str), f64> {
    let mut newest: BTreeMap<(&str, &str), (Option<InstantMs>, f64)> = BTreeMap::new();
    for price in said {
        let (Some(instance_type), Some(zone)) = (&price.instance_type, &price.zone) else {
            continue;
        };
        let usd = price.usd_per_hour.as_deref().and_then(|text| text.parse::<f64>().ok());
        let Some(usd) = usd.filter(|usd| usd.is_finite() && *usd > 0.0) else { continue };
        let slot = newest.entry((instance_type, zone)).or_insert((price.since, usd));
        if (price.since, usd) > *slot {
            *slot = (price.since, usd);
        }
    }
    newest.into_iter().map(|(key, (_, usd))| (key, usd)).collect()
}

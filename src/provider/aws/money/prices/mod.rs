//! On-demand prices of today, from the price list: of machine types in use, and of those that could replace them where the
//! catalog's price is old. The list is free to ask.

mod collect;
mod normalize;
mod product;
mod wanted;

use std::collections::BTreeSet;

use jiff::civil::Date;

use self::{
    product::Product,
    wanted::{AllWanted, Wanted, catalog_days, wanted},
};
use crate::{
    catalog::{Catalog, Service},
    frame::{PriceRow, ResourceRow},
    provider::{
        aws::{observed::SpotShare, seat::Seat},
        call::CallError,
    },
    snapshot::Gap,
    units::count,
};

/// Where the list is served, in the order in which it is tried: an organisation may forbid regions.
const SERVED: [&str; 3] = ["us-east-1", "eu-central-1", "ap-south-1"];

/// Machine types in use that are asked for one by one, if the list does not have them when asked for all at once.
const SINGLE_COUNT: usize = 20;

/// What is asked about, and what is known already.
#[derive(Clone, Copy)]
pub(in crate::provider::aws) struct Asked<'a> {
    /// Any account, in any region.
    pub(in crate::provider::aws) home: &'a Seat,
    /// The inventory of all accounts.
    pub(in crate::provider::aws) resources: &'a [ResourceRow],
    pub(in crate::provider::aws) catalog: &'a Catalog,
    /// The last day of the window.
    pub(in crate::provider::aws) today: Date,
    /// Prices of the catalog that are older are asked for.
    pub(in crate::provider::aws) max_age_days: i64,
}

/// Prices of today.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::provider::aws) struct Prices {
    pub(in crate::provider::aws) rows: Vec<PriceRow>,
    pub(in crate::provider::aws) gaps: Vec<Gap>,
}

/// Asks the price list, region by region of the machines.
pub(in crate::provider::aws) async fn observe(asked: Asked<'_>) -> Prices {
    let all = wanted(asked.resources, asked.catalog, asked.today, asked.max_age_days);
    let mut found = Prices::default();
    let mut served = SERVED.iter().copied();
    let mut seat = served.next().map(|region| asked.home.in_region(region));
    let mut failed: Option<(CallError, AllWanted)> = None;
    for (key, wanted) in &all {
        let (region, service) = key;
        while let Some(at) = &seat {
            match of_region(at, region, *service, wanted).await {
                Ok(products) => {
                    let priced = normalize::prices(&products, region, *service, wanted);
                    found.gaps.extend(gaps(&priced, region, wanted));
                    found.rows.extend(priced.rows);
                    break;
                }
                Err(CallError::Refused { .. }) if served.len() > 0 => {
                    seat = served.next().map(|region| asked.home.in_region(region));
                }
                Err(error) => {
                    let (_, open) = failed.get_or_insert((error, AllWanted::new()));
                    open.insert(key.clone(), wanted.clone());
                    break;
                }
            }
        }
    }
    found.gaps.extend(failed.map(|(error, open)| unasked(&error, &open, asked.catalog)));
    found
}

/// What a machine type costs as managed spot capacity, by the part of today's price on demand that its jobs paid. `None`: that
/// price is not known.
pub(in crate::provider::aws) fn managed_spot(
    share: &SpotShare,
    listed: &[PriceRow],
    catalog: &Catalog,
    today: Date,
) -> Option<PriceRow> {
    let SpotShare { region, instance_type, ratio } = share;
    let today_usd = listed
        .iter()
        .find(|row| row.region == *region && row.instance_type == *instance_type)
        .map(|row| row.price_usd_per_hour);
    let known = || catalog.price("aws", region, instance_type, "on_demand");
    let on_demand_usd = today_usd.or_else(|| Some(known()?.usd_per_hour))?;
    Some(PriceRow {
        provider: "aws".to_owned(),
        region: region.clone(),
        instance_type: instance_type.clone(),
        purchase_option: "spot".to_owned(),
        price_usd_per_hour: on_demand_usd * ratio,
        spot_interruption_monthly_ratio: None,
        priced_on: today.to_string(),
        source: "sagemaker:DescribeTrainingJob".to_owned(),
    })
}

/// Products of one region. What is in use and not there is asked for once more by itself, in case a list of names is not
/// understood.
async fn of_region(
    seat: &Seat,
    region: &str,
    service: Service,
    wanted: &Wanted,
) -> Result<Vec<Product>, CallError> {
    let names: Vec<&str> = wanted.machine_types().into_iter().collect();
    let mut products = collect::products(seat, service, region, &names).await?;
    let there: BTreeSet<&str> = products.iter().filter_map(Product::machine_type).collect();
    let absent: Vec<String> = wanted
        .in_use
        .keys()
        .filter(|name| names.len() > 1 && !there.contains(name.as_str()))
        .take(SINGLE_COUNT)
        .cloned()
        .collect();
    for name in &absent {
        products.extend(collect::products(seat, service, region, &[name]).await?);
    }
    Ok(products)
}

/// Machine types in use without a price.
fn gaps(priced: &normalize::Priced, region: &str, wanted: &Wanted) -> Vec<Gap> {
    let there: BTreeSet<&str> = priced.rows.iter().map(|row| row.instance_type.as_str()).collect();
    let absent: Vec<&str> = wanted
        .in_use
        .keys()
        .map(String::as_str)
        .filter(|name| !there.contains(name) && !priced.unclear.contains(*name))
        .collect();
    let unclear: Vec<&str> = priced
        .unclear
        .iter()
        .map(String::as_str)
        .filter(|name| wanted.in_use.contains_key(*name))
        .collect();
    let gap = |names: &[&str], because: &str| Gap {
        what: format!("prices of {} in {region}", names.join(", ")),
        because: because.to_owned(),
        hides:
            "their price on demand today; that of the built-in catalog stands in, if there is one"
                .to_owned(),
        remedy: "Bring prices with --catalog.".to_owned(),
    };
    let mut gaps = Vec::new();
    if !absent.is_empty() {
        gaps.push(gap(&absent, "the price list has no plain price on demand for them"));
    }
    if !unclear.is_empty() {
        gaps.push(gap(
            &unclear,
            "the price list has several that differ by what they are used for",
        ));
    }
    gaps
}

/// The list did not answer.
fn unasked(error: &CallError, open: &AllWanted, catalog: &Catalog) -> Gap {
    let regions: BTreeSet<&str> = open.keys().map(|(region, _)| region.as_str()).collect();
    let stands_in = match catalog_days(open, catalog) {
        Some((first, last)) if first == last => {
            format!("prices are from the built-in catalog of {first}")
        }
        Some((first, last)) => {
            format!("prices are from the built-in catalog, of {first} to {last}")
        }
        None => "the built-in catalog has none either".to_owned(),
    };
    let mut gap = crate::provider::aws::observed::gap("the price list", error, "");
    gap.what =
        format!("pricing:GetProducts: today's prices in {}", count(regions.len() as u64, "region"));
    gap.hides = format!("what machines cost on demand today; {stands_in}");
    gap
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn managed_spot_is_its_share_of_todays_price_or_else_of_the_catalogs() {
        let catalog = Catalog::embedded().unwrap();
        let usd = |region: &str, instance_type: &str, listed: &[PriceRow]| {
            let (region, instance_type) = (region.to_owned(), instance_type.to_owned());
            let share = SpotShare { region, instance_type, ratio: 0.4 };
            managed_spot(&share, listed, &catalog, Date::constant(2026, 10, 31))
                .map(|row| row.price_usd_per_hour)
        };
        let today = PriceRow {
            provider: "aws".to_owned(),
            region: "us-east-1".to_owned(),
            instance_type: "ml.g5.2xlarge".to_owned(),
            purchase_option: "on_demand".to_owned(),
            price_usd_per_hour: 2.0,
            spot_interruption_monthly_ratio: None,
            priced_on: "2026-10-31".to_owned(),
            source: "aws price list".to_owned(),
        };
        assert_eq!(usd("us-east-1", "ml.g5.2xlarge", &[today]), Some(0.8));
        assert_eq!(usd("us-east-1", "ml.g5.2xlarge", &[]), Some(1.515 * 0.4));
        assert_eq!(usd("us-east-1", "ml.p9.96xlarge", &[]), None);
    }
}

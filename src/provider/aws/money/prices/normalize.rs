//! The one product of each machine type that is its price.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    product::Product,
    wanted::{Purpose, Wanted},
};
use crate::{catalog::Service, frame::PriceRow};

/// Prices in one region.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Priced {
    pub(super) rows: Vec<PriceRow>,
    /// Machine types of which several prices are listed, and nothing says which is the right one.
    pub(super) unclear: BTreeSet<String>,
}

/// Chooses a price for each machine type that is wanted.
pub(super) fn prices(
    products: &[Product],
    region: &str,
    service: Service,
    wanted: &Wanted,
) -> Priced {
    let mut priced = Priced::default();
    let names = wanted.machine_types();
    let mut by_type: BTreeMap<&str, Vec<&Product>> = BTreeMap::new();
    for product in products.iter().filter(|product| product.region() == Some(region)) {
        if let Some(name) = product.machine_type().filter(|name| names.contains(name)) {
            by_type.entry(name).or_default().push(product);
        }
    }
    for (name, products) in by_type {
        let chosen = match service {
            Service::Compute => machine(&products),
            Service::SageMaker => component(&products, wanted.in_use.get(name)),
        };
        match chosen {
            Ok(None) => {}
            Ok(Some(product)) => priced.rows.push(row(product, region, name)),
            Err(Unclear) => {
                priced.unclear.insert(name.to_owned());
            }
        }
    }
    priced
}

/// Several prices, and no way to tell which.
#[derive(Debug)]
struct Unclear;

/// The plain machine.
fn machine<'p>(products: &[&'p Product]) -> Result<Option<&'p Product>, Unclear> {
    let plain: Vec<&Product> =
        products.iter().copied().filter(|product| product.is_plain_machine()).collect();
    let best = plain.iter().map(|product| product.rank()).min();
    only(plain.into_iter().filter(|product| Some(product.rank()) == best))
}

/// The machine for what it is used for; a candidate is taken as what serves models.
fn component<'p>(
    products: &[&'p Product],
    used_for: Option<&BTreeSet<Purpose>>,
) -> Result<Option<&'p Product>, Unclear> {
    let of = |purpose: Purpose| {
        let words: &[&str] = match purpose {
            Purpose::Hosting => &["Hosting"],
            Purpose::Training => &["Training"],
            Purpose::Notebook => &["Notebook", "Studio-Notebook", "Studio-JupyterLab"],
        };
        let fitting =
            |product: &&Product| product.component().is_some_and(|said| words.contains(&said));
        only(products.iter().copied().filter(fitting))
    };
    let all = [Purpose::Hosting, Purpose::Training, Purpose::Notebook];
    let purposes = used_for.filter(|purposes| !purposes.is_empty());
    let Some(purposes) = purposes else {
        for purpose in all {
            if let Some(found) = of(purpose)? {
                return Ok(Some(found));
            }
        }
        return Ok(None);
    };
    let mut found = Vec::new();
    for purpose in purposes {
        found.extend(of(*purpose)?);
    }
    only(found.into_iter())
}

/// One product, or several at the same price.
fn only<'p>(
    mut products: impl Iterator<Item = &'p Product>,
) -> Result<Option<&'p Product>, Unclear> {
    let Some(first) = products.next() else { return Ok(None) };
    let is_same = |other: &Product| (other.usd_per_hour - first.usd_per_hour).abs() < 1e-9;
    if products.all(is_same) { Ok(Some(first)) } else { Err(Unclear) }
}

fn row(product: &Product, region: &str, machine_type: &str) -> PriceRow {
    PriceRow {
        provider: "aws".to_owned(),
        region: region.to_owned(),
        instance_type: machine_type.to_owned(),
        purchase_option: "on_demand".to_owned(),
        price_usd_per_hour: product.usd_per_hour,
        spot_interruption_monthly_ratio: None,
        priced_on: product.priced_on.clone(),
        source: "aws price list".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A product of the list, as text.
    fn text(attributes: &serde_json::Value, unit: &str, usd: &str) -> String {
        json!({
            "product": { "productFamily": "Compute Instance", "attributes": attributes, "sku": "S" },
            "serviceCode": "AmazonEC2",
            "terms": {
                "OnDemand": { "S.T": {
                    "effectiveDate": "2021-01-01T00:00:00Z",
                    "priceDimensions": { "S.T.R": { "unit": unit, "pricePerUnit": { "USD": usd } } },
                } },
                "Reserved": { "S.X": { "priceDimensions": {}, "termAttributes": {} } },
            },
            "publicationDate": "2026-11-20T21:02:33Z",
        })
        .to_string()
    }

    fn machine_of(machine_type: &str, change: &[(&str, &str)], usd: &str) -> Product {
        let mut attributes = json!({
            "instanceType": machine_type, "regionCode": "us-east-1", "operatingSystem": "Linux",
            "preInstalledSw": "NA", "capacitystatus": "Used", "tenancy": "Shared",
            "marketoption": "OnDemand", "operation": "RunInstances",
        });
        for (name, value) in change {
            attributes[*name] = (*value).into();
        }
        Product::parse(&text(&attributes, "Hrs", usd)).unwrap().unwrap()
    }

    fn component_of(machine_type: &str, component: &str, usd: &str) -> Product {
        let attributes = json!({
            "instanceName": machine_type, "instanceType": format!("{machine_type}-{component}"),
            "regionCode": "us-east-1", "component": component,
        });
        Product::parse(&text(&attributes, "Hrs", usd)).unwrap().unwrap()
    }

    fn in_use(names: &[(&str, &[Purpose])]) -> Wanted {
        let used = names
            .iter()
            .map(|(name, purposes)| ((*name).to_owned(), purposes.iter().copied().collect()));
        Wanted { in_use: used.collect(), ..Wanted::default() }
    }

    fn found(products: &[Product], service: Service, wanted: &Wanted) -> Vec<(String, f64)> {
        let priced = prices(products, "us-east-1", service, wanted);
        priced.rows.into_iter().map(|row| (row.instance_type, row.price_usd_per_hour)).collect()
    }

    fn g5(products: &[Product]) -> Vec<(String, f64)> {
        found(products, Service::Compute, &in_use(&[("g5.xlarge", &[])]))
    }

    fn is(usd: f64) -> Vec<(String, f64)> {
        vec![("g5.xlarge".to_owned(), usd)]
    }

    #[test]
    fn products_of_reservations_software_and_dedicated_hosts_are_not_the_price() {
        let trap = |change: &[(&str, &str)], usd| machine_of("g5.xlarge", change, usd);
        let products = [
            trap(&[("capacitystatus", "UnusedCapacityReservation")], "9.0"),
            trap(&[("preInstalledSw", "SQL Web")], "8.0"),
            trap(&[("tenancy", "Dedicated")], "7.0"),
            trap(&[("operatingSystem", "Windows")], "6.0"),
            trap(&[("marketoption", "CapacityBlock")], "5.0"),
            trap(&[("regionCode", "eu-west-1")], "4.0"),
            trap(&[("licenseModel", "Bring your own license")], "3.0"),
            trap(&[], "1.0060000000"),
        ];
        assert_eq!(g5(&products), is(1.006));
        assert_eq!(g5(&products[..7]), [], "and without the right one there is none");
    }

    #[test]
    fn capacity_from_a_reservation_at_no_price_is_no_price() {
        let attributes = json!({ "instanceType": "g5.xlarge", "regionCode": "us-east-1" });
        assert_eq!(Product::parse(&text(&attributes, "Hrs", "0.0000000000")).unwrap(), None);
    }

    #[test]
    fn prices_by_another_unit_or_in_another_currency_are_left_out() {
        let attributes = json!({ "instanceType": "g5.xlarge", "regionCode": "us-east-1" });
        assert_eq!(Product::parse(&text(&attributes, "Quantity", "300")).unwrap(), None);
        let yuan = text(&attributes, "Hrs", "7").replace("USD", "CNY");
        assert_eq!(Product::parse(&yuan).unwrap(), None);
    }

    #[test]
    fn what_is_no_product_is_an_error() {
        assert!(Product::parse("[]").is_err());
        assert!(Product::parse("{").is_err());
    }

    #[test]
    fn a_metal_machine_may_be_dedicated_and_shared_wins() {
        let dedicated = machine_of("g4dn.metal", &[("tenancy", "Dedicated")], "8.0");
        let shared = machine_of("g4dn.metal", &[], "7.8");
        let wanted = in_use(&[("g4dn.metal", &[])]);
        let metal = |usd| vec![("g4dn.metal".to_owned(), usd)];
        let alone = [dedicated.clone()];
        assert_eq!(found(&alone, Service::Compute, &wanted), metal(8.0));
        assert_eq!(found(&[dedicated, shared], Service::Compute, &wanted), metal(7.8));
    }

    #[test]
    fn two_prices_that_nothing_tells_apart_are_none() {
        let products = [machine_of("g5.xlarge", &[], "1.0"), machine_of("g5.xlarge", &[], "1.1")];
        let wanted = in_use(&[("g5.xlarge", &[])]);
        let priced = prices(&products, "us-east-1", Service::Compute, &wanted);
        assert_eq!(priced.rows, []);
        assert_eq!(priced.unclear, ["g5.xlarge".to_owned()].into());
    }

    #[test]
    fn the_day_is_that_of_the_list_and_not_when_the_price_began() {
        let priced = prices(
            &[machine_of("g5.xlarge", &[], "1.006")],
            "us-east-1",
            Service::Compute,
            &in_use(&[("g5.xlarge", &[])]),
        );
        assert_eq!(priced.rows[0].priced_on, "2026-11-20");
        assert_eq!(priced.rows[0].source, "aws price list");
    }

    #[test]
    fn sagemakers_price_is_that_of_the_use() {
        let products = [
            component_of("ml.g5.xlarge", "Training", "1.41"),
            component_of("ml.g5.xlarge", "Hosting", "1.408"),
            component_of("ml.g5.xlarge", "Processing", "9.0"),
        ];
        let of = |purposes: &[Purpose]| {
            found(&products, Service::SageMaker, &in_use(&[("ml.g5.xlarge", purposes)]))
        };
        let price = |usd: f64| vec![("ml.g5.xlarge".to_owned(), usd)];
        assert_eq!(of(&[Purpose::Hosting]), price(1.408));
        assert_eq!(of(&[Purpose::Training]), price(1.41));
        assert_eq!(of(&[Purpose::Hosting, Purpose::Training]), [], "two uses, two prices");
        assert_eq!(of(&[]), price(1.408), "a candidate serves models");
    }

    #[test]
    fn the_price_of_ec2_is_never_that_of_sagemaker() {
        let products = [machine_of("g5.xlarge", &[], "1.006")];
        let wanted = in_use(&[("ml.g5.xlarge", &[Purpose::Hosting])]);
        assert_eq!(found(&products, Service::SageMaker, &wanted), []);
    }
}

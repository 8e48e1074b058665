//! Which prices are worth asking for.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::{
    catalog::{Catalog, Service},
    frame::ResourceRow,
};

/// What an `ml` machine is used for: SageMaker has a price for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    Hosting,
    Training,
    Notebook,
}

/// Machine types of one service in one region.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Wanted {
    /// In use, with what they are used for.
    pub(super) in_use: BTreeMap<String, BTreeSet<Purpose>>,
    /// That could replace those, and whose price in the catalog is old or missing.
    pub(super) candidates: BTreeSet<String>,
}

impl Wanted {
    /// All of them.
    pub(super) fn machine_types(&self) -> BTreeSet<&str> {
        self.in_use.keys().chain(&self.candidates).map(String::as_str).collect()
    }
}

/// What is wanted in each region.
pub(super) type AllWanted = BTreeMap<(String, Service), Wanted>;

/// Machine types in use, and the candidates beside them.
pub(super) fn wanted(
    resources: &[ResourceRow],
    catalog: &Catalog,
    today: Date,
    max_age_days: i64,
) -> AllWanted {
    let mut all = AllWanted::new();
    for row in resources.iter().filter(|row| row.provider == "aws" && row.kind != "volume") {
        let Some(machine_type) = row.instance_type.as_deref() else { continue };
        let is_accelerated = catalog.shape("aws", machine_type).is_some()
            || row.gpu_count.is_some_and(|count| count > 0.0);
        if is_accelerated {
            let key = (row.region.clone(), Service::of(machine_type));
            let of_region = all.entry(key).or_default();
            let purposes = of_region.in_use.entry(machine_type.to_owned()).or_default();
            purposes.insert(purpose(&row.kind));
        }
    }
    for ((region, service), wanted) in &mut all {
        let is_old = |machine_type: &str| {
            let price = catalog.price("aws", region, machine_type, "on_demand");
            price.is_none_or(|price| age_days(price.as_of, today) > max_age_days)
        };
        wanted.candidates = catalog
            .shapes_of("aws")
            .filter(|shape| shape.is_target && shape.service() == *service)
            .map(|shape| shape.instance_type.clone())
            .filter(|name| !wanted.in_use.contains_key(name) && is_old(name))
            .collect();
    }
    all
}

fn purpose(kind: &str) -> Purpose {
    match kind {
        "job" => Purpose::Training,
        "notebook" => Purpose::Notebook,
        _ => Purpose::Hosting,
    }
}

fn age_days(as_of: Date, today: Date) -> i64 {
    as_of.until(today).map_or(0, |span| i64::from(span.get_days()))
}

/// The days of the catalog's prices that stand in, first and last. `None`: it has none of these.
pub(super) fn catalog_days(all: &AllWanted, catalog: &Catalog) -> Option<(Date, Date)> {
    let days: BTreeSet<Date> = all
        .iter()
        .flat_map(|((region, _), wanted)| {
            wanted.machine_types().into_iter().filter_map(move |name| {
                Some(catalog.price("aws", region, name, "on_demand")?.as_of)
            })
        })
        .collect();
    days.first().copied().zip(days.last().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: &str, machine_type: &str) -> ResourceRow {
        ResourceRow {
            provider: "aws".to_owned(),
            region: "us-east-1".to_owned(),
            kind: kind.to_owned(),
            instance_type: Some(machine_type.to_owned()),
            ..ResourceRow::default()
        }
    }

    fn of(resources: &[ResourceRow], today: &str) -> AllWanted {
        let catalog = Catalog::embedded().unwrap();
        wanted(resources, &catalog, today.parse().unwrap(), 90)
    }

    fn key(service: Service) -> (String, Service) {
        ("us-east-1".to_owned(), service)
    }

    #[test]
    fn what_is_in_use_is_asked_for_and_candidates_only_if_their_price_is_old() {
        let resources = [row("gpu_instance", "g5.xlarge"), row("gpu_instance", "m5.large")];
        let fresh = of(&resources, "2026-07-21");
        let ec2 = &fresh[&key(Service::Compute)];
        assert_eq!(ec2.in_use.keys().collect::<Vec<_>>(), ["g5.xlarge"], "not what has no GPU");
        let old = of(&resources, "2026-11-25");
        assert!(old[&key(Service::Compute)].candidates.len() > ec2.candidates.len());
        assert!(old[&key(Service::Compute)].candidates.contains("g6.xlarge"));
        assert!(!old.contains_key(&key(Service::SageMaker)), "nothing of it is in use");
    }

    #[test]
    fn candidates_are_of_the_same_service() {
        let all = of(&[row("endpoint", "ml.g5.xlarge")], "2026-11-25");
        let sagemaker = &all[&key(Service::SageMaker)];
        assert!(sagemaker.candidates.iter().all(|name| name.starts_with("ml.")));
        assert_eq!(sagemaker.in_use["ml.g5.xlarge"], [Purpose::Hosting].into());
    }

    #[test]
    fn a_new_machine_type_with_accelerators_is_asked_for() {
        let new = ResourceRow { gpu_count: Some(8.0), ..row("gpu_instance", "p9.48xlarge") };
        let all = of(&[new], "2026-11-25");
        assert!(all[&key(Service::Compute)].in_use.contains_key("p9.48xlarge"));
    }

    #[test]
    fn the_age_of_the_catalog_is_that_of_its_prices() {
        let catalog = Catalog::embedded().unwrap();
        let all = of(&[row("gpu_instance", "g5.xlarge")], "2026-11-25");
        let (first, last) = catalog_days(&all, &catalog).unwrap();
        assert!(first <= last);
        assert_eq!(catalog_days(&AllWanted::new(), &catalog), None);
    }
}

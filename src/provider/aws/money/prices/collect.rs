//! What the price list is asked.

use aws_sdk_pricing::types::{Filter, FilterType};

use super::product::Product;
use crate::{
    catalog::Service,
    provider::{aws::seat::Seat, call::CallError},
};

/// Longest value of a filter, in bytes.
const VALUE_BYTES: usize = 1_000;
const OPERATION: &str = "pricing:GetProducts";

/// Products of machine types of a service in a region. `seat` is where the list is served, not where the machines are.
pub(super) async fn products(
    seat: &Seat,
    service: Service,
    region: &str,
    machine_types: &[&str],
) -> Result<Vec<Product>, CallError> {
    let mut found = Vec::new();
    for names in chunks(machine_types) {
        found.extend(asked(seat, service, region, &names).await?);
    }
    Ok(found)
}

async fn asked(
    seat: &Seat,
    service: Service,
    region: &str,
    names: &str,
) -> Result<Vec<Product>, CallError> {
    let client = seat.pricing();
    let filters = filters(service, region, names);
    let mut found = Vec::new();
    let mut broken: Option<String> = None;
    seat.pages(
        OPERATION,
        |token| {
            client
                .get_products()
                .service_code(match service {
                    Service::Compute => "AmazonEC2",
                    Service::SageMaker => "AmazonSageMaker",
                })
                .set_filters(Some(filters.clone()))
                .format_version("aws_v1")
                .max_results(100)
                .set_next_token(token)
                .send()
        },
        |page| {
            for text in page.price_list.unwrap_or_default() {
                match Product::parse(&text) {
                    Ok(product) => found.extend(product),
                    Err(error) => broken = Some(error.to_string()),
                }
            }
            page.next_token
        },
    )
    .await?;
    match broken {
        // One product that is none may be a new kind; if nothing else came, it is another server.
        Some(reason) if found.is_empty() => {
            Err(CallError::Malformed { operation: OPERATION.to_owned(), reason })
        }
        _ => Ok(found),
    }
}

fn filters(service: Service, region: &str, names: &str) -> Vec<Filter> {
    let is_list = names.contains(',');
    let by_name = |field| {
        filter(if is_list { FilterType::AnyOf } else { FilterType::TermMatch }, field, names)
    };
    let is = |field, value| filter(FilterType::TermMatch, field, value);
    let filters = match service {
        Service::Compute => vec![
            is("regionCode", region),
            is("operatingSystem", "Linux"),
            is("preInstalledSw", "NA"),
            is("capacitystatus", "Used"),
            by_name("instanceType"),
        ],
        Service::SageMaker => vec![is("regionCode", region), by_name("instanceName")],
    };
    filters.into_iter().flatten().collect()
}

fn filter(kind: FilterType, field: &str, value: &str) -> Option<Filter> {
    Filter::builder().r#type(kind).field(field).value(value).build().ok()
}

/// Names joined by commas, as many as a filter takes.
fn chunks(names: &[&str]) -> Vec<String> {
    let mut chunks: Vec<String> = Vec::new();
    for name in names {
        match chunks.last_mut() {
            Some(last) if last.len() + 1 + name.len() <= VALUE_BYTES => {
                last.push(',');
                last.push_str(name);
            }
            _ => chunks.push((*name).to_owned()),
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_asked_for_as_many_at_once_as_a_filter_takes() {
        let names = vec!["g5.12xlarge"; 100];
        let chunks = chunks(&names);
        assert_eq!(chunks.len(), 2);
        assert!(chunks.iter().all(|chunk| chunk.len() <= VALUE_BYTES));
        assert_eq!(chunks.iter().map(|chunk| chunk.split(',').count()).sum::<usize>(), 100);
    }
}

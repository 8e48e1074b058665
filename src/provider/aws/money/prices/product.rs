//! Products of the price list: JSON within JSON, of which most are traps.
//!
//! A machine type has dozens of products: with Windows, with SQL Server, for capacity that is reserved and not used (at the same
//! price) or used from a reservation (at $0), dedicated. One of them is the price of running it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::number;

/// A product with its price on demand.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Product {
    attributes: BTreeMap<String, String>,
    /// By the hour, above 0.
    pub(super) usd_per_hour: f64,
    /// Day of the list, `2026-10-01`.
    pub(super) priced_on: String,
}

#[derive(Debug, Deserialize)]
struct Listed {
    product: ListedProduct,
    #[serde(default)]
    terms: Terms,
    #[serde(rename = "publicationDate")]
    publication_date: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ListedProduct {
    #[serde(default)]
    attributes: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
struct Terms {
    #[serde(rename = "OnDemand", default)]
    on_demand: BTreeMap<String, Offer>,
}

#[derive(Debug, Deserialize)]
struct Offer {
    #[serde(rename = "effectiveDate")]
    effective_date: Option<String>,
    #[serde(rename = "priceDimensions", default)]
    dimensions: BTreeMap<String, PriceDimension>,
}

#[derive(Debug, Deserialize)]
struct PriceDimension {
    unit: Option<String>,
    #[serde(rename = "pricePerUnit", default)]
    price_per_unit: BTreeMap<String, String>,
}

impl Product {
    /// Reads one text of the list. `None`: it has no price in dollars by the hour. An error: it is no product.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, serde_json::Error> {
        let listed: Listed = serde_json::from_str(text)?;
        // Of several offers the one that came into force last holds.
        let mut offers: Vec<&Offer> = listed.terms.on_demand.values().collect();
        offers.sort_by(|a, b| a.effective_date.cmp(&b.effective_date));
        let Some(offer) = offers.last() else { return Ok(None) };
        let mut prices = offer.dimensions.values().filter_map(PriceDimension::usd_per_hour);
        let (Some(usd_per_hour), None) = (prices.next(), prices.next()) else { return Ok(None) };
        let day = |text: &Option<String>| {
            text.as_deref().and_then(|text| text.get(..10)).map(str::to_owned)
        };
        let Some(priced_on) = day(&listed.publication_date).or_else(|| day(&offer.effective_date))
        else {
            return Ok(None);
        };
        let attributes = listed.product.attributes.into_iter();
        let attributes = attributes
            .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
            .collect();
        Ok(Some(Self { attributes, usd_per_hour, priced_on }))
    }

    fn says(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).map(String::as_str)
    }

    /// Region.
    pub(super) fn region(&self) -> Option<&str> {
        self.says("regionCode")
    }

    /// Machine type, of EC2 or SageMaker.
    pub(super) fn machine_type(&self) -> Option<&str> {
        self.says("instanceName").or_else(|| self.says("instanceType"))
    }

    /// Whether it is a plain Linux machine that runs on demand. Machines without a hypervisor may be listed as dedicated only.
    pub(super) fn is_plain_machine(&self) -> bool {
        let is = |attribute, wanted: &[&str]| {
            self.says(attribute).is_some_and(|said| wanted.contains(&said))
        };
        let is_or_unsaid = |attribute, wanted: &[&str]| {
            self.says(attribute).is_none_or(|said| wanted.contains(&said))
        };
        let is_metal = self.machine_type().is_some_and(|name| name.contains(".metal"));
        is("operatingSystem", &["Linux"])
            && is("preInstalledSw", &["NA"])
            && is("capacitystatus", &["Used"])
            && (is("tenancy", &["Shared"]) || is_metal && is("tenancy", &["Dedicated"]))
            && is_or_unsaid("marketoption", &["OnDemand"])
            && is_or_unsaid("licenseModel", &["No License required", "NA"])
    }

    /// How good a choice it is among plain machines of the same type: lower is better.
    pub(super) fn rank(&self) -> u8 {
        let is_dedicated = self.says("tenancy") == Some("Dedicated");
        let is_plain = self.says("operation").is_none_or(|said| said == "RunInstances");
        u8::from(is_dedicated) * 2 + u8::from(!is_plain)
    }

    /// What SageMaker calls the use of the machine: `Hosting`, `Training`, `Notebook`, ….
    pub(super) fn component(&self) -> Option<&str> {
        self.says("component")
    }
}

impl PriceDimension {
    fn usd_per_hour(&self) -> Option<f64> {
        let is_hours = self.unit.as_deref().is_some_and(|unit| unit.eq_ignore_ascii_case("hrs"));
        number(self.price_per_unit.get("USD").map(String::as_str))
            .filter(|usd| is_hours && *usd > 0.0)
    }
}

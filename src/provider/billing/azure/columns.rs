//! The columns of an export, and what single cells mean.

use std::borrow::Cow;

use super::super::{
    super::table::{ImportError, Row, Selection, Slot},
    charge::{Purchase, Thing},
    kind::resource_kind,
    tags::TagCells,
};

/// Where each column is.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) cost: Slot,
    pub(super) date: Slot,
    subscription: Slot,
    billing_account: Option<Slot>,
    pub(super) currency: Option<Slot>,
    pub(super) charge_type: Option<Slot>,
    pub(super) pricing: Option<Slot>,
    pub(super) reservation: Option<Slot>,
    pub(super) benefit: Option<Slot>,
    pub(super) service: Option<Slot>,
    pub(super) consumed_service: Option<Slot>,
    pub(super) meter: Option<Slot>,
    pub(super) meter_subcategory: Option<Slot>,
    pub(super) meter_id: Option<Slot>,
    pub(super) quantity: Option<Slot>,
    pub(super) unit: Option<Slot>,
    pub(super) list_cost: Option<Slot>,
    pub(super) list_price: Option<Slot>,
    pub(super) region: Option<Slot>,
    pub(super) zone: Option<Slot>,
    pub(super) resource: Option<Slot>,
    pub(super) resource_name: Option<Slot>,
    tags: Option<Slot>,
    pub(super) tag_cells: TagCells,
    pub(super) info: Option<Slot>,
}

impl Columns {
    pub(super) fn new(wanted: &mut Selection<'_>) -> Result<Self, ImportError> {
        Ok(Self {
            cost: wanted.need(&["CostInBillingCurrency", "Cost", "PreTaxCost"])?,
            date: wanted.need(&["Date", "UsageDateTime", "UsageDate"])?,
            billing_account: wanted.maybe(&["BillingProfileId", "BillingAccountId"])?,
            subscription: wanted.need(&["SubscriptionId", "SubscriptionGuid"])?,
            currency: wanted.maybe(&["BillingCurrency", "BillingCurrencyCode", "Currency"])?,
            charge_type: wanted.maybe(&["ChargeType"])?,
            pricing: wanted.maybe(&["PricingModel"])?,
            reservation: wanted.maybe(&["ReservationId"])?,
            benefit: wanted.maybe(&["BenefitId"])?,
            service: wanted.maybe(&["MeterCategory"])?,
            consumed_service: wanted.maybe(&["ConsumedService"])?,
            meter: wanted.maybe(&["MeterName", "Meter"])?,
            meter_subcategory: wanted.maybe(&["MeterSubCategory"])?,
            meter_id: wanted.maybe(&["MeterId"])?,
            quantity: wanted.maybe(&["Quantity", "UsageQuantity"])?,
            unit: wanted.maybe(&["UnitOfMeasure"])?,
            list_cost: wanted.maybe(&["PaygCostInBillingCurrency"])?,
            list_price: wanted.maybe(&["PayGPrice"])?,
            region: wanted.maybe(&["ResourceLocation", "ResourceLocationNormalized"])?,
            zone: wanted.maybe(&["AvailabilityZone"])?,
            resource: wanted.maybe(&["ResourceId", "InstanceId"])?,
            resource_name: wanted.maybe(&["ResourceName"])?,
            tags: wanted.maybe(&["Tags"])?,
            tag_cells: TagCells::default(),
            info: wanted.maybe(&["AdditionalInfo"])?,
        })
    }

    /// The subscription. Purchases for a whole billing account have none.
    pub(super) fn account(&self, row: &Row<'_>) -> String {
        row.text(self.subscription)
            .or_else(|| row.text(self.billing_account))
            .map_or_else(|| "unknown".to_owned(), |account| account.to_ascii_lowercase())
    }

    /// The resource a row is for.
    pub(super) fn thing<'r>(
        &self,
        row: &'r Row<'_>,
        native_id: Cow<'r, str>,
        sku: &str,
        instance_type: Option<&str>,
    ) -> Thing<'r> {
        Thing {
            kind: resource_kind("azure", &native_id, &[Some(sku)], instance_type),
            native_id,
            name: row.text(self.resource_name),
            tags_json: self.tag_cells.json(row.text(self.tags)),
        }
    }

    pub(super) fn charge_type(&self, row: &Row<'_>) -> String {
        row.text(self.charge_type)
            .map_or_else(|| "usage".to_owned(), |word| word.to_ascii_lowercase())
    }

    pub(super) fn is_committed(&self, row: &Row<'_>) -> bool {
        matches!(self.purchase(row), Some(Purchase::Committed))
    }

    /// How it was bought; exports before the column existed tell spot by the meter's name.
    pub(super) fn purchase(&self, row: &Row<'_>) -> Option<Purchase> {
        match row.text(self.pricing) {
            Some(word) => match word.to_ascii_lowercase().as_str() {
                "ondemand" => Some(Purchase::OnDemand),
                "spot" => Some(Purchase::Spot),
                "reservation" | "savingsplan" => Some(Purchase::Committed),
                _ => None,
            },
            None => row
                .text(self.meter)
                .is_some_and(|meter| meter.ends_with(" Spot"))
                .then_some(Purchase::Spot),
        }
    }

    /// The id of a reservation or plan, without its long path.
    pub(super) fn commitment<'r>(&self, row: &'r Row<'_>) -> Option<Cow<'r, str>> {
        row.text(self.reservation).or_else(|| {
            let benefit = row.text(self.benefit)?;
            let last = benefit
                .rsplit('/')
                .find(|part| !part.is_empty() && !part.eq_ignore_ascii_case("reservations"))?;
            Some(last.to_owned().into())
        })
    }

    pub(super) fn commitment_kind(&self, row: &Row<'_>) -> &'static str {
        let names = |slot, word| {
            row.text(slot).is_some_and(|text| text.to_ascii_lowercase().contains(word))
        };
        if names(self.pricing, "savingsplan") || names(self.benefit, "savingsplan") {
            "savings_plan"
        } else {
            "reservation"
        }
    }
}

/// The meter in words, or its id.
pub(super) fn sku(row: &Row<'_>, columns: &Columns) -> String {
    match (row.text(columns.meter_subcategory), row.text(columns.meter)) {
        (Some(subcategory), Some(meter)) => format!("{subcategory} / {meter}"),
        (Some(one), None) | (None, Some(one)) => one.into_owned(),
        (None, None) => row
            .text(columns.meter_id)
            .or_else(|| row.text(columns.service))
            .unwrap_or_default()
            .into_owned(),
    }
}

/// The pay-as-you-go cost, or price times quantity. A price of 0 on a row that costs something is not stated.
pub(super) fn list(
    row: &Row<'_>,
    columns: &Columns,
    cost: f64,
) -> Result<Option<f64>, ImportError> {
    if let Some(cost) = row.number(columns.list_cost)? {
        return Ok(Some(cost));
    }
    let price = row.number(columns.list_price)?.filter(|price| *price != 0.0 || cost == 0.0);
    Ok(price.zip(row.number(columns.quantity)?).map(|(price, quantity)| price * quantity))
}

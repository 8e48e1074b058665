//! FOCUS 1.0, 1.1 and 1.2: the open format of bills. Later versions read alike, since columns go by name.
//!
//! | category | becomes |
//! |---|---|
//! | Usage | `usage`; with an unused commitment `commitment_unused`, with an unused capacity reservation `reservation_unused` |
//! | Purchase of a commitment | `commitment_fee`: billed now, its effective cost is on the charges that it covers |
//! | other Purchase | `usage` |
//! | Tax, Credit, Adjustment | `tax`, `credit`, `adjustment` |
//! | any of class Correction | `adjustment` |
//!
//! Support plans become `support`.

use std::borrow::Cow;

use super::{
    super::table::{ImportError, Row, Selection, Slot, Table},
    charge::{Charge, ChargeKind, CommitmentShare, Own, Part, Purchase, Thing},
    currency::{self, Rates, dollars},
    format::{Emit, Unknowns, unread_gaps},
    instance_type,
    kind::resource_kind,
    money::Pico,
    tags::{self, TagCells},
};
use crate::snapshot::Gap;

/// The columns of one FOCUS file.
#[derive(Debug)]
pub(super) struct Focus {
    pub(super) version: &'static str,
    file: String,
    billed: Slot,
    effective: Slot,
    category: Slot,
    start: Slot,
    end: Slot,
    currency: Slot,
    provider: Slot,
    service: Slot,
    account: Slot,
    optional: Optional,
    unread: Vec<String>,
    tags: TagCells,
    unknowns: Unknowns,
}

/// Columns that some issuers leave out.
#[derive(Debug)]
struct Optional {
    billing_account: Option<Slot>,
    class: Option<Slot>,
    list: Option<Slot>,
    quantity: Option<Slot>,
    unit: Option<Slot>,
    region: Option<Slot>,
    zone: Option<Slot>,
    sku: Option<Slot>,
    sku_meter: Option<Slot>,
    sku_details: Option<Slot>,
    usage_type: Option<Slot>,
    description: Option<Slot>,
    resource: Option<Slot>,
    resource_name: Option<Slot>,
    resource_type: Option<Slot>,
    tags: Option<Slot>,
    pricing: Option<Slot>,
    commitment: Option<Slot>,
    commitment_category: Option<Slot>,
    commitment_type: Option<Slot>,
    commitment_status: Option<Slot>,
    capacity: Option<Slot>,
    capacity_status: Option<Slot>,
}

impl Optional {
    fn new(wanted: &mut Selection<'_>) -> Result<Self, ImportError> {
        Ok(Self {
            billing_account: wanted.maybe(&["BillingAccountId"])?,
            class: wanted.maybe(&["ChargeClass"])?,
            list: wanted.maybe(&["ListCost"])?,
            quantity: wanted.maybe(&["ConsumedQuantity"])?,
            unit: wanted.maybe(&["ConsumedUnit"])?,
            region: wanted.maybe(&["RegionId"])?,
            zone: wanted.maybe(&["AvailabilityZone"])?,
            sku: wanted.maybe(&["SkuId"])?,
            sku_meter: wanted.maybe(&["SkuMeter"])?,
            sku_details: wanted.maybe(&["SkuPriceDetails", "x_SkuDetails"])?,
            usage_type: wanted.maybe(&["x_UsageType", "x_InstanceType", "x_SkuInstanceType"])?,
            description: wanted.maybe(&["ChargeDescription"])?,
            resource: wanted.maybe(&["ResourceId"])?,
            resource_name: wanted.maybe(&["ResourceName"])?,
            resource_type: wanted.maybe(&["ResourceType"])?,
            tags: wanted.maybe(&["Tags"])?,
            pricing: wanted.maybe(&["PricingCategory"])?,
            commitment: wanted.maybe(&["CommitmentDiscountId"])?,
            commitment_category: wanted.maybe(&["CommitmentDiscountCategory"])?,
            commitment_type: wanted.maybe(&["CommitmentDiscountType"])?,
            commitment_status: wanted.maybe(&["CommitmentDiscountStatus"])?,
            capacity: wanted.maybe(&["CapacityReservationId"])?,
            capacity_status: wanted.maybe(&["CapacityReservationStatus"])?,
        })
    }
}

/// The version whose columns are there: each one added some.
fn version(table: &Table) -> Result<&'static str, ImportError> {
    let has = |names: &[&str]| -> Result<bool, ImportError> {
        for name in names {
            if table.find(name)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    };
    Ok(match () {
        () if has(&["InvoiceId", "PricingCurrency", "BillingAccountType", "SubAccountType"])? => {
            "1.2"
        }
        () if has(&[
            "CapacityReservationId",
            "CommitmentDiscountQuantity",
            "ServiceSubcategory",
            "SkuMeter",
            "SkuPriceDetails",
        ])? =>
        {
            "1.1"
        }
        () => "1.0",
    })
}

impl Focus {
    pub(super) fn new(table: &Table) -> Result<(Self, Selection<'_>), ImportError> {
        let version = version(table)?;
        let mut wanted = Selection::new(table, &format!("FOCUS {version}"));
        let mut focus = Self {
            version,
            file: table.file_name(),
            billed: wanted.need(&["BilledCost"])?,
            effective: wanted.need(&["EffectiveCost"])?,
            category: wanted.need(&["ChargeCategory"])?,
            start: wanted.need(&["ChargePeriodStart"])?,
            end: wanted.need(&["ChargePeriodEnd"])?,
            currency: wanted.need(&["BillingCurrency"])?,
            provider: wanted.need(&["ProviderName", "ServiceProviderName"])?,
            service: wanted.need(&["ServiceName"])?,
            account: wanted.need(&["SubAccountId", "BillingAccountId"])?,
            optional: Optional::new(&mut wanted)?,
            unread: Vec::new(),
            tags: TagCells::default(),
            unknowns: Unknowns::default(),
        };
        focus.unread = wanted.unread().to_vec();
        Ok((focus, wanted))
    }

    pub(super) fn charges(
        &mut self,
        row: &Row<'_>,
        rates: &Rates<'_>,
        emit: &mut Emit<'_>,
    ) -> Result<Own, ImportError> {
        let has = &self.optional;
        let (billed, effective) = (row.need_number(self.billed)?, row.need_number(self.effective)?);
        let is_free = billed == 0.0 && effective == 0.0;
        let rate = currency::rate(rates, row, Some(self.currency), None, is_free)?;
        let usd = |amount| dollars(amount, rate);
        let own = Own { billed: Some(usd(billed)), effective: Some(usd(effective)) };
        let effective = usd(effective);

        let provider = provider(&row.need_text(self.provider)?);
        let service = row.need_text(self.service)?;
        let category = row.need_text(self.category)?;
        let commitment = row.text(has.commitment);
        let is =
            |slot, word: &str| row.text(slot).is_some_and(|text| text.eq_ignore_ascii_case(word));
        let facts = Facts {
            is_correction: is(has.class, "Correction"),
            is_commitment_unused: is(has.commitment_status, "Unused"),
            is_capacity_unused: is(has.capacity_status, "Unused"),
            has_commitment: commitment.is_some(),
            is_support: is_support(&service),
        };
        let kind = facts.kind(&category).unwrap_or_else(|| {
            self.unknowns.note(&category, usd(billed));
            ChargeKind::Adjustment
        });

        let shares = self.shares(row, effective);
        let commitment_id = match kind {
            ChargeKind::ReservationUnused => row.text(has.capacity).or(commitment),
            _ => commitment,
        };
        let (start, end) = (row.need_instant(self.start)?, row.need_instant(self.end)?);
        let instance_type = self.instance_type(row, &provider);
        let thing = self.thing(row, &provider, &service, instance_type.as_deref());
        let account_id = row
            .text(self.account)
            .or_else(|| row.text(has.billing_account))
            .ok_or_else(|| row.missing(self.account))?;
        emit(&Charge {
            account_id,
            region: row.text(has.region),
            zone: row.text(has.zone),
            sku: row.text(has.sku).or_else(|| row.text(has.description)).unwrap_or_default(),
            instance_type,
            thing,
            start,
            end,
            is_hourly: true,
            kind,
            purchase: (kind == ChargeKind::Usage)
                .then(|| row.text(has.pricing).and_then(|pricing| purchase(&pricing)))
                .flatten(),
            commitment_id,
            quantity: row.number(has.quantity)?,
            unit: row.text(has.unit),
            list: row.number(has.list)?.map(usd),
            billed: own.billed,
            effective: Some(effective),
            shares,
            provider,
            service,
        })?;
        Ok(own)
    }

    /// The resource a row is for.
    fn thing<'r>(
        &self,
        row: &'r Row<'_>,
        provider: &str,
        service: &str,
        instance_type: Option<&str>,
    ) -> Option<Thing<'r>> {
        let has = &self.optional;
        let native_id = row.text(has.resource)?;
        let (resource_type, usage_type, meter) =
            (row.text(has.resource_type), row.text(has.usage_type), row.text(has.sku_meter));
        let hints =
            [Some(service), resource_type.as_deref(), usage_type.as_deref(), meter.as_deref()];
        Some(Thing {
            kind: resource_kind(provider, &native_id, &hints, instance_type),
            native_id,
            name: row.text(has.resource_name),
            tags_json: self.tags.json(row.text(has.tags)),
        })
    }

    /// The commitment and the capacity reservation that a row is a part of.
    fn shares<'r>(&self, row: &'r Row<'_>, effective: Pico) -> Vec<CommitmentShare<'r>> {
        let has = &self.optional;
        let part = |status: Option<Slot>| match row.text(status) {
            Some(status) if status.eq_ignore_ascii_case("Used") => Part::Used(effective),
            Some(status) if status.eq_ignore_ascii_case("Unused") => Part::Unused(effective),
            _ => Part::Mentioned,
        };
        let share = |id, kind, part| CommitmentShare { id, kind, part, instance_type: None };
        let commitment = row.text(has.commitment).map(|id| {
            let name = row.text(has.commitment_type).unwrap_or_default();
            let category = row.text(has.commitment_category).unwrap_or_default();
            share(id, commitment_kind(&name, &category), part(has.commitment_status))
        });
        let capacity = row
            .text(has.capacity)
            .map(|id| share(id, "capacity_reservation", part(has.capacity_status)));
        commitment.into_iter().chain(capacity).collect()
    }

    /// From the details of the SKU, or from AWS's usage type or description.
    fn instance_type<'r>(&self, row: &'r Row<'_>, provider: &str) -> Option<Cow<'r, str>> {
        let has = &self.optional;
        let details = row.text(has.sku_details).and_then(|text| {
            tags::field(&text, &["InstanceType", "x_InstanceType", "ServiceType"])
        });
        if let Some(details) = details {
            return Some(details.into());
        }
        if provider != "aws" {
            return None;
        }
        [has.usage_type, has.sku_meter, has.description].into_iter().find_map(|slot| {
            instance_type::aws(&row.text(slot)?).map(|found| found.to_owned().into())
        })
    }

    pub(super) fn gaps(self) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = self.unknowns.gaps(&self.file, "ChargeCategory").collect();
        gaps.extend(unread_gaps(&self.file, &self.unread));
        gaps.extend(self.tags.gap(&self.file, "Tags"));
        gaps
    }
}

struct Facts {
    is_correction: bool,
    is_commitment_unused: bool,
    is_capacity_unused: bool,
    has_commitment: bool,
    is_support: bool,
}

impl Facts {
    fn kind(&self, category: &str) -> Option<ChargeKind> {
        Some(match category.to_ascii_lowercase().as_str() {
            "tax" => ChargeKind::Tax,
            "credit" => ChargeKind::Credit,
            "refund" => ChargeKind::Refund,
            "adjustment" => ChargeKind::Adjustment,
            "usage" | "purchase" if self.is_correction => ChargeKind::Adjustment,
            "usage" if self.is_commitment_unused => ChargeKind::CommitmentUnused,
            "usage" if self.is_capacity_unused => ChargeKind::ReservationUnused,
            "purchase" if self.has_commitment => ChargeKind::CommitmentFee,
            "usage" | "purchase" if self.is_support => ChargeKind::Support,
            "usage" | "purchase" => ChargeKind::Usage,
            _ => return None,
        })
    }
}

fn is_support(service: &str) -> bool {
    let service = service.to_ascii_lowercase();
    service.starts_with("aws support")
        || service.starts_with("awssupport")
        || service.contains("support plan")
}

/// Our short names for the issuers we know; others in lower case.
fn provider(name: &str) -> Cow<'static, str> {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "aws" | "amazon web services" => "aws".into(),
        "microsoft" | "azure" | "microsoft azure" => "azure".into(),
        "google" | "google cloud" | "google cloud platform" | "gcp" => "gcp".into(),
        _ => name.into(),
    }
}

fn purchase(pricing: &str) -> Option<Purchase> {
    match pricing.to_ascii_lowercase().as_str() {
        "standard" => Some(Purchase::OnDemand),
        "committed" => Some(Purchase::Committed),
        "dynamic" => Some(Purchase::Spot),
        _ => None,
    }
}

fn commitment_kind(name: &str, category: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    match () {
        () if name.contains("savings") => "savings_plan",
        () if name.contains("reserv") => "reservation",
        () if name.contains("committed") || name.contains("cud") => "committed_use",
        () if name.contains("throughput") => "provisioned_throughput",
        () if category.eq_ignore_ascii_case("spend") => "savings_plan",
        () => "reservation",
    }
}

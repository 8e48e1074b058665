//! Azure cost details: the actual and the amortized data set, of enterprise and customer agreements, in all spellings.
//!
//! The two sets have the same columns. In **actual**, hours under a reservation or savings plan cost 0 and the purchase is a
//! row; in **amortized**, those hours carry their part of it and the purchase is gone. The rows tell which set a file is
//! (so the file is read twice), and the two sets of one subscription and month are never mixed.
//!
//! | charge type | becomes | effective cost |
//! |---|---|---|
//! | Usage | `usage` | the cost; in actual unknown for hours under a commitment |
//! | UnusedReservation, UnusedSavingsPlan | `commitment_unused` | the cost |
//! | Usage of a capacity reservation itself | `reservation_unused`: used hours bill on the machine | the cost |
//! | Purchase of a commitment | `commitment_fee` | 0: amortized has it on the hours covered |
//! | other Purchase | `usage` | the cost |
//! | Refund, Tax, RoundingAdjustment | `refund`, `tax`, `adjustment` | the cost |
//!
//! Rows under a commitment have no invoiced cost in amortized. Exports with translated headers carry the English name in
//! brackets (`Kosten (Cost)`), and are read by it; headers translated without it are not known.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    super::table::{ImportError, Place, Row, Selection, Slot, Table},
    charge::{Charge, ChargeKind, CommitmentShare, Own, Part, Purchase, Thing},
    currency::{self, Rates, dollars},
    format::{Emit, Unknowns, gap},
    kind::resource_kind,
    period::{MS_PER_DAY, day_start},
    tags,
};
use crate::snapshot::Gap;

/// Columns one of which every export has, normalised.
pub(super) const COST: &[&str] = &["costinbillingcurrency", "cost", "pretaxcost"];
pub(super) const SUBSCRIPTION: &[&str] = &["subscriptionid", "subscriptionguid"];
pub(super) const METER: &[&str] =
    &["metercategory", "meterid", "consumedservice", "instanceid", "resourceid", "usagedatetime"];

/// Which of the two sets a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DataSet {
    Actual,
    Amortized,
    /// No charge is under a commitment, and both sets are the same.
    Either,
}

/// One export.
#[derive(Debug)]
pub(super) struct Azure {
    file: String,
    pub(super) data_set: DataSet,
    /// The first row of each subscription and month.
    pub(super) months: BTreeMap<(String, String), Place>,
    columns: Columns,
    unknowns: Unknowns,
    has_untold_effective: bool,
}

#[derive(Debug)]
struct Columns {
    cost: Slot,
    date: Slot,
    subscription: Slot,
    currency: Option<Slot>,
    charge_type: Option<Slot>,
    pricing: Option<Slot>,
    reservation: Option<Slot>,
    benefit: Option<Slot>,
    service: Option<Slot>,
    consumed_service: Option<Slot>,
    meter: Option<Slot>,
    meter_subcategory: Option<Slot>,
    meter_id: Option<Slot>,
    quantity: Option<Slot>,
    unit: Option<Slot>,
    list_cost: Option<Slot>,
    list_price: Option<Slot>,
    region: Option<Slot>,
    zone: Option<Slot>,
    resource: Option<Slot>,
    resource_name: Option<Slot>,
    tags: Option<Slot>,
    info: Option<Slot>,
}

impl Columns {
    fn new(wanted: &mut Selection<'_>) -> Result<Self, ImportError> {
        Ok(Self {
            cost: wanted.need(&["CostInBillingCurrency", "Cost", "PreTaxCost"])?,
            date: wanted.need(&["Date", "UsageDateTime", "UsageDate"])?,
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
            info: wanted.maybe(&["AdditionalInfo"])?,
        })
    }

    fn charge_type(&self, row: &Row<'_>) -> String {
        row.text(self.charge_type)
            .map_or_else(|| "usage".to_owned(), |word| word.to_ascii_lowercase())
    }

    fn is_committed(&self, row: &Row<'_>) -> bool {
        matches!(self.purchase(row), Some(Purchase::Committed))
    }

    /// How it was bought; exports before the column existed tell spot by the meter's name.
    fn purchase(&self, row: &Row<'_>) -> Option<Purchase> {
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
    fn commitment<'r>(&self, row: &'r Row<'_>) -> Option<Cow<'r, str>> {
        row.text(self.reservation).or_else(|| {
            let benefit = row.text(self.benefit)?;
            let last = benefit
                .rsplit('/')
                .find(|part| !part.is_empty() && !part.eq_ignore_ascii_case("reservations"))?;
            Some(last.to_owned().into())
        })
    }

    fn commitment_kind(&self, row: &Row<'_>) -> &'static str {
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

impl Azure {
    pub(super) fn new(table: &Table) -> Result<(Self, Selection<'_>), ImportError> {
        let mut wanted = Selection::new(table, "Azure cost details");
        let columns = Columns::new(&mut wanted)?;
        let data_set = data_set(table, &wanted, &columns)?;
        let azure = Self {
            file: table.name().to_owned(),
            data_set,
            months: BTreeMap::new(),
            columns,
            unknowns: Unknowns::default(),
            has_untold_effective: false,
        };
        Ok((azure, wanted))
    }

    pub(super) fn version(&self) -> &'static str {
        match self.data_set {
            DataSet::Actual => "actual",
            DataSet::Amortized => "amortized",
            DataSet::Either => "without commitments",
        }
    }

    pub(super) fn charges(
        &mut self,
        row: &Row<'_>,
        rates: &Rates<'_>,
        emit: &mut Emit<'_>,
    ) -> Result<Own, ImportError> {
        let columns = &self.columns;
        let native_cost = row.need_number(columns.cost)?;
        let rate = currency::rate(rates, row, columns.currency, None, native_cost == 0.0)?;
        let cost = dollars(native_cost, rate);
        let own = match self.data_set {
            DataSet::Amortized => Own { billed: None, effective: Some(cost) },
            DataSet::Actual | DataSet::Either => Own { billed: Some(cost), effective: None },
        };
        let day = day_start(row.need_instant(columns.date)?);
        let subscription = row.need_text(columns.subscription)?;
        let subscription: Cow<'_, str> = subscription.to_ascii_lowercase().into();
        self.months
            .entry((subscription.clone().into_owned(), month_of(day)))
            .or_insert_with(|| row.place());

        let word = columns.charge_type(row);
        let is_committed = columns.is_committed(row);
        let commitment_id = columns.commitment(row);
        let native_id = row.text(columns.resource);
        let mut kind = kind(&word, is_committed || commitment_id.is_some()).unwrap_or_else(|| {
            self.unknowns.note(&word, cost);
            ChargeKind::Adjustment
        });
        let is_reservation_itself = native_id
            .as_deref()
            .is_some_and(|id| id.to_ascii_lowercase().contains("/capacityreservations/"));
        if kind == ChargeKind::Usage && is_reservation_itself {
            kind = ChargeKind::ReservationUnused;
        }
        let is_covered = kind == ChargeKind::CommitmentUnused || (is_committed && is_use(kind));
        let (billed, effective) = match (self.data_set, kind) {
            (_, ChargeKind::CommitmentFee) => (Some(cost), Some(0)),
            (DataSet::Amortized, _) if is_covered => (None, Some(cost)),
            (DataSet::Actual, _) if is_covered => (Some(cost), None),
            _ => (Some(cost), Some(cost)),
        };
        self.has_untold_effective |= effective.is_none();
        // A fee in an amortized file keeps its cost there, so that the total of the file holds.
        let effective = if self.data_set == DataSet::Amortized { Some(cost) } else { effective };
        let part = match (kind, effective) {
            (ChargeKind::CommitmentUnused, Some(unused)) => Part::Unused(unused),
            (_, Some(used)) if is_covered => Part::Used(used),
            _ => Part::Mentioned,
        };
        let mut shares: Vec<CommitmentShare<'_>> = commitment_id
            .iter()
            .map(|id| CommitmentShare {
                id: id.clone(),
                kind: columns.commitment_kind(row),
                part,
                instance_type: None,
            })
            .collect();
        let info = row.text(columns.info).unwrap_or_default();
        let instance_type = tags::field(&info, &["ServiceType"])
            .filter(|size| is_machine_size(size))
            .map(Cow::Owned);
        let capacity: Option<Cow<'_, str>> = tags::field(&info, &["VMCapacityReservationId"])
            .map(Cow::Owned)
            .or_else(|| native_id.clone().filter(|_| is_reservation_itself));
        if let Some((id, effective)) = capacity.as_ref().zip(effective).filter(|_| is_use(kind)) {
            let is_unused = kind == ChargeKind::ReservationUnused;
            shares.push(CommitmentShare {
                id: id.clone(),
                kind: "capacity_reservation",
                part: if is_unused { Part::Unused(effective) } else { Part::Used(effective) },
                instance_type: instance_type.clone(),
            });
        }
        let commitment_id = match kind {
            ChargeKind::ReservationUnused => capacity.or(commitment_id),
            _ => commitment_id,
        };
        let service = row.text(columns.service).or_else(|| row.text(columns.consumed_service));
        let sku = sku(row, columns);
        let thing =
            native_id.filter(|_| kind != ChargeKind::CommitmentFee).map(|native_id| Thing {
                kind: resource_kind("azure", &native_id, &[Some(&sku)], instance_type.as_deref()),
                native_id,
                name: row.text(columns.resource_name),
                tags_json: row
                    .text(columns.tags)
                    .and_then(|text| tags::to_json(&tags::parse(&text))),
            });
        emit(&Charge {
            provider: "azure".into(),
            account_id: subscription,
            region: row.text(columns.region).map(|region| region_of(&region).into()),
            zone: row.text(columns.zone),
            service: service.unwrap_or_default(),
            sku: sku.into(),
            instance_type,
            thing,
            start: day,
            end: day + MS_PER_DAY,
            is_hourly: false,
            kind,
            purchase: columns.purchase(row).filter(|_| kind == ChargeKind::Usage),
            commitment_id,
            quantity: row.number(columns.quantity)?,
            unit: row.text(columns.unit),
            list: list(row, columns, native_cost)?.map(|list| dollars(list, rate)),
            billed,
            effective,
            shares,
        })?;
        Ok(own)
    }

    pub(super) fn gaps(self) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = self.unknowns.gaps(&self.file, "ChargeType").collect();
        if self.columns.currency.is_none() {
            gaps.push(currency::unstated(&self.file));
        }
        if self.has_untold_effective {
            gaps.push(gap(
                &format!("the effective cost of committed hours in {}", self.file),
                "the export is of actual cost, where these hours cost 0",
                "what resources under reservations and savings plans cost, and the unused part of both",
                "export amortized cost instead",
            ));
        }
        gaps
    }
}

/// Reads the file once to tell its data set. Purchases of commitments are in actual only, and covered hours that cost
/// something or unused parts in amortized only; both in one file are refused.
fn data_set(
    table: &Table,
    wanted: &Selection<'_>,
    columns: &Columns,
) -> Result<DataSet, ImportError> {
    let mut actual: Option<(Place, String, String)> = None;
    let mut amortized: Option<Place> = None;
    let mut has_free_hours = false;
    table.read(wanted, &mut |row| {
        let word = columns.charge_type(row);
        let cost = row.need_number(columns.cost)?;
        let is_committed = columns.is_committed(row);
        if word.starts_with("unused") || (word == "usage" && is_committed && cost != 0.0) {
            amortized.get_or_insert_with(|| row.place());
        } else if word == "purchase" && is_committed && cost != 0.0 && actual.is_none() {
            let subscription = row.need_text(columns.subscription)?.to_ascii_lowercase();
            let month = month_of(row.need_instant(columns.date)?);
            actual = Some((row.place(), subscription, month));
        }
        has_free_hours |= word == "usage" && is_committed && cost == 0.0;
        Ok(())
    })?;
    match (actual, amortized) {
        (Some((actual, subscription, month)), Some(amortized)) => {
            Err(ImportError::AzureMixed { subscription, month, actual, amortized })
        }
        (Some(_), None) => Ok(DataSet::Actual),
        (None, Some(_)) => Ok(DataSet::Amortized),
        (None, None) if has_free_hours => Ok(DataSet::Actual),
        (None, None) => Ok(DataSet::Either),
    }
}

/// Whether a charge is for capacity that ran or stood ready.
fn is_use(kind: ChargeKind) -> bool {
    matches!(kind, ChargeKind::Usage | ChargeKind::ReservationUnused)
}

/// Other services put other things into the same field.
fn is_machine_size(size: &str) -> bool {
    let size = size.to_ascii_lowercase();
    size.starts_with("standard_") || size.starts_with("basic_")
}

fn kind(word: &str, has_commitment: bool) -> Option<ChargeKind> {
    Some(match word {
        "usage" => ChargeKind::Usage,
        "purchase" if has_commitment => ChargeKind::CommitmentFee,
        "purchase" => ChargeKind::Usage,
        "unusedreservation" | "unusedsavingsplan" => ChargeKind::CommitmentUnused,
        "refund" => ChargeKind::Refund,
        "tax" => ChargeKind::Tax,
        "credit" => ChargeKind::Credit,
        "roundingadjustment" | "adjustment" => ChargeKind::Adjustment,
        _ => return None,
    })
}

/// `2023-09`.
fn month_of(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at)
        .map(|at| at.to_string().chars().take(7).collect())
        .unwrap_or_default()
}

/// `East US 2` and `EastUS2` are `eastus2`.
fn region_of(region: &str) -> String {
    region.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The meter in words, or its id.
fn sku(row: &Row<'_>, columns: &Columns) -> String {
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
fn list(row: &Row<'_>, columns: &Columns, cost: f64) -> Result<Option<f64>, ImportError> {
    if let Some(cost) = row.number(columns.list_cost)? {
        return Ok(Some(cost));
    }
    let price = row.number(columns.list_price)?.filter(|price| *price != 0.0 || cost == 0.0);
    Ok(price.zip(row.number(columns.quantity)?).map(|(price, quantity)| price * quantity))
}

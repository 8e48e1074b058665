//! GCP detailed usage export, as BigQuery writes it: nested NDJSON or Parquet, or flattened by a query to CSV or Parquet
//! with names such as `service_description`. Parts of structs go by the same names (`service.description`), and lists are
//! read as the JSON that NDJSON has in their place.
//!
//! The cost of a row is `cost` plus its `credits`, which are negative. Promotional credits become a `credit` charge of their
//! own; all others are discounts on the row. Fees of committed use are SKUs called `Commitment …`: they become
//! `commitment_fee` and keep their cost as effective cost, since this export does not spread it over the hours it covers.
//! These are reduced by a credit instead: what it takes off a row becomes a charge of its own, committed, and its effective
//! cost is not known, for the fee that pays it is not told. Where the price itself is the committed one (the consumption
//! model), it is known. Where a query summed the credits up, their kinds are not known, nor is what such rows cost.
//! `tax` becomes `tax`; `adjustment` and `rounding_error` become `adjustment`.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    super::table::{ImportError, Row, Selection, Slot, Table},
    charge::{Charge, ChargeKind, CommitmentShare, Own, Part, Purchase, Thing},
    currency::{self, Rates, dollars},
    format::{Emit, Unknowns, gap, unread_gaps},
    kind::resource_kind,
    money::{self, Pico},
    tags::{self, TagCells},
};
use crate::snapshot::Gap;

/// One export.
#[derive(Debug)]
pub(super) struct Gcp {
    file: String,
    cost: Slot,
    credits: Credits,
    start: Slot,
    end: Slot,
    service: Slot,
    sku: Slot,
    project: Option<Slot>,
    billing_account: Option<Slot>,
    currency: Option<Slot>,
    units_per_usd: Option<Slot>,
    cost_type: Option<Slot>,
    consumption_model: Option<Slot>,
    subscription: Option<Slot>,
    region: Option<Slot>,
    zone: Option<Slot>,
    resource: Option<Slot>,
    resource_name: Option<Slot>,
    quantity: Option<Slot>,
    unit: Option<Slot>,
    list: Option<Slot>,
    labels: Option<Slot>,
    system_labels: Option<Slot>,
    unread: Vec<String>,
    tags: TagCells,
    unknowns: Unknowns,
    has_fees: bool,
    has_covered: bool,
    has_summed_credits: bool,
}

/// Credits as a JSON list, or summed up by the query that flattened the export.
#[derive(Debug, Clone, Copy)]
enum Credits {
    List(Slot),
    Total(Slot),
}

/// The credits of one row, in the bill's currency.
#[derive(Debug, Default)]
struct RowCredits {
    discount: f64,
    /// For hours that a fee pays.
    committed: f64,
    promotion: f64,
    /// A sum of credits of any kind.
    of_any_kind: f64,
}

impl Gcp {
    pub(super) fn new(table: &Table) -> Result<(Self, Selection<'_>), ImportError> {
        let mut wanted = Selection::new(table, "the GCP detailed export");
        let credits = match wanted.maybe(&["credits_amount", "credit_amount", "credits_total"])? {
            Some(total) if table.find("credits")?.is_none() => Credits::Total(total),
            _ => Credits::List(wanted.need(&["credits"])?),
        };
        let mut gcp = Self {
            file: table.file_name(),
            cost: wanted.need(&["cost"])?,
            credits,
            start: wanted.need(&["usage_start_time"])?,
            end: wanted.need(&["usage_end_time"])?,
            service: wanted.need(&["service_description", "service_id"])?,
            sku: wanted.need(&["sku_description", "sku_id"])?,
            project: wanted.maybe(&["project_id"])?,
            billing_account: wanted.maybe(&["billing_account_id"])?,
            currency: wanted.maybe(&["currency"])?,
            units_per_usd: wanted.maybe(&["currency_conversion_rate"])?,
            cost_type: wanted.maybe(&["cost_type"])?,
            consumption_model: wanted.maybe(&["consumption_model_description"])?,
            subscription: wanted.maybe(&["subscription_instance_id"])?,
            region: wanted.maybe(&["location_region", "location_location", "region"])?,
            zone: wanted.maybe(&["location_zone"])?,
            resource: wanted.maybe(&["resource_global_name", "resource_name"])?,
            resource_name: wanted.maybe(&["resource_name"])?,
            quantity: wanted.maybe(&["usage_amount_in_pricing_units", "usage_amount"])?,
            unit: wanted.maybe(&["usage_pricing_unit", "usage_unit"])?,
            list: wanted.maybe(&["cost_at_list"])?,
            labels: wanted.maybe(&["labels"])?,
            system_labels: wanted.maybe(&["system_labels"])?,
            unread: Vec::new(),
            tags: TagCells::default(),
            unknowns: Unknowns::default(),
            has_fees: false,
            has_covered: false,
            has_summed_credits: false,
        };
        gcp.unread = wanted.unread().to_vec();
        Ok((gcp, wanted))
    }

    pub(super) fn charges(
        &mut self,
        row: &Row<'_>,
        rates: &Rates<'_>,
        emit: &mut Emit<'_>,
    ) -> Result<Own, ImportError> {
        let cost = row.need_number(self.cost)?;
        let credits = self.credits(row)?;
        let own_rate = row.number(self.units_per_usd)?.map(|per_usd| 1.0 / per_usd);
        let parts = [credits.discount, credits.committed, credits.promotion, credits.of_any_kind];
        let is_zero = cost == 0.0 && parts.iter().all(|part| *part == 0.0);
        let rate = currency::rate(rates, row, self.currency, own_rate, is_zero)?;
        let cost = dollars(cost, rate);
        let [discount, covered, promotion, of_any_kind] = parts.map(|part| dollars(part, rate));
        let net = cost + discount + covered + of_any_kind;
        let own = Own { billed: Some(net + promotion), effective: None };

        let sku = row.need_text(self.sku)?;
        let service = row.need_text(self.service)?;
        let kind = self.kind(row, &sku, cost);
        let is_commitment = kind == ChargeKind::CommitmentFee;
        self.has_fees |= is_commitment;
        let machine = row
            .text(self.system_labels)
            .and_then(|text| tags::field(&text, &["compute.googleapis.com/machine_spec"]))
            .map(Cow::Owned);
        let thing = row.text(self.resource).map(|native_id| Thing {
            kind: resource_kind(
                "gcp",
                &native_id,
                &[Some(&service), Some(&sku)],
                machine.as_deref(),
            ),
            name: row.text(self.resource_name).map(last_part),
            tags_json: self.tags.json(row.text(self.labels)),
            native_id,
        });
        let commitment_id = row.text(self.subscription).filter(|_| is_commitment);
        let is_told = of_any_kind == 0 || !(kind.is_usage() || is_commitment);
        self.has_summed_credits |= !is_told;
        let charge = Charge {
            provider: "gcp".into(),
            account_id: row
                .text(self.project)
                .or_else(|| row.text(self.billing_account))
                .unwrap_or_else(|| "unknown".into()),
            region: row.text(self.region),
            zone: row.text(self.zone),
            instance_type: machine,
            thing,
            start: row.need_instant(self.start)?,
            end: row.need_instant(self.end)?,
            is_hourly: true,
            kind,
            purchase: (kind == ChargeKind::Usage)
                .then(|| self.purchase(row, &sku, &service, is_told))
                .flatten(),
            shares: commitment_id
                .iter()
                .map(|id| CommitmentShare {
                    id: id.clone(),
                    kind: "committed_use",
                    part: if is_told { Part::Paid(net) } else { Part::UsedUntold },
                    instance_type: None,
                })
                .collect(),
            commitment_id,
            quantity: row.number(self.quantity)?,
            unit: row.text(self.unit),
            list: row.number(self.list)?.map(|list| dollars(list, rate)),
            billed: Some(net),
            effective: is_told.then_some(net),
            service,
            sku,
        };
        match Split::of(cost, covered).filter(|_| kind == ChargeKind::Usage) {
            Some(split) => {
                self.has_covered = true;
                split.emit(&charge, net, emit)?;
            }
            None => emit(&charge)?,
        }
        if promotion != 0 {
            emit(&Charge {
                kind: ChargeKind::Credit,
                purchase: None,
                quantity: None,
                unit: None,
                list: None,
                billed: Some(promotion),
                effective: Some(promotion),
                shares: Vec::new(),
                ..charge
            })?;
        }
        Ok(own)
    }

    fn kind(&mut self, row: &Row<'_>, sku: &str, cost: i128) -> ChargeKind {
        let word =
            row.text(self.cost_type).unwrap_or_else(|| "regular".into()).to_ascii_lowercase();
        match word.as_str() {
            "regular" if sku.starts_with("Commitment") => ChargeKind::CommitmentFee,
            "regular" => ChargeKind::Usage,
            "tax" => ChargeKind::Tax,
            "adjustment" | "rounding_error" | "rounding error" => ChargeKind::Adjustment,
            _ => {
                self.unknowns.note(&word, cost);
                ChargeKind::Adjustment
            }
        }
    }

    /// Committed hours show since 2025 by the consumption model, before by their credit, of which see [`Split`]. Plain
    /// machine hours are on demand, unless a sum of credits may hide that they are not.
    fn purchase(&self, row: &Row<'_>, sku: &str, service: &str, is_told: bool) -> Option<Purchase> {
        let model = row.text(self.consumption_model).unwrap_or_default().to_ascii_lowercase();
        match () {
            () if sku.contains("Spot Preemptible") || sku.contains("Preemptible ") => {
                Some(Purchase::Spot)
            }
            () if model.contains("cud") || model.contains("commit") => Some(Purchase::Committed),
            () if service == "Compute Engine" && is_told => Some(Purchase::OnDemand),
            () => None,
        }
    }

    fn credits(&self, row: &Row<'_>) -> Result<RowCredits, ImportError> {
        let slot = match self.credits {
            Credits::Total(slot) => {
                let of_any_kind = row.number(slot)?.unwrap_or_default();
                return Ok(RowCredits { of_any_kind, ..RowCredits::default() });
            }
            Credits::List(slot) => slot,
        };
        let Some(text) = row.text(slot) else { return Ok(RowCredits::default()) };
        let refuse = || ImportError::Number {
            place: row.place(),
            column: row.column(slot),
            text: text.clone().into_owned(),
        };
        let Ok(Value::Array(list)) = serde_json::from_str::<Value>(&text) else {
            return Err(refuse());
        };
        let mut credits = RowCredits::default();
        for credit in &list {
            let amount = credit.get("amount").and_then(number).ok_or_else(refuse)?;
            let word = credit.get("type").and_then(Value::as_str).unwrap_or_default();
            match word {
                "PROMOTION" => credits.promotion += amount,
                _ if word.starts_with("COMMITTED_USAGE_DISCOUNT") => credits.committed += amount,
                _ => credits.discount += amount,
            }
        }
        Ok(credits)
    }

    pub(super) fn gaps(self) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = self.unknowns.gaps(&self.file, "cost_type").collect();
        gaps.extend(unread_gaps(&self.file, &self.unread));
        gaps.extend(self.tags.gap(&self.file, "labels"));
        if self.currency.is_none() {
            gaps.push(currency::unstated(&self.file));
        }
        if self.has_fees {
            gaps.push(gap(
                &format!("the use of commitments in {}", self.file),
                "the export has their fees and credits, not which fee paid which hours",
                "how much of each committed use discount was not used",
                "export the committed use discount analysis of the billing account",
            ));
        }
        if self.has_covered {
            gaps.push(gap(
                &format!("the effective cost of committed hours in {}", self.file),
                "the export takes their cost off by a credit and has the fee that pays them elsewhere",
                "what resources under committed use discounts cost; the fees are in the sum",
                "read the attribution of committed use discounts in the billing account",
            ));
        }
        if self.has_summed_credits {
            gaps.push(gap(
                &format!("the kinds of credits in {}", self.file),
                "the query that flattened the export summed them up",
                "which of them lower a price, which are promotions, and which stand for hours that a fee pays: \
                 what rows with credits cost",
                "select `TO_JSON_STRING(credits) AS credits`",
            ));
        }
        gaps
    }
}

/// A row of which a commitment pays a part, or all.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Split {
    /// 1: all of it.
    covered_ratio: f64,
}

impl Split {
    /// How much of a row's cost the credit of a commitment takes off. `None`: nothing.
    fn of(cost: Pico, covered: Pico) -> Option<Self> {
        /// Credits are rounded: what they leave of less than a millionth is nothing.
        const LEFT: f64 = 1e-6;
        if covered == 0 {
            return None;
        }
        let ratio = money::amount(-covered) / money::amount(cost);
        let is_part = (LEFT..1.0 - LEFT).contains(&ratio);
        Some(Self { covered_ratio: if is_part { ratio } else { 1.0 } })
    }

    /// The covered part, for which nothing is invoiced on this row and which costs what a fee elsewhere says; and the rest.
    fn emit(self, whole: &Charge<'_>, net: Pico, emit: &mut Emit<'_>) -> Result<(), ImportError> {
        let is_all = self.covered_ratio >= 1.0;
        let part = |amount: Option<f64>, ratio: f64| amount.map(|amount| amount * ratio);
        let list = |ratio: f64| whole.list.map(|list| money::pico(money::amount(list) * ratio));
        emit(&Charge {
            purchase: Some(Purchase::Committed),
            quantity: part(whole.quantity, self.covered_ratio),
            list: list(self.covered_ratio),
            billed: Some(if is_all { net } else { 0 }),
            effective: None,
            ..whole.clone()
        })?;
        if is_all {
            return Ok(());
        }
        let rest = 1.0 - self.covered_ratio;
        emit(&Charge { quantity: part(whole.quantity, rest), list: list(rest), ..whole.clone() })
    }
}

/// BigQuery writes numbers as JSON numbers or as text.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|amount| amount.is_finite())
}

/// The name at the end of a path.
fn last_part(name: Cow<'_, str>) -> Cow<'_, str> {
    match name.rsplit_once('/') {
        Some((_, last)) => last.to_owned().into(),
        None => name,
    }
}

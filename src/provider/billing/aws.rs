//! AWS Cost and Usage Report: CUR 2.0 (`line_item_usage_type`) and legacy (`lineItem/UsageType`), the same columns in two
//! spellings.
//!
//! | line item type | becomes | effective cost |
//! |---|---|---|
//! | Usage | `usage` | net unblended, or unblended |
//! | `DiscountedUsage` | `usage`, committed | (net) effective cost of the reservation; without that column unknown |
//! | `SavingsPlanCoveredUsage` | `usage`, committed | (net) effective cost of the plan, without that column unknown; its unblended cost is the on-demand amount |
//! | `SavingsPlanNegation` | `adjustment` | 0: it only cancels the unblended cost of the covered row |
//! | `RIFee`, `SavingsPlanRecurringFee` | `commitment_fee` with 0, and `commitment_unused` with the part nobody used | as said |
//! | `SavingsPlanUpfrontFee`, Fee for a reservation | `commitment_fee` | 0 |
//! | Usage of `UnusedBox:` or `UnusedDed:` | `reservation_unused` | as of its type |
//! | negotiated discounts | `usage` of the resource they name, else `adjustment` | as they stand |
//! | Tax, Credit, Refund | `tax`, `credit`, `refund` | (net) unblended |
//! | other Fee | `support` for support plans, else `usage` | (net) unblended |
//!
//! Where the report has net columns, usage already is after the discount, and a discount row without a net amount counts 0.

mod columns;
mod treatment;

use std::borrow::Cow;

use columns::Columns;
use treatment::{LineType, Treatment, treat};

use super::{
    super::table::{ImportError, Row, Selection, Table},
    charge::{Charge, ChargeKind, CommitmentShare, Own, Part, Thing},
    currency::{self, Rates, dollars},
    format::{Emit, Unknowns, gap, unread_gaps},
    instance_type,
    kind::resource_kind,
    money::Pico,
    tags,
};
use crate::{snapshot::Gap, window::MS_PER_HOUR};

/// One report.
#[derive(Debug)]
pub(super) struct Aws {
    pub(super) version: &'static str,
    file: String,
    columns: Columns,
    unread: Vec<String>,
    unknowns: Unknowns,
    has_untold_use: bool,
    has_untold_cost: bool,
}

impl Aws {
    pub(super) fn new(table: &Table) -> Result<(Self, Selection<'_>), ImportError> {
        let is_legacy = table.columns.iter().any(|column| column.name.contains('/'));
        let version = if is_legacy { "legacy" } else { "2.0" };
        let mut wanted = Selection::new(table, &format!("AWS CUR {version}"));
        let columns = Columns::new(&mut wanted)?;
        let aws = Self {
            version,
            file: table.file_name(),
            columns,
            unread: wanted.unread().to_vec(),
            unknowns: Unknowns::default(),
            has_untold_use: false,
            has_untold_cost: false,
        };
        Ok((aws, wanted))
    }

    /// The id is unique within its time interval.
    pub(super) fn row_id(&self, row: &Row<'_>) -> Option<String> {
        let columns = &self.columns;
        let id = row.text(columns.line_item_id)?;
        let interval = row.text(columns.interval).unwrap_or_default();
        let start = row.text(columns.start).unwrap_or_default();
        Some(format!("{id}\n{interval}\n{start}"))
    }

    pub(super) fn charges(
        &mut self,
        row: &Row<'_>,
        rates: &Rates<'_>,
        emit: &mut Emit<'_>,
    ) -> Result<Own, ImportError> {
        let columns = &self.columns;
        let billed = row.need_number(columns.unblended)?;
        let rate = currency::rate(rates, row, columns.currency, None, billed == 0.0)?;
        let usd = |amount: Option<f64>| amount.map(|amount| dollars(amount, rate));
        let own = Own { billed: usd(Some(billed)), effective: None };

        let word = row.need_text(columns.line_type)?;
        let usage_type = row.text(columns.usage_type);
        let product = row.text(columns.product).unwrap_or_default();
        let native_id = row.text(columns.resource);
        let line_type =
            LineType::of(&word, &product, columns.has_commitment(row)).unwrap_or_else(|| {
                self.unknowns.note(&word, own.billed.unwrap_or_default());
                LineType::Unknown
            });
        let amounts = columns.amounts(row, &|amount| dollars(amount, rate))?;
        let usage_words = usage_type.as_deref().unwrap_or_default();
        let treatment = treat(
            line_type,
            &amounts,
            native_id.is_some(),
            usage_words,
            row.text(columns.term).as_deref(),
        );
        let machine = row
            .text(columns.instance_type)
            .as_deref()
            .and_then(instance_type::aws)
            .or_else(|| instance_type::aws(usage_words))
            .map(|found| Cow::Owned(found.to_owned()));
        let region = row.text(columns.region);
        let thing = native_id.map(|native_id| Thing {
            kind: resource_kind(
                "aws",
                &native_id,
                &[Some(product.as_ref()), usage_type.as_deref()],
                machine.as_deref(),
            ),
            tags_json: tags::to_json(&columns.tags(row)),
            name: None,
            native_id,
        });
        let (start, end) = (row.need_instant(columns.start)?, row.need_instant(columns.end)?);
        let base = Charge {
            provider: "aws".into(),
            account_id: row
                .text(columns.account)
                .or_else(|| row.text(columns.payer))
                .ok_or_else(|| row.missing(columns.account))?,
            region,
            zone: row.text(columns.zone),
            sku: usage_type
                .clone()
                .or_else(|| row.text(columns.description))
                .unwrap_or_else(|| word.clone()),
            service: product,
            instance_type: machine.clone(),
            thing,
            start,
            end,
            is_hourly: is_hourly(row.text(columns.interval).as_deref()),
            kind: treatment.kind,
            purchase: treatment.purchase,
            commitment_id: None,
            quantity: row.number(columns.quantity)?,
            unit: row.text(columns.unit),
            list: usd(row.number(columns.list)?),
            billed: own.billed,
            effective: treatment.effective,
            shares: Vec::new(),
        };
        self.has_untold_cost |= treatment.effective.is_none();
        self.has_untold_use |= line_type.is_recurring_fee() && treatment.unused.is_none();
        self.emit(row, base, line_type, &treatment, machine, emit)?;
        Ok(own)
    }

    /// Emits the charge with its commitment, and the unused part of a commitment as a charge of its own.
    fn emit<'r>(
        &self,
        row: &'r Row<'_>,
        base: Charge<'r>,
        line_type: LineType,
        treatment: &Treatment,
        machine: Option<Cow<'r, str>>,
        emit: &mut Emit<'_>,
    ) -> Result<(), ImportError> {
        let (commitment, kind) = self.columns.commitment(row, line_type);
        let capacity = row.text(self.columns.capacity).or_else(|| {
            let id = base.thing.as_ref().map(|thing| thing.native_id.clone())?;
            id.contains(":capacity-reservation/").then_some(id)
        });
        let mut charge = base;
        if let Some(id) = &commitment {
            charge.shares.push(CommitmentShare {
                id: id.clone(),
                kind,
                part: treatment.part,
                instance_type: if kind == "reservation" { machine } else { None },
            });
        }
        let is_unused = charge.kind == ChargeKind::ReservationUnused;
        if let (Some(id), Some(effective)) = (&capacity, charge.effective) {
            let part = if is_unused { Part::Unused(effective) } else { Part::Used(effective) };
            let kind = "capacity_reservation";
            if is_unused || charge.kind == ChargeKind::Usage {
                charge.shares.push(CommitmentShare {
                    id: id.clone(),
                    kind,
                    part,
                    instance_type: charge.instance_type.clone(),
                });
            }
        }
        charge.commitment_id = if is_unused { capacity.or(commitment) } else { commitment };
        emit(&charge)?;
        if line_type.is_recurring_fee() && treatment.unused != Some(0) {
            emit(&Charge {
                kind: ChargeKind::CommitmentUnused,
                quantity: None,
                unit: None,
                list: None,
                billed: Some(0),
                effective: treatment.unused,
                shares: Vec::new(),
                ..charge
            })?;
        }
        Ok(())
    }

    pub(super) fn gaps(self) -> Vec<Gap> {
        let mut gaps = unread_gaps(&self.file, &self.unread);
        gaps.extend(self.columns.tag_cells.gap(&self.file, "resource_tags"));
        if self.columns.currency.is_none() {
            gaps.push(currency::unstated(&self.file));
        }
        if self.has_untold_use {
            gaps.push(gap(
                &format!("the use of commitments in {}", self.file),
                "the report lacks the columns for it",
                "how much of each reservation and savings plan was paid for and not used",
                "export all `reservation_` and `savings_plan_` columns",
            ));
        }
        if self.has_untold_cost {
            gaps.push(gap(
                &format!("the effective cost of committed hours in {}", self.file),
                "the report has no `reservation_effective_cost` or `savings_plan_savings_plan_effective_cost` for them",
                "what resources under reservations and savings plans cost",
                "export all `reservation_` and `savings_plan_` columns",
            ));
        }
        gaps.extend(self.unknowns.gaps(&self.file, "line_item_line_item_type"));
        gaps
    }
}

/// Amounts of one row, in trillionths of a dollar.
#[derive(Debug, Default)]
struct Amounts {
    unblended: Pico,
    net_unblended: Option<Pico>,
    has_net: bool,
    reservation_effective: Option<Pico>,
    reservation_unused: Option<Pico>,
    plan_effective: Option<Pico>,
    plan_committed: Option<Pico>,
    plan_used: Option<Pico>,
}

/// A daily or monthly report gives the first and last use of a period, which does not tell the hours between.
fn is_hourly(interval: Option<&str>) -> bool {
    let Some((start, end)) = interval.and_then(|interval| interval.split_once('/')) else {
        return true;
    };
    let at = |text: &str| text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond);
    at(start).zip(at(end)).is_none_or(|(start, end)| end - start <= MS_PER_HOUR)
}

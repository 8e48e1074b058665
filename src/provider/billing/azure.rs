//! Azure cost details: the actual and the amortized data set, of enterprise and customer agreements, in all spellings.
//!
//! The two sets have the same columns. In **actual**, hours under a reservation or savings plan cost 0 and the purchase is a
//! row; in **amortized**, those hours carry their part of it and the purchase is gone. The rows tell which set a file is
//! (so the file is read twice), and the two sets of one subscription and month are never mixed.
//!
//! | charge type | becomes | effective cost |
//! |---|---|---|
//! | Usage | `usage` | the cost; in actual unknown for hours under a commitment |
//! | `UnusedReservation`, `UnusedSavingsPlan` | `commitment_unused` | the cost |
//! | Usage of a capacity reservation itself | `reservation_unused`: used hours bill on the machine | the cost |
//! | Purchase of a commitment | `commitment_fee` | 0: amortized has it on the hours covered |
//! | other Purchase | `usage` | the cost |
//! | Refund, Tax, `RoundingAdjustment` | `refund`, `tax`, `adjustment` | the cost |
//!
//! Rows under a commitment have no invoiced cost in amortized. Exports with translated headers carry the English name in
//! brackets (`Kosten (Cost)`), and are read by it; headers translated without it are not known.

mod columns;

use std::{borrow::Cow, collections::BTreeMap};

use columns::{Columns, list, sku};

use super::{
    super::table::{ImportError, Place, Row, Selection, Table},
    charge::{Charge, ChargeKind, CommitmentShare, Own, Part},
    currency::{self, Rates, dollars},
    format::{Emit, Unknowns, gap, unread_gaps},
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
    unread: Vec<String>,
    unknowns: Unknowns,
    has_untold_effective: bool,
}

impl Azure {
    pub(super) fn new(table: &Table) -> Result<(Self, Selection<'_>), ImportError> {
        let mut wanted = Selection::new(table, "Azure cost details");
        let columns = Columns::new(&mut wanted)?;
        let data_set = data_set(table, &wanted, &columns)?;
        let azure = Self {
            file: table.file_name(),
            data_set,
            months: BTreeMap::new(),
            columns,
            unread: wanted.unread().to_vec(),
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
        let subscription = columns.account(row);
        self.months.entry((subscription.clone(), month_of(day))).or_insert_with(|| row.place());

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
        let info = row.text(columns.info).unwrap_or_default();
        let instance_type = tags::field(&info, &["ServiceType"])
            .filter(|size| is_machine_size(size))
            .map(Cow::Owned);
        let capacity: Option<Cow<'_, str>> = tags::field(&info, &["VMCapacityReservationId"])
            .map(Cow::Owned)
            .or_else(|| native_id.clone().filter(|_| is_reservation_itself));
        let part = match (kind, effective) {
            (ChargeKind::CommitmentUnused, Some(unused)) => Part::Unused(unused),
            (_, Some(used)) if is_covered => Part::Used(used),
            (_, None) if is_covered => Part::UsedUntold,
            _ => Part::Mentioned,
        };
        let commitment = commitment_id.as_ref().map(|id| CommitmentShare {
            id: id.clone(),
            kind: columns.commitment_kind(row),
            part,
            instance_type: None,
        });
        let reservation = capacity.as_ref().zip(effective).filter(|_| is_use(kind));
        let reservation = reservation.map(|(id, effective)| CommitmentShare {
            id: id.clone(),
            kind: "capacity_reservation",
            part: match kind {
                ChargeKind::ReservationUnused => Part::Unused(effective),
                _ => Part::Used(effective),
            },
            instance_type: instance_type.clone(),
        });
        let commitment_id = match kind {
            ChargeKind::ReservationUnused => capacity.or(commitment_id),
            _ => commitment_id,
        };
        let service = row.text(columns.service).or_else(|| row.text(columns.consumed_service));
        let sku = sku(row, columns);
        let thing = native_id
            .filter(|_| kind != ChargeKind::CommitmentFee)
            .map(|native_id| columns.thing(row, native_id, &sku, instance_type.as_deref()));
        emit(&Charge {
            provider: "azure".into(),
            account_id: subscription.into(),
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
            shares: commitment.into_iter().chain(reservation).collect(),
        })?;
        Ok(own)
    }

    pub(super) fn gaps(self) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = self.unknowns.gaps(&self.file, "ChargeType").collect();
        gaps.extend(unread_gaps(&self.file, &self.unread));
        gaps.extend(self.columns.tag_cells.gap(&self.file, "Tags"));
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
    let mut actual: Option<(Box<Place>, String, String)> = None;
    let mut amortized: Option<Box<Place>> = None;
    let mut has_free_hours = false;
    table.read(wanted, &mut |row| {
        let word = columns.charge_type(row);
        let cost = row.need_number(columns.cost)?;
        let is_committed = columns.is_committed(row);
        if word.starts_with("unused") || (word == "usage" && is_committed && cost != 0.0) {
            amortized.get_or_insert_with(|| Box::new(row.place()));
        } else if word == "purchase" && is_committed && cost != 0.0 && actual.is_none() {
            let subscription = columns.account(row);
            let month = month_of(row.need_instant(columns.date)?);
            actual = Some((Box::new(row.place()), subscription, month));
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
        "purchase" if has_commitment => ChargeKind::CommitmentFee,
        "usage" | "purchase" => ChargeKind::Usage,
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

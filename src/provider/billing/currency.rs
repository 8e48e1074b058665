//! Everything becomes US dollars, with rates that somebody stated.

use std::collections::BTreeMap;

use super::{
    super::table::{ImportError, Row, Slot},
    format::gap,
    money::{self, Pico},
};
use crate::snapshot::Gap;

/// Exchange rates.
#[derive(Debug)]
pub(super) struct Rates<'o> {
    usd_per_currency: &'o BTreeMap<String, f64>,
}

impl<'o> Rates<'o> {
    pub(super) fn new(usd_per_currency: &'o BTreeMap<String, f64>) -> Result<Self, ImportError> {
        for (currency, rate) in usd_per_currency {
            if !rate.is_finite() || *rate <= 0.0 {
                return Err(ImportError::Rate { currency: currency.clone(), rate: *rate });
            }
        }
        Ok(Self { usd_per_currency })
    }

    /// The dollars one unit of `currency` is worth; `own` is a rate that the row itself states.
    pub(super) fn usd_per(
        &self,
        currency: &str,
        own: Option<f64>,
        row: &Row<'_>,
    ) -> Result<f64, ImportError> {
        let currency = currency.to_ascii_uppercase();
        if currency == "USD" {
            return Ok(1.0);
        }
        let stated = self.usd_per_currency.get(&currency).copied();
        stated
            .or(own.filter(|rate| rate.is_finite() && *rate > 0.0))
            .ok_or_else(|| ImportError::Currency { place: row.place(), currency })
    }
}

/// An amount at a rate, in trillionths of a dollar.
pub(super) fn dollars(amount: f64, usd_per: f64) -> Pico {
    money::pico(amount * usd_per)
}

/// The rate of a row by its currency column. A file without one is in dollars (the format reports that as a gap); a row
/// without one may only be free.
pub(super) fn rate(
    rates: &Rates<'_>,
    row: &Row<'_>,
    currency: Option<Slot>,
    own: Option<f64>,
    is_free: bool,
) -> Result<f64, ImportError> {
    let Some(slot) = currency else { return Ok(1.0) };
    match row.text(slot) {
        Some(code) => rates.usd_per(&code, own, row),
        None if is_free => Ok(1.0),
        None => Err(row.missing(slot)),
    }
}

/// The gap of a file that does not state its currency.
pub(super) fn unstated(file: &str) -> Gap {
    gap(
        &format!("the currency of {file}"),
        "the export has no column for it",
        "the true amounts, if they are not US dollars: they were taken as such",
        "export again with the billing currency column",
    )
}

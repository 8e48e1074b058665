//! Which format a file is in, by its columns, and the common face of all formats.

use super::{
    super::table::{ImportError, Row, Selection, Table, spelling},
    aws::Aws,
    azure::{self, Azure},
    charge::{Charge, Own},
    currency::Rates,
    focus::Focus,
    gcp::Gcp,
};
use crate::{
    snapshot::Gap,
    units::{self, Usd},
};

/// The reader of one file's rows.
#[derive(Debug)]
pub(super) enum Format {
    Focus(Focus),
    Aws(Aws),
    Azure(Azure),
    Gcp(Gcp),
}

/// Takes one charge.
pub(super) type Emit<'e> = dyn FnMut(&Charge<'_>) -> Result<(), ImportError> + 'e;

/// A row that says what `gap` is about.
pub(super) fn gap(what: &str, because: &str, hides: &str, remedy: &str) -> Gap {
    Gap {
        what: what.to_owned(),
        because: because.to_owned(),
        hides: hides.to_owned(),
        remedy: remedy.to_owned(),
    }
}

/// One gap for each column that could not be read.
pub(super) fn unread_gaps(file: &str, unread: &[String]) -> Vec<Gap> {
    unread
        .iter()
        .map(|column| {
            gap(
                &format!("column `{column}` of {file}"),
                "it has a Parquet type that is not read",
                "what only this column tells",
                "write it as text, a number, a time or a decimal of at most 38 digits, or export CSV",
            )
        })
        .collect()
}

impl Format {
    /// Recognises the format by the columns that are its own, then asks for the rest.
    pub(super) fn detect(table: &Table) -> Result<(Self, Selection<'_>), ImportError> {
        let columns: Vec<String> =
            table.columns.iter().map(|column| spelling(&column.name)).collect();
        let has = |name: &str| columns.iter().any(|column| column == name);
        let count = |names: &[&str]| names.iter().filter(|name| has(name)).count();
        if count(&["billedcost", "effectivecost", "chargecategory", "chargeperiodstart"]) >= 2 {
            let (format, selection) = Focus::new(table)?;
            return Ok((Self::Focus(format), selection));
        }
        if count(&["lineitemlineitemtype", "lineitemusagestartdate", "lineitemunblendedcost"]) >= 2
        {
            let (format, selection) = Aws::new(table)?;
            return Ok((Self::Aws(format), selection));
        }
        let is_gcp =
            has("usagestarttime") && count(&["servicedescription", "serviceid", "service"]) > 0;
        if is_gcp && count(&["cost", "skudescription", "skuid", "projectid", "sku"]) >= 2 {
            let (format, selection) = Gcp::new(table)?;
            return Ok((Self::Gcp(format), selection));
        }
        if count(azure::COST) > 0 && count(azure::SUBSCRIPTION) + count(azure::METER) >= 2 {
            let (format, selection) = Azure::new(table)?;
            return Ok((Self::Azure(format), selection));
        }
        Err(ImportError::UnknownFormat {
            file: table.name().to_owned(),
            columns: table.column_list(),
        })
    }

    /// Name and version, for the report.
    pub(super) fn name(&self) -> (&'static str, &'static str) {
        match self {
            Self::Focus(format) => ("FOCUS", format.version),
            Self::Aws(format) => ("AWS CUR", format.version),
            Self::Azure(format) => ("Azure cost details", format.version()),
            Self::Gcp(_) => ("GCP detailed export", ""),
        }
    }

    /// Turns a row into charges and says what its cost columns hold.
    pub(super) fn charges(
        &mut self,
        row: &Row<'_>,
        rates: &Rates<'_>,
        emit: &mut Emit<'_>,
    ) -> Result<Own, ImportError> {
        match self {
            Self::Focus(format) => format.charges(row, rates, emit),
            Self::Aws(format) => format.charges(row, rates, emit),
            Self::Azure(format) => format.charges(row, rates, emit),
            Self::Gcp(format) => format.charges(row, rates, emit),
        }
    }

    /// The id of a row, where the format has one. Its first line is the one to show.
    pub(super) fn row_id(&self, row: &Row<'_>) -> Option<String> {
        match self {
            Self::Aws(format) => format.row_id(row),
            Self::Focus(_) | Self::Azure(_) | Self::Gcp(_) => None,
        }
    }

    /// What the format or this file of it does not tell.
    pub(super) fn gaps(self) -> Vec<Gap> {
        match self {
            Self::Focus(format) => format.gaps(),
            Self::Aws(format) => format.gaps(),
            Self::Azure(format) => format.gaps(),
            Self::Gcp(format) => format.gaps(),
        }
    }
}

/// Counts charge types that are not known, for one gap each.
#[derive(Debug, Default)]
pub(super) struct Unknowns {
    counts: std::collections::BTreeMap<String, (u64, i128)>,
}

impl Unknowns {
    pub(super) fn note(&mut self, word: &str, amount: i128) {
        let (count, sum) = self.counts.entry(word.to_owned()).or_default();
        *count += 1;
        *sum = sum.saturating_add(amount);
    }

    pub(super) fn gaps(self, file: &str, column: &str) -> impl Iterator<Item = Gap> {
        self.counts.into_iter().map(move |(word, (count, sum))| {
            let sum: Usd = super::money::usd(sum);
            gap(
                &format!("`{word}` in column `{column}` of {file}"),
                "this type of charge is not known",
                &format!(
                    "the purpose of {} with {sum}, counted as adjustments",
                    units::count(count, "row")
                ),
                "update ai-cost, or report the type",
            )
        })
    }
}

//! The flat form of a finding: one row of named columns, the same in CSV, NDJSON and Parquet.

use super::Report;
use crate::{
    finding::{Fingerprint, Resolution, Resolved},
    text::clean,
    units::Usd,
};

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text; empty in CSV where it is not known.
    Text,
    /// US dollars: a decimal with two digits in CSV and NDJSON, a float in Parquet. Empty or null: not known.
    Usd,
}

/// A column of the flat form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name, ending in its unit.
    pub name: &'static str,
    /// What its values are.
    pub kind: ColumnKind,
    /// What it holds and what a null in it means.
    pub doc: &'static str,
}

const fn words(name: &'static str, doc: &'static str) -> Column {
    Column { name, kind: ColumnKind::Text, doc }
}

const fn usd(name: &'static str, doc: &'static str) -> Column {
    Column { name, kind: ColumnKind::Usd, doc }
}

/// The columns, in order.
pub const COLUMNS: &[Column] = &[
    words("window_start", "First instant of the audited time, ISO 8601 in UTC."),
    words("window_end", "First instant after the audited time, ISO 8601 in UTC."),
    words("fingerprint", "Identity of the finding across runs: 12 hexadecimal digits."),
    words("rule", "Rule id."),
    words("title", "Title of the rule."),
    words("severity", "`info`, `low`, `medium` or `high`."),
    words("confidence", "`low`, `medium` or `high`."),
    words("action", "What one would do: `stop`, `schedule`, `resize`, …."),
    words("target", "Machine type or purchase option to move to. Null: the action has none."),
    words("provider", "Issuer of the resource: `aws`, `azure`, `gcp`, `kubernetes`, …."),
    words("account_id", "Account, subscription or project."),
    words("region", "Region, or `global`."),
    words("resource_id", "Global id of the resource, commitment or pool."),
    words("kind", "What it is."),
    words("name", "Name people gave it. Null: none."),
    words("instance_type", "Machine type. Null: not known, or it has none."),
    words("owner", "Owner. Null: nobody said."),
    words("team", "Team. Null: nobody said."),
    usd(
        "claim_low_usd_per_month",
        "Cautious end of what it would save alone. Null: no price is known.",
    ),
    usd("claim_likely_usd_per_month", "What it would save alone. Null: no price is known."),
    usd(
        "claim_high_usd_per_month",
        "Hopeful end of what it would save alone. Null: no price is known.",
    ),
    usd("counted_low_usd_per_month", "Cautious end of what counts in the total."),
    usd("counted_likely_usd_per_month", "What counts in the total; the column adds up to it."),
    usd("counted_high_usd_per_month", "Hopeful end of what counts in the total."),
    usd("freed_usd_per_month", "Paid in advance, so freed but not saved."),
    words(
        "resolution",
        "`counted`, `reduced`, `superseded`, `committed`, `unpriced` or `informational`.",
    ),
    words(
        "resolution_by",
        "Fingerprints it shares with or lost to, separated by spaces. Null: none.",
    ),
    words("message", "One line for people."),
];

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text, cleaned. `None`: not known.
    Text(Option<String>),
    /// Money. `None`: not known.
    Usd(Option<Usd>),
}

/// One finding, its cells parallel to [`COLUMNS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub Vec<Cell>);

/// The rows of a report, in the order of its findings.
pub fn rows(report: &Report) -> Vec<Row> {
    let window = [report.window.start_at().to_string(), report.window.end_at().to_string()];
    report.findings.iter().map(|resolved| row(&window, resolved)).collect()
}

fn row(window: &[String; 2], resolved: &Resolved) -> Row {
    let finding = &resolved.finding;
    let subject = &finding.subject;
    let claim = resolved.claim_usd_per_month;
    let counted = resolved.counted_usd_per_month;
    let [start, end] = window;
    Row(vec![
        text(start),
        text(end),
        text(finding.fingerprint.as_str()),
        text(&finding.rule),
        text(&finding.title),
        text(finding.severity.word()),
        text(finding.confidence.word()),
        text(finding.action.word()),
        optional(finding.action.target()),
        text(&subject.provider),
        text(&subject.account_id),
        text(&subject.region),
        text(&subject.resource_id),
        text(&subject.kind),
        optional(subject.name.as_deref()),
        optional(subject.instance_type.as_deref()),
        optional(subject.owner.as_deref()),
        optional(subject.team.as_deref()),
        Cell::Usd(claim.map(|claim| claim.low)),
        Cell::Usd(claim.map(|claim| claim.likely)),
        Cell::Usd(claim.map(|claim| claim.high)),
        Cell::Usd(Some(counted.low)),
        Cell::Usd(Some(counted.likely)),
        Cell::Usd(Some(counted.high)),
        Cell::Usd(Some(resolved.freed_usd_per_month)),
        text(resolved.resolution.word()),
        optional(by(&resolved.resolution).as_deref()),
        text(&finding.message),
    ])
}

fn text(text: &str) -> Cell {
    Cell::Text(Some(clean(text).into_owned()))
}

fn optional(text: Option<&str>) -> Cell {
    Cell::Text(text.map(|text| clean(text).into_owned()))
}

/// The others a resolution names. `None`: it names none.
fn by(resolution: &Resolution) -> Option<String> {
    match resolution {
        Resolution::Reduced { by } | Resolution::Superseded { by } => {
            let all: Vec<&str> = by.iter().map(Fingerprint::as_str).collect();
            Some(all.join(" "))
        }
        Resolution::Counted
        | Resolution::Committed
        | Resolution::Unpriced
        | Resolution::Informational => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{report::sample::sample_report, units::Unit};

    #[test]
    fn every_row_has_a_cell_of_the_right_kind_for_every_column() {
        for Row(cells) in rows(&sample_report()) {
            assert_eq!(cells.len(), COLUMNS.len());
            for (column, cell) in COLUMNS.iter().zip(cells) {
                let is_usd = matches!(cell, Cell::Usd(_));
                assert_eq!(is_usd, column.kind == ColumnKind::Usd, "{}", column.name);
                assert_eq!(is_usd, Unit::of(column.name) == Unit::UsdPerMonth, "{}", column.name);
            }
        }
    }

    #[test]
    fn a_price_that_is_not_known_is_null_and_not_zero() {
        let rows = rows(&sample_report());
        let claim = COLUMNS
            .iter()
            .position(|column| column.name == "claim_likely_usd_per_month")
            .expect("the column");
        assert_eq!(rows[6].0[claim], Cell::Usd(None));
        assert_eq!(rows[7].0[claim], Cell::Usd(Some(Usd::ZERO)));
    }
}

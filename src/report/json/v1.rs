//! `ai-cost/report/v1`: the JSON report. Its types are its own, so that a change inside does not change the format.
//!
//! Money is a decimal string with two digits, a ratio is a number, unknown is `null`, and the same report is always the
//! same bytes. Text is cleaned of what controls or hides text.

use std::io::{self, Write};

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Serialize, Serializer};

use crate::{
    finding::{Confidence, Severity},
    report,
    units::Usd,
};

pub use super::provenance::{Asked, Calls, Provenance};

/// The name of this format, in the field `schema`.
pub const SCHEMA: &str = "ai-cost/report/v1";

/// Writes the report as JSON, indented, with a line break at the end.
pub fn render(report: &report::Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Report::from(report))?;
    writeln!(out)
}

/// The JSON Schema of this format (draft 2020-12), indented, with a line break at the end.
pub fn schema() -> String {
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut text = serde_json::to_string_pretty(&schema.into_root_schema_for::<Report>())
        .unwrap_or_else(|error| error.to_string());
    text.push('\n');
    text
}

/// Dollars as a decimal string with two digits, so that no reader rounds them.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(transparent)]
pub struct Money(#[schemars(regex(pattern = r"^-?[0-9]+\.[0-9]{2}$"))] String);

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl From<Usd> for Money {
    fn from(usd: Usd) -> Self {
        Self(usd.to_decimal())
    }
}

/// One audit.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Report {
    /// Name and version of the format.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: &'static str,
    /// The audited time.
    pub window: Window,
    /// Sums.
    pub totals: Totals,
    /// Findings by counted saving, largest first.
    pub findings: Vec<Finding>,
    /// How far each rule could look, by id.
    pub rules: Vec<Rule>,
    /// What could not be judged and why, dearest first.
    pub not_judged: Vec<NotJudged>,
    /// What could not be seen.
    pub gaps: Vec<Gap>,
    /// Findings set aside on purpose; none of them is in the totals.
    pub exempted: Vec<Exempted>,
    /// Exemptions that are expired or matched nothing.
    pub exemption_notes: Vec<String>,
    /// Bills that were imported.
    pub bills: Vec<Bill>,
    /// Telemetry over all resources.
    pub telemetry: Telemetry,
    /// Age of the prices used.
    pub prices: Vec<Price>,
    /// What to read before trusting a number.
    pub warnings: Vec<String>,
    /// What the report was made from.
    pub provenance: Provenance,
}

/// The audited time, half-open.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Window {
    /// First instant inside, ISO 8601 in UTC.
    #[schemars(extend("format" = "date-time"))]
    pub start: String,
    /// First instant after, ISO 8601 in UTC.
    #[schemars(extend("format" = "date-time"))]
    pub end: String,
}

/// Sums over the audit.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Totals {
    /// Resources in the snapshot.
    pub resource_count: u64,
    /// Amortised cost of all usage, as far as it is known. Null: no cost is known.
    pub effective_usd_per_month: Option<Money>,
    /// Resources whose cost is not known, and which that sum leaves out.
    pub effective_unpriced_count: u64,
    /// Charges on the bill, by day, whose effective cost it does not tell, and which that sum leaves out.
    pub effective_untold_count: u64,
    /// The sum of the findings' counted savings.
    pub counted_usd_per_month: Claim,
    /// Paid in advance, so freed but not saved.
    pub freed_usd_per_month: Money,
    /// (Counted likely + freed) ÷ effective. Null: no cost is known.
    pub waste_ratio: Option<f64>,
    /// Findings whose saving is not known because a price is missing.
    pub unpriced_count: u64,
    /// Findings that lost to others on the same subject.
    pub superseded_count: u64,
    /// Cost of what no rule in its scope could judge, where that cost is known.
    pub not_judged_usd_per_month: Money,
    /// Resources that no rule in their scope could judge and whose cost is not known either.
    pub not_judged_unpriced_count: u64,
}

/// Money per month with its range.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Claim {
    /// Cautious end.
    pub low: Money,
    /// What the replay of the window says.
    pub likely: Money,
    /// Hopeful end.
    pub high: Money,
}

/// A rule's hit on a subject.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Finding {
    /// Rule id.
    pub rule: String,
    /// Title of the rule.
    pub title: String,
    /// Identity across runs: 12 hexadecimal digits over rule and resource.
    pub fingerprint: String,
    /// Who it is about.
    pub subject: Subject,
    /// How much it matters.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What one would do: `stop`, `schedule`, `resize`, ….
    pub action: String,
    /// What to move to: a machine type or a purchase option. Null: the action has no such thing.
    pub target: Option<String>,
    /// What it would save alone. Null: no price is known.
    pub claim_usd_per_month: Option<Claim>,
    /// What counts in the total.
    pub counted_usd_per_month: Claim,
    /// Paid in advance, so freed but not saved.
    pub freed_usd_per_month: Money,
    /// Why what counts is not the claim.
    pub resolution: Resolution,
    /// One line for people.
    pub message: String,
    /// What the rule read.
    pub evidence: Vec<Fact>,
}

/// A resource, commitment or pool.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Subject {
    /// Issuer: `aws`, `azure`, `gcp`, `kubernetes`, ….
    pub provider: String,
    /// Account, subscription or project.
    pub account_id: String,
    /// Region, or `global`.
    pub region: String,
    /// Global id.
    pub resource_id: String,
    /// What it is.
    pub kind: String,
    /// Name people gave it.
    pub name: Option<String>,
    /// Machine type.
    pub instance_type: Option<String>,
    /// Owner.
    pub owner: Option<String>,
    /// Team.
    pub team: Option<String>,
}

/// How much of a claim counts, and because of whom.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Resolution {
    /// Which way.
    pub kind: ResolutionKind,
    /// Fingerprints of the findings it shares with or lost to.
    pub by: Vec<String>,
}

/// How much of a claim counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResolutionKind {
    /// All of it.
    Counted,
    /// A share: other findings of the same subject save part of the same money.
    Reduced,
    /// Nothing: other findings of the same subject save more.
    Superseded,
    /// Part or all was paid in advance.
    Committed,
    /// No price is known.
    Unpriced,
    /// The rule promises nothing.
    Informational,
}

/// A fact that a rule read.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Fact {
    /// Name of the fact.
    pub fact: String,
    /// Its value. Null: not known.
    pub value: Option<FactValue>,
    /// Unit of a number. Null: it has none.
    pub unit: Option<&'static str>,
}

/// A value that is known.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum FactValue {
    /// Yes or no.
    Bool(bool),
    /// A number in the fact's unit.
    Number(f64),
    /// Text.
    Text(String),
}

/// How far a rule could look.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Rule {
    /// Rule id.
    pub rule: String,
    /// Kind of subject it judges.
    pub subject_kind: String,
    /// How much its findings matter.
    pub severity: Severity,
    /// Subjects it was meant for.
    pub in_scope_count: u64,
    /// Waste.
    pub hit_count: u64,
    /// Judged and fine.
    pub clear_count: u64,
    /// Not judged.
    pub unknown_count: u64,
    /// Counted saving of its findings.
    pub counted_usd_per_month: Claim,
}

/// Subjects that could not be judged for the same reason.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NotJudged {
    /// Rules that could not judge them.
    pub rules: Vec<String>,
    /// Kind of subject.
    pub subject_kind: String,
    /// Facts that were missing or too thin.
    pub because: Vec<String>,
    /// Those of them that are known, and not enough to judge by.
    pub too_thin: Vec<String>,
    /// How many subjects.
    pub subject_count: u64,
    /// Subjects of this kind in all, judged or not.
    pub kind_count: u64,
    /// Their ids, sorted.
    pub resource_ids: Vec<String>,
    /// What those of them cost whose cost is known. Null: of none.
    pub effective_usd_per_month: Option<Money>,
    /// How many of them have no known cost.
    pub unpriced_count: u64,
    /// What the missing facts mean.
    pub meaning: String,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Gap {
    /// What is missing.
    pub what: String,
    /// Why.
    pub because: String,
    /// What cannot be known because of it.
    pub hides: String,
    /// What to do about it.
    pub remedy: String,
}

/// A finding set aside on purpose.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Exempted {
    /// The finding, with its money as if it stood alone.
    pub finding: Finding,
    /// The reason given.
    pub reason: String,
    /// Last day of the exemption.
    #[schemars(extend("format" = "date"))]
    pub until: String,
}

/// A bill that was imported.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Bill {
    /// File name without folders.
    pub file: String,
    /// Format and version.
    pub format: String,
    /// Rows read.
    pub row_count: u64,
    /// Sum of the file's own cost column.
    pub file_usd: Money,
    /// Sum over the imported rows on the same basis.
    pub imported_usd: Money,
    /// The column that was summed.
    pub basis: String,
}

/// Telemetry over all resources.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Telemetry {
    /// Resources with accelerator telemetry.
    pub resource_count: u64,
    /// Hours with accelerator telemetry, over all resources.
    pub observed_hours: f64,
    /// Mean over resources of their mean utilisation. Null: no telemetry.
    pub gpu_util_mean_ratio: Option<f64>,
    /// Resources whose mean utilisation is under 10 %.
    pub under_ten_percent_count: u64,
}

/// Where prices come from and how old they are.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Price {
    /// Source.
    pub source: String,
    /// Day they were read.
    pub priced_on: String,
    /// Days from then to the end of the window; negative if read after it.
    pub age_days: i64,
    /// Price rows used.
    pub price_count: u64,
}

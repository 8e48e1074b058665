//! Every number that any output may print, worked out once. Renderers choose, align and colour; they never compute.

pub mod csv;
pub mod explain;
mod group;
pub mod json;
pub mod markdown;
pub mod ndjson;
pub mod parquet;
mod resolution;
pub mod rows;
#[cfg(test)]
mod sample;
pub mod table;
mod tail;
#[cfg(test)]
mod tests;
mod words;

pub use group::{ExplainedWeek, Group, GroupBy, Remainder};
pub use words::id_tail;

use crate::{
    fact::SubjectKind,
    finding::{Claim, Fingerprint, Resolved, Severity},
    snapshot::{CallCount, Gap},
    units::Usd,
    window::Window,
};

/// One audit, ready to be rendered.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The audited time.
    pub window: Window,
    /// Sums.
    pub totals: Totals,
    /// Findings by counted saving, largest first; ties by claim, then rule and resource.
    pub findings: Vec<Resolved>,
    /// One entry per rule, by id.
    pub rules: Vec<RuleCoverage>,
    /// What could not be judged and why, dearest first.
    pub not_judged: Vec<NotJudged>,
    /// What could not be seen.
    pub gaps: Vec<Gap>,
    /// Findings set aside on purpose.
    pub exempted: Vec<Exempted>,
    /// Exemptions that are expired or matched nothing, as sentences.
    pub exemption_notes: Vec<String>,
    /// Bills that were imported, with their own totals.
    pub bills: Vec<BillTotal>,
    /// Telemetry over all resources.
    pub telemetry: TelemetrySummary,
    /// Age of the prices used.
    pub prices: Vec<PriceUse>,
    /// Sentences to read before trusting a number: short window, old prices.
    pub warnings: Vec<String>,
    /// What the report was made from.
    pub provenance: Provenance,
}

/// Sums over the audit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Totals {
    /// Resources in the snapshot.
    pub resource_count: u64,
    /// Amortised cost of all usage, scaled to a month, as far as it is known. `None`: no cost is known.
    pub effective_usd_per_month: Option<Usd>,
    /// Resources whose cost is not known, and which that sum leaves out.
    pub effective_unpriced_count: u64,
    /// Charges on the bill, by day, whose effective cost it does not tell, and which that sum leaves out.
    pub effective_untold_count: u64,
    /// What counts: the sum of the findings' counted savings.
    pub counted_usd_per_month: Claim,
    /// Paid in advance, so freed but not saved.
    pub freed_usd_per_month: Usd,
    /// (counted likely + freed) ÷ effective. `None`: no cost is known.
    pub waste_ratio: Option<f64>,
    /// Findings whose saving is not known because a price is missing.
    pub unpriced_count: u64,
    /// Findings that lost to others on the same subject.
    pub superseded_count: u64,
    /// Cost of what could not be judged by any rule in its scope, without double counting, scaled to a month; only of
    /// that whose cost is known.
    pub not_judged_usd_per_month: Usd,
    /// Resources that could not be judged by any rule in their scope and whose cost is not known either.
    pub not_judged_unpriced_count: u64,
}

/// How far a rule could look.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleCoverage {
    /// Rule id.
    pub rule: String,
    /// Kind of subject.
    pub subject_kind: SubjectKind,
    /// Severity.
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

/// Subjects that a rule could not judge for the same reason.
#[derive(Debug, Clone, PartialEq)]
pub struct NotJudged {
    /// Rules that could not judge them, by id.
    pub rules: Vec<String>,
    /// Kind of subject.
    pub subject_kind: SubjectKind,
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
    /// What those of them cost a month whose cost is known. `None`: of none.
    pub effective_usd_per_month: Option<Usd>,
    /// How many of them have no known cost.
    pub unpriced_count: u64,
    /// What the missing facts mean, as a sentence from the facts' documentation.
    pub meaning: String,
}

/// A finding set aside on purpose.
#[derive(Debug, Clone, PartialEq)]
pub struct Exempted {
    /// The finding, with its money as if it stood alone.
    pub finding: Resolved,
    /// The reason given.
    pub reason: String,
    /// Last day of the exemption.
    pub until: jiff::civil::Date,
}

/// A bill that was imported.
#[derive(Debug, Clone, PartialEq)]
pub struct BillTotal {
    /// File name without folders.
    pub file: String,
    /// Format and version, such as `FOCUS 1.0`.
    pub format: String,
    /// Rows read.
    pub row_count: u64,
    /// Sum of the file's own cost column.
    pub file_usd: Usd,
    /// Sum over the imported rows on the same basis.
    pub imported_usd: Usd,
    /// The column that was summed.
    pub basis: String,
}

/// Telemetry over all resources.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TelemetrySummary {
    /// Resources with accelerator telemetry.
    pub resource_count: u64,
    /// Hours with accelerator telemetry, over all resources.
    pub observed_hours: f64,
    /// Mean utilisation over all samples of all accelerators. `None`: no telemetry.
    pub gpu_util_mean_ratio: Option<f64>,
    /// Resources whose mean utilisation is under 10 %.
    pub under_ten_percent_count: u64,
}

/// Where the prices used come from and how old they are.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceUse {
    /// Source.
    pub source: String,
    /// Day they were read.
    pub priced_on: String,
    /// Days from then to the end of the window; negative if read after it.
    pub age_days: i64,
    /// Price rows used.
    pub price_count: u64,
}

/// What the report was made from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Provenance {
    /// Version of the tool.
    pub tool_version: String,
    /// Format version of the snapshot.
    pub snapshot_version: u32,
    /// SHA-256 of the snapshot's parts; of files audited directly, of the window and each file's BLAKE3.
    pub snapshot_sha256: String,
    /// SHA-256 of the rules.
    pub rules_sha256: String,
    /// SHA-256 of the settings.
    pub settings_sha256: String,
    /// SHA-256 of the catalog.
    pub catalog_sha256: String,
    /// Providers that were asked over a network, by name.
    pub asked: Vec<Asked>,
}

/// What one provider was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The provider.
    pub provider: String,
    /// Requests sent, repetitions included.
    pub request_count: u64,
    /// Those that repeated a request which had failed.
    pub retry_count: u64,
    /// Bytes of the answers.
    pub received_bytes: u64,
    /// Metrics that were asked for, where the provider bills each.
    pub metric_count: u64,
    /// What it cost at list price, in millionths of a dollar.
    pub list_micro_usd: u64,
    /// The same by operation.
    pub calls: Vec<CallCount>,
}

/// Everything about one finding, for `--explain`.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The finding.
    pub finding: Resolved,
    /// The rule's reason, in its words.
    pub why: String,
    /// When the rule is wrong, in its words.
    pub false_positives: String,
    /// What to do, in its words.
    pub remedy: String,
    /// The exact command or attribute to change, filled in.
    pub change: Option<String>,
    /// 168 hours of the local week from Monday 00:00: share of observed hours that were active. `None`: not observed.
    pub hour_of_week_active_ratio: Vec<Option<f64>>,
    /// The same hours: whether the fitted calendar keeps the resource on. Empty: no schedule.
    pub hour_of_week_is_on: Vec<bool>,
    /// Time zone of the two.
    pub time_zone: String,
    /// Day by day: date, cost, cost after this action alone.
    pub days: Vec<ExplainedDay>,
    /// Price rows used, as sentences.
    pub prices: Vec<String>,
}

/// One day of a replayed bill.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedDay {
    /// The UTC day.
    pub day: jiff::civil::Date,
    /// What was paid.
    pub before_usd: Usd,
    /// What the replay pays.
    pub after_usd: Usd,
}

impl Report {
    /// The finding of this fingerprint; a unique beginning of it is enough.
    pub fn find(&self, fingerprint: &str) -> Option<&Resolved> {
        let mut found = self
            .findings
            .iter()
            .filter(|resolved| resolved.finding.fingerprint.as_str().starts_with(fingerprint));
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// Fingerprints of all findings, in order.
    pub fn fingerprints(&self) -> impl Iterator<Item = &Fingerprint> {
        self.findings.iter().map(|resolved| &resolved.finding.fingerprint)
    }
}

//! From the report to its JSON form.

use super::v1::{
    Asked, Bill, Calls, Claim, Exempted, Fact, FactValue, Finding, Gap, NotJudged, Price,
    Provenance, Report, Resolution, ResolutionKind, Rule, SCHEMA, Subject, Telemetry, Totals,
    Window,
};
use crate::{
    fact::{SubjectRef, Value},
    finding::{self, Evidence, Fingerprint, Resolved},
    report, snapshot,
    text::clean,
    units::Unit,
};

fn text(text: &str) -> String {
    clean(text).into_owned()
}

fn optional(text: Option<&str>) -> Option<String> {
    text.map(self::text)
}

fn texts(texts: &[String]) -> Vec<String> {
    texts.iter().map(|one| text(one)).collect()
}

/// Zero is written without a sign.
fn number(number: f64) -> f64 {
    number + 0.0
}

fn all<'a, From: 'a, To: std::convert::From<&'a From>>(items: &'a [From]) -> Vec<To> {
    items.iter().map(To::from).collect()
}

impl From<&report::Report> for Report {
    fn from(report: &report::Report) -> Self {
        Self {
            schema: SCHEMA,
            window: Window {
                start: report.window.start_at().to_string(),
                end: report.window.end_at().to_string(),
            },
            totals: (&report.totals).into(),
            findings: all(&report.findings),
            rules: all(&report.rules),
            not_judged: all(&report.not_judged),
            gaps: all(&report.gaps),
            exempted: all(&report.exempted),
            exemption_notes: texts(&report.exemption_notes),
            bills: all(&report.bills),
            telemetry: (&report.telemetry).into(),
            prices: all(&report.prices),
            warnings: texts(&report.warnings),
            provenance: (&report.provenance).into(),
        }
    }
}

impl From<&report::Totals> for Totals {
    fn from(totals: &report::Totals) -> Self {
        Self {
            resource_count: totals.resource_count,
            effective_usd_per_month: totals.effective_usd_per_month.map(Into::into),
            effective_unpriced_count: totals.effective_unpriced_count,
            effective_untold_count: totals.effective_untold_count,
            counted_usd_per_month: totals.counted_usd_per_month.into(),
            freed_usd_per_month: totals.freed_usd_per_month.into(),
            waste_ratio: totals.waste_ratio.map(number),
            unpriced_count: totals.unpriced_count,
            superseded_count: totals.superseded_count,
            not_judged_usd_per_month: totals.not_judged_usd_per_month.into(),
            not_judged_unpriced_count: totals.not_judged_unpriced_count,
        }
    }
}

impl From<finding::Claim> for Claim {
    fn from(claim: finding::Claim) -> Self {
        Self { low: claim.low.into(), likely: claim.likely.into(), high: claim.high.into() }
    }
}

impl From<&Resolved> for Finding {
    fn from(resolved: &Resolved) -> Self {
        let finding = &resolved.finding;
        Self {
            rule: text(&finding.rule),
            title: text(&finding.title),
            fingerprint: finding.fingerprint.to_string(),
            subject: (&finding.subject).into(),
            severity: finding.severity,
            confidence: finding.confidence,
            action: finding.action.word().to_owned(),
            target: optional(finding.action.target()),
            claim_usd_per_month: resolved.claim_usd_per_month.map(Into::into),
            counted_usd_per_month: resolved.counted_usd_per_month.into(),
            freed_usd_per_month: resolved.freed_usd_per_month.into(),
            resolution: (&resolved.resolution).into(),
            message: text(&finding.message),
            evidence: all(&finding.evidence),
        }
    }
}

impl From<&SubjectRef> for Subject {
    fn from(subject: &SubjectRef) -> Self {
        Self {
            provider: text(&subject.provider),
            account_id: text(&subject.account_id),
            region: text(&subject.region),
            resource_id: text(&subject.resource_id),
            kind: text(&subject.kind),
            name: optional(subject.name.as_deref()),
            instance_type: optional(subject.instance_type.as_deref()),
            owner: optional(subject.owner.as_deref()),
            team: optional(subject.team.as_deref()),
        }
    }
}

impl From<&finding::Resolution> for Resolution {
    fn from(resolution: &finding::Resolution) -> Self {
        let (kind, by): (_, &[Fingerprint]) = match resolution {
            finding::Resolution::Counted => (ResolutionKind::Counted, &[]),
            finding::Resolution::Reduced { by } => (ResolutionKind::Reduced, by),
            finding::Resolution::Superseded { by } => (ResolutionKind::Superseded, by),
            finding::Resolution::Committed => (ResolutionKind::Committed, &[]),
            finding::Resolution::Unpriced => (ResolutionKind::Unpriced, &[]),
            finding::Resolution::Informational => (ResolutionKind::Informational, &[]),
        };
        Self { kind, by: by.iter().map(Fingerprint::to_string).collect() }
    }
}

impl From<&Evidence> for Fact {
    fn from(evidence: &Evidence) -> Self {
        let value = match &evidence.value {
            Value::Null => None,
            Value::Bool(answer) => Some(FactValue::Bool(*answer)),
            Value::Number(amount) => Some(FactValue::Number(number(*amount))),
            Value::Text(words) => Some(FactValue::Text(text(words))),
        };
        let unit = Some(Unit::of(evidence.fact).label()).filter(|label| !label.is_empty());
        Self { fact: evidence.fact.to_owned(), value, unit }
    }
}

impl From<&report::RuleCoverage> for Rule {
    fn from(rule: &report::RuleCoverage) -> Self {
        Self {
            rule: text(&rule.rule),
            subject_kind: rule.subject_kind.word().to_owned(),
            severity: rule.severity,
            in_scope_count: rule.in_scope_count,
            hit_count: rule.hit_count,
            clear_count: rule.clear_count,
            unknown_count: rule.unknown_count,
            counted_usd_per_month: rule.counted_usd_per_month.into(),
        }
    }
}

impl From<&report::NotJudged> for NotJudged {
    fn from(not_judged: &report::NotJudged) -> Self {
        Self {
            rules: texts(&not_judged.rules),
            subject_kind: not_judged.subject_kind.word().to_owned(),
            because: texts(&not_judged.because),
            too_thin: texts(&not_judged.too_thin),
            subject_count: not_judged.subject_count,
            kind_count: not_judged.kind_count,
            resource_ids: texts(&not_judged.resource_ids),
            effective_usd_per_month: not_judged.effective_usd_per_month.map(Into::into),
            unpriced_count: not_judged.unpriced_count,
            meaning: text(&not_judged.meaning),
        }
    }
}

impl From<&snapshot::Gap> for Gap {
    fn from(gap: &snapshot::Gap) -> Self {
        Self {
            what: text(&gap.what),
            because: text(&gap.because),
            hides: text(&gap.hides),
            remedy: text(&gap.remedy),
        }
    }
}

impl From<&report::Exempted> for Exempted {
    fn from(exempted: &report::Exempted) -> Self {
        Self {
            finding: (&exempted.finding).into(),
            reason: text(&exempted.reason),
            until: exempted.until.to_string(),
        }
    }
}

impl From<&report::BillTotal> for Bill {
    fn from(bill: &report::BillTotal) -> Self {
        Self {
            file: text(&bill.file),
            format: text(&bill.format),
            row_count: bill.row_count,
            file_usd: bill.file_usd.into(),
            imported_usd: bill.imported_usd.into(),
            basis: text(&bill.basis),
        }
    }
}

impl From<&report::TelemetrySummary> for Telemetry {
    fn from(telemetry: &report::TelemetrySummary) -> Self {
        Self {
            resource_count: telemetry.resource_count,
            observed_hours: number(telemetry.observed_hours),
            gpu_util_mean_ratio: telemetry.gpu_util_mean_ratio.map(number),
            under_ten_percent_count: telemetry.under_ten_percent_count,
        }
    }
}

impl From<&report::PriceUse> for Price {
    fn from(price: &report::PriceUse) -> Self {
        Self {
            source: text(&price.source),
            priced_on: text(&price.priced_on),
            age_days: price.age_days,
            price_count: price.price_count,
        }
    }
}

impl From<&report::Provenance> for Provenance {
    fn from(provenance: &report::Provenance) -> Self {
        Self {
            tool_version: text(&provenance.tool_version),
            snapshot_version: provenance.snapshot_version,
            snapshot_sha256: text(&provenance.snapshot_sha256),
            rules_sha256: text(&provenance.rules_sha256),
            settings_sha256: text(&provenance.settings_sha256),
            catalog_sha256: text(&provenance.catalog_sha256),
            asked: provenance.asked.iter().map(Into::into).collect(),
        }
    }
}

impl From<&report::Asked> for Asked {
    fn from(asked: &report::Asked) -> Self {
        let calls = asked.calls.iter().map(|call| Calls {
            operation: text(&call.operation),
            request_count: call.request_count,
            retry_count: call.retry_count,
            received_bytes: call.received_bytes,
            metric_count: call.metric_count,
            list_usd: micro_usd(call.list_micro_usd),
        });
        Self {
            provider: text(&asked.provider),
            request_count: asked.request_count,
            retry_count: asked.retry_count,
            received_bytes: asked.received_bytes,
            metric_count: asked.metric_count,
            list_usd: micro_usd(asked.list_micro_usd),
            calls: calls.collect(),
        }
    }
}

/// Millionths of a dollar, exactly.
fn micro_usd(micro_usd: u64) -> String {
    format!("{}.{:06}", micro_usd / 1_000_000, micro_usd % 1_000_000)
}

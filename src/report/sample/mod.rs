//! A report written by hand: every resolution, hostile names, an unknown price, an exemption and gaps.

mod findings;

use jiff::civil::date;

pub(super) use findings::{RANKER, RESERVED, THROUGHPUT, TRAINER};
use findings::{
    claim, committed, flat_replicas, hostile, idle, informational, off_hours, superseded, text,
    unpriced,
};

use super::{
    Asked, BillTotal, Exempted, ExplainedDay, Explanation, NotJudged, PriceUse, Provenance, Report,
    RuleCoverage, TelemetrySummary, Totals,
};
use crate::{
    fact::SubjectKind,
    finding::{Fingerprint, Severity},
    snapshot::{CallCount, Gap},
    units::Usd,
    window::Window,
};

fn exempted() -> Exempted {
    let mut standby = idle();
    standby.finding.subject.name = text("standby-1");
    standby.finding.subject.resource_id =
        "arn:aws:ec2:us-east-1:111122223333:instance/i-0ffff".to_owned();
    standby.finding.fingerprint = Fingerprint::of("gpu-idle", &standby.finding.subject);
    Exempted {
        finding: standby,
        reason: "warm standby for the\nlaunch".to_owned(),
        until: date(2026, 11, 9),
    }
}

fn coverage() -> Vec<RuleCoverage> {
    vec![
        RuleCoverage {
            rule: "endpoint-off-hours".to_owned(),
            subject_kind: SubjectKind::Endpoint,
            severity: Severity::Medium,
            in_scope_count: 40,
            hit_count: 1,
            clear_count: 39,
            unknown_count: 0,
            counted_usd_per_month: claim(40_000, 48_000, 52_000),
        },
        RuleCoverage {
            rule: "gpu-idle".to_owned(),
            subject_kind: SubjectKind::Accelerator,
            severity: Severity::High,
            in_scope_count: 412,
            hit_count: 3,
            clear_count: 395,
            unknown_count: 14,
            counted_usd_per_month: claim(201_010, 223_380, 240_000),
        },
    ]
}

/// The report of an imaginary October.
pub(super) fn sample_report() -> Report {
    Report {
        window: Window::new(
            "2026-10-01T00:00:00Z".parse().expect("an instant"),
            "2026-10-31T00:00:00Z".parse().expect("an instant"),
        )
        .expect("a window"),
        totals: Totals {
            resource_count: 612,
            effective_usd_per_month: Some(Usd::from_cents(4_100_000)),
            effective_unpriced_count: 5,
            effective_untold_count: 30,
            counted_usd_per_month: claim(286_010, 335_380, 371_000),
            freed_usd_per_month: Usd::from_cents(90_000),
            waste_ratio: Some(0.10375),
            unpriced_count: 1,
            superseded_count: 1,
            not_judged_usd_per_month: Usd::from_cents(123_450),
            not_judged_unpriced_count: 3,
        },
        findings: vec![
            idle(),
            off_hours(),
            flat_replicas(),
            hostile(),
            superseded(),
            committed(),
            unpriced(),
            informational(),
        ],
        rules: coverage(),
        not_judged: vec![NotJudged {
            rules: vec!["gpu-idle".to_owned(), "gpu-off-hours".to_owned()],
            subject_kind: SubjectKind::Accelerator,
            because: vec!["gpu_util_max_ratio".to_owned()],
            too_thin: Vec::new(),
            subject_count: 14,
            kind_count: 412,
            resource_ids: vec![RESERVED.to_owned()],
            effective_usd_per_month: Some(Usd::from_cents(123_450)),
            unpriced_count: 3,
            meaning: "No GPU telemetry reached the audit.".to_owned(),
        }],
        gaps: vec![Gap {
            what: "account 444455556666".to_owned(),
            because: "permission ce:GetCostAndUsage is missing".to_owned(),
            hides: "the cost of 12 endpoints".to_owned(),
            remedy: "Attach the policy that `ai-cost policy aws` prints to arn:aws:iam::444455556666:role/audit-read-only-role.".to_owned(),
        }],
        exempted: vec![exempted()],
        exemption_notes: vec!["the exemption of notebook-idle for team=qa expired on 2026-09-30".to_owned()],
        bills: vec![BillTotal {
            file: "focus-2026-10.csv".to_owned(),
            format: "FOCUS 1.0".to_owned(),
            row_count: 18_204,
            file_usd: Usd::from_cents(4_043_836),
            imported_usd: Usd::from_cents(4_043_836),
            basis: "EffectiveCost".to_owned(),
        }],
        telemetry: TelemetrySummary {
            resource_count: 398,
            observed_hours: 281_502.0,
            gpu_util_mean_ratio: Some(0.3125),
            under_ten_percent_count: 61,
        },
        prices: vec![PriceUse {
            source: "AWS price list".to_owned(),
            priced_on: "2026-07-01".to_owned(),
            age_days: 122,
            price_count: 31,
        }],
        warnings: vec!["31 prices from AWS price list are 122 days old.".to_owned()],
        provenance: Provenance {
            tool_version: "0.1.0".to_owned(),
            snapshot_version: 1,
            snapshot_sha256: "11".repeat(32),
            rules_sha256: "22".repeat(32),
            settings_sha256: "33".repeat(32),
            catalog_sha256: "44".repeat(32),
            asked: vec![Asked {
                provider: "kubernetes".to_owned(),
                request_count: 48,
                retry_count: 2,
                received_bytes: 3_250_585,
                metric_count: 0,
                list_micro_usd: 0,
                calls: vec![CallCount {
                    provider: "kubernetes".to_owned(),
                    operation: "query_range".to_owned(),
                    request_count: 48,
                    retry_count: 2,
                    received_bytes: 3_250_585,
                    ..CallCount::default()
                }],
            }],
        },
    }
}

/// The off-hours finding of [`sample_report`] in full.
pub(super) fn sample_explanation() -> Explanation {
    let is_work = |hour: usize| hour < 120 && (8..18).contains(&(hour % 24));
    Explanation {
        finding: off_hours(),
        why: "An endpoint is paid by the hour, asked or not.\n\nNights and weekends without\nrequests are paid for nothing.".to_owned(),
        false_positives: "Endpoints that must answer at any hour.".to_owned(),
        remedy: "Scale the endpoint to zero outside its hours.".to_owned(),
        change: Some("aws application-autoscaling put-scheduled-action --resource-id endpoint/ranker-v2/variant/AllTraffic".to_owned()),
        hour_of_week_active_ratio: (0..168)
            .map(|hour| match hour {
                160.. => None,
                _ if is_work(hour) => Some(0.9),
                _ if hour % 24 == 7 => Some(0.3),
                _ => Some(0.0),
            })
            .collect(),
        hour_of_week_is_on: (0..168).map(|hour| is_work(hour + 1) || is_work(hour)).collect(),
        time_zone: "Europe/Berlin".to_owned(),
        days: (1..=15)
            .map(|day| ExplainedDay {
                day: date(2026, 10, day),
                before_usd: Usd::from_cents(4_000),
                after_usd: Usd::from_cents(if day % 7 < 2 { 0 } else { 2_000 }),
            })
            .collect(),
        prices: vec!["ml.g5.12xlarge on demand in eu-central-1: $8.86/h (AWS price list, 2026-07-01)".to_owned()],
    }
}

//! A report written by hand: every resolution, hostile names, an unknown price, an exemption and gaps.

use jiff::civil::date;

use super::{
    BillTotal, Exempted, ExplainedDay, Explanation, NotJudged, PriceUse, Provenance, Report,
    RuleCoverage, TelemetrySummary, Totals,
};
use crate::{
    fact::{SubjectKind, SubjectRef, Value},
    finding::{
        Action, Claim, Confidence, Evidence, Finding, Fingerprint, Resolution, Resolved, Severity,
    },
    snapshot::Gap,
    units::Usd,
    window::Window,
};

/// A name that tries everything at once.
pub(super) const HOSTILE_NAME: &str =
    "=HYPERLINK(\"http://x.io\")\u{1b}[31m|<script>`@all`</script>\u{202e}[a](b)\n## x";

pub(super) const TRAINER: &str = "arn:aws:ec2:us-east-1:111122223333:instance/i-0a1b2c3d4e5f60718";
pub(super) const RANKER: &str = "arn:aws:sagemaker:eu-central-1:111122223333:endpoint/ranker-v2";
pub(super) const NOTEBOOK: &str = "projects/lab-42/locations/europe-west4/instances/nb-7";
pub(super) const RESERVED: &str =
    "/subscriptions/5e3c/resourceGroups/ml/providers/Microsoft.Compute/virtualMachines/vm-a100-02";
pub(super) const THROUGHPUT: &str = "/subscriptions/5e3c/resourceGroups/ml/providers/Microsoft.CognitiveServices/accounts/openai-west-europe/deployments/gpt-summaries-production-with-a-very-long-name-0001";

fn claim(low: i64, likely: i64, high: i64) -> Claim {
    Claim {
        low: Usd::from_cents(low),
        likely: Usd::from_cents(likely),
        high: Usd::from_cents(high),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the fields it fills may be unknown")]
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn trainer() -> SubjectRef {
    SubjectRef {
        provider: "aws".to_owned(),
        account_id: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        resource_id: TRAINER.to_owned(),
        kind: "instance".to_owned(),
        name: text("trainer-07"),
        instance_type: text("p4d.24xlarge"),
        owner: text("ada@example.com"),
        team: text("research"),
    }
}

fn ranker() -> SubjectRef {
    SubjectRef {
        region: "eu-central-1".to_owned(),
        resource_id: RANKER.to_owned(),
        kind: "endpoint".to_owned(),
        name: None,
        instance_type: text("ml.g5.12xlarge"),
        owner: None,
        team: text("search | <b>ads</b>"),
        ..trainer()
    }
}

fn notebook() -> SubjectRef {
    SubjectRef {
        provider: "gcp".to_owned(),
        account_id: "lab-42".to_owned(),
        region: "europe-west4".to_owned(),
        resource_id: NOTEBOOK.to_owned(),
        kind: "notebook".to_owned(),
        name: text(HOSTILE_NAME),
        instance_type: text("a2-highgpu-1g"),
        owner: text("@everyone"),
        team: None,
    }
}

fn reserved() -> SubjectRef {
    SubjectRef {
        provider: "azure".to_owned(),
        account_id: "5e3c".to_owned(),
        region: "westeurope".to_owned(),
        resource_id: RESERVED.to_owned(),
        name: text("vm-a100-02"),
        instance_type: text("Standard_NC24ads_A100_v4"),
        ..trainer()
    }
}

fn throughput() -> SubjectRef {
    SubjectRef {
        resource_id: THROUGHPUT.to_owned(),
        kind: "provisioned_throughput".to_owned(),
        name: None,
        instance_type: None,
        owner: None,
        team: None,
        ..reserved()
    }
}

struct Hit<'a> {
    rule: &'a str,
    title: &'a str,
    kind: SubjectKind,
    subject: SubjectRef,
    severity: Severity,
    confidence: Confidence,
    action: Action,
    message: &'a str,
    evidence: Vec<Evidence>,
}

impl Hit<'_> {
    fn finding(self) -> Finding {
        Finding {
            fingerprint: Fingerprint::of(self.rule, &self.subject),
            rule: self.rule.to_owned(),
            title: self.title.to_owned(),
            subject_kind: self.kind,
            subject: self.subject,
            severity: self.severity,
            confidence: self.confidence,
            action: self.action,
            message: self.message.to_owned(),
            evidence: self.evidence,
        }
    }
}

fn evidence(fact: &'static str, value: impl Into<Value>) -> Evidence {
    Evidence { fact, value: value.into() }
}

fn idle() -> Resolved {
    let finding = Hit {
        rule: "gpu-idle",
        title: "GPU machine without work",
        kind: SubjectKind::Accelerator,
        subject: trainer(),
        severity: Severity::High,
        confidence: Confidence::High,
        action: Action::Stop { verb: "stop" },
        message: "No GPU of trainer-07 was above 1 % in 710 of 720 hours: stop it, and start it when there is work.",
        evidence: vec![
            evidence("running_hours", 720.0),
            evidence("gpu_util_max_ratio", 0.0084),
            evidence("gpu_mem_gib_per_gpu", 40.0),
            evidence("is_production", false),
            evidence("purchase_option", "on_demand"),
            evidence("gpu_power_mean_watts", None::<f64>),
        ],
    };
    Resolved {
        finding: finding.finding(),
        claim_usd_per_month: Some(claim(201_010, 223_380, 240_000)),
        counted_usd_per_month: claim(201_010, 223_380, 240_000),
        freed_usd_per_month: Usd::ZERO,
        resolution: Resolution::Counted,
    }
}

fn off_hours() -> Resolved {
    let finding = Hit {
        rule: "endpoint-off-hours",
        title: "Endpoint without requests at night",
        kind: SubjectKind::Endpoint,
        subject: ranker(),
        severity: Severity::Medium,
        confidence: Confidence::High,
        action: Action::Schedule { warmup_hours: 1.0 },
        message: "No requests between 20:00 and 06:00: scale arn:aws:sagemaker:eu-central-1:111122223333:endpoint/ranker-v2 to zero at night.",
        evidence: vec![evidence("quiet_hours", 310.0)],
    };
    Resolved {
        finding: finding.finding(),
        claim_usd_per_month: Some(claim(50_000, 60_000, 65_000)),
        counted_usd_per_month: claim(40_000, 48_000, 52_000),
        freed_usd_per_month: Usd::ZERO,
        resolution: Resolution::Reduced {
            by: vec![Fingerprint::of("endpoint-flat-replicas", &ranker())],
        },
    }
}

fn flat_replicas() -> Resolved {
    let finding = Hit {
        rule: "endpoint-flat-replicas",
        title: "Replicas that do not follow the traffic",
        kind: SubjectKind::Endpoint,
        subject: ranker(),
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        action: Action::Scale { headroom_ratio: 1.3, min_count: 1.0, cooldown_hours: 1.0 },
        message: "4 replicas all day, while traffic needs between 1 and 3.",
        evidence: vec![evidence("replica_count", 4.0)],
    };
    Resolved {
        finding: finding.finding(),
        claim_usd_per_month: Some(claim(35_000, 44_000, 50_000)),
        counted_usd_per_month: claim(25_000, 32_000, 38_000),
        freed_usd_per_month: Usd::ZERO,
        resolution: Resolution::Reduced {
            by: vec![Fingerprint::of("endpoint-off-hours", &ranker())],
        },
    }
}

fn hostile() -> Resolved {
    let finding = Hit {
        rule: "notebook-idle",
        title: "Notebook nobody uses",
        kind: SubjectKind::Notebook,
        subject: notebook(),
        severity: Severity::Low,
        confidence: Confidence::Low,
        action: Action::Stop { verb: "delete" },
        message: "Nobody used \u{1b}]0;owned\u{7}<b>it</b> for 41 days.",
        evidence: vec![evidence("idle_days", 41.0), evidence("name", HOSTILE_NAME)],
    };
    Resolved {
        finding: finding.finding(),
        claim_usd_per_month: Some(claim(20_000, 32_000, 41_000)),
        counted_usd_per_month: claim(20_000, 32_000, 41_000),
        freed_usd_per_month: Usd::ZERO,
        resolution: Resolution::Counted,
    }
}

fn committed() -> Resolved {
    let finding = Hit {
        rule: "gpu-idle",
        title: "GPU machine without work",
        kind: SubjectKind::Accelerator,
        subject: reserved(),
        severity: Severity::High,
        confidence: Confidence::High,
        action: Action::Stop { verb: "stop" },
        message: "No GPU of vm-a100-02 was above 1 % in 700 of 720 hours.",
        evidence: vec![evidence("running_hours", 720.0)],
    };
    Resolved {
        finding: finding.finding(),
        claim_usd_per_month: Some(claim(90_000, 90_000, 90_000)),
        counted_usd_per_month: Claim::ZERO,
        freed_usd_per_month: Usd::from_cents(90_000),
        resolution: Resolution::Committed,
    }
}

fn superseded() -> Resolved {
    let finding = Hit {
        rule: "gpu-on-demand-interruptible",
        title: "Interruptible work on demand",
        kind: SubjectKind::Accelerator,
        subject: trainer(),
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        action: Action::Reprice {
            target: "spot".to_owned(),
            price_ratio: Some(0.4),
            rework_ratio: 0.05,
            price_spread_ratio: 0.2,
        },
        message: "Training on demand: spot costs 40 % of it.",
        evidence: vec![evidence("on_demand_usd_per_hour", 32.7726)],
    };
    Resolved {
        finding: finding.finding(),
        claim_usd_per_month: Some(claim(90_000, 120_000, 130_000)),
        counted_usd_per_month: Claim::ZERO,
        freed_usd_per_month: Usd::ZERO,
        resolution: Resolution::Superseded { by: vec![Fingerprint::of("gpu-idle", &trainer())] },
    }
}

fn unpriced() -> Resolved {
    let finding = Hit {
        rule: "provisioned-throughput-underused",
        title: "Provisioned throughput that is not used",
        kind: SubjectKind::Throughput,
        subject: throughput(),
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        action: Action::Scale { headroom_ratio: 1.2, min_count: 15.0, cooldown_hours: 0.0 },
        message: "At most 11 % of 100 units were used.",
        evidence: vec![evidence("throughput_util_max_ratio", 0.11)],
    };
    Resolved {
        finding: finding.finding(),
        claim_usd_per_month: None,
        counted_usd_per_month: Claim::ZERO,
        freed_usd_per_month: Usd::ZERO,
        resolution: Resolution::Unpriced,
    }
}

fn informational() -> Resolved {
    let finding = Hit {
        rule: "region-not-allowed",
        title: "Resource outside the approved regions",
        kind: SubjectKind::Resource,
        subject: notebook(),
        severity: Severity::Info,
        confidence: Confidence::High,
        action: Action::Inform,
        message: "europe-west4 is not an approved region.",
        evidence: vec![evidence("region", "europe-west4")],
    };
    Resolved {
        finding: finding.finding(),
        claim_usd_per_month: Some(Claim::ZERO),
        counted_usd_per_month: Claim::ZERO,
        freed_usd_per_month: Usd::ZERO,
        resolution: Resolution::Informational,
    }
}

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
            counted_usd_per_month: claim(286_010, 335_380, 371_000),
            freed_usd_per_month: Usd::from_cents(90_000),
            waste_ratio: Some(0.10375),
            unpriced_count: 1,
            superseded_count: 1,
            not_judged_usd_per_month: Usd::from_cents(123_450),
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
            subject_count: 14,
            kind_count: 412,
            resource_ids: vec![RESERVED.to_owned()],
            effective_usd_per_month: Some(Usd::from_cents(123_450)),
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

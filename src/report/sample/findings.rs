//! The findings of the sample: one per resolution, and hostile names.

use crate::{
    fact::{SubjectKind, SubjectRef, Value},
    finding::{
        Action, Claim, Confidence, Evidence, Finding, Fingerprint, Resolution, Resolved, Severity,
    },
    units::Usd,
};

/// A name that tries everything at once.
pub(in crate::report) const HOSTILE_NAME: &str =
    "=HYPERLINK(\"http://x.io\")\u{1b}[31m|<script>`@all`</script>\u{202e}[a](b)\n## x";

pub(in crate::report) const TRAINER: &str =
    "arn:aws:ec2:us-east-1:111122223333:instance/i-0a1b2c3d4e5f60718";
pub(in crate::report) const RANKER: &str =
    "arn:aws:sagemaker:eu-central-1:111122223333:endpoint/ranker-v2";
pub(in crate::report) const NOTEBOOK: &str =
    "projects/lab-42/locations/europe-west4/instances/nb-7";
pub(in crate::report) const RESERVED: &str =
    "/subscriptions/5e3c/resourceGroups/ml/providers/Microsoft.Compute/virtualMachines/vm-a100-02";
pub(in crate::report) const THROUGHPUT: &str = "/subscriptions/5e3c/resourceGroups/ml/providers/Microsoft.CognitiveServices/accounts/openai-west-europe/deployments/gpt-summaries-production-with-a-very-long-name-0001";

pub(super) fn claim(low: i64, likely: i64, high: i64) -> Claim {
    Claim {
        low: Usd::from_cents(low),
        likely: Usd::from_cents(likely),
        high: Usd::from_cents(high),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the fields it fills may be unknown")]
pub(super) fn text(text: &str) -> Option<String> {
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

pub(super) fn idle() -> Resolved {
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
        commitment: None,
    }
}

pub(super) fn off_hours() -> Resolved {
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
        commitment: None,
        resolution: Resolution::Reduced {
            by: vec![Fingerprint::of("endpoint-flat-replicas", &ranker())],
        },
    }
}

pub(super) fn flat_replicas() -> Resolved {
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
        commitment: None,
        resolution: Resolution::Reduced {
            by: vec![Fingerprint::of("endpoint-off-hours", &ranker())],
        },
    }
}

pub(super) fn hostile() -> Resolved {
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
        commitment: None,
    }
}

pub(super) fn committed() -> Resolved {
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
        commitment: None,
    }
}

pub(super) fn superseded() -> Resolved {
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
        commitment: None,
    }
}

pub(super) fn unpriced() -> Resolved {
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
        commitment: None,
    }
}

pub(super) fn informational() -> Resolved {
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
        commitment: None,
    }
}

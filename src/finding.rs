//! From facts to findings: the point where floats become exact money.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    fact::{SubjectKind, SubjectRef, Value},
    units::Usd,
};

/// How much a finding matters by default; a rule states it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; promises nothing.
    Info,
    /// Small or uncertain.
    Low,
    /// Worth a ticket.
    Medium,
    /// Worth a call.
    High,
}

/// How sure a finding is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// One signal, or a thin one.
    Low,
    /// The main signal is there; a supporting one is missing.
    Medium,
    /// All signals agree.
    High,
}

impl Severity {
    /// The word in rule files and output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Confidence {
    /// The word in rule files and output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The confidence of this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High]
            .into_iter()
            .find(|confidence| confidence.word() == word)
    }
}

/// What one would do, with its numbers worked out for one subject. A saving replays it on the subject's bill.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Stop it, delete it or give it back: nothing is paid from then on.
    Stop {
        /// The word of the rule: `stop`, `delete` or `release`.
        verb: &'static str,
    },
    /// Switch it off in the hours a weekly calendar calls off.
    Schedule {
        /// Hours it is started early, before each on-period.
        warmup_hours: f64,
    },
    /// Run as many units as the load needs.
    Scale {
        /// Need is multiplied by this.
        headroom_ratio: f64,
        /// Never fewer units.
        min_count: f64,
        /// Hours a unit is kept after the load that needed it has gone.
        cooldown_hours: f64,
    },
    /// Run fewer units, always as many: what the busiest hour needs.
    Shrink {
        /// The busiest hour's need is multiplied by this.
        headroom_ratio: f64,
        /// Never fewer units.
        min_count: f64,
    },
    /// Move to another machine type.
    Resize {
        /// The machine type.
        target: String,
        /// New price ÷ current price. `None`: no price, so the saving is unknown.
        price_ratio: Option<f64>,
        /// Running time on the target ÷ running time now, 1 where the load is not bound by compute.
        stretch_ratio: f64,
    },
    /// Pay another price for the same machine.
    Reprice {
        /// The purchase option to move to: `spot`, `commit_1y`, ….
        target: String,
        /// New price ÷ current price. `None`: no price, so the saving is unknown.
        price_ratio: Option<f64>,
        /// Work done again because of interruptions, as a share of all work.
        rework_ratio: f64,
        /// How far the new price may lie from `price_ratio`, as a share of it.
        price_spread_ratio: f64,
    },
    /// Serve the same requests another way, paid by the request.
    Reroute {
        /// Price of a request there. `None`: no price, so the saving is unknown.
        usd_per_request: Option<f64>,
    },
    /// A monthly amount the rule computes itself.
    Amount {
        /// What it would save. `None`: unknown.
        usd_per_month: Option<f64>,
    },
    /// Nothing to save: the finding informs.
    Inform,
}

impl Action {
    /// The action's name in every output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Stop { verb } => verb,
            Self::Schedule { .. } => "schedule",
            Self::Scale { .. } => "scale",
            Self::Shrink { .. } => "shrink",
            Self::Resize { .. } => "resize",
            Self::Reprice { .. } => "reprice",
            Self::Reroute { .. } => "reroute",
            Self::Amount { .. } => "amount",
            Self::Inform => "inform",
        }
    }

    /// What to move to, where there is such a thing.
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Resize { target, .. } | Self::Reprice { target, .. } => Some(target),
            Self::Stop { .. }
            | Self::Schedule { .. }
            | Self::Scale { .. }
            | Self::Shrink { .. }
            | Self::Reroute { .. }
            | Self::Amount { .. }
            | Self::Inform => None,
        }
    }
}

/// One fact that a rule read, with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Name of the fact.
    pub fact: &'static str,
    /// Its value for this subject.
    pub value: Value,
}

/// Identity of a finding across runs: rule and subject, nothing that changes with time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a rule's finding about a subject: 12 hexadecimal digits of a SHA-256.
    pub fn of(rule: &str, subject: &SubjectRef) -> Self {
        let digest = Sha256::new()
            .chain_update(rule)
            .chain_update([0])
            .chain_update(&subject.resource_id)
            .finalize();
        Self(hex(digest.get(..6).unwrap_or_default()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        digits.extend(
            [byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16).unwrap_or('0')),
        );
        digits
    })
}

/// A rule's hit on a subject: what, why and what one would do. Its money comes later, from the replay.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Rule id.
    pub rule: String,
    /// Title of the rule.
    pub title: String,
    /// Kind of the subject.
    pub subject_kind: SubjectKind,
    /// The subject.
    pub subject: SubjectRef,
    /// How much it matters.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What one would do.
    pub action: Action,
    /// One line for people.
    pub message: String,
    /// Exactly what the rule read.
    pub evidence: Vec<Evidence>,
    /// Identity across runs.
    pub fingerprint: Fingerprint,
}

/// Money per month with its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Claim {
    /// Cautious end.
    pub low: Usd,
    /// What the replay of the window says.
    pub likely: Usd,
    /// Hopeful end.
    pub high: Usd,
}

impl Claim {
    /// Nothing.
    pub const ZERO: Self = Self { low: Usd::ZERO, likely: Usd::ZERO, high: Usd::ZERO };
}

impl std::ops::Add for Claim {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            low: self.low + other.low,
            likely: self.likely + other.likely,
            high: self.high + other.high,
        }
    }
}

impl std::iter::Sum for Claim {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, |a, b| a + b)
    }
}

/// How much of a claim counts, and why not all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// All of it counts.
    Counted,
    /// Shared with other findings of the same subject, whose fingerprints these are.
    Reduced {
        /// Fingerprints of the others.
        by: Vec<Fingerprint>,
    },
    /// Nothing counts: these findings of the same subject save more.
    Superseded {
        /// Fingerprints of the winners.
        by: Vec<Fingerprint>,
    },
    /// Part or all of it is paid either way: it frees capacity and saves when the term ends, the reservation is given back or
    /// something else uses it.
    Committed,
    /// No price is known: the waste is real, its money is not known and counts nothing.
    Unpriced,
    /// The rule informs and promises nothing.
    Informational,
}

impl Resolution {
    /// The word in every output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Reduced { .. } => "reduced",
            Self::Superseded { .. } => "superseded",
            Self::Committed => "committed",
            Self::Unpriced => "unpriced",
            Self::Informational => "informational",
        }
    }
}

/// What to commit to for the load that all other findings leave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettledCommitment {
    /// The load to cover, at the on-demand price.
    pub on_demand_usd_per_hour: f64,
    /// The same at the committed price, which is what a plan asks for. Rounded down to a tenth of a cent.
    pub committed_usd_per_hour: f64,
    /// The same in whole machines, which is what a reservation asks for. `None`: less than one.
    pub machine_count: Option<f64>,
}

/// A finding after overlaps.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The finding.
    pub finding: Finding,
    /// What it would save alone. `None`: no price is known.
    pub claim_usd_per_month: Option<Claim>,
    /// What counts in the total.
    pub counted_usd_per_month: Claim,
    /// Paid in advance: freed, but not saved.
    pub freed_usd_per_month: Usd,
    /// Why `counted` is not the claim.
    pub resolution: Resolution,
    /// What to commit to. `None`: it proposes no commitment, or none that pays.
    pub commitment: Option<SettledCommitment>,
}

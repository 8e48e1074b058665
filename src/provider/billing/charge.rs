//! One charge in our words, between the formats and the frames.

use std::borrow::Cow;

use super::money::Pico;

/// The kind of a charge, in the words of the `costs` frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::provider) enum ChargeKind {
    Usage,
    CommitmentFee,
    CommitmentUnused,
    ReservationUnused,
    Credit,
    Tax,
    Refund,
    Support,
    Adjustment,
}

impl ChargeKind {
    /// Whether it is the price of running something, or of capacity held for it.
    pub(in crate::provider) fn is_usage(self) -> bool {
        matches!(self, Self::Usage | Self::CommitmentUnused | Self::ReservationUnused)
    }

    pub(in crate::provider) fn word(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::CommitmentFee => "commitment_fee",
            Self::CommitmentUnused => "commitment_unused",
            Self::ReservationUnused => "reservation_unused",
            Self::Credit => "credit",
            Self::Tax => "tax",
            Self::Refund => "refund",
            Self::Support => "support",
            Self::Adjustment => "adjustment",
        }
    }
}

/// How usage was bought, in the words of the frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::provider) enum Purchase {
    OnDemand,
    Spot,
    Committed,
}

impl Purchase {
    pub(in crate::provider) fn word(self) -> &'static str {
        match self {
            Self::OnDemand => "on_demand",
            Self::Spot => "spot",
            Self::Committed => "committed",
        }
    }
}

/// Which part of a commitment a charge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::provider) enum Part {
    /// Paid for and used; what is not used has charges of its own.
    Used(Pico),
    /// Paid for and used; only another kind of charge tells whether there is more.
    UsedOfMore(Pico),
    /// Used; the bill does not tell for how much.
    UsedUntold,
    /// Paid for and not used.
    Unused(Pico),
    /// Both stated at once.
    Both { committed: Pico, used: Pico },
    /// Paid for; the bill does not tell the use.
    Paid(Pico),
    /// Mentioned only.
    Mentioned,
}

/// A commitment as a charge tells of it.
#[derive(Debug, Clone)]
pub(in crate::provider) struct CommitmentShare<'r> {
    pub(in crate::provider) id: Cow<'r, str>,
    pub(in crate::provider) kind: &'static str,
    pub(in crate::provider) part: Part,
    /// Machine type it is for, where the charge says so.
    pub(in crate::provider) instance_type: Option<Cow<'r, str>>,
}

/// The resource a charge is for.
#[derive(Debug, Clone)]
pub(in crate::provider) struct Thing<'r> {
    pub(in crate::provider) native_id: Cow<'r, str>,
    pub(in crate::provider) kind: &'static str,
    pub(in crate::provider) name: Option<Cow<'r, str>>,
    /// A JSON object with sorted keys.
    pub(in crate::provider) tags_json: Option<String>,
}

/// One charge.
#[derive(Debug, Clone)]
pub(in crate::provider) struct Charge<'r> {
    pub(in crate::provider) provider: Cow<'r, str>,
    pub(in crate::provider) account_id: Cow<'r, str>,
    pub(in crate::provider) region: Option<Cow<'r, str>>,
    pub(in crate::provider) zone: Option<Cow<'r, str>>,
    pub(in crate::provider) service: Cow<'r, str>,
    pub(in crate::provider) sku: Cow<'r, str>,
    pub(in crate::provider) instance_type: Option<Cow<'r, str>>,
    pub(in crate::provider) thing: Option<Thing<'r>>,
    /// Milliseconds since 1970, half-open.
    pub(in crate::provider) start: i64,
    pub(in crate::provider) end: i64,
    /// Whether the period tells which hours were billed.
    pub(in crate::provider) is_hourly: bool,
    pub(in crate::provider) kind: ChargeKind,
    pub(in crate::provider) purchase: Option<Purchase>,
    pub(in crate::provider) commitment_id: Option<Cow<'r, str>>,
    pub(in crate::provider) quantity: Option<f64>,
    pub(in crate::provider) unit: Option<Cow<'r, str>>,
    pub(in crate::provider) list: Option<Pico>,
    pub(in crate::provider) billed: Option<Pico>,
    pub(in crate::provider) effective: Option<Pico>,
    /// The commitments it is a part of.
    pub(in crate::provider) shares: Vec<CommitmentShare<'r>>,
}

/// What the cost columns of one row say before any treatment.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::provider) struct Own {
    pub(in crate::provider) billed: Option<Pico>,
    pub(in crate::provider) effective: Option<Pico>,
}

//! One charge in our words, between the formats and the frames.

use std::borrow::Cow;

use super::money::Pico;

/// The kind of a charge, in the words of the `costs` frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ChargeKind {
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
    pub(super) fn is_usage(self) -> bool {
        matches!(self, Self::Usage | Self::CommitmentUnused | Self::ReservationUnused)
    }

    pub(super) fn word(self) -> &'static str {
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
pub(super) enum Purchase {
    OnDemand,
    Spot,
    Committed,
}

impl Purchase {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::OnDemand => "on_demand",
            Self::Spot => "spot",
            Self::Committed => "committed",
        }
    }
}

/// Which part of a commitment a charge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Paid for and used; what is not used has charges of its own.
    Used(Pico),
    /// Paid for and used; only another kind of charge tells whether there is more.
    UsedOfMore(Pico),
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
pub(super) struct CommitmentShare<'r> {
    pub(super) id: Cow<'r, str>,
    pub(super) kind: &'static str,
    pub(super) part: Part,
    /// Machine type it is for, where the charge says so.
    pub(super) instance_type: Option<Cow<'r, str>>,
}

/// The resource a charge is for.
#[derive(Debug, Clone)]
pub(super) struct Thing<'r> {
    pub(super) native_id: Cow<'r, str>,
    pub(super) kind: &'static str,
    pub(super) name: Option<Cow<'r, str>>,
    /// A JSON object with sorted keys.
    pub(super) tags_json: Option<String>,
}

/// One charge.
#[derive(Debug, Clone)]
pub(super) struct Charge<'r> {
    pub(super) provider: Cow<'r, str>,
    pub(super) account_id: Cow<'r, str>,
    pub(super) region: Option<Cow<'r, str>>,
    pub(super) zone: Option<Cow<'r, str>>,
    pub(super) service: Cow<'r, str>,
    pub(super) sku: Cow<'r, str>,
    pub(super) instance_type: Option<Cow<'r, str>>,
    pub(super) thing: Option<Thing<'r>>,
    /// Milliseconds since 1970, half-open.
    pub(super) start: i64,
    pub(super) end: i64,
    /// Whether the period tells which hours were billed.
    pub(super) is_hourly: bool,
    pub(super) kind: ChargeKind,
    pub(super) purchase: Option<Purchase>,
    pub(super) commitment_id: Option<Cow<'r, str>>,
    pub(super) quantity: Option<f64>,
    pub(super) unit: Option<Cow<'r, str>>,
    pub(super) list: Option<Pico>,
    pub(super) billed: Option<Pico>,
    pub(super) effective: Option<Pico>,
    /// The commitments it is a part of.
    pub(super) shares: Vec<CommitmentShare<'r>>,
}

/// What the cost columns of one row say before any treatment.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Own {
    pub(super) billed: Option<Pico>,
    pub(super) effective: Option<Pico>,
}

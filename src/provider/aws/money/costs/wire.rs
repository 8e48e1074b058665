//! What Cost Explorer says, as far as it is read.

/// What was spent on one day under one pair of keys.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Spent {
    /// `2026-10-01`.
    pub(super) day: Option<String>,
    /// One for each thing that was grouped by.
    pub(super) keys: Vec<String>,
    /// Amortised, after private discounts.
    pub(super) net_amortized: Option<String>,
    /// Amortised.
    pub(super) amortized: Option<String>,
    /// As invoiced.
    pub(super) unblended: Option<String>,
    /// Currency of the amounts.
    pub(super) currency: Option<String>,
    /// Units of use.
    pub(super) quantity: Option<String>,
}

/// The answers about some accounts.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Answers {
    /// Usage that no commitment covers, by usage type and account.
    pub(super) usage: Vec<Spent>,
    /// Usage that a commitment covers, likewise.
    pub(super) covered: Vec<Spent>,
    /// Everything else, by type of record and account.
    pub(super) rest: Vec<Spent>,
    /// Volumes, by usage type and account.
    pub(super) volumes: Vec<Spent>,
}

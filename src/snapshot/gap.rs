//! What could not be seen, why, and what it hides.

use serde::{Deserialize, Serialize};

/// Something a provider could not read. It is part of the result, never an error.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// What is missing, named: an account, a region, a permission, a column.
    pub what: String,
    /// Why, as a lowercase fragment: `permission ce:GetCostAndUsage is missing`.
    pub because: String,
    /// What cannot be known because of it, as a lowercase fragment: `the cost of 12 endpoints`.
    pub hides: String,
    /// What to do about it, in the imperative.
    pub remedy: String,
}

//! Reserved capacity that stood idle, where a bill does not say whose it was.

use crate::frame::{CommitmentRow, CostRow};

/// Reserved capacity that was not used, as far as a bill says what it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UnusedCapacity {
    provider: String,
    account_id: String,
    region: Option<String>,
    instance_type: Option<String>,
}

impl UnusedCapacity {
    pub(super) fn of(row: &CostRow) -> Self {
        let CostRow { provider, account_id, region, instance_type, .. } = row.clone();
        Self { provider, account_id, region, instance_type }
    }

    /// Whether it may be a reservation's. What either leaves open may be the same.
    pub(super) fn may_be_of(&self, reservation: &CommitmentRow) -> bool {
        let may_be = |said: &Option<String>, scope: &Option<String>| {
            said.is_none() || scope.is_none() || said == scope
        };
        self.provider == reservation.provider
            && self.account_id == reservation.account_id
            && may_be(&self.region, &reservation.scope_region)
            && may_be(&self.instance_type, &reservation.scope_instance_type)
    }
}

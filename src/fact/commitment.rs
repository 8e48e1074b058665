//! Facts of reservations, plans and capacity reservations.

use super::{
    cost::CostIndex,
    specs::{CommitmentFacts, CommonFacts},
    table::{FactRow, SubjectRef},
};
use crate::{
    frame::CommitmentRow,
    units::HOURS_PER_MONTH,
    window::{MS_PER_HOUR, Window},
};

/// One row per commitment, by id.
pub(super) fn rows(
    commitments: &[CommitmentRow],
    costs: &CostIndex,
    window: Window,
) -> Vec<FactRow> {
    let mut commitments: Vec<&CommitmentRow> = commitments.iter().collect();
    commitments.sort_by(|a, b| a.commitment_id.cmp(&b.commitment_id));
    commitments.into_iter().map(|row| fact_row(row, costs, window)).collect()
}

/// The last part of a global id, an ARN or a path: what a provider's commands take.
fn own_id(commitment_id: &str) -> &str {
    commitment_id.rsplit(['/', ':']).find(|part| !part.is_empty()).unwrap_or(commitment_id)
}

fn fact_row(row: &CommitmentRow, costs: &CostIndex, window: Window) -> FactRow {
    let monthly = |usd: f64| usd / window.hours() * HOURS_PER_MONTH;
    let of_bill = costs
        .unused_of(&row.commitment_id)
        .filter(|cost| cost.untold_count(window) == 0)
        .map(|cost| cost.hourly(window, None).total_usd());
    // A bill has a line for every hour of reserved capacity in which nothing ran.
    let is_reserved = row.kind == "capacity_reservation";
    let of_silence = || (is_reserved && costs.shows_none_unused(row)).then_some(0.0);
    let of_row = row.window_committed_usd.zip(row.window_used_usd).map(|(all, used)| all - used);
    let unused = of_bill.or_else(of_silence).or(of_row);
    let committed = row.window_committed_usd;
    let facts = CommitmentFacts {
        committed_usd_per_month: committed.map(monthly),
        unused_usd_per_month: unused.map(monthly),
        used_ratio: unused
            .zip(committed)
            .filter(|(_, all)| *all > 0.0)
            .map(|(unused, all)| (1.0 - unused / all).clamp(0.0, 1.0)),
        term_left_days: row
            .ends_at
            .map(|at| (at.0 - window.end * MS_PER_HOUR) as f64 / (24 * MS_PER_HOUR) as f64),
    };
    let region = row.scope_region.clone().unwrap_or_else(|| "global".to_owned());
    let common = CommonFacts {
        resource_id: Some(row.commitment_id.clone()),
        native_id: Some(own_id(&row.commitment_id).to_owned()),
        provider: Some(row.provider.clone()),
        account_id: Some(row.account_id.clone()),
        region: Some(region.clone()),
        kind: Some(row.kind.clone()),
        instance_type: row.scope_instance_type.clone(),
        purchase_option: Some("committed".to_owned()),
        is_production: Some(false),
        is_latency_bound: Some(false),
        is_standby: Some(false),
        spot_is_allowed: Some(false),
        effective_usd_per_month: committed.map(monthly),
        ..CommonFacts::default()
    };
    let mut values = common.values();
    values.extend(facts.values());
    FactRow {
        subject: SubjectRef {
            provider: row.provider.clone(),
            account_id: row.account_id.clone(),
            region,
            resource_id: row.commitment_id.clone(),
            kind: row.kind.clone(),
            name: None,
            instance_type: row.scope_instance_type.clone(),
            owner: None,
            team: None,
        },
        values,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_takes_the_last_part_of_a_commitments_id() {
        for (id, own) in [
            ("aws:111122223333:eu-west-1:capacity_reservation/cr-0a1b", "cr-0a1b"),
            ("arn:aws:ec2:eu-west-1:111122223333:capacity-reservation/cr-0a1b", "cr-0a1b"),
            ("aws:111122223333:eu-west-1:cr-0a1b", "cr-0a1b"),
            ("cr-0a1b", "cr-0a1b"),
        ] {
            assert_eq!(own_id(id), own);
        }
    }
}

//! Plans and reservations with the part of them that was used.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{Days, number},
    wire::{Plan, PlanUse, ReservationUse},
};
use crate::{
    frame::{Arn, CommitmentRow, InstantMs},
    window::{MS_PER_HOUR, Window},
};

/// Use of a commitment, by the name it goes by.
pub(super) type Uses = BTreeMap<String, Use>;

/// What was paid for and used over some days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Use {
    /// Share that was used. `None`: not told, or nothing could be used.
    pub(super) used_ratio: Option<f64>,
    /// What those days cost. `None`: not told.
    pub(super) paid_usd: Option<f64>,
}

/// By the ARN of the plan.
pub(super) fn plan_uses(uses: &[PlanUse]) -> Uses {
    uses.iter()
        .filter_map(|plan| {
            let paid_usd = number(plan.total.as_deref());
            let used_ratio = ratio(number(plan.used.as_deref()), paid_usd);
            Some((plan.arn.clone()?, Use { used_ratio, paid_usd }))
        })
        .collect()
}

/// By every name of the reservation.
pub(super) fn reservation_uses(uses: &[ReservationUse]) -> Uses {
    uses.iter()
        .flat_map(|reservation| {
            let hours = number(reservation.purchased_hours.as_deref());
            let used_ratio = ratio(number(reservation.actual_hours.as_deref()), hours);
            let paid_usd = number(reservation.amortized_fee.as_deref());
            let told = Use { used_ratio, paid_usd };
            reservation.names.iter().map(move |name| (name.clone(), told))
        })
        .collect()
}

/// Hours that were rounded may be a little more than all.
fn ratio(part: Option<f64>, whole: Option<f64>) -> Option<f64> {
    let (part, whole) = part.zip(whole)?;
    (whole > 0.0).then(|| (part / whole).clamp(0.0, 1.0))
}

/// The plan as a row, if it may cover machines and was in force within the window. Bills call a plan by its ARN.
///
/// A plan for SageMaker covers `ml` machines and nothing else; one for Compute covers every machine but those.
pub(super) fn plan_row(plan: &Plan, account_id: &str, window: Window) -> Option<CommitmentRow> {
    let covers = |product: &String| {
        ![
            "Database",
            "RDS",
            "DocDB",
            "DMS",
            "DSQL",
            "DynamoDB",
            "ElastiCache",
            "Keyspaces",
            "Neptune",
            "OpenSearch",
            "Timestream",
        ]
        .contains(&product.as_str())
    };
    let is_of_machines = plan.product_types.is_empty() || plan.product_types.iter().any(covers);
    let arn = plan.arn.clone().filter(|_| is_of_machines)?;
    let owner = Arn::parse(&arn).map(|arn| arn.account).filter(|id| !id.is_empty());
    let is_dollars = plan.currency.as_deref().is_none_or(|currency| currency == "USD");
    let row = CommitmentRow {
        account_id: owner.unwrap_or(account_id).to_owned(),
        commitment_id: arn,
        provider: "aws".to_owned(),
        kind: "savings_plan".to_owned(),
        scope_region: plan.region.clone().filter(|region| !region.is_empty()),
        scope_instance_type: match plan.covers.as_deref() {
            Some("SageMaker") => Some("ml".to_owned()),
            _ => plan.instance_family.clone().filter(|family| !family.is_empty()),
        },
        starts_at: instant(plan.start.as_deref()),
        ends_at: instant(plan.end.as_deref()),
        committed_usd_per_hour: number(plan.commitment.as_deref()).filter(|_| is_dollars),
        window_committed_usd: None,
        window_used_usd: None,
    };
    (hours_in(&row, window.start * MS_PER_HOUR, window.end * MS_PER_HOUR) > 0.0).then_some(row)
}

/// Fills in what a commitment cost in the window, and what of it was used: at the rate of the days that are told.
pub(super) fn used(
    mut row: CommitmentRow,
    told: Option<Use>,
    window: Window,
    days: Days,
) -> CommitmentRow {
    let hours = hours_in(&row, window.start * MS_PER_HOUR, window.end * MS_PER_HOUR);
    let told_hours = hours_in(&row, days.start, days.end);
    let by_days = || {
        let paid_usd = told?.paid_usd?;
        (told_hours > 0.0).then(|| paid_usd / told_hours)
    };
    let usd_per_hour = row.committed_usd_per_hour.or_else(by_days);
    row.window_committed_usd = usd_per_hour.map(|usd| usd * hours);
    row.window_used_usd = row
        .window_committed_usd
        .zip(told.and_then(|told| told.used_ratio))
        .map(|(committed, ratio)| committed * ratio);
    row
}

/// The use of a reservation: by its id, which is the last part of whatever its row calls it.
pub(super) fn use_of<'u>(uses: &'u Uses, commitment_id: &str) -> Option<&'u Use> {
    let id = commitment_id.rsplit(['/', ':']).next().unwrap_or(commitment_id);
    uses.get(commitment_id).or_else(|| uses.get(id))
}

/// Those whose use is not told.
pub(super) fn without_use(rows: &[CommitmentRow], uses: &Uses) -> BTreeSet<String> {
    let untold = rows.iter().filter(|row| use_of(uses, &row.commitment_id).is_none());
    untold.map(|row| row.commitment_id.clone()).collect()
}

/// Hours of `[start, end)` that lie in the term. A term without a start or end goes on beyond.
pub(in crate::provider::aws::money) fn hours_in(row: &CommitmentRow, start: i64, end: i64) -> f64 {
    let from = row.starts_at.map_or(start, |at| at.0.max(start));
    let to = row.ends_at.map_or(end, |at| at.0.min(end));
    (to - from).max(0) as f64 / MS_PER_HOUR as f64
}

fn instant(text: Option<&str>) -> Option<InstantMs> {
    let at: jiff::Timestamp = text?.parse().ok()?;
    Some(InstantMs(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:savingsplans::111122223333:savingsplan/0a1b";

    #[expect(clippy::unnecessary_wraps, reason = "AWS may leave out any field")]
    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn ms(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    /// October 2026.
    fn window() -> Window {
        let at = |text: &str| text.parse().unwrap();
        Window::new(at("2026-10-01T00:00:00Z"), at("2026-10-31T00:00:00Z")).unwrap()
    }

    fn days() -> Days {
        Days { start: ms("2026-10-01T00:00:00Z"), end: ms("2026-10-29T00:00:00Z") }
    }

    fn plan() -> Plan {
        Plan {
            arn: text(ARN),
            covers: text("Compute"),
            product_types: ["EC2", "Fargate", "Lambda"].map(str::to_owned).into(),
            start: text("2026-01-01T00:00:00.000Z"),
            end: text("2027-01-01T00:00:00.000Z"),
            commitment: text("10.00000000"),
            currency: text("USD"),
            ..Plan::default()
        }
    }

    #[test]
    fn a_plan_goes_by_its_arn_as_on_bills() {
        let row = plan_row(&plan(), "444455556666", window()).unwrap();
        assert_eq!(row.commitment_id, ARN);
        assert_eq!(row.account_id, "111122223333", "whose it is says its ARN");
        assert_eq!(row.committed_usd_per_hour, Some(10.0));
        assert_eq!((row.scope_region, row.scope_instance_type), (None, None));
    }

    #[test]
    fn the_days_without_a_bill_count_as_those_before() {
        let uses =
            plan_uses(&[PlanUse { arn: text(ARN), total: text("6720.0"), used: text("5040.0") }]);
        let row = plan_row(&plan(), "", window()).unwrap();
        let row = used(row, use_of(&uses, ARN).copied(), window(), days());
        assert_eq!(row.window_committed_usd, Some(7200.0), "720 hours of $10");
        assert_eq!(row.window_used_usd, Some(5400.0), "three quarters of it");
    }

    #[test]
    fn use_that_is_not_told_is_unknown_and_not_zero() {
        let row = plan_row(&plan(), "", window()).unwrap();
        assert_eq!(without_use(std::slice::from_ref(&row), &Uses::new()), [ARN.to_owned()].into());
        let row = used(row, None, window(), days());
        assert_eq!((row.window_committed_usd, row.window_used_usd), (Some(7200.0), None));
    }

    #[test]
    fn a_plan_counts_while_it_is_in_force() {
        let half = Plan { start: text("2026-10-16T00:00:00Z"), ..plan() };
        let row = plan_row(&half, "", window()).unwrap();
        assert_eq!(used(row, None, window(), days()).window_committed_usd, Some(3600.0));
        let over = Plan { end: text("2026-10-01T00:00:00Z"), ..plan() };
        assert_eq!(plan_row(&over, "", window()), None);
    }

    #[test]
    fn a_plan_for_sagemaker_is_for_ml_machines_only_and_one_for_compute_is_not() {
        let sagemaker = Plan {
            covers: text("SageMaker"),
            product_types: vec!["SageMaker".to_owned()],
            ..plan()
        };
        let row = plan_row(&sagemaker, "", window()).unwrap();
        assert_eq!(row.scope_instance_type.as_deref(), Some("ml"));
        let family = Plan {
            covers: text("EC2Instance"),
            region: text("us-east-1"),
            instance_family: text("p5"),
            ..plan()
        };
        let row = plan_row(&family, "", window()).unwrap();
        assert_eq!(row.scope_region.as_deref(), Some("us-east-1"));
        assert_eq!(row.scope_instance_type.as_deref(), Some("p5"));
    }

    #[test]
    fn plans_for_databases_are_none_of_ours_and_new_kinds_pass_through() {
        let of = |product: &str| Plan { product_types: vec![product.to_owned()], ..plan() };
        assert_eq!(plan_row(&of("RDS"), "", window()), None);
        assert!(plan_row(&of("Quantum"), "", window()).is_some());
    }

    #[test]
    fn a_commitment_in_another_currency_has_no_amount() {
        let yuan = Plan { currency: text("CNY"), ..plan() };
        assert_eq!(plan_row(&yuan, "", window()).unwrap().committed_usd_per_hour, None);
    }

    #[test]
    fn a_reservation_is_found_by_its_lease_under_any_spelling() {
        let uses = reservation_uses(&[ReservationUse {
            names: vec!["1234567".to_owned(), "ri-lease".to_owned()],
            purchased_hours: text("672"),
            actual_hours: text("336"),
            amortized_fee: text("672"),
        }]);
        let arn = "arn:aws:ec2:us-east-1:111122223333:reserved-instances/ri-lease";
        let row = CommitmentRow {
            commitment_id: arn.to_owned(),
            kind: "reservation".to_owned(),
            committed_usd_per_hour: None,
            ..plan_row(&plan(), "", window()).unwrap()
        };
        let row = used(row, use_of(&uses, arn).copied(), window(), days());
        assert_eq!(
            row.window_committed_usd,
            Some(720.0),
            "a dollar an hour on the days that are told"
        );
        assert_eq!(row.window_used_usd, Some(360.0));
    }

    #[test]
    fn a_reservation_without_hours_has_no_ratio() {
        let uses = reservation_uses(&[ReservationUse {
            names: vec!["a".to_owned()],
            purchased_hours: text("0"),
            actual_hours: text("0"),
            amortized_fee: None,
        }]);
        assert_eq!(uses["a"].used_ratio, None);
    }
}

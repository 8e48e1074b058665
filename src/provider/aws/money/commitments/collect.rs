//! What is asked about commitments.

use aws_sdk_costexplorer::{
    operation::{
        get_reservation_utilization::GetReservationUtilizationOutput,
        get_savings_plans_utilization_details::GetSavingsPlansUtilizationDetailsOutput,
    },
    types::{DateInterval, GroupDefinition, GroupDefinitionType, ReservationUtilizationGroup},
};
use aws_sdk_savingsplans::types::{SavingsPlan, SavingsPlanState};

use super::{
    super::{
        Days, MaySpend,
        ask::{Unanswered, pages},
        date,
    },
    wire::{Plan, PlanUse, ReservationUse},
};
use crate::provider::{aws::seat::Seat, call::CallError};

/// Plans of an account that are in force or were.
pub(super) async fn plans(seat: &Seat) -> Result<Vec<Plan>, CallError> {
    let client = seat.savings_plans();
    let states =
        [SavingsPlanState::Active, SavingsPlanState::PendingReturn, SavingsPlanState::Retired];
    let mut found = Vec::new();
    seat.pages(
        "savingsplans:DescribeSavingsPlans",
        |token| {
            client
                .describe_savings_plans()
                .set_states(Some(states.to_vec()))
                .set_next_token(token)
                .send()
        },
        |page| {
            found.extend(page.savings_plans.unwrap_or_default().into_iter().map(plan));
            page.next_token
        },
    )
    .await?;
    Ok(found)
}

fn plan(said: SavingsPlan) -> Plan {
    let products = said.product_types.unwrap_or_default();
    Plan {
        arn: said.savings_plan_arn,
        covers: said.savings_plan_type.map(|kind| kind.as_str().to_owned()),
        product_types: products.iter().map(|product| product.as_str().to_owned()).collect(),
        region: said.region,
        instance_family: said.ec2_instance_family,
        start: said.start,
        end: said.end,
        commitment: said.commitment,
        currency: said.currency.map(|currency| currency.as_str().to_owned()),
    }
}

/// How much of each plan was used that the account sees.
pub(super) async fn plan_uses(
    seat: &Seat,
    may_spend: MaySpend<'_>,
    days: Days,
) -> Result<Vec<PlanUse>, Unanswered> {
    let client = seat.cost_explorer();
    let mut found = Vec::new();
    let asked = pages(
        seat,
        may_spend,
        "ce:GetSavingsPlansUtilizationDetails",
        |token| {
            client
                .get_savings_plans_utilization_details()
                .set_time_period(interval(days))
                .set_next_token(token)
                .send()
        },
        |page: GetSavingsPlansUtilizationDetailsOutput| {
            for detail in page.savings_plans_utilization_details {
                let told = detail.utilization;
                found.push(PlanUse {
                    arn: detail.savings_plan_arn,
                    total: told.as_ref().and_then(|told| told.total_commitment.clone()),
                    used: told.and_then(|told| told.used_commitment),
                });
            }
            page.next_token
        },
    );
    nothing_told(asked.await)?;
    Ok(found)
}

/// How much of each Reserved Instance of EC2 was used that the account sees.
pub(super) async fn reservation_uses(
    seat: &Seat,
    may_spend: MaySpend<'_>,
    days: Days,
) -> Result<Vec<ReservationUse>, Unanswered> {
    let client = seat.cost_explorer();
    let by = GroupDefinition::builder()
        .r#type(GroupDefinitionType::Dimension)
        .key("SUBSCRIPTION_ID")
        .build();
    let mut found = Vec::new();
    let asked = pages(
        seat,
        may_spend,
        "ce:GetReservationUtilization",
        |token| {
            // Grouped, it takes no granularity: the days are one sum.
            client
                .get_reservation_utilization()
                .set_time_period(interval(days))
                .group_by(by.clone())
                .set_next_page_token(token)
                .send()
        },
        |page: GetReservationUtilizationOutput| {
            let groups = page.utilizations_by_time.into_iter().filter_map(|time| time.groups);
            found.extend(groups.flatten().map(reservation));
            page.next_page_token
        },
    );
    nothing_told(asked.await)?;
    Ok(found)
}

fn reservation(group: ReservationUtilizationGroup) -> ReservationUse {
    let lease = group.attributes.as_ref().and_then(|said| said.get("leaseId").cloned());
    let told = group.utilization;
    let amount =
        |read: fn(&aws_sdk_costexplorer::types::ReservationAggregates) -> Option<String>| {
            told.as_ref().and_then(read)
        };
    ReservationUse {
        names: group.value.into_iter().chain(lease).collect(),
        purchased_hours: amount(|told| told.purchased_hours.clone()),
        actual_hours: amount(|told| told.total_actual_hours.clone()),
        amortized_fee: amount(|told| told.total_amortized_fee.clone()),
    }
}

/// An account without any such commitment is told that there is no data.
fn nothing_told(asked: Result<(), Unanswered>) -> Result<(), Unanswered> {
    match asked {
        Err(Unanswered::Failed(
            CallError::Rejected { reason, .. } | CallError::Absent { reason, .. },
        )) if reason.contains("DataUnavailable") => Ok(()),
        other => other,
    }
}

fn interval(days: Days) -> Option<DateInterval> {
    let (start, end) = (date(days.start).to_string(), date(days.end).to_string());
    DateInterval::builder().start(start).end(end).build().ok()
}

//! Training plans.

use aws_sdk_sagemaker::types::TrainingPlanSummary;

use super::{Noted, PAGE_SIZE, Reader, instant};
use crate::provider::aws::{listed::once, sagemaker::wire::Plan};

impl Reader<'_> {
    /// All training plans.
    pub(super) async fn plans(&self) -> Noted<Vec<Plan>> {
        let (mut gaps, mut found) = (Vec::new(), Vec::new());
        let send = |token| {
            self.client.list_training_plans().max_results(PAGE_SIZE).set_next_token(token).send()
        };
        let listed = self.seat.pages("sagemaker:ListTrainingPlans", send, |page| {
            let listed = page.training_plan_summaries.unwrap_or_default();
            found.extend(listed.into_iter().filter_map(plan));
            page.next_token
        });
        self.note(listed.await, "training plans, which are paid in advance", &mut gaps);
        (once(found, |plan| plan.arn.clone()), gaps)
    }
}

fn plan(said: TrainingPlanSummary) -> Option<Plan> {
    let minutes = said.duration_minutes.unwrap_or_default() as f64;
    let capacities = said.reserved_capacity_summaries.unwrap_or_default().into_iter();
    Some(Plan {
        arn: said.training_plan_arn?,
        status: said.status.map(|status| status.as_str().to_owned()),
        starts_at: instant(said.start_time),
        ends_at: instant(said.end_time),
        hours: said.duration_hours.map(|hours| hours as f64 + minutes / 60.0),
        upfront_fee: said.upfront_fee,
        currency: said.currency_code,
        instance_types: capacities
            .filter_map(|capacity| Some(capacity.instance_type?.as_str().to_owned()))
            .collect(),
    })
}

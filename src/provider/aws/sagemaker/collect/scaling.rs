//! What scales endpoints: targets, policies and scheduled actions of Application Auto Scaling.

use aws_sdk_applicationautoscaling::types::ServiceNamespace;

use super::{Reader, instant};
use crate::{
    provider::aws::sagemaker::wire::{Policy, Scaling, Schedule, Target},
    snapshot::Gap,
};

/// What is hidden without any of them.
const HIDES: &str = "whether endpoints scale, and to how few replicas";

impl Reader<'_> {
    /// All scaling of `SageMaker` in this seat. A list that ends early says nothing of what it leaves out.
    pub(super) async fn scaling(&self, gaps: &mut Vec<Gap>) -> Scaling {
        Scaling {
            targets: self.scaling_targets(gaps).await,
            policies: self.scaling_policies(gaps).await,
            schedules: self.scaling_schedules(gaps).await,
        }
    }

    async fn scaling_targets(&self, gaps: &mut Vec<Gap>) -> Option<Vec<Target>> {
        let client = self.seat.application_autoscaling();
        let mut found = Vec::new();
        let send = |token| {
            let asked = client.describe_scalable_targets();
            asked.service_namespace(ServiceNamespace::Sagemaker).set_next_token(token).send()
        };
        let operation = "application-autoscaling:DescribeScalableTargets";
        let listed = self.seat.pages(operation, send, |page| {
            for said in page.scalable_targets.unwrap_or_default() {
                let is = |flag: Option<bool>| flag == Some(true);
                let suspended = said.suspended_state.as_ref();
                let is_in = suspended.and_then(|state| state.dynamic_scaling_in_suspended);
                let is_schedule = suspended.and_then(|state| state.scheduled_scaling_suspended);
                found.push(Target {
                    resource: said.resource_id,
                    min_count: said.min_capacity,
                    is_in_suspended: is(is_in),
                    is_schedule_suspended: is(is_schedule),
                });
            }
            page.next_token
        });
        self.note(listed.await, HIDES, gaps).then_some(found)
    }

    async fn scaling_policies(&self, gaps: &mut Vec<Gap>) -> Option<Vec<Policy>> {
        let client = self.seat.application_autoscaling();
        let mut found = Vec::new();
        let send = |token| {
            let asked = client.describe_scaling_policies();
            asked.service_namespace(ServiceNamespace::Sagemaker).set_next_token(token).send()
        };
        let operation = "application-autoscaling:DescribeScalingPolicies";
        let listed = self.seat.pages(operation, send, |page| {
            for said in page.scaling_policies.unwrap_or_default() {
                let tracking = said.target_tracking_scaling_policy_configuration;
                found.push(Policy {
                    resource: said.resource_id,
                    is_in_disabled: tracking.is_some_and(|it| it.disable_scale_in == Some(true)),
                });
            }
            page.next_token
        });
        self.note(listed.await, HIDES, gaps).then_some(found)
    }

    async fn scaling_schedules(&self, gaps: &mut Vec<Gap>) -> Option<Vec<Schedule>> {
        let client = self.seat.application_autoscaling();
        let mut found = Vec::new();
        let send = |token| {
            let asked = client.describe_scheduled_actions();
            asked.service_namespace(ServiceNamespace::Sagemaker).set_next_token(token).send()
        };
        let operation = "application-autoscaling:DescribeScheduledActions";
        let listed = self.seat.pages(operation, send, |page| {
            for said in page.scheduled_actions.unwrap_or_default() {
                found.push(Schedule {
                    resource: said.resource_id,
                    expression: said.schedule,
                    time_zone: said.timezone,
                    starts_at: instant(said.start_time),
                    ends_at: instant(said.end_time),
                    min_count: said.scalable_target_action.and_then(|action| action.min_capacity),
                });
            }
            page.next_token
        });
        self.note(listed.await, HIDES, gaps).then_some(found)
    }
}

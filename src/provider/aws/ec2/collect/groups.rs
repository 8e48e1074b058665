//! Auto Scaling groups, their schedules and their policies.

use aws_sdk_autoscaling::types::{
    AutoScalingGroup, MixedInstancesPolicy, ScheduledUpdateGroupAction,
};

use crate::provider::aws::{
    ec2::wire::{Group, Mix, Policy, Schedule},
    instant::instant,
    listed::Listed,
    seat::Seat,
};

/// Names of groups that the service takes at once.
const NAME_COUNT: usize = 50;

/// The groups of these names, if they are still there.
pub(in super::super) async fn groups(seat: &Seat, names: &[&str]) -> Listed<Group> {
    let client = seat.autoscaling();
    let mut all = Listed::none();
    for names in names.chunks(NAME_COUNT) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut found = Vec::new();
        let asked = seat
            .pages(
                "autoscaling:DescribeAutoScalingGroups",
                |token| {
                    let request = client.describe_auto_scaling_groups();
                    let request = request.set_auto_scaling_group_names(Some(names.clone()));
                    request.set_next_token(token).send()
                },
                |page| {
                    let groups = page.auto_scaling_groups.unwrap_or_default();
                    found.extend(groups.into_iter().filter_map(group));
                    page.next_token
                },
            )
            .await;
        all.add(Listed::new(found, asked));
    }
    all
}

/// The schedules of all groups of the seat.
pub(in super::super) async fn schedules(seat: &Seat) -> Listed<Schedule> {
    let client = seat.autoscaling();
    let mut found = Vec::new();
    let asked = seat
        .pages(
            "autoscaling:DescribeScheduledActions",
            |token| client.describe_scheduled_actions().set_next_token(token).send(),
            |page| {
                let actions = page.scheduled_update_group_actions.unwrap_or_default();
                found.extend(actions.into_iter().filter_map(schedule));
                page.next_token
            },
        )
        .await;
    Listed::new(found, asked)
}

/// The scaling policies of all groups of the seat.
pub(in super::super) async fn policies(seat: &Seat) -> Listed<Policy> {
    let client = seat.autoscaling();
    let mut found = Vec::new();
    let asked = seat
        .pages(
            "autoscaling:DescribePolicies",
            |token| client.describe_policies().set_next_token(token).send(),
            |page| {
                let policies = page.scaling_policies.unwrap_or_default().into_iter();
                found.extend(policies.filter_map(|said| {
                    let group_name = said.auto_scaling_group_name?;
                    Some(Policy { group_name, is_enabled: said.enabled })
                }));
                page.next_token
            },
        )
        .await;
    Listed::new(found, asked)
}

fn group(said: AutoScalingGroup) -> Option<Group> {
    let suspended = said.suspended_processes.unwrap_or_default();
    let tags = said.tags.unwrap_or_default();
    Some(Group {
        name: said.auto_scaling_group_name?,
        min_count: said.min_size.map(i64::from),
        max_count: said.max_size.map(i64::from),
        desired_count: said.desired_capacity.map(i64::from),
        suspended_processes: suspended.into_iter().filter_map(|it| it.process_name).collect(),
        has_warm_pool: said.warm_pool_configuration.is_some(),
        tag_keys: tags.into_iter().filter_map(|tag| tag.key).collect(),
        mix: said.mixed_instances_policy.map(mix),
    })
}

fn mix(said: MixedInstancesPolicy) -> Mix {
    let distribution = said.instances_distribution;
    let overrides = said.launch_template.and_then(|it| it.overrides).unwrap_or_default();
    Mix {
        on_demand_base_count: distribution
            .as_ref()
            .and_then(|it| it.on_demand_base_capacity)
            .map(i64::from),
        on_demand_above_base_percent: distribution
            .and_then(|it| it.on_demand_percentage_above_base_capacity)
            .map(i64::from),
        weights: overrides.into_iter().filter_map(|it| it.weighted_capacity).collect(),
    }
}

fn schedule(said: ScheduledUpdateGroupAction) -> Option<Schedule> {
    Some(Schedule {
        group_name: said.auto_scaling_group_name?,
        recurrence: said.recurrence.filter(|cron| !cron.is_empty()),
        ends_at: instant(said.end_time.as_ref()),
        min_count: said.min_size.map(i64::from),
        max_count: said.max_size.map(i64::from),
        desired_count: said.desired_capacity.map(i64::from),
    })
}

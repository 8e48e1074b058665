//! Whether an Auto Scaling group changes its size by itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    provider::aws::ec2::wire::{Group, Mix, Policy, Schedule},
    window::{MS_PER_HOUR, Window},
};

/// What acts on the machines of a group.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in super::super) struct Scaling {
    /// Whether anything does. `None`: nothing that we see, but the group could be changed from elsewhere.
    pub(in super::super) is_acting: Option<bool>,
    /// Fewest machines that it allows.
    pub(in super::super) min_count: Option<f64>,
    /// Whether stopped machines of it wait in a warm pool. `None`: not known.
    pub(in super::super) has_warm_pool: Option<bool>,
    /// Whether it mixes spot machines with some on demand, on purpose. `None`: not known.
    pub(in super::super) keeps_on_demand: Option<bool>,
}

/// What acts on the groups of a seat.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in super::super) struct Scalings {
    groups: BTreeMap<String, Scaling>,
    /// Whether a group that is not among them is gone.
    is_whole: bool,
}

/// What is known to act on groups.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Rules<'a> {
    pub(in super::super) schedules: &'a [Schedule],
    /// Whether these are all schedules.
    pub(in super::super) is_whole: bool,
    /// Whether these are all groups.
    pub(in super::super) has_all_groups: bool,
    /// Those of groups about which only policies can tell.
    pub(in super::super) policies: &'a [Policy],
}

/// Whether only its policies can tell if a group scales.
pub(in super::super) fn needs_policies(
    group: &Group,
    schedules: &[Schedule],
    window: Window,
) -> bool {
    may_change(group)
        && !is_suspended(group, "AlarmNotification")
        && !has_autoscaler_tag(group)
        && !has_schedule(group, &acting(group, schedules, window))
}

impl Scalings {
    /// From groups and what acts on them.
    pub(in super::super) fn new(groups: &[Group], rules: Rules<'_>, window: Window) -> Self {
        let of = |group: &Group| (group.name.clone(), scaling(group, rules, window));
        Self { groups: groups.iter().map(of).collect(), is_whole: rules.has_all_groups }
    }

    /// What acts on a machine of a group. Of machines without a group, and of those whose group is gone, no more is known than
    /// that no warm pool keeps them.
    pub(in super::super) fn of(&self, group_name: Option<&str>) -> Scaling {
        let Some(name) = group_name else {
            return Scaling { has_warm_pool: Some(false), ..Scaling::default() };
        };
        let gone =
            || Scaling { has_warm_pool: self.is_whole.then_some(false), ..Scaling::default() };
        self.groups.get(name).copied().unwrap_or_else(gone)
    }
}

fn scaling(group: &Group, rules: Rules<'_>, window: Window) -> Scaling {
    let acting = acting(group, rules.schedules, window);
    let is_scheduled = has_schedule(group, &acting);
    let is_fixed = group.min_count.is_some() && group.min_count == group.max_count;
    let is_acting = if ["Launch", "Terminate"].iter().any(|process| is_suspended(group, process)) {
        Some(false)
    } else if is_scheduled
        || has_policy(group, rules.policies)
        || (may_change(group) && has_autoscaler_tag(group))
    {
        Some(true)
    } else {
        // Its schedules may have been refused; and what may change, somebody else may change.
        (is_fixed && rules.is_whole).then_some(false)
    };
    let scheduled_min = acting.iter().filter_map(|schedule| schedule.min_count).min();
    let min_count = group.min_count.map(|count| scheduled_min.unwrap_or(count).min(count));
    #[expect(clippy::cast_precision_loss, reason = "a count of machines")]
    // Where machine types weigh differently its size is not a number of machines.
    let min_count = min_count.map(|count| count as f64).filter(|_| !is_weighted(group));
    Scaling {
        is_acting,
        min_count,
        has_warm_pool: Some(group.has_warm_pool),
        keeps_on_demand: Some(group.mix.as_ref().is_some_and(keeps_on_demand)),
    }
}

fn is_weighted(group: &Group) -> bool {
    group.mix.iter().flat_map(|mix| &mix.weights).any(|weight| weight != "1")
}

/// Whether a policy starts machines both ways. Of what it does not say AWS takes 0 and 100 %.
fn keeps_on_demand(mix: &Mix) -> bool {
    let share = mix.on_demand_above_base_percent.unwrap_or(100);
    share < 100 && (share > 0 || mix.on_demand_base_count.is_some_and(|count| count > 0))
}

fn is_suspended(group: &Group, process: &str) -> bool {
    group.suspended_processes.contains(process)
}

/// Whether its limits leave anything to decide.
fn may_change(group: &Group) -> bool {
    group.min_count.zip(group.max_count).is_some_and(|(min, max)| min < max)
}

/// Somebody tags a group like this for the Kubernetes cluster autoscaler. EKS tags all its groups so, autoscaler or not, which
/// says nothing.
fn has_autoscaler_tag(group: &Group) -> bool {
    let has = |key: &str| group.tag_keys.contains(key);
    has("k8s.io/cluster-autoscaler/enabled") && !has("eks:nodegroup-name")
}

/// Its schedules that come again and are still in force when the window ends.
fn acting<'a>(group: &Group, schedules: &'a [Schedule], window: Window) -> Vec<&'a Schedule> {
    if is_suspended(group, "ScheduledActions") {
        return Vec::new();
    }
    let end_ms = window.end * MS_PER_HOUR;
    let of_group = schedules.iter().filter(|schedule| schedule.group_name == group.name);
    of_group
        .filter(|schedule| schedule.recurrence.is_some())
        .filter(|schedule| schedule.ends_at.is_none_or(|at| at.0 > end_ms))
        .collect()
}

/// Whether a schedule changes its size: not if each sets what is set already.
fn has_schedule(group: &Group, acting: &[&Schedule]) -> bool {
    let now = [group.min_count, group.max_count, group.desired_count];
    acting.iter().any(|schedule| {
        let then = [schedule.min_count, schedule.max_count, schedule.desired_count];
        then.into_iter().zip(now).any(|(then, now)| then.is_some() && then != now)
    })
}

fn has_policy(group: &Group, policies: &[Policy]) -> bool {
    let names: BTreeSet<&str> = policies
        .iter()
        .filter(|policy| policy.is_enabled != Some(false))
        .map(|policy| policy.group_name.as_str())
        .collect();
    may_change(group)
        && !is_suspended(group, "AlarmNotification")
        && names.contains(group.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { start: 0, end: 720 };
    const RULES: Rules<'static> =
        Rules { schedules: &[], is_whole: true, has_all_groups: true, policies: &[] };

    fn group(min: i64, max: i64, desired: i64) -> Group {
        Group {
            name: "workers".to_owned(),
            min_count: Some(min),
            max_count: Some(max),
            desired_count: Some(desired),
            ..Group::default()
        }
    }

    /// Work stops in the evening and starts in the morning, where the users are.
    fn evening(desired: i64) -> Schedule {
        Schedule {
            group_name: "workers".to_owned(),
            recurrence: Some("0 19 * * 1-5".to_owned()),
            min_count: Some(desired),
            desired_count: Some(desired),
            ..Schedule::default()
        }
    }

    fn policy() -> Policy {
        Policy { group_name: "workers".to_owned(), is_enabled: Some(true) }
    }

    fn has(group: &Group, schedules: &[Schedule], policies: &[Policy]) -> Option<bool> {
        scaling(group, Rules { schedules, is_whole: true, has_all_groups: true, policies }, WINDOW)
            .is_acting
    }

    #[test]
    fn a_group_of_a_fixed_size_does_not_scale() {
        assert_eq!(has(&group(4, 4, 4), &[], &[]), Some(false));
        assert_eq!(has(&group(4, 4, 4), &[], &[policy()]), Some(false));
    }

    #[test]
    fn a_group_with_room_scales_by_its_policy() {
        assert_eq!(has(&group(1, 4, 2), &[], &[policy()]), Some(true));
        let disabled = Policy { is_enabled: Some(false), ..policy() };
        assert_eq!(has(&group(1, 4, 2), &[], &[disabled]), None);
        let unstated = Policy { is_enabled: None, ..policy() };
        assert_eq!(has(&group(1, 4, 2), &[], &[unstated]), Some(true));
        let other = Policy { group_name: "others".to_owned(), ..policy() };
        assert_eq!(has(&group(1, 4, 2), &[], &[other]), None);
    }

    #[test]
    fn a_group_with_room_and_nothing_that_acts_may_be_scaled_from_elsewhere() {
        assert_eq!(has(&group(0, 4, 2), &[], &[]), None);
    }

    #[test]
    fn a_schedule_that_changes_the_size_is_scaling_and_one_that_changes_nothing_is_not() {
        assert_eq!(has(&group(4, 4, 4), &[evening(0)], &[]), Some(true));
        assert_eq!(has(&group(4, 4, 4), &[evening(4)], &[]), Some(false));
    }

    #[test]
    fn a_schedule_that_acts_once_or_is_over_or_of_another_group_is_none() {
        let once = Schedule { recurrence: None, ..evening(0) };
        let over = Schedule { ends_at: Some(crate::frame::InstantMs(0)), ..evening(0) };
        let other = Schedule { group_name: "others".to_owned(), ..evening(0) };
        for schedule in [once, over, other] {
            assert_eq!(has(&group(4, 4, 4), &[schedule], &[]), Some(false));
        }
    }

    #[test]
    fn a_suspended_process_does_not_act() {
        let suspended = |process: &str| Group {
            suspended_processes: BTreeSet::from([process.to_owned()]),
            ..group(1, 4, 4)
        };
        assert_eq!(has(&suspended("ScheduledActions"), &[evening(1)], &[]), None);
        assert_eq!(has(&suspended("AlarmNotification"), &[], &[policy()]), None);
        assert_eq!(has(&suspended("Terminate"), &[evening(1)], &[policy()]), Some(false));
        assert_eq!(has(&suspended("AZRebalance"), &[evening(1)], &[]), Some(true));
    }

    #[test]
    fn a_tag_for_the_cluster_autoscaler_counts_where_somebody_set_it() {
        let tagged = |keys: &[&str]| Group {
            tag_keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            ..group(0, 4, 2)
        };
        let key = "k8s.io/cluster-autoscaler/enabled";
        assert_eq!(has(&tagged(&[key]), &[], &[]), Some(true));
        assert_eq!(has(&tagged(&[key, "eks:nodegroup-name"]), &[], &[]), None);
    }

    #[test]
    fn schedules_that_could_not_be_read_leave_it_open() {
        let rules = Rules { is_whole: false, ..RULES };
        assert_eq!(scaling(&group(4, 4, 4), rules, WINDOW).is_acting, None);
    }

    #[test]
    fn the_fewest_machines_are_those_of_the_night() {
        let rules = Rules { schedules: &[evening(0)], ..RULES };
        let scaling = scaling(&group(2, 8, 4), rules, WINDOW);
        assert_eq!(scaling.min_count, Some(0.0));
    }

    #[test]
    fn policies_are_asked_for_only_where_they_decide() {
        let needs =
            |group: &Group, schedules: &[Schedule]| needs_policies(group, schedules, WINDOW);
        assert!(needs(&group(1, 4, 2), &[]));
        assert!(!needs(&group(4, 4, 4), &[]));
        assert!(!needs(&group(1, 4, 2), &[evening(1)]));
    }

    #[test]
    fn nothing_is_known_of_a_machine_without_a_group() {
        let scalings = Scalings::new(&[group(4, 4, 4)], RULES, WINDOW);
        let unpooled = Scaling { has_warm_pool: Some(false), ..Scaling::default() };
        assert_eq!(scalings.of(None), unpooled);
        assert_eq!(scalings.of(Some("gone")), unpooled);
        assert_eq!(scalings.of(Some("workers")).is_acting, Some(false));
    }

    #[test]
    fn where_groups_could_not_be_read_a_machine_may_wait_in_a_warm_pool() {
        let rules = Rules { has_all_groups: false, ..RULES };
        let scalings = Scalings::new(&[group(4, 4, 4)], rules, WINDOW);
        assert_eq!(scalings.of(Some("unread")), Scaling::default());
        assert_eq!(scalings.of(Some("workers")).has_warm_pool, Some(false));
        assert_eq!(scalings.of(None).has_warm_pool, Some(false), "it is in no group");
    }

    fn mixed(base: Option<i64>, above_percent: Option<i64>) -> Scaling {
        let mix = Mix {
            on_demand_base_count: base,
            on_demand_above_base_percent: above_percent,
            weights: Vec::new(),
        };
        scaling(&Group { mix: Some(mix), ..group(1, 4, 2) }, RULES, WINDOW)
    }

    #[test]
    fn a_group_keeps_machines_on_demand_only_beside_others_on_spot() {
        assert_eq!(mixed(Some(2), Some(0)).keeps_on_demand, Some(true));
        assert_eq!(mixed(Some(0), Some(20)).keeps_on_demand, Some(true));
        assert_eq!(mixed(Some(0), Some(0)).keeps_on_demand, Some(false), "all of it is spot");
        assert_eq!(mixed(Some(2), Some(100)).keeps_on_demand, Some(false), "none of it is");
        assert_eq!(mixed(None, None).keeps_on_demand, Some(false), "as AWS takes what is not said");
        assert_eq!(scaling(&group(1, 4, 2), RULES, WINDOW).keeps_on_demand, Some(false));
    }

    #[test]
    fn where_machine_types_weigh_differently_its_size_is_no_number_of_machines() {
        let of = |weights: &[&str]| {
            let weights = weights.iter().map(|weight| (*weight).to_owned()).collect();
            let mix = Some(Mix { weights, ..Mix::default() });
            scaling(&Group { mix, ..group(8, 32, 16) }, RULES, WINDOW).min_count
        };
        assert_eq!(of(&["1", "4"]), None);
        assert_eq!(of(&["1", "1"]), Some(8.0));
        assert_eq!(of(&[]), Some(8.0));
    }
}

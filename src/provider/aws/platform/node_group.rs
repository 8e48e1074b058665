//! Machines of EKS node groups.

use std::collections::BTreeMap;

use super::wire::{NodeGroup, NodeGroupName};
use crate::frame::ResourceRow;

/// The node group that a machine belongs to, by its tags.
pub(super) fn name(tags: &BTreeMap<String, String>) -> Option<NodeGroupName> {
    let named = |key: &str| tags.get(key).filter(|value| !value.is_empty()).cloned();
    Some(NodeGroupName { cluster: named("eks:cluster-name")?, name: named("eks:nodegroup-name")? })
}

/// Adds what only the node group tells: what is known of the machine already stays. A size that may change says nothing,
/// because whoever changes it works inside the cluster.
pub(super) fn mark(machine: &mut ResourceRow, group: &NodeGroup) {
    let is_fixed = group.min_count.is_some() && group.min_count == group.max_count;
    machine.has_scaling = machine.has_scaling.or(is_fixed.then_some(false));
    #[expect(clippy::cast_precision_loss, reason = "a count of machines")]
    let min_count = group.min_count.map(|count| count as f64);
    machine.scaling_min_count = machine.scaling_min_count.or(min_count);
    if machine.purchase_option.is_none() {
        machine.purchase_option = match group.capacity_type.as_deref() {
            Some("SPOT") => Some("spot".to_owned()),
            Some("ON_DEMAND") => Some("on_demand".to_owned()),
            Some("CAPACITY_BLOCK") => Some("committed".to_owned()),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(min: i64, max: i64) -> NodeGroup {
        NodeGroup { min_count: Some(min), max_count: Some(max), ..NodeGroup::default() }
    }

    fn marked(machine: ResourceRow, group: &NodeGroup) -> ResourceRow {
        let mut machine = machine;
        mark(&mut machine, group);
        machine
    }

    #[test]
    fn a_machine_names_its_node_group_by_two_tags() {
        let tags = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let both = tags(&[("eks:cluster-name", "ml"), ("eks:nodegroup-name", "gpu")]);
        let expected = NodeGroupName { cluster: "ml".to_owned(), name: "gpu".to_owned() };
        assert_eq!(name(&both), Some(expected));
        assert_eq!(name(&tags(&[("eks:cluster-name", "ml")])), None);
    }

    #[test]
    fn a_node_group_of_a_fixed_size_does_not_scale_and_another_may() {
        let fixed = marked(ResourceRow::default(), &group(3, 3));
        assert_eq!((fixed.has_scaling, fixed.scaling_min_count), (Some(false), Some(3.0)));
        let open = marked(ResourceRow::default(), &group(0, 8));
        assert_eq!((open.has_scaling, open.scaling_min_count), (None, Some(0.0)));
    }

    #[test]
    fn what_is_known_of_a_machine_stays() {
        let known = ResourceRow {
            has_scaling: Some(true),
            purchase_option: Some("on_demand".to_owned()),
            ..ResourceRow::default()
        };
        let spot = NodeGroup { capacity_type: Some("SPOT".to_owned()), ..group(3, 3) };
        let found = marked(known, &spot);
        assert_eq!(
            (found.has_scaling, found.purchase_option.as_deref()),
            (Some(true), Some("on_demand"))
        );
        let found = marked(ResourceRow::default(), &spot);
        assert_eq!(found.purchase_option.as_deref(), Some("spot"));
        let new = NodeGroup { capacity_type: Some("LUNAR".to_owned()), ..group(3, 3) };
        assert_eq!(marked(ResourceRow::default(), &new).purchase_option, None);
    }
}

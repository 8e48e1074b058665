//! What is asked of a cluster. It never asks for secrets.

use crate::provider::permission::Permission;

const LISTS: &[&str] = &["get", "list"];

const fn listed(
    group: &'static str,
    resource: &'static str,
    feeds: &'static str,
    hides: &'static str,
) -> Permission {
    Permission { group, resource, verbs: LISTS, feeds, hides, is_optional: true }
}

/// Everything that may be asked for.
pub const PERMISSIONS: &[Permission] = &[
    Permission {
        group: "prometheus",
        resource: "series",
        verbs: &["query"],
        feeds: "use of accelerators by hour; nodes and pods of the past",
        hides: "whether any accelerator works, and all that has ended",
        is_optional: false,
    },
    listed(
        "",
        "nodes",
        "nodes, their machine types, prices and accelerators",
        "labels and ids that no metric carries",
    ),
    listed(
        "",
        "pods",
        "what runs where, and what it asks for",
        "pods that no metric names, their images and labels",
    ),
];

//! Ids as files write them: global, or only the provider's own part.

use std::collections::{BTreeMap, BTreeSet};

use super::ResourceRow;

/// The provider's own part of a global id `provider:account:region:id`.
pub fn native_id(resource_id: &str) -> &str {
    resource_id.splitn(4, ':').nth(3).unwrap_or(resource_id)
}

/// Finds global ids by either spelling.
#[derive(Debug, Clone, Default)]
pub struct Aliases {
    whole: BTreeSet<String>,
    by_native: BTreeMap<String, Option<String>>,
}

impl Aliases {
    /// The ids of these resources.
    pub fn of(resources: &[ResourceRow]) -> Self {
        let mut by_native: BTreeMap<String, Option<String>> = BTreeMap::new();
        for row in resources {
            by_native
                .entry(native_id(&row.resource_id).to_owned())
                .and_modify(|id| *id = None)
                .or_insert_with(|| Some(row.resource_id.clone()));
        }
        let whole = resources.iter().map(|row| row.resource_id.clone()).collect();
        Self { whole, by_native }
    }

    /// The global id of an id. `None`: no resource has it, or several do.
    pub fn resolve(&self, id: &str) -> Option<String> {
        if self.whole.contains(id) {
            return Some(id.to_owned());
        }
        self.by_native.get(id).cloned().flatten()
    }
}

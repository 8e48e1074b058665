//! One machine under two names: a node and the cloud machine beneath it. One bill pays for both.

use std::collections::BTreeMap;

use super::cost::{CostIndex, ResourceCost};
use crate::{
    catalog::{Catalog, Price, Shape},
    frame::ResourceRow,
};

/// The rows that describe a subject: its own, and for a node or the machine beneath it the other's too.
///
/// Whatever money depends on is looked up in both, the machine's first, so that both come to the same cost.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    machine: &'a ResourceRow,
    node: Option<&'a ResourceRow>,
}

impl<'a> Pair<'a> {
    /// A resource with no other name.
    pub fn single(row: &'a ResourceRow) -> Self {
        Self { machine: row, node: None }
    }

    /// The pair of every resource, by id. A node whose machine is not among the resources stands alone.
    pub(super) fn all(resources: &'a [ResourceRow]) -> BTreeMap<&'a str, Self> {
        let mut pairs: BTreeMap<&str, Self> =
            resources.iter().map(|row| (row.resource_id.as_str(), Self::single(row))).collect();
        for node in resources {
            let machine = node.backed_by.as_deref().and_then(|id| pairs.get(id)).copied();
            let Some(Self { machine, .. }) = machine else { continue };
            if machine.resource_id == node.resource_id {
                continue;
            }
            let pair = Self { machine, node: Some(node) };
            pairs.insert(&node.resource_id, pair);
            pairs.insert(&machine.resource_id, pair);
        }
        pairs
    }

    /// The one that is charged and priced: the machine, or the only row.
    pub fn payer_id(self) -> &'a str {
        &self.machine.resource_id
    }

    /// The one that runs the work and is judged: the node, or the only row.
    pub fn judged_id(self) -> &'a str {
        &self.node.unwrap_or(self.machine).resource_id
    }

    /// All rows, the machine's first.
    pub fn rows(self) -> impl Iterator<Item = &'a ResourceRow> {
        std::iter::once(self.machine).chain(self.node)
    }

    /// What the first row that knows says.
    pub fn known<T>(self, read: impl FnMut(&'a ResourceRow) -> Option<T>) -> Option<T> {
        self.rows().find_map(read)
    }

    /// Everything the bill charges for it.
    pub(super) fn charges(self, costs: &'a CostIndex) -> Vec<&'a ResourceCost> {
        self.rows().filter_map(|row| costs.of_resource(&row.resource_id)).collect()
    }

    /// Whether a bill of one of its accounts is there, so that it is paid elsewhere or costs nothing if not named.
    pub(super) fn is_covered(self, costs: &CostIndex) -> bool {
        self.rows().any(|row| costs.covers(&row.provider, &row.account_id))
    }

    /// The row whose machine type the catalog knows, else one that states a type at all, else the first.
    pub(super) fn typed(self, catalog: &Catalog) -> &'a ResourceRow {
        self.known(|row| shape(row, catalog).map(|_| row))
            .or_else(|| self.known(|row| row.instance_type.as_ref().map(|_| row)))
            .unwrap_or(self.machine)
    }
}

/// Whose catalog a row's machine type is found in: that of the cloud beneath a node, else the row's own provider's.
pub fn seller(row: &ResourceRow) -> &str {
    row.machine_provider.as_deref().unwrap_or(&row.provider)
}

/// The shape of a row's machine type.
pub(super) fn shape<'c>(row: &ResourceRow, catalog: &'c Catalog) -> Option<&'c Shape> {
    catalog.shape(seller(row), row.instance_type.as_deref()?)
}

/// The catalog's price of a row's machine type in its region.
pub(super) fn price<'c>(
    row: &ResourceRow,
    option: &str,
    catalog: &'c Catalog,
) -> Option<&'c Price> {
    catalog.price(seller(row), &row.region, row.instance_type.as_deref()?, option)
}

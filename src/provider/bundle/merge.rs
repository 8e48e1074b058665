//! What several sources say of the same things, as one list.

use std::collections::BTreeMap;

use crate::frame::{Aliases, CommitmentRow, ResourceRow};

/// Inventory and bill in one list: the inventory's word wins, the bill fills what it leaves open.
///
/// An inventory may know a resource by the provider's own id alone, such as `i-0abc`; it then takes the bill's global id,
/// so that one resource is not listed twice.
pub(super) fn resources(listed: Vec<ResourceRow>, billed: Vec<ResourceRow>) -> Vec<ResourceRow> {
    let aliases = Aliases::of(&billed);
    let global = |id: String| aliases.resolve(&id).unwrap_or(id);
    let mut billed: BTreeMap<String, ResourceRow> =
        billed.into_iter().map(|row| (row.resource_id.clone(), row)).collect();
    let mut rows: Vec<ResourceRow> = listed
        .into_iter()
        .map(|mut row| {
            row.resource_id = global(row.resource_id);
            row.backed_by = row.backed_by.map(global);
            row.attached_to = row.attached_to.map(global);
            match billed.remove(&row.resource_id) {
                Some(other) => fill(row, other),
                None => row,
            }
        })
        .collect();
    rows.extend(billed.into_values());
    rows.sort_by(|a, b| a.resource_id.cmp(&b.resource_id));
    rows
}

/// Commitments of a file and of the bill, each once: the file's word wins.
pub(super) fn commitments(
    listed: Vec<CommitmentRow>,
    mut billed: Vec<CommitmentRow>,
) -> Vec<CommitmentRow> {
    billed.retain(|row| listed.iter().all(|known| known.commitment_id != row.commitment_id));
    billed.extend(listed);
    billed.sort_by(|a, b| a.commitment_id.cmp(&b.commitment_id));
    billed
}

/// What the inventory leaves open, from the bill.
fn fill(mut row: ResourceRow, other: ResourceRow) -> ResourceRow {
    for (known, billed) in [
        (&mut row.provider, other.provider),
        (&mut row.account_id, other.account_id),
        (&mut row.region, other.region),
    ] {
        if known == "unknown" {
            *known = billed;
        }
    }
    row.name = row.name.or(other.name);
    row.zone = row.zone.or(other.zone);
    row.instance_type = row.instance_type.or(other.instance_type);
    row.unit_count = row.unit_count.or(other.unit_count);
    if row.tags_json == "{}" {
        row.tags_json = other.tags_json;
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(resource_id: &str, provider: &str, instance_type: Option<&str>) -> ResourceRow {
        ResourceRow {
            resource_id: resource_id.to_owned(),
            provider: provider.to_owned(),
            account_id: provider.to_owned(),
            region: provider.to_owned(),
            instance_type: instance_type.map(str::to_owned),
            kind: "gpu_instance".to_owned(),
            tags_json: "{}".to_owned(),
            ..ResourceRow::default()
        }
    }

    #[test]
    fn a_resource_that_the_inventory_knows_by_its_own_id_is_the_one_on_the_bill() {
        let listed = vec![row("i-1", "unknown", None)];
        let billed = vec![
            row("aws:1:eu:i-1", "aws", Some("g5.xlarge")),
            row("aws:1:eu:i-2", "aws", Some("g6.xlarge")),
        ];

        let merged = resources(listed, billed);

        let ids: Vec<&str> = merged.iter().map(|row| row.resource_id.as_str()).collect();
        assert_eq!(ids, ["aws:1:eu:i-1", "aws:1:eu:i-2"]);
        assert_eq!(merged[0].provider, "aws");
        assert_eq!(merged[0].instance_type.as_deref(), Some("g5.xlarge"));
    }

    #[test]
    fn a_commitment_that_file_and_bill_know_is_listed_once() {
        let commitment = |id: &str, kind: &str| CommitmentRow {
            commitment_id: id.to_owned(),
            provider: "aws".to_owned(),
            account_id: "1".to_owned(),
            kind: kind.to_owned(),
            scope_region: None,
            scope_instance_type: None,
            starts_at: None,
            ends_at: None,
            committed_usd_per_hour: None,
            window_committed_usd: None,
            window_used_usd: None,
        };
        let merged = commitments(
            vec![commitment("plan", "savings_plan")],
            vec![commitment("plan", "reservation"), commitment("other", "reservation")],
        );
        let seen: Vec<(&str, &str)> =
            merged.iter().map(|row| (row.commitment_id.as_str(), row.kind.as_str())).collect();
        assert_eq!(seen, [("other", "reservation"), ("plan", "savings_plan")]);
    }

    #[test]
    fn an_own_id_that_two_accounts_have_is_nobodys() {
        let listed = vec![row("vm-1", "unknown", None)];
        let billed =
            vec![row("azure:1:eu:vm-1", "azure", None), row("azure:2:eu:vm-1", "azure", None)];
        assert_eq!(resources(listed, billed).len(), 3);
    }
}

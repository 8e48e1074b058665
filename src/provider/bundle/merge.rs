//! What several sources say of the same things, as one list.

use std::collections::BTreeMap;

use crate::frame::{Aliases, CommitmentRow, ResourceRow, Spelled, is_global, link};

/// Inventory and bill in one list: the inventory's word wins, the bill fills what it leaves open.
///
/// An inventory may spell an id in any way that [`Aliases`] knows; it then takes the bill's global id, so that one resource
/// is not listed twice. A long id that no bill has becomes a global id, and two rows of one resource become one.
pub(in crate::provider) fn resources(
    listed: Vec<ResourceRow>,
    billed: Vec<ResourceRow>,
) -> Vec<ResourceRow> {
    let aliases = Aliases::of(&billed);
    let mut rows: BTreeMap<String, ResourceRow> = BTreeMap::new();
    for mut row in listed {
        match aliases.resolve(&row.resource_id) {
            Some(id) => row.resource_id = id,
            None => globalise(&mut row),
        }
        add(&mut rows, row);
    }
    for row in billed {
        add(&mut rows, row);
    }
    let mut rows: Vec<ResourceRow> = rows.into_values().collect();
    link(&mut rows);
    rows
}

/// Adds a row, or what it says beyond the one that is there.
fn add(rows: &mut BTreeMap<String, ResourceRow>, row: ResourceRow) {
    match rows.remove(&row.resource_id) {
        Some(known) => rows.insert(row.resource_id.clone(), fill(known, row)),
        None => rows.insert(row.resource_id.clone(), row),
    };
}

/// Gives a row with a long id its global one, and whom the id says it belongs to.
fn globalise(row: &mut ResourceRow) {
    let Some(spelled) = Spelled::long(&row.resource_id) else { return };
    if is_global(&row.resource_id) {
        return;
    }
    for (known, said) in [
        (&mut row.provider, spelled.provider.as_deref()),
        (&mut row.account_id, spelled.account_id.as_deref()),
        (&mut row.region, spelled.region()),
    ] {
        if known == "unknown"
            && let Some(said) = said
        {
            said.clone_into(known);
        }
    }
    row.resource_id = spelled.global_id(&row.provider, &row.account_id, &row.region);
}

/// Commitments of a file and of the bill, each once: the file's word wins, the bill fills what it leaves open.
pub(in crate::provider) fn commitments(
    mut listed: Vec<CommitmentRow>,
    mut billed: Vec<CommitmentRow>,
) -> Vec<CommitmentRow> {
    for row in &mut listed {
        if let Some(index) = billed.iter().position(|bill| bill.commitment_id == row.commitment_id)
        {
            let of_bill = billed.swap_remove(index);
            row.scope_region = row.scope_region.take().or(of_bill.scope_region);
            row.scope_instance_type =
                row.scope_instance_type.take().or(of_bill.scope_instance_type);
            row.window_committed_usd = row.window_committed_usd.or(of_bill.window_committed_usd);
            row.window_used_usd = row.window_used_usd.or(of_bill.window_used_usd);
        }
    }
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
    fn an_inventory_may_spell_ids_as_arns_or_paths() {
        let arn = "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/Chat";
        let billed = "aws:123456789012:eu-west-1:endpoint/chat";
        let merged = resources(vec![row(arn, "unknown", None)], vec![row(billed, "aws", None)]);
        assert_eq!(merged.len(), 1);
        assert_eq!((merged[0].resource_id.as_str(), merged[0].provider.as_str()), (billed, "aws"));
    }

    #[test]
    fn a_long_id_that_no_bill_has_becomes_a_global_id() {
        let merged = resources(
            vec![
                row("arn:aws:sagemaker:eu-west-1:123456789012:endpoint/Chat", "unknown", None),
                row("aws:///us-east-1a/i-1", "unknown", None),
                ResourceRow {
                    backed_by: Some("arn:aws:ec2:us-east-1:123456789012:instance/i-1".to_owned()),
                    ..row("kubernetes:c:us-east-1:node/n", "kubernetes", None)
                },
                row("i-2", "unknown", None),
            ],
            Vec::new(),
        );
        let ids: Vec<&str> = merged.iter().map(|row| row.resource_id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "aws:123456789012:eu-west-1:endpoint/chat",
                "aws:unknown:us-east-1:i-1",
                "i-2",
                "kubernetes:c:us-east-1:node/n",
            ]
        );
        assert_eq!(merged[0].region, "eu-west-1");
        assert_eq!(merged[3].backed_by.as_deref(), Some("aws:unknown:us-east-1:i-1"));
    }

    #[test]
    fn two_spellings_of_one_resource_are_one_row() {
        let merged = resources(
            vec![row("aws:1:eu:i-1", "aws", None), row("i-1", "unknown", Some("g5.xlarge"))],
            vec![row("aws:1:eu:i-1", "aws", None)],
        );
        assert_eq!(merged.len(), 1);
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

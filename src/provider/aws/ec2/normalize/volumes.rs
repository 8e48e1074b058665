//! Volumes as resources.

use std::collections::BTreeSet;

use super::{PROVIDER, name, tags_json};
use crate::{
    frame::ResourceRow,
    provider::aws::{ec2::wire::Volume, seat::Seat},
};

/// A volume that was asked for because of the stopped machines it is attached to. Where a machine that is not among them
/// holds it too, it belongs to that one: it is in use.
pub(in super::super) fn volume_row(
    seat: &Seat,
    volume: &Volume,
    stopped_ids: &BTreeSet<&str>,
) -> ResourceRow {
    let in_use = volume.instance_ids.iter().find(|id| !stopped_ids.contains(id.as_str()));
    let owner = in_use.or(volume.instance_ids.first());
    #[expect(clippy::cast_precision_loss, reason = "volumes have terabytes at most")]
    let size_gib = volume.size_gib.map(|size| size as f64);
    ResourceRow {
        resource_id: seat.id(&volume.id),
        provider: PROVIDER.to_owned(),
        account_id: seat.account_id.clone(),
        region: seat.region.clone(),
        zone: volume.zone.clone(),
        name: name(&volume.tags),
        kind: "volume".to_owned(),
        state: state(volume).map(str::to_owned),
        launched_at: volume.created_at,
        attached_to: owner.map(|id| seat.id(id)),
        size_gib,
        tags_json: tags_json(&volume.tags),
        ..ResourceRow::default()
    }
}

fn state(volume: &Volume) -> Option<&'static str> {
    match volume.state.as_deref()? {
        "in-use" => Some("attached"),
        "available" => Some("unattached"),
        _ => None,
    }
}

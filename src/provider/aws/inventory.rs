//! The inventory of a seat in the snapshot, so that a run that is continued goes by it: what is there by then is something else.

use serde::{Deserialize, Serialize};

use super::{
    cloudwatch,
    observed::{Metered, Observed, SpotShare},
    place,
    seat::Seat,
};
use crate::{
    frame::{Commitments, FrameKind, Prices, Resources, Workloads},
    provider::contract::ProviderError,
    snapshot::{PartKey, SnapshotWriter, Step},
};

const STEP: &str = "inventory";

/// What later steps need of an inventory besides rows.
#[derive(Serialize, Deserialize)]
struct Beside {
    metered: Vec<Metered>,
    /// Region, machine type and the bits of the ratio: with as many decimals, it might come back as another number.
    spot_shares: Vec<(String, String, u64)>,
}

/// Writes what was seen of a seat, but for gaps. `key` is that of its parts.
pub(super) fn write(
    step: &mut Step<'_>,
    seat: &Seat,
    key: &PartKey,
    observed: &Observed,
) -> Result<(), ProviderError> {
    let Observed { resources, workloads, commitments, prices, metered, spot_shares, .. } = observed;
    write_rows::<Resources>(step, key, resources)?;
    write_rows::<Workloads>(step, key, workloads)?;
    // These become rows of the snapshot when the money of all seats is put together.
    step.keep_rows::<Commitments>(key, commitments)?;
    step.keep_rows::<Prices>(key, prices)?;
    let share = |share: &SpotShare| {
        (share.region.clone(), share.instance_type.clone(), share.ratio.to_bits())
    };
    let spot_shares = spot_shares.iter().map(share).collect();
    step.keep(&name_of(seat), &Beside { metered: metered.clone(), spot_shares })?;
    // What was listed of other machines is not all there is.
    step.outdate(&place::step(&seat.account_id, &seat.region, cloudwatch::METRICS));
    Ok(())
}

fn write_rows<K: FrameKind>(
    step: &mut Step<'_>,
    key: &PartKey,
    rows: &[K::Row],
) -> Result<(), ProviderError> {
    if rows.is_empty() { Ok(()) } else { Ok(step.write::<K>(key, rows)?) }
}

/// What an earlier run saw of a seat. `None`: none did, or it missed some of it.
pub(super) fn read(
    into: &SnapshotWriter,
    seat: &Seat,
    key: &PartKey,
) -> Result<Option<Observed>, ProviderError> {
    let Some(Beside { metered, spot_shares }) = into.kept(&name_of(seat))? else { return Ok(None) };
    let share = |(region, instance_type, bits)| SpotShare {
        region,
        instance_type,
        ratio: f64::from_bits(bits),
    };
    Ok(Some(Observed {
        resources: into.rows::<Resources>(key)?,
        workloads: into.rows::<Workloads>(key)?,
        commitments: into.kept_rows::<Commitments>(key)?,
        prices: into.kept_rows::<Prices>(key)?,
        metered,
        spot_shares: spot_shares.into_iter().map(share).collect(),
        ..Observed::default()
    }))
}

/// The step that looks at an account in a region, and what it keeps.
pub(super) fn name(account_id: &str, region: &str) -> String {
    place::step(account_id, region, STEP)
}

/// The account and region of such a step. `None`: it is another step.
pub(super) fn place(step: &str) -> Option<(&str, &str)> {
    let (account_id, region, own) = place::of_step(step)?;
    (own == STEP).then_some((account_id, region))
}

fn name_of(seat: &Seat) -> String {
    name(&seat.account_id, &seat.region)
}

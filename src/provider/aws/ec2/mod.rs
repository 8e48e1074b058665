//! Machines of EC2 with accelerators, what groups them, their volumes, and capacity that is paid for in advance.

mod collect;
mod normalize;
mod permissions;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use self::{
    normalize::{Accelerated, Scalings, Shapes},
    wire::Machine,
};
use super::{
    listed::Listed,
    observed::{Observed, gap},
    seat::Seat,
};
use crate::{catalog::Catalog, provider::call::CallError, snapshot::Gap, window::Window};

pub(super) use self::permissions::PERMISSIONS;

/// A machine and its accelerators.
type Found = (Machine, Accelerated);

/// What EC2 says of a seat. An error means that the region does not answer or lets nobody in; anything less is a gap.
pub(super) async fn observe(
    seat: &Seat,
    window: Window,
    catalog: &Catalog,
) -> Result<Observed, CallError> {
    let mut seen = Observed::default();
    let machines = machines(seat, &mut seen.gaps).await?;
    let (capacity, reserved) =
        tokio::join!(collect::capacity_reservations(seat), collect::reserved_instances(seat));
    let capacity = capacity.take(seat, "capacity that is paid for and not used", &mut seen.gaps);
    let reserved = reserved.take(seat, "Reserved Instances, and when they end", &mut seen.gaps);
    let types = machines
        .iter()
        .map(|machine| &machine.instance_type)
        .chain(capacity.iter().map(|reservation| &reservation.instance_type))
        .chain(reserved.iter().map(|reservation| &reservation.instance_type));
    let names: BTreeSet<&str> = types.filter_map(|name| name.as_deref()).collect();
    let shapes = shapes(seat, catalog, &names, &mut seen.gaps).await;
    seen.commitments = capacity
        .iter()
        .filter(|said| shapes.of_some(said.instance_type.as_deref()).is_some())
        .filter_map(|said| normalize::capacity_reservation(seat, said, catalog, window))
        .chain(
            reserved
                .iter()
                .filter(|said| shapes.of_some(said.instance_type.as_deref()).is_some())
                .filter_map(|said| normalize::reserved_instances(seat, said, window)),
        )
        .collect();
    let found: Vec<Found> = machines
        .into_iter()
        .filter(|machine| normalize::is_of_window(machine, window))
        .filter_map(|machine| {
            let has = shapes.of_some(machine.instance_type.as_deref())?;
            Some((machine, has))
        })
        .collect();
    Box::pin(add_machines(seat, window, catalog, &found, &mut seen)).await;
    Ok(seen)
}

/// Rows of machines, their volumes and their spot prices.
async fn add_machines(
    seat: &Seat,
    window: Window,
    catalog: &Catalog,
    found: &[Found],
    seen: &mut Observed,
) {
    let zones = zones_in_use(found);
    let types: Vec<&str> = zones.keys().copied().collect();
    let ((scalings, gaps), prices) =
        tokio::join!(scalings(seat, window, found), collect::spot_prices(seat, window, &types));
    seen.gaps.extend(gaps);
    let hides = "spot prices of the machine types in use; those of the catalog stand in";
    let prices = prices.take(seat, hides, &mut seen.gaps);
    seen.prices = normalize::price_rows(seat, &prices, &zones, catalog, window);
    for (machine, has) in found {
        let scaling = scalings.of(normalize::group_name(machine));
        seen.resources.push(normalize::machine_row(seat, machine, has, scaling));
        seen.metered.extend(normalize::metered(seat, machine, has, window));
    }
    let stopped = stopped_ids(found, &scalings);
    let ids: Vec<&str> = stopped.iter().copied().collect();
    let hides = "volumes of stopped machines, which cost as long as they are there";
    let volumes = collect::volumes(seat, &ids).await.take(seat, hides, &mut seen.gaps);
    // A volume that several of them hold may be listed more than once.
    let by_id: BTreeMap<&str, _> =
        volumes.iter().map(|volume| (volume.id.as_str(), volume)).collect();
    let rows = by_id.into_values().map(|volume| normalize::volume_row(seat, volume, &stopped));
    seen.resources.extend(rows);
}

/// All machines, each once however often a page repeats it.
async fn machines(seat: &Seat, gaps: &mut Vec<Gap>) -> Result<Vec<Machine>, CallError> {
    let listed = collect::machines(seat).await;
    match listed.error {
        Some(error) if listed.items.is_empty() && is_closed(&error) => return Err(error),
        Some(error) => {
            let hides = if listed.items.is_empty() { "all machines" } else { "some machines" };
            gaps.push(gap(&seat.name(), &error, hides));
        }
        None => {}
    }
    let by_id: BTreeMap<String, Machine> =
        listed.items.into_iter().map(|machine| (machine.instance_id.clone(), machine)).collect();
    Ok(by_id.into_values().collect())
}

/// Codes of a permission that is missing for one operation, while others may be allowed.
const MISSING: [&str; 3] = ["UnauthorizedOperation", "AccessDenied", "NotAuthorized"];

/// Whether an error at the door means that nothing behind it can be read: nobody answers, the credentials hold nowhere, the
/// region is not switched on, or the organisation forbids it.
fn is_closed(error: &CallError) -> bool {
    match error {
        CallError::TimedOut { .. } => true,
        // The SDK's words for a connection that was never made.
        CallError::Unavailable { reason, .. } => reason.starts_with("dispatch failure"),
        CallError::Refused { reason, .. } => {
            let is_one_permission = MISSING.iter().any(|code| reason.starts_with(code));
            !is_one_permission || reason.contains("service control policy")
        }
        _ => false,
    }
}

/// Machine types with accelerators: of those in use the service is asked about what the catalog does not know.
async fn shapes<'a>(
    seat: &Seat,
    catalog: &'a Catalog,
    names: &BTreeSet<&str>,
    gaps: &mut Vec<Gap>,
) -> Shapes<'a> {
    let mut shapes = Shapes::new(catalog);
    let open: Vec<&str> = names.iter().copied().filter(|name| shapes.is_open(name)).collect();
    let hides = "accelerators of machine types that the catalog does not know";
    let described = collect::machine_types(seat, &open).await.take(seat, hides, gaps);
    shapes.add(&described);
    shapes
}

/// Zones by machine type. A type whose machines tell no zone is there, too.
fn zones_in_use(found: &[Found]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut zones: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (machine, _) in found {
        let Some(instance_type) = &machine.instance_type else { continue };
        zones.entry(instance_type).or_default().extend(machine.zone.as_deref());
    }
    zones
}

/// What acts on the groups of machines. Nothing is asked where no machine is in a group.
async fn scalings(seat: &Seat, window: Window, found: &[Found]) -> (Scalings, Vec<Gap>) {
    let mut gaps = Vec::new();
    let names: BTreeSet<&str> =
        found.iter().filter_map(|(machine, _)| normalize::group_name(machine)).collect();
    if names.is_empty() {
        return (Scalings::default(), gaps);
    }
    let names: Vec<&str> = names.into_iter().collect();
    let (groups, schedules) = tokio::join!(collect::groups(seat, &names), collect::schedules(seat));
    let groups = groups.take(seat, "whether groups of machines scale by themselves", &mut gaps);
    let is_whole = schedules.error.is_none();
    let schedules = schedules.take(seat, "schedules of groups of machines", &mut gaps);
    let asks = groups.iter().any(|group| normalize::needs_policies(group, &schedules, window));
    let policies = if asks { collect::policies(seat).await } else { Listed::none() };
    let policies = policies.take(seat, "scaling policies of groups of machines", &mut gaps);
    let known = normalize::Rules { schedules: &schedules, is_whole, policies: &policies };
    (Scalings::new(&groups, known, window), gaps)
}

/// Stopped machines that nobody keeps for the next peak: those of a warm pool are meant to be stopped.
fn stopped_ids<'a>(found: &'a [Found], scalings: &Scalings) -> BTreeSet<&'a str> {
    found
        .iter()
        .map(|(machine, _)| machine)
        .filter(|machine| machine.state.as_deref() == Some("stopped"))
        .filter(|machine| !scalings.of(normalize::group_name(machine)).has_warm_pool)
        .map(|machine| machine.instance_id.as_str())
        .collect()
}

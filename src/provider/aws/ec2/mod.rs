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
    wire::{CapacityReservation, Machine},
};
use super::{
    listed::{Listed, once},
    observed::{Observed, gap},
    seat::Seat,
};
use crate::{
    catalog::Catalog, provider::call::CallError, snapshot::Gap, units::count, window::Window,
};

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
    let capacity = once(capacity, |said| said.arn.clone().or(said.reservation_id.clone()));
    let reserved = reserved.take(seat, "Reserved Instances, and when they end", &mut seen.gaps);
    let reserved = once(reserved, |said| said.id.clone());
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
    let around = Around { seat, window, catalog, capacity: &capacity };
    Box::pin(around.add_machines(&found, &mut seen)).await;
    Ok(seen)
}

/// What machines are looked at with.
#[derive(Clone, Copy)]
struct Around<'a> {
    seat: &'a Seat,
    window: Window,
    catalog: &'a Catalog,
    /// Reserved capacity, each reservation once.
    capacity: &'a [CapacityReservation],
}

impl Around<'_> {
    /// Rows of machines, their volumes and their spot prices.
    async fn add_machines(self, found: &[Found], seen: &mut Observed) {
        let Self { seat, window, catalog, capacity } = self;
        let zones = zones_in_use(found);
        let types: Vec<&str> = zones.keys().copied().collect();
        let ((scalings, gaps), prices) =
            tokio::join!(scalings(seat, window, found), collect::spot_prices(seat, window, &types));
        seen.gaps.extend(gaps);
        let hides = "spot prices of the machine types in use; those of the catalog stand in";
        let prices = prices.take(seat, hides, &mut seen.gaps);
        seen.prices = normalize::price_rows(seat, &prices, &zones, catalog, window);
        for (machine, has) in found {
            let around = normalize::Around {
                scaling: scalings.of(normalize::group_name(machine)),
                reserved_in: normalize::reserved_in(seat, machine, capacity, window),
            };
            seen.resources.push(normalize::machine_row(seat, machine, has, around));
            seen.metered.extend(normalize::metered(seat, machine, has, window));
        }
        let stopped = Stopped::of(found, &scalings);
        seen.gaps.extend(stopped.gap(seat));
        let ids: Vec<&str> = stopped.ids.iter().copied().collect();
        let hides = "volumes of stopped machines, which cost as long as they are there";
        let volumes = collect::volumes(seat, &ids).await.take(seat, hides, &mut seen.gaps);
        // A volume that several of them hold may be listed more than once.
        let mut volumes = once(volumes, |volume| volume.id.clone());
        volumes.sort_by(|a, b| a.id.cmp(&b.id));
        let row = |volume: &_| normalize::volume_row(seat, volume, &stopped.ids);
        seen.resources.extend(volumes.iter().map(row));
    }
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
    let mut machines = once(listed.items, |machine| machine.instance_id.clone());
    machines.sort_by(|a, b| a.instance_id.cmp(&b.instance_id));
    Ok(machines)
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

/// Zones by machine type. A type whose machines tell no zone is there, too. Spot prices that are asked for are those of plain
/// Linux, so that machines with another price do not count.
fn zones_in_use(found: &[Found]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut zones: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (machine, _) in found.iter().filter(|(it, _)| normalize::price_variant(it).is_none()) {
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
    let has_all_groups = groups.error.is_none();
    let groups = groups.take(seat, "whether groups of machines scale by themselves", &mut gaps);
    let is_whole = schedules.error.is_none();
    let schedules = schedules.take(seat, "schedules of groups of machines", &mut gaps);
    let asks = groups.iter().any(|group| normalize::needs_policies(group, &schedules, window));
    let policies = if asks { collect::policies(seat).await } else { Listed::none() };
    let policies = policies.take(seat, "scaling policies of groups of machines", &mut gaps);
    let known =
        normalize::Rules { schedules: &schedules, is_whole, has_all_groups, policies: &policies };
    (Scalings::new(&groups, known, window), gaps)
}

/// Stopped machines, whose volumes are looked at.
#[derive(Debug)]
struct Stopped<'a> {
    /// Those that nobody keeps for the next peak: those of a warm pool are meant to be stopped.
    ids: BTreeSet<&'a str>,
    /// Those of which that is not known.
    unclear_ids: BTreeSet<&'a str>,
}

impl<'a> Stopped<'a> {
    fn of(found: &'a [Found], scalings: &Scalings) -> Self {
        let mut stopped = Self { ids: BTreeSet::new(), unclear_ids: BTreeSet::new() };
        for (machine, _) in found {
            if machine.state.as_deref() != Some("stopped") {
                continue;
            }
            let id = machine.instance_id.as_str();
            match scalings.of(normalize::group_name(machine)).has_warm_pool {
                Some(false) => stopped.ids.insert(id),
                None => stopped.unclear_ids.insert(id),
                Some(true) => false,
            };
        }
        stopped
    }

    /// What hides where it is not known who is meant to be stopped.
    fn gap(&self, seat: &Seat) -> Option<Gap> {
        let count = count(self.unclear_ids.len() as u64, "stopped machine");
        (!self.unclear_ids.is_empty()).then(|| Gap {
            what: format!("volumes of {count} of {}", seat.name()),
            because: "their groups could not be read, so that nobody knows whether they wait in a warm pool, where \
                      machines are meant to be stopped"
                .to_owned(),
            hides: "what their volumes cost, and whether anybody needs them".to_owned(),
            remedy: "allow `autoscaling:DescribeAutoScalingGroups`: see `ai-cost permissions aws`"
                .to_owned(),
        })
    }
}

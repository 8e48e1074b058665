//! Machines, volumes and groups as `moto_server.py` plants them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{END, HOUR, Machine, Place, Plan, START, World, commitments::HELD_ID, iso};

pub(super) fn estate(world: &World) -> Value {
    let mut places: BTreeMap<Place, Vec<&Machine>> = BTreeMap::new();
    for machine in &world.machines {
        places.entry(machine.place).or_default().push(machine);
    }
    let mut estate: Map<String, Value> = Map::new();
    for (place, machines) in places {
        let alone = machines.iter().filter(|machine| machine.group.is_none());
        let mut groups: BTreeMap<&str, Vec<&Machine>> = BTreeMap::new();
        for machine in &machines {
            if let Some(group) = machine.group {
                groups.entry(group).or_default().push(machine);
            }
        }
        let region = json!({
            "instances": alone.map(|machine| instance(machine)).collect::<Vec<_>>(),
            "groups": groups.iter().map(|(name, members)| group(name, members)).collect::<Vec<_>>(),
        });
        let account = estate.entry(place.account()).or_insert_with(|| json!({}));
        account[place.region()] = region;
    }
    estate.into()
}

fn instance(machine: &Machine) -> Value {
    let mut tags: Map<String, Value> = Map::new();
    tags.insert("Name".to_owned(), machine.name.into());
    tags.extend(machine.tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())));
    // What is old was started anew since.
    let is_old = machine.created_at < START - 24 * HOUR;
    let launched_at = machine.created_at + if is_old { 24 * HOUR } else { 0 };
    let mut planted = json!({
        "id": machine.id,
        "type": machine.shape.name,
        "zone": machine.zone,
        "ip": machine.ip,
        "state": "running",
        "created_at": iso(machine.created_at),
        "launched_at": iso(launched_at),
        "tags": tags,
        "volumes": [{
            "id": machine.volume_id(),
            "size_gib": machine.volume_gib,
            "created_at": iso(machine.created_at),
        }],
    });
    match machine.plan {
        Plan::Plain => {}
        Plan::Windows => {
            planted["platform"] = "Windows".into();
            planted["operation"] = "RunInstances:0002".into();
        }
        Plan::Held => planted["capacity_reservation_id"] = HELD_ID.into(),
        // This morning.
        Plan::Daytime => planted["launched_at"] = iso(END - 16 * HOUR).into(),
    }
    if machine.is_spot {
        planted["lifecycle"] = "spot".into();
    }
    if let Some(at) = machine.stopped_at {
        planted["state"] = "stopped".into();
        planted["stopped_at"] = iso(at).into();
    }
    planted
}

fn group(name: &str, members: &[&Machine]) -> Value {
    let count = members.len();
    let first = members[0];
    let mut planted = json!({
        "name": name,
        "types": [first.shape.name],
        "zones": [format!("{}a", first.place.region()), format!("{}b", first.place.region())],
        "min": count,
        "max": count,
        "desired": count,
        "created_at": iso(START - 200 * 24 * HOUR),
        "instances": members.iter().map(|member| instance(member)).collect::<Vec<_>>(),
    });
    if first.is_spot {
        planted["distribution"] = json!({
            "OnDemandBaseCapacity": 0,
            "OnDemandPercentageAboveBaseCapacity": 0,
            "SpotAllocationStrategy": "price-capacity-optimized",
        });
    }
    if name == "nightly" {
        planted["min"] = 0.into();
        planted["scheduled"] = json!([
            { "name": "evening", "recurrence": "0 18 * * 1-5", "timezone": "UTC", "min": 0, "desired": 0 },
            { "name": "morning", "recurrence": "0 8 * * 1-5", "timezone": "UTC", "min": count, "desired": count },
        ]);
    }
    planted
}

//! The made estate.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    client,
    fake::Fake,
    moto::Moto,
    world::{ACCOUNTS, REGIONS, World},
};

#[test]
fn the_made_estate_is_as_large_and_as_mixed_as_it_should_be() {
    let world = World::made();
    let (machines, endpoints) = (world.machines.len(), world.endpoints.len());
    let (jobs, notebooks) = (world.jobs.len(), world.notebooks.len());
    assert!(machines >= 300 && endpoints >= 40, "{machines} machines, {endpoints} endpoints");
    assert!(jobs >= 60 && notebooks >= 10, "{jobs} jobs, {notebooks} notebooks");
    let twice: Vec<_> = world.names().into_iter().filter(|(_, count)| *count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let rules: BTreeSet<&String> = world.truth.hits.iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules.len(), 13, "{rules:?}");
    let usd = world.truth.total_usd_per_month();
    assert!((110_000.0..130_000.0).contains(&usd), "{usd}");
}

/// Every series that is listed belongs to something that is there, and every machine is where it should be.
#[tokio::test]
async fn the_made_estate_is_served_whole() {
    let world = World::made();
    let Some(moto) = Moto::start(&world.moto()) else { return };
    let fake = Fake::start(Arc::new(world.estate()), Some(moto.port));
    let (mut machines, mut volumes) = (BTreeSet::new(), BTreeSet::new());
    for account in ACCOUNTS {
        for region in REGIONS {
            let ec2 = aws_sdk_ec2::Client::new(&client::config(&fake.url(), account, region));
            let mut pages = ec2.describe_instances().into_paginator().items().send();
            while let Some(reservation) = pages.try_next().await.unwrap() {
                let instances = reservation.instances.unwrap_or_default();
                machines.extend(instances.into_iter().filter_map(|machine| machine.instance_id));
            }
            let mut pages = ec2.describe_volumes().into_paginator().items().send();
            while let Some(volume) = pages.try_next().await.unwrap() {
                volumes.extend(volume.volume_id);
            }
        }
    }
    let planted: BTreeSet<String> =
        world.machines.iter().map(|machine| machine.id.clone()).collect();
    assert_eq!(machines, planted);
    assert_eq!(volumes.len(), planted.len());
    assert_eq!(fake.log().count("ec2:DescribeVolumes") % (ACCOUNTS.len() * REGIONS.len()), 0);
}

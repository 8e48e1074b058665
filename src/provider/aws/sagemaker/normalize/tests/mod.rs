//! What `SageMaker` says, written out, and the rows that it becomes.

mod cluster;
mod endpoint;
mod job;
mod notebook;
mod scaling;
mod sharing;
mod studio;

use super::{Ground, observed};
use crate::{
    catalog::Catalog,
    frame::InstantMs,
    provider::aws::{
        observed::Observed,
        sagemaker::wire::{ConfigVariant, Endpoint, Region, Scaling, Variant},
    },
    window::Window,
};

const HOUR_MS: i64 = 3_600_000;

/// Thirty days of 2026, from 1 October.
const WINDOW: Window = Window { start: 497_448, end: 498_168 };

/// An instant so many hours after the start of the window.
fn at(hour: i64) -> InstantMs {
    InstantMs((WINDOW.start + hour) * HOUR_MS)
}

fn arn(name: &str) -> String {
    format!("arn:aws:sagemaker:eu-west-1:111122223333:{name}")
}

fn read(region: &Region) -> Observed {
    with_ground(|ground| observed(region, ground))
}

fn with_ground<T>(make: impl FnOnce(&Ground<'_>) -> T) -> T {
    let catalog = Catalog::embedded().unwrap();
    make(&Ground {
        account_id: "111122223333",
        region: "eu-west-1",
        window: WINDOW,
        catalog: &catalog,
    })
}

/// Scaling that was read, and of which there is none.
fn no_scaling() -> Scaling {
    Scaling { targets: Some(vec![]), policies: Some(vec![]), schedules: Some(vec![]) }
}

/// An endpoint with two machines of one type, two months old.
fn endpoint() -> Endpoint {
    Endpoint {
        arn: arn("endpoint/Chat"),
        name: "Chat".to_owned(),
        status: Some("InService".to_owned()),
        created_at: Some(at(-1440)),
        modified_at: Some(at(-1439)),
        is_asynchronous: Some(false),
        has_enhanced_metrics: false,
        variants: vec![variant("main", 2)],
        config_name: Some("chat-1".to_owned()),
        config: Some(vec![config("main", "ml.g5.12xlarge")]),
        tags: Some([("team".to_owned(), "search".to_owned())].into()),
    }
}

fn variant(name: &str, count: i32) -> Variant {
    Variant { name: name.to_owned(), instance_count: Some(count), ..Variant::default() }
}

fn config(name: &str, instance_type: &str) -> ConfigVariant {
    ConfigVariant {
        name: name.to_owned(),
        instance_type: Some(instance_type.to_owned()),
        ..ConfigVariant::default()
    }
}

/// A region with this endpoint alone.
fn only(endpoint: Endpoint) -> Region {
    Region {
        endpoints: vec![endpoint],
        components: Some(vec![]),
        scaling: no_scaling(),
        ..Region::default()
    }
}

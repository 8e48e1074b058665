//! Bedrock's provisioned throughput, used and unused.

use serde_json::json;

use super::{HOUR, PAYER_US, PRODUCT_US, Place, START, World, iso};
use crate::aws::fake::{Bucket, CostLine, Estate, Series};

/// Dollars for a model unit by the hour.
const UNIT_USD: f64 = 20.0;

/// Some model units.
#[derive(Debug, Clone)]
pub(crate) struct Throughput {
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    pub(crate) units: u32,
    /// In each hour.
    pub(crate) requests: f64,
}

impl Throughput {
    /// Its id without provider, account and region.
    pub(crate) fn id(&self) -> String {
        format!("provisioned-model/{}", self.name)
    }

    fn arn(&self) -> String {
        let (account, region) = (self.place.account(), self.place.region());
        format!("arn:aws:bedrock:{region}:{account}:{}", self.id())
    }
}

pub(super) fn plant(world: &mut World) {
    let of = |name, place, units, requests| Throughput { name, place, units, requests };
    let unused = of("trial", PAYER_US, 1, 0.0);
    let usd = f64::from(unused.units) * UNIT_USD * 730.0;
    world.truth.add(&unused.id(), &["provisioned-throughput-underused"], usd);
    world.throughputs.extend([of("support", PRODUCT_US, 2, 900.0), unused]);
}

pub(super) fn put(world: &World, estate: &mut Estate) {
    for throughput in &world.throughputs {
        let (account, region) = (throughput.place.account(), throughput.place.region());
        let created = iso(START - 90 * 24 * HOUR);
        let document = json!({
            "provisionedModelName": throughput.name,
            "provisionedModelArn": throughput.arn(),
            "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/example",
            "desiredModelArn": "arn:aws:bedrock:us-east-1::foundation-model/example",
            "foundationModelArn": "arn:aws:bedrock:us-east-1::foundation-model/example",
            "modelUnits": throughput.units,
            "desiredModelUnits": throughput.units,
            "status": "InService",
            "creationTime": created,
            "lastModifiedTime": created,
        });
        estate.put(account, region, "ProvisionedModelThroughput", document);
        if throughput.requests > 0.0 {
            let count = throughput.requests;
            let sent = move |_| Some(Bucket::events(count));
            let arn = throughput.arn();
            let dimensions = [("ModelId", arn.as_str())];
            let series = Series::new("AWS/Bedrock", "Invocations", &dimensions, sent);
            estate.metrics.add(account, region, series);
        }
    }
}

/// What they cost on a day.
pub(super) fn lines(world: &World, day: i64) -> Vec<CostLine> {
    let line = |throughput: &Throughput| {
        let hours = 24.0 * f64::from(throughput.units);
        let usd = hours * UNIT_USD;
        CostLine {
            start: START + day * 24 * HOUR,
            hours: 24,
            account: throughput.place.account().to_owned(),
            service: "Amazon Bedrock".to_owned(),
            region: throughput.place.region().to_owned(),
            usage_type: "USE1-Example-NoCommit-ModelUnits".to_owned(),
            ..CostLine::usage(hours, usd)
        }
    };
    world.throughputs.iter().map(line).collect()
}

//! What was promised and paid for: plans, reserved and held capacity, throughput; and what it could cost.

use serde_json::{Value, json};

use super::{ACCOUNTS, END, HOUR, NOW, REGIONS, START, Truth, iso, shapes};
use crate::aws::fake::{Estate, PlanUse};

const DAY: i64 = 24 * HOUR;
/// A plan of $5 an hour, three fifths of which are used.
const PLAN: (&str, f64, f64) = ("5f1c0000-0000-4000-8000-00000000000a", 5.0, 0.6);
/// Two reserved machines, both used.
const RESERVED_ID: &str = "b1f5e4c2-0000-4000-8000-00000000000b";
/// Four held machines, one of which runs.
const HELD_ID: &str = "cr-0a000000000000001";

fn arn(service: &str, region: &str, account: &str, name: &str) -> String {
    format!("arn:aws:{service}:{region}:{account}:{name}")
}

/// What is to be found about them.
pub(super) fn expect(truth: &mut Truth) {
    let (id, usd, used_ratio) = PLAN;
    let plan = arn("savingsplans", "", ACCOUNTS[0], &format!("savingsplan/{id}"));
    truth.add(&plan, &["commitment-underused"], usd * (1.0 - used_ratio) * 730.0);
    let held = arn("ec2", REGIONS[0], ACCOUNTS[1], &format!("capacity-reservation/{HELD_ID}"));
    truth.add(&held, &["capacity-reservation-unused"], 3.0 * shapes::G6E.usd[0] * 730.0);
}

pub(super) fn put(estate: &mut Estate) {
    put_plan(estate);
    put_reserved(estate);
    let held = json!({
        "capacityReservationId": HELD_ID,
        "capacityReservationArn":
            arn("ec2", REGIONS[0], ACCOUNTS[1], &format!("capacity-reservation/{HELD_ID}")),
        "ownerId": ACCOUNTS[1],
        "instanceType": shapes::G6E.name,
        "instancePlatform": "Linux/UNIX",
        "availabilityZone": "us-east-1a",
        "tenancy": "default",
        "totalInstanceCount": 4,
        "availableInstanceCount": 3,
        "state": "active",
        "reservationType": "default",
        "startDate": iso(START - 60 * DAY),
        "createDate": iso(START - 60 * DAY),
        "endDateType": "unlimited",
        "instanceMatchCriteria": "targeted",
    });
    estate.put(ACCOUNTS[1], REGIONS[0], "CapacityReservation", held);
    let throughput = json!({
        "provisionedModelName": "support",
        "provisionedModelArn": arn("bedrock", REGIONS[0], ACCOUNTS[2], "provisioned-model/support"),
        "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/example",
        "desiredModelArn": "arn:aws:bedrock:us-east-1::foundation-model/example",
        "foundationModelArn": "arn:aws:bedrock:us-east-1::foundation-model/example",
        "modelUnits": 2,
        "desiredModelUnits": 2,
        "status": "InService",
        "creationTime": iso(START - 90 * DAY),
        "lastModifiedTime": iso(START - 90 * DAY),
    });
    estate.put(ACCOUNTS[2], REGIONS[0], "ProvisionedModelThroughput", throughput);
    for account in ACCOUNTS {
        for (index, region) in REGIONS.into_iter().enumerate() {
            put_spot_prices(estate, account, region, index);
        }
    }
    put_products(estate);
}

fn put_plan(estate: &mut Estate) {
    let (id, usd, used_ratio) = PLAN;
    let plan_arn = arn("savingsplans", "", ACCOUNTS[0], &format!("savingsplan/{id}"));
    let plan = json!({
        "savingsPlanId": id,
        "savingsPlanArn": plan_arn,
        "savingsPlanType": "Compute",
        "paymentOption": "No Upfront",
        "productTypes": ["EC2", "Fargate", "Lambda"],
        "state": "active",
        "commitment": format!("{usd}"),
        "upfrontPaymentAmount": "0.0",
        "recurringPaymentAmount": format!("{usd}"),
        "currency": "USD",
        "start": iso(START - 100 * DAY),
        "end": iso(START + 265 * DAY),
        "termDurationInSeconds": 365 * DAY,
    });
    estate.put(ACCOUNTS[0], "", "SavingsPlan", plan);
    estate.plans.push(PlanUse {
        account: ACCOUNTS[0].to_owned(),
        id: plan_arn,
        is_savings_plan: true,
        time: (START - 100 * DAY, START + 265 * DAY),
        usd_per_hour: usd,
        count: 1.0,
        used_ratio,
        on_demand_usd_per_hour: usd * used_ratio / 0.72,
        attributes: vec![("SavingsPlansType".to_owned(), "ComputeSavingsPlans".to_owned())],
    });
}

fn put_reserved(estate: &mut Estate) {
    let shape = &shapes::G5_QUAD;
    let usd = 3.989;
    let reserved = json!({
        "reservedInstancesId": RESERVED_ID,
        "instanceType": shape.name,
        "instanceCount": 2,
        "productDescription": "Linux/UNIX",
        "instanceTenancy": "default",
        "currencyCode": "USD",
        "scope": "Region",
        "state": "active",
        "offeringClass": "standard",
        "offeringType": "No Upfront",
        "start": iso(START - 100 * DAY),
        "end": iso(START + 265 * DAY),
        "duration": 365 * DAY,
        "fixedPrice": 0.0,
        "usagePrice": 0.0,
        "recurringCharges": [{ "amount": usd, "frequency": "Hourly" }],
    });
    estate.put(ACCOUNTS[2], REGIONS[1], "ReservedInstances", reserved);
    estate.plans.push(PlanUse {
        account: ACCOUNTS[2].to_owned(),
        id: RESERVED_ID.to_owned(),
        is_savings_plan: false,
        time: (START - 100 * DAY, START + 265 * DAY),
        usd_per_hour: 2.0 * usd,
        count: 2.0,
        used_ratio: 1.0,
        on_demand_usd_per_hour: 2.0 * shape.usd[1],
        attributes: vec![
            ("instanceType".to_owned(), shape.name.to_owned()),
            ("region".to_owned(), REGIONS[1].to_owned()),
        ],
    });
}

/// The same for weeks in both zones, and something else before.
fn put_spot_prices(estate: &mut Estate, account: &str, region: &str, index: usize) {
    for shape in shapes::ALL.iter().filter(|shape| shape.spot_usd[index] > 0.0) {
        for zone in ["a", "b"] {
            for (at, factor) in [(START - 80 * DAY, 1.3), (START - 20 * DAY, 1.0)] {
                let price = json!({
                    "availabilityZone": format!("{region}{zone}"),
                    "instanceType": shape.name,
                    "productDescription": "Linux/UNIX",
                    "spotPrice": format!("{:.6}", shape.spot_usd[index] * factor),
                    "timestamp": iso(at),
                });
                estate.put(account, region, "SpotPrice", price);
            }
        }
    }
}

/// The price list, with the rows that are not meant.
fn put_products(estate: &mut Estate) {
    for shape in shapes::ALL {
        for (region, usd) in REGIONS.into_iter().zip(shape.usd).filter(|(_, usd)| *usd > 0.0) {
            for (capacity, software, usd) in [
                ("Used", "NA", usd),
                ("AllocatedCapacityReservation", "NA", 0.0),
                ("UnusedCapacityReservation", "NA", usd),
                ("Used", "SQL Web", usd + 0.068),
            ] {
                let attributes = json!({
                    "instanceType": shape.name,
                    "regionCode": region,
                    "operatingSystem": "Linux",
                    "preInstalledSw": software,
                    "capacitystatus": capacity,
                    "marketoption": "OnDemand",
                    "tenancy": "Shared",
                    "licenseModel": "No License required",
                    "operation": "RunInstances",
                    "vcpu": shape.vcpus.to_string(),
                    "memory": format!("{} GiB", shape.mem_gib),
                });
                estate.products.push(product("AmazonEC2", "Compute Instance", &attributes, usd));
            }
        }
    }
    let of_sagemaker =
        ["ml.g5.xlarge", "ml.g5.2xlarge", "ml.g5.12xlarge", "ml.g6e.xlarge", "ml.p5.48xlarge"];
    for name in of_sagemaker {
        for region in REGIONS {
            for component in ["Hosting", "Training", "Processing", "Batch Transform", "Notebook"] {
                let attributes = json!({
                    "instanceName": name,
                    "platoinstancename": name,
                    "regionCode": region,
                    "component": component,
                    "locationType": "AWS Region",
                });
                let usd = shapes::sagemaker_usd(name);
                estate.products.push(product("AmazonSageMaker", "ML Instance", &attributes, usd));
            }
        }
    }
}

fn product(service: &str, family: &str, attributes: &Value, usd: f64) -> Value {
    json!({
        "serviceCode": service,
        "version": iso(NOW),
        "publicationDate": iso(END),
        "product": { "productFamily": family, "sku": "EXAMPLE", "attributes": attributes },
        "terms": { "OnDemand": { "EXAMPLE.JRTCKXETXF": { "priceDimensions": { "EXAMPLE.6YS6EN2CT7": {
            "unit": "Hrs", "pricePerUnit": { "USD": format!("{usd:.10}") },
            "beginRange": "0", "endRange": "Inf",
        } } } } },
    })
}

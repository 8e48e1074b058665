//! What was promised and paid for: plans, reserved and held capacity; and what it could cost.

use serde_json::{Value, json};

use super::{ACCOUNTS, END, HOUR, NOW, REGIONS, START, Truth, bill::EC2, iso, shapes};
use crate::aws::fake::{CostLine, Estate, PlanUse};

const DAY: i64 = 24 * HOUR;
/// A plan of $5 an hour, three fifths of which are used.
const PLAN: (&str, f64, f64) = ("5f1c0000-0000-4000-8000-00000000000a", 5.0, 0.6);
/// Dollars on demand of what the plan covers, for each dollar of it.
const PLAN_SAVES: f64 = 1.0 / 0.72;
/// Two reserved machines, both used.
const RESERVED_ID: &str = "b1f5e4c2-0000-4000-8000-00000000000b";
/// How many, and dollars an hour of each.
pub(super) const RESERVED: (usize, f64) = (2, 3.989);
/// Four held machines, one of which runs.
pub(super) const HELD_ID: &str = "cr-0a000000000000001";
/// How many are held and not used.
const HELD_UNUSED: f64 = 3.0;

fn arn(service: &str, region: &str, account: &str, name: &str) -> String {
    format!("arn:aws:{service}:{region}:{account}:{name}")
}

/// What is to be found about them.
pub(super) fn expect(truth: &mut Truth) {
    let (id, usd, used_ratio) = PLAN;
    let plan = arn("savingsplans", "", ACCOUNTS[0], &format!("savingsplan/{id}"));
    truth.add(&plan, &["commitment-underused"], usd * (1.0 - used_ratio) * 730.0);
    let held = arn("ec2", REGIONS[0], ACCOUNTS[1], &format!("capacity-reservation/{HELD_ID}"));
    truth.add(&held, &["capacity-reservation-unused"], HELD_UNUSED * shapes::G6E.usd[0] * 730.0);
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
    put_training_plan(estate);
    for account in ACCOUNTS {
        for (index, region) in REGIONS.into_iter().enumerate() {
            put_spot_prices(estate, account, region, index);
        }
    }
    put_products(estate);
}

/// Eight machines for a month that were paid in advance. What of it was used nobody tells, so that nothing is said of it.
fn put_training_plan(estate: &mut Estate) {
    let name = "pretrain";
    let plan = json!({
        "TrainingPlanName": name,
        "TrainingPlanArn": arn("sagemaker", REGIONS[0], ACCOUNTS[1], &format!("training-plan/{name}")),
        "Status": "Active",
        "DurationHours": 720,
        "StartTime": START - 5 * DAY,
        "EndTime": START + 25 * DAY,
        "UpfrontFee": "120000.00",
        "CurrencyCode": "USD",
        "TotalInstanceCount": 8,
        "AvailableInstanceCount": 8,
        "InUseInstanceCount": 0,
        "TargetResources": ["training-job"],
        "ReservedCapacitySummaries": [{
            "ReservedCapacityArn":
                arn("sagemaker", REGIONS[0], ACCOUNTS[1], &format!("reserved-capacity/{name}")),
            "InstanceType": "ml.p5.48xlarge",
            "TotalInstanceCount": 8,
            "Status": "Active",
        }],
    });
    estate.put(ACCOUNTS[1], REGIONS[0], "TrainingPlan", plan);
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
        on_demand_usd_per_hour: usd * used_ratio * PLAN_SAVES,
        attributes: vec![("SavingsPlansType".to_owned(), "ComputeSavingsPlans".to_owned())],
    });
}

fn put_reserved(estate: &mut Estate) {
    let shape = &shapes::G5_QUAD;
    let (count, usd) = RESERVED;
    let reserved = json!({
        "reservedInstancesId": RESERVED_ID,
        "instanceType": shape.name,
        "instanceCount": count,
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
        usd_per_hour: count as f64 * usd,
        count: count as f64,
        used_ratio: 1.0,
        on_demand_usd_per_hour: count as f64 * shape.usd[1],
        attributes: vec![
            ("instanceType".to_owned(), shape.name.to_owned()),
            ("region".to_owned(), REGIONS[1].to_owned()),
        ],
    });
}

/// What they cost on a day, but for the machines that are under them.
pub(super) fn lines(day: i64) -> Vec<CostLine> {
    let (_, plan_usd, used_ratio) = PLAN;
    let hours = 24.0;
    let line = CostLine { start: START + day * DAY, hours: 24, ..CostLine::default() };
    let of_plan = CostLine {
        account: ACCOUNTS[0].to_owned(),
        service: "Savings Plans for AWS Compute usage".to_owned(),
        region: "global".to_owned(),
        usage_type: "ComputeSP:1yrNoUpfront".to_owned(),
        record_type: "SavingsPlanRecurringFee".to_owned(),
        // What is used of it is in the lines that it covers.
        amortized_usd: hours * plan_usd * (1.0 - used_ratio),
        unblended_usd: hours * plan_usd,
        ..line.clone()
    };
    let covered_usd = hours * plan_usd * used_ratio;
    let covered = CostLine {
        account: ACCOUNTS[2].to_owned(),
        service: EC2.to_owned(),
        region: REGIONS[0].to_owned(),
        instance_type: "m7i.4xlarge".to_owned(),
        usage_type: "BoxUsage:m7i.4xlarge".to_owned(),
        operation: "RunInstances".to_owned(),
        purchase_type: "Savings Plans".to_owned(),
        record_type: "SavingsPlanCoveredUsage".to_owned(),
        usage_quantity: covered_usd * PLAN_SAVES / 0.8064,
        unblended_usd: covered_usd * PLAN_SAVES,
        amortized_usd: covered_usd,
        on_demand_usd: covered_usd * PLAN_SAVES,
        ..line.clone()
    };
    let negated = CostLine {
        record_type: "SavingsPlanNegation".to_owned(),
        unblended_usd: -covered.unblended_usd,
        amortized_usd: 0.0,
        on_demand_usd: 0.0,
        usage_quantity: 0.0,
        ..covered.clone()
    };
    let (count, reserved_usd) = RESERVED;
    let of_reserved = CostLine {
        account: ACCOUNTS[2].to_owned(),
        service: EC2.to_owned(),
        region: REGIONS[1].to_owned(),
        instance_type: shapes::G5_QUAD.name.to_owned(),
        usage_type: format!("EU-HeavyUsage:{}", shapes::G5_QUAD.name),
        operation: "RunInstances".to_owned(),
        record_type: "Recurring".to_owned(),
        unblended_usd: hours * reserved_usd * count as f64,
        ..line.clone()
    };
    let held = shapes::G6E.usd[0] * HELD_UNUSED * hours;
    let unused = CostLine {
        account: ACCOUNTS[1].to_owned(),
        service: EC2.to_owned(),
        region: REGIONS[0].to_owned(),
        zone: "us-east-1a".to_owned(),
        instance_type: shapes::G6E.name.to_owned(),
        usage_type: format!("UnusedBox:{}", shapes::G6E.name),
        operation: "RunInstances".to_owned(),
        purchase_type: "On Demand Instances".to_owned(),
        record_type: "Usage".to_owned(),
        usage_quantity: HELD_UNUSED * hours,
        unblended_usd: held,
        amortized_usd: held,
        on_demand_usd: held,
        ..line.clone()
    };
    let no_use = |service: &str, record_type: &str, usd| CostLine {
        account: ACCOUNTS[0].to_owned(),
        service: service.to_owned(),
        record_type: record_type.to_owned(),
        unblended_usd: usd,
        amortized_usd: usd,
        ..line.clone()
    };
    let tax = no_use("Tax", "Tax", 40.0);
    // Nothing of AI.
    let domain = no_use("Amazon Registrar", "Fee", 700.0);
    vec![of_plan, covered, negated, of_reserved, unused, tax, domain]
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

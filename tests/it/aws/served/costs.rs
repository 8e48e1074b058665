//! Money: Cost Explorer, the price list and Savings Plans.

use aws_sdk_costexplorer::{
    Client,
    error::ProvideErrorMetadata as _,
    operation::get_cost_and_usage::GetCostAndUsageOutput,
    types::{
        DateInterval, Dimension, DimensionValues, Expression, GroupDefinition, GroupDefinitionType,
    },
};
use aws_sdk_pricing::types::{Filter, FilterType};
use serde_json::{Value, json};

use super::{MEMBER, NOW, PAYER, REGION, empty, serve};
use crate::aws::{
    client,
    fake::{CostLine, Estate, Fake, PlanUse},
};

const EC2: &str = "Amazon Elastic Compute Cloud - Compute";
const DAY: i64 = 86_400;

/// Two machines over the last 20 days of September, one of them under a plan.
fn machines() -> Estate {
    let mut estate = empty();
    for day in 1..=20 {
        let line = CostLine {
            account: MEMBER.to_owned(),
            start: NOW - day * DAY,
            hours: 24,
            service: EC2.to_owned(),
            region: REGION.to_owned(),
            instance_type: "g5.xlarge".to_owned(),
            usage_type: "BoxUsage:g5.xlarge".to_owned(),
            purchase_type: "On Demand Instances".to_owned(),
            record_type: "Usage".to_owned(),
            resource_id: "i-0000000000000000a".to_owned(),
            usage_quantity: 24.0,
            unblended_usd: 24.144,
            amortized_usd: 24.144,
            on_demand_usd: 24.144,
            ..CostLine::default()
        };
        let covered = CostLine {
            account: PAYER.to_owned(),
            purchase_type: "Savings Plans".to_owned(),
            record_type: "SavingsPlanCoveredUsage".to_owned(),
            resource_id: "i-0000000000000000b".to_owned(),
            amortized_usd: 15.0,
            ..line.clone()
        };
        estate.costs.extend([line, covered]);
    }
    let plan = |id: &str, is_savings_plan| PlanUse {
        account: PAYER.to_owned(),
        id: id.to_owned(),
        is_savings_plan,
        time: (NOW - 100 * DAY, NOW + 100 * DAY),
        usd_per_hour: 1.25,
        count: 2.0,
        used_ratio: 0.5,
        on_demand_usd_per_hour: 1.006,
        attributes: vec![("Region".to_owned(), REGION.to_owned())],
    };
    estate.plans.push(plan("arn:aws:savingsplans::111122223333:savingsplan/one", true));
    estate.plans.push(plan("b1f5e4c2-0000-4000-8000-00000000000a", false));
    estate
}

fn client(fake: &Fake, account: &str) -> Client {
    Client::new(&client::config(&fake.url(), account, REGION))
}

fn days(start: &str, end: &str) -> DateInterval {
    DateInterval::builder().start(start).end(end).build().unwrap()
}

fn by(keys: &[&str]) -> Vec<GroupDefinition> {
    let group = |key: &&str| {
        GroupDefinition::builder().r#type(GroupDefinitionType::Dimension).key(*key).build()
    };
    keys.iter().map(group).collect()
}

fn only(dimension: Dimension, value: &str) -> Expression {
    Expression::builder()
        .dimensions(DimensionValues::builder().key(dimension).values(value).build())
        .build()
}

async fn usage(
    client: &Client,
    period: DateInterval,
    granularity: &str,
    groups: &[&str],
) -> Result<GetCostAndUsageOutput, String> {
    let asked = client
        .get_cost_and_usage()
        .time_period(period)
        .granularity(granularity.into())
        .metrics("AmortizedCost")
        .set_group_by(Some(by(groups)).filter(|groups| !groups.is_empty()));
    asked.send().await.map_err(|error| error.message().unwrap_or_default().to_owned())
}

fn amount(answer: &GetCostAndUsageOutput, period: usize) -> f64 {
    let total = answer.results_by_time()[period].total().unwrap();
    total["AmortizedCost"].amount().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_end_of_a_period_does_not_belong_to_it_and_members_see_their_own() {
    let fake = serve(machines());
    let two_days = || days("2026-09-29", "2026-10-01");
    let all = usage(&client(&fake, PAYER), two_days(), "DAILY", &[]).await.unwrap();
    assert_eq!(all.results_by_time().len(), 2);
    assert!((amount(&all, 0) - 39.144).abs() < 1e-9);
    let own = usage(&client(&fake, MEMBER), two_days(), "MONTHLY", &[]).await.unwrap();
    assert!((amount(&own, 0) - 48.288).abs() < 1e-9);
    let hours = days("2026-09-30T00:00:00Z", "2026-09-30T02:00:00Z");
    let hourly = usage(&client(&fake, MEMBER), hours, "HOURLY", &[]).await.unwrap();
    assert_eq!(hourly.results_by_time().len(), 2);
    assert!((amount(&hourly, 1) - 1.006).abs() < 1e-9);
}

#[tokio::test]
async fn two_groups_are_answered_and_three_are_refused() {
    let fake = serve(machines());
    let client = client(&fake, PAYER);
    let period = || days("2026-09-30", "2026-10-01");
    let two =
        usage(&client, period(), "DAILY", &["LINKED_ACCOUNT", "PURCHASE_TYPE"]).await.unwrap();
    let keys: Vec<&[String]> = two.results_by_time()[0]
        .groups()
        .iter()
        .map(aws_sdk_costexplorer::types::Group::keys)
        .collect();
    assert_eq!(keys, [[PAYER, "Savings Plans"], [MEMBER, "On Demand Instances"]]);
    let said = usage(&client, period(), "DAILY", &["SERVICE", "REGION", "AZ"]).await.unwrap_err();
    assert_eq!(said, "GroupBy size should not exceed 2.");
    let said = usage(&client, days("2026-09-30", "2026-09-30"), "DAILY", &[]).await.unwrap_err();
    assert!(said.starts_with("Start date (and hour) should be before end date"), "{said}");
}

#[tokio::test]
async fn single_resources_need_their_service_and_reach_back_14_days() {
    let fake = serve(machines());
    let client = client(&fake, MEMBER);
    let ask = |filter: Expression, start: &str| {
        let asked = client
            .get_cost_and_usage_with_resources()
            .time_period(days(start, "2026-10-01"))
            .granularity("DAILY".into())
            .metrics("AmortizedCost")
            .filter(filter)
            .set_group_by(Some(by(&["RESOURCE_ID"])));
        asked.send()
    };
    let answer = ask(only(Dimension::Service, EC2), "2026-09-20").await.unwrap();
    let group = &answer.results_by_time()[0].groups()[0];
    assert_eq!(group.keys(), ["i-0000000000000000a"]);
    let said = ask(only(Dimension::Region, REGION), "2026-09-20").await.unwrap_err();
    assert_eq!(said.message(), Some("Filter must contain the dimension SERVICE."));
    let said = ask(only(Dimension::Service, EC2), "2026-09-10").await.unwrap_err();
    assert!(said.message().is_some_and(|said| said.contains("14 days")));
}

#[tokio::test]
async fn commitments_are_half_used_and_cover_half() {
    let fake = serve(machines());
    let client = client(&fake, PAYER);
    let period = || days("2026-09-21", "2026-10-01");
    let details = client.get_savings_plans_utilization_details().time_period(period()).send().await;
    let details = details.unwrap();
    let used = details.savings_plans_utilization_details()[0].utilization().unwrap();
    assert_eq!(used.total_commitment(), Some("300.000000"));
    assert_eq!(used.utilization_percentage(), Some("50.000000"));
    let cover = client
        .get_savings_plans_coverage()
        .time_period(period())
        .set_group_by(Some(by(&["INSTANCE_TYPE"])))
        .send()
        .await
        .unwrap();
    let row = &cover.savings_plans_coverages()[0];
    assert_eq!(row.attributes().unwrap()["instanceType"], "g5.xlarge");
    assert_eq!(row.coverage().unwrap().coverage_percentage(), Some("50.000000"));
    let reserved = client
        .get_reservation_utilization()
        .time_period(period())
        .set_group_by(Some(by(&["SUBSCRIPTION_ID"])))
        .send()
        .await
        .unwrap();
    let group = &reserved.utilizations_by_time()[0].groups()[0];
    assert_eq!(group.utilization().unwrap().unused_hours(), Some("240.000000"));
    let hours = client.get_reservation_coverage().time_period(period()).send().await.unwrap();
    let total = hours.total().and_then(|total| total.coverage_hours()).unwrap();
    assert_eq!(total.on_demand_hours(), Some("480.000000"));
    // A member without plans is told so.
    let none = self::client(&fake, MEMBER);
    let said = none.get_savings_plans_utilization().time_period(period()).send().await.unwrap_err();
    assert_eq!(said.code(), Some("DataUnavailableException"));
}

#[tokio::test]
async fn the_price_list_is_json_in_json_with_its_traps() {
    let mut estate = empty();
    let mut product = |capacity: &str, software: &str, usd: &str| {
        estate.products.push(json!({
            "serviceCode": "AmazonEC2",
            "product": {
                "productFamily": "Compute Instance",
                "attributes": {
                    "instanceType": "g5.xlarge", "regionCode": REGION, "operatingSystem": "Linux",
                    "capacitystatus": capacity, "preInstalledSw": software, "tenancy": "Shared",
                },
            },
            "terms": { "OnDemand": { "a": { "priceDimensions": { "b": {
                "unit": "Hrs", "pricePerUnit": { "USD": usd },
            } } } } },
        }));
    };
    product("Used", "NA", "1.0060000000");
    product("AllocatedCapacityReservation", "NA", "0.0000000000");
    product("UnusedCapacityReservation", "NA", "1.0060000000");
    product("Used", "SQL Web", "1.0740000000");
    let fake = serve(estate);
    let ask = |region: &str, filters: Vec<(&str, &str)>| {
        let filter = |(field, value): (&str, &str)| {
            let filter = Filter::builder().r#type(FilterType::TermMatch).field(field).value(value);
            filter.build().unwrap()
        };
        let client = aws_sdk_pricing::Client::new(&client::config(&fake.url(), PAYER, region));
        let filters: Vec<Filter> = filters.into_iter().map(filter).collect();
        client.get_products().service_code("AmazonEC2").set_filters(Some(filters)).send()
    };
    let loose = ask(REGION, vec![("instanceType", "g5.xlarge")]).await.unwrap();
    assert_eq!(loose.price_list().len(), 4);
    let exact =
        vec![("instanceType", "g5.xlarge"), ("capacitystatus", "Used"), ("preInstalledSw", "NA")];
    let exact = ask(REGION, exact).await.unwrap();
    let [text] = exact.price_list() else { panic!("{exact:?}") };
    let product: Value = serde_json::from_str(text).unwrap();
    assert_eq!(
        product["terms"]["OnDemand"]["a"]["priceDimensions"]["b"]["pricePerUnit"]["USD"],
        "1.0060000000"
    );
    assert!(ask("eu-west-1", vec![]).await.is_err());
}

#[tokio::test]
async fn savings_plans_have_rates() {
    let mut estate = empty();
    let plan = json!({
        "savingsPlanId": "one", "savingsPlanArn": "arn:aws:savingsplans::111122223333:savingsplan/one",
        "savingsPlanType": "SageMaker", "paymentOption": "No Upfront", "state": "active",
        "commitment": "1.25", "currency": "USD", "productTypes": ["SageMaker"],
        "start": "2026-06-23T00:00:00.000Z", "end": "2027-06-23T00:00:00.000Z",
        "termDurationInSeconds": 31_536_000,
    });
    estate.put(PAYER, "", "SavingsPlan", plan);
    for kind in ["ml.g5.xlarge", "ml.g5.2xlarge"] {
        let rate = json!({
            "savingsPlanId": "one", "rate": "0.9", "currency": "USD", "unit": "Hrs",
            "productType": "SageMaker", "serviceCode": "AmazonSageMaker",
            "usageType": format!("USE1-Host:{kind}"), "operation": "RunInstance",
            "properties": [{ "name": "instanceType", "value": kind }],
        });
        estate.put(PAYER, "", "SavingsPlanRate", rate);
    }
    let fake = serve(estate);
    let client = aws_sdk_savingsplans::Client::new(&client::config(&fake.url(), PAYER, REGION));
    let plans = client.describe_savings_plans().states("active".into()).send().await.unwrap();
    assert_eq!(plans.savings_plans()[0].commitment(), Some("1.25"));
    let rates = client.describe_savings_plan_rates().savings_plan_id("one").send().await.unwrap();
    assert_eq!(rates.search_results().len(), 2);
    let unknown = client.describe_savings_plan_rates().savings_plan_id("two").send().await;
    assert_eq!(unknown.unwrap_err().code(), Some("ResourceNotFoundException"));
    let offers = client.describe_savings_plans_offering_rates().send().await.unwrap();
    assert!(offers.search_results().is_empty());
}

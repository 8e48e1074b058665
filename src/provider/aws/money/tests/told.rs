//! What else lines are told by: licences, and commitments that cover them.

use serde_json::{Value, json};

use super::{
    super::costs,
    MEMBER, PAYER, machine, named, now,
    server::{Asked, Server, run},
    spent, window,
};
use crate::frame::ResourceRow;

#[test]
fn machines_that_differ_by_licence_are_asked_about_by_operation() {
    let server = Server::start(|asked| {
        let (status, body) = spent(asked, &[PAYER, MEMBER]);
        if asked.json()["GroupBy"][1]["Key"] == "OPERATION" {
            let by = |operation: &str, usd: &str| {
                let amount = |amount: &str| json!({ "Amount": amount, "Unit": "USD" });
                json!({ "Keys": ["BoxUsage:g5.xlarge", operation], "Metrics": {
                    "AmortizedCost": amount(usd), "UnblendedCost": amount(usd), "UsageQuantity": amount("12"),
                } })
            };
            let mut body: Value = serde_json::from_str(&body).unwrap();
            body["ResultsByTime"][0]["Groups"] =
                json!([by("RunInstances", "8"), by("RunInstances:0002", "16")]);
            return (status, body.to_string());
        }
        (status, body)
    });
    let (payer, member) = (server.seat(PAYER), server.seat(MEMBER));
    let windows = ResourceRow {
        resource_id: format!("aws:{PAYER}:us-east-1:i-2"),
        price_variant: Some("Windows".to_owned()),
        ..machine(PAYER)
    };

    let costs = run(costs::observe(costs::Asked {
        homes: &[&payer, &member],
        resources: &[machine(PAYER), windows, machine(MEMBER)],
        commitments: &[],
        window: window(),
        now: Some(now()),
        may_spend: &|_| true,
    }));

    assert_eq!(named(&costs), [(PAYER, Some(8.0)), (PAYER, Some(16.0)), (MEMBER, Some(24.0))]);
    let asked: Vec<Value> = server
        .asked()
        .iter()
        .map(Asked::json)
        .filter(|asked| asked["GroupBy"][1]["Key"] == "OPERATION")
        .collect();
    assert_eq!(
        asked.len(),
        1,
        "of the account that has such a machine, and not of what is covered"
    );
    assert_eq!(asked[0]["Filter"]["And"][0]["Dimensions"]["Values"], json!([PAYER]));
}

#[test]
fn covered_hours_are_known_by_type_and_day_without_asking_for_coverage() {
    let server = Server::start(|asked| {
        let (status, body) = spent(asked, &[PAYER, MEMBER]);
        let covered =
            asked.json().to_string().contains(r#"["DiscountedUsage","SavingsPlanCoveredUsage"]}}"#)
                && !asked.json().to_string().contains("Not");
        if !covered {
            return (status, body);
        }
        let amount = |amount: &str| json!({ "Amount": amount, "Unit": "USD" });
        let group = |usage_type: &str, hours: &str, usd: &str| {
            json!({ "Keys": [usage_type, PAYER], "Metrics": {
                "AmortizedCost": amount(usd), "UnblendedCost": amount("0"), "UsageQuantity": amount(hours),
            } })
        };
        let mut body: Value = serde_json::from_str(&body).unwrap();
        body["ResultsByTime"][0]["Groups"] = json!([
            group("BoxUsage:g5.xlarge", "20", "8.00"),
            group("EU-BoxUsage:g5.xlarge", "24", "9.60"),
        ]);
        (status, body.to_string())
    });
    let machines = [
        machine(PAYER),
        ResourceRow { resource_id: format!("aws:{PAYER}:us-east-1:i-2"), ..machine(PAYER) },
        ResourceRow {
            resource_id: format!("aws:{PAYER}:eu-west-1:i-3"),
            region: "eu-west-1".to_owned(),
            ..machine(PAYER)
        },
    ];
    let seat = server.seat(PAYER);

    let costs = run(costs::observe(costs::Asked {
        homes: &[&seat],
        resources: &machines,
        commitments: &[],
        window: window(),
        now: Some(now()),
        may_spend: &|_| true,
    }));

    let covered: Vec<(String, Option<f64>, Option<f64>)> = costs
        .rows()
        .filter(|row| row.purchase_option.as_deref() == Some("committed"))
        .map(|row| (row.resource_id.clone().unwrap_or_default(), row.quantity, row.effective_usd))
        .collect();
    assert_eq!(
        covered,
        [
            (machines[2].resource_id.clone(), Some(24.0), Some(9.6)),
            (machines[0].resource_id.clone(), Some(10.0), Some(4.0)),
            (machines[1].resource_id.clone(), Some(10.0), Some(4.0)),
        ]
    );
    assert!(server.operations().iter().all(|operation| !operation.contains("Coverage")));
}

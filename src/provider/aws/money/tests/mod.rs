//! Whom it asks, for how much, and what becomes of refusals.

mod around;
mod server;
mod told;

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use self::server::{Asked, Said, Server, run};
use super::costs;
use crate::{
    frame::{InstantMs, ResourceRow},
    window::{MS_PER_HOUR, Window},
};

const PAYER: &str = "111122223333";
const MEMBER: &str = "444455556666";

/// October 2026, and a time at which its bill is complete.
fn window() -> Window {
    let at = |text: &str| text.parse().unwrap();
    Window::new(at("2026-10-01T00:00:00Z"), at("2026-10-31T00:00:00Z")).unwrap()
}

fn now() -> InstantMs {
    InstantMs((window().end + 96) * MS_PER_HOUR)
}

fn machine(account_id: &str) -> ResourceRow {
    ResourceRow {
        resource_id: format!("aws:{account_id}:us-east-1:i-1"),
        provider: "aws".to_owned(),
        account_id: account_id.to_owned(),
        region: "us-east-1".to_owned(),
        kind: "gpu_instance".to_owned(),
        instance_type: Some("g5.xlarge".to_owned()),
        state: Some("running".to_owned()),
        tags_json: "{}".to_owned(),
        ..ResourceRow::default()
    }
}

fn error(status: u16, code: &str, message: &str) -> Said {
    (status, json!({ "__type": code, "message": message }).to_string())
}

/// A day of 24 hours of `g5.xlarge` for each of some accounts, to a question about usage that no commitment covers.
fn spent(asked: &Asked, account_ids: &[&str]) -> Said {
    let body = asked.json().to_string();
    let is_usage = body.contains(r#""Values":["Usage"]"#);
    let amount = |usd: &str| json!({ "Amount": usd, "Unit": "USD" });
    let groups: Vec<Value> = account_ids
        .iter()
        .filter(|_| is_usage)
        .map(|id| {
            json!({ "Keys": ["BoxUsage:g5.xlarge", id], "Metrics": {
                "AmortizedCost": amount("24.00"), "UnblendedCost": amount("24.00"), "UsageQuantity": amount("24"),
            } })
        })
        .collect();
    let day = json!({
        "TimePeriod": { "Start": "2026-10-01", "End": "2026-10-02" }, "Groups": groups, "Estimated": false, "Total": {},
    });
    (200, json!({ "ResultsByTime": [day] }).to_string())
}

/// The bill of both accounts, as long as there is money for so many requests.
fn bill(server: &Server, affordable_count: usize) -> costs::Costs {
    let (payer, member) = (server.seat(PAYER), server.seat(MEMBER));
    let paid = AtomicUsize::new(0);
    let may_spend = |usd: f64| {
        assert!((usd - 0.01).abs() < 1e-12);
        paid.fetch_add(1, Ordering::SeqCst) < affordable_count
    };
    run(costs::observe(costs::Asked {
        homes: &[&payer, &member],
        resources: &[machine(PAYER), machine(MEMBER)],
        commitments: &[],
        window: window(),
        now: Some(now()),
        may_spend: &may_spend,
    }))
}

fn named(costs: &costs::Costs) -> Vec<(&'static str, Option<f64>)> {
    let account = |id: &str| [PAYER, MEMBER].into_iter().find(|known| *known == id).unwrap();
    let named = costs.rows().filter(|row| row.resource_id.is_some());
    named.map(|row| (account(&row.account_id), row.effective_usd)).collect()
}

#[test]
fn a_payer_is_asked_three_times_for_everybody() {
    let server = Server::start(|asked| spent(asked, &[PAYER, MEMBER]));

    let costs = bill(&server, 100);

    assert_eq!(server.operations(), ["GetCostAndUsage"; 3]);
    let first = server.asked()[0].json();
    assert_eq!(first["Granularity"], "DAILY");
    assert_eq!(first["TimePeriod"], json!({ "Start": "2026-10-01", "End": "2026-10-31" }));
    assert_eq!(first["GroupBy"][0]["Key"], "USAGE_TYPE");
    assert_eq!(first["GroupBy"][1]["Key"], "LINKED_ACCOUNT");
    assert_eq!(first["Filter"]["And"][0]["Dimensions"]["Values"], json!([PAYER, MEMBER]));
    assert_eq!(named(&costs), [(PAYER, Some(24.0)), (MEMBER, Some(24.0))]);
}

#[test]
fn accounts_that_see_only_themselves_are_asked_one_by_one() {
    let server = Server::start(|asked| {
        let body = asked.json().to_string();
        let is_first = body.contains(PAYER);
        spent(asked, if is_first { &[PAYER] } else { &[MEMBER] })
    });

    let costs = bill(&server, 100);

    assert_eq!(server.asked().len(), 6);
    assert_eq!(named(&costs), [(PAYER, Some(24.0)), (MEMBER, Some(24.0))]);
}

#[test]
fn an_account_that_refuses_is_a_gap_and_has_no_rows() {
    let server = Server::start(|_| error(400, "AccessDeniedException", "not for you"));

    let costs = bill(&server, 100);

    assert_eq!(costs.rows().collect::<Vec<_>>(), []);
    let whats: Vec<&str> = costs.gaps.iter().map(|gap| gap.what.as_str()).collect();
    assert_eq!(
        whats,
        [
            "ce:GetCostAndUsage of account 111122223333",
            "ce:GetCostAndUsage of account 444455556666"
        ]
    );
    assert!(costs.gaps[0].hides.contains("list prices stand in"), "{}", costs.gaps[0].hides);
}

#[test]
fn an_account_with_resources_of_which_the_bill_says_nothing_is_a_gap() {
    let server = Server::start(|asked| spent(asked, &[]));
    let costs = bill(&server, 100);
    assert_eq!(costs.rows().collect::<Vec<_>>(), []);
    let whats: Vec<&str> = costs.gaps.iter().map(|gap| gap.what.as_str()).collect();
    assert_eq!(whats, ["the bill of account 111122223333", "the bill of account 444455556666"]);
}

#[test]
fn without_money_for_all_usage_none_of_it_is_used() {
    let server = Server::start(|asked| spent(asked, &[PAYER, MEMBER]));

    let costs = bill(&server, 1);

    assert_eq!(server.asked().len(), 1);
    assert_eq!(
        costs.rows().collect::<Vec<_>>(),
        [],
        "usage without what commitments cover would look cheap"
    );
    assert_eq!(costs.gaps[0].because, "a request of $0.01 more would pass --max-api-cost");
}

#[test]
fn without_fees_and_tax_the_usage_still_counts() {
    let server = Server::start(|asked| {
        if asked.json().to_string().contains("Not") {
            return error(400, "BillExpirationException", "try later");
        }
        spent(asked, &[PAYER, MEMBER])
    });

    let costs = bill(&server, 100);

    assert_eq!(named(&costs).len(), 2);
    let hidden: Vec<&str> = costs.gaps.iter().map(|gap| gap.hides.as_str()).collect();
    assert!(
        hidden.contains(&"fees, the unused part of commitments, tax and credits in totals"),
        "{hidden:?}"
    );
}

#[test]
fn fees_and_tax_of_other_services_are_not_asked_for() {
    let server = Server::start(|asked| spent(asked, &[PAYER, MEMBER]));

    bill(&server, 100);

    let rest = server.asked()[2].json();
    let parts = rest["Filter"]["And"].as_array().unwrap();
    assert_eq!(parts[1]["Not"]["Dimensions"]["Key"], "RECORD_TYPE");
    let ours = &parts[2]["Or"];
    assert_eq!(ours[0]["Dimensions"]["Key"], "SERVICE");
    let usage = server.asked()[0].json();
    assert_eq!(ours[0], usage["Filter"]["And"][1], "the services whose usage is asked for");
    let of_plans = ["SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "SavingsPlanNegation"];
    assert_eq!(
        ours[1]["Dimensions"]["Values"],
        json!(of_plans),
        "which have services of their own"
    );
}

/// The bill of two like machines that ran for 30 hours together on a day of the last two weeks.
fn scheduled(with_resources: Said) -> (costs::Costs, Server) {
    let server = Server::start(move |asked| {
        if asked.operation() == "GetCostAndUsageWithResources" {
            return with_resources.clone();
        }
        let (status, body) = spent(asked, &[PAYER]);
        (status, body.replace("2026-10-01", "2026-10-29").replace("24", "30"))
    });
    let seat = server.seat(PAYER);
    let other = ResourceRow { resource_id: format!("aws:{PAYER}:us-east-1:i-2"), ..machine(PAYER) };
    let costs = run(costs::observe(costs::Asked {
        homes: &[&seat],
        resources: &[machine(PAYER), other],
        commitments: &[],
        window: window(),
        now: Some(now()),
        may_spend: &|_| true,
    }));
    (costs, server)
}

#[test]
fn like_machines_that_ran_for_different_times_are_asked_about_one_by_one() {
    let hours = |id: &str, hours: &str| {
        let quantity = json!({ "UsageQuantity": { "Amount": hours, "Unit": "N/A" } });
        json!({ "Keys": [id, "BoxUsage:g5.xlarge"], "Metrics": quantity })
    };
    let day = json!({
        "TimePeriod": { "Start": "2026-10-29", "End": "2026-10-30" },
        "Groups": [hours("i-1", "10"), hours("i-2", "20")],
    });

    let (costs, server) = scheduled((200, json!({ "ResultsByTime": [day] }).to_string()));

    assert_eq!(named(&costs), [(PAYER, Some(10.0)), (PAYER, Some(20.0))]);
    let asked = server.asked().pop().unwrap().json();
    assert_eq!(asked["TimePeriod"]["Start"], "2026-10-21", "of the last 14 days");
    let values = |number: usize| asked["Filter"]["And"][number]["Dimensions"]["Values"].clone();
    assert_eq!(values(1), json!(["Amazon Elastic Compute Cloud - Compute"]));
    assert_eq!(values(3), json!(["BoxUsage:g5.xlarge"]), "and about nothing else");
}

#[test]
fn an_account_that_did_not_switch_single_machines_on_is_told_how() {
    let refused = error(400, "DataUnavailableException", "resource-level data is not enabled");
    let (costs, _server) = scheduled(refused);
    assert_eq!(named(&costs), [(PAYER, Some(15.0)), (PAYER, Some(15.0))]);
    let gap = &costs.gaps[0];
    assert_eq!(gap.what, "ce:GetCostAndUsageWithResources of account 111122223333");
    assert!(gap.remedy.starts_with("Switch on resource-level data"), "{}", gap.remedy);
}

#[test]
fn an_account_without_private_discounts_is_asked_without_them() {
    let server = Server::start(|asked| {
        if asked.json().to_string().contains("NetAmortizedCost") {
            return error(
                400,
                "ValidationException",
                "NetAmortizedCost is not there for this account",
            );
        }
        spent(asked, &[PAYER, MEMBER])
    });

    let costs = bill(&server, 100);

    assert_eq!(server.asked().len(), 4, "one in vain");
    assert_eq!(named(&costs).len(), 2);
}

#[test]
fn pages_that_never_end_are_given_up() {
    let server = Server::start(|asked| {
        let (status, body) = spent(asked, &[PAYER]);
        let mut body: Value = serde_json::from_str(&body).unwrap();
        body["NextPageToken"] = "again".into();
        (status, body.to_string())
    });

    let costs = bill(&server, 100);

    assert_eq!(costs.rows().collect::<Vec<_>>(), []);
    assert_eq!(
        costs.gaps[0].because,
        "its answer cannot be understood: its pages begin again and never end"
    );
}

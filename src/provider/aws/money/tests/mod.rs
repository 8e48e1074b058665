//! Whom it asks, for how much, and what becomes of refusals.

mod server;

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use self::server::{Asked, Said, Server, run};
use super::{commitments, costs, exports, prices};
use crate::{
    catalog::Catalog,
    frame::{CommitmentRow, InstantMs, ResourceRow},
    settings::Settings,
    window::{MS_PER_HOUR, Window},
};

const PAYER: &str = "111122223333";
const MEMBER: &str = "444455556666";

/// October 2026, and a time at which its bill is complete.
fn window() -> Window {
    let at = |text: &str| text.parse().unwrap();
    Window::new(at("2026-10-01T00:00:00Z"), at("2026-10-31T00:00:00Z")).unwrap()
}

fn now() -> Option<InstantMs> {
    Some(InstantMs((window().end + 96) * MS_PER_HOUR))
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
        now: now(),
        may_spend: &may_spend,
    }))
}

fn named(costs: &costs::Costs) -> Vec<(&str, Option<f64>)> {
    let of = |row: &'_ crate::frame::CostRow| row.resource_id.is_some();
    costs
        .rows
        .iter()
        .filter(|row| of(row))
        .map(|row| (row.account_id.as_str(), row.effective_usd))
        .collect()
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

    assert_eq!(costs.rows, []);
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
fn without_money_for_all_usage_none_of_it_is_used() {
    let server = Server::start(|asked| spent(asked, &[PAYER, MEMBER]));

    let costs = bill(&server, 1);

    assert_eq!(server.asked().len(), 1);
    assert_eq!(costs.rows, [], "usage without what commitments cover would look cheap");
    assert_eq!(costs.gaps[0].because, "a request of $0.01 more would pass --max-api-cost");
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

    assert_eq!(costs.rows, []);
    assert_eq!(costs.gaps[0].because, "its pages begin again and never end");
}

#[test]
fn plans_and_reservations_come_with_their_use() {
    let arn = "arn:aws:savingsplans::111122223333:savingsplan/0a1b";
    let server = Server::start(move |asked| match asked.operation() {
        "/DescribeSavingsPlans" => {
            let plan = json!({
                "savingsPlanArn": arn, "savingsPlanType": "Compute", "productTypes": ["EC2"], "state": "active",
                "commitment": "10", "currency": "USD", "start": "2026-01-01T00:00:00Z", "end": "2027-01-01T00:00:00Z",
            });
            (200, json!({ "savingsPlans": [plan] }).to_string())
        }
        "GetSavingsPlansUtilizationDetails" => {
            let told = json!({ "TotalCommitment": "7200", "UsedCommitment": "1800" });
            let detail = json!({ "SavingsPlanArn": arn, "Utilization": told });
            (200, json!({ "SavingsPlansUtilizationDetails": [detail], "TimePeriod": { "Start": "2026-10-01", "End": "2026-10-31" } }).to_string())
        }
        _ => {
            let told = json!({ "PurchasedHours": "720", "TotalActualHours": "720", "TotalAmortizedFee": "720" });
            let group = json!({ "Key": "SUBSCRIPTION_ID", "Value": "77", "Attributes": { "leaseId": "r-1" }, "Utilization": told });
            (200, json!({ "UtilizationsByTime": [{ "Groups": [group] }] }).to_string())
        }
    });
    let seat = server.seat(PAYER);
    let reservation = CommitmentRow {
        commitment_id: "arn:aws:ec2:us-east-1:111122223333:reserved-instances/r-1".to_owned(),
        provider: "aws".to_owned(),
        account_id: PAYER.to_owned(),
        kind: "reservation".to_owned(),
        scope_region: None,
        scope_instance_type: None,
        starts_at: None,
        ends_at: None,
        committed_usd_per_hour: None,
        window_committed_usd: None,
        window_used_usd: None,
    };

    let found = run(commitments::observe(commitments::Asked {
        homes: &[&seat],
        listed: &[reservation],
        window: window(),
        now: now(),
        may_spend: &|_| true,
    }));

    assert_eq!(found.gaps, []);
    let used: Vec<_> = found
        .rows
        .iter()
        .map(|row| (row.kind.as_str(), row.window_committed_usd, row.window_used_usd))
        .collect();
    assert_eq!(
        used,
        [("reservation", Some(720.0), Some(720.0)), ("savings_plan", Some(7200.0), Some(1800.0))]
    );
    let grouped =
        server.asked().into_iter().find(|asked| asked.operation() == "GetReservationUtilization");
    assert_eq!(grouped.unwrap().json()["Granularity"], Value::Null, "grouped, it takes none");
}

#[test]
fn nothing_is_paid_for_where_there_is_no_commitment() {
    let server = Server::start(|_| (200, json!({ "savingsPlans": [] }).to_string()));
    let seat = server.seat(PAYER);
    let found = run(commitments::observe(commitments::Asked {
        homes: &[&seat],
        listed: &[],
        window: window(),
        now: now(),
        may_spend: &|_| panic!("nothing is worth a cent"),
    }));
    assert_eq!(found, commitments::Commitments::default());
}

fn prices_of(server: &Server) -> prices::Prices {
    let seat = server.seat(PAYER);
    run(prices::observe(prices::Asked {
        home: &seat,
        resources: &[machine(PAYER)],
        catalog: &Catalog::embedded().unwrap(),
        today: "2026-10-31".parse().unwrap(),
        max_age_days: 90,
    }))
}

#[test]
fn the_price_list_is_asked_elsewhere_where_a_region_is_forbidden() {
    let product = json!({
        "product": { "attributes": {
            "instanceType": "g5.xlarge", "regionCode": "us-east-1", "operatingSystem": "Linux",
            "preInstalledSw": "NA", "capacitystatus": "Used", "tenancy": "Shared",
        } },
        "terms": { "OnDemand": { "a": { "priceDimensions": { "b": { "unit": "Hrs", "pricePerUnit": { "USD": "1.1" } } } } } },
        "publicationDate": "2026-10-30T00:00:00Z",
    })
    .to_string();
    let server = Server::start(move |asked| match asked.region() {
        "us-east-1" => error(400, "AccessDeniedException", "a policy forbids the region"),
        _ => (200, json!({ "PriceList": [product] }).to_string()),
    });

    let found = prices_of(&server);

    assert_eq!(found.gaps, []);
    assert_eq!(found.rows.len(), 1);
    assert_eq!(
        (found.rows[0].region.as_str(), found.rows[0].price_usd_per_hour),
        ("us-east-1", 1.1)
    );
    let filters = server.asked()[1].json()["Filters"].to_string();
    assert!(
        filters.contains(r#""Field":"capacitystatus","Type":"TERM_MATCH","Value":"Used""#),
        "{filters}"
    );
}

#[test]
fn a_price_list_that_refuses_leaves_the_catalog_and_says_how_old_it_is() {
    let server = Server::start(|_| error(400, "AccessDeniedException", "not for you"));
    let found = prices_of(&server);
    assert_eq!(found.rows, []);
    assert_eq!(server.asked().len(), 3, "in each region that serves it");
    assert!(
        found.gaps[0].hides.contains("prices are from the built-in catalog"),
        "{:?}",
        found.gaps
    );
}

const CUR: &str = "identity_line_item_id,line_item_usage_account_id,line_item_line_item_type,\
    line_item_usage_start_date,line_item_usage_end_date,line_item_product_code,line_item_usage_type,\
    line_item_resource_id,line_item_unblended_cost,line_item_currency_code,product_region_code\n\
    1,111122223333,Usage,2026-10-02T00:00:00Z,2026-10-02T01:00:00Z,AmazonEC2,BoxUsage:g5.xlarge,\
    i-1,1.006,USD,us-east-1\n";

/// A bucket in another region with one export of one month.
fn bucket(is_cut: bool) -> Server {
    Server::start(move |asked| {
        let path = asked.path.as_str();
        if path.contains("location") {
            return (200, "<LocationConstraint>eu-west-1</LocationConstraint>".to_owned());
        }
        if path.contains("list-type=2") {
            let content = format!(
                "<Contents><Key>p/data/BILLING_PERIOD=2026-10/cur-00001.csv</Key><Size>{}</Size>\
                 <LastModified>2026-11-02T00:00:00Z</LastModified></Contents>",
                CUR.len()
            );
            return (200, format!("<ListBucketResult>{content}</ListBucketResult>"));
        }
        let (from, to) = asked.range().unwrap();
        let end = if is_cut { to } else { to + 1 };
        (206, CUR[from..end].to_owned())
    })
}

fn exported(server: &Server) -> exports::Brought {
    let seat = server.seat(PAYER);
    let exports = ["s3://bills/p".to_owned()];
    run(exports::observe(&seat, &exports, window(), &Settings::default()))
}

#[test]
fn an_export_in_a_bucket_names_every_resource() {
    let server = bucket(false);
    let brought = exported(&server);
    assert_eq!(brought.costs.len(), 1, "{:?}", brought.gaps);
    assert_eq!(brought.costs[0].resource_id.as_deref(), Some("aws:111122223333:us-east-1:i-1"));
    assert_eq!(brought.costs[0].billed_hours_mask, Some(1), "by the hour");
    assert_eq!(brought.bills.len(), 1);
    let regions: Vec<String> =
        server.asked().iter().map(|asked| asked.region().to_owned()).collect();
    assert_eq!(regions, ["us-east-1", "eu-west-1", "eu-west-1"], "where the bucket is");
}

#[test]
fn a_file_that_comes_short_is_no_bill() {
    let brought = exported(&bucket(true));
    assert_eq!(brought.costs, []);
    assert!(brought.gaps[0].because.contains("could not be fetched"), "{:?}", brought.gaps);
}

#[test]
fn an_export_on_this_machine_may_be_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let period = folder.path().join("data/BILLING_PERIOD=2026-10");
    std::fs::create_dir_all(&period).unwrap();
    std::fs::write(period.join("cur-00001.csv"), CUR).unwrap();
    let server = Server::start(|_| panic!("nobody is asked"));
    let seat = server.seat(PAYER);
    let exports = [folder.path().to_string_lossy().into_owned()];
    let brought = run(exports::observe(&seat, &exports, window(), &Settings::default()));
    assert_eq!(brought.costs.len(), 1, "{:?}", brought.gaps);
}

//! Commitments, prices and exports.

use serde_json::{Value, json};

use super::{
    super::{commitments, exports, prices},
    MEMBER, PAYER, error, machine, now,
    server::{Server, run},
    window,
};
use crate::{catalog::Catalog, frame::CommitmentRow, settings::Settings};

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
        now: Some(now()),
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
        now: Some(now()),
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
    let asked = server.asked()[1].json();
    let used = json!({ "Type": "TERM_MATCH", "Field": "capacitystatus", "Value": "Used" });
    assert!(asked["Filters"].as_array().unwrap().contains(&used), "{asked}");
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
    assert!(!brought.lacks(PAYER) && !brought.lacks(MEMBER), "nobody else knows more");
    let regions: Vec<String> =
        server.asked().iter().map(|asked| asked.region().to_owned()).collect();
    assert_eq!(regions, ["us-east-1", "eu-west-1", "eu-west-1"], "where the bucket is");
}

#[test]
fn a_file_that_comes_short_is_no_bill() {
    let brought = exported(&bucket(true));
    assert_eq!(brought.costs, []);
    assert!(brought.gaps[0].because.contains("could not be fetched"), "{:?}", brought.gaps);
    assert!(brought.gaps[0].remedy.contains("Cost Explorer is asked instead"));
    assert!(brought.lacks(PAYER), "so it has to be");
}

#[test]
fn an_export_that_fails_leaves_the_accounts_of_which_no_other_tells() {
    let server = bucket(false);
    let seat = server.seat(PAYER);
    let exports = ["s3://bills/p".to_owned(), "/nowhere/at/all".to_owned()];
    let brought = run(exports::observe(&seat, &exports, window(), &Settings::default()));
    assert_eq!(brought.costs.len(), 1, "{:?}", brought.gaps);
    assert!(!brought.lacks(PAYER), "counted twice it would be wrong");
    assert!(brought.lacks(MEMBER));
}

#[test]
fn a_bill_that_cannot_be_read_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cur.csv");
    std::fs::write(&file, "a,b\n1,2\n").unwrap();
    let server = Server::start(|_| panic!("nobody is asked"));
    let seat = server.seat(PAYER);
    let exports = [file.to_string_lossy().into_owned()];
    let brought = run(exports::observe(&seat, &exports, window(), &Settings::default()));
    assert!(brought.lacks(PAYER), "{:?}", brought.gaps);
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

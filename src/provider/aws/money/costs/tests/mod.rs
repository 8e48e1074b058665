//! Cost Explorer's answers as rows: each test is a small bill and what becomes of it.

mod hours;
mod unused;
mod words;

use super::{
    Days, Known, Shared, gaps, licence, normalize,
    pool::PoolKey,
    share::{Hours, share, unclear},
    wire::{Answers, Spent},
};
use crate::{
    frame::{CommitmentRow, CostRow, InstantMs, ResourceRow},
    window::MS_PER_HOUR,
};

/// 2026-10-01.
const DAY: i64 = 1_790_812_800_000;
const MS_PER_DAY: i64 = 24 * MS_PER_HOUR;
const OWN: &str = "111122223333";
const OTHER: &str = "444455556666";
const ALL: Days = Days { start: DAY, end: DAY + MS_PER_DAY };

fn spent(key: &str, account_id: &str, usd: &str, hours: &str) -> Spent {
    Spent {
        day: Some("2026-10-01".to_owned()),
        keys: vec![key.to_owned(), account_id.to_owned()],
        amortized: Some(usd.to_owned()),
        unblended: Some(usd.to_owned()),
        currency: Some("USD".to_owned()),
        quantity: Some(hours.to_owned()),
        ..Spent::default()
    }
}

fn usage(spent: &[Spent]) -> Answers {
    Answers { usage: spent.to_vec(), ..Answers::default() }
}

fn machine(id: &str, machine_type: &str) -> ResourceRow {
    ResourceRow {
        resource_id: format!("aws:{OWN}:us-east-1:{id}"),
        provider: "aws".to_owned(),
        account_id: OWN.to_owned(),
        region: "us-east-1".to_owned(),
        kind: "gpu_instance".to_owned(),
        instance_type: Some(machine_type.to_owned()),
        state: Some("running".to_owned()),
        tags_json: "{}".to_owned(),
        ..ResourceRow::default()
    }
}

fn shared(answers: &Answers, resources: &[ResourceRow]) -> Shared {
    let known =
        Known { hours: &Hours::new(), resources, commitments: &[], days: ALL, settled: ALL };
    share(&normalize::read(answers), known)
}

/// Rows as `id kind purchase effective hours`.
fn said(rows: &[CostRow]) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let number =
        |number: Option<f64>| number.map_or("-".to_owned(), |number| format!("{number:.2}"));
    rows.iter()
        .map(|row| {
            let id = row.resource_id.as_deref().and_then(|id| id.rsplit(':').next()).unwrap_or("-");
            format!(
                "{id} {} {} {} {}",
                row.charge_kind,
                text(&row.purchase_option),
                number(row.effective_usd),
                number(row.quantity),
            )
        })
        .collect()
}

fn total_usd(rows: &[CostRow]) -> f64 {
    rows.iter().filter_map(|row| row.effective_usd).sum()
}

#[test]
fn like_machines_share_what_they_cost_together_by_their_hours() {
    let bill = usage(&[spent("BoxUsage:g5.xlarge", OWN, "36.00", "36")]);
    let noon = Some(InstantMs(DAY + 12 * MS_PER_HOUR));
    let half_day = ResourceRow { launched_at: noon, ..machine("i-b", "g5.xlarge") };

    let rows =
        shared(&bill, &[machine("i-a", "g5.xlarge"), half_day]).booked.rows().collect::<Vec<_>>();

    assert_eq!(said(&rows), ["i-a usage on_demand 24.00 24.00", "i-b usage on_demand 12.00 12.00"]);
    assert_eq!(rows[0].region.as_deref(), Some("us-east-1"));
    assert_eq!(rows[0].instance_type.as_deref(), Some("g5.xlarge"));
    assert_eq!(rows[0].service, "Amazon Elastic Compute Cloud - Compute");
    assert_eq!(rows[0].billed_hours_mask, None, "the bill is by day");
}

#[test]
fn hours_of_machines_that_are_gone_stay_on_the_bill_without_a_resource() {
    let bill = usage(&[spent("BoxUsage:g5.xlarge", OWN, "100.00", "100")]);
    let rows = shared(&bill, &[machine("i-a", "g5.xlarge")]).booked.rows().collect::<Vec<_>>();
    assert_eq!(said(&rows), ["- usage on_demand 76.00 76.00", "i-a usage on_demand 24.00 24.00"]);
}

#[test]
fn no_dollar_is_lost_or_counted_twice() {
    let bill = Answers {
        usage: vec![
            spent("BoxUsage:g5.xlarge", OWN, "33.3333333333", "71.3"),
            spent("BoxUsage:m5.large", OWN, "7.01", "24"),
            spent("USE1-Host:ml.g5.xlarge", OWN, "0.07", "0.05"),
        ],
        covered: vec![spent("BoxUsage:g5.xlarge", OWN, "11.1111111111", "30.1")],
        rest: vec![spent("Tax", OWN, "3.3", "0")],
        volumes: vec![spent("EBS:VolumeUsage.gp3", OWN, "1.7", "21.25")],
    };
    let machines: Vec<ResourceRow> =
        (0..3).map(|number| machine(&format!("i-{number}"), "g5.xlarge")).collect();

    let rows = shared(&bill, &machines).booked.rows().collect::<Vec<_>>();

    assert!((total_usd(&rows) - 56.524_444_444_4).abs() < 1e-9, "{}", total_usd(&rows));
}

#[test]
fn hours_under_a_commitment_are_committed_for_each() {
    let bill = Answers {
        usage: vec![spent("BoxUsage:p5.48xlarge", OWN, "1200.00", "12")],
        covered: vec![spent("BoxUsage:p5.48xlarge", OWN, "720.00", "36")],
        ..Answers::default()
    };
    let rows = shared(&bill, &[machine("i-a", "p5.48xlarge"), machine("i-b", "p5.48xlarge")])
        .booked
        .rows()
        .collect::<Vec<_>>();
    assert_eq!(
        said(&rows),
        [
            "i-a usage committed 360.00 18.00",
            "i-a usage on_demand 600.00 6.00",
            "i-b usage committed 360.00 18.00",
            "i-b usage on_demand 600.00 6.00",
        ]
    );
}

#[test]
fn spot_machines_have_lines_of_their_own() {
    let bill = usage(&[
        spent("BoxUsage:g5.xlarge", OWN, "24.00", "24"),
        spent("SpotUsage:g5.xlarge", OWN, "7.20", "24"),
    ]);
    let spot =
        ResourceRow { purchase_option: Some("spot".to_owned()), ..machine("i-spot", "g5.xlarge") };
    let rows =
        shared(&bill, &[machine("i-a", "g5.xlarge"), spot]).booked.rows().collect::<Vec<_>>();
    assert_eq!(said(&rows), ["i-a usage on_demand 24.00 24.00", "i-spot usage spot 7.20 24.00"]);
}

#[test]
fn a_plan_for_compute_leaves_sagemaker_on_demand() {
    let bill = Answers {
        usage: vec![spent("USE1-Host:ml.g5.xlarge", OWN, "33.79", "24")],
        covered: vec![spent("BoxUsage:g5.xlarge", OWN, "12.00", "24")],
        ..Answers::default()
    };
    let endpoint =
        ResourceRow { kind: "endpoint".to_owned(), ..machine("endpoint/chat", "ml.g5.xlarge") };
    let rows =
        shared(&bill, &[machine("i-a", "g5.xlarge"), endpoint]).booked.rows().collect::<Vec<_>>();
    assert_eq!(
        said(&rows),
        ["endpoint/chat usage on_demand 33.79 24.00", "i-a usage committed 12.00 24.00"]
    );
    assert_eq!(rows[0].service, "Amazon SageMaker");
}

#[test]
fn an_endpoint_that_scales_has_the_hours_that_fixed_ones_leave() {
    let bill = usage(&[spent("USE1-Host:ml.g5.xlarge", OWN, "96.00", "96")]);
    let endpoint = |id: &str, has_scaling| ResourceRow {
        kind: "endpoint".to_owned(),
        unit_count: Some(1.0),
        has_scaling: Some(has_scaling),
        ..machine(id, "ml.g5.xlarge")
    };
    let rows = shared(&bill, &[endpoint("a", true), endpoint("b", false)])
        .booked
        .rows()
        .collect::<Vec<_>>();
    assert_eq!(said(&rows), ["a usage on_demand 72.00 72.00", "b usage on_demand 24.00 24.00"]);
}

#[test]
fn the_same_type_in_another_region_account_or_service_is_not_the_same_machine() {
    let bill = usage(&[
        spent("EU-BoxUsage:g5.xlarge", OWN, "1.00", "1"),
        spent("BoxUsage:g5.xlarge", OTHER, "2.00", "2"),
        spent("USE1-Host:ml.g5.xlarge", OWN, "3.00", "3"),
    ]);
    let shared = shared(&bill, &[machine("i-a", "g5.xlarge")]);
    assert!(shared.booked.rows().all(|row| row.resource_id.is_none()));
    let missing: Vec<&PoolKey> = shared.missing.iter().collect();
    assert_eq!(missing.len(), 1, "it ran, and the bill has nothing of it");
}

#[test]
fn throughput_of_several_models_is_not_divided() {
    let throughput = |id: &str| ResourceRow {
        kind: "provisioned_throughput".to_owned(),
        instance_type: None,
        ..machine(id, "")
    };
    let bill = usage(&[spent("USE1-ProvisionedThroughput-ModelUnits", OWN, "480.00", "24")]);
    let one = shared(&bill, &[throughput("a")]);
    assert_eq!(said(&one.booked.rows().collect::<Vec<_>>()), ["a usage on_demand 480.00 24.00"]);
    let two = shared(&bill, &[throughput("a"), throughput("b")]);
    assert_eq!(said(&two.booked.rows().collect::<Vec<_>>()), ["- usage on_demand 480.00 24.00"]);
    assert_eq!(two.missing.len(), 2);
}

#[test]
fn a_volume_costs_its_part_of_the_gigabytes() {
    let volume = ResourceRow {
        kind: "volume".to_owned(),
        size_gib: Some(500.0),
        instance_type: None,
        state: Some("unattached".to_owned()),
        ..machine("vol-a", "")
    };
    // 1,000 GB on a day of October, at $0.08 a month.
    let bill = Answers {
        volumes: vec![spent("EBS:VolumeUsage.gp3", OWN, "2.5806451613", "32.2580645161")],
        ..Answers::default()
    };
    let rows = shared(&bill, &[volume]).booked.rows().collect::<Vec<_>>();
    assert_eq!(said(&rows), ["- usage on_demand 1.29 16.13", "vol-a usage on_demand 1.29 16.13"]);
}

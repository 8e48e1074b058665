use std::io::Write as _;

use super::*;

const ROWS: &str = r#"{"billing_account_id":"B","service":{"id":"1","description":"Compute Engine"},"sku":{"id":"2","description":"Nvidia L4 GPU running in Americas"},"usage_start_time":"2026-10-01 05:00:00 UTC","usage_end_time":"2026-10-01 06:00:00 UTC","project":{"id":"p1"},"labels":[{"key":"team","value":"nlp"}],"system_labels":[{"key":"compute.googleapis.com/machine_spec","value":"g2-standard-4"}],"location":{"region":"us-central1","zone":"us-central1-a"},"resource":{"name":"projects/p1/instances/trainer","global_name":"//compute.googleapis.com/projects/p1/zones/us-central1-a/instances/42"},"cost":0.6,"currency":"USD","usage":{"amount":3600,"unit":"seconds"},"credits":[{"name":"SUD","type":"SUSTAINED_USAGE_DISCOUNT","amount":-0.1},{"name":"trial","type":"PROMOTION","amount":-0.2}],"cost_type":"regular"}
{"service":{"description":"Compute Engine"},"sku":{"description":"Commitment v1: Nvidia L4 GPU"},"usage_start_time":"2026-10-01T05:00:00Z","usage_end_time":"2026-10-01T06:00:00Z","project":{"id":"p1"},"cost":"0.4","currency":"USD","credits":[],"cost_type":"regular","subscription":{"instance_id":"c-1"}}
{"service":{"description":"Invoice"},"sku":{"description":"Tax"},"usage_start_time":"2026-10-01T05:00:00Z","usage_end_time":"2026-10-01T06:00:00Z","cost":0.05,"currency":"USD","credits":[],"cost_type":"tax"}
"#;

#[test]
fn nested_rows_are_read_with_their_credits() {
    let imported = import_text("gcp.ndjson", ROWS).unwrap();
    assert_eq!(
        by_kind(&imported),
        BTreeMap::from([
            ("commitment_fee", (1, 0.4, 0.4)),
            ("credit", (1, -0.2, -0.2)),
            ("tax", (1, 0.05, 0.05)),
            ("usage", (1, 0.5, 0.5)),
        ])
    );
    let file = &imported.files[0];
    assert_eq!((file.format, file.row_count), ("GCP detailed export", 3));
    assert_eq!(file.billed_usd, Some(Usd::round(0.75)));
    let [machine] = &imported.resources[..] else { panic!("one resource") };
    assert_eq!(machine.resource_id, "gcp:p1:us-central1:instances/42");
    assert_eq!(machine.kind, "gpu_instance");
    assert_eq!(machine.name.as_deref(), Some("trainer"));
    assert_eq!(machine.instance_type.as_deref(), Some("g2-standard-4"));
    assert_eq!(machine.tags_json, r#"{"team":"nlp"}"#);
    let [commitment] = &imported.commitments[..] else { panic!("one commitment") };
    assert_eq!(commitment.commitment_id, "c-1");
    assert_eq!((commitment.window_committed_usd, commitment.window_used_usd), (Some(0.4), None));
}

#[test]
fn a_gzipped_file_is_the_same_file() {
    let bills = Bills::new();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(ROWS.as_bytes()).unwrap();
    let zipped = bills.file("gcp.json.gz", encoder.finish().unwrap());
    let plain = bills.file("gcp.json", ROWS);
    let options = ImportOptions::default();
    assert_eq!(
        import(std::slice::from_ref(&zipped), &options).unwrap().costs,
        import(std::slice::from_ref(&plain), &options).unwrap().costs
    );
    assert_eq!(
        message(import(&[plain, zipped], &options)),
        "gcp.json and gcp.json.gz hold the same charges"
    );
}

#[test]
fn flattened_rows_bring_their_own_exchange_rate_unless_one_is_set() {
    let text = "service_description,sku_description,usage_start_time,usage_end_time,project_id,cost,currency,currency_conversion_rate,credits\n\
                Vertex AI,Online prediction,2026-10-01T05:00:00Z,2026-10-01T06:00:00Z,p1,8,EUR,0.8,\"[{\"\"amount\"\":-4,\"\"type\"\":\"\"DISCOUNT\"\"}]\"\n";
    let bills = Bills::new();
    let path = bills.file("gcp.csv", text);
    let own = import(std::slice::from_ref(&path), &ImportOptions::default()).unwrap();
    assert_eq!(own.files[0].billed_usd, Some(Usd::round(5.0)));
    let stated = import(&[path], &with_rates(&[("EUR", 1.5)])).unwrap();
    assert_eq!(stated.files[0].billed_usd, Some(Usd::round(6.0)));
}

/// One hour of a machine that costs $4, with these credits.
fn hour(credits: &str) -> String {
    format!(
        r#"{{"service":{{"description":"Compute Engine"}},"sku":{{"description":"A2 Instance Core running in Americas"}},"usage_start_time":"2026-10-01T05:00:00Z","usage_end_time":"2026-10-01T06:00:00Z","project":{{"id":"p1"}},"location":{{"region":"us-central1"}},"resource":{{"global_name":"//compute.googleapis.com/projects/p1/zones/us-central1-a/instances/42"}},"cost":4,"cost_at_list":4,"currency":"USD","usage":{{"amount_in_pricing_units":1,"pricing_unit":"hour"}},"credits":[{credits}],"cost_type":"regular"}}"#
    )
}

/// Option, billed, effective and quantity.
type Known = (Option<String>, Option<f64>, Option<f64>, Option<f64>);

fn charges(text: String) -> Vec<Known> {
    let imported = import_text("gcp.ndjson", text).unwrap();
    let rows = imported.costs.into_iter();
    rows.map(|row| (row.purchase_option, row.billed_usd, row.effective_usd, row.quantity)).collect()
}

#[test]
fn what_a_commitment_takes_off_a_row_costs_what_nobody_tells_and_the_rest_is_on_demand() {
    let (committed, on_demand) = (Some("committed".to_owned()), Some("on_demand".to_owned()));
    let cud = |amount: f64| format!(r#"{{"type":"COMMITTED_USAGE_DISCOUNT","amount":{amount}}}"#);
    assert_eq!(charges(hour(&cud(-4.0))), [(committed.clone(), Some(0.0), None, Some(1.0))]);
    assert_eq!(
        charges(hour(&cud(-3.0))),
        [
            (committed.clone(), Some(0.0), None, Some(0.75)),
            (on_demand.clone(), Some(1.0), Some(1.0), Some(0.25)),
        ]
    );
    let spend = r#"{"type":"COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE","amount":-4}"#;
    assert_eq!(charges(hour(spend)), [(committed, Some(0.0), None, Some(1.0))]);
    let sustained = r#"{"type":"SUSTAINED_USAGE_DISCOUNT","amount":-1}"#;
    assert_eq!(charges(hour(sustained)), [(on_demand, Some(3.0), Some(3.0), Some(1.0))]);
}

#[test]
fn a_committed_price_is_the_effective_cost() {
    let row = hour("")
        .replace(r#""cost":4"#, r#""consumption_model":{"description":"3 year CUD"},"cost":2"#);
    assert_eq!(charges(row), [(Some("committed".to_owned()), Some(2.0), Some(2.0), Some(1.0))]);
}

#[test]
fn credits_of_unknown_kinds_leave_open_what_their_rows_cost() {
    let text = "service_description,sku_description,usage_start_time,usage_end_time,project_id,cost,currency,credits_amount\n\
                Compute Engine,A2 Core,2026-10-01T05:00:00Z,2026-10-01T06:00:00Z,p1,4,USD,-4\n\
                Compute Engine,A2 Core,2026-10-02T05:00:00Z,2026-10-02T06:00:00Z,p1,4,USD,0\n";
    let imported = import_text("gcp.csv", text).unwrap();
    let costs: Vec<_> = imported
        .costs
        .iter()
        .map(|row| (row.purchase_option.as_deref(), row.billed_usd, row.effective_usd))
        .collect();
    assert_eq!(costs, [(None, Some(0.0), None), (Some("on_demand"), Some(4.0), Some(4.0))]);
    assert_eq!(imported.files[0].imported_usd, Usd::round(4.0));
    let gaps: Vec<_> = imported.gaps.iter().map(|gap| gap.what.as_str()).collect();
    assert_eq!(gaps, ["the kinds of credits in gcp.csv"]);
}

//! Bills in nested Parquet give what their twins in NDJSON or CSV give.

use super::{super::super::table::parquet_twin::parquet, *};

/// The schema of BigQuery's export of the detailed bill, with more than is read.
const GCP: &str = "
    optional binary billing_account_id (UTF8);
    optional group service { optional binary id (UTF8); optional binary description (UTF8); }
    optional group sku { optional binary id (UTF8); optional binary description (UTF8); }
    optional int64 usage_start_time (TIMESTAMP(MICROS, true));
    optional int64 usage_end_time (TIMESTAMP(MICROS, true));
    optional group project {
        optional binary id (UTF8);
        optional binary name (UTF8);
        optional group labels (LIST) { repeated group list { optional group element { optional binary key (UTF8); optional binary value (UTF8); } } }
        optional group ancestors (LIST) { repeated group list { optional group element { optional binary resource_name (UTF8); } } }
    }
    optional group labels (LIST) { repeated group list { optional group element { optional binary key (UTF8); optional binary value (UTF8); } } }
    optional group system_labels (LIST) { repeated group list { optional group element { optional binary key (UTF8); optional binary value (UTF8); } } }
    optional group location { optional binary location (UTF8); optional binary country (UTF8); optional binary region (UTF8); optional binary zone (UTF8); }
    optional group resource { optional binary name (UTF8); optional binary global_name (UTF8); }
    optional group tags (LIST) { repeated group list { optional group element { optional binary key (UTF8); optional binary value (UTF8); optional binary namespace (UTF8); } } }
    optional group price { optional fixed_len_byte_array(16) effective_price (DECIMAL(38, 9)); optional fixed_len_byte_array(32) list_price (DECIMAL(76, 38)); optional binary unit (UTF8); }
    optional group subscription { optional binary instance_id (UTF8); }
    optional double cost;
    optional double cost_at_list;
    optional binary currency (UTF8);
    optional double currency_conversion_rate;
    optional group usage { optional double amount; optional binary unit (UTF8); optional double amount_in_pricing_units; optional binary pricing_unit (UTF8); }
    optional group credits (LIST) { repeated group list { optional group element { optional binary name (UTF8); optional double amount; optional binary full_name (UTF8); optional binary id (UTF8); optional binary type (UTF8); } } }
    optional binary cost_type (UTF8);";

/// A labelled GPU hour with two credits, one that a commitment pays three quarters of, a fee with neither labels nor
/// location, and a tax with hardly anything.
const GCP_ROWS: &str = r#"{"billing_account_id":"B","service":{"id":"1","description":"Compute Engine"},"sku":{"id":"2","description":"Nvidia L4 GPU running in Americas"},"usage_start_time":"2026-10-01 05:00:00 UTC","usage_end_time":"2026-10-01 06:00:00 UTC","project":{"id":"p1","labels":[{"key":"a","value":"b"}],"ancestors":[]},"labels":[{"key":"team","value":"nlp"},{"key":"owner","value":"kim"},{"key":"empty","value":null}],"system_labels":[{"key":"compute.googleapis.com/machine_spec","value":"g2-standard-4"}],"location":{"location":"us-central1","region":"us-central1","zone":"us-central1-a"},"resource":{"name":"projects/p1/instances/trainer","global_name":"//compute.googleapis.com/projects/p1/zones/us-central1-a/instances/42"},"tags":[{"key":"env","value":"prod","namespace":"n"}],"price":{"effective_price":"0.000123456","list_price":"1","unit":"hour"},"cost":0.600000000001,"cost_at_list":0.7,"currency":"EUR","currency_conversion_rate":0.8,"usage":{"amount":3600,"unit":"seconds","amount_in_pricing_units":1,"pricing_unit":"hour"},"credits":[{"name":"SUD","type":"SUSTAINED_USAGE_DISCOUNT","amount":-0.1},{"name":"trial","type":"PROMOTION","amount":-0.2}],"cost_type":"regular"}
{"billing_account_id":"B","service":{"id":"1","description":"Compute Engine"},"sku":{"id":"3","description":"A2 Instance Core running in Americas"},"usage_start_time":"2026-10-01T06:00:00Z","usage_end_time":"2026-10-01T07:00:00Z","project":{"id":"p1"},"labels":[],"system_labels":[],"location":{"region":"us-central1"},"resource":{"global_name":"//compute.googleapis.com/projects/p1/zones/us-central1-a/instances/43"},"cost":4,"cost_at_list":4,"currency":"EUR","currency_conversion_rate":0.8,"usage":{"amount_in_pricing_units":1,"pricing_unit":"hour"},"credits":[{"type":"COMMITTED_USAGE_DISCOUNT","amount":-3}],"cost_type":"regular"}
{"service":{"description":"Compute Engine"},"sku":{"description":"Commitment v1: Nvidia L4 GPU"},"usage_start_time":"2026-10-01T05:00:00Z","usage_end_time":"2026-10-01T06:00:00Z","project":{"id":"p1"},"cost":0.4,"currency":"EUR","currency_conversion_rate":0.8,"credits":[],"cost_type":"regular","subscription":{"instance_id":"c-1"}}
{"billing_account_id":"B","service":{"description":"Invoice"},"sku":{"description":"Tax"},"usage_start_time":"2026-10-01T05:00:00Z","usage_end_time":"2026-10-01T06:00:00Z","cost":0.05,"currency":"EUR","currency_conversion_rate":0.8,"credits":null,"cost_type":"tax"}
"#;

/// Everything that is imported, apart from what the file is called.
fn assert_twins(parquet: &Imported, twin: &Imported) {
    assert_eq!(parquet.costs, twin.costs);
    assert_eq!(parquet.resources, twin.resources);
    assert_eq!(parquet.commitments, twin.commitments);
    let total = |imported: &Imported| {
        let file = &imported.files[0];
        (
            file.format,
            file.version,
            file.row_count,
            file.billed_usd,
            file.effective_usd,
            file.imported_usd,
        )
    };
    assert_eq!(total(parquet), total(twin));
    let gaps = |imported: &Imported, extension: &str| -> Vec<_> {
        let text = imported.gaps.iter().map(|gap| format!("{gap:?}"));
        text.map(|gap| gap.replace(extension, "")).collect()
    };
    assert_eq!(gaps(parquet, ".parquet"), gaps(twin, ".twin"));
}

#[test]
fn bigquery_parquet_gives_what_its_ndjson_gives() {
    let twin = import_text("bill.twin", GCP_ROWS).unwrap();
    for group_rows in [1, 3, 100] {
        let bytes = parquet(GCP, GCP_ROWS, group_rows);
        assert_twins(&import_text("bill.parquet", bytes).unwrap(), &twin);
    }
    assert_eq!(
        by_kind(&twin),
        BTreeMap::from([
            ("commitment_fee", (1, 0.5, 0.5)),
            ("credit", (1, -0.25, -0.25)),
            ("tax", (1, 0.0625, 0.0625)),
            ("usage", (3, 1.875, 1.875)),
        ])
    );
    let trainer = twin.resources.iter().find(|row| row.resource_id.ends_with("/42")).unwrap();
    assert_eq!(trainer.tags_json, r#"{"owner":"kim","team":"nlp"}"#);
    assert_eq!(trainer.instance_type.as_deref(), Some("g2-standard-4"));
    assert_eq!(trainer.name.as_deref(), Some("trainer"));
    assert_eq!(trainer.zone.as_deref(), Some("us-central1-a"));
}

#[test]
fn lists_of_older_writers_give_the_same_bill() {
    let twin = import_text("bill.twin", GCP_ROWS).unwrap();
    let bag = GCP
        .replace("group list {", "group bag {")
        .replace("group element {", "group array_element {");
    let two_level = GCP
        .replace("repeated group list { optional group element {", "repeated group array {")
        .replace("; } } }", "; } }");
    for schema in [bag, two_level] {
        let bytes = parquet(&schema, GCP_ROWS, 2);
        assert_twins(&import_text("bill.parquet", bytes).unwrap(), &twin);
    }
}

#[test]
fn a_bill_without_credits_on_any_row_is_a_bill() {
    let rows: Vec<_> = GCP_ROWS.lines().skip(2).take(1).collect();
    let bytes = parquet(GCP, rows[0], 10);
    let twin = import_text("bill.twin", rows[0]).unwrap();
    assert_twins(&import_text("bill.parquet", bytes).unwrap(), &twin);
}

#[test]
fn credits_without_an_amount_are_refused_by_name() {
    let rows = GCP_ROWS.replace(r#","amount":-3"#, "");
    assert_eq!(
        message(import_text("bill.parquet", parquet(GCP, &rows, 10))),
        r#"bill.parquet, row 2, column `credits`: `[{"type":"COMMITTED_USAGE_DISCOUNT"}]` is not a number"#
    );
}

#[test]
fn what_every_charge_needs_is_refused_by_name_in_a_type_that_is_not_read() {
    let schema = GCP.replace(
        "optional double cost;",
        "optional fixed_len_byte_array(32) cost (DECIMAL(76, 38));",
    );
    let rows = GCP_ROWS.lines().next().unwrap().replace("0.600000000001", r#""1""#);
    assert_eq!(
        message(import_text("bill.parquet", parquet(&schema, &rows, 10))),
        "the column `cost` of bill.parquet has a Parquet type that is not read"
    );
}

#[test]
fn labels_that_are_not_understood_are_a_gap_and_not_a_silence() {
    let schema = GCP.replacen(
        "optional group labels (LIST) { repeated group list { optional group element { optional binary key (UTF8); optional binary value (UTF8); } } }
    optional group system",
        "optional group labels (LIST) { repeated group list { optional binary element (UTF8); } }
    optional group system",
        1,
    );
    let row = GCP_ROWS.lines().next().unwrap().replace(
        r#""labels":[{"key":"team","value":"nlp"},{"key":"owner","value":"kim"},{"key":"empty","value":null}]"#,
        r#""labels":["team:nlp"]"#,
    );
    let imported = import_text("bill.parquet", parquet(&schema, &row, 10)).unwrap();
    let gap = imported.gaps.iter().find(|gap| gap.what == "column `labels` of bill.parquet");
    assert_eq!(gap.unwrap().because, "1 row hold no tags in a known form");
}

/// The columns of CUR 2.0 that the rows below have, with its maps.
const CUR: &str = "
    optional binary identity_line_item_id (UTF8);
    optional binary identity_time_interval (UTF8);
    optional binary bill_payer_account_id (UTF8);
    optional binary line_item_usage_account_id (UTF8);
    optional binary line_item_line_item_type (UTF8);
    optional int64 line_item_usage_start_date (TIMESTAMP(MICROS, true));
    optional int64 line_item_usage_end_date (TIMESTAMP(MICROS, true));
    optional binary line_item_product_code (UTF8);
    optional binary line_item_usage_type (UTF8);
    optional binary line_item_resource_id (UTF8);
    optional double line_item_usage_amount;
    optional fixed_len_byte_array(16) line_item_unblended_cost (DECIMAL(38, 12));
    optional binary line_item_currency_code (UTF8);
    optional group resource_tags (MAP) { repeated group key_value { required binary key (UTF8); optional binary value (UTF8); } }
    optional group cost_category (MAP) { repeated group key_value { required binary key (UTF8); optional binary value (UTF8); } }
    optional group product (MAP) { repeated group key_value { required binary key (UTF8); optional binary value (UTF8); } }
    optional group discount (MAP) { repeated group key_value { required binary key (UTF8); optional double value; } }";

fn cur_rows(tags: &[&str]) -> String {
    let row = |(index, tags): (usize, &&str)| {
        format!(
            r#"{{"identity_line_item_id":"id{index}","identity_time_interval":"2026-10-01T05:00:00Z/2026-10-01T06:00:00Z","bill_payer_account_id":"111122223333","line_item_usage_account_id":"111122223333","line_item_line_item_type":"Usage","line_item_usage_start_date":"2026-10-01T05:00:00Z","line_item_usage_end_date":"2026-10-01T06:00:00Z","line_item_product_code":"AmazonEC2","line_item_usage_type":"BoxUsage:g5.xlarge","line_item_resource_id":"i-{index}","line_item_usage_amount":1,"line_item_unblended_cost":"1.006000000001","line_item_currency_code":"USD","resource_tags":{tags},"cost_category":{{"team":"x"}},"product":{{"region":"elsewhere"}},"discount":{{"edp":0.1}}}}"#
        )
    };
    tags.iter().enumerate().map(row).collect::<Vec<_>>().join("\n")
}

/// The same rows as CSV, in which CUR 2.0 has maps as JSON.
fn csv(ndjson: &str) -> Vec<u8> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    for (index, line) in ndjson.lines().enumerate() {
        let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        if index == 0 {
            csv.write_record(row.keys()).unwrap();
        }
        let cell = |value: &serde_json::Value| match value {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        csv.write_record(row.values().map(cell)).unwrap();
    }
    csv.into_inner().unwrap()
}

#[test]
fn the_tag_maps_of_cur_2_give_what_its_csv_gives() {
    let rows = cur_rows(&[
        r#"{"user_team":"nlp","user_owner":"kim","aws_createdBy":"x"}"#,
        r#"{"user_team":null}"#,
        "{}",
        "null",
    ]);
    let twin = import_text("bill.twin", csv(&rows)).unwrap();
    let imported = import_text("bill.parquet", parquet(CUR, &rows, 3)).unwrap();
    assert_twins(&imported, &twin);
    let tags: Vec<_> = imported.resources.iter().map(|row| row.tags_json.as_str()).collect();
    assert_eq!(tags, [r#"{"aws_createdBy":"x","owner":"kim","team":"nlp"}"#, "{}", "{}", "{}"]);
    assert_eq!(imported.files[0].billed_usd, Some(Usd::round(4.02)));
    assert!(imported.gaps.is_empty(), "{:?}", imported.gaps);
}

/// FOCUS with its two key-value columns as maps.
const FOCUS: &str = "
    required double BilledCost;
    required double EffectiveCost;
    required double ListCost;
    required binary BillingCurrency (UTF8);
    required binary ChargeCategory (UTF8);
    required int64 ChargePeriodStart (TIMESTAMP(MICROS, true));
    required int64 ChargePeriodEnd (TIMESTAMP(MICROS, true));
    required binary ProviderName (UTF8);
    required binary SubAccountId (UTF8);
    required binary RegionId (UTF8);
    required binary ServiceName (UTF8);
    required binary SkuId (UTF8);
    required binary ResourceId (UTF8);
    optional group Tags (MAP) { repeated group key_value { required binary key (UTF8); optional binary value (UTF8); } }
    optional group SkuPriceDetails (MAP) { repeated group key_value { required binary key (UTF8); optional binary value (UTF8); } }";

const FOCUS_ROWS: &str = r#"{"BilledCost":1.25,"EffectiveCost":1.0,"ListCost":2,"BillingCurrency":"USD","ChargeCategory":"Usage","ChargePeriodStart":"2026-10-01T05:00:00Z","ChargePeriodEnd":"2026-10-01T06:00:00Z","ProviderName":"Microsoft","SubAccountId":"s1","RegionId":"westeurope","ServiceName":"Virtual Machines","SkuId":"k","ResourceId":"/subscriptions/s1/resourcegroups/g/providers/microsoft.compute/virtualmachines/a","Tags":{"team":"nlp","owner":null},"SkuPriceDetails":{"InstanceType":"Standard_NC24ads_A100_v4"}}
{"BilledCost":0.5,"EffectiveCost":0.5,"ListCost":1,"BillingCurrency":"USD","ChargeCategory":"Usage","ChargePeriodStart":"2026-10-01T05:00:00Z","ChargePeriodEnd":"2026-10-01T06:00:00Z","ProviderName":"Microsoft","SubAccountId":"s1","RegionId":"westeurope","ServiceName":"Virtual Machines","SkuId":"k","ResourceId":"/subscriptions/s1/resourcegroups/g/providers/microsoft.compute/virtualmachines/b","Tags":null,"SkuPriceDetails":null}
"#;

#[test]
fn the_maps_of_focus_give_what_its_csv_gives() {
    let twin = import_text("bill.twin", csv(FOCUS_ROWS)).unwrap();
    let imported = import_text("bill.parquet", parquet(FOCUS, FOCUS_ROWS, 10)).unwrap();
    assert_twins(&imported, &twin);
    let known: Vec<_> = imported
        .resources
        .iter()
        .map(|row| (row.tags_json.as_str(), row.instance_type.as_deref()))
        .collect();
    assert_eq!(known, [(r#"{"team":"nlp"}"#, Some("Standard_NC24ads_A100_v4")), ("{}", None)]);
}

#[test]
fn tags_as_a_struct_or_a_list_of_pairs_are_tags() {
    let twin = import_text("bill.twin", csv(FOCUS_ROWS)).unwrap();
    let map = "optional group Tags (MAP) { repeated group key_value { required binary key (UTF8); optional binary value (UTF8); } }";
    let whole =
        "optional group Tags { optional binary team (UTF8); optional binary owner (UTF8); }";
    let bytes = parquet(&FOCUS.replace(map, whole), FOCUS_ROWS, 10);
    assert_twins(&import_text("bill.parquet", bytes).unwrap(), &twin);
    let pairs = "optional group Tags (LIST) { repeated group list { optional group element { required binary key (UTF8); optional binary value (UTF8); } } }";
    let rows = FOCUS_ROWS.replace(
        r#"{"team":"nlp","owner":null}"#,
        r#"[{"key":"team","value":"nlp"},{"key":"owner","value":null}]"#,
    );
    let bytes = parquet(&FOCUS.replace(map, pairs), &rows, 10);
    assert_twins(&import_text("bill.parquet", bytes).unwrap(), &twin);
}

#[test]
fn a_nested_bill_that_is_cut_off_is_refused() {
    let bytes = parquet(GCP, GCP_ROWS, 2);
    for end in [bytes.len() - 1, bytes.len() / 2, 10] {
        assert_eq!(
            message(import_text("bill.parquet", &bytes[..end])),
            "bill.parquet is not readable as Parquet: it is truncated or corrupt"
        );
    }
}

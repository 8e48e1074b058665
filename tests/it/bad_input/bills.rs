//! Bills and inventories.

use insta::assert_snapshot;

use super::refused;
use crate::support::Folder;

const BILL: &str = "--billing bill.csv";
const INVENTORY: &str = "--billing bill.csv --inventory inventory.csv";

#[test]
fn a_file_that_is_no_bill() {
    let folder = Folder::new();
    folder.write("bill.csv", "name,amount\nrent,1200\n");
    assert_snapshot!(refused(&folder, BILL), @r"
    import::unknown_format

      × bill.csv is in no billing format that is known: its columns are name,
      │ amount
      help: export FOCUS 1.0 to 1.2, AWS CUR (2.0 or legacy), Azure cost details
            (actual or amortized) or the GCP detailed export
    ");
}

#[test]
fn a_bill_without_a_needed_column() {
    let folder = Folder::with_bundle();
    folder.replace("bill.csv", "EffectiveCost", "Effective");
    assert_snapshot!(refused(&folder, BILL), @r"
    import::missing_column

      × bill.csv lacks the column `EffectiveCost` of FOCUS 1.0: its columns are
      │ BillingAccountId, BillingCurrency, BillingPeriodStart, BillingPeriodEnd,
      │ ChargePeriodStart, ChargePeriodEnd, ChargeCategory, ChargeClass,
      │ ChargeDescription, ProviderName, InvoiceIssuerName, SubAccountId,
      │ RegionId, ResourceId, ResourceName, ServiceName, SkuId, PricingCategory,
      │ ConsumedQuantity, ConsumedUnit, ListCost, BilledCost, Effective, Tags
      help: add the column to the export; if it has another name, rename or map it
    ");
}

#[test]
fn an_inventory_without_ids() {
    let folder = Folder::with_bundle();
    folder.replace("inventory.csv", "resource_id", "machine");
    assert_snapshot!(refused(&folder, INVENTORY), @r"
    import::missing_column

      × inventory.csv lacks the column `resource_id` of the frame `resources`: its
      │ columns are machine, kind, name, instance_type, state, purchase_option,
      │ launched_at, unit_count, team
      help: add the column to the export; if it has another name, rename or map it
    ");
}

#[test]
fn an_inventory_with_a_kind_that_does_not_exist() {
    let folder = Folder::with_bundle();
    folder.replace("inventory.csv", "gpu_instance", "mainframe");
    assert_snapshot!(refused(&folder, INVENTORY), @r"
    import::word

      × inventory.csv, line 2, column `kind`: `mainframe` is not one of
      │ gpu_instance, node, endpoint, notebook, job, volume,
      │ provisioned_throughput, workload, other
      help: use one of the words listed
    ");
}

#[test]
fn a_map_of_columns_that_names_none_of_ours() {
    let folder = Folder::with_bundle();
    folder.write("ai-cost.toml", "columns.inventory.machine_type = 'instance_type'\n");
    assert_snapshot!(refused(&folder, INVENTORY), @r"
    import::map_ours

      × the column map names `machine_type`, which is not a column of `resources`:
      │ it has resource_id, provider, account_id, region, zone, name,
      │ instance_type, kind, state, purchase_option, launched_at, stopped_at,
      │ backed_by, attached_to, gpu_model, gpu_count, gpu_mem_gib_per_gpu,
      │ vcpu_count, mem_gib, size_gib, unit_count, billed_hours,
      │ scaling_min_count, has_scaling, has_unreachable_telemetry,
      │ has_idle_shutdown, has_checkpoint, has_preallocated_memory, serving_mode,
      │ owner, team, environment, tags_json, machine_provider, last_started_at,
      │ reserved_in, price_variant, is_on_demand_base
      help: correct the left side of the entry
    ");
}

#[test]
fn a_map_of_columns_that_names_none_of_the_files() {
    let folder = Folder::with_bundle();
    folder.write("ai-cost.toml", "columns.inventory.instance_type = 'Size'\n");
    assert_snapshot!(refused(&folder, INVENTORY), @r"
    import::map_theirs

      × the column map takes `instance_type` from `Size`, which inventory.csv does
      │ not have: its columns are resource_id, kind, name, instance_type, state,
      │ purchase_option, launched_at, unit_count, team
      help: correct the right side of the entry
    ");
}

#[test]
fn two_currencies_without_a_rate() {
    let folder = Folder::with_bundle();
    folder.replace("bill.csv", "\n111122223333,USD", "\n111122223333,EUR");
    assert_snapshot!(refused(&folder, BILL), @r"
    import::currency

      × bill.csv, line 2: the charge is in EUR, and no exchange rate to US dollars
      │ is set
      help: set `currency.usd_per.EUR` to the US dollars one EUR is worth
    ");
}

#[test]
fn a_number_that_is_none() {
    let folder = Folder::with_bundle();
    folder.replace("bill.csv", "29.088,29.088,29.088", "29.088,29.088,about 29");
    assert_snapshot!(refused(&folder, BILL), @r"
    import::number

      × bill.csv, line 2, column `EffectiveCost`: `about 29` is not a number
      help: write numbers as 1234.56, without thousands separators or signs of
            currency; a decimal comma is read only in files separated by
            semicolons or with translated headers, and then in all of the file
    ");
}

#[test]
fn an_inventory_that_lists_a_machine_twice() {
    let folder = Folder::with_bundle();
    folder.replace("inventory.csv", "i-0000000000000002", "i-0000000000000001");
    assert_snapshot!(refused(&folder, INVENTORY), @r"
    import::duplicate

      × inventory.csv, line 3: resource_id = aws:111122223333:us-east-1:i-
      │ 0000000000000001 is already in inventory.csv, line 2
      help: remove one of the two rows
    ");
}

#[test]
fn requests_that_count_an_hour_twice() {
    let folder = Folder::with_bundle();
    folder.replace("invocations.csv", "2026-10-01T01:00:00Z", "2026-10-01T00:00:00Z");
    assert_snapshot!(refused(&folder, "--billing bill.csv --invocations invocations.csv"), @r"
    import::duplicate

      × invocations.csv, line 3: resource_id = aws:111122223333:us-east-
      │ 1:endpoint/summarizer, model = default, hour_start = 2026-10-01T00:00:00Z,
      │ variant = (none) is already in invocations.csv, line 2
      help: remove one of the two rows
    ");
}

#[test]
fn one_bill_given_twice() {
    let folder = Folder::with_bundle();
    folder.write("again.csv", folder.read("bill.csv"));
    assert_snapshot!(refused(&folder, "--billing bill.csv --billing again.csv"), @r"
    import::same_file

      × bill.csv and again.csv hold the same charges
      help: give each bill once
    ");
}

#[test]
fn text_that_is_not_utf_8() {
    let folder = Folder::with_bundle();
    let mut bytes = folder.read("bill.csv").into_bytes();
    let at = bytes.windows(6).position(|window| window == b"ranker").unwrap();
    bytes[at] = 0xE9;
    folder.write("bill.csv", bytes);
    assert_snapshot!(refused(&folder, BILL), @r"
    import::utf8

      × bill.csv, line 10: byte 3735 of the file is not UTF-8 text
      help: save the file as UTF-8, for example with `iconv -f WINDOWS-1252 -t
            UTF-8`
    ");
}

#[test]
fn a_line_that_was_cut_off() {
    let folder = Folder::with_bundle();
    let text = folder.read("bill.csv");
    folder.write("bill.csv", &text[..text.len() - 60]);
    assert_snapshot!(refused(&folder, BILL), @r"
    import::fields

      × bill.csv, line 25 has 18 fields where 24 are expected
      help: look for an unquoted comma or a line that was cut off, and export the
            file again
    ");
}

#[test]
fn a_compressed_bill_that_was_cut_off() {
    use std::io::Write as _;
    let folder = Folder::with_bundle();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(folder.read("bill.csv").as_bytes()).unwrap();
    folder.write("bill.csv.gz", gzip.finish().unwrap());
    super::truncate(&folder, "bill.csv.gz");
    assert_snapshot!(refused(&folder, "--billing bill.csv.gz"), @r"
    import::truncated

      × could not read bill.csv.gz to its end: it is truncated or damaged
      ╰─▶ incomplete deflate stream
      help: download or export the file again and compare its size
    ");
}

#[test]
fn a_bill_named_parquet_that_is_text() {
    let folder = Folder::with_bundle();
    folder.write("bill.parquet", folder.read("bill.csv"));
    assert_snapshot!(refused(&folder, "--billing bill.parquet"), @r"
    import::format

      × bill.parquet is named like Parquet but does not begin like it, not CSV,
      │ NDJSON or Parquet
      help: download or export the file again
    ");
}

//! A bill that lies in a bucket: the newest complete run of an export, whatever passes. Where it cannot be had, Cost Explorer is
//! asked, and the report says why.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::Path,
    sync::{Arc, OnceLock},
    thread,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::given::{ID, REGION, USD, audit_under, estate, idle, is_near};
use crate::{
    aws::{
        audited,
        fake::{Calls, Effect, Estate, Fake, Fault, Scope},
        faulty::{PASSING, gaps},
        world::{ACCOUNTS, END, HOUR, START, iso},
    },
    support::list,
};

/// Another machine like the first.
const OTHER: &str = "i-0000000000000000b";
/// What each costs by the hour, after private discounts that only the export knows. Cost Explorer has list prices.
const PAID_USD: [(&str, f64); 2] = [(ID, 0.9), (OTHER, 0.6)];
/// Where the export lies.
const SETTINGS: &str = "[aws]\nexports = ['s3://bills/finance/gpu']\n";
/// The runs of a billing period: an old one, the newest that is complete, and one that is being written. By them every hour costs
/// so many times what it does.
const RUNS: [(&str, f64, bool); 3] = [
    ("2026-10-04T03:11:09.120Z-0d5c", 3.0, true),
    ("2026-10-05T03:12:44.870Z-77ab", 1.0, true),
    ("2026-10-05T09:40:02.006Z-e1f0", 5.0, false),
];
/// Billing periods, and the seconds from which to which they go.
const FIRST_OF_OCTOBER: i64 = START + 10 * 24 * HOUR;
const PERIODS: [(&str, i64, i64); 2] = [
    // It begins before the window.
    ("2026-09", START - 48 * HOUR, FIRST_OF_OCTOBER),
    ("2026-10", FIRST_OF_OCTOBER, END),
];

/// CUR 2.0 as somebody chose its columns, hour by hour.
fn bill(id: &str, usd: f64, (start, end): (i64, i64)) -> String {
    let mut bill = "bill_payer_account_id,identity_line_item_id,identity_time_interval,line_item_currency_code,\
        line_item_line_item_type,line_item_operation,line_item_product_code,line_item_resource_id,\
        line_item_unblended_cost,line_item_usage_account_id,line_item_usage_amount,line_item_usage_end_date,\
        line_item_usage_start_date,line_item_usage_type,pricing_public_on_demand_cost,pricing_unit,\
        product_instance_type,product_region_code\n"
        .to_owned();
    let account = ACCOUNTS[0];
    for second in (start..end).step_by(3600) {
        let (from, to) = (iso(second), iso(second + HOUR));
        writeln!(
            bill,
            "{account},{id}-{second},{from}/{to},USD,Usage,RunInstances,AmazonEC2,{id},{usd},{account},1,{to},\
             {from},BoxUsage:g5.xlarge,{USD},Hrs,g5.xlarge,{REGION}"
        )
        .unwrap();
    }
    bill
}

fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// The buckets as Data Exports fills them if each run is kept: files of data, and a manifest that comes last.
fn fill(buckets: &Path) {
    for (period, start, end) in PERIODS {
        for (run, times, is_complete) in RUNS {
            let folder = |kind: &str| format!("finance/gpu/{kind}/BILLING_PERIOD={period}/{run}");
            let mut files = Vec::new();
            for (number, (id, usd)) in (1..).zip(PAID_USD) {
                let key = format!("{}/gpu-{number:05}.csv.gz", folder("data"));
                let mut zipped =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                zipped.write_all(bill(id, usd * times, (start, end)).as_bytes()).unwrap();
                write(&buckets.join("bills").join(&key), &zipped.finish().unwrap());
                files.push(format!("s3://bills/{key}"));
            }
            if is_complete {
                let manifest = json!({
                    "exportArn": format!("arn:aws:bcm-data-exports:{REGION}:{}:export/gpu-4711", ACCOUNTS[0]),
                    "executionId": run,
                    "contentType": "text/csv",
                    "compression": "GZIP",
                    "dataFiles": files,
                });
                let key = format!("{}/gpu-Manifest.json", folder("metadata"));
                write(&buckets.join("bills").join(key), manifest.to_string().as_bytes());
            }
        }
    }
}

/// Two idle machines, and their bill in a bucket in another region than theirs.
fn billed() -> &'static Arc<Estate> {
    static BILLED: OnceLock<(Arc<Estate>, TempDir)> = OnceLock::new();
    let (estate, _) = BILLED.get_or_init(|| {
        let buckets = tempfile::tempdir().unwrap();
        fill(buckets.path());
        let mut estate = estate(&[(ID, idle()), (OTHER, idle())]);
        estate.buckets = Some(buckets.path().to_owned());
        estate.buckets_in = Some("eu-west-1");
        (Arc::new(estate), buckets)
    });
    estate
}

fn audit(settings: &str, faults: impl IntoIterator<Item = Fault>) -> (Value, Fake) {
    audit_under(billed(), settings, "", faults)
}

/// The report without any fault.
fn sound() -> &'static (Value, Fake) {
    static SOUND: OnceLock<(Value, Fake)> = OnceLock::new();
    SOUND.get_or_init(|| audit(SETTINGS, []))
}

/// The report by Cost Explorer alone.
fn without_export() -> &'static Value {
    static WITHOUT: OnceLock<Value> = OnceLock::new();
    WITHOUT.get_or_init(|| audit("", []).0)
}

/// What stopping a machine saves.
fn saved<'a>(report: &'a Value, id: &str) -> &'a Value {
    let is_it = |found: &&Value| {
        let subject = found["subject"]["resource_id"].as_str().unwrap();
        found["rule"] == "gpu-idle" && subject.ends_with(id)
    };
    let found = list(&report["findings"]).iter().find(is_it);
    &found.unwrap_or_else(|| panic!("{report:#}"))["counted_usd_per_month"]["likely"]
}

/// Requests of S3 and Cost Explorer.
fn asked(fake: &Fake) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    for ((action, ..), count) in fake.log().calls() {
        if action.starts_with("s3:") || action.starts_with("ce:") {
            *asked.entry(action).or_default() += count;
        }
    }
    asked
}

/// Gaps that speak of the export.
fn told(report: &Value) -> Vec<String> {
    let (before, mut told) = (gaps(sound_report()), gaps(report));
    told.retain(|gap| gap.contains("s3://bills/finance/gpu") && !before.contains(gap));
    told.into_iter().collect()
}

fn sound_report() -> &'static Value {
    &sound().0
}

#[test]
fn the_newest_complete_run_of_an_export_is_the_bill_and_cost_explorer_is_not_asked() {
    let (report, fake) = sound();
    for (id, usd) in PAID_USD {
        assert!(is_near(saved(report, id), usd * 730.0), "{id}: {report:#}");
    }
    let all = 730.0 * PAID_USD.iter().map(|(_, usd)| usd).sum::<f64>();
    assert!(is_near(&report["totals"]["effective_usd_per_month"], all), "{report:#}");
    assert!(!gaps(report).iter().any(|gap| gap.contains("s3:")), "{:#}", report["gaps"]);
    // A manifest and two files of each period.
    let expected = [("s3:GetBucketLocation", 1), ("s3:GetObject", 6), ("s3:ListObjectsV2", 1)];
    let expected = expected.map(|(action, count)| (action.to_owned(), count));
    assert_eq!(asked(fake), BTreeMap::from(expected));
}

#[test]
fn what_passes_in_a_bucket_leaves_no_trace() {
    let (sound, fake) = sound();
    thread::scope(|scope| {
        for effect in PASSING {
            scope.spawn(move || {
                let faults = [
                    (Scope::action("s3"), Calls::FirstOfEach(1)),
                    // The first object that is fetched is a manifest.
                    (Scope::action("s3:GetObject").about(&[".csv.gz"]), Calls::First(1)),
                ];
                let faults = faults.map(|(scope, calls)| Fault { scope, calls, effect });
                let (report, struck) = audit(SETTINGS, faults);
                assert_eq!(audited::findings(&report), audited::findings(sound), "{effect:?}");
                assert_eq!(report["totals"], sound["totals"], "{effect:?}");
                assert_eq!(gaps(&report), gaps(sound), "{effect:?}");
                assert!(struck.idle_faults().is_empty(), "{effect:?}");
                // What failed was asked once more, and of a list there was a page more.
                let [location, objects, lists] = match effect {
                    Effect::Wait(_) => [0, 0, 0],
                    Effect::EmptyPage | Effect::DoublePage => [0, 0, 1],
                    _ => [1, 2, 1],
                };
                let mut expected = asked(fake);
                for (action, more) in [
                    ("s3:GetBucketLocation", location),
                    ("s3:GetObject", objects),
                    ("s3:ListObjectsV2", lists),
                ] {
                    *expected.get_mut(action).unwrap() += more;
                }
                assert_eq!(asked(&struck), expected, "{effect:?}");
            });
        }
    });
}

/// What a bucket refuses, the first question of it that then fails, and the permission for that.
const REFUSALS: [(&str, &str, &str); 4] = [
    ("s3", "s3:ListObjectsV2", "s3:ListBucket"),
    // Asked in its home region, it says that the bucket is elsewhere, and not where.
    ("s3:GetBucketLocation", "s3:GetBucketLocation", "s3:GetBucketLocation"),
    ("s3:ListObjectsV2", "s3:ListObjectsV2", "s3:ListBucket"),
    ("s3:GetObject", "s3:GetObject", "s3:GetObject"),
];

#[test]
fn a_bucket_that_refuses_is_a_gap_that_names_it_and_cost_explorer_is_asked_instead() {
    let others = gaps(without_export());
    thread::scope(|scope| {
        for effect in [Effect::Deny, Effect::Malformed] {
            for (refused, operation, permission) in REFUSALS {
                let others = &others;
                scope.spawn(move || {
                    let when = format!("{effect:?} {refused}");
                    let scope = Scope::action(refused);
                    let fault = Fault { scope, calls: Calls::Always, effect };
                    let (report, fake) = audit(SETTINGS, [fault]);
                    assert!(fake.idle_faults().is_empty(), "{when}");
                    let told = told(&report);
                    let is_told = |gap: &String| {
                        let helps = effect == Effect::Malformed
                            || gap.contains(&format!("allow `{permission}` for this bucket"));
                        gap.contains(operation)
                            && helps
                            && gap.contains("Cost Explorer is asked instead")
                    };
                    assert!(told.iter().any(is_told), "{when}: {told:#?}");
                    // All else is as if there were no export.
                    let plain = without_export();
                    assert_eq!(audited::findings(&report), audited::findings(plain), "{when}");
                    assert_eq!(report["totals"], plain["totals"], "{when}");
                    for (id, _) in PAID_USD {
                        assert_eq!(saved(&report, id), saved(plain, id), "{when}");
                    }
                    assert!(gaps(&report).is_superset(others), "{when}");
                    assert_eq!(fake.log().count("ce:GetCostAndUsage"), 3, "{when}");
                });
            }
        }
    });
}

#[test]
fn a_clock_that_is_off_for_a_bucket_is_said_with_what_helps() {
    let off = Fault {
        scope: Scope::action("s3:ListObjectsV2"),
        calls: Calls::Always,
        effect: Effect::ClockSkew(20),
    };
    let told = told(&audit(SETTINGS, [off]).0);
    let says_so = |gap: &String| {
        gap.contains("RequestTimeTooSkewed")
            && gap.contains("set the clock of this machine")
            && gap.contains("Cost Explorer is asked instead")
    };
    assert!(told.iter().any(says_so), "{told:#?}");
}

/// Its data can be read: only what an earlier run may have left in its folder is not known.
#[test]
fn a_manifest_that_cannot_be_had_or_read_is_said_and_the_bill_is_used() {
    for effect in [Effect::Deny, Effect::Malformed] {
        let fault = Fault {
            scope: Scope::action("s3:GetObject").about(&["Manifest.json"]),
            calls: Calls::Always,
            effect,
        };
        let (report, fake) = audit(SETTINGS, [fault]);
        let told = told(&report);
        assert!(told.iter().any(|gap| gap.contains("its manifest cannot be read")), "{told:#?}");
        assert_eq!(report["totals"], sound_report()["totals"], "{effect:?}");
        assert_eq!(fake.log().count("ce:GetCostAndUsage"), 0, "{effect:?}");
    }
}

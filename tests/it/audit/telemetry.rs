//! Telemetry at any interval comes to the same verdicts, read directly or from a snapshot.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Folder, list};

/// Provider, account and region of all machines.
const HERE: &str = "aws:111122223333:us-east-1:";

/// Hours of the samples: 16 days, so that schedules are judged, too.
const HOURS: usize = 16 * 24;

/// Samples of one machine every ten minutes: a row per sample, by hour and sample of the hour.
fn samples(text: &mut String, machine: &str, columns: impl Fn(usize, usize) -> String) {
    for hour in 0..HOURS {
        for sample in 0..6 {
            let (day, hour_of_day, minute) = (hour / 24 + 1, hour % 24, sample * 10);
            let at = format!("2026-10-{day:02}T{hour_of_day:02}:{minute:02}:00Z");
            writeln!(text, "{HERE}{machine},{at},{}", columns(hour, sample)).unwrap();
        }
    }
}

/// Machines that do nothing, or something now and then, for minutes or for hours.
fn folder() -> Folder {
    let mut text =
        "resource_id,time,gpu_util_percent,gpu_active_ratio,gpu_mem_used_mib\n".to_owned();
    let busy = |is_busy: bool| if is_busy { "28,,14000" } else { "0,,14000" }.to_owned();
    // Ten minutes of every hour: a mean of 4.7 %.
    samples(&mut text, "every-hour", |_, sample| busy(sample == 3));
    samples(&mut text, "once-a-week", |hour, sample| busy(hour % 168 == 20 && sample == 3));
    samples(&mut text, "never", |_, _| busy(false));
    // A slice of an accelerator reports its engines alone.
    let engine = |is_busy: bool| if is_busy { ",0.28,14000" } else { ",0,14000" }.to_owned();
    samples(&mut text, "slice-every-hour", |_, sample| engine(sample == 3));
    samples(&mut text, "slice-never", |_, _| engine(false));
    let by_day = |hour: usize| (8..19).contains(&(hour % 24));
    samples(&mut text, "by-day", |hour, _| busy(by_day(hour)));
    samples(&mut text, "by-day-and-briefly-at-night", |hour, sample| {
        busy(by_day(hour) || sample == 3)
    });
    let mut inventory =
        "resource_id,kind,name,instance_type,state,purchase_option,launched_at\n".to_owned();
    for name in [
        "every-hour",
        "once-a-week",
        "never",
        "slice-every-hour",
        "slice-never",
        "by-day",
        "by-day-and-briefly-at-night",
    ] {
        let about = "gpu_instance,NAME,g5.2xlarge,running,on_demand,2026-01-01T00:00:00Z";
        writeln!(inventory, "{HERE}{name},{}", about.replace("NAME", name)).unwrap();
    }
    let folder = Folder::new();
    folder.write("metrics.csv", text);
    folder.write("inventory.csv", inventory);
    folder
}

const FILES: &str = "--metrics metrics.csv --inventory inventory.csv";

/// Rule and name of all findings about single machines, in order.
fn found(report: &Value) -> Vec<(&str, &str)> {
    let mut found: Vec<(&str, &str)> = list(&report["findings"])
        .iter()
        .filter(|finding| finding["rule"] != "commitment-missing")
        .map(|finding| {
            (finding["rule"].as_str().unwrap(), finding["subject"]["name"].as_str().unwrap())
        })
        .collect();
    found.sort_unstable();
    found
}

#[test]
fn short_work_in_every_hour_is_no_idleness_and_files_and_snapshots_agree() {
    let folder = folder();
    let of_files = folder.run(&format!("audit {FILES} --format json")).json();
    folder.run(&format!("collect {FILES} --out snapshot")).done();
    let of_snapshot = folder.run("audit --snapshot snapshot --format json").json();

    assert_eq!(
        found(&of_files),
        [
            ("gpu-idle-holding-memory", "never"),
            ("gpu-idle-holding-memory", "once-a-week"),
            ("gpu-idle-holding-memory", "slice-never"),
            ("gpu-off-hours", "by-day"),
        ]
    );
    for part in ["findings", "not_judged", "totals", "telemetry"] {
        assert_eq!(of_files[part], of_snapshot[part], "{part}");
    }
}

#[test]
fn a_quiet_cpu_says_nothing_about_a_notebook_that_has_or_may_have_a_gpu() {
    let folder = Folder::new();
    let mut metrics = "resource_id,time,cpu_util_percent\n".to_owned();
    let mut inventory = "resource_id,kind,name,instance_type,state,launched_at\n".to_owned();
    for (name, instance_type) in
        [("with-gpu", "ml.g5.xlarge"), ("not-known", ""), ("cpu-only", "ml.m5.xlarge")]
    {
        samples(&mut metrics, name, |_, _| "2".to_owned());
        let about = "running,2026-01-01T00:00:00Z";
        writeln!(inventory, "{HERE}{name},notebook,{name},{instance_type},{about}").unwrap();
    }
    folder.write("metrics.csv", metrics);
    folder.write("inventory.csv", inventory);

    let report = folder.run(&format!("audit {FILES} --format json")).json();

    let expected = [("notebook-idle", "cpu-only"), ("telemetry-missing", "with-gpu")];
    assert_eq!(found(&report), expected);
}

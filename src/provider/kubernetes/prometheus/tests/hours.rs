//! Hours of accelerators: the expressions, and what comes of the answers.

use std::collections::BTreeSet;

use super::{
    super::{Fleet, Metrics, Of, answer::LabelSet, hours},
    Fake, fault, run, vector,
};
use crate::{provider::kubernetes::telemetry::Field, window::Window};

fn labels(list: &[(&str, &str)]) -> LabelSet {
    list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn metrics(names: &[&str]) -> Metrics {
    Metrics(names.iter().map(|&name| name.to_owned()).collect())
}

const DAY: Window = Window { start: 24, end: 48 };

#[test]
fn hours_are_added_up_by_the_server() {
    let fake = Fake::start(|seen| {
        let value = match seen.field("query") {
            query if query.contains("count_over_time") => "240",
            query if query.contains("max_over_time") => "80",
            _ => "12.5",
        };
        // The value at the end of the second hour of the day.
        vector(&format!(
            r#"{{"metric":{{"Hostname":"n1","gpu":"3","exported_pod":"chat-1","exported_namespace":"serving"}},"values":[[93600,"{value}"]]}}"#
        ))
    });
    let series = labels(&[
        ("Hostname", "n1"),
        ("gpu", "3"),
        ("exported_pod", "chat-1"),
        ("exported_namespace", "serving"),
    ]);
    let fleet = Fleet::of(&[series], &BTreeSet::new());
    let names = ["n1".to_owned()];
    let (found, unread) = run(hours(
        &fake.server(),
        &metrics(&["DCGM_FI_DEV_GPU_UTIL"]),
        &fleet,
        Of::Nodes(&names),
        DAY,
    ));
    assert!(unread.is_empty());
    let (held, samples) = found.first_key_value().unwrap();
    assert_eq!((held.node.as_str(), held.gpu_index), ("n1", 3));
    assert_eq!(held.pod.as_ref().map(|pod| pod.name.as_str()), Some("chat-1"));
    let sample = samples[&25];
    assert_eq!(sample.get(Field::UtilMeanPercent), Some(12.5));
    assert_eq!(sample.get(Field::UtilMaxPercent), Some(80.0));
    assert_eq!(sample.get(Field::MemMeanMib), None);
    assert_eq!(sample.get(Field::UtilSamples), Some(240.0));
    let mut queries: Vec<String> = fake.seen().iter().map(|seen| seen.field("query")).collect();
    queries.sort();
    let by = "by (Hostname,gpu,GPU_I_ID,GPU_I_PROFILE,exported_namespace,exported_pod)";
    let of = r#"(DCGM_FI_DEV_GPU_UTIL{Hostname=~"n1"}[1h] offset 1ms)"#;
    assert_eq!(
        queries,
        [
            format!("round(avg {by} (avg_over_time{of}), 0.01)"),
            format!("round(max {by} (count_over_time{of}), 1)"),
            format!("round(max {by} (max_over_time{of}), 0.01)"),
        ]
    );
    let seen = &fake.seen()[0];
    assert_eq!(
        [seen.field("start"), seen.field("end"), seen.field("step")],
        ["90000", "172800", "3600"].map(str::to_owned)
    );
}

#[test]
fn two_names_of_one_metric_are_taken_once() {
    let fake = Fake::start(|_| vector(""));
    let fleet = Fleet::of(&[labels(&[("Hostname", "n1"), ("gpu", "0")])], &BTreeSet::new());
    let names = ["n1".to_owned()];
    let both = metrics(&["DCGM_FI_PROF_SM_ACTIVE", "DCGM_FI_PROF_SM_UTIL_RATIO"]);
    run(hours(&fake.server(), &both, &fleet, Of::Nodes(&names), DAY));
    let by = "by (Hostname,gpu,GPU_I_ID,GPU_I_PROFILE)";
    assert_eq!(
        fake.seen()[0].field("query"),
        format!(
            "round(avg {by} (avg_over_time(DCGM_FI_PROF_SM_ACTIVE{{Hostname=~\"n1\"}}[1h] offset 1ms)) \
             or avg {by} (avg_over_time(DCGM_FI_PROF_SM_UTIL_RATIO{{Hostname=~\"n1\"}}[1h] offset 1ms)), 0.0001)"
        )
    );
}

#[test]
fn what_is_too_much_is_asked_for_in_halves_and_what_stays_too_much_is_named() {
    let fake = Fake::start(|seen| {
        let query = seen.field("query");
        if query.contains("n1|n2") || query.contains("n2\"") {
            fault(
                422,
                "execution",
                "query processing would load too many samples into memory in query execution",
            )
        } else {
            vector(r#"{"metric":{"Hostname":"n1","gpu":"0"},"values":[[90000,"7"]]}"#)
        }
    });
    let series = |node| labels(&[("Hostname", node), ("gpu", "0")]);
    let fleet = Fleet::of(&[series("n1"), series("n2")], &BTreeSet::new());
    let names = ["n1".to_owned(), "n2".to_owned()];
    let power = metrics(&["DCGM_FI_DEV_POWER_USAGE"]);
    let (found, unread) = run(hours(
        &fake.server(),
        &power,
        &fleet,
        Of::Nodes(&names),
        Window { start: 24, end: 25 },
    ));
    assert_eq!(found.len(), 1);
    assert_eq!(unread.len(), 1);
    assert_eq!(
        (unread[0].names.as_slice(), unread[0].hours.clone()),
        (["n2".to_owned()].as_slice(), 24..25)
    );
}

//! The audit of the made cluster against what was planted in it: what it finds, misses and invents, how far its money is
//! from the truth, and whether all of a node is accounted for. `cargo test --test it planted -- --nocapture` prints the tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use ai_cost::snapshot::{self, Snapshot};
use serde_json::Value;

use super::{
    faulty::{Faulty, Reply},
    made::{self, Made},
    report,
    wire::Answer,
    world::{END, HOUR, HOURS, START, World},
};
use crate::support::{Folder, cents, list};

/// A snapshot of the made cluster and the report on it, which every test here only reads.
struct Audited {
    made: &'static Made,
    snapshot: Snapshot,
    report: Value,
}

fn audited() -> Option<&'static Audited> {
    static AUDITED: OnceLock<Option<Audited>> = OnceLock::new();
    let audit = || {
        let made = made::cluster()?;
        let folder = Folder::new();
        folder.write("ai-cost.toml", made::SETTINGS);
        let asking = report::asking(&made.server.url());
        folder.run(&format!("collect {asking} {} --out made", made::WINDOW)).done();
        let report = folder.run("audit --snapshot made --format json").json();
        // What is used of it is in memory; its folder may go.
        let snapshot = snapshot::read(&folder.path("made")).unwrap();
        Some(Audited { made, snapshot, report })
    };
    AUDITED.get_or_init(audit).as_ref()
}

/// How often a rule was right.
#[derive(Debug, Default, Clone, Copy)]
struct Score {
    found: usize,
    missed: usize,
    invented: usize,
}

impl Score {
    fn recall(self) -> f64 {
        ratio(self.found, self.found + self.missed)
    }

    fn precision(self) -> f64 {
        ratio(self.found, self.found + self.invented)
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Scores by rule, the table for people, and every difference.
fn scores(audited: &Audited) -> (BTreeMap<String, Score>, String) {
    let truth = &audited.made.world.truth.hits;
    let found: BTreeSet<(String, String)> = report::findings(&audited.report).into_iter().collect();
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let mut differences = String::new();
    for key in truth.union(&found) {
        let score = scores.entry(key.0.clone()).or_default();
        match (truth.contains(key), found.contains(key)) {
            (true, true) => score.found += 1,
            (true, false) => {
                score.missed += 1;
                writeln!(differences, "missed {} {}", key.0, key.1).unwrap();
            }
            _ => {
                score.invented += 1;
                writeln!(differences, "false  {} {}", key.0, key.1).unwrap();
            }
        }
    }
    let mut text = format!("{:<28}  found  missed   false\n", "rule");
    for (rule, Score { found, missed, invented }) in &scores {
        writeln!(text, "{rule:<28} {found:>6} {missed:>7} {invented:>7}").unwrap();
    }
    (scores, text + &differences)
}

#[test]
fn the_made_cluster_is_as_large_and_as_mixed_as_it_should_be() {
    let world = World::made();
    let pods = world.pods.iter().filter(|pod| pod.seconds.1 > 0).count();
    assert!(world.nodes.len() >= 60 && pods >= 300, "{} nodes, {pods} pods", world.nodes.len());
    assert!(world.double_names().is_empty(), "{:?}", world.double_names());
    let rules: BTreeSet<&String> = world.truth.hits.iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules.len(), 14, "{rules:?}");
}

#[test]
fn an_audit_of_the_made_cluster_finds_what_was_planted_and_little_else() {
    let Some(audited) = audited() else { return };
    let (scores, text) = scores(audited);
    println!("{text}");
    let all = scores.values().fold(Score::default(), |all, score| Score {
        found: all.found + score.found,
        missed: all.missed + score.missed,
        invented: all.invented + score.invented,
    });
    println!("recall {:.4}, precision {:.4}", all.recall(), all.precision());
    assert!(all.recall() >= 0.97 && all.precision() >= 0.97, "{text}");
    for (rule, score) in scores {
        assert!(score.recall() >= 0.90 && score.precision() >= 0.90, "{rule}\n{text}");
    }
}

#[test]
fn what_nobody_measures_is_not_judged_and_said_to_be_so() {
    let Some(audited) = audited() else { return };
    let unjudged: BTreeSet<String> = list(&audited.report["not_judged"])
        .iter()
        .filter(|reason| list(&reason["rules"]).iter().any(|rule| rule == "workload-gpu-idle"))
        .flat_map(|reason| list(&reason["resource_ids"]))
        .map(|id| report::short(id.as_str().unwrap()))
        .collect();
    assert_eq!(unjudged, audited.made.world.truth.unknown);
}

#[test]
fn money_projected_for_the_made_cluster_is_near_the_truth() {
    let Some(audited) = audited() else { return };
    let truth = &audited.made.world.truth;
    let mut counted: BTreeMap<String, f64> = BTreeMap::new();
    for found in list(&audited.report["findings"]) {
        let usd = cents(&found["counted_usd_per_month"]["likely"]) as f64 / 100.0;
        let subject = report::short(found["subject"]["resource_id"].as_str().unwrap());
        *counted.entry(subject).or_default() += usd;
    }
    let subjects: BTreeSet<&String> = truth.usd_per_month.keys().chain(counted.keys()).collect();
    for subject in subjects {
        let is = truth.usd_per_month.get(subject).copied().unwrap_or_default();
        let said = counted.get(subject).copied().unwrap_or_default();
        if (said - is).abs() > 1.0 + 0.02 * is {
            println!("{said:>10.2} for {is:>10.2}  {subject}");
        }
    }
    let projected =
        cents(&audited.report["totals"]["counted_usd_per_month"]["likely"]) as f64 / 100.0;
    let is = truth.total_usd_per_month();
    let error = projected / is - 1.0;
    println!("projected ${projected:.0}, true ${is:.0}, error {:.2} %", error * 100.0);
    assert!(error.abs() <= 0.05, "the projected total is off by {:.2} %", error * 100.0);
}

#[test]
fn every_node_of_the_made_cluster_is_paid_for_once() {
    let Some(audited) = audited() else { return };
    let paid = cents(&audited.report["totals"]["effective_usd_per_month"]) as f64 / 100.0;
    let is = audited.made.world.usd_per_month();
    assert!((paid / is - 1.0).abs() < 0.005, "{paid:.2} for {is:.2}");
}

#[test]
fn pods_hold_what_they_held_and_never_more_than_there_is() {
    let Some(audited) = audited() else { return };
    let snapshot = &audited.snapshot;
    let gpus: BTreeMap<&str, f64> = snapshot
        .resources
        .iter()
        .filter_map(|row| Some((row.resource_id.as_str(), row.gpu_count?)))
        .collect();
    let (start, end) = (START * 1000, (START + HOURS * HOUR) * 1000);
    let mut held: BTreeMap<String, f64> = BTreeMap::new();
    let mut now: BTreeMap<(&str, i64), f64> = BTreeMap::new();
    for row in &snapshot.workloads {
        let (Some(node), Some(count)) = (row.resource_id.as_deref(), row.gpu_requested_count)
        else {
            continue;
        };
        let from = row.started_at.0.max(start);
        let to = row.ended_at.map_or(end, |at| at.0).min(end);
        let hours = (to - from).max(0) as f64 / 3_600_000.0;
        *held.entry(report::short(node)).or_default() += count * hours;
        // In the middle of each hour.
        for hour in 0..HOURS {
            let middle = start + hour * 3_600_000 + 1_800_000;
            if (row.started_at.0..row.ended_at.map_or(i64::MAX, |at| at.0)).contains(&middle) {
                *now.entry((node, hour)).or_default() += count;
            }
        }
    }
    let over: Vec<_> = now.iter().filter(|((node, _), sum)| **sum > gpus[node] + 1e-6).collect();
    assert!(over.is_empty(), "more accelerators are held than there are: {over:?}");
    for (node, is) in audited.made.world.held_gpu_hours() {
        let said = held.get(&node).copied().unwrap_or_default();
        assert!((said - is).abs() <= 0.02 * is, "{node}: {said:.1} for {is:.1} accelerator-hours");
    }
}

/// The server's own time is longer or shorter to write from one moment to the next; nothing of it may reach the report.
#[test]
fn two_audits_of_the_same_past_are_byte_for_byte_the_same() {
    let Some(made) = made::small() else { return };
    let clock = AtomicUsize::new(0);
    let server = Faulty::start(Some(made.server.port), move |_, request| {
        if !request.parameter("query").is_some_and(|query| query.contains("time()")) {
            return Reply::Forward;
        }
        let digits = "125".repeat(1 + clock.fetch_add(1, Ordering::SeqCst));
        let now = format!(r#"{{"metric":{{}},"value":[{END}.{digits},"{END}.{digits}"]}}"#);
        let body =
            format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{now}]}}}}"#);
        Reply::Answer(Answer::json(200, &body))
    });
    let folder = Folder::new();
    folder.write("ai-cost.toml", made::SETTINGS);
    let audit = format!("audit {} {} --format json", report::asking(&server.url()), made::WINDOW);
    let [first, second] = [(); 2].map(|()| folder.run(&audit).done());
    let differs = first.lines().zip(second.lines()).find(|(first, second)| first != second);
    assert_eq!((differs, first.len()), (None, second.len()));
}

#[test]
fn a_cluster_with_the_other_spelling_of_labels_is_read_as_well() {
    let Some(made) = made::small() else { return };
    let folder = Folder::new();
    folder.write("ai-cost.toml", made::SETTINGS);
    let asking = report::asking(&made.server.url());
    let report = folder.run(&format!("audit {asking} {} --format json", made::WINDOW)).json();
    let found: BTreeSet<_> = report::findings(&report).into_iter().collect();
    assert_eq!(found, made.world.truth.hits);
}

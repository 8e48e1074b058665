//! The audit against the planted fleet: what it finds, misses and invents, and how far its money is from the truth.
//! `cargo test --test it planted -- --nocapture` prints the tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt::{self, Write as _},
};

use ai_cost::{
    audit::{self, Inputs},
    catalog::Catalog,
    demo::{self, Fleet, Truth},
    fact::specs_of,
    finding::Claim,
    report::Report,
    rule,
    units::Usd,
};

const SEED: u64 = 20_261_001;

/// A truth may lie outside the range by this much: money is rounded to cents.
const ROUNDING_USD: f64 = 0.02;

/// How often a rule was right.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Score {
    planted: usize,
    found: usize,
    missed: usize,
    invented: usize,
}

impl Score {
    fn recall(self) -> f64 {
        share(self.found, self.planted)
    }

    fn precision(self) -> f64 {
        share(self.found, self.found + self.invented)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

fn run(fleet: &Fleet) -> Result<Report, Box<dyn Error>> {
    let rules = rule::Catalog::embedded(&specs_of)?;
    let catalog = Catalog::embedded()?;
    let snapshot = fleet.clone().into_snapshot();
    let inputs =
        Inputs { snapshot: &snapshot, rules: &rules, catalog: &catalog, settings: &fleet.settings };
    Ok(audit::run(inputs)?)
}

/// What each rule found, against what was planted; and the differences, for people.
fn scores(truth: &[Truth], report: &Report) -> (BTreeMap<String, Score>, Vec<String>) {
    let planted: BTreeSet<(String, String)> = truth
        .iter()
        .flat_map(|truth| {
            truth.rule_hits.iter().map(|rule| (rule.clone(), truth.resource_id.clone()))
        })
        .collect();
    let found: BTreeSet<(String, String)> = report
        .findings
        .iter()
        .map(|found| (found.finding.rule.clone(), found.finding.subject.resource_id.clone()))
        .collect();
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let mut differences = Vec::new();
    for (rule, id) in planted.union(&found) {
        let score = scores.entry(rule.clone()).or_default();
        let key = (rule.clone(), id.clone());
        match (planted.contains(&key), found.contains(&key)) {
            (true, true) => {
                score.planted += 1;
                score.found += 1;
            }
            (true, false) => {
                score.planted += 1;
                score.missed += 1;
                differences.push(format!("missed {rule}: {id}"));
            }
            _ => {
                score.invented += 1;
                differences.push(format!("false  {rule}: {id}"));
            }
        }
    }
    (scores, differences)
}

fn total(scores: &BTreeMap<String, Score>) -> Score {
    scores.values().fold(Score::default(), |sum, score| Score {
        planted: sum.planted + score.planted,
        found: sum.found + score.found,
        missed: sum.missed + score.missed,
        invented: sum.invented + score.invented,
    })
}

fn table(scores: &BTreeMap<String, Score>) -> Result<String, fmt::Error> {
    let mut text = format!("{:<34} planted   found  missed   false\n", "rule");
    for (rule, score) in scores {
        let Score { planted, found, missed, invented } = score;
        writeln!(text, "{rule:<34} {planted:>7} {found:>7} {missed:>7} {invented:>7}")?;
    }
    let all = total(scores);
    let (recall, precision) = (all.recall(), all.precision());
    writeln!(text, "recall {recall:.4}, precision {precision:.4}")?;
    Ok(text)
}

/// What counts, by the thing that is paid for: a node and the machine beneath it are one.
fn counted_by_resource(fleet: &Fleet, report: &Report) -> BTreeMap<String, Claim> {
    let beneath: BTreeMap<&str, &str> = fleet
        .resources
        .iter()
        .filter_map(|row| Some((row.resource_id.as_str(), row.backed_by.as_deref()?)))
        .collect();
    let mut counted: BTreeMap<String, Claim> = BTreeMap::new();
    for found in &report.findings {
        let id = found.finding.subject.resource_id.as_str();
        let id = beneath.get(id).copied().unwrap_or(id);
        let sum = counted.entry(id.to_owned()).or_default();
        *sum = *sum + found.counted_usd_per_month;
    }
    counted
}

fn true_savings(fleet: &Fleet) -> BTreeMap<String, f64> {
    let beneath: BTreeMap<&str, &str> = fleet
        .resources
        .iter()
        .filter_map(|row| Some((row.resource_id.as_str(), row.backed_by.as_deref()?)))
        .collect();
    let mut savings: BTreeMap<String, f64> = BTreeMap::new();
    for truth in &fleet.truth {
        let id = truth.resource_id.as_str();
        let id = beneath.get(id).copied().unwrap_or(id);
        *savings.entry(id.to_owned()).or_default() += truth.saving_usd_per_month.unwrap_or(0.0);
    }
    savings
}

#[test]
fn the_audit_finds_what_was_planted_and_little_else() {
    let fleet = demo::planted(SEED).unwrap();
    let (scores, differences) = scores(&fleet.truth, &run(&fleet).unwrap());
    let table = table(&scores).unwrap();
    println!("{table}\n{}", differences.join("\n"));
    let all = total(&scores);
    assert!(all.recall() >= 0.97 && all.precision() >= 0.97, "{table}");
    for (rule, score) in scores {
        assert!(score.recall() >= 0.90 && score.precision() >= 0.90, "{rule}\n{table}");
    }
}

#[test]
fn projected_money_is_near_the_truth_and_the_truth_inside_the_range() {
    let fleet = demo::planted(SEED).unwrap();
    let report = run(&fleet).unwrap();
    let truth = true_savings(&fleet);
    let counted = counted_by_resource(&fleet, &report);

    let projected_usd = report.totals.counted_usd_per_month.likely.dollars();
    let true_usd: f64 = truth.values().sum();
    let error = projected_usd / true_usd - 1.0;
    println!("projected ${projected_usd:.0}, true ${true_usd:.0}, error {:.2} %", error * 100.0);

    let ranged = counted.iter().filter(|(_, claim)| claim.high > Usd::ZERO);
    let (mut inside, mut all, mut outside) = (0, 0, Vec::new());
    for (id, claim) in ranged {
        let usd = truth.get(id).copied().unwrap_or_default();
        let range = claim.low.dollars() - ROUNDING_USD..=claim.high.dollars() + ROUNDING_USD;
        all += 1;
        if range.contains(&usd) {
            inside += 1;
        } else {
            let Claim { low, likely, high } = claim;
            outside.push(format!("{usd:>9.2} not in {low} · {likely} · {high}  {id}"));
        }
    }
    let coverage = share(inside, all);
    println!(
        "inside the range: {inside} of {all} ({:.1} %)\n{}",
        coverage * 100.0,
        outside.join("\n")
    );
    assert!(error.abs() <= 0.05, "the projected total is off by {:.2} %", error * 100.0);
    assert!((0.85..=0.98).contains(&coverage), "the range covers {:.1} %", coverage * 100.0);
}

#[test]
fn printed_totals_are_the_sums_of_their_rows() {
    let report = run(&demo::planted(SEED).unwrap()).unwrap();
    let counted: Claim = report.findings.iter().map(|found| found.counted_usd_per_month).sum();
    let freed: Usd = report.findings.iter().map(|found| found.freed_usd_per_month).sum();
    let by_rule: Claim = report.rules.iter().map(|rule| rule.counted_usd_per_month).sum();
    assert_eq!(report.totals.counted_usd_per_month, counted);
    assert_eq!(report.totals.counted_usd_per_month, by_rule);
    assert_eq!(report.totals.freed_usd_per_month, freed);
}

#[test]
fn the_demo_has_what_it_shows() {
    let fleet = demo::demo().unwrap();
    let (scores, differences) = scores(&fleet.truth, &run(&fleet).unwrap());
    println!("{}\n{}", table(&scores).unwrap(), differences.join("\n"));
    let silent: Vec<&String> =
        scores.iter().filter(|(_, score)| score.found == 0).map(|(rule, _)| rule).collect();
    assert_eq!(scores.len(), 26, "rules that the demo never touches");
    assert!(silent.is_empty(), "rules that find nothing in the demo: {silent:?}");
}

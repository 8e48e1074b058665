//! What settings change: exemptions, the policy, rules switched off and parameters.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Folder, list};

/// A setting that differs from the defaults, because with those the demo brings its own.
const NOT_DEFAULT: &str = "telemetry.active_util_ratio = 0.0501\n";

fn audit(settings: &str) -> Value {
    demo_with(settings).run("audit --demo --format json").json()
}

fn demo_with(settings: &str) -> Folder {
    let folder = Folder::new();
    folder.write("ai-cost.toml", format!("{NOT_DEFAULT}{settings}"));
    folder
}

fn of_rule<'a>(report: &'a Value, rule: &str) -> Vec<&'a str> {
    let findings = list(&report["findings"]).iter().filter(|finding| finding["rule"] == rule);
    findings.map(|finding| finding["subject"]["name"].as_str().unwrap()).collect()
}

#[test]
fn an_exemption_sets_its_finding_aside_with_the_reason() {
    let report = audit(
        "[[exemptions]]\n\
         rule = 'gpu-*'\n\
         condition = \"name = 'old-demo-box'\"\n\
         reason = 'Shown to visitors'\n\
         until = 2027-03-31\n",
    );
    assert!(!of_rule(&report, "gpu-idle").contains(&"old-demo-box"));
    let exempted = list(&report["exempted"]);
    assert_eq!(exempted.len(), 1);
    assert_eq!(exempted[0]["finding"]["rule"], "gpu-idle");
    assert_eq!(exempted[0]["reason"], "Shown to visitors");
    assert_eq!(exempted[0]["until"], "2027-03-31");
    assert!(list(&report["exemption_notes"]).is_empty());
}

#[test]
fn an_expired_exemption_is_reported_and_its_finding_is_back() {
    let folder = demo_with(
        "[[exemptions]]\n\
         rule = 'gpu-idle'\n\
         condition = \"name = 'old-demo-box'\"\n\
         reason = 'Shown to visitors'\n\
         until = 2026-09-30\n",
    );
    let report = folder.run("audit --demo --format json").json();
    assert!(of_rule(&report, "gpu-idle").contains(&"old-demo-box"));
    assert!(list(&report["exempted"]).is_empty());
    assert_snapshot!(report["exemption_notes"][0].as_str().unwrap(), @r#"The exemption of `gpu-idle` ("Shown to visitors") expired on 2026-09-30 and no longer covers 1 finding."#);
    let table = folder.run("audit --demo --top 1 --width 200").done();
    assert!(table.contains(report["exemption_notes"][0].as_str().unwrap()));
}

#[test]
fn an_exemption_that_covers_nothing_is_reported() {
    let report = audit(
        "[[exemptions]]\n\
         rule = 'gpu-idle'\n\
         condition = \"name = 'gone-long-ago'\"\n\
         reason = 'Shown to visitors'\n\
         until = 2027-03-31\n",
    );
    assert_snapshot!(report["exemption_notes"][0].as_str().unwrap(), @r#"The exemption of `gpu-idle` ("Shown to visitors") covers nothing in this window."#);
}

#[test]
fn advice_never_leaves_the_approved_regions_families_and_ways_to_pay() {
    let report = audit(
        "[policy]\n\
         regions = ['eu-*', 'europe-*', 'westeurope']\n\
         families = ['g5.*', 'g6.*', 'a2-*', 'ml.*', 'Standard_*']\n\
         purchase_options = ['on_demand', 'commit_1y']\n",
    );
    let outside = of_rule(&report, "region-not-allowed");
    assert!(!outside.is_empty());
    let families = ["g5.", "g6.", "a2-", "ml.", "Standard_"];
    let is_approved = |machine: &str| families.iter().any(|family| machine.starts_with(family));
    let mut purchases = 0;
    for finding in list(&report["findings"]) {
        let Some(target) = finding["target"].as_str() else { continue };
        match finding["action"].as_str().unwrap() {
            "resize" => assert!(is_approved(target), "{finding}"),
            "reprice" => {
                assert!(["on_demand", "commit_1y"].contains(&target), "{finding}");
                assert!(is_bought_inside(finding, &is_approved), "{finding}");
                purchases += 1;
            }
            _ => {}
        }
    }
    assert!(purchases > 0, "what is approved may be bought");
    assert!(of_rule(&report, "gpu-on-demand-interruptible").is_empty());
    let free = audit("policy.regions = []\n");
    assert!(of_rule(&free, "region-not-allowed").is_empty());
    assert!(!of_rule(&free, "gpu-on-demand-interruptible").is_empty());
}

/// Whether a purchase is of an approved machine type in an approved region.
fn is_bought_inside(finding: &Value, is_approved: &dyn Fn(&str) -> bool) -> bool {
    let subject = &finding["subject"];
    let region = subject["region"].as_str().unwrap();
    ["eu-", "europe-", "westeurope"].iter().any(|inside| region.starts_with(inside))
        && is_approved(subject["instance_type"].as_str().unwrap())
}

#[test]
fn nothing_is_bought_where_no_region_or_no_family_is_approved() {
    let purchases = |settings: &str| {
        let report = audit(settings);
        let findings = list(&report["findings"]).iter();
        findings.filter(|finding| finding["action"] == "reprice").count()
    };
    assert!(purchases("") > 0);
    assert_eq!(purchases("policy.regions = ['xx-*']\n"), 0);
    assert_eq!(purchases("policy.families = ['xx']\n"), 0);
}

#[test]
fn a_resource_outside_the_approved_regions_is_reported_without_savings() {
    let report = audit("policy.regions = ['us-*']\n");
    let findings: Vec<&Value> = list(&report["findings"])
        .iter()
        .filter(|finding| finding["rule"] == "region-not-allowed")
        .collect();
    assert!(!findings.is_empty());
    for finding in findings {
        assert!(!finding["subject"]["region"].as_str().unwrap().starts_with("us-"), "{finding}");
        assert_eq!(finding["counted_usd_per_month"]["high"], "0.00");
    }
}

#[test]
fn a_rule_that_is_switched_off_judges_nothing() {
    let report = audit("[rules.gpu-idle]\nenabled = false\n");
    assert!(of_rule(&report, "gpu-idle").is_empty());
    assert!(!list(&report["rules"]).iter().any(|rule| rule["rule"] == "gpu-idle"));
    assert!(!of_rule(&report, "gpu-stranded").is_empty());
}

#[test]
fn a_changed_parameter_moves_the_line() {
    let idle = of_rule(&audit(""), "gpu-idle").len();
    assert!(idle > 0);
    // No machine of a window of 30 days runs for 10,000 hours.
    let report = audit("[rules.gpu-idle]\nparams.min_running_hours = 10000\n");
    assert!(of_rule(&report, "gpu-idle").is_empty());
}

#[test]
fn a_flag_is_stronger_than_the_file() {
    let folder = demo_with("[rules.gpu-idle]\nenabled = false\n");
    let report = folder.run("audit --demo --format json --set rules.gpu-idle.enabled=true").json();
    assert!(!of_rule(&report, "gpu-idle").is_empty());
}

#[test]
fn a_rule_that_does_not_exist_cannot_be_changed() {
    let folder = demo_with("[rules.gpu-idel]\nenabled = false\n");
    assert_snapshot!(folder.run("audit --demo").refused(), @r"
    cli::usage

      × the settings change the rule `gpu-idel`, which does not exist
      help: did you mean `gpu-idle`? `ai-cost rules list` lists all
    ");
}

#[test]
fn the_built_in_fleet_keeps_its_settings_where_nobody_decides_otherwise() {
    let folder = Folder::new();
    let regions = |run: &str| {
        folder.run(run).json()["rules"]
            .as_array()
            .unwrap()
            .iter()
            .find(|rule| rule["rule"] == "region-not-allowed")
            .unwrap()["hit_count"]
            .clone()
    };
    assert_eq!(regions("audit --demo --format json"), 1);
    assert_eq!(regions("audit --demo --format json --set policy.price_age_warning_days=30"), 1);
    assert_eq!(regions("audit --demo --format json --set policy.regions="), 0);
}

#[test]
fn a_price_for_an_accelerator_that_nobody_knows_is_warned_about() {
    let warned = |model: &str| {
        let report = audit(&format!("[kubernetes.gpu_usd_per_hour]\n{model} = 1.5\n"));
        list(&report["warnings"]).iter().any(|warning| {
            warning.as_str().unwrap().starts_with(&format!(
                "The settings price the accelerator `{model}`, which the catalog does not know"
            ))
        })
    };
    assert!(warned("A100-80"));
    assert!(!warned("A100-80GB"));
}

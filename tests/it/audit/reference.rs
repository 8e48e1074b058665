//! Rules, facts, settings, schemas, completions and the manual.

use insta::assert_snapshot;

use crate::support::{Folder, ai_cost};

fn head(text: &str, lines: usize) -> String {
    text.lines().take(lines).collect::<Vec<_>>().join("\n")
}

#[test]
fn rules_are_listed() {
    assert_snapshot!(ai_cost("rules list --width 120").done(), @r"
    capacity-reservation-unused       high    commitment   Reserved capacity that no machine runs in
    commitment-missing                medium  pool         Steady base load is bought on demand
    commitment-underused              medium  commitment   Reservation or plan that is paid and not used
    endpoint-flat-replicas            medium  endpoint     Replicas stay flat while traffic rises and falls
    endpoint-idle                     high    endpoint     Model endpoint without a single request
    endpoint-off-hours                medium  endpoint     Model endpoint runs through hours in which nobody calls it
    endpoint-oversized                medium  endpoint     Model endpoint on machines larger than its load and model need
    endpoint-serverless-candidate     medium  endpoint     Model endpoint is called in few hours and waits in the others
    endpoint-spot-capable             low     endpoint     Endpoint with several replicas keeps all of them on demand
    gpu-idle                          high    accelerator  GPU machine runs, but its GPUs do nothing
    gpu-idle-holding-memory           medium  accelerator  GPUs compute nothing while a process holds their memory
    gpu-off-hours                     medium  accelerator  GPU machine runs through nights and weekends that nobody uses
    gpu-on-demand-interruptible       medium  accelerator  Work that may be interrupted runs at the on-demand price
    gpu-outdated-generation           low     accelerator  A newer GPU generation does the same for less
    gpu-oversized-compute             low     accelerator  A slower GPU would carry the load
    gpu-oversized-memory              medium  accelerator  A GPU with less memory would hold the peak
    gpu-stranded                      high    accelerator  Some GPUs of the machine are never used
    gpu-unallocated                   medium  spare        GPUs of running nodes that no pod holds
    machine-stopped-still-billed      high    accelerator  Machine was shut down inside, but is still billed
    node-cpu-only                     high    accelerator  GPU node is held up by pods that use no GPU
    notebook-idle                     medium  notebook     Notebook stays on while nobody works in it
    provisioned-throughput-underused  high    throughput   Model throughput bought by the hour is mostly unused
    region-not-allowed                medium  resource     Resource runs outside the approved regions
    telemetry-missing                 medium  resource     GPU spend that nobody measures
    training-on-demand                medium  job          Training job paid the on-demand price
    volume-of-stopped-machine         low     volume       Disk of a GPU machine that was stopped long ago
    workload-flat-replicas            medium  workload     Replicas on GPUs stay flat while their load rises and falls
    workload-gpu-idle                 high    workload     Pods hold GPUs and do not use them
    workload-gpu-share                medium  workload     Pods hold whole GPUs where a share would do
    workload-notebook-idle            medium  workload
        Notebook or development pod keeps its GPU while nobody works in it
    workload-off-hours                medium  workload     Pods hold GPUs through nights and weekends that nobody uses
    workload-on-demand                medium  workload     Batch work runs on on-demand nodes
    ");
}

#[test]
fn a_rule_explains_itself() {
    assert_snapshot!(head(&ai_cost("rules explain gpu-idle").done(), 33), @r"
    gpu-idle: GPU machine runs, but its GPUs do nothing
      high · judges: accelerator · action: stop · since 0.1.0

    Why
      A machine with GPUs is billed for every hour it is on, whether a kernel runs or not. Idle ones are mostly left over
      from a training run that ended, or were started for an experiment nobody came back to. Spot machines count too: a
      cheap hour of nothing is still an hour of nothing.

    How it judges
      In scope if:
            (state IS NULL OR state = 'running')
        AND NOT is_standby
        AND running_hours >= min_running_hours
        AND (age_days IS NULL OR age_days >= min_age_days)
        AND (pods_observed_ratio IS NULL OR pods_observed_ratio < min_observed_ratio)
      Enough data if:
            state IS NOT NULL
        AND observed_ratio >= min_observed_ratio
        AND (gpu_count IS NULL OR gpu_observed_count >= gpu_count)
      Waste if:
            gpu_active_hours_ratio <= max_active_hours_ratio
        AND (gpu_mem_used_max_ratio IS NULL OR gpu_mem_used_max_ratio <= max_mem_used_ratio)
      Confidence:
        CASE WHEN gpu_mem_used_max_ratio IS NULL THEN 'low'
             WHEN gpu_util_mean_ratio > max_util_mean_ratio THEN 'low'
             WHEN network_gib_per_day <= max_network_gib_per_day AND cpu_util_p95_ratio <= max_cpu_util_p95_ratio THEN 'high'
             ELSE 'medium' END

    Parameters
      min_running_hours
        Default: 168
        Unit: hours
        Meaning: A week of billed hours, so that one quiet weekend is not called waste.
    ");
}

#[test]
fn a_misspelt_rule_is_corrected() {
    assert_snapshot!(ai_cost("rules explain gpu-idel").refused(), @r"
    cli::usage

      × there is no rule `gpu-idel`
      help: did you mean `gpu-idle`? `ai-cost rules list` lists all
    ");
}

#[test]
fn all_examples_of_the_rules_hold() {
    let said = ai_cost("rules test").done();
    assert!(
        said.starts_with("32 rules, ") && said.ends_with(" examples hold, 0 problems\n"),
        "{said}"
    );
    assert_eq!(ai_cost("rules test no-such-rule").code, 2);
}

#[test]
fn a_rule_file_of_ones_own_is_checked_with_its_examples() {
    let folder = Folder::new();
    folder.write(
        "gpu-without-owner.toml",
        include_str!("../../../fixtures/rules/gpu-without-owner.toml"),
    );
    assert_snapshot!(folder.run("rules check gpu-without-owner.toml").done(), @"1 rules, 4 examples hold, 0 problems");
}

#[test]
fn an_example_that_fails_is_shown_with_what_came_out() {
    let folder = Folder::new();
    folder.write(
        "gpu-without-owner.toml",
        include_str!("../../../fixtures/rules/gpu-without-owner.toml"),
    );
    folder.replace("gpu-without-owner.toml", "verdict = \"clear\"", "verdict = \"hit\"");
    let outcome = folder.run("rules check gpu-without-owner.toml");
    assert_eq!(outcome.code, 2);
    assert_snapshot!(outcome.stdout, @r#"
    rule::missing_example

      × rule `gpu-without-owner` has no example for the verdict `clear`, which it
      │ can give
        ╭─[gpu-without-owner.toml:18:9]
     17 │ trust = "TRUE"
     18 │ when  = "owner IS NULL"
        ·         ───────┬───────
        ·                ╰── here
     19 │ 
        ╰────
      help: add an `[[example]]` with `then = { verdict = "clear" }`

    gpu-without-owner: "owned" fails
        the verdict is `clear`, not `hit`
    1 rules, 3 examples hold, 2 problems
    "#);
}

#[test]
fn a_folder_of_rules_joins_the_audit() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("mine")).unwrap();
    folder.write(
        "mine/gpu-without-owner.toml",
        include_str!("../../../fixtures/rules/gpu-without-owner.toml"),
    );
    let report = folder.run("audit --demo --rules mine --format json").json();
    let rules = report["rules"].as_array().unwrap();
    assert!(rules.iter().any(|rule| rule["rule"] == "gpu-without-owner"), "{rules:?}");
}

#[test]
fn facts_of_accelerators_are_listed() {
    let text = ai_cost("facts accelerator").done();
    assert_snapshot!(head(&text, 12), @r"
    accelerator
      resource_id (text)
          Global id: `provider:account:region:id`.
      native_id (text)
          Id in the provider's own spelling: the last part of the global id.
      provider (text)
          Issuer of the resource: `aws`, `azure`, `gcp`, `kubernetes`, ….
      account_id (text)
          Account, subscription or project.
      region (text)
          Region in the provider's spelling, or `global`.
      kind (text)
    ");
    let json = ai_cost("facts accelerator --json").json();
    let facts = json.as_array().unwrap();
    assert!(facts.iter().all(|fact| fact["subject"] == "accelerator"));
    assert!(facts.iter().any(|fact| fact["name"] == "gpu_active_hours_ratio"));
}

#[test]
fn settings_say_where_they_come_from() {
    let folder = Folder::new();
    folder.write("ai-cost.toml", "[policy]\ntime_zone = 'Europe/Berlin'\n");
    let text = folder.run("settings --set policy.mem_headroom_ratio=0.3").done();
    let changed: Vec<&str> = text.lines().filter(|line| !line.ends_with("# default")).collect();
    assert_snapshot!(changed.join("\n"), @r#"
    policy.time_zone = "Europe/Berlin"                  # ai-cost.toml:2
    policy.mem_headroom_ratio = 0.3                     # --set
    "#);
}

#[test]
fn the_printed_defaults_change_nothing() {
    let folder = Folder::new();
    let defaults = folder.run("settings --defaults").done();
    let before = folder.run("settings --json").json();
    folder.write("ai-cost.toml", defaults);
    let after = folder.run("settings --json").json();
    let values = |settings: &serde_json::Value| {
        let list = settings["values"].as_array().unwrap();
        list.iter().map(|one| (one["key"].clone(), one["value"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(values(&after), values(&before));
}

#[test]
fn the_schema_of_reports_is_the_published_one() {
    let schema = ai_cost("schema report").done();
    assert_eq!(schema, include_str!("../../../docs/schema/report-v1.schema.json"));
    let parsed: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(parsed["properties"]["schema"]["const"], "ai-cost/report/v1");
}

#[test]
fn completions_and_the_manual_name_every_command() {
    let (bash, man) = (ai_cost("completions bash").done(), ai_cost("man").done());
    assert!(bash.starts_with("_ai__cost() {"));
    assert!(man.contains(".TH ai-cost 1"));
    for command in ["audit", "collect", "rules", "facts", "settings", "schema", "completions"] {
        assert!(bash.contains(&format!("ai__cost__subcmd__{command}")), "{command}");
        assert!(man.contains(command), "{command}");
    }
}

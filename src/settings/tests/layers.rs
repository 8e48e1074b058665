use std::collections::BTreeMap;

use crate::settings::{
    DEFAULT_TOML, Policy, RuleSettings, Settings,
    error::SettingsError,
    form::{entries, write_settings, write_settings_json},
    layers::{FileText, Origin, Origins, Sources, resolve},
    parse::parse,
};

fn file(path: &str, text: &str) -> FileText {
    FileText { path: path.to_owned(), text: text.to_owned() }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn shown(origins: &Origins, key: &str) -> String {
    origins[key].to_string()
}

#[test]
fn the_default_file_says_exactly_the_defaults() {
    let parsed = parse("default.toml", DEFAULT_TOML).unwrap();
    let mut written: Vec<String> = parsed.places.keys().cloned().collect();
    let mut known: Vec<String> =
        entries(&Settings::default()).into_iter().map(|(key, _)| key).collect();
    written.sort();
    known.sort();
    assert_eq!(written, known);
    let mut settings = Settings::default();
    parsed.file.apply(&mut settings);
    assert_eq!(settings, Settings::default());
}

#[test]
fn the_examples_in_the_default_file_can_be_switched_on() {
    let is_example = |line: &str| {
        let line = line.trim_start_matches("# ");
        line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '))
    };
    let text: String = DEFAULT_TOML
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(code) if is_example(line) => format!("{code}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let mut settings = Settings::default();
    parse("examples.toml", &text).unwrap().file.apply(&mut settings);
    assert_eq!(settings.currency.usd_per, BTreeMap::from([("EUR".to_owned(), 1.08)]));
    assert_eq!(settings.rules["gpu-idle"].params["max_gpu_util_p95_ratio"], 0.03.into());
    assert_eq!(settings.exemptions[0].until, jiff::civil::date(2027, 3, 31));
}

#[test]
fn clusters_are_put_together_key_by_key() {
    let sources = Sources {
        files: vec![
            file(
                "config.toml",
                "[kubernetes.clusters.prod]\nprometheus_url = 'https://old.example.com'\nheaders.X-Scope-OrgID = 'a'\n",
            ),
            file(
                "ai-cost.toml",
                "[kubernetes.clusters.prod]\nprometheus_url = 'https://p.example.com'\nmatchers = '{cluster=\"prod\"}'\n",
            ),
        ],
        environment: BTreeMap::from_iter(pairs(&[(
            "AI_COST_KUBERNETES_CLUSTERS_PROD_BEARER_TOKEN_FILE",
            "/run/secrets/token",
        )])),
        assignments: pairs(&[("kubernetes.gpu_usd_per_hour.H100-80GB", "2.1")]),
    };
    let (settings, origins) = resolve(&sources).unwrap();
    let prod = &settings.kubernetes.clusters["prod"];
    assert_eq!(prod.prometheus_url.as_deref(), Some("https://p.example.com"));
    assert_eq!(prod.headers["X-Scope-OrgID"], "a");
    assert_eq!(prod.matchers.as_deref(), Some("cluster=\"prod\""));
    assert_eq!(prod.bearer_token_file.as_deref(), Some("/run/secrets/token"));
    assert_eq!(settings.kubernetes.gpu_usd_per_hour.get("H100-80GB"), Some(&2.1));
    assert_eq!(shown(&origins, "kubernetes.clusters.prod.headers.X-Scope-OrgID"), "config.toml:3");
    assert_eq!(shown(&origins, "kubernetes.clusters.prod.prometheus_url"), "ai-cost.toml:2");
    assert_eq!(shown(&origins, "kubernetes.gpu_usd_per_hour.H100-80GB"), "--set");
}

#[test]
fn stronger_layers_win_and_every_value_knows_its_origin() {
    let sources = Sources {
        files: vec![
            file(
                "/home/ada/.config/ai-cost/config.toml",
                "[policy]\ntime_zone = 'Europe/Paris'\nfamilies = ['p5']\nregions = ['us-*']\n",
            ),
            file(
                "ai-cost.toml",
                "[policy]\nregions = ['eu-*', 'europe-*']\nmem_headroom_ratio = 0.1\n",
            ),
        ],
        environment: BTreeMap::from_iter(pairs(&[
            ("AI_COST_POLICY_MEM_HEADROOM_RATIO", "0.3"),
            ("AI_COST_POLICY_PURCHASE_OPTIONS", "spot, commit_1y"),
            ("PATH", "/bin"),
        ])),
        assignments: pairs(&[
            ("policy.purchase_options", ""),
            ("policy.working_days", "mon,fri"),
            ("rules.gpu-idle.enabled", "false"),
        ]),
    };
    let (settings, origins) = resolve(&sources).unwrap();
    assert_eq!(settings.policy.time_zone, "Europe/Paris");
    assert_eq!(settings.policy.families, ["p5"]);
    assert_eq!(settings.policy.regions, ["eu-*", "europe-*"]);
    let expected = Policy { mem_headroom_ratio: 0.3, ..settings.policy.clone() };
    assert_eq!(settings.policy, expected);
    assert!(settings.policy.purchase_options.is_empty());
    assert_eq!(settings.policy.working_days, [0, 4]);
    assert!(!settings.rules["gpu-idle"].is_enabled);

    assert_eq!(shown(&origins, "policy.time_zone"), "/home/ada/.config/ai-cost/config.toml:2");
    assert_eq!(shown(&origins, "policy.regions"), "ai-cost.toml:2");
    assert_eq!(shown(&origins, "policy.mem_headroom_ratio"), "AI_COST_POLICY_MEM_HEADROOM_RATIO");
    assert_eq!(shown(&origins, "policy.purchase_options"), "--set");
    assert_eq!(shown(&origins, "rules.gpu-idle.enabled"), "--set");
    assert_eq!(shown(&origins, "tags.owner"), "default");
}

#[test]
fn every_key_can_be_a_variable() {
    let environment = BTreeMap::from_iter(pairs(&[
        ("AI_COST_CURRENCY_USD_PER_EUR", "1.08"),
        ("AI_COST_COLUMNS_METRICS_GPU_UTIL_MEAN_RATIO", "util"),
        ("AI_COST_RULES_GPU_IDLE_ENABLED", "true"),
        ("AI_COST_RULES_GPU_IDLE_PARAMS_MIN_RUNNING_HOURS", "24"),
        ("AI_COST_TAGS_PRODUCTION", "env=live,tier=gold"),
        ("AI_COST_POLICY_PRICE_AGE_WARNING_DAYS", "30"),
    ]));
    let (settings, _) = resolve(&Sources { environment, ..Sources::default() }).unwrap();
    assert_eq!(settings.currency.usd_per, BTreeMap::from([("EUR".to_owned(), 1.08)]));
    assert_eq!(settings.columns.metrics["gpu_util_mean_ratio"], "util");
    let params = BTreeMap::from([("min_running_hours".to_owned(), 24.0.into())]);
    assert_eq!(settings.rules["gpu-idle"], RuleSettings { is_enabled: true, params });
    assert_eq!(settings.tags.production, ["env=live", "tier=gold"]);
    assert_eq!(settings.policy.price_age_warning_days, 30);
}

#[test]
fn maps_and_exemptions_of_all_files_add_up() {
    let exemption = |rule: &str| {
        format!(
            "\n[[exemptions]]\nrule = '{rule}'\ncondition = 'true'\nreason = 'r'\nuntil = 2027-01-01\n"
        )
    };
    let user = format!("currency.usd_per = {{ EUR = 1.0, GBP = 1.3 }}\n{}", exemption("a"));
    let project = format!("currency.usd_per.EUR = 1.1\n{}{}", exemption("b"), exemption("c"));
    let files = vec![file("user.toml", &user), file("ai-cost.toml", &project)];
    let (settings, origins) = resolve(&Sources { files, ..Sources::default() }).unwrap();
    let rates: Vec<_> = settings.currency.usd_per.into_iter().collect();
    assert_eq!(rates, [("EUR".to_owned(), 1.1), ("GBP".to_owned(), 1.3)]);
    let rules: Vec<_> = settings.exemptions.iter().map(|one| one.rule.as_str()).collect();
    assert_eq!(rules, ["a", "b", "c"]);
    assert_eq!(shown(&origins, "exemptions[0]"), "user.toml:3");
    assert_eq!(shown(&origins, "exemptions[2]"), "ai-cost.toml:9");
    assert_eq!(shown(&origins, "currency.usd_per.EUR"), "ai-cost.toml:1");
}

#[test]
fn settings_are_read_from_the_folder_and_the_home_of_the_user() {
    let home = tempfile::tempdir().unwrap();
    let project = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(home.path().join(".config/ai-cost")).unwrap();
    let user_file = home.path().join(".config/ai-cost/config.toml");
    std::fs::write(&user_file, "policy.families = ['p5']").unwrap();
    std::fs::write(project.path().join("ai-cost.toml"), "policy.regions = ['eu-*']").unwrap();
    let environment =
        BTreeMap::from([("HOME".to_owned(), home.path().to_str().unwrap().to_owned())]);

    let sources = Sources::read(None, project.path(), environment.clone(), Vec::new()).unwrap();
    let (settings, _) = resolve(&sources).unwrap();
    assert_eq!(
        (settings.policy.families[0].as_str(), settings.policy.regions[0].as_str()),
        ("p5", "eu-*")
    );

    let xdg = ("XDG_CONFIG_HOME".to_owned(), project.path().to_str().unwrap().to_owned());
    let elsewhere = environment.into_iter().chain([xdg]).collect();
    let sources = Sources::read(Some(&user_file), project.path(), elsewhere, Vec::new()).unwrap();
    let paths: Vec<_> = sources.files.iter().map(|file| file.path.clone()).collect();
    assert_eq!(paths, [user_file.display().to_string()]);
}

#[test]
fn a_settings_file_that_was_named_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.toml");
    let error = Sources::read(Some(&path), folder.path(), BTreeMap::new(), Vec::new()).unwrap_err();
    assert!(matches!(error, SettingsError::Unreadable { .. }));
    assert_eq!(error.to_string(), format!("could not read the settings file {}", path.display()));
}

#[test]
fn printed_settings_name_origins_and_decide_the_same_when_read_back() {
    let text = "\
policy.regions = ['eu-*']
currency.usd_per.EUR = 1.08
rules.gpu-idle.params.min_running_hours = 24
[[exemptions]]
rule = 'gpu-*'
condition = \"name = 'spare'\"
reason = 'spare of \"ranking\"'
until = 2027-03-31
";
    let files = vec![file("ai-cost.toml", text)];
    let (settings, origins) = resolve(&Sources { files, ..Sources::default() }).unwrap();
    let mut printed = Vec::new();
    write_settings(&settings, &origins, &mut printed).unwrap();
    let printed = String::from_utf8(printed).unwrap();

    let line = |start: &str| printed.lines().find(|line| line.starts_with(start)).unwrap();
    let words = |start: &str| line(start).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words("policy.regions"), "policy.regions = [\"eu-*\"] # ai-cost.toml:1");
    assert_eq!(words("policy.time_zone"), "policy.time_zone = \"UTC\" # default");
    assert_eq!(words("rules.gpu-idle.enabled"), "rules.gpu-idle.enabled = true # default");
    assert_eq!(line("[[exemptions]]"), "[[exemptions]]  # ai-cost.toml:4");

    let files = vec![file("printed.toml", &printed)];
    let (again, _) = resolve(&Sources { files, ..Sources::default() }).unwrap();
    assert_eq!(again, settings);
}

#[test]
fn the_hash_depends_on_values_and_not_on_where_they_came_from() {
    let by_file = Sources {
        files: vec![file("a.toml", "policy.time_zone = 'Europe/Berlin'")],
        ..Sources::default()
    };
    let by_flag = Sources {
        assignments: pairs(&[("policy.time_zone", "Europe/Berlin")]),
        ..Sources::default()
    };
    let hash = |sources| resolve(sources).unwrap().0.sha256();
    assert_eq!(hash(&by_file), hash(&by_flag));
    assert_ne!(hash(&by_file), Settings::default().sha256());
    assert_eq!(Settings::default().sha256().len(), 64);
}

#[test]
fn settings_as_json_hold_value_and_origin() {
    let origin = Origin::Variable { name: "AI_COST_POLICY_TIME_ZONE".to_owned() };
    let origins = Origins::from([("policy.time_zone".to_owned(), origin)]);
    let mut printed = Vec::new();
    write_settings_json(&Settings::default(), &origins, &mut printed).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&printed).unwrap();
    assert_eq!(
        json["values"][3],
        serde_json::json!({
            "key": "policy.time_zone", "value": "UTC", "origin": "AI_COST_POLICY_TIME_ZONE",
        })
    );
    assert_eq!(json["settings_sha256"], Settings::default().sha256());
}

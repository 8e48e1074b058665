use std::collections::BTreeMap;

use miette::Diagnostic as _;

use crate::settings::{
    error::SettingsError,
    layers::{FileText, Sources, resolve},
    parse::parse,
};

/// What is underlined in the file, what is said about it, and the help.
fn refused(text: &str) -> (String, String, String) {
    let error = parse("ai-cost.toml", text).unwrap_err();
    let start = error.span.offset();
    let marked = text.get(start..start + error.span.len()).unwrap().to_owned();
    (marked, error.message, error.help.unwrap_or_default())
}

/// The message and the help of a refusal outside a file.
fn refused_sources(sources: &Sources) -> (String, String) {
    let error = resolve(sources).unwrap_err();
    (error.to_string(), error.help().map(|help| help.to_string()).unwrap_or_default())
}

fn refused_variable(name: &str, value: &str) -> (String, String) {
    let environment = BTreeMap::from([(name.to_owned(), value.to_owned())]);
    refused_sources(&Sources { environment, ..Sources::default() })
}

fn refused_flag(key: &str, value: &str) -> (String, String) {
    let assignments = vec![(key.to_owned(), value.to_owned())];
    refused_sources(&Sources { assignments, ..Sources::default() })
}

fn exemption(fields: &str) -> String {
    format!("[[exemptions]]\n{fields}\n")
}

#[track_caller]
fn assert_refused(text: &str, marked: &str, message: &str, help: &str) {
    assert_eq!(refused(text), (marked.to_owned(), message.to_owned(), help.to_owned()));
}

#[test]
fn an_unknown_key_comes_with_the_nearest_known_one() {
    assert_refused(
        "[policy]\ntimezone = 'UTC'\n",
        "timezone",
        "`timezone` is no setting",
        "did you mean `time_zone`?",
    );
    assert_refused("[polcy]\n", "polcy", "`polcy` is no setting", "did you mean `policy`?");
    assert_refused(
        "[telemetry]\nhorse = 1\n",
        "horse",
        "`horse` is no setting",
        "known here: active_util_ratio, active_cpu_ratio",
    );
}

#[test]
fn a_value_of_another_type_is_named_with_what_belongs_there() {
    assert_refused(
        "[policy]\nmem_headroom_ratio = 'high'\n",
        "'high'",
        "`policy.mem_headroom_ratio` must be a number from 0 to 1, but is the text `high`",
        "",
    );
    assert_refused(
        "policy.time_zone = ['UTC']",
        "['UTC']",
        "`policy.time_zone` must be an IANA time zone such as `Europe/Berlin`, but is a list",
        "",
    );
    assert_refused(
        "[policy]\nregions = 'eu-west-1'\n",
        "'eu-west-1'",
        "`policy.regions` must be a list",
        "write it in brackets: `[\"eu-west-1\"]`",
    );
    assert_refused(
        "[rules.gpu-idle]\nenabled = 'no'\n",
        "'no'",
        "`rules.gpu-idle.enabled` must be `true` or `false`, but is the text `no`",
        "",
    );
    assert_refused("policy = 3", "3", "invalid type: integer `3`, expected a table", "");
}

#[test]
fn a_percentage_is_no_ratio() {
    assert_refused(
        "telemetry.active_util_ratio = 5",
        "5",
        "`telemetry.active_util_ratio` must be a number from 0 to 1, but is `5`",
        "ratios are shares, not percentages: write `0.05`",
    );
    for number in ["-0.1", "nan", "inf", "1.01"] {
        let (marked, ..) = refused(&format!("telemetry.active_util_ratio = {number}"));
        assert_eq!(marked, number);
    }
}

#[test]
fn a_time_zone_must_be_known() {
    assert_refused(
        "policy.time_zone = 'Berlin'",
        "'Berlin'",
        "`policy.time_zone` must be an IANA time zone such as `Europe/Berlin`, but is the text `Berlin`",
        "did you mean `Europe/Berlin`?",
    );
    let (_, _, help) = refused("policy.time_zone = 'Europe/Belrin'");
    assert_eq!(help, "did you mean `Europe/Berlin`?");
}

#[test]
fn working_hours_must_be_hours_of_a_day_in_order() {
    assert_refused(
        "policy.working_end_hour = 25",
        "25",
        "`policy.working_end_hour` must be a whole hour from 1 to 24, but is `25`",
        "",
    );
    assert_refused(
        "policy.working_days = ['mon', 7]",
        "7",
        "`policy.working_days` must be a day of the week: `mon`, `tue`, `wed`, `thu`, `fri`, `sat` or `sun`, but is `7`",
        "days are written as names, because their numbers mean different days in different tools",
    );
    let text = "[policy]\nworking_start_hour = 9\nworking_end_hour = 5\n".to_owned();
    let files = vec![FileText { path: "ai-cost.toml".to_owned(), text }];
    let error = resolve(&Sources { files, ..Sources::default() }).unwrap_err();
    assert_eq!(error.to_string(), "work ends at 5, but starts at 9 (ai-cost.toml:2)");
    assert!(error.labels().is_some_and(|mut labels| labels.any(|label| label.offset() == 51)));
    assert_eq!(
        refused_flag("policy.working_start_hour", "20").0,
        "working hours start at 20 (--set) and end at 18 (default)"
    );
}

#[test]
fn patterns_hold_one_name_each() {
    assert_refused(
        "policy.regions = ['eu-west-1, eu-central-1']",
        "'eu-west-1, eu-central-1'",
        "`policy.regions` must be one region in the provider's spelling, such as `eu-central-1` or `europe-*`, but is \
         the text `eu-west-1, eu-central-1`",
        "give each pattern its own place in the list",
    );
    assert_refused(
        "policy.families = ['p?']",
        "'p?'",
        "`policy.families` must be one instance family or type, such as `p5`, `g2-standard-*` or `ml.g5.xlarge`, but \
         is the text `p?`",
        "`?` cannot be part of such a name; only `*` is a wildcard",
    );
    assert_refused(
        "policy.purchase_options = ['sopt']",
        "'sopt'",
        "`policy.purchase_options` must be `on_demand`, `spot`, `commit_1y` or `commit_3y`, but is the text `sopt`",
        "did you mean `spot`?",
    );
    assert_refused(
        "tags.production = ['live']",
        "'live'",
        "`tags.production` must be a condition on a tag: `key=value`, where `*` stands for any letters, but is the \
         text `live`",
        "write `live=*` for any value",
    );
}

#[test]
fn a_rate_is_above_zero_and_of_a_currency() {
    assert_refused(
        "[currency.usd_per]\neur = 1.08",
        "eur",
        "must be the ISO 4217 code of a currency, such as `EUR`, but is the text `eur`",
        "did you mean `EUR`?",
    );
    assert_refused(
        "currency.usd_per.EUR = 0",
        "0",
        "`currency.usd_per.EUR` must be a number above 0, but is `0`",
        "",
    );
}

#[test]
fn a_cluster_holds_no_secrets() {
    assert_refused(
        "[kubernetes.clusters.prod.headers]\nAuthorization = 'Bearer abc'",
        "Authorization",
        "must be the name of a header that holds no secret, such as `X-Scope-OrgID`, but is the text `Authorization`",
        "settings hold no secrets: write the value in a file and name that under `header_files`",
    );
    assert_refused(
        "kubernetes.clusters.prod.prometheus_url = 'https://ada:pw@prometheus.example.com'",
        "'https://ada:pw@prometheus.example.com'",
        "`kubernetes.clusters.prod.prometheus_url` must be the address of a server, such as \
         `https://prometheus.example.com`, but is the text `https://ada:pw@prometheus.example.com`",
        "leave user and password out of it: files of the cluster's settings hold them",
    );
}

#[test]
fn a_key_of_a_cluster_must_be_known_and_its_matchers_whole() {
    assert_refused(
        "[kubernetes.clusters.prod]\nprometheus_uri = 'http://p:9090'",
        "prometheus_uri",
        "`prometheus_uri` is no setting",
        "did you mean `prometheus_url`?",
    );
    assert_refused(
        "kubernetes.clusters.prod.matchers = 'prod'",
        "'prod'",
        "`kubernetes.clusters.prod.matchers` must be label matchers as in PromQL, such as `cluster=\"prod\"`, but is \
         the text `prod`",
        "",
    );
    assert_refused(
        "kubernetes.gpu_usd_per_hour.H100-80GB = 0",
        "0",
        "`kubernetes.gpu_usd_per_hour.H100-80GB` must be a number above 0, but is `0`",
        "",
    );
}

#[test]
fn an_exemption_has_a_reason_and_an_end() {
    let start = "rule = 'gpu-idle'\ncondition = 'true'\n";
    assert_refused(
        &exemption(&format!("{start}reason = ' '\nuntil = 2027-01-01")),
        "' '",
        "`exemptions[0].reason` must be a reason that a reader can check, but is the text ` `",
        "say why this is waste on purpose, for whoever reads the report next month",
    );
    assert_refused(
        &exemption(&format!("{start}reason = 'r'\nuntil = 'someday'")),
        "'someday'",
        "`exemptions[0].until` must be a day such as `2027-03-31`, but is the text `someday`",
        "",
    );
    let (marked, message, _) =
        refused(&exemption(&format!("{start}reason = 'r'\nuntil = 2027-01-01T00:00:00Z")));
    assert_eq!(marked, "2027-01-01T00:00:00Z");
    assert_eq!(
        message,
        "`exemptions[0].until` must be a day such as `2027-03-31`, but is a date with a time"
    );
    let (_, message, help) = refused(&exemption(&format!("{start}reason = 'r'")));
    assert_eq!(message, "this exemption lacks `until`");
    assert_eq!(help, "an exemption needs `rule`, `condition`, `reason` and `until`");
}

#[test]
fn what_is_not_toml_is_pointed_at() {
    let error = parse("ai-cost.toml", "[policy\nregions = []\n").unwrap_err();
    assert_eq!(error.message, "this is not TOML: unclosed table, expected `]`");
    assert_eq!(error.span.offset(), "[policy".len());
}

#[test]
fn a_refusal_in_a_file_shows_the_line() {
    let text = "[policy]\nmem_headroom_ratio = 20\n".to_owned();
    let files = vec![FileText { path: "ai-cost.toml".to_owned(), text }];
    let error = resolve(&Sources { files, ..Sources::default() }).unwrap_err();
    assert!(matches!(error, SettingsError::File(_)));
    let mut shown = String::new();
    let theme = miette::GraphicalTheme::unicode_nocolor();
    miette::GraphicalReportHandler::new_themed(theme).render_report(&mut shown, &error).unwrap();
    assert_eq!(
        shown,
        "settings::file

  × `policy.mem_headroom_ratio` must be a number from 0 to 1, but is `20`
   ╭─[ai-cost.toml:2:22]
 1 │ [policy]
 2 │ mem_headroom_ratio = 20
   ·                      ─┬
   ·                       ╰── here
   ╰────
  help: ratios are shares, not percentages: write `0.2`
"
    );
}

#[test]
fn variables_are_refused_by_name() {
    assert_eq!(
        refused_variable("AI_COST_POLICY_TIMEZONE", "UTC"),
        (
            "the variable `AI_COST_POLICY_TIMEZONE` is no setting".to_owned(),
            "did you mean `AI_COST_POLICY_TIME_ZONE`?".to_owned()
        )
    );
    assert_eq!(
        refused_variable("AI_COST_X", "1").1,
        "variables are `AI_COST_<SECTION>_<KEY>`; `ai-cost settings` lists the keys"
    );
    assert_eq!(
        refused_variable("AI_COST_POLICY_MEM_HEADROOM_RATIO", "much").0,
        "the variable `AI_COST_POLICY_MEM_HEADROOM_RATIO`: must be a number from 0 to 1, but is the text `much`"
    );
}

#[test]
fn flags_are_refused_by_key() {
    assert_eq!(
        refused_flag("policy.timezone", "UTC"),
        (
            "`--set policy.timezone` is no setting".to_owned(),
            "did you mean `policy.time_zone`?".to_owned()
        )
    );
    assert_eq!(
        refused_flag("exemptions", "x").1,
        "`ai-cost settings` lists the keys; exemptions can only be written in a file"
    );
    assert_eq!(
        refused_flag("telemetry.active_cpu_ratio", "5").1,
        "ratios are shares, not percentages: write `0.05`"
    );
}

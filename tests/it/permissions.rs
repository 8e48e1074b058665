//! What a cluster is asked for: as text, as a role, and as the job that uses it.

use std::{collections::BTreeSet, fs, path::Path};

use ai_cost::{
    cli::{Cli, Command, ProviderName},
    provider::kubernetes::PERMISSIONS,
};
use clap::Parser as _;
use serde_json::Value;

use crate::support::{Folder, ai_cost, list};

/// The documents of a manifest.
fn documents(yaml: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(yaml).unwrap()
}

fn of_kind<'a>(documents: &'a [Value], kind: &str) -> &'a Value {
    documents.iter().find(|document| document["kind"] == kind).unwrap()
}

/// A manifest of `docs/kubernetes`.
fn manifest(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kubernetes").join(name);
    documents(&fs::read_to_string(path).unwrap())
}

fn words(value: &Value) -> impl Iterator<Item = &str> {
    list(value).iter().map(|word| word.as_str().unwrap())
}

#[test]
fn the_role_lists_what_the_adapter_asks_for_and_may_do_nothing_else() {
    let printed = documents(&ai_cost("permissions kubernetes --format policy").done());
    let rules = list(&of_kind(&printed, "ClusterRole")["rules"]);
    let verbs: BTreeSet<&str> = rules.iter().flat_map(|rule| words(&rule["verbs"])).collect();
    assert_eq!(verbs, ["get", "list"].into());
    let mut granted = BTreeSet::new();
    for rule in rules {
        if rule["nonResourceURLs"].is_array() {
            granted.extend(
                words(&rule["nonResourceURLs"]).map(|path| (String::new(), path.to_owned())),
            );
            continue;
        }
        let [group] = list(&rule["apiGroups"]) else { panic!("one group per rule: {rule}") };
        let group = group.as_str().unwrap();
        granted.extend(words(&rule["resources"]).map(|name| (group.to_owned(), name.to_owned())));
    }
    let asked: BTreeSet<(String, String)> = PERMISSIONS
        .iter()
        .filter(|permission| permission.group != "prometheus")
        .map(|permission| (permission.group.to_owned(), permission.resource.to_owned()))
        .collect();
    assert_eq!(granted, asked);
}

#[test]
fn the_role_is_bound_to_the_account_that_comes_with_it() {
    let printed = documents(&ai_cost("permissions kubernetes --format policy").done());
    let binding = of_kind(&printed, "ClusterRoleBinding");
    let account = &of_kind(&printed, "ServiceAccount")["metadata"];
    assert_eq!(binding["roleRef"]["name"], of_kind(&printed, "ClusterRole")["metadata"]["name"]);
    assert_eq!(binding["subjects"][0]["name"], account["name"]);
    assert_eq!(binding["subjects"][0]["namespace"], account["namespace"]);
    assert_eq!(of_kind(&printed, "Namespace")["metadata"]["name"], account["namespace"]);
}

#[test]
fn the_text_says_what_each_permission_is_for() {
    let text = ai_cost("permissions kubernetes").done();
    let entry = "keda.sh/scaledobjects (list)
    whether replicas follow the load or a schedule, down to none
    Optional; without it hidden: whether any workload scales: flat replicas are not judged
";
    assert!(text.contains(entry), "{text}");
    assert_eq!(text.lines().count(), 3 * PERMISSIONS.len());
}

#[test]
fn the_job_runs_as_the_account_of_the_role_and_with_no_more_rights_than_it_needs() {
    let role = manifest("role.yaml");
    let job = manifest("cronjob.yaml");
    let account = &of_kind(&role, "ServiceAccount")["metadata"];
    let cron = of_kind(&job, "CronJob");
    let pod = &cron["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    assert_eq!(pod["serviceAccountName"], account["name"]);
    assert_eq!(cron["metadata"]["namespace"], account["namespace"]);
    assert_eq!(of_kind(&job, "ConfigMap")["metadata"]["namespace"], account["namespace"]);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    let container = &pod["containers"][0]["securityContext"];
    assert_eq!(container["readOnlyRootFilesystem"], true);
    assert_eq!(container["allowPrivilegeEscalation"], false);
    assert_eq!(container["capabilities"]["drop"][0], "ALL");
}

#[test]
fn the_job_s_command_line_and_settings_are_accepted() {
    let job = manifest("cronjob.yaml");
    let pod = &of_kind(&job, "CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    let arguments = std::iter::once("ai-cost").chain(words(&pod["containers"][0]["args"]));
    let Command::Audit(args) = Cli::try_parse_from(arguments).unwrap().command else {
        panic!("it audits")
    };
    assert_eq!(args.inputs.network.provider, [ProviderName::Kubernetes]);
    let folder = Folder::new();
    let settings = of_kind(&job, "ConfigMap")["data"]["ai-cost.toml"].as_str().unwrap();
    folder.write("ai-cost.toml", settings);
    let json = folder.run("settings --settings ai-cost.toml --json").json();
    assert!(json.to_string().contains("Europe/Berlin"), "{json}");
}

//! Servers that do not answer, or are something else.

use super::{audit, before_small, error, unreachable};
use crate::{
    kubernetes::{
        faulty::{Faulty, Reply},
        made,
        prometheus::{Server, Setup, free_port},
        report,
        wire::Answer,
    },
    support::Folder,
};

/// What the program says about a server that always answers the same.
fn said_of(answer: Answer) -> String {
    let server = Faulty::start(None, move |_, _| Reply::Answer(answer.clone()));
    let said = unreachable(&server.url());
    said.replace(&server.url(), "SERVER")
}

#[test]
fn a_login_page_is_called_one() {
    let location = "https://login.example.com/authorize?state=secret";
    let said = said_of(Answer { status: 302, ..Answer::default() }.with("location", location));
    insta::assert_snapshot!(said, @r"
    provider::unreachable

      × nothing could be read from SERVER
      ╰─▶ label values was refused: it redirects to https://login.example.com/
          authorize (302), usually a login page: give the address behind it, and a
          token or password
      help: give a token, a user, headers or an authority in
            `[kubernetes.clusters.NAME]` of the settings
    ");
    let page = "<html><head><title>Sign in</title></head><body></body></html>";
    let said = said_of(
        Answer { status: 200, headers: Vec::new(), body: page.into() }
            .with("content-type", "text/html"),
    );
    insta::assert_snapshot!(said, @r"
    provider::unreachable

      × nothing could be read from SERVER
      ╰─▶ the answer to label values cannot be understood: the web page `Sign in`
          answers there: a login page, or an address that is not the query
          interface
      help: give the address whose `/api/v1/query` answers; behind some servers it
            has a path such as `/prometheus`
    ");
}

#[test]
fn missing_credentials_are_named() {
    insta::assert_snapshot!(said_of(Answer::json(401, "")), @r"
    provider::unreachable

      × nothing could be read from SERVER
      ╰─▶ label values was refused: it answered 401
      help: give a token, a user, headers or an authority in
            `[kubernetes.clusters.NAME]` of the settings
    ");
    insta::assert_snapshot!(said_of(Answer::json(403, r#"{"status":"error","error":"tenant not allowed"}"#)), @r"
    provider::unreachable

      × nothing could be read from SERVER
      ╰─▶ label values was refused: tenant not allowed (403)
      help: give a token, a user, headers or an authority in
            `[kubernetes.clusters.NAME]` of the settings
    ");
}

#[test]
fn an_answer_that_is_no_json_is_called_malformed() {
    insta::assert_snapshot!(said_of(Answer::json(200, r#"{"status":"success","data":["#)), @r"
    provider::unreachable

      × nothing could be read from SERVER
      ╰─▶ the answer to label values cannot be understood: EOF while parsing a
          list at line 1 column 28
      help: give the address whose `/api/v1/query` answers; behind some servers it
            has a path such as `/prometheus`
    ");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let port = free_port();
    let said = unreachable(&format!("http://127.0.0.1:{port}"));
    insta::assert_snapshot!(said.replace(&port.to_string(), "PORT"), @r"
    provider::unreachable

      × nothing could be read from http://127.0.0.1:PORT
      ╰─▶ label values failed: Connection refused (os error 111)
      help: check that the server runs and that this machine may reach it
    ");
}

#[test]
fn an_empty_server_is_no_idle_cluster() {
    let setup = Setup { history: &|_| {}, flags: &[] };
    let Some(server) = Server::start(&setup) else { return };
    let report = audit(&server.url()).json();
    assert!(report::findings(&report).is_empty());
    insta::assert_snapshot!(report::gaps(&report).join("\n"), @"
    cluster made: its API server | nobody named a context of it | labels, scalers and resource claims that no metric carries | add `--context NAME`, or `context` to the settings of the cluster
    cluster made: nodes, pods and their owners | its Prometheus has no series of kube-state-metrics (kube_pod_info) in the window | machine types and prices, what pods ask for, whom they belong to, and pods without accelerators | install kube-state-metrics and let Prometheus scrape it, or name a --context for the API server
    cluster made: use of accelerators | its Prometheus has no series of dcgm-exporter (DCGM_FI_…) in the window | whether any accelerator works | install dcgm-exporter (it comes with the GPU operator) and let Prometheus scrape it
    ");
}

#[test]
fn of_two_clusters_the_one_that_answers_is_audited_and_the_other_is_a_gap() {
    let Some(made) = made::small() else { return };
    let folder = Folder::new();
    folder.write("ai-cost.toml", made::SETTINGS);
    let port = free_port();
    let asking = format!(
        "--provider kubernetes --prometheus-url made={} --prometheus-url gone=http://127.0.0.1:{port}",
        made.server.url()
    );
    let report = folder.run(&format!("audit {asking} {} --format json", made::WINDOW)).json();
    let found: std::collections::BTreeSet<_> = report::findings(&report).into_iter().collect();
    assert_eq!(found, made.world.truth.hits);
    let gaps = report::gaps(&report).join("\n").replace(&port.to_string(), "PORT");
    insta::assert_snapshot!(gaps, @"
    cluster gone: all of it | label values failed: Connection refused (os error 111) | everything in it | check that the server runs and that this machine may reach it
    cluster made: autoscalers | no horizontal pod autoscaler is known, and nothing says that there is none | whether replicas follow their load | let kube-state-metrics export horizontalpodautoscalers, or name a --context for the API server
    cluster made: its API server | nobody named a context of it | labels, scalers and resource claims that no metric carries | add `--context NAME`, or `context` to the settings of the cluster
    ");
}

#[test]
fn a_query_that_is_never_answered_right_hides_only_what_it_asked_for() {
    let is_memory = |query: &str| query.contains("DCGM_FI_DEV_FB_USED");
    let decide = move |_: usize, request: &crate::kubernetes::wire::Request| {
        let query = request.parameter("query").unwrap_or_default();
        if is_memory(&query) {
            error(500, "internal", "a chunk is corrupt")
        } else {
            Reply::Forward
        }
    };
    let Some((_, server)) = before_small(decide) else { return };
    let report = audit(&server.url()).json();
    insta::assert_snapshot!(report::gaps(&report).join("\n"), @"
    cluster made: autoscalers | no horizontal pod autoscaler is known, and nothing says that there is none | whether replicas follow their load | let kube-state-metrics export horizontalpodautoscalers, or name a --context for the API server
    cluster made: hours of accelerators of 6, ip-10-0-0-10.ec2.internal among them | query_range failed: a chunk is corrupt (500) | some of them between 2026-09-21T00:00:00Z and 2026-10-05T00:00:00Z | collect again when the server has less to do
    cluster made: hours of workloads of 6, team-ranking/idle-loaded-5d8f7c6b9d-05cde among them | query_range failed: a chunk is corrupt (500) | some of them between 2026-09-21T00:00:00Z and 2026-10-05T00:00:00Z | collect again when the server has less to do
    cluster made: its API server | nobody named a context of it | labels, scalers and resource claims that no metric carries | add `--context NAME`, or `context` to the settings of the cluster
    ");
}

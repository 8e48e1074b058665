//! What is sent to a server, and what becomes of its answers.

use std::{
    collections::BTreeSet,
    fs,
    net::TcpListener,
    sync::{Arc, Mutex},
};

use super::{super::answer::Series, Access, Fake, LIMITS, Server, run, vector};
use crate::provider::{call::CallError, contract::ProviderError};

/// Asks for `up` at the end of hour 24.
fn ask(server: &Server) -> Result<Vec<Series>, CallError> {
    run(server.at("up".to_owned(), 24))
}

fn written(name: &str, text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, text).unwrap();
    (dir, path)
}

#[test]
fn a_query_is_posted_with_its_login_and_its_tenant() {
    let fake = Fake::start(|_| vector(r#"{"metric":{"job":"x"},"value":[86400,"1"]}"#));
    let (_dir, token) = written("token", "s3cret\n");
    let access = Access {
        url: format!("{}/prometheus/", fake.url),
        bearer_token_file: Some(token),
        headers: [("X-Scope-OrgID".to_owned(), "team-a".to_owned())].into(),
        ..Access::default()
    };
    let series = ask(&Server::new(&access, LIMITS).unwrap()).unwrap();
    assert_eq!(series[0].last(), Some(1.0));
    let seen = &fake.seen()[0];
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/prometheus/api/v1/query"));
    assert_eq!((seen.field("query"), seen.field("time")), ("up".to_owned(), "86400".to_owned()));
    assert_eq!(seen.headers["authorization"], "Bearer s3cret");
    assert_eq!(seen.headers["x-scope-orgid"], "team-a");
}

#[test]
fn a_password_and_a_secret_header_come_from_files() {
    let fake = Fake::start(|_| vector(""));
    let (_dir, password) = written("password", "pw");
    let access = Access {
        basic_auth: Some(("ada".to_owned(), password.clone())),
        header_files: [("X-Api-Key".to_owned(), password)].into(),
        ..fake.access()
    };
    assert_eq!(ask(&Server::new(&access, LIMITS).unwrap()), Ok(Vec::new()));
    let seen = &fake.seen()[0];
    assert_eq!(seen.headers["authorization"], "Basic YWRhOnB3");
    assert_eq!(seen.headers["x-api-key"], "pw");
}

#[test]
fn a_missing_or_empty_secret_is_named_before_anything_is_sent() {
    let (_dir, empty) = written("token", " \n");
    let refused = |path: std::path::PathBuf| {
        let access = Access {
            url: "http://127.0.0.1:1".to_owned(),
            bearer_token_file: Some(path),
            ..Access::default()
        };
        match Server::new(&access, LIMITS) {
            Err(ProviderError::Input { message, .. }) => message,
            _ => panic!("it was accepted"),
        }
    };
    assert!(refused(empty).ends_with("token` cannot be used: it is empty"));
    assert!(refused("no/such/file".into()).starts_with("`no/such/file` cannot be used: "));
}

#[test]
fn a_server_that_lets_only_get_through_is_asked_by_get_from_then_on() {
    let fake = Fake::start(|seen| match seen.method.as_str() {
        "POST" => (405, "", "method not allowed".to_owned()),
        _ => vector(""),
    });
    let server = fake.server();
    assert_eq!(ask(&server), Ok(Vec::new()));
    assert_eq!(ask(&server), Ok(Vec::new()));
    let methods: Vec<String> = fake.seen().into_iter().map(|seen| seen.method).collect();
    assert_eq!(methods, ["POST", "GET", "GET"]);
}

#[test]
fn a_login_page_is_named_however_it_is_served() {
    let fake =
        Fake::start(|_| (302, "location: https://login.example.com/?next=%2F\r\n", String::new()));
    assert_eq!(
        ask(&fake.server()).unwrap_err().to_string(),
        "query was refused: it redirects to https://login.example.com/ (302), usually a login page: give the address \
         behind it, and a token or password"
    );
    assert_eq!(fake.seen().len(), 1, "a redirect is neither followed nor repeated");
    let fake =
        Fake::start(|_| (200, "content-type: text/html\r\n", "<title>Sign in</title>".to_owned()));
    assert_eq!(
        ask(&fake.server()).unwrap_err().to_string(),
        "the answer to query cannot be understood: the web page `Sign in` answers there: a login page, or an address \
         that is not the query interface"
    );
}

#[test]
fn what_may_pass_is_repeated_and_counted() {
    let count = Arc::new(Mutex::new(0));
    let fake = Fake::start(move |_| {
        let mut count = count.lock().unwrap();
        *count += 1;
        if *count < 3 { (503, "", "no store".to_owned()) } else { vector("") }
    });
    let server = fake.server();
    assert_eq!(ask(&server), Ok(Vec::new()));
    let calls = server.calls();
    assert_eq!((calls[0].request_count, calls[0].retry_count), (3, 2));
    assert_eq!(calls[0].received_bytes, 63);
}

#[test]
fn what_a_server_says_about_its_answer_is_kept_once() {
    let fake = Fake::start(|_| {
        let body =
            r#"{"status":"success","data":{"result":[]},"warnings":["store a: unavailable"]}"#;
        (200, "", body.to_owned())
    });
    let server = fake.server();
    ask(&server).unwrap();
    ask(&server).unwrap();
    assert_eq!(server.take_warnings(), ["store a: unavailable".to_owned()].into());
    assert_eq!(server.take_warnings(), BTreeSet::new());
}

#[test]
fn a_certificate_that_nobody_vouches_for_or_a_closed_port_is_said_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let access = Access { url: format!("http://{address}"), ..Access::default() };
    let error = ask(&Server::new(&access, LIMITS).unwrap()).unwrap_err();
    assert!(
        matches!(&error, CallError::Unavailable { reason, .. } if reason.contains("refused")),
        "{error}"
    );
}

//! A server that answers as it is told: what is sent to it, and what becomes of its answers.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use super::{
    Fleet, Metrics, Of, Server,
    answer::{LabelSet, Series},
    hours,
};
use crate::{
    provider::{
        call::{CallError, Limits},
        contract::ProviderError,
        kubernetes::{options::Access, telemetry::Field},
    },
    window::Window,
};

const LIMITS: Limits = Limits {
    in_flight_count: 4,
    timeout: Duration::from_secs(5),
    attempt_count: 3,
    first_wait: Duration::from_millis(1),
    longest_wait: Duration::from_millis(5),
    wait_budget: Duration::from_secs(1),
};

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Default)]
struct Seen {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    form: Vec<(String, String)>,
}

impl Seen {
    fn field(&self, name: &str) -> String {
        let found = self.form.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

/// An answer: status, headers, body.
type Reply = (u16, &'static str, String);

/// A server on loopback that lives as long as the test.
struct Fake {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Fake {
    fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (noted, answer) = (Arc::clone(&seen), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &noted, answer.as_ref()));
            }
        });
        Self { url, seen }
    }

    fn server(&self) -> Server {
        Server::new(&self.access(), LIMITS).unwrap()
    }

    fn access(&self) -> Access {
        Access { url: self.url.clone(), ..Access::default() }
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, noted: &Mutex<Vec<Seen>>, answer: &dyn Fn(&Seen) -> Reply) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or_default() == 0 {
        return;
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut seen =
        Seen { method: words.next().unwrap(), path: words.next().unwrap(), ..Seen::default() };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim().split_once(':') else { break };
        seen.headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length =
        seen.headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    let (path, query) = seen.path.clone().split_once('?').map_or_else(
        || (seen.path.clone(), String::new()),
        |(path, query)| (path.to_owned(), query.to_owned()),
    );
    seen.path = path;
    let text = if body.is_empty() { query } else { body };
    let url = reqwest::Url::parse(&format!("http://x/?{text}")).unwrap();
    seen.form =
        url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
    noted.lock().unwrap().push(seen.clone());
    let (status, headers, body) = answer(&seen);
    let head = format!(
        "HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    drop(stream.write_all((head + &body).as_bytes()));
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn vector(series: &str) -> Reply {
    (
        200,
        "content-type: application/json\r\n",
        format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{series}]}}}}"#),
    )
}

fn fault(status: u16, kind: &str, error: &str) -> Reply {
    (status, "", format!(r#"{{"status":"error","errorType":"{kind}","error":"{error}"}}"#))
}

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

//! A server that answers as it is told: what is sent to it, and what becomes of its answers.

mod client;
mod cluster;
mod hours;

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use super::Server;
use crate::provider::{call::Limits, kubernetes::options::Access};

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

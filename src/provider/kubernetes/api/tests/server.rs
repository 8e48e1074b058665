//! A small HTTP server on the loopback that answers as an API server does: lists in pages, and whatever a test makes of it.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

/// A request that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: BTreeMap<String, String>,
    pub(super) authorization: String,
}

/// What is answered.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
    pub(super) delay: Duration,
}

impl Reply {
    pub(super) fn of(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.to_owned(), delay: Duration::ZERO }
    }

    /// A `Status` as API servers send it.
    pub(super) fn failure(status: u16, reason: &str, message: &str) -> Self {
        let body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": status
        });
        Self::of(status, &body.to_string())
    }
}

/// Objects by path, served in pages.
#[derive(Debug, Default, Clone)]
pub(super) struct Lists(pub(super) BTreeMap<&'static str, Vec<Value>>);

impl Lists {
    /// A page. The token says where it begins.
    pub(super) fn reply(&self, asked: &Asked) -> Reply {
        if asked.path == "/version" {
            let version = json!({"major": "1", "minor": "33", "gitVersion": "v1.33.4",
                "platform": "linux/amd64", "buildDate": "2026-08-01T00:00:00Z"});
            return Reply::of(200, &version.to_string());
        }
        let Some(items) = self.0.get(asked.path.as_str()) else {
            return Reply::of(404, "404 page not found\n");
        };
        let number = |name: &str, other: usize| {
            asked.query.get(name).map_or(other, |text| text.parse().unwrap())
        };
        let (limit, from) = (number("limit", usize::MAX), number("continue", 0));
        let to = from.saturating_add(limit).min(items.len());
        let mut metadata = json!({"resourceVersion": "4711"});
        if to < items.len() {
            metadata["continue"] = json!(to.to_string());
            metadata["remainingItemCount"] = json!(items.len() - to);
        }
        let list = json!({"kind": "AnyList", "apiVersion": "v1", "metadata": metadata,
            "items": &items[from..to]});
        Reply::of(200, &list.to_string())
    }
}

/// A server that runs until the test ends.
pub(super) struct Server {
    address: SocketAddr,
    is_tls: bool,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// A server that answers as `answer` says.
    pub(super) fn new(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(answer, None)
    }

    /// The same behind TLS.
    pub(super) fn with_tls(config: ServerConfig, lists: Lists) -> Self {
        Self::start(move |asked| lists.reply(asked), Some(Arc::new(config)))
    }

    pub(super) fn address(&self) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// What was asked for so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    fn start(
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
        tls: Option<Arc<ServerConfig>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, is_tls) = (Arc::new(Mutex::default()), tls.is_some());
        let (answer, log) = (Arc::new(answer), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, log, tls) = (Arc::clone(&answer), Arc::clone(&log), tls.clone());
                thread::spawn(move || serve(stream.unwrap(), tls, answer.as_ref(), &log));
            }
        });
        Self { address, is_tls, asked }
    }
}

fn serve(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    answer: &dyn Fn(&Asked) -> Reply,
    log: &Mutex<Vec<Asked>>,
) {
    // A client that leaves, or does not trust the certificate, ends its connection and nothing else.
    match tls {
        Some(config) => {
            let session = ServerConnection::new(config).unwrap();
            talk(StreamOwned::new(session, stream), answer, log);
        }
        None => talk(stream, answer, log),
    }
}

fn talk(stream: impl Read + Write, answer: &dyn Fn(&Asked) -> Reply, log: &Mutex<Vec<Asked>>) {
    let mut stream = BufReader::new(stream);
    while let Some(asked) = request(&mut stream) {
        let reply = answer(&asked);
        log.lock().unwrap().push(asked);
        thread::sleep(reply.delay);
        let mut head = format!("HTTP/1.1 {} Any\r\n", reply.status);
        head.extend(["Content-Length: ", &reply.body.len().to_string(), "\r\n"]);
        for (name, value) in &reply.headers {
            head.extend([*name, ": ", value, "\r\n"]);
        }
        let text = format!("{head}\r\n{}", reply.body);
        if stream.get_mut().write_all(text.as_bytes()).is_err() {
            return;
        }
        drop(stream.get_mut().flush());
    }
}

/// The next request of a connection. None of ours has a body.
fn request(stream: &mut impl BufRead) -> Option<Asked> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let mut words = lines.first()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.replace("%21", "!").replace("%3D", "="))
    };
    let query = query.split('&').filter(|text| !text.is_empty()).map(pair).collect();
    let authorization = lines.iter().find_map(|line| line.strip_prefix("authorization: "));
    let authorization = authorization.unwrap_or_default().to_owned();
    Some(Asked { method, path: path.to_owned(), query, authorization })
}

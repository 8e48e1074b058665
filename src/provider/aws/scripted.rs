//! A server on the loopback that answers a seat as a test scripts it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider as Tls, rustls_provider::CryptoMode},
};

use super::seat::Seat;
use crate::provider::call::Limits;

/// The account of every test.
pub(super) const ACCOUNT: &str = "111122223333";
/// Its region.
pub(super) const REGION: &str = "us-east-1";

/// A request that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// `GET` or `POST`.
    pub(super) method: String,
    /// Path and query.
    pub(super) path: String,
    pub(super) body: String,
}

impl Asked {
    /// The operation that a body of the query protocol names.
    pub(super) fn action(&self) -> &str {
        self.body
            .split('&')
            .find_map(|pair| pair.strip_prefix("Action="))
            .unwrap_or(self.path.as_str())
    }
}

/// A server that runs until the test ends.
pub(super) struct Server {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Answers each request with a status and a body.
    pub(super) fn start(answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&asked), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                thread::spawn(move || while serve(&stream, &seen, answer.as_ref()).is_some() {});
            }
        });
        Self { url, asked }
    }

    /// An account in a region, whose every service is here.
    pub(super) fn seat(&self) -> Seat {
        seat_at(&self.url)
    }

    /// The operations that were asked for, in order of their names.
    pub(super) fn actions(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let mut actions: Vec<String> = asked.iter().map(|it| it.action().to_owned()).collect();
        actions.sort();
        actions
    }

    /// The requests of one operation.
    pub(super) fn asked(&self, action: &str) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|it| it.action() == action).cloned().collect()
    }
}

/// A seat whose services are asked at an address. What fails is sent once.
pub(super) fn seat_at(url: &str) -> Seat {
    let keys = Credentials::new("AKIDEXAMPLE", "example", None, None, "test");
    let http = Builder::new().tls_provider(Tls::Rustls(CryptoMode::Ring)).build_https();
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .http_client(http)
        .retry_config(RetryConfig::disabled())
        .build();
    let limits = Limits { attempt_count: 1, timeout: Duration::from_secs(20), ..Limits::default() };
    Seat::new(&config, ACCOUNT, REGION, limits)
}

/// Runs what waits.
pub(super) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn serve(
    stream: &TcpStream,
    seen: &Mutex<Vec<Asked>>,
    answer: &(impl Fn(&Asked) -> (u16, String) + ?Sized),
) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let asked = Asked { method, path, body: String::from_utf8(body).ok()? };
    let (status, body) = answer(&asked);
    seen.lock().unwrap().push(asked);
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n\r\n{body}", body.len()).ok()
}

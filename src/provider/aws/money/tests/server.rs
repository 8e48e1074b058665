//! A server on the loopback that answers as a test says.

use std::{
    collections::BTreeMap,
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
use serde_json::Value;

use crate::provider::{aws::seat::Seat, call::Limits};

/// A request that came.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Asked {
    /// Path and query.
    pub(super) path: String,
    /// By names in lower case.
    headers: BTreeMap<String, String>,
    body: String,
}

impl Asked {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// `GetCostAndUsage`; of services that name none, the path.
    pub(super) fn operation(&self) -> &str {
        match self.header("x-amz-target").rsplit_once('.') {
            Some((_, operation)) => operation,
            None => self.path.split('?').next().unwrap_or_default(),
        }
    }

    /// The region that it was signed for.
    pub(super) fn region(&self) -> &str {
        self.header("authorization").split('/').nth(2).unwrap_or_default()
    }

    /// First and last byte that are asked for.
    pub(super) fn range(&self) -> Option<(usize, usize)> {
        let (from, to) = self.header("range").strip_prefix("bytes=")?.split_once('-')?;
        Some((from.parse().ok()?, to.parse().ok()?))
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// A status and a body.
pub(super) type Said = (u16, String);

/// It runs until the test ends.
pub(super) struct Server {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(super) fn start(answer: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> Self {
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

    /// An account in its home region, whose every service is here. What fails is sent once.
    pub(super) fn seat(&self, account_id: &str) -> Seat {
        let keys = Credentials::new("AKIDEXAMPLE", "example", None, None, "test");
        let http = Builder::new().tls_provider(Tls::Rustls(CryptoMode::Ring)).build_https();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .endpoint_url(&self.url)
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .http_client(http)
            .retry_config(RetryConfig::disabled())
            .build();
        let timeout = Duration::from_secs(20);
        let limits = Limits { attempt_count: 1, timeout, ..Limits::default() };
        Seat::new(&config, account_id, "us-east-1", limits)
    }

    /// What was asked, in order.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The operations of that.
    pub(super) fn operations(&self) -> Vec<String> {
        self.asked().iter().map(|asked| asked.operation().to_owned()).collect()
    }
}

/// Runs what waits.
pub(super) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn serve(
    stream: &TcpStream,
    seen: &Mutex<Vec<Asked>>,
    answer: &(impl Fn(&Asked) -> Said + ?Sized),
) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split_whitespace().nth(1)?.to_owned();
    let mut asked = Asked { path, ..Asked::default() };
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        asked.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = asked.header("content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8(body).ok()?;
    let (status, body) = answer(&asked);
    seen.lock().unwrap().push(asked);
    let mut stream = stream;
    let head = format!("HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()
}

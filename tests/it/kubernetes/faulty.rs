//! A server between the program and a real Prometheus, or instead of one, that misbehaves as told.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::wire::{self, Answer, Request};

/// What becomes of a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// This answer.
    Answer(Answer),
    /// What the server behind it says.
    Forward,
    /// What the server behind it says, but only its first half.
    Half,
    /// The connection is reset.
    Reset,
    /// Silence, for longer than anybody waits.
    Never,
}

type Decide = dyn Fn(usize, &Request) -> Reply + Send + Sync;

/// A server that listens on loopback as long as the tests run.
pub(crate) struct Faulty {
    /// Where.
    pub(crate) port: u16,
    log: Arc<Mutex<Vec<Request>>>,
    scheme: &'static str,
}

impl Faulty {
    /// `decide` is told the number of the request, from 0, and the request. `behind` is the port of the server behind.
    pub(crate) fn start(
        behind: Option<u16>,
        decide: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(behind, None, Arc::new(decide))
    }

    /// The same with TLS.
    pub(crate) fn start_tls(
        behind: Option<u16>,
        config: ServerConfig,
        decide: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(behind, Some(Arc::new(config)), Arc::new(decide))
    }

    fn listen(behind: Option<u16>, tls: Option<Arc<ServerConfig>>, decide: Arc<Decide>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let log = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&log);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (decide, seen, tls) = (Arc::clone(&decide), Arc::clone(&seen), tls.clone());
                thread::spawn(move || match tls {
                    None => serve(stream, behind, &decide, &seen),
                    Some(config) => {
                        let session = ServerConnection::new(config).unwrap();
                        serve(StreamOwned::new(session, stream), behind, &decide, &seen);
                    }
                });
            }
        });
        Self { port, log, scheme }
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: impl Read + Write,
    behind: Option<u16>,
    decide: &Arc<Decide>,
    log: &Arc<Mutex<Vec<Request>>>,
) {
    let Some(mut request) = wire::read_request(&mut stream) else { return };
    let number = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.len() - 1
    };
    let reply = decide(number, &request);
    if matches!(reply, Reply::Reset) || wire::read_last(&mut request, &mut stream).is_none() {
        return;
    }
    let forward = || {
        behind.and_then(|port| wire::forward(port, &request)).unwrap_or_else(|| {
            Answer::json(502, r#"{"status":"error","error":"nothing is behind this server"}"#)
        })
    };
    let bytes = match reply {
        Reply::Answer(answer) => answer.bytes(),
        Reply::Forward => forward().bytes(),
        Reply::Half => {
            let answer = forward();
            let bytes = answer.bytes();
            bytes[..bytes.len() - answer.body.len() / 2].to_vec()
        }
        Reply::Reset => return,
        Reply::Never => return thread::sleep(Duration::from_mins(10)),
    };
    // The program may be gone: that is its right.
    let _sent = stream.write_all(&bytes).and_then(|()| stream.flush());
}

#[test]
fn a_reset_connection_is_reset() {
    let server = Faulty::start(None, |_, _| Reply::Reset);
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let error = stream.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(server.requests().len(), 1);
}

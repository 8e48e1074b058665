//! HTTP/1 by hand, as much as the tests need: servers that break its rules cannot be built from a library that keeps them.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{Read, Write as _},
    net::TcpStream,
    time::Duration,
};

/// A request, as it came in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    /// `GET` or `POST`.
    pub(crate) method: String,
    /// Path with query.
    pub(crate) target: String,
    /// By name in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// Form, if any.
    pub(crate) body: String,
}

impl Request {
    /// Path without query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A parameter of the query or the form. An `&` inside a value stays encoded until here.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').chain(self.body.split('&'));
        pairs
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| decoded(value))
    }
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    /// Status.
    pub(crate) status: u16,
    /// Further headers.
    pub(crate) headers: Vec<(String, String)>,
    /// Content.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// JSON with a status.
    pub(crate) fn json(status: u16, body: &str) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { status, headers, body: body.as_bytes().to_vec() }
    }

    /// The same with one more header.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// As bytes for the wire; the length is that of the whole body.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Made\r\n", self.status);
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        write!(head, "content-length: {}\r\nconnection: close\r\n\r\n", self.body.len()).unwrap();
        [head.as_bytes(), &self.body].concat()
    }
}

/// Reads one request but for its last byte, so that a connection closed now is reset by the kernel.
pub(crate) fn read_request(stream: &mut impl Read) -> Option<Request> {
    let mut head = Vec::new();
    let mut byte = [0; 1];
    // Byte by byte: whatever is read too far would be missing in what is left.
    while !head.ends_with(b"\r\n\r") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let mut words = head.split_whitespace();
    let mut request = Request {
        method: words.next()?.to_owned(),
        target: words.next()?.to_owned(),
        ..Request::default()
    };
    for line in head.lines().skip(1) {
        let Some((name, value)) = line.split_once(':') else { continue };
        request.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = request.headers.get("content-length").and_then(|length| length.parse().ok());
    let mut rest = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut rest).ok()?;
    // The first byte is the end of the head.
    request.body = String::from_utf8(rest.get(1..).unwrap_or_default().to_vec()).ok()?;
    Some(request)
}

/// Reads the last byte of a request.
pub(crate) fn read_last(request: &mut Request, stream: &mut impl Read) -> Option<()> {
    let mut last = [0; 1];
    stream.read_exact(&mut last).ok()?;
    if request.headers.get("content-length").is_some_and(|length| length != "0") {
        request.body.push(char::from(last[0]));
    }
    Some(())
}

/// Passes a request on to a server on loopback. In HTTP/1.0 the answer ends with the connection, never in chunks.
pub(crate) fn forward(port: u16, request: &Request) -> Option<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_mins(1))).ok()?;
    let mut head = format!("{} {} HTTP/1.0\r\n", request.method, request.target);
    for name in ["content-type", "accept", "host"] {
        if let Some(value) = request.headers.get(name) {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
    }
    write!(head, "content-length: {}\r\n\r\n{}", request.body.len(), request.body).unwrap();
    stream.write_all(head.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let kept = headers.filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let headers = kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Some(Answer { status, headers, body: bytes[end + 4..].to_vec() })
}

/// Asks a server on loopback.
pub(crate) fn get(port: u16, target: &str) -> Option<Answer> {
    let request = Request {
        method: "GET".to_owned(),
        target: target.to_owned(),
        headers: [("host".to_owned(), "localhost".to_owned())].into(),
        ..Request::default()
    };
    forward(port, &request)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let pair = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                let pair = std::str::from_utf8(&pair).unwrap_or("00");
                u8::from_str_radix(pair, 16).unwrap_or(0)
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap_or_default()
}

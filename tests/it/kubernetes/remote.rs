//! Samples written to a running Prometheus, for what histories in text cannot hold: the marker that a series ended.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

/// The value that Prometheus itself writes when a series is gone from a scrape.
pub(crate) const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// A series: labels with its name among them, and samples in seconds.
pub(crate) struct Series {
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) samples: Vec<(i64, f64)>,
}

/// Writes series to a server that was started with `--web.enable-remote-write-receiver`.
pub(crate) fn write(port: u16, series: &[Series]) {
    let message: Vec<u8> =
        series.iter().flat_map(|series| field(1, &time_series(series))).collect();
    let body = literal(&message);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head = format!(
        "POST /api/v1/write HTTP/1.0\r\ncontent-encoding: snappy\r\ncontent-type: application/x-protobuf\r\n\
         x-prometheus-remote-write-version: 0.1.0\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.split_whitespace().nth(1) == Some("204"), "{answer}");
}

fn time_series(series: &Series) -> Vec<u8> {
    let mut labels = series.labels.clone();
    labels.sort();
    let labels = labels.iter().flat_map(|(name, value)| {
        field(1, &[field(1, name.as_bytes()), field(2, value.as_bytes())].concat())
    });
    let samples = series.samples.iter().flat_map(|(second, value)| {
        let mut sample = vec![0x09];
        sample.extend(value.to_bits().to_le_bytes());
        sample.push(0x10);
        sample.extend(varint(u64::try_from(second * 1000).unwrap()));
        field(2, &sample)
    });
    labels.chain(samples).collect()
}

/// A field of a message in protocol buffers that holds bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    field.extend(varint(bytes.len() as u64));
    field.extend(bytes);
    field
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push((number & 0x7f) as u8);
    bytes
}

/// A block in the format of Snappy that compresses nothing.
fn literal(bytes: &[u8]) -> Vec<u8> {
    let mut block = varint(bytes.len() as u64);
    for chunk in bytes.chunks(1 << 16) {
        let length = u16::try_from(chunk.len() - 1).unwrap();
        block.push(61 << 2);
        block.extend(length.to_le_bytes());
        block.extend(chunk);
    }
    block
}

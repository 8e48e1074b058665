//! The server: connections that stay open, one answer after the other.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use futures_util::stream;
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::BoxBody};
use hyper::{
    Request, Response,
    body::{Bytes, Frame, Incoming},
    http::response::Builder,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::{
    Shared,
    answer::{self, Wire},
    call::{Call, Protocol},
    fault::{self, Effect},
};

/// Longer than anybody waits.
const NEVER: Duration = Duration::from_mins(10);

type Body = BoxBody<Bytes, io::Error>;

/// Takes connections as long as the runtime lives.
pub(super) async fn serve(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(keep(stream, Arc::clone(&shared)));
    }
}

/// Serves a connection to its end.
async fn keep(stream: TcpStream, shared: Arc<Shared>) {
    // What is closed before its time is closed with a reset.
    stream.set_zero_linger().unwrap();
    stream.set_nodelay(true).unwrap();
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { respond(&shared, request).await }
    });
    // A client may leave whenever it likes.
    let _end = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(shared: &Shared, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let mut call = match Call::parse(&shared.estate, &parts, body) {
        Ok(call) => call,
        Err(refusal) => return whole(&answer::wire_of_refusal(Protocol::of(&parts), &refusal)),
    };
    shared.log.add(&call);
    let effects = shared.faults.strike(&call);
    for effect in &effects {
        match effect {
            Effect::Wait(time) => tokio::time::sleep(*time).await,
            Effect::Silence => tokio::time::sleep(NEVER).await,
            Effect::Reset => return Err(io::ErrorKind::ConnectionReset.into()),
            _ => {}
        }
        if let Some(refusal) = effect.refusal(&call) {
            let wire = answer::wire_of_refusal(call.protocol, &refusal);
            return whole(&dated(wire, &effects));
        }
        call.pages = effect.pages().unwrap_or(call.pages);
        call.has_half_data |= *effect == Effect::HalfData;
    }
    let wire = match super::answer(shared, &call).await {
        Ok(answer) => answer::wire(call.protocol, answer),
        Err(refusal) => answer::wire_of_refusal(call.protocol, &refusal),
    };
    let wire = dated(wire, &effects);
    if effects.contains(&Effect::Malformed) {
        return whole(&malformed(&wire));
    }
    if effects.contains(&Effect::CutBody) { cut(&wire) } else { whole(&wire) }
}

/// With the date of a service whose clock is another. All others say what time it is here.
fn dated(mut wire: Wire, effects: &[Effect]) -> Wire {
    let dates = effects.iter().filter_map(|effect| match effect {
        Effect::ClockSkew(minutes) => Some(fault::date_header(*minutes)),
        _ => None,
    });
    wire.headers.extend(dates.map(|date| ("date".to_owned(), date)));
    wire
}

fn head(wire: &Wire) -> Builder {
    let head = Response::builder().status(wire.status);
    wire.headers.iter().fold(head, |head, (name, value)| head.header(name, value))
}

fn whole(wire: &Wire) -> io::Result<Response<Body>> {
    let body = Full::new(wire.body.clone()).map_err(|error: Infallible| match error {}).boxed();
    head(wire).body(body).map_err(io::Error::other)
}

/// Half of it, and then the end of the connection.
fn cut(wire: &Wire) -> io::Result<Response<Body>> {
    let half = wire.body.slice(..wire.body.len() / 2);
    let parts = stream::unfold(Some(half), |half| async move {
        if let Some(half) = half {
            return Some((Ok(Frame::data(half)), None));
        }
        // The half is to be on its way before the connection breaks.
        tokio::time::sleep(Duration::from_millis(50)).await;
        Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), None))
    });
    let head = head(wire).header("content-length", wire.body.len());
    head.body(StreamBody::new(parts).boxed()).map_err(io::Error::other)
}

/// What a proxy says in the name of the service.
fn malformed(wire: &Wire) -> Wire {
    Wire { body: Bytes::from_static(b"<html><body>Please log in</body></html>"), ..wire.clone() }
}

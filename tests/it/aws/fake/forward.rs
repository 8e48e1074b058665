//! What `moto` answers: it is told which account is meant, and otherwise gets the request as it came.

use http_body_util::{BodyExt as _, Full};
use hyper::{Request, body::Bytes, client::conn::http1, http::HeaderValue};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;

use super::{
    Shared, alone,
    answer::{Answer, Refusal, Wire},
    call::{Call, Protocol},
    ec2,
    page::{ANEW, Pages},
};

/// Headers that belong to one connection.
const HOP: [&str; 3] = ["connection", "transfer-encoding", "content-length"];

pub(super) async fn answer(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let Some(port) = shared.behind else {
        if shared.estate.has_machines {
            return alone::answer(&shared.estate, call);
        }
        let message = format!("nothing is behind this server that could answer {}", call.action());
        return Err(Refusal::new(501, "NotImplemented", &message));
    };
    let token = call.text("NextToken");
    if token.is_none() && call.pages == Pages::EmptyFirst {
        return Ok(empty(call));
    }
    let body = if token == Some(ANEW) { without_token(call) } else { call.body.clone() };
    let mut wire = send(port, call, body)
        .await
        .map_err(|error| Refusal::new(502, "BadGateway", &error.to_string()))?;
    if token.is_none() && call.pages == Pages::FirstTwice {
        wire.body = with_token(call, &wire.body);
    }
    Ok(Answer::Raw(wire))
}

async fn send(
    port: u16,
    call: &Call,
    body: Bytes,
) -> Result<Wire, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let _connection = tokio::spawn(connection);
    let mut request =
        Request::builder().method(call.method.as_str()).uri(&call.path).body(Full::new(body))?;
    *request.headers_mut() = call.headers.clone();
    for name in HOP {
        request.headers_mut().remove(name);
    }
    request.headers_mut().insert("x-moto-account-id", HeaderValue::from_str(&call.account)?);
    let (parts, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    let own = parts.headers.iter().filter(|(name, _)| !HOP.contains(&name.as_str()));
    let headers =
        own.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    Ok(Wire { status: parts.status.as_u16(), headers: headers.collect(), body })
}

/// An answer with a mark and nothing else.
fn empty(call: &Call) -> Answer {
    if call.protocol == Protocol::Ec2 {
        return Answer::Xml(ec2::response(call, &json!({ "nextToken": ANEW })));
    }
    let operation = &call.operation;
    Answer::Xml(format!(
        "<{operation}Response><{operation}Result><NextToken>{ANEW}</NextToken></{operation}Result>\
         </{operation}Response>"
    ))
}

/// The request from the beginning.
fn without_token(call: &Call) -> Bytes {
    let fields = form_urlencoded::parse(&call.body).filter(|(name, _)| name != "NextToken");
    Bytes::from(form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish())
}

/// An answer whose mark means: from the beginning.
fn with_token(call: &Call, body: &Bytes) -> Bytes {
    let text = String::from_utf8_lossy(body).into_owned();
    let name = if call.protocol == Protocol::Ec2 { "nextToken" } else { "NextToken" };
    let text = match (text.find(&format!("<{name}>")), text.find(&format!("</{name}>"))) {
        (Some(from), Some(to)) => text[..from].to_owned() + &text[to + name.len() + 3..],
        _ => text,
    };
    let within = if call.protocol == Protocol::Ec2 { "Response" } else { "Result" };
    let end = format!("</{}{within}>", call.operation);
    Bytes::from(text.replacen(&end, &format!("<{name}>{ANEW}</{name}>{end}"), 1))
}

//! Answers and refusals, and how each protocol puts them on the wire.

use hyper::body::Bytes;
use serde_json::{Value, json};

use super::{
    call::{Call, Protocol},
    cbor, xml,
};

/// An answer.
#[derive(Debug)]
pub(crate) enum Answer {
    Json(Value),
    Cbor(Vec<u8>),
    Xml(String),
    /// As it is, with its status and headers.
    Raw(Wire),
}

/// What goes over the wire.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

/// An error as services tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: &str) -> Self {
        Self { status, code: code.to_owned(), message: message.to_owned() }
    }

    /// What is asked is against the rules.
    pub(crate) fn invalid(message: &str) -> Self {
        Self::new(400, "ValidationException", message)
    }

    pub(crate) fn unsigned() -> Self {
        Self::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
    }

    pub(crate) fn unknown_key() -> Self {
        let message = "The security token included in the request is invalid.";
        Self::new(403, "UnrecognizedClientException", message)
    }

    pub(crate) fn unknown_operation(call: &Call) -> Self {
        let message = format!("{} is not served here", call.action());
        Self::new(400, "UnknownOperationException", &message)
    }
}

/// Something of a service's own spelling in XML.
const REQUEST_ID: &str = "00000000-0000-4000-8000-000000000000";

/// An answer in the protocol of its call.
pub(crate) fn wire(protocol: Protocol, answer: Answer) -> Wire {
    let (kind, body) = match answer {
        Answer::Raw(wire) => return wire,
        Answer::Json(value) => (content_type(protocol), Bytes::from(value.to_string())),
        Answer::Cbor(bytes) => (content_type(protocol), Bytes::from(bytes)),
        Answer::Xml(text) => (content_type(protocol), Bytes::from(text)),
    };
    Wire { status: 200, headers: headers(protocol, kind), body }
}

/// A refusal in a protocol.
pub(crate) fn wire_of_refusal(protocol: Protocol, refusal: &Refusal) -> Wire {
    let Refusal { status, code, message } = refusal;
    let mut headers = headers(protocol, content_type(protocol));
    let (code_xml, message_xml) = (xml::escape(code), xml::escape(message));
    let body = match protocol {
        Protocol::Json => json!({ "__type": code, "message": message }).to_string().into_bytes(),
        Protocol::Rest => {
            headers.push(("x-amzn-errortype".to_owned(), code.clone()));
            json!({ "message": message }).to_string().into_bytes()
        }
        Protocol::Cbor => {
            let by = if *status < 500 { "Sender" } else { "Receiver" };
            headers.push(("x-amzn-query-error".to_owned(), format!("{code};{by}")));
            let name = format!("com.amazonaws.cloudwatch#{code}");
            cbor::encode(&json!({ "__type": name, "message": message }))
        }
        Protocol::Ec2 => format!(
            "<Response><Errors><Error><Code>{code_xml}</Code><Message>{message_xml}</Message></Error>\
             </Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
        )
        .into_bytes(),
        Protocol::Query => format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code_xml}</Code>\
             <Message>{message_xml}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
        )
        .into_bytes(),
        Protocol::S3 => format!(
            "<Error><Code>{code_xml}</Code><Message>{message_xml}</Message>\
             <RequestId>{REQUEST_ID}</RequestId></Error>"
        )
        .into_bytes(),
    };
    Wire { status: *status, headers, body: body.into() }
}

fn headers(protocol: Protocol, kind: &str) -> Vec<(String, String)> {
    let mut headers = vec![
        ("content-type".to_owned(), kind.to_owned()),
        ("x-amzn-requestid".to_owned(), REQUEST_ID.to_owned()),
    ];
    if protocol == Protocol::Cbor {
        headers.push(("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned()));
    }
    headers
}

fn content_type(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Cbor => "application/cbor",
        Protocol::Json => "application/x-amz-json-1.1",
        Protocol::Rest => "application/json",
        Protocol::Ec2 | Protocol::Query | Protocol::S3 => "text/xml",
    }
}

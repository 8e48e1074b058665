//! Servers that limit, fail, lie or stay away: each is a clear gap or error, or makes no difference.

mod limits;
mod passing;
mod refusals;
mod resume;
mod tls;
mod values;

use super::{
    faulty::{Faulty, Reply},
    made::{self, Made},
    report,
    wire::{Answer, Request},
};
use crate::support::{Folder, Outcome};
use serde_json::Value;

/// A server in front of the small cluster that misbehaves as told.
fn before_small(
    decide: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
) -> Option<(&'static Made, Faulty)> {
    let made = made::small()?;
    Some((made, Faulty::start(Some(made.server.port), decide)))
}

/// An audit of what answers at some address.
fn audit(url: &str) -> Outcome {
    let folder = Folder::new();
    folder.write("ai-cost.toml", made::SETTINGS);
    folder.run(&format!("audit {} {} --format json", report::asking(url), made::WINDOW))
}

/// Why an audit read nothing at all.
fn unreachable(url: &str) -> String {
    let Outcome { code, stdout, stderr } = audit(url);
    assert_eq!((code, stdout.as_str()), (4, ""), "{stderr}");
    stderr
}

/// What all servers that answer in the end must lead to: the report without what says how it was read.
fn substance(report: &Value) -> Value {
    let mut report = report.clone();
    let provenance = report["provenance"].as_object_mut().unwrap();
    assert!(provenance.remove("asked").is_some());
    report
}

/// The report on the small cluster when nothing goes wrong.
fn undisturbed(made: &Made) -> Value {
    audit(&made.server.url()).json()
}

/// What Prometheus says when it does not answer a query.
fn error(status: u16, kind: &str, text: &str) -> Reply {
    let body = format!(r#"{{"status":"error","errorType":"{kind}","error":"{text}"}}"#);
    Reply::Answer(Answer::json(status, &body))
}
